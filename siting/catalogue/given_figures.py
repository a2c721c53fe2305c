"""Figures that the planner gives: of single sites, with their files, and tables of generators."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from siting.catalogue import GIVEN, TEXT_ATTRIBUTES, Catalogue
from siting.catalogue.figures import (
    FIGURES,
    FILE_FIGURES,
    MONTHS,
    TEXT_FIGURES,
    figure_columns,
    figure_of,
    number_problem,
)
from siting.catalogue.hourly import hourly_means
from siting.catalogue.power_files import TRUTH
from siting.catalogue.read_tables import Rows, read_rows
from siting.catalogue.weather_files import read_weather_file
from siting.config.base import closest, described_fields, did_you_mean, no_file, suggest
from siting.config.messages import explain
from siting.config.supply import GeneratorOffer
from siting.errors import DataError, Fault
from siting.files.spreadsheets import is_number

__all__ = [
    "GENERATOR_COLUMNS",
    "SERIES_OF",
    "figure_faults",
    "named_files",
    "read_generators",
    "with_file_places",
    "with_overrides",
]


#: Figure that a table by the hour stands for.
SERIES_OF = {"price_file": "price_usd_per_mwh", "grid_carbon_file": "grid_carbon_g_per_kwh"}


def with_file_places(layer: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """The rows with the files that they name as absolute paths; relative ones lie in ``folder``."""

    def absolute(name: object) -> object:
        usable = isinstance(name, str) and name and "\0" not in name
        return str((folder / str(name)).absolute()) if usable else None

    there = [name for name in FILE_FIGURES if name in layer.columns]
    return layer.assign(**{name: layer[name].astype(object).map(absolute) for name in there})


def named_files(layer: pd.DataFrame) -> list[Path]:
    """Files that the rows name."""
    there = [name for name in FILE_FIGURES if name in layer.columns]
    return sorted({Path(path) for name in there for path in layer[name] if isinstance(path, str)})


def figure_faults(
    figures: pd.DataFrame, fault: Callable[[int, str, str, str], Fault]
) -> Iterator[Fault]:
    """Figures that do not fit together, and files, by absolute paths, that cannot be read.

    They have columns of :func:`siting.catalogue.figures.figure_columns`; ``fault`` makes a fault of
    row, key, problem and remedy.
    """
    for i in range(len(figures)):
        given = {str(name) for name in figures.columns if pd.notna(figures[name].iloc[i])}
        yield from (fault(i, *problem) for problem in _together(given))
        for name in FILE_FIGURES:
            if name in given:
                yield from _file_faults(i, name, Path(figures[name].iloc[i]), fault)


def _together(given: set[str]) -> Iterator[tuple[str, str, str]]:
    """Key, problem and remedy of what does not fit together in one row."""
    for file, name in SERIES_OF.items():
        flat = sorted(column for column in given if figure_of(column) == name)
        if file in given and flat:
            yield file, f"is given beside {', '.join(flat)}", "Keep one of them"
    for name, figure in FIGURES.items():
        months = [name + end for end in MONTHS if name + end in given]
        if figure.varies == "month" and 0 < len(months) < len(MONTHS) and name not in given:
            lacking = ", ".join(name + end for end in MONTHS if name + end not in given)
            yield months[0], f"is given, and {lacking} is not", f"Give all twelve, or {name}"
        if figure.varies == "month" and len(months) == len(MONTHS) and name in given:
            yield name, "is given beside all twelve months", "Keep one of them"


def _file_faults(
    row: int, name: str, path: Path, fault: Callable[[int, str, str, str], Fault]
) -> Iterator[Fault]:
    if what := no_file(path):
        remedy = "Give a path that is absolute or relative to the folder of this file"
        yield fault(row, name, f"names {path.name}, which {what}", remedy)
        return
    try:
        if name in SERIES_OF:
            hourly_means(path, SERIES_OF[name])
        else:
            read_weather_file(path)
    except DataError as error:
        yield from error.faults


_KEY = "sites.overrides"
#: Columns of a site that fix what it is; another place is another site.
_FIXED = ("name", "country", "region", "kinds", "lat", "lon", "geometry")


def with_overrides(catalogue: Catalogue, overrides: Mapping[str, Mapping[str, Any]]) -> Catalogue:
    """The catalogue with the planner's figures of some sites; itself where it has them already.

    Raises `DataError` with all faults: unknown sites and figures, values out of range.

    Parameters
    ----------
    catalogue : Catalogue
        With the planner's own candidates.
    overrides : mapping of str to mapping
        By site: attributes of the built-in candidates and figures of
        :data:`siting.catalogue.figures.FIGURES`; a list of twelve stands for the months. Each is
        labelled ``given``, its source the planner.
    """
    if not overrides:
        return catalogue
    table = catalogue.candidates
    faults = [fault for site, own in overrides.items() for fault in _faults(catalogue, site, own)]
    if faults:
        raise DataError(faults)
    cells = {site: _by_column(own) for site, own in overrides.items()}
    fresh = table.copy()
    for name in fresh.select_dtypes("integer").columns:  # which 20.5 m would not fit into
        fresh[name] = fresh[name].astype(float)
    for site, own in cells.items():
        for name in _replaced(own, fresh.columns):
            fresh.loc[site, name] = None if name in TEXT_FIGURES else np.nan
        for name, value in own.items():
            if name not in fresh.columns:
                text = name in TEXT_FIGURES
                fresh[name] = pd.Series(None if text else np.nan, fresh.index,
                                        dtype=object if text else float)  # fmt: skip
            fresh.loc[site, name] = value
    rows = [(site, name, str(value)) for site, own in cells.items() for name, value in own.items()]
    added = pd.DataFrame(rows, columns=["site", "attribute", "value"])
    added = added.assign(label=GIVEN, source="planner")
    old = catalogue.provenance
    gone = [(site, name) for site, own in cells.items() for name in _replaced(own, fresh.columns)]
    old = old[~pd.MultiIndex.from_frame(old[["site", "attribute"]]).isin(gone)]
    replaced = pd.MultiIndex.from_frame(old[["site", "attribute"]]).isin(
        pd.MultiIndex.from_frame(added[["site", "attribute"]])
    )
    return dataclasses.replace(
        catalogue,
        candidates=fresh,
        provenance=pd.concat([old[~replaced], added], ignore_index=True),
        sha256=catalogue.hash_with(named_files(fresh), json.dumps(cells, sort_keys=True)),
    )


def _replaced(own: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    """Columns that hold the same figure in another form: flat, by month or by the hour."""
    figures = {figure_of(name) or name for name in own}
    figures |= {SERIES_OF[name] for name in own if name in SERIES_OF}
    files = {file for file, figure in SERIES_OF.items() if figure in figures}
    forms = {f for f in figures if f in FIGURES and FIGURES[f].varies == "month"}
    same = files | forms | {name + end for name in forms for end in MONTHS}
    return [name for name in columns if name in same and name not in own]


def _by_column(own: Mapping[str, Any]) -> dict[str, Any]:
    """Value of each column; a list of months is twelve columns."""
    cells: dict[str, Any] = {}
    for name, value in own.items():
        if isinstance(value, list | tuple):
            cells |= {name + end: v for end, v in zip(MONTHS, value, strict=True)}
        else:
            cells[name] = value
    return cells


def _faults(catalogue: Catalogue, site: str, own: Mapping[str, Any]) -> Iterator[Fault]:
    where = f"{_KEY}.{site}"
    table = catalogue.candidates
    if site not in table.index:
        remedy = _close(site, map(str, table.index), "`siting sites` lists what there is")
        yield _fault(where, "is not a site", remedy)
        return
    known = [*(c for c in table.columns if c not in _FIXED), *figure_columns()]
    wrong = False
    for name, value in own.items():
        problem, remedy = _problem(name, value, known)
        wrong |= bool(problem)
        if problem:
            yield _fault(f"{where}.{name}", problem, remedy)
    if not wrong:
        columns = {n: v for n, v in _by_column(own).items() if n in figure_columns()}
        yield from figure_faults(
            pd.DataFrame([columns], dtype=object),
            lambda _, key, problem, remedy: _fault(f"{where}.{key}", problem, remedy),
        )


def _problem(name: str, value: object, known: list[str]) -> tuple[str, str]:
    """Error in one figure of a study, and its remedy; empty where there is none."""
    if name in _FIXED:
        return "cannot be changed", "Give another place as a site of your own (candidates.file)"
    if name not in known:
        figures = figure_columns()
        known = [*dict.fromkeys([*(n for n in known if n not in figures), *FIGURES])]
        remedy = f"{_close(name, known)} Allowed are {', '.join(known)}".strip()
        return "is not known of a site", remedy
    if name in TEXT_ATTRIBUTES | TEXT_FIGURES:
        if isinstance(value, str):
            return "", ""
        return f"is {value!r}, not text", "Put it in quotes"
    if not isinstance(value, list | tuple):
        return number_problem(name, value)
    if name not in FIGURES or FIGURES[name].varies != "month":
        return "is a list", "Give one number"
    if len(value) != len(MONTHS):
        return f"has {len(value)} numbers", "Give twelve, from January to December"
    return next((p for p in (number_problem(name, v) for v in value) if p[0]), ("", ""))


def _close(name: str, known: Iterable[str], otherwise: str = "") -> str:
    match = closest(name, known)
    return did_you_mean(name, match) if match else otherwise


def _fault(key: str, problem: str, remedy: str) -> Fault:
    return Fault("study", None, key, problem, remedy)


#: Columns: the keys of a unit in a study.
GENERATOR_COLUMNS = tuple(GeneratorOffer.model_fields)
_NEEDED = ("name", "kind", "max_units")


def read_generators(path: Path, taken: Collection[str]) -> tuple[GeneratorOffer, ...]:
    """Generators of a table, in the order of its rows; an empty cell takes the built-in figure.

    It has columns of `GENERATOR_COLUMNS`; several places of ``where`` and the pairs of
    ``efficiency_by_load`` are parted by semicolons: ``0.5: 0.36; 1: 0.41``. Names of other sources
    are ``taken``. `DataError` has all errors of the table, each with its line and column.
    """
    stamp = path.stat()
    table = _read(path, stamp.st_mtime_ns, stamp.st_size)
    faults, before = list(table.faults), list(taken)
    for i, name in enumerate(table.names):
        if name and name in before:
            problem = f"is {name!r}, the name of another source or generator"
            faults.append(table.rows.fault(i, "name", problem, "Choose another name"))
        before.append(name)
    if faults:
        raise DataError(sorted(faults, key=lambda fault: (fault.line or 0, fault.key)))
    return table.offers


@dataclass(frozen=True)
class _Table:
    """Rows of a file with their names, what they offer, and their errors."""

    rows: Rows
    names: tuple[str, ...]
    offers: tuple[GeneratorOffer, ...]
    faults: tuple[Fault, ...]


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int, _size: int) -> _Table:
    header, cells, rows = read_rows(path, wanted=("name", "kind"), collect=True)
    header = [name.strip().lower().replace(" ", "_") for name in header]
    faults = [*rows.faults, *_header_faults(rows, header)]
    offers, names = list[GeneratorOffer](), list[str]()
    for i, row in enumerate(cells):
        given = {name: cell for name, cell in zip(header, row, strict=True) if cell}
        names.append(given.get("name", ""))
        values = {n: _value(n, cell) for n, cell in given.items() if n in GENERATOR_COLUMNS}
        try:
            offers.append(GeneratorOffer.model_validate(values))
        except ValidationError as error:
            for issue in explain(error, values, GeneratorOffer):
                key = str(issue.key[0]) if issue.key else "efficiency_by_load"
                if key in header:
                    faults.append(rows.fault(i, key, issue.problem, issue.remedy))
            continue
        if offers[-1].kind in ("geothermal", "hydro") and not offers[-1].where:
            problem = f"is empty, and {offers[-1].kind} is not everywhere"
            remedy = "Name the sites, countries, zones, regions or kinds that have it"
            faults.append(rows.fault(i, "where", problem, remedy))
    return _Table(rows, tuple(names), tuple(offers), tuple(faults))


def _header_faults(rows: Rows, header: list[str]) -> Iterator[Fault]:
    about = described_fields(GeneratorOffer)
    for name in _NEEDED:
        if name not in header:
            yield rows.of_column(name, "the column is not there", about[name].description or "")
    for name in header:
        if name not in GENERATOR_COLUMNS:
            remedy = suggest(name, GENERATOR_COLUMNS)
            yield rows.of_column(name, "is no column of generators", remedy)
        elif header.count(name) > 1:
            yield rows.of_column(name, "is there twice", "Keep one of them")


def _value(name: str, cell: str) -> Any:
    """A cell as the value of a key: text, numbers, lists, true or false."""
    if name in ("name", "kind"):
        return cell
    if name == "where":
        return [part.strip() for part in cell.split(";") if part.strip()]
    if name == "clean":
        return TRUTH.get(cell.lower(), cell)
    if name == "efficiency_by_load":
        pairs = [part.split(":") for part in cell.split(";") if part.strip()]
        return [[_number(part) for part in pair] for pair in pairs]
    return _number(cell)


def _number(cell: str) -> Any:
    """A number, whole where it is one; other text as it is."""
    if not is_number(cell):
        return cell.strip()
    value = float(cell)
    return int(value) if value.is_integer() else value
