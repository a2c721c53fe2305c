"""Reads a planner's table or map layer: one row a place, in EPSG:4326, repaired where certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio

from siting.catalogue.anywhere import country_at
from siting.catalogue.layers import Layers
from siting.catalogue.repairs import Checked, checked_place, checked_shape
from siting.errors import DataError, Fault

__all__ = ["REPAIR", "lines_of", "number_faults", "read_layer", "read_shapes"]

#: Column of what was repaired in a row, in words; empty for most.
REPAIR = "repair_"

#: Suffixes of the files that GDAL reads as map layers here.
_MAPS = (".gpkg", ".geojson", ".json", ".fgb", ".shp")


def read_layer(path: Path, layers: Layers) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Rows of a file with id, name, country, lat, lon and a valid geometry.

    Parameters
    ----------
    path : pathlib.Path
        ``.csv`` with id, lat and lon, or a map layer with id.
    layers : Layers
        The built-in layers, for the country of a place that names none.

    Returns
    -------
    layer : GeoDataFrame
        EPSG:4326. ``country`` is that of the file, or else of the position; column
        :data:`REPAIR` says what was repaired.
    faults : list of Fault
        Of single rows.

    Raises
    ------
    siting.errors.DataError
        If the file cannot be read at all, or lacks a column without which no row can be judged.
    """
    table = path.suffix.lower() == ".csv"
    raw, note = (_read_table(path), "") if table else read_shapes(path)
    if "id" not in raw.columns:
        has = f"The columns are {', '.join(map(str, raw.columns.drop('geometry')))}"
        raise DataError([Fault(path.name, 1, "id", "the column is not there", has)])
    faults = number_faults(path.name, raw, ("lat", "lon"), required=True) if table else []
    bad = {fault.line for fault in faults}
    raw = raw.reset_index(drop=True)
    raw["name"] = raw.get("name", raw["id"])
    raw["country"] = _text(raw.get("country"), len(raw))
    checked = _placed([checked_shape(shape) for shape in raw.geometry], raw["country"], layers)
    for line, one in zip(count(2), checked, strict=False):
        if one.shape is None and line not in bad:
            key = "lat" if table else "geometry"
            faults.append(Fault(path.name, line, key, one.problem, _REMEDY[key]))
    layer = raw.set_geometry([one.shape for one in checked], crs=4326)
    layer[REPAIR] = ["; ".join([note] * bool(note) + list(one.notes)) for one in checked]
    return _positioned(layer, path, table=table), faults


_REMEDY = {
    "lat": "Give degrees, WGS 84: lat -60..90, lon -180..180, within 50 km of land",
    "geometry": "Draw the polygon again, in one direction and without crossing itself, or give "
    "the right country",
}


def _placed(shapes: list[Checked], named: pd.Series[str], layers: Layers) -> list[Checked]:
    """Check each place against its country; most agree at once, and are asked together."""
    inner = [None if one.shape is None else one.shape.representative_point() for one in shapes]
    xy = np.array([(np.nan, np.nan) if p is None else (p.x, p.y) for p in inner]).reshape(-1, 2)
    right = (np.abs(xy[:, 0]) <= 180.0) & (xy[:, 1] >= -60.0) & (xy[:, 1] <= 90.0)
    own = np.full(len(xy), "", dtype=object)
    if right.any():
        own[right] = country_at(layers, xy[right, 0], xy[right, 1])
    agreed = right & (own != "") & ((named == "").to_numpy() | (own == named.to_numpy()))
    return [
        one if ok else checked_place(one, country, layers)
        for one, country, ok in zip(shapes, named, agreed, strict=True)
    ]


def _positioned(layer: gpd.GeoDataFrame, path: Path, *, table: bool) -> gpd.GeoDataFrame:
    """The layer with lat and lon of a point in each shape; a layer's own are checked elsewhere."""
    known = layer.geometry.notna().to_numpy()
    inside = layer.geometry.representative_point()
    if table or "lat" not in layer.columns or "lon" not in layer.columns:
        for name, values in (("lat", inside.y), ("lon", inside.x)):
            layer[name] = np.where(known, np.round(values, 6), np.nan)
    return layer


