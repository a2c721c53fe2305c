"""Moist air: saturation, humidity, enthalpy, volume and wet bulb.

Every function takes numbers or arrays and returns the same shape. Humidity ratio is in kg of
water vapour to kg of dry air, enthalpy in kJ a kg of dry air, temperature in °C, pressure in Pa.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, equations 5, 6, 20, 26, 30, 33 and 35.
.. [2] R. W. Hyland and A. Wexler (1983), ASHRAE Transactions 89(2A), 500-519.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.arrays import FloatArray, Numeric, as_float

__all__ = [
    "dew_point",
    "dew_point_from_relative_humidity",
    "enthalpy",
    "humidity_ratio",
    "humidity_ratio_from_enthalpy",
    "humidity_ratio_from_wet_bulb",
    "moist_air_density",
    "moist_air_volume",
    "relative_humidity",
    "saturation_humidity_ratio",
    "saturation_pressure",
    "temp_from_enthalpy",
    "wet_bulb",
]

ZERO_C_K = 273.15
TRIPLE_POINT_C = 0.01
WATER_TO_AIR = 0.621945  # molar masses of water and dry air
GAS_CONSTANT_AIR = 287.042  # J/(kg K)
CP_AIR = 1.006  # kJ/(kg K)
CP_VAPOUR = 1.86  # kJ/(kg K)
CP_WATER = 4.186  # kJ/(kg K)
LATENT_HEAT = 2501.0  # kJ/kg at 0 °C
SUBLIMATION_HEAT = 2830.0  # kJ/kg at 0 °C
CP_ICE = 2.1  # kJ/(kg K)

_NEWTON_STEPS = 30
_TOLERANCE_K = 1e-7


def _ln_over_water(t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Natural logarithm of the saturation pressure over water and its slope, t in K."""
    ln = (
        -5.8002206e3 / t
        + 1.3914993
        + t * (-4.8640239e-2 + t * (4.1764768e-5 - 1.4452093e-8 * t))
        + 6.5459673 * np.log(t)
    )
    slope = (5.8002206e3 / t + 6.5459673) / t + (
        -4.8640239e-2 + t * (8.3529536e-5 - 4.3356279e-8 * t)
    )
    return ln, slope


