"""Reads the features of a map layer in EPSG:4326, in whatever reference system it says it is."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from siting.catalogue.read_tables import TABLES
from siting.errors import DataError, Fault
from siting.files import MOST_LAYER, MOST_TABLE, check_size, checked_archive, refuse_entities

__all__ = ["Shapes", "read_shapes"]

#: Suffixes of the files that are read as map layers, and how such a file begins.
_MAPS = {
    ".gpkg": rb"SQLite format 3",
    ".geojson": rb"\s*\{",
    ".json": rb"\s*\{",
    ".fgb": rb"fgb",
    ".shp": rb"\x00\x00\x27\x0a",
    ".kml": rb"\s*<",
    ".kmz": rb"PK\x03\x04",
    ".parquet": rb"PAR1",
    ".geoparquet": rb"PAR1",
}
_PARQUET = (".parquet", ".geoparquet")
_GOOGLE = (".kml", ".kmz")
#: Columns that the form of KML brings, of which none is the planner's.
_KML_COLUMNS = (
    "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility",
    "drawOrder", "icon", "snippet",
)  # fmt: skip
_TEXT = (".geojson", ".json")
_BOM = b"\xef\xbb\xbf"
_LAYERS = "Give a map layer (.gpkg, .geojson, .shp, .fgb, .kml, .kmz, .parquet)"
_FORMS = f"{_LAYERS}, or a table (.csv, .xlsx) with lat and lon"
_SHAPEFILE = (
    "Keep .shp, .shx, .dbf, .prj and .cpg beside each other; the .cpg names the encoding that the "
    ".dbf has (UTF-8 or 1252)"
)
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
        """Repairs of one feature."""
        return ("a ring was closed",) if self.closed[feature] else ()


def read_shapes(path: Path, layer: str | None = None) -> Shapes:
    """Features of a map layer in EPSG:4326, and what was repaired to read them.

    The layer is the only one with a geometry by default. A file that cannot be read, has no
    geometry or no feature, or does not say in which CRS it is, is a `DataError`.
    """
    _check_form(path)
    if path.suffix.lower() in _PARQUET:
        return _of_parquet(path, layer)
    own_crs = _geojson_crs(path) if path.suffix.lower() in _TEXT else ""
    try:
        with warnings.catch_warnings(), _opened(path) as (source, said):
            warnings.simplefilter("ignore")  # rings, columns and layers are judged here
            layer = _layer(path, pyogrio.list_layers(source), layer)
            table = pyogrio.read_dataframe(
                source, layer=layer, read_geometry=False, encoding=_encoding(path)
            )
            about, _, wkb, _ = pyogrio.raw.read(source, layer=layer, columns=[])
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        remedy = _SHAPEFILE if path.suffix.lower() == ".shp" else _FORMS
        raise DataError([_fault(path, "", f"cannot be read ({error})", remedy)]) from None
    if not len(wkb):
        raise DataError([_fault(path, "", "holds no feature", "Draw at least one place")])
    crs = _crs(path, about["crs"] if own_crs == "" else own_crs)
    shapes, closed = _from_wkb(wkb)
    table = table if len(table) else pd.DataFrame(index=range(len(wkb)))
    if path.suffix.lower() in _GOOGLE:
        table = _plain_kml(table)
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=crs)
    return _in_degrees(path, frame, tuple(map(bool, closed)), said)


def _in_degrees(
    path: Path, frame: gpd.GeoDataFrame, closed: tuple[bool, ...], note: str = ""
) -> Shapes:
    """The features in EPSG:4326, and a note where they were in another system."""
    crs = frame.crs
    if not (crs.to_epsg() == 4326 or crs.to_authority() == ("OGC", "CRS84")):
        note = "; ".join(filter(None, [note, f"reprojected from {crs.name}"]))
        try:
            frame = frame.to_crs(4326)
        except RuntimeError as error:
            problem = f"cannot be reprojected from {crs.name} ({error})"
            raise DataError([_fault(path, "crs", problem, _CRS_REMEDY)]) from None
    return Shapes(frame.set_crs(4326, allow_override=True), note, closed)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Path, str]]:
    """The file that the reader of maps opens, the KML of an archive unpacked; what is not read."""
    suffix = path.suffix.lower()
    if suffix not in _GOOGLE:
        yield path, ""
        return
    if suffix == ".kml":
        xml = path.read_bytes()
        refuse_entities(path, xml)
        yield path, _LINKED if b"NetworkLink>" in xml else ""
        return
    parts = {n: xml for n, xml in checked_archive(path).items() if n.lower().endswith(".kml")}
    if not parts:
        raise DataError([_fault(path, "", "holds no .kml", "Save the map again as KMZ or KML")])
    first = [name for name in parts if name.lower() == "doc.kml"] or list(parts)
    if len(first) > 1:
        problem = f"holds {len(parts)} maps ({', '.join(parts)})"
        raise DataError([_fault(path, "", problem, "Name the one that is meant doc.kml")])
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / "doc.kml"
        unpacked.write_bytes(parts[first[0]])
        linked = len(parts) > 1 or b"NetworkLink>" in parts[first[0]]
        yield unpacked, _LINKED if linked else ""


_LINKED = "maps that it links to were not read"


def _encoding(path: Path) -> str | None:
    """UTF-8 for the table of a Shapefile that says no encoding and can be read so."""
    table = path.with_suffix(".dbf")
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or not table.is_file():
        return None
    try:
        table.read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "UTF-8"


def _plain_kml(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of a KML that the planner filled, by the names of a site file."""
    names = {"Name": "name", "description": "notes", "Description": "notes"}
    kept = table.drop(columns=[name for name in _KML_COLUMNS if name in table])
    kept = kept.rename(columns={a: b for a, b in names.items() if b not in kept})
    text = kept.select_dtypes(include=["object", "string"]).columns
    kept = kept.assign(**{name: kept[name].replace("", None) for name in text})
    doubles = {f"{name}2": name for name in ("id", "name", "notes")}  # of the extended data
    bare = [n for n in (*doubles.values(), *doubles) if n in kept and kept[n].isna().all()]
    kept = kept.drop(columns=bare)
    return kept.rename(columns={a: b for a, b in doubles.items() if b not in kept})


