"""Land, borders, rivers, lakes and names of a map window, from the built-in outlines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from siting.catalogue.layers import read_polygons
from siting.errors import DataError, Fault
from siting.files import geodata_dir
from siting.geo import clipped, recentred, wrap_lon
from siting.report.maps.projection import WORLD_LATITUDES, ProjectionKind, View
from siting.report.maps.shapes import Topology, basin_areas

__all__ = ["Basemap", "projected_shapes", "read_basemap"]

type Shapes = npt.NDArray[np.object_]

_TABLE, _LAKES = "basemap.npz", "lakes.geojson"
#: Unit of the map, which no printer shows, and detail of lines and shores. [pt]
_UNIT, _DETAIL = 0.12, 0.4
#: Detail of the basins, which are made of half-degree cells. [pt]
_BASIN_DETAIL = 7.0
#: Half-degree cells of the smallest area of basins on a map of the world.
_SMALLEST_BASIN = 4
_SMALLEST_LAKE, _SMALLEST_ISLAND = 6.0, 0.4  # [pt2]


@dataclass(frozen=True)
class Basemap:
    """Background of a map, in points of the window.

    Parameters
    ----------
    areas : ndarray of Polygon or MultiPolygon
        Land: provinces of large countries, other countries whole or by grid zone.
    facts : DataFrame
        country (ISO3), country_name, name (of the province, else "") and zone of each area.
    view : View
        The window.
    lakes : ndarray of Polygon
    rivers, graticule : ndarray of LineString
    cities : DataFrame
        name, x, y [pt], people and alone_km, the distance to the nearest larger city [km].
    globe : Polygon
        Where the Earth is: the window, or the outline of a world map in it.
    """

    areas: Shapes
    facts: pd.DataFrame
    view: View
    lakes: Shapes
    rivers: Shapes
    graticule: Shapes
    cities: pd.DataFrame
    globe: BaseGeometry

    @cached_property
    def basins(self) -> tuple[list[int], Shapes]:
        """Classes of water scarcity, and the cells of each, which reach into the sea."""
        is_world = self.view.projection.kind is ProjectionKind.WORLD
        classes, areas = _basins(self.view.projection.lon_0, is_world)
        near, cut = _clip(areas, _window(self.view))
        flat = shapely.transform(shapely.segmentize(cut, 1.0), self.view.points)
        flat = shapely.coverage_simplify(_polygonal(flat), _BASIN_DETAIL)
        shown = _polygonal(clipped(_valid(flat), self.globe))
        return classes[near].tolist(), shown

    @cached_property
    def topology(self) -> Topology:
        """Areas, with the lines between countries, between provinces and round the land.

        Its objects are ``globe``, ``areas``, ``basins`` and ``lakes`` of polygons; ``borders``,
        ``provinces``, ``coast``, ``rivers`` and ``graticule`` of lines.
        """
        country = self.facts["country"].to_numpy()

        def countries(who: frozenset[int]) -> int:
            return len({country[i] for i in who})

        made = Topology(_UNIT)
        rows = [{"zone": zone} for zone in self.facts["zone"]]
        made.add_polygons("areas", self.areas, rows, rim=shapely.boundary(self.globe))
        made.add_mesh("borders", "areas", lambda who: countries(who) > 1)
        made.add_mesh("provinces", "areas", lambda who: len(who) > 1 and countries(who) == 1)
        made.add_mesh("coast", "areas", lambda who: len(who) == 1)
        made.add_polygons("globe", np.array([self.globe], dtype=object))
        classes, basins = self.basins
        made.add_polygons("basins", basins, [{"basin": number} for number in classes])
        made.add_polygons("lakes", self.lakes)
        made.add_lines("rivers", self.rivers)
        made.add_lines("graticule", self.graticule)
        return made

    @cached_property
    def names(self) -> pd.DataFrame:
        """Positions of the names of countries and provinces: the widest part of each.

        Returns
        -------
        DataFrame
            name, kind (country or province), x, y and radius [pt] of the largest circle there.
        """
        by_country = self.facts.groupby("country_name").indices
        whole = np.array([self._joined(self.areas[i]) for i in by_country.values()], object)
        names = self.facts["name"].to_numpy(dtype=object)
        named = names != ""
        countries = _named(np.array(list(by_country), dtype=object), whole, "country")
        provinces = _named(names[named], self.areas[named], "province")
        return pd.concat([countries, provinces], ignore_index=True)

    def _joined(self, areas: Shapes) -> BaseGeometry:
        """Areas as one; those that were not cut share their borders corner by corner."""
        is_whole = shapely.contains_properly(self.globe, areas).all()
        return (shapely.coverage_union_all if is_whole else shapely.union_all)(areas)


def _named(names: Shapes, shapes: Shapes, kind: str) -> pd.DataFrame:
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((shapely.area(parts), owner))
    last = np.append(np.diff(owner[order]) != 0, True)[: len(order)]
    radius = shapely.maximum_inscribed_circle(parts[order[last]], tolerance=1.0)
    x, y = shapely.get_coordinates(shapely.get_point(radius, 0)).reshape(-1, 2).T
    return pd.DataFrame({"name": names[owner[order[last]]], "kind": kind,
                         "x": x, "y": y, "radius": shapely.length(radius)})  # fmt: skip


def read_basemap(view: View, folder: Path | None = None) -> Basemap:
    """Cut the built-in outlines to a window and project them.

    ``folder`` has ``basemap.npz`` and ``lakes.geojson``. A `DataError` names all files that are
    missing.
    """
    return _cut(view, folder or geodata_dir())


@lru_cache(maxsize=4)  # maps of one study are of one window or few
def _cut(view: View, folder: Path) -> Basemap:
    """Outlines of a folder in a window."""
    is_coarse = view.projection.kind is ProjectionKind.WORLD
    raw = _outlines(folder, view.projection.lon_0, is_coarse)
    window = _window(view)
    globe = _globe(view, window)
    near, areas = _clip(raw.areas, window)
    kept, flat = _projected(areas, view, globe)
    return Basemap(
        areas=flat,
        facts=raw.facts.iloc[near[kept]].reset_index(drop=True),
        view=view,
        lakes=_project(_polygons(_clip(raw.lakes, window)[1]), view, globe, _SMALLEST_LAKE),
        rivers=_project(_clip(raw.rivers, window)[1], view, globe),
        graticule=_project(_graticule(window, view), view, globe),
        cities=_cities(raw.cities, view, globe),
        globe=globe,
    )


def projected_shapes(shapes: Shapes, view: View) -> Shapes:
    """Points, lines or polygons [degrees, WGS 84] of a window, projected and simplified. [pt]."""
    window = _window(view)
    globe = _globe(view, window)
    if len(shapes) and int(shapely.get_dimensions(shapes).max()) == 0:
        flat = shapely.transform(shapes, view.points)
        return np.asarray(flat[shapely.contains(globe, flat)])
    _, cut = _clip(recentred(_valid(shapes.copy()), view.projection.lon_0), window)
    is_area = len(cut) > 0 and int(shapely.get_dimensions(cut).max()) == 2
    return _project(cut, view, globe, 1.0 if is_area else 0.0)


@dataclass(frozen=True)
class _Outlines:
    areas: Shapes
    facts: pd.DataFrame
    lakes: Shapes
    rivers: Shapes
    cities: pd.DataFrame


@lru_cache(maxsize=4)  # the maps and pages of one command are of one meridian or few
def _outlines(folder: Path, lon_0: float, is_coarse: bool) -> _Outlines:
    faults = [
        Fault(str(folder / name), None, "", "is not there", "Restore the built-in tables")
        for name in (_TABLE, _LAKES)
        if not (folder / name).is_file()
    ]
    if faults:
        raise DataError(faults)
    lakes = shapely.from_wkb(pyogrio.raw.read(folder / _LAKES, columns=[])[2])
    with np.load(folder / _TABLE) as packed:
        areas = read_polygons(packed, "coarse" if is_coarse else "areas")
        rivers = _lines(packed["rivers_xy"], packed["rivers_0"])
        keys = ("country", "country_name", "name", "zone")
        facts = pd.DataFrame({key: packed[f"areas_{key}"] for key in keys})
        lon, lat = packed["cities_at"].T / 1e4
        cities = pd.DataFrame({"name": packed["cities_name"], "lon": lon, "lat": lat,
                               "people": packed["cities_people"],
                               "alone_km": packed["cities_alone_km"]})  # fmt: skip
    recentre = [recentred(_valid(shapes), lon_0) for shapes in (areas, lakes, rivers)]
    return _Outlines(recentre[0], facts, recentre[1], recentre[2], cities)


@lru_cache(maxsize=4)
def _basins(lon_0: float, is_world: bool) -> tuple[npt.NDArray[np.int64], Shapes]:
    """Classes of water scarcity and the areas of each, round a meridian."""
    classes, areas = basin_areas(smallest=_SMALLEST_BASIN if is_world else 1)
    return classes, recentred(areas, lon_0)


def _lines(steps: npt.NDArray[np.int32], begin: npt.NDArray[np.int32]) -> Shapes:
    xy = np.cumsum(steps.astype(np.int64), axis=0) / 1e4
    owner = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
    return np.asarray(shapely.linestrings(xy, indices=owner))


def _valid(shapes: Shapes) -> Shapes:
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    return shapes


def _window(view: View) -> BaseGeometry:
    """Box in longitude and latitude that holds all of a view."""
    lon_0 = view.projection.lon_0
    if view.projection.kind is ProjectionKind.WORLD:
        return shapely.box(lon_0 - 180.0, -90.0, lon_0 + 180.0, 90.0)
    x, y = np.meshgrid(np.linspace(0, view.width, 61), np.linspace(0, view.height, 61))
    lon, lat = view.lon_lat(np.column_stack([x.ravel(), y.ravel()])).T
    there = np.isfinite(lon) & np.isfinite(lat)
    offset = wrap_lon(lon[there], lon_0)
    south, north = float(lat[there].min()), float(lat[there].max())
    if _holds_pole(view) or np.ptp(offset) > 300.0:
        return shapely.box(lon_0 - 180.0, max(south - 3, -90.0), lon_0 + 180.0, 90.0)
    west, east = lon_0 + offset.min() - 3, lon_0 + offset.max() + 3
    return shapely.box(
        max(west, lon_0 - 180.0),
        max(south - 3, -90.0),
        min(east, lon_0 + 180.0),
        min(north + 3, 90),
    )


def _holds_pole(view: View) -> bool:
    """Return whether the north pole lies in a polar view."""
    if view.projection.kind is not ProjectionKind.POLAR:
        return False
    x, y = view.points([(view.projection.lon_0, 90.0)])[0]
    return bool(0 <= x <= view.width and 0 <= y <= view.height)


def _globe(view: View, window: BaseGeometry) -> BaseGeometry:
    page = shapely.box(0.0, 0.0, view.width, view.height)
    if view.projection.kind is not ProjectionKind.WORLD:
        return page
    west, south, east, north = window.bounds
    rim = shapely.box(west + 1e-9, south, east - 1e-9, north)
    outline = shapely.transform(shapely.segmentize(rim, 1.0), view.points)
    return shapely.intersection(outline, _latitude_band(view))


def _latitude_band(view: View) -> BaseGeometry:
    """Part of the page between the parallels of a world map, which are straight there."""
    lon_0 = view.projection.lon_0
    south, north = view.points([(lon_0, latitude) for latitude in WORLD_LATITUDES])[:, 1]
    return shapely.box(0.0, max(float(south), 0.0), view.width, min(float(north), view.height))


def _clip(shapes: Shapes, window: BaseGeometry) -> tuple[npt.NDArray[np.int64], Shapes]:
    """Positions of the shapes that touch the window, and their parts in it."""
    shapely.prepare(window)
    near = np.flatnonzero(shapely.intersects(window, shapes))
    return near, clipped(shapes[near], window)


def _polygons(shapes: Shapes) -> Shapes:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return np.asarray(parts[shapely.get_type_id(parts) == 3])


def _projected(
    areas: Shapes, view: View, globe: BaseGeometry
) -> tuple[npt.NDArray[np.int64], Shapes]:
    """Areas that are large enough to see, simplified together so that borders stay shared."""
    flat = shapely.transform(shapely.segmentize(areas, 1.0), view.points)
    flat = np.asarray(shapely.coverage_simplify(_polygonal(flat), 2 * _DETAIL))
    cut = _polygonal(clipped(_valid(flat), globe))
    kept = np.flatnonzero(shapely.area(cut) >= _SMALLEST_ISLAND)
    return kept, cut[kept]


def _polygonal(shapes: Shapes) -> Shapes:
    """Each shape without its points and lines."""
    mixed = ~np.isin(shapely.get_type_id(shapes), (3, 6))
    for i in np.flatnonzero(mixed):
        shapes[i] = shapely.multipolygons(_polygons(shapes[i : i + 1]))
    return shapes


def _cities(cities: pd.DataFrame, view: View, globe: BaseGeometry) -> pd.DataFrame:
    xy = view.points(cities[["lon", "lat"]])
    there = np.isfinite(xy).all(axis=1)
    there[there] = shapely.contains_xy(globe, xy[there])
    placed = cities[there].drop(columns=["lon", "lat"]).assign(x=xy[there, 0], y=xy[there, 1])
    return placed.reset_index(drop=True)


def _graticule(window: BaseGeometry, view: View) -> Shapes:
    west, south, east, north = window.bounds
    step = 30.0 if view.projection.kind is ProjectionKind.WORLD else 10.0
    meridians = np.arange(np.ceil(west / step), np.floor(east / step) + 1) * step
    parallels = np.arange(np.ceil(south / step), np.floor(north / step) + 1) * step
    tops = min(north, 80.0) if north > 85 else north
    lines = [shapely.LineString([(x, south), (x, tops)]) for x in meridians]
    lines += [shapely.LineString([(west, y), (east, y)]) for y in parallels if abs(y) < 90]
    return np.array(lines, dtype=object)


def _project(shapes: Shapes, view: View, globe: BaseGeometry, smallest: float = 0.0) -> Shapes:
    """Densify, project, cut to the globe and drop detail that is too small to see."""
    if not len(shapes):
        return shapes
    dense = shapely.segmentize(shapes, 1.0)
    flat = shapely.transform(dense, view.points)
    if smallest:
        flat = flat[shapely.area(flat) >= smallest]
        flat = _valid(flat)
    cut = clipped(flat, globe)
    simple = shapely.simplify(cut, _DETAIL)
    parts = shapely.get_parts(shapely.get_parts(simple[~shapely.is_empty(simple)]))
    dimension = 2 if smallest else 1
    return np.asarray(parts[shapely.get_dimensions(parts) == dimension])
