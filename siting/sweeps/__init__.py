"""Sweeps: one study solved again and again with other values of its keys, and their folder.

While a sweep runs its folder holds ``sweep.json`` (study and plan) and ``store/``; when it is done
also ``summary.json``, ``cases.parquet``, ``sites.parquet``, ``flows.parquet``, ``indices.csv``,
``study.yaml``, ``answers.json`` for the page, and pictures. A sweep that was interrupted is resumed
there.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import UNREAD_BY_PHYSICS, content_hash
from siting.coefficients.sets import chosen_regions, chosen_sites, demand_mw
from siting.config import Study, study_from_mapping
from siting.config.study import tables_basis, totals_basis
from siting.errors import Fault, InfeasibleError, InputError, NoAnswerError, SitingError, StudyError
from siting.files.folders import check_folder, new_folder, written_by
from siting.files.spreadsheets import write_csv
from siting.placement import Placement
from siting.report.data import plain_title
from siting.report.data.answers import Answers
from siting.run import solve_study
from siting.run.many import Reuse, problem_inputs, task_runner
from siting.status import Tell
from siting.sweeps.cases import (
    FLOW_COLUMNS,
    SITE_COLUMNS,
    Case,
    Store,
    SweepResult,
    cases_of,
    result_of,
)
from siting.sweeps.plan import Plan, plan_from_over

__all__ = [
    "FAILURES",
    "Done",
    "Task",
    "plan_from_over",
    "solve_case",
    "sweep",
    "sweep_folder",
    "write_sweep",
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


BEGUN, FINISHED, STORE = "sweep.json", "summary.json", "store"


def sweep_folder(
    study: Study,
    plan: Plan,
    out: Path,
    *,
    catalogue: Catalogue,
    resume: bool = False,
    workers: int = 1,
    scheduler: str | None = None,
    store: Path | None = None,
    progress: Tell | None = None,
) -> SweepResult:
    """Run a sweep, with arguments of `siting.sweeps.sweep`, into a folder.

    Parameters
    ----------
    resume : bool, default False
        Go on with the sweep that was begun there.
    store : path, optional
        Folder for the answers that other sweeps may share; ``out/store`` by default.

    Raises
    ------
    siting.errors.StudyError
        If the folder holds a sweep of another study or plan, or any without ``resume``, or the
        plan does not fit the study; then nothing is written.
    siting.errors.DataError
        If the folder holds anything else, or its sweep was changed since it was written.
    """
    is_begun = _is_begun(out, _begun(study, plan), resume)

    def begin() -> None:
        if not is_begun:
            with new_folder(out, "sweep") as new:
                (new / BEGUN).write_text(_begun(study, plan), encoding="utf-8")

    result = sweep(study, plan, store=store or out / STORE, workers=workers, scheduler=scheduler,
                   catalogue=catalogue, progress=progress, begin=begin)  # fmt: skip
    write_sweep(result, out)
    return result


def _begun(study: Study, plan: Plan) -> str:
    return json.dumps({"study": study.to_mapping(), "plan": plan.to_mapping()}, ensure_ascii=False)


def _is_begun(out: Path, begun: str, resume: bool) -> bool:
    """Return whether a folder holds this very sweep; else nothing, or an error is raised."""

    def refuse(problem: str, remedy: str) -> StudyError:
        return StudyError([Fault("--out", None, str(out), problem, remedy)])

    check_folder(out, "sweep")
    if written_by(out) is None:
        return False
    if not (out / BEGUN).is_file() or (out / BEGUN).read_text(encoding="utf-8") != begun:
        raise refuse("holds a sweep of another study or plan", "Name another folder.")
    if not resume:
        finished = (out / FINISHED).is_file()
        state = "finished sweep" if finished else "sweep that was not finished"
        raise refuse(f"holds a {state}", "Add --resume, or name another folder.")
    return True


def write_sweep(result: SweepResult, out: Path) -> None:
    """Write every file of a finished sweep, the summary last; what is stored there stays.

    The folder is new, empty, or that of a sweep.
    """
    # Drawing is imported where something is drawn: a worker of a sweep never draws.
    from siting.report.folder import save_answers
    from siting.report.pictures import sweep_figures

    with new_folder(out, "sweep", keep=True) as new:
        (new / BEGUN).write_text(_begun(result.study, result.plan), encoding="utf-8")
        result.table.to_parquet(new / "cases.parquet")
        result.sites.to_parquet(new / "sites.parquet", index=False)
        result.flows.to_parquet(new / "flows.parquet", index=False)
        write_csv(result.indices, new / "indices.csv")
        (new / "study.yaml").write_text(result.study.to_yaml(), encoding="utf-8")
        sweep_figures(result, new)
        if not result.sites.empty:
            save_answers(
                _answers(result, result.catalogue or load_catalogue()), new, kind="sweep",
                parameters=result.plan.paths,
                indices=None if result.indices.empty else result.indices,
            )  # fmt: skip
        summary = json.dumps(result.summary(), indent=1, ensure_ascii=False) + "\n"
        (new / FINISHED).write_text(summary, encoding="utf-8")


def _answers(result: SweepResult, catalogue: Catalogue) -> Answers:
    """The sweep as the page wants it: only cases with an answer."""
    study = result.study
    joined, ids = chosen_sites(study, catalogue)
    regions = chosen_regions(study, joined)
    answered = result.table[result.table["gap"].notna()]
    names = {case: str(case) for case in answered.index}
    return Answers(
        title=f"{study.name}: sweep",
        description=" ".join([study.description.strip(), *_unanswered(result.table)]),
        table=answered.drop(columns=["reason", "warnings", "open_sites", "site_it_mw"]).rename(
            index=names
        ),
        objectives=result.plan.metrics,
        sites=result.sites.assign(answer=result.sites["case"].map(names)).drop(columns="case"),
        candidates=joined.candidates.loc[list(ids)],
        demand=regions.assign(it_mw=demand_mw(study, regions).sum(axis=0)),
        first=str(answered.index[0]),
        totals_of=totals_basis(study),
        tables_of=tables_basis(study),
    )


def _unanswered(table: pd.DataFrame) -> Iterator[str]:
    """Cases without a placement, by why, in a sentence; none where all have one."""
    without = table[table["gap"].isna()]
    if len(without):
        counts = without["status"].astype(str).groupby(without["status"], sort=False).size()
        why = ", ".join(f"{count} {plain_title(str(s)).lower()}" for s, count in counts.items())
        yield (f"{len(without)} of {len(table)} cases have no placement ({why}); "
               "cases.parquet has them with the reason.")  # fmt: skip
