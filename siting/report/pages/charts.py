"""Interactive charts: the year of a site, trade-offs between solutions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Scatter, TapTool
from bokeh.plotting import figure

from siting.coefficients.slices import slice_layout
from siting.nomenclature import LIMITED
from siting.placement import Placement
from siting.report.data.answers import Answers, key_title, quantity_axis
from siting.report.data.wording import clean, number, titled_table
from siting.report.maps.palette import LIGHT, source_colour
from siting.report.pages.parts import Choice, Figures, Heading, Part, Text, slot

__all__ = [
    "MONTH_NAMES",
    "answers_source",
    "axes",
    "chart_data",
    "chart_section",
    "honest_range",
    "parallel_axes",
    "parallel_chart",
    "site_charts",
    "trade_off_charts",
]

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip
#: Charts of the months: column of `Placement.monthly`, title with unit.
_MONTHLY = {
    "pue": "PUE [-]",
    "wue_l_per_kwh": "WUE [L/kWh of IT energy]",
    "temp_dry_bulb_c": "Mean outside air [°C]",
    "grid_carbon_g_per_kwh": "Grid carbon [g CO₂e/kWh]",
}


#: Natural start of the axes of the months.
_FLOOR = {"pue": 1.0, "wue_l_per_kwh": 0.0, "grid_carbon_g_per_kwh": 0.0}


def site_charts(placement: Placement) -> list[figure]:
    """Charts of the first site; the page puts another one's numbers into them."""
    if placement.sites.empty or placement.monthly.empty:
        return []
    first = str(placement.sites.index[0])
    data = chart_data(placement)
    months = [_month_chart(column, data["monthly"][column][first]) for column in _MONTHLY]
    return [*months, _dispatch_chart(data, first)]


def chart_data(placement: Placement) -> dict[str, Any]:
    """Monthly figures and dispatch of every site, as plain values for the page.

    Returns
    -------
    dict
        monthly: column, then site, then twelve values; dispatch: site, then source, then MW of
        each slice; sources: in the order of stacking.
    """
    if placement.monthly.empty:
        return {"monthly": {}, "dispatch": {}, "sources": []}
    by_site = placement.monthly.sort_values("month").groupby("site", sort=False)
    monthly = {
        column: {str(site): _rounded(own[column]) for site, own in by_site} for column in _MONTHLY
    }
    supply = pd.concat([placement.supply, _charging(placement)], ignore_index=True)
    used = supply.groupby("source")["mw"].sum().sort_values(ascending=False)
    dispatch = {
        str(site): {
            str(source): _rounded(rows.sort_values("slice")["mw"])
            for source, rows in own.groupby("source", sort=False)
        }
        for site, own in supply.groupby("site", sort=False)
    }
    return {"monthly": monthly, "dispatch": dispatch, "sources": [str(s) for s in used.index]}


def _charging(placement: Placement) -> pd.DataFrame:
    """Power into stores as a source below zero; rows as in the supply."""
    series = placement.operation
    if series.empty:
        return placement.supply.iloc[:0]
    into = series[series["quantity"] == "charge_mw"]
    return pd.DataFrame(
        {
            "site": into["site"],
            "source": "charging " + into["item"].astype(str),
            "slice": into["slice"],
            "hours": into["hours"],
            "mw": -into["value"].astype(float),
        }
    )


def _rounded(values: pd.Series[float]) -> list[float]:
    """Four decimals: a tenth of a kilowatt, or of what a chart can show."""
    return [float(value) for value in np.round(values.to_numpy(dtype=float), 4)]


