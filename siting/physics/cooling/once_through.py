"""Lake and sea water, once through: on shore, and in pods on the sea floor.

Depth decides the temperature; distance, site elevation and exchanger decide the pumping, since
in a primed siphon the intake's depth adds no lift. Water goes back warmer by a rise that shrinks
where the discharge would pass its limit. Nothing evaporates on site: consumption is zero and
withdrawal large, and both are reported.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556: sea-water economizer.
.. [2] Darcy-Weisbach friction, ASHRAE Handbook, Fundamentals (2017), ch. 3.
.. [3] B. Cutler et al., Project Natick: sealed pod, 864 servers, 240 kW; 8 of 855 servers failed
   in two years, an eighth of the rate on land.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.physics import psychrometrics as psy
from siting.physics.cooling import Conditions, Streams, air_hall
from siting.physics.cooling.facility_water import (
    ChilledWaterParameters,
    chilled_hall,
    economizer_share,
    facility_water_temp,
    loop_pump,
)
from siting.physics.parameters import GRAVITY, SECONDS_PER_HOUR, Parameters, rated
from siting.physics.plant import carnot_cop, pump_power

__all__ = [
    "IntakeParameters",
    "PodParameters",
    "SeaParameters",
    "discharge_kept",
    "discharge_rise",
    "intake_pressure",
    "once_through",
    "subsea_pod",
]

POD_PRESSURE_PA = 101325.0  # dry nitrogen at one atmosphere, whatever the weather above

_LM = "middle of the range of Lei & Masanet 2020, sea-water economizer"
_PIPE = "assumed: 1-2 m/s in large pipes; friction factor of smooth to aged pipes, Moody chart"
_PERMIT = "usual permits 28-32 °C; a site's own permit goes before"


@dataclass(frozen=True)
class IntakeParameters(Parameters):
    """Intake, return and exchanger on the shore of a lake."""

    exchanger_approach_k: float = rated(2.25, 1.7, 2.8, "K", _LM)
    rise_k: float = rated(7.5, 5.0, 10.0, "K", _LM)
    least_rise_k: float = rated(2.0, 1.0, 5.0, "K", "below it pumping outweighs the benefit")
    discharge_limit_c: float = rated(30.0, 25.0, 35.0, "°C", _PERMIT)
    pump_efficiency: float = rated(0.70, 0.60, 0.80, "-", _LM)
    exchanger_pressure_pa: float = rated(50e3, 30e3, 100e3, "Pa", "plate exchanger, assumed")
    velocity_m_s: float = rated(1.5, 1.0, 2.0, "m/s", _PIPE)
    friction_factor: float = rated(0.016, 0.012, 0.02, "-", _PIPE)
    fittings: float = rated(15.0, 5.0, 40.0, "-", "screens, bends, valves: sum of loss factors")
    return_over_intake: float = rated(1.0, 0.2, 3.0, "-", "length of the return over the intake")
    condenser_approach_k: float = rated(2.0, 1.0, 3.0, "K", "to water leaving the condenser")
    lift_m: float = rated(8.0, 2.0, 40.0, "m", "plant above the lake, net of the siphon's return")
    density_kg_m3: float = rated(998.0, 995.0, 1000.0, "kg/m³", "fresh water")
    heat_capacity: float = rated(4.186, 4.18, 4.21, "kJ/(kg K)", "fresh water")
    plant: ChilledWaterParameters = field(default_factory=ChilledWaterParameters)


@dataclass(frozen=True)
class SeaParameters(IntakeParameters):
    """Intake, return and exchanger on the shore of the sea."""

    lift_m: float = rated(5.0, 2.0, 30.0, "m", "plant above the sea, net of the siphon's return")
    density_kg_m3: float = rated(1025.0, 1005.0, 1030.0, "kg/m³", "sea water")
    heat_capacity: float = rated(3.99, 3.95, 4.15, "kJ/(kg K)", "sea water")


@dataclass(frozen=True)
class PodParameters(Parameters):
    """Sealed pod."""

    air_rise_k: float = rated(14.0, 10.0, 19.4, "K", "nitrogen through the racks")
    fan_pressure_pa: float = rated(150.0, 80.0, 300.0, "Pa", "rear-door radiators, short path")
    fan_efficiency: float = rated(0.70, 0.60, 0.85, "-", "small fans")
    approach_k: float = rated(7.0, 4.0, 12.0, "K", "pod atmosphere over sea water, radiator")
    rise_k: float = rated(5.0, 1.0, 10.0, "K", "sea water through the radiators")
    pump_pressure_pa: float = rated(60e3, 30e3, 120e3, "Pa", "radiators, screens, no pipe")
    pump_efficiency: float = rated(0.65, 0.50, 0.80, "-", "submerged pumps")
    cable_loss: float = rated(0.01, 0.003, 0.02, "-", "shore cable and transformer in the pod")
    condenser_approach_k: float = rated(5.0, 3.0, 8.0, "K", "trim heat pump to the sea")
    carnot_share: float = rated(0.45, 0.40, 0.55, "-", "small trim heat pump")
    density_kg_m3: float = rated(1025.0, 1005.0, 1030.0, "kg/m³", "sea water")
    heat_capacity: float = rated(3.99, 3.95, 4.15, "kJ/(kg K)", "sea water")


def _source(c: Conditions) -> FloatArray:
    if c.temp_water_c is None:
        raise ValueError("this design needs temp_water_c, the water temperature at the intake")
    return c.temp_water_c


def discharge_rise(temp_water_c: FloatArray, p: IntakeParameters) -> FloatArray:
    """Rise of the water between intake and discharge.

    Parameters
    ----------
    temp_water_c : numpy.ndarray
        Water at the intake. [°C]
    p : IntakeParameters
        Rise asked for, its least value and the discharge limit.

    Returns
    -------
    numpy.ndarray
        Rise, smaller where the discharge would pass its limit. [K]
    """
    room = p.discharge_limit_c - temp_water_c
    return np.asarray(np.clip(room, p.least_rise_k, p.rise_k))


def discharge_kept(temp_water_c: FloatArray, p: IntakeParameters) -> NDArray[np.bool_]:
    """Return whether the discharge can keep its limit: the least rise fits below it.

    Parameters
    ----------
    temp_water_c : numpy.ndarray
        Water at the intake. [°C]
    p : IntakeParameters
        Least rise and discharge limit.

    Returns
    -------
    numpy.ndarray of bool
        Same shape; false where no water is known.
    """
    return np.asarray(temp_water_c + p.least_rise_k <= p.discharge_limit_c)


def intake_pressure(
    p: IntakeParameters, flow_m3_s: FloatArray | float, distance_km: FloatArray | float
) -> FloatArray:
    """Pressure that the intake pumps overcome: lift, friction both ways, fittings, exchanger.

    Parameters
    ----------
    p : IntakeParameters
        Pipes and exchanger.
    flow_m3_s : numeric
        Flow that the pipe is sized for. [m³/s]
    distance_km : numeric
        Intake pipe. [km]

    Returns
    -------
    numpy.ndarray
        Pressure. [Pa]
    """
    diameter = np.sqrt(4.0 * np.asarray(flow_m3_s) / (np.pi * p.velocity_m_s))
    length = 1000.0 * np.asarray(distance_km) * (1.0 + p.return_over_intake)
    velocity_head = 0.5 * p.density_kg_m3 * p.velocity_m_s**2
    friction = (p.friction_factor * length / diameter + p.fittings) * velocity_head
    return np.asarray(friction + GRAVITY * p.density_kg_m3 * p.lift_m + p.exchanger_pressure_pa)


def once_through(p: IntakeParameters, c: Conditions) -> Streams:
    """Lake or sea water through a plate exchanger, water-cooled chillers as trim."""
    source = _source(c)
    hall = chilled_hall(p.plant, c, 1.0 + c.loss)
    wanted = facility_water_temp(p.plant, c)
    share = economizer_share(source + p.exchanger_approach_k, wanted, p.plant.water_rise_k)
    rise = discharge_rise(source, p)
    condensing = source + rise + p.condenser_approach_k
    evaporating = wanted - p.plant.evaporator_approach_k
    cop = carnot_cop(evaporating, condensing, p.plant.carnot_share)
    lifted = c.compressors(share, hall.heat, cop)
    rejected = hall.heat + lifted
    flow = rejected / (p.heat_capacity * rise)
    rated = c.block_mw * 1000.0 * 1.1 / (p.heat_capacity * p.rise_k * p.density_kg_m3)
    pressure = intake_pressure(p, rated, c.intake_distance_km)
    pumped = np.asarray(pump_power(flow, pressure, p.pump_efficiency, p.density_kg_m3))
    shape = np.broadcast_shapes(c.air.temp_dry_bulb_c.shape, source.shape)
    return Streams(
        mechanical_share=np.broadcast_to(share, shape),
        fans=hall.fans,
        pumps=pumped + loop_pump(p.plant, c, hall.heat),
        compressors=lifted,
        once_through=flow * SECONDS_PER_HOUR * 1000.0 / p.density_kg_m3,
        heat_to_water=rejected,
    )


def subsea_pod(p: PodParameters, c: Conditions) -> Streams:
    """Sealed pod cooled by radiators to the sea; no fresh water at all.

    A pod has no chiller of its own until the sea is too warm for the envelope: the trim heat
    pump that it would then need is counted, so that the answer stays continuous.
    """
    source = _source(c)
    inlet = source + p.approach_k
    high = c.envelope.temp_high_c
    share = np.clip((inlet - high) / p.air_rise_k, 0.0, 1.0)
    heat = 1.0 + c.loss + p.cable_loss
    hall = air_hall(
        c.hall_fans,
        heat,
        np.asarray(psy.moist_air_volume(np.minimum(inlet, high), 0.0, POD_PRESSURE_PA)),
        rise_k=p.air_rise_k,
        pressure_pa=p.fan_pressure_pa,
        efficiency=p.fan_efficiency,
    )
    condensing = source + p.rise_k + p.condenser_approach_k
    cop = carnot_cop(high - p.approach_k, condensing, p.carnot_share)
    lifted = c.compressors(share, hall.heat, cop)
    rejected = hall.heat + lifted
    flow = rejected / (p.heat_capacity * p.rise_k)
    pumped = pump_power(flow, p.pump_pressure_pa, p.pump_efficiency, p.density_kg_m3)
    return Streams(
        mechanical_share=np.asarray(share),
        fans=hall.fans,
        losses=p.cable_loss,
        pumps=np.asarray(pumped) * c.pumps,
        compressors=lifted,
        once_through=flow * SECONDS_PER_HOUR * 1000.0 / p.density_kg_m3,
        heat_to_water=rejected,
    )
