"""Weather as weighted steps, in the typical year and in hot and dry years.

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
from dataclasses import dataclass, replace
from itertools import chain
from typing import Self, get_args

import numpy as np
import numpy.typing as npt

from siting.arrays import FloatArray, IntArray
from siting.catalogue.climate import MAGNUS_A, MAGNUS_B_C
from siting.catalogue.stations import design_steps, representative_days, step_frame
from siting.config.objective import Climate, ClimateYear
from siting.nomenclature import YEAR_H

__all__ = [
    "CLIMATE_YEARS",
    "YEAR_H",
    "Weather",
    "annual_spread_k",
    "in_year",
    "join",
    "log_humidity",
    "moved_weather",
    "shift_keeping_humidity",
    "under_climate",
]


_STEP_FIELDS = ("hours", "month", "hour", "day_group")


def log_humidity(temp_dry_bulb: npt.ArrayLike, temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Natural logarithm of the relative humidity over water, 0 at saturation. [-]."""
    dry = np.asarray(temp_dry_bulb, dtype=np.float64)
    dew = np.asarray(temp_dew_point, dtype=np.float64)
    return MAGNUS_A * dew / (MAGNUS_B_C + dew) - MAGNUS_A * dry / (MAGNUS_B_C + dry)


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
    exponent = relative + MAGNUS_A * dry_after / (MAGNUS_B_C + dry_after)
    return dry_after, np.minimum(MAGNUS_B_C * exponent / (MAGNUS_A - exponent), dry_after)


@dataclass(frozen=True)
class Weather:
    """Weighted steps of weather at n places; all arrays are read-only.

    Parameters
    ----------
    place : tuple of str, n
        Ids of the places.
    temp_dry_bulb_c : ndarray, shape (n, T)
        [°C]
    temp_dew_point_c : ndarray, shape (n, T)
        Not above the dry bulb. [°C]
    pressure_pa : ndarray, shape (n, 1)
        [Pa]
    hours : ndarray, shape (T,)
        Hours of a year that a step stands for; 8,760 in all. [h]
    month : ndarray, shape (T,)
        1 to 12; 0 marks a design step: an extreme that sizes plant and has no duration.
    hour : ndarray, shape (T,)
        Beginning of the hour, 0 to 23, UTC.
    day_group : ndarray, shape (T,)
        0 to 4, coldest to warmest days of the month; 0 in files of 8,760 hours.
    source : tuple of str, n
        Station and data set.
    label : tuple of str, n
        "measured" (the typical year of a station beside the place) or "modelled" (morphed).
    distance_km : ndarray, shape (n,)
        From the place to the station. [km]
    """

    place: tuple[str, ...]
    temp_dry_bulb_c: FloatArray
    temp_dew_point_c: FloatArray
    pressure_pa: FloatArray
    hours: FloatArray
    month: IntArray
    hour: IntArray
    day_group: IntArray
    source: tuple[str, ...]
    label: tuple[str, ...]
    distance_km: FloatArray

    def __post_init__(self) -> None:
        n, steps = len(self.place), len(self.hours)
        shapes = dict.fromkeys(_STEP_FIELDS, (steps,)) | {
            "temp_dry_bulb_c": (n, steps),
            "temp_dew_point_c": (n, steps),
            "pressure_pa": (n, 1),
            "distance_km": (n,),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} is not finite everywhere")
            array.setflags(write=False)
        if not len(self.source) == len(self.label) == n:
            raise ValueError("one source and one label a place")
        if (self.temp_dew_point_c > self.temp_dry_bulb_c).any():
            raise ValueError("dew point above dry bulb")
        if not np.isclose(self.hours.sum(), YEAR_H):
            raise ValueError(f"steps stand for {self.hours.sum():g} h, expected 8,760")

    def shifted(self, delta_k: float | Sequence[float]) -> Self:
        """Warm every place and keep the relative humidity.

        The change of the dry bulb [K] is for the year or by month from January; design steps take
        the largest of twelve.
        """
        delta = np.asarray(delta_k, dtype=np.float64)
        if delta.shape not in {(), (12,)}:
            raise ValueError(f"one or twelve values, not {delta.size}")
        by_month = np.r_[delta.max(), np.broadcast_to(delta, 12)]
        dry, dew = shift_keeping_humidity(
            self.temp_dry_bulb_c, self.temp_dew_point_c, by_month[self.month]
        )
        return replace(self, temp_dry_bulb_c=dry, temp_dew_point_c=dew)

    def select(self, places: Sequence[str]) -> Self:
        """Weather of some of the places, in the order asked; an unknown one raises KeyError.

        The same steps.
        """
        row = {name: i for i, name in enumerate(self.place)}
        rows = [row[name] for name in places]
        return replace(
            self,
            place=tuple(places),
            temp_dry_bulb_c=self.temp_dry_bulb_c[rows],
            temp_dew_point_c=self.temp_dew_point_c[rows],
            pressure_pa=self.pressure_pa[rows],
            source=tuple(self.source[i] for i in rows),
            label=tuple(self.label[i] for i in rows),
            distance_km=self.distance_km[rows],
        )

    def reduced(self) -> Self:
        """Reduce a file of 8,760 hours to the built-in steps, so that it can stand beside stations.

        1,440 representative steps and two design steps; days are days in UTC.
        """
        if len(self.hours) != YEAR_H:
            raise ValueError(f"{len(self.hours)} steps, expected 8,760 hours in order")
        day_month = self.month[::24]
        rows = [
            self._reduced_place(day_month, dry, dew, float(pressure[0]))
            for dry, dew, pressure in zip(
                self.temp_dry_bulb_c, self.temp_dew_point_c, self.pressure_pa, strict=True
            )
        ]
        hours, month, hour, group = step_frame()
        dry, dew = (np.array([row[k] for row in rows]) for k in (0, 1))
        return replace(
            self, temp_dry_bulb_c=dry, temp_dew_point_c=dew, hours=hours, month=month,
            hour=hour, day_group=group,
        )  # fmt: skip

    @staticmethod
    def _reduced_place(
        day_month: IntArray, dry: FloatArray, dew: FloatArray, pressure: float
    ) -> tuple[FloatArray, FloatArray]:
        days = dry.reshape(-1, 24), dew.reshape(-1, 24)
        mean_dry, mean_dew = representative_days(day_month, *days)
        peak_dry, peak_dew, _ = design_steps(*days, pressure)
        return np.r_[mean_dry.ravel(), peak_dry], np.r_[mean_dew.ravel(), peak_dew]


