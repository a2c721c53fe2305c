"""Tabs of the page of a placement on its electricity, water, carbon and cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from bokeh.plotting import figure

from siting.nomenclature import LIMITED, YEAR_H
from siting.placement import Placement
from siting.report.data import (
    clean,
    convention_of,
    convention_title,
    number,
    plain_title,
    titled_table,
)
from siting.report.data.headline import COST_WORDS, per_it_kwh
from siting.report.data.states import levelized_usd_per_mwh, power_costs, power_stack
from siting.report.maps.palette import source_colour
from siting.report.pages.bars import SERIES, rows_chart, waterfall_chart
from siting.report.pages.charts import chart_section, site_charts
from siting.report.pages.evidence import hangs_on_hydropower, near_borders
from siting.report.pages.parts import (
    Column,
    Figures,
    Fold,
    Heading,
    Link,
    Part,
    Tab,
    Table,
    macro,
    slot,
)
from siting.report.pages.sites import energy_by_source, site_column, source_shares

__all__ = [
    "CARBON_WORDS",
    "Chart",
    "carbon_tab",
    "charts_of",
    "cost_tab",
    "power_tab",
    "water_tab",
]


#: Columns of the parts of the carbon, in words.
CARBON_WORDS: Mapping[str, str] = {
    "carbon_grid_t_co2e": "Energy from the grid",
    "carbon_contracts_t_co2e": "Contracted energy",
    "carbon_gas_t_co2e": "Gas burnt on site",
    "carbon_building_t_co2e": "Building and plant, embodied",
    "carbon_refrigerant_t_co2e": "Refrigerant that leaks",
    "carbon_refresh_t_co2e": "Vessels that retrieve sealed pods",
    "carbon_site_t_co2e": "Works and substation of the sites, embodied",
    "carbon_servers_t_co2e": "Servers, embodied",
    "carbon_on_site_t_co2e": "Storage units and generators, less counted heat",
}


def power_tab(placement: Placement, plan: Placement) -> Tab:
    """Electricity of each site by source, what each part costs, and the year of a site.

    Parameters
    ----------
    placement : Placement
        One year, of `of_one_year`.
    plan : Placement
        With all periods, for what is built over the years.
    """
    stack = _stack_chart(plan)
    charts = site_charts(placement)
    mix = energy_by_source(placement)
    colours = {plain_title(str(source)): source_colour(str(source)) for source in mix}
    columns = [
        site_column(placement),
        Column("Mix", [macro("drawings.html", "mix", source_shares(row), "bar")
                       for _, row in mix.iterrows()]),
        *(Column(f"{plain_title(str(source))} [GWh]", mix[source].tolist(), numeric=True,
                 total=float(mix[source].sum())) for source in mix),
        Column("All sources [GWh]", mix.sum(axis=1).tolist(), numeric=True,
               total=float(mix.to_numpy().sum())),
    ]  # fmt: skip
    caption = titled_table("Electricity of a year by site and source", placement)
    table = Table(f"{caption}.", columns, foot="All sites")
    swatches = macro("drawings.html", "swatches", colours)
    built = [] if stack is None else _built_parts(*stack)
    parts = [swatches, table, *_cost_parts(placement), *built]
    drawn = charts if stack is None else [*charts, stack[0]]
    return Tab("Power", [*parts, *chart_section(placement, charts)], drawn)


#: Rows of the chart, a site in a period each; the table has all of them.
_MOST_STACKS = 24


def _stack_chart(plan: Placement) -> tuple[figure, pd.DataFrame] | None:
    """Bars of what powers each site in each period, and their table; None without a choice."""
    stack = power_stack(plan)
    if stack.empty:
        return None
    names = pd.concat([s.placement.sites["name"] for s in plan.states] or [plan.sites["name"]])
    names = names[~names.index.duplicated()]
    labels = [
        clean(names[site]) + (f", {year}" if year else "")
        for site, year in zip(*(stack.index.get_level_values(i) for i in (0, 1)), strict=True)
    ]
    stack = stack.assign(label=labels).sort_index(kind="stable")
    shown = stack.iloc[:_MOST_STACKS]
    parts = _stack_parts(shown)
    chart = rows_chart("chart-power-stack", "Power [MW]", shown["label"].tolist(), parts)
    return chart, stack


def _stack_parts(stack: pd.DataFrame) -> dict[str, list[float]]:
    """Values of each part; those beyond the colours together."""
    columns = [str(c) for c in stack if c != "label"]
    kept = columns if len(columns) <= len(SERIES) else columns[: len(SERIES) - 1]
    parts = {name: stack[name].tolist() for name in kept}
    if len(kept) < len(columns):
        parts["All others"] = stack[columns[len(kept) :]].sum(axis=1).tolist()
    return parts


def _built_parts(chart: figure, stack: pd.DataFrame) -> list[Part]:
    """Heading, colours, chart and table of the stack."""
    title = "What powers each site over the years"
    columns = [Column("Site and year", stack["label"].tolist())]
    columns += [Column(f"{name} [MW]", stack[name].tolist(), numeric=True)
                for name in map(str, stack) if name != "label"]  # fmt: skip
    swatches = macro(
        "drawings.html", "swatches", dict(zip(_stack_parts(stack), SERIES, strict=False))
    )
    table = Table(f"{title}: power of connection, generators and stores.", columns)
    shown = slot(chart, f"{title}; the table has the figures")
    return [Heading(title), swatches, shown, Fold("The same as a table", [table])]


def _cost_parts(placement: Placement) -> list[Part]:
    """Levelized cost of the power of each site, and what each part of it costs.

    Parameters
    ----------
    placement : Placement
        One year, whose tables are of it.
    """
    costs, levelized = power_costs(placement), levelized_usd_per_mwh(placement)
    if costs.empty:
        return []
    names = placement.sites["name"].map(clean)
    used = placement.sites["energy_mwh"].astype(float) / 1e3
    totals = Table(
        titled_table("Levelized cost of the power of each site", placement)
        + "; annuities, upkeep, fuel, energy and its tax over the electricity that it uses.",
        [Column("Site", names.tolist()),
         Column("Electricity used [GWh]", used.tolist(), numeric=True),
         Column("Levelized cost [USD/MWh]", levelized.tolist(), numeric=True)],
        sortable=True,
    )  # fmt: skip
    kw = costs["usd"] / (1e3 * costs["mw"])
    each = costs["usd"] / costs["mwh"].where(costs["mwh"] > 0)
    parts = Table(
        titled_table("What each part of the power costs", placement)
        + "; contracts are paid for all they generate, and counted by what is delivered.",
        [Column("Site", [names[site] for site in costs["site"]]),
         Column("Part", costs["part"].tolist()),
         Column("Power [MW]", _numbers(costs["mw"]), numeric=True),
         Column("Cost [million USD]", (costs["usd"] / 1e6).tolist(), numeric=True),
         Column("USD/kW", _numbers(kw), numeric=True),
         Column("Energy [GWh]", _numbers(costs["mwh"] / 1e3), numeric=True),
         Column("USD/MWh", _numbers(each), numeric=True)],
        sortable=True,
    )  # fmt: skip
    return [totals, Fold("What each part of the power costs", [parts])]


def _numbers(values: pd.Series) -> list[float]:
    return [float(x) for x in np.asarray(values, dtype=float)]


def water_tab(placement: Placement) -> Tab:
    """Water consumed and withdrawn of each site, its scarcity, and the conventions."""
    sites, totals = placement.sites, placement.metrics
    on_site = sites["wue_l_per_kwh"] * YEAR_H * sites["it_mw"]
    columns = [site_column(placement)]
    if "water_m3" in totals:
        per = "L/kWh IT"
        columns += [
            Column("On site [m³]", on_site.tolist(), numeric=True, total=float(on_site.sum())),
            Column("Of electricity [m³]", (sites["water_m3"] - on_site).tolist(), numeric=True,
                   total=totals["water_m3"] - float(on_site.sum())),
            Column("Consumed [m³]", sites["water_m3"].tolist(), numeric=True,
                   total=totals["water_m3"]),
            Column(f"Consumed [{per}]", (sites["water_m3"] / (YEAR_H * sites["it_mw"])).tolist(),
                   numeric=True, digits=3, total=per_it_kwh(1e3 * totals["water_m3"], sites)),
            Column("Withdrawn [m³]", sites["water_withdrawal_m3"].tolist(), numeric=True,
                   total=totals["water_withdrawal_m3"]),
            Column("By scarcity [m³ world-eq]", sites["water_scarcity_m3"].tolist(), numeric=True,
                   total=totals["water_scarcity_m3"]),
        ]  # fmt: skip
    if "scarcity_low" in sites:
        ends = sites[["scarcity_low", "scarcity_high"]].itertuples(index=False)
        spread = [" to ".join(dict.fromkeys(map(number, pair))) for pair in ends]
        columns += [Column("AWARE factor", sites["scarcity_factor"].tolist(), numeric=True),
                    Column("AWARE within 30 km", spread)]  # fmt: skip
    caption = titled_table("Water of a year by site", placement)
    link = Link("sites", [str(site) for site in sites.index])
    table = Table(f"{caption}; AWARE factors in m³ world-eq/m³.", columns, sortable=True,
                  link=link, foot="All sites")  # fmt: skip
    charts = _water_charts(placement) if "water_m3" in totals and len(sites) else []
    return Tab("Water", [*charts_of(charts, placement), table, _conventions(placement, "water"),
                         *hangs_on_hydropower(placement), *near_borders(placement)],
               [chart.plot for chart in charts])  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A chart with its title, its colours by name, and what it shows in words."""

    plot: figure
    title: str
    words: str
    colours: Mapping[str, str] = field(default_factory=dict)


