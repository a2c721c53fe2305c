"""A planner's own typical year: EPW or TMY3, 8,760 hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.ranges import ALLOWED
from siting.catalogue.stations import DAYS_IN_MONTH
from siting.catalogue.weather_steps import HOURS_PER_YEAR, Weather
from siting.errors import DataError, Fault
from siting.files.limits import MOST_WEATHER, check_size

__all__ = ["Station", "read_station", "read_weather_file"]

_HOURS = int(HOURS_PER_YEAR)
_LEAP_DAY_START = 24 * (31 + 28)
#: Fields of the first line of each format, and where name and position stand in it.
_EPW_FIELDS, _TMY3_FIELDS = 10, 7
_EPW = {"name": 1, "latitude": 6, "longitude": 7, "utc_offset_h": 8, "elevation_m": 9}
_TMY3 = {"name": 1, "utc_offset_h": 3, "latitude": 4, "longitude": 5, "elevation_m": 6}
_REMEDY = "Give an EPW or a TMY3 file of a typical year."
#: Values that mean "missing" in the two formats, and what any place on Earth stays within.
_VARIABLES = {
    "dry bulb": ("temp_dry_bulb_c", (99.9, -9900.0), -90.0, 60.0, "°C"),
    "dew point": ("temp_dew_point_c", (99.9, -9900.0), -100.0, 40.0, "°C"),
    "pressure": ("pressure_pa", (999_999.0, 99_990_000.0, -990_000.0), 45e3, 110e3, "Pa"),
}


@dataclass(frozen=True)
class Station:
    """The station in the first line of a weather file.

    Parameters
    ----------
    name : str
        Of the place.
    latitude, longitude : float
        [°]
    utc_offset_h : float
        Clock of the file ahead of UTC. [h]
    elevation_m : float
        [m]
    is_epw : bool
        EPW, or else TMY3.
    """

    name: str
    latitude: float
    longitude: float
    utc_offset_h: float
    elevation_m: float
    is_epw: bool


def read_station(path: Path | str) -> Station:
    """Read the first line of a weather file.

    Parameters
    ----------
    path : pathlib.Path or str
        EPW or TMY3.

    Raises
    ------
    DataError
        With every fault of the line: neither format, fields too many, a position or a clock that
        no place has.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError([_fault(file, None, "", "there is no such file", _REMEDY)])
    check_size(file, MOST_WEATHER, str(file))
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        cells = [cell.strip().strip('"') for cell in lines.readline().split(",")]
    is_epw = cells[0].upper() == "LOCATION"
    is_tmy3 = len(cells) == _TMY3_FIELDS and cells[0].isdigit()
    if not (is_epw or is_tmy3):
        raise DataError([_fault(file, 1, "", "is neither an EPW nor a TMY3 file", _REMEDY)])
    if is_epw and len(cells) != _EPW_FIELDS:
        problem = f"LOCATION has {len(cells)} fields, not {_EPW_FIELDS}"
        remedy = f"{_REMEDY} A name must hold no comma."
        raise DataError([_fault(file, 1, "", problem, remedy)])
    where = _EPW if is_epw else _TMY3
    values = {name: _number(cells[i]) for name, i in where.items() if name != "name"}
    faults = [
        _fault(file, 1, name, problem, ALLOWED[name].remedy)
        for name, value in values.items()
        if (problem := ALLOWED[name].problem(value, cells[where[name]]))
    ]
    if faults:
        raise DataError(faults)
    return Station(name=cells[where["name"]], **values, is_epw=is_epw)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


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
    station = read_station(file)
    table = _parse(file, station)
    hours, leap = _common_year(file, table)
    _check_values(file, hours)
    turn = int(np.floor(station.utc_offset_h + 0.5))
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
        source=(f"{station.name} ({file.name}{', 29 February left out' if leap else ''})",),
        label=("measured",),
        distance_km=np.zeros(1),
    )


def _fault(file: Path, line: int | None, key: str, problem: str, remedy: str) -> Fault:
    return Fault(str(file), line, key, problem, remedy)


def _parse(file: Path, station: Station) -> pd.DataFrame:
    """Month, dry bulb, dew point and pressure of every record."""
    try:
        return _parse_epw(file) if station.is_epw else _parse_tmy3(file)
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
        problem = f"cannot be read as a weather file: {error}"
        raise DataError([_fault(file, None, "", problem, _REMEDY)]) from error


def _parse_epw(file: Path) -> pd.DataFrame:
    from pvlib.iotools import read_epw  # slow to import, and few profiles need it

    data, _ = read_epw(file)
    return pd.DataFrame(
        {
            "month": data["month"].to_numpy(np.int64),
            "temp_dry_bulb_c": data["temp_air"].to_numpy(np.float64),
            "temp_dew_point_c": data["temp_dew"].to_numpy(np.float64),
            "pressure_pa": data["atmospheric_pressure"].to_numpy(np.float64),
        }
    )


def _parse_tmy3(file: Path) -> pd.DataFrame:
    from pvlib.iotools import read_tmy3

    data, _ = read_tmy3(file)
    date = data["Date (MM/DD/YYYY)"].astype(str)
    return pd.DataFrame(
        {
            "month": date.str.slice(0, 2).astype(np.int64).to_numpy(),
            "temp_dry_bulb_c": data["temp_air"].to_numpy(np.float64),
            "temp_dew_point_c": data["temp_dew"].to_numpy(np.float64),
            "pressure_pa": data["pressure"].to_numpy(np.float64) * 100.0,
        }
    )


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
