"""The cases of a sweep as studies, their solutions on disk, and the rows they come to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from siting.catalogue import Catalogue
from siting.coefficients.build import content_hash, study_files
from siting.config import Study, study_from_mapping
from siting.config.study import tables_basis, totals_basis
from siting.config.yaml_text import parse_path
from siting.errors import Fault, StudyError
from siting.files.folders import KeyedFiles
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.placement.notebook import Picture
from siting.run import solve_study
from siting.sweeps.plan import METHODS, Plan, case_values, sensitivity

__all__ = ["FLOW_COLUMNS", "SITE_COLUMNS", "Case", "Store", "SweepResult", "cases_of", "is_record",
           "result_of"]  # fmt: skip


#: What an answer depends on besides the study and the tables.
_PACKAGES = ("siting", "pulp", "highspy", "numpy")


@dataclass(frozen=True)
class Case:
    """One study of a sweep.

    Parameters
    ----------
    index : int
        Place in the plan; 0 is the base case.
    values : mapping
        Keys that the case sets.
    study : Study or None
        Resolved; None where the values are not allowed.
    reason : str
        Why there is no study.
    key : str
        Hash of the version, the tables, the files and the resolved study.
    """

    index: int
    values: dict[str, Any]
    study: Study | None
    reason: str
    key: str


def cases_of(study: Study, plan: Plan, catalogue: Catalogue) -> list[Case]:
    """Every case of a plan; a case whose values are not allowed has its reason.

    Raises `StudyError` if the study does not have a key of the plan, or none of the values of one
    is allowed: all such keys together.
    """
    base = study.to_mapping()
    _check_factors(base, plan)
    stamp = [{name: version(name) for name in _PACKAGES}, catalogue.sha256]
    return [_case(i, base, values, stamp) for i, values in enumerate(case_values(plan))]


def _study(base: dict[str, Any], values: dict[str, Any]) -> Study:
    return study_from_mapping(base, [f"{path}={json.dumps(v)}" for path, v in values.items()])


def _check_factors(base: dict[str, Any], plan: Plan) -> None:
    faults: list[Fault] = []
    for factor in plan.factors:
        found = [_faults(base, factor.path, value) for value in factor.levels()]
        if all(found):
            faults += [Fault("sweep", None, f"over.{f.key}", f.problem, f.remedy) for f in found[0]]
        elif _is_overwritten(base, factor.path):
            problem = "changes nothing: every period or every scenario sets it"
            remedy = "Leave it out of their set, or sweep over another key."
            faults.append(Fault("sweep", None, f"over.{factor.path}", problem, remedy))
    if faults:
        raise StudyError(faults)


def _is_overwritten(base: dict[str, Any], path: str) -> bool:
    """Test whether every period, or every scenario, sets a key anew."""
    parts = base["periods"], base["scenarios"]["cases"]
    return any(part and all(path in each["set"] for each in part) for part in parts)


def _faults(base: dict[str, Any], path: str, value: Any) -> Sequence[Fault]:
    try:
        _study(base, {path: value})
    except StudyError as error:
        return error.faults
    return ()


def _case(index: int, base: dict[str, Any], values: dict[str, Any], stamp: list[Any]) -> Case:
    try:
        study = _study(base, values)
    except StudyError as error:
        return Case(index, values, None, str(error), content_hash(stamp, base, values))
    return Case(
        index, values, study, "", content_hash(stamp, study.to_mapping(), study_files(study))
    )


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Site(_Strict):
    site: str
    name: str
    country: str
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    design: str
    modules: int
    installed_mw: FiniteFloat
    it_mw: FiniteFloat
    pue: FiniteFloat
    wue_l_per_kwh: FiniteFloat
    energy_mwh: FiniteFloat
    carbon_t_co2e: FiniteFloat
    water_m3: FiniteFloat
    cost_usd: FiniteFloat


class _Flow(_Strict):
    workload: str
    demand: str
    site: str
    it_mw: FiniteFloat
    rtt_ms: FiniteFloat


class _Answer(_Strict):
    status: Literal["optimal", "gap_limit", "time_limit", "interrupted"]
    reason: str
    objective: FiniteFloat
    bound: float
    gap: float = Field(ge=0)
    audit_passed: bool
    warnings: list[str] = []
    metrics: dict[str, FiniteFloat]
    sites: list[_Site] = Field(min_length=1)
    flows: list[_Flow] = Field(min_length=1)


class _NoAnswer(_Strict):
    # An error may not come again, so that such a case is solved once more.
    status: Literal["infeasible", "no_answer", "bad_input"]
    reason: str = Field(min_length=1)


_RECORD: TypeAdapter[_Answer | _NoAnswer] = TypeAdapter(_Answer | _NoAnswer)
SITE_COLUMNS = ["case", *_Site.model_fields]
FLOW_COLUMNS = ["case", *_Flow.model_fields]


def is_record(data: object) -> bool:
    """Return whether plain data is the record of a case that need not be solved again.

    True for a placement with all its metrics, sites and flows, and for the reason why there is
    none; False for anything less, which no table may show as an answer.
    """
    try:
        record = _RECORD.validate_python(data)
    except ValidationError:
        return False
    return isinstance(record, _NoAnswer) or set(record.metrics) == set(METRICS)


class Store:
    """Records by key, one file each.

    Parameters
    ----------
    folder : path
        Made if it is not there; sweeps may share it.
    """

    def __init__(self, folder: Path) -> None:
        self._files = KeyedFiles(folder, ".json")

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of a key; None where there is none, it is damaged or it holds no answer."""
        content = self._files.read(key)
        try:
            record: dict[str, Any] = json.loads(content or b"")
        except (ValueError, RecursionError):
            return None
        return record if is_record(record) else None

    def put(self, key: str, record: dict[str, Any]) -> None:
        """Keep a record."""
        self._files.write(key, json.dumps(record, ensure_ascii=False))


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
        audit_passed, warnings (sentences), the six metrics in their units, open_sites (ids) and
        site_it_mw [MW] in the same order. A case without an answer has a status that says why, and
        a reason.
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
    #: The tables that were read.
    catalogue: Catalogue | None = field(default=None, repr=False, compare=False)

    @property
    def placements(self) -> Mapping[int, Placement]:
        """Placement of each case that has one, solved again when it is asked for.

        A sweep keeps the rows of its tables alone. What a solve finds depends on the study, so that
        it is the same again, unless a time limit ended it.
        """
        return _Placements(self)

    @property
    def failed(self) -> pd.DataFrame:
        """Cases without an answer."""
        return self.table[self.table["gap"].isna()]

    def summary(self) -> dict[str, Any]:
        """Summary of the sweep and how it ended, as plain values."""
        counts = self.table["status"].value_counts().sort_index()
        changed = self.sites.groupby("case")["site"].agg(frozenset)
        return {
            "name": self.study.name,
            "totals_of": totals_basis(self.study) or "a typical year",
            "tables_of": tables_basis(self.study) or "a typical year",
            "cases": len(self.table),
            "statuses": {str(k): int(v) for k, v in counts.items()},
            "audits_failed": int((~self.table["audit_passed"] & self.table["gap"].notna()).sum()),
            "with_warnings": int((self.table["warnings"] != "").sum()),
            "site_sets": int(changed.nunique()),
            "plan": self.plan.to_mapping(),
            "without_indices": [
                m for m in self._analysed() if m not in set(self.indices["metric"])
            ],
        }

    def _analysed(self) -> Sequence[str]:
        return self.plan.metrics if self.plan.method in ("sobol", "morris") else ()

    def plot(self, metrics: Sequence[str] = ()) -> Picture:
        """Chart of the plan, a panel a metric: swings, indices, or each against the first key."""
        from siting.report.pictures import sweep_picture

        return sweep_picture(self, tuple(metrics) or self.plan.metrics)

    def _repr_html_(self) -> str:
        """Counts and picture, for a notebook."""
        facts = self.summary()
        states = ", ".join(f"{count} {status}" for status, count in facts["statuses"].items())
        words = f"{self.study.name}: {facts['cases']} cases ({states})"
        picture = "" if self.sites.empty else self.plot().html()
        return f"<div><p>{escape(words)}</p>{picture}</div>"

    def save(self, folder: Path | str) -> None:
        """Write the folder of the sweep, whole or not at all."""
        from siting.sweeps import write_sweep

        write_sweep(self, Path(folder))


class _Placements(Mapping[int, Placement]):
    """Placements of the cases of a sweep by case, each solved when it is first asked for."""

    def __init__(self, result: SweepResult) -> None:
        self._result, self._found = result, dict[int, Placement]()
        self._cases = [int(case) for case in result.table.index[result.table["gap"].notna()]]

    def __getitem__(self, case: int) -> Placement:
        if case not in self._cases:
            raise KeyError(case)
        if case not in self._found:
            values = [*case_values(self._result.plan)][case]
            study = _study(self._result.study.to_mapping(), values)
            self._found[case] = solve_study(study, catalogue=self._result.catalogue)
        return self._found[case]

    def __iter__(self) -> Iterator[int]:
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)


def result_of(
    study: Study,
    plan: Plan,
    cases: Sequence[Case],
    records: Mapping[int, Mapping[str, Any]],
    catalogue: Catalogue | None = None,
) -> SweepResult:
    """The rows of the cases, in the order of the plan."""
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
        sites=_long(cases, records, "sites", SITE_COLUMNS),
        flows=_long(cases, records, "flows", FLOW_COLUMNS),
        indices=sensitivity(plan, values if sampled else {}),
        catalogue=catalogue,
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
        "warnings": "; ".join(record.get("warnings", ())),
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
