"""What a live map shows of a placement, layer by layer; each can be switched off."""

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

from siting.placement import Placement
from siting.report.data.wording import clean
from siting.report.great_circle import split_at_cut
from siting.report.maps.layers import flow_lines, main_flows, site_radii
from siting.report.maps.palette import LIGHT, design_mark
from siting.report.pages.interactive_map import Frame, frame_of

__all__ = [
    "EQUAL_AREA",
    "LAYERS",
    "MOST_FLOWS",
    "SHADES",
    "Shade",
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
