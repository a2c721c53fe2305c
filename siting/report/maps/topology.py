"""TopoJSON: polygons whose shared borders are written once, in whole units of the map.

References
----------
.. [1] The TopoJSON format specification, sections 2.1 (topology objects) and 2.2 (arcs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from siting.arrays import BoolArray, FloatArray

__all__ = ["Topology"]

type Shapes = npt.NDArray[np.object_]
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
        """Add polygons that share their borders corner by corner, or none.

        Parameters
        ----------
        name : str
            Of the object.
        shapes : ndarray of Polygon or MultiPolygon
        properties : sequence of mapping
            Of each shape; none by default.
        rim : geometry, optional
            Line where the map is cut; borders along it are kept apart from the others.
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
    number = np.unique(points, axis=0, return_inverse=True)[1].reshape(-1)
    first = np.flatnonzero(np.diff(ring, append=-1) == 0)
    ends = np.sort(np.column_stack([number[first], number[first + 1]]), axis=1)
    pair, edge = np.unique(ends, axis=0, return_inverse=True)
    edge = edge.reshape(-1)
    owner = shape_of_ring[ring[first]]
    low, high = np.full(len(pair), owner.max(initial=0) + 1), np.full(len(pair), -1)
    np.minimum.at(low, edge, owner)
    np.maximum.at(high, edge, owner)
    on_rim = np.ones(len(pair), dtype=bool)
    np.logical_and.at(on_rim, edge, near[first] & near[first + 1])
    triples, of_pair = np.unique(np.column_stack([low, high, on_rim]), axis=0, return_inverse=True)
    of_pair = of_pair.reshape(-1)
    is_node = _nodes(pair, of_pair, int(number.max(initial=-1)) + 1)
    kind = np.zeros(len(points), dtype=np.int64)
    kind[first] = of_pair[edge]
    owners = [(frozenset((a, b)), bool(rim)) for a, b, rim in triples.tolist()]
    return _Edges(is_node[number], kind, owners)


def _nodes(pair: Whole, kind: Whole, count: int) -> BoolArray:
    """Corners where more than two borders meet, or the owners change, shape (count,)."""
    corner, twice = pair.ravel(), np.repeat(kind, 2)
    meeting = np.bincount(corner, minlength=count)
    least, most = np.full(count, len(kind) + 1), np.full(count, -1)
    np.minimum.at(least, corner, twice)
    np.maximum.at(most, corner, twice)
    return np.asarray((meeting != 2) | (least != most))
