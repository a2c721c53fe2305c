"""The static map of a placement and its legend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from siting.arrays import FloatArray
from siting.nomenclature import HEADLINES, LIMITED
from siting.placement import Placement
from siting.report.data import (
    amount,
    clean,
    megawatts,
    number,
    status_sentence,
    titled_table,
    titled_total,
)
from siting.report.data.states import NearLayer, near_layers, thinned
from siting.report.maps.basemap import read_basemap
from siting.report.maps.labels import draw_site_labels, site_words
from siting.report.maps.layers import (
    WIDEST_FLOW,
    ShownFlows,
    draw_basemap,
    draw_flows,
    draw_marks,
    draw_place_names,
    draw_sites,
    flow_lines,
    main_flows,
    marker,
    site_radii,
    site_reach,
)
from siting.report.maps.palette import (
    DARK,
    DPI,
    LIGHT,
    Palette,
    axes_in_points,
    design_mark,
    design_title,
    draw_scale_bar,
    file_kind,
    map_style,
    save_map,
    text_at,
    wrapped,
)
from siting.report.maps.projection import (
    ProjectionKind,
    View,
    choose_projection,
    view_of,
    within_world,
)

__all__ = ["SIZE_PX", "draw_legend", "draw_map", "placement_map", "round_values"]


def round_values(largest: float) -> list[float]:
    """Up to three round numbers not above a largest one: about all, a third and a tenth of it."""
    if largest <= 0:
        return []
    steps = np.array([1.0, 2.0, 5.0])
    decades = 10.0 ** np.arange(np.floor(np.log10(largest)) - 2, np.floor(np.log10(largest)) + 1)
    grid = np.outer(decades, steps).ravel()
    picked = [grid[grid <= share * largest * (1 + 1e-9)].max() for share in (1.0, 0.35, 0.1)]
    return [float(value) for value in dict.fromkeys(picked)]


class _Column:
    """A cursor that moves down a column of text and symbols [pt]."""

    def __init__(self, axes: Axes, palette: Palette, height: float) -> None:
        self.axes, self.palette, self.y = axes, palette, height

    def text(self, words: str, *, x: float = 0.0, size: float = 8.5, muted: bool = False,
             bold: bool = False, down: float = 0.0) -> None:  # fmt: skip
        colour = self.palette.muted if muted else self.palette.ink
        self.axes.text(x, self.y, words, size=size, color=colour, va="center",
                       weight="bold" if bold else "normal", parse_math=False)  # fmt: skip
        self.y -= down

    def heading(self, words: str) -> None:
        self.y -= 8
        for line in wrapped(words, 30):
            self.text(line, size=9, bold=True, down=10)
        self.y -= 4

    def symbol(self, x: float, shape: str, radius: float, colour: str, edge: str) -> None:
        style, size = marker(shape, radius)
        self.axes.scatter(x, self.y, s=size, marker=style, facecolors=colour, edgecolors=edge,
                          linewidths=0.8)  # fmt: skip

    def right(self, words: str) -> None:
        self.axes.text(self.axes.get_xlim()[1], self.y, words, size=8, ha="right", va="center",
                       color=self.palette.muted, parse_math=False)  # fmt: skip

    def rule(self, corners: Sequence[tuple[float, float]]) -> None:
        self.axes.add_collection(
            LineCollection([list(corners)], colors=self.palette.muted, linewidths=0.5)
        )

    def line(self, width: float) -> None:
        ends = [[(0.0, self.y), (22.0, self.y)]]
        self.axes.add_collection(
            LineCollection(ends, colors=self.palette.muted, linewidths=width, alpha=0.6)
        )


def draw_legend(
    axes: Axes,
    placement: Placement,
    flows: ShownFlows,
    palette: Palette,
    *,
    height: float,
    largest_pt: float,
    widest_flow: float,
    layers: Sequence[NearLayer] = (),
) -> float:
    """Totals, symbol sizes, designs, flows and dots; returns the height that they leave. [pt].

    Parameters
    ----------
    axes : Axes
        Measured in points, as wide as the column.
    placement, flows, palette
        What the map shows.
    height : float
        Height of the column. [pt]
    largest_pt, widest_flow : float
        Radius of the largest symbol and width of the widest line of the map. [pt]
    layers : sequence of NearLayer
        Layers that the candidates were held against.
    """
    column = _Column(axes, palette, height - 2)
    _totals(column, placement)
    _sizes(column, placement, largest_pt)
    _designs(column, placement)
    if not flows.table.empty:
        _flows(column, placement, flows, widest_flow)
    _dots(column, placement)
    _layer_rows(column, layers)
    return column.y


def _totals(column: _Column, placement: Placement) -> None:
    column.heading(titled_total("A year", placement))
    for metric in (m for m in HEADLINES if m in placement.metrics):
        column.text(LIMITED[metric].title, size=8, muted=True)
        column.text(amount(metric, placement.metrics[metric]), x=78, bold=True, down=13)


def _sizes(column: _Column, placement: Placement, largest_pt: float) -> None:
    """Nested circles that stand on one line, each with a line to its value."""
    loads = placement.sites["it_mw"].to_numpy(dtype=float)
    values = round_values(float(loads.max(initial=0.0)))
    if not values:
        return
    column.heading(titled_table("IT load of a site", placement))
    radii = [largest_pt * float(np.sqrt(value / loads.max())) for value in values]
    top, middle = column.y + 4, max(radii) + 1
    ground = top - 2 * max(radii)
    rows = top - 3 - 11.5 * np.arange(len(values))
    for value, radius, row in zip(values, radii, rows, strict=True):
        column.y = ground + radius
        column.symbol(middle, "circle", radius, "none", column.palette.muted)
        tip = ground + 2 * radius
        column.rule([(middle, tip), (2 * middle + 6, row), (2 * middle + 14, row)])
        column.y = float(row)
        column.text(megawatts(value), x=2 * middle + 17)
    column.y = min(ground, float(rows[-1])) - 9


def _designs(column: _Column, placement: Placement) -> None:
    column.heading(titled_table("Cooling", placement))
    load = placement.sites.groupby("design")["it_mw"].sum().sort_values(ascending=False)
    for design, it_mw in load.items():
        mark = design_mark(str(design))
        column.symbol(6, mark.shape, 4.5, mark.colour, column.palette.edge)
        column.right(megawatts(float(it_mw)))
        lines = wrapped(design_title(str(design)), 26)
        for line in lines:
            column.text(line, x=17, size=8, down=9.5)
        column.y -= 3.5 if len(load) <= 8 else 2.0


def _flows(column: _Column, placement: Placement, flows: ShownFlows, widest: float) -> None:
    column.heading(titled_table("Who is served from where", placement))
    largest = float(flows.table["it_mw"].max())
    for value in round_values(largest)[:2]:
        column.line(max(widest * value / largest, 0.5))
        column.text(megawatts(value), x=30, down=12)
    note = (
        "Every flow is drawn."
        if flows.is_all
        else f"The {number(len(flows.table))} largest of {number(flows.total, 9)} flows, "
        f"{100 * flows.share:.0f} % of the load."
    )
    weighted = float((placement.flows["it_mw"] * placement.flows["rtt_ms"]).sum())
    mean = weighted / float(placement.flows["it_mw"].sum())
    trip = (
        f"Round trip: {mean:.0f} ms on average, {placement.flows['rtt_ms'].max():.0f} ms at most."
    )
    for line in [*wrapped(note, 35), *wrapped(trip, 35)]:
        column.text(line, size=8, muted=True, down=11)


def _dots(column: _Column, placement: Placement) -> None:
    column.y -= 10
    rows = [("Demand region", column.palette.demand, True)]
    if not placement.candidates["is_open"].astype(bool).all():
        rows.append(("Candidate, not chosen", column.palette.candidate, False))
    for words, colour, is_demand in rows:
        draw_marks(column.axes, np.array([[6.0, column.y]]), colour, is_demand=is_demand)
        column.text(words, x=17, size=8, down=12)


#: Colours of the layers that candidates were held against, in turn; dark and light pages alike.
_LAYER_COLOURS = ("#b0620a", "#8a4fbf", "#1f8f8f", "#b5307a")


def _layer_rows(column: _Column, layers: Sequence[NearLayer]) -> None:
    for i, layer in enumerate(layers):
        column.axes.scatter(
            [2, 6, 10], [column.y] * 3, s=1.5, c=_LAYER_COLOURS[i % 4], linewidths=0
        )
        for line in wrapped(layer.title, 32):
            column.text(line, x=17, size=8, down=10)
        column.y -= 2


def _draw_layers(axes: Axes, layers: Sequence[NearLayer], view: View) -> None:
    """Layers as dots along their lines, under everything but the outlines."""
    for i, layer in enumerate(layers):
        if len(layer.lon_lat):
            x, y = thinned(view.points(layer.lon_lat), (view.width, view.height)).T
            colour = _LAYER_COLOURS[i % len(_LAYER_COLOURS)]
            axes.scatter(x, y, s=1.2, c=colour, alpha=0.7, linewidths=0, zorder=4)


#: Size of the PNG; maps of the world are as low as the world and the legend let them. [pixels]
SIZE_PX = (2048, 1152)


_WIDTH, _HEIGHT = (72.0 * pixels / DPI for pixels in SIZE_PX)  # [pt]


#: Left, bottom, width and height of the map and of the legend beside it. [pt]
_MAP = (18.0, 28.0, 704.0, 426.0)


_LEGEND = (738.0, 14.0, 172.0, 490.0)


#: How much of the legend stands beside the headings, at most. [pt]
_HEADINGS = 8.0 - (490.0 - 426.0)


_SOURCE = "Map: Natural Earth (public domain). Symbol areas are in proportion to IT load."


def placement_map(placement: Placement, *, path: Path, dark: bool = False) -> None:
    """Write the map of a placement as PNG, SVG or PDF, by the suffix of the file.

    Parameters
    ----------
    placement : Placement
        The answer to show.
    path : pathlib.Path
        File to write. A PNG has 2048 x 1152 pixels, of the whole world fewer lines.
    dark : bool, default False
        Light on dark instead of dark on light.

    Raises
    ------
    ValueError
        If the suffix is not .png, .svg or .pdf.
    siting.errors.DataError
        If the built-in outlines are missing.
    """
    file_kind(path)
    with map_style():
        save_map(draw_map(placement, DARK if dark else LIGHT), path)


def draw_map(placement: Placement, palette: Palette) -> Figure:
    """The map as a figure that no global state knows of."""
    flows, layers = main_flows(placement.flows), near_layers(placement.study)
    view = _view(placement, flows)
    largest = (
        15.0 if view.projection.kind is ProjectionKind.WORLD or len(placement.sites) < 3 else 20.0
    )

    def legend(figure: Figure, height: float) -> float:
        box = (*_LEGEND[:3], height)
        return draw_legend(axes_in_points(figure, box), placement, flows, palette, height=height,
                           largest_pt=largest, widest_flow=WIDEST_FLOW, layers=layers)  # fmt: skip

    used = _LEGEND[3] - legend(_page(_HEIGHT, palette), _LEGEND[3])
    view = within_world(view, used + _HEADINGS)
    figure = _page(view.height + _HEIGHT - _MAP[3], palette)
    axes = axes_in_points(figure, (*_MAP[:3], view.height))
    spots = view.points(placement.sites[["lon", "lat"]])
    demand = view.points(_demand(placement))
    radii = site_radii(placement.sites["it_mw"], largest)
    reach = site_reach(placement.sites["design"], radii)
    base = read_basemap(view)
    draw_basemap(axes, base, palette)
    _draw_layers(axes, layers, view)
    draw_flows(axes, placement, flows, view)
    draw_marks(axes, view.points(_not_chosen(placement)), palette.candidate, is_demand=False)
    draw_marks(axes, demand, palette.demand, is_demand=True)
    draw_sites(axes, placement, spots, radii, palette)
    unnamed = draw_site_labels(figure, axes, site_words(placement), spots, reach, palette,
                               weight=placement.sites["it_mw"].to_numpy(dtype=float),
                               avoid=demand)  # fmt: skip
    draw_scale_bar(axes, view, palette)
    draw_place_names(figure, axes, base, palette, km_per_point=view.metres_per_point / 1000.0,
                     spots=np.vstack([spots, demand]),
                     radii=np.append(reach, np.full(len(demand), 2.0)))  # fmt: skip
    legend(figure, view.height + _LEGEND[3] - _MAP[3])
    _headings(figure, placement, palette)
    _source_line(figure, view, palette, unnamed)
    return figure


def _page(height: float, palette: Palette) -> Figure:
    return Figure(figsize=(_WIDTH / 72, height / 72), dpi=DPI, facecolor=palette.paper)


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


def _headings(figure: Figure, placement: Placement, palette: Palette) -> None:
    title = _fitting(placement.study.name, 54)
    count, load = len(placement.sites), float(placement.sites["it_mw"].sum())
    sites = f"{number(count)} {'site' if count == 1 else 'sites'}"
    what = titled_table(f"{sites} for {megawatts(load)} of IT load", placement)
    top = 72.0 * float(figure.get_size_inches()[1])
    text_at(figure, 18, top - 32, title, palette.ink, size=18, weight="bold")
    text_at(figure, 18, top - 52, f"{what}. {status_sentence(placement)}", palette.muted, size=11)


def _fitting(text: str, length: int) -> str:
    first = wrapped(clean(text), length)[0]
    return first if first == clean(text) else f"{clean(text)[: length - 1].rstrip()}…"


def _source_line(figure: Figure, view: View, palette: Palette, unnamed: int) -> None:
    more = f" Without room for a label: {unnamed} of the sites." if unnamed else ""
    words = f"{_SOURCE} {view.projection.title} projection.{more}"
    text_at(figure, 18, 13, words, palette.muted, size=7)