def _ln_over_ice(t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Natural logarithm of the saturation pressure over ice and its slope, t in K."""
    ln = (
        -5.6745359e3 / t
        + 6.3925247
        + t * (-9.677843e-3 + t * (6.2215701e-7 + t * (2.0747825e-9 - 9.484024e-13 * t)))
        + 4.1635019 * np.log(t)
    )
    slope = (5.6745359e3 / t + 4.1635019) / t + (
        -9.677843e-3 + t * (1.24431402e-6 + t * (6.2243475e-9 - 3.7936096e-12 * t))
    )
    return ln, slope


def _ln_saturation(temp_c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logarithm of the saturation pressure and its slope, over ice below the triple point."""
    temp_k = temp_c + ZERO_C_K
    frozen = temp_c <= TRIPLE_POINT_C
    if not frozen.any():
        return _ln_over_water(temp_k)
    if frozen.all():
        return _ln_over_ice(temp_k)
    ln, slope = _ln_over_water(temp_k)
    ln[frozen], slope[frozen] = _ln_over_ice(temp_k[frozen])
    return ln, slope


def saturation_pressure(temp_c: ArrayLike) -> Numeric:
    """Pressure of water vapour in equilibrium with water, or with ice below 0.01 °C.

    Parameters
    ----------
    temp_c : numeric
        Temperature, -100 to 200. [°C]

    Returns
    -------
    numeric
        Same shape as ``temp_c``. [Pa]

    References
    ----------
    .. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, eq. 5 and 6 (Hyland and Wexler 1983).
    """
    return as_float(np.exp(_ln_saturation(np.asarray(temp_c, dtype=np.float64))[0]))


def _ratio(vapour_pressure: FloatArray, pressure_pa: FloatArray) -> FloatArray:
    return WATER_TO_AIR * vapour_pressure / (pressure_pa - vapour_pressure)


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
    return as_float(_ratio(vapour, np.asarray(pressure_pa, dtype=np.float64)))


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
    for _ in range(_NEWTON_STEPS):
        ln, slope = _ln_saturation(temp)
        step = (ln - target) / slope
        temp = temp - step
        if not np.any(np.abs(step) > _TOLERANCE_K):
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
    return dew_point(_ratio(vapour, np.asarray(any_pressure)), any_pressure)


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


def temp_from_enthalpy(enthalpy: ArrayLike, humidity_ratio: ArrayLike) -> Numeric:
    """Dry bulb from enthalpy and humidity ratio, the inverse of :func:`enthalpy`.

    Parameters
    ----------
    enthalpy : numeric
        Enthalpy. [kJ/kg of dry air]
    humidity_ratio : numeric
        Humidity ratio. [kg/kg]

    Returns
    -------
    numeric
        Broadcast shape. [°C]
    """
    ratio = np.asarray(humidity_ratio, dtype=np.float64)
    heat = np.asarray(enthalpy, dtype=np.float64) - ratio * LATENT_HEAT
    return as_float(heat / (CP_AIR + CP_VAPOUR * ratio))


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


def moist_air_density(
    temp_dry_bulb_c: ArrayLike, humidity_ratio: ArrayLike, pressure_pa: ArrayLike
) -> Numeric:
    """Density of moist air.

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
        Broadcast shape. [kg/m³]
    """
    ratio = np.asarray(humidity_ratio, dtype=np.float64)
    return as_float((1.0 + ratio) / moist_air_volume(temp_dry_bulb_c, ratio, pressure_pa))


def humidity_ratio_from_wet_bulb(
    temp_dry_bulb_c: ArrayLike, temp_wet_bulb_c: ArrayLike, pressure_pa: ArrayLike
) -> Numeric:
    """Humidity ratio from the balance of an adiabatic saturator.

    Parameters
    ----------
    temp_dry_bulb_c, temp_wet_bulb_c : numeric
        Dry bulb and thermodynamic wet bulb; the wick is frozen below 0 °C. [°C]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        Broadcast shape; negative where no such air exists. [kg/kg]

    References
    ----------
    .. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, eq. 33 (water) and 35 (ice).
    """
    dry, wet, pressure = np.broadcast_arrays(
        *(np.asarray(x, np.float64) for x in (temp_dry_bulb_c, temp_wet_bulb_c, pressure_pa))
    )
    return as_float(_balance(dry, wet, pressure, wet < 0.0)[0])


def _balance(
    dry: FloatArray, wet: FloatArray, pressure: FloatArray, frozen: FloatArray | np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Humidity ratio that the saturator implies, and its slope with the wet bulb."""
    ln, ln_slope = _ln_saturation(wet)
    vapour = np.exp(ln)
    saturated = _ratio(vapour, pressure)
    saturated_slope = saturated * ln_slope * pressure / (pressure - vapour)
    any_frozen = bool(np.any(frozen))
    evaporation = np.where(frozen, SUBLIMATION_HEAT, LATENT_HEAT) if any_frozen else LATENT_HEAT
    fall = np.where(frozen, 0.24, 2.326) if any_frozen else 2.326
    liquid = np.where(frozen, CP_ICE, CP_WATER) if any_frozen else CP_WATER
    heat = evaporation - fall * wet
    below = evaporation + CP_VAPOUR * dry - liquid * wet
    ratio = (heat * saturated - CP_AIR * (dry - wet)) / below
    slope = (heat * saturated_slope - fall * saturated + CP_AIR + liquid * ratio) / below
    return ratio, slope


def wet_bulb(
    temp_dry_bulb_c: ArrayLike, temp_dew_point_c: ArrayLike, pressure_pa: ArrayLike
) -> Numeric:
    """Thermodynamic wet bulb from the energy balance of an adiabatic saturator.

    Newton steps on ASHRAE equations 33 and 35, kept between dew point and dry bulb. The balance
    is increasing and convex in the wet bulb, so from any start the second step lies above the
    root and every later one closes in from above. The equations jump where the wick freezes:
    with dry air near 0 °C both a liquid and a frozen wick satisfy them. The liquid one is taken
    whenever it exists, as on a wetted surface that is in motion.

    Parameters
    ----------
    temp_dry_bulb_c, temp_dew_point_c : numeric
        Dry bulb and dew point, the dew point not above the dry bulb. [°C]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        Broadcast shape, between dew point and dry bulb. [°C]

    References
    ----------
    .. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, eq. 33 and 35.
    """
    given = (temp_dry_bulb_c, temp_dew_point_c, pressure_pa)
    dry, dew, pressure = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in given))
    return as_float(solve_wet_bulb(dry, dew, np.asarray(humidity_ratio(dew, pressure)), pressure))


def solve_wet_bulb(
    dry: FloatArray, dew: FloatArray, ratio: FloatArray, pressure: FloatArray
) -> FloatArray:
    """Wet bulb where the humidity ratio is known already; arrays of one shape.

    Parameters
    ----------
    dry, dew : numpy.ndarray
        Dry bulb and dew point. [°C]
    ratio : numpy.ndarray
        Humidity ratio at the dew point. [kg/kg]
    pressure : numpy.ndarray
        Air pressure. [Pa]

    Returns
    -------
    numpy.ndarray
        Wet bulb. [°C]
    """
    saturated_at_zero = _ratio(np.asarray(saturation_pressure(0.0)), pressure)
    driest_liquid = (LATENT_HEAT * saturated_at_zero - CP_AIR * dry) / (
        LATENT_HEAT + CP_VAPOUR * dry
    )
    frozen = (dry < 0.0) | (ratio < driest_liquid)
    low = np.where(frozen, dew, np.maximum(dew, 0.0))
    high = np.where(frozen, np.minimum(dry, 0.0), dry)
    wet = np.clip(dew + 0.4 * (dry - dew), low, high)
    for _ in range(_NEWTON_STEPS):
        implied, slope = _balance(dry, wet, pressure, frozen)
        new = np.clip(wet - (implied - ratio) / slope, low, high)
        moved = np.max(np.abs(new - wet), initial=0.0)
        wet = new
        if not moved > _TOLERANCE_K:
            break
    return wet
