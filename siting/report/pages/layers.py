"""Layers of an interactive map: a placement, or the difference of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, Scatter
from bokeh.palettes import Cividis256, Viridis256
from bokeh.plotting import figure
from bokeh.transform import linear_cmap, log_cmap

from siting.comparison import CHANGES, moved_flows, site_changes
from siting.geo import great_circle, split_at_cut
from siting.placement import Placement
from siting.report.data.wording import clean, megawatts, number, titled_table
from siting.report.maps.layers import flow_lines, main_flows, site_radii
from siting.report.maps.palette import LIGHT, design_mark, design_title
from siting.report.pages.html import Markup, element
from siting.report.pages.interactive_map import Frame, frame_of

__all__ = [
    "CHANGE_MARKS",
    "EQUAL_AREA",
    "LAYERS",
    "MOST_FLOWS",
    "MOST_MOVED",
    "SHADES",
    "Shade",
    "change_keys",
    "difference_facts",
    "draw_difference",
    "draw_labels",
    "draw_placement",
    "highlight",
    "placement_frame",
]

#: Flows that are drawn at most; a browser draws more of them at once than a printer.
MOST_FLOWS = 400
#: Largest symbol, and the largest width of a flow. [px]
_LARGEST_PX, _WIDEST_PX = 24.0, 7.0
#: Size of each marker of Bokeh, over that of a circle of equal area.
EQUAL_AREA = {"circle": 1.0, "square": 0.886, "diamond": 1.535, "triangle": 1.347}


@dataclass(frozen=True)
class Shade:
    """A layer that colours every candidate by one number of its place.

    Parameters
    ----------
    column : str
        Of `Placement.candidates`.
    title, unit : str
        In words.
    palette : sequence of str
        Colours from the least to the most; monotonic in lightness.
    is_log : bool
        Whether colours go by the logarithm.
    """

    column: str
    title: str
    unit: str
    palette: Sequence[str]
    is_log: bool = False


SHADES: Mapping[str, Shade] = {
    "carbon": Shade(
        "grid_carbon_g_per_kwh", "Grid carbon intensity", "g CO₂e/kWh", Viridis256[::-1]
    ),
    "water": Shade("scarcity_factor", "Water scarcity (AWARE)", "m³ world-eq/m³",
                   Cividis256[::-1], is_log=True),
    "cooling": Shade("free_cooling_hours", "Free cooling, best design", "h/yr", Viridis256),
}  # fmt: skip
#: Every layer that can be switched, in the order of drawing, and whether it is on at first.
LAYERS: Mapping[str, tuple[str, bool]] = {
    **{name: (f"{shade.title} [{shade.unit}]", False) for name, shade in SHADES.items()},
    "candidates": ("Candidates, not chosen", True),
    "flows": ("Who is served from where", True),
    "demand": ("Demand", True),
    "sites": ("Sites", True),
}


def placement_frame(placements: Sequence[Placement]) -> Frame:
    """Window that holds the sites, the demand and the flows of some placements."""
    ends = [_ends(placement) for placement in placements]
    lines = [
        line
        for placement in placements
        for line in flow_lines(placement, main_flows(placement.flows))
    ]
    lon, lat = np.vstack(ends).T
    return frame_of(lon, lat, along=np.vstack(lines) if lines else ())


def _ends(placement: Placement) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    loaded = placement.demand[placement.demand["it_mw"] > 0]
    tables = (placement.sites, loaded)
    return np.vstack([table[["lon", "lat"]].to_numpy(dtype=float) for table in tables])


def draw_placement(plot: figure, frame: Frame, placement: Placement, *, largest_mw: float) -> None:
    """Add the layers of a placement to a map.

    Parameters
    ----------
    plot : figure
        From `live_map`; its name begins the names of the sources.
    frame : Frame
        Its window.
    placement : Placement
        What to show.
    largest_mw : float
        Load of the largest symbol, the same on all maps that are compared. [MW]
    """
    candidates = _source(plot, "candidates", _places(frame, _closed(placement)))
    everything = _source(plot, "places", _places(frame, placement.candidates))
    for name, shade in SHADES.items():
        _draw_shade(plot, name, shade, everything, placement.candidates)
    shown = [
        plot.scatter("x", "y", source=candidates, size=8, fill_color=LIGHT.sea, fill_alpha=0.35,
                     line_color=LIGHT.candidate, line_width=1.2, name="candidates",
                     tags=["line:candidate"]),
        _draw_flows(plot, frame, placement),
        plot.scatter("x", "y", source=_source(plot, "demand", _places(frame, _loaded(placement))),
                     size=6, fill_color=LIGHT.demand, line_color=None, name="demand",
                     tags=["fill:demand"]),
        _draw_sites(plot, frame, placement, largest_mw),
    ]  # fmt: skip
    highlight(shown[0], "candidates")
    plot.select_one(HoverTool).renderers = shown[::-1]


def _source(plot: figure, name: str, columns: Mapping[str, object]) -> ColumnDataSource:
    return ColumnDataSource(dict(columns), name=f"{plot.name}:{name}")


def _closed(placement: Placement) -> pd.DataFrame:
    return placement.candidates[~placement.candidates["is_open"].astype(bool)]


def _loaded(placement: Placement) -> pd.DataFrame:
    return placement.demand[placement.demand["it_mw"] > 0]


def _places(frame: Frame, table: pd.DataFrame) -> dict[str, object]:
    x, y = frame.km(table[["lon", "lat"]]).T
    return {"x": x, "y": y, "id": [str(place) for place in table.index]}


def _draw_shade(
    plot: figure, name: str, shade: Shade, source: ColumnDataSource, table: pd.DataFrame
) -> None:
    values = table.get(shade.column, pd.Series(np.nan, index=table.index)).astype(float)
    source.data[shade.column] = values.to_numpy()
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        low, high = 1.0, 2.0
    colours = log_cmap if shade.is_log else linear_cmap
    fill = colours(shade.column, list(shade.palette), low, max(high, low * 1.000001 + 1e-9),
                   nan_color="#00000000")  # fmt: skip
    glyph = plot.scatter("x", "y", source=source, size=15, marker="square", fill_color=fill,
                         line_color=None, alpha=0.8, name=name)  # fmt: skip
    glyph.visible = LAYERS[name][1]


def _draw_flows(plot: figure, frame: Frame, placement: Placement) -> object:
    shown = main_flows(placement.flows, MOST_FLOWS)
    top = float(shown.table["it_mw"].max()) if len(shown.table) else 1.0
    columns: dict[str, list[object]] = {key: [] for key in ("xs", "ys", "width", "colour", "row")}
    lon_0 = frame.view.projection.lon_0
    for row, line in enumerate(flow_lines(placement, shown)):
        flow = shown.table.iloc[row]
        colour = design_mark(str(placement.sites.loc[flow["site"], "design"])).colour
        for piece in split_at_cut(line, lon_0):
            x, y = frame.km(piece).astype(np.float32).T
            width = max(_WIDEST_PX * float(flow["it_mw"]) / top, 1.0)
            for key, value in zip(columns, (x, y, width, colour, row), strict=True):
                columns[key].append(value)
    return plot.multi_line("xs", "ys", source=_source(plot, "flows", columns), line_width="width",
                           line_color="colour", line_alpha=0.45, line_cap="round",
                           hover_line_alpha=0.95, name="flows")  # fmt: skip


def _draw_sites(plot: figure, frame: Frame, placement: Placement, largest_mw: float) -> object:
    sites = placement.sites
    share = np.sqrt(float(sites["it_mw"].max()) / largest_mw) if len(sites) else 1.0
    radii = site_radii(sites["it_mw"], _LARGEST_PX * float(share), 5.0)
    marks = [design_mark(str(design)) for design in sites["design"]]
    columns: dict[str, Any] = {
        **_places(frame, sites),
        "size": [2 * r * EQUAL_AREA[m.shape] for r, m in zip(radii, marks, strict=True)],
        "colour": [mark.colour for mark in marks],
        "marker": [mark.shape for mark in marks],
    }
    glyph = plot.scatter("x", "y", source=_source(plot, "sites", columns), size="size",
                         marker="marker", fill_color="colour", line_color=LIGHT.edge,
                         line_width=1.2, name="sites")  # fmt: skip
    highlight(glyph, "sites")
    names = [clean(name) for name in sites["name"]]
    draw_labels(plot, {key: columns[key] for key in ("x", "y", "id", "size")} | {"text": names})
    return glyph


def draw_labels(plot: figure, columns: Mapping[str, Any]) -> None:
    """Names beside the symbols; the page hides those that would touch at the zoom of the reader.

    Parameters
    ----------
    plot : figure
        From `live_map`.
    columns : mapping
        x, y [km], id, text and size of the symbols [px], the most important first.
    """
    source = _source(
        plot,
        "labels",
        {
            **columns,
            "shown": ["" for _ in columns["text"]],
            "offset": [size / 2 + 4 for size in columns["size"]],
        },
    )
    plot.text("x", "y", text="shown", source=source, x_offset="offset", text_baseline="middle",
              text_font_size="12px", text_font_style="bold", text_color=LIGHT.ink,
              background_fill_color=LIGHT.paper, background_fill_alpha=0.72, padding=1,
              name="sites", tags=["text:ink"])  # fmt: skip


def highlight(renderer: Any, name: str) -> None:
    """A chosen place gets a thick ring, the others fade."""
    glyph = renderer.glyph
    options = {"x": "x", "y": "y", "size": glyph.size, "marker": glyph.marker}
    renderer.selection_glyph = Scatter(
        **options, fill_color=glyph.fill_color, line_color=LIGHT.ink, line_width=4,
        name=f"{name}-chosen", tags=["line:ink"],
    )  # fmt: skip
    renderer.nonselection_glyph = Scatter(
        **options, fill_color=glyph.fill_color, fill_alpha=0.45, line_color=glyph.line_color,
        line_alpha=0.6,
    )  # fmt: skip


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
_LARGEST_CHANGE_PX, _WIDEST_CHANGE_PX = 22.0, 7.0
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
    sites = _draw_changed_sites(plot, frame, changes)
    plot.select_one(HoverTool).renderers = [sites, *lines]


def _draw_changed_sites(plot: figure, frame: Frame, changes: pd.DataFrame) -> Any:
    x, y = frame.km(changes[["lon", "lat"]]).T
    size = changes["change_mw"].abs()
    radii = site_radii(size, _LARGEST_CHANGE_PX, 5.0)
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
                width = max(_WIDEST_CHANGE_PX * abs(change) / top, 1.0)
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
    """Return what each mark of the difference map means."""
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
