"""Rows of capacity that follow from the model, added once a point breaks them.

*Rounded capacity*. The sites N(A) that any class of a set A may go to need whole halls for the
demand of A together. Counted in halls of a size g, that of one of the designs, mixed-integer
rounding (Nemhauser and Wolsey 1990) gives, with β = Σ_{n ∈ A} need_mw[n] / g, its fraction f, and
the whole part and fraction of b[k] = block_mw[k] / g,

    Σ_{s ∈ N(A)} Σ_k (⌊b[k]⌋ + min(1, (b[k] − ⌊b[k]⌋) / f)) · modules[s,k]  ≥  ⌈β⌉

``need_mw`` is capacity, load over utilization. Sets that are tried: all classes, and those whose
open sites at the point lie among those of one class, or of two that share some.

*Outages*. Rows of ``add_failover`` for the set of demand that an outage leaves short (Hall's
theorem); a placement must meet all of them. Two kinds of row tighten them. Of an open site no
more than need(A) counts after the loss of g, so that for every set T of sites

    Σ_{s ∈ N(A)−g, s ∈ T} need(A) · open[s]
        + Σ_{s ∈ N(A)−g, s ∉ T} Σ_k block_mw[k] · modules[s,k]  ≥  need(A)

which is broken most where T holds the sites whose first term is the smaller. And where every site
of N(A) may be lost and K of them are open, the largest holds at least 1/K of their capacity, so
that they need need(A) · K/(K − 1) together. That is convex in K, so that the chord between k and
k + 1 holds for every K:

    Σ_{s ∈ N(A)} Σ_k block_mw[k] · modules[s,k] / need(A)
        ≥  k/(k − 1) − (Σ_{s ∈ N(A)} open[s] − k) / (k·(k − 1))
"""

from __future__ import annotations

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip.families.failover import broken_sets, critical_demand, hall_terms
from siting.mip.model.build import Columns, ModelState
from siting.mip.runs import Row

__all__ = ["BROKEN", "Outages", "RoundedCapacity"]

#: Share of what a row asks for by which it is broken before it is added. [-]
BROKEN = 1e-4
#: Share of a hall by which a number counts as whole, and by which a row is broken; and capacity
#: below which a site has none. [-], [MW]
WHOLE, SHORT_OF_UNIT, LEAST_MW = 1e-6, 0.01, 1e-6
#: Sets of sites of which pairs are tried too.
MOST_SETS = 100


def _rounded(block: FloatArray, unit: float, need: float) -> tuple[FloatArray, float]:
    """Coefficients and right-hand side of the row of rounded capacity, in halls of a size."""
    halls = need / unit - WHOLE
    least = np.ceil(halls)
    part = np.maximum(halls - np.floor(halls), WHOLE)
    whole = np.floor(block / unit + WHOLE)
    return whole + np.clip((block / unit - whole) / part, 0.0, 1.0), float(least)


class RoundedCapacity:
    """Rounded capacity of one state."""

    def __init__(self, state: ModelState, columns: Columns) -> None:
        c, demand = state.coefficients, state.demand
        self._block, self._pair_site = c.block_mw, c.pair_site
        self._modules = columns(state.variables.modules)
        need = demand.mw * c.capacity_per_load[demand.workload]
        reach = np.zeros((len(demand.mw), len(c.sites)), dtype=bool)
        for place, sites in enumerate(demand.sites_of_place):
            reach[np.ix_(demand.flow_class[demand.flows_of_site[place]], sites)] = True
        # Classes that may go to the same sites are one here.
        self._reach, group = np.unique(reach, axis=0, return_inverse=True)
        self._need = np.bincount(group.reshape(-1), need, len(self._reach))

    def rows(self, values: FloatArray) -> list[Row]:
        """Rows that a point breaks."""
        if not len(self._need):
            return []
        modules = values[self._modules]
        capacity = np.bincount(self._pair_site, self._block * modules, self._reach.shape[1])
        at = self._reach[:, capacity > LEAST_MW]
        found = []
        for sites in self._site_sets(at):
            inside = ~(at & ~sites).any(axis=1)
            near = self._reach[inside].any(axis=0)[self._pair_site]
            rounded = [
                _rounded(self._block[near], unit, float(self._need[inside].sum()))
                for unit in np.unique(self._block[near])
            ]
            halls, least = max(rounded, key=lambda r: r[1] - float(r[0] @ modules[near]))
            if least - float(halls @ modules[near]) > SHORT_OF_UNIT:
                found.append(Row(self._modules[near], halls / least, low=1.0))
        return found

    @staticmethod
    def _site_sets(at: BoolArray) -> BoolArray:
        """Sets of open sites to try, in rows: all, those of a class, those of two that meet."""
        sets = np.unique(at, axis=0)
        pairs = [sets]
        if len(sets) <= MOST_SETS:
            i, j = np.nonzero(np.triu(sets.astype(np.int64) @ sets.T.astype(np.int64), k=1))
            pairs.append(sets[i] | sets[j])
        every = np.ones((1, at.shape[1]), dtype=bool)
        return np.unique(np.concatenate([every, *pairs]), axis=0)