def charts_of(charts: Sequence[Chart], placement: Placement) -> Iterator[Part]:
    """Charts side by side with their year, above them what their colours mean."""
    for chart in charts:
        if chart.colours:
            yield macro("drawings.html", "swatches", chart.colours)
    if charts:
        yield Figures([slot(c.plot, c.words, titled_table(c.title, placement)) for c in charts])


#: Sites that a chart has room for, the largest.
_MOST_ROWS = 12


def _by_site(
    placement: Placement, name: str, title: str, axis: str, parts: Mapping[str, pd.Series[float]]
) -> Chart:
    """Bars of the largest sites, stacked out of parts; parts are per kWh or MWh of IT energy."""
    loaded = placement.sites[placement.sites["it_mw"] > 0]  # the others have no kWh to count by
    sites = loaded.head(_MOST_ROWS)
    shown = {part: values.loc[sites.index].tolist() for part, values in parts.items()}
    plot = rows_chart(name, axis, [clean(each) for each in sites["name"]], shown)
    of = "" if len(sites) == len(loaded) else f", the {len(sites)} largest"
    colours = dict(zip(shown, SERIES, strict=False))
    return Chart(plot, f"{title} by site{of}", f"{title} by site; the table has it", colours)


def _water_charts(placement: Placement) -> list[Chart]:
    """Water by site, by convention, and consumed beside withdrawn and weighted by scarcity."""
    sites, totals = placement.sites, placement.metrics
    on_site = sites["wue_l_per_kwh"]
    electricity = (sites["water_m3"] / (YEAR_H * sites["it_mw"]) - on_site).clip(lower=0.0)
    axis = "L/kWh of IT energy"
    parts = {"On site": on_site, "Of electricity": electricity}
    counted = {"as the study counts it": totals["water_m3"]} | {
        convention_title(key, short=True): value
        for key, value in placement.other_conventions.items() if key.startswith("water_m3_")
    }  # fmt: skip
    kinds = {LIMITED[m].title: totals[m] for m in totals if m.startswith("water")}
    charts = [_by_site(placement, "water-sites", "Water consumed", axis, parts)]
    for name, title, rows in (
        ("water-conventions", "Water consumed by convention", counted),
        ("water-kinds", "Consumed, withdrawn, by scarcity [L or L world-eq]", kinds),
    ):
        values = [per_it_kwh(1e3 * value, sites) for value in rows.values()]
        plot = rows_chart(name, axis, list(rows), {"water": values})
        charts.append(Chart(plot, title, f"{title}; the table has it"))
    return charts


