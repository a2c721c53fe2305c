"""Selection of candidates and demand metros by name, by group of countries and by law.

A region is what its name means to a planner, not the whole of a continent: ``europe`` is without
Russia, Turkey and the Caucasus, ``north_america`` is Canada, Mexico and the United States. What a
region leaves out is asked for by its country. Sanctions and export rules are the planner's to
state, by ``exclude_countries``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import BoolArray
from siting.catalogue import GROUPS, KINDS, REGIONS, Catalogue, once_per_catalogue
from siting.errors import DataError, Fault
from siting.files import read_folder_table
from siting.geo import distance_km

__all__ = [
    "COUNTRY_GROUPS",
    "LEFT_OUT",
    "MARKETS",
    "NAMES",
    "countries_in",
    "country_groups",
    "group_of_country",
    "laws_in_force",
    "listed_places",
    "missing_attributes",
    "places_in",
    "policy_table",
    "select_candidates",
    "select_demand",
    "selectors_of",
    "sites_of",
]


_EU = (
    "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT "
    "ROU SVK SVN SWE"
)
_EUROPE_IN_NATO = (
    "ALB BEL BGR CZE DEU DNK ESP EST FIN FRA GBR GRC HRV HUN ISL ITA LTU LUX LVA MKD MNE NLD NOR "
    "POL PRT ROU SVK SVN SWE TUR"
)
_OECD = (
    "AUS AUT BEL CAN CHE CHL COL CRI CZE DEU DNK ESP EST FIN FRA GBR GRC HUN IRL ISL ISR ITA JPN "
    "KOR LTU LUX LVA MEX NLD NOR NZL POL PRT SVK SVN SWE TUR USA"
)

#: Members of each group, ISO 3166-1 alpha-3: states parties as their treaty organisations list
#: them, of 2024 (European Union; European Economic Area, EFTA; NATO with Sweden; OECD).
COUNTRY_GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "eu": frozenset(_EU.split()),
        "eea": frozenset(_EU.split()) | {"ISL", "LIE", "NOR"},
        "nato": frozenset(_EUROPE_IN_NATO.split()) | {"CAN", "USA"},
        "oecd": frozenset(_OECD.split()),
        "usa": frozenset({"USA"}),
        "north_america": frozenset({"CAN", "MEX", "USA"}),
    }
)
#: Countries that the rest of a region is meant without, though the catalogue puts them there.
LEFT_OUT: Mapping[str, frozenset[str]] = MappingProxyType(
    {"europe": frozenset({"RUS", "TUR", "ARM", "AZE", "GEO"})}
)
#: Electricity markets of North America, by the grid zones that they run.
MARKETS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "pjm": frozenset({"US-MIDA-PJM"}),
        "ercot": frozenset({"US-TEX-ERCO"}),
        "miso": frozenset({"US-MIDW-MISO"}),
        "spp": frozenset({"US-CENT-SWPP"}),
        "caiso": frozenset({"US-CAL-CISO"}),
        "nyiso": frozenset({"US-NY-NYIS"}),
        "isone": frozenset({"US-NE-ISNE"}),
        "ieso": frozenset({"CA-ON"}),
        "aeso": frozenset({"CA-AB"}),
    }
)
#: Every name that ``candidates.region`` may give.
NAMES = REGIONS | COUNTRY_GROUPS.keys() | MARKETS.keys()


def places_in(places: pd.DataFrame, names: Iterable[str]) -> NDArray[np.bool_]:
    """Places, shape (n,), in any of some regions, groups of countries, markets or grid zones.

    They have ``country`` and ``region``, and ``grid_zone`` where a market is asked for; names are
    those of :data:`NAMES`, or grid zones.
    """
    inside = np.zeros(len(places), dtype=bool)
    for name in names:
        if name in COUNTRY_GROUPS:
            inside |= places["country"].isin(COUNTRY_GROUPS[name]).to_numpy()
        elif name in MARKETS:
            inside |= places["grid_zone"].isin(MARKETS[name]).to_numpy()
        elif name not in REGIONS:
            inside |= places["grid_zone"].eq(name).to_numpy()
        else:
            outside = places["country"].isin(LEFT_OUT.get(name, frozenset()))
            inside |= (places["region"].eq(name) & ~outside).to_numpy()
    return inside


def countries_in(regions: pd.Series, names: Iterable[str]) -> frozenset[str]:
    """Countries of some regions and groups of :data:`NAMES`; markets hold no whole country.

    ``regions`` is the region of each country, indexed by ISO code.
    """
    table = pd.DataFrame({"country": regions.index, "region": regions.to_numpy()})
    whole = [name for name in names if name not in MARKETS]
    return frozenset(table.loc[places_in(table, whole), "country"])


def select_candidates(
    catalogue: Catalogue,
    *,
    kinds: Iterable[str] | None = None,
    sites: Iterable[str] | None = None,
    region: str | Iterable[str] | None = None,
    countries: Iterable[str] = (),
    exclude: Iterable[str] = (),
    exclude_countries: Iterable[str] = (),
) -> tuple[str, ...]:
    """Ids of the candidates that may compete, in the catalogue's order.

    ``sites`` are taken as they are. ``kinds`` (any of them) narrow the rest, and so do ``region``
    and ``countries`` together; without any of these every candidate is taken. ``exclude`` and
    ``exclude_countries`` come last. A `DataError` has every unknown name, with the closest known.
    """
    table = catalogue.candidates
    regions = [region] if isinstance(region, str) else list(region or ())
    zones = sorted(table["grid_zone"].dropna().unique())
    codes = _codes(catalogue) if countries or exclude_countries else set()
    asked = {
        "candidates.kinds": (list(kinds or ()), KINDS),
        "candidates.region": (regions, [*NAMES, *zones]),
        "candidates.countries": (list(countries), codes),
        "candidates.exclude_countries": (list(exclude_countries), codes),
        "candidates.sites": (list(sites or ()), table.index),
        "candidates.exclude": (list(exclude), table.index),
    }
    _check(asked)
    wanted_kinds, wanted_sites, barred = (
        set(asked[f"candidates.{key}"][0]) for key in ("kinds", "sites", "exclude")
    )
    lands = list(countries)
    narrows = bool(wanted_kinds or regions or lands or not wanted_sites)
    narrowed = pd.Series(narrows, index=table.index)
    if wanted_kinds:
        narrowed &= table["kinds"].map(lambda own: not wanted_kinds.isdisjoint(own))
    if regions or lands:
        narrowed &= places_in(table, regions) | table["country"].isin(lands)
    chosen = (narrowed | table.index.isin(list(wanted_sites))) & ~table.index.isin(list(barred))
    chosen &= ~table["country"].isin(list(exclude_countries))
    return tuple(str(site) for site in table.index[chosen])


def _codes(catalogue: Catalogue) -> set[str]:
    """ISO codes of the countries of the Earth, as far as the catalogue has them."""
    return {*_listed(catalogue), *catalogue.candidates["country"].tolist()}


@once_per_catalogue
def _listed(catalogue: Catalogue) -> frozenset[str]:
    """ISO codes of the table of countries."""
    path = catalogue.folder / "countries.csv"
    return frozenset(read_folder_table(path)["country"] if path.is_file() else ())


def select_demand(catalogue: Catalogue, regions: str | Iterable[str]) -> tuple[str, ...]:
    """Ids of the metros of the named groups, and of the metros named themselves, mixed.

    Groups are ``europe``, ``world`` …, and groups of countries such as ``eu``. A `DataError` has
    every unknown name, with the closest known.
    """
    asked = [regions] if isinstance(regions, str) else list(regions)
    table = catalogue.demand
    _check({"demand.regions": (asked, [*GROUPS, *COUNTRY_GROUPS, *table.index])})
    wanted = set(asked)
    chosen = table["groups"].map(lambda own: not wanted.isdisjoint(own))
    chosen |= table.index.isin(list(wanted))
    for name in (wanted & COUNTRY_GROUPS.keys()) - GROUPS:
        chosen |= table["country"].isin(COUNTRY_GROUPS[name])
    return tuple(str(metro) for metro in table.index[chosen])


def listed_places(
    catalogue: Catalogue,
    ids: Iterable[str],
    *,
    kind: Iterable[str] = (),
    near: tuple[float, float] | None = None,
    demand: bool = False,
) -> pd.DataFrame:
    """Candidates of some kinds, or the demand metros, sorted by distance from a point.

    ``near`` is its latitude and longitude; with it the table has ``distance_km``. [degrees]
    """
    table = catalogue.demand if demand else catalogue.candidates.loc[list(ids)]
    table = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    if kind and not demand:
        table = table[sites_of(catalogue, table, {"kind": kind})]
    if near is None:
        return table
    lat, lon = near
    table = table.assign(distance_km=distance_km(lon, lat, table["lon"], table["lat"]))
    return table.sort_values("distance_km", kind="stable")


def _check(asked: dict[str, tuple[list[str], Iterable[str]]]) -> None:
    faults = []
    for key, (names, known) in asked.items():
        present = set(known)
        faults += [
            Fault("catalogue", None, key, f"unknown {name!r}", _remedy(name, known))
            for name in names
            if name not in present
        ]
    if faults:
        raise DataError(faults)


def _remedy(name: str, known: Iterable[str]) -> str:
    names = sorted(map(str, known))
    close = difflib.get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known are {', '.join(names)}" if len(names) < 20 else "`siting sites` lists them"


_POLICY_COLUMNS = ("id", "where", "applies", "metric", "sense", "value", "from_year",
                   "until_year", "status")  # fmt: skip
#: Word of ``policy.laws`` that stands for every law in force.
ALL = "all"
#: Metrics that a law of the table may limit in the optimizer.
_EFFICIENCY = ("pue", "wue_l_per_kwh")


@once_per_catalogue
def policy_table(catalogue: Catalogue) -> pd.DataFrame:
    """Laws, drafts, pacts and incentives, indexed by id; empty where the folder has none.

    Columns are ``where`` (selectors of sites), ``applies`` (new, existing or average), ``metric``,
    ``value``, ``from_year`` and ``until_year``, ``status``, ``reference_read`` (yes, no or partly),
    ``confidence``.
    """
    path = catalogue.folder / "policy.csv"
    if not path.is_file():
        return pd.DataFrame(columns=list(_POLICY_COLUMNS)).set_index("id")
    return read_folder_table(path).set_index("id")


def laws_in_force(table: pd.DataFrame, laws: Iterable[str], year: int) -> pd.DataFrame:
    """Rows of `policy_table` that bind what is built.

    Of ``laws``, ``all`` stands for every law on PUE or WUE of new sites, or of the mean of all
    sites, that is in force in ``year``; any other word is an id and binds whatever its year and
    status.
    """
    named = set(laws)
    if not named:
        return table.iloc[:0]
    chosen = table.index.isin(list(named))
    if ALL in named:
        begun = table["from_year"].astype(float) <= year
        ended = table["until_year"].astype(float).fillna(np.inf) < year
        law = table["status"].eq("law") & table["applies"].isin(["new", "average"])
        chosen |= law & begun & ~ended
    rows: pd.DataFrame = table[chosen & table["metric"].isin(_EFFICIENCY)]
    return rows


@once_per_catalogue
def country_groups(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """ISO codes of the countries of each group; empty where the folder has no such table."""
    path = catalogue.folder / "country_groups.csv"
    if not path.is_file():
        return {}
    table = read_folder_table(path)
    return {str(group): tuple(map(str, part["country"])) for group, part in table.groupby("group")}


def group_of_country(catalogue: Catalogue, countries: Iterable[str]) -> tuple[str, ...]:
    """Group of each country; one in no group stands for itself."""
    inside = {iso: group for group, members in country_groups(catalogue).items() for iso in members}
    return tuple(inside.get(country, country) for country in countries)


def sites_of(
    catalogue: Catalogue, sites: pd.DataFrame, selectors: Mapping[str, Iterable[str]]
) -> BoolArray:
    """Sites that match every selector, shape (S,); all of them without one.

    Selectors are ``country``, ``group``, ``grid_zone``, ``kind`` and ``sites``; an empty one asks
    for nothing. Sites are candidates with ``country``, ``grid_zone`` and ``kinds``, indexed by id.
    """
    chosen = np.ones(len(sites), dtype=bool)
    for name, asked in selectors.items():
        wanted = set(asked)
        if not wanted:
            continue
        if name == "group":
            groups = country_groups(catalogue)
            wanted, name = {iso for group in wanted for iso in groups.get(group, ())}, "country"
        if name == "kind":
            chosen &= np.array([not wanted.isdisjoint(own) for own in sites["kinds"]], dtype=bool)
        else:
            values = sites.index if name == "sites" else sites[name]
            chosen &= np.asarray(values.isin(list(wanted)), dtype=bool)
    return chosen


def selectors_of(where: str) -> dict[str, tuple[str, ...]]:
    """Selectors of a law, written ``country=CHN;kind=edwc``."""
    parts = (part.partition("=") for part in where.split(";") if part)
    return {name: tuple(values.split(",")) for name, _, values in parts}


def missing_attributes(
    catalogue: Catalogue, attributes: Iterable[str], sites: Iterable[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Sites, all by default, that lack attributes that a study needs, with those attributes.

    An attribute that no candidate has is lacking everywhere; a complete site is not told.
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
