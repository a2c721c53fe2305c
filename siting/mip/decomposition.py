"""How a decomposed program is minimised: cuts, a whole answer, more cuts, the proof.

The integer program holds the cuts found so far, so its bound holds for every placement. Its answer
is held and dispatched, which gives what the answer really costs and the cuts that it lacked; where
the two are further apart than the gap asked for, it is solved again with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pulp import LpAffineExpression

from siting.coefficients.instance import Instance
from siting.errors import DataError, Fault, InfeasibleError, NoAnswerError
from siting.mip.cuts import CutRelaxation
from siting.mip.evaluated import Evaluated
from siting.mip.local import moves_between_sites
from siting.mip.losses import COARSE, ROUNDS_OF_LOSSES, add_broken, carrying, modules_of
from siting.mip.model import Model
from siting.mip.relaxation import Relaxation, Relaxed
from siting.mip.solve import Clock, Outcome, Progress, SolverOptions, relative_gap, solve_once
from siting.status import is_reached

__all__ = ["is_decomposed", "minimise_decomposed", "relaxation_of"]

FloatArray = NDArray[np.float64]
Report = Callable[[Progress], None]

#: Integer solves among the pairs that carry load, and over all of them.
ROUNDS_AMONG, ROUNDS_WHOLE = 4, 100
#: Slices from which the decomposition pays.
LEAST_SLICES = 48
#: Time that an answer found at the end may take to be dispatched. [s]
LEAST_TIME_S = 10.0
#: Share of the remaining time that the search among few pairs may take.
SHARE_OF_FEW = 0.4
#: Most rounds of rows for losses in the relaxation, and the share of all critical demand that may
#: Share of the gap asked for that rounds of cuts may leave open.
PRECISION = 0.05


def is_decomposed(instance: Instance, options: SolverOptions) -> bool:
    """Whether a study is solved with its slices left to the sites.

    Parameters
    ----------
    instance : Instance
        The study.
    options : SolverOptions
        Its ``method``; ``auto`` decomposes where no load moves between sites, which would join
        their slices, and where there are slices enough for it to pay.

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
        return able and len(instance.states[0].coefficients.hours) >= LEAST_SLICES
    return options.method == "decomposed"


def relaxation_of(model: Model, options: SolverOptions) -> Relaxation:
    """The relaxation of a model, with cuts where the model is decomposed."""
    if not model.decomposed:
        return Relaxation(model, options)
    return CutRelaxation(model, options, missed=max(PRECISION * options.gap, 1e-7))


def minimise_decomposed(
    model: Model,
    relaxation: CutRelaxation,
    expression: LpAffineExpression,
    options: SolverOptions,
    clock: Clock,
    phase: str,
    report: Report | None,
) -> tuple[Outcome, Evaluated]:
    """Minimise an expression over a decomposed model.

    Parameters
    ----------
    model : Model
        The program without its slices.
    relaxation : CutRelaxation
        Its relaxation, with the cuts known so far.
    expression, options, clock, phase, report
        As for :func:`siting.mip.search.minimise`.

    Returns
    -------
    Outcome, Evaluated
        What was proven, and the best point with its dispatch.

    Raises
    ------
    InfeasibleError, NoAnswerError
        If there is no answer, or none was found in time.
    """
    search = _Search(model, relaxation, expression, options, clock, phase, report)
    return search.run()


