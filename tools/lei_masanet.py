"""The published model of data centers with economizers, as it was written.

Kept apart from the designs: its purpose is to check this package against the authors' worked
examples and their bands by climate zone, with their own simpler psychrometrics. Here is the air
side; ``lei_masanet_waterside`` has the economizers on towers and on the sea. In free cooling, which
the examples exercise, all three reproduce the published PUE; the branches with humidification,
adiabatic cooling and the chiller follow the published equations and have no published figure for a
single state of the air to compare with.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data
   center PUE and its improvement potential, Energy 201, 117556.
.. [2] N. Lei and E. Masanet (2022), Climate- and technology-specific PUE and WUE estimations for
   U.S. data centers, Resources, Conservation and Recycling 182, 106323.
.. [3] N. Lei, Data-center-PUE-prediction-tool, github.com/nuoaleon: worked examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics.plant import fan_power, pump_power, water_cooled_cop

__all__ = [
    "AIR_RANGES",
    "CP_AIR",
    "CP_WATER",
    "AirsideChiller",
    "PublishedParameters",
    "air_density",
    "airside_chiller_pue",
    "facility_heat",
    "outside_enthalpy",
    "saturation_pressure_buck",
    "wet_bulb_from_enthalpy",
]

CP_AIR = 1.01  # kJ/(kg K), as in the paper
CP_WATER = 4.2  # kJ/(kg K), as in the authors' code
WATER_KG_M3 = 1000.0


@dataclass(frozen=True)
class PublishedParameters:
    """Parameters of a published system, numbers in its published order."""

    @classmethod
    def from_vector(cls, vector: Sequence[float]) -> Self:
        """Build from the numbers in their published order."""
        if len(vector) != len(fields(cls)):
            raise ValueError(f"{len(fields(cls))} parameters expected, {len(vector)} given")
        return cls(*(float(value) for value in vector))

    def to_vector(self) -> tuple[float, ...]:
        """Return the numbers in their published order."""
        return astuple(self)


class Supply(Protocol):
    """Power supply and lighting, the first three parameters of every system."""

    @property
    def ups_efficiency(self) -> float:
        """Efficiency of the UPS. [-]."""

    @property
    def distribution_loss(self) -> float:
        """Loss of the distribution. [-]."""

    @property
    def lighting_share(self) -> float:
        """Lighting over IT power. [-]."""


@dataclass(frozen=True)
class AirsideChiller(PublishedParameters):
    """The 26 parameters of the published model, in its order.

    Pressures in Pa, temperatures in °C or K, shares and efficiencies from 0 to 1. ``pCOP`` of the
    paper is ``cop_change``: the relative change of the chiller regression.
    """

    ups_efficiency: float
    distribution_loss: float
    lighting_share: float
    supply_low_c: float
    supply_high_c: float
    dew_point_low_c: float
    dew_point_high_c: float
    humidity_low: float
    humidity_high: float
    air_rise_k: float
    water_rise_k: float
    tower_range_k: float
    hall_fan_pressure_pa: float
    hall_fan_efficiency: float
    tower_fan_pressure_pa: float
    tower_fan_efficiency: float
    spray_pressure_pa: float
    spray_efficiency: float
    chilled_pump_pressure_pa: float
    chilled_pump_efficiency: float
    tower_pump_pressure_pa: float
    tower_pump_efficiency: float
    tower_approach_k: float
    chiller_load: float
    cop_change: float
    liquid_to_gas: float


AIR_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "ups_efficiency": (0.90, 0.99),
        "distribution_loss": (0.0, 0.02),
        "lighting_share": (0.0, 0.002),
        "supply_low_c": (10.0, 18.0),
        "supply_high_c": (27.0, 35.0),
        "dew_point_low_c": (-12.0, -9.0),
        "dew_point_high_c": (15.0, 27.0),
        "humidity_low": (0.08, 0.20),
        "humidity_high": (0.60, 0.95),
        "air_rise_k": (25.0 * 5.0 / 9.0, 35.0 * 5.0 / 9.0),
        "water_rise_k": (5.0, 10.0),
        "tower_range_k": (4.0, 6.0),
        "hall_fan_pressure_pa": (300.0, 1000.0),
        "hall_fan_efficiency": (0.65, 0.90),
        "tower_fan_pressure_pa": (100.0, 400.0),
        "tower_fan_efficiency": (0.65, 0.90),
        "spray_pressure_pa": (6.3e6, 7.7e6),
        "spray_efficiency": (0.6, 0.8),
        "chilled_pump_pressure_pa": (143658.0 * 0.8, 143658.0 * 1.2),
        "chilled_pump_efficiency": (0.6, 0.8),
        "tower_pump_pressure_pa": (208660.0 * 0.8, 208660.0 * 1.2),
        "tower_pump_efficiency": (0.6, 0.8),
        "tower_approach_k": (2.8, 6.7),
        "chiller_load": (0.2, 0.8),
        "cop_change": (-0.11, 0.11),
        "liquid_to_gas": (1.0, 3.0),
    }
)
"""Published range of each parameter of ``AirsideChiller``, hyperscale."""


def saturation_pressure_buck(temp_c: ArrayLike) -> Numeric:
    """Saturation pressure over water, Buck's equation as the paper uses it.

    Parameters
    ----------
    temp_c : numeric
        Temperature. [°C]

    Returns
    -------
    numeric
        Pressure. [Pa]
    """
    t = np.asarray(temp_c, np.float64)
    return as_float(611.21 * np.exp((18.678 - t / 234.5) * t / (t + 257.14)))


def _humidity_ratio(vapour_pa: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    vapour = np.asarray(vapour_pa, np.float64)
    return np.asarray(0.622 * vapour / (np.asarray(pressure_pa) - vapour))


def _enthalpy(temp_c: ArrayLike, ratio: ArrayLike) -> FloatArray:
    t = np.asarray(temp_c, np.float64)
    return np.asarray(1.01 * t + np.asarray(ratio) * (2500.0 + 1.84 * t))


def outside_enthalpy(
    temp_c: ArrayLike, humidity_percent: ArrayLike, pressure_pa: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Humidity ratio and enthalpy of the outside air.

    Parameters
    ----------
    temp_c, humidity_percent, pressure_pa : numeric
        Dry bulb, relative humidity and pressure. [°C], [%], [Pa]

    Returns
    -------
    tuple of numpy.ndarray
        Humidity ratio and enthalpy. [kg/kg], [kJ/kg]
    """
    saturated = np.asarray(saturation_pressure_buck(temp_c))
    ratio = _humidity_ratio(np.asarray(humidity_percent) / 100.0 * saturated, pressure_pa)
    return ratio, _enthalpy(temp_c, ratio)


