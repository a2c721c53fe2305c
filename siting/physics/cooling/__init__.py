"""Cooling designs, one module a family, and what they share: inlet classes, inputs and outputs.

A design is a function of the parameters ``p`` of its family and of :class:`Conditions` ``c``, and
gives :class:`Streams`.

References
----------
.. [1] ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, 5th ed. (2021) and its
   reference card: air classes and the recommended envelope.
.. [2] The same, ch. 5: facility water classes W17 to W45; and ASHRAE TC 9.9 (2024), Liquid Cooling:
   Resiliency Guidance for Cold Plate Deployments: technology cooling system classes S30 to S50.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray
from siting.physics.parameters import CP_AIR
from siting.physics.plant import compressor_energy, fan_power
from siting.physics.psychrometrics import OutsideAir

__all__ = [
    "ENVELOPES",
    "WATER_CLASSES",
    "Conditions",
    "Envelope",
    "Hall",
    "Streams",
    "air_hall",
    "envelope",
    "water_limit",
]


_CARD = "ASHRAE TC 9.9, Thermal Guidelines, 5th ed. (2021), reference card"
_DRIEST = 0.08  # relative humidity of the allowable envelopes, where it asks for more than -12 °C


@dataclass(frozen=True)
class Envelope:
    """Limits of the air that enters the IT equipment.

    Parameters
    ----------
    name : str
        Class.
    temp_low_c, temp_high_c : float
        Dry bulb. [°C]
    dew_point_low_c, dew_point_high_c : float
        Dew point. [°C]
    relative_humidity_high : float
        Highest relative humidity. [-]
    relative_humidity_low : float
        Lowest relative humidity; the air is humidified to it or to the lowest dew point,
        whichever asks for more. [-]
    source : str
        Publication.
    """

    name: str
    temp_low_c: float
    temp_high_c: float
    dew_point_low_c: float
    dew_point_high_c: float
    relative_humidity_high: float
    relative_humidity_low: float = _DRIEST
    source: str = _CARD


ENVELOPES: Mapping[str, Envelope] = MappingProxyType(
    {
        row.name: row
        for row in (
            Envelope("recommended", 18.0, 27.0, -9.0, 15.0, 0.70, 0.0),
            Envelope("A1", 15.0, 32.0, -12.0, 17.0, 0.80),
            Envelope("A2", 10.0, 35.0, -12.0, 21.0, 0.80),
            Envelope("A3", 5.0, 40.0, -12.0, 24.0, 0.85),
            Envelope("A4", 5.0, 45.0, -12.0, 24.0, 0.90),
            Envelope("H1", 15.0, 25.0, -12.0, 17.0, 0.80),
        )
    }
)
"""Allowable envelope of each class; ``recommended`` is the one that A1 to A4 share."""

WATER_CLASSES: Mapping[str, float] = MappingProxyType(
    {
        "W17": 17.0,
        "W27": 27.0,
        "W32": 32.0,
        "W40": 40.0,
        "W45": 45.0,
        "W+": 50.0,
        "S30": 30.0,
        "S40": 40.0,
        "S50": 50.0,
    }
)
"""Warmest supply of each class: facility water (W) or technology cooling system (S); W+ is anything
above 45, taken as 50. [°C]"""


def envelope(name: str, min_dew_point_c: float | None = None) -> Envelope:
    """Air envelope of a class.

    Parameters
    ----------
    name : str
        One of ``ENVELOPES``.
    min_dew_point_c : float, optional
        Humidification floor instead of that of the class: 5.5 in the editions of 2008 and 2011,
        -9 (recommended) and -12 (allowable) since 2015. [°C]
    """
    if name not in ENVELOPES:
        raise ValueError(f"inlet {name!r} is none of {', '.join(ENVELOPES)}")
    chosen = ENVELOPES[name]
    if min_dew_point_c is None:
        return chosen
    if min_dew_point_c > chosen.dew_point_high_c:
        raise ValueError(f"min_dew_point_c {min_dew_point_c:g} lies above the highest of {name}")
    return replace(chosen, dew_point_low_c=min_dew_point_c, relative_humidity_low=0.0)


def water_limit(name: str) -> float:
    """Warmest supply of cooling water of a class. [°C].

    Parameters
    ----------
    name : str
        One of ``WATER_CLASSES``.
    """
    if name not in WATER_CLASSES:
        raise ValueError(f"water class {name!r} is none of {', '.join(WATER_CLASSES)}")
    return WATER_CLASSES[name]


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
