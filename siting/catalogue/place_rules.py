"""Places that a study names, and rules for places: bounds on what is known of them, layers near."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray
from siting.catalogue import GIVEN, TEXT_ATTRIBUTES, Catalogue
from siting.catalogue.figures import ALLOWED
from siting.catalogue.layers import Layers, inside, open_layers
from siting.catalogue.near_layers import (
    NEARNESS,
    OwnLayer,
    built_in,
    hazards_at,
    layer_faults,
    read_own_layer,
)
from siting.catalogue.rasters import raster_values
from siting.catalogue.selection import country_groups
from siting.config import Study
from siting.config.base import dotted, hinted
from siting.config.candidates import LAYERS, Bounds, Candidates, Near, Range, Raster
from siting.config.cross_checks import absent_names
from siting.errors import DataError, Fault

__all__ = [
    "WHERE_KEYS",
    "Measured",
    "Rule",
    "bounded",
    "broken_by_site",
    "covered",
    "idle_places",
    "measured_at",
    "measured_names",
    "near_name",
    "nearness",
    "unknown_bounds",
    "with_measured",
]


_BEYOND_LAKES = "further than 200 km from any mapped lake"


class Rule:
    """One rule, which places break it, and why in words.

    Parameters
    ----------
    key : str
        Name of the column that says so.
    broken : ndarray of bool, shape (n,)
    words : sequence of str, shape (n,)
        Reason of each place; read only where it is broken.
    """

    def __init__(self, key: str, broken: BoolArray, words: Sequence[str]) -> None:
        self.key, self.broken, self.words = key, broken, words


@dataclass(frozen=True)
class Measured:
    """Values that layers and rasters of the planner's give for places.

    Parameters
    ----------
    values : DataFrame, n rows
        One column a raster, and ``near_..._km`` for each layer. [as the raster; km]
    sources : mapping of str to str
        File of each column, and how it was read.
    notes : tuple of str
        What was repaired in the layers.
    """

    values: pd.DataFrame
    sources: Mapping[str, str]
    notes: tuple[str, ...]


def nearness(layers: Layers, lon: FloatArray, lat: FloatArray) -> pd.DataFrame:
    """Distances to hydro plants and cities, hazards, and the water that a place lies in.

    Columns :data:`NEARNESS`, city, and water: sea, lake or "".
    """
    plant_km = layers.hydro_points.nearest(lon, lat)[1]
    city, city_km = layers.city_points.nearest(lon, lat)
    water = np.where(inside(layers.land_tree, lon, lat) < 0, "sea", "")
    water = np.where(inside(layers.lake_tree, lon, lat) >= 0, "lake", water)
    return pd.DataFrame(
        {
            "hydro_plant_km": np.round(plant_km, 1),
            "city_km": np.round(city_km, 1),
            **hazards_at(layers, lon, lat),
            "city": layers.cities["name"].to_numpy()[city],
            "water": water,
        }
    )


def bounded(name: str, bound: Range, value: FloatArray) -> Iterator[Rule]:
    """Lower and upper bound on a quantity, as rules; an unknown value breaks both."""
    unit = f" {_unit(name)}".rstrip()
    far = name == "lake_km"  # missing means beyond the reach of the map's lakes
    if bound.min is not None:
        low = value < bound.min if far else ~(value >= bound.min)
        words = [_words(name, v, f"below {bound.min:g}{unit}") for v in value]
        yield Rule(f"{name}_min", low, words)
    if bound.max is not None:
        words = [_words(name, v, f"above {bound.max:g}{unit}") for v in value]
        yield Rule(f"{name}_max", ~(value <= bound.max), words)


def _unit(name: str) -> str:
    if name in ALLOWED:
        return ALLOWED[name].unit
    ends = {"_per_yr": "a year", "_m_per_km": "m/km", "_km": "km"}
    return next((unit for end, unit in ends.items() if name.endswith(end)), "")


def _words(name: str, value: float, where: str) -> str:
    if np.isfinite(value):
        return f"{name} {value:g} is {where}"
    return _BEYOND_LAKES if name == "lake_km" else f"{name} is not known"


def measured_at(
    rasters: Mapping[str, Raster],
    near: Sequence[Near],
    layers: Layers,
    places: pd.DataFrame,
    key: str,
) -> Measured:
    """Values of rasters and distances to layers at some places.

    Parameters
    ----------
    rasters : mapping of str to Raster
        By the name that bounds call them.
    near : sequence of Near
        Layers to be near to, or away from.
    places : DataFrame
        With ``lon``, ``lat`` [degrees] and ``geometry``.
    key : str
        Section of the study, for faults, which a `DataError` has of all files together.
    """
    lon, lat = places["lon"].to_numpy(dtype=float), places["lat"].to_numpy(dtype=float)
    values, sources = pd.DataFrame(index=places.index), {}
    faults: list[Fault] = []
    notes: list[str] = []
    for name, raster in rasters.items():
        try:
            shapes = () if raster.take == "point" else list(places["geometry"])
            values[name] = raster_values(
                Path(raster.file), lon, lat, take=raster.take, band=raster.band, shapes=shapes
            )
            where = "at the point" if raster.take == "point" else f"{raster.take} of the catchment"
            sources[name] = f"planner, {Path(raster.file).name}, {where}"
        except DataError as error:
            faults += layer_faults(error, f"{key}.rasters.{name}")
    for i, one in enumerate(near):
        try:
            km, source, said = _distance(one, layers, lon, lat)
            values[near_name(one)] = np.round(km, 3)
            sources[near_name(one)] = source
            notes += said
        except DataError as error:
            faults += layer_faults(error, f"{key}.near[{i}]")
    if faults:
        raise DataError(faults)
    return Measured(values, sources, tuple(notes))


def measured_names(chosen: Candidates) -> list[str]:
    """Columns of a study's own of what was measured of its candidates: rasters, distances."""
    return [*chosen.rasters, *dict.fromkeys(map(near_name, chosen.near))]


