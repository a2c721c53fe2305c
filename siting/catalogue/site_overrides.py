"""Figures and attributes of single sites that a study gives in place of the catalogue's."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from siting.catalogue.figures import FIGURES, MONTHS, TEXT_FIGURES, figure_columns, figure_of
from siting.catalogue.given_files import SERIES_OF, figure_faults, named_files
from siting.catalogue.model import GIVEN, TEXT_ATTRIBUTES, Catalogue
from siting.catalogue.ranges import number_problem
from siting.errors import DataError, Fault

__all__ = ["with_overrides"]

_KEY = "sites.overrides"
#: Columns of a site that fix what it is; another place is another site.
_FIXED = ("name", "country", "region", "kinds", "lat", "lon", "geometry")


def with_overrides(catalogue: Catalogue, overrides: Mapping[str, Mapping[str, Any]]) -> Catalogue:
    """The catalogue with the planner's figures of some sites.

    Parameters
    ----------
    catalogue : Catalogue
        With the planner's own candidates.
    overrides : mapping of str to mapping
        By site: attributes of the built-in candidates and figures of
        :data:`siting.catalogue.figures.FIGURES`; a list of twelve stands for the months.

    Returns
    -------
    Catalogue
        Each value labelled ``given``, its source the planner. The same again where it has them.

    Raises
    ------
    siting.errors.DataError
        With all faults: unknown sites and figures, values out of range.
    """
    if not overrides:
        return catalogue
    table = catalogue.candidates
    faults = [fault for site, own in overrides.items() for fault in _faults(catalogue, site, own)]
    if faults:
        raise DataError(faults)
    cells = {site: _by_column(own) for site, own in overrides.items()}
    fresh = table.copy()
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
    """Return what is wrong with one figure of a study, and the remedy; empty where nothing is."""
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
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean {match[0]}?" if match else otherwise


def _fault(key: str, problem: str, remedy: str) -> Fault:
    return Fault("study", None, key, problem, remedy)
