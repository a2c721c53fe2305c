"""Decodes TopoJSON: quantised, delta-coded arcs shared between neighbouring polygons.

References
----------
.. [1] The TopoJSON format specification, sections 2.1 and 2.2 (transforms and arcs).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely import LineString, MultiPolygon, Polygon, union_all
from shapely.geometry.base import BaseGeometry

from siting.geo import polygons_of, split_at_antimeridian

__all__ = ["read_lines", "read_objects"]

type Arc = npt.NDArray[np.float64]


def read_objects(path: Path, name: str) -> list[tuple[dict[str, Any], BaseGeometry]]:
    """Read the geometries of one named object of a TopoJSON file.

    Parameters
    ----------
    path : pathlib.Path
        TopoJSON file in longitude and latitude.
    name : str
        Object to read, e.g. ``countries``.

    Returns
    -------
    list of (dict, geometry)
        The properties with ``id``, and the valid polygon of each geometry.
    """
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = _decode_arcs(topology)
    members = topology["objects"][name]
    members = members.get("geometries", [members])
    return [
        ({"id": item.get("id"), **item.get("properties", {})}, polygons_of(_shape(item, arcs)))
        for item in members
    ]


def read_lines(path: Path, name: str) -> npt.NDArray[np.object_]:
    """Read the lines of one named object of a TopoJSON file, multi-lines as their parts."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = _decode_arcs(topology)
    chains = [
        chain
        for item in topology["objects"][name]["geometries"]
        for chain in (item["arcs"] if item["type"] == "MultiLineString" else [item["arcs"]])
    ]
    return np.array([LineString(_ring(chain, arcs)) for chain in chains], dtype=object)


def _decode_arcs(topology: dict[str, Any]) -> list[Arc]:
    scale = np.array(topology["transform"]["scale"])
    shift = np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def _ring(indices: list[int], arcs: list[Arc]) -> Arc:
    """Join arcs end to end; ``~i`` is arc ``i`` backwards, and joints occur once."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.concatenate([part if k == 0 else part[1:] for k, part in enumerate(parts)])


def _unwrapped(ring: Arc) -> Arc:
    """Longitudes without the jump at ±180; a ring around a pole is closed over the pole."""
    lon = np.unwrap(ring[:, 0], period=360.0)
    path = np.column_stack([lon, ring[:, 1]])
    if abs(lon[-1] - lon[0]) < 180.0:
        return path
    pole = float(np.copysign(90.0, ring[:, 1].mean()))
    return np.vstack([path, [(lon[-1], pole), (lon[0], pole)], path[:1]])


def _polygon(rings: list[list[int]], arcs: list[Arc]) -> BaseGeometry:
    shell, *holes = [_unwrapped(_ring(ring, arcs)) for ring in rings]
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    inner = [
        hole + np.array([360.0 * round((middle - hole[:, 0].mean()) / 360.0), 0.0])
        for hole in holes
        if len(hole) > 3
    ]
    return split_at_antimeridian(polygons_of(Polygon(shell, inner)))


def _shape(item: dict[str, Any], arcs: list[Arc]) -> BaseGeometry:
    if item["type"] == "Polygon":
        return _polygon(item["arcs"], arcs)
    if item["type"] == "MultiPolygon":
        return union_all([_polygon(rings, arcs) for rings in item["arcs"]])
    return MultiPolygon()