def _month_chart(column: str, values: list[float]) -> figure:
    """Twelve months of a site; the axis holds all sites, so that another one is seen on it too."""
    plot = axes(f"chart-{column}", width=480, height=190, title=_MONTHLY[column],
                x_range=(0.5, 12.5), y_range=honest_range(values, _FLOOR.get(column)))  # fmt: skip
    source = ColumnDataSource(
        {"month": list(range(1, 13)), "value": values}, name=f"chart:{column}"
    )
    plot.line("month", "value", source=source, line_color=LIGHT.muted, line_width=2,
              tags=["line:muted"])  # fmt: skip
    dots = plot.scatter("month", "value", source=source, size=7, fill_color="#0072b2",
                        line_color=LIGHT.paper, tags=["line:paper"])  # fmt: skip
    plot.add_tools(HoverTool(tooltips=[("month", "@month"), ("value", "@value{0.000}")],
                             renderers=[dots], mode="vline"))  # fmt: skip
    _name_months(plot, 0.0)
    return plot


def _dispatch_chart(data: Mapping[str, Any], site: str) -> figure:
    """Stacked power of each source, what charges a store below zero."""
    plot = axes("chart-dispatch", width=960, height=260, title="Power [MW]", x_range=(0, 12))
    plot.y_range.start = 0.0
    own = data["dispatch"][site]
    count = len(next(iter(own.values())))
    up, down = np.zeros(count), np.zeros(count)
    for source in data["sources"]:
        power = np.array(own.get(source, np.zeros(count)))
        base = np.where(power < 0, down, up)
        up, down = up + power.clip(min=0.0), down + power.clip(max=0.0)
        edges = np.linspace(0, 12, count + 1)
        columns = {"left": edges[:-1], "right": edges[1:], "bottom": base, "top": base + power}
        plot.quad(left="left", right="right", bottom="bottom", top="top", line_color=None,
                  source=ColumnDataSource(columns, name=f"dispatch:{source}"),
                  fill_color=source_colour(source))  # fmt: skip
    _name_months(plot, 0.5)
    return plot


def axes(
    name: str,
    *,
    width: int = 480,
    height: int,
    title: str | None = None,
    x_range: object = None,
    y_range: object = None,
) -> figure:
    """An empty chart in the colours of the page, as wide as its column.

    Parameters
    ----------
    name : str
        Name of the model, by which the page finds it.
    width, height : int
        First size; the page stretches the width. [px]
    title : str, optional
        Above the chart.
    x_range, y_range : optional
        Ranges, or their ends; those of the data by default.
    """
    ranges = {key: value for key, value in (("x_range", x_range), ("y_range", y_range))
              if value is not None}  # fmt: skip
    plot = figure(name=name, height=height, width=width, sizing_mode="stretch_width", tools=[],
                  toolbar_location=None, title=title, outline_line_color=None,
                  background_fill_color=LIGHT.paper, border_fill_color=LIGHT.paper,
                  tags=["page:paper"], **ranges)  # fmt: skip
    _style_axes(plot)
    return plot


#: A chart never spreads less than this share of its values over its height, so that noise stays
#: flat.
_LEAST_SPREAD = 0.1


