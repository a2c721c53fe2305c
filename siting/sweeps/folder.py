"""The folder of a sweep, resumed after an interruption, and its pictures.

While it runs the folder holds ``sweep.json`` (study and plan) and ``store/``; when it is done also
``summary.json``, ``cases.parquet``, ``sites.parquet``, ``flows.parquet``, ``indices.csv``,
``study.yaml``, ``answers.json`` for the page, and pictures.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from siting.catalogue import Catalogue
from siting.coefficients.demand import chosen_regions, chosen_sites, demand_mw
from siting.config import Study
from siting.config.study import tables_basis, totals_basis
from siting.errors import Fault, StudyError
from siting.files.folders import check_folder, new_folder, written_by
from siting.report.data.answers import Answers
from siting.report.folder import save_answers
from siting.sweeps.figures import sweep_figures
from siting.sweeps.plan import Plan
from siting.sweeps.result import SweepResult
from siting.sweeps.runner import Done, sweep

__all__ = [
    "BEGUN",
    "sweep_folder",
]

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
    progress: Callable[[Done], None] | None = None,
) -> SweepResult:
    """Run a sweep into a folder.

    Parameters
    ----------
    study, plan, catalogue, workers, scheduler, progress
        As for `siting.sweep`.
    out : path
        The folder.
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
    begun = json.dumps({"study": study.to_mapping(), "plan": plan.to_mapping()}, ensure_ascii=False)
    is_begun = _is_begun(out, begun, resume)

    def begin() -> None:
        if not is_begun:
            with new_folder(out, "sweep") as new:
                (new / BEGUN).write_text(begun, encoding="utf-8")

    result = sweep(study, plan, store=store or out / STORE, workers=workers, scheduler=scheduler,
                   catalogue=catalogue, progress=progress, begin=begin)  # fmt: skip
    _finish(result, catalogue, out)
    return result


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


def _finish(result: SweepResult, catalogue: Catalogue, out: Path) -> None:
    """Every file of a finished sweep, the summary last."""
    with new_folder(out, "sweep", keep=True) as new:
        result.save(new)
        (new / "study.yaml").write_text(result.study.to_yaml(), encoding="utf-8")
        sweep_figures(result, new)
        if not result.sites.empty:
            save_answers(
                _answers(result, catalogue), new, kind="sweep", parameters=result.plan.paths,
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
        description=study.description.strip(),
        table=answered.drop(columns=["reason", "open_sites", "site_it_mw"]).rename(index=names),
        objectives=result.plan.metrics,
        sites=result.sites.assign(answer=result.sites["case"].map(names)).drop(columns="case"),
        candidates=joined.candidates.loc[list(ids)],
        demand=regions.assign(it_mw=demand_mw(study, regions).sum(axis=0)),
        first=str(answered.index[0]),
        totals_of=totals_basis(study),
        tables_of=tables_basis(study),
    )
