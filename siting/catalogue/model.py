"""The catalogue: what could be built where, as frozen tables whose numbers all have a source."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, Concatenate, cast

import geopandas as gpd
import pandas as pd

__all__ = [
    "GIVEN",
    "GROUPS",
    "KINDS",
    "LABELS",
    "REGIONS",
    "TABLES",
    "TEXT_ATTRIBUTES",
    "Catalogue",
    "Table",
    "missing_attributes",
    "once_per_catalogue",
]

#: Label of what the planner says of a site.
GIVEN = "given"
#: How a number came about. "assumed" is a default that a planner is expected to change.
LABELS = frozenset({"measured", "derived", "modelled", "assumed", GIVEN})

#: What a candidate is known for; one may be several.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "arctic": "north of 58° N: outside air cools most of the year",
        "subsea": "on a coast where the sea cools",
        "lake": "beside a lake that cools",
        "hydro": "close to much hydropower, southwest China first",
        "hub": "where data centers stand today",
        "edwc": "one of the ten clusters of China's eight hubs",
    }
)

#: Region of a candidate; each has one, and China stands on its own.
REGIONS = frozenset(
    {"africa", "asia_pacific", "china", "europe", "middle_east", "north_america", "south_america"}
)

#: Named groups of demand metros; those of China are in ``asia_pacific`` as well.
GROUPS = REGIONS | {"world"}

#: Attributes that are names of rows in other tables rather than numbers.
TEXT_ATTRIBUTES = frozenset({"basin", "grid_zone", "hydro_zone", "renewable_zone"})


@dataclass(frozen=True)
class Table:
    """Columns and types of one file of the catalogue.

    Parameters
    ----------
    file : str
        File name in the folder.
    index : tuple of str
        Columns whose values together name a row once.
    columns : tuple of str
        Columns that must be there; others are kept as they are.
    """

    file: str
    index: tuple[str, ...]
    columns: tuple[str, ...] = ()
    required: bool = False


_MONTHS = tuple(f"m{month}" for month in range(1, 13))

#: The tables beside ``candidates.geojson``, by their name in :class:`Catalogue`.
TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "provenance": Table(
            "attributes.csv", ("site", "attribute"), ("value", "label", "source"), required=True
        ),
        "demand": Table(
            "demand.csv",
            ("id",),
            ("name", "country", "lat", "lon", "population", "internet_users", "groups"),
            required=True,
        ),
        "grid_zones": Table(
            "grid_zones.csv",
            ("zone",),
            ("name", "carbon_g_per_kwh", "price_usd_per_mwh", "water_l_per_kwh",
             "water_zero_hydro_l_per_kwh", "water_country_l_per_kwh", "hydro_water_l_per_kwh",
             "hydro_share"),
        ),
        "hydro_profiles": Table(
            "hydro_profiles.csv",
            ("zone", "month"),
            ("capacity_factor", "dry_year_factor", "wet_year_factor"),
        ),
        "renewable_profiles": Table(
            "renewable_profiles.csv", ("zone", "technology", "month"), ("capacity_factor",)
        ),
        "water_bodies": Table(
            "water_bodies.csv",
            ("site",),
            ("kind", "name", "intake_depth_m", "intake_distance_km", *_MONTHS,
             "label", "source", "area_km2", "heat_limit_mw", "lat", "lon"),
        ),
        "supply_sources": Table(
            "supply_sources.csv",
            ("source",),
            ("carbon_g_per_kwh", "water_l_per_kwh", "price_usd_per_mwh", "label"),
        ),
    }
)  # fmt: skip
#: What no file of a planner's changes.
_BUILT_IN = ("folder", *(name for name in TABLES if name not in ("provenance", "demand")))


@dataclass(frozen=True)
class Catalogue:
    """Candidates, demand and zones, ready to be selected from.

    Parameters
    ----------
    candidates : geopandas.GeoDataFrame
        Index id; name, country (ISO 3166-1 alpha-3), region, kinds (tuple of str), lat, lon
        [degrees], one column for each attribute, geometry (catchment, EPSG:4326).
        A value that is not known is NaN (None for a zone name).
    provenance : pandas.DataFrame
        One row for each known attribute: site, attribute, value, label, source.
    demand : pandas.DataFrame
        Index id; name, country, lat, lon [degrees], population, internet_users, groups.
    grid_zones, hydro_profiles, renewable_profiles, water_bodies, supply_sources : DataFrame
        As in :data:`TABLES`, indexed by the columns that name a row.
    sources : pandas.DataFrame
        Origin, licence, year, unit, method and label of every column.
    folder : pathlib.Path
        Where the tables were read from.
    sha256 : str
        Hash over the names and contents of all files of the folder.
    notes : tuple of str
        How files of the planner's were read where that is not plain, in words.
    made : dict
        Results of `once_per_catalogue`; a copy with other candidates or other demand shares them.
    """

    candidates: gpd.GeoDataFrame
    provenance: pd.DataFrame
    demand: pd.DataFrame
    grid_zones: pd.DataFrame
    hydro_profiles: pd.DataFrame
    renewable_profiles: pd.DataFrame
    water_bodies: pd.DataFrame
    supply_sources: pd.DataFrame
    sources: pd.DataFrame
    folder: Path
    sha256: str
    notes: tuple[str, ...] = ()
    made: dict[object, tuple[tuple[object, ...], Any]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def hash_with(self, files: Iterable[Path] = (), text: str = "") -> str:
        """SHA-256 of this catalogue with files and a text of the planner's."""
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
        return hashlib.sha256("\0".join([self.sha256, *digests, text]).encode()).hexdigest()


def once_per_catalogue[**P, T](
    make: Callable[Concatenate[Catalogue, P], T],
) -> Callable[Concatenate[Catalogue, P], T]:
    """Read or join something only once for a catalogue, however often it is asked for.

    It may depend on the folder, on the tables that no file of a planner's changes, and on further
    arguments that can be hashed: it is kept for catalogues that differ in candidates or demand
    alone. Each caller gets a copy of its own of a table, which shares memory until it is written
    to; what is no table is for reading only.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def made(catalogue: Catalogue, /, *more: P.args, **named: P.kwargs) -> T:
        read = tuple(getattr(catalogue, part) for part in _BUILT_IN)
        key = (name, more, tuple(sorted(named.items())))
        kept = catalogue.made.get(key)
        if kept is None or any(a is not b for a, b in zip(kept[0], read, strict=True)):
            kept = catalogue.made[key] = read, make(catalogue, *more, **named)
        value = kept[1]
        return cast("T", value.copy(deep=False) if isinstance(value, pd.DataFrame) else value)

    return made


def missing_attributes(
    catalogue: Catalogue, attributes: Iterable[str], sites: Iterable[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Sites that lack attributes that a study needs, with those attributes.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    attributes : iterable of str
        Columns of ``candidates``; one that no candidate has is lacking everywhere.
    sites : iterable of str, optional
        Ids to look at; all by default.

    Returns
    -------
    dict
        Lacking attributes by site, in the order given; a complete site is not in it.
    """
    asked = list(dict.fromkeys(attributes))
    table = catalogue.candidates.reindex(columns=asked)
    table = table if sites is None else table.loc[list(sites)]
    lacking = table.isna().to_numpy()
    return {
        str(site): tuple(name for name, gone in zip(asked, row, strict=True) if gone)
        for site, row in zip(table.index, lacking, strict=True)
        if row.any()
    }
