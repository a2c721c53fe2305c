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

Rows of capacity stand in :mod:`siting.mip.location.covers`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pulp import LpVariable

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock
from siting.mip.families.failover import SHORT
from siting.mip.location import Places
from siting.mip.location.covers import BROKEN, Outages, RoundedCapacity
from siting.mip.location.market_tree import LocationBound
from siting.mip.location.prices import PricedLinks, Pricing
from siting.mip.model.build import Columns, Model, ModelState
from siting.mip.runs import Row

__all__ = ["Separation"]

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
        #: Whether each period has its own program of a place, and whether prices prove a bound.
        self.apart = len(model.instance.scenarios) == 1
        self.bounds = (
            self.apart
            and len(self._priced) == len(model.states)
            and all(part.of_single_sites for part in self._priced)
        )
        self._rounded = [RoundedCapacity(state, columns) for state in model.states]
        self._outages = [Outages(state, columns) for state in model.states]
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
        """Return the costs of the places to serve the classes, for each state with many links.

        Where they prove a bound, what everything costs besides is in the last of them.
        """
        every = np.concatenate([part.own_rows for part in self._priced])
        own_rows = [every if self.apart else part.own_rows for part in self._priced]
        shared = [np.where(np.isin(np.arange(len(duals)), rows), 0.0, duals) for rows in own_rows]
        found = [
            part.pricing(places, places.prices(cost, left), clock)
            for part, left in zip(self._priced, shared, strict=True)
        ]
        if self.bounds:
            own, left = np.concatenate([part.parts(places) for part in self._priced]), shared[-1]
            once = len(np.unique(own)) == len(own)
            price = places.prices(cost, left)
            elsewhere = places.least_elsewhere(own, price, clock) if once else -np.inf
            found[-1].market = found[-1].market.beside(places.worth(left) + elsewhere)
        return found

    def located(
        self, pricings: Sequence[Pricing], duals: FloatArray, high: FloatArray
    ) -> LocationBound | None:
        """Proof from the best prices; none where they prove nothing.

        What earlier periods cost at least is a part of it, and its places are those of the last.
        """
        if not self.bounds or not all(np.isfinite(p.market.base) for p in pricings):
            return None
        proofs = [
            part.located(pricing, duals, high)
            for part, pricing in zip(self._priced, pricings, strict=True)
        ]
        found = proofs[-1].beside(sum(proof.value for proof in proofs[:-1]))
        return found if np.isfinite(found.value) else None

    def in_whole_numbers(
        self,
        places: Places,
        pricings: Sequence[Pricing],
        among: IndexArray,
        whole: BoolArray,
        clock: Clock,
    ) -> tuple[FloatArray, list[Row]]:
        """Some places in whole numbers as suits them best at the best prices, and their rows."""
        point, rows = np.zeros(len(whole)), list[Row]()
        for part, pricing in zip(self._priced, pricings, strict=True):
            found, more = part.in_whole_numbers(places, pricing, among, whole, clock)
            point, rows = point + found, rows + more
        return point, rows

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
