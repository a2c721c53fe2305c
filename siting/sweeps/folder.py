"""A sweep in a folder: begun, gone on with after a kill, finished.

While it runs the folder holds ``sweep.json`` (study and plan) and ``store/``; when it is done also
``summary.json``, ``cases.parquet``, ``sites.parquet``, ``flows.parquet``, ``indices.csv``,
``study.yaml``, ``answers.json`` for the page, and pictures.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from siting.catalogue import Catalogue
from siting.coefficients.choice import chosen_regions, chosen_sites
from siting.coefficients.demand import demand_mw
from siting.config import Study
from siting.errors import Fault, StudyError
from siting.report.answers import Answers
from siting.report.answers_files import save_answers
from siting.sweeps.engine import Done, sweep
from siting.sweeps.figures import sweep_figures
from siting.sweeps.plan import Plan
from siting.sweeps.result import SweepResult
from siting.sweeps.store import write_atomic

__all__ = ["BEGUN", "sweep_folder"]

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
        If the folder is not a sweep, or is one of another study or plan.
    """
    begun = {"study": study.to_mapping(), "plan": plan.to_mapping()}
    _check(out, json.dumps(begun, ensure_ascii=False), resume)
    out.mkdir(parents=True, exist_ok=True)
    if not resume:
        shutil.rmtree(out / STORE, ignore_errors=True)
    (out / FINISHED).unlink(missing_ok=True)
    write_atomic(out / BEGUN, json.dumps(begun, ensure_ascii=False))
    result = sweep(study, plan, store=store or out / STORE, workers=workers, scheduler=scheduler,
                   catalogue=catalogue, progress=progress)  # fmt: skip
    _finish(result, catalogue, out)
    return result


def _check(out: Path, begun: str, resume: bool) -> None:
    def refuse(problem: str, remedy: str) -> StudyError:
        return StudyError([Fault("--out", None, str(out), problem, remedy)])

    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / BEGUN).is_file():
        raise refuse("is there and is not a sweep", "Name another folder.")
    same = (out / BEGUN).read_text(encoding="utf-8") == begun
    if resume and not same:
        raise refuse("holds a sweep of another study or plan", "Name another folder.")
    if not resume and not (out / FINISHED).is_file():
        raise refuse("holds a sweep that was not finished", "Add --resume, or name another folder.")


def _finish(result: SweepResult, catalogue: Catalogue, out: Path) -> None:
    """Every file of a finished sweep, the summary last."""
    with tempfile.TemporaryDirectory(dir=out, prefix=".finish-") as scratch:
        made = Path(scratch)
        result.save(made)
        (made / "study.yaml").write_text(result.study.to_yaml(), encoding="utf-8")
        sweep_figures(result, made)
        if not result.sites.empty:
            save_answers(
                _answers(result, catalogue), made, kind="sweep", parameters=result.plan.paths,
                indices=None if result.indices.empty else result.indices,
            )  # fmt: skip
        for path in made.iterdir():
            os.replace(path, out / path.name)
    write_atomic(out / FINISHED, json.dumps(result.summary(), indent=1, ensure_ascii=False) + "\n")


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
    )
