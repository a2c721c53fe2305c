"""The smallest sites of a placement: what each contributes, and what closing it would cost."""

from __future__ import annotations

from siting.nomenclature import LIMITED, METRICS
from siting.placement import Placement
from siting.report.data.wording import amount, clean, gap_text, number, titled_total
from siting.report.pages.html import Column, Markup, element, join, table

__all__ = ["smallest_section"]


def smallest_section(placement: Placement) -> Markup:
    """Share of the totals of each of the smallest sites, and the change without it."""
    closings = [c for c in placement.closings if c["site"] in placement.sites.index]
    if not closings:
        return element("p", "No site was closed by itself to see what that costs.")
    names = {site: clean(placement.sites["name"][site]) for site in (c["site"] for c in closings)}
    shown = [m for m in METRICS if all(m in c["metrics"] for c in closings if c["metrics"])]
    of_all = placement.mean_sites
    shares = of_all / of_all.sum()
    contributes = [
        Column("Site", [names[c["site"]] for c in closings]),
        Column("Installed, MW", [placement.sites["installed_mw"][c["site"]] for c in closings],
               numeric=True),
        *(Column(f"{title}, %", [100.0 * shares[key][c["site"]] for c in closings], numeric=True)
          for key, title in (("it_mw", "IT load"), *((m, LIMITED[m].title) for m in shown))),
    ]  # fmt: skip
    without = [
        Column("Without", [names[c["site"]] for c in closings]),
        Column("Objective", [_worse(c["objective"]) for c in closings]),
        *(Column(LIMITED[m].title, [_change(m, c["metrics"].get(m)) for c in closings])
          for m in shown),
    ]  # fmt: skip
    gap = gap_text(placement.gap)
    told = (
        "Each site is closed by itself, the other open sites take its load and may grow, and no "
        "further site opens: it costs at most so much, and less where a new site would do better. "
        f"The placement itself is proven to {gap}; differences of that size say nothing."
    )
    return join([
        table(f"{titled_total('Share of the totals', placement)}.", contributes),
        table(titled_total("Change of the totals without the site", placement) + ".", without),
        element("p", told),
    ])  # fmt: skip


def _worse(objective: float | None) -> str:
    if objective is None:
        return "not possible: reach, room or another limit keeps the others from its load"
    return f"{'+' if objective >= 0 else '−'}{number(100.0 * abs(objective), 2)} %"


def _change(metric: str, change: float | None) -> str:
    if change is None:
        return "–"
    return f"{'+' if change >= 0 else '−'}{amount(metric, abs(change))}"
