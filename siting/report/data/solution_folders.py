"""Folders of a front or of alternatives as answers for a page.

Such a folder holds a table of answers (``front.csv`` or ``alternatives.csv``, whose first column
names the answer), ``sites.csv`` (a row an open site, led by the same column), ``summary.json``
(objectives, and the knee where there is one) and ``study.yaml``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from siting.catalogue import load_catalogue
from siting.coefficients.demand import chosen_regions, chosen_sites
from siting.config import Study, load_study
from siting.config.study import tables_basis, totals_basis
from siting.errors import DataError, Fault
from siting.files.limits import damage_told
from siting.files.spreadsheets import read_csv
from siting.nomenclature import METRICS
from siting.report.data.answers import Answers, check_answers
from siting.report.data.wording import clean

__all__ = ["TABLES", "load_tables"]

#: Table of each kind of folder, and its title.
TABLES = {"front.csv": "front", "alternatives.csv": "alternatives"}
_OTHERS = ("sites.csv", "summary.json", "study.yaml")
#: Columns of the table that say how an answer was found rather than what it is.
_HOW = ("gap_of_range", "audit_passed", "is_knee", "sites")
_SITE = ["answer", "site", "name", "country", "lat", "lon", "design", "it_mw"]


def load_tables(folder: Path, table: str) -> Answers:
    """Read a folder of `siting pareto` or `siting alternatives`.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    table : str
        A key of ``TABLES``.

    Raises
    ------
    siting.errors.DataError
        If a file is missing or damaged, all missing ones together.
    """
    missing = [name for name in (table, *_OTHERS) if not (folder / name).is_file()]
    if missing:
        remedy = "Make the folder again"
        raise DataError(
            Fault(str(folder), None, "", f"{name} is not there", remedy) for name in missing
        )
    study = load_study(folder / "study.yaml")
    with damage_told(folder, "Make the folder again"):
        facts = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        shown, key = _table(folder / table)
        sites = read_csv(folder / "sites.csv", dtype={key: str})
        sites = sites.rename(columns={key: "answer", "id": "site"})[_SITE]
        objectives = tuple(str(name) for name in facts.get("objectives", _differing(shown)))
        title = f"{clean(study.name)}: {TABLES[table]}"
        found = _answers(study, title, shown, sites, objectives, first=_first(facts, shown))
        check_answers(found)
    return found


def _table(path: Path) -> tuple[pd.DataFrame, str]:
    """Answers under their ids, without the columns on how they were found."""
    table = read_csv(path)
    key = str(table.columns[0])
    table = table.astype({key: str}).set_index(key)
    found = [c for c in table if c in _HOW or str(c).startswith(("cap_", "price_"))]
    return table.drop(columns=found), key


def _differing(table: pd.DataFrame) -> list[str]:
    """Metrics that are not the same in all answers, at most three."""
    return [m for m in METRICS if m in table and table[m].nunique() > 1][:3]


def _first(facts: dict[str, Any], table: pd.DataFrame) -> str:
    """The knee where there is one, else the first answer."""
    knee = facts.get("knee")
    return str(table.index[int(knee)] if knee is not None else table.index[0])


def _answers(
    study: Study,
    title: str,
    table: pd.DataFrame,
    sites: pd.DataFrame,
    objectives: tuple[str, ...],
    *,
    first: str,
) -> Answers:
    """With the candidates and the demand of the study, so that the map shows what was passed by."""
    catalogue, ids = chosen_sites(study, load_catalogue())
    regions = chosen_regions(study, catalogue)
    return Answers(
        title=title,
        description=study.description.strip(),
        table=table,
        objectives=objectives,
        sites=sites,
        candidates=pd.DataFrame(catalogue.candidates.loc[list(ids)].drop(columns="geometry")),
        demand=regions[["name", "lat", "lon"]].assign(it_mw=1.0),
        first=first,
        totals_of=totals_basis(study),
        tables_of=tables_basis(study),
    )
