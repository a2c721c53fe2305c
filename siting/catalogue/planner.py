"""Candidates and demand of the planner's own, from a map layer or a table.

Places may be points or polygons. What the file does not say is joined from the built-in layers
(:mod:`siting.catalogue.anywhere`); what it says wins. Every cell keeps its label and source.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.catalogue.anywhere import JOINED, Joined, attributes_at, country_at
from siting.catalogue.geometry import geodesic_circle
from siting.catalogue.layers import Layers, open_layers
from siting.catalogue.model import KINDS, LABELS, REGIONS, TEXT_ATTRIBUTES, Catalogue
from siting.catalogue.planner_files import REPAIR, read_layer
from siting.catalogue.ranges import number_faults, numbers
from siting.catalogue.rows import Rows
from siting.errors import DataError, Fault

__all__ = ["CATCHMENT_KM", "add_candidates", "add_demand", "region_at", "repairs"]

#: Radius of the catchment of a candidate that is given as a point. [km]
CATCHMENT_KM = 25.0

_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{3}")
_PLACE = ("id", "name", "country", "lat", "lon")
_PEOPLE = ("population", "internet_users")
_POSITION = "position"
_URALS_LON = 60.0


def add_candidates(catalogue: Catalogue, path: Path | str) -> tuple[Catalogue, tuple[str, ...]]:
    """Join the candidates of a file to the catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    path : path
        Column ``id``, a geometry (polygon: the catchment; point: a circle of
        :data:`CATCHMENT_KM` around it) or ``lat`` and ``lon``; optionally ``name``, ``country``,
        ``region``, ``kinds`` (comma-joined), any attribute of the built-in candidates, and
        beside each its ``_label`` and ``_source``.

    Returns
    -------
    catalogue : Catalogue
        With the new candidates at the end. The file's values are labelled ``assumed`` with the
        file's name as source, unless it says otherwise; attributes that it leaves open come from
        the built-in layers with the labels and sources of those.
    ids : tuple of str
        The new ids, in the order of the file.

    Raises
    ------
    siting.errors.DataError
        With all faults of the file.
    """
    place, table = Path(path), catalogue.candidates
    layers = open_layers(catalogue.folder)
    layer, rows, faults = read_layer(place, layers)
    attributes = [name for name in table.columns if name not in {*_PLACE, "region", "kinds"}]
    attributes.remove("geometry")
    attributes = list(dict.fromkeys([*attributes, *JOINED]))
    layer = layer.assign(**_text(layer, ("region", "kinds")))
    _raise_if(
        [
            *faults,
            *_place_faults(rows, layer, table.index),
            *_column_faults(rows, layer, ("region", "kinds", *_with_origins(attributes))),
            *_kind_faults(rows, layer),
            *_label_faults(rows, layer, attributes),
            *number_faults(rows, layer, set(attributes) - TEXT_ATTRIBUTES),
        ]
    )
    layer = _with_place(layer, layers)
    filled, cells = _filled(layer, attributes, layers, place.name)
    added = filled.set_index("id").reindex(columns=table.columns)
    joined = gpd.GeoDataFrame(pd.concat([table, added.astype(table.dtypes, errors="ignore")]))
    provenance = pd.concat([catalogue.provenance, cells, _repair_cells(layer, place.name)])
    fresh = dataclasses.replace(
        catalogue,
        candidates=joined.set_crs(4326),
        provenance=provenance.reset_index(drop=True),
        sha256=_joined_hash(catalogue, place),
    )
    return fresh, tuple(layer["id"])


def repairs(catalogue: Catalogue, sites: Iterable[str]) -> dict[str, str]:
    """What was repaired in the planner's places, in words, by site."""
    table = catalogue.provenance
    own = table[(table["attribute"] == _POSITION) & table["site"].isin(list(sites))]
    return {str(site): str(source) for site, source in zip(own["site"], own["source"], strict=True)}


def region_at(layers: Layers, country: pd.Series, lon: pd.Series) -> pd.Series:
    """Region of places by their country; Russia east of 60° E is asia_pacific."""
    region = country.map(layers.codes["region"])
    return region.mask((country == "RUS") & (lon > _URALS_LON), "asia_pacific")