def near_name(near: Near) -> str:
    """Column of the distance to a layer."""
    stem = "".join(c if c.isalnum() else "_" for c in Path(near.layer).stem.lower())
    which = [near.sublayer or "", f"{near.min_kv:g}kv" if near.min_kv else ""]
    return "_".join(["near", stem, *filter(None, which), "km"])


def _distance(
    near: Near, layers: Layers, lon: FloatArray, lat: FloatArray
) -> tuple[FloatArray, str, tuple[str, ...]]:
    """Distances [km], origin and notes of a layer."""
    if near.layer in LAYERS:
        known = built_in(layers, near.layer)
        return known.distance_km(lon, lat, near.min_kv or 0.0), known.source, ()
    own: OwnLayer = read_own_layer(Path(near.layer), near.sublayer)
    source = f"planner, {Path(near.layer).name}, geodesic distance"
    return own.distance_km(lon, lat), source, own.notes


def near_rules(near: Sequence[Near], values: pd.DataFrame) -> Iterator[Rule]:
    """Rules of the distances to layers."""
    for one in near:
        name = near_name(one)
        limits = Range(min=one.min_km, max=one.max_km)
        yield from bounded(name, limits, values[name].to_numpy(dtype=float))


_CELLS = ["site", "attribute", "value", "label", "source"]


