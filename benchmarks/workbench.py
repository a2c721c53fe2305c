"""A changed weight in the workbench: from the question to the kept answer, after a first solve."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from siting.catalogue import load_catalogue
from siting.workbench.answers import Answers
from siting.workbench.solver import Solver

__all__ = ["AIMS_S", "WEIGHTS", "WorkbenchResult", "run_workbench", "workbench_line"]

#: Longest time of an answer to a changed weight, by study. [s]
AIMS_S: Mapping[str, float] = {"arctic": 2.0, "global": 8.0}
#: Weights of carbon that are asked for one after the other, after the study as it is.
WEIGHTS = ("2", "0.5", "1.5")
_CONFIGS = Path(__file__).resolve().parents[1] / "configs"


@dataclass(frozen=True)
class WorkbenchResult:
    """Time of answers to changed weights.

    Parameters
    ----------
    study : str
        Name of the study in ``configs/``.
    first_s, first_cpu_s : float
        Of the study as it is: wall time, and time of the processor. [s]
    changed_s, changed_cpu_s : tuple of float
        Of each changed weight. [s]
    gaps : tuple of float
        Proven relative gap of each. [-]
    load_average : float
        Processes that wanted a core, this one's among them.
    """

    study: str
    first_s: float
    first_cpu_s: float
    changed_s: tuple[float, ...]
    changed_cpu_s: tuple[float, ...]
    gaps: tuple[float, ...]
    load_average: float


def run_workbench(name: str, fixed: Sequence[str] = ()) -> WorkbenchResult:
    """Ask a workbench for a study and then for other weights; meant for a process of its own.

    Parameters
    ----------
    name : str
        Name of the study in ``configs/``.
    fixed : sequence of str, optional
        What every solve changes in the study, as ``--set`` takes it.
    """
    with tempfile.TemporaryDirectory() as folder:
        answers = Answers(Path(folder), _CONFIGS / f"{name}.yaml")
        solver = Solver(answers, load_catalogue(), fixed)
        first = _asked(solver, {})
        changed = [_asked(solver, {"objective.weights.carbon": w}) for w in WEIGHTS]
        solver.close(60.0)
    return WorkbenchResult(
        study=name, first_s=first[0], first_cpu_s=first[1],
        changed_s=tuple(wall for wall, _, _ in changed),
        changed_cpu_s=tuple(cpu for _, cpu, _ in changed),
        gaps=tuple(gap for _, _, gap in changed),
        load_average=os.getloadavg()[0],
    )  # fmt: skip


def _asked(solver: Solver, changes: Mapping[str, str]) -> tuple[float, float, float]:
    """Wall and processor seconds until the answer is kept, and its gap."""
    start, before = time.perf_counter(), time.process_time()
    number = solver.ask(changes).number
    while not (job := solver.jobs()[number - 1]).ended:
        time.sleep(0.05)
    if job.gap is None:
        raise RuntimeError(f"{job.state}: {job.message}")
    return time.perf_counter() - start, time.process_time() - before, job.gap


def workbench_line(result: WorkbenchResult) -> str:
    """The result in a few sentences, next to its aim."""
    slowest, cpu = max(result.changed_s), max(result.changed_cpu_s)
    aim = AIMS_S[result.study]
    reached = "reached" if slowest <= aim else "not reached"
    return (
        f"Workbench, {result.study}: first answer {result.first_s:.1f} s "
        f"({result.first_cpu_s:.1f} s of processor), then a changed weight at most {slowest:.1f} s "
        f"({cpu:.1f} s of processor), gaps up to {max(result.gaps):.3%}, at a load average of "
        f"{result.load_average:.1f}. Aim {aim:.0f} s: {reached}."
    )
