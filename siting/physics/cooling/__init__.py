"""Cooling designs, one module a family, and the inputs and outputs that they share.

A design is a function of the parameters ``p`` of its family and of :class:`Conditions` ``c``, and
gives :class:`Streams`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray
from siting.physics.equipment import Envelope
from siting.physics.parameters import CP_AIR
from siting.physics.plant import compressor_energy, fan_power
from siting.physics.psychrometrics import OutsideAir

__all__ = ["Conditions", "Hall", "Streams", "air_hall"]


@dataclass(frozen=True)
class Conditions:
    """Conditions under which a design runs.

    Parameters
    ----------
    air : OutsideAir
        Outside air.
    envelope : Envelope
        Limits of the air that enters the IT equipment.
    water_limit_c : float
        Warmest facility water that liquid-cooled IT takes. [°C]
    load : numpy.ndarray
        IT power over its rating. [-]
    loss : numpy.ndarray
        Electrical losses to one kWh of IT, all of it heat in the building. [kWh/kWh]
    hall_fans, pumps, outdoor_fans : numpy.ndarray
        Energy of each at this load to one kWh of IT, over that in a full hall. [-]
    least_chiller_load : float
        Load of a running chiller over its capacity below which it does not fall. [-]
    liquid_share : float or None
        IT heat that cold plates take, where it is asked for. [-]
    supply_air_c : float or None
        Supply air of sealed halls, where it is asked for. [°C]
    practice : float
        Factor on the energy beyond that of the IT. [-]
    block_mw : float
        IT power of a hall or a string of pods. [MW]
    temp_water_c : numpy.ndarray or None
        Lake or sea water at the intake. [°C]
    intake_distance_km : numpy.ndarray
        Pipe from the intake to the building. [km]
    """

    air: OutsideAir
    envelope: Envelope
    water_limit_c: float
    load: FloatArray
    loss: FloatArray
    hall_fans: FloatArray
    pumps: FloatArray
    outdoor_fans: FloatArray
    least_chiller_load: float
    liquid_share: float | None
    supply_air_c: float | None
    practice: float
    block_mw: float
    temp_water_c: FloatArray | None
    intake_distance_km: FloatArray

    def sealed_supply(self, usual_c: float) -> float:
        """Supply air of a sealed hall: what is asked for or usual, within the envelope. [°C]."""
        asked = usual_c if self.supply_air_c is None else self.supply_air_c
        return min(asked, self.envelope.temp_high_c)

    def compressors(
        self, share: FloatArray, heat: FloatArray | float, cop: ArrayLike
    ) -> FloatArray:
        """Electricity of chillers that carry a share of a heat flow at this load. [kWh/kWh]."""
        return np.asarray(compressor_energy(share, heat, cop, self.load, self.least_chiller_load))


@dataclass(frozen=True)
class Streams:
    """Energy and water of the cooling, each to one kWh of IT.

    Parameters
    ----------
    mechanical_share : numpy.ndarray
        Heat that a chiller had to lift over all the heat of the building. [-]
    fans, pumps, compressors : numeric
        Electricity. [kWh/kWh]
    evaporated, drift, blow_down : numeric
        Fresh water that leaves as vapour, as droplets, and to the drain. [L/kWh]
    losses : numeric
        Electrical losses beyond those that every building has. [kWh/kWh]
    once_through : numeric
        Lake or sea water drawn and given back. [L/kWh]
    heat_to_water : numeric
        Heat given to the lake or the sea. [kWh/kWh]
    fuel : numeric
        Gas burnt, lower heating value. [kWh/kWh]
    generated : numeric
        Electricity made from it. [kWh/kWh]
    """

    mechanical_share: FloatArray
    fans: FloatArray | float = 0.0
    pumps: FloatArray | float = 0.0
    compressors: FloatArray | float = 0.0
    losses: FloatArray | float = 0.0
    evaporated: FloatArray | float = 0.0
    drift: FloatArray | float = 0.0
    blow_down: FloatArray | float = 0.0
    once_through: FloatArray | float = 0.0
    heat_to_water: FloatArray | float = 0.0
    fuel: FloatArray | float = 0.0
    generated: FloatArray | float = 0.0


@dataclass(frozen=True)
class Hall:
    """Air flow through the IT equipment, each to one kWh of IT.

    Parameters
    ----------
    air_flow : numpy.ndarray
        Dry air. [kg/s per kW]
    fans : numpy.ndarray
        Electricity of the air handlers. [kWh/kWh]
    heat : numpy.ndarray
        IT, electrical losses and fans. [kWh/kWh]
    """

    air_flow: FloatArray
    fans: FloatArray
    heat: FloatArray


def air_hall(
    at_load: FloatArray,
    heat: FloatArray | float,
    volume_m3_kg: FloatArray | float,
    *,
    rise_k: float,
    pressure_pa: float,
    efficiency: float,
) -> Hall:
    """Air flow, fans and heat of an air-cooled hall.

    The fans stand in the air stream, so their power is heat to be removed as well, which makes
    them a little larger: the balance is solved in closed form.

    Parameters
    ----------
    at_load : numpy.ndarray
        Energy of the fans to one kWh of IT over that in a full hall. [-]
    heat : numeric
        Heat that the air takes up, without that of the fans. [kWh/kWh]
    volume_m3_kg : numeric
        Volume of the air that enters the IT equipment, which altitude raises. [m³/kg]
    rise_k : float
        Temperature rise of the air. [K]
    pressure_pa, efficiency : float
        Pressure rise and efficiency of the fans. [Pa], [-]
    """
    flow_per_heat = 1.0 / (CP_AIR * rise_k)
    power = fan_power(np.asarray(volume_m3_kg) * flow_per_heat, pressure_pa, efficiency)
    own = np.asarray(power) * at_load
    total = np.asarray(heat) / (1.0 - own)
    return Hall(air_flow=total * flow_per_heat, fans=own * total, heat=total)
