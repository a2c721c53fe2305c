"""Time stamps beside a figure by the hour, held against the year that its rows stand for.

Rows count by their order, so that a file in local time, of another year's beginning or with an hour
twice would be read as if it were not. Where a column holds stamps, each must be the one due.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from siting.catalogue.read_tables import Rows
from siting.errors import Fault

__all__ = ["stamp_faults"]

_HOURS = 8760
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

    Parameters
    ----------
    rows : Rows
        Where the rows are written.
    header : sequence of str
        Names of the columns.
    cells : sequence of sequence of str
        Rows of a year, as many as it has hours or parts of hours; some may lack.
    column : str
        The figure, which is no stamp.
    utc : bool, default True
        Whether the rows are hours of UTC; else of a clock of its own, and offsets do not count.

    Returns
    -------
    list of Fault
        Of each column most of whose cells are stamps: the first row whose stamp is not the one due.
        Only month, day and time count, since typical years join months of several years.
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
    per_hour = max(round(len(stamps) / _HOURS), 1)
    leap = len(stamps) >= (_HOURS + 24) * per_hour
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
