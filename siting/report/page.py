"""One self-contained page of a placement: no request leaves it, no name in it is markup."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from siting.placement import Placement
from siting.report.html import Markup, element, join, text
from siting.report.map import draw_map, map_style, map_svg, save_map
from siting.report.page_evidence import (
    audit_section,
    conventions_section,
    left_out_section,
    payoff_section,
    proof_section,
    study_section,
)
from siting.report.page_sections import (
    flow_section,
    headline_cards,
    sites_section,
    supply_section,
)
from siting.report.palette import LIGHT, design_title
from siting.report.words import clean, megawatts, number, status_sentence
from siting.status import Status

__all__ = ["MAP", "PAGE", "map_description", "report_page", "write_report"]

#: Files that `write_report` writes.
MAP, PAGE = "map.png", "report.html"


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
        page = report_page(placement, map_svg(figure))
    (folder / PAGE).write_text(page, encoding="utf-8")


def report_page(placement: Placement, svg: str) -> str:
    """The page as HTML text, around the map as `map_svg` makes it.

    A content security policy forbids every request and every script but the page's own, so
    that even a name that slipped through unescaped could do nothing.
    """
    style, script = (
        files("siting.report").joinpath("assets", name).read_text(encoding="utf-8")
        for name in ("page.css", "page.js")
    )
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", f"{clean(placement.study.name)} – placement"),
        element("style", Markup(style)),
    )
    body = element("body", _header(placement), _main(placement, svg), _footer(),
                   element("script", Markup(script)))  # fmt: skip
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def _header(placement: Placement) -> Markup:
    proven = {Status.OPTIMAL: "good", Status.GAP_LIMIT: "good"}.get(placement.status, "warn")
    count, load = len(placement.sites), float(placement.sites["it_mw"].sum())
    what = f"{number(count)} {'site' if count == 1 else 'sites'} for {megawatts(load)} of IT load."
    description = placement.study.description.strip()
    return element(
        "header",
        element("a", "Skip to the answer", href="#main", class_="skip"),
        element("h1", clean(placement.study.name)),
        element("p", description) if description else "",
        element("p", f"{what} {status_sentence(placement)}", class_=f"status {proven}"),
    )


def _main(placement: Placement, svg: str) -> Markup:
    sections = [
        ("Totals", headline_cards(placement.metrics)),
        ("Map", _map(placement, svg)),
        ("Sites", sites_section(placement)),
        ("Who is served from where", flow_section(placement)),
        ("Electricity", supply_section(placement)),
        ("Proof", proof_section(placement)),
        ("Audit", audit_section(placement)),
        ("Conventions", conventions_section(placement)),
        ("Payoff table", payoff_section(placement)),
        ("Candidates left out", left_out_section(placement)),
        ("How to get this answer again", study_section(placement)),
    ]
    return element("main", join(_section(*each) for each in sections), id="main", tabindex="-1")


def _section(title: str, content: Markup) -> Markup:
    key = title.lower().replace(" ", "-")
    return element("section", element("h2", title, id=key), content, aria_labelledby=key)


def _map(placement: Placement, svg: str) -> Markup:
    described = text(map_description(placement))
    tag = f'<svg role="img" aria-label="{described}"'
    drawing = Markup(svg.replace("<svg", tag, 1))
    caption = "The same map is in map.png; its figures are in the tables below."
    return element("figure", drawing, element("figcaption", caption))


def map_description(placement: Placement) -> str:
    """What the map shows, for those who cannot see it."""
    sites = placement.sites.sort_values("it_mw", ascending=False, kind="stable")
    listed = "; ".join(
        f"{clean(name)}, {megawatts(float(it_mw))}, {design_title(str(design))}"
        for name, it_mw, design in sites[["name", "it_mw", "design"]].itertuples(index=False)
    )
    return f"Map of the open sites, the largest first: {listed}."


def _footer() -> Markup:
    words = (
        "Outlines: Natural Earth, public domain. The origin and licence of every number of the "
        "built-in catalogue are in geodata/sources.csv. This page loads nothing from elsewhere."
    )
    return element("footer", element("p", words))
