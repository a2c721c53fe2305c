"""The one place where HiGHS is run: numbers in, a status that can be believed out.

Linear programs stay in the solver and go on from their last basis. Where a run ends without a
settled status it is repeated in other ways, and "infeasible" is believed only after a second run
without presolve and with looser tolerances says so too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np
import pulp
from highspy import HighsBasis, HighsModelStatus, HighsStatus, HighsVarType
from numpy.typing import ArrayLike
from pulp import LpAffineExpression, LpProblem
from scipy import sparse

from siting.arrays import FloatArray, IndexArray
from siting.mip import SILENT, Clock, Target, Watch, listening
from siting.mip.runs import NONE, Basis, Row, Run, RunStatus, entries_of

__all__ = ["Highs"]

_INFEASIBLE = (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)
_STOPPED = (HighsModelStatus.kTimeLimit, HighsModelStatus.kInterrupt)
#: Status of a solution that meets every row.
_POINT = 2
_TOLERANCES = ("primal_feasibility_tolerance", "dual_feasibility_tolerance")
#: Of counts: how far a value may lie from a whole number, and rows from their bounds.
INTEGER_TOLERANCE = 1e-7
#: Tolerance at which a second run may find what the first one did not. [-]
LOOSE = 1e-6
PRIMAL_SIMPLEX = 4
#: Tried in turn where a linear program does not settle, each with what went before: a new start,
#: since a basis carried over may be too ill-conditioned, by the primal simplex method, since duals
#: of a program without a point grow until the dual one of HiGHS 1.15.1 may never return; all rows
#: as they are; interior point; and the usual tolerances, since no basis may meet tighter ones in
#: floating point.
WAYS: tuple[dict[str, str | float], ...] = (
    {"simplex_strategy": PRIMAL_SIMPLEX},
    {"presolve": "off"},
    {"presolve": "choose", "solver": "ipm"},
    {"solver": "choose", **dict.fromkeys(_TOLERANCES, 1e-7)},
)
#: The second opinion on "infeasible".
SECOND_OPINION: dict[str, str | float] = {
    "presolve": "off", "mip_feasibility_tolerance": LOOSE, **dict.fromkeys(_TOLERANCES, LOOSE),
}  # fmt: skip

#: Heuristics of integer programs: cheap rounding finds a first incumbent, while the sub-problem of
#: reduced costs at the root takes as long as all the rest and finds what others find too.
HEURISTICS = {
    "mip_heuristic_run_zi_round": True,
    "mip_heuristic_run_shifting": True,
    "mip_heuristic_run_root_reduced_cost": False,
}

#: Those that HiGHS has on; where the start is the optimum, half of the time goes to them.
OTHER_HEURISTICS = tuple(f"mip_heuristic_run_{x}" for x in ("rins", "rens", "feasibility_jump"))
#: Threads of HiGHS's one pool; it has to be taken down before another number is asked for.
_pool_threads = [0]

#: Rules of presolve that would put the members of a sum back in its place, so that no branch is
#: left on it: substitution of free columns, and the aggregator. Bits by their place in HiGHS 1.15.
SUMS_STAY = 1 << 8 | 1 << 12


class Highs:
    """A program in HiGHS.

    Parameters
    ----------
    threads : int, default 1
        Threads of a run.
    seed : int, default 0
        Random seed.
    tolerance : float, optional
        How far rows and reduced costs may be missed; 1e-7 by default.
    """

    def __init__(self, *, threads: int = 1, seed: int = 0, tolerance: float | None = None) -> None:
        self._threads, self._seed, self._tolerance = threads, seed, tolerance
        #: Objective of the columns that there are; none where it is not known.
        self._cost: FloatArray | None = None
        make: Any = highspy.Highs
        self.raw: Any = make()
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": threads,
            "random_seed": seed,
            "mip_feasibility_tolerance": INTEGER_TOLERANCE,
            **HEURISTICS,
        }
        if tolerance is not None:
            options |= dict.fromkeys(_TOLERANCES, tolerance)
        for name, value in options.items():
            self.raw.setOptionValue(name, value)

    @classmethod
    def of(cls, problem: LpProblem, **options: Any) -> Highs:
        """Rows and columns of a problem of PuLP, continuous and without an objective."""
        made = cls(**options)
        solver = pulp.HiGHS(mip=False, msg=False, threads=made._threads)
        problem.setObjective(LpAffineExpression.empty())
        solver.createAndConfigureSolver(problem)
        solver.buildSolverModel(problem)
        built: Any = problem.solverModel
        problem.solverModel = None
        made.raw.passModel(built.getLp())
        return made

    def like(self) -> Highs:
        """Return an empty program with the same options."""
        return Highs(threads=self._threads, seed=self._seed, tolerance=self._tolerance)

    def among(
        self, columns: IndexArray, lp: Any, entries: sparse.csc_matrix, basis: Basis
    ) -> Highs:
        """Return the program with some columns alone, in their order, and their part of a basis.

        ``lp``, ``entries`` and ``basis`` are those of the whole program.
        """
        made, rows = self.like(), (np.array(lp.row_lower_), np.array(lp.row_upper_))
        low, high = np.array(lp.col_lower_)[columns], np.array(lp.col_upper_)[columns]
        made.load_rows(low, high, *rows, entries[:, columns].tocsr())
        made.begin_anew(Basis(basis.columns[columns], basis.rows, basis.valid))
        return made

    # Rows and columns -----------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.raw.getNumCol())

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.raw.getNumRow())

    def lp(self) -> Any:
        """Copy of all numbers."""
        self.raw.ensureColwise()
        return self.raw.getLp()

    def entries(self, lp: Any = None) -> sparse.csc_matrix:
        """Copy of the entries, shape (rows, columns); those of another copy of all numbers."""
        lp = self.lp() if lp is None else lp
        matrix, shape = lp.a_matrix_, (lp.num_row_, lp.num_col_)
        index, start = (np.array(x, dtype=np.int32) for x in (matrix.index_, matrix.start_))
        return sparse.csc_matrix((np.array(matrix.value_), index, start), shape=shape)

    def load(self, lp: Any) -> None:
        """Replace everything."""
        self._cost = None
        self.raw.passModel(lp)

    def load_rows(
        self, low: FloatArray, high: FloatArray, lower: FloatArray, upper: FloatArray, rows: Any
    ) -> None:
        """Replace everything by columns with bounds and rows with sides.

        Parameters
        ----------
        low, high : ndarray, shape (columns,)
            Bounds.
        lower, upper : ndarray, shape (rows,)
            Sides.
        rows : scipy.sparse.csr_matrix
            Entries.
        """
        n, none, self._cost = len(low), np.zeros(0, dtype=np.int32), None
        self.raw.clearModel()
        self.raw.addCols(n, np.zeros(n), low, high, 0, none, none, np.zeros(0))
        self._append(lower, upper, rows)

    def add_columns(self, low: FloatArray, high: FloatArray, entries: sparse.csc_matrix) -> None:
        """Add continuous columns after the last, with bounds and entries, (rows, columns)."""
        self.raw.addCols(
            len(low), np.zeros(len(low)), low, high, entries.nnz,
            entries.indptr[:-1].astype(np.int32), entries.indices.astype(np.int32), entries.data,
        )  # fmt: skip

    def keep_rows(self, count: int) -> None:
        """Leave out all rows after the first ones."""
        self.raw.deleteRows(self.rows - count, np.arange(count, self.rows, dtype=np.int32))

    def require_integers(self, columns: IndexArray) -> None:
        """Make columns whole."""
        kinds = np.full(len(columns), HighsVarType.kInteger)
        self.raw.changeColsIntegrality(len(columns), columns.astype(np.int32), kinds)

    def leave_heuristics(self) -> None:
        """Let integer programs look for no points besides those of their nodes."""
        for name in (*HEURISTICS, *OTHER_HEURISTICS):
            self.raw.setOptionValue(name, False)

    def add_sums(self, groups: Sequence[IndexArray]) -> None:
        """Add a whole column for the sum of each of some groups of columns, to branch on.

        They have no upper bound: with the bound of one, presolve of HiGHS 1.15.1 loses the optimum
        of some small programs.
        """
        if not groups:
            return
        first, before = self.columns, self.rows
        self.add_rows([Row(columns, np.ones(len(columns)), 0.0, 0.0) for columns in groups])
        for i in range(len(groups)):
            self.add_column(0.0, 0.0, math.inf, [before + i], [-1.0])
        self.require_integers(np.arange(first, self.columns))
        self.raw.setOptionValue("presolve_rule_off", SUMS_STAY)

    def set_costs(self, cost: FloatArray) -> None:
        """Replace the objective."""
        if self._cost is not None and np.array_equal(cost, self._cost):
            return
        n, self._cost = len(cost), cost.copy()
        self.raw.changeColsCost(n, np.arange(n, dtype=np.int32), cost)

    def set_bounds(self, columns: IndexArray, low: ArrayLike, high: ArrayLike) -> None:
        """Replace the bounds of some columns."""
        index = np.asarray(columns, dtype=np.int32)
        shape = index.shape
        self.raw.changeColsBounds(
            len(index), index,
            np.broadcast_to(np.asarray(low, dtype=float), shape).copy(),
            np.broadcast_to(np.asarray(high, dtype=float), shape).copy(),
        )  # fmt: skip

    def set_row(self, row: int, low: float, high: float) -> None:
        """Replace the sides of a row."""
        self.raw.changeRowBounds(int(row), low, high)

    def set_rows(self, low: FloatArray, high: FloatArray) -> None:
        """Replace the sides of the first rows, or of all."""
        self.raw.changeRowsBounds(len(low), np.arange(len(low), dtype=np.int32), low, high)

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Add rows after the last."""
        if not rows:
            return
        low, high = np.array([row.low for row in rows]), np.array([row.high for row in rows])
        self._append(low, high, entries_of(rows, self.columns))

    def _append(self, low: FloatArray, high: FloatArray, rows: sparse.csr_matrix) -> None:
        self.raw.addRows(
            len(low), low, high, rows.nnz, rows.indptr[:-1].astype(np.int32),
            rows.indices.astype(np.int32), rows.data,
        )  # fmt: skip

    def add_column(
        self, cost: float, low: float, high: float, rows: ArrayLike = (), values: ArrayLike = ()
    ) -> None:
        """Add a continuous column after the last."""
        index = np.asarray(rows, dtype=np.int32)
        self.raw.addCol(cost, low, high, len(index), index, np.asarray(values, dtype=float))

    # Basis ----------------------------------------------------------------------------------

    def basis(self) -> Basis:
        """Copy of the basis of the last run."""
        found, solution = self.raw.getBasis(), self.raw.getSolution()
        if found.valid and solution.value_valid:
            ended, basic = self.raw.getBasicVariables()
            if ended == HighsStatus.kOk:  # A tenth of the time that all statuses take.
                lp = self.raw.getLp()
                columns = solution.col_value, lp.col_lower_, lp.col_upper_
                return Basis.at(basic, columns, (solution.row_value, lp.row_lower_, lp.row_upper_))
        parts = (found.col_status, found.row_status)
        status = [np.fromiter((s.value for s in part), np.int8, len(part)) for part in parts]
        return Basis(status[0], status[1], bool(found.valid))

    def place(self) -> HighsBasis:
        """Basis of the last run as the solver holds it, without a copy, for `go_on_from`."""
        found: HighsBasis = self.raw.getBasis()
        return found

    def go_on_from(self, basis: HighsBasis) -> None:
        """Let the next run start from a basis of this program."""
        self.raw.setBasis(basis)

    @property
    def has_basis(self) -> bool:
        """Return whether the next run goes on from a basis."""
        return bool(self.raw.getBasis().valid)

    def begin_anew(self, basis: Basis | None = None) -> None:
        """Let the next run start without a basis, or from one."""
        self.raw.clearSolver()
        if basis is not None and basis.valid:
            self.raw.setBasis(basis.of_highs())

    # Runs -----------------------------------------------------------------------------------

    def minimize(self, cost: FloatArray, clock: Clock, *, sure: bool = True) -> Run:
        """Run a linear program.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What to minimize.
        clock : Clock
            The time left.
        sure : bool, default True
            Whether "infeasible" needs a second opinion.
        """
        self.set_costs(cost)
        with listening(self.raw, SILENT, clock):
            status = self._run(clock)
            if status not in (HighsModelStatus.kOptimal, *_INFEASIBLE, *_STOPPED):
                status = self._settled(clock, WAYS)
            if status in _INFEASIBLE and sure:
                status = self._settled(clock, ({}, SECOND_OPINION))
        if status != HighsModelStatus.kOptimal:
            ended = RunStatus.INFEASIBLE if status in _INFEASIBLE else RunStatus.STOPPED
            return Run.without_point(ended)
        solution, value = self.raw.getSolution(), float(self.raw.getObjectiveValue())
        return Run(
            RunStatus.OPTIMAL, value, value, np.array(solution.col_value),
            np.array(solution.row_dual), np.array(solution.col_dual),
        )  # fmt: skip

    def minimize_integer(
        self,
        cost: FloatArray,
        clock: Clock,
        target: Target,
        *,
        start: FloatArray | None = None,
        enough: float = math.inf,
        watch: Watch = SILENT,
        sure: bool = True,
    ) -> Run:
        """Run an integer program.

        Parameters
        ----------
        cost, clock, sure
            As for `minimize`.
        target : Target
            Gap to prove.
        start : ndarray, shape (columns,), optional
            A point that meets every row.
        enough : float, optional
            The run ends where its bound has come up to this.
        watch : Watch, optional
            Receiver of progress.
        """
        self.set_costs(cost)
        self.raw.setOptionValue("mip_abs_gap", target.absolute)
        self.raw.setOptionValue("mip_rel_gap", target.relative)
        if start is not None:
            self.raw.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
        with listening(self.raw, watch, clock, enough):
            status = self._run(clock)
            if status in _INFEASIBLE and sure:
                status = self._settled(clock, (SECOND_OPINION,))
        if status in _INFEASIBLE:
            return Run.without_point(RunStatus.INFEASIBLE)
        if status not in (HighsModelStatus.kOptimal, *_STOPPED):
            return Run.without_point(RunStatus.STOPPED)
        info, value = self.raw.getInfo(), float(self.raw.getObjectiveValue())
        bound, proven = float(info.mip_dual_bound), status == HighsModelStatus.kOptimal
        if not math.isfinite(value) or not (proven or int(info.primal_solution_status) == _POINT):
            return Run.without_point(RunStatus.STOPPED, bound)
        ended = RunStatus.OPTIMAL if proven else RunStatus.STOPPED
        values = np.array(self.raw.getSolution().col_value)
        return Run(ended, value, bound, values, NONE, NONE)

    def _run(self, clock: Clock) -> HighsModelStatus:
        if _pool_threads[0] not in (0, self._threads):
            highspy.Highs.resetGlobalScheduler(True)
        _pool_threads[0] = self._threads
        left = max(clock.left_s, 0.01)
        self.raw.setOptionValue("time_limit", self.raw.getRunTime() + left)
        self.raw.run()
        status: HighsModelStatus = self.raw.getModelStatus()
        return status

    def _settled(self, clock: Clock, ways: Sequence[dict[str, str | float]]) -> HighsModelStatus:
        """Run again from a new start, in each of some ways until one finds a point."""
        asked = {name: self.raw.getOptionValue(name)[1] for way in ways for name in way}
        try:
            for way in ways:
                for name, value in way.items():
                    self.raw.setOptionValue(name, value)
                self.raw.clearSolver()
                status = self._run(clock)
                if status in (HighsModelStatus.kOptimal, *_STOPPED):
                    break
                if status in _INFEASIBLE and ways is WAYS:
                    break
        finally:
            for name, value in asked.items():
                self.raw.setOptionValue(name, value)
        return status
