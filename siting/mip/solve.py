"""One solve of a built program by any solver that PuLP knows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import pulp
from pulp import LpAffineExpression, LpProblem, LpSolver, LpSolveStatus

from siting.errors import InfeasibleError, NoAnswerError, SitingError
from siting.mip.interrupt import MIP_KINDS, Interrupt, stopper
from siting.status import is_reached

__all__ = [
    "SHARE_OF_FEW",
    "SILENT",
    "Clock",
    "Outcome",
    "Progress",
    "SolverOptions",
    "Target",
    "Watch",
    "listening",
    "relative_gap",
    "solve_once",
    "value_of",
]


#: Share of the remaining time that the search among few pairs may take.
SHARE_OF_FEW = 0.4
_LOGGING = highspy.cb.HighsCallbackType.kCallbackMipLogging


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
    """What a running solve knows: the best answer, the proven bound and the gap between them.

    ``cuts`` counts those of a decomposed program, and ``left_s`` is the time left. [s]
    """

    phase: str
    seconds: float
    incumbent: float
    bound: float
    gap: float
    cuts: int = 0
    left_s: float = math.inf


@dataclass(frozen=True)
class Watch:
    """Who is told how a solve goes on, and what the solve is called.

    Parameters
    ----------
    phase : str
        Name of the solve.
    report : callable, optional
        Called with each `Progress`.
    """

    phase: str = "placement"
    report: Callable[[Progress], None] | None = None

    def named(self, phase: str) -> Watch:
        """The same for another phase."""
        return Watch(phase, self.report)

    def say(self, progress: Progress) -> None:
        """Tell how far the solve is."""
        if self.report is not None:
            self.report(progress)


#: Where nobody is told.
SILENT = Watch()


@dataclass(frozen=True)
class Target:
    """Gap to prove: in the unit of the objective, or as a share of it; either one will do.

    Parameters
    ----------
    absolute, relative : float
        [unit of the objective], [-]
    """

    absolute: float = 0.0
    relative: float = 0.0

    def at(self, value: float) -> float:
        """Distance allowed at a value, in the unit of the objective."""
        return max(self.absolute, self.relative * abs(value))

    def times(self, factor: float) -> Target:
        """A part of it."""
        return Target(self.absolute * factor, self.relative * factor)

    def met(self, value: float, bound: float) -> bool:
        """Whether an answer and a bound are near enough."""
        close = value - bound <= self.absolute
        return close or is_reached(relative_gap(value, bound), self.relative)


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
    """The wall time that is left for a study; none once the planner asks for an end."""

    def __init__(self, limit_s: float, interrupt: Interrupt | None = None) -> None:
        self._end = time.monotonic() + limit_s
        self._start = time.monotonic()
        self.interrupt = interrupt

    @property
    def interrupted(self) -> bool:
        """Whether the planner asked for an end."""
        return self.interrupt is not None and self.interrupt.asked

    @property
    def left_s(self) -> float:
        """Seconds left, never negative."""
        return 0.0 if self.interrupted else max(self._end - time.monotonic(), 0.0)

    def part(self, parts: int) -> Clock:
        """A clock with one of some equal parts of what is left."""
        return Clock(self.left_s / parts, self.interrupt)

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


def _callback(
    phase: str,
    clock: Clock,
    report: Callable[[Progress], None] | None,
    enough: float = math.inf,
) -> tuple[Callable[..., None], list[Any]] | None:
    """What HiGHS calls as it goes on, and when; nothing where nobody listens."""
    asked = clock.interrupt is not None or math.isfinite(enough)
    stop = stopper(clock.interrupt, enough) if asked else None

    def callback(kind: Any, message: str, out: Any, into: Any, data: Any) -> None:
        if kind == _LOGGING and report:
            primal, dual = float(out.mip_primal_bound), float(out.mip_dual_bound)
            gap = relative_gap(primal, dual) if math.isfinite(primal + dual) else math.inf
            report(Progress(phase, clock.spent_s, primal, dual, gap, left_s=clock.left_s))
        elif stop:
            stop(kind, message, out, into, data)

    kinds = [*([_LOGGING] if report else []), *(MIP_KINDS if stop else [])]
    return (callback, kinds) if kinds else None


@contextmanager
def listening(highs: Any, watch: Watch, clock: Clock, enough: float = math.inf) -> Iterator[None]:
    """Progress and interrupts of a program that lives in HiGHS, for one run of it.

    The run also ends where its bound has come up to ``enough``.
    """
    callback = _callback(watch.phase, clock, watch.report, enough)
    if callback is None:
        yield
        return
    call, kinds = callback
    highs.setCallback(call, None)
    for kind in kinds:
        highs.startCallback(kind)
    try:
        yield
    finally:
        for kind in kinds:
            highs.stopCallback(kind)


def _solver(
    options: SolverOptions,
    seconds: float,
    warm_start: bool,
    callback: tuple[Callable[..., None], list[Any]] | None,
) -> LpSolver:
    if options.name != "HiGHS":
        return pulp.getSolver(
            options.name,
            msg=False,
            timeLimit=max(math.ceil(seconds), 1),
            gapRel=options.gap,
            threads=options.threads,
        )
    return pulp.HiGHS(
        msg=False,
        timeLimit=seconds,
        gapRel=options.gap,
        gapAbs=0.0,
        threads=options.threads,
        warmStart=warm_start,
        random_seed=options.seed,
        mip_feasibility_tolerance=1e-7,
        callbackTuple=(callback[0], None) if callback else None,
        callbacksToActivate=callback[1] if callback else None,
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
    callback = _callback(phase, clock, report)
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
        timed_out=stats.status in (LpSolveStatus.TimeLimit, LpSolveStatus.Interrupted),
    )


def value_of(expression: LpAffineExpression) -> float:
    """Value of an expression at the present values of its variables."""
    value = expression.value()
    if value is None:
        raise SitingError("a variable of the program has no value")
    return float(value)


def _raise_without_answer(status: LpSolveStatus, clock: Clock) -> None:
    if status in (LpSolveStatus.TimeLimit, LpSolveStatus.Interrupted):
        raise NoAnswerError(
            f"the time limit ended the solve after {clock.spent_s:.0f} s, before any placement "
            "was found; allow more time (solver.time_limit_s) or fewer slices (time.slices)"
        )
    raise SitingError(f"the solver stopped without an answer: {status.name}")
