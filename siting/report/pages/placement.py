"""The page of a placement: its interactive map, sections and static map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siting.placement import Placement
from siting.report.data.headline import answer_sentences, of_one_year, planning_figures
from siting.report.data.states import state_names
from siting.report.data.wording import (
    audit_colour,
    audit_sentence,
    clean,
    megawatts,
    status_sentence,
    titled_table,
)
from siting.report.maps.palette import LIGHT, design_mark, design_title
from siting.report.maps.static import draw_map, map_style, save_map
from siting.report.pages.charts import chart_changes
from siting.report.pages.evidence import audit_tab, method_tab, sensitivity_tab, sources_tab
from siting.report.pages.interactive_map import LiveMap, live_map
from siting.report.pages.layers import (
    LAYERS,
    draw_placement,
    placement_frame,
    shown_states,
)
from siting.report.pages.parts import (
    Markup,
    data_element,
    element,
    field,
    figure_slot,
    join,
    live_page,
    render,
)
from siting.report.pages.resources import carbon_tab, cost_tab, water_tab
from siting.report.pages.sections import (
    network_tab,
    phases_tab,
    power_tab,
    sites_tab,
)
from siting.report.pages.shades import shade_choice, shade_keys
from siting.status import Status

__all__ = [
    "MAP",
    "PAGE",
    "design_keys",
    "layer_switches",
    "map_description",
    "map_frame_style",
    "map_moves",
    "map_page",
    "map_slot",
    "phase_choice",
    "report_page",
    "write_report",
]

_MOVES = (("+", "Zoom in", "+"), ("-", "Zoom out", "−"), ("0", "Whole map", "⤢"))
#: Outline of each marker in a box of 16 by 16.
_SHAPES = {
    "circle": "M8 1a7 7 0 1 0 0 14a7 7 0 1 0 0-14z",
    "square": "M2 2h12v12h-12z",
    "diamond": "M8 0l6 8l-6 8l-6-8z",
    "triangle": "M8 1l7 13h-14z",
}


def layer_switches(plot: LiveMap) -> Markup:
    """A choice of what colours a map, and a box to tick for each layer that it has."""
    has = {layer.name for layer in plot.layers}
    titles = {**{name: (title, True) for name, title in plot.titles.items()}, **LAYERS}
    boxes = [
        element(
            "label",
            field(type="checkbox", data_layer=layer, checked="checked" if is_on else None),
            f" {title}",
        )
        for layer, (title, is_on) in sorted(titles.items(), key=lambda each: not each[1][1])
        if layer in has
    ]
    layers = element("fieldset", element("legend", "Layers"), *boxes)
    return element("div", shade_choice(plot), layers, class_="bar-of-tools")


def phase_choice(placement: Placement) -> Markup:
    """A slider of what the map shows, where there are several periods or scenarios."""
    states = placement.states
    if len(states) < 2:
        return Markup()
    names = state_names(states)
    last = max(i for i, state in enumerate(states) if state.scenario == states[0].scenario)
    slider = field(type="range", id="phase", min=0, max=len(names) - 1, value=last,
                   list="phase-names")  # fmt: skip
    options = [element("option", value=i, label=name) for i, name in enumerate(names)]
    return element(
        "div",
        element("label", "Sites and flows of ", slider),
        element("output", names[last], id="phase-name", for_="phase"),
        element("datalist", *options, id="phase-names"),
        class_="bar-of-tools",
    )


def map_moves() -> Markup:
    """Buttons that move the map beside them."""
    buttons = [
        element("button", sign, type="button", class_="tool", data_move=key, aria_label=words)
        for key, words, sign in _MOVES
    ]
    return element("div", *buttons, class_="tools")


def map_slot(plot: LiveMap, description: str) -> Markup:
    """Frame of a map, with buttons that move it; arrow keys, + and - do so as well."""
    words = "Map. Arrow keys move it, plus and minus zoom, 0 shows all of it."
    return element(
        "div",
        map_moves(),
        figure_slot(plot, description),
        data_element("map-data", plot.to_json()),
        class_="map", tabindex="0", role="group", aria_label=words,
        style=map_frame_style(plot),
    )  # fmt: skip


def map_frame_style(plot: LiveMap) -> str:
    """Shape of the window of a map, and what lies around the world."""
    ground = "paper" if plot.frame.is_world else "sea"
    return f"--map-aspect:{plot.frame.aspect:.3f};--map-ground:var(--map-{ground})"


def design_keys(designs: Sequence[str]) -> Markup:
    """Colour and shape of each design, and what the other marks are."""
    items = []
    for design in dict.fromkeys(designs):
        mark = design_mark(design)
        drawing = element("svg", element("path", d=_SHAPES[mark.shape], fill=mark.colour),
                          viewBox="0 0 16 16", aria_hidden="true")  # fmt: skip
        items.append(element("li", drawing, f" {design_title(design)}"))
    items.append(element("li", "areas in proportion to IT load", class_="note"))
    return element("ul", *items, class_="keys")


def map_description(placement: Placement) -> str:
    """Text alternative of the map."""
    sites = placement.sites.sort_values("it_mw", ascending=False, kind="stable")
    listed = "; ".join(
        f"{clean(name)}, {megawatts(float(it_mw))}, {design_title(str(design))}"
        for name, it_mw, design in sites[["name", "it_mw", "design"]].itertuples(index=False)
    )
    return f"{titled_table('Map of the open sites', placement)}, the largest first: {listed}."


#: Files that `write_report` writes.
MAP, PAGE = "map.png", "report.html"
_NO_SCRIPT = "The map and the charts need scripts. Every figure of them is in the tables."


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
    draw_placement(plot, frame, placement, largest_mw=_largest_mw(placement), has_tables=True,
                   by_state=len(placement.states) > 1)  # fmt: skip
    year = of_one_year(placement)
    tabs = [
        sites_tab(year),
        phases_tab(placement),
        power_tab(year, placement),
        network_tab(year),
        water_tab(year),
        carbon_tab(year),
        cost_tab(year),
        sensitivity_tab(placement),
        sources_tab(year),
        audit_tab(placement),
        method_tab(placement),
    ]
    return live_page(
        f"{clean(placement.study.name)} – placement",
        heading=placement.study.name,
        description=placement.study.description,
        lead=[_answer(placement, _map(placement, plot))],
        tabs=tabs,
        figures=[],
        data={"charts": chart_changes(placement)},
    )


def map_page(placement: Placement) -> str:
    """The interactive map alone as a page of HTML text.

    Parameters
    ----------
    placement : Placement
        The answer to show.
    """
    frame = placement_frame([placement])
    plot = live_map(frame, "map")
    draw_placement(plot, frame, placement, largest_mw=_largest_mw(placement),
                   by_state=len(placement.states) > 1)  # fmt: skip
    return live_page(
        f"{clean(placement.study.name)} – map",
        heading=placement.study.name,
        lead=[_map(placement, plot)],
        tabs=[],
        figures=[],
        data={},
    )


def _largest_mw(placement: Placement) -> float:
    """Load of the largest symbol, of all that the slider shows."""
    loads = [own.sites["it_mw"].max() for own in shown_states(placement).values() if len(own.sites)]
    return float(max(loads, default=1.0))


def _answer(placement: Placement, map_: Markup) -> Markup:
    """First screen: the answer in two sentences, its proof, the map and five figures."""
    proven = placement.status in (Status.OPTIMAL, Status.GAP_LIMIT)
    return render(
        "answer.html",
        sentences=answer_sentences(placement),
        verdicts=[
            (status_sentence(placement), "good" if proven else "warn"),
            (audit_sentence(placement.audit), audit_colour(placement.audit)),
        ],
        map=map_,
        map_title=titled_table("Map", placement),
        figures_title=titled_table("Figures for planning", placement),
        figures=planning_figures(placement),
        proof=_FIGURES_NOTE,
    )


_FIGURES_NOTE = (
    "All modelled; labels and sources of the inputs are under Sources. Ranges are over sites and "
    "conventions, not of uncertainty."
)


def _map(placement: Placement, plot: LiveMap) -> Markup:
    caption = "The static map is in map.png; the figures of this one are in the tables below."
    return join(
        [
            layer_switches(plot),
            phase_choice(placement),
            map_slot(plot, map_description(placement)),
            element("noscript", element("p", _NO_SCRIPT, class_="note")),
            element("div", "", id="hover-card", hidden="hidden"),
            design_keys(
                [
                    str(design)
                    for own in shown_states(placement).values()
                    for design in own.sites["design"]
                ]
            ),
            shade_keys(plot),
            element("p", caption, class_="note"),
        ]
    )
