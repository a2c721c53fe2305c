"""Small maps side by side, and how often each site is chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.arrays import FloatArray
from siting.placement import Placement
from siting.report.data import clean, megawatts, number, titled_table
from siting.report.maps.basemap import Basemap, read_basemap
from siting.report.maps.labels import draw_site_labels, drawable
from siting.report.maps.layers import draw_basemap, draw_marks, draw_sites, site_radii
from siting.report.maps.palette import (
    DARK,
    DPI,
    LIGHT,
    Palette,
    axes_in_points,
    draw_scale_bar,
    map_style,
    save_map,
    text_at,
)
from siting.report.maps.projection import View, choose_projection, view_of

__all__ = ["draw_frequency", "draw_multiples", "frequency_map", "multiples_map"]


#: Width of a picture, and room at its edge and between small maps. [pt]
_WIDTH, _EDGE, _GAP = 920.0, 18.0, 14.0
_TITLE, _CAPTION, _FOOT = 60.0, 30.0, 28.0
_MOST_COLUMNS, _SHAPE = 4, 0.62
_LARGEST = 22.0
_SOURCE = "Outlines: Natural Earth (public domain)."


def multiples_map(
    placements: Mapping[str, Placement], *, path: Path, title: str, dark: bool = False
) -> None:
    """Write small maps of several placements under their captions, one scale for all.

    The suffix of the path is .png, .svg or .pdf.
    """
    with map_style():
        save_map(draw_multiples(placements, title, DARK if dark else LIGHT), path)


def frequency_map(shares: pd.DataFrame, *, path: Path, title: str, dark: bool = False) -> None:
    """Write a map of how often each site is chosen.

    Parameters
    ----------
    shares : DataFrame
        Index site id; name, lat, lon and share (0 to 1, of the answers in which it is open).
    path, title, dark
        As in `multiples_map`.
    """
    with map_style():
        save_map(draw_frequency(shares, title, DARK if dark else LIGHT), path)


def draw_multiples(placements: Mapping[str, Placement], title: str, palette: Palette) -> Figure:
    """Small maps as a figure."""
    columns = min(math.ceil(math.sqrt(len(placements))), _MOST_COLUMNS)
    rows = math.ceil(len(placements) / columns)
    width = (_WIDTH - 2 * _EDGE - (columns - 1) * _GAP) / columns
    height = _SHAPE * width
    total = _TITLE + rows * (height + _CAPTION) + _FOOT
    figure = _figure(total, title, f"{len(placements)} placements, symbols on one scale.", palette)
    view = _view([p.sites for p in placements.values()], width, height)
    base = read_basemap(view)
    largest = max(float(p.sites["it_mw"].max()) for p in placements.values())
    for i, (name, placement) in enumerate(placements.items()):
        left = _EDGE + (i % columns) * (width + _GAP)
        bottom = total - _TITLE - (i // columns + 1) * (height + _CAPTION)
        axes = axes_in_points(figure, (left, bottom, width, height))
        _panel(axes, view, base, placement, palette, largest)
        load = megawatts(float(placement.sites["it_mw"].sum()))
        said = titled_table(f"{len(placement.sites)} sites, {load}", placement)
        text_at(figure, left, bottom + height + 14, clean(name), palette.ink, size=9, weight="bold")
        text_at(figure, left, bottom + height + 4, said, palette.muted, size=7.5)
    text_at(figure, _EDGE, 10, f"{_SOURCE} {view.projection.title} projection.", palette.muted,
            size=7)  # fmt: skip
    return figure


def _panel(
    axes: Axes, view: View, base: Basemap, placement: Placement, palette: Palette, largest: float
) -> None:
    draw_basemap(axes, base, palette)
    top = 0.045 * view.width * math.sqrt(float(placement.sites["it_mw"].max()) / largest)
    radii = site_radii(placement.sites["it_mw"], top, 1.6)
    spots = view.points(placement.sites[["lon", "lat"]])
    draw_sites(axes, placement, spots, radii, palette)


def draw_frequency(shares: pd.DataFrame, title: str, palette: Palette) -> Figure:
    """Return how often each site is chosen, as a figure: the area and the colour of a symbol."""
    chosen = shares[shares["share"] > 0].sort_values("share", ascending=False)
    width, height = _WIDTH - 2 * _EDGE, 0.53 * (_WIDTH - 2 * _EDGE)
    figure = _figure(_TITLE + height + _FOOT, title, _summary(chosen, len(shares)), palette)
    view = _view([chosen], width, height)
    axes = axes_in_points(figure, (_EDGE, _FOOT, width, height))
    draw_basemap(axes, read_basemap(view), palette)
    closed = view.points(shares.loc[shares["share"] <= 0, ["lon", "lat"]])
    draw_marks(axes, closed, palette.candidate, is_demand=False)
    spots = view.points(chosen[["lon", "lat"]])
    radii = _LARGEST * np.sqrt(chosen["share"].to_numpy(dtype=float)) * 0.6
    radii = np.maximum(radii, 2.5)
    axes.scatter(spots[:, 0], spots[:, 1], s=(2 * radii) ** 2, c=_colours(chosen["share"], palette),
                 edgecolors=palette.edge, linewidths=0.8, zorder=10)  # fmt: skip
    words = [
        (drawable(str(row["name"]), str(site)), f"{100 * float(row['share']):.0f} %")
        for site, row in chosen.iterrows()
    ]
    draw_scale_bar(axes, view, palette)
    weight = chosen["share"].to_numpy(dtype=float)
    unnamed = draw_site_labels(
        figure, axes, words, spots, radii, palette, weight=weight, avoid=closed
    )
    more = f" Without room for a label: {unnamed} of the sites." if unnamed else ""
    source = f"{_SOURCE} {view.projection.title} projection. Areas are in proportion to the share."
    text_at(figure, _EDGE, 10, source + more, palette.muted, size=7)
    return figure


def _summary(chosen: pd.DataFrame, count: int) -> str:
    always = int((chosen["share"] >= 1 - 1e-9).sum())
    once = f"{number(len(chosen))} of {number(count)} candidates are chosen at least once"
    return f"{once}, {always} always."


def _colours(share: pd.Series[float], palette: Palette) -> FloatArray:
    """Colour of each share; the more often, the further from the paper."""
    scale = colormaps["cividis" if palette is DARK else "cividis_r"]
    return np.asarray(scale(0.15 + 0.85 * share.to_numpy(dtype=float)))


def _figure(height: float, title: str, words: str, palette: Palette) -> Figure:
    figure = Figure(figsize=(_WIDTH / 72, height / 72), dpi=DPI, facecolor=palette.paper)
    text_at(figure, _EDGE, height - 26, clean(title), palette.ink, size=15, weight="bold")
    text_at(figure, _EDGE, height - 42, words, palette.muted, size=9.5)
    return figure


def _view(tables: list[pd.DataFrame], width: float, height: float) -> View:
    places = np.vstack([table[["lon", "lat"]].to_numpy(dtype=float) for table in tables])
    return view_of(choose_projection(*places.T), *places.T, width=width, height=height)
