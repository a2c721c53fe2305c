"""Charts of several answers: trade-offs of two objectives, and all figures as parallel axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Scatter, TapTool
from bokeh.plotting import figure

from siting.arrays import FloatArray
from siting.nomenclature import LIMITED
from siting.report.data.answers import Answers, answer_labels, key_title, quantity_axis
from siting.report.maps.palette import LIGHT
from siting.report.pages.charts import axes
from siting.status import PROVEN

__all__ = ["answers_source", "parallel_axes", "parallel_chart", "proven_fill", "trade_off_charts"]

_DOT, _CHOSEN = "#0072b2", "#d55e00"
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
    return [_DOT if status in PROVEN else "rgba(0,0,0,0)" for status in answers.table["status"]]


def trade_off_charts(answers: Answers, source: ColumnDataSource) -> list[figure]:
    """One chart for each pair of objectives; less is better on both axes."""
    pairs = list(combinations(answers.objectives, 2))[:_MOST_PAIRS]
    return [_pair(answers, source, f"front-{i}", *pair) for i, pair in enumerate(pairs)]


def _pair(answers: Answers, source: ColumnDataSource, name: str, x: str, y: str) -> figure:
    ends = [(v.min(), v.max(), np.ptp(v) or 1.0) for v in (source.data[x], source.data[y])]
    (west, east, wide), (south, north, high) = ends
    plot = axes(name, width=420, height=340, x_range=(west - 0.06 * wide, east + 0.3 * wide),
                y_range=(south - 0.08 * high, north + 0.12 * high))  # fmt: skip
    plot.xaxis.axis_label = quantity_axis(x, answers.table[x], answers.totals_of)[1]
    plot.yaxis.axis_label = quantity_axis(y, answers.table[y], answers.totals_of)[1]
    glyph = plot.scatter(x, y, source=source, size=11, fill_color="fill", line_color=_DOT,
                         line_width=1.5)  # fmt: skip
    glyph.selection_glyph = Scatter(x=x, y=y, size=18, marker="diamond", fill_color=_CHOSEN,
                                    line_color=LIGHT.ink, line_width=2,
                                    tags=["line:ink"])  # fmt: skip
    glyph.nonselection_glyph = Scatter(x=x, y=y, size=11, fill_color="fill", line_color=_DOT,
                                       line_width=1.5)  # fmt: skip
    data = source.data
    columns = {"x": data[x], "y": data[y], "label": _apart(data[x], data[y], data["sites"])}
    plot.text("x", "y", text="label", source=ColumnDataSource(columns), x_offset=9, y_offset=-4,
              text_font_size="11px", text_color=LIGHT.ink, tags=["ink:ink"])  # fmt: skip
    tooltips = [("Answer", "@id"), ("Sites", "@sites")]
    plot.add_tools(HoverTool(renderers=[glyph], tooltips=tooltips))
    plot.add_tools(TapTool(renderers=[glyph]))
    return plot


def _apart(x: FloatArray, y: FloatArray, words: Sequence[str]) -> list[str]:
    """Labels that stand clear of each other in a chart of ordinary size; the others are empty."""
    across, up = (np.ptp(v) or 1.0 for v in (np.asarray(x), np.asarray(y)))
    taken: list[tuple[float, float, float]] = []
    shown = []
    for left, height, word in zip(_WIDE * np.asarray(x) / across, _HIGH * np.asarray(y) / up,
                                  words, strict=True):  # fmt: skip
        end = left + 6.0 * len(word)
        clear = all(abs(height - h) > 13 or left > e or end < a for a, e, h in taken)
        shown.append(word if clear else "")
        taken += [(left, end, height)] if clear else []
    return shown


#: Ordinary size of a chart of two objectives. [px]
_WIDE, _HIGH = 480.0, 260.0


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
        float(place): LIMITED[c].title if c in LIMITED else key_title(c)
        for place, c in zip(places, columns, strict=True)
    }
    if len(columns) > _LEVEL_LABELS:
        plot.xaxis.major_label_orientation = 0.3
    plot.xgrid.grid_line_color = LIGHT.frame
    return plot
