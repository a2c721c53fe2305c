"""The page of a placement and its static map, written beside the tables of a run."""

from __future__ import annotations

from pathlib import Path

from siting.placement import Placement
from siting.report.cards import cards_section
from siting.report.data.states import states_section
from siting.report.data.wording import clean, megawatts, number, status_sentence, titled_table
from siting.report.live_page import live_page, section
from siting.report.maps.palette import LIGHT
from siting.report.maps.static import draw_map, map_style, save_map
from siting.report.page_map import (
    design_keys,
    layer_switches,
    map_data,
    map_description,
    map_slot,
    shade_keys,
)
from siting.report.pages.charts import chart_data, chart_section, site_charts
from siting.report.pages.evidence import (
    audit_section,
    conventions_section,
    left_out_section,
    payoff_section,
    proof_section,
    stages_section,
    study_section,
)
from siting.report.pages.html import Markup, element, join
from siting.report.pages.interactive_map import live_map
from siting.report.pages.layers import draw_placement, placement_frame
from siting.report.pages.sections import (
    candidates_section,
    flow_section,
    headline_cards,
    months_section,
    shares_section,
    sites_section,
    supply_section,
)
from siting.status import Status

__all__ = ["MAP", "PAGE", "map_description", "page_header", "report_page", "write_report"]

#: Files that `write_report` writes.
MAP, PAGE = "map.png", "report.html"
_NO_SCRIPT = "The map and the charts need scripts. Every figure is in the tables below."


def write_report(placement: Placement, folder: Path) -> None:
    """Write ``map.png`` and ``report.html`` into a folder that exists.

    Parameters
    ----------
    placement : Placement
        The answer to show.
    folder : pathlib.Path
        The run folder.
    """
    with map_style():
        figure = draw_map(placement, LIGHT)
        save_map(figure, folder / MAP)
    (folder / PAGE).write_text(report_page(placement), encoding="utf-8")


def report_page(placement: Placement) -> str:
    """The page as HTML text.

    Parameters
    ----------
    placement : Placement
        The answer to show.
    """
    frame = placement_frame([placement])
    plot = live_map(frame, "map")
    draw_placement(plot, frame, placement, largest_mw=_largest_mw(placement))
    charts = site_charts(placement)
    sections = [
        ("Totals", headline_cards(placement)),
        ("Map", _map(placement, map_slot(plot, map_description(placement)))),
        ("Sites", sites_section(placement)),
        ("The year of a site", chart_section(placement, charts)),
        ("Months", months_section(placement)),
        ("Shares", shares_section(placement)),
        ("Periods and scenarios", states_section(placement)),
        ("Cards", cards_section(placement)),
        ("Who is served from where", flow_section(placement)),
        ("Electricity", supply_section(placement)),
        ("Candidates not chosen", candidates_section(placement)),
        ("Candidates left out", left_out_section(placement)),
        ("Proof", proof_section(placement)),
        ("Audit", audit_section(placement)),
        ("Conventions", conventions_section(placement)),
        ("Payoff table", payoff_section(placement)),
        ("Solves", stages_section(placement)),
        ("How to get this answer again", study_section(placement)),
    ]
    return live_page(
        f"{clean(placement.study.name)} – placement",
        header=page_header(placement),
        main=join(section(*each) for each in sections),
        figures=[plot, *charts],
        data={"maps": [map_data(placement, "map")], "charts": chart_data(placement)},
    )


def _largest_mw(placement: Placement) -> float:
    return float(placement.sites["it_mw"].max()) if len(placement.sites) else 1.0


def page_header(placement: Placement) -> Markup:
    """Name, description and what was proven, in words."""
    proven = {Status.OPTIMAL: "good", Status.GAP_LIMIT: "good"}.get(placement.status, "warn")
    count, load = len(placement.sites), float(placement.sites["it_mw"].sum())
    sites = f"{number(count)} {'site' if count == 1 else 'sites'}"
    what = titled_table(f"{sites} for {megawatts(load)} of IT load", placement)
    description = placement.study.description.strip()
    return element(
        "header",
        element("a", "Skip to the answer", href="#main", class_="skip"),
        element("h1", clean(placement.study.name)),
        element("p", description) if description else "",
        element("p", f"{what}. {status_sentence(placement)}", class_=f"status {proven}"),
    )


def _map(placement: Placement, slot: Markup) -> Markup:
    caption = "The static map is in map.png; the figures of this one are in the tables below."
    return join(
        [
            layer_switches(),
            slot,
            element("noscript", element("p", _NO_SCRIPT, class_="note")),
            element("div", "", id="hover-card", hidden="hidden"),
            design_keys([str(design) for design in placement.sites["design"]]),
            shade_keys(placement.candidates),
            element("p", caption, class_="note"),
        ]
    )
