"""How a decomposed program is minimised: cuts, a whole answer, more cuts, the proof.

The integer program holds the cuts found so far, so its bound holds for every placement. Its answer
is held and dispatched, which gives what the answer really costs and the cuts that it lacked; where
the two are further apart than the gap asked for, it is solved again with them. The search is the
same whether the integer program lives in HiGHS or is handed to another solver each time.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siting.coefficients.instance import Instance
from siting.errors import DataError, Fault, InfeasibleError, NoAnswerError, SitingError
from siting.mip.cuts import CutRelaxation
from siting.mip.found import Found
from siting.mip.local import moves_between_sites
from siting.mip.solve import (
    SHARE_OF_FEW,
    SILENT,
    Clock,
    Progress,
    SolverOptions,
    Target,
    Watch,
    relative_gap,
)

__all__ = ["CutProgram", "CutSearch", "is_decomposed", "precision"]

FloatArray = NDArray[np.float64]

#: Integer solves among the pairs that carry load, and over all of them.
ROUNDS_AMONG, ROUNDS_WHOLE = 4, 100
#: Slices, and sites times slices, from which the decomposition pays (docs/benchmarks.md).
LEAST_SLICES, LEAST_SIZE = 48, 4_000
#: Time that an answer found at the end may take to be dispatched. [s]
LEAST_TIME_S = 10.0
#: Share of the gap asked for that rounds of cuts may leave open.
PRECISION = 0.05
#: Part of the gap asked for that each integer solve proves, so that the dispatch may take the rest.
PART = 0.25


def is_decomposed(instance: Instance, options: SolverOptions) -> bool:
    """Whether a study is solved with its slices left to the sites.

    Parameters
    ----------
    instance : Instance
        The study.
    options : SolverOptions
        Its ``method``; ``auto`` decomposes where no load moves between sites, which would join
        their slices, and where it pays: with many slices, or with fewer at many sites, as long as
        no family of operation asks for a program of each site.

    Raises
    ------
    siting.errors.DataError
        If the study asks for the decomposition and load moves between sites.
    """
    able = not any(moves_between_sites(state.coefficients) for state in instance.states)
    if options.method == "decomposed" and not able:
        problem = "is decomposed, which load that moves between sites does not allow"
        remedy = "Use auto or monolithic, or leave out between_sites"
        raise DataError([Fault("study", None, "solver.method", problem, remedy)])
    if options.method == "auto":
        c = instance.states[0].coefficients
        size = 0 if c.operation.in_use else len(c.sites) * len(c.hours)
        return able and (len(c.hours) >= LEAST_SLICES or size >= LEAST_SIZE)
    return options.method == "decomposed"


def precision(options: SolverOptions) -> float:
    """Share of the objective by which rounds of cuts may end short, unless less is asked. [-]."""
    return max(PRECISION * options.gap, 1e-7)


class CutProgram(Protocol):
    """The integer program of a decomposed model, with its relaxation."""

    relaxation: CutRelaxation

    def bounded(self, cost: FloatArray, clock: Clock) -> Found:
        """The relaxation, with rows for losses as long as its parts of halls break some."""

    def relax(self, cost: FloatArray, clock: Clock, *, missed: float | None = None) -> Found:
        """The relaxation to another precision."""

    def carried(self, values: FloatArray) -> NDArray[np.bool_]:
        """Pairs that carry load at a point of the relaxation."""

    def shut(self, pairs: NDArray[np.bool_]) -> AbstractContextManager[bool]:
        """Pairs closed in the integer program for a while; whether no bound forbids it."""

    def hand_cuts(self, *, everything: bool = False) -> None:
        """Give the integer program the cuts that it lacks."""

    def surviving(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        start: Found | None,
        watch: Watch,
        enough: float,
    ) -> Found:
        """One integer solve, again with the rows that its answer breaks after a loss.

        It may end where its bound has come up to ``enough``.
        """


class CutSearch:
    """One minimisation: the best answer, the bound, and the cuts in between.

    Parameters
    ----------
    program : CutProgram
        The program, with the cuts known so far.
    cost : ndarray, shape (columns,)
        What to minimise.
    target : Target
        Gap to prove.
    clock : Clock
        The time left.
    watch : Watch
        Who is told how it goes on.
    """

    def __init__(
        self,
        program: CutProgram,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        *,
        watch: Watch = SILENT,
    ) -> None:
        self._program, self._cost = program, cost
        self._target, self._clock, self._watch = target, clock, watch
        self._best: Found | None = None
        self._bound, self._share = -np.inf, 0.0

    def run(self, share: float, start: Found | None = None) -> Found:
        """Bound, answers among few pairs, then among all.

        Parameters
        ----------
        share : float
            Share of the objective by which rounds of cuts end short by themselves. [-]
        start : Found, optional
            An answer that meets every row, to start from and to fall back on.

        Raises
        ------
        InfeasibleError, NoAnswerError
            If there is no answer, or none was found in time.
        """
        relaxed = self._program.bounded(self._cost, self._clock)
        size = max(abs(relaxed.bound), 1e-12)
        wanted = PRECISION * self._target.at(size) / size
        if wanted < share:
            relaxed = self._program.relax(self._cost, self._clock, missed=wanted)
        self._share, self._bound = min(wanted, share), relaxed.bound
        if start is not None:
            self._offer(replace(start, objective=float(self._cost @ start.values)))
        self._say()
        carried = self._program.carried(relaxed.values)
        with self._program.shut(~carried) as allowed:
            if allowed:
                self._among(int(carried.sum()))
        self._rounds(ROUNDS_WHOLE, self._clock, self._watch, whole=True)
        return self._found(relaxed)

    def _among(self, pairs: int) -> None:
        clock = Clock(SHARE_OF_FEW * self._clock.left_s, self._clock.interrupt)
        watch = self._watch.named(f"{self._watch.phase}, among {pairs} pairs")
        self._rounds(ROUNDS_AMONG, clock, watch, whole=False)

    def _rounds(self, rounds: int, clock: Clock, watch: Watch, *, whole: bool) -> None:
        """Integer solves, each with the cuts that the last answer lacked.

        They end where bound and answer meet; without all pairs the bound counts for these rounds
        alone.
        """
        bound = self._bound
        for _ in range(rounds):
            if self._met(bound) or clock.left_s < 0.05:
                return
            before = self._known(bound)
            self._program.hand_cuts()
            part = self._target.times(PART)
            try:
                found = self._program.surviving(
                    self._cost, part, clock, self._best, watch, self._enough()
                )
                bound = max(bound, found.bound)
                if whole:
                    self._bound = bound
                self._dispatch(found)
            except NoAnswerError:
                return
            except SitingError:
                # With an answer at hand this is rounding: what was proven of it before stands.
                if whole and self._best is None:
                    raise
                return
            self._say()
            if self._known(bound) == before:  # The next round would be this one again.
                return

    def _dispatch(self, found: Found) -> None:
        """Offer an answer with the dispatch that it really has.

        Where none meets every row, the cuts that say so bar it from the next solve.
        """
        relaxation, left_s = self._program.relaxation, max(self._clock.left_s, LEAST_TIME_S)
        known = relaxation.cut_count
        try:
            point = relaxation.minimise_fixed(
                self._cost, found.values, Clock(left_s), missed=self._share
            )
        except InfeasibleError:
            self._program.hand_cuts(everything=True)
            if relaxation.cut_count == known:
                raise SitingError("an answer of the solver does not hold when rounded") from None
            return
        self._offer(Found(point.value, -np.inf, point.values, np.zeros(0), point=point))

    def _offer(self, found: Found) -> None:
        """Keep an answer if it is the best so far."""
        if self._best is None or found.objective < self._best.objective:
            self._best = found

    def _known(self, bound: float) -> tuple[float, float, int]:
        """Bound, best answer and cuts so far."""
        value = np.inf if self._best is None else self._best.objective
        return bound, value, self._program.relaxation.cut_count

    def _enough(self) -> float:
        """The bound that would prove the best answer so far."""
        if self._best is None:
            return np.inf
        return self._best.objective - self._target.at(self._best.objective)

    def _met(self, bound: float) -> bool:
        return self._best is not None and self._target.met(self._best.objective, bound)

    def _found(self, relaxed: Found) -> Found:
        """The best answer with what was proven for it."""
        if self._best is None:
            raise NoAnswerError(
                f"the time limit ended the solve after {self._clock.spent_s:.0f} s, before any "
                "placement was found; allow more time (solver.time_limit_s)"
            )
        bound = min(self._bound, self._best.objective)
        late = not self._met(bound)
        return replace(self._best, bound=bound, row_price=relaxed.row_price, timed_out=late)

    def _say(self) -> None:
        value = np.inf if self._best is None else self._best.objective
        gap = relative_gap(value, self._bound) if np.isfinite(value) else np.inf
        self._watch.say(
            Progress(
                self._watch.phase, self._clock.spent_s, float(value), float(self._bound), gap,
                cuts=self._program.relaxation.cut_count, left_s=self._clock.left_s,
            )
        )  # fmt: skip