def honest_range(values: npt.ArrayLike, floor: float | None = None) -> tuple[float, float]:
    """Ends of an axis that neither hides a change nor blows up noise.

    Parameters
    ----------
    values : array_like, shape (n,)
        What is shown.
    floor : float, optional
        Natural start of the quantity, such as 0, or 1 of a PUE: the axis starts there.

    Returns
    -------
    tuple of float
        From the floor to a little above the highest value. Without one from zero where the lowest
        value is below half of the highest; else around the values, at least a tenth of them wide.
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if floor is not None:
        least = floor + max(_LEAST_SPREAD * abs(floor), 1e-9)
        return floor, max(high + 0.08 * (high - floor), least)
    if 0 <= low < high / 2:
        return 0.0, 1.08 * high
    spread = max(high - low, _LEAST_SPREAD * max(abs(low), abs(high)), 1e-9)
    middle = (low + high) / 2
    return middle - 0.6 * spread, middle + 0.6 * spread


def _style_axes(plot: figure) -> None:
    """Quiet axes and grid in the colours of the page."""
    for axis in plot.axis:
        axis.major_label_text_color = axis.axis_label_text_color = LIGHT.muted
        axis.axis_line_color = axis.major_tick_line_color = LIGHT.frame
        axis.minor_tick_line_color = None
        axis.major_label_text_font_size = "12px"
    plot.xgrid.grid_line_color = None
    plot.ygrid.grid_line_color = LIGHT.graticule
    plot.title.text_color = LIGHT.ink
    plot.title.text_font_size = "13px"


def _name_months(plot: figure, shift: float) -> None:
    places = [month - shift for month in range(1, 13)]
    plot.xaxis.ticker = FixedTicker(ticks=places)
    plot.xaxis.major_label_overrides = dict(zip(places, MONTH_NAMES, strict=True))


def chart_section(placement: Placement, charts: list[figure]) -> list[Part]:
    """A choice of the site, its charts, and what they show in words."""
    if not charts:
        return [Text("The run has no monthly figures.", "note")]
    options = [(str(site), clean(name)) for site, name in placement.sites["name"].items()]
    words = {"pue": "PUE", "wue_l_per_kwh": "WUE", "temp_dry_bulb_c": "outside air",
             "grid_carbon_g_per_kwh": "grid carbon"}  # fmt: skip
    months = [
        slot(chart, f"{words[column]} of the chosen site by month; see the table of months")
        for column, chart in zip(_MONTHLY, charts, strict=False)
    ]
    return [
        Heading(titled_table("The year of a site", placement)),
        Choice("Site", "chosen-site", options),
        slot(charts[-1], "Power of the chosen site by source, slice by slice"),
        Text(_slices_in_words(placement), "note"),
        Figures(months, "months"),
    ]


def _slices_in_words(placement: Placement) -> str:
    groups, blocks = slice_layout(placement.study.time.number)
    hours = 24 // blocks
    days = "an average day" if groups == 1 else f"{groups} average days, coldest to warmest,"
    block = "hour by hour" if hours == 1 else f"in blocks of {hours} hours"
    return (
        f"Each month is {days} {block} (UTC): {number(12 * groups * blocks)} slices, "
        "as the optimizer saw them."
    )


_DOT, _CHOSEN = "#0072b2", "#d55e00"
#: Charts of pairs of objectives that are drawn at most.
_MOST_PAIRS = 6
#: Axes up to which the names under them have room side by side.
_LEVEL_LABELS = 7


def answers_source(answers: Answers) -> ColumnDataSource:
    """Each answer once, for all charts that choose among them."""
    columns = {column: quantity_axis(column, answers.table[column])[0]
               for column in answers.objectives}  # fmt: skip
    ids = [str(answer) for answer in answers.table.index]
    source = ColumnDataSource({**columns, "id": ids}, name="answers")
    source.selected.indices = [ids.index(answers.first)]
    return source


def trade_off_charts(answers: Answers, source: ColumnDataSource) -> list[figure]:
    """One chart for each pair of objectives; less is better on both axes."""
    pairs = list(combinations(answers.objectives, 2))[:_MOST_PAIRS]
    return [_pair(answers, source, f"front-{i}", *pair) for i, pair in enumerate(pairs)]


def _pair(answers: Answers, source: ColumnDataSource, name: str, x: str, y: str) -> figure:
    plot = axes(name, width=420, height=340)
    plot.xaxis.axis_label = quantity_axis(x, answers.table[x], answers.totals_of)[1]
    plot.yaxis.axis_label = quantity_axis(y, answers.table[y], answers.totals_of)[1]
    glyph = plot.scatter(x, y, source=source, size=12, fill_color=_DOT, line_color=LIGHT.paper,
                         tags=["line:paper"])  # fmt: skip
    glyph.selection_glyph = Scatter(x=x, y=y, size=18, marker="diamond", fill_color=_CHOSEN,
                                    line_color=LIGHT.ink, line_width=2,
                                    tags=["line:ink"])  # fmt: skip
    glyph.nonselection_glyph = Scatter(x=x, y=y, size=11, fill_color=_DOT, fill_alpha=0.75,
                                       line_color=LIGHT.paper, tags=["line:paper"])  # fmt: skip
    plot.add_tools(TapTool(renderers=[glyph]))
    return plot


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
