"""The page of a placement: its interactive map, sections and static map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from siting.placement import Placement
from siting.report.data import (
    audit_colour,
    audit_sentence,
    clean,
    megawatts,
    status_sentence,
    titled_table,
)
from siting.report.data.headline import answer_sentences, of_one_year, planning_figures
from siting.report.data.states import state_names
from siting.report.maps import draw_map
from siting.report.maps.palette import LIGHT, design_mark, design_title, map_style, save_map
from siting.report.pages.charts import chart_changes
from siting.report.pages.document import live_page, macro, render
from siting.report.pages.evidence import audit_tab, method_tab, sensitivity_tab, sources_tab
from siting.report.pages.interactive_map import LiveMap, live_map
from siting.report.pages.layers import LAYERS, draw_placement, placement_frame, shown_states
from siting.report.pages.parts import Markup
from siting.report.pages.resources import carbon_tab, cost_tab, water_tab
from siting.report.pages.sections import network_tab, phases_tab, power_tab
from siting.report.pages.sites import sites_tab
from siting.status import Status

__all__ = ["MAP", "PAGE", "map_description", "map_page", "map_part", "report_page", "write_report"]


def map_part(
    plots: Sequence[tuple[str, LiveMap, str]],
    designs: Iterable[str],
    *,
    boxes: Sequence[tuple[str, str, bool]] | None = None,
    phases: tuple[Sequence[str], int] | None = None,
    changed: Sequence[tuple[str, str, str]] = (),
    chosen: bool = False,
    note: str = "",
) -> Markup:
    """Maps side by side with what switches them and what their marks mean.

    Parameters
    ----------
    plots : sequence of tuple of str, LiveMap and str
        Title, map and text alternative of each; what the first has can be switched in all.
    designs : iterable of str
        Cooling designs of the sites.
    boxes : sequence of tuple of str, str and bool, optional
        Name of each layer that can be switched, its title, and whether it is on; by default those
        of a placement, with a choice of what colours the map.
    phases : tuple of sequence of str and int, optional
        Periods and scenarios of a slider, and which one it shows first.
    changed : sequence of tuple of str, str and str
        Sign, colour and meaning of each mark of a map of differences.
    chosen : bool, default False
        Whether a line above the map says which answer it shows.
    note : str, optional
        Below all.
    """
    first = plots[0][1]
    marks = {design_title(design): design_mark(design) for design in designs}
    shades = first.shades if boxes is None else None
    return macro("map.html", "maps", plots, _boxes(first) if boxes is None else boxes, shades,
                 phases, marks, changed, chosen, note)  # fmt: skip


def _boxes(plot: LiveMap) -> list[tuple[str, str, bool]]:
    """Layers of a map that can be switched, those that are on first."""
    titles = {**{name: (title, True) for name, title in plot.titles.items()}, **LAYERS}
    has = {layer.name for layer in plot.layers}
    shown = ((name, *facts) for name, facts in titles.items() if name in has)
    return sorted(shown, key=lambda box: not box[2])


def _phases(placement: Placement) -> tuple[list[str], int] | None:
    """Periods and scenarios, and the last period of the first scenario; None if there is one."""
    states = placement.states
    if len(states) < 2:
        return None
    first = [i for i, state in enumerate(states) if state.scenario == states[0].scenario]
    return state_names(states), first[-1]


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
        tabs=[tab for tab in tabs if tab.parts],
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
    every = shown_states(placement).values()
    return map_part(
        [("", plot, map_description(placement))],
        [str(design) for own in every for design in own.sites["design"]],
        phases=_phases(placement),
        note="The static map is in map.png; the figures of this one are in the tables below.",
    )
