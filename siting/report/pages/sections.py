"""Tabs of the page of a placement on its electricity, the network and the phases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from bokeh.plotting import figure

from siting.placement import Placement
from siting.report.data import clean, plain_title, titled, titled_table
from siting.report.data.states import (
    first_power_words,
    levelized_usd_per_mwh,
    power_costs,
    power_stack,
    state_kind,
    state_loads,
    state_totals,
    states_words,
)
from siting.report.maps.palette import design_title, source_colour
from siting.report.pages.bars import SERIES, histogram_chart, phases_chart, rows_chart
from siting.report.pages.charts import chart_section, site_charts
from siting.report.pages.parts import (
    Column,
    Figures,
    Fold,
    Heading,
    Link,
    Part,
    Tab,
    Table,
    Text,
    macro,
    slot,
)
from siting.report.pages.sites import TOTALS, energy_by_source, site_column, source_shares

__all__ = [
    "network_tab",
    "phases_tab",
    "power_cost_parts",
    "power_stack_chart",
    "power_stack_parts",
    "power_tab",
]


def power_tab(placement: Placement, plan: Placement) -> Tab:
    """Electricity of each site by source, what each part costs, and the year of a site.

    Parameters
    ----------
    placement : Placement
        One year, of `of_one_year`.
    plan : Placement
        With all periods, for what is built over the years.
    """
    stack = power_stack_chart(plan)
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
    built = [] if stack is None else power_stack_parts(*stack)
    parts = [swatches, table, *power_cost_parts(placement), *built]
    drawn = charts if stack is None else [*charts, stack[0]]
    return Tab("Power", [*parts, *chart_section(placement, charts)], drawn)


def network_tab(placement: Placement) -> Tab:
    """Service of each workload: load, number of sites and how far away."""
    flows = placement.flows
    told = flows.get("rtt_label", pd.Series("modelled", index=flows.index)) == "measured"
    weighted = flows.assign(mw_ms=flows["it_mw"] * flows["rtt_ms"], measured=told * flows["it_mw"])
    limits = {w.name: w.max_rtt_ms for w in placement.study.demand.workloads}
    longest = flows["workload"].map(limits).astype(float)
    close = flows.get("rtt_p90_ms", flows["rtt_ms"]) > longest
    weighted["close"] = close * flows["it_mw"]
    by_workload = weighted.groupby("workload", sort=False)
    load = by_workload["it_mw"].sum()
    asked = [limits.get(str(name)) for name in load.index]
    columns = [
        Column("Workload", [clean(name) for name in load.index]),
        Column("IT load [MW]", load.tolist(), numeric=True, total=float(load.sum())),
        Column("Demand regions", by_workload["demand"].nunique().tolist(), numeric=True),
        Column("Sites", by_workload["site"].nunique().tolist(), numeric=True),
        Column("Mean round trip [ms]", (by_workload["mw_ms"].sum() / load).tolist(), numeric=True),
        Column("Longest round trip [ms]", by_workload["rtt_ms"].max().tolist(), numeric=True),
        Column("Measured round trips [% of load]",
               (100.0 * by_workload["measured"].sum() / load).tolist(), numeric=True),
        Column("Limit within the spread p10-p90 [% of load]",
               (100.0 * by_workload["close"].sum() / load).tolist(), numeric=True),
        Column("Allowed [ms]", ["any" if ms is None else f"{ms:g}" for ms in asked]),
    ]  # fmt: skip
    caption = titled_table("Workloads", placement)
    table = Table(
        f"{caption}; the mean round trip is weighted by IT load. Where the "
        "limit lies within the spread of the model, the pair deserves a measurement.",
        columns,
        foot="All workloads",
    )
    charts = _round_trips(placement, limits)
    shown = [slot(chart, f"{chart.title.text}; the table has the figures") for chart in charts]
    heading = Heading(titled_table("IT load by round-trip time", placement))
    return Tab("Network", [heading, Figures(shown, "maps alike"), table], charts)


#: Workloads whose round-trip times are drawn, the largest.
_MOST_WORKLOADS = 8


def _round_trips(placement: Placement, limits: Mapping[str, float | None]) -> list[figure]:
    """Histogram of each workload with its limit, all on one axis."""
    by_workload = dict(iter(placement.flows.groupby("workload", sort=False)))
    largest = sorted(by_workload, key=lambda name: -float(by_workload[name]["it_mw"].sum()))
    shown = largest[:_MOST_WORKLOADS]
    ends = [limit for name in shown if (limit := limits.get(str(name))) is not None]
    ends += [float(by_workload[name]["rtt_ms"].max()) for name in shown]
    longest = 1.05 * max(ends, default=1.0)
    return [
        histogram_chart(
            f"rtt-{i}", f"{clean(name)}: " + _limit_words(limits.get(str(name))),
            by_workload[name]["rtt_ms"], by_workload[name]["it_mw"], limits.get(str(name)), longest,
        )
        for i, name in enumerate(shown)
    ]  # fmt: skip


def _limit_words(limit: float | None) -> str:
    return "no limit" if limit is None else f"at most {limit:g} ms"


def phases_tab(placement: Placement) -> Tab:
    """Capacity over time, and the totals of each period and scenario."""
    states = placement.states
    words = Text(states_words(placement), "" if states else "note")
    due = [Text(text) for text in first_power_words(placement)]
    if not states:
        return Tab("Phases", [words, *due] if due else [])
    tables: list[Part] = [_state_totals(placement), *_state_loads(placement)]
    if not placement.study.periods:
        return Tab("Phases", [words, *due, *tables])
    chart, colours = phases_chart(placement)
    swatches = macro("drawings.html", "swatches", colours)
    first = clean(states[0].scenario) if len({s.scenario for s in states}) > 1 else ""
    title = titled("Installed capacity by period and site", first)
    shown = slot(chart, f"{title}; the plan has the figures", title)
    return Tab("Phases", [words, *due, swatches, shown, _plan(placement), *tables], [chart])


def _plan(placement: Placement) -> Fold:
    """Capacity over time: modules and MW of each design at each site."""
    plan = placement.plan
    names = pd.concat([state.placement.sites["name"] for state in placement.states])
    names = names[~names.index.duplicated()]
    columns = [
        Column("Site", [clean(names[site]) for site in plan["site"]]),
        Column("From", [str(year) for year in plan["year"]]),
        Column("Cooling design", [design_title(str(design)) for design in plan["design"]]),
        Column("Halls", plan["modules"].astype(int).tolist(), numeric=True),
        Column("Installed [MW]", plan["installed_mw"].tolist(), numeric=True),
        Column("Added [MW]", plan["added_mw"].tolist(), numeric=True),
    ]
    table = Table("The plan: what stands from each period on.", columns, sortable=True)
    return Fold("The plan as a table", [table])


def _state_totals(placement: Placement) -> Table:
    totals, kind = state_totals(placement.states), state_kind(placement.states)
    columns = [
        Column(kind.capitalize(), totals.index.tolist()),
        *([] if kind == "period" else
          [Column("Probability", [f"{100 * p:.3g} %" for p in totals["probability"]])]),
        Column("Sites", totals["sites"].tolist(), numeric=True),
        Column("IT load [MW]", totals["it_mw"].tolist(), numeric=True),
        *(Column(title, (totals[metric] / unit).tolist(), numeric=True)
          for metric, (title, unit) in TOTALS.items() if metric in totals),
    ]  # fmt: skip
    return Table(f"Each {kind}; totals are of one year of it.", columns)


#: States that a table has room for side by side.
_ABREAST = 8


def _state_loads(placement: Placement) -> Iterator[Table]:
    loads, kind = state_loads(placement.states), state_kind(placement.states)
    link = Link("sites", [str(site) for site in loads.index])
    names = [c for c in loads if c != "name"]
    for start in range(0, len(names), _ABREAST):
        columns = [
            Column("Site", loads["name"].tolist()),
            *(Column(f"{name} [MW]", loads[name].tolist(), numeric=True,
                     total=float(loads[name].sum())) for name in names[start : start + _ABREAST]),
        ]  # fmt: skip
        yield Table(f"IT load of each site in each {kind}.", columns, sortable=True,
                    link=link, foot="All sites")  # fmt: skip


#: Rows of the chart, a site in a period each; the table has all of them.
_MOST_STACKS = 24


def power_stack_chart(plan: Placement) -> tuple[figure, pd.DataFrame] | None:
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


def power_stack_parts(chart: figure, stack: pd.DataFrame) -> list[Part]:
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


def power_cost_parts(placement: Placement) -> list[Part]:
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
