"""Saturation of water vapour over water and ice, and the wet bulb of an adiabatic saturator.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, equations 5 and 6.
.. [2] R. W. Hyland and A. Wexler (1983), ASHRAE Transactions 89(2A), 500-519.
.. [3] ASHRAE Handbook, Fundamentals (2017), ch. 1, equations 33 (water) and 35 (ice).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics.parameters import (
    CP_AIR,
    CP_ICE,
    CP_VAPOUR,
    CP_WATER,
    LATENT_HEAT,
    SUBLIMATION_HEAT,
    TRIPLE_POINT_C,
    WATER_TO_AIR,
    ZERO_C_K,
)

__all__ = [
    "NEWTON_STEPS",
    "humidity_ratio_from_wet_bulb",
    "ln_saturation",
    "mixing_ratio",
    "saturation_pressure",
    "solve_wet_bulb",
    "wet_bulb",
]


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


def ln_saturation(temp_c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logarithm of the saturation pressure and its slope, over ice below the triple point.

    Parameters
    ----------
    temp_c : numpy.ndarray
        Temperature. [°C]

    Returns
    -------
    tuple of numpy.ndarray
        Logarithm of the pressure in Pa, and its slope. [-], [1/K]
    """
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
    return as_float(np.exp(ln_saturation(np.asarray(temp_c, dtype=np.float64))[0]))


def mixing_ratio(vapour_pressure: FloatArray, pressure_pa: FloatArray) -> FloatArray:
    """Humidity ratio from the pressure of the vapour.

    Parameters
    ----------
    vapour_pressure, pressure_pa : numpy.ndarray
        Pressure of the vapour and of the moist air. [Pa]

    Returns
    -------
    numpy.ndarray
        Broadcast shape. [kg/kg]
    """
    return WATER_TO_AIR * vapour_pressure / (pressure_pa - vapour_pressure)


NEWTON_STEPS = 30
TOLERANCE_K = 1e-4  # Newton squares the error: after a step this small some 1e-9 K are left


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
    dry: FloatArray, wet: FloatArray, pressure: FloatArray, frozen: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Humidity ratio that the saturator implies, and its slope with the wet bulb."""
    ln, ln_slope = ln_saturation(wet)
    vapour = np.exp(ln)
    saturated = mixing_ratio(vapour, pressure)
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
    ratio = mixing_ratio(np.asarray(saturation_pressure(dew)), pressure)
    return as_float(solve_wet_bulb(dry, dew, ratio, pressure))


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
    saturated_at_zero = mixing_ratio(np.asarray(saturation_pressure(0.0)), pressure)
    driest_liquid = (LATENT_HEAT * saturated_at_zero - CP_AIR * dry) / (
        LATENT_HEAT + CP_VAPOUR * dry
    )
    frozen = (dry < 0.0) | (ratio < driest_liquid)
    low = np.where(frozen, dew, np.maximum(dew, 0.0))
    high = np.where(frozen, np.minimum(dry, 0.0), dry)
    wet = np.clip(dew + 0.4 * (dry - dew), low, high)
    for _ in range(NEWTON_STEPS):
        implied, slope = _balance(dry, wet, pressure, frozen)
        new = np.clip(wet - (implied - ratio) / slope, low, high)
        moved = np.max(np.abs(new - wet), initial=0.0)
        wet = new
        if not moved > TOLERANCE_K:
            break
    return wet
