"""Result folders of studies of many solves: written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from siting.config.derive import tables_basis, totals_basis
from siting.decisions.case import Case
from siting.mip.objectives import solution_of
from siting.mip.program import Outcome
from siting.results import flow_table, site_table
from siting.run import package_versions
from siting.spreadsheet import write_csv

__all__ = ["about", "answer_tables", "write_json", "write_tables"]


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write plain values; a number that is not finite is a bug and raises."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def about(case: Case, kind: str) -> dict[str, Any]:
    """What any summary says first."""
    return {
        "kind": kind,
        "name": case.study.name,
        "totals_of": totals_basis(case.study) or "a typical year",
        "tables_of": tables_basis(case.study) or "a typical year",
        "seed": case.options.seed,
        "versions": package_versions(),
        "slices": len(case.model.coefficients.hours),
        "candidates": len(case.model.coefficients.sites),
        "columns": case.model.problem.numVariables(),
        "rows": case.model.problem.numConstraints(),
    }


def answer_tables(case: Case, answers: Mapping[Any, Outcome], key: str) -> dict[str, pd.DataFrame]:
    """Sites and flows of many answers, each row led by its key.

    Returns
    -------
    dict of str to DataFrame
        ``sites``: the columns of ``placement.csv`` of a run; ``flows``: workload, demand, site,
        it_mw [MW], rtt_ms [ms], rtt_label. Those of the reference state, which a column ``state``
        names where there are several.
    """
    parts: dict[str, list[pd.DataFrame]] = {"sites": [], "flows": []}
    for label, found in answers.items():
        answer = solution_of(case.program, found).shown
        sites = site_table(case.problem, answer, {}).rename_axis("id").reset_index()
        for name, table in (("sites", sites), ("flows", flow_table(case.problem, answer))):
            table.insert(0, key, label)
            if basis := tables_basis(case.study):
                table["state"] = basis
            parts[name].append(table)
    return {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each table as Parquet and as CSV."""
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
        write_csv(table, folder / f"{name}.csv")
