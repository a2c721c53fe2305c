"""The page of a sweep: what moves the totals, and what moves the choice of sites."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from bokeh.plotting import figure

from siting.report.data.answers import Answers, quantity_axis
from siting.report.data.sweep_measures import choice_by_value, shown_value, swings
from siting.report.data.wording import METRICS, clean, plain_title
from siting.report.live_page import figure_slot
from siting.report.pages.front import answers_page
from siting.report.pages.html import Column, Markup, element, join, table
from siting.report.sweep_figures import choice_chart, index_chart, tornado_chart

__all__ = ["sweep_page"]

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
    lead: list[tuple[str, Markup]] = []
    charts: list[figure] = []
    if indices is not None and not indices.empty:
        shown = [m for m in metrics if m in set(indices["metric"])]
        made = [index_chart(indices, metric, f"index-{i}") for i, metric in enumerate(shown)]
        charts += made
        lead.append(("Sensitivity", _indices(indices, shown, made)))
    tornados = [
        tornado_chart(answers, parameters, m, f"tornado-{i}") for i, m in enumerate(metrics)
    ]
    drawn = [(m, chart) for m, chart in zip(metrics, tornados, strict=True) if chart is not None]
    if drawn:
        charts += [chart for _, chart in drawn]
        lead.append(("One parameter at a time", _tornados(answers, parameters, drawn)))
    few = list(parameters)[:_MOST_PARAMETERS]
    heat = [choice_chart(answers, parameter, f"choice-{i}") for i, parameter in enumerate(few)]
    after = [("Choice of sites by parameter", _choices(answers, few, heat))]
    return answers_page(answers, lead, [*charts, *heat], after)


def _indices(indices: pd.DataFrame, metrics: Sequence[str], charts: Sequence[figure]) -> Markup:
    words = (
        "Of a Sobol plan, dark bars are the share of the variance that goes with a parameter, "
        "alone or together with others (total index), light bars alone (first index). Of a Morris "
        "plan, dark bars are the mean absolute effect of moving the parameter over its whole "
        "range, light bars the standard deviation of that effect, both in the unit of the figure. "
        "Lines are 95 % confidence."
    )
    slots = [
        element("div", element("h3", _title(metric)),
                figure_slot(chart, f"Indices of {_title(metric)}; the table has the figures"))
        for metric, chart in zip(metrics, charts, strict=True)
    ]  # fmt: skip
    own = indices[indices["metric"].isin(list(metrics))]
    numbers = [c for c in ("first", "first_conf", "total", "total_conf") if c in own]
    columns = [
        Column("Parameter", [clean(p) for p in own["parameter"]]),
        Column("Figure", [_title(str(metric)) for metric in own["metric"]]),
        *(Column(plain_title(c), own[c].astype(float).tolist(), numeric=True) for c in numbers),
    ]
    return join([element("p", words), element("div", *slots, class_="maps"),
                 table("Indices of sensitivity.", columns, sortable=True)])  # fmt: skip


def _title(metric: str) -> str:
    return METRICS[metric].title if metric in METRICS else plain_title(metric)


def _tornados(
    answers: Answers, parameters: Sequence[str], drawn: Sequence[tuple[str, figure]]
) -> Markup:
    slots = [
        element("div", element("h3", _title(metric)),
                figure_slot(chart, f"Swing of {_title(metric)}; the table has the figures"))
        for metric, chart in drawn
    ]  # fmt: skip
    tables = [_swing_table(answers, parameters, metric) for metric, _ in drawn]
    words = f"From the base case, Answer {clean(answers.first)}, each parameter moves alone."
    return join([element("p", words), element("div", *slots, class_="maps"), *tables])


def _swing_table(answers: Answers, parameters: Sequence[str], metric: str) -> Markup:
    moved = swings(answers, parameters, metric)
    count = len(moved)
    scaled, title = quantity_axis(metric, [*moved["low"], *moved["high"]], answers.totals_of)
    columns = [
        Column("Parameter", [clean(p) for p in moved.index]),
        Column("Least", scaled[:count].tolist(), numeric=True),
        Column("At", [clean(shown_value(value)) for value in moved["at_low"]]),
        Column("Most", scaled[count:].tolist(), numeric=True),
        Column("At ", [clean(shown_value(value)) for value in moved["at_high"]]),
    ]
    return table(f"{title}, one parameter at a time.", columns)


def _choices(answers: Answers, parameters: Sequence[str], charts: Sequence[figure]) -> Markup:
    slots = [
        element("div", element("h3", clean(parameter)),
                figure_slot(chart, f"Share of cases in which each site is chosen, by {parameter}"))
        for parameter, chart in zip(parameters, charts, strict=True)
    ]  # fmt: skip
    tables = [
        element("details", element("summary", f"By {clean(parameter)}, as a table"),
                _choice_table(answers, parameter))
        for parameter in parameters
    ]  # fmt: skip
    words = "Dark: chosen in all cases with that value. The most often chosen sites are shown."
    return join([element("p", words), element("div", *slots, class_="maps"), *tables])


def _choice_table(answers: Answers, parameter: str) -> Markup:
    shares = choice_by_value(answers, parameter)
    names = answers.sites.drop_duplicates("site").set_index("site")["name"]
    columns = [
        Column("Site", [clean(names[site]) for site in shares.index]),
        *(Column(f"{clean(c)} [%]", (100 * shares[c]).tolist(), numeric=True) for c in shares),
    ]
    return table(f"Share of cases in which a site is chosen, by {clean(parameter)}.", columns,
                 sortable=True)  # fmt: skip
