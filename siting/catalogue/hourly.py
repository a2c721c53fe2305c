"""Series by the hour of a year: tables of the planner's, their time stamps, and loads.

Rows of a table count by their order, so that a file in local time, of another year's beginning or
with an hour twice would be read as if it were not. Where a column holds stamps, each must be the
one due.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IndexArray
from siting.catalogue.figures import ALLOWED, number_problem, numbers
from siting.catalogue.read_tables import Rows, plain_name, read_rows
from siting.catalogue.stations import DAYS_IN_MONTH
from siting.config.base import in_another_unit
from siting.config.demand import LoadProfile
from siting.errors import DataError, Fault
from siting.files.spreadsheets import is_number

__all__ = [
    "by_month_and_hour",
    "common_hours",
    "common_steps",
    "hourly_means",
    "hourly_values",
    "load_hours",
    "load_over_largest",
    "load_steps",
    "stamp_faults",
    "sun_offset_h",
]


HOURS, DAY = 8760, 24
_LEAP_DAY = slice(24 * (31 + 28), 24 * (31 + 29))


def load_hours(profile: LoadProfile) -> tuple[FloatArray, FloatArray]:
    """Mean and largest load of each hour of a year over the mean of the year, shape (8760,). [-].

    On the clock of the profile, from 1 January 00:00; the largest of the quarter hours where a file
    has them, whose faults a `DataError` tells together. The year begins on a Monday.
    """
    if profile.shape == "file" and profile.file is not None:
        path = Path(profile.file)
        column, steps = hourly_values(path, "load", utc=profile.clock == "utc")
        mean, largest = steps.mean(axis=1), steps.max(axis=1)
        if mean.mean() <= 0:
            remedy = "Give the load in any unit, some above 0"
            raise DataError([Fault(path.name, None, column, "is 0 in every hour", remedy)])
        return mean / mean.mean(), largest / mean.mean()
    hour = np.arange(HOURS)
    if profile.hours:
        day = np.array(profile.hours)
    else:
        phase = 2.0 * np.pi * (np.arange(DAY) + 0.5 - profile.peak_hour) / DAY
        day = 1.0 + (profile.peak_factor - 1.0) * np.cos(phase)
    weekend = hour // DAY % 7 >= 5
    load = day[hour % DAY] * np.where(weekend, profile.weekend_factor, 1.0)
    load = load / load.mean()
    return load, load


def sun_offset_h(profile: LoadProfile, lon: FloatArray) -> IndexArray:
    """Hours by which the clock of a profile is ahead of UTC at some longitudes, whole numbers."""
    if profile.clock == "utc":
        return np.zeros(len(lon), dtype=np.intp)
    return np.round(np.asarray(lon, dtype=float) / 15.0).astype(np.intp)


def load_steps(hours: FloatArray) -> FloatArray:
    """Change of a load from each hour of the year to the next; the year is a circle."""
    change: FloatArray = np.roll(hours, -1) - hours
    return change


def by_month_and_hour(hours: FloatArray, *, largest: bool = False) -> FloatArray:
    """Mean, or largest, of each hour of the day in each month, shape (12, 24)."""
    days = hours.reshape(-1, DAY)
    month = np.repeat(np.arange(12), DAYS_IN_MONTH)
    inside = [days[month == m] for m in range(12)]
    return np.stack([own.max(axis=0) if largest else own.mean(axis=0) for own in inside])


def load_over_largest(
    profiles: Sequence[LoadProfile | None],
    lon: FloatArray,
    mw: FloatArray,
    month: IndexArray,
    hour: IndexArray,
) -> FloatArray:
    """Load of all workloads together in each step, over that of the largest hour of the year.

    Parameters
    ----------
    profiles : sequence of LoadProfile or None, length W
        Of each workload; None where it is the same in every hour.
    lon : ndarray, shape (D,)
        Longitudes of the demand regions. [°]
    mw : ndarray, shape (W, D)
        Mean load. [MW]
    month, hour : ndarray of int, shape (N,)
        Month (0 for a design hour, which has the largest load) and UTC hour of each step.

    Returns
    -------
    ndarray, shape (N,)
        [-]
    """
    mean, largest = np.zeros((12, DAY)), np.zeros((12, DAY))
    for profile, own in zip(profiles, mw, strict=True):
        if profile is None:
            mean, largest = mean + own.sum(), largest + own.sum()
            continue
        hours, most = load_hours(profile)
        offset = sun_offset_h(profile, lon)
        for ahead in np.unique(offset):
            power = own[offset == ahead].sum()
            mean = mean + power * by_month_and_hour(np.roll(hours, -ahead))
            top = by_month_and_hour(np.roll(most, -ahead), largest=True)
            largest = largest + power * top
    share = np.minimum(mean / largest.max(), 1.0)
    return np.where(month == 0, 1.0, share[month - 1, hour])


_MAY_BE_NEGATIVE = "price_usd_per_mwh"
#: Line of the first number, below that of the names.
_FIRST_ROW = 2


def hourly_means(path: Path, name: str) -> FloatArray:
    """Mean by month and hour of the day of a figure by the hour, shape (12, 24). [as the figure].

    The table is as for :func:`hourly_values`, and so are its errors; a price may be negative in an
    hour, and its means may not.
    """
    column, steps = hourly_values(path, name, negative=name == _MAY_BE_NEGATIVE)
    hours = steps.mean(axis=1)
    if name == "capacity_factor" and not hours.any():
        remedy = "Give output over capacity, some above 0"
        raise DataError([Fault(path.name, _FIRST_ROW, column, "is 0 in every hour", remedy)])
    allowed, means = ALLOWED[name], by_month_and_hour(hours)
    middle = float(hours.mean())
    if not allowed.fits(np.array([middle]))[0] or means.min() < 0.0:
        problem = allowed.problem(middle, f"{middle:g} in the mean") or "is negative in some hours"
        raise DataError([Fault(path.name, _FIRST_ROW, column, problem, allowed.remedy)])
    return means


def hourly_values(
    path: Path, name: str, *, negative: bool = False, utc: bool = True
) -> tuple[str, FloatArray]:
    """A figure by the hour, and the column that holds it.

    Raises `DataError` with all faults of the table.

    Parameters
    ----------
    path : pathlib.Path
        Table of one column, or of one named as the figure: 8,760 rows from 1 January 00:00 UTC;
        8,784 in a leap year, whose 29 February is left out; two, four or twelve times as many of
        parts of an hour. Columns of time stamps must say the time of their rows.
    name : str
        The figure, whose range each number must keep to.
    negative : bool, default False
        Whether a number may be below zero, down to its largest value.
    utc : bool, default True
        Whether time stamps are UTC; else those of a local clock.

    Returns
    -------
    column : str
        Its name in the file.
    steps : ndarray, shape (8760, k)
        The k numbers of each hour, in the unit of the figure.
    """
    header, cells, rows = read_rows(path)
    if is_number(header[-1]) and len(header) == 1:
        remedy = f"Begin with a line that names the column: {name}"
        raise DataError([Fault(path.name, 1, "", "has no header", remedy)])
    column = next((own for own in header if plain_name(own) == name), header[-1])
    if plain_name(column) != name and plain_name(column) in ALLOWED:
        problem, remedy = "is another figure", f"Give a table of {name}"
        raise DataError([Fault(path.name, 1, column, problem, remedy)])
    if in_another_unit(column, name) and name != "load":  # of which any unit will do
        problem, remedy = "is in another unit", f"Convert it and name the column {name}"
        raise DataError([Fault(path.name, 1, column, problem, remedy)])
    if plain_name(column) != name and len(header) > 1:
        remedy = f"Name the column {name}; the columns are {', '.join(header)}"
        raise DataError([Fault(path.name, 1, name, "the column is not there", remedy)])
    table = pd.DataFrame(cells, columns=header, dtype=object)
    values = numbers(table[column]).to_numpy()
    allowed = ALLOWED[name]
    wrong = ~((values >= (-allowed.high if negative else allowed.low)) & (values <= allowed.high))
    faults = [
        rows.fault(i, column, *number_problem(name, table[column].iloc[i] or None))
        for i in np.flatnonzero(wrong).tolist()
    ]
    steps = common_steps(values)
    if steps is None:
        faults.append(_wrong_length(rows, column, len(values)))
    faults += stamp_faults(rows, header, cells, column, utc=utc)
    if faults or steps is None:
        raise DataError(faults)
    return column, steps


def _wrong_length(rows: Rows, column: str, length: int) -> Fault:
    """Error of a table that is no year, with the first line that is blank."""
    ends = zip(rows.lines, rows.lines[1:], strict=False)
    blank = next((f"; line {a + 1} is blank" for a, b in ends if b > a + 1), "")
    problem = f"the table ends here: it has {length:,} rows{blank}"
    remedy = (
        "Give 8,760 hours, 8,784 of a leap year, or the half, quarter or twelfth hours of either"
    )
    return rows.fault(length - 1, column, problem, remedy)


#: Date and time of day, with seconds, fractions and an offset from UTC where they are given.
_ISO = re.compile(
    r"\d{4}[-/]?\d\d[-/]?\d\d(?:[T ]\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?)? ?(?:Z|UTC|[+-]\d\d:?\d\d)?"
)
_OFFSET = re.compile(r" ?(?:Z|UTC|(?<=:\d\d)[+-]\d\d:?\d\d)$")
_OTHER = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}(?:[T ]+\d{1,2}:\d\d(?::\d\d)?)?")
#: Meanings of the other form; a slash says neither day nor month first, so that either may fit.
_FORMS = ("%d.%m.%Y %H:%M", "%m.%d.%Y %H:%M")
_SHARE = 0.9
_REMEDY = "Give each hour of UTC once, from 1 January 00:00, with the time at which it begins"
_LOCAL_REMEDY = "Give each hour once, from 1 January 00:00, on a clock without daylight saving time"


def stamp_faults(
    rows: Rows,
    header: Sequence[str],
    cells: Sequence[Sequence[str]],
    column: str,
    *,
    utc: bool = True,
) -> list[Fault]:
    """First error of each column of stamps beside a figure.

    Of each column most of whose cells are stamps, the first row whose stamp is not the one due.
    Only month, day and time count, since typical years join months of several years.

    Parameters
    ----------
    cells : sequence of sequence of str
        Rows of a year, as many as it has hours or parts of hours; some may lack.
    column : str
        The figure, which is no stamp.
    utc : bool, default True
        Whether the rows are hours of UTC; else of a clock of its own, and offsets do not count.
    """
    found = []
    for j, name in enumerate(header):
        texts = [row[j] for row in cells]
        if name == column or not _are_stamps(texts):
            continue
        plain = texts if utc else [_OFFSET.sub("", text) for text in texts]
        read = [_instants(plain)] if any(map(_is_iso, texts)) else _readings(texts)
        wrong = [_first_wrong(stamps) for stamps in read]
        best = max(wrong, key=lambda at: len(texts) if at is None else at[0])
        if best is not None:
            i, due = best
            problem = f"is {texts[i]!r}" if texts[i] else "is empty"
            problem = f"{problem}, where {due}{' UTC' if utc else ''} is due"
            found.append(rows.fault(i, name, problem, _REMEDY if utc else _LOCAL_REMEDY))
    return found


def _are_stamps(texts: Sequence[str]) -> bool:
    """Return whether most cells of a column are dates; a few say enough to leave numbers out."""
    some = [text for text in texts[:: max(len(texts) // 50, 1)] if text]
    dated = [text for text in some if _OTHER.fullmatch(text) or _is_iso(text)]
    return bool(some) and len(dated) >= _SHARE * len(some)


def _is_iso(text: str) -> bool:
    return _ISO.fullmatch(text) is not None and not text.isdigit()


def _instants(texts: Sequence[str]) -> pd.DatetimeIndex:
    """Stamps in UTC; those that are none are NaT."""
    plain = pd.Series(texts).str.replace(r" ?UTC$", "Z", regex=True)
    return pd.DatetimeIndex(pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce"))


def _readings(texts: Sequence[str]) -> list[pd.DatetimeIndex]:
    """Stamps with the day first, and with the month first."""
    plain = pd.Series(texts).str.replace(r"[/-]", ".", regex=True).str.replace("T", " ")
    plain = plain.str.replace(r"^(\S+)$", r"\1 00:00", regex=True)
    plain = plain.str.replace(r"^(\S+) +(\d{1,2}:\d\d)(?::\d\d)?$", r"\1 \2", regex=True)
    return [pd.DatetimeIndex(pd.to_datetime(plain, format=form, utc=True, errors="coerce"))
            for form in _FORMS]  # fmt: skip


def _first_wrong(stamps: pd.DatetimeIndex) -> tuple[int, str] | None:
    """Row of the first stamp that is not the one due, and that one in words; None without one."""
    per_hour = max(round(len(stamps) / HOURS), 1)
    leap = len(stamps) >= (HOURS + 24) * per_hour
    step = pd.Timedelta(hours=1) / per_hour
    due = pd.date_range("2024-01-01" if leap else "2023-01-01", periods=len(stamps), freq=step)
    begun = stamps.floor(step)
    wrong = np.flatnonzero(
        (begun.month != due.month)
        | (begun.day != due.day)
        | (begun.hour != due.hour)
        | (begun.minute != due.minute)
    )
    if not len(wrong):
        return None
    first = int(wrong[0])
    return first, f"{due[first].day} {due[first]:%B %H:%M}"


def common_hours(values: FloatArray) -> FloatArray | None:
    """The 8,760 hours of a common year, from hours or parts of them; None where it is none."""
    steps = common_steps(values)
    return None if steps is None else steps.mean(axis=1)


def common_steps(values: FloatArray) -> FloatArray | None:
    """The parts of each hour of a common year, shape (8760, k); None where it is none."""
    for per_hour in (1, 2, 4, 12):
        for hours in (HOURS, HOURS + 24):
            if len(values) == hours * per_hour:
                parts = values.reshape(hours, per_hour)
                return parts if hours == HOURS else np.delete(parts, _LEAP_DAY, axis=0)
    return None
