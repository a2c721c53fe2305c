"""Charts of amounts as bars from an honest start: rows, waterfalls, phases and histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Span
from bokeh.plotting import figure

from siting.arrays import FloatArray
from siting.placement import Placement
from siting.report.data.wording import clean, number
from siting.report.maps.palette import LIGHT
from siting.report.pages.charts import axes

__all__ = [
    "SERIES",
    "histogram_chart",
    "phases_chart",
    "row_axes",
    "rows_chart",
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
              text_font_size="11px", text_color=LIGHT.ink, tags=["ink:ink"])  # fmt: skip
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
                     fill_color=SERIES[0], line_color=LIGHT.paper, tags=["line:paper"])  # fmt: skip
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
                               line_width=1.5, tags=["line:paper"]))  # fmt: skip
        below = top
    plot.y_range.start = 0.0
    plot.yaxis.axis_label = "Installed [MW]"
    plot.xaxis.ticker = FixedTicker(ticks=[*starts, ends[-1]])
    _hover(plot, drawn, "@site, from @left: @mw{0,0.0} MW")
    return plot, dict(zip(rows, SERIES, strict=False))
