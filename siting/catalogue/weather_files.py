"""A planner's own typical year: EPW, TMY3, or a table of PVGIS or NSRDB."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.climate import dew_point_of_humidity
from siting.catalogue.figures import ALLOWED
from siting.catalogue.hourly import HOURS, common_hours
from siting.catalogue.stations import DAYS_IN_MONTH
from siting.catalogue.weather_steps import Weather
from siting.config.base import no_file
from siting.errors import DataError, Fault
from siting.files import MOST_WEATHER, check_size
from siting.files.spreadsheets import is_number

__all__ = ["Station", "read_station", "read_weather_file"]


#: Fields of the first line of each format, and where name and position stand in it; those of an
#: EPW are counted from the right, since the name of a city may hold commas.
_EPW_FIELDS, _TMY3_FIELDS = 10, 7
_EPW = {"latitude": -4, "longitude": -3, "utc_offset_h": -2, "elevation_m": -1}
_TMY3 = {"name": 1, "utc_offset_h": 3, "latitude": 4, "longitude": 5, "elevation_m": 6}
_PVGIS = {"latitude": "Latitude", "longitude": "Longitude", "elevation_m": "Elevation"}
_NSRDB = {"latitude": "Latitude", "longitude": "Longitude", "utc_offset_h": "Time Zone",
          "elevation_m": "Elevation"}  # fmt: skip
_REMEDY = "Give an EPW or a TMY3 file of a typical year, or a .csv of PVGIS (TMY) or NSRDB."
#: A clock may differ from the sun by so much; western China is 3.1 h ahead. [h]
_MOST_OFF_H = 3.6
#: Values that mean "missing", and what any place on Earth stays within.
_CODES = (99.9, 999.0, 999.9, 9999.0, -9900.0, -9999.0)
_VARIABLES = {
    "dry bulb": ("temp_dry_bulb_c", _CODES, -90.0, 60.0, "°C"),
    "dew point": ("temp_dew_point_c", _CODES, -100.0, 40.0, "°C"),
    "pressure": ("pressure_pa", (999_999.0, 99_990_000.0, 999_900.0, 9999.0, -990_000.0, -9999.0),
                 45e3, 110e3, "Pa"),
}  # fmt: skip
#: Column of the time of each format, and where month, day and hour stand in its text.
_TIMES: dict[str, dict[str, tuple[str | int, slice]]] = {
    "EPW": {"month": (1, slice(None)), "day": (2, slice(None)), "hour": (3, slice(None))},
    "TMY3": {"month": ("Date (MM/DD/YYYY)", slice(0, 2)), "day": ("Date (MM/DD/YYYY)", slice(3, 5)),
             "hour": ("Time (HH:MM)", slice(0, 2))},
    "PVGIS": {"month": ("time(UTC)", slice(4, 6)), "day": ("time(UTC)", slice(6, 8)),
              "hour": ("time(UTC)", slice(9, 11))},
    "NSRDB": {"month": ("Month", slice(None)), "day": ("Day", slice(None)),
              "hour": ("Hour", slice(None))},
}  # fmt: skip
#: Columns of the records of each format: name or position, and what it is multiplied by.
_RECORDS: dict[str, dict[str, tuple[str | int, float]]] = {
    "EPW": {"dry": (6, 1.0), "dew": (7, 1.0), "pressure": (9, 1.0)},
    "TMY3": {"dry": ("Dry-bulb (C)", 1.0),
             "dew": ("Dew-point (C)", 1.0), "pressure": ("Pressure (mbar)", 100.0)},
    "PVGIS": {"dry": ("T2m", 1.0), "humidity": ("RH", 1.0),
              "pressure": ("SP", 1.0)},
    "NSRDB": {"dry": ("Temperature", 1.0), "dew": ("Dew Point", 1.0),
              "pressure": ("Pressure", 100.0)},
}  # fmt: skip


@dataclass(frozen=True)
class Station:
    """The station in the head of a weather file.

    Parameters
    ----------
    name : str
        Of the place.
    latitude, longitude : float
        [°]
    utc_offset_h : float
        Clock of the file ahead of UTC. [h]
    elevation_m : float
        NaN where the file leaves it empty. [m]
    form : {"EPW", "TMY3", "PVGIS", "NSRDB"}
        Format of the file.
    """

    name: str
    latitude: float
    longitude: float
    utc_offset_h: float
    elevation_m: float
    form: str


def read_station(path: Path | str) -> Station:
    """Read the head of a weather file: EPW, TMY3, or a table of PVGIS or NSRDB.

    Raises `DataError` with every fault of the head: no known format, too few fields, a position
    that no place has, a clock that its longitude cannot have.
    """
    file = Path(path)
    return _station(file, _lines(file))


def _lines(file: Path) -> list[str]:
    """Lines of a file of UTF-8 with or without a mark, or of the code page of Windows."""
    if problem := no_file(file):
        raise DataError([_fault(file, None, "", problem, _REMEDY)])
    check_size(file, MOST_WEATHER, str(file))
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return re.split(r"\r\n|\r|\n", text)  # other controls may stand in a name


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line]), [])]


def _station(file: Path, lines: list[str]) -> Station:
    first = _cells(lines[0]) if lines else []
    begin = "\n".join(lines[:3])
    if first and first[0].upper() == "LOCATION":
        if len(first) < _EPW_FIELDS:
            problem = f"LOCATION has {len(first)} fields, not {_EPW_FIELDS}"
            raise DataError([_fault(file, 1, "", problem, _REMEDY)])
        name = ", ".join(cell for cell in first[1 : len(first) - 8] if cell)
        return _checked(file, "EPW", name, {key: first[i] for key, i in _EPW.items()})
    if len(first) == _TMY3_FIELDS and first[0].isdigit():
        found = {key: first[i] for key, i in _TMY3.items() if key != "name"}
        return _checked(file, "TMY3", first[_TMY3["name"]], found)
    if begin.count("(decimal degrees)") > 1:
        head = dict(line.split(":", 1) for line in lines[:12] if ":" in line)
        found = {
            key: next((v.strip() for k, v in head.items() if k.startswith(start)), "")
            for key, start in _PVGIS.items()
        }
        return _checked(file, "PVGIS", "PVGIS", {**found, "utc_offset_h": "0"})
    if first[:1] == ["Source"] and len(lines) > 1:
        values = dict(zip(first, _cells(lines[1]), strict=False))
        found = {key: values.get(name, "") for key, name in _NSRDB.items()}
        name = f"{values.get('Source', '')} {values.get('Location ID', '')}".strip()
        return _checked(file, "NSRDB", name, found)
    problem = "is neither an EPW nor a TMY3 file, nor a table of PVGIS or NSRDB"
    raise DataError([_fault(file, 1, "", problem, _REMEDY)])


def _checked(file: Path, form: str, name: str, cells: dict[str, str]) -> Station:
    """The station of a head, after its faults."""
    values = {key: _number(cell) for key, cell in cells.items()}
    faults = [
        _fault(file, 1, key, problem, ALLOWED[key].remedy)
        for key, value in values.items()
        if (problem := ALLOWED[key].problem(value, cells[key]))
        and not (key == "elevation_m" and not cells[key])
    ]
    if faults:
        raise DataError(faults)
    offset, longitude = values["utc_offset_h"], values["longitude"]
    off = (offset - longitude / 15.0 + 12.0) % 24.0 - 12.0
    in_utc = form == "PVGIS" or (form == "NSRDB" and offset == 0.0)  # as it was asked for
    if not in_utc and abs(off) > _MOST_OFF_H:
        problem = (
            f"is {offset:g}, where the longitude of {longitude:g}° has some {longitude / 15:.0f}"
        )
        remedy = "Give the clock in hours ahead of UTC, and degrees east; west is negative"
        raise DataError([_fault(file, 1, "utc_offset_h", problem, remedy)])
    return Station(name=name, **values, form=form)


def _number(cell: str) -> float:
    return float(cell) if is_number(cell) else math.nan


def read_weather_file(path: Path | str) -> Weather:
    """Read a typical year of one place from a file whose format is told by its head.

    The place is named as the file is without its suffix; 8,760 steps of one hour, from the clock of
    the file turned to UTC. The dew point is clipped to the dry bulb. Of a leap year of 8,784 hours
    29 February is left out, half and quarter hours are averaged, and the source says so. Raises
    `DataError` with every fault: no such file, no known format, a wrong number or order of hours,
    missing or impossible values.
    """
    file = Path(path)
    lines = _lines(file)
    station = _station(file, lines)
    table = _parse(file, station, lines)
    hours, notes = _common_year(file, table)
    turn = int(np.floor(station.utc_offset_h + 0.5))
    dry, dew = (
        np.roll(hours[column].to_numpy(np.float64), -turn)[None, :]
        for column in ("temp_dry_bulb_c", "temp_dew_point_c")
    )
    day = np.arange(HOURS)
    said = ", ".join([file.name, *notes])
    return Weather(
        place=(file.stem,),
        temp_dry_bulb_c=dry,
        temp_dew_point_c=np.minimum(dew, dry),
        pressure_pa=np.array([[hours["pressure_pa"].mean()]]),
        hours=np.ones(HOURS),
        month=np.repeat(np.arange(1, 13), np.multiply(DAYS_IN_MONTH, 24)),
        hour=day % 24,
        day_group=np.zeros(HOURS, dtype=np.int64),
        source=(f"{station.name} ({said})",),
        label=("modelled" if station.form in ("PVGIS", "NSRDB") else "measured",),
        distance_km=np.zeros(1),
    )


def _fault(file: Path, line: int | None, key: str, problem: str, remedy: str) -> Fault:
    return Fault(str(file), line, key, problem, remedy)


def _parse(file: Path, station: Station, lines: list[str]) -> pd.DataFrame:
    """Month, dry bulb, dew point and pressure of every record; what is no number is NaN."""
    columns = _RECORDS[station.form]
    start, header = _records_from(file, station.form, lines)
    body = "\n".join(_until_blank(lines[start:]))
    try:
        names = header if header is None else [name.strip() for name in header]
        read = pd.read_csv(io.StringIO(body), header=None, names=names, dtype=str,
                           index_col=False)  # fmt: skip
    except (ValueError, pd.errors.ParserError) as error:
        problem = f"cannot be read as a weather file: {error}".splitlines()[0]
        raise DataError([_fault(file, None, "", problem, _REMEDY)]) from None
    found: dict[str, pd.Series] = {}
    faults = []
    for what, (name, factor) in columns.items():
        column = _column(read, name)
        if column is None:
            known = "" if header is None else f" The columns are {', '.join(header[:40])}"
            problem = "the column is not there"
            faults.append(_fault(file, start, str(name), problem, f"{_REMEDY}{known}"))
        else:
            found[what] = pd.to_numeric(column, errors="coerce") * factor
    for what, (name, part) in _TIMES[station.form].items():
        column = _column(read, name)
        if column is None:
            faults.append(_fault(file, start, str(name), "the column is not there", _REMEDY))
        else:
            text = column.astype(str).str.strip().str[part]
            found[what] = _whole(text)
    if faults:
        raise DataError(faults)
    if "humidity" in found:
        humidity = found["humidity"].where(found["humidity"].between(0.0, 110.0))
        percent = humidity.clip(0.1, 100.0)
        found["dew"] = pd.Series(dew_point_of_humidity(found["dry"], percent), found["dry"].index)
    return pd.DataFrame(
        {
            **{what: found[what] for what in ("month", "day", "hour")},
            "temp_dry_bulb_c": found["dry"],
            "temp_dew_point_c": found["dew"],
            "pressure_pa": found["pressure"],
        }
    )


def _whole(text: pd.Series) -> pd.Series:
    """Whole numbers, -1 where a text is none."""
    number = pd.to_numeric(text, errors="coerce").astype(float)
    return number.where(number.abs() < 1e9, -1.0).astype(np.int64)


def _records_from(file: Path, form: str, lines: list[str]) -> tuple[int, list[str] | None]:
    """Line from which the records run, counted from 0, and their header where they have one."""
    marks = {"EPW": "DATA PERIODS", "TMY3": "Date (MM/DD/YYYY)", "PVGIS": "time(UTC)",
             "NSRDB": "Year,"}  # fmt: skip
    for i, line in enumerate(lines[:60]):
        if line.lstrip('"').upper().startswith(marks[form].upper()):
            return i + 1, None if form == "EPW" else _cells(line)
    problem = f"there is no line that begins with {marks[form].rstrip(',')}"
    raise DataError([_fault(file, None, "", problem, _REMEDY)])


def _until_blank(lines: list[str]) -> list[str]:
    """Records until the first blank line, after which PVGIS explains its columns."""
    blank = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    return lines[:blank]


def _column(table: pd.DataFrame, name: str | int) -> pd.Series | None:
    if isinstance(name, int):
        return table.iloc[:, name] if name < table.shape[1] else None
    exact = [c for c in table.columns if c == name]
    close = [c for c in table.columns if str(c).startswith(f"{name} (")]
    chosen = exact or close
    return table[chosen[0]] if chosen else None


def _common_year(file: Path, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The 8,760 hours of a common year, and what was done for it."""
    leap, per_hour = _layout(file, len(table))
    _check_order(file, table, leap, per_hour)
    _check_values(file, table)
    hours = pd.DataFrame(
        {
            name: common_hours(table[name].to_numpy(np.float64))
            for name in ("temp_dry_bulb_c", "temp_dew_point_c", "pressure_pa")
        }
    )
    notes = ["29 February left out"] if leap else []
    if per_hour > 1:
        notes.append(f"{per_hour} records an hour averaged")
    return hours, tuple(notes)