def add_demand(catalogue: Catalogue, path: Path | str) -> tuple[Catalogue, tuple[str, ...]]:
    """Join the demand regions of a file to the catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    path : path
        Columns ``id``, a geometry or ``lat`` and ``lon``, and ``population`` or
        ``internet_users`` or both; optionally ``name`` and ``country``.

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
    layers = open_layers(catalogue.folder)
    read, rows, faults = read_layer(place, layers)
    faults += [
        *_place_faults(rows, read, table.index),
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
    added = layer.set_index("id").reindex(columns=table.columns)
    added["groups"] = [()] * len(added)
    if "label" in added:
        added["label"] = "assumed"
    fresh = dataclasses.replace(
        catalogue, demand=pd.concat([table, added]), sha256=_joined_hash(catalogue, place)
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
    filled, cells = layer.copy(), []
    for name in attributes:
        own = layer[name] if name in layer.columns else pd.Series(np.nan, layer.index, dtype=object)
        given = own.notna()
        value, label, origin = _joined_column(joined, name, layer.index)
        filled[name] = own.astype(object).where(given, value)
        if name not in TEXT_ATTRIBUTES:
            filled[name] = numbers(filled[name])
        cells.append(
            pd.DataFrame(
                {
                    "site": layer["id"],
                    "attribute": name,
                    "value": filled[name],
                    "label": _own_origin(layer, f"{name}_label", "assumed").where(given, label),
                    "source": _own_origin(layer, f"{name}_source", source).where(given, origin),
                }
            ).dropna(subset=["value"])
        )
    tidy = pd.concat([part.astype({"value": object}) for part in cells], ignore_index=True)
    tidy["value"] = tidy["value"].astype(str)
    return filled, tidy


def _joined_column(joined: Joined, name: str, index: pd.Index) -> tuple[pd.Series, ...]:
    """Value, label and source of an attribute; of one that no layer gives, all missing."""
    if name not in joined.values.columns:
        blank = pd.Series(np.nan, index, dtype=object)
        return blank, blank, blank
    tables = (joined.values, joined.labels, joined.sources)
    return tuple(table[name].astype(object).set_axis(index) for table in tables)


def _own_origin(layer: pd.DataFrame, column: str, otherwise: str) -> pd.Series:
    if column not in layer.columns:
        return pd.Series(otherwise, layer.index, dtype=object)
    return layer[column].astype(object).where(layer[column].notna(), otherwise)


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


def _with_origins(attributes: list[str]) -> list[str]:
    return [name + end for name in attributes for end in ("", "_label", "_source")]


def _place_faults(rows: Rows, layer: pd.DataFrame, taken: pd.Index[str]) -> list[Fault]:
    """Faults of ids and countries."""
    faults = []
    again, known = layer["id"].duplicated().to_numpy(), set(taken)
    for i, (name, country) in enumerate(zip(layer["id"], layer["country"], strict=True)):
        if name and not _ID.fullmatch(name):
            remedy = "Use lower-case letters, digits and _ and begin with a letter"
            faults.append(rows.fault(i, "id", f"{name!r} is not an id", remedy))
        if name and (again[i] or name in known):
            whose = "twice in the file" if again[i] else "also in the catalogue"
            faults.append(rows.fault(i, "id", f"{name!r} is {whose}", "Use another id"))
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


def _column_faults(rows: Rows, layer: pd.DataFrame, known: Iterable[str]) -> list[Fault]:
    """A fault for each column that nothing would read."""
    names = [*_PLACE, *known]
    faults = []
    for column in layer.columns.drop(["geometry", REPAIR]):
        if column not in names:
            close = difflib.get_close_matches(str(column), names, n=2, cutoff=0.6)
            remedy = f"Did you mean {' or '.join(close)}?" if close else "Remove the column"
            faults.append(rows.of_column(str(column), "unknown column", remedy))
    return faults


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


def _joined_hash(catalogue: Catalogue, path: Path) -> str:
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256(f"{catalogue.sha256}{content}".encode()).hexdigest()
