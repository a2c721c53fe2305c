"""Sections of the page of a placement: site cards, demand, and the electricity of each site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.report.data.wording import (
    amount,
    clean,
    megawatts,
    number,
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
    "cards_section",
    "energy_by_source",
    "flow_section",
    "headline_cards",
    "months_section",
    "names_in_words",
    "shares_section",
    "site_card",
    "sites_section",
    "supply_section",
]

_WIDTH, _HEIGHT = 120, 30


def cards_section(placement: Placement) -> Markup:
    """Cards of all open sites; each can be opened without a mouse."""
    cards = [site_card(placement, str(site)) for site in placement.sites.index]
    closed = [
        element("details", element("summary", clean(name)), card)
        for name, card in zip(placement.sites["name"], cards, strict=True)
    ]
    note = "The same cards stand beside the pointer on the map."
    return join([element("p", note, class_="note"), *closed])


def site_card(placement: Placement, site: str) -> Markup:
    """Return what is known of one open site, with where each number is from.

    Parameters
    ----------
    placement : Placement
        The answer.
    site : str
        Id of an open site.
    """
    row: pd.Series[Any] = placement.sites.T[site]
    parts = [
        element("h3", clean(row["name"])),
        element("p", titled_table(
            f"{design_title(str(row['design']))}, {megawatts(float(row['it_mw']))} "
            f"of {megawatts(float(row['installed_mw']))} installed", placement)),
        _pairs(_efficiency(row)),
        _months(placement, site),
        element("h4", titled_table("A year", placement)),
        _pairs(_footprint(row)),
        _mix(placement, site),
        _pairs([("Limits that bind", names_in_words(row["binding"])),
                ("Climate", clean(row.get("climate", "–")))]),
        _provenance(placement, site),
    ]  # fmt: skip
    return element("article", *parts, class_="card", data_card=site)


def names_in_words(binding: object) -> str:
    """Comma-joined identifiers as words; ``none`` where there are none."""
    given = str(binding) if isinstance(binding, str) else ""
    names = (name.strip().removeprefix("limits.") for name in given.split(","))
    return ", ".join(plain_title(name) for name in names if name) or "none"


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


def _pairs(rows: Iterable[tuple[str, str]]) -> Markup:
    items = [join([element("dt", name), element("dd", value)]) for name, value in rows]
    return element("dl", join(items))


def _efficiency(row: pd.Series[Any]) -> list[tuple[str, str]]:
    return [
        ("PUE, mean and peak", f"{row['pue']:.3f}, {row['pue_peak']:.3f}"),
        ("WUE", f"{number(float(row['wue_l_per_kwh']))} L/kWh"),
        ("Free cooling", f"{number(float(row['free_cooling_hours']), 4)} h/yr"),
    ]


def _footprint(row: pd.Series[Any]) -> list[tuple[str, str]]:
    return [
        (quantity.title, amount(metric, float(row[metric])))
        for metric, quantity in METRICS.items()
        if metric in row
    ]


def _months(placement: Placement, site: str) -> Markup:
    """PUE and WUE by month as small bars, with the range in words."""
    if placement.monthly.empty:
        return Markup("")
    own = placement.monthly[placement.monthly["site"] == site].sort_values("month")
    rows = [("PUE by month", own["pue"] - 1.0, own["pue"]),
            ("WUE by month", own["wue_l_per_kwh"], own["wue_l_per_kwh"])]  # fmt: skip
    return element("div", *(_bars(title, bars, said) for title, bars, said in rows), class_="spark")


def _bars(title: str, heights: pd.Series[float], said: pd.Series[float]) -> Markup:
    top = float(heights.max()) or 1.0
    step = _WIDTH / len(heights)
    bars = [
        element("rect", x=f"{i * step:.1f}", width=f"{step - 1.5:.1f}", class_="month",
                y=f"{_HEIGHT - h:.1f}", height=f"{h:.1f}")
        for i, h in enumerate(max(_HEIGHT * float(v) / top, 0.6) for v in heights)
    ]  # fmt: skip
    words = f"{title}, January to December: {', '.join(number(float(v)) for v in said)}"
    drawing = element("svg", *bars, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=words)
    span = f"{number(float(said.min()), 4)} to {number(float(said.max()), 4)}"
    return element("p", element("span", f"{title}: {span}"), drawing)


def _mix(placement: Placement, site: str) -> Markup:
    mix: pd.Series[float] = energy_by_source(placement).T[site]
    total = float(mix.clip(lower=0.0).sum()) or 1.0
    words = [f"{plain_title(str(s))} {100 * float(v) / total:.0f} %" for s, v in mix.items() if v]
    left, parts = 0.0, []
    for source, value in mix.clip(lower=0.0).items():
        width = 100.0 * float(value) / total
        parts.append(element("rect", x=f"{left:.2f}", y="0", width=f"{width:.2f}", height="6",
                             fill=source_colour(str(source))))  # fmt: skip
        left += width
    bar = element("svg", *parts, viewBox="0 0 100 6", preserveAspectRatio="none", class_="mix",
                  aria_hidden="true")  # fmt: skip
    return element("p", f"Electricity: {', '.join(words)}", bar)


def _provenance(placement: Placement, site: str) -> Markup:
    if placement.provenance.empty:
        return Markup("")
    own = placement.provenance[placement.provenance["site"] == site]
    columns = own[["attribute", "value", "label", "source"]]
    items = [
        element("li", f"{plain_title(attribute)} {clean(value)}: {clean(label)}, {clean(source)}")
        for attribute, value, label, source in columns.itertuples(index=False)
    ]
    summary = element("summary", f"Where the {number(len(items))} numbers of the place are from")
    return element("details", summary, element("ul", join(items)), class_="provenance")


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
    return join(_months_table(placement, *each) for each in shown)


def _months_table(placement: Placement, column: str, title: str) -> Markup:
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
    """Return what each workload gets, from how many sites, how far away."""
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
        Column("IT load [MW]", load.tolist(), numeric=True),
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
    return table(
        f"{caption}; the mean round trip is weighted by IT load. Where the "
        "limit lies within the spread of the model, the pair deserves a measurement.",
        columns,
    )


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
