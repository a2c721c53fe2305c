"""Layers under the sites: shapes of any kind, and colours by grid zone, basin or cell."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from bokeh.palettes import Cividis256, Oranges256, Viridis256
from PIL import Image

from siting.arrays import FloatArray
from siting.config import Study
from siting.errors import DataError
from siting.files import geodata_dir
from siting.placement import Placement
from siting.report.data.states import PLACES, near_layers, place_titles, zone_figures
from siting.report.maps.basemap import projected_shapes
from siting.report.maps.projection import View
from siting.report.maps.shapes import BASIN_CLASSES, Cells, hazard_cells, raster_cells
from siting.report.pages.interactive_map import Frame, LiveMap
from siting.report.pages.looks import SHADED, Shading

__all__ = [
    "MOST_POINTS",
    "OVERLAYS",
    "SHADES",
    "Overlay",
    "Shade",
    "add_near",
    "add_overlays",
    "add_shades",
    "add_shapes",
    "candidate_colours",
    "shades_of",
]


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
            _add_parts(plot, name, _parts(geodata_dir(), name, plot.frame.view), **overlay.style)


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
    """Add shapes of one dimension [degrees, WGS 84] to a map; nothing if none lies on it.

    Whether they are ``on`` at first and the style are as in `MapLayer`.
    """
    _add_parts(plot, name, projected_shapes(shapes, plot.frame.view), on=on, **style)


def _add_parts(plot: LiveMap, name: str, parts: Shapes, *, on: bool = False, **style: Any) -> None:
    """Add shapes that are projected already. [pt]."""
    if not len(parts):
        return
    km = plot.frame.km_per_point
    kind = ("point", "line", "area")[int(shapely.get_dimensions(parts).max())]
    if kind == "point":
        x, y = np.round(shapely.get_coordinates(parts) * km, 1).T
        plot.add(name, kind, {"x": x, "y": y}, on=on, image=True, **style)
        return
    columns: dict[str, list[Any]] = {}
    if kind == "line":
        columns = {axis: _corners(parts, km, k) for k, axis in enumerate("xy")}
    else:
        rings, owner = shapely.get_rings(parts, return_index=True)
        first = np.searchsorted(owner, np.arange(len(parts) + 1))
        for k, axis in enumerate("xy"):
            each = _corners(rings, km, k)
            columns[axis] = [each[low:high] for low, high in pairwise(first)]
    plot.add(name, kind, columns, on=on, image=True, **style)


def _corners(lines: Shapes, km: float, axis: int) -> list[Any]:
    """Position of the corners of each line or ring on an axis. [km]."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    return np.split(np.round(xy[:, axis] * km, 1), np.flatnonzero(np.diff(line)) + 1)


@lru_cache(maxsize=8)  # pages of one study are of one window
def _parts(folder: Path, name: str, view: View) -> Shapes:
    """Shapes of a built-in layer in a window. [pt]."""
    return projected_shapes(_shapes(folder, name), view)


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


#: Colours of a grid, few enough that its image stays small.
_COLOURS = 24


@dataclass(frozen=True)
class Shade:
    """A number that colours the map.

    Parameters
    ----------
    of : str
        What it colours: ``zone`` (grid zones), ``basin``, ``grid`` (cells and candidates) or
        ``candidates``.
    column : str
        Of `zone_figures` or of `Placement.candidates`.
    title, unit : str
        In words.
    palette : sequence of str
        Colours from the least to the most; monotonic in lightness.
    is_log : bool
        Whether colours go by the logarithm.
    """

    of: str
    column: str
    title: str
    unit: str
    palette: Sequence[str]
    is_log: bool = False

    def scale(self, values: FloatArray) -> tuple[float, float]:
        """Values at the ends of the ramp: those that all but one in fifty lie between."""
        known = values[np.isfinite(values)]
        if not known.size:
            return (np.nan, np.nan)
        low, high = np.quantile(known, [0.02, 0.98])
        return float(low), float(high)

    def places(self, values: FloatArray, ends: tuple[float, float]) -> FloatArray:
        """Position of values on the ramp, from 0 to 1; NaN where they are not known."""
        floor = 1e-9 if self.is_log else -np.inf
        held = np.maximum([*values.ravel(), *ends], floor)
        steps = np.log(held) if self.is_log else held
        low, high = steps[-2:]
        part = (steps[:-2] - low) / (high - low if high > low else 1.0)
        return np.asarray(np.clip(part, 0.0, 1.0).reshape(values.shape))

    def colours(self, values: FloatArray, ends: tuple[float, float]) -> list[str | None]:
        """Colour of each value, None where it is not known."""
        top = len(self.palette) - 1
        return [
            self.palette[round(top * share)] if np.isfinite(share) else None
            for share in self.places(values, ends).tolist()
        ]