def _of_parquet(path: Path, layer: str | None) -> Shapes:
    """Features of a GeoParquet file."""
    if layer is not None:
        problem = f"has no layers, and {layer!r} is asked for"
        raise DataError([_fault(path, "layer", problem, "Leave the key `layer` out")])
    try:
        frame = gpd.read_parquet(path)
    except Exception as error:  # the readers of Arrow raise whatever a broken file makes of it
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError([_fault(path, "", f"cannot be read ({reason})", _FORMS)]) from None
    if not len(frame):
        raise DataError([_fault(path, "", "holds no feature", "Draw at least one place")])
    frame = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame
    frame = frame.reset_index(drop=frame.index.name is None)
    frame = frame.set_crs(_crs(path, frame.crs), allow_override=True)
    return _in_degrees(path, frame, (False,) * len(frame))


def _layer(path: Path, layers: Any, asked: str | None) -> str:
    """Name of the layer that is asked for, or of the one with a geometry."""
    drawn = [str(name) for name, kind in layers if kind is not None]
    names = ", ".join(drawn)
    if not drawn:
        remedy = "Give a layer with a geometry, or a table with lat and lon"
        raise DataError([_fault(path, "geometry", "the layer has none", remedy)])
    if asked is not None:
        if asked not in drawn:
            problem = f"has no layer {asked!r} with a geometry"
            raise DataError([_fault(path, "layer", problem, f"Its layers are {names}")])
        return asked
    if len(drawn) > 1:
        remedy = "Name the one that is meant by the key `layer` (`sublayer` of near)"
        raise DataError([_fault(path, "layer", f"holds {len(drawn)} layers ({names})", remedy)])
    return drawn[0]


def _check_form(path: Path) -> None:
    """Refuse a file that is not what its suffix says, before any driver opens it."""
    suffix = path.suffix.lower()
    if suffix in TABLES:
        raise DataError([_fault(path, "", "is a table, where shapes are asked for", _LAYERS)])
    if suffix not in _MAPS:
        raise DataError([_fault(path, "", f"is a {path.suffix or 'file without suffix'}", _FORMS)])
    check_size(path, MOST_TABLE if suffix in _TEXT else MOST_LAYER)
    with path.open("rb") as content:
        begin = content.read(512).removeprefix(_BOM)
    if not re.match(_MAPS[suffix], begin):
        problem = f"cannot be read (it does not begin as a {suffix} does)"
        raise DataError([_fault(path, "", problem, _FORMS)])


def _crs(path: Path, named: Any) -> pyproj.CRS:
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
    """Reference system that a GeoJSON names itself: GDAL takes an unknown one for WGS 84."""
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


@np.errstate(invalid="ignore")  # a coordinate that is no number is told with its feature
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