def carbon_tab(placement: Placement) -> Tab:
    """Carbon by part, and the conventions."""
    charts, tables = _parts(placement, "carbon", CARBON_WORDS)
    parts = [*charts_of(charts, placement), *tables, _conventions(placement, "carbon")]
    return Tab("Carbon", parts, [chart.plot for chart in charts])


def cost_tab(placement: Placement) -> Tab:
    """Cost by part, of all sites and of each, and by the range of prices."""
    charts, tables = _parts(placement, "cost", COST_WORDS)
    parts = [*charts_of(charts, placement), *tables, _conventions(placement, "cost")]
    return Tab("Cost", parts, [chart.plot for chart in charts])


#: Unit of a total in the table and what it is in that of the column, unit of its intensity, and
#: what a total over MWh of IT energy is in it.
_UNITS = {
    "carbon": ("t CO₂e", 1.0, "g/kWh IT", 1e3),
    "cost": ("million USD", 1e6, "USD/MWh IT", 1.0),
}


def _parts(
    placement: Placement, of: str, names: Mapping[str, str]
) -> tuple[list[Chart], list[Table]]:
    """Parts of a total as a waterfall, by site and as a table; empty without its columns."""
    sites = placement.sites
    columns = {title: sites[key].astype(float) for key, title in names.items()
               if key in sites and sites[key].abs().sum() > 0}  # fmt: skip
    if not columns:
        return [], []
    unit, factor, per, scale = _UNITS[of]
    parts = {title: float(own.sum()) for title, own in columns.items()}
    mwh = YEAR_H * float(sites["it_mw"].sum())
    each = {title: scale * value / mwh for title, value in parts.items()}
    total = sum(parts.values())
    table = Table(
        f"{titled_table(f'What the {of} of a year is made of', placement)}.",
        [
            Column("Part", list(parts)),
            Column(f"{unit} a year", [v / factor for v in parts.values()], numeric=True,
                   total=total / factor),
            Column(per, list(each.values()), numeric=True, total=sum(each.values())),
            Column("Share [%]", [100.0 * v / total for v in parts.values()], numeric=True,
                   digits=3, total=100.0),
        ],
        foot="Total",
    )  # fmt: skip
    words = f"What the {of} is made of, part by part; the table has it"
    fall = Chart(waterfall_chart(f"{of}-parts", per, each, "Total"), f"Parts of the {of}", words)
    own = {title: scale * values / (YEAR_H * sites["it_mw"]) for title, values in columns.items()
           if (values >= 0).all()}  # fmt: skip
    kept = dict(sorted(own.items(), key=lambda item: -float(item[1].sum()))[: len(SERIES)])
    return [fall, _by_site(placement, f"{of}-sites", plain_title(of), per, kept)], [table]


