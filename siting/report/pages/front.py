"""The page of a front: choose a point and see the sites it builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from bokeh.palettes import Cividis256

from siting.arrays import FloatArray
from siting.nomenclature import LIMITED
from siting.report.data import clean, gap_text, megawatts, number, titled
from siting.report.data.answers import (
    Answers,
    answers_sentences,
    quantity_axis,
    selection_shares,
    some_answers,
)
from siting.report.maps.layers import site_radii
from siting.report.maps.palette import design_mark, design_title
from siting.report.pages import live_page, map_part
from siting.report.pages.bars import answers_source, parallel_axes, parallel_chart, trade_off_charts
from siting.report.pages.interactive_map import Frame, LiveMap, frame_of, live_map
from siting.report.pages.layers import card, places
from siting.report.pages.parts import (
    Column,
    Figures,
    Link,
    Part,
    Slot,
    Tab,
    Table,
    Text,
    macro,
    slot,
)

__all__ = [
    "MOST_ANSWERS",
    "answer_sites",
    "answers_frame",
    "answers_page",
    "draw_answers",
    "front_page",
    "share_table",
]

_LARGEST_PX, _OFTEN_PX = 24.0, 17.0


def answers_frame(answers: Answers) -> Frame:
    """Window that holds the candidates, the sites of all answers and the demand."""
    loaded = answers.demand[answers.demand["it_mw"] > 0]
    tables = (answers.candidates, answers.sites, loaded)
    lon, lat = np.vstack([table[["lon", "lat"]].to_numpy(dtype=float) for table in tables]).T
    return frame_of(lon, lat)


def draw_answers(plot: LiveMap, frame: Frame, answers: Answers, shown: Answers) -> None:
    """Add to a map: candidates, demand, how often each site is chosen, and the sites of answers.

    ``shown`` are those answers whose sites can be shown, one answer at a time.
    """
    closed = answers.candidates[~answers.candidates.index.isin(answers.sites["site"])]
    loaded = answers.demand[answers.demand["it_mw"] > 0]
    never = [card(name, [("Chosen in", "none of the answers")]) for name in closed["name"]]
    plot.add("candidates", "point", places(frame, closed) | {"card": never}, picks="candidates",
             image=True, stroke="@candidate", width=1.0, radius=3.5)  # fmt: skip
    plot.add("demand", "point", places(frame, loaded), fill="@demand", stroke="@edge", width=0.8,
             shape="pin", radius=3.4)  # fmt: skip
    _draw_shares(plot, frame, answers)
    columns = answer_sites(frame, shown)
    plot.add("sites", "point", columns, picks="sites", stroke="@edge", width=1.2)
    plot.add_names({key: columns[key] for key in ("x", "y", "answer", "radius", "text")})


def _draw_shares(plot: LiveMap, frame: Frame, answers: Answers) -> None:
    shares = selection_shares(answers)
    chosen = shares[shares["share"] > 0]
    share = chosen["share"].to_numpy(dtype=float)
    colours = [Cividis256[round(255 * (1 - part))] for part in share]
    load = titled("IT load where chosen", answers.tables_of)
    cards = [
        card(name, [("Chosen in", f"{100 * part:.0f} % of the answers"),
                    (load, f"{number(float(mw))} MW on average")])
        for name, part, mw in zip(chosen["name"], share, chosen["mean_mw"], strict=True)
    ]  # fmt: skip
    columns = places(frame, chosen) | {
        "fill": colours, "radius": _OFTEN_PX * np.sqrt(share) + 1.5, "card": cards,
    }  # fmt: skip
    plot.add("often", "point", columns, picks="sites", stroke="@muted", alpha=0.55)


def answer_sites(frame: Frame, answers: Answers) -> dict[str, list[Any]]:
    """Columns of the sites of all answers, the largest site of each first.

    They are x, y [km], id, answer, text, radius [px], fill, shape and card. Symbols of all answers
    are on one scale.
    """
    largest = float(answers.sites["it_mw"].max())
    columns: dict[str, list[Any]] = {}
    for answer, sites in answers.sites.groupby("answer", sort=False):
        own = _columns(frame, sites, largest, answers.tables_of) | {
            "answer": [str(answer)] * len(sites)
        }
        for key, values in own.items():
            columns.setdefault(key, []).extend(values)
    return columns


def _columns(frame: Frame, sites: pd.DataFrame, largest: float, basis: str) -> dict[str, list[Any]]:
    sites = sites.sort_values("it_mw", ascending=False, kind="stable")
    load = sites["it_mw"].to_numpy(dtype=float)
    share = float(np.sqrt(load.max(initial=0.0) / largest))
    radii = site_radii(load, _LARGEST_PX * share, 4.5)
    marks = [design_mark(str(design)) for design in sites["design"]]
    x, y = frame.km(sites[["lon", "lat"]]).T
    title = titled("IT load", basis)
    return {
        "x": np.round(x, 2).tolist(),
        "y": np.round(y, 2).tolist(),
        "id": [str(site) for site in sites["site"]],
        "text": [clean(name) for name in sites["name"]],
        "radius": [round(float(radius), 1) for radius in radii],
        "fill": [mark.colour for mark in marks],
        "shape": [mark.shape for mark in marks],
        "card": [
            card(name, [(title, megawatts(float(mw))), ("Cooling", design_title(str(design)))])
            for name, mw, design in sites[["name", "it_mw", "design"]].itertuples(index=False)
        ],
    }  # fmt: skip


def _said(answers: Answers) -> dict[str, str]:
    """Each answer in a line: its sites and their load, the largest first."""
    sites = answers.sites.sort_values("it_mw", ascending=False, kind="stable")
    listed = (
        sites["name"].map(clean) + sites["it_mw"].map(lambda mw: f" {megawatts(float(mw))}")
    ).groupby(sites["answer"].astype(str)).agg(", ".join)  # fmt: skip
    return {
        str(answer): f"Answer {clean(answer)}: {listed.get(str(answer), 'no site')}"
        for answer in answers.table.index
    }


#: Answers whose sites a page has room for.
MOST_ANSWERS = 80

_LAYERS = (("often", "How often each site is chosen", True),
           ("candidates", "Candidates never chosen", False), ("demand", "Demand", False),
           ("sites", "Sites of the chosen answer", True))  # fmt: skip


def front_page(answers: Answers, *, is_front: bool = True) -> str:
    """The page of a front, or of alternatives, as HTML text.

    Parameters
    ----------
    answers : Answers
        Points of the front; ``objectives`` are the metrics that are traded.
    is_front : bool, default True
        Whether no answer beats another in all objectives.
    """
    source = answers_source(answers)
    charts = trade_off_charts(answers, source)
    words = (
        "Choose a point, a line or a row to see where it builds; labels name its largest sites, "
        "hollow points are not proven to the gap that was asked for."
    )
    if is_front:
        words = (
            f"Every point is one placement that no other beats in all objectives. {words} The "
            "proven gap of a point is over the value of its objective; over the range of that, "
            "in which a front is asked for its gap, it is gap_of_range of front.csv."
        )
    slots = [
        slot(chart, "Trade-off of two objectives; the table of answers has the figures")
        for chart in charts
    ]
    lead = Tab("Trade-off", [Text(words), Figures(slots)], charts)
    return answers_page(answers, [lead])


def answers_page(answers: Answers, lead: Sequence[Tab], after: Sequence[Tab] = ()) -> str:
    """A page of several answers.

    Parameters
    ----------
    answers : Answers
        What to show.
    lead : sequence of Tab
        Tabs before the table of answers; figures of the first are on the first screen, and
    after : sequence of Tab
        those behind how often each site is chosen.
    """
    frame, shown = answers_frame(answers), some_answers(answers, MOST_ANSWERS)
    plot = live_map(frame, "map")
    draw_answers(plot, frame, answers, shown)
    parallel = parallel_chart(shown)
    first, *more = lead
    tabs = [
        Tab("Answers", [*_left_out(answers, shown), _table(shown)]),
        *more,
        Tab("All figures", _parallel(shown, slot(parallel, _PARALLEL)), [parallel]),
        Tab("Chosen sites", share_table(answers)),
        *after,
    ]
    what, sites = answers_sentences(answers)
    words = [Text(what, "said"), Text(sites, "said")]
    return live_page(
        answers.title,
        heading=answers.title,
        description=answers.description,
        lead=[
            *words,
            *first.parts,
            macro("drawings.html", "versus"),
            map_part(
                [("", plot, _map_words(answers))],
                [str(d) for d in answers.sites["design"]],
                boxes=_LAYERS,
                chosen=True,
            ),
        ],
        tabs=tabs,
        figures=list(first.figures),
        data={"answers": {"first": str(answers.first), "said": _said(shown)}},
    )


def _left_out(answers: Answers, shown: Answers) -> Iterator[Text]:
    if shown is not answers:
        counted = f"{number(len(shown.table))} of {number(len(answers.table), 9)} answers"
        yield Text(
            f"{counted} are listed here and can be chosen, spread evenly; "
            "shares and charts of parameters count all of them.", "note"
        )  # fmt: skip


_PARALLEL = "A line for each answer over all figures, each from its least to its most"


def _map_words(answers: Answers) -> str:
    return (
        f"Map of the sites of one of {len(answers.table)} answers; "
        "the line above it lists them, the tables below have all figures."
    )


def _parallel(answers: Answers, chart: Slot) -> list[Part]:
    rows = [
        (_figure(answers, column)[1],
         *_span(answers.table[column], column)) for column in parallel_axes(answers)
    ]  # fmt: skip
    ends = Table(
        "The ends of each axis.",
        [Column("Figure", [row[0] for row in rows]),
         Column("Lowest", [row[1] for row in rows], numeric=True),
         Column("Highest", [row[2] for row in rows], numeric=True)],
    )  # fmt: skip
    return [chart, ends]


def _span(values: pd.Series[float], column: str) -> tuple[float, float]:
    scaled = quantity_axis(column, values)[0]
    return float(scaled.min()), float(scaled.max())


def _table(answers: Answers) -> Table:
    shown = answers.table
    counts = answers.sites.groupby("answer")["site"].nunique()
    columns = [
        Column("Answer", [f"Answer {clean(answer)}" for answer in shown.index]),
        Column("Sites", [int(counts.get(answer, 0)) for answer in shown.index], numeric=True),
        *(_column(answers, str(name)) for name in shown if name not in _NOT_SHOWN),
    ]
    if "gap" in shown:
        gaps = [gap_text(float(gap)).replace(" ", "\u00a0") for gap in shown["gap"]]
        columns.append(Column("Proven gap", gaps))
    link = Link("answers", [str(answer) for answer in shown.index])
    return Table("Answers, totals a year; a name shows its sites on the map.", columns,
                 sortable=True, link=link, filter_id="table-answers")  # fmt: skip


#: Columns of the solver, which say how well an answer is known: the gap says it.
_NOT_SHOWN = ("gap", "objective", "bound")
#: How a solve ended, in words.
_ENDED: Mapping[str, str] = {
    "optimal": "proven", "gap_limit": "within gap", "time_limit": "out of time",
    "interrupted": "was ended",
}  # fmt: skip


def _figure(answers: Answers, name: str) -> tuple[FloatArray, str]:
    """Values of a column of numbers, and its title."""
    values, title = quantity_axis(name, answers.table[name], answers.totals_of)
    return values, title if name in LIMITED else answers.titles[name]


def _column(answers: Answers, name: str) -> Column:
    values, title = answers.table[name], answers.titles[name]
    if name == "status":
        return Column("Proof", [_ENDED.get(str(value), clean(value)) for value in values])
    if pd.api.types.is_bool_dtype(values):
        return Column(title, ["yes" if value else "no" for value in values])
    if not pd.api.types.is_numeric_dtype(values):
        return Column(title, [clean(value) for value in values])
    scaled, title = _figure(answers, name)
    # The caption says that totals are of a year: said in each heading, it made tables too wide.
    return Column(title.replace(" a year]", "]"), scaled.tolist(), numeric=True)


def share_table(answers: Answers) -> list[Part]:
    """Return how often each site is chosen, the most often first."""
    shares = selection_shares(answers)
    chosen = shares[shares["share"] > 0]
    designs = answers.sites.groupby("site")["design"].agg(lambda own: sorted(set(own)))
    columns = [
        Column("Site", [clean(name) for name in chosen["name"]]),
        Column("Chosen in [%]", (100.0 * chosen["share"]).tolist(), numeric=True),
        Column(
            titled("IT load where chosen [MW]", answers.tables_of),
            chosen["mean_mw"].tolist(),
            numeric=True,
        ),
        Column("Cooling", [", ".join(map(design_title, designs[site])) for site in chosen.index]),
    ]
    link = Link("sites", [str(site) for site in chosen.index])
    words = f"{number(len(chosen))} of {number(len(shares))} candidates are chosen at least once."
    return [Text(words), Table("Share of the answers in which a site is open.", columns,
                               sortable=True, link=link, filter_id="table-shares")]  # fmt: skip
