"""Candidates and demand of the planner's own, from a map layer or a table.

Places may be points or polygons. What the file does not say is joined from the built-in layers
(:mod:`siting.catalogue.point_attributes`); what it says wins, attributes and the planner's own
figures (:mod:`siting.catalogue.figures`) alike. Every cell keeps its label and source.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.catalogue import GIVEN, KINDS, LABELS, REGIONS, TEXT_ATTRIBUTES, Catalogue
from siting.catalogue.figures import (
    FIGURES,
    TEXT_FIGURES,
    figure_columns,
    figure_of,
    number_faults,
    numbers,
    texts,
)
from siting.catalogue.given_figures import figure_faults, named_files, with_file_places
from siting.catalogue.layers import Layers, open_layers
from siting.catalogue.planner_files import BY_ID, PLAIN, REPAIR, Reading, read_layer
from siting.catalogue.point_attributes import JOINED, Joined, attributes_at, country_at
from siting.catalogue.read_tables import Rows
from siting.catalogue.weather_files import read_station
from siting.config.base import closest, did_you_mean
from siting.errors import DataError, Fault
from siting.geo import distance_km, geodesic_circle

__all__ = ["CATCHMENT_KM", "URALS_LON", "add_candidates", "add_demand", "region_at", "repairs"]

#: Radius of the catchment of a candidate that is given as a point. [km]
CATCHMENT_KM = 25.0

#: A weather station farther than this from its site is worth a word. [km]
_FAR_WEATHER_KM = 100.0
_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{3}")
_PLACE = ("id", "name", "country", "lat", "lon")
_PEOPLE = ("population", "internet_users", "weight")
_POSITION = "position"
_CHANGE = "change the built-in one by sites.overrides of the study"
_TEXTS = TEXT_ATTRIBUTES | TEXT_FIGURES
#: Russia east of this meridian is asia_pacific. [degrees]
URALS_LON = 60.0


def add_candidates(
    catalogue: Catalogue, path: Path | str, reading: Reading = PLAIN
) -> tuple[Catalogue, tuple[str, ...]]:
    """Join the candidates of a file to the catalogue, at its end, and return their ids beside it.

    The file's values are labelled ``given`` with the planner and the file's name as source, unless
    it says otherwise; what it leaves open comes from the built-in layers with the labels and
    sources of those. A `DataError` has all faults of the file.

    Parameters
    ----------
    path : path
        Column ``id``, a geometry (polygon: the catchment; point: a circle of
        :data:`CATCHMENT_KM` around it) or ``lat`` and ``lon``; optionally ``name``, ``country``,
        ``region``, ``kinds`` (comma-joined), any attribute of the built-in candidates and any
        figure of :data:`siting.catalogue.figures.FIGURES`, and beside each its ``_label`` and
        ``_source``.
    reading : Reading
        Layer or sheet of the file, and its columns of ids and names.
    """
    place, table = Path(path), catalogue.candidates
    layers = open_layers(catalogue.folder)
    attributes = [name for name in table.columns if name not in {*_PLACE, "region", "kinds"}]
    attributes = [n for n in attributes if n != "geometry" and not figure_of(n)]
    attributes = list(dict.fromkeys([*attributes, *JOINED]))
    known = [*_PLACE, "region", "kinds", *attributes, *figure_columns()]
    layer, rows, faults = read_layer(place, layers, reading, known)
    figures = [name for name in figure_columns() if name in layer.columns]
    layer = with_file_places(layer.assign(**_text(layer, ("region", "kinds"))), place.parent)
    _raise_if(
        [
            *faults,
            *_place_faults(rows, layer, table.index),
            *_column_faults(rows, layer, ("region", "kinds"), attributes),
            *_kind_faults(rows, layer),
            *_label_faults(rows, layer, [*attributes, *figures]),
            *number_faults(rows, layer, {*attributes, *figures} - _TEXTS),
            *figure_faults(layer[figures], rows.fault),
        ]
    )
    layer = _with_place(layer, layers)
    attributes = list(dict.fromkeys([*attributes, *figures]))
    filled, cells = _filled(layer, attributes, layers, f"planner, {place.name}")
    added = filled.set_index("id").reindex(columns=list(dict.fromkeys([*table.columns, *figures])))
    kinds = {name: kind for name, kind in table.dtypes.items() if name in added}
    joined = gpd.GeoDataFrame(pd.concat([table, added.astype(kinds, errors="ignore")]))
    provenance = pd.concat([catalogue.provenance, cells, _repair_cells(layer, place.name)])
    fresh = dataclasses.replace(
        catalogue,
        candidates=joined.set_crs(4326),
        provenance=provenance.reset_index(drop=True),
        notes=(*catalogue.notes, *rows.notes, *_far_weather(layer)),
        sha256=catalogue.hash_with([place, *named_files(layer)], repr(reading)),
    )
    return fresh, tuple(layer["id"])


def _far_weather(layer: pd.DataFrame) -> Iterator[str]:
    """Weather files of stations that lie far from their sites, in words."""
    for site, path, lat, lon in zip(
        layer["id"], texts(layer, "weather_file"), layer["lat"], layer["lon"], strict=True
    ):
        if path:
            station = read_station(path)
            km = float(distance_km(lon, lat, station.longitude, station.latitude))
            if km > _FAR_WEATHER_KM:
                yield f"{site}: the station of {Path(path).name} lies {km:,.0f} km from the site"


def repairs(catalogue: Catalogue, sites: Iterable[str]) -> dict[str, str]:
    """Repairs of the planner's places in words, by site."""
    table = catalogue.provenance
    own = table[(table["attribute"] == _POSITION) & table["site"].isin(list(sites))]
    return {str(site): str(source) for site, source in zip(own["site"], own["source"], strict=True)}


