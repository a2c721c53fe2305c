"""TopoJSON: polygons whose shared borders are written once, in whole units of the map.

References
----------
.. [1] The TopoJSON format specification, sections 2.1 (topology objects) and 2.2 (arcs).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray

__all__ = ["Topology"]

type Shapes = npt.NDArray[np.object_]
type Point = tuple[int, int]
type Edge = tuple[Point, Point]
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
        self._arcs: list[list[Point]] = []
        self._index: dict[tuple[Point, ...], int] = {}
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
        rings = [[self._rings(part) for part in shapely.get_parts(shape)] for shape in shapes]
        owners = _owners(rings, self._near(rings, rim))
        nodes = _nodes(owners)
        self._owners[name] = {}
        geometries = []
        for i, parts in enumerate(rings):
            arcs = [[self._ring(name, ring, nodes, owners) for ring in part] for part in parts]
            more = {"properties": dict(properties[i])} if properties else {}
            geometries.append({"type": "MultiPolygon", "arcs": [a for a in arcs if a], **more})
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
        arcs = []
        for shape in shapely.get_parts(shapes):
            points = self._points(shapely.get_coordinates(shape))
            if len(points) > 1:
                arcs.append([self._arc(points)])
        self._objects[name] = {"type": "MultiLineString", "arcs": arcs}

    def lines(self, name: str) -> list[FloatArray]:
        """Corners of each line of an object of lines, as they were rounded."""
        arcs = (self._arcs[arc] for (arc,) in self._objects[name]["arcs"])
        return [np.array(points, dtype=float) * self.unit for points in arcs]

    def to_json(self) -> dict[str, Any]:
        """The topology as TopoJSON: the first corner of an arc, then steps."""
        arcs = []
        for points in self._arcs:
            steps = np.diff(np.array(points), axis=0, prepend=0)
            arcs.append(steps.tolist())
        transform = {"scale": [self.unit, self.unit], "translate": [0, 0]}
        return {"type": "Topology", "transform": transform, "arcs": arcs, "objects": self._objects}

    def _rings(self, part: BaseGeometry) -> list[list[Point]]:
        rings = (self._points(shapely.get_coordinates(r)) for r in shapely.get_rings(part))
        return [ring for ring in rings if len(ring) > 3]

    def _points(self, xy: FloatArray) -> list[Point]:
        """Corners in units, without repetition."""
        whole = np.rint(xy / self.unit).astype(np.int64)
        fresh = np.append(True, (np.diff(whole, axis=0) != 0).any(axis=1))
        return [(int(x), int(y)) for x, y in whole[fresh]]

    def _near(self, rings: list[list[list[list[Point]]]], rim: BaseGeometry | None) -> set[Point]:
        if rim is None:
            return set()
        points = sorted({p for parts in rings for part in parts for ring in part for p in ring})
        shapely.prepare(rim)
        xy = shapely.points(np.array(points, dtype=float).reshape(-1, 2) * self.unit)
        near = np.atleast_1d(shapely.dwithin(rim, xy, 1.5 * self.unit))
        return {point for point, is_near in zip(points, near, strict=True) if is_near}

    def _ring(
        self, name: str, ring: list[Point], nodes: set[Point], owners: Mapping[Edge, Owners]
    ) -> list[int]:
        """A ring as arcs from node to node; without a node, one arc from its first corner."""
        body = ring[:-1]
        starts = [i for i, point in enumerate(body) if point in nodes]
        if not starts:
            starts = [min(range(len(body)), key=body.__getitem__)]
        around = [*body[starts[0] :], *body[: starts[0] + 1]]
        cuts = [i - starts[0] for i in starts] + [len(body)]
        arcs = []
        for begin, end in pairwise(cuts):
            arc = self._arc(around[begin : end + 1])
            self._owners[name][max(arc, ~arc)] = owners[_edge(around[begin], around[begin + 1])]
            arcs.append(arc)
        return arcs

    def _arc(self, points: list[Point]) -> int:
        """Number of an arc; ``~i`` is arc ``i`` backwards."""
        forward, backward = tuple(points), tuple(reversed(points))
        if forward in self._index:
            return self._index[forward]
        if backward in self._index:
            return ~self._index[backward]
        self._index[forward] = len(self._arcs)
        self._arcs.append(points)
        return len(self._arcs) - 1


def _edge(a: Point, b: Point) -> Edge:
    return (a, b) if a < b else (b, a)


def _owners(rings: list[list[list[list[Point]]]], near: set[Point]) -> dict[Edge, Owners]:
    found: dict[Edge, set[int]] = defaultdict(set)
    for i, parts in enumerate(rings):
        for part in parts:
            for ring in part:
                for a, b in pairwise(ring):
                    found[_edge(a, b)].add(i)
    return {
        edge: (frozenset(who), edge[0] in near and edge[1] in near) for edge, who in found.items()
    }


def _nodes(owners: Mapping[Edge, Owners]) -> set[Point]:
    """Corners where more than two borders meet, or the owners change."""
    at: dict[Point, list[Owners]] = defaultdict(list)
    for edge, who in owners.items():
        at[edge[0]].append(who)
        at[edge[1]].append(who)
    return {point for point, who in at.items() if len(who) != 2 or who[0] != who[1]}
