"""Moist air: humidity, dew point, enthalpy and volume.

Every function takes numbers or arrays and returns the same shape. Humidity ratio is in kg of
water vapour to kg of dry air, enthalpy in kJ a kg of dry air, temperature in °C, pressure in Pa.
``outside_air`` works the state out once, shared by every design.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, equations 20, 26 and 30.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics.parameters import (
    CP_AIR,
    CP_VAPOUR,
    GAS_CONSTANT_AIR,
    LATENT_HEAT,
    WATER_TO_AIR,
    ZERO_C_K,
)
from siting.physics.saturation import (
    NEWTON_STEPS,
    humidity_ratio_from_wet_bulb,
    ln_saturation,
    mixing_ratio,
    saturation_pressure,
    solve_wet_bulb,
    wet_bulb,
)

__all__ = [
    "OutsideAir",
    "dew_point",
    "dew_point_from_relative_humidity",
    "enthalpy",
    "humidity_ratio",
    "humidity_ratio_from_enthalpy",
    "humidity_ratio_from_wet_bulb",
    "moist_air_volume",
    "outside_air",
    "relative_humidity",
    "saturation_humidity_ratio",
    "saturation_pressure",
    "wet_bulb",
]


TOLERANCE_K = 1e-7


def humidity_ratio(temp_dew_point_c: ArrayLike, pressure_pa: ArrayLike) -> Numeric:
    """Humidity ratio of air from its dew (or frost) point.

    Parameters
    ----------
    temp_dew_point_c : numeric
        Dew point. [°C]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        Broadcast shape. [kg/kg]
    """
    vapour = np.asarray(saturation_pressure(temp_dew_point_c))
    return as_float(mixing_ratio(vapour, np.asarray(pressure_pa, dtype=np.float64)))


saturation_humidity_ratio = humidity_ratio
"""Humidity ratio of saturated air at a temperature: at saturation dew point and dry bulb agree."""


def dew_point(humidity_ratio: ArrayLike, pressure_pa: ArrayLike) -> Numeric:
    """Dew point (frost point below 0.01 °C) of air from its humidity ratio.

    Inverts :func:`humidity_ratio` by Newton steps on the logarithm of the vapour pressure,
    which is nearly linear in the inverse of temperature, so the iteration cannot diverge.

    Parameters
    ----------
    humidity_ratio : numeric
        Humidity ratio, above 0. [kg/kg]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        Broadcast shape. [°C]
    """
    ratio = np.asarray(humidity_ratio, dtype=np.float64)
    vapour = np.asarray(pressure_pa, dtype=np.float64) * ratio / (WATER_TO_AIR + ratio)
    target = np.log(vapour)
    # Magnus over water is within 3 K everywhere: a start, not an answer.
    start = (target - np.log(611.2)) / 17.62
    temp = np.asarray(243.12 * start / (1.0 - start))
    for _ in range(NEWTON_STEPS):
        ln, slope = ln_saturation(temp)
        step = (ln - target) / slope
        temp = temp - step
        if not np.any(np.abs(step) > TOLERANCE_K):
            break
    return as_float(temp)


def relative_humidity(temp_dry_bulb_c: ArrayLike, temp_dew_point_c: ArrayLike) -> Numeric:
    """Relative humidity from dry bulb and dew point.

    Parameters
    ----------
    temp_dry_bulb_c, temp_dew_point_c : numeric
        Dry bulb and dew point. [°C]

    Returns
    -------
    numeric
        Vapour pressure over saturation pressure, 0 to 1. [-]
    """
    vapour = np.asarray(saturation_pressure(temp_dew_point_c))
    return as_float(vapour / np.asarray(saturation_pressure(temp_dry_bulb_c)))


def dew_point_from_relative_humidity(
    temp_dry_bulb_c: ArrayLike, relative_humidity: ArrayLike
) -> Numeric:
    """Dew point from dry bulb and relative humidity.

    Parameters
    ----------
    temp_dry_bulb_c : numeric
        Dry bulb. [°C]
    relative_humidity : numeric
        Relative humidity, above 0 and up to 1. [-]

    Returns
    -------
    numeric
        Broadcast shape. [°C]
    """
    saturated = np.asarray(saturation_pressure(temp_dry_bulb_c))
    vapour = np.asarray(relative_humidity, dtype=np.float64) * saturated
    any_pressure = 1e5  # the pressure cancels between the two conversions
    return dew_point(mixing_ratio(vapour, np.asarray(any_pressure)), any_pressure)


def enthalpy(temp_dry_bulb_c: ArrayLike, humidity_ratio: ArrayLike) -> Numeric:
    """Enthalpy of moist air over dry air and liquid water at 0 °C.

    Parameters
    ----------
    temp_dry_bulb_c : numeric
        Dry bulb. [°C]
    humidity_ratio : numeric
        Humidity ratio. [kg/kg]

    Returns
    -------
    numeric
        Broadcast shape. [kJ/kg of dry air]

    References
    ----------
    .. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, eq. 30.
    """
    temp = np.asarray(temp_dry_bulb_c, dtype=np.float64)
    ratio = np.asarray(humidity_ratio, dtype=np.float64)
    return as_float(CP_AIR * temp + ratio * (LATENT_HEAT + CP_VAPOUR * temp))


def humidity_ratio_from_enthalpy(temp_dry_bulb_c: ArrayLike, enthalpy: ArrayLike) -> Numeric:
    """Humidity ratio of air of a given temperature and enthalpy.

    Parameters
    ----------
    temp_dry_bulb_c : numeric
        Dry bulb. [°C]
    enthalpy : numeric
        Enthalpy. [kJ/kg of dry air]

    Returns
    -------
    numeric
        Broadcast shape. [kg/kg]
    """
    temp = np.asarray(temp_dry_bulb_c, dtype=np.float64)
    heat = np.asarray(enthalpy, dtype=np.float64) - CP_AIR * temp
    return as_float(heat / (LATENT_HEAT + CP_VAPOUR * temp))


def moist_air_volume(
    temp_dry_bulb_c: ArrayLike, humidity_ratio: ArrayLike, pressure_pa: ArrayLike
) -> Numeric:
    """Volume of moist air that holds one kilogram of dry air.

    Parameters
    ----------
    temp_dry_bulb_c : numeric
        Dry bulb. [°C]
    humidity_ratio : numeric
        Humidity ratio. [kg/kg]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        Broadcast shape. [m³/kg of dry air]

    References
    ----------
    .. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, eq. 26.
    """
    temp_k = np.asarray(temp_dry_bulb_c, dtype=np.float64) + ZERO_C_K
    ratio = np.asarray(humidity_ratio, dtype=np.float64)
    pressure = np.asarray(pressure_pa, dtype=np.float64)
    return as_float(GAS_CONSTANT_AIR * temp_k * (1.0 + ratio / WATER_TO_AIR) / pressure)


DEW_TOLERANCE_K = 0.01


@dataclass(frozen=True)
class OutsideAir:
    """State of the outside air; what is derived is computed on first use and kept.

    Parameters
    ----------
    temp_dry_bulb_c, temp_dew_point_c : numpy.ndarray
        Dry bulb and dew point, one shape. [°C]
    pressure_pa : numpy.ndarray
        Air pressure, may be narrower, such as (sites, 1). [Pa]
    """

    temp_dry_bulb_c: FloatArray
    temp_dew_point_c: FloatArray
    pressure_pa: FloatArray

    @cached_property
    def humidity_ratio(self) -> FloatArray:
        """Humidity ratio. [kg/kg]."""
        return np.asarray(humidity_ratio(self.temp_dew_point_c, self.pressure_pa))

    @cached_property
    def enthalpy(self) -> FloatArray:
        """Enthalpy. [kJ/kg of dry air]."""
        return np.asarray(enthalpy(self.temp_dry_bulb_c, self.humidity_ratio))

    @cached_property
    def temp_wet_bulb_c(self) -> FloatArray:
        """Thermodynamic wet bulb. [°C]."""
        pressure = np.broadcast_to(self.pressure_pa, self.temp_dry_bulb_c.shape)
        return solve_wet_bulb(
            self.temp_dry_bulb_c, self.temp_dew_point_c, self.humidity_ratio, pressure
        )


def outside_air(
    temp_dry_bulb_c: ArrayLike, temp_dew_point_c: ArrayLike, pressure_pa: ArrayLike
) -> OutsideAir:
    """Check the weather and wrap it.

    Parameters
    ----------
    temp_dry_bulb_c, temp_dew_point_c : array_like
        Dry bulb and dew point, the dew point not above the dry bulb. [°C]
    pressure_pa : array_like
        Air pressure. [Pa]

    Returns
    -------
    OutsideAir
        Arrays of the broadcast shape of all three.

    Raises
    ------
    ValueError
        Where a value is missing or a dew point lies above its dry bulb: cleaning weather is the
        work of whoever read it, never of the physics.
    """
    given = (temp_dry_bulb_c, temp_dew_point_c, pressure_pa)
    dry, dew, pressure = (np.asarray(x, dtype=np.float64) for x in given)
    shape = np.broadcast_shapes(dry.shape, dew.shape, pressure.shape)
    if not (np.isfinite(dry).all() and np.isfinite(dew).all() and np.isfinite(pressure).all()):
        raise ValueError("weather has missing values; leave those sites out before the physics")
    if (pressure <= 0.0).any():
        raise ValueError("air pressure must be positive, in Pa")
    if (dew > dry + DEW_TOLERANCE_K).any():
        raise ValueError("a dew point lies above its dry bulb; clip it where the weather is read")
    dry = np.broadcast_to(dry, shape)
    return OutsideAir(dry, np.broadcast_to(np.minimum(dew, dry), shape), pressure)
