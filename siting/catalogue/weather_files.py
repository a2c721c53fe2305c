"""A planner's own typical year: EPW or TMY3, 8,760 hours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.representative_days import DAYS_IN_MONTH
from siting.catalogue.weather_steps import HOURS_PER_YEAR, Weather
from siting.errors import DataError, Fault

__all__ = ["read_weather_file"]

_HOURS = int(HOURS_PER_YEAR)
_LEAP_DAY_START = 24 * (31 + 28)
_TMY3_FIELDS = 7
#: Values that mean "missing" in the two formats, and what any place on Earth stays within.
_VARIABLES = {
    "dry bulb": ("temp_dry_bulb_c", (99.9, -9900.0), -90.0, 60.0, "°C"),
    "dew point": ("temp_dew_point_c", (99.9, -9900.0), -100.0, 40.0, "°C"),
    "pressure": ("pressure_pa", (999_999.0, 99_990_000.0, -990_000.0), 45e3, 110e3, "Pa"),
}


def read_weather_file(path: Path | str) -> Weather:
    """Read an EPW or a TMY3 file as weather of one place.

    Parameters
    ----------
    path : pathlib.Path or str
        The file; its format is told by its first line.

    Returns
    -------
    Weather
        One place, named as the file is without its suffix; 8,760 steps of one hour, from the
        clock of the file turned to UTC. The dew point is clipped to the dry bulb. In a leap year
        of 8,784 hours 29 February is left out, and the source says so.

    Raises
    ------
    DataError
        With every fault: no such file, neither format, a wrong number or order of hours, missing
        or impossible values.
    """
    file = Path(path)
    table, name, offset_h = _parse(file)
    hours, leap = _common_year(file, table)
    _check_values(file, hours)
    turn = int(np.floor(offset_h + 0.5))
    dry, dew = (
        np.roll(hours[column].to_numpy(np.float64), -turn)[None, :]
        for column in ("temp_dry_bulb_c", "temp_dew_point_c")
    )
    day = np.arange(_HOURS)
    return Weather(
        place=(file.stem,),
        temp_dry_bulb_c=dry,
        temp_dew_point_c=np.minimum(dew, dry),
        pressure_pa=np.array([[hours["pressure_pa"].mean()]]),
        hours=np.ones(_HOURS),
        month=np.repeat(np.arange(1, 13), np.multiply(DAYS_IN_MONTH, 24)),
        hour=day % 24,
        day_group=np.zeros(_HOURS, dtype=np.int64),
        source=(f"{name} ({file.name}{', 29 February left out' if leap else ''})",),
        label=("measured",),
        distance_km=np.zeros(1),
    )


def _fault(file: Path, line: int | None, key: str, problem: str, remedy: str) -> Fault:
    return Fault(str(file), line, key, problem, remedy)


def _parse(file: Path) -> tuple[pd.DataFrame, str, float]:
    """Month, dry bulb, dew point and pressure of every record; name and clock of the place."""
    remedy = "Give an EPW or a TMY3 file of a typical year."
    if not file.is_file():
        raise DataError([_fault(file, None, "", "there is no such file", remedy)])
    try:
        with file.open(encoding="utf-8", errors="replace") as handle:
            first = handle.readline()
        if first.startswith("LOCATION,"):
            return _parse_epw(file)
        if len(first.split(",")) == _TMY3_FIELDS:
            return _parse_tmy3(file)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        problem = f"cannot be read as a weather file: {error}"
        raise DataError([_fault(file, None, "", problem, remedy)]) from error
    raise DataError([_fault(file, 1, "", "is neither an EPW nor a TMY3 file", remedy)])


def _parse_epw(file: Path) -> tuple[pd.DataFrame, str, float]:
    from pvlib.iotools import read_epw  # slow to import, and few profiles need it

    data, facts = read_epw(file)
    table = pd.DataFrame(
        {
            "month": data["month"].to_numpy(np.int64),
            "temp_dry_bulb_c": data["temp_air"].to_numpy(np.float64),
            "temp_dew_point_c": data["temp_dew"].to_numpy(np.float64),
            "pressure_pa": data["atmospheric_pressure"].to_numpy(np.float64),
        }
    )
    return table, str(facts["city"]), float(facts["TZ"])


def _parse_tmy3(file: Path) -> tuple[pd.DataFrame, str, float]:
    from pvlib.iotools import read_tmy3

    data, facts = read_tmy3(file)
    date = data["Date (MM/DD/YYYY)"].astype(str)
    table = pd.DataFrame(
        {
            "month": date.str.slice(0, 2).astype(np.int64).to_numpy(),
            "temp_dry_bulb_c": data["temp_air"].to_numpy(np.float64),
            "temp_dew_point_c": data["temp_dew"].to_numpy(np.float64),
            "pressure_pa": data["pressure"].to_numpy(np.float64) * 100.0,
        }
    )
    return table, str(facts["Name"]).strip('"'), float(facts["TZ"])


def _common_year(file: Path, table: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The 8,760 hours of a common year, and whether a leap day was left out."""
    leap_hours = _HOURS + 24
    leap = len(table) == leap_hours
    if leap:
        day = np.r_[_LEAP_DAY_START : _LEAP_DAY_START + 24]
        table = table.drop(index=table.index[day]).reset_index(drop=True)
    if len(table) != _HOURS:
        problem = f"has {len(table):,} hours"
        remedy = "A year has 8,760 hours, or 8,784 in a leap year, one record an hour."
        raise DataError([_fault(file, None, "", problem, remedy)])
    expected = np.repeat(np.arange(1, 13), np.multiply(DAYS_IN_MONTH, 24))
    wrong = np.flatnonzero(table["month"].to_numpy() != expected)
    if wrong.size:
        problem = f"record {wrong[0] + 1:,} is of month {table['month'].iloc[wrong[0]]}"
        remedy = f"Expected month {expected[wrong[0]]}: records run from 1 January in order."
        raise DataError([_fault(file, None, "month", problem, remedy)])
    return table, leap


def _check_values(file: Path, table: pd.DataFrame) -> None:
    faults = []
    for words, (column, missing, low, high, unit) in _VARIABLES.items():
        values = table[column].to_numpy(np.float64)
        absent = np.isnan(values) | np.isin(values, missing)
        outside = ~absent & ((values < low) | (values > high))
        faults += _found(file, words, absent, "missing", "Fill the gaps, or use another file.")
        limits = f"Expected {low:,g} to {high:,g} {unit}."
        faults += _found(file, words, outside, "impossible", limits)
    if faults:
        raise DataError(faults)


def _found(
    file: Path, key: str, where: npt.NDArray[np.bool_], what: str, remedy: str
) -> list[Fault]:
    """One fault for all hours with the same trouble."""
    if not where.any():
        return []
    problem = f"{where.sum():,} values are {what}, the first in record {where.argmax() + 1:,}"
    return [_fault(file, None, key, problem, remedy)]
