"""The sections of the page: sites, who is served, and the electricity of each site."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from siting.placement import Placement
from siting.report.cards import energy_by_source, names_in_words
from siting.report.data.wording import (
    METRICS,
    amount,
    clean,
    plain_title,
    titled_table,
    titled_total,
)
from siting.report.maps.palette import design_title, source_colour
from siting.report.pages.charts import MONTH_NAMES
from siting.report.pages.html import Column, Link, Markup, element, join, table

__all__ = [
    "PLACE_COLUMNS",
    "candidates_section",
    "flow_section",
    "headline_cards",
    "months_section",
    "shares_section",
    "sites_section",
    "supply_section",
]

#: What is known of the place of any candidate: column, and heading with its unit.
PLACE_COLUMNS = {
    "grid_carbon_g_per_kwh": "Grid carbon [g CO₂e/kWh]",
    "scarcity_factor": "Water scarcity, AWARE [m³ world-eq/m³]",
    "free_cooling_hours": "Free cooling, best design [h/yr]",
    "mean_dry_bulb_c": "Mean outside air [°C]",
}

#: Numeric columns of the sites: column, heading, and what the stored number is divided by.
_SITE_COLUMNS = (
    ("it_mw", "IT load [MW]", 1.0),
    ("installed_mw", "Installed [MW]", 1.0),
    ("pue", "PUE [-]", 1.0),
    ("pue_peak", "Peak PUE [-]", 1.0),
    ("wue_l_per_kwh", "WUE [L/kWh]", 1.0),
    ("free_cooling_hours", "Free cooling [h/yr]", 1.0),
    ("energy_mwh", "Energy [GWh/yr]", 1e3),
    ("carbon_t_co2e", "Carbon [t CO₂e/yr]", 1.0),
    ("water_m3", "Water consumed [m³/yr]", 1.0),
    ("water_withdrawal_m3", "Water withdrawn [m³/yr]", 1.0),
    ("water_scarcity_m3", "Scarcity-weighted [m³ world-eq/yr]", 1.0),
    ("cost_usd", "Cost [million USD/yr]", 1e6),
)


def headline_cards(placement: Placement) -> Markup:
    """One card a metric."""
    metrics = placement.metrics
    cards = [
        element(
            "li",
            element("span", titled_total(f"{quantity.title}, a year", placement), class_="name"),
            element("span", amount(metric, metrics[metric]), class_="value"),
        )
        for metric, quantity in METRICS.items()
        if metric in metrics
    ]
    return element("ul", join(cards), class_="cards")


def sites_section(placement: Placement) -> Markup:
    """Every open site with its design, load, efficiency and footprint."""
    sites = placement.sites
    columns = [
        Column("Site", [clean(name) for name in sites["name"]]),
        Column("Country", list(sites["country"])),
        Column("Cooling design", [design_title(str(design)) for design in sites["design"]]),
        *(
            Column(title, (sites[name].astype(float) / unit).tolist(), numeric=True)
            for name, title, unit in _SITE_COLUMNS
            if name in sites
        ),
        *_contracts(sites),
        Column("Limits that bind", [names_in_words(names) for names in sites["binding"]]),
        *(
            Column(title, [clean(s) for s in sites[name]])
            for name, title in (("climate", "Weather"), ("grid_carbon", "Carbon of the grid"))
            if name in sites
        ),
    ]
    caption = titled_table("Open sites; totals are of a year", placement)
    caption += ". A heading sorts, a name shows the site on the map."
    link = Link("sites", [str(site) for site in sites.index])
    return table(caption, columns, sortable=True, link=link, filter_id="table-sites")


def shares_section(placement: Placement) -> Markup:
    """Share of each site in the load and in each total."""
    sites = placement.sites
    metrics = {m: q.title for m, q in METRICS.items() if m in sites and sites[m].sum() > 0}
    shares = {"IT load": sites["it_mw"]} | {title: sites[m] for m, title in metrics.items()}
    columns = [
        Column("Site", [clean(name) for name in sites["name"]]),
        *(
            Column(f"{title} [%]", (100.0 * values / values.sum()).tolist(), numeric=True)
            for title, values in shares.items()
        ),
    ]
    link = Link("sites", [str(site) for site in sites.index])
    caption = titled_table("Share of each site in the totals of a year", placement)
    return table(f"{caption}.", columns, sortable=True, link=link)


def months_section(placement: Placement) -> Markup:
    """PUE and WUE of each site in each month."""
    if placement.monthly.empty:
        return element("p", "The run has no monthly figures.", class_="note")
    shown = (("pue", "PUE [-]"), ("wue_l_per_kwh", "WUE [L/kWh]"))
    return join(_months(placement, *each) for each in shown)


def _months(placement: Placement, column: str, title: str) -> Markup:
    wide = placement.monthly.pivot(index="site", columns="month", values=column)
    wide = wide.reindex(placement.sites.index)
    columns = [
        Column("Site", [clean(name) for name in placement.sites["name"]]),
        *(
            Column(name, wide[month].tolist(), numeric=True)
            for month, name in enumerate(MONTH_NAMES, start=1)
        ),
    ]
    caption = titled_table(f"{title} by month", placement)
    return table(f"{caption}.", columns, sortable=True)


def candidates_section(placement: Placement) -> Markup:
    """Candidates that competed and were not chosen, with what their places are like."""
    closed = placement.candidates[~placement.candidates["is_open"].astype(bool)]
    columns = [
        Column("Candidate", [clean(name) for name in closed["name"]]),
        Column("Country", [clean(country) for country in closed["country"]]),
        Column("Kinds", [clean(kinds).replace(",", ", ") for kinds in closed["kinds"]]),
        *(
            Column(title, closed[name].astype(float).tolist(), numeric=True)
            for name, title in PLACE_COLUMNS.items()
            if name in closed
        ),
    ]
    link = Link("candidates", [str(site) for site in closed.index])
    caption = titled_table("Candidates that were not chosen", placement)
    caption += ". A name shows the candidate on the map."
    return table(caption, columns, sortable=True, link=link, filter_id="table-candidates")


def _contracts(sites: pd.DataFrame) -> Iterator[Column]:
    for name in (str(c) for c in sites.columns if str(c).endswith("_contract_mw")):
        if (sites[name] > 0).any():
            source = plain_title(name.removesuffix("_contract_mw"))
            values = sites[name].astype(float).tolist()
            yield Column(f"{source} contract [MW]", values, numeric=True)


def flow_section(placement: Placement) -> Markup:
    """What each workload gets, from how many sites, how far away."""
    flows = placement.flows
    told = flows.get("rtt_label", pd.Series("modelled", index=flows.index)) == "measured"
    weighted = flows.assign(mw_ms=flows["it_mw"] * flows["rtt_ms"], measured=told * flows["it_mw"])
    by_workload = weighted.groupby("workload", sort=False)
    load = by_workload["it_mw"].sum()
    limits = {w.name: w.max_rtt_ms for w in placement.study.demand.workloads}
    asked = [limits.get(str(name)) for name in load.index]
    columns = [
        Column("Workload", [clean(name) for name in load.index]),
        Column("IT load [MW]", load.tolist(), numeric=True),
        Column("Demand regions", by_workload["demand"].nunique().tolist(), numeric=True),
        Column("Sites", by_workload["site"].nunique().tolist(), numeric=True),
        Column("Mean round trip [ms]", (by_workload["mw_ms"].sum() / load).tolist(), numeric=True),
        Column("Longest round trip [ms]", by_workload["rtt_ms"].max().tolist(), numeric=True),
        Column("Measured round trips [% of load]",
               (100.0 * by_workload["measured"].sum() / load).tolist(), numeric=True),
        Column("Allowed [ms]", ["any" if ms is None else f"{ms:g}" for ms in asked]),
    ]  # fmt: skip
    caption = titled_table("Workloads", placement)
    return table(f"{caption}; the mean round trip is weighted by IT load.", columns)


def supply_section(placement: Placement) -> Markup:
    """Electricity of each site by source, as bars with their figures."""
    mix = energy_by_source(placement)
    columns = [
        Column("Site", [clean(name) for name in placement.sites["name"]]),
        Column("Mix", [_bar(row) for _, row in mix.iterrows()]),
        *(Column(f"{plain_title(str(source))} [GWh/yr]", mix[source].tolist(), numeric=True)
          for source in mix),
    ]  # fmt: skip
    caption = titled_table("Electricity of each site by source", placement)
    return join([_swatches(mix), table(f"{caption}.", columns)])


def _bar(row: pd.Series[float]) -> Markup:
    """Bar of the shares of one site; what it shows is also said in words."""
    used = row.clip(lower=0.0)
    total = float(used.sum()) or 1.0
    shares = {str(source): 100.0 * float(value) / total for source, value in used.items()}
    words = ", ".join(f"{plain_title(s)} {share:.0f} %" for s, share in shares.items() if share)
    left, parts = 0.0, []
    for source, share in shares.items():
        parts.append(_rectangle(source, left, share))
        left += share
    return element("svg", *parts, class_="bar", viewBox="0 0 100 8", role="img", aria_label=words,
                   preserveAspectRatio="none")  # fmt: skip


def _rectangle(source: str, left: float, width: float) -> Markup:
    return element("rect", x=f"{left:.2f}", y="0", width=f"{width:.2f}", height="8",
                   fill=source_colour(source))  # fmt: skip


def _swatches(mix: pd.DataFrame) -> Markup:
    items = [
        element("li", element("svg", _rectangle(str(s), 0, 8), viewBox="0 0 8 8",
                              aria_hidden="true"), f" {plain_title(str(s))}")
        for s in mix
    ]  # fmt: skip
    return element("ul", join(items), class_="swatches")
