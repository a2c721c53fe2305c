"""Pages as one HTML file that needs no other: that of a placement, with its map and phases."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from bokeh.model import Model
from bokeh.resources import INLINE

from siting.placement import Placement
from siting.report.data import (
    audit_colour,
    audit_sentence,
    clean,
    megawatts,
    status_sentence,
    titled,
    titled_table,
)
from siting.report.data.headline import answer_sentences, of_one_year, planning_figures
from siting.report.data.states import (
    first_power_words,
    state_kind,
    state_loads,
    state_names,
    state_totals,
    states_words,
)
from siting.report.maps import draw_map
from siting.report.maps.palette import LIGHT, design_mark, design_title, map_style, save_map
from siting.report.pages.bars import phases_chart
from siting.report.pages.charts import chart_changes
from siting.report.pages.documents import figure_document
from siting.report.pages.evidence import audit_tab, method_tab, sensitivity_tab, sources_tab
from siting.report.pages.interactive_map import LiveMap, live_map
from siting.report.pages.layers import LAYERS, draw_placement, placement_frame, shown_states
from siting.report.pages.parts import (
    ROOM,
    WIDEST,
    Column,
    Fold,
    Link,
    Markup,
    Part,
    Tab,
    Table,
    Text,
    macro,
    render,
    script_data,
    slot,
)
from siting.report.pages.resources import carbon_tab, cost_tab, power_tab, water_tab
from siting.report.pages.sites import TOTALS, network_tab, sites_tab
from siting.status import Status

__all__ = [
    "MAP",
    "MAP_SCRIPTS",
    "PAGE",
    "assets",
    "digest",
    "live_page",
    "map_description",
    "map_page",
    "map_part",
    "phases_tab",
    "report_page",
    "styles",
    "write_report",
]


#: The library for maps, bundled by tools/map_bundle, and what every page with a map has.
MAP_SCRIPTS = ("openlayers.js", "map.js")
_SCRIPTS = (*MAP_SCRIPTS, "live.js", "page.js", "tabs.js", "answers.js")


def styles(*names: str) -> str:
    """Style sheets of ``assets/``, and what labels the cells of the rows that a phone stacks."""
    rules = (f".stack td:nth-child({i})::before {{ content: var(--c{i}); }}"
             for i in range(2, WIDEST + 1))  # fmt: skip
    phone = "@media screen and (max-width: 40rem) {"  # as in live.css
    return "\n".join([assets(*names), phone, *rules, "}"])


def live_page(
    title: str,
    *,
    heading: str,
    description: str = "",
    lead: Sequence[Part],
    tabs: Sequence[Tab],
    figures: Sequence[Model],
    data: Mapping[str, Any],
) -> str:
    """The page as HTML text.

    Parameters
    ----------
    title, heading, description : str
        Title of the window, and heading of the page with what was asked.
    lead : sequence of Part
        First screen, above the tabs.
    tabs : sequence of Tab
        The rest; figures of a tab are drawn when it is opened first.
    figures : sequence of bokeh.model.Model
        Named roots of the first screen; those that share ranges or sources move and choose
        together.
    data : mapping
        Plain values for the page's own script.

    Returns
    -------
    str
        A content security policy forbids every request and every script but the page's own,
        so that even a name that slipped through unescaped could do nothing.
    """
    charts, script = INLINE.js_raw[0], assets(*_SCRIPTS)
    drawn = {"lead": figures} | {tab.key: tab.figures for tab in tabs}
    page = render(
        "page.html",
        title=clean(title),
        heading=clean(heading),
        description=clean(description),
        lead=lead,
        tabs=tabs,
        policy=(
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
            f"script-src {digest(charts)} {digest(script)}; base-uri 'none'; form-action 'none'"
        ),
        styles=Markup(styles("page.css", "live.css")),
        script=Markup(script),
        charts=Markup(charts),
        figures={
            key: script_data(figure_document(f"d-{key}", own)) for key, own in drawn.items() if own
        },
        data=script_data(data),
    )
    return str(page)


def assets(*names: str, room: str = ROOM) -> str:
    """Files of ``assets/`` as one text."""
    folder = files(room).joinpath("assets")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def digest(text: str) -> str:
    """Source of a script or a style, as a content security policy names what stands in a page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


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


