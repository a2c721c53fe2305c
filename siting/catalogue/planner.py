"""Candidates and demand of the planner's own, from a map layer or a table.

A layer (``.gpkg``, ``.geojson``) must say that it is in EPSG:4326; a table (``.csv``) has
columns ``lat`` and ``lon``. What a file does not give stays missing.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from siting.catalogue.geometry import geodesic_circle
from siting.catalogue.model import KINDS, REGIONS, TEXT_ATTRIBUTES, Catalogue
from siting.errors import DataError, Fault

__all__ = ["CATCHMENT_KM", "add_candidates", "add_demand"]

#: Radius of the catchment of a candidate that is given as a point. [km]
CATCHMENT_KM = 25.0

_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{3}")
_PLACE = ("id", "name", "country", "lat", "lon")
_PEOPLE = ("population", "internet_users")


def add_candidates(catalogue: Catalogue, path: Path | str) -> tuple[Catalogue, tuple[str, ...]]:
    """Join the candidates of a file to the catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    path : path
        Columns ``id`` and ``country``, a geometry (polygon: the catchment; point: a circle of
        :data:`CATCHMENT_KM` around it) or ``lat`` and ``lon``; optionally ``name``, ``region``,
        ``kinds`` (comma-joined) and any attribute of the built-in candidates.

    Returns
    -------
    catalogue : Catalogue
        With the new candidates at the end; their values are labelled ``assumed`` and have the
        file's name as source.
    ids : tuple of str
        The new ids, in the order of the file.

    Raises
    ------
    siting.errors.DataError
        With all faults of the file.
    """
    place, table = Path(path), catalogue.candidates
    layer = _read_layer(place)
    attributes = [name for name in table.columns if name not in {*_PLACE, "region", "kinds"}]
    attributes.remove("geometry")
    layer = _with_catchments(layer.assign(**_text(layer, ("region", "kinds"))))
    _raise_if(
        [
            *_place_faults(place.name, layer, table.index),
            *_column_faults(place.name, layer, ("region", "kinds", *attributes)),
            *_kind_faults(place.name, layer),
            *_number_faults(place.name, layer, set(attributes) - TEXT_ATTRIBUTES),
        ]
    )
    layer["kinds"] = layer["kinds"].map(lambda kinds: tuple(kinds.split(",")) if kinds else ())
    layer["region"] = layer["region"].replace("", None)
    added = layer.set_index("id").reindex(columns=table.columns)
    joined = gpd.GeoDataFrame(pd.concat([table, added.astype(table.dtypes, errors="ignore")]))
    provenance = pd.concat([catalogue.provenance, _provenance(layer, attributes, place.name)])
    fresh = dataclasses.replace(
        catalogue,
        candidates=joined.set_crs(4326),
        provenance=provenance.reset_index(drop=True),
        sha256=_joined_hash(catalogue, place),
    )
    return fresh, tuple(layer["id"])


def add_demand(catalogue: Catalogue, path: Path | str) -> tuple[Catalogue, tuple[str, ...]]:
    """Join the demand regions of a file to the catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    path : path
        Columns ``id``, ``country``, a geometry or ``lat`` and ``lon``, and ``population`` or
        ``internet_users`` or both; optionally ``name``.

    Returns
    -------
    catalogue : Catalogue
        With the new regions at the end; they belong to no group.
    ids : tuple of str
        The new ids, in the order of the file.

    Raises
    ------
    siting.errors.DataError
        With all faults of the file.
    """
    place, table = Path(path), catalogue.demand
    layer = pd.DataFrame(_read_layer(place))
    faults = [
        *_place_faults(place.name, layer, table.index),
        *_column_faults(place.name, layer, _PEOPLE),
        *_number_faults(place.name, layer, _PEOPLE, low=0.0),
    ]
    if not set(_PEOPLE) & set(layer.columns):
        remedy = f"Give {' or '.join(_PEOPLE)}"
        faults.append(Fault(place.name, 1, "population", "there are no people", remedy))
    _raise_if(faults)
    added = layer.set_index("id").reindex(columns=table.columns)
    added["groups"] = [()] * len(added)
    if "label" in added:
        added["label"] = "assumed"
    fresh = dataclasses.replace(
        catalogue, demand=pd.concat([table, added]), sha256=_joined_hash(catalogue, place)
    )
    return fresh, tuple(layer["id"])


def _raise_if(faults: Iterable[Fault]) -> None:
    found = sorted(faults, key=lambda fault: (fault.line or 0, fault.key))
    if found:
        raise DataError(found)


def _read_layer(path: Path) -> gpd.GeoDataFrame:
    """Rows with id, name, country, lat, lon and a geometry, in EPSG:4326."""
    layer = _read_table(path) if path.suffix.lower() == ".csv" else _read_map(path)
    absent = [name for name in ("id", "country") if name not in layer.columns]
    has = f"The columns are {', '.join(map(str, layer.columns.drop('geometry')))}"
    _raise_if(Fault(path.name, 1, name, "the column is not there", has) for name in absent)
    return layer.assign(name=layer.get("name", layer["id"]))


def _read_table(path: Path) -> gpd.GeoDataFrame:
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        problem, remedy = f"cannot be read ({error})", "Give a comma-separated table in UTF-8"
        raise DataError([Fault(path.name, None, "", problem, remedy)]) from None
    absent = [name for name in ("lat", "lon") if name not in table.columns]
    remedy = "Give the position in degrees, WGS 84"
    _raise_if(Fault(path.name, 1, name, "the column is not there", remedy) for name in absent)
    _raise_if(_number_faults(path.name, table, ("lat", "lon"), required=True))
    return gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326
    )


def _read_map(path: Path) -> gpd.GeoDataFrame:
    try:
        layer = pyogrio.read_dataframe(path)
    except (OSError, ValueError, RuntimeError) as error:
        remedy = "Give a GeoPackage or GeoJSON layer"
        raise DataError([Fault(path.name, None, "", f"cannot be read ({error})", remedy)]) from None
    if not isinstance(layer, gpd.GeoDataFrame):
        remedy = "Give a layer with a geometry, or a .csv with lat and lon"
        raise DataError([Fault(path.name, None, "geometry", "the layer has none", remedy)])
    if layer.crs is None or layer.crs.to_epsg() != 4326:
        problem = f"the coordinate reference system is {layer.crs or 'missing'}"
        remedy = "Save the layer in EPSG:4326 (WGS 84), with its CRS in the file"
        raise DataError([Fault(path.name, None, "crs", problem, remedy)])
    inside = layer.geometry.representative_point()
    own = {"lat": layer.get("lat", inside.y), "lon": layer.get("lon", inside.x)}
    return layer.assign(**own)


def _text(layer: pd.DataFrame, columns: Iterable[str]) -> dict[str, pd.Series[str]]:
    blank = pd.Series("", index=layer.index)
    return {name: layer.get(name, blank).fillna("").astype(str) for name in columns}


def _with_catchments(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Circles in place of points that lie on the Earth; anything else as it is."""
    point = (layer.geometry.geom_type == "Point").to_numpy()
    possible = (layer["lat"].abs() <= 90.0) & (layer["lon"].abs() <= 180.0)
    shapes = layer.geometry.to_numpy().copy()
    for i in np.flatnonzero(point & possible.to_numpy()):
        shapes[i] = geodesic_circle(shapes[i].x, shapes[i].y, CATCHMENT_KM)
    return layer.set_geometry(shapes, crs=4326)


