"""Geometry on the Earth: distances, circles, areas, great circles and the cut at the antimeridian.

Everything here is WGS 84, longitude before latitude. Degrees are only ever coordinates, never a
length. Distances are geodesics on the ellipsoid; `sphere_km` is for the weights of interpolations
over many stations, where 0.6 % does not matter and speed does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely import MultiPolygon, Polygon, box, make_valid, union_all
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from siting.arrays import FloatArray, Numeric, as_float

if TYPE_CHECKING:
    from scipy.spatial import KDTree

__all__ = [
    "EARTH_RADIUS_KM",
    "KM_PER_DEGREE",
    "WGS84",
    "bilinear",
    "clipped",
    "distance_km",
    "geodesic_area_km2",
    "geodesic_circle",
    "great_circle",
    "point_tree",
    "polygons_of",
    "recentred",
    "sphere_km",
    "split_at_antimeridian",
    "split_at_cut",
    "unit_vectors",
    "wrap_lon",
]

type Shapes = npt.NDArray[np.object_]

WGS84 = Geod(ellps="WGS84")
#: Mean radius. [km]
EARTH_RADIUS_KM = 6371.0088
#: Length of a degree of latitude. [km]
KM_PER_DEGREE = 111.2

#: Longitude of a cut from the central meridian: just inside of it, for a point on the cut itself
#: is projected to either edge of the map. [degrees]
_CUT = 180.0 - 1e-6
_WORLD = box(-180.0, -90.0, 180.0, 90.0)


def distance_km(
    lon_a: npt.ArrayLike, lat_a: npt.ArrayLike, lon_b: npt.ArrayLike, lat_b: npt.ArrayLike
) -> FloatArray:
    """Geodesic distance; the arguments broadcast against each other.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b : array_like
        Longitudes and latitudes. [degrees, WGS 84]

    Returns
    -------
    ndarray
        Broadcast shape. [km]

    References
    ----------
    .. [1] Karney, C. F. F. (2013) Algorithms for geodesics. J. Geodesy 87, 43-55.
       :doi:`10.1007/s00190-012-0578-z`
    """
    shaped = np.broadcast_arrays(lon_a, lat_a, lon_b, lat_b)
    x_a, y_a, x_b, y_b = (np.array(x, dtype=float).ravel() for x in shaped)
    metres = WGS84.inv(x_a, y_a, x_b, y_b)[2]
    return np.asarray(metres, dtype=float).reshape(shaped[0].shape) / 1000.0


def sphere_km(
    lon_a: npt.ArrayLike, lat_a: npt.ArrayLike, lon_b: npt.ArrayLike, lat_b: npt.ArrayLike
) -> Numeric:
    """Distance over the mean sphere, by the haversine formula.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b : numeric
        Longitudes, in any convention, and latitudes. [degrees, WGS 84]

    Returns
    -------
    numeric
        Broadcast shape, within 0.6 % of the geodesic on the ellipsoid. [km]
    """
    x_a, y_a, x_b, y_b = (
        np.radians(np.asarray(x, np.float64)) for x in (lon_a, lat_a, lon_b, lat_b)
    )
    h = np.sin(0.5 * (y_b - y_a)) ** 2 + np.cos(y_a) * np.cos(y_b) * np.sin(0.5 * (x_b - x_a)) ** 2
    return as_float(2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def unit_vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Points on the unit sphere, where neither pole nor antimeridian is special, shape (n, 3)."""
    x, y = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def point_tree(lon: FloatArray, lat: FloatArray) -> KDTree:
    """Tree that gives the nearest of many points, by their vectors on the unit sphere."""
    from scipy.spatial import KDTree  # most commands look for no neighbours, and it takes long

    return KDTree(unit_vectors(lon, lat))


def wrap_lon(lon: npt.ArrayLike, lon_0: npt.ArrayLike = 0.0) -> FloatArray:
    """Longitude from a meridian, in -180 to 180 [degrees]."""
    away = np.asarray(lon, np.float64) - np.asarray(lon_0, np.float64)
    return np.asarray((away + 180.0) % 360.0 - 180.0)


