"""A placement in the terminal, in 80 columns, and in a notebook."""

from __future__ import annotations

import io

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from siting.nomenclature import LIMITED
from siting.placement import Placement
from siting.placement.notebook import Page, Picture
from siting.report.data import (
    amount,
    audit_sentence,
    clean,
    convention_of,
    convention_title,
    number,
    status_sentence,
    titled_table,
    titled_total,
)
from siting.report.data.states import first_power_words, state_names
from siting.report.maps import draw_map
from siting.report.maps.palette import DARK, LIGHT, map_style
from siting.report.pages import map_description, map_page, report_page
from siting.status import Status

__all__ = ["map_of", "page_of", "picture_of", "placement_table"]


WIDTH = 80


def placement_table(placement: Placement) -> RenderableType:
    """Verdict, totals, sites and audit of a placement, at most 80 columns wide.

    Parameters
    ----------
    placement : Placement
        The answer to show.

    Returns
    -------
    rich renderable
        Names are shown as they are: brackets in them are not markup.
    """
    proven = placement.status in (Status.OPTIMAL, Status.GAP_LIMIT)
    passed = placement.audit is not None and bool(placement.audit.get("passed"))
    later: list[Table | Text] = [_states(placement), Text()] if placement.states else []
    due = [Text(words) for words in first_power_words(placement)]
    return Group(
        Text(clean(placement.study.name), style="bold"),
        Text(status_sentence(placement), style="green" if proven else "yellow"),
        Text(),
        _sites(placement),
        Text(),
        _totals(placement),
        Text(),
        *later,
        *(due and [*due, Text()]),
        Text(audit_sentence(placement.audit), style="green" if passed else "yellow"),
    )


def _sites(placement: Placement) -> Table:
    """Site, design and its main figures; carbon and water are of a year."""
    title = titled_table("Sites", placement) if placement.states else None
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), width=WIDTH, title=title,
                  title_justify="left", title_style="bold")  # fmt: skip
    for title, ratio in (("Site", 3), ("Design", 4)):
        table.add_column(title, ratio=ratio, no_wrap=True, overflow="ellipsis")
    for title in ("IT\nMW", "PUE\n-", "WUE\nL/kWh", "Carbon\nt CO₂e", "Water\nm³"):
        table.add_column(title, justify="right", no_wrap=True)
    for _, site in placement.sites.iterrows():
        table.add_row(
            Text(clean(site["name"])),
            Text(clean(site["design"])),
            number(float(site["it_mw"])),
            f"{site['pue']:.3f}",
            f"{site['wue_l_per_kwh']:.2f}",
            f"{site['carbon_t_co2e']:,.0f}",
            f"{site['water_m3']:,.0f}",
        )
    return table


def _totals(placement: Placement) -> Table:
    title = titled_total("Totals of a year", placement)
    table = Table(box=None, pad_edge=False, show_header=False, title=title,
                  title_justify="left", title_style="bold")  # fmt: skip
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for metric, value in placement.metrics.items():
        if metric in LIMITED:
            basis = f", {placement.study.supply.carbon}-based" if metric == "carbon_t_co2e" else ""
            table.add_row(LIMITED[metric].title + basis, amount(metric, value))
            for key, other in placement.other_conventions.items():
                if convention_of(key) == metric:
                    title = f"  {convention_title(key, short=True)}"
                    table.add_row(
                        Text(title, style="dim"), Text(amount(metric, other), style="dim")
                    )
    return table


def _states(placement: Placement) -> Table:
    """Totals of one year of each period and scenario; those above are their expected mean."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), width=WIDTH,
                  title="A year of each period and scenario (the totals above are their mean)",
                  title_justify="left", title_style="bold")  # fmt: skip
    table.add_column("State", no_wrap=True, overflow="ellipsis")
    shown = ("carbon_t_co2e", "water_m3", "cost_usd")
    for title in ("Chance\n%", "IT\nMW", "Carbon\nMt CO₂e", "Water\nhm³", "Cost\nM USD"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, state in zip(state_names(placement.states), placement.states, strict=True):
        totals = [state.placement.metrics[metric] / 1e6 for metric in shown]
        table.add_row(
            Text(name),
            f"{100 * state.probability:.3g}",
            number(float(state.placement.sites["it_mw"].sum())),
            *(f"{total:,.3g}" if total < 100 else f"{total:,.0f}" for total in totals),
        )
    return table


_MAP_PX, _PAGE_PX = 620, 900
_DPI = 100


def picture_of(placement: Placement, *, dark: bool = False) -> Picture:
    """The static map of a placement."""
    buffer = io.BytesIO()
    with map_style():
        draw_map(placement, DARK if dark else LIGHT).savefig(buffer, format="png", dpi=_DPI)
    return Picture(buffer.getvalue(), map_description(placement))


def map_of(placement: Placement) -> Page:
    """The interactive map of a placement."""
    return Page(map_page(placement), map_description(placement), _MAP_PX)


def page_of(placement: Placement) -> Page:
    """The page of a placement, as a run folder has it."""
    words = f"Page of the placement of {placement.study.name}"
    return Page(report_page(placement), words, _PAGE_PX)
