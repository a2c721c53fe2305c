"""Several answers of one study on one page: points of a front, alternatives, cases of a sweep.

A folder of a front or of alternatives holds a table of answers (``front.csv`` or
``alternatives.csv``, whose first column names the answer), ``sites.csv`` (a row an open site, led
by the same column), ``summary.json`` (objectives, and the knee where there is one) and
``study.yaml``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue import load_catalogue
from siting.coefficients.sets import chosen_regions, chosen_sites
from siting.config import Study, load_study
from siting.config.study import tables_basis, totals_basis
from siting.files import check_parts, damage_told
from siting.files.folders import check_unchanged
from siting.files.spreadsheets import read_csv
from siting.nomenclature import LIMITED, METRICS
from siting.placement import Placement
from siting.placement.folder import checked
from siting.report.data import clean, key_title, key_titles, number

__all__ = [
    "NO_VALUE",
    "TABLES",
    "Answers",
    "answer_labels",
    "answers_of",
    "answers_sentences",
    "check_answers",
    "load_tables",
    "moves_alone",
    "quantity_axis",
    "selection_shares",
    "some_answers",
    "swings",
]


#: Word for a parameter that is null, such as a limit that is not set.
NO_VALUE = "none"
_SITE_COLUMNS = ["name", "country", "lat", "lon", "design", "it_mw"]


def answers_of(
    title: str, placements: Mapping[str, Placement], objectives: tuple[str, ...], first: str
) -> Answers:
    """Answers from whole placements.

    Parameters
    ----------
    title : str
        Heading of the page.
    placements : mapping of str to Placement
        One answer or more, under ids that are shown.
    objectives : tuple of str
        Metrics that are traded against each other.
    first : str
        Id of the answer that is shown at first.
    """
    rows = {
        key: {**placement.metrics, "gap": placement.gap} for key, placement in placements.items()
    }
    sites = [
        placement.sites[_SITE_COLUMNS].rename_axis("site").reset_index().assign(answer=key)
        for key, placement in placements.items()
    ]
    shown = placements[first]
    return Answers(
        title=title,
        description=shown.study.description.strip(),
        table=pd.DataFrame.from_dict(rows, orient="index"),
        objectives=objectives,
        sites=pd.concat(sites, ignore_index=True),
        candidates=shown.candidates,
        demand=shown.demand,
        first=first,
        totals_of=totals_basis(shown.study),
        tables_of=tables_basis(shown.study),
    )


def selection_shares(answers: Answers, within: pd.Index[str] | None = None) -> pd.DataFrame:
    """Return how often each candidate is open in answers of some ids, all of them by default.

    Index site id, the most often chosen first: name, lat, lon, share (0 to 1), mean_mw [MW] where
    it is open.
    """
    counted = answers.table.index if within is None else within
    chosen = answers.sites[answers.sites["answer"].isin(counted) & (answers.sites["it_mw"] > 0)]
    places = pd.concat(
        [answers.candidates[["name", "lat", "lon"]],
         chosen.drop_duplicates("site").set_index("site")[["name", "lat", "lon"]]]
    )  # fmt: skip
    places = places[~places.index.duplicated()]
    by_site = chosen.groupby("site")
    share = by_site["answer"].nunique() / max(len(counted), 1)
    table = places.assign(
        share=share.reindex(places.index, fill_value=0.0),
        mean_mw=by_site["it_mw"].mean().reindex(places.index),
    )
    return table.sort_values("share", ascending=False, kind="stable")


def answer_labels(answers: Answers, most: int = 2) -> list[str]:
    """Largest sites of each answer in a few words, such as ``Luleå, Oslo + 2``."""
    by_answer = {str(a): own for a, own in answers.sites.groupby("answer", sort=False)}
    labels = []
    for answer in map(str, answers.table.index):
        own = by_answer.get(answer, answers.sites.iloc[:0])
        names = own.sort_values("it_mw", ascending=False, kind="stable")["name"].map(clean).tolist()
        rest = f" + {len(names) - most}" if len(names) > most else ""
        labels.append(", ".join(names[:most]) + rest)
    return labels


def answers_sentences(answers: Answers) -> tuple[str, str]:
    """Trade-off between the answers, and the sites that stand in all of them."""
    spans = []
    for column in answers.objectives:
        values, title = quantity_axis(column, answers.table[column], answers.totals_of)
        name, _, unit = title.partition(" [")
        ends = (number(float(np.nanmin(values))), number(float(np.nanmax(values))))
        span = " to ".join(dict.fromkeys(ends))  # once where the figures that are shown are equal
        spans.append(f"{name.lower()} {span} {unit.removesuffix(']')}")
    count = len(answers.table)
    what = f"{number(count, 9)} {'answer' if count == 1 else 'answers'}: {'; '.join(spans)}."
    shares = selection_shares(answers)
    always = shares[shares["share"] >= 1.0]
    some = int(((shares["share"] > 0) & (shares["share"] < 1)).sum())
    named = ", ".join(clean(name) for name in always["name"].head(6))
    if len(always) > 6:
        named += f" and {len(always) - 6} more"
    stands = f"Open in all of them: {named}" if named else "No site is open in all of them"
    return what, f"{stands}; open in some: {number(some)} of {number(len(shares), 9)} candidates."


def some_answers(answers: Answers, most: int) -> Answers:
    """At most a number of the answers, spread evenly, the first one among them."""
    count = len(answers.table)
    if count <= most:
        return answers
    places = np.unique(np.linspace(0, count - 1, most - 1).round().astype(int))
    kept = answers.table.index[places].union([answers.first], sort=False)
    table = answers.table.loc[answers.table.index.isin(kept)]
    sites = answers.sites[answers.sites["answer"].isin(kept)]
    return replace(answers, table=table, sites=sites)


def quantity_axis(column: str, values: npt.ArrayLike, basis: str = "") -> tuple[FloatArray, str]:
    """Values in a unit that suits them, and their title with that unit.

    Parameters
    ----------
    column : str
        A metric, or any other column, which keeps its numbers.
    values : array_like, shape (n,)
        In the unit of the column.
    basis : str, optional
        What totals are of, `Answers.totals_of`.
    """
    numbers: FloatArray = np.asarray(values, dtype=float)
    if column not in LIMITED:
        return numbers, key_title(column)
    quantity = LIMITED[column]
    factor, unit = quantity.unit_of(float(np.nanmax(np.abs(numbers), initial=0.0)))
    of = f", {clean(basis)}" if basis else ""
    return numbers / factor, f"{quantity.title} [{unit} a year{of}]"


@dataclass(frozen=True)
class Answers:
    """Answers of one study under changed objectives, limits or numbers.

    Parameters
    ----------
    title, description : str
        Heading of the page, and what was asked.
    table : DataFrame
        Index answer id (str): metrics of a year in their units, gap, and whatever was changed.
    objectives : tuple of str
        Columns of the table that are set against each other.
    sites : DataFrame
        answer, site, name, country, lat, lon, design, it_mw [MW]; one row an open site.
    candidates, demand : DataFrame
        As in `Placement`.
    first : str
        Id of the answer that is shown at first.
    totals_of, tables_of : str
        What the metrics, and the sites, are of where there are several periods or scenarios.
    """

    title: str
    description: str
    table: pd.DataFrame
    objectives: tuple[str, ...]
    sites: pd.DataFrame
    candidates: pd.DataFrame
    demand: pd.DataFrame
    first: str
    totals_of: str = ""
    tables_of: str = ""

    @cached_property
    def titles(self) -> dict[str, str]:
        """Title of each column of the table; of metrics without their unit."""
        columns = list(map(str, self.table.columns))
        metrics = {column: LIMITED[column].title for column in columns if column in LIMITED}
        return metrics | key_titles([c for c in columns if c not in LIMITED], metrics.values())


def check_answers(answers: Answers) -> None:
    """Check that solutions that were read back can be shown.

    Raises
    ------
    ValueError
        Saying what is missing or does not fit.
    """
    table = answers.table
    for name, part in (("answers", table), ("candidates", answers.candidates),
                       ("demand", answers.demand)):  # fmt: skip
        if not (len(part) and part.index.is_unique):
            raise ValueError(f"{name} has no row, or one twice")
    checked("chosen", answers.sites)
    for name in ("candidates", "demand"):
        checked("places", getattr(answers, name))
    if answers.first not in table.index or not set(answers.sites["answer"]) <= set(table.index):
        raise ValueError("a site or the first answer is of no answer in the table")
    for column in (*answers.objectives, *(set(METRICS) & set(table))):
        if column not in table or not pd.api.types.is_numeric_dtype(table[column]):
            raise ValueError(f"{column} is no column of numbers in the table")


#: Table of each kind of folder, and its title.
TABLES = {"front.csv": "front", "alternatives.csv": "alternatives"}
_OTHERS = ("sites.csv", "summary.json", "study.yaml")
#: Columns of the table that say how an answer was found rather than what it is.
_HOW = ("gap_of_range", "audit_passed", "is_knee", "sites")
_SITE = ["answer", "site", "name", "country", "lat", "lon", "design", "it_mw"]


def load_tables(folder: Path, table: str) -> Answers:
    """Read a folder of `siting pareto` or `siting alternatives`; ``table`` is a key of ``TABLES``.

    A `DataError` says that files are missing, all of them together, damaged or edited.
    """
    check_parts(folder, (table, *_OTHERS), "Make the folder again")
    check_unchanged(folder, (table, *_OTHERS), "Make the folder again")
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


def swings(
    table: pd.DataFrame, first: int | str, parameters: Sequence[str], metric: str
) -> pd.DataFrame:
    """Return how far a metric moves when one parameter alone moves.

    Index parameter, the widest swing first: low, high (of the metric, over the base case ``first``
    and the cases that differ from it in this parameter alone), at_low, at_high (value of the
    parameter there). A parameter that never moves alone is left out.
    """
    same = _is_base(table, first, parameters)
    rows = {}
    for parameter in parameters:
        others = [p for p in parameters if p != parameter]
        alone = table[same[others].all(axis=1) & table[metric].notna()]
        if alone[parameter].astype(str).nunique() < 2:
            continue
        ordered = alone.sort_values(metric, kind="stable")
        rows[parameter] = {
            "low": float(ordered[metric].iloc[0]),
            "high": float(ordered[metric].iloc[-1]),
            "at_low": ordered[parameter].iloc[0],
            "at_high": ordered[parameter].iloc[-1],
        }
    swung = pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high", "at_low",
                                                                  "at_high"])  # fmt: skip
    order = np.argsort(-(swung["high"] - swung["low"]).to_numpy(dtype=float), kind="stable")
    return swung.iloc[order]


def moves_alone(answers: Answers, parameters: Sequence[str]) -> pd.Series[bool]:
    """True for each case in which at most one parameter differs from the base case."""
    return (~_is_base(answers.table, answers.first, parameters)).sum(axis=1) <= 1


def _is_base(table: pd.DataFrame, first: int | str, parameters: Sequence[str]) -> pd.DataFrame:
    """True where a parameter of a case has the value of the base case."""
    base = table.loc[first]
    return pd.DataFrame({p: [_is(value, base[p]) for value in table[p]] for p in parameters},
                        index=table.index)  # fmt: skip


def _is(value: object, base: object) -> bool:
    """Return whether two values of a parameter are one; missing is equal to missing."""
    return value == base or (bool(pd.isna(value)) and bool(pd.isna(base)))  # type: ignore[call-overload]
