"""A card for each open site: shown beside the pointer on the map, and in full on the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from siting.placement import Placement
from siting.report.data.wording import (
    METRICS,
    amount,
    clean,
    megawatts,
    number,
    plain_title,
    titled_table,
)
from siting.report.maps.palette import design_title, source_colour
from siting.report.pages.html import Markup, element, join

__all__ = ["cards_section", "energy_by_source", "names_in_words", "site_card"]

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
    """What is known of one open site, with where each number is from.

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
