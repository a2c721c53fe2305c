"""A model in the solver: its relaxation, the rows separated so far, and its integer program.

The relaxation stays in HiGHS and goes on from its last basis. Rows that only tighten it, or that a
placement must meet and that are too many to write down, are separated: they are added once a point
breaks them. The integer program is the relaxation with whole counts and those of the rows that
matter. Costs, bounds, and rows of the planner may change from one solve to the next; all separated
rows stay valid, since they follow from the rows of the model alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pulp import LpAffineExpression, LpVariable
from scipy import sparse

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients.pairs import least_units
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip.control import SILENT, Clock, SolverOptions, Target, Watch
from siting.mip.highs import Highs, Row, Run, RunStatus, entries_of
from siting.mip.location.market_tree import LocationBound
from siting.mip.location.merging import MergedFlows
from siting.mip.location.prices import Pricing
from siting.mip.location.probing import (
    FIXING_ROUNDING,
    Places,
    closed_by_probing,
    closed_by_reduced_cost,
)
from siting.mip.location.separation import Separation
from siting.mip.location.sifting import FewFlows, Sifting
from siting.mip.model.build import Model
from siting.mip.outcome import Outcome, Snapshot, no_placement
from siting.mip.pulp_solver import minimize_with
from siting.mip.solution import Decisions, read_decisions

__all__ = ["Program"]


#: Load, or halls, below which a pair carries nothing. [MW], [modules]
LEAST_CARRIED = 1e-6
#: Families of the model whose rows read what opening a site costs or embodies.
CHARGING = {"add_budgets", "add_measure"}
#: Rounds of separation, and those after which a bound that hardly moves is left.
MOST_ROUNDS, STALL = 200, 6
#: Share of the gap asked for below which a bound hardly moves.
HARDLY = 0.02
#: Rounds that must close this share of the gap of an incumbent, for more to follow.
SLOW_ROUNDS, SLOW = 3, 0.1
#: Share of the gap asked for that a round of priced links must gain, for another to follow.
WORTH = 0.3
#: Pairs so few that none is worth a probe.
FEW_PAIRS = 40
#: Time in which counts that were found are dispatched even after the end. [s]
LEAST_TIME_S = 10.0


class Program:
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
    #: Share of the objective by which the relaxation may be missed, and the least magnitude of the
    #: objective that such shares are of. [-]
    share, size_at_least = 0.0, 1e-12

    def __init__(self, model: Model, options: SolverOptions) -> None:
        self.model, self.options = model, options
        self.lp = Highs.of(model.problem, seed=options.seed, tolerance=self.tolerance)
        #: Variables by column; PuLP makes the list anew at every call.
        self.variables = model.problem.exported_variables()
        self._column = {v.id: j for j, v in enumerate(self.variables)}
        self._stated, self._entries = self.lp.lp(), self.lp.entries().tocsr()
        self._low, self._high = np.array(self._stated.col_lower_), np.array(self._stated.col_upper_)
        self._extra: list[tuple[float, float]] = []
        self._rows: list[Row] = []
        self._tight: set[int] = set()
        #: Of each row of the planner, its place among ``_rows``.
        self._planned: list[int] = []
        #: Costs of the places and best prices of demand, for one objective.
        self._pricings: tuple[bytes, list[Pricing]] | None = None
        builds = model.builds()
        self.opened = np.array([self.columns(v.is_open) for v in builds])
        self.modules = np.array([self.columns(v.modules) for v in builds])
        #: Steps of the price of halls, of which a period may have more than another.
        self.steps = [self.columns(v.step) for v in builds]
        #: What powers the sites in whole units, and which generators have any.
        self.units = [self.columns(v.units) for v in builds]
        self._any = [self.columns(v.unit_any) for v in builds]
        #: What says that a site is open: of its designs, or of itself where several may stand.
        self._opening = np.concatenate([self.columns(v.site_open or v.is_open) for v in builds])
        self._limited = self._opening_is_limited()
        self.separation = Separation(model, self.columns)
        self._sifting = Sifting(model, self.columns)
        #: What stands for the relaxation while only rows are added to it.
        self._few: FewFlows | None = None
        #: What the last run of the relaxation minimized.
        self._last: FloatArray | None = None
        #: Whether a run begins near an optimum of that moment, or far from one in any case.
        self._begins_near = self._begins_far = False
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
    def cut_count(self) -> int:
        """Benders cuts known so far."""
        return 0

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
        """Build none of some pairs, for a while, and send no load there.

        Parameters
        ----------
        pairs : ndarray of bool, shape (P,)
        """
        columns = [self.opened[:, pairs].ravel(), self.modules[:, pairs].ravel()]
        with self.held(np.concatenate([*columns, self._loads_of(pairs)]), 0.0, 0.0):
            yield

    def _loads_of(self, pairs: BoolArray) -> IndexArray:
        """Columns of the load of some pairs, and of what is sent to places without any other."""
        columns = []
        for state in self.model.states:
            v, c, demand = state.variables, state.coefficients, state.demand
            left = np.zeros(len(c.sites), dtype=bool)
            left[demand.place[c.pair_site[~pairs]]] = True
            columns.append(self.columns(v.load_mw)[pairs])
            columns.append(self.columns(v.serve_mw)[~left[demand.flow_site]])
        return np.concatenate(columns)

    def _bound(self, columns: IndexArray, low: ArrayLike, high: ArrayLike) -> None:
        self._low[columns], self._high[columns] = low, high
        self.lp.set_bounds(columns, self._low[columns], self._high[columns])

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
        families = self.model.row_families()
        rows = [i for i, family in enumerate(families) if family == "add_site_count"]
        for row in rows:
            self.lp.set_row(row, -math.inf, math.inf)
        try:
            yield
        finally:
            for row in rows:
                sides = self._stated.row_lower_[row], self._stated.row_upper_[row]
                self.lp.set_row(row, *sides)

    @contextmanager
    def of_size(self, size: float) -> Iterator[None]:
        """Let shares of the objective be of a magnitude at least, for a while."""
        before, self.size_at_least = self.size_at_least, size
        try:
            yield
        finally:
            self.size_at_least = before

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
        self._extra, self._pricings, self._last = [], None, None
        self._begins_near = moment is not self._first
        self._rows, self._tight = list(moment.rows), set(moment.tight)
        self._planned = list(moment.planned)
        self.lp.add_rows(self._rows)
        self.lp.begin_anew(moment.basis)

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
        families = self.model.row_families()
        return any(families[row] in CHARGING for row in read)

    # Relaxation -----------------------------------------------------------------------------

    def relax(
        self,
        cost: FloatArray,
        clock: Clock,
        *,
        missed: float | None = None,
        rounds: int = MOST_ROUNDS,
        target: Target | None = None,
        known: float = math.inf,
    ) -> Outcome:
        """Minimize over the relaxation, with rounds of separation.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What to minimize.
        clock : Clock
            The time left; where it ends after a first bound, that bound is returned.
        missed : float, optional
            Share of the objective by which a decomposed model may be missed. [-]
        rounds : int, optional
            Rounds of separation; 0 takes the rows as they are.
        target : Target, optional
            Gap to prove, against which the gain of a round is held.
        known : float, optional
            Value of the incumbent: where links are many, rounds that hardly close its gap are not
            worth their time.

        Raises
        ------
        InfeasibleError, NoAnswerError
            If it has no point, or the time ended before one was found.
        """
        bounds: list[float] = []
        links = priced = self.opening_counts(cost)
        for i in range(rounds + 1):
            try:
                found = self._relaxed(cost, clock, missed)
            except NoAnswerError:
                if not bounds:
                    raise
                break
            bounds.append(found.bound)
            least = HARDLY * (target or Target(relative=self.options.gap)).at(found.bound)
            stalled = len(bounds) > STALL and bounds[-1] - bounds[-1 - STALL] <= least
            dear = self.separation.many_links and math.isfinite(known)
            if dear and len(bounds) > SLOW_ROUNDS:
                gained = bounds[-1] - bounds[-1 - SLOW_ROUNDS]
                stalled |= gained <= SLOW * (known - bounds[-1])
            worth = WORTH / HARDLY * least
            rows: list[Row] = []
            if i == 0:
                priced = links and self.separation.worth_pricing(found.values, cost, worth)
            else:
                priced = priced and bounds[-1] - bounds[-2] > worth
            if priced and found.run is not None and i < rounds and not clock.late:
                rows = self._priced_rows(cost, found.values, found.run.row_dual, clock)
            if not rows and not stalled:
                rows = self.separation.rows(found.values, links=links)
            if not rows:
                return found
            if i < rounds and not clock.late:
                self._add(rows)
        return replace(found, settled=False)

    def _priced_rows(
        self, cost: FloatArray, values: FloatArray, duals: FloatArray, clock: Clock
    ) -> list[Row]:
        """Links summed at the best prices; costs of the places are found once an objective."""
        key = cost.tobytes()
        if self._pricings is None or self._pricings[0] != key:
            found = self.separation.pricings(self._places(stated=True), cost, duals, clock)
            self._pricings = key, found
        return self.separation.priced(self._pricings[1], values, duals, self._high)

    def located(
        self, cost: FloatArray, relaxed: Outcome, clock: Clock, target: Target
    ) -> LocationBound | None:
        """Proof from the best prices of demand; none where they prove nothing.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What is minimized.
        relaxed : Outcome
            Its relaxation.
        clock : Clock
            The time left.
        target : Target
            Gap to prove, against which the gain is held.
        """
        worth = WORTH * target.at(relaxed.bound)
        run, dear = relaxed.run, self.opening_counts(cost)
        if run is None or not (dear and self.separation.worth_pricing(run.values, cost, worth)):
            return None
        found = self._located(cost, run, clock)
        return found if found is None else self._refined(cost, run, found, clock)

    def _located(self, cost: FloatArray, run: Run, clock: Clock) -> LocationBound | None:
        """Proof from the best prices with the rows known now."""
        pricings = self.separation.pricings(self._places(stated=True), cost, run.row_dual, clock)
        self._pricings = cost.tobytes(), pricings
        return self.separation.located(pricings, run.row_dual, self._high)

    def _refined(
        self, cost: FloatArray, run: Run, located: LocationBound, clock: Clock
    ) -> LocationBound:
        """Return a better proof, where whole numbers at the first places give one."""
        return located

    def link(self, pairs: BoolArray, relaxed: Outcome) -> None:
        """Give integer programs the links of some pairs, summed at the prices of `located`.

        Parameters
        ----------
        pairs : ndarray of bool, shape (P,)
            The pairs.
        relaxed : Outcome
            Relaxation that `located` was asked with.
        """
        if self._pricings is None or relaxed.run is None:
            return
        high = self._high.copy()
        high[self.opened[:, ~pairs]] = 0.0
        before = len(self._rows)
        dual = relaxed.run.row_dual
        self._add(self.separation.priced(self._pricings[1], relaxed.values, dual, high))
        self._tight |= set(range(before, len(self._rows)))

    def _relaxed(self, cost: FloatArray, clock: Clock, missed: float | None) -> Outcome:
        """Return the optimum of the relaxation with the rows that it has."""
        run = self._run(cost, clock)
        return self._outcome(run, run.values)

    def _run(self, cost: FloatArray, clock: Clock) -> Run:
        if self._few is None and self._sifting.worthwhile and self._is_far(cost):
            basis = self._sifting.basis(self.lp, self.model.states, cost, clock)
            if basis is not None:
                self.lp.begin_anew(basis)
            self._begins_far = False
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
        return other or self._begins_far or not self.lp.has_basis

    def _outcome(self, run: Run, values: FloatArray) -> Outcome:
        dual = run.row_dual[self._stated.num_row_ :]
        prices = -dual[np.array(self._planned, dtype=np.intp)]
        return Outcome(run.objective, run.bound, values, prices, run.reduced_cost, run=run)

    def carried(self, values: FloatArray) -> BoolArray:
        """Pairs that carry load at a point in any state, shape (P,)."""
        loads = [values[self.columns(carrying)] for carrying in self.separation.carrying]
        found: BoolArray = np.max(loads, axis=0) > LEAST_CARRIED
        return found

    def closed_pairs(
        self,
        cost: FloatArray,
        relaxed: Outcome,
        cutoff: float,
        clock: Clock,
        located: LocationBound | None = None,
    ) -> BoolArray:
        """Pairs that no placement below a cutoff opens, shape (P,).

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What was minimized.
        relaxed : Outcome
            Its relaxation.
        cutoff : float
            Value that a better placement lies below.
        clock : Clock
            The time left.
        located : LocationBound, optional
            What the best prices of demand prove.
        """
        closed = closed_by_reduced_cost(self, relaxed, cutoff)
        if located is not None:
            closed |= located.closed(cutoff)
        run = relaxed.run
        if run is None or not self.opening_counts(cost):
            return closed
        used = (self._high[self.opened] > 0.0).any(axis=0)
        if int((used & ~closed).sum()) <= FEW_PAIRS:
            return closed
        places = self._places()
        duals = np.zeros(self.lp.rows)
        duals[: len(run.row_dual)] = run.row_dual
        return closed | closed_by_probing(
            places, self.opened, places.prices(cost, duals), run.values,
            cutoff + FIXING_ROUNDING * abs(cutoff) - run.objective, clock, known=closed,
        )  # fmt: skip

    def _places(self, *, stated: bool = False) -> Places:
        """The relaxation as one program a place, with the bounds that hold now or those stated."""
        low, high = self._low.copy(), self._high.copy()
        if stated:
            n = self._stated.num_col_
            low[:n], high[:n] = self._stated.col_lower_, self._stated.col_upper_
        high[self.opened] = np.minimum(high[self.opened], 1.0)
        for state in self.model.states:
            served = self.columns(state.variables.serve_mw)
            high[served] = np.minimum(high[served], state.demand.mw[state.demand.flow_class])
        return Places(self.lp.lp(), low, high, self._place_of_columns())

    def _place_of_columns(self) -> IndexArray:
        """Place of the columns that belong to one for certain; -1 elsewhere, shape (columns,)."""
        found = np.full(self.size, -1, dtype=np.intp)
        for state in self.model.states:
            v, c, place = state.variables, state.coefficients, state.demand.place
            for built in (v.is_open, v.modules, v.load_mw):
                found[self.columns(built)] = place[c.pair_site]
            found[self.columns(v.serve_mw)] = state.demand.flow_site
            for row in v.use:
                found[self.columns(row)] = place
            if v.site_open:
                found[self.columns(v.site_open)] = place
            power = c.operation.power
            if power is not None:
                found[self.columns(v.units)] = place[power.site]
                found[self.columns(v.unit_any)] = place[power.site[power.spared]]
            for variable, s in zip(v.contract_mw, c.offer_site, strict=True):
                if variable.id in self._column:
                    found[self._column[variable.id]] = place[s]
        return found

    # Integer program ------------------------------------------------------------------------

    def integer(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        *,
        start: FloatArray | None = None,
        closed: BoolArray | None = None,
        enough: float = math.inf,
        watch: Watch = SILENT,
        sure: bool | None = None,
    ) -> Outcome:
        """Run the integer program, again with the rows that its point breaks after an outage.

        Each run is a relaxation of the problem with all those rows, so that its bound holds.

        Parameters
        ----------
        cost, target, clock, start, enough, watch
            As for `Highs.minimize_integer`.
        closed : ndarray of bool, shape (P,), optional
            Pairs that are closed for this run alone; the bound then counts for the others only.
        sure : bool, optional
            Whether "infeasible" needs a second opinion; by default where no pair is closed.

        Raises
        ------
        InfeasibleError
            If no placement meets every row.
        NoAnswerError
            If the time ended before one was found; ``bound`` says what was proven.
        """
        while True:
            second = closed is None if sure is None else sure
            run = self._integer_run(cost, target, clock, start, closed, enough, watch, second)
            if run.status is RunStatus.INFEASIBLE:
                raise InfeasibleError("no placement meets every limit of the study")
            if not run.has_point:
                raise no_placement(clock, run.bound)
            rows = self.separation.outages(run.values)
            if not rows:
                late = run.status is RunStatus.STOPPED
                return Outcome(run.objective, run.bound, run.values, _NONE, _NONE, late)
            self._add(rows)
            if clock.late:
                raise no_placement(clock, run.bound)

    def _integer_run(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        start: FloatArray | None,
        closed: BoolArray | None,
        enough: float,
        watch: Watch,
        sure: bool,
    ) -> Run:
        low, high = self._low.copy(), self._high.copy()
        if closed is not None:
            shut = np.concatenate([self.opened[:, closed].ravel(), self.modules[:, closed].ravel()])
            if (low[shut] > 0).any():
                return Run(RunStatus.INFEASIBLE, math.inf, -math.inf, _NONE, _NONE, _NONE)
            high[shut] = 0.0
        rows = [r for i, r in enumerate(self._rows) if r.needed or i in self._tight]
        rows += self._room()
        if self.options.name != "HiGHS":
            return minimize_with(
                self.options, self._stated, self._extra, self.counts, rows, cost, low, high,
                clock, target,
            )  # fmt: skip
        highs = Highs(threads=self.options.threads, seed=self.options.seed)
        left = (high[self.modules] > 0.0).any(axis=0)
        merged = MergedFlows(self.model.states, self.columns, low, high, left)
        lower, upper, entries = self._stated_with(rows)
        highs.load_rows(low, high, lower, upper, merged.rows(entries))
        highs.require_integers(self.counts)
        sites = self._branch_on_sites(highs) if self.opening_counts(cost) else []
        if start is not None:
            sums = [start[opened].sum() for opened in sites]
            start = np.concatenate([merged.merged(start), sums])
        run = highs.minimize_integer(
            np.append(merged.costs(cost), np.zeros(len(sites))), clock, target,
            start=start, enough=enough, watch=watch, sure=sure,
        )  # fmt: skip
        if not run.has_point:
            return run
        return replace(run, values=merged.shared_out(run.values[: self.size]))

    def _stated_with(self, rows: Sequence[Row]) -> tuple[FloatArray, FloatArray, Any]:
        """Sides and entries of the stated rows and of some more."""
        stated = self._stated
        lower = np.append(stated.row_lower_, [row.low for row in rows])
        upper = np.append(stated.row_upper_, [row.high for row in rows])
        extra = sparse.csr_matrix((stated.num_row_, len(self._extra)))
        first = sparse.hstack([self._entries, extra])
        return lower, upper, sparse.vstack([first, entries_of(rows, self.size)], format="csr")

    def _room(self) -> list[Row]:
        """Rows of integer programs alone."""
        return []

    def essential(self) -> Highs:
        """Return the relaxation with the rows that matter alone, in a solver of its own."""
        highs = self.lp.like()
        highs.load(self._stated)
        for bounds in self._extra:
            highs.add_column(0.0, *bounds)
        highs.add_rows([r for i, r in enumerate(self._rows) if r.needed or i in self._tight])
        return highs

    def _branch_on_sites(self, highs: Highs) -> list[IndexArray]:
        """Add a whole column for each site, open[s] = Σ_k is_open[s,k], and return its terms.

        Branching then decides on a site before its design.
        """
        if self.model.variables.site_open:
            return []
        pairs_of_site = self.model.coefficients.pairs_of_site
        sites = [v[pairs] for v in self.opened for pairs in pairs_of_site if len(pairs) > 1]
        highs.add_sums(sites)
        return sites

    # Exact operation of counts ----------------------------------------------------------------

    def dispatched(
        self,
        cost: FloatArray,
        built: FloatArray,
        clock: Clock,
        *,
        missed: float | None = None,
        least_s: float = LEAST_TIME_S,
        most: float = math.inf,
    ) -> Outcome:
        """Best point with the counts held, so that no fraction of a hall is left.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What to minimize.
        built : ndarray, shape (columns,)
            Values of the columns; what they open and how many modules is held, rounded.
        clock : Clock
            The time left.
        missed : float, optional
            As for `relax`. [-]
        least_s : float, optional
            Time that the step may take even where less is left. [s]
        most : float, optional
            Value above which the counts are not wanted.

        Raises
        ------
        InfeasibleError
            If the counts break a limit, or are not wanted.
        """
        counts, basis = self.counts, self.lp.basis()
        whole = self._whole(built)[counts]
        if (whole < self._low[counts]).any() or (whole > self._high[counts]).any():
            raise InfeasibleError("no placement meets every limit of the study")
        if self._sifting.worthwhile:  # Most flows are closed then: little is left of the program.
            self.lp.begin_anew()
        try:
            with self._operating(built, counts, whole):
                found = self._evaluated(cost, clock.at_least(least_s), missed, most)
        finally:
            self.lp.begin_anew(basis)
        if self.separation.outages(found.values):
            raise InfeasibleError("no placement meets every limit of the study")
        return found

    def _whole(self, built: FloatArray) -> FloatArray:
        """Return columns with rounded counts, and the steps of the price that those end in."""
        whole = built.copy()
        first_of_period = self.model.states[:: len(self.model.instance.scenarios)]
        for i, state in enumerate(first_of_period):
            for columns in (self.opened[i], self.modules[i], self.units[i]):
                whole[columns] = np.round(built[columns])
            whole[self.steps[i]] = state.coefficients.steps_of(whole[self.modules[i]])
            power = state.coefficients.operation.power
            if power is not None:
                whole[self._any[i]] = whole[self.units[i]][power.spared] > 0.5
        return whole

    @contextmanager
    def _operating(
        self, built: FloatArray, counts: IndexArray, whole: FloatArray
    ) -> Iterator[None]:
        """Hold the counts, and send nothing where nothing was built."""
        rounded = built.copy()
        rounded[counts] = whole
        empty = ~(rounded[self.modules] > 0.5).any(axis=0)
        with self.held(counts, whole, whole), self.held(self._loads_of(empty), 0.0, 0.0):
            yield

    def _evaluated(
        self, cost: FloatArray, clock: Clock, missed: float | None, most: float
    ) -> Outcome:
        """Return the optimum with the bounds that hold now, exactly."""
        run = self._run(cost, clock)
        return Outcome(run.objective, -math.inf, run.values, _NONE, _NONE)

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

    def decisions(self, outcome: Outcome) -> tuple[Decisions, ...]:
        """Decisions of every state at a point whose counts were held."""
        # A variable that no row and no metric reads has no column; it is zero.
        values, absent = np.append(outcome.values, 0.0), len(outcome.values)

        def read(variables: Sequence[LpVariable]) -> FloatArray:
            columns = [self._column.get(v.id, absent) for v in variables]
            return values[np.array(columns, dtype=np.intp)]

        return tuple(read_decisions(state, read) for state in self.model.states)

    def floor(self, cost: FloatArray) -> float:
        """Value that no placement is below, before anything is solved: columns at their bounds."""
        best = np.where(cost > 0, self._low, self._high)
        used = cost != 0
        value = float(cost[used] @ best[used])
        return value if math.isfinite(value) else -math.inf


_NONE: FloatArray = np.zeros(0)
