"""The page of a sweep: drivers of the totals and of the choice of sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import BooleanFilter, CDSView, ColumnDataSource, FixedTicker, HoverTool, Span
from bokeh.plotting import figure

from siting.nomenclature import LIMITED
from siting.report.data import clean, key_titles, plain_title
from siting.report.data.answers import (
    NO_VALUE,
    Answers,
    moves_alone,
    quantity_axis,
    selection_shares,
    swings,
)
from siting.report.maps.palette import LIGHT
from siting.report.pages.bars import CLEAR, SERIES, proven_fill, row_axes
from siting.report.pages.charts import axes, honest_range
from siting.report.pages.front import answers_page
from siting.report.pages.parts import Column, Figures, Fold, Part, Tab, Table, Text, macro, slot

__all__ = [
    "CLASSES",
    "choice_by_value",
    "choice_chart",
    "index_chart",
    "line_chart",
    "shown_value",
    "sweep_page",
    "tornado_chart",
    "value_classes",
]

#: Classes into which the values of a parameter with many values are cut.
CLASSES = 8
_LESS, _MORE, _TOTAL = "#56b4e9", "#d55e00", "#0072b2"


def tornado_chart(
    answers: Answers, parameters: Sequence[str], metric: str, name: str
) -> figure | None:
    """Swing of a metric with each parameter alone, the widest on top; None where none moves alone.

    The first of the answers is the base case, marked by a line.
    """
    table = swings(answers.table, answers.first, parameters, metric)
    if table.empty:
        return None
    base = float(answers.table[metric][answers.first])
    scaled, title = quantity_axis(metric, [*table["low"], *table["high"], base], answers.totals_of)
    count = len(table)
    places = np.arange(count, 0, -1, dtype=float)
    plot = row_axes(name, title, [answers.titles[str(p)] for p in table.index])
    plot.x_range.start, plot.x_range.end = honest_range(scaled)
    middle = np.full(count, scaled[-1])
    sides = ((scaled[:count], middle, _LESS), (middle, scaled[count : 2 * count], _MORE))
    for left, right, colour in sides:
        source = ColumnDataSource({"y": places, "left": left, "right": right})
        plot.hbar(y="y", left="left", right="right", height=0.6, source=source, fill_color=colour,
                  line_color=None)  # fmt: skip
    plot.add_layout(Span(location=float(scaled[-1]), dimension="height", line_color=LIGHT.ink,
                         line_width=1.5, tags=["line_color:ink"]))  # fmt: skip
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
    titles = key_titles(map(str, own["parameter"]))
    plot = row_axes(name, "Index of sensitivity", [titles[str(p)] for p in own["parameter"]])
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
                     tags=["line_color=ink"])  # fmt: skip
    return plot


def choice_chart(answers: Answers, parameter: str, name: str) -> figure:
    """Return how often each site is chosen at each value of a parameter, as a map of heat."""
    shares = choice_by_value(answers, parameter)
    names = answers.sites.drop_duplicates("site").set_index("site")["name"]
    rows, columns = len(shares), len(shares.columns)
    plot = axes(name, height=90 + 22 * rows, x_range=(-0.5, columns - 0.5),
                y_range=(rows - 0.5, -0.5))  # fmt: skip
    x, y = np.meshgrid(np.arange(columns, dtype=float), np.arange(rows, dtype=float))
    share = shares.to_numpy().ravel()
    source = ColumnDataSource({"x": x.ravel(), "y": y.ravel(), "share": share,
                               "said": [f"{100 * v:.0f}" if v else "" for v in share]})  # fmt: skip
    # Over the paper of the page, so that more colour is more in the light and in the dark.
    plot.rect("x", "y", width=0.96, height=0.92, source=source, line_color=LIGHT.graticule,
              fill_color=SERIES[0], fill_alpha="share", tags=["line_color=graticule"])  # fmt: skip
    for strong in (False, True):  # ink on little colour, white on much, in the light and the dark
        own = CDSView(filter=BooleanFilter(booleans=((share > _STRONG) == strong).tolist()))
        plot.text("x", "y", text="said", source=source, view=own, text_align="center",
                  text_baseline="middle", text_font_size="11px",
                  text_color="#ffffff" if strong else LIGHT.ink,
                  tags=[] if strong else ["text_color=ink"])  # fmt: skip
    plot.grid.grid_line_color = None
    plot.xaxis.axis_label = answers.titles[parameter]
    plot.xaxis.ticker = FixedTicker(ticks=list(range(columns)))
    plot.yaxis.ticker = FixedTicker(ticks=list(range(rows)))
    plot.xaxis.major_label_overrides = {i: clean(c) for i, c in enumerate(shares.columns)}
    plot.yaxis.major_label_overrides = {i: clean(names[s]) for i, s in enumerate(shares.index)}
    return plot


#: Share from which white is read better than ink on its colour.
_STRONG = 0.75


#: Parameters whose choice of sites is drawn, the first of the sweep.
_MOST_PARAMETERS = 6


def sweep_page(
    answers: Answers, parameters: Sequence[str], *, indices: pd.DataFrame | None = None
) -> str:
    """The page as HTML text.

    Parameters
    ----------
    answers : Answers
        Cases that have an answer; ``first`` is the base case, ``objectives`` the metrics to look
        at. The table holds a column for each parameter.
    parameters : sequence of str
        Columns of the table that were changed.
    indices : DataFrame, optional
        metric, parameter, first, first_conf, total, total_conf of a Sobol or Morris plan.
    """
    metrics = [m for m in answers.objectives if m in answers.table]
    lead: list[Tab] = []
    if indices is not None and not indices.empty:
        shown = [m for m in metrics if m in set(indices["metric"])]
        made = [index_chart(indices, metric, f"index-{i}") for i, metric in enumerate(shown)]
        lead.append(Tab("Sensitivity", _indices(indices, shown, made), made))
    tornados = [
        tornado_chart(answers, parameters, m, f"tornado-{i}") for i, m in enumerate(metrics)
    ]
    drawn = [(m, chart) for m, chart in zip(metrics, tornados, strict=True) if chart is not None]
    lines = _lines(answers, parameters, metrics)
    if drawn and len(parameters) > 1:  # of one parameter the lines have it all
        shown_charts = [chart for _, chart in drawn]
        swung = Tab("One parameter at a time", _tornados(answers, parameters, drawn), shown_charts)
        if moves_alone(answers, parameters).all():
            lines = swung
        else:
            lead.append(swung)
    few = list(parameters)[:_MOST_PARAMETERS]
    heat = [choice_chart(answers, parameter, f"choice-{i}") for i, parameter in enumerate(few)]
    choices = Tab("Choice of sites by parameter", _choices(answers, few, heat), heat)
    return answers_page(answers, [lines, *lead], [choices])


def _indices(indices: pd.DataFrame, metrics: Sequence[str], charts: Sequence[figure]) -> list[Part]:
    words = (
        "Of a Sobol plan, dark bars are the share of the variance that goes with a parameter, "
        "alone or together with others (total index), light bars alone (first index). Of a Morris "
        "plan, dark bars are the mean absolute effect of moving the parameter over its whole "
        "range, light bars the standard deviation of that effect, both in the unit of the figure. "
        "Lines are 95 % confidence."
    )
    slots = [
        slot(chart, f"Indices of {_title(metric)}; the table has the figures", _title(metric))
        for metric, chart in zip(metrics, charts, strict=True)
    ]  # fmt: skip
    own = indices[indices["metric"].isin(list(metrics))]
    titles = key_titles(map(str, own["parameter"]))
    numbers = [c for c in ("first", "first_conf", "total", "total_conf") if c in own]
    columns = [
        Column("Parameter", [titles[str(p)] for p in own["parameter"]]),
        Column("Figure", [_title(str(metric)) for metric in own["metric"]]),
        *(Column(plain_title(c), own[c].astype(float).tolist(), numeric=True) for c in numbers),
    ]
    return [Text(words), Figures(slots), Table("Indices of sensitivity.", columns, sortable=True)]


def _title(metric: str) -> str:
    return LIMITED[metric].title if metric in LIMITED else plain_title(metric)


def _tornados(
    answers: Answers, parameters: Sequence[str], drawn: Sequence[tuple[str, figure]]
) -> list[Part]:
    slots = [
        slot(chart, f"Swing of {_title(metric)}; the table has the figures", _title(metric))
        for metric, chart in drawn
    ]  # fmt: skip
    tables = [_swing_table(answers, parameters, metric) for metric, _ in drawn]
    words = (
        f"From the base case, Answer {clean(answers.first)}, each parameter moves alone; "
        "the widest swing stands on top."
    )
    return [Text(words), Figures(slots), Fold("The swings as tables", tables)]


def _swing_table(answers: Answers, parameters: Sequence[str], metric: str) -> Table:
    moved = swings(answers.table, answers.first, parameters, metric)
    count = len(moved)
    scaled, title = quantity_axis(metric, [*moved["low"], *moved["high"]], answers.totals_of)
    columns = [
        Column("Parameter", [answers.titles[str(p)] for p in moved.index]),
        Column("Lowest", scaled[:count].tolist(), numeric=True),
        Column("At", [clean(shown_value(value)) for value in moved["at_low"]]),
        Column("Highest", scaled[count:].tolist(), numeric=True),
        Column("At ", [clean(shown_value(value)) for value in moved["at_high"]]),
    ]
    return Table(f"{title}, one parameter at a time.", columns)


def _choices(answers: Answers, parameters: Sequence[str], charts: Sequence[figure]) -> list[Part]:
    slots = [
        slot(chart, f"Share of cases in which each site is chosen, by {parameter}",
             answers.titles[parameter])
        for parameter, chart in zip(parameters, charts, strict=True)
    ]  # fmt: skip
    tables = [
        Fold(f"By {answers.titles[parameter]}, as a table", [_choice_table(answers, parameter)])
        for parameter in parameters
    ]  # fmt: skip
    words = "Percent of the cases with that value; the most often chosen sites are shown."
    return [Text(words), Figures(slots), *tables]


def _choice_table(answers: Answers, parameter: str) -> Table:
    shares = choice_by_value(answers, parameter)
    names = answers.sites.drop_duplicates("site").set_index("site")["name"]
    columns = [
        Column("Site", [clean(names[site]) for site in shares.index]),
        *(Column(f"{clean(c)} [%]", (100 * shares[c]).tolist(), numeric=True) for c in shares),
    ]
    caption = f"Share of cases in which a site is chosen, by {answers.titles[parameter]}."
    return Table(caption, columns, sortable=True)


#: Charts of a metric against a parameter that are drawn at most.
_MOST_LINES = 6


def _lines(answers: Answers, parameters: Sequence[str], metrics: Sequence[str]) -> Tab:
    """Each metric against the first parameter, which a sweep is asked for first."""
    colours = _line_colours(answers, parameters[1:])
    charts = [line_chart(answers, parameters, metric, f"line-{i}", colours)
              for i, metric in enumerate(metrics[:_MOST_LINES])]  # fmt: skip
    words = (
        "Each point is a case; lines join the cases in which only "
        f"“{answers.titles[parameters[0]].split(' [')[0]}” differs. "
        "Hollow points are not proven to the gap that was asked for."
    )
    said = f"against {parameters[0]}; the table has the figures"
    slots = [slot(chart, f"{_title(metric)} {said}", _title(metric))
             for metric, chart in zip(metrics, charts, strict=False)]  # fmt: skip
    keys = [macro("drawings.html", "swatches", colours)] if colours else []
    return Tab("Lines", [Text(words), *keys, Figures(slots)], charts)


def _cases(answers: Answers, others: Sequence[str]) -> list[str]:
    """Values of some parameters in words, for each answer."""
    rows = answers.table[list(others)].itertuples(index=False)
    titles = [answers.titles[other].rstrip("]").split(" [") for other in others]
    named = [zip(titles, map(shown_value, row), strict=True) for row in rows]
    return ["; ".join(" ".join([name, value, *unit]) for (name, *unit), value in own)
            for own in named]  # fmt: skip


def _line_colours(answers: Answers, others: Sequence[str]) -> dict[str, str]:
    """Colour of each line; none where there is one line, or more than there are colours."""
    lines = list(dict.fromkeys(_cases(answers, others)))
    return dict(zip(lines, SERIES, strict=False)) if 1 < len(lines) <= len(SERIES) else {}


def line_chart(
    answers: Answers,
    parameters: Sequence[str],
    metric: str,
    name: str,
    colours: Mapping[str, str] = MappingProxyType({}),
) -> figure:
    """A metric against the first parameter; one line for each value of all the others.

    ``colours`` are those of the lines by the values of the others in words.
    """
    swept, *others = parameters
    cases = _cases(answers, others)
    colour = [colours.get(case, _TOTAL) for case in cases]
    fills = [CLEAR if fill == CLEAR else own
             for fill, own in zip(proven_fill(answers), colour, strict=True)]  # fmt: skip
    table = answers.table.assign(case=cases, colour=colour, fill=fills).reset_index(names="id")
    values, title = quantity_axis(metric, table[metric], answers.totals_of)
    numbers = pd.to_numeric(table[swept], errors="coerce")
    words = None if numbers.notna().all() else list(value_classes(table[swept]).cat.categories)
    x = numbers if words is None else value_classes(table[swept]).cat.codes.astype(float)
    table = table.assign(x=x.to_numpy(dtype=float), y=values).sort_values("x", kind="stable")
    plot = axes(name, width=480, height=260, y_range=honest_range(values))
    plot.xaxis.axis_label = answers.titles[swept]
    plot.yaxis.axis_label = title[title.find("[") :]  # the heading above has the rest
    if words is not None:
        plot.xaxis.ticker = FixedTicker(ticks=list(range(len(words))))
        plot.xaxis.major_label_overrides = dict(enumerate(words))
    lines = dict(iter(table.groupby("case", sort=False)))
    plot.multi_line(
        [own["x"].tolist() for own in lines.values()],
        [own["y"].tolist() for own in lines.values()],
        line_color=[colours[str(case)] for case in lines] if colours else LIGHT.muted,
        line_width=1.5,
        tags=[] if colours else ["line_color:muted"],
    )
    shown = ["x", "y", "fill", *(["colour", "case"] if colours else [])]
    source = ColumnDataSource({**table[shown], "id": table["id"].astype(str)})
    dots = plot.scatter("x", "y", source=source, size=8, fill_color="fill", line_width=1.5,
                        line_color="colour" if colours else _TOTAL)  # fmt: skip
    tooltips = [("Answer", "@id"), ("Value", "@y"), *([("Case", "@case")] if colours else [])]
    plot.add_tools(HoverTool(renderers=[dots], tooltips=tooltips))
    return plot


def value_classes(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values of a parameter as a few ordered words: themselves, or classes of equal count.

    Returns
    -------
    Series
        Ordered categories, at most ``CLASSES`` of them where the values are numbers.
    """
    missing = values.isna()
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers[~missing].isna().any():
        words = values.astype(object).map(shown_value)
        return words.astype(pd.CategoricalDtype(sorted(words.unique()), ordered=True))
    distinct = np.unique(numbers[~missing])
    if len(distinct) <= CLASSES:
        words, names = numbers.map(shown_value), [shown_value(number) for number in distinct]
    else:
        cut = pd.qcut(numbers, CLASSES, duplicates="drop")
        names = [f"{band.left:.3g} to {band.right:.3g}" for band in cut.cat.categories]
        words = cut.cat.rename_categories(names).astype(object).where(~missing, NO_VALUE)
    names = list(dict.fromkeys([*names, *([NO_VALUE] if missing.any() else [])]))
    return words.astype(pd.CategoricalDtype(names, ordered=True))


def shown_value(value: object) -> str:
    """A value of a parameter as a word; of one that is null, `NO_VALUE`."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return NO_VALUE
    return f"{value:g}" if isinstance(value, float) else str(value)


def choice_by_value(answers: Answers, parameter: str, most: int = 20) -> pd.DataFrame:
    """Return how often each site is chosen at each value of a parameter that was changed.

    At most so many sites, the most often chosen first, by id; one column for each value or class of
    values in their order: shares of the cases with that value, 0 to 1.
    """
    classes = value_classes(answers.table[parameter])
    overall = selection_shares(answers)
    sites = overall.index[overall["share"] > 0][:most]
    columns = {
        str(name): selection_shares(answers, classes.index[classes == name])["share"].reindex(
            sites, fill_value=0.0
        )
        for name in classes.cat.categories
    }
    return pd.DataFrame(columns, index=sites)
