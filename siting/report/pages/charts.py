"""Interactive charts: the year of a site, trade-offs between solutions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool
from bokeh.plotting import figure

from siting.arrays import FloatArray
from siting.coefficients.sets import slice_layout
from siting.placement import Placement
from siting.report.data import clean, number, titled_table
from siting.report.maps.palette import LIGHT, source_colour
from siting.report.pages.parts import Choice, Figures, Heading, Part, Text, slot

__all__ = [
    "MONTH_NAMES",
    "STACKS",
    "axes",
    "chart_changes",
    "chart_data",
    "chart_section",
    "honest_range",
    "site_charts",
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


#: Stacks of the power of a site: the year, and an average day of its coldest and warmest month.
STACKS = {"dispatch": "The year", "winter": "Coldest month", "summer": "Warmest month"}


def site_charts(placement: Placement) -> list[figure]:
    """Charts of the first site; the page puts another one's numbers into them."""
    if placement.sites.empty or placement.monthly.empty:
        return []
    first = str(placement.sites.index[0])
    data = chart_data(placement)
    months = [_month_chart(column, data["monthly"][column], first) for column in _MONTHLY]
    return [*months, *(_stack_chart(stack, data, first, placement) for stack in STACKS)]


def chart_data(placement: Placement) -> dict[str, Any]:
    """Monthly figures and dispatch of every site, as plain values for the page.

    Returns
    -------
    dict
        monthly: column, then site, then twelve values; dispatch: site, then source, then MW of
        each slice; sources: in the order of stacking; windows: site, then stack, then its first
        slice, the end of its slices and its title.
    """
    if placement.monthly.empty:
        return {"monthly": {}, "dispatch": {}, "sources": [], "windows": {}}
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
    count = placement.study.time.number
    windows = {site: _windows(air, count) for site, air in monthly["temp_dry_bulb_c"].items()}
    sources = [str(source) for source in used.index]
    return {"monthly": monthly, "dispatch": dispatch, "sources": sources, "windows": windows}


def chart_changes(placement: Placement) -> dict[str, dict[str, dict[str, Any]]]:
    """Contents of the charts of `site_charts` for each site.

    Returns
    -------
    dict
        Site, then name of a model of the charts, then what changes in it: columns of its data, or
        its text.
    """
    data = chart_data(placement)
    return {
        site: {
            **{f"chart:{column}": {"data": {"value": own[site]}}
               for column, own in data["monthly"].items()},
            **{name: change for stack in STACKS
               for name, change in _stack_changes(stack, data, site).items()},
        }
        for site in data["dispatch"]
    }  # fmt: skip


def _stack_changes(stack: str, data: Mapping[str, Any], site: str) -> dict[str, dict[str, Any]]:
    ends = {
        f"{stack}:{source}": {"data": {"bottom": base.round(4).tolist(),
                                       "top": top.round(4).tolist()}}
        for source, base, top in _stacked(data, site, stack)
    }  # fmt: skip
    return {f"title:{stack}": {"text": data["windows"][site][stack][2]}, **ends}


def _stacked(
    data: Mapping[str, Any], site: str, stack: str
) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """Lower and upper end of each source of a stack, what is below zero downwards. [MW]."""
    first, end, _ = data["windows"][site][stack]
    up: FloatArray = np.zeros(end - first)
    down: FloatArray = np.zeros(end - first)
    for source in data["sources"]:
        power = np.array(data["dispatch"][site].get(source, np.zeros(end))[first:end])
        base = np.where(power < 0, down, up)
        up, down = up + power.clip(min=0.0), down + power.clip(max=0.0)
        yield source, base, base + power


def _windows(air_c: list[float], count: int) -> dict[str, tuple[int, int, str]]:
    """Slices of the year, the coldest and the warmest month of a site, each with its title."""
    each = count // 12
    months = {"winter": int(np.argmin(air_c)), "summer": int(np.argmax(air_c))}
    found = {
        stack: (each * m, each * (m + 1), f"{STACKS[stack]}, {MONTH_NAMES[m]} [MW]")
        for stack, m in months.items()
    }
    return {"dispatch": (0, count, f"{STACKS['dispatch']} [MW]"), **found}


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


def _month_chart(column: str, sites: Mapping[str, list[float]], site: str) -> figure:
    """Twelve months of a site; the axis holds all sites, so that they can be told apart on it."""
    every = [value for own in sites.values() for value in own]
    plot = axes(f"chart-{column}", width=480, height=190, title=_MONTHLY[column],
                x_range=(0.5, 12.5), y_range=honest_range(every, _FLOOR.get(column)))  # fmt: skip
    values = sites[site]
    source = ColumnDataSource(
        {"month": list(range(1, 13)), "value": values}, name=f"chart:{column}"
    )
    plot.line("month", "value", source=source, line_color=LIGHT.muted, line_width=2,
              tags=["line_color=muted"])  # fmt: skip
    dots = plot.scatter("month", "value", source=source, size=7, fill_color="#0072b2",
                        line_color=LIGHT.paper, tags=["line_color=paper"])  # fmt: skip
    plot.add_tools(HoverTool(tooltips=[("month", "@month"), ("value", "@value{0.000}")],
                             renderers=[dots], mode="vline"))  # fmt: skip
    _name_months(plot, 0.0)
    return plot


