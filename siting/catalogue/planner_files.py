"""Reads a planner's table or map layer: one row a place, in EPSG:4326, repaired where certain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from siting.catalogue.layers import Layers
from siting.catalogue.ranges import number_faults, numbers
from siting.catalogue.read_files import Rows, read_rows, read_shapes
from siting.catalogue.repairs import checked_places, checked_shape
from siting.errors import DataError, Fault
from siting.geo import distance_km

__all__ = ["REPAIR", "read_layer"]

#: Column of what was repaired in a row, in words; empty for most.
REPAIR = "repair_"
#: How far the columns lat and lon of a map layer may lie from its shape; rounded degrees. [km]
_ROUNDED_KM = 5.0
#: Longest text of a cell. [characters]
_LONGEST = 1000


def read_layer(path: Path, layers: Layers) -> tuple[gpd.GeoDataFrame, Rows, list[Fault]]:
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
        EPSG:4326, cells of a table as text. ``country`` is that of the file, or else of the
        position; column :data:`REPAIR` says what was repaired.
    rows : Rows
        Where the rows are written.
    faults : list of Fault
        Of single rows.

    Raises
    ------
    siting.errors.DataError
        If the file cannot be read at all, or lacks a column without which no row can be judged.
    """
    table = path.suffix.lower() == ".csv"
    before: list[tuple[str, ...]] = []
    if table:
        raw, rows = _read_table(path)
    else:
        found = read_shapes(path)
        raw, rows = found.frame, Rows(path.name)
        before = [(*filter(None, [found.note]), *found.notes(i)) for i in range(len(raw))]
    if "id" not in raw.columns:
        has = f"The columns are {', '.join(map(str, raw.columns.drop('geometry')))}"
        raise DataError([rows.of_column("id", "the column is not there", has)])
    faults = [*_text_faults(rows, raw), *number_faults(rows, raw, ("lat", "lon"), required=table)]
    raw = raw.reset_index(drop=True)
    for name in ("id", "country"):
        raw[name] = _text(raw.get(name), len(raw))
    raw["name"] = _text(raw.get("name"), len(raw))
    raw["name"] = raw["name"].where(raw["name"] != "", raw["id"])
    shapes = [checked_shape(shape) for shape in raw.geometry]
    checked = checked_places(shapes, raw["country"].tolist(), layers)
    for i, one in enumerate(checked):
        if one.shape is None and not (table and raw.geometry.iloc[i] is None):
            key = "lat" if table else "geometry"
            faults.append(rows.fault(i, key, one.problem, _REMEDY[key]))
    layer = raw.set_geometry([one.shape for one in checked], crs=4326)
    repaired = zip(before or [()] * len(checked), checked, strict=True)
    layer[REPAIR] = ["; ".join((*own, *one.notes)) for own, one in repaired]
    if not table:
        faults += _contradictions(rows, layer)
    return _positioned(layer, table=table), rows, faults


_REMEDY = {
    "lat": "Give degrees, WGS 84: lat -60..90, lon -180..180, within 50 km of land",
    "geometry": "Draw the polygon again, in one direction and without crossing itself, or give "
    "the right country",
}


def _text_faults(rows: Rows, raw: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Rows without an id, and texts that no table or page can show."""
    for i, name in enumerate(_text(raw["id"], len(raw))):
        if not name:
            yield rows.fault(i, "id", "is empty", "Give each place an id of its own")
    for column in raw.columns.drop("geometry"):
        for i, value in enumerate(raw[column]):
            if isinstance(value, str) and len(value) > _LONGEST:
                problem = f"holds {len(value):,} characters"
                yield rows.fault(i, str(column), problem, f"At most {_LONGEST:,} are read")


def _contradictions(rows: Rows, layer: gpd.GeoDataFrame) -> list[Fault]:
    """Columns lat and lon of a map layer that say another place than its shape."""
    remedy = "Remove the columns lat and lon, or let them agree with the geometry"
    given = [name for name in ("lat", "lon") if name in layer.columns]
    if len(given) == 1:
        lacking = "lon" if given == ["lat"] else "lat"
        return [rows.of_column(lacking, f"the column is not there beside {given[0]}", remedy)]
    if not given:
        return []
    faults = []
    lat, lon = (numbers(layer[name]).to_numpy() for name in given)
    for i, shape in enumerate(layer.geometry):
        empty = [name for name in given if pd.isna(layer[name].iloc[i])]
        if len(empty) == 1:
            other = "lon" if empty == ["lat"] else "lat"
            faults.append(rows.fault(i, empty[0], f"is empty beside {other}", remedy))
        if shape is None or np.isnan(lat[i] + lon[i]):
            continue
        point = shape.representative_point()
        km = float(distance_km(lon[i], lat[i], point.x, point.y))
        if not (km <= _ROUNDED_KM or shape.intersects(shapely.Point(lon[i], lat[i]))):
            away = "is not on the Earth" if np.isnan(km) else f"lies {km:,.0f} km from the geometry"
            faults.append(rows.fault(i, "lat", f"{lat[i]:g}, {lon[i]:g} {away}", remedy))
    return faults


def _positioned(layer: gpd.GeoDataFrame, *, table: bool) -> gpd.GeoDataFrame:
    """The layer with lat and lon of a point in each shape, or those that the layer has there."""
    known = layer.geometry.notna().to_numpy()
    inside = layer.geometry.representative_point()
    for name, values in (("lat", inside.y), ("lon", inside.x)):
        found = np.where(known, np.round(values, 6), np.nan)
        own = numbers(layer[name]).to_numpy() if name in layer and not table else found
        own = np.where(own > 180.0, own - 360.0, own)  # only a longitude is ever so large
        layer[name] = np.where(np.isnan(own), found, own)
    return layer


def _read_table(path: Path) -> tuple[gpd.GeoDataFrame, Rows]:
    header, cells, rows = read_rows(path)
    absent = [name for name in ("lat", "lon") if name not in header]
    if absent:
        remedy = "Give the position in degrees, WGS 84"
        raise DataError(rows.of_column(name, "the column is not there", remedy) for name in absent)
    table = pd.DataFrame(cells, columns=header, dtype=object)
    table = table.where(table != "", None)
    lon, lat = (numbers(table[name]).to_numpy() for name in ("lon", "lat"))
    known = np.isfinite(lon) & np.isfinite(lat)
    points = gpd.points_from_xy(np.where(known, lon, 0.0), np.where(known, lat, 0.0))
    points = points.to_numpy().copy()
    points[~known] = None
    return gpd.GeoDataFrame(table, geometry=points, crs=4326), rows


def _text(column: pd.Series | None, length: int) -> npt.NDArray[np.object_]:
    if column is None:
        return np.full(length, "", dtype=object)
    filled = column.astype(object).where(column.notna(), "")
    return filled.map(str).to_numpy(dtype=object)
