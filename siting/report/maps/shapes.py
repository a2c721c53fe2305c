"""Ground of a map: basins and cells of the built-in tables, and areas with shared lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import shapes as shapes_of_cells
from rasterio.features import sieve
from shapely.geometry.base import BaseGeometry

from siting.arrays import BoolArray, FloatArray
from siting.catalogue.layers import open_layers
from siting.catalogue.near_layers import hazards_at
from siting.catalogue.rasters import coarse_values, raster_nodes
from siting.config.candidates import Raster
from siting.files import geodata_dir
from siting.geo import wrap_lon
from siting.report.maps.projection import View

__all__ = ["BASIN_CLASSES", "Cells", "Topology", "basin_areas", "hazard_cells", "raster_cells"]


type Shapes = npt.NDArray[np.object_]


#: Ends of the classes of the AWARE factor, which is 0.1 to 100. [m3 world-eq/m3]
BASIN_CLASSES = (0.0, 0.5, 1.0, 3.0, 10.0, 40.0, 100.1)


_CELL = 0.5  # degrees


@cache
def basin_areas(
    folder: Path | None = None, *, smallest: int = 1
) -> tuple[npt.NDArray[np.int64], Shapes]:
    """Areas of one class each, of the half-degree cells that the basins are made of.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Folder with ``scarcity.npz``; default the built-in tables.
    smallest : int, default 1
        Cells of the smallest area; smaller ones are drawn as the largest beside them.

    Returns
    -------
    classes : ndarray of int, shape (n,)
        Position of the class in :data:`BASIN_CLASSES`.
    areas : ndarray of Polygon or MultiPolygon
        In EPSG:4326, sharing their borders.
    """
    with np.load((folder or geodata_dir()) / "scarcity.npz") as packed:
        factor = packed["factor_x100"] / 100.0
    number = np.where(factor > 0, np.digitize(factor, BASIN_CLASSES), 0).astype(np.uint8)
    if smallest > 1:
        number = sieve(number, smallest, mask=number > 0)
    to_degrees = Affine(_CELL, 0.0, -180.0, 0.0, -_CELL, 90.0)
    found = list(shapes_of_cells(number, mask=number > 0, transform=to_degrees))
    parts = np.array([shapely.geometry.shape(area) for area, _ in found], dtype=object)
    classes = np.array([int(value) - 1 for _, value in found], dtype=np.int64)
    order = np.argsort(classes, kind="stable")
    kinds = np.unique(classes)
    position = np.searchsorted(kinds, classes[order])
    return kinds, np.asarray(shapely.multipolygons(parts[order], indices=position))


#: Cells along the longer side of what is drawn, of a raster and of a hazard, which is coarse.
_MOST, _MOST_HAZARD = 400, 300


@dataclass(frozen=True)
class Cells:
    """Values in square cells of a window.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        From the south and the west; NaN where there is none.
    box : tuple of float
        West, south, east and north end. [pt]
    """

    values: FloatArray
    box: tuple[float, float, float, float]


def raster_cells(raster: Raster, view: View) -> Cells | None:
    """Values of a raster of the planner's as far as it reaches in a window; None where it does not.

    Raises
    ------
    siting.errors.DataError
        If it cannot be read.
    """
    file = Path(raster.file)
    spots = view.points(raster_nodes(file, raster.band))
    spots = spots[np.isfinite(spots).all(axis=1)]
    size = np.array([view.width, view.height])
    low, high = np.maximum(spots.min(axis=0), 0.0), np.minimum(spots.max(axis=0), size)
    if not (low < high).all():
        return None
    return _cells(view, (*low, *high), _MOST, partial(
        coarse_values, file, take=raster.take, band=raster.band))  # fmt: skip


@lru_cache(maxsize=8)  # pages of one study are of one window
def hazard_cells(name: str, view: View) -> Cells:
    """Values over a window of a hazard of :data:`siting.catalogue.near_layers.HAZARDS`."""

    def values(lon: FloatArray, lat: FloatArray) -> FloatArray:
        return hazards_at(open_layers(), lon, lat, (name,))[name]

    return _cells(view, (0.0, 0.0, view.width, view.height), _MOST_HAZARD, values)


def _cells(
    view: View,
    box: tuple[float, float, float, float],
    most: int,
    values: Callable[[FloatArray, FloatArray], FloatArray],
) -> Cells:
    """Values at the middles of cells of a box, so many along its longer side."""
    west, south, east, north = box
    side = max(east - west, north - south) / most
    columns, rows = (max(1, round(length / side)) for length in (east - west, north - south))
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = south + (np.arange(rows) + 0.5) * (north - south) / rows
    middles = np.column_stack([each.ravel() for each in np.meshgrid(x, y)])
    lon, lat = view.lon_lat(middles).T
    there = np.isfinite(lon) & np.isfinite(lat)
    found = np.full(len(lon), np.nan)
    found[there] = values(wrap_lon(lon[there]), lat[there])
    return Cells(found.reshape(rows, columns), box)


type Whole = npt.NDArray[np.int64]


#: Who has an edge: the one or two polygons, and whether it lies on the rim of the map.
type Owners = tuple[frozenset[int], bool]


class Topology:
    """Shapes of a map, encoded by arcs.

    Parameters
    ----------
    unit : float
        Size of a unit; corners are rounded to it. [of the coordinates]
    """

    def __init__(self, unit: float) -> None:
        self.unit = unit
        self._arcs: list[Whole] = []
        self._index: dict[bytes, int] = {}
        self._owners: dict[str, dict[int, Owners]] = {}
        self._objects: dict[str, dict[str, Any]] = {}

    def add_polygons(
        self,
        name: str,
        shapes: Shapes,
        properties: Sequence[Mapping[str, Any]] = (),
        rim: BaseGeometry | None = None,
    ) -> None:
        """Add polygons that share their borders corner by corner, or none, to an object of a name.

        Borders along ``rim``, where the map is cut, are kept apart from the others.
        """
        parts, shape = shapely.get_parts(shapes, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        points, ring = self._points(rings, least=4)
        edges = _edges(points, ring, shape[part], self._near(points, rim))
        self._owners[name] = {}
        found: list[dict[int, list[list[int]]]] = [{} for _ in shapes]
        for start, end in pairwise(np.flatnonzero(np.diff(ring, prepend=-1, append=-1)).tolist()):
            arcs = self._ring(name, points[start:end], edges, start)
            at = part[ring[start]]
            found[shape[at]].setdefault(at, []).append(arcs)
        geometries = [
            {"type": "MultiPolygon", "arcs": list(each.values()),
             **({"properties": dict(properties[i])} if properties else {})}
            for i, each in enumerate(found)
        ]  # fmt: skip
        self._objects[name] = {"type": "GeometryCollection", "geometries": geometries}

    def add_mesh(self, name: str, of: str, keep: Callable[[frozenset[int]], bool]) -> None:
        """Add the borders of polygons, each once, whose owners pass a test; never the rim.

        Parameters
        ----------
        name : str
            Of the new object.
        of : str
            Object of polygons.
        keep : callable
            Given the positions of the one or two polygons of a border, whether it is drawn.
        """
        owners = self._owners[of].items()
        arcs = [[arc] for arc, (who, is_rim) in owners if not is_rim and keep(who)]
        self._objects[name] = {"type": "MultiLineString", "arcs": arcs}

    def add_lines(self, name: str, shapes: Shapes) -> None:
        """Add lines that share nothing."""
        points, line = self._points(shapely.get_parts(shapes), least=2)
        ends = np.flatnonzero(np.diff(line, prepend=-1, append=-1)).tolist()
        arcs = [[self._arc(points[start:end])] for start, end in pairwise(ends)]
        self._objects[name] = {"type": "MultiLineString", "arcs": arcs}

    def lines(self, name: str) -> list[FloatArray]:
        """Corners of each line of an object of lines, as they were rounded."""
        return [self._arcs[arc] * self.unit for (arc,) in self._objects[name]["arcs"]]

    def to_json(self) -> dict[str, Any]:
        """The topology as TopoJSON: the first corner of an arc, then steps."""
        ends = np.cumsum([0, *map(len, self._arcs)])
        corners = np.concatenate([np.empty((0, 2), dtype=np.int64), *self._arcs])
        steps = np.diff(corners, axis=0, prepend=0)
        steps[ends[:-1]] = corners[ends[:-1]]
        every = steps.tolist()
        arcs = [every[start:end] for start, end in pairwise(ends.tolist())]
        transform = {"scale": [self.unit, self.unit], "translate": [0, 0]}
        return {"type": "Topology", "transform": transform, "arcs": arcs, "objects": self._objects}

    def _points(self, lines: Shapes, least: int) -> tuple[Whole, Whole]:
        """Corners in units without repetition, and the line of each; shorter lines are left out."""
        xy, line = shapely.get_coordinates(lines, return_index=True)
        whole = np.rint(xy / self.unit).astype(np.int64)
        fresh = np.ones(len(whole), dtype=bool)
        fresh[1:] = (np.diff(whole, axis=0) != 0).any(axis=1) | (np.diff(line) != 0)
        whole, line = whole[fresh], line[fresh]
        kept = np.bincount(line, minlength=1)[line] >= least
        return whole[kept], line[kept]

    def _near(self, points: Whole, rim: BaseGeometry | None) -> BoolArray:
        """Return whether each corner lies on the rim, shape (n,)."""
        if rim is None:
            return np.zeros(len(points), dtype=bool)
        shapely.prepare(rim)
        return np.asarray(shapely.dwithin(rim, shapely.points(points * self.unit), 1.5 * self.unit))

    def _ring(self, name: str, ring: Whole, edges: _Edges, start: int) -> list[int]:
        """A ring as arcs from node to node; without a node, one arc from its first corner."""
        body = ring[:-1]
        starts = np.flatnonzero(edges.is_node[start : start + len(body)])
        if not len(starts):
            starts = np.lexsort((body[:, 1], body[:, 0]))[:1]
        around = np.concatenate([body[starts[0] :], body[: starts[0] + 1]])
        arcs = []
        for begin, end in pairwise([*(starts - starts[0]).tolist(), len(body)]):
            arc = self._arc(around[begin : end + 1])
            edge = start + (begin + starts[0]) % len(body)
            self._owners[name][max(arc, ~arc)] = edges.owners[edges.kind[edge]]
            arcs.append(arc)
        return arcs

    def _arc(self, points: Whole) -> int:
        """Number of an arc; ``~i`` is arc ``i`` backwards."""
        forward, backward = points.tobytes(), points[::-1].tobytes()
        if forward in self._index:
            return self._index[forward]
        if backward in self._index:
            return ~self._index[backward]
        self._index[forward] = len(self._arcs)
        self._arcs.append(points)
        return len(self._arcs) - 1


@dataclass(frozen=True)
class _Edges:
    """Edges of rings by their first corner.

    Parameters
    ----------
    is_node : ndarray of bool, shape (n,)
        Whether more than two borders meet in a corner, or the owners change.
    kind : ndarray of int, shape (n,)
        Position in ``owners`` of those of the edge from a corner to the next one of its ring.
    owners : sequence of Owners
    """

    is_node: BoolArray
    kind: Whole
    owners: Sequence[Owners]


def _edges(points: Whole, ring: Whole, shape_of_ring: Whole, near: BoolArray) -> _Edges:
    """Shapes that share each edge of some closed rings."""
    number = _distinct(points)[1]
    first = np.flatnonzero(np.diff(ring, append=-1) == 0)
    ends = np.sort(np.column_stack([number[first], number[first + 1]]), axis=1)
    pair, edge = _distinct(ends)
    owner = shape_of_ring[ring[first]]
    low, high = np.full(len(pair), owner.max(initial=0) + 1), np.full(len(pair), -1)
    np.minimum.at(low, edge, owner)
    np.maximum.at(high, edge, owner)
    on_rim = np.ones(len(pair), dtype=bool)
    np.logical_and.at(on_rim, edge, near[first] & near[first + 1])
    triples, of_pair = _distinct(np.column_stack([low, high, on_rim]))
    is_node = _nodes(pair, of_pair, int(number.max(initial=-1)) + 1)
    kind = np.zeros(len(points), dtype=np.int64)
    kind[first] = of_pair[edge]
    owners = [(frozenset((a, b)), bool(rim)) for a, b, rim in triples.tolist()]
    return _Edges(is_node[number], kind, owners)


def _distinct(rows: Whole) -> tuple[Whole, Whole]:
    """Rows that differ, in their order, and the position of each row among them.

    A row is told by one number, which is found in a tenth of the time of `numpy.unique` by rows.
    """
    key = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T if len(rows) else ():
        least = column.min()
        key = key * (column.max() - least + 1) + (column - least)
    _, first, position = np.unique(key, return_index=True, return_inverse=True)
    return rows[first], position


def _nodes(pair: Whole, kind: Whole, count: int) -> BoolArray:
    """Corners where more than two borders meet, or the owners change, shape (count,)."""
    corner, twice = pair.ravel(), np.repeat(kind, 2)
    meeting = np.bincount(corner, minlength=count)
    least, most = np.full(count, len(kind) + 1), np.full(count, -1)
    np.minimum.at(least, corner, twice)
    np.maximum.at(most, corner, twice)
    return np.asarray((meeting != 2) | (least != most))