def phases_tab(placement: Placement) -> Tab:
    """Capacity over time, and the totals of each period and scenario."""
    states = placement.states
    words = Text(states_words(placement), "" if states else "note")
    due = [Text(text) for text in first_power_words(placement)]
    if not states:
        return Tab("Phases", [words, *due] if due else [])
    tables: list[Part] = [_state_totals(placement), *_state_loads(placement)]
    if not placement.study.periods:
        return Tab("Phases", [words, *due, *tables])
    chart, colours = phases_chart(placement)
    swatches = macro("drawings.html", "swatches", colours)
    first = clean(states[0].scenario) if len({s.scenario for s in states}) > 1 else ""
    title = titled("Installed capacity by period and site", first)
    shown = slot(chart, f"{title}; the plan has the figures", title)
    return Tab("Phases", [words, *due, swatches, shown, _plan(placement), *tables], [chart])


def _plan(placement: Placement) -> Fold:
    """Capacity over time: modules and MW of each design at each site."""
    plan = placement.plan
    names = pd.concat([state.placement.sites["name"] for state in placement.states])
    names = names[~names.index.duplicated()]
    columns = [
        Column("Site", [clean(names[site]) for site in plan["site"]]),
        Column("From", [str(year) for year in plan["year"]]),
        Column("Cooling design", [design_title(str(design)) for design in plan["design"]]),
        Column("Halls", plan["modules"].astype(int).tolist(), numeric=True),
        Column("Installed [MW]", plan["installed_mw"].tolist(), numeric=True),
        Column("Added [MW]", plan["added_mw"].tolist(), numeric=True),
    ]
    table = Table("The plan: what stands from each period on.", columns, sortable=True)
    return Fold("The plan as a table", [table])


def _state_totals(placement: Placement) -> Table:
    totals, kind = state_totals(placement.states), state_kind(placement.states)
    columns = [
        Column(kind.capitalize(), totals.index.tolist()),
        *([] if kind == "period" else
          [Column("Probability", [f"{100 * p:.3g} %" for p in totals["probability"]])]),
        Column("Sites", totals["sites"].tolist(), numeric=True),
        Column("IT load [MW]", totals["it_mw"].tolist(), numeric=True),
        *(Column(title, (totals[metric] / unit).tolist(), numeric=True)
          for metric, (title, unit) in TOTALS.items() if metric in totals),
    ]  # fmt: skip
    return Table(f"Each {kind}; totals are of one year of it.", columns)


#: States that a table has room for side by side.
_ABREAST = 8


def _state_loads(placement: Placement) -> Iterator[Table]:
    loads, kind = state_loads(placement.states), state_kind(placement.states)
    link = Link("sites", [str(site) for site in loads.index])
    names = [c for c in loads if c != "name"]
    for start in range(0, len(names), _ABREAST):
        columns = [
            Column("Site", loads["name"].tolist()),
            *(Column(f"{name} [MW]", loads[name].tolist(), numeric=True,
                     total=float(loads[name].sum())) for name in names[start : start + _ABREAST]),
        ]  # fmt: skip
        yield Table(f"IT load of each site in each {kind}.", columns, sortable=True,
                    link=link, foot="All sites")  # fmt: skip


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
    """Write ``map.png`` and ``report.html`` into a folder that exists."""
    with map_style():
        figure = draw_map(placement, LIGHT)
        save_map(figure, folder / MAP)
    (folder / PAGE).write_text(report_page(placement), encoding="utf-8")


def report_page(placement: Placement) -> str:
    """The page as HTML text."""
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
    """The interactive map alone as a page of HTML text."""
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
