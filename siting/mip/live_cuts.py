"""The same for a decomposed program: rows and columns in the solver, cuts kept between solves.

Every cut speaks of the dispatch of one site alone (:mod:`siting.mip.cuts`). Costs, weights, limits
that are added, bounds and right-hand sides say nothing about that dispatch, so whatever of them
changes, all cuts stay valid and the next solve starts with them. Cuts end with the numbers of the
sites: other weather, prices of energy or factors are another model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.mip.cut_pool import add_cuts
from siting.mip.cuts import CutRelaxation
from siting.mip.decomposition import CutSearch, precision
from siting.mip.found import Found
from siting.mip.live import Live, answers_of
from siting.mip.losses import carried_pairs
from siting.mip.model import Model
from siting.mip.solution import StateAnswer
from siting.mip.solve import SILENT, Clock, SolverOptions, Target, Watch

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

    relaxation: CutRelaxation

    def __init__(self, model: Model, options: SolverOptions) -> None:
        super().__init__(model, options)
        self._own = self._mip.getLp()

    def _relaxation_in_solver(self, options: SolverOptions) -> Any:
        self._share = precision(options)
        self.relaxation = CutRelaxation(self.model, options, missed=self._share)
        return self.relaxation.solver

    @property
    def cut_count(self) -> int:
        """Cuts known so far."""
        return self.relaxation.cut_count

    def forget(self) -> None:
        """Take every row that was added back out of the integer program."""
        self._mip.passModel(self._own)

    def _relax_by(self, cost: FloatArray, low: float, high: float) -> int:
        return self.relaxation.add_row(cost, low, high)

    def relax(self, cost: FloatArray, clock: Clock, *, missed: float | None = None) -> Found:
        """Minimise over the continuous relaxation, with cuts until dispatch costs what it says."""
        relaxed = self.relaxation.minimise(cost, clock, missed=missed)
        prices = self._prices(self.relaxation.row_dual)
        return Found(relaxed.bound, relaxed.bound, relaxed.values, prices)

    def carried(self, values: FloatArray) -> NDArray[np.bool_]:
        """Pairs that carry load at a point of the relaxation, in any state."""
        return carried_pairs(self.model, self.columns, values)

    def minimise(
        self, cost: FloatArray, *, tolerance: float, clock: Clock, start: Found | None = None
    ) -> Found:
        """Minimise over all placements, to an absolute gap."""
        return self.least(cost, Target(absolute=tolerance), clock, start=start)

    def least(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        *,
        start: Found | None = None,
        watch: Watch = SILENT,
    ) -> Found:
        """Minimise over all placements, to a gap of either kind.

        Parameters
        ----------
        cost, clock, start
            As for `minimise`.
        target : Target
            Gap to prove.
        watch : Watch
            Who is told how it goes on.
        """
        return CutSearch(self, cost, target, clock, watch=watch).run(self._share, start)

    def hand_cuts(self, *, everything: bool = False) -> None:
        """Give the integer program the cuts that it lacks."""
        add_cuts(self._mip, self.relaxation.new_cuts(everything=everything))

    def answers(self, found: Found) -> tuple[StateAnswer, ...]:
        """What happens in each state of an answer."""
        if found.point is None:
            raise ValueError("the answer has no dispatch")
        return answers_of(self.model, self.relaxation.decisions(found.point))
