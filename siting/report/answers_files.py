"""Several answers as one file of a folder, from which `siting report` makes the page again.

``answers.json`` holds, under these keys: kind (front, alternatives or sweep), title, description,
objectives, first, totals_of, tables_of, parameters (columns that were changed), and as lists of
rows table (with the id of each answer as ``answer``), sites, candidates, demand and indices of
sensitivity.
``compare.json`` holds runs: the name of each placement and its folder, relative to the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from siting.errors import DataError, Fault
from siting.files.limits import damage_told
from siting.placement import Placement, load_placement
from siting.placement.schema import checked
from siting.report.data.answers import Answers, check_answers
from siting.report.pages.front import front_page
from siting.report.pages.sweep import sweep_page

__all__ = [
    "ANSWERS",
    "COMPARISON",
    "answers_text_page",
    "load_answers",
    "load_comparison",
    "save_answers",
    "save_comparison",
]

ANSWERS, COMPARISON = "answers.json", "compare.json"
_KINDS = ("front", "alternatives", "sweep")
_PLACES = ["name", "lat", "lon"]


def save_answers(
    answers: Answers,
    folder: Path,
    *,
    kind: str,
    parameters: Sequence[str] = (),
    indices: pd.DataFrame | None = None,
) -> Path:
    """Write ``answers.json`` into a folder that exists.

    Parameters
    ----------
    answers : Answers
        What to keep.
    folder : pathlib.Path
        Folder of the front, the alternatives or the sweep.
    kind : str
        front, alternatives or sweep: which page it gets.
    parameters : sequence of str
        Columns of the table that a sweep changed.
    indices : DataFrame, optional
        As in `sweep_page`.

    Returns
    -------
    pathlib.Path
        The file.
    """
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(_KINDS)}")
    text = {
        "kind": kind,
        "title": answers.title,
        "description": answers.description,
        "objectives": list(answers.objectives),
        "first": answers.first,
        "totals_of": answers.totals_of,
        "tables_of": answers.tables_of,
        "parameters": list(parameters),
        "table": _rows(answers.table.rename_axis("answer").reset_index()),
        "sites": _rows(answers.sites),
        "candidates": _rows(answers.candidates[_PLACES].rename_axis("id").reset_index()),
        "demand": _rows(answers.demand[[*_PLACES, "it_mw"]].rename_axis("id").reset_index()),
        "indices": [] if indices is None else _rows(indices),
    }
    path = folder / ANSWERS
    path.write_text(json.dumps(text, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return path


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; missing becomes None."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=12))
    return rows


def load_answers(folder: Path) -> tuple[Answers, Mapping[str, Any]]:
    """Read ``answers.json`` back.

    Returns
    -------
    answers : Answers
        As they were saved.
    more : mapping
        kind, parameters, and indices as a DataFrame or None.

    Raises
    ------
    siting.errors.DataError
        If the file is damaged.
    """
    path = folder / ANSWERS
    with damage_told(path, "Make the folder again"):
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["kind"] not in _KINDS:
            raise ValueError(f"kind {facts['kind']!r} is not one of {', '.join(_KINDS)}")
        answers = Answers(
            title=_text(facts["title"]),
            description=_text(facts["description"]),
            table=_indexed(facts["table"], "answer"),
            objectives=tuple(map(_text, facts["objectives"])),
            sites=pd.DataFrame(facts["sites"]).astype({"answer": str}),
            candidates=_indexed(facts["candidates"], "id"),
            demand=_indexed(facts["demand"], "id"),
            first=str(facts["first"]),
            totals_of=str(facts["totals_of"]),
            tables_of=str(facts["tables_of"]),
        )
        check_answers(answers)
        parameters = list(map(_text, facts["parameters"]))
        if not set(parameters) <= set(answers.table):
            raise ValueError("a parameter is no column of the table")
        indices = pd.DataFrame(facts["indices"]) if facts["indices"] else None
        if indices is not None:
            checked("indices", indices)
        return answers, {"kind": facts["kind"], "parameters": parameters, "indices": indices}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def _indexed(rows: list[dict[str, Any]], key: str) -> pd.DataFrame:
    return pd.DataFrame(rows).astype({key: str}).set_index(key)


def answers_text_page(folder: Path) -> str:
    """The page of a folder of answers as HTML text.

    Raises
    ------
    siting.errors.DataError
        If ``answers.json`` is damaged.
    """
    answers, more = load_answers(folder)
    if more["kind"] == "sweep":
        return sweep_page(answers, more["parameters"], indices=more["indices"])
    return front_page(answers, is_front=more["kind"] == "front")


def save_comparison(runs: Mapping[str, Path], folder: Path) -> Path:
    """Write ``compare.json``: which runs a folder compares, the first being the base.

    Parameters
    ----------
    runs : mapping of str to path
        Run folders under the names to show.
    folder : pathlib.Path
        Folder of the comparison, which exists.
    """
    places = {name: os.path.relpath(run, folder) for name, run in runs.items()}
    path = folder / COMPARISON
    path.write_text(json.dumps({"runs": places}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def load_comparison(folder: Path) -> dict[str, Placement]:
    """The placements that a folder compares.

    Raises
    ------
    siting.errors.DataError
        If ``compare.json`` is damaged, or a run is missing or damaged, all such runs together.
    """
    path = folder / COMPARISON
    with damage_told(path, "Make the folder again"):
        runs = {str(name): folder / place for name, place in
                json.loads(path.read_text(encoding="utf-8"))["runs"].items()}  # fmt: skip
        if len(runs) < 2:
            raise ValueError("fewer than two runs")
    placements: dict[str, Placement] = {}
    faults: list[Fault] = []
    for name, run in runs.items():
        try:
            placements[name] = load_placement(run)
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    return placements
