"""Charts of amounts as bars, and of several answers: trade-offs and parallel axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Scatter, Span, TapTool
from bokeh.plotting import figure

from siting.arrays import FloatArray
from siting.placement import Placement
from siting.report.data import clean, number
from siting.report.data.answers import Answers, answer_labels, quantity_axis
from siting.report.maps.labels import boxes_overlap
from siting.report.maps.palette import LIGHT
from siting.report.pages.charts import axes
from siting.status import PROVEN

__all__ = [
    "CLEAR",
    "SERIES",
    "answers_source",
    "histogram_chart",
    "parallel_axes",
    "parallel_chart",
    "phases_chart",
    "proven_fill",
    "row_axes",
    "rows_chart",
    "trade_off_charts",
    "waterfall_chart",
]


#: Colours of series, after Okabe and Ito, apart in lightness; the last is for all others.
SERIES = ("#0072b2", "#e69f00", "#56b4e9", "#009e73", "#d55e00", "#cc79a7", "#8c6d31", "#4b5d67",
          "#b0b7bc")  # fmt: skip
_TOTAL = "#54616d"


def row_axes(name: str, title: str, labels: Sequence[str]) -> figure:
    """Axes of horizontal bars with a name each, the first on top at place ``len(labels)``."""
    plot = axes(name, height=70 + 30 * len(labels), y_range=(0.4, len(labels) + 0.6))
    places = np.arange(len(labels), 0, -1, dtype=float)
    plot.xaxis.axis_label = title
    plot.yaxis.ticker = FixedTicker(ticks=[float(place) for place in places])
    plot.yaxis.major_label_overrides = dict(zip(map(float, places), labels, strict=True))
    return plot


def rows_chart(
    name: str, title: str, labels: Sequence[str], parts: Mapping[str, Sequence[float]]
) -> figure:
    """A horizontal bar a row, stacked from zero out of named parts.

    Parameters
    ----------
    name, title : str
        Of the figure, and of its axis with the unit.
    labels : sequence of str
        Name of each row, from top to bottom.
    parts : mapping of str to sequence of float
        Values of each part, one a row, none below zero; in the order of `SERIES`.
    """
    plot = row_axes(name, title, labels)
    places = np.arange(len(labels), 0, -1, dtype=float)
    left: FloatArray = np.zeros(len(labels))
    drawn = []
    for i, (part, values) in enumerate(parts.items()):
        right = left + np.asarray(values, dtype=float)
        columns = {"y": places, "left": left, "right": right, "row": list(labels),
                   "part": [part] * len(labels), "value": right - left}  # fmt: skip
        source = ColumnDataSource(columns)
        drawn.append(plot.hbar(y="y", left="left", right="right", height=0.66, source=source,
                               fill_color=SERIES[i % len(SERIES)], line_color=None))  # fmt: skip
        left = right
    plot.x_range.start = 0.0
    _hover(plot, drawn, "@row: @part @value{0,0.[000]}")
    return plot


def waterfall_chart(name: str, title: str, parts: Mapping[str, float], total: str) -> figure:
    """Parts one after the other, each from where the last ended, and their total from zero.

    Parameters
    ----------
    name, title : str
        Of the figure, and of its axis with the unit.
    parts : mapping of str to float
        Value of each part; one below zero goes back.
    total : str
        Name of the last row.
    """
    values = np.array([*parts.values()], dtype=float)
    ends = np.cumsum(values)
    starts = ends - values
    labels = [*parts, total]
    plot = row_axes(name, title, labels)
    whole = float(ends[-1]) if len(ends) else 0.0
    colours = [SERIES[0] if value >= 0 else SERIES[3] for value in values]
    columns = {
        "y": np.arange(len(labels), 0, -1, dtype=float),
        "left": [*starts, 0.0],
        "right": [*ends, whole],
        "colour": [*colours, _TOTAL],
        "row": labels,
        "value": [*values, whole],
        "at": np.maximum([*starts, 0.0], [*ends, whole]),
        "said": [number(v) for v in (*values, whole)],
    }
    source = ColumnDataSource(columns, name=f"{name}:parts")
    bars = plot.hbar(y="y", left="left", right="right", height=0.66, source=source,
                     fill_color="colour", line_color=None)  # fmt: skip
    plot.text("at", "y", text="said", source=source, x_offset=4, text_baseline="middle",
              text_font_size="11px", text_color=LIGHT.ink, tags=["text_color=ink"])  # fmt: skip
    plot.x_range.start = min(0.0, float(min([*starts, *ends], default=0.0)))
    plot.x_range.end = 1.2 * max([*starts, *ends, 1e-9])
    _hover(plot, [bars], "@row: @value{0,0.[000]}")
    return plot


def _hover(plot: figure, renderers: Sequence[object], words: str) -> None:
    plot.add_tools(HoverTool(renderers=list(renderers), tooltips=words))


#: Most bins of a histogram of round-trip times, and how wide they may be: limits are round. [ms]
_BINS = 40
_WIDTHS = (1, 2, 5, 10, 20, 50, 100, 1000, 10_000)


def histogram_chart(
    name: str, title: str, rtt_ms: pd.Series[float], it_mw: pd.Series[float], limit: float | None,
    longest: float,
) -> figure:  # fmt: skip
    """IT load by round-trip time, with the limit as a line.

    Parameters
    ----------
    name, title : str
        Of the figure.
    rtt_ms, it_mw : Series
        Round-trip time and load of each flow.
    limit : float or None
        Maximum round-trip time, None without one. [ms]
    longest : float
        End of the axis, the same for all workloads that are compared. [ms]
    """
    plot = axes(name, height=220, title=title, x_range=(0.0, longest))
    width = next(step for step in _WIDTHS if longest <= _BINS * step)
    edges = np.arange(0.0, longest + width, width)
    # A load at the very limit belongs below it.
    load, _ = np.histogram(rtt_ms - 1e-9, bins=edges, weights=it_mw)
    source = ColumnDataSource({"left": edges[:-1], "right": edges[1:], "top": load},
                              name=f"{name}:bins")  # fmt: skip
    bars = plot.quad(left="left", right="right", bottom=0, top="top", source=source,
                     fill_color=SERIES[0], line_color=LIGHT.paper,
                     tags=["line_color=paper"])  # fmt: skip
    plot.y_range.start = 0.0
    plot.xaxis.axis_label, plot.yaxis.axis_label = "Round-trip time [ms]", "IT load [MW]"
    if limit is not None:
        plot.add_layout(Span(location=float(limit), dimension="height", line_color=SERIES[4],
                             line_width=2, line_dash="dashed"))  # fmt: skip
    _hover(plot, [bars], "@left{0} to @right{0} ms: @top{0,0.0} MW")
    return plot


def phases_chart(placement: Placement) -> tuple[figure, dict[str, str]]:
    """Capacity installed in each period, a bar as wide as its years, stacked by site.

    Returns
    -------
    figure, dict of str to str
        The chart, and the colour of each site by name.
    """
    built = placement.plan.groupby(["site", "year"], sort=False)["installed_mw"].sum().unstack()
    built = built.fillna(0.0).loc[lambda t: t.max(axis=1).sort_values(ascending=False).index]
    names = pd.concat([state.placement.sites["name"] for state in placement.states])
    names = names[~names.index.duplicated()]
    shown = built.iloc[: len(SERIES) - 1]
    rows = {clean(names[site]): shown.loc[site] for site in shown.index}
    if len(shown) < len(built):
        rows[f"All others ({len(built) - len(shown)})"] = built.iloc[len(shown) :].sum()
    starts = [period.year for period in placement.study.periods]
    ends = [period.year + period.years for period in placement.study.periods]
    plot = axes("chart-phases", width=960, height=300, x_range=(starts[0] - 0.2, ends[-1] + 0.2))
    below: FloatArray = np.zeros(len(starts))
    drawn = []
    for (name, mw), colour in zip(rows.items(), SERIES, strict=False):
        top = below + mw.reindex(starts).to_numpy(dtype=float)
        columns = {"left": starts, "right": ends, "bottom": below, "top": top,
                   "site": [name] * len(starts), "mw": top - below}  # fmt: skip
        source = ColumnDataSource(columns, name=f"phases:{name}")
        drawn.append(plot.quad(left="left", right="right", bottom="bottom", top="top",
                               source=source, fill_color=colour, line_color=LIGHT.paper,
                               line_width=1.5, tags=["line_color=paper"]))  # fmt: skip
        below = top
    plot.y_range.start = 0.0
    plot.yaxis.axis_label = "Installed [MW]"
    plot.xaxis.ticker = FixedTicker(ticks=[*starts, ends[-1]])
    _hover(plot, drawn, "@site, from @left: @mw{0,0.0} MW")
    return plot, dict(zip(rows, SERIES, strict=False))


_DOT, _CHOSEN = "#0072b2", "#d55e00"
#: Fill of a mark that is hollow.
CLEAR = "rgba(0,0,0,0)"
#: Charts of pairs of objectives that are drawn at most.
_MOST_PAIRS = 6
#: Axes up to which the names under them have room side by side.
_LEVEL_LABELS = 7


def answers_source(answers: Answers) -> ColumnDataSource:
    """Each answer once, for all charts that choose among them; those not proven are hollow."""
    columns = {column: quantity_axis(column, answers.table[column])[0]
               for column in answers.objectives}  # fmt: skip
    ids = [str(answer) for answer in answers.table.index]
    source = ColumnDataSource(
        {**columns, "id": ids, "sites": answer_labels(answers), "fill": proven_fill(answers)},
        name="answers",
    )
    source.selected.indices = [ids.index(answers.first)]
    return source


def proven_fill(answers: Answers) -> list[str]:
    """Fill of each answer: clear where the gap that was asked for is not proven."""
    if "status" not in answers.table:
        return [_DOT] * len(answers.table)
    return [_DOT if status in PROVEN else CLEAR for status in answers.table["status"]]


def trade_off_charts(answers: Answers, source: ColumnDataSource) -> list[figure]:
    """One chart for each pair of objectives; less is better on both axes."""
    pairs = list(combinations(answers.objectives, 2))[:_MOST_PAIRS]
    return [_pair(answers, source, f"front-{i}", *pair) for i, pair in enumerate(pairs)]


def _pair(answers: Answers, source: ColumnDataSource, name: str, x: str, y: str) -> figure:
    ends = [(v.min(), v.max(), np.ptp(v) or 1.0) for v in (source.data[x], source.data[y])]
    (west, east, wide), (south, north, high) = ends
    plot = axes(name, width=420, height=340, x_range=(west - 0.06 * wide, east + 0.06 * wide),
                y_range=(south - 0.08 * high, north + 0.12 * high))  # fmt: skip
    plot.xaxis.axis_label = quantity_axis(x, answers.table[x], answers.totals_of)[1]
    plot.yaxis.axis_label = quantity_axis(y, answers.table[y], answers.totals_of)[1]
    glyph = plot.scatter(x, y, source=source, size=11, fill_color="fill", line_color=_DOT,
                         line_width=1.5)  # fmt: skip
    glyph.selection_glyph = Scatter(x=x, y=y, size=18, marker="diamond", fill_color=_CHOSEN,
                                    line_color=LIGHT.ink, line_width=2,
                                    tags=["line_color=ink"])  # fmt: skip
    glyph.nonselection_glyph = Scatter(x=x, y=y, size=11, fill_color="fill", line_color=_DOT,
                                       line_width=1.5)  # fmt: skip
    names = _names_beside(source.data[x], source.data[y], source.data["sites"])
    plot.text(x, y, text="label", source=ColumnDataSource({x: source.data[x], y: source.data[y]}
              | names), x_offset="right", y_offset="down", text_align="align",
              text_baseline="middle", text_font_size="11px", text_color=LIGHT.ink,
              tags=["text_color=ink"])  # fmt: skip
    tooltips = [("Answer", "@id"), ("Sites", "@sites")]
    plot.add_tools(HoverTool(renderers=[glyph], tooltips=tooltips))
    plot.add_tools(TapTool(renderers=[glyph]))
    return plot


#: Ordinary size of a chart of two objectives, reach of a mark, height of a name and width of a
#: letter. [px]
_WIDE, _HIGH, _MARK, _LINE, _LETTER = 330.0, 240.0, 9.0, 13.0, 6.0
#: Places of a name beside its point: alignment, and steps right and down. [px]
_BESIDE = (("left", 10.0, 0.0), ("right", -10.0, 0.0), ("center", 0.0, -16.0),
           ("center", 0.0, 16.0), ("left", 8.0, -12.0), ("right", -8.0, 12.0))  # fmt: skip


def _names_beside(x: FloatArray, y: FloatArray, words: Sequence[str]) -> dict[str, list[Any]]:
    """Names where they are clear of each other and of all points in a chart of ordinary size.

    Names without such a place are empty; a larger chart only spreads the points.
    """
    across, up = (_share(values) for values in (x, y))
    spots = np.column_stack([_WIDE * across, _HIGH * (1.0 - up)])
    taken = [(*(spot - _MARK), *(spot + _MARK)) for spot in spots]
    columns: dict[str, list[Any]] = {"label": [], "align": [], "right": [], "down": []}
    for i, word in enumerate(words):
        others = [box for k, box in enumerate(taken) if k != i]
        long = _LETTER * len(word)
        chosen = ("", *_BESIDE[0])
        for align, right, down in _BESIDE:
            left = spots[i, 0] + right - long * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
            middle = spots[i, 1] + down
            box = (left, middle - _LINE / 2, left + long, middle + _LINE / 2)
            is_within = left > -0.06 * _WIDE and box[2] < 1.06 * _WIDE and box[1] > -0.12 * _HIGH
            if is_within and not any(boxes_overlap(box, other) for other in others):
                chosen = (word, align, right, down)
                taken.append(box)
                break
        for column, value in zip(columns.values(), chosen, strict=True):
            column.append(value)
    return columns


def _share(values: FloatArray) -> FloatArray:
    """Values from 0 at the lowest to 1 at the highest."""
    known = np.asarray(values, dtype=float)
    return np.asarray((known - known.min()) / (np.ptp(known) or 1.0))


def parallel_axes(answers: Answers) -> list[str]:
    """Columns that the chart of all figures shows: those that are numbers and differ."""
    found = ["gap", "objective", "bound"]  # how well an answer is known, not what it is
    table = answers.table.select_dtypes("number").drop(columns=found, errors="ignore")
    spread = table.max() - table.min()
    first = [column for column in answers.objectives if column in table]
    return first + [str(c) for c, width in spread.items() if width > 0 and c not in first]


def parallel_chart(answers: Answers) -> figure:
    """A line an answer over all its figures, each from its least to its most."""
    columns = parallel_axes(answers)
    table = answers.table[columns].astype(float)
    low, high = table.min(), table.max()
    shares = ((table - low) / (high - low).where(high > low, 1.0)).fillna(0.5)
    plot = axes("parallel", width=960, height=330, x_range=(-0.3, len(columns) - 0.7),
                y_range=(-0.06, 1.06))  # fmt: skip
    places = np.arange(len(columns), dtype=float)
    ids = [str(answer) for answer in answers.table.index]
    source = ColumnDataSource(
        {"xs": [places] * len(ids), "ys": list(shares.to_numpy()), "id": ids},
        name="parallel:answers",
    )
    source.selected.indices = [ids.index(answers.first)]
    lines = plot.multi_line("xs", "ys", source=source, line_color=_DOT, line_width=1.6,
                            line_alpha=0.7, selection_line_color=_CHOSEN, selection_line_width=4,
                            selection_line_alpha=1.0, nonselection_line_alpha=0.3)  # fmt: skip
    plot.add_tools(TapTool(renderers=[lines]))
    plot.yaxis.visible = False
    plot.xaxis.ticker = FixedTicker(ticks=list(places))
    plot.xaxis.major_label_overrides = {
        float(place): answers.titles[c] for place, c in zip(places, columns, strict=True)
    }
    if len(columns) > _LEVEL_LABELS:
        plot.xaxis.major_label_orientation = 0.3
    plot.xgrid.grid_line_color = LIGHT.frame
    return plot