def _lines(layer: pd.DataFrame) -> Iterator[tuple[int, pd.Series]]:
    """Rows with their line in a table whose first line is the header."""
    for number, (_, row) in enumerate(layer.iterrows(), start=2):
        yield number, row


def _place_faults(where: str, layer: pd.DataFrame, taken: pd.Index[str]) -> list[Fault]:
    """Faults of ids, countries and positions."""
    faults = []
    again = layer["id"].duplicated().to_numpy()
    for line, row in _lines(layer):
        name = str(row["id"])
        if not _ID.fullmatch(name):
            remedy = "Use lower-case letters, digits and _ and begin with a letter"
            faults.append(Fault(where, line, "id", f"{name!r} is not an id", remedy))
        if again[line - 2] or name in taken:
            whose = "twice in the file" if again[line - 2] else "also in the catalogue"
            faults.append(Fault(where, line, "id", f"{name!r} is {whose}", "Use another id"))
        if not _COUNTRY.fullmatch(str(row["country"])):
            problem = f"{row['country']!r} is not a country code"
            faults.append(Fault(where, line, "country", problem, "Use ISO 3166-1 alpha-3: SWE"))
        if not (abs(row["lat"]) <= 90.0 and abs(row["lon"]) <= 180.0):
            problem = f"lat {row['lat']}, lon {row['lon']} is not on the Earth"
            faults.append(Fault(where, line, "lat", problem, "Give degrees: -90..90, -180..180"))
        shape = row["geometry"]
        if shape is None or shape.is_empty or not shapely.is_valid(shape):
            faults.append(Fault(where, line, "geometry", "is not valid", "Repair the polygon"))
    return faults


def _column_faults(where: str, layer: pd.DataFrame, known: Iterable[str]) -> list[Fault]:
    """A fault for each column that nothing would read."""
    names = [*_PLACE, *known]
    faults = []
    for column in layer.columns.drop("geometry"):
        if column not in names:
            close = difflib.get_close_matches(str(column), names, n=2, cutoff=0.6)
            remedy = f"Did you mean {' or '.join(close)}?" if close else "Remove the column"
            faults.append(Fault(where, 1, str(column), "unknown column", remedy))
    return faults


def _kind_faults(where: str, layer: pd.DataFrame) -> list[Fault]:
    faults = []
    for line, row in _lines(layer):
        unknown = sorted(set(filter(None, row["kinds"].split(","))) - KINDS.keys())
        for kind in unknown:
            remedy = f"Known are {', '.join(KINDS)}"
            faults.append(Fault(where, line, "kinds", f"unknown {kind!r}", remedy))
        if row["region"] and row["region"] not in REGIONS:
            remedy = f"Known are {', '.join(sorted(REGIONS))}"
            faults.append(Fault(where, line, "region", f"unknown {row['region']!r}", remedy))
    return faults


def _number_faults(
    where: str,
    layer: pd.DataFrame,
    columns: Iterable[str],
    *,
    low: float = -np.inf,
    required: bool = False,
) -> list[Fault]:
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


def _provenance(layer: pd.DataFrame, attributes: list[str], source: str) -> pd.DataFrame:
    """One row for each value of the file."""
    given = [name for name in attributes if name in layer.columns]
    tidy = layer.melt("id", given, "attribute", "value").dropna(subset=["value"])
    tidy["value"] = tidy["value"].astype(str)
    return tidy.rename(columns={"id": "site"}).assign(label="assumed", source=source)


def _joined_hash(catalogue: Catalogue, path: Path) -> str:
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256(f"{catalogue.sha256}{content}".encode()).hexdigest()
