"""One station's hours, as whole days on local standard time, and what is done to faulty ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from siting.arrays import FloatArray

__all__ = ["StationSeries", "is_sound", "series"]

#: An hour this far off the median of five is a spike; a series that jumps or reaches farther than
#: the rest after that is not weather. All [K].
SPIKE_K, LARGEST_JUMP_K, HIGHEST_ABOVE_K, LOWEST_BELOW_K = 8.0, 20.0, 13.5, 20.0
#: A dew point this far above the 99th percentile, which nineteen stations in twenty never reach, is
#: a wet sensor: it is held there, since one such hour would size an evaporative plant. [K]
MUGGIEST_ABOVE_K = 6.0


@dataclass(frozen=True)
class StationSeries:
    """Whole days of one station.

    Parameters
    ----------
    id, name, country, dataset, licence, period : str
        Identity; ``country`` is ISO 3166 alpha-3.
    kind : str
        ``station`` (observed), ``reanalysis`` (grid cell) or ``synthetic`` (generated).
    first_year : int
        Earliest year that a month of the series comes from; 0 where unknown.
    lat, lon : float
        [°]
    elevation_m, tz : float
        [m], offset of the clock from UTC [h]
    day_month : ndarray, shape (D,)
        Month of each day.
    dry, dew : ndarray, shape (D, 24)
        [°C]; the dew point is clipped to the dry bulb.
    pressure_pa : float
        Mean station pressure. [Pa]
    clipped, repaired : int
        Hours whose dew point exceeded the dry bulb; hours of either that were spikes, and dew
        points that were held.
    """

    id: str
    name: str
    country: str
    dataset: str
    licence: str
    period: str
    kind: str
    first_year: int
    lat: float
    lon: float
    elevation_m: float
    tz: float
    day_month: npt.NDArray[np.int64]
    dry: FloatArray
    dew: FloatArray
    pressure_pa: float
    clipped: int
    repaired: int


def _without_spikes(values: FloatArray) -> tuple[FloatArray, int]:
    """Put the median of five hours where an hour is more than 8 K off it."""
    hours = values.ravel()
    windows = sliding_window_view(np.pad(hours, 2, mode="wrap"), 5)
    median = np.median(windows, axis=1)
    spike = np.abs(hours - median) > SPIKE_K
    return np.where(spike, median, hours).reshape(values.shape), int(spike.sum())


def _held(dew: FloatArray) -> tuple[FloatArray, int]:
    """Hold dew points at 6 K above their 99th percentile."""
    most = float(np.percentile(dew, 99)) + MUGGIEST_ABOVE_K
    return np.minimum(dew, most), int((dew > most).sum())


def series(
    dry: npt.ArrayLike, dew: npt.ArrayLike, day_month: npt.ArrayLike, **facts: Any
) -> StationSeries:
    """Put hours into days, repair spikes, hold and clip dew points, counting all of them.

    Parameters
    ----------
    dry, dew : array_like
        Hours of whole days. [°C]
    day_month : array_like, shape (D,)
        Month of each day.
    **facts
        The other fields of :class:`StationSeries`.

    Returns
    -------
    StationSeries
    """
    t, spikes = _without_spikes(np.asarray(dry, np.float64).reshape(-1, 24))
    d, more = _without_spikes(np.asarray(dew, np.float64).reshape(-1, 24))
    d, muggy = _held(d)
    return StationSeries(
        dry=t,
        dew=np.minimum(d, t),
        clipped=int((d > t).sum()),
        repaired=spikes + more + muggy,
        day_month=np.asarray(day_month, np.int64),
        **facts,
    )


def is_sound(series: StationSeries) -> bool:
    """Tell whether a repaired series could be weather.

    Not if the dry bulb still jumps 20 K within an hour of one month, or if its extremes stand
    farther from its own percentiles than any trusted station's.

    Parameters
    ----------
    series : StationSeries
        One station.

    Returns
    -------
    bool
    """
    hours = series.dry.ravel()
    same_month = np.diff(np.repeat(series.day_month, 24)) == 0
    jump = np.abs(np.diff(hours))[same_month].max()
    low, high = np.percentile(hours, (1, 99))
    return bool(
        jump <= LARGEST_JUMP_K
        and hours.max() - high <= HIGHEST_ABOVE_K
        and low - hours.min() <= LOWEST_BELOW_K
    )