class _Search:
    """One minimisation: the best point, the bound, and the cuts in between."""

    def __init__(
        self,
        model: Model,
        relaxation: CutRelaxation,
        expression: LpAffineExpression,
        options: SolverOptions,
        clock: Clock,
        phase: str,
        report: Report | None,
    ) -> None:
        self.model, self.relaxation, self.expression = model, relaxation, expression
        self.options, self.clock, self.phase, self.report = options, clock, phase, report
        self.cost = relaxation.costs(expression)
        self.best: Evaluated | None = None
        self.bound = -np.inf

    def run(self) -> tuple[Outcome, Evaluated]:
        """Bound, answers among few pairs, then among all."""
        relaxed = self._relaxed()
        self.relaxation.publish()
        self.bound = relaxed.bound
        columns = [self.relaxation.columns(carrying(s)) for s in self.model.states]
        carried = np.max([relaxed.values[load] for load in columns], axis=0) > 1e-6
        self._say()
        self._among(carried)
        if not self.reached():
            self._whole()
        if self.best is None:
            raise NoAnswerError("the time limit ended the solve before any placement was found")
        value = self.best.value
        bound = min(self.bound, value)
        gap = relative_gap(value, bound)
        timed_out = not self.reached() and self.clock.left_s < 0.05
        return Outcome(value, bound, gap, timed_out=timed_out), self.best

    def _relaxed(self) -> Relaxed:
        """The relaxation, with the rows for losses that its parts of halls break."""
        for _ in range(ROUNDS_OF_LOSSES):
            found = self.relaxation.minimise(self.cost, self.clock)
            built = [
                found.values[self.relaxation.columns(s.variables.modules)]
                for s in self.model.states
            ]
            if not add_broken(self.model, built, self.relaxation, short=COARSE):
                break
        return found

    def reached(self) -> bool:
        """Whether the gap asked for is proven."""
        if self.best is None:
            return False
        return is_reached(relative_gap(self.best.value, self.bound), self.options.gap)

    def _among(self, pairs: NDArray[np.bool_]) -> None:
        """Answers that build only the pairs that carry load in the relaxation."""
        shut = np.flatnonzero(~pairs)
        variables = [
            v[p] for b in self.model.builds() for v in (b.is_open, b.modules) for p in shut
        ]
        held = [(v, v.lowBound, v.upBound) for v in variables]
        tight = replace(self.options, gap=self.options.gap / 4)
        limit = SHARE_OF_FEW * self.clock.left_s
        for v in variables:
            v.lowBound = v.upBound = 0.0
        try:
            for _ in range(ROUNDS_AMONG):
                try:
                    found = self._solve(
                        tight, f"{self.phase}, among {int(pairs.sum())} pairs", limit
                    )
                except (InfeasibleError, NoAnswerError):
                    return
                if self.reached() or self._closed(found.bound):
                    return
        finally:
            for v, low, high in held:
                v.lowBound, v.upBound = low, high

    def _whole(self) -> None:
        """Answers over all pairs, until bound and answer meet."""
        for _ in range(ROUNDS_WHOLE):
            if self.clock.left_s < 0.05:
                return
            try:
                found = self._solve(self.options, self.phase, None)
            except NoAnswerError:
                return
            self.bound = max(self.bound, found.bound)
            self._say()
            if self.reached():
                return

    def _closed(self, bound: float) -> bool:
        """Whether more rounds among these pairs can bring no better answer."""
        if self.best is None:
            return False
        return relative_gap(self.best.value, min(bound, self.best.value)) <= self.options.gap / 2

    def _solve(self, options: SolverOptions, phase: str, seconds: float | None) -> Outcome:
        """One integer solve with the cuts known, then what its answer really costs.

        Where no dispatch serves the counts found, the cuts that say so are all that is gained.
        """
        found = self._surviving(options, phase, seconds)
        built, known = self.relaxation.present(), self.relaxation.cut_count
        try:
            point = self.relaxation.minimise_fixed(
                self.cost, built, Clock(max(self.clock.left_s, LEAST_TIME_S))
            )
        except InfeasibleError:
            if self.relaxation.cut_count == known:
                raise
            self.relaxation.publish(everything=True)
            return found
        self.relaxation.publish()
        if self.best is None or point.value < self.best.value:
            self.best = point
        self._say()
        return found

    def _surviving(self, options: SolverOptions, phase: str, seconds: float | None) -> Outcome:
        """One integer solve, again with the rows that its answer breaks after a loss."""
        while True:
            found = solve_once(
                self.model.problem, self.expression, options, self.clock,
                phase=phase, seconds=seconds, report=None,
            )  # fmt: skip
            if not add_broken(self.model, modules_of(self.model), self.relaxation):
                return found

    def _say(self) -> None:
        if self.report is None:
            return
        value = np.inf if self.best is None else self.best.value
        gap = relative_gap(value, self.bound) if np.isfinite(value) else np.inf
        known = float(value), float(self.bound), gap
        cuts, left_s = self.relaxation.cut_count, self.clock.left_s
        self.report(Progress(self.phase, self.clock.spent_s, *known, cuts=cuts, left_s=left_s))
