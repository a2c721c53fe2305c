"""Types of days within each month: calm to windy, dull to bright, and how wind moves in a day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.fleet_hours import Fleet, fleets

__all__ = ["LEVELS", "build", "day_types"]

_TABLE = "day_types.csv"
_ANY = "mean of the fleets whose hours are known"
#: Levels of days, each a fifth of a month.
LEVELS = 5
_DAY = 24
#: Largest exponent of the swing within a day; calm days beyond it make next to nothing.
_MOST_SWING = 8.0


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``day_types.csv``: twelve rows for each zone and technology, and a mean of all."""
    known = fleets(sources)
    zones = pd.read_csv(out / "renewable_profiles.csv", keep_default_na=False)
    has = set(zip(zones["zone"], zones["technology"], strict=True))
    frames = [day_types(fleet) for key, fleet in sorted(known.items()) if key in has]
    table = pd.concat(frames)
    write_csv(pd.concat([table, *_mean_of_all(table)]), out / _TABLE, 3)
    origins = sorted({(fleet.source, fleet.label) for fleet in known.values()})
    return [
        SourceRow(_TABLE, "level_*", source, "attribution; derived statistics", "see the name", "-",
                  "mean of each fifth of the days of a month, by their output, over the month's "
                  "mean; a fleet of a zone, one park is some 1.3 times as variable", label)
        for source, label in origins
    ] + [
        SourceRow(_TABLE, "level_*", _ANY, "as of its parts", "-", "-",
                  "for zones without hours: lowest fifth of days 0.15 to 0.55 (wind) and 0.32 to "
                  "0.76 (sun) of the month (10th and 90th percentile)", "assumed"),
        SourceRow(_TABLE, "swing_*", "the same", "attribution; derived statistics", "-", "-",
                  "exponent k of one swing a day, exp(k cos), that is as far from its mean as the "
                  "hours of those days from the mean day, relative to their mean, at most 8",
                  "derived"),
        SourceRow(_TABLE, "diurnal_*", "the same", "attribution; derived statistics", "-", "-",
                  "first harmonic of the mean day in UTC", "derived"),
    ]  # fmt: skip


def day_types(fleet: Fleet) -> pd.DataFrame:
    """Twelve rows: zone, technology, month, five levels, and for wind its swing and mean day."""
    local = fleet.hours.copy()
    local.index = local.index + pd.Timedelta(hours=round(fleet.lon / 15.0))
    days = _whole_days(local)
    months = pd.DatetimeIndex(days.index).month
    rows = [_month(fleet, days[months == month]) for month in range(1, 13)]
    table = pd.DataFrame(rows)
    table.insert(0, "month", range(1, 13))
    table.insert(0, "technology", fleet.technology)
    table.insert(0, "zone", fleet.zone)
    return table.assign(label=fleet.label, source=fleet.source)


def _whole_days(hours: pd.Series) -> pd.DataFrame:
    """One row a day, 24 columns; days that are not whole are left out."""
    stamp = pd.DatetimeIndex(hours.index)
    frame = pd.DataFrame({"day": stamp.normalize(), "hour": stamp.hour, "value": hours.to_numpy()})
    return frame.pivot_table(index="day", columns="hour", values="value").dropna()


def _month(fleet: Fleet, days: pd.DataFrame) -> dict[str, float]:
    """Levels of the days of one month, each year over its own mean, and their swing."""
    year = pd.DatetimeIndex(days.index).year
    relative = days.div(days.mean(axis=1).groupby(year).transform("mean"), axis=0)
    values = relative.to_numpy()
    order = np.argsort(values.mean(axis=1), kind="stable")
    member = _fifths(len(order))
    levels = member @ values.mean(axis=1)[order]
    found = {f"level_{k}": level / levels.mean() for k, level in enumerate(levels, start=1)}
    if fleet.technology != "wind":
        return found
    mean_day = values.mean(axis=0) / values.mean()
    exponent, deviation = _swings()
    moved = (values / np.maximum(mean_day, 1e-3))[order]
    for k in range(LEVELS):
        weight = np.repeat(member[k], _DAY)
        spread = np.sqrt(weight @ (moved.ravel() - levels[k]) ** 2 / _DAY) / max(levels[k], 1e-3)
        found[f"swing_{k + 1}"] = float(np.interp(spread, deviation, exponent))
    turn = 2 * np.pi * (np.arange(_DAY) - round(fleet.lon / 15.0) + 0.5) / _DAY
    found["diurnal_cos"] = 2 * float(np.mean(mean_day * np.cos(turn)))
    found["diurnal_sin"] = 2 * float(np.mean(mean_day * np.sin(turn)))
    return found


def _swings() -> tuple[np.ndarray, np.ndarray]:
    """Exponents k, and the deviation of exp(k cos x) over its mean. [-]."""
    exponent = np.linspace(0.0, _MOST_SWING, 1601)
    return exponent, np.sqrt(np.i0(2 * exponent) / np.i0(exponent) ** 2 - 1)


def _fifths(days: int) -> np.ndarray:
    """Share of each ranked day in each level, rows add up to one. Shape (5, days)."""
    ends = np.arange(LEVELS + 1)[:, None] * days / LEVELS
    rank = np.arange(days)[None, :]
    part = np.clip(np.minimum(ends[1:], rank + 1) - np.maximum(ends[:-1], rank), 0.0, None)
    return np.asarray(part / part.sum(axis=1, keepdims=True))


def _mean_of_all(table: pd.DataFrame) -> list[pd.DataFrame]:
    """One year that is the same in every month, for zones without hours: zone ``*``."""
    frames = []
    for technology, own in table.groupby("technology"):
        numbers = own.filter(regex="level|swing").mean()
        frame = pd.DataFrame([numbers] * 12).reset_index(drop=True)
        frame.insert(0, "month", range(1, 13))
        frame.insert(0, "technology", technology)
        frame.insert(0, "zone", "*")
        if technology == "wind":
            frame = frame.assign(diurnal_cos=0.0, diurnal_sin=0.0)
        frames.append(frame.assign(label="assumed", source=_ANY))
    return frames
