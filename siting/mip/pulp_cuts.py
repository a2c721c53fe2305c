"""The integer program of a decomposed model, handed to any solver that PuLP knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.mip.cuts import CutRelaxation
from siting.mip.decomposition import CutSearch, precision
from siting.mip.found import Found
from siting.mip.linear import total
from siting.mip.losses import (
    bounded_by_losses,
    carried_pairs,
    modules_of,
    until_it_survives,
)
from siting.mip.model import Model
from siting.mip.solve import SILENT, Clock, SolverOptions, Target, Watch, solve_once

__all__ = ["PulpCuts"]

FloatArray = NDArray[np.float64]


class PulpCuts:
    """A decomposed model whose integer program is handed over whole for each solve.

    Parameters
    ----------
    model : Model
        The decomposed program; it takes the cuts as rows.
    options : SolverOptions
        Which solver, its seed and threads and, for the precision of cuts, the gap.
    """

    def __init__(self, model: Model, options: SolverOptions) -> None:
        self.model, self._options, self._share = model, options, precision(options)
        self.relaxation = CutRelaxation(model, options, missed=self._share)

    def least(
        self, cost: FloatArray, target: Target, clock: Clock, *, watch: Watch = SILENT
    ) -> Found:
        """Minimise over all placements; as `siting.mip.live_cuts.LiveCuts.least`."""
        return CutSearch(self, cost, target, clock, watch=watch).run(self._share)

    def bounded(self, cost: FloatArray, clock: Clock) -> Found:
        """The relaxation, with rows for losses as long as its parts of halls break some."""
        return bounded_by_losses(
            self.model, lambda: self.relax(cost, clock), self.relaxation.columns, self.relaxation
        )

    def relax(self, cost: FloatArray, clock: Clock, *, missed: float | None = None) -> Found:
        """The relaxation to another precision."""
        relaxed = self.relaxation.minimise(cost, clock, missed=missed)
        return Found(relaxed.bound, relaxed.bound, relaxed.values, np.zeros(0))

    def carried(self, values: FloatArray) -> NDArray[np.bool_]:
        """Pairs that carry load at a point of the relaxation, in any state."""
        return carried_pairs(self.model, self.relaxation.columns, values)

    @contextmanager
    def shut(self, pairs: NDArray[np.bool_]) -> Iterator[bool]:
        """Pairs closed in the integer program for a while."""
        variables = [
            v[p]
            for b in self.model.builds()
            for v in (b.is_open, b.modules)
            for p in np.flatnonzero(pairs)
        ]
        held = [(v, v.lowBound, v.upBound) for v in variables]
        allowed = not any((low or 0.0) > 0.0 for _, low, _ in held)
        if allowed:
            for v in variables:
                v.lowBound = v.upBound = 0.0
        try:
            yield allowed
        finally:
            for v, low, high in held:
                v.lowBound, v.upBound = low, high

    def hand_cuts(self, *, everything: bool = False) -> None:
        """Put into the program the cuts that it lacks."""
        self.relaxation.publish(everything=everything)

    def surviving(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        start: Found | None,
        watch: Watch = SILENT,
        enough: float = np.inf,
    ) -> Found:
        """One integer solve, again with the rows that its answer breaks after a loss.

        Solvers begin anew, without ``start``, and end at their own gap whatever is ``enough``.
        """
        columns = self.relaxation.variables
        expression = total([(columns[j], float(cost[j])) for j in np.flatnonzero(cost)])
        options = replace(self._options, gap=target.relative)
        found = until_it_survives(
            self.model,
            lambda: solve_once(
                self.model.problem, expression, options, clock,
                phase=watch.phase, report=watch.report,
            ),
            lambda _: modules_of(self.model),
            self.relaxation,
        )  # fmt: skip
        values, late = self.relaxation.present(), found.timed_out
        return Found(found.objective, found.bound, values, np.zeros(0), timed_out=late)
