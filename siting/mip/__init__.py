"""The mixed-integer program: options, clock, interruption, progress and gap of its solves.

The room sees :class:`siting.coefficients.Coefficients` and PuLP, and nothing of maps, files or
weather. Its model, objectives and solve are imported below what all of its modules need.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from types import FrameType
from typing import Any, Literal

import highspy

from siting.status import is_reached

__all__ = [
    "SILENT",
    "Clock",
    "Interrupt",
    "Model",
    "Objective",
    "Progress",
    "Session",
    "Solution",
    "SolverOptions",
    "StateAnswer",
    "Target",
    "Watch",
    "build_model",
    "is_decomposed",
    "keeping_incumbent",
    "listening",
    "metric_terms",
    "optimize",
    "relative_gap",
]


def _check_versions() -> None:
    """Refuse packages that solve wrongly or report wrongly.

    PuLP 3 calls a solve that the time limit stopped "Optimal"; HiGHS 1.14 has returned wrong
    optima.

    Raises
    ------
    ImportError
        Naming the package, its version and the remedy.
    """
    pulp, highspy = version("pulp"), version("highspy")
    if not pulp.startswith("4.") or pulp.startswith(("4.0", "4.1.")):
        raise ImportError(
            f"siting needs pulp >=4.2,<5 and found {pulp}: pip install 'pulp>=4.2,<5'"
        )
    if highspy.startswith("1.14."):
        raise ImportError(
            f"siting cannot use highspy {highspy}, which has returned wrong optima: "
            "pip install 'highspy!=1.14.*'"
        )


_check_versions()


class Interrupt:
    """Request of the planner to end the solve."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def asked(self) -> bool:
        """Return whether it was asked for."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask the solve to end."""
        self._asked.set()


@contextmanager
def keeping_incumbent() -> Iterator[Interrupt]:
    """Let Ctrl-C ask for an end; a second one ends the process at once, as usual.

    Signals reach the main thread alone; elsewhere nothing is changed.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    usual = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        interrupt.ask()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, ask)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, usual)


#: Distance between an objective and a bound, to their size, that floating point cannot resolve. [-]
ROUNDING = 1e-9


@dataclass(frozen=True)
class SolverOptions:
    """Options of a solve.

    Parameters
    ----------
    name : str, default "HiGHS"
        Any solver name that ``pulp.listSolvers(onlyAvailable=True)`` gives.
    method : {"auto", "monolithic", "decomposed"}
        Whether the slices stand in the model; see `siting.mip.is_decomposed`.
    gap : float, default 1e-3
        Relative gap to prove. [-]
    time_limit_s : float, default 300
        Wall time for all solves of the study together. [s]
    threads : int, default 1
        A siting MILP gains little from more.
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
    """State of a running solve: incumbent, proven bound and the gap between them.

    ``cuts`` counts the Benders cuts of a decomposed model, and ``left_s`` is the time left. [s]
    """

    phase: str
    seconds: float
    incumbent: float
    bound: float
    gap: float
    cuts: int = 0
    left_s: float = math.inf

    def __str__(self) -> str:
        known = [f"{self.phase}: {self.seconds:.0f} s"]
        if math.isfinite(self.incumbent):
            known.append(f"best {self.incumbent:.6g}")
        if math.isfinite(self.bound) and self.bound:
            known.append(f"bound {self.bound:.6g}")
        if self.gap < 1.0:  # More is that of no bound at all.
            known.append(f"gap {self.gap:.3%}")
        if self.cuts:
            known.append(f"{self.cuts:,} cuts")
        if math.isfinite(self.left_s):
            known.append(f"{self.left_s:.0f} s left")
        return ", ".join(known)


@dataclass(frozen=True)
class Watch:
    """Receiver of progress, and the name of the solve.

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
        """Return the same receiver for another phase."""
        return Watch(phase, self.report)

    def say(self, incumbent: float, bound: float, clock: Clock, *, cuts: int = 0) -> None:
        """Report how far the solve is."""
        if self.report is None:
            return
        gap = relative_gap(incumbent, bound) if math.isfinite(incumbent + bound) else math.inf
        self.report(Progress(self.phase, clock.spent_s, incumbent, bound, gap, cuts, clock.left_s))


#: No receiver.
SILENT: Watch = Watch()


@dataclass(frozen=True)
class Target:
    """Gap to prove: in the unit of the objective, or as a share of it; either one suffices.

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
        """Part of the gap."""
        return Target(self.absolute * factor, self.relative * factor)

    def met(self, value: float, bound: float) -> bool:
        """Return whether an incumbent and a bound are near enough."""
        close = value - bound <= self.absolute
        return close or is_reached(relative_gap(value, bound), self.relative)


