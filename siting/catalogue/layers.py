"""The built-in layers that cover the Earth: outlines, basins, plants, cities, zones; waters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray, IntArray
from siting.errors import DataError, Fault
from siting.files import geodata_dir, read_folder_table
from siting.geo import (
    EARTH_RADIUS_KM,
    KM_PER_DEGREE,
    distance_km,
    geodesic_circle,
    point_tree,
    sphere_km,
    unit_vectors,
)

__all__ = [
    "LAYER_FILES",
    "MONTH_COLUMNS",
    "REACH_KM",
    "Layers",
    "Shore",
    "Shores",
    "inside",
    "open_layers",
    "read_polygons",
    "shore_along",
    "shore_of",
    "water_temperature",
]

type Shapes = npt.NDArray[np.object_]

_UNITS_PER_DEGREE = 10_000.0
_STEP_DEGREES = 0.02  # between points along a shore: 2 km


def read_polygons(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Shapes:
    """Polygons of one layer of ``outlines.npz``: land, countries or lakes, in EPSG:4326.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        The opened file: ``{name}_xy`` steps from corner to corner [1e-4 degrees], and
        ``{name}_0`` to ``{name}_2``, where each ring, polygon and shape begins.
    """
    xy = np.cumsum(arrays[f"{name}_xy"].astype(np.int64), axis=0) / _UNITS_PER_DEGREE
    offsets = tuple(arrays[f"{name}_{i}"].astype(np.int64) for i in range(3))
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, xy, offsets)


def inside(tree: shapely.STRtree, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
    """Index of the first shape of a tree that holds each point, -1 where none does, shape (n,)."""
    xy = np.column_stack([np.asarray(lon, float).ravel(), np.asarray(lat, float).ravel()])
    points = np.asarray(shapely.points(xy), dtype=object)
    held = np.full(len(points), -1, dtype=np.int64)
    point, shape = tree.query(points, predicate="intersects")
    held[point[::-1]] = shape[::-1]
    return held


def shore_of(shapes: Shapes) -> Shore:
    """The outer rings of polygons, without the seam at 180° and the line at the south pole."""
    rings = shapely.get_exterior_ring(shapely.get_parts(shapes))
    xy = shapely.get_coordinates(shapely.segmentize(rings, _STEP_DEGREES))
    xy = xy[(np.abs(xy[:, 0]) < 179.99) & (xy[:, 1] > -89.9)]
    return Shore(xy[:, 0], xy[:, 1])


def shore_along(shapes: Shapes, step: float) -> Shore:
    """Points along lines and outlines, ``step`` degrees apart at most, and points themselves."""
    long = shapely.length(shapes) > 0.0
    fine = shapes.copy()
    fine[long] = shapely.segmentize(shapes[long], step)  # GEOS refuses lines without a length
    xy = shapely.get_coordinates(fine)
    return Shore(xy[:, 0].copy(), xy[:, 1].copy())


class Shore:
    """Points of the Earth, closely spaced, that can be asked for the nearest one.

    Parameters
    ----------
    lon, lat : ndarray, shape (m,)
        [degrees, WGS 84]
    """

    def __init__(self, lon: FloatArray, lat: FloatArray) -> None:
        self.lon, self.lat = lon, lat
        self._tree = point_tree(lon, lat)

    def nearest(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[IntArray, FloatArray]:
        """Index of the nearest point to each place [degrees], and its geodesic distance. [km]."""
        index = np.asarray(self._tree.query(unit_vectors(lon, lat))[1], dtype=np.int64)
        return index, distance_km(lon, lat, self.lon[index], self.lat[index])

    def within(
        self, lon: FloatArray, lat: FloatArray, radius_km: float
    ) -> tuple[IntArray, IntArray]:
        """Indices of the pairs of a place and a point within a geodesic distance, by place."""
        lists = self._tree.query_ball_point(
            unit_vectors(lon, lat), 2.0 * np.sin(1.01 * radius_km / EARTH_RADIUS_KM / 2.0)
        )
        place = np.repeat(np.arange(len(lists)), [len(found) for found in lists])
        point = np.fromiter((i for found in lists for i in found), np.int64, len(place))
        away = np.asarray(sphere_km(lon[place], lat[place], self.lon[point], self.lat[point]))
        near = away <= 0.99 * radius_km  # the sphere is never 1 % off the ellipsoid
        unsure = np.flatnonzero(~near)
        i, j = place[unsure], point[unsure]
        near[unsure] = distance_km(lon[i], lat[i], self.lon[j], self.lat[j]) <= radius_km
        return place[near], point[near]


#: Files of the catalogue's folder that hold the layers.
LAYER_FILES = (
    "outlines.npz", "scarcity.npz", "relief.npz", "design_temperatures.npz", "power_plants.npz",
    "hydro_plants.csv", "cities.csv", "countries.csv", "zone_points.csv", "grid_zones.csv",
)  # fmt: skip

_POSITION = {"lat": ("lat_x1000", 1000.0), "lon": ("lon_x1000", 1000.0)}
_PLANT_UNITS = {**_POSITION, "mw": ("mw_x10", 10.0)}
_STATION_UNITS = {**_POSITION, "height_m": ("height_m", 1.0)}


@dataclass(frozen=True, eq=False)
class Layers:
    """Layers of attributes that cover the Earth.

    Parameters
    ----------
    land, countries, lakes : ndarray of MultiPolygon
        Outlines, EPSG:4326; ``country_of`` has the ISO3 code of each country, or "".
    scarcity : ndarray, shape (360, 720)
        Factor of the basin of each half-degree cell, from 90° N and 180° W; NaN where there is
        none. [m3 world-eq/m3]
    relief : ndarray, shape (rows, columns)
        Height on 0.25°, from 90° N and 0° E. [m]
    stations : DataFrame
        Weather stations with lat, lon [degrees], height_m [m].
    hydro, power : DataFrame
        Plants with lat, lon [degrees], mw [MW]; hydro also gen_gwh [GWh/yr], NaN if unknown.
    cities : DataFrame
        name, country, lat, lon [degrees], population.
    codes : DataFrame
        Index ISO3; iso2, region, scarcity_factor_country [m3 world-eq/m3].
    zone_points : DataFrame
        country, lat, lon [degrees], grid_zone and renewable_zone, NaN where not known.
    hydro_zones : Series
        Hydro zone by grid zone.
    folder : pathlib.Path
        Where the tables lie.
    """

    land: Shapes
    countries: Shapes
    country_of: npt.NDArray[np.str_]
    lakes: Shapes
    scarcity: FloatArray
    relief: npt.NDArray[np.int16]
    stations: pd.DataFrame
    hydro: pd.DataFrame
    power: pd.DataFrame
    cities: pd.DataFrame
    codes: pd.DataFrame
    zone_points: pd.DataFrame
    hydro_zones: pd.Series
    folder: Path

    @cached_property
    def land_tree(self) -> shapely.STRtree:
        """Land, to ask which part holds a point."""
        return shapely.STRtree(self.land)

    @cached_property
    def lake_tree(self) -> shapely.STRtree:
        """Lakes, to ask which one holds a point."""
        return shapely.STRtree(self.lakes)

    @cached_property
    def country_tree(self) -> shapely.STRtree:
        """Countries, to ask which one holds a point."""
        return shapely.STRtree(self.countries)

    @cached_property
    def coast(self) -> Shore:
        """The outer coastline."""
        return shore_of(self.land)

    @cached_property
    def lake_shore(self) -> Shore:
        """Shores of the lakes."""
        return shore_of(self.lakes)

    @cached_property
    def station_points(self) -> Shore:
        """Weather stations, in the order of ``stations``."""
        return _points(self.stations)

    @cached_property
    def hydro_points(self) -> Shore:
        """Hydro plants, in the order of ``hydro``."""
        return _points(self.hydro)

    @cached_property
    def power_points(self) -> Shore:
        """Power plants, in the order of ``power``."""
        return _points(self.power)

    @cached_property
    def city_points(self) -> Shore:
        """Cities, in the order of ``cities``."""
        return _points(self.cities)

    @cached_property
    def basin_cells(self) -> Shore:
        """Middles of the half-degree cells that have a factor, row by row."""
        row, column = np.nonzero(np.isfinite(self.scarcity))
        lon, lat = -180.0 + 0.5 * (column + 0.5), 90.0 - 0.5 * (row + 0.5)
        return Shore(lon.astype(np.float64), lat.astype(np.float64))


def open_layers(folder: Path | None = None) -> Layers:
    """Read the layers of a catalogue's folder, the built-in one by default; each is read once.

    A `DataError` names every file that is not there.
    """
    return _open((folder or geodata_dir()).resolve())


@cache
def _open(folder: Path) -> Layers:
    remedy = "Restore the built-in tables"
    absent = [name for name in LAYER_FILES if not (folder / name).is_file()]
    if absent:
        raise DataError(
            Fault(str(folder / name), None, "", "is not there", remedy) for name in absent
        )
    with np.load(folder / "outlines.npz") as packed:
        outlines = [read_polygons(packed, name) for name in ("land", "countries", "lakes")]
        country_of = packed["countries_iso3"]
    with np.load(folder / "scarcity.npz") as packed:
        factor = packed["factor_x100"] / 100.0
    with np.load(folder / "relief.npz") as packed:
        relief = packed["height_m"]
    zones = read_folder_table(folder / "grid_zones.csv").set_index("zone")
    return Layers(
        land=outlines[0],
        countries=outlines[1],
        country_of=country_of,
        lakes=outlines[2],
        scarcity=np.where(factor > 0, factor, np.nan),
        relief=relief,
        stations=_packed(folder / "design_temperatures.npz", _STATION_UNITS),
        hydro=read_folder_table(folder / "hydro_plants.csv"),
        power=_packed(folder / "power_plants.npz", _PLANT_UNITS),
        cities=read_folder_table(folder / "cities.csv"),
        codes=read_folder_table(folder / "countries.csv").set_index("country"),
        zone_points=read_folder_table(folder / "zone_points.csv"),
        hydro_zones=zones["hydro_zone"],
        folder=folder,
    )


def _packed(path: Path, units: Mapping[str, tuple[str, float]]) -> pd.DataFrame:
    """Columns of whole numbers of a packed file, each by its key and its unit."""
    with np.load(path) as packed:
        return pd.DataFrame({name: packed[key] / unit for name, (key, unit) in units.items()})


def _points(table: pd.DataFrame) -> Shore:
    return Shore(table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float))


#: Columns of the mean temperature of a water body in each month.
MONTH_COLUMNS = tuple(f"m{month}" for month in range(1, 13))


def water_temperature(
    bodies: pd.DataFrame, sites: Sequence[str], month: npt.ArrayLike
) -> FloatArray:
    """Temperature at the intake of each site in each step, shape (n, T). [°C].

    Water follows the seasons, not the hours: every step of a month has that month's mean. Design
    steps (month 0) take the warmest month of the site. NaN where a site has no water body.

    Parameters
    ----------
    bodies : DataFrame
        Rows of ``water_bodies.csv``, index site, columns m1 to m12. [°C]
    sites : sequence of str, n
        Sites asked, in any order; some may have no water.
    month : array_like, shape (T,)
        Month of each step, 1 to 12, or 0 for a design step.

    Raises
    ------
    ValueError
        A month is not 0 to 12, or a site has two water bodies.
    """
    step_month = np.asarray(month)
    if step_month.size and not ((step_month >= 0) & (step_month <= 12)).all():
        raise ValueError("months are 1 to 12, or 0 for a design step")
    if not bodies.index.is_unique:
        raise ValueError("a site has more than one water body")
    monthly = bodies.reindex(list(sites))[list(MONTH_COLUMNS)].to_numpy(dtype=np.float64)
    by_month = np.column_stack([monthly.max(axis=1), monthly])
    return np.asarray(by_month[:, step_month])


#: The water of a candidate is the same lake, or the same sea, as far from the candidate as this; an
#: atlas cell of the sea is 200 km wide. [km]
REACH_KM: Mapping[str, float] = MappingProxyType({"lake": 100.0, "sea": 25.0})
#: The outline of a lake holds its middle, or lies this near where it is narrow. [km]
_BESIDE_KM = 5.0


@dataclass(frozen=True)
class Shores:
    """Waters of the candidates, and the outlines of land and lakes.

    Parameters
    ----------
    bodies : DataFrame
        Rows of ``water_bodies.csv``, index site.
    homes : DataFrame
        Position of the candidate of each body: lat, lon. [°]
    layers : Layers
        The built-in layers.
    """

    bodies: pd.DataFrame
    homes: pd.DataFrame
    layers: Layers

    def home(self, site: str) -> tuple[float, float]:
        """Longitude and latitude of a candidate [°]."""
        return float(self.homes["lon"][site]), float(self.homes["lat"][site])

    def nearest(self, kind: str, lon: float, lat: float) -> str | None:
        """Candidate whose lake or sea is nearest to a place; None if no candidate has such water.

        By distance to the water among candidates within :data:`REACH_KM`, else the nearest
        candidate.
        """
        sites = self.homes[(self.bodies["kind"] == kind).to_numpy()]
        if sites.empty:
            return None
        to_site = distance_km(lon, lat, sites["lon"].to_numpy(), sites["lat"].to_numpy())
        order = [str(site) for site in sites.index[np.argsort(to_site)]]
        near = order[: int((to_site <= REACH_KM[kind]).sum())]
        return min(near or order[:1], key=lambda site: self.distance_km(site, lon, lat))

    def distance_km(self, site: str, lon: float, lat: float) -> float:
        """Distance from a place [°] to the water of a candidate, 0 on the water. [km].

        The sea begins at the coast. A lake that the outlines do not have is the circle of its area
        about its middle, and its candidate lies on the shore. Beyond :data:`REACH_KM` of the
        candidate it is the distance to the candidate.
        """
        fact = self.bodies.loc[site].to_dict()
        to_site = float(distance_km(lon, lat, *self.home(site)))
        if to_site > REACH_KM[fact["kind"]]:
            return to_site
        if fact["kind"] == "sea":
            on_land = inside(self.layers.land_tree, [lon], [lat])[0] >= 0
            return float(self.layers.coast.nearest([lon], [lat])[1][0]) if on_land else 0.0
        middle = float(fact["lon"]), float(fact["lat"])
        outline = self.layers.lakes[int(self.layers.lake_tree.nearest(shapely.Point(*middle)))]
        if _distance_to_shape(outline, *middle) <= _BESIDE_KM:
            return _distance_to_shape(outline, lon, lat)
        circle = geodesic_circle(*middle, float(np.sqrt(fact["area_km2"] / np.pi)))
        return min(_distance_to_shape(circle, lon, lat), to_site)


def _distance_to_shape(shape: BaseGeometry, lon: float, lat: float) -> float:
    """Distance from a place to an area some hundred km away at most, 0 within it [km]."""
    narrowing = np.cos(np.radians(lat))

    def about_place(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        east = (xy[:, 0] - lon + 180.0) % 360.0 - 180.0
        return KM_PER_DEGREE * np.column_stack([east * narrowing, xy[:, 1] - lat])

    line = shapely.shortest_line(shapely.Point(0.0, 0.0), shapely.transform(shape, about_place))
    east, north = shapely.get_coordinates(line)[-1] / KM_PER_DEGREE
    return float(distance_km(lon, lat, lon + east / narrowing, lat + north))
