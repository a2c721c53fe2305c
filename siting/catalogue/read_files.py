"""Reads the features of a map layer in EPSG:4326, in whatever reference system it says it is."""

from __future__ import annotations

import json
import re
import warnings
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

__all__ = ["Shapes", "read_shapes"]

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
