"""Benders decomposition: the slices are left to the sites, whose dispatch gives cuts.

Here stand the program of all sites with the dispatch that they really have, and which studies are
solved so. `cuts` adds what it lacks, `dispatch` works out sites in closed form, `site_program` and
`power_program` those that need a program of their own, `subproblems` chooses between them, and
`point` is what a placement really costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from siting.arrays import FloatArray, IndexArray
from siting.coefficients.instance import Instance
from siting.errors import DataError, Fault, InfeasibleError
from siting.mip import Clock, SolverOptions
from siting.mip.benders.cuts import MOST_ROUNDS, REACH, STALL, CutProgram
from siting.mip.benders.point import Point, RestrictedMaster, decisions_at
from siting.mip.location.market_tree import LocationBound
from siting.mip.model.demand_classes import moves_between_sites
from siting.mip.runs import NONE, Outcome, Row, Run
from siting.mip.solution import Decisions

__all__ = ["BendersProgram", "is_decomposable", "is_decomposed"]

#: Slices, and sites times slices, from which the decomposition pays (docs/benchmarks.md).
LEAST_SLICES, LEAST_SIZE = 48, 4_000
#: The same where opening a site counts, so that many nodes of a tree are searched.
LEAST_SEARCHED = 12
#: Places besides those open at the best prices whose whole units are given cuts, and rounds of it.
MORE_REFINED, MOST_REFINED = 15, 20
#: Share of the time left that they may take.
SHARE_OF_REFINED = 0.2
#: Rows for which that is looked for, those that read the most.
MOST_REACHED = 8


def is_decomposable(instance: Instance) -> bool:
    """Return whether no load moves between sites, which would join their slices."""
    return not any(moves_between_sites(state.coefficients) for state in instance.states)


def is_decomposed(instance: Instance, options: SolverOptions) -> bool:
    """Return whether a study is solved with its slices left to the sites.

    Parameters
    ----------
    instance : Instance
        The study.
    options : SolverOptions
        Its ``method``; ``auto`` decomposes where it can and where it pays: with many slices, or
        with fewer at many sites or where opening a site counts, as long as no dispatch option
        asks for a program of each site. Other solvers than HiGHS get the whole model.

    Raises
    ------
    siting.errors.DataError
        If the study asks for the decomposition where it cannot be.
    """
    able, highs = is_decomposable(instance), options.name == "HiGHS"
    if options.method == "decomposed" and not (able and highs):
        reason = "the solver" if able else "load that moves between sites"
        problem = f"is decomposed, which {reason} does not allow"
        remedy = "Use auto or monolithic" + (
            ", or solver.name HiGHS" if able else ", or leave out between_sites"
        )
        raise DataError([Fault("study", None, "solver.method", problem, remedy)])
    if options.method == "auto":
        c = instance.states[0].coefficients
        slices = len(c.hours)
        size = 0 if c.operation.in_use else len(c.sites) * slices
        searched = c.opening_is_limited and not c.operation.in_use and slices >= LEAST_SEARCHED
        pays = slices >= LEAST_SLICES or size >= LEAST_SIZE or searched
        return able and highs and pays
    return options.method == "decomposed"


class BendersProgram(CutProgram):
    """A decomposed model in the solver; parameters as for `CutProgram`."""

    # Relaxation -----------------------------------------------------------------------------

    def _relaxed(self, cost: FloatArray, clock: Clock, missed: float | None) -> Outcome:
        """Return the optimum of the relaxation, with cuts until dispatch costs what it says."""
        self._reach(clock)
        run, point = self._converge(cost, clock, self.share if missed is None else missed)
        values = self._with_true_use(cost, run) if point is None else point.values
        return self._outcome(run, values)

    def _reach(self, clock: Clock) -> None:
        """Check that the widest limits on what dispatch uses, such as budgets, can be met at all.

        The minimum of each is looked for under all other rows, once. Its cuts then stand at the
        prices that the limit will give; without them a limit that nothing can meet would only be
        found as its price grows without end.

        Raises
        ------
        InfeasibleError
            If the minimum is above the limit.
        """
        if self._reached:
            return
        self._reached, low = True, np.array(self._stated.col_lower_)
        limits = [
            (-int(np.isin(row.columns, self._every_use).sum()), place, row)
            for place, row in self._stated_rows
            if np.isfinite(row.high) and not np.isneginf(low[row.columns]).any()
        ]
        for _, place, row in sorted(limits, key=lambda limit: limit[:2])[:MOST_REACHED]:
            cost = np.zeros(self.size)
            cost[row.columns] = row.values
            self.lp.set_row(place, row.low, np.inf)
            try:
                self.lp.begin_anew()
                least = self._with_cuts(cost, clock, self.share).bound
            finally:
                self.lp.set_row(place, row.low, row.high)
            if least > row.high + REACH * max(abs(row.high), 1.0):
                raise InfeasibleError("no placement meets every limit of the study")
        self.lp.begin_anew()

    def _converge(
        self, cost: FloatArray, clock: Clock, share: float, *, most: float = np.inf
    ) -> tuple[Run, Point | None]:
        """The relaxation, and its point with true dispatch where rows read what that uses.

        Raises
        ------
        InfeasibleError
            If nothing meets the rows, or all that does lies above the most that it may be.
        """
        self._start_from(cost, [cost[use] for use in self._use], programs=self._starts)
        gaps: list[float] = []
        readers = self._reading_rows()
        for _ in range(MOST_ROUNDS):
            run = self._with_cuts(cost, clock, share, most=most)
            if run.bound > most:
                raise InfeasibleError("no placement with these halls is as good as asked for")
            if not len(readers):
                return run, None
            least = share * max(abs(run.bound), self.size_at_least)
            enough = run.bound + least
            point = self._evaluate(cost, run, clock, share, enough=enough)
            gaps.append(point.value - run.bound)
            # Between the two may stay what the solver's own tolerance leaves.
            stalled = len(gaps) > STALL and gaps[-1 - STALL] - gaps[-1] <= 0.1 * least
            if clock.late or (point.feasible and (point.value <= enough or stalled)):
                break
            if self._separate(point.prices, run.values, cost) <= 0:
                break
        return run, point

    def _with_true_use(self, cost: FloatArray, run: Run) -> FloatArray:
        """The point with what its dispatch uses; the cuts bound only the sum over metrics.

        A site that has no dispatch there, since the time ended before its cuts, uses what they say.
        """
        values = run.values.copy()
        for part, factors in zip(self._parts, self._prices(cost, run), strict=True):
            values[part.use] = 0.0
            for s, found in part.solve(factors, values).items():
                use = part.use[:, s]
                values[use] = run.values[use] if found.missed else part.used(s, found)
        return values

    def _refined(
        self, cost: FloatArray, run: Run, located: LocationBound, clock: Clock
    ) -> LocationBound:
        """Return the proof with the first places in whole numbers, as long as it gains.

        Relaxations know fractions of units alone. Each such place gets the cuts of its dispatch,
        and the market learns what its load costs in whole numbers.
        """
        if not self.has_units or self._pricings is None:
            return located
        whole, pricings = np.zeros(self.size, dtype=bool), self._pricings[1]
        whole[self.counts] = True
        prices, place = self._prices(cost, run), self.model.reference.demand.place
        least = self.share * abs(located.value)
        clock = clock.share(SHARE_OF_REFINED)
        for _ in range(MOST_REFINED):
            among = located.places[: located.count + MORE_REFINED]
            point, rows = self.separation.in_whole_numbers(
                self._places(stated=True), pricings, among, whole, clock
            )
            if not self._planned:  # Of which a place may have its own, that are changed later.
                self._add(rows)
            for s in self._short(prices, point, cost, least):
                for pricing in pricings:
                    pricing.known.pop(int(place[s]), None)
            if clock.late or not rows:
                break
            found = self.separation.located(pricings, run.row_dual, self._high)
            if found is None:
                break
            gained, located = (
                found.value - located.value,
                max(located, found, key=lambda proof: proof.value),
            )
            if gained <= least:
                break
        return located

    def _room(self) -> list[Row]:
        """Hold metrics to what loads can use, where limits would be met by using more than that."""
        capped = any(np.isfinite(row.high) for _, row in self._reading_rows())
        return [row for part in self._parts for row in part.room()] if capped else []

    # Exact operation ------------------------------------------------------------------------

    @contextmanager
    def _operating(
        self, built: FloatArray, counts: IndexArray, whole: FloatArray
    ) -> Iterator[None]:
        """Hold the counts; without first cuts, what closed sites use as well."""
        with super()._operating(built, counts, whole):
            if self._starts:
                yield
                return
            # The integer program needs cuts there; one dispatch alone does not.
            rounded = built.copy()
            rounded[counts] = whole
            closed = np.concatenate([part.closed_use(rounded) for part in self._parts])
            with self.held(closed, 0.0, np.inf):
                yield

    def _evaluated(
        self, cost: FloatArray, clock: Clock, missed: float | None, most: float
    ) -> Outcome:
        """Return the best point with the counts held, and the dispatch that it really has."""
        share = self.share if missed is None else missed
        run, point = self._converge(cost, clock, share, most=most)
        if point is None:
            point = self._evaluate(cost, run, clock, share)
        if not point.feasible:
            raise InfeasibleError("no placement meets every limit of the study")
        return Outcome(point.value, -np.inf, point.values, NONE, NONE, point=point)

    def _evaluate(
        self, cost: FloatArray, run: Run, clock: Clock, share: float, *, enough: float = -np.inf
    ) -> Point:
        """Hold all but what dispatch uses, and charge what it really uses.

        Where rows besides the cuts read what dispatch uses, such as budgets, one price of the
        metrics cannot meet them in general: dispatches at several prices are mixed by a restricted
        master, each new one at the prices of its last optimum (Dantzig and Wolfe 1960), until all
        together can gain less than a share of the objective or its value is enough.
        """
        use, at, values = self._every_use, self._at, run.values
        rows = [row for _, row in self._reading_rows()]
        master = RestrictedMaster(float(cost @ values), cost[use], *_rows_over(rows, use, values))
        factors, point = self._prices(cost, run), values.copy()
        for _ in range(MOST_ROUNDS):
            new = {
                (k, s): (found, part.used(s, found), at[k][:, s])
                for k, (part, prices) in enumerate(zip(self._parts, factors, strict=True))
                for s, found in part.solve(prices, values).items()
            }
            if any(found.missed for found, _, _ in new.values()):
                return Point(np.inf, values, {}, factors, False)
            if master.gain(new) < share * abs(float(cost @ point)) and master.feasible:
                break
            if not master.add(new):
                break
            priced = master.solve(clock)
            factors = [priced[where] for where in at]
            point[use] = master.used()
            if clock.late or (master.feasible and float(cost @ point) <= enough):
                break
        value = float(cost @ point)
        return Point(value, point, master.dispatch(), factors, master.feasible)

    def decisions(self, outcome: Outcome) -> tuple[Decisions, ...]:
        """Decisions of every state at a point whose counts were held."""
        point = outcome.point
        if point is None:
            raise ValueError("the point has no dispatch")
        return tuple(
            decisions_at(state, k, point, self.columns) for k, state in enumerate(self.model.states)
        )


def _rows_over(
    rows: Sequence[Row], use: IndexArray, values: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients of rows on what dispatch uses, and their sides less what the rest adds."""
    matrix, whole = np.zeros((len(rows), len(use))), np.zeros(len(values))
    low, high = np.array([r.low for r in rows]), np.array([r.high for r in rows])
    for i, row in enumerate(rows):
        whole[:] = 0.0
        whole[row.columns] = row.values
        matrix[i] = whole[use]
        whole[use] = 0.0
        rest = float(whole @ values)
        low[i], high[i] = low[i] - rest, high[i] - rest
    return matrix, low, high