class Outages:
    """Rows of outages of one state."""

    def __init__(self, state: ModelState, columns: Columns) -> None:
        self._state, self._columns = state, columns
        v, c = state.variables, state.coefficients
        self._critical = critical = critical_demand(c)
        self._modules, self._site, self._block = columns(v.modules), c.pair_site, c.block_mw
        self._opening = columns(v.site_open or v.is_open)
        self._opening_site = np.arange(len(c.sites)) if v.site_open else c.pair_site
        #: Need and sites of sets of critical classes: of all, and where each site may be lost.
        self._sets: list[tuple[float, BoolArray]] = []
        self._spread: list[tuple[float, BoolArray]] = []
        if critical is not None and len(critical.need_mw):
            lost = np.zeros(len(c.sites), dtype=bool)
            lost[np.concatenate([np.zeros(0, dtype=np.intp), *critical.losses])] = True
            every = np.ones((1, len(critical.need_mw)), dtype=bool)
            within = ~(critical.reach[:, None, :] & ~critical.reach[None, :, :]).any(axis=2).T
            for chosen in np.unique(np.concatenate([every, within]), axis=0):
                near = critical.reach[chosen].any(axis=0)
                need = float(critical.need_mw[chosen].sum())
                self._sets.append((need, near))
                if not (near & ~lost)[np.unique(c.pair_site)].any():
                    self._spread.append((need, near))

    def rows(self, values: FloatArray, short: float) -> list[Row]:
        """Rows that modules break, each the most broken of its outage."""
        if self._critical is None:
            return []
        found, c = [], self._state.coefficients
        capacity = self._capacity(values)
        for g, chosen in broken_sets(self._critical, capacity, short):
            terms = hall_terms(self._state.variables, c, self._critical, g, chosen)
            columns = self._columns([variable for variable, _ in terms])
            found.append(Row(columns, np.array([v for _, v in terms]), low=1.0, needed=True))
        return found

    def _capacity(self, values: FloatArray) -> FloatArray:
        sites = len(self._state.coefficients.sites)
        return np.bincount(self._site, values[self._modules] * self._block, sites)

    def tight(self, values: FloatArray) -> list[Row]:
        """Rows that tighten the relaxation and that a point breaks."""
        if self._critical is None:
            return []
        capacity = self._capacity(values)
        opened = np.bincount(self._opening_site, values[self._opening], len(capacity))
        rows = [self._chord(*each, capacity, opened) for each in self._spread]
        rows += [
            self._covered(need, near, lost, capacity, opened)
            for need, near in self._sets
            for lost in self._critical.losses
        ]
        return [row for row in rows if row is not None]

    def _covered(
        self,
        need: float,
        near: BoolArray,
        lost: IndexArray,
        capacity: FloatArray,
        opened: FloatArray,
    ) -> Row | None:
        """Row of an outage in which an open site counts no more than the need."""
        counts = np.minimum(capacity, need * opened)
        counts[~near] = counts[lost] = 0.0
        if counts.sum() >= need * (1.0 - BROKEN):
            return None
        left = near.copy()
        left[lost] = False
        by_opening = left & (need * opened < capacity)
        by_modules = left & ~by_opening
        pairs, opening = by_modules[self._site], by_opening[self._opening_site]
        columns = np.concatenate([self._modules[pairs], self._opening[opening]])
        entries = np.concatenate([self._block[pairs] / need, np.ones(int(opening.sum()))])
        return Row(columns, entries, low=1.0)

    def _chord(
        self, need: float, near: BoolArray, capacity: FloatArray, opened: FloatArray
    ) -> Row | None:
        """Row on the capacity of as many sites as are open."""
        count, has = float(opened[near].sum()), float(capacity[near].sum())
        k = max(int(count + 1e-6), 2)
        slope = 1.0 / (k * (k - 1))
        least = k / (k - 1) + k * slope
        if has / need + slope * count >= least - BROKEN:
            return None
        pairs, opening = near[self._site], near[self._opening_site]
        columns = np.concatenate([self._modules[pairs], self._opening[opening]])
        weights = np.full(int(opening.sum()), slope)
        return Row(columns, np.concatenate([self._block[pairs] / need, weights]), low=least)