def air_density(temp_c: ArrayLike, pressure_pa: ArrayLike) -> FloatArray:
    """Density of air as the paper has it.

    Parameters
    ----------
    temp_c, pressure_pa : numeric
        Temperature and pressure. [°C], [Pa]

    Returns
    -------
    numpy.ndarray
        Density. [kg/m³]
    """
    kelvin = 273.15 + np.asarray(temp_c, np.float64)
    return np.asarray(1.293 * (np.asarray(pressure_pa) / 101325.0) * 273.15 / kelvin)


def wet_bulb_from_enthalpy(
    temp_c: ArrayLike, enthalpy: ArrayLike, pressure_pa: ArrayLike
) -> FloatArray:
    """Temperature at which saturated air has the given enthalpy, by bisection.

    Parameters
    ----------
    temp_c, enthalpy, pressure_pa : numeric
        Dry bulb, enthalpy and pressure. [°C], [kJ/kg], [Pa]

    Returns
    -------
    numpy.ndarray
        Wet bulb. [°C]
    """
    shape = np.shape(enthalpy)
    given = (np.asarray(x, np.float64) for x in (temp_c, enthalpy, pressure_pa))
    return _bisected(*(np.broadcast_to(x, shape).tobytes() for x in given)).reshape(shape)


@lru_cache(maxsize=1)
def _bisected(temp_c: bytes, enthalpy: bytes, pressure_pa: bytes) -> FloatArray:
    """Wet bulbs of states of the air, kept for other parameters in the same weather. [°C]."""
    high, wanted, pressure = (np.frombuffer(x) for x in (temp_c, enthalpy, pressure_pa))
    low = np.full_like(high, -60.0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        ratio = _humidity_ratio(saturation_pressure_buck(middle), pressure)
        above = _enthalpy(middle, ratio) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray(0.5 * (low + high))


def facility_heat(p: Supply) -> float:
    """IT power with the losses of supply and lighting, all of it to be cooled.

    Parameters
    ----------
    p : AirsideChiller, WatersideTower or WatersideSea
        Parameters.

    Returns
    -------
    float
        To one kW of IT. [kW/kW]
    """
    supply = 1.0 / p.ups_efficiency - 1.0
    distribution = 1.0 / (1.0 - p.distribution_loss) - 1.0
    return 1.0 + supply + distribution + p.lighting_share


def airside_chiller_pue(
    p: AirsideChiller, temp_c: ArrayLike, humidity_percent: ArrayLike, pressure_pa: ArrayLike
) -> Numeric:
    """PUE of the published model at states of the outside air.

    Parameters
    ----------
    p : AirsideChiller
        Parameters.
    temp_c : numeric
        Outside dry bulb. [°C]
    humidity_percent : numeric
        Outside relative humidity, 0 to 100. [%]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        PUE, broadcast shape. [-]
    """
    heat, outside = facility_heat(p), np.asarray(temp_c, np.float64)
    supply = np.clip(outside, p.supply_low_c, p.supply_high_c)
    driest, moistest = _humidity_limits(p, supply, pressure_pa)
    ratio, enthalpy = outside_enthalpy(outside, humidity_percent, pressure_pa)
    air_flow = heat / (CP_AIR * p.air_rise_k)
    volume = air_flow / air_density(supply, pressure_pa)
    fan = np.asarray(fan_power(volume, p.hall_fan_pressure_pa, p.hall_fan_efficiency))
    mechanical = (ratio > moistest) | (enthalpy > _enthalpy(supply, moistest))
    cooled = (enthalpy - CP_AIR * supply) / (2500.0 + 1.84 * supply)
    wanted = np.maximum.reduce([ratio, driest, np.where(outside > supply, cooled, 0.0)])
    back = _enthalpy(supply + p.air_rise_k, wanted)
    taken = np.minimum(1.0, (back - _enthalpy(supply, wanted)) / (back - enthalpy))
    sprayed = air_flow * taken * (wanted - ratio)
    spray = pump_power(sprayed, p.spray_pressure_pa, p.spray_efficiency, WATER_KG_M3)
    wet_bulb = wet_bulb_from_enthalpy(outside, enthalpy, pressure_pa)
    plant = _chiller_plant(p, heat, wet_bulb, air_density(outside, pressure_pa))
    return as_float(heat + fan + np.where(mechanical, plant, spray))


def _humidity_limits(
    p: AirsideChiller, supply_c: FloatArray, pressure_pa: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Driest and moistest supply air, by dew point and by relative humidity."""
    saturated = np.asarray(saturation_pressure_buck(supply_c))
    low = np.maximum(saturation_pressure_buck(p.dew_point_low_c), p.humidity_low * saturated)
    high = np.minimum(saturation_pressure_buck(p.dew_point_high_c), p.humidity_high * saturated)
    return _humidity_ratio(low, pressure_pa), _humidity_ratio(high, pressure_pa)


def _chiller_plant(
    p: AirsideChiller, heat: float, wet_bulb_c: FloatArray, density: FloatArray
) -> FloatArray:
    """Chiller, its two pumps and the tower fan, to one kW of IT."""
    cop = np.asarray(water_cooled_cop(wet_bulb_c + p.tower_approach_k, p.chiller_load))
    chiller = heat / (cop * (1.0 + p.cop_change))
    chilled = heat / (CP_WATER * p.water_rise_k)
    tower = (heat + chiller) / (CP_WATER * p.tower_range_k)
    powers = (
        pump_power(chilled, p.chilled_pump_pressure_pa, p.chilled_pump_efficiency, WATER_KG_M3),
        pump_power(tower, p.tower_pump_pressure_pa, p.tower_pump_efficiency, WATER_KG_M3),
        fan_power(tower / p.liquid_to_gas / density, p.tower_fan_pressure_pa,
                  p.tower_fan_efficiency),
    )  # fmt: skip
    return np.asarray(chiller + sum(np.asarray(power) for power in powers))
