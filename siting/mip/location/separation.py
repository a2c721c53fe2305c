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

Rows of capacity are those of :mod:`siting.mip.location.covers`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pulp import LpVariable

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip.control import Clock
from siting.mip.location import Places
from siting.mip.location.covers import BROKEN, Covers
from siting.mip.location.market_tree import LocationBound
from siting.mip.location.prices import PricedLinks, Pricing
from siting.mip.model.build import Columns, Model, ModelState
from siting.mip.runs import Row

__all__ = ["Separation"]


#: Flows so few that strong links are added one by one at once.
FEW_FLOWS = 2_000


class Separation:
    """The rows that a point breaks.

    Parameters
    ----------
    model : Model
        The built model.
    columns : callable
        Columns of some variables.
    """

    def __init__(self, model: Model, columns: Columns) -> None:
        self._links = [_Links(s, columns) for s in model.states]
        self._priced = [
            PricedLinks(model, i, columns)
            for i, state in enumerate(model.states)
            if len(state.demand.flow_site) > FEW_FLOWS
        ]
        self.covers = Covers(model.states, columns)
        #: What tells whether a pair carries load: its mean, or its halls where load may come to it.
        self.carrying = [_carrying(state) for state in model.states]

    @property
    def many_links(self) -> bool:
        """Test whether links are so many that they are summed at the best prices."""
        return bool(self._priced)

    def worth_pricing(self, values: FloatArray, cost: FloatArray, least: float) -> bool:
        """Return whether links are many and could lift the bound from a point by some value.

        Parameters
        ----------
        values, cost : ndarray, shape (columns,)
            The point, and what was minimized.
        least : float
            The value.
        """
        parts = self._links if self.many_links else []
        return any(part.charge(values, cost) > least for part in parts)

    def rows(self, values: FloatArray, *, links: bool = True) -> list[Row]:
        """Rows that a point of the relaxation breaks.

        Parameters
        ----------
        values : ndarray, shape (columns,)
            The point.
        links : bool, default True
            Whether strong links are among them; they sharpen the bound only where opening a site
            matters beyond what is built there.
        """
        linked = [row for part in self._links for row in part.rows(values)] if links else []
        return linked + self.covers.rows(values)

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
        return links and links + contracts + self.covers.rows(values)


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
        sites = len(c.sites)
        self._pair_site = c.pair_site
        opened = columns(v.site_open) if v.site_open else None
        self._open_of = [
            columns([v.is_open[p] for p in pairs]) if opened is None else opened[s : s + 1]
            for s, pairs in enumerate(c.pairs_of_site)
        ]
        self._opening = columns(v.site_open or v.is_open)
        self._opening_site = np.arange(sites) if v.site_open else c.pair_site
        self._load_of = [self._load[pairs] for pairs in c.pairs_of_site]
        self._mw = demand.mw[demand.flow_class]
        delivers = (c.offer_limit_mw > 0.0) & (c.capacity_factor @ c.hours > 0.0)
        self._offer = np.flatnonzero(delivers & np.isfinite(c.offer_limit_mw))
        self._contract = columns([v.contract_mw[o] for o in self._offer])
        size = np.bincount(demand.place, minlength=sites)
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
        load = np.bincount(self._pair_site, values[self._load], len(opened))
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