def region_at(layers: Layers, country: pd.Series, lon: pd.Series) -> pd.Series:
    """Region of places by their country; Russia east of 60° E is asia_pacific."""
    region = country.map(layers.codes["region"])
    return region.mask((country == "RUS") & (lon > URALS_LON), "asia_pacific")


def add_demand(
    catalogue: Catalogue, path: Path | str, reading: Reading = PLAIN
) -> tuple[Catalogue, tuple[str, ...]]:
    """Join the demand regions of a file to the catalogue, and return their ids beside it.

    They belong to no group. A `DataError` has all faults of the file.

    Parameters
    ----------
    path : path
        Columns ``id``, a geometry or ``lat`` and ``lon``, and ``population``,
        ``internet_users`` or ``weight``; optionally ``name`` and ``country``. A table without
        positions names built-in metros by their ids.
    """
    place, table = Path(path), catalogue.demand
    layers = open_layers(catalogue.folder)
    columns = (*_PLACE, *_PEOPLE)
    read, rows, faults = read_layer(place, layers, reading, columns, table)
    named = [site for site in read["id"] if read.attrs.get(BY_ID) and site in table.index]
    faults += [
        *_place_faults(rows, read, table.index.difference(named)),
        *_column_faults(rows, read, _PEOPLE),
        *number_faults(rows, read, _PEOPLE),
    ]
    if not set(_PEOPLE) & set(read.columns):
        remedy = f"Give {' or '.join(_PEOPLE)}"
        faults.append(rows.of_column("population", "there are no people", remedy))
    else:
        faults += _empty_faults(rows, read)
    _raise_if(faults)
    layer = pd.DataFrame(_with_place(read, layers))
    layer = layer.assign(**{name: numbers(layer[name]) for name in _PEOPLE if name in layer})
    wide = list(dict.fromkeys([*table.columns, *(n for n in _PEOPLE if n in layer)]))
    added = layer.set_index("id").reindex(columns=wide)
    for name in ("name", "country", *_PEOPLE[:2]):
        given = added[name].replace("", np.nan) if name in ("name", "country") else added[name]
        added[name] = given.where(given.notna(), table[name].reindex(added.index))
    added["groups"] = [()] * len(added)
    if "label" in added:
        added["label"] = GIVEN
    fresh = dataclasses.replace(
        catalogue,
        demand=pd.concat([table.drop(index=named), added]),
        notes=(*catalogue.notes, *rows.notes),
        sha256=catalogue.hash_with([place], repr(reading)),
    )
    return fresh, tuple(layer["id"])


