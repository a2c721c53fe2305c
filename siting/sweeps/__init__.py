"""Sweeps: one study solved again and again with other values of its keys."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import UNREAD_BY_PHYSICS, content_hash
from siting.config import Study, study_from_mapping
from siting.errors import InfeasibleError, InputError, NoAnswerError, SitingError
from siting.files.folders import KeyedFiles
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.run import solve_study
from siting.run.many import Reuse, problem_inputs, task_runner
from siting.status import Tell
from siting.sweeps.cases import FLOW_COLUMNS, SITE_COLUMNS, Case, SweepResult, cases_of, result_of
from siting.sweeps.plan import Plan, plan_from_over

__all__ = [
    "FAILURES",
    "Done",
    "Store",
    "Task",
    "is_record",
    "plan_from_over",
    "solve_case",
    "sweep",
]


#: What a case without an answer is called, and the error that says so.
FAILURES: Mapping[type[Exception], str] = {
    InfeasibleError: "infeasible",
    NoAnswerError: "no_answer",
    InputError: "bad_input",
    SitingError: "failed",
}
Record = dict[str, Any]


@cache
def _catalogue(folder: str) -> Catalogue:
    """The tables, read once in a process."""
    return load_catalogue(folder or None)


@cache
def _reuse() -> Reuse:
    """Reuse between the cases of a process."""
    return Reuse()


def solve_case(task: tuple[int, Record], folder: str) -> tuple[int, Record]:
    """Solve a case of an index and a resolved study, with tables of a folder or the built-in ones.

    The record has status, reason, gap, bound, objective, metrics, audit_passed, warnings (what a
    solve says beside its progress), sites, flows, and seconds.
    """
    index, data = task
    return index, _solve(study_from_mapping(data), folder)


def _solve(study: Study, folder: str) -> Record:
    start, said = time.perf_counter(), list[str]()

    def tell(now: object) -> None:
        if isinstance(now, str):
            said.append(now)

    try:
        placement = solve_study(
            study, catalogue=_catalogue(folder), reuse=_reuse(), progress=tell
        )  # fmt: skip
        record = _record(placement)
    except Exception as error:  # a bug in one case must not lose the others; its row names it
        names = (name for kind, name in FAILURES.items() if isinstance(error, kind))
        reason = (
            str(error) if isinstance(error, SitingError) else f"{type(error).__name__}: {error}"
        )
        record = {"status": next(names, "error"), "reason": reason}
    return {**record, "warnings": said, "seconds": time.perf_counter() - start}


def _record(placement: Placement) -> Record:
    sites = placement.sites[SITE_COLUMNS[2:]].rename_axis("site").reset_index()
    return {
        "status": str(placement.status),
        "reason": "",
        "objective": placement.objective,
        "bound": placement.bound,
        "gap": placement.gap,
        "audit_passed": bool(placement.audit and placement.audit["passed"]),
        "metrics": dict(placement.metrics),
        "sites": sites.to_dict("records"),
        "flows": placement.flows[FLOW_COLUMNS[1:]].to_dict("records"),
    }


#: Index of a case, and its study or its record as plain data.
Task = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Done:
    """Progress of a sweep.

    Parameters
    ----------
    done, cases : int
        Cases with a row, and all of them.
    known : int
        Cases that were read from the store.
    seconds : float
        Since the start. [s]
    """

    done: int
    cases: int
    known: int
    seconds: float

    @property
    def rate_per_s(self) -> float:
        """Cases solved a second, those that were known not counted. [1/s]."""
        return (self.done - self.known) / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float:
        """Time left at that rate; infinite before the first case. [s]."""
        rate = self.rate_per_s
        return (self.cases - self.done) / rate if rate > 0 else float("inf")

    def __str__(self) -> str:
        left = f", {self.left_s:.0f} s left" if math.isfinite(self.left_s) else ""
        return f"{self.done} of {self.cases} cases, {60 * self.rate_per_s:.1f} a minute{left}"


def sweep(
    study: Study,
    plan: Plan,
    *,
    store: Path | str | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    catalogue: Catalogue | None = None,
    progress: Tell | None = None,
    begin: Callable[[], None] | None = None,
) -> SweepResult:
    """Solve every case of a plan.

    The rows are the same for any number of workers, on a cluster, and after any interruption: the
    answer of a case depends on its study alone. Raises `InputError` if the plan does not fit the
    study, or no scheduler answers.

    Parameters
    ----------
    store : path, optional
        Folder in which answers are kept and looked up, by the hash of the version, the tables and
        the resolved study. Without it nothing outlives the call.
    workers : int, default 1
        Processes of this machine.
    scheduler : str, optional
        Address of a Dask scheduler to use instead, e.g. ``tcp://10.0.0.1:8786``. Its workers need
        the same version of siting, and the files that the study names at the same paths.
    progress : callable, optional
        Called with a `Done` whenever cases are done, and with what the first case says that has
        warnings, such as that its slices are too coarse.
    begin : callable, optional
        Called once the plan is known to fit the study, before anything is kept or solved.

    Returns
    -------
    SweepResult
        One row a case; a case without an answer says why.
    """
    start = time.monotonic()
    folder = "" if catalogue is None else str(catalogue.folder)
    catalogue = catalogue or load_catalogue()
    cases = cases_of(study, plan, catalogue)
    with task_runner(workers=workers, scheduler=scheduler) as run:
        if begin is not None:
            begin()
        kept = Store(Path(store)) if store is not None else None
        records = {case.index: found for case in cases if (found := _known(case, kept)) is not None}
        known, warned = len(records), list[int]()
        by_index = {case.index: case for case in cases}
        todo = _ordered([case for case in cases if case.index not in records], catalogue)

        def tell() -> None:
            if progress:
                progress(Done(len(records), len(cases), known, time.monotonic() - start))

        def warn(index: int) -> None:
            words = records[index].get("warnings", ())
            if progress and words and not warned:
                warned.append(index)
                progress(f"case {index}: {words[0]}")

        tell()
        for index in records:
            warn(index)
        # An interrupt ends the workers' tasks too.
        with closing(run(partial(solve_case, folder=folder), todo)) as answers:
            for index, record in answers:
                records[index] = record
                if kept is not None:
                    kept.put(by_index[index].key, record)
                warn(index)
                tell()
    for case in cases:  # cases of one study have one answer
        records.setdefault(case.index, records[_first_like(case, cases).index])
    return result_of(study, plan, cases, records, catalogue)


def _known(case: Case, kept: Store | None) -> dict[str, Any] | None:
    if case.study is None:
        return {"status": "bad_input", "reason": case.reason}
    return None if kept is None else kept.get(case.key)


def _first_like(case: Case, cases: list[Case]) -> Case:
    return next(other for other in cases if other.key == case.key)


def _ordered(cases: list[Case], catalogue: Catalogue) -> list[Task]:
    """Different studies, those that share most stages next to one another."""
    different = list({case.key: case for case in reversed(cases)}.values())
    ordered = sorted(different, key=lambda case: _neighbourhood(case, catalogue))
    return [(case.index, case.study.to_mapping()) for case in ordered if case.study is not None]


def _neighbourhood(case: Case, catalogue: Catalogue) -> tuple[str, str, str, int]:
    """Cases next to one another in this order share physics, then rows, then numbers."""
    study = case.study
    if study is None:
        return ("", "", "", case.index)
    physics = study.model_dump(mode="json", exclude=UNREAD_BY_PHYSICS)
    rows = study.model_dump(mode="json", include={"candidates", "demand", "limits"})
    numbers = content_hash(problem_inputs(study, catalogue))
    return content_hash(physics), content_hash(rows), numbers, case.index


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
