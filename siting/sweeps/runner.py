"""Runs the cases of a plan: what is known is read, the rest is solved, neighbours together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import UNREAD_BY_PHYSICS
from siting.coefficients.cache_keys import content_hash
from siting.config import Study
from siting.reuse import problem_inputs
from siting.sweeps.cases import Case, cases_of
from siting.sweeps.plan import Plan
from siting.sweeps.result import SweepResult, result_of
from siting.sweeps.store import Store
from siting.sweeps.workers import Task, solve_all

__all__ = ["Done", "sweep"]


@dataclass(frozen=True)
class Done:
    """How far a sweep is.

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


def sweep(
    study: Study,
    plan: Plan,
    *,
    store: Path | str | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    catalogue: Catalogue | None = None,
    progress: Callable[[Done], None] | None = None,
) -> SweepResult:
    """Solve every case of a plan.

    The rows are the same for any number of workers, on a cluster, and after any interruption: the
    answer of a case depends on its study alone.

    Parameters
    ----------
    study : Study
        The base case.
    plan : Plan
        What is changed.
    store : path, optional
        Folder in which answers are kept and looked up, by the hash of the version, the tables and
        the resolved study. Without it nothing outlives the call.
    workers : int, default 1
        Processes of this machine.
    scheduler : str, optional
        Address of a Dask scheduler to use instead, e.g. ``tcp://10.0.0.1:8786``. Its workers need
        the same version of siting, and the files that the study names at the same paths.
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    progress : callable, optional
        Called with a `Done` whenever cases are done.

    Returns
    -------
    SweepResult
        One row a case; a case without an answer says why.

    Raises
    ------
    siting.errors.InputError
        If the plan does not fit the study, or no scheduler answers.
    """
    start = time.monotonic()
    folder = "" if catalogue is None else str(catalogue.folder)
    catalogue = catalogue or load_catalogue()
    cases = cases_of(study, plan, catalogue)
    kept = Store(Path(store)) if store is not None else None
    records = {case.index: found for case in cases if (found := _known(case, kept)) is not None}
    known = len(records)
    by_index = {case.index: case for case in cases}
    todo = _ordered([case for case in cases if case.index not in records], catalogue)

    def tell() -> None:
        if progress:
            progress(Done(len(records), len(cases), known, time.monotonic() - start))

    tell()
    for index, record in solve_all(todo, folder, workers=workers, scheduler=scheduler):
        records[index] = record
        if kept is not None:
            kept.put(by_index[index].key, record)
        tell()
    for case in cases:  # cases of one study have one answer
        records.setdefault(case.index, records[_first_like(case, cases).index])
    return result_of(study, plan, cases, records)


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
