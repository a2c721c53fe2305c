"""Reads a planner's table or map layer: one row a place, in EPSG:4326, repaired where certain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from siting.catalogue.figures import number_faults, numbers
from siting.catalogue.layers import Layers
from siting.catalogue.read_files import read_shapes
from siting.catalogue.read_tables import TABLES, Rows, plain_name, read_rows
from siting.catalogue.repairs import checked_places, checked_shape
from siting.config.base import hinted
from siting.config.candidates import Candidates
from siting.config.demand import Demand
from siting.errors import DataError, Fault
from siting.geo import distance_km

__all__ = ["BY_ID", "PLAIN", "REPAIR", "Reading", "read_layer"]

#: Column of what was repaired in a row, in words; empty for most.
REPAIR = "repair_"
#: Attribute of rows that have their positions from the ids of built-in places.
BY_ID = "by_id"
#: How far the columns lat and lon of a map layer may lie from its shape; rounded degrees. [km]
_ROUNDED_KM = 5.0
#: Longest text of a cell. [characters]
_LONGEST = 1000


@dataclass(frozen=True)
class Reading:
    """The part of a file that holds the places, and its columns of ids and names.

    Parameters
    ----------
    layer : str or None
        Layer of a map file or sheet of a workbook; the only one where there is one.
    id_column, name_column : str or None
        Columns in place of ``id`` and ``name``. Ids are then made of any text: small letters,
        and _ for what is none.
    """

    layer: str | None = None
    id_column: str | None = None
    name_column: str | None = None

    @classmethod
    def of(cls, section: Candidates | Demand) -> Self:
        """Reading instructions of a file, from its section of a study."""
        return cls(section.layer, section.id_column, section.name_column)


PLAIN = Reading()


def read_layer(
    path: Path,
    layers: Layers,
    reading: Reading = PLAIN,
    known: Collection[str] = (),
    places: pd.DataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, Rows, list[Fault]]:
    """Rows of a file with id, name, country, lat, lon and a valid geometry.

    Parameters
    ----------
    path : pathlib.Path
        A table with id, lat and lon, or a map layer with id.
    layers : Layers
        The built-in layers, for the country of a place that names none.
    reading : Reading
        Layer or sheet, and columns of ids and names.
    known : collection of str
        Columns that may be there; another case of their letters is theirs too.
    places : DataFrame, optional
        Places with lat and lon, by the ids that a table without positions may name.

    Returns
    -------
    layer : GeoDataFrame
        EPSG:4326, cells of a table as text. ``country`` is that of the file, or else of the
        position; column :data:`REPAIR` says what was repaired.
    rows : Rows
        Where the rows are written.
    faults : list of Fault
        Of single rows; a file that cannot be read at all, or lacks a column without which no row
        can be judged, is a `DataError`.
    """
    table = path.suffix.lower() in TABLES
    before: list[tuple[str, ...]] = []
    if table:
        raw, rows = _read_table(path, reading, known, places)
    else:
        found = read_shapes(path, reading.layer)
        raw, rows = found.frame, Rows(path.name)
        before = [(*filter(None, [found.note]), *found.notes(i)) for i in range(len(raw))]
        short = path.suffix.lower() == ".shp"
        raw = raw.rename(columns=known_names(raw.columns, known, short=short))
    raw = _named(raw, reading, rows)
    faults = [*rows.faults, *_text_faults(rows, raw)]
    faults += number_faults(rows, raw, ("lat", "lon"), required=table)
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
            special = next((of for of in _REMEDY_OF if one.problem.startswith(of)), None)
            remedy = _REMEDY_OF[special] if special else _REMEDY[key]
            faults.append(rows.fault(i, key, one.problem, remedy))
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
#: By how the problem begins.
_REMEDY_OF = {
    "is a ": "Draw one point or polygon for each site; lines and groups of points are for near and "
    "exclude",
    "is empty": "Draw a point or polygon, or remove the feature",
    "has a ring that encloses no area": "Give corners that enclose an area, or one point",
    "runs along a parallel": "Add the corners [180, 90] and [-180, 90] for the cap of the North "
    "Pole, with -90 for that of the South Pole",
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


def known_names(
    columns: Collection[str], known: Collection[str], *, short: bool = False
) -> dict[str, str]:
    """Columns that are known but for the case of their letters, with the names that are meant.

    ``short`` is a file that cuts names after ten letters, as a Shapefile does.
    """
    meant = {name.lower(): name for name in known}
    found = {str(c): meant.get(plain_name(str(c)), "") for c in columns}
    if short:
        for column in (c for c, name in found.items() if not name and len(c) == _SHAPEFILE_LETTERS):
            whole = [name for name in known if name.startswith(column.lower())]
            plain = [n for n in whole if not any(n.startswith(f"{o}_") for o in whole)]
            found[column] = plain[0] if len(plain) == 1 else ""
    taken = {str(c) for c in columns}
    renamed: dict[str, str] = {}
    for column, name in found.items():
        if name and name not in taken:
            renamed[column] = name
            taken.add(name)
    return renamed


_SHAPEFILE_LETTERS = 10


def _named(raw: gpd.GeoDataFrame, reading: Reading, rows: Rows) -> gpd.GeoDataFrame:
    """The rows with columns id and name, from those that the planner names."""
    names = [str(c) for c in raw.columns if c != "geometry"]
    asked = {"id": reading.id_column, "name": reading.name_column}
    faults = [
        rows.of_column(column, f"the column is not there ({key}_column)",
                       f"The columns are {', '.join(names)}")
        for key, column in asked.items()
        if column is not None and column not in names
    ]  # fmt: skip
    if "id" not in names and reading.id_column is None:
        there = f"The columns are {', '.join(names)}" if names else "There is no column"
        has = f"{there}; id_column names the one that holds the ids"
        faults.append(rows.of_column("id", "the column is not there", has))
    if faults:
        raise DataError(faults)
    fresh = raw
    for key, column in asked.items():
        if column is not None and column != key:
            fresh = fresh.assign(**{key: raw[column]})
    used = [c for c in asked.values() if c not in (None, "id", "name")]
    fresh = fresh.drop(columns=list(dict.fromkeys(used)))
    if reading.id_column is not None:
        fresh["name"] = fresh["name"] if "name" in fresh else fresh["id"]
        fresh["id"] = [_as_id(text) for text in _text(fresh["id"], len(fresh))]
    return fresh


def _as_id(text: str) -> str:
    """An id of any text: small ASCII letters, digits and _, a letter first."""
    plain = unicodedata.normalize("NFKD", text.removesuffix(".0"))
    plain = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode().lower()).strip("_")
    if not plain and text.strip():  # a script of its own: letters by their code points
        plain = "_".join(f"{ord(letter):x}" for letter in text.strip()[:12])
    return plain if not plain or plain[0].isalpha() else f"site_{plain}"


def _read_table(
    path: Path, reading: Reading, known: Collection[str], places: pd.DataFrame | None
) -> tuple[gpd.GeoDataFrame, Rows]:
    position = ("lat", "lon")
    header, cells, rows = read_rows(path, sheet=reading.layer, wanted=position, collect=True)
    again = known_names(header, known)
    header = [again.get(name, name) for name in header]
    absent = [name for name in ("lat", "lon") if name not in header]
    table = pd.DataFrame(cells, columns=header, dtype=object)
    by_id = len(absent) == 2 and places is not None and "id" in header
    if by_id and places is not None:
        table = table.assign(**_positions(table["id"].tolist(), places, rows))
    elif absent:
        remedy = f"Give the position in degrees, WGS 84; the columns are {', '.join(header)}"
        raise DataError(rows.of_column(name, "the column is not there", remedy) for name in absent)
    table = table.where(table != "", None)
    lon, lat = (numbers(table[name]).to_numpy() for name in ("lon", "lat"))
    placed = np.isfinite(lon) & np.isfinite(lat)
    points = gpd.points_from_xy(np.where(placed, lon, 0.0), np.where(placed, lat, 0.0))
    points = points.to_numpy().copy()
    points[~placed] = None
    frame = gpd.GeoDataFrame(table, geometry=points, crs=4326)
    frame.attrs[BY_ID] = by_id
    return frame, rows


def _positions(ids: list[str], places: pd.DataFrame, rows: Rows) -> dict[str, list[str]]:
    """Columns lat and lon of places that are named by their ids."""
    faults = [
        rows.fault(i, "id", f"{name!r} is not known, and there are no columns lat and lon",
                   suggestion(name, places.index))
        for i, name in enumerate(ids)
        if name and name not in places.index
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    found = places.reindex(ids)
    return {name: [str(value) for value in found[name]] for name in ("lat", "lon")}


def suggestion(name: str, known: Collection[str]) -> str:
    """The known id that was probably meant."""
    listed = "`siting sites --demand` lists what there is; or give lat and lon"
    return hinted(name, map(str, known), listed)


def _text(column: pd.Series | None, length: int) -> npt.NDArray[np.object_]:
    if column is None:
        return np.full(length, "", dtype=object)
    filled = column.astype(object).where(column.notna(), "")
    return filled.map(str).to_numpy(dtype=object)
