"""The continuous relaxation: solved again and again from the last basis, always by HiGHS.

It gives a bound that holds for every placement, the scales of a weighted objective, and the few
pairs among which a first whole answer is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pulp
from highspy import HighsBasis, HighsModelStatus
from numpy.typing import NDArray
from pulp import LpAffineExpression

from siting.errors import InfeasibleError, NoAnswerError
from siting.mip.interrupt import heed
from siting.mip.model import Model
from siting.mip.solve import Clock, SolverOptions

__all__ = ["TOLERANCES", "UNSETTLED", "Relaxation", "Relaxed", "entries_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


#: Ends of a solve that a fresh start may turn into an answer.
UNSETTLED = (
    HighsModelStatus.kNotset, HighsModelStatus.kUnknown, HighsModelStatus.kSolveError,
)  # fmt: skip
#: How far HiGHS may miss rows and reduced costs.
TOLERANCES = ("primal_feasibility_tolerance", "dual_feasibility_tolerance")
#: What is tried then, each with what went before: only a new start, since a basis carried over may
#: be too ill-conditioned to go on from; all rows as they are; from inside instead of along the
#: edge; and HiGHS's own tolerances, since no basis may meet tighter ones in floating point.
WAYS: tuple[dict[str, str | float], ...] = (
    {},
    {"presolve": "off"},
    {"presolve": "choose", "solver": "ipm"},
    {"solver": "choose", **dict.fromkeys(TOLERANCES, 1e-7)},
)


@dataclass(frozen=True)
class Relaxed:
    """An optimum of the relaxation.

    Parameters
    ----------
    bound : float
        Its value: no placement is better.
    values : ndarray, shape (columns,)
        Value of each variable, in the order of the problem.
    """

    bound: float
    values: FloatArray


def entries_of(
    highs: Any, columns: IntArray, rows: NDArray[np.bool_]
) -> tuple[IntArray, IntArray, FloatArray]:
    """Row, column and coefficient of every entry of some columns in some rows of a program.

    Parameters
    ----------
    highs : highspy.Highs
        The program.
    columns : ndarray of int
        Which columns.
    rows : ndarray of bool, shape (rows,)
        Which rows count.
    """
    highs.ensureColwise()
    matrix = highs.getLp().a_matrix_
    start, index = np.array(matrix.start_), np.array(matrix.index_)
    entries = [np.arange(start[j], start[j + 1]) for j in columns]
    kept = np.concatenate([*entries, np.zeros(0)]).astype(np.intp)
    of = np.repeat(columns, [len(part) for part in entries])
    counted = rows[index[kept]]
    return index[kept][counted], of[counted], np.array(matrix.value_)[kept][counted]


class Relaxation:
    """The linear program behind a model, kept with its basis between solves."""

    def __init__(self, model: Model, options: SolverOptions) -> None:
        solver = pulp.HiGHS(mip=False, msg=False, threads=1, random_seed=options.seed)
        problem = model.problem
        problem.setObjective(LpAffineExpression.empty())
        solver.createAndConfigureSolver(problem)
        solver.buildSolverModel(problem)
        self._highs: Any = problem.solverModel
        #: Variables of the program by column; PuLP makes them anew at every call.
        self.variables = problem.exported_variables()
        self._column = {v.id: j for j, v in enumerate(self.variables)}

    @property
    def solver(self) -> Any:
        """The linear program in HiGHS, for who changes its bounds."""
        return self._highs

    def state(self) -> Any:
        """What the next solve would start from, to come back to: the basis of the last one."""
        found, copy = self._highs.getBasis(), HighsBasis()
        copy.col_status, copy.row_status = list(found.col_status), list(found.row_status)
        copy.valid = found.valid
        return copy

    def begin_anew(self) -> None:
        """Let the next solve start without a basis."""
        self._highs.clearSolver()

    def restart(self, state: Any = None) -> None:
        """Forget every earlier solve, and start the next one from a state if one is given."""
        self._highs.clearSolver()
        if state is not None and state.valid:
            self._highs.setBasis(state)

    def costs(self, expression: LpAffineExpression) -> FloatArray:
        """Coefficients of an expression on the columns."""
        cost = np.zeros(len(self._column))
        for variable, coefficient in expression.items():
            cost[self._column[variable.id]] = coefficient
        return cost

    def columns(self, variables: list[pulp.LpVariable]) -> NDArray[np.intp]:
        """Columns of some variables."""
        return np.array([self._column[v.id] for v in variables], dtype=np.intp)

    def require(self, terms: list[tuple[pulp.LpVariable, float]], least: float) -> None:
        """Add the row Σ coefficient · variable ≥ least and keep the basis."""
        columns = self.columns([variable for variable, _ in terms]).astype(np.int32)
        values = np.array([value for _, value in terms])
        self._highs.addRow(least, np.inf, len(terms), columns, values)

    @contextmanager
    def _bounds(self, columns: IntArray, low: FloatArray, high: FloatArray) -> Iterator[None]:
        """Columns held between other bounds, and given back theirs afterwards."""
        columns, first = np.unique(columns, return_index=True)
        low, high = low[first], high[first]
        lp = self._highs.getLp()
        before = np.array(lp.col_lower_)[columns], np.array(lp.col_upper_)[columns]
        index = columns.astype(np.int32)
        self._highs.changeColsBounds(len(index), index, low, high)
        try:
            yield
        finally:
            self._highs.changeColsBounds(len(index), index, *before)

    def minimise(self, cost: FloatArray, clock: Clock, *, missed: float | None = None) -> Relaxed:
        """Minimise a linear objective over the relaxation.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            The objective.
        clock : Clock
            The time left.
        missed : float, optional
            Share of the objective by which a decomposed program may be missed. [-]

        Raises
        ------
        InfeasibleError
            If even the relaxation has no answer.
        NoAnswerError
            If the time ran out.
        """
        n = len(cost)
        self._highs.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
        heed(self._highs, clock.interrupt)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(clock.left_s, 0.1))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in UNSETTLED:
            status = self._settled()
        if status in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            raise InfeasibleError("no placement meets every limit of the study")
        if status != HighsModelStatus.kOptimal:
            raise NoAnswerError(
                f"the time limit ended the solve after {clock.spent_s:.0f} s, before any placement "
                "was found; allow more time (solver.time_limit_s) or fewer slices (time.slices)"
            )
        values = np.array(self._highs.getSolution().col_value)
        return Relaxed(bound=float(self._highs.getObjectiveValue()), values=values)

    def _settled(self) -> HighsModelStatus:
        """Solve from a new start, in each of some ways until one ends."""
        asked = {name: self._highs.getOptionValue(name)[1] for way in WAYS for name in way}
        try:
            for way in WAYS:
                for name, value in way.items():
                    self._highs.setOptionValue(name, value)
                self._highs.clearSolver()
                self._highs.run()
                status: HighsModelStatus = self._highs.getModelStatus()
                if status not in UNSETTLED:
                    break
        finally:
            for name, value in asked.items():
                self._highs.setOptionValue(name, value)
        return status
