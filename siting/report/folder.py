"""Folders of several solutions: comparisons, the one file of solutions, pages of finished ones.

``answers.json`` holds, under these keys: kind (front, alternatives or sweep), title, description,
objectives, first, totals_of, tables_of, parameters (columns that were changed), and as lists of
rows table (with the id of each answer as ``answer``), sites, candidates, demand and indices of
sensitivity.
``compare.json`` holds runs: the name of each placement and its folder, relative to the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from siting.comparison import Comparison, compare
from siting.errors import DataError, Fault
from siting.files import damage_told
from siting.files.folders import check_folder, check_unchanged, new_folder, settle, written_by
from siting.files.spreadsheets import write_csv
from siting.placement import Placement
from siting.placement.folder import checked, load_placement, load_placements
from siting.report.data import clean
from siting.report.data.answers import TABLES, Answers, check_answers, load_tables, selection_shares
from siting.report.display import EXPORTS
from siting.report.maps import placement_map
from siting.report.maps.multiples import frequency_map, multiples_map
from siting.report.pages import PAGE, report_page
from siting.report.pages.comparison import cause_figure, compare_page
from siting.report.pages.front import front_page
from siting.report.pages.robustness import ROBUSTNESS, load_robustness, robustness_page
from siting.report.pages.sweep import sweep_page

__all__ = [
    "ANSWERS",
    "COMPARISON",
    "answers_text_page",
    "compare_answers",
    "compare_runs",
    "load_answers",
    "load_comparison",
    "report_folder",
    "save_answers",
    "save_comparison",
]

#: Formats of pictures, which every folder may have.
MAPS = ("png", "svg", "pdf")
ANSWERS, COMPARISON = "answers.json", "compare.json"
#: Tables of a comparison, a file each.
_COMPARED = ("totals", "sites", "flows", "drivers", "causes", "site_causes")
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
        If the file is damaged, or was edited since it was written.
    """
    path = folder / ANSWERS
    check_unchanged(folder, [ANSWERS], "Make the folder again")
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
    """Write ``compare.json`` into a folder that exists: the runs by name, the base first."""
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
    return load_placements(runs)


type Maker = Callable[[Path, Path, Sequence[str], bool], None]


def report_folder(
    folder: Path, *, formats: Sequence[str] = ("png",), dark: bool = False
) -> list[Path]:
    """Write the page of a folder, and its picture in each format.

    Parameters
    ----------
    folder : pathlib.Path
        A folder that `siting` wrote; what it holds decides which page it gets.
    formats : sequence of str
        png, svg, pdf; of a run also xlsx, kmz and parquet.
    dark : bool, default False
        Light on dark pictures. The page follows the setting of its reader.

    Returns
    -------
    list of pathlib.Path
        Files that were written, all or none.

    Raises
    ------
    siting.errors.DataError
        If the folder is not one of siting's, a file of it cannot be read, or an earlier page or
        picture there was changed since it was written.
    """
    settle(folder)
    make = _maker(folder)
    others = [kind for kind in formats if kind not in MAPS]
    if others and make is not _placement:
        problem = f"has no {', '.join(others)}, which only the run of one placement has"
        remedy = f"Give {', '.join(MAPS)}"
        raise DataError([Fault(str(folder), None, "--format", problem, remedy)])
    with new_folder(folder, written_by(folder) or "report", keep=True) as new:
        make(folder, new, formats, dark)
        names = sorted(path.name for path in new.iterdir())
    return [folder / name for name in names]


def _maker(folder: Path) -> Maker:
    for name, maker in _MAKERS.items():
        if (folder / name).is_file():
            return maker
    known = ", ".join(_MAKERS)
    problem = f"none of {known} is there" if folder.is_dir() else "is not a folder"
    remedy = "Give a folder that siting has written"
    raise DataError([Fault(str(folder), None, "", problem, remedy)])