def geodesic_circle(lon: float, lat: float, radius_km: float, vertices: int = 64) -> BaseGeometry:
    """Polygon of the points within a geodesic distance of a point.

    Parameters
    ----------
    lon, lat : float
        Centre. [degrees, WGS 84]
    radius_km : float
        Radius along the ellipsoid. [km]
    vertices : int, default 64
        Corners on the circle; the area falls short of the circle's by
        ``1 - sin(2π/n) / (2π/n)``, 0.16 % at 64.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        In -180..180, in two parts where the circle crosses the antimeridian. A circle
        around a pole reaches the pole.
    """
    azimuth = -np.linspace(0.0, 360.0, vertices, endpoint=False)  # counter-clockwise
    start = (np.full(vertices, lon), np.full(vertices, lat))
    ring_lon, ring_lat, _ = WGS84.fwd(*start, azimuth, np.full(vertices, radius_km * 1000.0))
    pole = _pole_within(lon, lat, radius_km)
    if pole is not None:
        return _cap(np.asarray(ring_lon), np.asarray(ring_lat), pole)
    unwrapped = lon + wrap_lon(ring_lon, lon)
    return split_at_antimeridian(Polygon(np.column_stack([unwrapped, ring_lat])))


def _pole_within(lon: float, lat: float, radius_km: float) -> float | None:
    pole = float(np.copysign(90.0, lat))
    return pole if float(distance_km(lon, lat, lon, pole)) < radius_km else None


def _cap(ring_lon: FloatArray, ring_lat: FloatArray, pole: float) -> Polygon:
    """Polygon between a ring all around the Earth and the pole it encloses."""
    order = np.argsort(ring_lon)
    lon, lat = ring_lon[order], ring_lat[order]
    at_edge = np.interp(180.0, [lon[-1], lon[0] + 360.0], [lat[-1], lat[0]])
    shell = [(-180.0, at_edge), *zip(lon, lat, strict=True), (180.0, at_edge)]
    return orient(Polygon([*shell, (180.0, pole), (-180.0, pole)]))


def split_at_antimeridian(shape: BaseGeometry) -> BaseGeometry:
    """Cut a shape whose longitudes run past ±180 and bring each part into -180..180."""
    west, _, east, _ = shape.bounds
    if west >= -180.0 and east <= 180.0:
        return shape
    parts = [translate(shape, shift).intersection(_WORLD) for shift in (-360.0, 0.0, 360.0)]
    return polygons_of(union_all([part for part in parts if not part.is_empty]))


def unwrapped(line: BaseGeometry) -> BaseGeometry:
    """A line whose longitudes run on past ±180° where it would else jump round the Earth.

    The same where no step is longer than half of the Earth.
    """
    return shapely.transform(
        line, lambda xy: np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])
    )


def recentred(shapes: Shapes, lon_0: float) -> Shapes:
    """Shapes with longitudes from ``lon_0`` - 180 to ``lon_0`` + 180, cut there and nowhere else.

    They come in longitudes -180..180, cut at the antimeridian, where their parts become one again.
    """
    window = box(lon_0 - _CUT, -90.0, lon_0 + _CUT, 90.0)
    west, _, east, _ = shapely.bounds(shapes).T
    parts = np.full((3, len(shapes)), shapely.GeometryCollection(), dtype=object)
    for row, degrees in enumerate((-360.0, 0.0, 360.0)):
        there = (west + degrees < lon_0 + _CUT) & (east + degrees > lon_0 - _CUT)
        parts[row, there] = clipped(_shifted(shapes[there], degrees), window)
    several = np.count_nonzero(~shapely.is_empty(parts), axis=0) > 1
    merged = np.array([column[np.argmin(shapely.is_empty(column))] for column in parts.T], object)
    for i in np.flatnonzero(several):
        merged[i] = _joined(shapely.get_parts(shapely.get_parts(parts[:, i])))
    return merged


def _joined(parts: Shapes) -> BaseGeometry:
    """Parts of one shape as one, those that end at the antimeridian united across it."""
    ends = shapely.bounds(parts)[:, [0, 2]]
    at_seam = (np.abs(ends % 360.0 - 180.0) < 1e-6).any(axis=1)
    seam = shapely.get_parts(shapely.union_all(shapely.set_precision(parts[at_seam], 1e-7)))
    every = np.concatenate([parts[~at_seam], seam])
    is_line = shapely.get_dimensions(every).max() == 1
    joined = (shapely.multilinestrings if is_line else shapely.multipolygons)(every)
    return cast("BaseGeometry", joined if len(every) > 1 else every[0])


def clipped(shapes: Shapes, area: BaseGeometry) -> Shapes:
    """Parts of shapes within an area; those that lie inside of it are passed on as they are."""
    shapely.prepare(area)
    parts = shapes.copy()
    crossing = ~shapely.contains_properly(area, shapes)
    parts[crossing] = shapely.intersection(shapes[crossing], area)
    return parts


def _shifted(shapes: Shapes, degrees: float) -> Shapes:
    """Shapes moved to the east."""
    if degrees == 0.0:
        return shapes
    return np.asarray(shapely.transform(shapes, lambda xy: xy + np.array([degrees, 0.0])))


