"""Where the sun stands: declination, equation of time, elevation, and daily extraterrestrial sum.

References
----------
.. [1] Spencer, J. W. (1971). Fourier series representation of the position of the sun.
   Search 2(5), 172.
.. [2] Duffie, J. A. & Beckman, W. A. (2013). Solar Engineering of Thermal Processes, ch. 1-2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.supply.tables import FloatArray

__all__ = ["declination", "equation_of_time", "mid_month_day", "sin_elevation"]

#: Day of the year in the middle of each month.
_MID_MONTH = np.array(
    [15.5, 45.0, 74.5, 105.0, 135.5, 166.0, 196.5, 227.5, 258.0, 288.5, 319.0, 349.5]
)


def mid_month_day() -> FloatArray:
    """Day of the year, counted from 0, in the middle of the twelve months. Shape (12,)."""
    return _MID_MONTH.copy()


def _day_angle(day: ArrayLike) -> FloatArray:
    return np.asarray(2 * np.pi * np.asarray(day, dtype=float) / 365)


def declination(day: ArrayLike) -> FloatArray:
    """Angle between the sun's rays and the equator.

    Parameters
    ----------
    day : array_like
        Days since the start of 1 January. [d]

    Returns
    -------
    numpy.ndarray
        Positive in the northern summer. [rad]
    """
    a = _day_angle(day)
    return np.asarray(
        0.006918
        - 0.399912 * np.cos(a)
        + 0.070257 * np.sin(a)
        - 0.006758 * np.cos(2 * a)
        + 0.000907 * np.sin(2 * a)
        - 0.002697 * np.cos(3 * a)
        + 0.00148 * np.sin(3 * a)
    )


def equation_of_time(day: ArrayLike) -> FloatArray:
    """How far the sundial is ahead of the clock.

    Parameters
    ----------
    day : array_like
        Days since the start of 1 January. [d]

    Returns
    -------
    numpy.ndarray
        [h]
    """
    a = _day_angle(day)
    minutes = 229.18 * (
        0.000075
        + 0.001868 * np.cos(a)
        - 0.032077 * np.sin(a)
        - 0.014615 * np.cos(2 * a)
        - 0.04089 * np.sin(2 * a)
    )
    return np.asarray(minutes / 60)


def sin_elevation(
    lat: ArrayLike, lon: ArrayLike, day: ArrayLike, hour_utc: ArrayLike
) -> FloatArray:
    """Sine of the sun's height over the horizon, refraction left out.

    Parameters
    ----------
    lat, lon : array_like
        Position, north and east positive. [degrees]
    day : array_like
        Days since the start of 1 January. [d]
    hour_utc : array_like
        Time of day. [h]

    Returns
    -------
    numpy.ndarray
        Broadcast of the four, -1 to 1; negative at night. [-]
    """
    phi, delta = np.deg2rad(np.asarray(lat, dtype=float)), declination(day)
    solar_hour = np.asarray(hour_utc, dtype=float) + np.asarray(lon) / 15 + equation_of_time(day)
    omega = np.deg2rad(15 * (solar_hour - 12))
    return np.asarray(np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(omega))