def _check_order(file: Path, table: pd.DataFrame, leap: bool, per_hour: int) -> None:
    """Records must run from 1 January in order, every day with the same hours."""
    days = [days + (leap and m == 1) for m, days in enumerate(DAYS_IN_MONTH)]
    a_day = 24 * per_hour
    hours = table["hour"].to_numpy().reshape(-1, a_day)
    expected = {
        "month": np.repeat(np.arange(1, 13), np.multiply(days, a_day)),
        "day": np.repeat(np.concatenate([np.arange(1, count + 1) for count in days]), a_day),
        "hour": np.tile(hours[0], len(hours)),
    }
    for what, right in expected.items():
        wrong = np.flatnonzero(table[what].to_numpy() != right)
        if wrong.size:
            i = int(wrong[0])
            problem = f"record {i + 1:,} is of {what} {table[what].iloc[i]}"
            remedy = (
                f"Expected {what} {right[i]}: records run from 1 January in order, clock unturned."
            )
            raise DataError([_fault(file, None, what, problem, remedy)])


def _layout(file: Path, rows: int) -> tuple[bool, int]:
    """Leap year or not, and the number of records an hour."""
    for per_hour in (1, 2, 4, 12):
        if rows in (HOURS * per_hour, (HOURS + 24) * per_hour):
            return rows == (HOURS + 24) * per_hour, per_hour
    problem = f"has {rows:,} hours"
    remedy = "A year has 8,760 hours, or 8,784 in a leap year; half and quarter hours are averaged."
    raise DataError([_fault(file, None, "", problem, remedy)])


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
