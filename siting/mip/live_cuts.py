"""The same for a decomposed program: rows and columns in the solver, cuts kept between solves.

Every cut speaks of the dispatch of one site alone (:mod:`siting.mip.cuts`). Costs, weights, limits
that are added, bounds and right-hand sides say nothing about that dispatch, so whatever of them
changes, all cuts stay valid and the next solve starts with them. Cuts end with the numbers of the
sites: other weather, prices of energy or factors are another model.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import InfeasibleError, NoAnswerError, SitingError
from siting.mip.cuts import CutRelaxation
from siting.mip.decomposition import LEAST_TIME_S, PRECISION, ROUNDS_AMONG, ROUNDS_WHOLE
from siting.mip.live import LEAST, Found, Live, answers_of
from siting.mip.model import Model
from siting.mip.search import SHARE_OF_FEW
from siting.mip.solution import StateAnswer
from siting.mip.solve import Clock, SolverOptions

__all__ = ["LiveCuts", "open_live"]

FloatArray = NDArray[np.float64]


def open_live(model: Model, options: SolverOptions) -> Live:
    """A model in the solver, decomposed or not.

    Parameters
    ----------
    model : Model
        The built program.
    options : SolverOptions
        Seed, threads and, for the precision of cuts, the gap.
    """
    return LiveCuts(model, options) if model.decomposed else Live(model, options)


class LiveCuts(Live):
    """A decomposed model that lives in the solver.

    Parameters
    ----------
    model : Model
        The decomposed program.
    options : SolverOptions
        Seed, threads and, for the precision of cuts, the gap.
    """

    _relaxation: CutRelaxation

    def _relaxation_in_solver(self, options: SolverOptions) -> Any:
        self._share = max(PRECISION * options.gap, 1e-7)
        self._relaxation = CutRelaxation(self.model, options, missed=self._share)
        return self._relaxation.solver

    @property
    def cut_count(self) -> int:
        """Cuts known so far."""
        return self._relaxation.cut_count

    def _relax_by(self, cost: FloatArray, low: float, high: float) -> int:
        return self._relaxation.add_row(cost, low, high)

    def relax(self, cost: FloatArray, clock: Clock, *, missed: float | None = None) -> Found:
        """Minimise over the continuous relaxation, with cuts until dispatch costs what it says."""
        relaxed = self._relaxation.minimise(cost, clock, missed=missed)
        prices = self._prices(self._relaxation.row_dual)
        return Found(relaxed.bound, relaxed.bound, relaxed.values, prices)

    def minimise(
        self, cost: FloatArray, *, tolerance: float, clock: Clock, start: Found | None = None
    ) -> Found:
        """Minimise over all placements, to an absolute gap."""
        relaxed = self._bounded(cost, clock)
        share = PRECISION * tolerance / max(abs(relaxed.bound), 1e-12)
        if share < self._share:
            relaxed = self.relax(cost, clock, missed=share)
        search = _Search(self, cost, tolerance, min(share, self._share), relaxed.bound)
        if start is not None:
            search.offer(replace(start, objective=float(cost @ start.values)))
        carried = (relaxed.values[self._modules] > LEAST).any(axis=0)
        with self._shut(~carried) as allowed:
            if allowed:
                search.run(ROUNDS_AMONG, Clock(SHARE_OF_FEW * clock.left_s), whole=False)
        search.run(ROUNDS_WHOLE, clock, whole=True)
        return search.found(relaxed, clock)

    def _hand_cuts(self, *, everything: bool = False) -> None:
        """Give the integer program the cuts that it lacks."""
        for cut in self._relaxation.new_cuts(everything=everything):
            index = cut.columns.astype(np.int32)
            self._mip.addRow(cut.least, math.inf, len(index), index, cut.coefficients)

    def _true(self, cost: FloatArray, found: Found, share: float, clock: Clock) -> Found | None:
        """An answer of the integer program with the dispatch that it really has.

        None where none meets every row: the cuts that say so then bar it from the next solve.
        """
        known = self.cut_count
        left = Clock(max(clock.left_s, LEAST_TIME_S))
        try:
            point = self._relaxation.minimise_fixed(cost, found.values, left, missed=share)
        except InfeasibleError:
            self._hand_cuts(everything=True)
            if self.cut_count == known:
                raise SitingError("an answer of the solver does not hold when rounded") from None
            return None
        return Found(point.value, -math.inf, point.values, np.zeros(0), point=point)

    def answers(self, found: Found) -> tuple[StateAnswer, ...]:
        """What happens in each state of an answer."""
        if found.point is None:
            raise ValueError("the answer has no dispatch")
        return answers_of(self.model, self._relaxation.decisions(found.point))


class _Search:
    """One minimisation: the best answer, the bound, and the cuts in between."""

    def __init__(
        self, live: LiveCuts, cost: FloatArray, tolerance: float, share: float, bound: float
    ) -> None:
        self.live, self.cost = live, cost
        self.tolerance, self.share, self.bound = tolerance, share, bound
        self.best: Found | None = None

    def offer(self, found: Found) -> None:
        """Keep an answer if it is the best so far."""
        if self.best is None or found.objective < self.best.objective:
            self.best = found

    def run(self, rounds: int, clock: Clock, *, whole: bool) -> None:
        """Integer solves, each with the cuts that the last answer lacked.

        They end where bound and answer meet; without all pairs the bound counts for these rounds
        alone.
        """
        bound = self.bound
        for _ in range(rounds):
            if self._met(bound) or clock.left_s < 0.05:
                return
            self.live._hand_cuts()
            try:
                found = self.live._surviving(self.cost, self.tolerance / 4, clock, self.best)
            except (InfeasibleError, NoAnswerError) as error:
                if isinstance(error, InfeasibleError) and whole:
                    raise
                return
            bound = max(bound, found.bound)
            if whole:
                self.bound = bound
            try:
                true = self.live._true(self.cost, found, self.share, clock)
            except NoAnswerError:
                return
            if true is not None:
                self.offer(true)

    def _met(self, bound: float) -> bool:
        return self.best is not None and self.best.objective - bound <= self.tolerance

    def found(self, relaxed: Found, clock: Clock) -> Found:
        """The best answer with what was proven for it."""
        if self.best is None:
            raise NoAnswerError(f"the time ended after {clock.spent_s:.0f} s; allow more of it")
        bound = min(self.bound, self.best.objective)
        late = self.best.objective - bound > self.tolerance
        return replace(self.best, bound=bound, row_price=relaxed.row_price, timed_out=late)
