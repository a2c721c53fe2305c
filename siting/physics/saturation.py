"""Saturation of water vapour over liquid water and over ice.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1, equations 5 and 6.
.. [2] R. W. Hyland and A. Wexler (1983), ASHRAE Transactions 89(2A), 500-519.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics.constants import TRIPLE_POINT_C, WATER_TO_AIR, ZERO_C_K

__all__ = ["ln_saturation", "mixing_ratio", "saturation_pressure"]


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
