"""A model loaded into the solver: columns, bounds and rows, runs, and moments to come back to.

Costs, bounds, and rows of the planner may change from one solve to the next. Rows that are added
later follow from those of the model alone, so that they stay valid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pulp import LpAffineExpression, LpVariable
from scipy import sparse

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients.pairs import least_units
from siting.errors import InfeasibleError
from siting.mip import Clock, SolverOptions
from siting.mip.highs import Highs
from siting.mip.location.flows import FewFlows, Sifting
from siting.mip.model.build import Model
from siting.mip.runs import Row, Run, RunStatus, Snapshot, entries_of, no_placement

__all__ = ["LoadedModel"]

#: Families of the model whose rows read what opening a site costs or embodies.
CHARGING = {"add_budgets", "add_measure"}
#: Rows through which a column without a bound of its own is bounded by others.
LONGEST_CHAIN = 6


class LoadedModel:
    """A model that lives in the solver.

    Parameters
    ----------
    model : Model
        The built model. Its rows and variables must not change afterwards.
    options : SolverOptions
        Solver, gap, seed and threads. Relaxations are always solved by HiGHS.
    """

    #: Of the relaxation; HiGHS's own by default.
    tolerance: float | None = None

    def __init__(self, model: Model, options: SolverOptions) -> None:
        self.model, self.options = model, options
        self.lp = Highs.of(model.problem, seed=options.seed, tolerance=self.tolerance)
        #: Variables by column; PuLP makes the list anew at every call.
        self.variables = model.problem.exported_variables()
        self._column = {v.id: j for j, v in enumerate(self.variables)}
        self._stated, self._entries = self.lp.lp(), self.lp.entries().tocsr()
        self._families = model.row_families()
        self._low, self._high = np.array(self._stated.col_lower_), np.array(self._stated.col_upper_)
        self._extra: list[tuple[float, float]] = []
        self._rows: list[Row] = []
        self._tight: set[int] = set()
        #: Of each row of the planner, its place among ``_rows``.
        self._planned: list[int] = []
        builds = model.builds()
        self.opened = np.array([self.columns(v.is_open) for v in builds])
        self.modules = np.array([self.columns(v.modules) for v in builds])
        #: Steps of the price of halls, of which a period may have more than another.
        self.steps = [self.columns(v.step) for v in builds]
        #: What powers the sites in whole units, and which generators have any.
        self.units = [self.columns(v.units) for v in builds]
        self._any = [self.columns(v.unit_any) for v in builds]
        #: What pairs carry and what is sent, of each state.
        self._carried = [
            (self.columns(state.variables.load_mw), self.columns(state.variables.serve_mw))
            for state in model.states
        ]
        #: What says that a site is open: of its designs, or of itself where several may stand.
        self._opening = np.concatenate([self.columns(v.site_open or v.is_open) for v in builds])
        self._limited = self._opening_is_limited()
        self._sifting = Sifting(model, self.columns)
        #: What stands for the relaxation while only rows are added to it.
        self._few: FewFlows | None = None
        #: What the last run of the relaxation minimized.
        self._last: FloatArray | None = None
        #: Whether a run begins near an optimum of that moment.
        self._begins_near = False
        self._first = self.snapshot()

    @property
    def planner_rows(self) -> int:
        """Number of rows of `add_row`."""
        return len(self._planned)

    @property
    def planner_limits(self) -> bool:
        """Return whether any of those rows has a side."""
        rows = (self._rows[at] for at in self._planned)
        return any(min(row.high, -row.low) < math.inf for row in rows)

    # Columns --------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self._low)

    @property
    def has_units(self) -> bool:
        """Return whether sites are powered in whole units."""
        return len(self.units[-1]) > 0

    @property
    def counts(self) -> IndexArray:
        """Columns of whole numbers."""
        return np.concatenate(
            [self.opened.ravel(), self.modules.ravel(), *self.steps, *self.units, *self._any]
        )

    def columns(self, variables: Sequence[LpVariable]) -> IndexArray:
        """Columns of some variables."""
        return np.array([self._column[v.id] for v in variables], dtype=np.intp)

    def costs(self, expression: LpAffineExpression) -> FloatArray:
        """Coefficients of an expression on the columns."""
        cost = np.zeros(self.size)
        for variable, coefficient in expression.items():
            cost[self._column[variable.id]] = coefficient
        return cost

    def add_column(self, low: float, high: float) -> int:
        """Add a continuous column that no row reads yet."""
        self.lp.add_column(0.0, low, high)
        self._extra.append((low, high))
        self._low, self._high = np.append(self._low, low), np.append(self._high, high)
        return self.size - 1

    @contextmanager
    def held(self, columns: IndexArray, low: ArrayLike, high: ArrayLike) -> Iterator[None]:
        """Other bounds for some columns, for a while."""
        columns = np.asarray(columns, dtype=np.intp)
        before = self._low[columns].copy(), self._high[columns].copy()
        self._bound(columns, low, high)
        try:
            yield
        finally:
            self._bound(columns, *before)

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Bounds of the columns that hold now, shape (columns,) each."""
        return self._low.copy(), self._high.copy()

    @contextmanager
    def closing(self, pairs: BoolArray) -> Iterator[None]:
        """Build none of some pairs, shape (P,), for a while, and send no load there."""
        with self.held(self.columns_of(pairs), 0.0, 0.0):
            yield

    def columns_of(self, pairs: BoolArray) -> IndexArray:
        """Columns of what is built at some pairs, (P,), of their load, and of flows there alone."""
        built = self.opened[:, pairs].ravel(), self.modules[:, pairs].ravel()
        return np.concatenate([*built, self._loads_of(pairs)])

    def _loads_of(self, pairs: BoolArray) -> IndexArray:
        """Columns of the load of some pairs, and of what is sent to places without any other."""
        columns = []
        for state, (load, serve) in zip(self.model.states, self._carried, strict=True):
            c, demand = state.coefficients, state.demand
            left = np.zeros(len(c.sites), dtype=bool)
            left[demand.place[c.pair_site[~pairs]]] = True
            columns += [load[pairs], serve[~left[demand.flow_site]]]
        return np.concatenate(columns)

    def _bound(self, columns: IndexArray, low: ArrayLike, high: ArrayLike) -> None:
        self._low[columns], self._high[columns] = low, high
        self.lp.set_bounds(columns, self._low[columns], self._high[columns])

    def counts_of(self, builds: Sequence[Any]) -> FloatArray:
        """Values of the columns that build some counts, and nothing else.

        Parameters
        ----------
        builds : sequence
            ``is_open`` and ``modules`` of each period, shape (P,) each.
        """
        values = np.zeros(self.size)
        for opened, modules, built in zip(self.opened, self.modules, builds, strict=True):
            values[opened], values[modules] = built.is_open, built.modules
        states = self.model.states[:: len(self.model.instance.scenarios)]
        standing = np.zeros(len(self.units[0]))
        for state, columns, built in zip(states, self.units, builds, strict=True):
            standing = least_units(state.coefficients, built.modules, standing)
            values[columns] = standing
        return values

    def floor(self, cost: FloatArray) -> float:
        """Value that no placement is below, before anything is solved: columns at their bounds.

        Columns without a bound of their own have that which the rows of the model imply.
        """
        used, low, high = cost != 0, self._low, self._high
        for _ in range(LONGEST_CHAIN):
            value = float(cost[used] @ np.where(cost > 0, low, high)[used])
            if math.isfinite(value):
                return value
            n = self._stated.num_col_
            inner = _implied_bounds(self._stated, self._entries, low[:n], high[:n])
            low, high = np.append(inner[0], low[n:]), np.append(inner[1], high[n:])
        return -math.inf

    # Rows -----------------------------------------------------------------------------------

    def add_row(self, cost: FloatArray, low: float = -math.inf, high: float = math.inf) -> int:
        """Add low ≤ cost · x ≤ high; return its number, for `set_row` and ``row_price``."""
        used = np.flatnonzero(cost)
        self._planned.append(len(self._rows))
        self._add([Row(used, cost[used], low, high, needed=True)])
        return len(self._planned) - 1

    def set_row(self, row: int, low: float = -math.inf, high: float = math.inf) -> None:
        """Change both sides of a row of the planner."""
        at = self._planned[row]
        old = self._rows[at]
        self._rows[at] = Row(old.columns, old.values, low, high, needed=True)
        self.lp.set_row(self._stated.num_row_ + at, low, high)

    def planned_values(self, values: FloatArray) -> FloatArray:
        """Values of the rows of the planner at a point."""
        rows = (self._rows[at] for at in self._planned)
        return np.array([float(row.values @ values[row.columns]) for row in rows])

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Lift the limits on the number of sites for a while."""
        rows = [i for i, family in enumerate(self._families) if family == "add_site_count"]
        for row in rows:
            self.lp.set_row(row, -math.inf, math.inf)
        try:
            yield
        finally:
            for row in rows:
                sides = self._stated.row_lower_[row], self._stated.row_upper_[row]
                self.lp.set_row(row, *sides)

    def _add(self, rows: Sequence[Row]) -> None:
        self._rows += rows
        self.lp.add_rows(rows)
        if self._few is not None:
            self._few.add_rows(rows)

    def hand_on(self) -> bool:
        """Give the next integer program every row; whether it lacked any."""
        every = set(range(len(self._rows)))
        lacked = bool(every - self._tight)
        self._tight = every
        return lacked

    def _that_matter(self) -> list[Row]:
        return [r for i, r in enumerate(self._rows) if r.needed or i in self._tight]

    def other_rows(self) -> list[Row]:
        """Rows known so far that are not among those of `essential`."""
        return [r for i, r in enumerate(self._rows) if not (r.needed or i in self._tight)]

    def _stated_with(self, rows: Sequence[Row]) -> tuple[FloatArray, FloatArray, Any]:
        """Sides and entries of the stated rows and of some more."""
        stated = self._stated
        lower = np.append(stated.row_lower_, [row.low for row in rows])
        upper = np.append(stated.row_upper_, [row.high for row in rows])
        extra = sparse.csr_matrix((stated.num_row_, len(self._extra)))
        first = sparse.hstack([self._entries, extra])
        return lower, upper, sparse.vstack([first, entries_of(rows, self.size)], format="csr")

    def essential(self) -> Highs:
        """Return the relaxation with the rows that matter alone, in a solver of its own."""
        highs = self.lp.like()
        highs.load(self._stated)
        for bounds in self._extra:
            highs.add_column(0.0, *bounds)
        highs.add_rows(self._that_matter())
        return highs

    # Runs -----------------------------------------------------------------------------------

    def _run(self, cost: FloatArray, clock: Clock) -> Run:
        """Minimize over the relaxation with the rows that it has; note which of them are tight."""
        if self._few is None and self._sifting.worthwhile and self._is_far(cost):
            basis = self._sifting.basis(self.lp, self.model.states, cost, clock)
            if basis is not None:
                self.lp.begin_anew(basis)
        run = (self._few or self.lp).minimize(cost, clock)
        self._last = cost
        if run.status is RunStatus.INFEASIBLE:
            raise InfeasibleError("no placement meets every limit of the study")
        if run.status is RunStatus.STOPPED:
            raise no_placement(clock)
        self._tight |= set(np.flatnonzero(run.row_dual[self._stated.num_row_ :]).tolist())
        return run

    def _is_far(self, cost: FloatArray) -> bool:
        """Return whether the basis in the solver is far from an optimum, or there is none.

        That of a moment is near: what starts there asks nearly the same.
        """
        other = not self._begins_near
        if self._last is not None:
            other = not np.array_equal(cost, self._last)
        return other or not self.lp.has_basis

    # Moments --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The present moment, to come back to; without columns of the planner."""
        return Snapshot(
            tuple(self._rows), frozenset(self._tight), tuple(self._planned), self.lp.basis(),
            self._stated.num_row_,
        )  # fmt: skip

    def restore(self, moment: Snapshot | None = None) -> None:
        """Go back to a moment, before or after this one; to the start without one.

        The solver then knows nothing of what came in between, so that the placement of a solve
        depends on the model, the objective and the moment alone.
        """
        moment = moment or self._first
        self.lp.load(self._stated)
        n = self._stated.num_col_
        self._low, self._high = self._low[:n], self._high[:n]
        self._extra, self._last = [], None
        self._begins_near = moment is not self._first
        self._rows, self._tight = list(moment.rows), set(moment.tight)
        self._planned = list(moment.planned)
        self.lp.add_rows(self._rows)
        self.lp.begin_anew(moment.basis)

    # What opening a site matters for ----------------------------------------------------------

    def opening_counts(self, cost: FloatArray) -> bool:
        """Return whether opening a site matters beyond what is built there.

        So it does where the objective, a budget or another row of the planner charges it, or a
        limit speaks of open sites. Only then is it worth separating links and branching on sites.
        """
        opening = np.zeros(self.size, dtype=bool)
        opening[self._opening] = True
        planned = (self._rows[i].columns for i in self._planned)
        charged = bool(cost[opening].any()) or any(opening[columns].any() for columns in planned)
        return self._limited or charged

    def _opening_is_limited(self) -> bool:
        """Test whether a row of the model charges opening a site or limits the open sites."""
        if any(state.coefficients.opening_is_limited for state in self.model.states):
            return True
        start, index = self._stated.a_matrix_.start_, np.array(self._stated.a_matrix_.index_)
        read = {int(row) for j in self._opening for row in index[start[j] : start[j + 1]]}
        return any(self._families[row] in CHARGING for row in read)


def _implied_bounds(
    stated: Any, entries: sparse.csr_matrix, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bounds of columns, tightened once by each row with the other columns at their bounds.

    Parameters
    ----------
    stated : highspy.HighsLp
        With the sides of the rows.
    entries : csr_matrix
        Coefficients of the rows.
    low, high : ndarray, shape (columns,)
        Bounds that are known.
    """
    table = entries.tocoo()
    row, column = table.row, table.col
    low, high = low.copy(), high.copy()
    # Σ a·x ≥ low is Σ (−a)·x ≤ −low.
    for value, side in (
        (table.data, stated.row_upper_),
        (-table.data, -np.array(stated.row_lower_)),
    ):
        rising = value > 0
        least = value * np.where(rising, low[column], high[column])
        endless = ~np.isfinite(least)
        known = np.where(endless, 0.0, least)
        others = np.bincount(row, known, entries.shape[0])[row] - known
        alone = np.bincount(row, endless, entries.shape[0])[row] - endless == 0
        most = (np.array(side)[row] - others) / value
        told = alone & np.isfinite(most)
        np.minimum.at(high, column[told & rising], most[told & rising])
        np.maximum.at(low, column[told & ~rising], most[told & ~rising])
    return low, high
