"""Hot and dry years: the typical year of a place, moved as far as one year in ten moves.

Derived from 80 real years: 16 cities in 2020-24 (Open-Meteo archive, CC BY 4.0), and Luleå
1991-2022 about its trend (SMHI, CC BY 4.0) for the north (``tools/fit_climate_years.py``).
One year in ten lies beyond 1.2816 standard deviations:

    hot:  dT = 1.2816 * (0.279 K + 0.0058 K/° * |latitude|),  d ln RH = -0.0343 /K * dT
    dry:  d ln RH = -1.2816 * 0.0366

since hotter years were drier, and humidity varied by 0.0366 beyond that. In a hot year the hottest
hour rises by 1.2816 * 2.03 K at its own dew point, and the hour of the highest wet bulb by
1.2816 * 0.82 K at its own relative humidity; a dry year leaves both as they are. All months move
alike, which understates the winters of the north (Luleå: February 2.6 times the annual anomaly).
*Modelled* everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import numpy.typing as npt

from siting.catalogue.morphing import shift_keeping_humidity
from siting.catalogue.weather_steps import Weather
from siting.config.climate import Climate, ClimateYear
from siting.physics.arrays import FloatArray

__all__ = ["CLIMATE_YEARS", "annual_spread_k", "in_year", "moved_weather", "under_climate"]

CLIMATE_YEARS: tuple[str, ...] = get_args(ClimateYear)

#: Standard normal quantile of one year in ten.
_ONE_IN_TEN = 1.2816
_SPREAD_K, _SPREAD_K_PER_DEGREE = 0.279, 0.0058
_LOG_HUMIDITY_PER_K, _LOG_HUMIDITY_SPREAD = -0.0343, 0.0366
#: Spread of the highest dry bulb and of the highest wet bulb of a year [K].
_HOTTEST_K, _MUGGIEST_K = 2.03, 0.82


def annual_spread_k(lat: npt.ArrayLike) -> FloatArray:
    """Standard deviation of the annual mean dry bulb from year to year.

    Parameters
    ----------
    lat : array_like
        Latitude. [°]

    Returns
    -------
    ndarray
        Same shape; 0.16 K rms from the cities that it was not fitted to. [K]
    """
    return _SPREAD_K + _SPREAD_K_PER_DEGREE * np.abs(np.asarray(lat, dtype=np.float64))


def in_year(weather: Weather, lat: npt.ArrayLike, year: str) -> Weather:
    """The typical years of places as a hot year, a dry year, or one that is both.

    Parameters
    ----------
    weather : Weather
        Typical years of n places.
    lat : array_like, shape (n,)
        Their latitudes. [°]
    year : {"typical", "hot", "dry", "hot_dry"}
        One year in ten each; ``hot_dry`` is both at once, and rarer.

    Returns
    -------
    Weather
        The same places and steps.
    """
    if year not in CLIMATE_YEARS:
        raise ValueError(f"{year!r} is none of {', '.join(CLIMATE_YEARS)}")
    if year == "typical":
        return weather
    latitude = np.asarray(lat, dtype=np.float64).reshape(-1, 1)
    if latitude.shape != (len(weather.place), 1):
        raise ValueError("one latitude a place")
    design = weather.month == 0
    dry, dew = weather.temp_dry_bulb_c, weather.temp_dew_point_c
    hot, arid = year in ("hot", "hot_dry"), year in ("dry", "hot_dry")
    rise = _ONE_IN_TEN * annual_spread_k(latitude) * (1.0 if hot else 0.0)
    humidity = _LOG_HUMIDITY_PER_K * rise
    humidity = humidity - (_ONE_IN_TEN * _LOG_HUMIDITY_SPREAD if arid else 0.0)
    after = shift_keeping_humidity(dry, dew, rise, humidity)
    peaks = _hot_peaks(dry, dew) if hot else (dry, dew)
    moved = [np.where(design, peak, usual) for peak, usual in zip(peaks, after, strict=True)]
    return replace(weather, temp_dry_bulb_c=moved[0], temp_dew_point_c=moved[1])


def under_climate(weather: Weather, lat: npt.ArrayLike, climate: Climate) -> Weather:
    """Weather as the study asks for it, see :func:`moved_weather`."""
    return moved_weather(weather, lat, climate.year, climate.warming_k)


def moved_weather(
    weather: Weather, lat: npt.ArrayLike, year: str, warming_k: float | Sequence[float]
) -> Weather:
    """Weather of another year, then of another climate.

    Parameters
    ----------
    weather : Weather
        Typical years of n places.
    lat : array_like, shape (n,)
        Their latitudes. [°]
    year : {"typical", "hot", "dry", "hot_dry"}
        Kind of year.
    warming_k : float or sequence of 12 float
        Rise of the dry bulb at constant relative humidity. [K]

    Returns
    -------
    Weather
        The same places and steps; what was moved is labelled *modelled*.
    """
    moved = in_year(weather, lat, year).shifted(warming_k)
    if year == "typical" and not np.any(warming_k):
        return moved
    return replace(moved, label=("modelled",) * len(moved.place))


def _hot_peaks(dry: FloatArray, dew: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Every hour as if it were a design hour; the last two of the steps are.

    The one before the last is the hottest, the last the one of the highest wet bulb.
    """
    hottest = dry + _ONE_IN_TEN * _HOTTEST_K
    muggy_dry, muggy_dew = shift_keeping_humidity(dry, dew, _ONE_IN_TEN * _MUGGIEST_K)
    is_last = np.arange(dry.shape[1]) == dry.shape[1] - 1
    return np.where(is_last, muggy_dry, hottest), np.where(is_last, muggy_dew, dew)