def _stack_chart(stack: str, data: Mapping[str, Any], site: str, placement: Placement) -> figure:
    """Stacked power of each source, what charges a store below zero."""
    own = data["dispatch"][site]
    first, end, title = data["windows"][site][stack]
    groups, blocks = slice_layout(placement.study.time.number)
    width = 12.0 if stack == "dispatch" else 24.0 * groups
    plot = axes(f"chart-{stack}", width=960 if stack == "dispatch" else 480, height=240,
                title=title, x_range=(0.0, width))  # fmt: skip
    plot.y_range.start = min(0.0, min(min(values) for values in own.values()))
    plot.title.name = f"title:{stack}"
    edges = np.linspace(0.0, width, end - first + 1)
    for source, base, top in _stacked(data, site, stack):
        columns = {"left": edges[:-1], "right": edges[1:], "bottom": base, "top": top}
        plot.quad(left="left", right="right", bottom="bottom", top="top",
                  source=ColumnDataSource(columns, name=f"{stack}:{source}"),
                  fill_color=source_colour(source), line_color=source_colour(source))  # fmt: skip
    if stack == "dispatch":
        _name_months(plot, 0.5)
    else:
        plot.xaxis.axis_label = "Hour of the day (UTC)" + (
            "; five kinds of days, coldest to warmest" if groups > 1 else ""
        )
        plot.xaxis.ticker = FixedTicker(ticks=list(range(0, 24 * groups + 1, 24 // blocks or 1)))
    return plot


def axes(
    name: str,
    *,
    width: int = 480,
    height: int,
    title: str = "",
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
                  tags=["background_fill_color:paper", "border_fill_color:paper"],
                  **ranges)  # fmt: skip
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
        least = _LEAST_SPREAD * abs(floor) or (1.0 if high <= floor else 0.0)
        return floor, max(high + 0.08 * (high - floor), floor + least)
    if 0 <= low < high / 2:
        return 0.0, 1.08 * high
    spread = max(high - low, _LEAST_SPREAD * max(abs(low), abs(high)), 1e-9)
    middle = (low + high) / 2
    return middle - 0.6 * spread, middle + 0.6 * spread


def _style_axes(plot: figure) -> None:
    """Quiet axes and grid; their tags say which colours of the page they keep in the dark."""
    for axis in plot.axis:
        axis.tags = ["major_label_text_color:muted", "axis_label_text_color:muted",
                     "axis_line_color:frame", "major_tick_line_color:frame"]  # fmt: skip
        axis.major_label_text_color = axis.axis_label_text_color = LIGHT.muted
        axis.axis_line_color = axis.major_tick_line_color = LIGHT.frame
        axis.minor_tick_line_color = None
        axis.major_label_text_font_size = "12px"
    plot.xgrid.grid_line_color = None
    plot.ygrid.grid_line_color = LIGHT.graticule
    plot.ygrid[0].tags = ["grid_line_color:graticule"]
    plot.title.text_color = LIGHT.ink
    plot.title.tags = ["text_color:ink"]
    plot.title.text_font_size = "13px"


def _name_months(plot: figure, shift: float) -> None:
    places = [month - shift for month in range(1, 13)]
    step = 1 if plot.width > 600 else 2  # names of all months have no room in a small chart
    plot.xaxis.ticker = FixedTicker(ticks=places[::step])
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
    year, winter, summer = charts[-len(STACKS) :]
    return [
        Heading(titled_table("The year of a site", placement)),
        Choice("Site", "chosen-site", options),
        slot(year, "Power of the chosen site by source, slice by slice"),
        Figures([
            slot(winter, "Power of an average day of the coldest month"),
            slot(summer, "Power of an average day of the warmest month"),
        ]),
        Text(_slices_in_words(placement), "note"),
        Figures(months, "months"),
    ]  # fmt: skip


def _slices_in_words(placement: Placement) -> str:
    groups, blocks = slice_layout(placement.study.time.number)
    hours = 24 // blocks
    days = "an average day" if groups == 1 else f"{groups} average days, coldest to warmest,"
    block = "hour by hour" if hours == 1 else f"in blocks of {hours} hours"
    return (
        f"Each month is {days} {block} (UTC): {number(12 * groups * blocks)} slices, "
        "as the optimizer saw them. Days of the week are not told apart."
    )