def with_measured(catalogue: Catalogue, chosen: Candidates, ids: Iterable[str]) -> Catalogue:
    """The catalogue with the hazards of some candidates, and what the study asks beside them.

    These are values of rasters and distances to layers.
    """
    sites = catalogue.candidates.loc[list(ids)]
    layers = open_layers(catalogue.folder)
    found = measured_at(chosen.rasters, chosen.near, layers, sites, "candidates")
    lon, lat = (sites[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    around = pd.DataFrame(hazards_at(layers, lon, lat), index=sites.index)
    asked = [name for name in NEARNESS if name in chosen.bounds.asked() and name not in around]
    if asked:
        around = around.join(nearness(layers, lon, lat).set_axis(sites.index)[asked])
    found = replace(
        found,
        values=found.values.join(around),
        sources={**found.sources, **{str(name): NEARNESS[str(name)] for name in around}},
    )
    cells = [
        (site, name, str(value), GIVEN if name in chosen.rasters else "derived", source)
        for name, source in found.sources.items()
        for site, value in zip(sites.index, found.values[name].tolist(), strict=True)
        if pd.notna(value)
    ]
    table, old = catalogue.candidates, catalogue.provenance
    rows = table.index.get_indexer(sites.index)
    wide = {str(name): np.full(len(table), np.nan) for name in found.values}
    for name, column in wide.items():
        column[rows] = found.values[name]
    kept = old[~old["attribute"].isin(list(found.sources))]
    told = [pd.DataFrame(cells, columns=_CELLS)] if cells else []
    return replace(
        catalogue,
        candidates=table.assign(**wide),
        provenance=pd.concat([kept, *told], ignore_index=True),
        notes=tuple(dict.fromkeys([*catalogue.notes, *found.notes])),
    )


def unknown_bounds(
    bounds: Bounds, known: Iterable[str], key: str, more: Iterable[str] = ()
) -> list[Fault]:
    """A fault for each bound on what nobody knows of a place."""
    allowed = list(dict.fromkeys([*known, *more]))
    faults = []
    for name in bounds.asked():
        if name not in allowed:
            every = f"Allowed are {', '.join(allowed)}, and names of {key}.rasters"
            remedy = hinted(name, allowed, every)
            where = f"{key}.bounds.{name}"
            faults.append(Fault("study", None, where, "is not known of a place", remedy))
    return faults


def broken_by_site(catalogue: Catalogue, chosen: Candidates, ids: Sequence[str]) -> dict[str, str]:
    """Candidates that break a bound or lie too near or too far, and why in words.

    The catalogue is that of :func:`with_measured`. A bound on what is not known of a site is a
    `DataError`.
    """
    bounds = chosen.bounds.asked()
    if not (bounds or chosen.near):
        return {}
    sites = catalogue.candidates.loc[list(ids)]
    numeric = [
        str(c) for c in sites.columns
        if c not in TEXT_ATTRIBUTES and sites[c].dtype.kind in "fiu"
    ]  # fmt: skip
    faults = unknown_bounds(chosen.bounds, numeric, "candidates", NEARNESS)
    if faults:
        raise DataError(faults)
    rules = [
        rule
        for name, bound in bounds.items()
        for rule in bounded(name, bound, sites[name].to_numpy(dtype=float))
    ]
    rules += near_rules(chosen.near, sites)
    return {
        str(site): "; ".join(rule.words[i] for rule in rules if rule.broken[i])
        for i, site in enumerate(sites.index)
        if any(rule.broken[i] for rule in rules)
    }


#: Keys that name places by whatever is known of their sites.
WHERE_KEYS = (
    "supply.clean[].where", "heat_reuse.where", "connections.steps[].where",
    "generation.units[].where", "generation.island", "first_power[].where",
)  # fmt: skip


def covered(
    candidates: pd.DataFrame, names: Collection[str], key: str, known: pd.DataFrame | None = None
) -> BoolArray:
    """Candidates, shape (n,), that some names mean: ids, countries, grid zones, regions or kinds.

    Parameters
    ----------
    names : collection of str
        Empty for all candidates. One that means none is a `DataError`.
    key : str
        Key of the study that the names stand in, for a fault.
    known : pandas.DataFrame, optional
        Candidates among which a name must mean some; those themselves by default.
    """
    if not names:
        return np.ones(len(candidates), dtype=bool)
    every = candidates if known is None else known
    strange = [name for name in names if not _meant(every, name).any()]
    if strange:
        remedy = "Name sites, countries (three letters), grid zones, regions or kinds"
        raise DataError(
            Fault("study", None, key, f"{name!r} means no candidate", remedy) for name in strange
        )
    return np.any([_meant(candidates, name) for name in names], axis=0)


def _meant(candidates: pd.DataFrame, name: str) -> BoolArray:
    found = np.asarray(candidates.index == name)
    for column in ("country", "grid_zone", "region"):
        if column in candidates:
            found = found | (candidates[column].astype(str) == name).to_numpy()
    kinds = candidates["kinds"].map(lambda own: name in own).to_numpy(dtype=bool)
    return np.asarray(found | kinds)


def idle_places(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> list[str]:
    """Names of known places at which no candidate competes, a sentence for each key.

    Parameters
    ----------
    sites : pandas.DataFrame
        The S candidates that compete.
    """
    ids, zones = set(sites.index), set(sites["grid_zone"])
    countries, kinds = set(sites["country"]), set().union(*sites["kinds"])
    groups = {name for name, own in country_groups(catalogue).items() if countries & set(own)}
    here = {
        "caps[].sites": ids, "caps[].country": countries, "caps[].grid_zone": zones,
        "caps[].group": groups, "caps[].kind": kinds,
        **dict.fromkeys(WHERE_KEYS, ids | countries | zones | set(sites["region"]) | kinds),
    }  # fmt: skip
    idle: dict[str, list[str]] = {}
    for place, name, _ in absent_names(study.to_mapping(), here):
        key = place[:-1] if isinstance(place[-1], int) else place
        idle.setdefault(dotted(key), []).append(name)
    own = [site for site in study.sites.overrides if site not in ids]
    idle |= {"sites.overrides": own} if own else {}
    return [
        f"{key}: no candidate of this study is at {', '.join(names)}, where it has no effect. "
        "Add candidates there, or leave the name out"
        for key, names in idle.items()
    ]
