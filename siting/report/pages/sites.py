"""Sites in words: their tab, the network to whom they serve, and the cards beside the pointer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from bokeh.plotting import figure

from siting.nomenclature import METRICS, YEAR_H
from siting.placement import Placement
from siting.report.data import (
    amount,
    clean,
    limit_words,
    megawatts,
    number,
    plain_title,
    titled_table,
)
from siting.report.data.states import heading, place_titles
from siting.report.maps.palette import design_title, source_colour
from siting.report.pages.bars import histogram_chart
from siting.report.pages.parts import (
    Column,
    Figures,
    Fold,
    Heading,
    Link,
    Markup,
    Part,
    Tab,
    Table,
    Text,
    render,
    slot,
)

__all__ = [
    "TOTALS",
    "energy_by_source",
    "names_in_words",
    "network_tab",
    "site_card",
    "site_column",
    "sites_tab",
    "source_shares",
]


#: Numeric columns of the sites.
_SITE_COLUMNS = (
    ("it_mw", "IT load [MW]"),
    ("installed_mw", "Installed [MW]"),
    ("pue", "PUE [-]"),
    ("pue_peak", "Peak PUE [-]"),
    ("wue_l_per_kwh", "WUE [L/kWh]"),
    ("free_cooling_hours", "Free cooling [h/yr]"),
)


#: Totals of the sites over their IT energy, and what a unit of the total is in that of the heading.
_INTENSITIES = (
    ("carbon_t_co2e_operational", "Operational carbon [g/kWh IT]", 1e3),
    ("water_m3", "Water with electricity [L/kWh IT]", 1.0),
    ("cost_usd", "Cost [USD/MWh IT]", 1.0),
)


#: Totals of a year: heading, and what a stored number is divided by.
TOTALS = {
    "energy_mwh": ("Energy [GWh]", 1e3),
    "carbon_t_co2e": ("Carbon [t CO₂e]", 1.0),
    "water_m3": ("Water consumed [m³]", 1.0),
    "water_withdrawal_m3": ("Water withdrawn [m³]", 1.0),
    "water_scarcity_m3": ("Water by scarcity [m³ world-eq]", 1.0),
    "cost_usd": ("Cost [million USD]", 1e6),
}


def names_in_words(binding: object) -> str:
    """Comma-joined identifiers as words; ``none`` where there are none."""
    given = str(binding) if isinstance(binding, str) else ""
    return ", ".join(limit_words(name) for name in given.split(",") if name.strip()) or "none"


def sites_tab(placement: Placement) -> Tab:
    """Open sites, their totals, their cards, and the candidates that were not chosen."""
    mix = energy_by_source(placement)
    cards = [site_card(placement, str(site), mix) for site in placement.sites.index]
    note = Text("The same cards stand beside the pointer on the map.", "note")
    folded = Fold(titled_table("Cards of the open sites", placement), [note, *cards])
    parts: list[Part] = [_sites(placement), _totals(placement), *_contracts(placement),
                         _places(placement), folded, _months(placement),
                         _candidates(placement)]  # fmt: skip
    return Tab("Sites", parts)


def site_column(placement: Placement) -> Column:
    """First column of a table with a row for each open site."""
    return Column("Site", [clean(name) for name in placement.sites["name"]])


def _link(placement: Placement) -> Link:
    return Link("sites", [str(site) for site in placement.sites.index])


def _sites(placement: Placement) -> Table:
    sites = placement.sites
    numbers = [Column(title, sites[name].astype(float).tolist(), numeric=True)
               for name, title in _SITE_COLUMNS if name in sites]  # fmt: skip
    numbers += [
        Column(title, (factor * sites[name] / (YEAR_H * sites["it_mw"])).tolist(),
               numeric=True, digits=3)
        for name, title, factor in _INTENSITIES if name in sites
    ]  # fmt: skip
    columns = [
        site_column(placement),
        Column("Country", list(sites["country"])),
        Column("Cooling design", [design_title(str(design)) for design in sites["design"]]),
        *numbers,
        Column("Limits that bind", [names_in_words(names) for names in sites["binding"]]),
    ]
    caption = titled_table("Open sites", placement)
    caption += ". A heading sorts, a name shows the site on the map."
    return Table(caption, columns, sortable=True, link=_link(placement), filter_id="table-sites")


def _totals(placement: Placement) -> Table:
    """Totals of each site with its share, and of all sites in the last row."""
    sites, totals = placement.sites, placement.metrics
    columns = [site_column(placement)]
    for metric, (title, unit) in TOTALS.items():
        if metric in sites and metric in totals:
            values = (sites[metric].astype(float) / unit).tolist()
            columns.append(Column(title, values, numeric=True, total=totals[metric] / unit))
            if totals[metric] > 0:
                shares = (100.0 * sites[metric].astype(float) / totals[metric]).tolist()
                columns.append(Column("Share [%]", shares, numeric=True, digits=3, total=100.0))
    caption = titled_table("Totals of a year by site", placement)
    return Table(f"{caption}.", columns, sortable=True, link=_link(placement), foot="All sites")


def _contracts(placement: Placement) -> Iterator[Table]:
    sites = placement.sites
    given = [c for c in map(str, sites.columns)
             if c.endswith("_contract_mw") and (sites[c] > 0).any()]  # fmt: skip
    columns = [
        Column(f"{plain_title(c.removesuffix('_contract_mw'))} [MW]",
               sites[c].astype(float).tolist(), numeric=True, total=float(sites[c].sum()))
        for c in given
    ]  # fmt: skip
    if columns:
        caption = titled_table("Contracted capacity by source", placement)
        yield Table(f"{caption}.", [site_column(placement), *columns], foot="All sites")


@dataclass(frozen=True)
class Spark:
    """Twelve small bars with their range in words; heights of 0 to 30."""

    title: str
    span: str
    words: str
    heights: list[float]


@dataclass(frozen=True)
class Shares:
    """Parts of a bar, each with its left end, width and colour, and all of them in words."""

    words: str
    parts: list[dict[str, Any]]


def site_card(placement: Placement, site: str, mix: pd.DataFrame) -> Markup:
    """Facts of one open site, with the source of each number; ``mix`` is of `energy_by_source`."""
    row: pd.Series[Any] = placement.sites.T[site]
    return render(
        "site_card.html",
        id=site,
        name=clean(row["name"]),
        built=titled_table(
            f"{design_title(str(row['design']))}, {megawatts(float(row['it_mw']))} "
            f"of {megawatts(float(row['installed_mw']))} installed", placement),
        efficiency=_efficiency(row),
        spark=_sparks(placement, site),
        year=titled_table("A year", placement),
        footprint=[(quantity.title, amount(metric, float(row[metric])))
                   for metric, quantity in METRICS.items() if metric in row],
        shares=source_shares(mix.T[site]),
        held=[("Limits that bind", names_in_words(row["binding"])),
              ("Climate", clean(row.get("climate", "–")))],
        provenance=_provenance(placement, site),
    )  # fmt: skip


def energy_by_source(placement: Placement) -> pd.DataFrame:
    """Electricity of a year by site and source. [GWh].

    Returns
    -------
    DataFrame
        Index site in the order of the sites, one column a source, the largest first.
    """
    energy = placement.supply.assign(gwh=placement.supply["mw"] * placement.supply["hours"] / 1e3)
    mix = energy.pivot_table(index="site", columns="source", values="gwh", aggfunc="sum",
                             fill_value=0.0)  # fmt: skip
    mix = mix.reindex(placement.sites.index, fill_value=0.0)
    return mix[mix.sum().sort_values(ascending=False).index]


def _efficiency(row: pd.Series[Any]) -> list[tuple[str, str]]:
    return [
        ("PUE, mean and peak", f"{row['pue']:.3f}, {row['pue_peak']:.3f}"),
        ("WUE", f"{number(float(row['wue_l_per_kwh']))} L/kWh"),
        ("Free cooling", f"{number(float(row['free_cooling_hours']), 4)} h/yr"),
    ]


def _sparks(placement: Placement, site: str) -> list[Spark]:
    """PUE and WUE by month as small bars, with the range in words."""
    if placement.monthly.empty:
        return []
    own = placement.monthly[placement.monthly["site"] == site].sort_values("month")
    return [
        _spark("PUE by month", own["pue"], floor=1.0),
        _spark("WUE by month", own["wue_l_per_kwh"]),
    ]


def _spark(title: str, values: pd.Series[float], floor: float = 0.0) -> Spark:
    top = float((values - floor).max()) or 1.0
    heights = [round(max(30.0 * (float(v) - floor) / top, 0.6), 1) for v in values]
    span = f"{number(float(values.min()), 4)} to {number(float(values.max()), 4)}"
    words = f"{title}, January to December: {', '.join(number(float(v)) for v in values)}"
    return Spark(title, span, words, heights)


def source_shares(mix: pd.Series[float]) -> Shares:
    """Shares of the sources of a site, as a bar and in words."""
    used = mix.clip(lower=0.0)
    total = float(used.sum()) or 1.0
    left, words, parts = 0.0, [], []
    for source, value in used.items():
        share = 100.0 * float(value) / total
        if share:
            words.append(f"{plain_title(str(source))} {share:.0f} %")
        parts.append({"left": round(left, 2), "width": round(share, 2),
                      "colour": source_colour(str(source))})  # fmt: skip
        left += share
    return Shares(", ".join(words), parts)


def _provenance(placement: Placement, site: str) -> dict[str, list[str]]:
    """Numbers of the place of a site by their label and source."""
    told: dict[str, list[str]] = {}
    if placement.provenance.empty:
        return told
    own = placement.provenance[placement.provenance["site"] == site]
    columns = own[["attribute", "value", "label", "source"]]
    for attribute, value, label, source in columns.itertuples(index=False):
        known = told.setdefault(f"{clean(label)}, {clean(source)}", [])
        known.append(f"{plain_title(attribute)} {clean(value)}")
    return told


def _months(placement: Placement) -> Fold | Text:
    """PUE and WUE of each site in each month."""
    if placement.monthly.empty:
        return Text("The run has no monthly figures.", "note")
    shown = (("pue", "PUE [-]"), ("wue_l_per_kwh", "WUE [L/kWh]"))
    return Fold("PUE and WUE by month", [_months_table(placement, *each) for each in shown])


def _months_table(placement: Placement, column: str, title: str) -> Table:
    wide = placement.monthly.pivot(index="site", columns="month", values=column)
    wide = wide.reindex(placement.sites.index)
    columns = [
        site_column(placement),
        *(Column(pd.Timestamp(2000, month, 1).strftime("%b"), wide[month].tolist(), numeric=True)
          for month in range(1, 13)),
    ]  # fmt: skip
    caption = titled_table(f"{title} by month", placement)
    return Table(f"{caption}.", columns, sortable=True)


def _place_columns(placement: Placement, rows: pd.DataFrame) -> list[Column]:
    """Facts of the places of some candidates."""
    return [
        Column(heading(title, unit), rows[name].astype(float).tolist(), numeric=True, digits=3)
        for name, (title, unit) in place_titles(placement.study).items()
        if name in rows
    ]


def _places(placement: Placement) -> Table:
    """Facts of the places of the open sites."""
    rows = placement.candidates.reindex(placement.sites.index)
    caption = titled_table("Places of the open sites", placement)
    return Table(f"{caption}.", [site_column(placement), *_place_columns(placement, rows)],
                 sortable=True, link=_link(placement))  # fmt: skip


def _candidates(placement: Placement) -> Fold:
    """Candidates that competed and were not chosen, with what their places are like."""
    closed = placement.candidates[~placement.candidates["is_open"].astype(bool)]
    columns = [
        Column("Candidate", [clean(name) for name in closed["name"]]),
        Column("Country", [clean(country) for country in closed["country"]]),
        Column("Kinds", [clean(kinds).replace(",", ", ") for kinds in closed["kinds"]]),
        *_place_columns(placement, closed),
    ]
    link = Link("candidates", [str(site) for site in closed.index])
    caption = titled_table("Candidates that were not chosen", placement)
    caption += ". A name shows the candidate on the map."
    shown = Table(caption, columns, sortable=True, link=link, filter_id="table-candidates")
    return Fold(f"The {number(len(closed))} candidates that were not chosen", [shown])


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
