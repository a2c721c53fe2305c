"""Open cooling towers: water temperature, air flow, evaporation, drift, blowdown and make-up.

Air leaves saturated at the mean of the hot and the cold water, as in the common rating of
towers; enthalpy then gives the air flow and humidity the evaporation. Only the latent part of
the heat evaporates water: 85 to 95 % on a summer day, about half in frost, and more than all of it
in the desert, where the tower also cools the air that passes.

References
----------
.. [1] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 40.
.. [2] EnergyPlus Engineering Reference, variable-speed tower, "saturated exit" water loss.
.. [3] N. Lei and E. Masanet (2022), Resources, Conservation and Recycling 182, 106323.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics import psychrometrics as psy
from siting.physics.parameters import (
    CP_WATER,
    LATENT_HEAT,
    LEI_MASANET,
    SECONDS_PER_HOUR,
    WATER_DENSITY,
    Parameter,
    Parameters,
    rated,
    table,
)
from siting.physics.plant import fan_power, flow_law, pump_power, water_flow
from siting.physics.psychrometrics import OutsideAir

__all__ = [
    "LAKE_PARAMETERS",
    "Tower",
    "TowerParameters",
    "bleed_factor",
    "blow_down",
    "lake_heat_limit_mw",
    "latent_heat",
    "run_tower",
    "tower_water_temp",
]


_OWN = "siting, assumed: no law, but below what monitoring of a lake can tell from its weather"

#: What a lake may take for good.
LAKE_PARAMETERS = table(
    Parameter(
        "exchange_w_per_m2_k", 30.0, 15.0, 45.0, "W/(m² K)",
        "fitted to lake temperatures (docs/validation/climate.md); Edinger, Duttweiler and Geyer "
        "(1968), Water Resources Research 4, 1137: 15 to 45", "derived",
    ),
    Parameter("allowed_warming_k", 0.2, 0.1, 1.0, "K", _OWN, "assumed"),
    Parameter("shared_radius_km", 10.0, 3.0, 30.0, "km", _OWN, "assumed"),
)  # fmt: skip


def latent_heat(temp_c: ArrayLike) -> Numeric:
    """Heat of vaporisation of water.

    Parameters
    ----------
    temp_c : numeric
        Water temperature, 0 to 60. [°C]

    Returns
    -------
    numeric
        Same shape. [kJ/kg]

    References
    ----------
    .. [1] N. Lei and E. Masanet (2022), Resources, Conservation and Recycling 182, 106323.
    """
    t = np.asarray(temp_c, np.float64)
    return as_float(-0.0013 * t**2 - 2.3097 * t + 2500.5)


def blow_down(evaporated: ArrayLike, drift: ArrayLike, cycles: float) -> Numeric:
    """Water drained so that the dissolved solids stay at ``cycles`` times those of the supply.

    Parameters
    ----------
    evaporated, drift : numeric
        Water lost as vapour and as droplets, any unit.
    cycles : float
        Cycles of concentration, above 1. [-]

    Returns
    -------
    numeric
        Broadcast shape, the same unit, never negative.
    """
    drained = np.asarray(evaporated, np.float64) / (cycles - 1.0) - np.asarray(drift, np.float64)
    return as_float(np.maximum(drained, 0.0))


def bleed_factor(cycles: float) -> float:
    """Water supplied over water evaporated where there is no drift.

    Parameters
    ----------
    cycles : float
        Cycles of concentration, above 1. [-]

    Returns
    -------
    float
        ``cycles / (cycles - 1)``. [-]
    """
    return cycles / (cycles - 1.0)


def lake_heat_limit_mw(area_km2: ArrayLike, outflow_m3_s: ArrayLike = 0.0) -> Numeric:
    """Heat that a lake may take for good and stay within 0.2 K of what it was.

    What is put in leaves through the surface and with the water that flows out,

        Q  =  dT · (k · A + rho · c · q · A / A_lake),    A = min(A_lake, pi · R²) ,

    with k the exchange of the surface and R the radius of the water round an outfall that shares
    the heat: of a greater lake only that part of the surface, and of the outflow, counts.

    Parameters
    ----------
    area_km2 : numeric
        Area of the lake, above zero. [km²]
    outflow_m3_s : numeric, default 0
        Mean flow out of the lake; none where it is not known, which errs on the safe side. [m3/s]

    Returns
    -------
    numeric
        Broadcast shape. [MW]

    References
    ----------
    .. [1] J. E. Edinger, D. W. Duttweiler and J. C. Geyer (1968), Water Resources Research 4,
       1137-1143. doi:10.1029/WR004i005p01137
    """
    exchange, warming, radius = (p.value for p in LAKE_PARAMETERS.values())
    area = np.asarray(area_km2, np.float64)
    shared = np.minimum(area, np.pi * radius**2)
    mw_per_k = CP_WATER * WATER_DENSITY / 1000.0 * np.asarray(outflow_m3_s, np.float64)
    return as_float(warming * (exchange * shared + mw_per_k * shared / area))


@dataclass(frozen=True)
class TowerParameters(Parameters):
    """Tower, its fan, pump and water treatment."""

    approach_k: float = rated(4.75, 2.8, 6.7, "K", LEI_MASANET)
    range_k: float = rated(5.0, 4.0, 6.0, "K", LEI_MASANET)
    liquid_to_gas: float = rated(1.2, 0.8, 1.5, "kg/kg", "usual selection, ASHRAE S&E 2020 ch. 40")
    fan_pressure_pa: float = rated(250.0, 100.0, 400.0, "Pa", LEI_MASANET)
    fan_efficiency: float = rated(0.775, 0.65, 0.90, "-", LEI_MASANET)
    pump_pressure_pa: float = rated(208e3, 167e3, 250e3, "Pa", LEI_MASANET)
    pump_efficiency: float = rated(0.70, 0.60, 0.80, "-", LEI_MASANET)
    cycles: float = rated(6.0, 3.0, 15.0, "-", "Li et al. 2023 (default 6); L&M 2022 3-15")
    drift: float = rated(0.00005, 0.000005, 0.005, "-", "modern eliminators 0.005 % of flow")
    coldest_water_c: float = rated(7.0, 4.0, 10.0, "°C", "basin kept clear of frost")


@dataclass(frozen=True)
class Tower:
    """Cooling tower, each quantity per kWh of IT.

    Parameters
    ----------
    fan, pump : numpy.ndarray
        Electricity. [kWh/kWh]
    evaporated, drift, blow_down : numpy.ndarray
        Water. [L/kWh]
    latent_share : numpy.ndarray
        Heat carried off by evaporation over the heat rejected. [-]
    """

    fan: FloatArray
    pump: FloatArray
    evaporated: FloatArray
    drift: FloatArray
    blow_down: FloatArray
    latent_share: FloatArray

    @property
    def make_up(self) -> FloatArray:
        """Water supplied: what evaporates, drifts and is blown down. [L/kWh]."""
        return self.evaporated + self.drift + self.blow_down


def tower_water_temp(
    air: OutsideAir, wanted_c: FloatArray | float, p: TowerParameters
) -> FloatArray:
    """Temperature of the water that leaves the tower.

    Parameters
    ----------
    air : OutsideAir
        Outside air.
    wanted_c : numeric
        Temperature that the plant asks for: the fans slow down rather than make it colder. [°C]
    p : TowerParameters
        Tower.

    Returns
    -------
    numpy.ndarray
        Wet bulb plus approach, or ``wanted_c`` where that is warmer. [°C]
    """
    least = np.maximum(np.asarray(wanted_c, np.float64), p.coldest_water_c)
    return np.maximum(air.temp_wet_bulb_c + p.approach_k, least)


def run_tower(
    air: OutsideAir, heat: FloatArray | float, water_c: FloatArray, p: TowerParameters
) -> Tower:
    """Electricity and water of a heat flow that goes through a tower.

    Parameters
    ----------
    air : OutsideAir
        Outside air.
    heat : numeric
        Heat to one kWh of IT. [kWh/kWh]
    water_c : numpy.ndarray
        Water leaving the tower, above the wet bulb. [°C]
    p : TowerParameters
        Tower.
    """
    leaving = water_c + 0.5 * p.range_k
    humidity_out = np.asarray(psy.saturation_humidity_ratio(leaving, air.pressure_pa))
    heat_per_kg = np.asarray(psy.enthalpy(leaving, humidity_out)) - air.enthalpy
    moisture = np.maximum(humidity_out - air.humidity_ratio, 0.0)
    heat = np.asarray(heat, np.float64)
    air_flow = heat / heat_per_kg
    circulated = np.asarray(water_flow(heat, p.range_k))
    rated_air = circulated / p.liquid_to_gas
    volume = np.asarray(psy.moist_air_volume(leaving, humidity_out, air.pressure_pa))
    rated_fan = np.asarray(fan_power(rated_air * volume, p.fan_pressure_pa, p.fan_efficiency))
    ratio = p.liquid_to_gas * p.range_k * CP_WATER / heat_per_kg
    evaporated = air_flow * moisture * SECONDS_PER_HOUR
    drift = circulated * p.drift * SECONDS_PER_HOUR
    return Tower(
        fan=rated_fan * np.asarray(flow_law(ratio)),
        pump=np.asarray(pump_power(circulated, p.pump_pressure_pa, p.pump_efficiency)),
        evaporated=evaporated,
        drift=drift,
        blow_down=np.asarray(blow_down(evaporated, drift, p.cycles)),
        latent_share=moisture * LATENT_HEAT / heat_per_kg,
    )
