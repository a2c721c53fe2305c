"""Layers under the sites from any shapes: grids, hazards, or a planner's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from siting.config import Study
from siting.paths import geodata_dir
from siting.report.data.states import near_layers
from siting.report.maps.basemap import projected_shapes
from siting.report.pages.interactive_map import LiveMap

__all__ = ["MOST_POINTS", "OVERLAYS", "Overlay", "add_near", "add_overlays", "add_shapes"]

#: Points of a planner's layer that a page holds at most.
MOST_POINTS = 6000

type Shapes = npt.NDArray[np.object_]

_UNITS = 1e4  # of a degree
#: Points of one power line are at most so far apart. [degrees]
_STEP = 0.12


@dataclass(frozen=True)
class Overlay:
    """A layer of shapes that can be switched on.

    Parameters
    ----------
    title : str
        In words.
    table, key : str
        File of ``geodata/`` and name of the layer in it.
    style : mapping
        As in `MapLayer`.
    min_kv : float
        Lowest voltage that is shown. [kV]
    """

    title: str
    table: str
    key: str
    style: Mapping[str, Any] = field(default_factory=dict)
    min_kv: float = 0.0


#: Only tables whose licence lets a page hold them: those under share-alike terms are left out.
OVERLAYS: Mapping[str, Overlay] = {
    "power-lines": Overlay("Power lines (Europe, 300 kV+)", "grid_network.npz",
                           "power_lines", {"stroke": "#9b5fc0", "width": 1.0, "alpha": 0.7}, 300),
    "substations": Overlay("Substations (Europe, Australia, 220 kV+)",
                           "grid_network.npz", "substations",
                           {"fill": "#9b5fc0", "radius": 1.8, "shape": "square"}, 220),
    "plates": Overlay("Plate boundaries", "plate_boundaries.npz", "plate_boundaries",
                      {"stroke": "#c0392b", "width": 1.4, "dash": [6, 4]}),
}  # fmt: skip
#: Layers of the catalogue that every map has: by an overlay, or as the outlines of the land.
_DRAWN = ("coast", "plate_boundaries")


def add_overlays(plot: LiveMap) -> None:
    """Add every built-in layer of which something lies on the map, switched off."""
    for name, overlay in OVERLAYS.items():
        if (geodata_dir() / overlay.table).is_file():
            add_shapes(plot, name, _shapes(geodata_dir(), name), **overlay.style)


def add_near(plot: LiveMap, study: Study) -> None:
    """Add the layers that candidates must lie near to or far from, but those that are there."""
    for i, (near, layer) in enumerate(zip(study.candidates.near, near_layers(study), strict=True)):
        if near.layer in _DRAWN:
            continue
        step = max(1, -(-len(layer.lon_lat) // MOST_POINTS))
        plot.titles[f"near-{i}"] = layer.title
        points: Shapes = np.array([shapely.Point(at) for at in layer.lon_lat[::step]], dtype=object)
        add_shapes(plot, f"near-{i}", points, on=True, fill="#9b5fc0", radius=1.6)


def add_shapes(plot: LiveMap, name: str, shapes: Shapes, *, on: bool = False, **style: Any) -> None:
    """Add shapes of one dimension to a map; nothing if none lies on it.

    Parameters
    ----------
    plot : LiveMap
        The map.
    name : str
        Of the layer.
    shapes : ndarray of geometry
        Points, lines or polygons, as of a GeoJSON file. [degrees, WGS 84]
    on : bool
        Whether they are shown at first.
    **style
        As in `MapLayer`.
    """
    parts = projected_shapes(shapes, plot.frame.view)
    if not len(parts):
        return
    km = plot.frame.km_per_point
    kind = ("point", "line", "area")[int(shapely.get_dimensions(parts).max())]
    if kind == "point":
        x, y = np.round(shapely.get_coordinates(parts) * km, 1).T
        plot.add(name, kind, {"x": x, "y": y}, on=on, image=True, **style)
        return
    rings: list[list[Any]] = [_rings(part, km) for part in parts]
    if kind == "line":
        columns = {axis: [part[0][:, k] for part in rings] for k, axis in enumerate("xy")}
    else:
        columns = {axis: [[ring[:, k] for ring in part] for part in rings]
                   for k, axis in enumerate("xy")}  # fmt: skip
    plot.add(name, kind, columns, on=on, image=True, **style)


def _rings(part: BaseGeometry, km: float) -> list[Any]:
    """Corners of a line, or of each ring of a polygon. [km]."""
    lines = shapely.get_rings(part) if shapely.get_dimensions(part) == 2 else [part]
    return [np.round(shapely.get_coordinates(line) * km, 1) for line in lines]


@cache
def _shapes(folder: Path, name: str) -> Shapes:
    """Points or lines of a built-in layer. [degrees]."""
    overlay = OVERLAYS[name]
    with np.load(folder / overlay.table) as packed:
        if f"{overlay.key}_starts" in packed:
            xy = packed[f"{overlay.key}_xy"] / _UNITS
            counts = np.diff(packed[f"{overlay.key}_starts"].astype(np.int64))
            return np.asarray(
                shapely.linestrings(xy, indices=np.repeat(range(len(counts)), counts))
            )
        kv = packed[f"{overlay.key}_kv"]
        xy = np.column_stack([packed[f"{overlay.key}_{axis}"] / _UNITS for axis in ("lon", "lat")])
    high = kv >= overlay.min_kv
    if "stroke" not in overlay.style:
        return np.asarray(shapely.points(xy[high]))
    return _lines(xy[high], kv[high])


def _lines(xy: npt.NDArray[np.float64], kv: npt.NDArray[np.generic]) -> Shapes:
    """Points of a table in the order of their lines, joined where they follow each other."""
    apart = np.abs(np.diff(xy, axis=0)).max(axis=1) > _STEP
    line = np.concatenate([[0], np.cumsum(apart | (np.diff(kv) != 0))])
    several = np.isin(line, np.flatnonzero(np.bincount(line) > 1))
    _, owner = np.unique(line[several], return_inverse=True)
    return np.asarray(shapely.linestrings(xy[several], indices=owner))
