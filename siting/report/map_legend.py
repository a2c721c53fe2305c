"""The column beside a map that says what its symbols mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from siting.placement import Placement
from siting.report.data.wording import (
    METRICS,
    amount,
    megawatts,
    number,
    titled_table,
    titled_total,
)
from siting.report.maps.layers import ShownFlows, marker
from siting.report.maps.palette import Palette, design_mark, design_title

__all__ = ["draw_legend", "round_values", "wrapped"]

_HEADLINES = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")


def round_values(largest: float) -> list[float]:
    """Up to three round numbers not above a largest one: about all, a third and a tenth of it."""
    if largest <= 0:
        return []
    steps = np.array([1.0, 2.0, 5.0])
    decades = 10.0 ** np.arange(np.floor(np.log10(largest)) - 2, np.floor(np.log10(largest)) + 1)
    grid = np.outer(decades, steps).ravel()
    picked = [grid[grid <= share * largest * (1 + 1e-9)].max() for share in (1.0, 0.35, 0.1)]
    return [float(value) for value in dict.fromkeys(picked)]


def wrapped(words: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, broken between words."""
    lines = [""]
    for word in words.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


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
) -> None:
    """Totals, symbol sizes, designs, flows and dots.

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
    """
    column = _Column(axes, palette, height - 2)
    _totals(column, placement)
    _sizes(column, placement, largest_pt)
    _designs(column, placement)
    if not flows.table.empty:
        _flows(column, placement, flows, widest_flow)
    _dots(column, placement)


def _totals(column: _Column, placement: Placement) -> None:
    column.heading(titled_total("A year", placement))
    for metric in (m for m in _HEADLINES if m in placement.metrics):
        column.text(METRICS[metric].title, size=8, muted=True)
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
    rows = [("Demand region", column.palette.demand, False)]
    if not placement.candidates["is_open"].astype(bool).all():
        rows.append(("Candidate, not chosen", column.palette.candidate, True))
    for words, colour, hollow in rows:
        column.axes.scatter(6, column.y, s=6.0 if hollow else 9.0, edgecolors=colour,
                            facecolors="none" if hollow else colour,
                            linewidths=0.6 if hollow else 0.0)  # fmt: skip
        column.text(words, x=17, size=8, down=12)
