"""Land, borders and lakes of a map window, from the built-in outlines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from siting.errors import DataError, Fault
from siting.geo import recentred, wrap_lon
from siting.paths import geodata_dir
from siting.report.maps.projection import WORLD_LATITUDES, ProjectionKind, View

__all__ = ["Basemap", "read_basemap"]

type Shapes = npt.NDArray[np.object_]

_COUNTRIES, _LAKES = "countries.geojson", "lakes.geojson"
#: Detail that no printer shows. [pt]
_DETAIL = 0.12
_SMALLEST_LAKE, _SMALLEST_ISLAND = 6.0, 0.4  # [pt2]


@dataclass(frozen=True)
class Basemap:
    """Background of a map, in points of the window.

    Parameters
    ----------
    land, lakes : ndarray of Polygon
    borders : ndarray of LineString
        Outlines of countries, coasts included, without the lines where the map is cut.
    graticule : ndarray of LineString
        Meridians and parallels.
    globe : Polygon
        Where the Earth is: the window, or the outline of a world map in it.
    """

    land: Shapes
    lakes: Shapes
    borders: Shapes
    graticule: Shapes
    globe: BaseGeometry


def read_basemap(view: View, folder: Path | None = None) -> Basemap:
    """Cut the built-in outlines to a window and project them.

    Parameters
    ----------
    view : View
    folder : pathlib.Path, optional
        Folder with ``countries.geojson`` and ``lakes.geojson``; default the built-in tables.

    Raises
    ------
    siting.errors.DataError
        If an outline file is missing, all such files together.
    """
    outlines = _outlines(folder or geodata_dir(), view.projection.lon_0)
    window = _window(view)
    globe = _globe(view, window)
    countries, lakes = (_clip(shapes, window) for shapes in outlines)
    return Basemap(
        land=_project(_polygons(countries), view, globe, _SMALLEST_ISLAND),
        lakes=_project(_polygons(lakes), view, globe, _SMALLEST_LAKE),
        borders=_project(_lines(countries, view.projection.lon_0), view, globe),
        graticule=_project(_graticule(window, view), view, globe),
        globe=globe,
    )


@lru_cache(maxsize=4)  # the maps and pages of one command are of one meridian or few
def _outlines(folder: Path, lon_0: float) -> tuple[Shapes, Shapes]:
    faults = [
        Fault(str(folder / name), None, "", "is not there", "Restore the built-in tables")
        for name in (_COUNTRIES, _LAKES)
        if not (folder / name).is_file()
    ]
    if faults:
        raise DataError(faults)
    countries, lakes = (
        shapely.from_wkb(pyogrio.raw.read(folder / name, columns=[])[2])
        for name in (_COUNTRIES, _LAKES)
    )
    return recentred(_valid(countries), lon_0), recentred(_valid(lakes), lon_0)


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


def _clip(shapes: Shapes, window: BaseGeometry) -> Shapes:
    shapely.prepare(window)
    near = shapes[shapely.intersects(window, shapes)]
    return np.asarray(shapely.intersection(near, window))


def _polygons(shapes: Shapes) -> Shapes:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return np.asarray(parts[shapely.get_type_id(parts) == 3])


def _lines(shapes: Shapes, lon_0: float) -> Shapes:
    """Outlines without the pieces along the cut and along the poles."""
    rings = shapely.boundary(_polygons(shapes))
    inner = shapely.box(lon_0 - 180 + 1e-5, -90 + 1e-5, lon_0 + 180 - 1e-5, 90 - 1e-5)
    return np.asarray(shapely.get_parts(shapely.intersection(rings, inner)))


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
    cut = shapely.intersection(flat, globe)
    simple = shapely.simplify(cut, _DETAIL)
    parts = shapely.get_parts(shapely.get_parts(simple[~shapely.is_empty(simple)]))
    dimension = 2 if smallest else 1
    return np.asarray(parts[shapely.get_dimensions(parts) == dimension])
