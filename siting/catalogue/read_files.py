"""Rows of a planner's table, each with its line, and features of a map layer in EPSG:4326."""

from __future__ import annotations

import csv
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from siting.errors import DataError, Fault
from siting.files.limits import MOST_LAYER, MOST_TABLE, check_size

__all__ = [
    "Rows",
    "Shapes",
    "read_rows",
    "read_shapes",
]

#: Suffixes of the files that are read as map layers, and how such a file begins.
_MAPS = {
    ".gpkg": rb"SQLite format 3",
    ".geojson": rb"\s*\{",
    ".json": rb"\s*\{",
    ".fgb": rb"fgb",
    ".shp": rb"\x00\x00\x27\x0a",
}
_TEXT = (".geojson", ".json")
_BOM = b"\xef\xbb\xbf"
_FORMS = "Give a GeoPackage or GeoJSON layer, or a .csv with lat and lon"
_CRS_REMEDY = "Save the layer with its CRS in the file, best EPSG:4326 (WGS 84)"


@dataclass(frozen=True)
class Shapes:
    """Features of a map layer.

    Parameters
    ----------
    frame : GeoDataFrame
        EPSG:4326.
    note : str
        What was done to all of them, in words; mostly empty.
    closed : tuple of bool
        Which of them had a ring that was closed.
    """

    frame: gpd.GeoDataFrame
    note: str
    closed: tuple[bool, ...]

    def notes(self, feature: int) -> tuple[str, ...]:
        """What was repaired in one feature."""
        return ("a ring was closed",) if self.closed[feature] else ()


def read_shapes(path: Path) -> Shapes:
    """Features of a map layer in EPSG:4326, and what was repaired to read them.

    Raises
    ------
    siting.errors.DataError
        If it cannot be read, has no geometry or no feature, or does not say in which CRS it is.
    """
    _check_form(path)
    own_crs = _geojson_crs(path) if path.suffix.lower() in _TEXT else ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rings, columns and layers are judged here
            layer = _layer(path, pyogrio.list_layers(path))
            table = pyogrio.read_dataframe(path, layer=layer, read_geometry=False)
            about, _, wkb, _ = pyogrio.raw.read(path, layer=layer, columns=[])
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise DataError([_fault(path, "", f"cannot be read ({error})", _FORMS)]) from None
    if not len(wkb):
        raise DataError([_fault(path, "", "holds no feature", "Draw at least one place")])
    crs = _crs(path, about["crs"] if own_crs == "" else own_crs)
    shapes, closed = _from_wkb(wkb)
    table = table if len(table) else pd.DataFrame(index=range(len(wkb)))
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=crs)
    note = ""
    if not (crs.to_epsg() == 4326 or crs.to_authority() == ("OGC", "CRS84")):
        note = f"reprojected from {crs.name}"
        try:
            frame = frame.to_crs(4326)
        except RuntimeError as error:
            problem = f"cannot be reprojected from {crs.name} ({error})"
            raise DataError([_fault(path, "crs", problem, _CRS_REMEDY)]) from None
    return Shapes(frame.set_crs(4326, allow_override=True), note, tuple(map(bool, closed)))


def _layer(path: Path, layers: Any) -> str:
    """Name of the one layer with a geometry."""
    drawn = [str(name) for name, kind in layers if kind is not None]
    if not drawn:
        remedy = "Give a layer with a geometry, or a .csv with lat and lon"
        raise DataError([_fault(path, "geometry", "the layer has none", remedy)])
    if len(drawn) > 1:
        problem = f"holds {len(drawn)} layers ({', '.join(drawn)})"
        raise DataError([_fault(path, "", problem, "Save the one that is meant as a file")])
    return drawn[0]


def _check_form(path: Path) -> None:
    """Refuse a file that is not what its suffix says, before any driver opens it."""
    suffix = path.suffix.lower()
    if suffix not in _MAPS:
        raise DataError([_fault(path, "", f"is a {path.suffix or 'file without suffix'}", _FORMS)])
    check_size(path, MOST_TABLE if suffix in _TEXT else MOST_LAYER)
    with path.open("rb") as content:
        begin = content.read(512).removeprefix(_BOM)
    if not re.match(_MAPS[suffix], begin):
        problem = f"cannot be read (it does not begin as a {suffix} does)"
        raise DataError([_fault(path, "", problem, _FORMS)])


