"""The map of one answer of several, and how often each site is chosen among all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.palettes import Cividis256
from bokeh.plotting import figure
from bokeh.transform import linear_cmap

from siting.report.data.answers import Answers, selection_shares
from siting.report.data.wording import clean, megawatts, number, titled
from siting.report.maps.layers import site_radii
from siting.report.maps.palette import LIGHT, design_mark, design_title
from siting.report.pages.interactive_map import Frame, frame_of
from siting.report.pages.layers import EQUAL_AREA, draw_labels, highlight

__all__ = ["answer_sites", "answers_frame", "draw_answers", "map_facts"]

_LARGEST_PX, _OFTEN_PX = 24.0, 17.0


def answers_frame(answers: Answers) -> Frame:
    """Window that holds the sites of all answers."""
    places = answers.sites.drop_duplicates("site")
    loaded = answers.demand[answers.demand["it_mw"] > 0]
    lon, lat = np.vstack([t[["lon", "lat"]].to_numpy(dtype=float) for t in (places, loaded)]).T
    return frame_of(lon, lat)


def draw_answers(plot: figure, frame: Frame, answers: Answers) -> None:
    """Add to a map: candidates, demand, selection frequency, and the sites of the first answer."""
    closed = answers.candidates[~answers.candidates.index.isin(answers.sites["site"])]
    loaded = answers.demand[answers.demand["it_mw"] > 0]
    candidates = plot.scatter(
        "x", "y", source=_source(plot, "candidates", _places(frame, closed)), size=7,
        fill_color=None, line_color=LIGHT.candidate, name="candidates", tags=["line:candidate"],
    )  # fmt: skip
    plot.scatter("x", "y", source=_source(plot, "demand", _places(frame, loaded)), size=5,
                 fill_color=LIGHT.demand, line_color=None, name="demand",
                 tags=["fill:demand"])  # fmt: skip
    often = _draw_shares(plot, frame, selection_shares(answers))
    sites = _draw_sites(plot, frame, answers)
    plot.select_one(HoverTool).renderers = [sites, often, candidates]


def _source(plot: figure, name: str, columns: dict[str, Any]) -> ColumnDataSource:
    return ColumnDataSource(columns, name=f"{plot.name}:{name}")


def _places(frame: Frame, table: pd.DataFrame) -> dict[str, Any]:
    x, y = frame.km(table[["lon", "lat"]]).T
    return {"x": x, "y": y, "id": [str(place) for place in table.index]}


def _draw_shares(plot: figure, frame: Frame, shares: pd.DataFrame) -> Any:
    chosen = shares[shares["share"] > 0]
    columns = _places(frame, chosen) | {
        "share": chosen["share"].to_numpy(dtype=float),
        "size": 2 * _OFTEN_PX * np.sqrt(chosen["share"].to_numpy(dtype=float)) + 3,
    }
    glyph = plot.scatter("x", "y", source=_source(plot, "often", columns), size="size",
                         fill_color=linear_cmap("share", Cividis256[::-1], 0, 1), fill_alpha=0.55,
                         line_color=LIGHT.muted, name="often", tags=["line:muted"])  # fmt: skip
    highlight(glyph, "often")
    return glyph


def _draw_sites(plot: figure, frame: Frame, answers: Answers) -> Any:
    columns = answer_sites(frame, answers, [answers.first])[answers.first]
    shown = {key: value for key, value in columns.items() if key != "facts"}
    glyph = plot.scatter("x", "y", source=_source(plot, "sites", shown), size="size",
                         marker="marker", fill_color="colour", line_color=LIGHT.edge,
                         line_width=1.2, name="sites")  # fmt: skip
    highlight(glyph, "sites")
    draw_labels(plot, {key: shown[key] for key in ("x", "y", "id", "text", "size")})
    return glyph


def answer_sites(
    frame: Frame, answers: Answers, chosen: Iterable[str] | None = None
) -> dict[str, dict[str, list[Any]]]:
    """What the map shows of each answer, as plain values for the page.

    Parameters
    ----------
    frame : Frame
        Window of the map.
    answers : Answers
        Several answers.
    chosen : iterable of str, optional
        Only these of them.

    Returns
    -------
    dict
        Answer id to x, y [km], id, text, size [px], colour, marker and facts of the cards, the
        largest site first. Symbols of all answers are on one scale.
    """
    largest = float(answers.sites["it_mw"].max())
    groups = dict(tuple(answers.sites.groupby("answer", sort=False)))
    nothing = answers.sites.iloc[:0]
    return {
        str(answer): _columns(frame, groups.get(answer, nothing), largest, answers.tables_of)
        for answer in (answers.table.index if chosen is None else chosen)
    }


def _columns(frame: Frame, sites: pd.DataFrame, largest: float, basis: str) -> dict[str, list[Any]]:
    sites = sites.sort_values("it_mw", ascending=False, kind="stable")
    load = sites["it_mw"].to_numpy(dtype=float)
    share = float(np.sqrt(load.max(initial=0.0) / largest))
    radii = site_radii(load, _LARGEST_PX * share, 4.5)
    marks = [design_mark(str(design)) for design in sites["design"]]
    x, y = frame.km(sites[["lon", "lat"]]).T
    facts = [
        {"title": clean(name), "rows": [[titled("IT load", basis), megawatts(float(mw))],
                                        ["Cooling", design_title(str(design))]]}
        for name, mw, design in sites[["name", "it_mw", "design"]].itertuples(index=False)
    ]  # fmt: skip
    return {
        "x": np.round(x, 2).tolist(),
        "y": np.round(y, 2).tolist(),
        "id": [str(site) for site in sites["site"]],
        "text": [clean(name) for name in sites["name"]],
        "size": [round(2 * float(r) * EQUAL_AREA[m.shape], 1)
                 for r, m in zip(radii, marks, strict=True)],
        "colour": [mark.colour for mark in marks],
        "marker": [mark.shape for mark in marks],
        "facts": facts,
    }  # fmt: skip


def map_facts(frame: Frame, answers: Answers, name: str) -> dict[str, Any]:
    """Cards of the map at first; the page changes those of the sites with the answer."""
    shares = selection_shares(answers)
    load = titled("IT load where chosen", answers.tables_of)
    often = [
        {"title": clean(row["name"]),
         "rows": [["Chosen in", f"{100 * float(row['share']):.0f} % of the answers"],
                  [load, f"{number(float(row['mean_mw']))} MW on average"]]}
        for _, row in shares[shares["share"] > 0].iterrows()
    ]  # fmt: skip
    closed = answers.candidates[~answers.candidates.index.isin(answers.sites["site"])]
    never = [{"title": clean(name), "rows": [["Chosen in", "none of the answers"]]}
             for name in closed["name"]]  # fmt: skip
    sites = answer_sites(frame, answers, [answers.first])[answers.first]["facts"]
    return {"name": name, "facts": {"sites": sites, "often": often, "candidates": never}}