_VIRIDIS, _CIVIDIS, _ORANGES = Viridis256[::-1], Cividis256[::-1], Oranges256[::-1]
SHADES: Mapping[str, Shade] = {
    "carbon": Shade("zone", "grid_carbon_g_per_kwh", "Grid carbon intensity", "g CO₂e/kWh",
                    _VIRIDIS),
    "price": Shade("zone", "grid_price_usd_per_mwh", "Grid price, large users", "USD/MWh",
                   _CIVIDIS),
    "water-of-grid": Shade("zone", "grid_water_l_per_kwh", "Water of grid electricity", "L/kWh",
                           _VIRIDIS, is_log=True),
    "scarcity": Shade("basin", "scarcity_factor", "Water scarcity (AWARE)", "m³ world-eq/m³",
                      _CIVIDIS, is_log=True),
    "cooling": Shade("candidates", "free_cooling_hours", *PLACES["free_cooling_hours"],
                     Viridis256),
    "cyclones": Shade("grid", "cyclones_per_yr", *PLACES["cyclones_per_yr"], _ORANGES),
    "slope": Shade("grid", "relief_slope_m_per_km", *PLACES["relief_slope_m_per_km"], _ORANGES),
}  # fmt: skip
#: What each kind of colour stands on.
_NOTES = {
    "zone": "annual mean of the built-in grid zone, drawn by province or country",
    "basin": "annual factor of the river basins, in classes",
    "candidates": "marks of the candidates",
    "grid": "cells on land, and marks of the candidates",
}


def shades_of(study: Study) -> dict[str, Shade]:
    """Quantities that can colour a map of a study: built-in numbers, and its own rasters."""
    titles = place_titles(study)
    own = {f"raster-{i}": Shade("grid", name, f"{titles[name][0]}, your raster", "", _ORANGES)
           for i, name in enumerate(study.candidates.rasters)}  # fmt: skip
    return {**own, **SHADES}


def add_shades(plot: LiveMap, placement: Placement) -> None:
    """Add the colours of all that a placement can be coloured by, and what they mean."""
    ends = np.maximum(BASIN_CLASSES, 0.1)
    tables = {
        "zone": zone_figures(placement.study),
        "basin": pd.DataFrame({"scarcity_factor": np.sqrt(ends[:-1] * ends[1:])}),
    }
    for name, shade in shades_of(placement.study).items():
        table = tables.get(shade.of, placement.candidates)
        cells = _cells(placement.study, shade, plot.frame) if shade.of == "grid" else None
        seen = [] if cells is None else [cells.values.ravel()]
        if shade.column in table:
            seen.append(table[shade.column].to_numpy(dtype=float))
        if seen:
            plot.shades[name] = _shading(shade, np.concatenate(seen), table, cells, plot.frame)


def _shading(
    shade: Shade, values: FloatArray, table: pd.DataFrame, cells: Cells | None, frame: Frame
) -> Shading:
    ends, note = shade.scale(values), _NOTES[shade.of]
    data: dict[str, Any] = {"of": shade.of}
    if cells is not None:
        data |= _image(shade, cells, ends, frame)
    elif shade.of == "grid":
        note = f"{_NOTES['candidates']}; the file cannot be read here"
    elif shade.of != "candidates":
        colours = shade.colours(table[shade.column].to_numpy(dtype=float), ends)
        data["colours"] = dict(zip(map(str, table.index), colours, strict=True))
    scale = ", colours by the logarithm" if shade.is_log else ""
    return Shading(shade.title, shade.unit, ends, shade.palette[::17], f"{scale}; {note}", data)


def _cells(study: Study, shade: Shade, frame: Frame) -> Cells | None:
    """Grid of a shade; None where the file of a raster can no longer be read, or lies elsewhere."""
    raster = study.candidates.rasters.get(shade.column)
    if raster is None:
        return hazard_cells(shade.column, frame.view)
    try:
        return raster_cells(raster, frame.view)
    except DataError:
        return None


def _image(shade: Shade, cells: Cells, ends: tuple[float, float], frame: Frame) -> dict[str, Any]:
    """Cells as an image, the southernmost row first, of few colours and none."""
    part = np.nan_to_num(shade.places(cells.values, ends), nan=-1.0)
    number_of = np.where(part < 0, 0, 1 + np.rint(part * (_COLOURS - 1))).astype(np.uint8)
    steps = np.linspace(0, len(shade.palette) - 1, _COLOURS).round().astype(int)
    image = Image.fromarray(number_of, "P")
    image.putpalette(bytes(3) + b"".join(bytes.fromhex(shade.palette[i][1:]) for i in steps))
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True, transparency=0)
    text = base64.b64encode(written.getvalue()).decode()
    box = [round(end * frame.km_per_point, 2) for end in cells.box]
    return {"image": f"data:image/png;base64,{text}", "box": box}


def candidate_colours(
    plot: LiveMap, placement: Placement, chosen: pd.DataFrame
) -> dict[str, list[str | None]]:
    """Colours of some candidates by each number of theirs, as columns of a layer of a map."""
    return {
        f"{SHADED}{name}": shade.colours(
            chosen[shade.column].to_numpy(dtype=float), plot.shades[name].ends)
        for name, shade in shades_of(placement.study).items()
        if shade.of in ("grid", "candidates") and shade.column in chosen
    }  # fmt: skip