def read_shapes(path: Path) -> tuple[gpd.GeoDataFrame, str]:
    """Features of a map layer in EPSG:4326, and a note if they were in another projection.

    Raises
    ------
    siting.errors.DataError
        If it cannot be read, has no geometry, or does not say in which CRS it is.
    """
    if path.suffix.lower() not in _MAPS:
        raise DataError([_fault(path, "", f"is a {path.suffix or 'file without suffix'}", _FORMS)])
    try:
        layer = pyogrio.read_dataframe(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([_fault(path, "", f"cannot be read ({error})", _FORMS)]) from None
    if not isinstance(layer, gpd.GeoDataFrame):
        remedy = "Give a layer with a geometry, or a .csv with lat and lon"
        raise DataError([_fault(path, "geometry", "the layer has none", remedy)])
    if layer.crs is None or not (layer.crs.is_geographic or layer.crs.is_projected):
        known = layer.crs.name if layer.crs else "missing"
        problem = f"the coordinate reference system is {known}"
        remedy = "Save the layer with its CRS in the file, best EPSG:4326 (WGS 84)"
        raise DataError([_fault(path, "crs", problem, remedy)])
    if layer.crs.to_epsg() == 4326 or layer.crs.to_authority() == ("OGC", "CRS84"):
        return layer.set_crs(4326, allow_override=True), ""
    return layer.to_crs(4326), f"reprojected from {layer.crs.name}"


_FORMS = "Give a GeoPackage or GeoJSON layer, or a .csv with lat and lon"


def _fault(path: Path, key: str, problem: str, remedy: str) -> Fault:
    return Fault(path.name, None, key, problem, remedy)


def _read_table(path: Path) -> gpd.GeoDataFrame:
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({error})"
        remedy = "Give a comma-separated table in UTF-8"
        raise DataError([_fault(path, "", problem, remedy)]) from None
    absent = [name for name in ("lat", "lon") if name not in table.columns]
    if absent:
        remedy = "Give the position in degrees, WGS 84"
        raise DataError(
            Fault(path.name, 1, name, "the column is not there", remedy) for name in absent
        )
    lon, lat = (pd.to_numeric(table[name], errors="coerce") for name in ("lon", "lat"))
    known = np.isfinite(lon) & np.isfinite(lat)
    points = gpd.points_from_xy(lon.fillna(0.0), lat.fillna(0.0)).to_numpy().copy()
    points[~known.to_numpy()] = None
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


def _text(column: pd.Series[str] | None, length: int) -> npt.NDArray[np.object_]:
    if column is None:
        return np.full(length, "", dtype=object)
    return column.fillna("").astype(str).to_numpy(dtype=object)


def lines_of(layer: pd.DataFrame) -> Iterator[tuple[int, pd.Series]]:
    """Rows with their line in a table whose first line is the header."""
    for number, (_, row) in enumerate(layer.iterrows(), start=2):
        yield number, row


def number_faults(
    where: str,
    layer: pd.DataFrame,
    columns: Iterable[str],
    *,
    low: float = -np.inf,
    required: bool = False,
) -> list[Fault]:
    """A fault for each cell that is no finite number of at least ``low``; empty ones may be."""
    faults = []
    for column in sorted(set(columns) & set(layer.columns)):
        number = pd.to_numeric(layer[column], errors="coerce")
        given = layer[column].notna() | required
        wrong = given & ~(np.isfinite(number) & (number >= low))
        faults += [
            Fault(where, line, column, f"{value!r} is not allowed", "Give a number")
            for line, value, bad in zip(count(2), layer[column], wrong, strict=False)
            if bad
        ]
    return faults
