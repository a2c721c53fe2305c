"""The sections of the page: sites, who is served, and the electricity of each site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from siting.placement import Placement
from siting.report.html import Column, Markup, element, join, table
from siting.report.palette import design_title, source_colour
from siting.report.words import METRICS, amount, clean, plain_title

__all__ = ["flow_section", "headline_cards", "sites_section", "supply_section"]

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


def headline_cards(metrics: Mapping[str, float]) -> Markup:
    """One card a metric."""
    cards = [
        element(
            "li",
            element("span", f"{quantity.title}, a year", class_="name"),
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
        Column("Limits that bind", [_names(names) for names in sites["binding"]]),
        *([Column("Weather", [clean(s) for s in sites["climate"]])] if "climate" in sites else []),
    ]
    caption = "Open sites; totals are of a year. A heading sorts the table."
    return table(caption, columns, sortable=True)


def _contracts(sites: pd.DataFrame) -> Iterator[Column]:
    for name in (str(c) for c in sites.columns if str(c).endswith("_contract_mw")):
        if (sites[name] > 0).any():
            source = plain_title(name.removesuffix("_contract_mw"))
            values = sites[name].astype(float).tolist()
            yield Column(f"{source} contract [MW]", values, numeric=True)


def _names(binding: object) -> str:
    """Comma-joined identifiers as words; nothing where no limit binds."""
    given = str(binding) if isinstance(binding, str) else ""
    return ", ".join(plain_title(name) for name in given.split(",") if name.strip()) or "none"


def flow_section(placement: Placement) -> Markup:
    """What each workload gets, from how many sites, how far away."""
    flows = placement.flows
    weighted = flows.assign(mw_ms=flows["it_mw"] * flows["rtt_ms"])
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
        Column("Allowed [ms]", ["any" if ms is None else f"{ms:g}" for ms in asked]),
    ]
    return table("Workloads; the mean round trip is weighted by IT load.", columns)


def supply_section(placement: Placement) -> Markup:
    """Electricity of each site by source, as bars with their figures."""
    energy = placement.supply.assign(gwh=placement.supply["mw"] * placement.supply["hours"] / 1e3)
    mix = energy.pivot_table(index="site", columns="source", values="gwh", aggfunc="sum",
                             fill_value=0.0)  # fmt: skip
    mix = mix.reindex(placement.sites.index, fill_value=0.0)
    mix = mix[mix.sum().sort_values(ascending=False).index]
    columns = [
        Column("Site", [clean(name) for name in placement.sites["name"]]),
        Column("Mix", [_bar(row) for _, row in mix.iterrows()]),
        *(Column(f"{plain_title(str(source))} [GWh/yr]", mix[source].tolist(), numeric=True)
          for source in mix),
    ]  # fmt: skip
    return join([_swatches(mix), table("Electricity of each site by source.", columns)])


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
