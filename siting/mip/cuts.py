"""The relaxation of a decomposed program: solved again as long as dispatch costs more than it says.

The program of a decomposed study holds everything but the slices. In their place stands, for each
metric m, site s and state k, ``use[m,s,k]``: what the electricity of the site adds to the metric.
Any prices μ of the metrics give the cut (docs/mathematics.md)

    Σ_m μ[m] · use[m,s]  ≥  Σ_p α[p] · load_mw[p] + Σ_o β[o] · contract_mw[o]

which every dispatch meets. It speaks of one site alone and of no objective, so it stays valid
whatever costs, limits, weights and demand become, as long as the site's own numbers stay [1]_.

References
----------
.. [1] Geoffrion (1972), Generalized Benders decomposition, J. Optim. Theory Appl. 10(4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import InfeasibleError
from siting.mip.cut_pool import Cut, CutPool, CutState
from siting.mip.evaluated import Evaluated, decisions_at
from siting.mip.mixture import Mixture
from siting.mip.model import Model
from siting.mip.relaxation import TOLERANCES, Relaxation, Relaxed, entries_of
from siting.mip.solution import Decisions
from siting.mip.solve import Clock, SolverOptions
from siting.mip.subproblems import Subproblems

__all__ = ["CutRelaxation"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Rounds of cuts for one objective; never met in practice, since the slopes are finitely many.
MOST_ROUNDS = 400
#: Rounds after which a bound that no longer moves is left, since the solver's own tolerance is met.
STALL = 10
#: Prices of the metrics at which first cuts are made.
MOST_STARTS = 6
#: A cut is added where it is missed by more than this share of the objective. [-]
LEAST_MISS = 1e-10
#: By how much the least left side of a row may lie above its limit before nothing meets it: what
#: rows may be missed by in the end. [-]
REACH = 1e-6
#: Rows for which that is looked for, those that read the most.
MOST_REACHED = 8
#: Of the linear programs: tighter than usual, since rounds of cuts end only where they are met.
TOLERANCE = 1e-9


class CutRelaxation(Relaxation):
    """The relaxation of a decomposed model, kept with its cuts and its basis.

    Parameters
    ----------
    model : Model
        The decomposed program.
    options : SolverOptions
        For the seed.
    missed : float
        Share of the objective by which rounds of cuts may end short. [-]
    starts : bool, default True
        Whether programs of sites are asked before any point is known.
    """

    def __init__(
        self, model: Model, options: SolverOptions, *, missed: float, starts: bool = True
    ) -> None:
        super().__init__(model, options)
        for name in TOLERANCES:
            self._highs.setOptionValue(name, TOLERANCE)
        self._model = model
        self._parts = [Subproblems(k, s, self.columns) for k, s in enumerate(model.states)]
        self._use = [part.use for part in self._parts]
        #: All of it in one order, and where that of each state stands there.
        self._every_use = np.concatenate([use.ravel() for use in self._use])
        ends = np.cumsum([0, *[use.size for use in self._use]])
        self._at = [first + np.arange(use.size).reshape(use.shape)
                    for first, use in zip(ends[:-1], self._use, strict=True)]  # fmt: skip
        register = model.rows.register
        families = [register[row.name].family for row in model.problem.constraints()]
        self._is_cut = np.array([family == "add_cuts" for family in families], dtype=bool)
        self._rows_of_use = entries_of(self._highs, self._every_use, ~self._is_cut)
        self._own = self._highs.getLp()
        self._pool = CutPool(model, self._highs, self.variables)
        self._seen: set[tuple[int, bytes]] = set()
        self._share, self._starts = missed, starts
        self._reached = False
        self._first = self.state()
        #: Duals of all rows at the last optimum of the relaxation.
        self.row_dual: FloatArray = np.zeros(0)

    def state(self) -> CutState:
        """What the next solve would start from: basis and cuts."""
        known = self._pool.state(), frozenset(self._seen)
        return CutState(super().state(), *known, self._reached)

    def restart(self, state: Any = None) -> None:
        """Forget every solve but those before a state, and all other cuts; all without one.

        Any state of this relaxation can be come back to, before or after a restart to another.
        """
        state = state or self._first
        # Handed over anew, since HiGHS keeps the scales of rows and columns when rows are deleted.
        self._highs.passModel(self._own)
        self._pool.restore(state.pool)
        self._seen, self._reached = set(state.seen), state.reached
        for part in self._parts:
            part.restart()
        super().restart(state.basis)

    @property
    def cut_count(self) -> int:
        """Cuts known so far."""
        return len(self._pool)

    def minimise(self, cost: FloatArray, clock: Clock, *, missed: float | None = None) -> Relaxed:
        """Minimise over the relaxation, with cuts until dispatch costs what the program says."""
        self._reach(clock)
        relaxed, point = self._converge(cost, clock, self._share if missed is None else missed)
        if point is None:
            return replace(relaxed, values=self._with_true_use(cost, relaxed.values))
        return replace(relaxed, values=point.values)

    def _reach(self, clock: Clock) -> None:
        """Whether the widest limits on what dispatch uses, such as budgets, can be met at all.

        The least left side of each is looked for under all other rows, once. Its cuts then stand
        at the prices that the limit will give; without them a limit that nothing can meet would
        only be found as its price grows without end.

        Raises
        ------
        InfeasibleError
            If the least is above the limit.
        """
        if self._reached:
            return
        self._reached = True
        lp = self._highs.getLp()
        free = np.array(lp.col_lower_) == -np.inf
        rows, entries = np.unique(self._rows_of_use[0], return_counts=True)
        largest = rows[np.argsort(-entries, kind="stable")][:MOST_REACHED]
        for row in np.intersect1d(largest, self._binding_rows()):
            low, high = float(lp.row_lower_[row]), float(lp.row_upper_[row])
            _, index, value = self._highs.getRowEntries(int(row))
            if not np.isfinite(high) or free[index].any():
                continue
            cost = np.zeros(len(free))
            cost[index] = value
            self._highs.changeRowBounds(int(row), low, np.inf)
            try:
                self.begin_anew()
                least = self._with_cuts(cost, clock, self._share).bound
            finally:
                self._highs.changeRowBounds(int(row), low, high)
            if least > high + REACH * max(abs(high), 1.0):
                raise InfeasibleError("no placement meets every limit of the study")
        self.begin_anew()

    def _converge(
        self, cost: FloatArray, clock: Clock, share: float
    ) -> tuple[Relaxed, Evaluated | None]:
        """The relaxation, and its point with true dispatch where rows read what that uses."""
        self._start_from([cost[use] for use in self._use], programs=self._starts)
        gaps: list[float] = []
        for _ in range(MOST_ROUNDS):
            relaxed = self._with_cuts(cost, clock, share)
            if not len(self._binding_rows()):
                return relaxed, None
            least = share * max(abs(relaxed.bound), 1e-12)
            most = relaxed.bound + least
            point = self._evaluate(cost, relaxed.values, clock, share, enough=most)
            gaps.append(point.value - relaxed.bound)
            late = clock.left_s <= 0.0
            # Between the two may stay what the solver's own tolerance leaves.
            stalled = len(gaps) > STALL and gaps[-1 - STALL] - gaps[-1] <= 0.1 * least
            if late or (point.feasible and (point.value <= most or stalled)):
                break
            if self._separate(point.prices, relaxed.values, cost) <= 0:
                break
        return relaxed, point

    def _with_cuts(self, cost: FloatArray, clock: Clock, share: float) -> Relaxed:
        """Rounds of cuts at the prices that the relaxation itself gives."""
        bounds: list[float] = []
        for _ in range(MOST_ROUNDS):
            relaxed = super().minimise(cost, clock)
            prices = self.factors(cost)
            self._start_from(prices, programs=False)
            short = self._separate(prices, relaxed.values, cost)
            bounds.append(relaxed.bound)
            least = share * max(abs(relaxed.bound), 1e-12)
            stalled = len(bounds) > STALL and bounds[-1] - bounds[-1 - STALL] <= 0.1 * least
            late = clock.left_s <= 0.0
            if short <= least or (stalled and np.isfinite(short)) or late:
                break
        self._pool.note_holding()
        self.row_dual = np.array(self._highs.getSolution().row_dual)
        return relaxed

    def add_row(self, cost: FloatArray, low: float, high: float) -> int:
        """Add low ≤ cost · x ≤ high, which may read what dispatch uses; returns the row.

        Cuts stay valid: each speaks of what one site's dispatch needs, whatever rows there are.
        """
        row, used = int(self._highs.getNumRow()), np.flatnonzero(cost)
        self._highs.addRow(low, high, len(used), used.astype(np.int32), cost[used])
        reads = used[np.isin(used, self._every_use)]
        rows, columns, values = self._rows_of_use
        self._rows_of_use = (
            np.concatenate([rows, np.full(len(reads), row)]),
            np.concatenate([columns, reads]),
            np.concatenate([values, cost[reads]]),
        )
        return row

    def _binding_rows(self) -> IntArray:
        """Rows besides the cuts that read what dispatch uses and bound it."""
        rows = np.unique(self._rows_of_use[0])
        if not len(rows):
            return rows
        lp = self._highs.getLp()
        low, high = np.array(lp.row_lower_)[rows], np.array(lp.row_upper_)[rows]
        return rows[np.isfinite(low) | np.isfinite(high)]

    def new_cuts(self, *, everything: bool = False) -> list[Cut]:
        """Cuts that the integer program lacks; they count as handed over."""
        return self._pool.take(everything=everything)

    def _with_true_use(self, cost: FloatArray, values: FloatArray) -> FloatArray:
        """The point with what its dispatch uses; the cuts bound only the sum over metrics."""
        values = values.copy()
        for k, factors in enumerate(self.factors(cost)):
            part = self._parts[k]
            values[part.use] = 0.0
            for s, found in part.solve(factors, values).items():
                values[part.use[:, s]] = part.used(s, found)
        return values

    def _start_from(self, factors: Sequence[FloatArray], *, programs: bool) -> None:
        """First cuts at the prices of an objective, unless they were looked at before."""
        for k, (part, price) in enumerate(zip(self._parts, factors, strict=True)):
            largest = price.max(initial=0.0)
            if largest <= 0 or len(self._seen) >= MOST_STARTS * len(factors):
                continue
            key = (k, np.round(price / largest, 3).tobytes())
            if key in self._seen:
                continue
            self._seen.add(key)
            self._pool.add(part.first_cuts(price, programs=programs))

    def factors(self, cost: FloatArray) -> list[FloatArray]:
        """Price of each metric at each site at the last optimum: cost less the duals of rows."""
        price = cost.copy()
        rows, columns, values = self._rows_of_use
        if len(rows):
            dual = np.array(self._highs.getSolution().row_dual)
            np.subtract.at(price, columns, dual[rows] * values)
        return [np.maximum(price[use], 0.0) for use in self._use]

    def _separate(
        self, prices: Sequence[FloatArray], values: FloatArray, cost: FloatArray
    ) -> float:
        """Add the cuts at some prices that a point breaks; by how much of the objective in all.

        Infinite where a site has no dispatch there at all.
        """
        missed, new = 0.0, []
        least = LEAST_MISS * max(abs(float(cost @ values)), 1e-12)
        for part, factors in zip(self._parts, prices, strict=True):
            sites = np.union1d(part.loaded(values), part.understated(factors, values, least))
            for s, found in part.solve(factors, values, sites).items():
                short = found.value - float(factors[:, s] @ values[part.use[:, s]])
                if short > least:
                    missed += short
                    new.append(replace(part.cut(s, factors[:, s], found), first=found.missed > 0))
        self._pool.add(new)
        return missed

    def publish(self, *, everything: bool = False) -> None:
        """Put into the program the first cuts, and those that hold at the last optimum."""
        self._pool.publish(everything=everything)

    def minimise_fixed(
        self, cost: FloatArray, built: FloatArray, clock: Clock, *, missed: float | None = None
    ) -> Evaluated:
        """Best point with the counts held, and what its dispatch really costs.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            The objective.
        built : ndarray, shape (columns,)
            Values of the columns; those of the counts are held, rounded.
        clock : Clock
            The time left.
        missed : float, optional
            As for `minimise`. [-]
        """
        counts = self.counts()
        held = np.round(built[counts])
        rounded = built.copy()
        rounded[counts] = held
        closed = np.zeros(0, dtype=np.intp)
        if not self._starts:  # The integer program needs cuts there; the last dispatch does not.
            closed = np.concatenate([part.closed_use(rounded) for part in self._parts])
        low = np.concatenate([held, np.zeros(len(closed))])
        high = np.concatenate([held, np.full(len(closed), np.inf)])
        with self._bounds(np.concatenate([counts, closed]), low, high):
            share = self._share if missed is None else missed
            relaxed, point = self._converge(cost, clock, share)
            if point is None:
                point = self._evaluate(cost, relaxed.values, clock, share)
        if not point.feasible:
            raise InfeasibleError("no placement meets every limit of the study")
        return point

    def counts(self) -> IntArray:
        """Columns of whole numbers."""
        builds = self._model.builds()
        return np.concatenate([self.columns([*v.is_open, *v.modules]) for v in builds])

    def _evaluate(
        self,
        cost: FloatArray,
        values: FloatArray,
        clock: Clock,
        share: float,
        *,
        enough: float = -np.inf,
    ) -> Evaluated:
        """Hold all but what dispatch uses, and charge what it really uses.

        Where rows besides the cuts read what dispatch uses, such as budgets, one price of the
        metrics cannot meet them in general: dispatches at several prices are mixed, each new one
        at the prices that the last mixture gives (Dantzig and Wolfe 1960), until all together
        can gain less than a share of the objective or its value is enough.
        """
        use, at = self._every_use, self._at
        mixture = Mixture(float(cost @ values), cost[use], *self._rows_over(values))
        factors, point = self.factors(cost), values.copy()
        for _ in range(MOST_ROUNDS):
            new = {
                (k, s): (found, part.used(s, found), at[k][:, s])
                for k, (part, prices) in enumerate(zip(self._parts, factors, strict=True))
                for s, found in part.solve(prices, values).items()
            }
            if any(found.missed for found, _, _ in new.values()):
                return Evaluated(np.inf, values, {}, factors, False)
            if mixture.gain(new) < share * abs(float(cost @ point)) and mixture.feasible:
                break
            if not mixture.add(new):
                break
            priced = mixture.solve(clock)
            factors = [priced[where] for where in at]
            point[use] = mixture.used()
            late = clock.left_s <= 0.0
            if late or (mixture.feasible and float(cost @ point) <= enough):
                break
        value = float(cost @ point)
        return Evaluated(value, point, mixture.dispatch(), factors, mixture.feasible)

    def _rows_over(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rows that read what dispatch uses: coefficients, and sides less what the rest adds."""
        use, rows, lp = self._every_use, self._binding_rows(), self._highs.getLp()
        low, high = np.array(lp.row_lower_)[rows], np.array(lp.row_upper_)[rows]
        matrix, whole = np.zeros((len(rows), len(use))), np.zeros(len(values))
        for i, row in enumerate(rows):
            _, index, value = self._highs.getRowEntries(int(row))
            whole[:] = 0.0
            whole[index] = value
            matrix[i] = whole[use]
            whole[use] = 0.0
            rest = float(whole @ values)
            low[i], high[i] = low[i] - rest, high[i] - rest
        return matrix, low, high

    def present(self) -> FloatArray:
        """Values that the variables of the program have now; zero where they have none."""
        return np.array([v.varValue or 0.0 for v in self.variables])

    def load(self, point: Evaluated) -> None:
        """Put a point into the variables of the program."""
        for variable, value in zip(self.variables, point.values.tolist(), strict=True):
            variable.varValue = value

    def decisions(self, point: Evaluated) -> tuple[Decisions, ...]:
        """The decisions of every state at an evaluated point."""
        return tuple(
            decisions_at(state, k, point, self.columns)
            for k, state in enumerate(self._model.states)
        )
