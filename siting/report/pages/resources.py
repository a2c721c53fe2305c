"""Tabs of the page of a placement on its water, carbon and cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from bokeh.plotting import figure

from siting.nomenclature import LIMITED, YEAR_H
from siting.placement import Placement
from siting.report.data import (
    amount,
    clean,
    convention_of,
    convention_title,
    number,
    plain_title,
    titled_table,
)
from siting.report.data.headline import COST_WORDS, per_it_kwh
from siting.report.pages.bars import SERIES, rows_chart, waterfall_chart
from siting.report.pages.parts import Column, Figures, Link, Part, Tab, Table, Text, macro, slot
from siting.report.pages.sites import site_column

__all__ = [
    "CARBON_WORDS",
    "Chart",
    "carbon_tab",
    "charts_of",
    "cost_tab",
    "hangs_on_hydropower",
    "hangs_on_ranges",
    "near_borders",
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


def near_borders(placement: Placement) -> Iterator[Text]:
    """Name the sites near a border of basins of which one is twice as scarce as another."""
    sites = placement.sites
    if "scarcity_high" not in sites:
        return
    near = sites[sites["scarcity_high"] >= 2.0 * sites["scarcity_low"]]
    named = [
        f"{clean(row['name'])} {number(row['scarcity_factor'])} "
        f"({number(row['scarcity_low'])} to {number(row['scarcity_high'])})"
        for _, row in near.iterrows()
    ]
    if named:
        yield Text(
            "AWARE factors change at once at the border of a basin. Within 30 km of one, with the "
            f"range on both sides [m³ world-eq/m³]: {', '.join(named)}."
        )


def hangs_on_hydropower(placement: Placement) -> Iterator[Text]:
    """Say how much of the water is a convention, where it is more than a tenth."""
    total = placement.metrics.get("water_m3", 0.0)
    chosen = placement.study.supply.hydro_water
    without = total if chosen == "zero" else placement.other_conventions.get("water_m3_hydro_zero")
    most = placement.other_conventions.get("water_m3_hydro_evaporation", total)
    if without is None or max(total, most) <= 0 or 1.0 - without / max(total, most) < 0.1:
        return
    share = (total - without) / total if total > 0 else 0.0
    low, high = amount("water_m3", without), amount("water_m3", max(total, most))
    yield Text(
        f"Water of hydropower is a convention (supply.hydro_water: {chosen}). Of the water "
        f"counted {share:.0%} is that of reservoirs; by convention the same placement has {low} to "
        f"{high}. Where water counts, another convention may choose other sites: siting robustness "
        "says how much of the load stays."
    )


#: Conventions that are ends of a range, and what they are the range of.
_RANGES = {
    "cost_usd_prices": (
        "cost_usd", "supply.prices", "the prices of electricity",
        "What is measured does not move, so that another end may choose other sites",
    ),
    "carbon_t_co2e_servers": (
        "carbon_t_co2e", "demand.server_carbon", "the carbon of servers",
        "It weighs the same everywhere and moves a placement only through a limit or a price of "
        "carbon, spare servers or their utilization",
    ),
}  # fmt: skip


def hangs_on_ranges(placement: Placement) -> Iterator[Text]:
    """Say what the ranges of prices and of servers leave open, where that is more than a tenth."""
    for prefix, (metric, key, words, means) in _RANGES.items():
        total, other = placement.metrics.get(metric, 0.0), placement.other_conventions
        ends = [value for name, value in other.items() if name.startswith(f"{prefix}_")]
        values = [*ends, total]
        if not ends or max(values) - min(values) <= 0.1 * total:
            continue
        low, high = amount(metric, min(values)), amount(metric, max(values))
        yield Text(
            f"{LIMITED[metric].title} depends on {words} ({key}): over their range the same "
            f"placement has {low} to {high}. {means}: siting robustness says how much of the "
            "load stays."
        )
