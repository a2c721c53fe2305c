"""Map layers of the planner's own that places are held against: areas, lines and points."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from siting.catalogue.layers import Shore, inside, shore_along
from siting.catalogue.read_files import read_shapes
from siting.catalogue.read_tables import Rows
from siting.catalogue.repairs import checked_shape
from siting.errors import DataError, Fault
from siting.geo import unwrapped

__all__ = ["OwnLayer", "read_own_layer"]

type FloatArray = npt.NDArray[np.float64]
type Shapes = npt.NDArray[np.object_]

#: Longest step between points of an outline or a line, some 500 m, so that the distance to the
#: nearest point is that to the line within 60 m from 0.5 km on. [degrees]
_STEP = 0.005
#: Most such points; a longer layer gets longer steps.
_MOST_POINTS = 4_000_000
_LINES = ("LineString", "MultiLineString", "LinearRing")
_POINTS = ("Point", "MultiPoint")


class OwnLayer:
    """Shapes of one file.

    Parameters
    ----------
    shapes : ndarray of geometry
        Valid, EPSG:4326, in -180..180: polygons, lines and points.
    notes : tuple of str
        What was repaired, each with the file and the feature.
    """

    def __init__(self, shapes: Shapes, notes: tuple[str, ...]) -> None:
        self.notes = notes
        kinds = np.array([shape.geom_type for shape in shapes])
        self.shapes = shapes[~np.isin(kinds, [*_LINES, *_POINTS])]
        self.others = shapes[np.isin(kinds, [*_LINES, *_POINTS])]
        self.tree = shapely.STRtree(self.shapes)

    def holds(self, lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether a polygon of the layer holds each place, shape (n,)."""
        if not len(self.shapes):
            return np.zeros(len(lon), dtype=bool)
        return np.asarray(inside(self.tree, lon, lat) >= 0)

    def distance_km(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Geodesic distance of each place to the layer, 0 in its polygons, shape (n,). [km]."""
        km = self.points.nearest(lon, lat)[1]
        return np.where(self.holds(lon, lat), 0.0, km)

    @cached_property
    def points(self) -> Shore:
        """Points along outlines and lines, and the points themselves."""
        every = np.concatenate([self.shapes, self.others])
        length = float(shapely.length(every).sum())
        return shore_along(every, max(_STEP, length / _MOST_POINTS))


def read_own_layer(path: Path, layer: str | None = None, *, only_areas: bool = False) -> OwnLayer:
    """Read a layer.

    Parameters
    ----------
    path : pathlib.Path
        Map layer of any form that candidates may have.
    layer : str, optional
        Layer of the file; the only one by default.
    only_areas : bool, default False
        Whether lines and points are errors.

    Raises
    ------
    siting.errors.DataError
        With the faults of all features.
    """
    found, rows = read_shapes(path, layer), Rows(path.name)
    notes = [f"{path.name}: {found.note}"] if found.note else []
    shapes, faults = [], []
    features = [(i, p) for i, shape in enumerate(found.frame.geometry) for p in _parts(shape)]
    for i, shape in features:
        one, said, problem = _checked(shape)
        if one is not None and only_areas and one.geom_type in (*_LINES, *_POINTS):
            kind = "a line" if one.geom_type in _LINES else "a point"
            problem = f"is {kind}, not a polygon"
            remedy = "Give a buffer_km above 0 where places near it are meant, or draw polygons"
            faults.append(rows.fault(i, "geometry", problem, remedy))
        elif one is None:
            remedy = "Draw it again, or remove the feature"
            faults.append(rows.fault(i, "geometry", problem, remedy))
        else:
            notes += [f"{path.name}, feature {i + 1}: {t}" for t in (*found.notes(i), *said)]
            shapes.append(one)
    if faults:
        raise DataError(faults)
    return OwnLayer(np.array([*shapes, None], dtype=object)[:-1], tuple(notes))


def _checked(shape: BaseGeometry | None) -> tuple[BaseGeometry | None, tuple[str, ...], str]:
    """A shape that may be used, what was repaired, and what is wrong with it."""
    one: BaseGeometry | None
    said: tuple[str, ...] = ()
    if shape is not None and shape.geom_type in (*_LINES, *_POINTS) and not shape.is_empty:
        flat = shapely.force_2d(shape)
        xy = shapely.get_coordinates(flat)
        fine = np.isfinite(xy).all() and np.abs(xy).max() <= 360.0
        problem = "" if fine else "has coordinates that are no degrees"
        one = _on_the_sphere(flat) if fine else None
    else:
        found = checked_shape(shape)
        one, said, problem = found.shape, found.notes, found.problem
    if one is not None and max(-one.bounds[1], one.bounds[3]) > 90.0:
        south, north = one.bounds[1], one.bounds[3]
        return None, (), f"reaches from {south:g} to {north:g}° N; are lat and lon swapped?"
    return one, said, problem


def _on_the_sphere(shape: BaseGeometry) -> BaseGeometry:
    """Points as they are; lines run on past 180° instead of round the Earth."""
    if shape.geom_type in _POINTS:
        return shape
    parts = np.array([unwrapped(part) for part in shapely.get_parts(shape)], dtype=object)
    return cast("BaseGeometry", shapely.multilinestrings(parts))


def _parts(shape: BaseGeometry | None) -> list[BaseGeometry | None]:
    """Lines, points and areas of a collection, each by itself; any other shape alone."""
    if shape is None or shape.geom_type != "GeometryCollection" or shape.is_empty:
        return [shape]
    return [part for inner in shapely.get_parts(shape) for part in _parts(inner)]


def layer_faults(error: DataError, key: str) -> list[Fault]:
    """Faults of a layer, each with the key of the study that names it."""
    return [Fault(f.where, f.line, f.key or key, f.problem, f.remedy) for f in error.faults]
