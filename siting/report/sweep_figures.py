"""Charts of a sweep: tornado, indices of sensitivity, and choice by parameter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, LinearColorMapper, Span
from bokeh.palettes import Cividis256
from bokeh.plotting import figure

from siting.report.data.answers import Answers, key_title, quantity_axis
from siting.report.data.sweep_measures import choice_by_value, swings
from siting.report.data.wording import clean
from siting.report.maps.palette import LIGHT
from siting.report.pages.charts import style_axes

__all__ = ["choice_chart", "index_chart", "tornado_chart"]

_LESS, _MORE, _TOTAL = "#56b4e9", "#d55e00", "#0072b2"


def tornado_chart(
    answers: Answers, parameters: Sequence[str], metric: str, name: str
) -> figure | None:
    """Swing of a metric with each parameter alone, the widest on top; None where none moves alone.

    Parameters
    ----------
    answers : Answers
        Cases; ``first`` is the base case, marked by a line.
    parameters : sequence of str
        Columns that were changed.
    metric : str
        Column to look at.
    name : str
        Name of the figure.
    """
    table = swings(answers, parameters, metric)
    if table.empty:
        return None
    base = float(answers.table[metric][answers.first])
    scaled, title = quantity_axis(metric, [*table["low"], *table["high"], base], answers.totals_of)
    count = len(table)
    places = np.arange(count, 0, -1, dtype=float)
    plot = _bars(name, title, [key_title(str(p)) for p in table.index], places)
    middle = np.full(count, scaled[-1])
    sides = ((scaled[:count], middle, _LESS), (middle, scaled[count : 2 * count], _MORE))
    for left, right, colour in sides:
        source = ColumnDataSource({"y": places, "left": left, "right": right})
        plot.hbar(y="y", left="left", right="right", height=0.6, source=source, fill_color=colour,
                  line_color=None)  # fmt: skip
    plot.add_layout(Span(location=float(scaled[-1]), dimension="height", line_color=LIGHT.ink,
                         line_width=1.5, tags=["span:ink"]))  # fmt: skip
    return plot


def index_chart(indices: pd.DataFrame, metric: str, name: str) -> figure:
    """Sobol or Morris indices of a metric, with their confidence.

    Parameters
    ----------
    indices : DataFrame
        metric, parameter, first, first_conf, total, total_conf. Of Sobol: shares of the variance
        [-]. Of Morris, in the unit of the metric: total is the mean absolute elementary effect and
        first its standard deviation.
    metric : str
        Which rows to draw.
    name : str
        Name of the figure.
    """
    own = indices[indices["metric"] == metric].sort_values("total", ascending=False)
    places = np.arange(len(own), 0, -1, dtype=float)
    plot = _bars(name, "Index of sensitivity", [key_title(str(p)) for p in own["parameter"]],
                 places)  # fmt: skip
    for column, colour, shift in (("total", _TOTAL, 0.17), ("first", _LESS, -0.17)):
        if column not in own or own[column].isna().all():
            continue
        value = own[column].to_numpy(dtype=float)
        conf = own.get(f"{column}_conf", pd.Series(0.0, index=own.index)).to_numpy(dtype=float)
        source = ColumnDataSource(
            {"y": places + shift, "value": value, "low": value - conf, "high": value + conf}
        )
        plot.hbar(y="y", right="value", height=0.3, source=source, fill_color=colour,
                  line_color=None)  # fmt: skip
        plot.segment("low", "y", "high", "y", source=source, line_color=LIGHT.ink, line_width=1.5,
                     tags=["line:ink"])  # fmt: skip
    return plot


def _bars(name: str, title: str, labels: Sequence[str], places: np.ndarray) -> figure:
    plot = figure(name=name, width=480, height=70 + 34 * len(labels), tools=[],
                  sizing_mode="stretch_width", toolbar_location=None, outline_line_color=None,
                  y_range=(0.4, len(labels) + 0.6), background_fill_color=LIGHT.paper,
                  border_fill_color=LIGHT.paper, tags=["page:paper"])  # fmt: skip
    plot.xaxis.axis_label = title
    plot.yaxis.ticker = FixedTicker(ticks=[float(place) for place in places])
    plot.yaxis.major_label_overrides = dict(zip(map(float, places), labels, strict=True))
    style_axes(plot)
    return plot


def choice_chart(answers: Answers, parameter: str, name: str) -> figure:
    """How often each site is chosen at each value of a parameter, as a map of heat."""
    shares = choice_by_value(answers, parameter)
    names = answers.sites.drop_duplicates("site").set_index("site")["name"]
    rows, columns = len(shares), len(shares.columns)
    plot = figure(name=name, width=480, height=90 + 22 * rows, sizing_mode="stretch_width",
                  tools=[], toolbar_location=None, outline_line_color=None,
                  x_range=(-0.5, columns - 0.5), y_range=(rows - 0.5, -0.5),
                  background_fill_color=LIGHT.paper, border_fill_color=LIGHT.paper,
                  tags=["page:paper"])  # fmt: skip
    x, y = np.meshgrid(np.arange(columns, dtype=float), np.arange(rows, dtype=float))
    mapper = LinearColorMapper(palette=Cividis256[::-1], low=0, high=1)
    source = ColumnDataSource({"x": x.ravel(), "y": y.ravel(), "share": shares.to_numpy().ravel()})
    plot.rect("x", "y", width=0.96, height=0.92, source=source, line_color=None,
              fill_color={"field": "share", "transform": mapper})  # fmt: skip
    plot.xaxis.axis_label = key_title(parameter)
    plot.xaxis.ticker = FixedTicker(ticks=list(range(columns)))
    plot.yaxis.ticker = FixedTicker(ticks=list(range(rows)))
    plot.xaxis.major_label_overrides = {i: clean(c) for i, c in enumerate(shares.columns)}
    plot.yaxis.major_label_overrides = {i: clean(names[s]) for i, s in enumerate(shares.index)}
    style_axes(plot)
    bar = ColorBar(color_mapper=mapper, width=10, padding=2, background_fill_color=None,
                   major_label_text_color=LIGHT.muted)  # fmt: skip
    plot.add_layout(bar, "right")
    return plot
