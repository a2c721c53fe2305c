"""The static map of a placement: sites, who they serve, and what was proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.placement import Placement
from siting.report.data.wording import clean, megawatts, number, status_sentence, titled_table
from siting.report.map_labels import draw_site_labels, site_words
from siting.report.map_legend import draw_legend, wrapped
from siting.report.maps.basemap import read_basemap
from siting.report.maps.layers import (
    WIDEST_FLOW,
    ShownFlows,
    draw_basemap,
    draw_flows,
    draw_marks,
    draw_sites,
    flow_lines,
    main_flows,
    site_radii,
    site_reach,
)
from siting.report.maps.palette import DARK, LIGHT, Palette
from siting.report.maps.projection import (
    ProjectionKind,
    View,
    choose_projection,
    view_of,
)
from siting.report.scale_bar import draw_scale_bar

__all__ = [
    "DPI",
    "SIZE_PX",
    "axes_in_points",
    "draw_map",
    "map_style",
    "placement_map",
    "save_map",
    "text_at",
]

type FloatArray = npt.NDArray[np.float64]

#: Size of the PNG. [pixels]
SIZE_PX = (2048, 1152)
#: Dots an inch of a PNG.
DPI = 160
_WIDTH, _HEIGHT = (72.0 * pixels / DPI for pixels in SIZE_PX)  # [pt]
#: Left, bottom, width and height of the map and of the legend beside it. [pt]
_MAP = (18.0, 28.0, 704.0, 426.0)
_LEGEND = (738.0, 14.0, 172.0, 490.0)
_STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "text.usetex": False,
    "text.parse_math": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "siting",
    "pdf.fonttype": 42,
    "path.simplify": True,
}
#: Metadata of each format; None leaves the time of writing out, so that equal maps are equal files.
_STAMPS: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
_SOURCE = "Outlines: Natural Earth (public domain). Symbol areas are in proportion to IT load."


@contextmanager
def map_style() -> Iterator[None]:
    """Settings of matplotlib that maps are drawn and saved under; put back afterwards."""
    with mpl.rc_context(_STYLE):
        yield


def placement_map(placement: Placement, *, path: Path, dark: bool = False) -> None:
    """Write the map of a placement as PNG, SVG or PDF, by the suffix of the file.

    Parameters
    ----------
    placement : Placement
        The answer to show.
    path : pathlib.Path
        File to write. A PNG has 2048 x 1152 pixels.
    dark : bool, default False
        Light on dark instead of dark on light.

    Raises
    ------
    ValueError
        If the suffix is not .png, .svg or .pdf.
    siting.errors.DataError
        If the built-in outlines are missing.
    """
    _kind(path)
    with map_style():
        save_map(draw_map(placement, DARK if dark else LIGHT), path)


def _kind(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _STAMPS:
        raise ValueError(f"{path.name}: a map is written as .png, .svg or .pdf")
    return kind


def save_map(figure: Figure, path: Path) -> None:
    """Write a figure of `draw_map`, under `map_style`, without the time of writing."""
    kind = _kind(path)
    figure.savefig(path, format=kind, dpi=DPI, metadata=_STAMPS[kind])


def draw_map(placement: Placement, palette: Palette) -> Figure:
    """The map as a figure that no global state knows of."""
    figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72), dpi=DPI, facecolor=palette.paper)
    flows = main_flows(placement.flows)
    view = _view(placement, flows)
    axes = axes_in_points(figure, _MAP)
    spots = view.points(placement.sites[["lon", "lat"]])
    demand = view.points(_demand(placement))
    largest = 15.0 if view.projection.kind is ProjectionKind.WORLD or len(spots) < 3 else 20.0
    radii = site_radii(placement.sites["it_mw"], largest)
    reach = site_reach(placement.sites["design"], radii)
    draw_basemap(axes, read_basemap(view), palette)
    draw_flows(axes, placement, flows, view)
    draw_marks(axes, view.points(_not_chosen(placement)), palette.candidate, hollow=True)
    draw_marks(axes, demand, palette.demand, hollow=False)
    draw_sites(axes, placement, spots, radii, palette)
    unnamed = draw_site_labels(figure, axes, site_words(placement), spots, reach, palette,
                               weight=placement.sites["it_mw"].to_numpy(dtype=float),
                               avoid=demand)  # fmt: skip
    draw_scale_bar(axes, view, palette)
    draw_legend(axes_in_points(figure, _LEGEND), placement, flows, palette, height=_LEGEND[3],
                largest_pt=largest, widest_flow=WIDEST_FLOW)  # fmt: skip
    _headings(figure, placement, palette)
    _source_line(figure, view, palette, unnamed)
    return figure


def _view(placement: Placement, flows: ShownFlows) -> View:
    """Window around the sites, the demand that has load and the lines between them."""
    sites = placement.sites[["lon", "lat"]].to_numpy(dtype=float)
    ends = np.vstack([sites, _demand(placement)])
    projection = choose_projection(*ends.T)
    shown = np.vstack([ends, *flow_lines(placement, flows)])
    return view_of(projection, *shown.T, width=_MAP[2], height=_MAP[3])


def _demand(placement: Placement) -> FloatArray:
    loaded = placement.demand[placement.demand["it_mw"] > 0]
    return loaded[["lon", "lat"]].to_numpy(dtype=float)


def _not_chosen(placement: Placement) -> FloatArray:
    closed = placement.candidates[~placement.candidates["is_open"].astype(bool)]
    return closed[["lon", "lat"]].to_numpy(dtype=float)


def axes_in_points(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    """Axes without decoration whose data unit is the point, in a box of left, bottom, size [pt]."""
    left, bottom, width, height = box
    page = 72.0 * figure.get_size_inches()
    shares = (left / page[0], bottom / page[1], width / page[0], height / page[1])
    axes = figure.add_axes(shares)
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def text_at(figure: Figure, x: float, y: float, words: str, colour: str, **style: Any) -> None:
    """Write words at a place of the page [pt]; dollars in them are only text."""
    page = 72.0 * figure.get_size_inches()
    figure.text(x / page[0], y / page[1], words, color=colour, parse_math=False, **style)


def _headings(figure: Figure, placement: Placement, palette: Palette) -> None:
    title = _fitting(placement.study.name, 54)
    count, load = len(placement.sites), float(placement.sites["it_mw"].sum())
    sites = f"{number(count)} {'site' if count == 1 else 'sites'}"
    what = titled_table(f"{sites} for {megawatts(load)} of IT load", placement)
    text_at(figure, 18, _HEIGHT - 32, title, palette.ink, size=18, weight="bold")
    text_at(
        figure, 18, _HEIGHT - 52, f"{what}. {status_sentence(placement)}", palette.muted, size=11
    )


def _fitting(text: str, length: int) -> str:
    first = wrapped(clean(text), length)[0]
    return first if first == clean(text) else f"{clean(text)[: length - 1].rstrip()}…"


def _source_line(figure: Figure, view: View, palette: Palette, unnamed: int) -> None:
    more = f" Without room for a label: {unnamed} of the sites." if unnamed else ""
    words = f"{_SOURCE} {view.projection.title} projection.{more}"
    text_at(figure, 18, 13, words, palette.muted, size=7)