def join(weathers: Sequence[Weather]) -> Weather:
    """Put the places of several weathers of the same steps together; different steps raise.

    All places in the order given.
    """
    first = weathers[0]
    for other in weathers[1:]:
        if not all(np.array_equal(getattr(first, k), getattr(other, k)) for k in _STEP_FIELDS):
            raise ValueError("weathers of different steps cannot be joined: reduce() them first")
    return replace(
        first,
        place=tuple(chain.from_iterable(w.place for w in weathers)),
        temp_dry_bulb_c=np.concatenate([w.temp_dry_bulb_c for w in weathers]),
        temp_dew_point_c=np.concatenate([w.temp_dew_point_c for w in weathers]),
        pressure_pa=np.concatenate([w.pressure_pa for w in weathers]),
        source=tuple(chain.from_iterable(w.source for w in weathers)),
        label=tuple(chain.from_iterable(w.label for w in weathers)),
        distance_km=np.concatenate([w.distance_km for w in weathers]),
    )


CLIMATE_YEARS: tuple[str, ...] = get_args(ClimateYear)

#: Standard normal quantile of one year in ten.
_ONE_IN_TEN = 1.2816
_SPREAD_K, _SPREAD_K_PER_DEGREE = 0.279, 0.0058
_LOG_HUMIDITY_PER_K, _LOG_HUMIDITY_SPREAD = -0.0343, 0.0366
#: Spread of the highest dry bulb and of the highest wet bulb of a year [K].
_HOTTEST_K, _MUGGIEST_K = 2.03, 0.82


def annual_spread_k(lat: npt.ArrayLike) -> FloatArray:
    """Standard deviation of the annual mean dry bulb from year to year at some latitudes [°]. [K].

    0.16 K rms from the cities that it was not fitted to.
    """
    return _SPREAD_K + _SPREAD_K_PER_DEGREE * np.abs(np.asarray(lat, dtype=np.float64))


def in_year(weather: Weather, lat: npt.ArrayLike, year: str) -> Weather:
    """The typical years of places as a hot year, a dry year, or one that is both.

    Each is one year in ten; ``hot_dry`` is both at once, and rarer. Latitudes are in [°].
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
    """Weather of another year, then of another climate; what was moved is labelled *modelled*.

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