def _raise_if(faults: Iterable[Fault]) -> None:
    found = sorted(faults, key=lambda fault: (fault.line or 0, fault.key if fault.line else ""))
    if found:
        raise DataError(found)


def _text(layer: pd.DataFrame, columns: Iterable[str]) -> dict[str, pd.Series[str]]:
    blank = pd.Series("", index=layer.index)
    return {name: layer.get(name, blank).fillna("").astype(str) for name in columns}


def _with_place(layer: gpd.GeoDataFrame, layers: Layers) -> gpd.GeoDataFrame:
    """Catchments in place of points, and the country and region of the position where open."""
    shapes = layer.geometry.to_numpy().copy()
    for i in np.flatnonzero((layer.geometry.geom_type == "Point").to_numpy()):
        shapes[i] = geodesic_circle(shapes[i].x, shapes[i].y, CATCHMENT_KM)
    own = country_at(layers, layer["lon"].to_numpy(float), layer["lat"].to_numpy(float))
    layer = layer.set_geometry(shapes, crs=4326)
    layer["country"] = layer["country"].where(layer["country"] != "", own)
    if "region" in layer.columns:
        known = region_at(layers, layer["country"], layer["lon"])
        layer["region"] = layer["region"].where(layer["region"] != "", known)
        layer["region"] = layer["region"].where(layer["region"].notna(), None)
    if "kinds" in layer.columns:
        layer["kinds"] = layer["kinds"].map(lambda text: tuple(text.split(",")) if text else ())
    return layer


