"""A program handed to HiGHS once and solved again with other costs, bounds and right-hand sides.

Fronts, alternatives and what-if questions solve one study many times. Here the rows and columns
go to the solver once, as a linear program and as an integer program; each solve changes numbers on
those two and goes the same three steps as :mod:`siting.mip.search`: bound, answer, proof.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pulp
from highspy import HighsModelStatus
from numpy.typing import ArrayLike, NDArray
from pulp import LpAffineExpression

from siting.errors import InfeasibleError, NoAnswerError, SitingError
from siting.mip.found import Found
from siting.mip.losses import bounded_by_losses, until_it_survives
from siting.mip.model import Model
from siting.mip.solution import Decisions, StateAnswer, metric_by_site, read_all
from siting.mip.solve import (
    SHARE_OF_FEW,
    SILENT,
    Clock,
    SolverOptions,
    Target,
    Watch,
    listening,
)
from siting.mip.transport import assign_flows

__all__ = ["Live", "answers_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Values below this are not built in the relaxation. [modules]
LEAST = 1e-7
_ENDED_EARLY = (HighsModelStatus.kTimeLimit, HighsModelStatus.kInterrupt)
_NO_ANSWER = (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)


class Live:
    """A model that lives in the solver.

    Parameters
    ----------
    model : Model
        The built program. Its rows and variables must not change afterwards.
    options : SolverOptions
        Seed and threads; the solver is always HiGHS.
    """

    def __init__(self, model: Model, options: SolverOptions) -> None:
        self.model = model
        self._lp = self._relaxation_in_solver(options)
        self._mip = _hand_over(model, options, mip=True)
        #: Of each added row, its number in the linear and in the integer program.
        self._added: list[tuple[int, int]] = []
        self._variables = model.problem.exported_variables()
        self._column = {v.id: j for j, v in enumerate(self._variables)}
        lp = self._lp.getLp()
        self._low, self._high = np.array(lp.col_lower_), np.array(lp.col_upper_)
        builds = model.builds()
        self._open = np.array([self.columns(v.is_open) for v in builds])
        self._modules = np.array([self.columns(v.modules) for v in builds])

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self._low)

    def columns(self, variables: list[pulp.LpVariable]) -> IntArray:
        """Columns of some variables."""
        return np.array([self._column[v.id] for v in variables], dtype=np.intp)

    def costs(self, expression: LpAffineExpression) -> FloatArray:
        """Coefficients of an expression on the columns."""
        cost = np.zeros(self.size)
        for variable, coefficient in expression.items():
            cost[self._column[variable.id]] = coefficient
        return cost

    def _relaxation_in_solver(self, options: SolverOptions) -> Any:
        """The linear program in the solver."""
        return _hand_over(self.model, options, mip=False)

    def add_row(self, cost: FloatArray, low: float = -math.inf, high: float = math.inf) -> int:
        """Add low ≤ cost · x ≤ high; return its number, for `set_row` and ``row_price``."""
        used = np.flatnonzero(cost).astype(np.int32)
        self._mip.addRow(low, high, len(used), used, cost[used])
        self._added.append((self._relax_by(cost, low, high), int(self._mip.getNumRow()) - 1))
        return len(self._added) - 1

    def _relax_by(self, cost: FloatArray, low: float, high: float) -> int:
        """Add a row to the linear program; its number there."""
        used = np.flatnonzero(cost).astype(np.int32)
        self._lp.addRow(low, high, len(used), used, cost[used])
        return int(self._lp.getNumRow()) - 1

    def set_row(self, row: int, low: float = -math.inf, high: float = math.inf) -> None:
        """Change both sides of an added row."""
        for highs, at in zip((self._lp, self._mip), self._added[row], strict=True):
            highs.changeRowBounds(at, low, high)

    def add_column(self, low: float, high: float) -> int:
        """Add a continuous column that no row reads yet."""
        empty = np.zeros(0, dtype=np.int32)
        for highs in (self._lp, self._mip):
            highs.addCol(0.0, low, high, 0, empty, np.zeros(0))
        self._low, self._high = np.append(self._low, low), np.append(self._high, high)
        return self.size - 1

    @contextmanager
    def held(self, columns: IntArray, low: ArrayLike, high: ArrayLike) -> Iterator[None]:
        """Other bounds for some columns, for a while."""
        before = self._low[columns].copy(), self._high[columns].copy()
        self._bound(columns, low, high)
        try:
            yield
        finally:
            self._bound(columns, *before)

    def _bound(self, columns: IntArray, low: ArrayLike, high: ArrayLike) -> None:
        self._low[columns], self._high[columns] = low, high
        for highs in (self._lp, self._mip):
            self._apply(highs, columns, self._low[columns], self._high[columns])

    @staticmethod
    def _apply(highs: Any, columns: IntArray, low: FloatArray, high: FloatArray) -> None:
        index = np.asarray(columns, dtype=np.int32)
        highs.changeColsBounds(len(index), index, low, high)

    def relax(self, cost: FloatArray, clock: Clock, *, missed: float | None = None) -> Found:
        """Minimise over the continuous relaxation, from its last basis.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What to minimise.
        clock : Clock
            The time left.
        missed : float, optional
            Share of the objective by which a decomposed program may be missed. [-]

        Raises
        ------
        InfeasibleError, NoAnswerError
            If it has no answer, or the time ran out.
        """
        status = _run(self._lp, cost, clock)
        if status in _NO_ANSWER:
            raise InfeasibleError("no placement meets every limit of the study")
        if status != HighsModelStatus.kOptimal:
            raise NoAnswerError(f"the time ended after {clock.spent_s:.0f} s; allow more of it")
        solution, value = self._lp.getSolution(), float(self._lp.getObjectiveValue())
        prices = self._prices(np.array(solution.row_dual))
        return Found(value, value, np.array(solution.col_value), prices)

    def _prices(self, dual: FloatArray) -> FloatArray:
        """Prices of the added rows from the duals of all."""
        return -dual[np.array([row for row, _ in self._added], dtype=np.intp)]

    def minimise(
        self, cost: FloatArray, *, tolerance: float, clock: Clock, start: Found | None = None
    ) -> Found:
        """Minimise over all placements, to an absolute gap.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What to minimise; solve it near one.
        tolerance : float
            Gap to prove, in the unit of the objective.
        clock : Clock
            The time left.
        start : Found, optional
            An answer that meets every row, to start from and to fall back on.

        Raises
        ------
        InfeasibleError, NoAnswerError
            If there is no answer, or none was found in time.
        """
        relaxed = self.bounded(cost, clock)
        carried = (relaxed.values[self._modules] > LEAST).any(axis=0)
        few = self._among(carried, cost, tolerance / 4, Clock(SHARE_OF_FEW * clock.left_s))
        if start is not None:
            start = Found(float(cost @ start.values), -math.inf, start.values, np.zeros(0))
            few = start if few is None or start.objective < few.objective else few
        if few is not None and few.objective - relaxed.bound <= tolerance:
            found = few
        else:
            found = self.surviving(cost, Target(tolerance), clock, few)
        exact = self._dispatch(found, cost)
        bound = min(max(found.bound if found is not few else relaxed.bound, relaxed.bound),
                    exact.objective)  # fmt: skip
        late = found.timed_out and exact.objective - bound > tolerance
        return Found(exact.objective, bound, exact.values, relaxed.row_price, late)

    def _among(
        self, pairs: NDArray[np.bool_], cost: FloatArray, tolerance: float, clock: Clock
    ) -> Found | None:
        """The best answer that builds only some pairs; None where they do not suffice."""
        with self.shut(~pairs) as allowed:
            try:
                return self.surviving(cost, Target(tolerance), clock, None) if allowed else None
            except (InfeasibleError, NoAnswerError):
                return None

    @contextmanager
    def shut(self, pairs: NDArray[np.bool_]) -> Iterator[bool]:
        """Pairs closed in the integer program; whether no bound forbids it."""
        shut = np.concatenate([self._open[:, pairs].ravel(), self._modules[:, pairs].ravel()])
        allowed = not (self._low[shut] > 0).any()
        if allowed:
            self._apply(self._mip, shut, np.zeros(len(shut)), np.zeros(len(shut)))
        try:
            yield allowed
        finally:
            self._apply(self._mip, shut, self._low[shut], self._high[shut])

    def require(self, terms: list[tuple[pulp.LpVariable, float]], least: float) -> None:
        """Add the row Σ coefficient · variable ≥ least, which stays."""
        cost = np.zeros(self.size)
        cost[self.columns([variable for variable, _ in terms])] = [value for _, value in terms]
        self.add_row(cost, low=least)

    def _built(self, found: Found) -> list[FloatArray]:
        """Modules of every state."""
        return [found.values[self.columns(s.variables.modules)] for s in self.model.states]

    def bounded(self, cost: FloatArray, clock: Clock) -> Found:
        """The relaxation, with rows for losses as long as its parts of halls break some of them."""
        return bounded_by_losses(self.model, lambda: self.relax(cost, clock), self.columns, self)

    def surviving(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        start: Found | None,
        watch: Watch = SILENT,
        enough: float = math.inf,
    ) -> Found:
        """One integer solve, again with the rows that its answer breaks after a loss."""
        return until_it_survives(
            self.model,
            lambda: self._integer(cost, target, clock, start, watch, enough),
            lambda found: [np.round(modules) for modules in self._built(found)],
            self,
        )

    def _integer(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        start: Found | None,
        watch: Watch = SILENT,
        enough: float = math.inf,
    ) -> Found:
        """One run of the integer program, from a known answer if there is one.

        It ends early where its bound has come up to ``enough``.
        """
        self._mip.clearSolver()
        if start is not None:
            n = len(start.values)
            self._mip.setSolution(n, np.arange(n, dtype=np.int32), start.values)
        self._mip.setOptionValue("mip_abs_gap", target.absolute)
        self._mip.setOptionValue("mip_rel_gap", target.relative)
        with listening(self._mip, watch, clock, enough):
            status = _run(self._mip, cost, clock)
        if status in _NO_ANSWER:
            raise InfeasibleError("no placement meets every limit of the study")
        info, early = self._mip.getInfo(), status in _ENDED_EARLY
        value = float(self._mip.getObjectiveValue())
        if not (early or status == HighsModelStatus.kOptimal) or not math.isfinite(value):
            if start is not None:  # Ended before the solver took it up, but not without a bound.
                bound = float(info.mip_dual_bound) if early else -math.inf
                return Found(start.objective, bound, start.values, start.row_price, True)
            raise NoAnswerError(f"the time ended after {clock.spent_s:.0f} s; allow more of it")
        values = np.array(self._mip.getSolution().col_value)
        return Found(value, float(info.mip_dual_bound), values, np.zeros(0), early)

    def _dispatch(self, found: Found, cost: FloatArray) -> Found:
        """Exact operation for the counts found, so that no fraction of a hall is left."""
        counts = np.concatenate([self._open.ravel(), self._modules.ravel()])
        fixed = np.round(found.values[counts])
        self._apply(self._mip, counts, fixed, fixed)
        try:
            return self._integer(cost, Target(), Clock(60.0), None)
        except InfeasibleError:
            raise SitingError("an answer of the solver does not hold when it is rounded") from None
        finally:
            self._apply(self._mip, counts, self._low[counts], self._high[counts])

    def answers(self, found: Found) -> tuple[StateAnswer, ...]:
        """What happens in each state of an answer."""
        for variable, value in zip(self._variables, found.values.tolist(), strict=False):
            variable.varValue = value
        return answers_of(self.model, read_all(self.model))


def answers_of(model: Model, decisions: Sequence[Decisions]) -> tuple[StateAnswer, ...]:
    """Metrics and flows of the decisions of each state."""
    answers = []
    for state, x in zip(model.states, decisions, strict=True):
        metrics = {m: metric_by_site(state, terms, x) for m, terms in state.terms.items()}
        answers.append(StateAnswer(x, metrics, *assign_flows(state, x)))
    return tuple(answers)


def _hand_over(model: Model, options: SolverOptions, *, mip: bool) -> Any:
    """The HiGHS object of a model, with no objective."""
    solver = pulp.HiGHS(
        mip=mip,
        msg=False,
        threads=options.threads,
        gapRel=0.0,
        random_seed=options.seed,
        mip_feasibility_tolerance=1e-7,
    )
    problem = model.problem
    problem.setObjective(LpAffineExpression.empty())
    solver.createAndConfigureSolver(problem)
    solver.buildSolverModel(problem)
    highs, problem.solverModel = problem.solverModel, None
    return highs


def _run(highs: Any, cost: FloatArray, clock: Clock) -> HighsModelStatus:
    n = len(cost)
    highs.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
    highs.setOptionValue("time_limit", highs.getRunTime() + max(clock.left_s, 0.1))
    highs.run()
    status: HighsModelStatus = highs.getModelStatus()
    return status
