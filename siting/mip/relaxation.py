"""The relaxation of a model: minimized, tightened by rows that it breaks, and what it proves.

It stays in HiGHS and goes on from its last basis. Rows that only tighten it, or that a placement
must meet and that are too many to write down, are separated: they are added once a point breaks
them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.errors import NoAnswerError
from siting.mip import Clock, SolverOptions, Target
from siting.mip.loaded import LoadedModel
from siting.mip.location import FIXING_ROUNDING, Places, closed_by_probing
from siting.mip.location.market_tree import LocationBound
from siting.mip.location.prices import Pricing
from siting.mip.location.separation import Separation
from siting.mip.model.build import Model
from siting.mip.runs import Outcome, Row, Run, Snapshot

__all__ = ["Relaxation"]

#: Load, or halls, below which a pair carries nothing. [MW], [modules]
LEAST_CARRIED = 1e-6
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


class Relaxation(LoadedModel):
    """The relaxation of a loaded model; parameters as for `LoadedModel`."""

    #: Share of the objective by which the relaxation may be missed, and the least magnitude of the
    #: objective that such shares are of. [-]
    share, size_at_least = 0.0, 1e-12
    #: Whether a placement is known that meets every row, while the relaxation is minimized.
    _possible = False

    def __init__(self, model: Model, options: SolverOptions) -> None:
        super().__init__(model, options)
        #: Costs of the places and best prices of demand, for one objective.
        self._pricings: tuple[bytes, list[Pricing]] | None = None
        self.separation = Separation(model, self.columns)

    def restore(self, moment: Snapshot | None = None) -> None:
        """Go back to a moment; to the start without one."""
        super().restore(moment)
        self._pricings = None

    @contextmanager
    def of_size(self, size: float) -> Iterator[None]:
        """Let shares of the objective be of a magnitude at least, for a while."""
        before, self.size_at_least = self.size_at_least, size
        try:
            yield
        finally:
            self.size_at_least = before

    def relax(
        self,
        cost: FloatArray,
        clock: Clock,
        *,
        missed: float | None = None,
        rounds: int = MOST_ROUNDS,
        target: Target | None = None,
        known: float = math.inf,
        possible: bool = False,
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
        possible : bool, default False
            Whether a placement is known that meets every row, so that limits need no doubt.

        Raises
        ------
        InfeasibleError, NoAnswerError
            If it has no point, or the time ended before one was found.
        """
        self._possible = possible or math.isfinite(known)
        try:
            return self._relaxed_in_rounds(cost, clock, missed, rounds, target, known)
        finally:
            self._possible = False

    def _relaxed_in_rounds(
        self,
        cost: FloatArray,
        clock: Clock,
        missed: float | None,
        rounds: int,
        target: Target | None,
        known: float,
    ) -> Outcome:
        """Minimize over the relaxation and separate what it breaks, again and again."""
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
        for pricing in self._pricings[1]:
            pricing.clock = clock  # Costs may have been found within the time of another part.
        return self.separation.priced(self._pricings[1], values, duals, self._high)

    def located(
        self, cost: FloatArray, relaxed: Outcome, clock: Clock, target: Target
    ) -> LocationBound | None:
        """Proof from the best prices of demand; none where they prove nothing or the time is over.

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
        if run is None or not dear or clock.late:
            return None
        if not self.separation.worth_pricing(run.values, cost, worth):
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
        """Give integer programs the links of some pairs, (P,), summed at the prices of `located`.

        ``relaxed`` is the relaxation that `located` was asked with.
        """
        if self._pricings is None or relaxed.run is None:
            return
        high = self._high.copy()
        high[self.opened[:, ~pairs]] = 0.0
        before = len(self._rows)
        dual = relaxed.run.row_dual
        self._add(self.separation.priced(self._pricings[1], relaxed.values, dual, high))
        self._tight |= set(range(before, len(self._rows)))

    # Runs -----------------------------------------------------------------------------------

    def _relaxed(self, cost: FloatArray, clock: Clock, missed: float | None) -> Outcome:
        """Return the optimum of the relaxation with the rows that it has."""
        run = self._run(cost, clock)
        return self._outcome(run, run.values)

    def _outcome(self, run: Run, values: FloatArray) -> Outcome:
        dual = run.row_dual[self._stated.num_row_ :]
        prices = -dual[np.array(self._planned, dtype=np.intp)]
        return Outcome(run.objective, run.bound, values, prices, run.reduced_cost, run=run)

    # What an optimum proves -------------------------------------------------------------------

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
        """Pairs that no placement below a cutoff opens, or need open, shape (P,).

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
        closed = self.closed_by_reduced_cost(relaxed, cutoff) | self.dominated(cost)
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

    def dominated(self, cost: FloatArray) -> BoolArray:
        """Pairs that others of their sites replace at no more of an objective, shape (P,)."""
        return np.zeros(self.modules.shape[1], dtype=bool)

    def closed_by_reduced_cost(self, relaxed: Outcome, cutoff: float) -> BoolArray:
        """Pairs whose opening alone lifts the bound over a cutoff, shape (P,).

        By linear programming duality every placement that opens pair p costs at least

            bound + reduced cost of is_open[p] + reduced cost of modules[p],

        both at their lower bound of zero, and at least one once p is open. What is ever built
        stands in the last period, so that the columns of that period decide.
        """
        price = np.maximum(relaxed.reduced_cost, 0.0)
        if not len(price):
            return np.zeros(self.modules.shape[1], dtype=bool)
        opening = price[self.opened[-1]] + price[self.modules[-1]]
        size = max(abs(relaxed.bound), 1e-12)
        closed: BoolArray = relaxed.bound + opening > cutoff + FIXING_ROUNDING * size
        return closed

    def _places(self, *, stated: bool = False) -> Places:
        """The relaxation as one program a place, with the bounds that hold now or those stated.

        With those stated, each period has its own, where it has no scenarios.
        """
        low, high = self._low.copy(), self._high.copy()
        if stated:
            n = self._stated.num_col_
            low[:n], high[:n] = self._stated.col_lower_, self._stated.col_upper_
        high[self.opened] = np.minimum(high[self.opened], 1.0)
        for state in self.model.states:
            served = self.columns(state.variables.serve_mw)
            high[served] = np.minimum(high[served], state.demand.mw[state.demand.flow_class])
        apart = stated and self.separation.apart
        return Places(self.lp.lp(), low, high, self._place_of_columns(apart=apart))

    def _place_of_columns(self, *, apart: bool) -> IndexArray:
        """Place of the columns that belong to one for certain; -1 elsewhere, shape (columns,).

        Each period has places of its own if they are apart.
        """
        found = np.full(self.size, -1, dtype=np.intp)
        for k, state in enumerate(self.model.states):
            v, c = state.variables, state.coefficients
            first = k * len(c.sites) if apart else 0
            place = first + state.demand.place
            for built in (v.is_open, v.modules, v.load_mw):
                found[self.columns(built)] = place[c.pair_site]
            found[self.columns(v.serve_mw)] = first + state.demand.flow_site
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
