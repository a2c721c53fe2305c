"""Wind and solar: capacity factors of each step, from monthly means and types of days.

Solar power follows the clear-sky height of the sun within each day, so that every month keeps
its mean; wind is flat within the month. Neither knows the weather of a single day, unless
``days`` tells types of days apart.

The five day groups of the weather are ranked by temperature. In each month they carry the five
levels of wind and of sun in an order of their own, so that over the year every level of one meets
every level of the others about equally often: the orders correlate with temperature by 0.00, and
with each other by -0.10 (daily means of 56 fleets: -0.12). Each group keeps its hours, so weights
add up to 8,760, and what a zone makes in a month stays.

Within a day wind follows the mean day of the zone and swings once, by as much as its hours lie
apart, at a time of day that differs from one type to the next: exp(k cos) over its mean I0(k),
a sine of amplitude k where that is small, and never below zero.

References
----------
.. [1] Spencer, J. W. (1971). Fourier series representation of the position of the sun.
   Search 2(5), 172.
.. [2] Duffie, J. A. & Beckman, W. A. (2013). Solar Engineering of Thermal Processes, ch. 1-2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from siting.arrays import BoolArray, FloatArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.files import read_folder_table
from siting.supply.hydro import by_step
from siting.supply.tables import monthly_table

__all__ = [
    "DAY_TYPES",
    "DAY_TYPES_FILE",
    "available",
    "day_type_factor",
    "day_type_origin",
    "mid_month_day",
    "sin_elevation",
    "solar_capacity_factor",
    "wind_capacity_factor",
]


#: Day of the year in the middle of each month.
_MID_MONTH = np.array(
    [15.5, 45.0, 74.5, 105.0, 135.5, 166.0, 196.5, 227.5, 258.0, 288.5, 319.0, 349.5]
)


def mid_month_day() -> FloatArray:
    """Day of the year, counted from 0, in the middle of the twelve months, (12,). [d]."""
    return _MID_MONTH.copy()


def sin_elevation(
    lat: ArrayLike, lon: ArrayLike, day: ArrayLike, hour_utc: ArrayLike
) -> FloatArray:
    """Sine of the sun's height over the horizon, refraction left out; negative at night. [-].

    Parameters
    ----------
    lat, lon : array_like
        Position, north and east positive. [degrees]
    day : array_like
        Days since the start of 1 January. [d]
    hour_utc : array_like
        Time of day. [h]
    """
    # Not with the module: many commands never ask for the sun, and it takes long to read.
    from pvlib.solarposition import declination_spencer71, equation_of_time_spencer71

    first = np.asarray(day, dtype=float) + 1.0  # pvlib counts days from 1
    phi, delta = np.deg2rad(np.asarray(lat, dtype=float)), declination_spencer71(first)
    ahead = equation_of_time_spencer71(first) / 60
    solar_hour = np.asarray(hour_utc, dtype=float) + np.asarray(lon) / 15 + ahead
    omega = np.deg2rad(15 * (solar_hour - 12))
    return np.asarray(np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(omega))


_SAMPLES_PER_HOUR = 6


def available(capacity_factor: FloatArray) -> BoolArray:
    """Mask of the sites that a resource can be contracted for.

    Parameters
    ----------
    capacity_factor : numpy.ndarray
        Shape (n, T), NaN where the zone has no profile. [-]
    """
    return np.asarray(~np.isnan(capacity_factor).any(axis=1))


def wind_capacity_factor(
    profiles: pd.DataFrame,
    zones: Sequence[str],
    month: IntArray,
    hours: FloatArray | None = None,
    days: FloatArray | None = None,
) -> FloatArray:
    """Capacity factor of onshore wind at each site in each step, shape (n, T). [-].

    Weighted monthly means are as in the table, NaN where wind cannot be contracted. No step exceeds
    the installed capacity: what would is cut off, and the other hours of that month are raised in
    proportion until the month has its mean.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Renewable profiles of the catalogue: index (zone, technology, month); capacity_factor.
    zones : sequence of str
        Renewable zone of each of n sites.
    month : numpy.ndarray
        Shape (T,), 1 to 12; 0 marks a design hour, which gets the lowest month.
    hours : numpy.ndarray, optional
        Shape (T,), hours that each step stands for; needed with ``days``. [h]
    days : numpy.ndarray, optional
        Shape (n, T), output over that of the month's mean day. [-]
    """
    flat = by_step(_monthly(profiles, zones, "wind"), month)
    return flat if days is None or hours is None else _typed(flat, days, month, hours)


def solar_capacity_factor(
    profiles: pd.DataFrame,
    zones: Sequence[str],
    lat: ArrayLike,
    lon: ArrayLike,
    month: IntArray,
    hour_utc: IntArray,
    hours: FloatArray,
    days: FloatArray | None = None,
) -> FloatArray:
    """Capacity factor of photovoltaics at each site in each step, shape (n, T). [-].

    Weighted monthly means are as in the table wherever the sun rises in that month; zero all day in
    the polar night. NaN where solar cannot be contracted. At most the installed capacity, as of
    :func:`wind_capacity_factor`.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Renewable profiles of the catalogue: index (zone, technology, month); capacity_factor.
    zones : sequence of str
        Renewable zone of each of n sites.
    lat, lon : array_like
        Shape (n,), position of the sites. [degrees]
    month : numpy.ndarray
        Shape (T,), 1 to 12; 0 marks a design hour, which counts as night.
    hour_utc : numpy.ndarray
        Shape (T,), hour of the day that begins, 0 to 23, UTC.
    hours : numpy.ndarray
        Shape (T,), hours that each step stands for. [h]
    days : numpy.ndarray, optional
        Shape (n, T), output over that of the month's mean day. [-]
    """
    means = by_step(_monthly(profiles, zones, "solar"), month)
    shape = daylight(lat, lon)[:, np.clip(month - 1, 0, 11), hour_utc]
    mean_shape = _monthly_mean(shape, month, hours)
    relative = np.divide(shape, mean_shape, out=np.zeros_like(shape), where=mean_shape > 0)
    clear = np.asarray(means * np.where(month == 0, 0.0, relative))
    return clear if days is None else _typed(clear, days, month, hours)


def _typed(plain: FloatArray, days: FloatArray, month: IntArray, hours: FloatArray) -> FloatArray:
    """Profile with days told apart: months keep their mean, and no step exceeds the capacity."""
    told = plain * days
    before, after = (_monthly_mean(values, month, hours) for values in (plain, told))
    told = np.where(after > 0, told * before / np.where(after > 0, after, 1.0), plain)
    most = np.maximum(plain, 1.0)
    rows = (told > most).any(axis=1)
    if rows.any():
        told[rows] = _within(told[rows], most[rows], before[rows], month, hours)
    return np.asarray(told)


def _within(
    values: FloatArray, most: FloatArray, mean: FloatArray, month: IntArray, hours: FloatArray
) -> FloatArray:
    """Values cut off at ``most``, with the rest of each month raised until it has its mean."""
    cut = np.minimum(values, most)
    for _ in range(_RAISED):
        kept = _monthly_mean(cut, month, hours)
        cut = np.minimum(cut * np.divide(mean, kept, out=np.ones_like(mean), where=kept > 0), most)
    room = np.maximum(most - cut, 0.0)
    left = np.maximum(mean - _monthly_mean(cut, month, hours), 0.0)
    free = _monthly_mean(room, month, hours)
    return np.asarray(cut + room * np.divide(left, free, out=np.zeros_like(left), where=free > 0))


def daylight(lat: ArrayLike, lon: ArrayLike) -> FloatArray:
    """Mean sine of the sun's height in each hour of the middle day of each month, (n, 12, 24). [-].

    Parameters
    ----------
    lat, lon : array_like
        Shape (n,). [degrees]
    """
    part = (np.arange(24 * _SAMPLES_PER_HOUR) + 0.5) / _SAMPLES_PER_HOUR
    where = (np.asarray(lat, dtype=float)[:, None, None], np.asarray(lon, float)[:, None, None])
    height = np.clip(sin_elevation(*where, mid_month_day()[None, :, None], part), 0, None)
    return np.asarray(height.reshape(*height.shape[:2], 24, _SAMPLES_PER_HOUR).mean(axis=3))


def _monthly(profiles: pd.DataFrame, zones: Sequence[str], technology: str) -> FloatArray:
    return monthly_table(profiles, zones, "capacity_factor", technology)


def _monthly_mean(values: FloatArray, month: IntArray, hours: FloatArray) -> FloatArray:
    """Weighted mean over the steps of the same month, given back for each step. (n, T)."""
    member = (month[:, None] == np.arange(13)).astype(float)
    weight = member * hours[:, None]
    total = weight.sum(axis=0)
    mean = np.divide(values @ weight, total, out=np.zeros((len(values), 13)), where=total > 0)
    plain = values @ member / np.maximum(member.sum(axis=0), 1)
    return np.asarray(np.where(total > 0, mean, plain)[:, month])


#: Level of wind and of sun, 0 (calm, dull) to 4, of the day groups 0 (coldest) to 4 in each month.
DAY_TYPES = (
    ("24013", "04321"), ("23104", "04321"), ("20341", "13042"), ("32041", "12430"),
    ("12340", "31402"), ("21430", "40123"), ("13402", "41203"), ("03241", "13204"),
    ("41203", "30142"), ("30412", "32014"), ("31024", "23140"), ("40123", "20431"),
)  # fmt: skip
_LEVELS, _HOURS = 5, 24
#: Part of the day by which the swing of each next type comes later, so that none is preferred.
_LATER = 0.618034
#: Rounds that raise the hours below the capacity; what they leave is spread over the room.
_RAISED = 12
#: Row of the table for zones whose hours are not known.
_ANY = "*"
#: Table of the types of days, in the folder of a catalogue.
DAY_TYPES_FILE = "day_types.csv"


@once_per_catalogue
def _table(catalogue: Catalogue) -> pd.DataFrame:
    table = read_folder_table(catalogue.folder / DAY_TYPES_FILE)
    return table.set_index(["technology", "zone", "month"]).sort_index()


def day_type_factor(
    catalogue: Catalogue,
    zones: Sequence[str],
    technology: str,
    month: IntArray,
    day_group: IntArray,
    hour_utc: IntArray,
) -> FloatArray:
    """Output of wind or solar in each step over that of the mean day of its month.

    Parameters
    ----------
    catalogue : Catalogue
        With ``day_types.csv`` in its folder.
    zones : sequence of str
        Renewable zone of each of n sites.
    technology : {"wind", "solar"}
        Which of the two.
    month, day_group, hour_utc : ndarray, shape (T,)
        1 to 12, 0 a design hour; 0 (coldest days) to 4; 0 to 23. [-]

    Returns
    -------
    numpy.ndarray
        Shape (n, T). [-] One at design hours, and where the steps are not in day groups.
    """
    if not day_group.any():
        return np.ones((len(zones), len(month)))
    levels, swing, diurnal = (
        _figures(catalogue, zones, technology, names)
        for names in (_names("level"), _names("swing"), ("diurnal_cos", "diurnal_sin"))
    )
    own = int(technology == "solar")
    order = np.array([[int(level) for level in pair[own]] for pair in DAY_TYPES])
    row = np.clip(month - 1, 0, 11)
    rank = order[row, day_group]
    factor = levels[:, row, rank]
    if technology == "wind":
        turn = 2 * np.pi * (hour_utc + 0.5) / _HOURS
        late = 2 * np.pi * _LATER * (_LEVELS * row + day_group)
        exponent = swing[:, row, rank]
        factor = factor * np.exp(exponent * np.cos(turn - late)) / np.i0(exponent)
        mean_day = diurnal[:, row, 0] * np.cos(turn) + diurnal[:, row, 1] * np.sin(turn)
        factor = factor * np.maximum(1 + mean_day, 0.0)
    return np.where(month == 0, 1.0, factor)


def _names(what: str) -> tuple[str, ...]:
    return tuple(f"{what}_{k}" for k in range(1, _LEVELS + 1))


def _figures(
    catalogue: Catalogue, zones: Sequence[str], technology: str, names: tuple[str, ...]
) -> FloatArray:
    """Columns of each zone by month, shape (n, 12, columns)."""
    own, values = _by_month(catalogue, technology, names)
    return values[[own.get(zone, own[_ANY]) for zone in zones]]


@once_per_catalogue
def _by_month(
    catalogue: Catalogue, technology: str, names: tuple[str, ...]
) -> tuple[dict[str, int], FloatArray]:
    """Position of each zone, and figures of the days of all zones in each month."""
    table = pd.DataFrame(_table(catalogue).xs(technology))
    zones = table.index.get_level_values("zone").unique()
    every = table.reindex(pd.MultiIndex.from_product([zones, range(1, 13)]))
    values = every[list(names)].to_numpy(dtype=float).reshape(-1, 12, len(names))
    return {str(zone): i for i, zone in enumerate(zones)}, values


def day_type_origin(catalogue: Catalogue, zone: str, technology: str) -> tuple[str, str]:
    """Label and source of the day types of a zone.

    Parameters
    ----------
    catalogue : Catalogue
        With ``day_types.csv`` in its folder.
    zone : str
        Renewable zone.
    technology : {"wind", "solar"}
        Which of the two.
    """
    known = _origins(catalogue, technology)
    return known[zone if zone in known else _ANY]


@once_per_catalogue
def _origins(catalogue: Catalogue, technology: str) -> dict[str, tuple[str, str]]:
    """Label and source of each zone, those of its first month."""
    rows = _table(catalogue).xs(technology)
    first = rows[~rows.index.get_level_values("zone").duplicated()]
    zones = map(str, first.index.get_level_values("zone"))
    told = zip(map(str, first["label"]), map(str, first["source"]), strict=True)
    return dict(zip(zones, told, strict=True))
