"""The map of a screen: cells that stayed, and the first reason of each that fell out."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from siting.report.data.wording import clean
from siting.report.maps.basemap import read_basemap
from siting.report.maps.layers import draw_basemap
from siting.report.maps.palette import LIGHT, Palette, draw_scale_bar
from siting.report.maps.projection import View, choose_projection, view_of
from siting.report.maps.static import DPI, SIZE_PX, axes_in_points, map_style, save_map, text_at

__all__ = ["screen_map"]

_MAP = (18.0, 28.0, 690.0, 426.0)
_LEGEND = (722.0, 28.0, 188.0, 426.0)
_HEIGHT = 72.0 * SIZE_PX[1] / DPI
_KEPT = "#0b6e4f"
#: Reasons by how many cells they took; more than these are one last colour.
_REASONS = ("#c9b8e8", "#f2a65a", "#8fb8de", "#d96c75", "#b0a38a", "#7d8a96", "#e3cf6b")
_OTHER = "#cfcfcf"
#: A ring that is wider on the page lies on both sides of the cut of the map. [pt]
_WIDEST_PT = 120.0


def screen_map(cells: gpd.GeoDataFrame, name: str, *, path: Path) -> None:
    """Write the map of a screen as PNG, SVG or PDF, by the suffix of the file.

    Parameters
    ----------
    cells : GeoDataFrame
        lon, lat [degrees], reasons, first_reason and the outline of each cell.
    name : str
        Title.
    path : pathlib.Path
        File to write.
    """
    with map_style():
        save_map(_draw(cells, name, LIGHT), path)


def _draw(cells: gpd.GeoDataFrame, name: str, palette: Palette) -> Figure:
    figure = Figure(figsize=(SIZE_PX[0] / DPI, SIZE_PX[1] / DPI), dpi=DPI, facecolor=palette.paper)
    view = _view(cells)
    axes = axes_in_points(figure, _MAP)
    draw_basemap(axes, read_basemap(view), palette)
    colours = _colours(cells["first_reason"])
    _draw_cells(axes, cells, view, colours)
    draw_scale_bar(axes, view, palette)
    _legend(figure, cells, colours, palette)
    kept = int((cells["reasons"] == "").sum())
    text_at(figure, 18, _HEIGHT - 32, clean(name), palette.ink, size=18, weight="bold")
    what = f"{kept:,} of {len(cells):,} cells of equal area stayed as candidates"
    text_at(figure, 18, _HEIGHT - 52, what, palette.muted, size=11)
    source = f"Outlines: Natural Earth (public domain). {view.projection.title} projection."
    text_at(figure, 18, 13, source, palette.muted, size=7)
    return figure


def _view(cells: gpd.GeoDataFrame) -> View:
    lon, lat = cells["lon"].to_numpy(dtype=float), cells["lat"].to_numpy(dtype=float)
    projection = choose_projection(lon, lat)
    return view_of(projection, lon, lat, width=_MAP[2], height=_MAP[3])


def _colours(reasons: pd.Series[str]) -> dict[str, str]:
    """Colour of each reason, those that took most cells first; "" is a cell that stayed."""
    order = reasons[reasons != ""].value_counts().index
    shown = dict(zip(order, _REASONS, strict=False))
    return {"": _KEPT} | {str(key): shown.get(key, _OTHER) for key in order}


def _draw_cells(axes: Axes, cells: gpd.GeoDataFrame, view: View, colours: dict[str, str]) -> None:
    """Outline of each cell in the colour of its first reason, or a dot where the map is cut."""
    colour = cells["first_reason"].map(colours).to_numpy()
    whole = (cells.geometry.geom_type == "Polygon").to_numpy()
    rings = [
        view.points(np.asarray(shape.exterior.coords)) if one else np.zeros((1, 2))
        for shape, one in zip(cells.geometry, whole, strict=True)
    ]
    whole = whole & np.array([np.ptp(ring[:, 0]) < _WIDEST_PT for ring in rings])
    axes.add_collection(
        PolyCollection([rings[i] for i in np.flatnonzero(whole)], facecolors=list(colour[whole]),
                       edgecolors="white", linewidths=0.15, alpha=0.85, zorder=5)
    )  # fmt: skip
    spots = view.points(cells[["lon", "lat"]].to_numpy(dtype=float)[~whole])
    axes.scatter(spots[:, 0], spots[:, 1], s=4.0, c=list(colour[~whole]), linewidths=0.0, zorder=5)


def _words(key: str) -> str:
    """The rule of a reason, short."""
    for end, words in (("_max", " too large"), ("_min", " too small")):
        if key.endswith(end):
            return key.removesuffix(end) + words
    return {"": "stayed", "lacks_data": "data missing", "water": "in water"}.get(key, key)


def _legend(
    figure: Figure, cells: gpd.GeoDataFrame, colours: dict[str, str], palette: Palette
) -> None:
    axes = axes_in_points(figure, _LEGEND)
    counts = cells["first_reason"].value_counts()
    y = _LEGEND[3] - 12
    for key, colour in list(colours.items())[:18]:
        words = _words(key)
        axes.scatter([6], [y], s=64, marker="s", c=[colour], linewidths=0.0)
        axes.text(18, y, f"{words}: {counts.get(key, 0):,}", size=9, color=palette.ink,
                  va="center", parse_math=False)  # fmt: skip
        y -= 17
    axes.text(0, y - 6, "Each cell counts under its first reason.", size=7.5, color=palette.muted,
              va="center", parse_math=False)  # fmt: skip
