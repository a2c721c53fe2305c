"""Rounds of cuts: a decomposed model in the solver until dispatch costs what its master says.

The master holds everything but the slices. In their place stands, for each metric m, site s and
state k, ``use[m,s,k]``: what the electricity of the site adds to the metric. Any prices μ of the
metrics give the cut (docs/mathematics.md)

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

import numpy as np
from scipy import sparse

from siting.arrays import BoolArray, FloatArray
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Clock, SolverOptions
from siting.mip.benders.subproblems import Subproblems
from siting.mip.location.dominance import dominated_pairs
from siting.mip.model.build import Model
from siting.mip.program import Program
from siting.mip.runs import Row, Run, Snapshot, entries_of

__all__ = ["MOST_ROUNDS", "PRECISION", "REACH", "STALL", "CutProgram", "precision"]

#: Rounds of cuts for one objective; never met in practice, since the slopes are finitely many.
MOST_ROUNDS = 400
#: Rounds after which a bound that no longer moves is left, since the solver's own tolerance is met.
STALL = 10
#: Rounds of cuts at points of few flows, before some more join them.
SOME_ROUNDS = 3
#: Rounds, doubled each time, after which limits on what dispatch uses are held to their prices.
DOUBTED = 10
#: Weights of such limits that are tried.
MOST_DOUBTS = 12
#: Prices of the metrics at which first cuts are made.
MOST_STARTS = 6
#: A cut is added where it is missed by more than this share of the objective. [-]
LEAST_MISS = 1e-10
#: By how much the minimum of a row may lie above its limit before nothing meets it: what rows may
#: be missed by in the end. [-]
REACH = 1e-6


class CutProgram(Program):
    """A decomposed model in the solver; its cuts are rows of the relaxation.

    Parameters
    ----------
    model : Model
        The decomposed model.
    options : SolverOptions
        Gap, seed and threads.
    starts : bool, default True
        Whether programs of sites are asked before any point is known.
    """

    #: Tighter than usual, since rounds of cuts end only where they are met.
    tolerance = 1e-9

    def __init__(self, model: Model, options: SolverOptions, *, starts: bool = True) -> None:
        self.share, self._starts = precision(options), starts
        self._seen: set[tuple[int, bytes]] = set()
        self._reached, self._cuts = False, 0
        super().__init__(model, options)
        self._parts = [Subproblems(s, self.columns) for s in model.states]
        self._use = [part.use for part in self._parts]
        #: All of it in one order, and where that of each state stands there.
        self._every_use = np.concatenate([use.ravel() for use in self._use])
        ends = np.cumsum([0, *[use.size for use in self._use]])
        self._at = [first + np.arange(use.size).reshape(use.shape)
                    for first, use in zip(ends[:-1], self._use, strict=True)]  # fmt: skip
        #: Rows of the model that read what dispatch uses, its cuts left out, and their places.
        self._stated_rows = self._stated_readers()

    @property
    def cut_count(self) -> int:
        """Benders cuts known so far."""
        return self._cuts

    def snapshot(self) -> Snapshot:
        """The present moment, to come back to."""
        return replace(
            super().snapshot(), seen=frozenset(self._seen), reached=self._reached, cuts=self._cuts
        )

    def restore(self, moment: Snapshot | None = None) -> None:
        """Go back to a moment; to the start without one."""
        moment = moment or self._first
        self._seen, self._reached, self._cuts = set(moment.seen), moment.reached, moment.cuts
        for part in self._parts:
            part.restart()
        super().restore(moment)

    # Rows that read what dispatch uses ------------------------------------------------------

    def _stated_readers(self) -> list[tuple[int, Row]]:
        entries, families = self._entries, self._families
        index, value = entries.indices.astype(np.intp), entries.data
        low, high = self._stated.row_lower_, self._stated.row_upper_
        return [
            (int(r), Row(index[own], value[own], float(low[r]), float(high[r])))
            for r in np.flatnonzero(entries[:, self._every_use].getnnz(axis=1))
            for own in (slice(entries.indptr[r], entries.indptr[r + 1]),)
            if families[r] != "add_cuts"
        ]

    def _reading_rows(self) -> list[tuple[int, Row]]:
        """Rows that read what dispatch uses and bound it, cuts left out, and their places."""
        at = self._stated.num_row_
        planned = [(at + i, self._rows[i]) for i in self._planned]
        reads = np.zeros(self.size, dtype=bool)
        reads[self._every_use] = True
        return [
            (place, row)
            for place, row in (*self._stated_rows, *planned)
            if min(row.high, -row.low) < np.inf and reads[row.columns].any()
        ]

    def dominated(self, cost: FloatArray) -> BoolArray:
        """Pairs that others of their sites replace at no more of an objective, shape (P,).

        None where a row reads what dispatch uses, a site has no closed form, or what may be built
        is held to other bounds than those of the model.
        """
        counts = np.concatenate([self.opened, self.modules])
        high = np.array(self._stated.col_upper_)[counts]
        free: BoolArray = (self._high[counts] == high).all(axis=0)
        if self._stated_rows or self.planner_limits or any(p.local.any() for p in self._parts):
            return np.zeros(len(free), dtype=bool)
        found = dominated_pairs(self.model.states, self.columns, cost, free)
        found[(self._low[counts] > 0.0).any(axis=0)] = False
        return found

    def _prices(self, cost: FloatArray, run: Run) -> list[FloatArray]:
        """Price of each metric at each site at an optimum: cost less the duals of rows."""
        price = cost.copy()
        for place, row in self._reading_rows():
            np.subtract.at(price, row.columns, run.row_dual[place] * row.values)
        return [np.maximum(price[use], 0.0) for use in self._use]

    # Cuts ---------------------------------------------------------------------------------

    def _start_from(
        self, cost: FloatArray, factors: Sequence[FloatArray], *, programs: bool
    ) -> None:
        """First cuts at the prices of an objective, unless they were looked at before."""
        for k, (part, price) in enumerate(zip(self._parts, factors, strict=True)):
            largest = price.max(initial=0.0)
            if largest <= 0 or len(self._seen) >= MOST_STARTS * len(factors):
                continue
            key = (k, np.round(price / largest, 3).tobytes())
            if key in self._seen:
                continue
            if all(state != k for state, _ in self._seen):
                self._add(part.needs())
            self._seen.add(key)
            self._add_cuts(part.first_cuts(price, cost, self._high, programs=programs))

    def _add_cuts(self, cuts: Sequence[Row]) -> None:
        self._cuts += len(cuts)
        self._add(cuts)

    def _separate(
        self, prices: Sequence[FloatArray], values: FloatArray, cost: FloatArray
    ) -> float:
        """Add the cuts at some prices that a point breaks; by how much of the objective in all.

        Infinite where a site has no dispatch there at all.
        """
        least = LEAST_MISS * max(abs(float(cost @ values)), 1e-12)
        return sum(self._short(prices, values, cost, least).values())

    def _short(
        self, prices: Sequence[FloatArray], values: FloatArray, cost: FloatArray, least: float
    ) -> dict[int, float]:
        """Add the cuts that sites break by more than a value; by how much each of them does."""
        missed, new = dict[int, float](), []
        for part, factors in zip(self._parts, prices, strict=True):
            sites = np.union1d(part.loaded(values), part.understated(factors, values, least))
            for s, found in part.solve(factors, values, sites).items():
                short = found.value - float(factors[:, s] @ values[part.use[:, s]])
                if short > least:
                    missed[s] = missed.get(s, 0.0) + short
                    new.append(part.better_cut(s, factors[:, s], found, values, cost, self._high))
        self._add_cuts(new)
        return missed

    # Rounds -------------------------------------------------------------------------------

    def _with_cuts(
        self,
        cost: FloatArray,
        clock: Clock,
        share: float,
        *,
        enough: float = np.inf,
        most: float = np.inf,
    ) -> Run:
        """Rounds of cuts at the prices that the relaxation itself gives.

        They end early where the bound is enough, or more than it may be. Where they do not end, the
        limits on what dispatch uses may be out of reach together, and are held against their
        prices.
        """
        if self._reading_rows() or not self._sifting.many_are_open(self._high):
            return self._rounds(cost, clock, share, enough, most)[0]
        bounds: list[float] = []
        while len(bounds) <= STALL or bounds[-1] > bounds[-1 - STALL]:
            try:
                run, ended = self._rounds(cost, clock, share, enough, most, rounds=1)
            except NoAnswerError:
                if not bounds:
                    raise
                break  # What the round before proved holds.
            bounds.append(run.bound)
            if ended:
                break
            try:
                self._few_rounds(run, cost, clock, share, enough, most)
            except (InfeasibleError, NoAnswerError):
                if clock.late:  # What all flows proved holds; else these were too few.
                    break
        return run

    def _few_rounds(
        self, run: Run, cost: FloatArray, clock: Clock, share: float, enough: float, most: float
    ) -> None:
        """Rounds of cuts at points of few flows, which stand for all of them meanwhile.

        Where flows are very many, those that cuts make cheap join every few rounds.
        """
        far, few = self._sifting.far, self._sifting.few(self.lp, run)
        some = rounds = SOME_ROUNDS if far else MOST_ROUNDS
        self._few, joined, ended = few, True, False
        try:
            while (joined or not ended) and not (clock.late and ended):
                run, ended = self._rounds(cost, clock, share, enough, most, rounds)
                ended |= rounds == MOST_ROUNDS
                joined = far and few.join_priced(cost, run)
                rounds = some if joined else MOST_ROUNDS
        finally:
            self._few = None
        self.lp.begin_anew(few.basis())

    def _rounds(
        self,
        cost: FloatArray,
        clock: Clock,
        share: float,
        enough: float,
        most: float,
        rounds: int = MOST_ROUNDS,
    ) -> tuple[Run, bool]:
        """Rounds of cuts, so many at most, and whether no other should follow."""
        bounds: list[float] = []
        doubted, ended = (np.inf if self._possible or enough < np.inf else DOUBTED), False
        while len(bounds) < rounds and not ended:
            try:
                run = self._settled(cost, clock, doubtful=doubted < np.inf)
            except NoAnswerError:
                if not bounds:
                    raise
                return run, True  # What the round before proved holds.
            prices = self._prices(cost, run)
            self._start_from(cost, prices, programs=False)
            short = self._separate(prices, run.values, cost)
            short = np.inf if self._overstated(cost, run) else short
            bounds.append(run.bound)
            least = share * max(abs(run.bound), self.size_at_least)
            stalled = len(bounds) > STALL and bounds[-1] - bounds[-1 - STALL] <= 0.1 * least
            settled = short <= least or (stalled and np.isfinite(short))
            ended = settled or run.bound > min(enough, most) or clock.late
            if not ended and len(bounds) >= doubted:
                self._refute([-run.row_dual[place] for place, _ in self._reading_rows()], clock)
                doubted *= 2
        return run, ended

    # Limits out of reach ------------------------------------------------------------------

    def _settled(self, cost: FloatArray, clock: Clock, *, doubtful: bool) -> Run:
        """Run the relaxation; where floating point settles nothing, doubt the limits."""
        try:
            return self._run(cost, clock)
        except NoAnswerError:
            if doubtful and not clock.late:
                sizes = [max(abs(row.high), 1.0) for _, row in self._reading_rows()]
                self._refute([1.0 / size for size in sizes], clock)
            raise

    def _refute(self, prices: Sequence[float], clock: Clock) -> None:
        """Check that the limits on what dispatch uses can be met together.

        Any weights w ≥ 0 prove that they cannot, with row[k] · x ≤ high[k], if under all other rows

            min_x  Σ_k w[k] · (row[k] · x − high[k]) / max(|high[k]|, 1)  >  0

        The first are those of some prices; then those at which the points found so far miss the
        limits most, until some point meets them.

        Parameters
        ----------
        prices : sequence of float
            Of the rows that read what dispatch uses.

        Raises
        ------
        InfeasibleError
            If some weights prove it.
        """
        rows = self._reading_rows()
        capped = [k for k, (_, row) in enumerate(rows) if np.isfinite(row.high)]
        if not capped:
            return
        size = np.array([max(abs(rows[k][1].high), 1.0) for k in capped])
        high = np.array([rows[k][1].high for k in capped]) / size
        uses = sparse.diags_array(1.0 / size) @ entries_of([rows[k][1] for k in capped], self.size)
        weight = np.maximum(np.array(prices)[capped] * size, 0.0)
        basis, missed = self.lp.basis(), np.zeros((0, len(capped)))
        try:
            for place, _ in rows:
                self.lp.set_row(place, -np.inf, np.inf)
            self.lp.begin_anew()
            for _ in range(MOST_DOUBTS):
                weight = weight / weight.sum() if weight.any() else np.full(len(capped), 1.0)
                most = float(weight @ high) + REACH
                try:
                    run = self._with_cuts(uses.T @ weight, clock, self.share, enough=most)
                except (InfeasibleError, NoAnswerError):
                    return  # Without a minimum, as where a row reads what has no bound.
                if run.bound > most:
                    raise InfeasibleError("no placement meets every limit of the study")
                missed = np.vstack([missed, uses @ run.values - high])
                weight, least = _heaviest(missed)
                if least <= REACH or clock.late:
                    return
        finally:
            for place, row in rows:
                self.lp.set_row(place, row.low, row.high)
            self.lp.begin_anew(basis.with_rows(self.lp.rows))

    def _overstated(self, cost: FloatArray, run: Run) -> bool:
        """Bound what loads can use, where limits are met by using more than that.

        Raises
        ------
        InfeasibleError
            If the limits cost more than any placement could.
        """
        if not any(np.isfinite(row.high) for _, row in self._reading_rows()):
            return False
        rows = [row for part in self._parts for row in part.overstated(run.values)]
        if rows and self._few is None:
            most = self.most_cost(cost)
            if run.bound > most + REACH * max(abs(most), self.size_at_least):
                raise InfeasibleError("no placement meets every limit of the study")
        self._add_cuts(rows)
        return bool(rows)

    def most_cost(self, cost: FloatArray) -> float:
        """Cost that no placement is above; infinite where that is not known."""
        other = cost.copy()
        for part in self._parts:
            other[part.loads] = 0.0
        priced = np.flatnonzero(other)
        ends = other[priced] * np.where(other > 0.0, self._high, self._low)[priced]
        return float(ends.sum()) + sum(part.most_cost(cost) for part in self._parts)


def _heaviest(missed: FloatArray) -> tuple[FloatArray, float]:
    """Weights, of sum one, at which the point of several that misses limits least misses most."""
    from scipy.optimize import linprog  # few solves need it, and it takes long to read

    points, limits = missed.shape
    rows = np.hstack([np.ones((points, 1)), -missed])
    found = linprog(
        np.append(-1.0, np.zeros(limits)), rows, np.zeros(points),
        [np.append(0.0, np.ones(limits))], [1.0], [(None, None), *[(0.0, None)] * limits],
    )  # fmt: skip
    best: FloatArray = np.asarray(found.x)
    return best[1:], float(best[0])


#: Share of the gap asked for that rounds of cuts may leave open.
PRECISION = 0.05


def precision(options: SolverOptions) -> float:
    """Share of the objective by which rounds of cuts may end short, unless less is asked. [-]."""
    return max(PRECISION * options.gap, 1e-7)
