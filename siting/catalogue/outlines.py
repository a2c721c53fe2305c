"""Outlines of land, countries and lakes, and which of them hold a point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import KDTree

from siting.geo import distance_km

__all__ = ["Shore", "inside", "read_polygons", "shore_of", "unit_vectors"]

type FloatArray = npt.NDArray[np.float64]
type IntArray = npt.NDArray[np.int64]
type Shapes = npt.NDArray[np.object_]

_UNITS_PER_DEGREE = 10_000.0
_STEP_DEGREES = 0.02  # between points along a shore: 2 km


def read_polygons(arrays: Mapping[str, npt.NDArray[np.generic]], name: str) -> Shapes:
    """Polygons of one layer of ``outlines.npz``.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        The opened file: ``{name}_xy`` steps from corner to corner [1e-4 degrees], and
        ``{name}_0`` to ``{name}_2``, where each ring, polygon and shape begins.
    name : {"land", "countries", "lakes"}
        The layer.

    Returns
    -------
    ndarray of MultiPolygon
        In EPSG:4326.
    """
    xy = np.cumsum(arrays[f"{name}_xy"].astype(np.int64), axis=0) / _UNITS_PER_DEGREE
    offsets = tuple(arrays[f"{name}_{i}"].astype(np.int64) for i in range(3))
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, xy, offsets)


def unit_vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Points on the unit sphere, where neither pole nor antimeridian is special, shape (n, 3)."""
    x, y = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


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


class Shore:
    """Points of the Earth, closely spaced, that can be asked for the nearest one.

    Parameters
    ----------
    lon, lat : ndarray, shape (m,)
        [degrees, WGS 84]
    """

    def __init__(self, lon: FloatArray, lat: FloatArray) -> None:
        self.lon, self.lat = lon, lat
        self._tree = KDTree(unit_vectors(lon, lat))

    def nearest(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[IntArray, FloatArray]:
        """Index of the nearest point and the geodesic distance to it.

        Parameters
        ----------
        lon, lat : array_like, shape (n,)
            [degrees, WGS 84]

        Returns
        -------
        index : ndarray of int, shape (n,)
        km : ndarray, shape (n,)
        """
        index = np.asarray(self._tree.query(unit_vectors(lon, lat))[1], dtype=np.int64)
        return index, distance_km(lon, lat, self.lon[index], self.lat[index])

    def within(
        self, lon: FloatArray, lat: FloatArray, radius_km: float
    ) -> tuple[IntArray, IntArray]:
        """Pairs of a place and a point within a geodesic distance.

        Returns
        -------
        place, point : ndarray of int, shape (k,)
            Indices, ordered by place.
        """
        lists = self._tree.query_ball_point(
            unit_vectors(lon, lat), 2.0 * np.sin(1.01 * radius_km / _RADIUS_KM / 2.0)
        )
        place = np.repeat(np.arange(len(lists)), [len(found) for found in lists])
        point = np.fromiter((i for found in lists for i in found), np.int64, len(place))
        away = _great_circle_km(unit_vectors(lon, lat)[place], self._tree.data[point])
        near = away <= 0.99 * radius_km  # the sphere is never 1 % off the ellipsoid
        unsure = np.flatnonzero(~near)
        i, j = place[unsure], point[unsure]
        near[unsure] = distance_km(lon[i], lat[i], self.lon[j], self.lat[j]) <= radius_km
        return place[near], point[near]


_RADIUS_KM = 6371.0


def _great_circle_km(a: FloatArray, b: FloatArray) -> FloatArray:
    return 2.0 * _RADIUS_KM * np.arcsin(np.linalg.norm(a - b, axis=1) / 2.0)
