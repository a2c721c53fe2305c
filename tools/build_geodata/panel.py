"""From sun on the horizontal to sun on a fixed panel that faces the equator, month by month.

References
----------
.. [1] Liu, B. & Jordan, R. (1960), Klein, S. A. (1977), monthly mean method, as in Duffie &
   Beckman, Solar Engineering of Thermal Processes (2013), ch. 1.10 and 2.19.
.. [2] Erbs, D. G., Klein, S. A. & Duffie, J. A. (1982). Solar Energy 28(4), 293.
"""

from __future__ import annotations

import numpy as np
from pvlib.solarposition import declination_spencer71

from siting.supply.renewables import mid_month_day
from tools.build_geodata.supply_inputs import DAYS_IN_MONTH

__all__ = ["extraterrestrial", "panel_shape"]

_SOLAR_CONSTANT_KW_M2 = 1.361
_ALBEDO = 0.2
#: Tilt over latitude: a little flatter than the latitude gives the most energy of a year.
_TILT_OVER_LATITUDE = 0.8
_CLEAR_SKY_INDEX = 0.6


def _sunset_angle(lat_rad: np.ndarray, delta: np.ndarray) -> np.ndarray:
    return np.asarray(np.arccos(np.clip(-np.tan(lat_rad) * np.tan(delta), -1, 1)))


def extraterrestrial(lat: np.ndarray) -> np.ndarray:
    """Sun on a horizontal plane above the air, mean day of each month.

    Parameters
    ----------
    lat : numpy.ndarray
        Shape (n,). [degrees]

    Returns
    -------
    numpy.ndarray
        Shape (n, 12). [kWh/m2/day]
    """
    day = mid_month_day()
    delta, phi = declination_spencer71(day + 1)[None, :], np.deg2rad(lat)[:, None]
    sunset = _sunset_angle(phi, delta)
    distance = 1 + 0.033 * np.cos(2 * np.pi * day / 365)
    geometry = np.cos(phi) * np.cos(delta) * np.sin(sunset) + sunset * np.sin(phi) * np.sin(delta)
    return np.asarray(24 / np.pi * _SOLAR_CONSTANT_KW_M2 * distance * np.clip(geometry, 0, None))


def panel_shape(ghi: np.ndarray | None, lat: np.ndarray) -> np.ndarray:
    """Monthly sun on a tilted panel over its annual mean.

    Parameters
    ----------
    ghi : numpy.ndarray or None
        Shape (n, 12), sun on the horizontal [kWh/m2/day]; None takes 0.6 of what arrives
        above the air.
    lat : numpy.ndarray
        Shape (n,). [degrees]

    Returns
    -------
    numpy.ndarray
        Shape (n, 12), mean 1 over the days of the year. [-]
    """
    above = extraterrestrial(lat)
    sun = _CLEAR_SKY_INDEX * above if ghi is None else ghi
    clearness = np.clip(np.divide(sun, above, out=np.zeros_like(sun), where=above > 0.1), 0.2, 0.8)
    diffuse = _diffuse_fraction(clearness, lat)
    tilt = np.deg2rad(_TILT_OVER_LATITUDE * np.abs(lat))[:, None]
    sky, ground = (1 + np.cos(tilt)) / 2, _ALBEDO * (1 - np.cos(tilt)) / 2
    panel = sun * ((1 - diffuse) * _beam_ratio(lat, tilt) + diffuse * sky + ground)
    return np.asarray(panel / (panel @ DAYS_IN_MONTH / DAYS_IN_MONTH.sum())[:, None])


def _diffuse_fraction(clearness: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Monthly diffuse over global sun [2]_, by clearness and the length of the day."""
    sunset = _sunset_angle(
        np.deg2rad(lat)[:, None], declination_spencer71(mid_month_day() + 1)[None, :]
    )
    k = clearness
    short = 1.391 - 3.560 * k + 4.189 * k**2 - 2.137 * k**3
    long = 1.311 - 3.022 * k + 3.427 * k**2 - 1.821 * k**3
    return np.asarray(np.clip(np.where(sunset <= np.deg2rad(81.4), short, long), 0.1, 1))


def _beam_ratio(lat: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Daily beam on the panel over daily beam on the horizontal, at most 6."""
    delta = declination_spencer71(mid_month_day() + 1)[None, :]
    side = np.where(lat >= 0, 1, -1)[:, None]
    phi, delta = np.deg2rad(np.abs(lat))[:, None], side * delta
    flat_sunset = _sunset_angle(phi, delta)
    sunset = np.minimum(flat_sunset, _sunset_angle(phi - tilt, delta))

    def beam(latitude: np.ndarray, angle: np.ndarray) -> np.ndarray:
        return np.asarray(
            np.cos(latitude) * np.cos(delta) * np.sin(angle)
            + angle * np.sin(latitude) * np.sin(delta)
        )

    horizontal = beam(phi, flat_sunset)
    ratio = np.divide(
        beam(phi - tilt, sunset), horizontal, out=np.zeros_like(horizontal), where=horizontal > 1e-3
    )
    return np.asarray(np.clip(ratio, 0, 6))
