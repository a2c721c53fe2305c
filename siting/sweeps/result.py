"""The rows of a sweep, and the folder that they are written to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.config import Study
from siting.config.study import tables_basis, totals_basis
from siting.config.yaml_text import parse_path
from siting.files.spreadsheets import write_csv
from siting.nomenclature import METRICS
from siting.placement.notebook import Picture
from siting.sweeps.cases import Case
from siting.sweeps.plan import METHODS, Plan, sensitivity

__all__ = ["SweepResult", "result_of"]

_SITE_COLUMNS = ["case", "site", "name", "country", "lat", "lon", "design", "modules",
                 "installed_mw", "it_mw", "pue", "wue_l_per_kwh", "energy_mwh", "carbon_t_co2e",
                 "water_m3", "cost_usd"]  # fmt: skip
_FLOW_COLUMNS = ["case", "workload", "demand", "site", "it_mw", "rtt_ms"]


@dataclass(frozen=True)
class SweepResult:
    """Result of a sweep.

    Parameters
    ----------
    study : Study
        The base case.
    plan : Plan
        What was changed.
    table : DataFrame
        Index case, 0 the base: a column for each key (the value that was in force, as JSON text
        where it is neither a number nor text), status, reason, gap [-], objective, bound,
        audit_passed, the six metrics in their units, open_sites (ids) and site_it_mw [MW] in the
        same order. A case without an answer has a status that says why, and a reason.
    sites : DataFrame
        One row a case and open site, as in `Placement.sites`.
    flows : DataFrame
        case, workload, demand, site, it_mw [MW], rtt_ms [ms].
    indices : DataFrame
        As `sensitivity` gives them; empty unless the plan is Sobol or Morris.
    """

    study: Study
    plan: Plan
    table: pd.DataFrame
    sites: pd.DataFrame
    flows: pd.DataFrame
    indices: pd.DataFrame

    @property
    def failed(self) -> pd.DataFrame:
        """Cases without an answer."""
        return self.table[self.table["gap"].isna()]

    def summary(self) -> dict[str, Any]:
        """Return what was run and how it ended, as plain values."""
        counts = self.table["status"].value_counts().sort_index()
        changed = self.sites.groupby("case")["site"].agg(frozenset)
        return {
            "name": self.study.name,
            "totals_of": totals_basis(self.study) or "a typical year",
            "tables_of": tables_basis(self.study) or "a typical year",
            "cases": len(self.table),
            "statuses": {str(k): int(v) for k, v in counts.items()},
            "site_sets": int(changed.nunique()),
            "plan": self.plan.to_mapping(),
            "without_indices": [
                m for m in self._analysed() if m not in set(self.indices["metric"])
            ],
        }

    def _analysed(self) -> Sequence[str]:
        return self.plan.metrics if self.plan.method in ("sobol", "morris") else ()

    def plot(self, metrics: Sequence[str] = ()) -> Picture:
        """Chart of the plan: swings, indices, or each metric against the first key.

        Parameters
        ----------
        metrics : sequence of str
            Metrics to draw, a panel each; those of the plan by default.
        """
        from siting.sweeps.folder import sweep_picture

        return sweep_picture(self, tuple(metrics) or self.plan.metrics)

    def _repr_html_(self) -> str:
        """Counts and picture, for a notebook."""
        facts = self.summary()
        states = ", ".join(f"{count} {status}" for status, count in facts["statuses"].items())
        words = f"{self.study.name}: {facts['cases']} cases ({states})"
        picture = "" if self.sites.empty else self.plot().html()
        return f"<div><p>{escape(words)}</p>{picture}</div>"

    def save(self, folder: Path) -> None:
        """Write the tables into a folder that exists."""
        self.table.to_parquet(folder / "cases.parquet")
        self.sites.to_parquet(folder / "sites.parquet", index=False)
        self.flows.to_parquet(folder / "flows.parquet", index=False)
        write_csv(self.indices, folder / "indices.csv")


def result_of(
    study: Study, plan: Plan, cases: Sequence[Case], records: Mapping[int, Mapping[str, Any]]
) -> SweepResult:
    """The rows of the cases, in the order of the plan.

    Parameters
    ----------
    study : Study
        The base case.
    plan : Plan
        The plan.
    cases : sequence of Case
        All cases.
    records : mapping of int to mapping
        Record of each, as `solve_case` gives it.
    """
    base = {path: _value_at(study.to_mapping(), path) for path in plan.paths}
    rows = pd.DataFrame([_row(case, base, records[case.index]) for case in cases])
    for path in plan.paths:
        rows[path] = _column(rows[path].tolist())
    table = rows.set_index("case")
    points = table.iloc[1:]
    values = {m: points[m].to_numpy(dtype=float) for m in plan.metrics}
    sampled = METHODS[plan.method]
    return SweepResult(
        study=study,
        plan=plan,
        table=table,
        sites=_long(cases, records, "sites", _SITE_COLUMNS),
        flows=_long(cases, records, "flows", _FLOW_COLUMNS),
        indices=sensitivity(plan, values if sampled else {}),
    )


def _value_at(data: Any, path: str) -> Any:
    for step in parse_path(path):
        if isinstance(data, list) and isinstance(step, str):
            data = next((item for item in data if item.get("name") == step), None)
        elif isinstance(data, list):
            data = data[int(step)] if int(step) < len(data) else None
        else:
            data = (data or {}).get(step)
    return data


def _row(case: Case, base: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    sites = record.get("sites", [])
    missing = dict.fromkeys(METRICS, np.nan)
    return {
        "case": case.index,
        **{path: case.values.get(path, value) for path, value in base.items()},
        "status": record["status"],
        "reason": record["reason"],
        "gap": record.get("gap", np.nan),
        "objective": record.get("objective", np.nan),
        "bound": record.get("bound", np.nan),
        "audit_passed": record.get("audit_passed", False),
        **{m: record.get("metrics", missing)[m] for m in METRICS},
        "open_sites": [site["site"] for site in sites],
        "site_it_mw": [float(site["it_mw"]) for site in sites],
    }


def _column(values: list[Any]) -> list[Any]:
    """Values of one type: numbers, or text."""
    if all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values):
        return [np.nan if v is None else float(v) for v in values]
    return [v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values]


def _long(
    cases: Sequence[Case],
    records: Mapping[int, Mapping[str, Any]],
    part: str,
    columns: Sequence[str],
) -> pd.DataFrame:
    rows = [
        {"case": case.index, **row} for case in cases for row in records[case.index].get(part, ())
    ]
    return pd.DataFrame(rows, columns=list(columns))