def _crs(path: Path, named: str | None) -> pyproj.CRS:
    """The reference system of a layer, which must be one of the Earth."""
    try:
        crs = pyproj.CRS.from_user_input(named) if named else None
    except pyproj.exceptions.CRSError:
        problem = f"the coordinate reference system {named!r} is not known"
        raise DataError([_fault(path, "crs", problem, _CRS_REMEDY)]) from None
    known = crs is not None and (crs.is_geographic or crs.is_projected)
    if crs is None or not known or re.search(r"undefined|unknown", crs.name, re.IGNORECASE):
        problem = f"the coordinate reference system is {crs.name if crs else 'missing'}"
        raise DataError([_fault(path, "crs", problem, _CRS_REMEDY)])
    return crs


def _geojson_crs(path: Path) -> str | None:
    """What a GeoJSON says itself: GDAL takes one that it does not know for WGS 84."""
    try:
        told: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DataError([_fault(path, "", f"cannot be read ({error})", _FORMS)]) from None
    if not isinstance(told, dict) or "crs" not in told:
        return "OGC:CRS84"  # RFC 7946
    named = told["crs"]
    properties = named.get("properties") if isinstance(named, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return None if named is None else str(name or named)


def _from_wkb(wkb: Any) -> tuple[Any, Any]:
    """Geometries, and which of them had a ring that was closed; None where none can be made."""
    plain = shapely.from_wkb(wkb, on_invalid="ignore")
    broken = np.array([own is not None for own in wkb], dtype=bool) & shapely.is_missing(plain)
    shapes = plain.copy()
    if broken.any():
        shapes[broken] = [_closed(own) for own in wkb[broken]]
    return shapes, broken & ~shapely.is_missing(shapes)


def _closed(wkb: bytes) -> Any:
    try:
        return shapely.from_wkb(wkb, on_invalid="fix")
    except shapely.errors.ShapelyError:
        return None


def _fault(path: Path, key: str, problem: str, remedy: str) -> Fault:
    return Fault(path.name, None, key, problem, remedy)


@dataclass(frozen=True)
class Rows:
    """Where the rows of a table or the features of a map layer are written.

    Parameters
    ----------
    where : str
        Name of the file.
    lines : tuple of int
        Line of each row of a table; empty for a map layer, whose features are counted.
    """

    where: str
    lines: tuple[int, ...] = ()

    def fault(self, row: int, key: str, problem: str, remedy: str) -> Fault:
        """A fault of one row, counted from 0."""
        if self.lines:
            return Fault(self.where, self.lines[row], key, problem, remedy)
        return Fault(self.where, None, f"feature {row + 1}, {key}", problem, remedy)

    def of_column(self, key: str, problem: str, remedy: str) -> Fault:
        """A fault of a whole column."""
        return Fault(self.where, 1 if self.lines else None, key, problem, remedy)


def read_rows(path: Path) -> tuple[list[str], list[list[str]], Rows]:
    """Header and rows of a comma-separated table.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8.

    Returns
    -------
    header : list of str
        Names of the columns.
    cells : list of list of str
        Rows that are not blank, each as long as the header, without space around the cells.
    rows : Rows
        Their lines.

    Raises
    ------
    siting.errors.DataError
        If the table cannot be read or is empty, and for every row of another length.
    """
    check_size(path, MOST_TABLE)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            found = list(_numbered(text))
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Give a readable table (.csv, UTF-8)"
        raise DataError([Fault(path.name, None, "", f"cannot be read ({error})", remedy)]) from None
    except _BrokenLineError as error:
        remedy = "Close each quotation mark, and double those within a cell"
        problem = f"cannot be read ({error.__cause__})"
        raise DataError([Fault(path.name, error.line, "", problem, remedy)]) from None
    if len(found) < 2:
        remedy = "Give a header and at least one row"
        raise DataError([Fault(path.name, None, "", "the table is empty", remedy)])
    (_, header), body = found[0], found[1:]
    faults = [
        Fault(path.name, 1, name, "the column is there twice", "Keep one")
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    one = ";" in header[0] and len(header) == 1
    remedy = "Part the columns by commas, not by semicolons" if one else "Give each column a cell"
    faults += [
        Fault(path.name, line, "", f"the line has {len(row)} cells, the header has {len(header)}",
              remedy)
        for line, row in body
        if len(row) != len(header)
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    return header, [row for _, row in body], Rows(path.name, tuple(line for line, _ in body))


class _BrokenLineError(Exception):
    """A line that is no row of a table."""

    def __init__(self, line: int) -> None:
        self.line = line


def _numbered(text: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line that it begins in, counted from 1."""
    reader = csv.reader(text, strict=True)
    begin = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _BrokenLineError(begin) from error
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield begin, [cell.strip() for cell in row]
        begin = reader.line_num + 1