def _placement(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
    placement = load_placement(folder)
    (out / PAGE).write_text(report_page(placement), encoding="utf-8")
    for kind in formats:
        if kind in MAPS:
            placement_map(placement, path=out / f"map.{kind}", dark=dark)
        if kind in EXPORTS:
            EXPORTS[kind](placement, out, dark)


def _comparison(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
    placements = load_comparison(folder)
    (out / PAGE).write_text(compare_page(placements), encoding="utf-8")
    title = " against ".join(clean(name) for name in placements)
    for kind in formats:
        multiples_map(placements, path=out / f"maps.{kind}", title=title, dark=dark)


def _answers(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
    answers, _ = load_answers(folder)
    (out / PAGE).write_text(answers_text_page(folder), encoding="utf-8")
    _chosen(answers, out, formats, dark)


def _tables(name: str) -> Maker:
    """Maker for the folder of a front or of alternatives."""

    def make(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
        answers = load_tables(folder, name)
        page = front_page(answers, is_front=TABLES[name] == "front")
        (out / PAGE).write_text(page, encoding="utf-8")
        _chosen(answers, out, formats, dark)

    return make


def _chosen(answers: Answers, out: Path, formats: Sequence[str], dark: bool) -> None:
    shares = selection_shares(answers)
    title = f"{clean(answers.title)}, how often each site is chosen"
    for kind in formats:
        frequency_map(shares, path=out / f"chosen.{kind}", title=title, dark=dark)


def _robustness(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
    run = load_robustness(folder)
    with damage_told(folder, "Make the folder again"):
        (out / PAGE).write_text(robustness_page(run), encoding="utf-8")
        title = f"{clean(run.study.name)}, how often each site is chosen"
        for kind in formats:
            frequency_map(run.shares, path=out / f"chosen.{kind}", title=title, dark=dark)


#: The file by which each kind of folder is known, and what makes its page.
_MAKERS: Mapping[str, Maker] = {
    "placement.csv": _placement,
    COMPARISON: _comparison,
    ANSWERS: _answers,
    ROBUSTNESS: _robustness,
    **{name: _tables(name) for name in TABLES},
}


def compare_answers(
    given: Mapping[str, Placement] | Sequence[Placement | Path | str], out: Path | None = None
) -> Comparison:
    """Compare placements, by name or each by that of its study or folder, with the first of them.

    The folder ``out`` is that of `compare_runs` where all are folders of runs.
    """
    if not isinstance(given, Mapping):
        runs = [Path(each) for each in given if not isinstance(each, Placement)]
        if out is not None and len(runs) == len(given):
            return compare_runs(runs, out)
        named = [
            (each.study.name, each) if isinstance(each, Placement)
            else (Path(each).name, load_placement(Path(each)))
            for each in given
        ]  # fmt: skip
        given = dict(named)
    result = replace(compare(given), write=_write_comparison)
    if out is not None:
        result.save(out)
    return result


def compare_runs(runs: Sequence[Path], out: Path) -> Comparison:
    """Compare run folders and write the folder of the comparison, whole or not at all.

    Parameters
    ----------
    runs : sequence of path
        Folders that `siting solve` wrote; the first is what the others are compared with.
    out : path
        Folder to write: ``totals.csv``, ``sites.csv``, ``flows.csv``, ``drivers.csv``,
        ``causes.csv``, ``site_causes.csv``, ``causes.png``, ``maps.png`` and ``compare.json``,
        from which `siting report` makes the page.

    Raises
    ------
    siting.errors.DataError
        For every run that is missing or damaged, and for an ``out`` that is something else.
    """
    named = _run_names(runs)
    check_folder(out, "compare")
    result = replace(compare(load_placements(named)), write=_write_comparison)
    with new_folder(out, "compare") as new:
        _write_comparison(result, new)
        # Paths seen from ``new`` have the words of those seen from where it will stand.
        save_comparison({n: new / os.path.relpath(run, out) for n, run in named.items()}, new)
    return result


def _write_comparison(result: Comparison, new: Path) -> None:
    for name in _COMPARED:
        write_csv(getattr(result, name), new / f"{name}.csv")
    cause_figure(result, next(iter(result.placements))).savefig(new / "causes.png")
    title = " against ".join(clean(name) for name in result.placements)
    multiples_map(result.placements, path=new / "maps.png", title=title)


def _run_names(runs: Sequence[Path]) -> dict[str, Path]:
    """Shortest ends of the paths by which the runs can be told apart."""
    absolute = [run.absolute() for run in runs]
    for length in range(1, 6):
        names = ["/".join(path.parts[-length:]) for path in absolute]
        if len(set(names)) == len(names):
            return dict(zip(names, absolute, strict=True))
    twice = next(str(run) for run in runs if list(runs).count(run) > 1)
    raise DataError([Fault(twice, None, "", "is named twice", "Name each run once")])
