"""Rows that follow from the model and are added once a point breaks them.

*Strong links*. A class of demand is served at a place only where a site of the place is open:

    serve_mw[n,g]  ≤  demand_mw[n] · Σ_{s ∈ g} open[s]        ∀ n, places g
    load_mw[s]     ≤  Σ_n min(demand_mw[n] · open[s], serve_mw[n,g])        ∀ s ∈ g

with ``open[s]`` the sum of ``is_open`` over the designs of the site. Whole modules imply them, so
that they only tighten the relaxation, and they are far too many to write down: those that a point
breaks are added (Fischetti, Ljubić and Sinnl 2016, 2017). The second row is that of the set of
classes for which it is broken most, demand of the others standing for itself.

*Contracts*. A contract stands only at an open site, since it delivers to the load there:

    contract_mw[o]  ≤  limit_mw[o] · open[s]        ∀ s, offers o of s

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

from collections.abc import Sequence

import numpy as np
from pulp import LpVariable

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock
from siting.mip.families.failover import SHORT, broken_sets, critical_demand, hall_terms
from siting.mip.location import Places
from siting.mip.location.market_tree import LocationBound
from siting.mip.location.prices import PricedLinks, Pricing
from siting.mip.model.build import Columns, Model, ModelState
from siting.mip.runs import Row

__all__ = ["Separation"]

#: Share of what a row asks for by which it is broken before it is added. [-]
BROKEN = 1e-4
#: Share of a hall by which a number counts as whole, and by which a row is broken; and capacity
#: below which a site has none. [-], [MW]
WHOLE, SHORT_OF_UNIT, LEAST_MW = 1e-6, 0.01, 1e-6
#: Sets of sites of which pairs are tried too.
MOST_SETS = 100
#: Share of all critical demand that an outage may leave short in the relaxation: rows only sharpen
#: its bound there, and what is left is found on whole counts. [-]
COARSE = 1e-3
#: Flows so few that strong links are added one by one at once.
FEW_FLOWS = 2_000


class Separation:
    """The rows that a point breaks; ``columns`` gives those of some variables."""

    def __init__(self, model: Model, columns: Columns) -> None:
        self._links = [_Links(s, columns) for s in model.states]
        self._priced = [
            PricedLinks(model, i, columns)
            for i, state in enumerate(model.states)
            if len(state.demand.flow_site) > FEW_FLOWS
        ]
        #: Whether links are so many that they are summed at the best prices.
        self.many_links = bool(self._priced)
        self._rounded = [_Rounded(state, columns) for state in model.states]
        self._outages = [_Outages(state, columns) for state in model.states]
        #: What tells whether a pair carries load: its mean, or its halls where load may come to it.
        self.carrying = [_carrying(state) for state in model.states]

    def worth_pricing(self, values: FloatArray, cost: FloatArray, least: float) -> bool:
        """Return whether links are many and could lift the bound from a point by some value.

        ``values`` and ``cost`` are the point and what was minimized, shape (columns,).
        """
        parts = self._links if self.many_links else []
        return any(part.charge(values, cost) > least for part in parts)

    def rows(self, values: FloatArray, *, links: bool = True) -> list[Row]:
        """Rows that a point of the relaxation breaks, shape (columns,).

        Strong links are among them only where opening a site matters beyond what is built there.
        """
        linked = [row for part in self._links for row in part.rows(values)] if links else []
        return linked + self._covers(values)

    def _covers(self, values: FloatArray) -> list[Row]:
        """Rows of capacity that a point of the relaxation breaks."""
        rounded = [row for part in self._rounded for row in part.rows(values)]
        outages = [row for part in self._outages for row in part.rows(values, COARSE)]
        return rounded + outages + [r for part in self._outages for r in part.tight(values)]

    def outages(self, values: FloatArray) -> list[Row]:
        """Rows that whole counts break after an outage; none where every outage is survived."""
        return [row for part in self._outages for row in part.rows(values, SHORT)]

    def pricings(
        self, places: Places, cost: FloatArray, duals: FloatArray, clock: Clock
    ) -> list[Pricing]:
        """Return the costs of the places to serve the classes, for each state with many links."""
        return [part.pricing(places, cost, duals, clock) for part in self._priced]

    def located(
        self, pricings: Sequence[Pricing], duals: FloatArray, high: FloatArray
    ) -> LocationBound | None:
        """Proof from the best prices; none where they prove nothing."""
        if len(pricings) != 1 or not np.isfinite(pricings[0].market.base):
            return None
        return self._priced[0].located(pricings[0], duals, high)

    def in_whole_numbers(
        self,
        places: Places,
        pricings: Sequence[Pricing],
        among: IndexArray,
        whole: BoolArray,
        clock: Clock,
    ) -> tuple[FloatArray, list[Row]]:
        """Some places in whole numbers as suits them best at the best prices, and their rows."""
        return self._priced[0].in_whole_numbers(places, pricings[0], among, whole, clock)

    def priced(
        self, pricings: Sequence[Pricing], values: FloatArray, duals: FloatArray, high: FloatArray
    ) -> list[Row]:
        """Rows that a point breaks, strong links added up at the best prices of the classes."""
        links = [
            row
            for part, pricing in zip(self._priced, pricings, strict=True)
            for row in part.rows(pricing, values, duals, high)
        ]
        contracts = [row for part in self._links for row in part.contracts(values)]
        return links and links + contracts + self._covers(values)


def _carrying(state: ModelState) -> list[LpVariable]:
    c = state.coefficients
    spare = c.operation.flexible is not None or c.structure.failover is not None
    return state.variables.modules if spare else state.variables.load_mw


class _Links:
    """Strong links of one state."""

    def __init__(self, state: ModelState, columns: Columns) -> None:
        v, c, demand = state.variables, state.coefficients, state.demand
        self._coefficients, self._demand = c, demand
        self._serve, self._load = columns(v.serve_mw), columns(v.load_mw)
        self._opened, self._modules = columns(v.is_open), columns(v.modules)
        self._opening = columns(v.site_open or v.is_open)
        self._opening_site = np.arange(len(c.sites)) if v.site_open else c.pair_site
        self._open_of = [
            self._opening[s : s + 1] if v.site_open else self._opened[pairs]
            for s, pairs in enumerate(c.pairs_of_site)
        ]
        self._load_of = [self._load[pairs] for pairs in c.pairs_of_site]
        self._mw = demand.mw[demand.flow_class]
        delivers = (c.offer_limit_mw > 0.0) & (c.capacity_factor @ c.hours > 0.0)
        self._offer = np.flatnonzero(delivers & np.isfinite(c.offer_limit_mw))
        self._contract = columns([v.contract_mw[o] for o in self._offer])
        size = np.bincount(demand.place, minlength=len(c.sites))
        self._merged = np.flatnonzero(size[demand.place] > 1)

    def rows(self, values: FloatArray) -> list[Row]:
        """Rows that a point breaks."""
        demand = self._demand
        opened = np.bincount(self._opening_site, values[self._opening], len(demand.place))
        of_place = np.bincount(demand.place, opened, len(demand.place))
        served = values[self._serve]
        broken = served - self._mw * of_place[demand.flow_site] > BROKEN * self._mw
        found = [self._link(int(f)) for f in np.flatnonzero(broken)]
        return found + self._of_sites(values, served, opened) + self.contracts(values)

    def contracts(self, values: FloatArray) -> list[Row]:
        """Rows of contracts that a point breaks."""
        c = self._coefficients
        opened = np.bincount(self._opening_site, values[self._opening], len(c.sites))
        share = values[self._contract] / c.offer_limit_mw[self._offer]
        site = c.offer_site[self._offer]
        return [
            Row(
                np.append(self._open_of[site[i]], self._contract[i]),
                np.append(np.full(len(self._open_of[site[i]]), -limit), 1.0), high=0.0,
            )
            for i in np.flatnonzero(share > opened[site] + BROKEN)
            for limit in (float(c.offer_limit_mw[self._offer[i]]),)
        ]  # fmt: skip

    def charge(self, values: FloatArray, cost: FloatArray) -> float:
        """Cost of opening the places as far as their links ask for, at the prices of a point.

        Infinite where more places would then be open than may be.
        """
        c, place = self._coefficients, self._demand.place
        opened = np.bincount(place[self._opening_site], values[self._opening], len(place))
        asked = np.zeros(len(place))
        np.maximum.at(asked, self._demand.flow_site, values[self._serve] / self._mw)
        missing = np.maximum(asked - opened, 0.0)
        if c.limits.max_sites is not None and (opened + missing).sum() > c.limits.max_sites + 0.01:
            return np.inf
        smallest = c.limits.min_mw_per_site or 0.0
        built = cost[self._opened] + smallest * cost[self._modules] / c.block_mw
        price = np.full(len(place), np.inf)
        np.minimum.at(price, place[c.pair_site], built)
        short = missing > 0.0
        return float(missing[short] @ np.maximum(price[short], 0.0))

    def _link(self, f: int) -> Row:
        place = self._demand.flow_site[f]
        opening = np.concatenate([self._open_of[s] for s in self._demand.sites_of_place[place]])
        columns = np.append(opening, self._serve[f])
        return Row(columns, np.append(np.full(len(opening), -self._mw[f]), 1.0), high=0.0)

    def _of_sites(self, values: FloatArray, served: FloatArray, opened: FloatArray) -> list[Row]:
        """Rows of sites that share their place with others."""
        found = []
        load = np.bincount(self._coefficients.pair_site, values[self._load], len(opened))
        for s in self._merged[load[self._merged] > 0.0]:
            flows = self._demand.flows_of_site[self._demand.place[s]]
            own = self._mw[flows] * opened[s]
            inside = own < served[flows]
            most = np.where(inside, own, served[flows]).sum()
            if load[s] - most <= BROKEN * max(load[s], 1.0):
                continue
            outside = self._serve[flows[~inside]]
            columns = np.concatenate([self._load_of[s], self._open_of[s], outside])
            weight = -self._mw[flows[inside]].sum()
            values_ = [np.ones(len(self._load_of[s])), np.full(len(self._open_of[s]), weight)]
            found.append(Row(columns, np.concatenate([*values_, -np.ones(len(outside))]), high=0.0))
        return found


def _rounded(block: FloatArray, unit: float, need: float) -> tuple[FloatArray, float]:
    """Coefficients and right-hand side of the row of rounded capacity, in halls of a size."""
    halls = need / unit - WHOLE
    least = np.ceil(halls)
    part = np.maximum(halls - np.floor(halls), WHOLE)
    whole = np.floor(block / unit + WHOLE)
    return whole + np.clip((block / unit - whole) / part, 0.0, 1.0), float(least)


class _Rounded:
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


class _Outages:
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
