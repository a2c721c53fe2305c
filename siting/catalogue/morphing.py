"""Morphing of a measured year to another place or another climate.

Humidity is handled with the Magnus form of the saturation vapour pressure over water, because it
inverts in closed form: a dew point shifted there and back is the dew point it was.

References
----------
.. [1] Alduchov and Eskridge (1996), Improved Magnus form approximation of saturation vapor
   pressure. J. Appl. Meteorol. 35, 601-609. doi:10.1175/1520-0450(1996)035<0601:IMFAOS>2.0.CO;2
.. [2] Belcher, Hacker and Powell (2005), Constructing design weather data for future climates.
   Building Serv. Eng. Res. Technol. 26, 49-61. doi:10.1191/0143624405bt112oa
.. [3] ISO 2533:1975, Standard Atmosphere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siting.arrays import FloatArray

__all__ = [
    "dew_point_of_humidity",
    "dew_point_of_vapour",
    "log_humidity",
    "mean_dew_point",
    "shift_keeping_humidity",
    "standard_height",
    "standard_pressure",
    "vapour_pressure",
]


#: Magnus coefficients of [1]_: hPa, dimensionless, °C.
_E0_HPA, _A, _B_C = 6.1094, 17.625, 243.04


def vapour_pressure(temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Partial pressure of water vapour of air with a given dew point.

    Parameters
    ----------
    temp_dew_point : array_like
        Dew point over water. [°C]

    Returns
    -------
    ndarray
        Same shape. [hPa]
    """
    temp = np.asarray(temp_dew_point, dtype=np.float64)
    return _E0_HPA * np.exp(_A * temp / (_B_C + temp))


def dew_point_of_vapour(pressure_hpa: npt.ArrayLike) -> FloatArray:
    """Dew point of air with a given partial pressure of water vapour.

    The exact inverse of :func:`vapour_pressure`.

    Parameters
    ----------
    pressure_hpa : array_like
        Vapour pressure, above zero. [hPa]

    Returns
    -------
    ndarray
        Same shape. [°C]
    """
    ratio = np.log(np.asarray(pressure_hpa, dtype=np.float64) / _E0_HPA)
    return _B_C * ratio / (_A - ratio)


def dew_point_of_humidity(temp_dry_bulb: npt.ArrayLike, percent: npt.ArrayLike) -> FloatArray:
    """Dew point of air with a given relative humidity.

    Parameters
    ----------
    temp_dry_bulb : array_like
        [°C]
    percent : array_like
        Relative humidity over water; below 1 % is taken as 1 %. [%]

    Returns
    -------
    ndarray
        Same shape. [°C]
    """
    share = np.clip(np.asarray(percent, dtype=np.float64), 1.0, None) / 100.0
    return dew_point_of_vapour(vapour_pressure(temp_dry_bulb) * share)


def mean_dew_point(temp_dew_point: npt.ArrayLike, axis: int = 0) -> FloatArray:
    """Dew point of the mean vapour content, not the mean of dew points.

    Mixing parcels conserves water, so the mean is taken of the vapour pressure.

    Parameters
    ----------
    temp_dew_point : array_like
        Dew points. [°C]
    axis : int, default 0
        Axis that is averaged away.

    Returns
    -------
    ndarray
        Shape without ``axis``. [°C]
    """
    return dew_point_of_vapour(vapour_pressure(temp_dew_point).mean(axis=axis))


def log_humidity(temp_dry_bulb: npt.ArrayLike, temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Natural logarithm of the relative humidity over water.

    Parameters
    ----------
    temp_dry_bulb, temp_dew_point : array_like
        State of the air. [°C]

    Returns
    -------
    ndarray
        Broadcast shape, 0 at saturation. [-]
    """
    dry = np.asarray(temp_dry_bulb, dtype=np.float64)
    dew = np.asarray(temp_dew_point, dtype=np.float64)
    return _A * dew / (_B_C + dew) - _A * dry / (_B_C + dry)


def shift_keeping_humidity(
    temp_dry_bulb: npt.ArrayLike,
    temp_dew_point: npt.ArrayLike,
    delta: npt.ArrayLike,
    humidity_shift: npt.ArrayLike = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Warm or cool the air and keep its relative humidity.

    Parameters
    ----------
    temp_dry_bulb, temp_dew_point : array_like
        State before, dew point not above dry bulb. [°C]
    delta : array_like
        Change of the dry bulb, broadcast against the state. [K]
    humidity_shift : array_like, default 0
        Change of the logarithm of the relative humidity, where that is to move too. [-]

    Returns
    -------
    tuple of ndarray
        Dry bulb and dew point after, in the broadcast shape; the dew point never exceeds the
        dry bulb. [°C]

    Notes
    -----
    With e(t) = e0 exp(a t / (b + t)), constant RH = e(dew)/e(dry) keeps the difference of the two
    exponents, so the new dew point follows in closed form.
    """
    dry = np.asarray(temp_dry_bulb, dtype=np.float64)
    dew = np.asarray(temp_dew_point, dtype=np.float64)
    dry_after = dry + np.asarray(delta, dtype=np.float64)
    relative = np.minimum(log_humidity(dry, dew) + np.asarray(humidity_shift), 0.0)
    exponent = relative + _A * dry_after / (_B_C + dry_after)
    return dry_after, np.minimum(_B_C * exponent / (_A - exponent), dry_after)


def standard_pressure(elevation_m: npt.ArrayLike) -> FloatArray:
    """Pressure of the standard atmosphere [3]_.

    Parameters
    ----------
    elevation_m : array_like
        Height above the sea, up to 11 km. [m]

    Returns
    -------
    ndarray
        Same shape. [Pa]
    """
    height = np.asarray(elevation_m, dtype=np.float64)
    pressure: FloatArray = 101_325.0 * (1.0 - 2.25577e-5 * height) ** 5.25588
    return pressure


def standard_height(pressure_pa: npt.ArrayLike) -> FloatArray:
    """Height at which the standard atmosphere [3]_ has a pressure.

    The inverse of :func:`standard_pressure`.

    Parameters
    ----------
    pressure_pa : array_like
        [Pa]

    Returns
    -------
    ndarray
        Same shape. [m]
    """
    share = np.asarray(pressure_pa, dtype=np.float64) / 101_325.0
    height: FloatArray = (1.0 - share ** (1.0 / 5.25588)) / 2.25577e-5
    return height