def polygons_of(shape: BaseGeometry) -> BaseGeometry:
    """Only the areal parts of a shape, valid: a Polygon, or a MultiPolygon of several."""
    valid = shape if shape.is_valid else make_valid(shape)
    pending, parts = [valid], []
    while pending:
        item = pending.pop()
        if isinstance(item, Polygon):
            parts.append(item)
        elif hasattr(item, "geoms"):
            pending.extend(item.geoms)
    kept = sorted((part for part in parts if not part.is_empty), key=lambda part: part.bounds)
    return kept[0] if len(kept) == 1 else MultiPolygon(kept)


def geodesic_area_km2(shape: BaseGeometry) -> float:
    """Area of a shape on the ellipsoid, whatever the direction of its rings [km2]."""
    polygons = [shape] if isinstance(shape, Polygon) else list(getattr(shape, "geoms", []))
    square_metres = sum(WGS84.geometry_area_perimeter(orient(polygon))[0] for polygon in polygons)
    return float(square_metres) / 1e6


def great_circle(start: npt.ArrayLike, end: npt.ArrayLike, step: float = 1.5) -> FloatArray:
    """Points along the shorter great circle between two places, on the sphere.

    Parameters
    ----------
    start, end : array_like, shape (2,)
        Longitude and latitude. [degrees]
    step : float, default 1.5
        Largest distance between neighbouring points. [degrees of arc]

    Returns
    -------
    ndarray, shape (n, 2)
        Longitudes in -180..180 and latitudes, both ends included. [degrees]

    References
    ----------
    .. [1] Shoemake, K. (1985) Animating rotation with quaternion curves. SIGGRAPH '85, 245-254
       (spherical linear interpolation). :doi:`10.1145/325334.325242`
    """
    ends = np.array([start, end], dtype=float)
    a, b = unit_vectors(*ends.T)
    angle = float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))
    if angle < 1e-9 or np.pi - angle < 1e-9:  # one place, or antipodes with no shorter way
        return ends
    t = np.linspace(0.0, 1.0, int(np.ceil(np.degrees(angle) / step)) + 1)[:, np.newaxis]
    x, y, z = ((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)).T
    line = np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])
    return np.degrees(line)


def split_at_cut(line: npt.ArrayLike, lon_0: float) -> list[FloatArray]:
    """Parts of a line on a map whose central meridian is ``lon_0``, cut opposite to it. [degrees].

    Neighbours are less than 180 degrees of longitude apart; parts, with longitudes in ``lon_0`` -
    180 .. ``lon_0`` + 180, end at the cut, a hair inside.
    """
    points = np.asarray(line, dtype=float)
    lon = wrap_lon(points[:, 0], lon_0)
    jumps = np.flatnonzero(np.abs(np.diff(lon)) > 180.0)
    parts: list[FloatArray] = []
    head: list[FloatArray] = []
    begin = 0
    for i in jumps:
        side = np.copysign(_CUT, lon[i])
        ahead = lon[i + 1] + np.copysign(360.0, lon[i])
        share = (side - lon[i]) / (ahead - lon[i])
        lat = points[i, 1] + share * (points[i + 1, 1] - points[i, 1])
        own = np.column_stack([lon[begin : i + 1], points[begin : i + 1, 1]])
        parts.append(np.vstack([*head, own, [[side, lat]]]))
        head, begin = [np.array([[-side, lat]])], int(i) + 1
    parts.append(np.vstack([*head, np.column_stack([lon[begin:], points[begin:, 1]])]))
    return [part + np.array([lon_0, 0.0]) for part in parts]


def bilinear(grid: npt.NDArray[np.int16], lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Values of a global grid that starts at 90° N, 0° E and closes round the globe.

    The grid has equal steps in both directions, the same in degrees, as its last two axes; values
    of n places [°] are its last axis then.
    """
    a_degree = grid.shape[-1] / 360.0
    y, x = (90.0 - lat) * a_degree, (lon % 360.0) * a_degree
    row = np.clip(np.floor(y).astype(int), 0, grid.shape[-2] - 2)
    west = np.floor(x).astype(int) % grid.shape[-1]
    east = (west + 1) % grid.shape[-1]
    down, right = y - row, x - np.floor(x)
    upper = grid[..., row, west] * (1.0 - right) + grid[..., row, east] * right
    lower = grid[..., row + 1, west] * (1.0 - right) + grid[..., row + 1, east] * right
    values: FloatArray = upper * (1.0 - down) + lower * down
    return values