class Clock:
    """Wall time that is left for a study; none once the planner asks for an end."""

    def __init__(self, limit_s: float, interrupt: Interrupt | None = None) -> None:
        self._start = time.monotonic()
        self._end = self._start + limit_s
        self.interrupt = interrupt

    @property
    def interrupted(self) -> bool:
        """Return whether the planner asked for an end."""
        return self.interrupt is not None and self.interrupt.asked

    @property
    def left_s(self) -> float:
        """Seconds left, never negative."""
        return 0.0 if self.interrupted else max(self._end - time.monotonic(), 0.0)

    @property
    def late(self) -> bool:
        """Return whether the time is up."""
        return self.left_s <= 0.0

    @property
    def spent_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def share(self, share: float, *, least_s: float = 0.0) -> Clock:
        """Return a clock with a share of what is left, and at least some seconds of it."""
        left = self.left_s
        return Clock(min(max(share * left, least_s), left), self.interrupt)

    def at_least(self, seconds: float) -> Clock:
        """Return a clock with what is left, or some seconds, for what must be finished."""
        return Clock(max(self.left_s, seconds))

    def overtime(self, seconds: float) -> Clock:
        """Return a clock of some seconds that ends no later than as long after this one."""
        return Clock(min(seconds, max(self._end + seconds - time.monotonic(), 0.0)))


_Kind = highspy.cb.HighsCallbackType
#: What ends a run of linear and of integer programs.
_INTERRUPTS = (
    _Kind.kCallbackSimplexInterrupt, _Kind.kCallbackIpmInterrupt, _Kind.kCallbackMipInterrupt,
)  # fmt: skip


@contextmanager
def listening(raw: Any, watch: Watch, clock: Clock, enough: float = math.inf) -> Iterator[None]:
    """Let HiGHS report its progress, and end once its bound is enough or the planner asks.

    Python hears a signal only between its own instructions, and a solver is none; the call lets
    Python hear it, and its answer tells HiGHS to stop.

    Parameters
    ----------
    raw : highspy.Highs
        The solver.
    watch : Watch
        Receiver of progress.
    clock : Clock
        Has the interrupt.
    enough : float, optional
        Bound of an integer program at which its run ends.
    """
    interrupt = clock.interrupt

    def callback(kind: Any, message: str, out: Any, into: Any, data: Any) -> None:
        if kind == _Kind.kCallbackMipLogging:
            watch.say(float(out.mip_primal_bound), float(out.mip_dual_bound), clock)
        elif into is not None:
            proven = kind == _Kind.kCallbackMipInterrupt and out.mip_dual_bound >= enough
            if proven or (interrupt is not None and interrupt.asked):
                into.user_interrupt = True

    stop = interrupt is not None or math.isfinite(enough)
    wanted = list(_INTERRUPTS) if stop else []
    if watch.report is not None:
        wanted.append(_Kind.kCallbackMipLogging)
    if not wanted:
        yield
        return
    raw.setCallback(callback, None)
    for kind in wanted:
        raw.startCallback(kind)
    try:
        yield
    finally:
        for kind in wanted:
            raw.stopCallback(kind)


def relative_gap(objective: float, bound: float, *, scale: float = 0.0) -> float:
    """Return the distance of an incumbent from the bound, relative to the incumbent.

    Parameters
    ----------
    objective, bound : float
        Value of the incumbent and proven bound.
    scale : float, default 0
        Magnitude of the objective where both may be zero, for rounding only.

    Returns
    -------
    float
        0 where both are the same to rounding, infinite where the objective is zero and the bound
        is not, and where either is infinite. [-]
    """
    distance = abs(objective - bound)
    if not math.isfinite(distance):
        return math.inf
    if distance <= ROUNDING * max(abs(objective), abs(bound), scale):
        return 0.0
    return distance / abs(objective) if objective else math.inf


from siting.mip.benders import is_decomposed
from siting.mip.model.build import Model, build_model
from siting.mip.model.metrics import metric_terms
from siting.mip.objectives import Objective, optimize
from siting.mip.session import Session
from siting.mip.solution import Solution, StateAnswer