def _conventions(placement: Placement, of: str) -> Table:
    """Placement counted as the study did and as it did not."""
    rows = [
        (LIMITED[m].title, LIMITED[m].unit_shown, value, "chosen by the study")
        for m, value in placement.metrics.items() if m.startswith(of)
    ]  # fmt: skip
    rows += [
        (convention_title(key), _unit(key), value, "for comparison")
        for key, value in placement.other_conventions.items()
        if (convention_of(key) or of).startswith(of)
    ]
    load = YEAR_H * float(placement.sites["it_mw"].sum())
    _, _, per, scale = _UNITS.get(of, ("", 1.0, "L/kWh IT", 1.0))
    caption = titled_table("Totals of a year", placement)
    return Table(
        f"{caption} under the conventions of the study, and under others.",
        [
            Column("Metric", [row[0] for row in rows]),
            Column("Unit", [row[1] for row in rows]),
            Column("Value", [row[2] for row in rows], numeric=True),
            Column(per, [scale * row[2] / load for row in rows], numeric=True, digits=3),
            Column("Convention", [row[3] for row in rows]),
        ],
    )


def _unit(key: str) -> str:
    """Unit of a key of ``other_conventions``, that of the longest metric it begins with."""
    metric = convention_of(key)
    return LIMITED[metric].unit_shown if metric else "–"
