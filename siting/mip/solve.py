"""One solve of a built program by any solver that PuLP knows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import pulp
from pulp import LpAffineExpression, LpProblem, LpSolver, LpSolveStatus

from siting.errors import InfeasibleError, NoAnswerError, SitingError

__all__ = [
    "Clock",
    "Outcome",
    "Progress",
    "SolverOptions",
    "relative_gap",
    "solve_once",
    "value_of",
]


@dataclass(frozen=True)
class SolverOptions:
    """How to solve.

    Parameters
    ----------
    name : str, default "HiGHS"
        Any solver name that ``pulp.listSolvers(onlyAvailable=True)`` gives.
    method : {"auto", "monolithic", "decomposed"}
        Whether the slices stand in the program; see :func:`siting.mip.is_decomposed`.
    gap : float, default 1e-3
        Relative gap to prove. [-]
    time_limit_s : float, default 300
        Wall time for all solves of the study together. [s]
    threads : int, default 1
        A siting MIP gains little from more.
    seed : int, default 0
        Random seed of the solver.
    """

    name: str = "HiGHS"
    method: Literal["auto", "monolithic", "decomposed"] = "auto"
    gap: float = 1e-3
    time_limit_s: float = 300.0
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """What a running solve knows: the best answer, the proven bound and the gap between them."""

    phase: str
    seconds: float
    incumbent: float
    bound: float
    gap: float


@dataclass(frozen=True)
class Outcome:
    """What one solve proved.

    Parameters
    ----------
    objective, bound : float
        Value of the best answer and the proven bound on any answer.
    gap : float
        ``|objective - bound| / |objective|``. [-]
    timed_out : bool
        Whether the time limit ended the solve.
    """

    objective: float
    bound: float
    gap: float
    timed_out: bool = False


class Clock:
    """The wall time that is left for a study."""

    def __init__(self, limit_s: float) -> None:
        self._end = time.monotonic() + limit_s
        self._start = time.monotonic()

    @property
    def left_s(self) -> float:
        """Seconds left, never negative."""
        return max(self._end - time.monotonic(), 0.0)

    @property
    def spent_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start


def relative_gap(objective: float, bound: float) -> float:
    """Distance of an answer from the bound, relative to the answer.

    Returns
    -------
    float
        0 where both are the same, infinite where the objective is zero and the bound is not. [-]
    """
    distance = abs(objective - bound)
    if distance <= 1e-9:
        return 0.0
    return distance / abs(objective) if objective else math.inf


def _progress_callback(
    phase: str, clock: Clock, report: Callable[[Progress], None]
) -> Callable[..., None]:
    def callback(kind: Any, message: str, out: Any, into: Any, data: Any) -> None:
        primal, dual = float(out.mip_primal_bound), float(out.mip_dual_bound)
        gap = relative_gap(primal, dual) if math.isfinite(primal + dual) else math.inf
        report(Progress(phase, clock.spent_s, primal, dual, gap))

    return callback


def _solver(
    options: SolverOptions,
    seconds: float,
    warm_start: bool,
    callback: Callable[..., None] | None,
) -> LpSolver:
    if options.name != "HiGHS":
        return pulp.getSolver(
            options.name,
            msg=False,
            timeLimit=max(math.ceil(seconds), 1),
            gapRel=options.gap,
            threads=options.threads,
        )
    kinds = [highspy.cb.HighsCallbackType.kCallbackMipLogging] if callback else None
    return pulp.HiGHS(
        msg=False,
        timeLimit=seconds,
        gapRel=options.gap,
        gapAbs=0.0,
        threads=options.threads,
        warmStart=warm_start,
        random_seed=options.seed,
        mip_feasibility_tolerance=1e-7,
        callbackTuple=(callback, None) if callback else None,
        callbacksToActivate=kinds,
    )


def solve_once(
    problem: LpProblem,
    objective: LpAffineExpression,
    options: SolverOptions,
    clock: Clock,
    *,
    phase: str,
    seconds: float | None = None,
    warm_start: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Minimise an objective over the rows of a problem; the values stay in its variables.

    Parameters
    ----------
    problem : LpProblem
        The built rows and columns.
    objective : LpAffineExpression
        What to minimise.
    options : SolverOptions
        Solver, gap, seed.
    clock : Clock
        The time left for the whole study.
    phase : str
        Name of this solve, for progress.
    seconds : float, optional
        Time for this solve; all that is left by default. [s]
    warm_start : bool, default False
        Start from the present values of the variables.
    report : callable, optional
        Called with a `Progress` as the solve goes on (HiGHS only).

    Raises
    ------
    InfeasibleError
        If no placement meets every row.
    NoAnswerError
        If the time ran out before any placement was found.
    """
    seconds = clock.left_s if seconds is None else min(seconds, clock.left_s)
    callback = _progress_callback(phase, clock, report) if report else None
    problem.setObjective(objective)
    stats = problem.solve(_solver(options, max(seconds, 0.1), warm_start, callback))
    if stats.status == LpSolveStatus.Infeasible:
        raise InfeasibleError("no placement meets every limit of the study")
    if not stats.has_solution:
        _raise_without_answer(stats.status, clock)
    value = value_of(objective)
    bound = stats.best_bound
    if bound is None:
        # A linear program, or a solver that states its gap but not its bound.
        proven = options.gap if problem.isMIP() and options.name != "HiGHS" else 0.0
        bound = value - proven * abs(value) if stats.status == LpSolveStatus.Optimal else -math.inf
    return Outcome(
        objective=value,
        bound=float(bound),
        gap=relative_gap(value, float(bound)),
        timed_out=stats.status == LpSolveStatus.TimeLimit,
    )


def value_of(expression: LpAffineExpression) -> float:
    """Value of an expression at the present values of its variables."""
    value = expression.value()
    if value is None:
        raise SitingError("a variable of the program has no value")
    return float(value)


def _raise_without_answer(status: LpSolveStatus, clock: Clock) -> None:
    if status == LpSolveStatus.TimeLimit:
        raise NoAnswerError(
            f"the time limit ended the solve after {clock.spent_s:.0f} s, before any placement "
            "was found; allow more time (solver.time_limit_s) or fewer slices (time.slices)"
        )
    raise SitingError(f"the solver stopped without an answer: {status.name}")