def _filled(
    layer: gpd.GeoDataFrame, attributes: list[str], layers: Layers, source: str
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The layer with every attribute that is known, and a row of provenance for each cell."""
    joined = attributes_at(layers, layer["lon"], layer["lat"], layer["country"])
    plain, columns, cells = pd.DataFrame(layer), {}, []
    for name in attributes:
        own = _cells(plain, name, np.nan)
        given = pd.notna(own)
        value, label, origin = _joined_column(joined, name, len(plain))
        column = pd.Series(np.where(given, own, value), plain.index, dtype=object)
        columns[name] = column if name in _TEXTS else numbers(column)
        known = columns[name].notna().to_numpy()
        labels = np.where(given, _cells(plain, f"{name}_label", GIVEN), label)
        sources = np.where(given, _cells(plain, f"{name}_source", source), origin)
        values = columns[name].astype(object).to_numpy()
        cells.append([part[known] for part in (values, labels, sources)])
        cells[-1] += [plain["id"].to_numpy(object)[known], np.full(known.sum(), name, object)]
    value, label, origin, site, attribute = (
        np.concatenate(parts) for parts in zip(*cells, strict=True)
    )
    tidy = pd.DataFrame(
        {
            "site": pd.Series(site, dtype=plain["id"].dtype),
            "attribute": pd.Series(attribute, dtype=str),
            "value": pd.Series(value, dtype=object).astype(str),
            "label": pd.Series(label, dtype=object),
            "source": pd.Series(origin, dtype=object),
        }
    )
    return layer.assign(**columns), tidy


def _joined_column(joined: Joined, name: str, count: int) -> tuple[NDArray[np.object_], ...]:
    """Value, label and source of an attribute; of one that no layer gives, all missing."""
    tables = (joined.values, joined.labels, joined.sources)
    if name not in joined.values.columns:
        return (np.full(count, np.nan, dtype=object),) * len(tables)
    return tuple(table[name].to_numpy(object) for table in tables)


def _cells(layer: pd.DataFrame, column: str, otherwise: object) -> NDArray[np.object_]:
    """Cells of a column, with something else where they are empty or it is not there."""
    if column not in layer.columns:
        return np.full(len(layer), otherwise, dtype=object)
    own = layer[column].to_numpy(object)
    return np.where(pd.notna(own), own, np.full(len(own), otherwise, dtype=object))


def _repair_cells(layer: pd.DataFrame, source: str) -> pd.DataFrame:
    """One row of provenance for each place that was repaired."""
    mended = layer[layer[REPAIR] != ""]
    where = [f"{lat:g}, {lon:g}" for lat, lon in zip(mended["lat"], mended["lon"], strict=True)]
    return pd.DataFrame(
        {
            "site": mended["id"],
            "attribute": _POSITION,
            "value": where,
            "label": "derived",
            "source": f"{source}, repaired: " + mended[REPAIR],
        }
    )


def _place_faults(rows: Rows, layer: pd.DataFrame, taken: pd.Index[str]) -> list[Fault]:
    """Faults of ids and countries."""
    faults = []
    again, known = layer["id"].duplicated().to_numpy(), set(taken)
    for i, (name, country) in enumerate(zip(layer["id"], layer["country"], strict=True)):
        if name and not _ID.fullmatch(name):
            remedy = (
                "Use lower-case letters, digits and _ and begin with a letter, or name the column "
                "by id_column, which makes ids of any text"
            )
            faults.append(rows.fault(i, "id", f"{name!r} is not an id", remedy))
        if name and (again[i] or name in known):
            whose = "twice in the file" if again[i] else "also in the catalogue"
            remedy = "Use another id" if again[i] else f"Use another id, or {_CHANGE}"
            faults.append(rows.fault(i, "id", f"{name!r} is {whose}", remedy))
        if country and not _COUNTRY.fullmatch(country):
            problem = f"{country!r} is not a country code"
            faults.append(rows.fault(i, "country", problem, "Use ISO 3166-1 alpha-3: SWE"))
    return faults


def _empty_faults(rows: Rows, regions: pd.DataFrame) -> list[Fault]:
    """Regions without people in any column."""
    given = [name for name in _PEOPLE if name in regions]
    empty = np.flatnonzero(regions[given].isna().all(axis=1).to_numpy()).tolist()
    remedy = "Give a number, 0 where nobody is to be served"
    return [rows.fault(i, given[0], "is empty", remedy) for i in empty]


def _column_faults(
    rows: Rows, layer: pd.DataFrame, known: Iterable[str], attributes: Iterable[str] = ()
) -> list[Fault]:
    """A fault for each column that nothing would read; the first lists those that are read."""
    plain = [*_PLACE, *known]
    figures = figure_columns() if attributes else {}
    sourced = [*attributes, *figures]
    names = [*plain, *sourced, *(name + end for name in sourced for end in ("_label", "_source"))]
    strange = [str(c) for c in layer.columns.drop(["geometry", REPAIR]) if c not in names]
    faults = []
    for i, column in enumerate(strange):
        close = closest(column, names)
        remedy = did_you_mean(column, close) if close else "Remove the column"
        if not i:
            remedy += f"{'' if close else '.'} {_allowed_columns(plain, attributes)}"
        faults.append(rows.of_column(column, "unknown column", remedy))
    return faults


def _allowed_columns(plain: Iterable[str], attributes: Iterable[str]) -> str:
    """Columns of a file in words."""
    own = [name + _VARIES[figure.varies] for name, figure in FIGURES.items()] if attributes else []
    text = f"Allowed are {', '.join([*plain, *attributes, *own])}"
    if not attributes:
        return text
    return f"{text}; beside each number its _label and _source (docs/sites.md)"


#: How the allowed columns say by what a figure may vary.
_VARIES = {"": "", "month": " (or _m1 to _m12)", "design": " (or _ and a design)"}


def _kind_faults(rows: Rows, layer: pd.DataFrame) -> list[Fault]:
    faults = []
    for i, (kinds, region) in enumerate(zip(layer["kinds"], layer["region"], strict=True)):
        for kind in sorted(set(filter(None, kinds.split(","))) - KINDS.keys()):
            remedy = f"Known are {', '.join(KINDS)}"
            faults.append(rows.fault(i, "kinds", f"unknown {kind!r}", remedy))
        if region and region not in REGIONS:
            remedy = f"Known are {', '.join(sorted(REGIONS))}"
            faults.append(rows.fault(i, "region", f"unknown {region!r}", remedy))
    return faults


def _label_faults(rows: Rows, layer: pd.DataFrame, attributes: list[str]) -> list[Fault]:
    """Labels must be those of the catalogue."""
    remedy = f"Known are {', '.join(sorted(LABELS))}"
    return [
        rows.fault(i, column, f"unknown {value!r}", remedy)
        for column in (f"{name}_label" for name in attributes)
        if column in layer.columns
        for i, value in enumerate(layer[column])
        if pd.notna(value) and value not in LABELS
    ]
