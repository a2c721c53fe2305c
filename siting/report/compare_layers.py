"""The difference map: sites added, removed, grown and shrunk, and the flows that moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from siting.comparison import CHANGES, moved_flows, site_changes
from siting.placement import Placement
from siting.report.data.wording import clean, megawatts, number, titled_table
from siting.report.great_circle import great_circle, split_at_cut
from siting.report.maps.layers import site_radii
from siting.report.maps.palette import LIGHT, design_title
from siting.report.pages.html import Markup, element
from siting.report.pages.interactive_map import Frame
from siting.report.pages.layers import EQUAL_AREA, highlight

__all__ = ["CHANGE_MARKS", "MOST_MOVED", "change_keys", "difference_facts", "draw_difference"]

#: Colour and marker of each change: up is more, down is less, told apart without colour.
CHANGE_MARKS: Mapping[str, tuple[str, str]] = {
    "added": ("#009e73", "circle"),
    "removed": ("#d55e00", "square"),
    "grown": ("#56b4e9", "triangle"),
    "shrunk": ("#e69f00", "inverted_triangle"),
    "redesigned": ("#cc79a7", "diamond"),
    "kept": ("#7a7a7a", "circle"),
}
#: Moved flows that are drawn at most, the largest.
MOST_MOVED = 200
_LARGEST_PX, _WIDEST_PX = 22.0, 7.0
_MORE, _LESS = "#0072b2", "#d55e00"


def draw_difference(plot: figure, frame: Frame, before: Placement, after: Placement) -> None:
    """Add what changed to a map.

    Parameters
    ----------
    plot : figure
        From `live_map`.
    frame : Frame
        Its window.
    before, after : Placement
        The two answers.
    """
    changes = site_changes(before, after)
    moved = moved_flows(before, after).head(MOST_MOVED).iloc[::-1]
    lines = _draw_moved(plot, frame, moved, before, after)
    sites = _draw_sites(plot, frame, changes)
    plot.select_one(HoverTool).renderers = [sites, *lines]


def _draw_sites(plot: figure, frame: Frame, changes: pd.DataFrame) -> Any:
    x, y = frame.km(changes[["lon", "lat"]]).T
    size = changes["change_mw"].abs()
    radii = site_radii(size, _LARGEST_PX, 5.0)
    marks = [CHANGE_MARKS[change] for change in changes["change"]]
    columns = {
        "x": x, "y": y, "id": [str(site) for site in changes.index],
        "colour": [colour for colour, _ in marks],
        "marker": [marker for _, marker in marks],
        "size": [2 * r * EQUAL_AREA.get(m.removeprefix("inverted_"), 1.0)
                 for r, (_, m) in zip(radii, marks, strict=True)],
    }  # fmt: skip
    source = ColumnDataSource(columns, name=f"{plot.name}:sites")
    glyph = plot.scatter("x", "y", source=source, size="size", marker="marker", name="sites",
                         fill_color="colour", line_color=LIGHT.edge, line_width=1.2)  # fmt: skip
    highlight(glyph, "sites")
    return glyph


def _draw_moved(
    plot: figure, frame: Frame, moved: pd.DataFrame, before: Placement, after: Placement
) -> list[Any]:
    """Lines that gained load and, dashed, lines that lost it."""
    top = float(moved["change_mw"].abs().max()) if len(moved) else 1.0
    drawn = []
    for sign, colour, dash in ((1, _MORE, "solid"), (-1, _LESS, "dashed")):
        columns: dict[str, list[Any]] = {key: [] for key in ("xs", "ys", "width", "row")}
        for row, (demand, site, change) in enumerate(
            zip(moved["demand"], moved["site"], moved["change_mw"], strict=True)
        ):
            if np.sign(change) != sign:
                continue
            start = _end(demand, (after.demand, before.demand))
            end = _end(site, (after.sites, before.sites))
            for piece in split_at_cut(great_circle(start, end), frame.view.projection.lon_0):
                x, y = frame.km(piece).astype(np.float32).T
                width = max(_WIDEST_PX * abs(change) / top, 1.0)
                for key, value in zip(columns, (x, y, width, row), strict=True):
                    columns[key].append(value)
        name = f"{plot.name}:{'flows' if sign > 0 else 'flows-lost'}"
        source = ColumnDataSource(columns, name=name)
        lines = plot.multi_line("xs", "ys", source=source, line_width="width", name="flows",
                                line_color=colour, line_dash=dash, line_alpha=0.5)  # fmt: skip
        drawn.append(lines)
    return drawn


def _end(place: str, tables: tuple[pd.DataFrame, ...]) -> list[float]:
    found = next(table for table in tables if place in table.index)
    return [float(found["lon"][place]), float(found["lat"][place])]


def change_keys() -> Markup:
    """What each mark of the difference map means."""
    shapes = {"circle": "●", "square": "■", "triangle": "▲", "inverted_triangle": "▼",
              "diamond": "◆"}  # fmt: skip
    items = [
        element("li", element("span", shapes[marker], style=f"color:{colour}", aria_hidden="true"),
                f" {change}: {CHANGES[change]}")
        for change, (colour, marker) in CHANGE_MARKS.items()
    ]  # fmt: skip
    lines = [
        element("li", element("span", sign, style=f"color:{colour};font-weight:700",
                              aria_hidden="true"), words)
        for sign, colour, words in (("━", _MORE, " flow with more load"),
                                    ("╍", _LESS, " flow with less load"))
    ]  # fmt: skip
    return element("ul", *items, *lines, class_="keys")


def difference_facts(name: str, before: Placement, after: Placement) -> dict[str, Any]:
    """Cards of the difference map, as text."""
    changes, moved = site_changes(before, after), moved_flows(before, after).head(MOST_MOVED)
    names = pd.concat([after.sites["name"], before.sites["name"]])
    names = names[~names.index.duplicated()]
    cities = pd.concat([after.demand["name"], before.demand["name"]])
    cities = cities[~cities.index.duplicated()]
    flows = [
        {"title": f"{clean(cities[demand])} → {clean(names[site])}",
         "rows": [["Change", f"{change:+,.3g} MW"], ["Round trip", f"{number(float(rtt))} ms"]]}
        for demand, site, change, rtt in moved[["demand", "site", "change_mw", "rtt_ms"]].iloc[
            ::-1].itertuples(index=False)
    ]  # fmt: skip
    sites = [_card(row, before, after) for _, row in changes.iterrows()]
    return {"name": name, "facts": {"sites": sites, "flows": flows, "flows-lost": flows}}


def _card(row: pd.Series[Any], before: Placement, after: Placement) -> dict[str, Any]:
    designs = [design_title(str(row[key])) if row[key] else "closed"
               for key in ("design_before", "design_after")]  # fmt: skip
    rows = [["What changed", CHANGES[str(row["change"])]],
            [titled_table("IT load before", before), megawatts(float(row["before_mw"]))],
            [titled_table("IT load after", after), megawatts(float(row["after_mw"]))],
            ["Cooling before", designs[0]], ["Cooling after", designs[1]]]  # fmt: skip
    return {"title": clean(row["name"]), "rows": rows}
