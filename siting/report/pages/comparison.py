"""One page for several placements: maps that move together, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bokeh.models import Range1d
from bokeh.plotting import figure

from siting.placement import Placement
from siting.report.compare_layers import change_keys, difference_facts, draw_difference
from siting.report.compare_tables import (
    change_table,
    driver_table,
    moved_table,
    status_list,
    totals_table,
)
from siting.report.data.wording import clean, megawatts, titled_table
from siting.report.live_page import live_page, section
from siting.report.page_map import (
    design_keys,
    layer_switches,
    map_data,
    map_description,
    map_slot,
    shade_keys,
    site_facts,
)
from siting.report.pages.html import Markup, element, join
from siting.report.pages.interactive_map import Frame, live_map
from siting.report.pages.layers import draw_placement, placement_frame

__all__ = ["compare_page"]


def compare_page(placements: Mapping[str, Placement]) -> str:
    """The page as HTML text.

    Parameters
    ----------
    placements : mapping of str to Placement
        Two or more answers under the names to show; the first is what the others are compared to.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    if len(placements) < 2:
        raise ValueError("a comparison needs two placements")
    first = next(iter(placements.values()))
    frame = placement_frame(list(placements.values()))
    ranges = frame.ranges()
    maps = [
        *_placement_maps(placements, frame, ranges),
        *_difference_maps(placements, frame, ranges),
    ]
    designs = [str(d) for placement in placements.values() for d in placement.sites["design"]]
    shown = [
        layer_switches(),
        element("div", *(each.slot for each in maps), class_="maps"),
        element("div", "", id="hover-card", hidden="hidden"),
        design_keys(designs),
        shade_keys(first.candidates),
        change_keys(),
    ]
    parts = [
        ("Totals", join([status_list(placements), totals_table(placements)])),
        ("Maps", join(shown)),
        *_differences(placements),
    ]
    return live_page(
        _title(placements),
        header=_header(placements),
        main=join(section(*part) for part in parts),
        figures=[each.plot for each in maps],
        data={"maps": [each.data for each in maps], "charts": None},
    )


def _title(placements: Mapping[str, Placement]) -> str:
    return " against ".join(clean(name) for name in placements)


def _placement_maps(
    placements: Mapping[str, Placement], frame: Frame, ranges: tuple[Range1d, Range1d]
) -> Iterator[_Map]:
    largest = max(float(p.sites["it_mw"].max()) for p in placements.values())
    for i, (name, placement) in enumerate(placements.items()):
        plot = live_map(frame, f"map{i}", ranges=ranges)
        draw_placement(plot, frame, placement, largest_mw=largest)
        data = map_data(placement, f"map{i}")
        data["facts"]["sites"] = site_facts(placement)
        load = megawatts(float(placement.sites["it_mw"].sum()))
        title = titled_table(f"{name}: {len(placement.sites)} sites, {load}", placement)
        yield _Map(plot, data, _slot(plot, title, map_description(placement)))


def _difference_maps(
    placements: Mapping[str, Placement], frame: Frame, ranges: tuple[Range1d, Range1d]
) -> Iterator[_Map]:
    (first_name, first), *others = placements.items()
    for i, (name, placement) in enumerate(others):
        plot = live_map(frame, f"difference{i}", ranges=ranges)
        draw_difference(plot, frame, first, placement)
        words = f"Sites and flows that differ between {first_name} and {name}, as the tables list."
        slot = _slot(plot, f"From {first_name} to {name}", words)
        yield _Map(plot, difference_facts(f"difference{i}", first, placement), slot)


def _slot(plot: figure, title: str, description: str) -> Markup:
    words = element("h3", clean(title))
    return element("div", words, map_slot(plot, description))


def _differences(placements: Mapping[str, Placement]) -> list[tuple[str, Markup]]:
    (first_name, first), *others = placements.items()
    parts = []
    for i, (name, other) in enumerate(others):
        title = f"From {clean(first_name)} to {clean(name)}"
        parts += [
            (f"{title}: drivers", driver_table(first, other)),
            (f"{title}: sites", change_table(first, other, f"changes-{i}")),
            (f"{title}: flows", moved_table(first, other)),
        ]
    return parts


def _header(placements: Mapping[str, Placement]) -> Markup:
    words = "The maps move together; choosing a site in a map or a table shows it in all of them."
    return element(
        "header",
        element("a", "Skip to the answer", href="#main", class_="skip"),
        element("h1", _title(placements)),
        element("p", words),
    )


@dataclass(frozen=True)
class _Map:
    """A map, the facts of its cards, and where it stands on the page."""

    plot: figure
    data: dict[str, Any]
    slot: Markup
