"""Layers of an interactive map: a placement, or the difference of two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from siting.comparison import CHANGES, moved_flows, site_changes
from siting.config.study import tables_basis
from siting.geo import great_circle, split_at_cut
from siting.nomenclature import METRICS, signed
from siting.placement import Placement
from siting.report.data import amount, clean, megawatts, number, titled, titled_table
from siting.report.data.states import place_titles, state_names
from siting.report.maps.layers import flow_lines, main_flows, site_radii
from siting.report.maps.palette import design_mark, design_title
from siting.report.pages.interactive_map import Frame, LiveMap, frame_of
from siting.report.pages.shades import (
    OVERLAYS,
    add_near,
    add_overlays,
    add_shades,
    candidate_colours,
)
from siting.report.pages.sites import names_in_words

__all__ = [
    "CHANGE_COLOURS",
    "LAYERS",
    "MOST_FLOWS",
    "MOST_MOVED",
    "candidate_cards",
    "card",
    "change_keys",
    "draw_difference",
    "draw_placement",
    "placement_frame",
    "places",
    "shown_states",
]

#: Flows that are drawn at most; a browser draws more of them at once than a printer.
MOST_FLOWS = 400
#: Largest symbol, and the largest width of a flow. [px]
_LARGEST_PX, _WIDEST_PX = 20.0, 7.0


#: Every layer that can be switched, in the order of drawing, and whether it is on at first.
LAYERS: Mapping[str, tuple[str, bool]] = {
    **{name: (overlay.title, False) for name, overlay in OVERLAYS.items()},
    "candidates": ("Candidates, not chosen", True),
    "flows": ("Who is served from where", True),
    "demand": ("Demand", True),
    "sites": ("Sites", True),
}


def placement_frame(placements: Sequence[Placement]) -> Frame:
    """Window that holds the candidates, the demand and the flows of some placements."""
    every = [own for placement in placements for own in shown_states(placement).values()]
    tables = [table for own in every for table in (own.candidates, own.sites, _loaded(own))]
    lines = [line for own in every for line in flow_lines(own, main_flows(own.flows))]
    lon, lat = np.vstack([table[["lon", "lat"]].to_numpy(dtype=float) for table in tables]).T
    return frame_of(lon, lat, along=np.vstack(lines) if lines else ())


def shown_states(placement: Placement) -> dict[str, Placement]:
    """The placement of each period and scenario by its name, or the one of a typical year."""
    if not placement.states:
        return {"": placement}
    names = state_names(placement.states)
    return dict(zip(names, (state.placement for state in placement.states), strict=True))


def draw_placement(
    plot: LiveMap,
    frame: Frame,
    placement: Placement,
    *,
    largest_mw: float,
    has_tables: bool = False,
    by_state: bool = False,
) -> None:
    """Add the layers of a placement to a map.

    Parameters
    ----------
    plot : LiveMap
        From `live_map`.
    frame : Frame
        Its window.
    placement : Placement
        What to show.
    largest_mw : float
        Load of the largest symbol, the same on all maps that are compared. [MW]
    has_tables : bool, default False
        Whether the page has whole cards of the sites, and a table of the candidates of whose rows
        it makes theirs.
    by_state : bool, default False
        Whether the page has a choice of the period and scenario whose sites and flows are seen.
    """
    add_shades(plot, placement)
    add_overlays(plot)
    add_near(plot, placement.study)
    closed = _closed(placement)
    columns = places(frame, closed) | candidate_colours(plot, placement, closed)
    columns |= {} if has_tables else {"card": candidate_cards(closed, placement)}
    plot.add("candidates", "point", columns, picks="candidates", image=True, fill="@sea",
             stroke="@candidate", width=1.2, radius=4.0)  # fmt: skip
    basis = clean(tables_basis(placement.study))
    shown = shown_states(placement) if by_state else {basis: placement}

    def columns_of(of: Callable[[Placement, str], dict[str, Any]]) -> dict[str, Any]:
        return _joined([of(own, name) for name, own in shown.items()], list(shown), by_state)

    widest_mw = max(_largest_flow_mw(own) for own in shown.values())
    flows = columns_of(lambda own, name: _flow_columns(frame, own, name, widest_mw))
    plot.add("flows", "line", flows, picks="flows", alpha=0.45)
    demand = columns_of(lambda own, name: _demand_columns(frame, own, name))
    plot.add("demand", "point", demand, picks="demand", fill="@demand",
             stroke="@edge", width=0.8, shape="pin", radius=3.6)  # fmt: skip
    sites = columns_of(lambda own, name: _site_columns(
        plot, own, name, largest_mw, has_card=has_tables and name == basis))  # fmt: skip
    names = ("x", "y", "id", "radius", "text", "answer")
    own = {key: values for key, values in sites.items() if key != "text"}
    plot.add("sites", "point", own,
             picks="sites", stroke="@edge", width=1.2)  # fmt: skip
    plot.add_names({key: sites[key] for key in names if key in sites})


def _closed(placement: Placement) -> pd.DataFrame:
    return placement.candidates[~placement.candidates["is_open"].astype(bool)]


def places(frame: Frame, table: pd.DataFrame) -> dict[str, Any]:
    """Columns x, y [km] and id of the rows of a table with lat and lon."""
    x, y = frame.km(table[["lon", "lat"]]).T
    return {"x": x, "y": y, "id": [str(place) for place in table.index]}


def _joined(
    several: Sequence[Mapping[str, Any]], names: Sequence[str], by_state: bool
) -> dict[str, Any]:
    """Columns of every period and scenario, each with its name, of which the page shows one."""
    joined = {key: [v for columns in several for v in columns[key]] for key in several[0]}
    shown = [name for name, own in zip(names, several, strict=True) for _ in own["x"]]
    return joined | ({"answer": shown} if by_state else {})


def _largest_flow_mw(placement: Placement) -> float:
    """Load of the widest line, 0 where there is none. [MW]."""
    return float(main_flows(placement.flows, MOST_FLOWS).table["it_mw"].max()
                 if len(placement.flows) else 0.0)  # fmt: skip


def _loaded(placement: Placement) -> pd.DataFrame:
    return placement.demand[placement.demand["it_mw"] > 0]


def _demand_columns(frame: Frame, placement: Placement, name: str) -> dict[str, Any]:
    loaded = _loaded(placement)
    return places(frame, loaded) | {"card": demand_cards(loaded, name)}


def _flow_columns(
    frame: Frame, placement: Placement, name: str, widest_mw: float
) -> dict[str, Any]:
    shown = main_flows(placement.flows, MOST_FLOWS)
    columns: dict[str, list[Any]] = {key: [] for key in ("x", "y", "width", "stroke", "card")}
    cards = flow_cards(shown.table, placement, name)
    for row, line in enumerate(flow_lines(placement, shown)):
        flow = shown.table.iloc[row]
        colour = design_mark(str(placement.sites.loc[flow["site"], "design"])).colour
        for piece in split_at_cut(line, frame.view.projection.lon_0):
            x, y = frame.km(piece).T
            width = round(max(_WIDEST_PX * float(flow["it_mw"]) / widest_mw, 1.0), 2)
            for key, value in zip(columns, (x, y, width, colour, cards[row]), strict=True):
                columns[key].append(value)
    return columns


def _site_columns(
    plot: LiveMap, placement: Placement, name: str, largest_mw: float, *, has_card: bool
) -> dict[str, Any]:
    """Columns of the open sites; without a card of their own where the page has a whole one."""
    sites = placement.sites
    share = np.sqrt(float(sites["it_mw"].max()) / largest_mw) if len(sites) else 1.0
    marks = [design_mark(str(design)) for design in sites["design"]]
    radii = site_radii(sites["it_mw"], _LARGEST_PX * plot.share_px * float(share), 5.0)
    return {
        **places(plot.frame, sites),
        "card": [None] * len(sites) if has_card else site_cards(placement, name),
        "radius": [round(float(radius), 2) for radius in radii],
        "fill": [mark.colour for mark in marks],
        "shape": [mark.shape for mark in marks],
        "text": [clean(name) for name in sites["name"]],
    }


#: Colour of each change; the shape is that of the design, and a sign tells more from less.
CHANGE_COLOURS: Mapping[str, str] = {
    "added": "#009e73",
    "removed": "#d55e00",
    "grown": "#56b4e9",
    "shrunk": "#e69f00",
    "redesigned": "#cc79a7",
    "kept": "#7a7a7a",
}
#: Moved flows that are drawn at most, the largest.
MOST_MOVED = 200
_LARGEST_CHANGE_PX, _WIDEST_CHANGE_PX = 22.0, 7.0
_MORE, _LESS = "#0072b2", "#d55e00"


def change_keys(changes: Collection[str]) -> list[tuple[str, str, str]]:
    """Sign, colour and meaning of each mark of some changes of sites, and of those of flows."""
    seen = [change for change in CHANGE_COLOURS if change in changes]
    sites = [("●", CHANGE_COLOURS[change], f"{change}: {CHANGES[change]}") for change in seen]
    return [*sites, ("━", _MORE, "flow with more load"), ("╍", _LESS, "flow with less load")]


def draw_difference(plot: LiveMap, frame: Frame, before: Placement, after: Placement) -> None:
    """Add what changed to a map: the change by colour, the design by shape."""
    moved = moved_flows(before, after).head(MOST_MOVED).iloc[::-1]
    _draw_moved(plot, frame, moved, before, after)
    changes = site_changes(before, after)
    cards = [change_card(row, before, after) for _, row in changes.iterrows()]
    _draw_changed_sites(plot, frame, changes, cards)


def _draw_changed_sites(
    plot: LiveMap, frame: Frame, changes: pd.DataFrame, cards: list[str]
) -> None:
    designs = changes["design_after"].where(changes["design_after"] != "", changes["design_before"])
    columns = {
        **places(frame, changes),
        "card": cards,
        "fill": [CHANGE_COLOURS[change] for change in changes["change"]],
        "shape": [design_mark(str(design)).shape for design in designs],
        "radius": site_radii(changes["change_mw"].abs(), _LARGEST_CHANGE_PX * plot.share_px, 5.0),
    }
    plot.add("sites", "point", columns, picks="sites", stroke="@edge", width=1.2)
    text = [f"{clean(name)}\n{_signed(float(mw))}" for name, mw in
            changes[["name", "change_mw"]].itertuples(index=False)]  # fmt: skip
    plot.add_names({key: columns[key] for key in ("x", "y", "id", "radius")} | {"text": text})


def _signed(change_mw: float) -> str:
    if abs(change_mw) < 0.05:
        return "="
    return f"{'+' if change_mw > 0 else ''}{megawatts(change_mw)}"


def _draw_moved(
    plot: LiveMap, frame: Frame, moved: pd.DataFrame, before: Placement, after: Placement
) -> None:
    """Lines that gained load and, dashed, lines that lost it."""
    top = float(moved["change_mw"].abs().max()) if len(moved) else 1.0
    cards = _moved_cards(moved, before, after)
    for sign, name, colour, dash in ((1, "flows", _MORE, None), (-1, "flows-lost", _LESS, [7, 7])):
        columns: dict[str, list[Any]] = {key: [] for key in ("x", "y", "width", "card")}
        for row, (demand, site, change) in enumerate(
            zip(moved["demand"], moved["site"], moved["change_mw"], strict=True)
        ):
            if np.sign(change) != sign:
                continue
            start = _end(demand, (after.demand, before.demand))
            end = _end(site, (after.sites, before.sites))
            for piece in split_at_cut(great_circle(start, end), frame.view.projection.lon_0):
                x, y = frame.km(piece).T
                width = max(_WIDEST_CHANGE_PX * abs(change) / top, 1.0)
                for key, value in zip(columns, (x, y, width, cards[row]), strict=True):
                    columns[key].append(value)
        plot.add(name, "line", columns, picks=name, stroke=colour, dash=dash, alpha=0.5)


def _moved_cards(moved: pd.DataFrame, before: Placement, after: Placement) -> list[str]:
    names = after.sites["name"].combine_first(before.sites["name"])
    cities = after.demand["name"].combine_first(before.demand["name"])
    return [
        card(f"{clean(cities[demand])} → {clean(names[site])}",
             [("Change", f"{signed(change, ',.3g')} MW"),
              ("Round trip", f"{number(float(rtt))} ms")])
        for demand, site, change, rtt in moved[["demand", "site", "change_mw", "rtt_ms"]]
        .itertuples(index=False)
    ]  # fmt: skip


def _end(place: str, tables: tuple[pd.DataFrame, ...]) -> list[float]:
    found = next(table for table in tables if place in table.index)
    return [float(found["lon"][place]), float(found["lat"][place])]


# Cards beside the pointer: plain text, a title, then a fact a line.


def card(title: object, facts: Iterable[tuple[str, object]]) -> str:
    """Text of a card.

    Parameters
    ----------
    title : object
        Name of the place.
    facts : iterable of tuple of str and object
        What is known of it: name, and value in words; a fact without a value is a line of words.
    """
    lines = [f"{name}: {value}" if value != "" else name for name, value in facts]
    return "\n".join([clean(title), *lines])


def demand_cards(demand: pd.DataFrame, basis: str) -> list[str]:
    """Cards of regions of demand, in the order of their rows; ``basis`` is the year shown."""
    load = titled("IT load", basis)
    return [
        card(row["name"], [(load, megawatts(float(row["it_mw"]))),
                           ("Country", clean(row["country"]))])
        for _, row in demand.iterrows()
    ]  # fmt: skip


def candidate_cards(candidates: pd.DataFrame, placement: Placement) -> list[str]:
    """Cards of candidates that were not chosen, with what is known of each."""
    titles = place_titles(placement.study)
    cards = []
    for _, row in candidates.iterrows():
        known = [
            (title, f"{number(float(row[name]))} {unit}".strip())
            for name, (title, unit) in titles.items()
            if name in row and np.isfinite(float(row[name]))
        ]
        kinds = ("Not chosen", clean(row["kinds"]).replace(",", ", "))
        cards.append(card(row["name"], [kinds, *known]))
    return cards


def site_cards(placement: Placement, basis: str) -> list[str]:
    """Cards of the open sites, for maps that have no room for the whole ones.

    Parameters
    ----------
    placement : Placement
        Whose sites they are.
    basis : str
        Year and scenario of its tables, where there are several.
    """
    return [
        card(row["name"], [
            (titled("IT load", basis), megawatts(float(row["it_mw"]))),
            ("Cooling", design_title(str(row["design"]))),
            ("PUE", f"{row['pue']:.3f}"),
            ("WUE", f"{number(float(row['wue_l_per_kwh']))} L/kWh"),
            *((titled(quantity.title, basis), amount(metric, float(row[metric])))
              for metric, quantity in METRICS.items() if metric in row),
            ("Limits that bind", names_in_words(row["binding"])),
        ])
        for _, row in placement.sites.iterrows()
    ]  # fmt: skip


def flow_cards(flows: pd.DataFrame, placement: Placement, basis: str) -> list[str]:
    """Cards of flows, in the order of their rows; ``basis`` is the year shown."""
    cities, sites = placement.demand["name"], placement.sites["name"]
    load = titled("IT load", basis)
    return [
        card(f"{clean(cities[flow['demand']])} → {clean(sites[flow['site']])}",
             [(load, megawatts(float(flow["it_mw"]))),
              ("Round trip", f"{number(float(flow['rtt_ms']))} ms")])
        for _, flow in flows.iterrows()
    ]  # fmt: skip


def change_card(row: pd.Series[Any], before: Placement, after: Placement) -> str:
    """Card of a site that is open in one of two placements."""
    designs = [design_title(str(row[key])) if row[key] else "closed"
               for key in ("design_before", "design_after")]  # fmt: skip
    return card(row["name"], [
        ("What changed", CHANGES[str(row["change"])]),
        (titled_table("IT load before", before), megawatts(float(row["before_mw"]))),
        (titled_table("IT load after", after), megawatts(float(row["after_mw"]))),
        ("Cooling before", designs[0]), ("Cooling after", designs[1]),
    ])  # fmt: skip
