"""Bound at the best prices of demand, and the rows that they give.

At the prices of classes that maximize the Lagrangian bound (`siting.mip.location.market`) a place
is worth opening or it is not. They prove a bound, close places that no better placement opens, say
where to look first, and tell which sum of the strong links of a place tightens the relaxation most.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock
from siting.mip.location import Places, cost_of_load, cost_of_nothing
from siting.mip.location.market import ROUNDING, Market, class_prices, second_cheapest
from siting.mip.location.market_tree import LocationBound
from siting.mip.model.build import Columns, Model, ModelState
from siting.mip.runs import Row, Run

__all__ = ["PricedLinks", "Pricing"]


#: Share of the cost of all places by which one must cost less than its tangent. [-]
SHORT_OF_TANGENT = 1e-6
#: Share of the worth of a row by which a point must break it. [-]
BROKEN = 1e-5
#: Share by which the worth of a MW must change for a place to be solved again. [-]
SAME = 1e-5
#: Shares of its largest load at which the cost of a place is looked at. [-]
AT_SHARES = (0.03, 0.06, 0.1, 0.15, 0.25, 0.4, 0.7, 1.0)


@dataclass(frozen=True)
class PlaceCosts:
    """Cost of the columns of each place at the prices of the rows that places share.

    Parameters
    ----------
    price : ndarray, shape (columns,)
        Price of each column; zero of what is served.
    columns : list of ndarray of int
        Columns of each place; none where nothing may be built.
    empty : ndarray, shape (G,)
        Least cost of each place without a site; not a number where that is not known.
    """

    price: FloatArray
    columns: list[IndexArray]
    empty: FloatArray


@dataclass
class Pricing:
    """Market of a state, and the best prices found for it so far, as long as there is time."""

    market: Market
    costs: PlaceCosts
    clock: Clock
    price: FloatArray | None = None
    #: Places that have had their rows.
    stated: set[int] = field(default_factory=set)
    #: What the last MW earned where places were last solved in whole numbers. [1/MW]
    known: dict[int, float] = field(default_factory=dict)

    def knows(self, g: int, marginal: float) -> bool:
        """Return whether a place was solved in whole numbers at the worth of a MW."""
        return abs(self.known.get(int(g), np.inf) - marginal) <= SAME * abs(marginal)

    def improve(self, used: FloatArray, closed: BoolArray) -> tuple[Market, FloatArray]:
        """Find better prices for the places that are not closed, from those of the relaxation."""
        market = self.market.without(closed)
        starts = [used, second_cheapest(market)]
        starts += [] if self.price is None else [self.price]
        self.price = class_prices(market, max(starts, key=market.bound), clock=self.clock).price
        return market, self.price


class PricedLinks:
    """One row a place that adds up its strong links, each by what its class gains there.

    For any weights w ≥ 0, and V their `Market.worth`, every placement meets

        Σ_n w[n] · serve_mw[n,g]  ≤  V(w) · Σ_{s ∈ g} open[s]        ∀ places g

    With w[n] = u[n] − cost[g,n] at the best prices u these few rows lift the bound as far as all
    strong links together do.

    Parameters
    ----------
    model : Model
        The built model.
    index : int
        State.
    columns : callable
        Columns of some variables.
    """

    def __init__(self, model: Model, index: int, columns: Columns) -> None:
        state: ModelState = model.states[index]
        c, d, v = state.coefficients, state.demand, state.variables
        self._demand, self._c = d, c
        self._serve, load = columns(v.serve_mw), columns(v.load_mw)
        opening = columns(v.site_open or v.is_open)
        pairs_of = [np.flatnonzero(np.isin(c.pair_site, sites)) for sites in d.sites_of_place]
        self._load_of = [load[pairs] for pairs in pairs_of]
        self._openings_of = [
            opening[sites if v.site_open else pairs]
            for sites, pairs in zip(d.sites_of_place, pairs_of, strict=True)
        ]
        #: Rows of demand, and all that the prices here stand for.
        self._demand_rows, self.own_rows = _demand_rows(model, index)
        room = np.zeros(len(c.sites))
        np.maximum.at(room, c.pair_site, c.block_mw * c.max_modules)
        if c.structure.designs_per_site > 1:
            room = np.bincount(c.pair_site, c.block_mw * c.max_modules, len(c.sites))
        share = c.limits.max_share_per_site or 1.0
        room = np.minimum(room, share * c.total_demand_mw)
        if v.move_mw:  # Load that moves on takes no room.
            room[:] = np.inf
        self._room = np.zeros(len(c.sites))
        np.maximum.at(self._room, d.place, room)
        #: States that share the program of a place: with scenarios all.
        self._states = 1 if len(model.instance.scenarios) == 1 else len(model.states)
        #: Whether places are single sites whose load does not move on.
        self.of_single_sites = all(len(sites) == 1 for sites in d.sites_of_place) and not v.move_mw

    def pricing(self, places: Places, price: FloatArray, clock: Clock) -> Pricing:
        """Costs of the places at the prices of all columns, shape (columns,)."""
        d, c = self._demand, self._c
        count, price = len(c.sites), price.copy()
        room = np.cumsum(np.sort(self._room)[::-1])
        least = int(np.searchsorted(room, d.mw.sum() * (1 - 1e-9))) + 1
        reach = np.bincount(d.flow_site, d.mw[d.flow_class], count)
        found = np.full((count, len(d.mw)), np.inf)
        found[d.flow_site, d.flow_class] = price[self._serve]
        price[self._serve] = 0.0
        at_mw = np.outer(np.minimum(self._room, reach), AT_SHARES)
        empty = np.full(count, np.nan)
        with places.without_links(self._serve, np.concatenate(self._openings_of)):
            fixed, per_mw = cost_of_load(
                places, self._load_of, self._openings_of, at_mw, price, clock
            )
            if self._states == 1:
                empty = cost_of_nothing(places, self._load_of, self._openings_of, price, clock)
        costs = PlaceCosts(price, self._columns_of(places), empty)
        must, nothing = empty == np.inf, np.where(np.isfinite(empty), empty, 0.0)
        known = np.isfinite(fixed[must]).all() and min(fixed.min(), empty.min()) > -np.inf
        fixed = np.where(np.isfinite(fixed), fixed / self._states - nothing[:, None], fixed)
        least, most = max(least, c.limits.min_sites or 0), c.limits.max_sites or count
        # A hair of room more, so that prices do not grow without end where the room is just enough.
        market = Market(
            found,
            fixed,
            per_mw,
            d.mw,
            self._room * (1.0 + ROUNDING),
            least,
            most,
            float(nothing.sum()) if known else -np.inf,
            must,
        )
        return Pricing(market, costs, clock)

    def parts(self, places: Places) -> IndexArray:
        """Part of each place where something may be built."""
        own = [places.part[loads[0]] for loads in self._load_of if len(loads)]
        return np.array(own, dtype=np.intp)

    def in_whole_numbers(
        self, places: Places, pricing: Pricing, among: IndexArray, whole: BoolArray, clock: Clock
    ) -> tuple[FloatArray, list[Row]]:
        """Some places as suits them best in whole numbers at what their last MW earns.

        The optimum of each is a tangent of what its load really costs, which the market learns.

        Parameters
        ----------
        places : Places
            The relaxation, place by place.
        pricing : Pricing
            Costs of the places, and the best prices.
        among : ndarray of int
            The places; those that are known at what their last MW earns are left out.
        whole : ndarray of bool, shape (columns,)
            Columns of whole numbers.
        clock : Clock
            The time left.

        Returns
        -------
        values : ndarray, shape (columns,)
            The point of those places.
        rows : list of Row
            What every placement pays there.
        """
        found, rows = np.zeros(len(whole)), list[Row]()
        if pricing.price is None:
            return found, rows
        *_, marginal = pricing.market.best(pricing.price)
        fixed = np.full(len(marginal), np.nan)
        with places.without_links(self._serve, np.concatenate(self._openings_of)):
            for g in among:
                if not len(self._load_of[g]) or clock.late or pricing.knows(g, marginal[g]):
                    continue
                run, part = self._in_whole_numbers(places, pricing, g, marginal[g], whole, clock)
                if run.has_point:
                    found[places.columns(part)] = run.values
                    pricing.known[int(g)] = float(marginal[g])
                if np.isfinite(run.bound):
                    slack = abs(run.bound) + abs(marginal[g]) * self._room[g]
                    fixed[g] = run.bound - ROUNDING * slack
        empty = np.where(np.isfinite(pricing.costs.empty), pricing.costs.empty, 0.0)
        rows = [self._tangent(pricing, int(g), fixed[g], marginal[g], empty[g])
                for g in np.flatnonzero(np.isfinite(fixed))]  # fmt: skip
        pricing.market = pricing.market.with_tangents(fixed / self._states - empty, marginal)
        return found, rows

    def _in_whole_numbers(
        self, places: Places, pricing: Pricing, g: int, marginal: float, whole: BoolArray,
        clock: Clock,
    ) -> tuple[Run, int]:  # fmt: skip
        """Optimum of an open place at the worth of a MW, and its part."""
        load, opening = self._load_of[g], self._openings_of[g]
        part, own = int(places.part[load[0]]), pricing.costs.columns[g]
        # Rows found since may have joined columns to the place, which its costs do not count.
        price = np.zeros(len(whole))
        price[own] = pricing.costs.price[own]
        price[load] -= marginal
        rows = [Row(opening, np.ones(len(opening)), low=1.0),
                Row(load, np.ones(len(load)), high=self._room[g])]  # fmt: skip
        return places.minimize_whole(part, price, rows, whole, clock), part

    def _tangent(self, pricing: Pricing, g: int, fixed: float, per_mw: float, empty: float) -> Row:
        """Row of what a place costs in whole numbers: nothing is built where it is not open.

        price · columns  ≥  empty + (fixed − empty) · Σ_{s ∈ g} open[s] + per_mw · load_mw[g]
        """
        price = pricing.costs.price.copy()
        price[self._load_of[g]] -= per_mw
        price[self._openings_of[g]] -= fixed - empty
        columns = pricing.costs.columns[g]
        columns = columns[price[columns] != 0.0]
        scale = float(np.abs(price[columns]).max(initial=0.0)) or 1.0
        return Row(columns, price[columns] / scale, low=empty / scale, needed=True)

    def _columns_of(self, places: Places) -> list[IndexArray]:
        none: IndexArray = np.zeros(0, dtype=np.intp)
        return [
            places.columns(int(places.part[loads[0]])) if len(loads) else none
            for loads in self._load_of
        ]

    def _closed(self, high: FloatArray) -> BoolArray:
        """Places that may not open, shape (G,)."""
        return np.array([high[opening].max(initial=0.0) <= 0.0 for opening in self._openings_of])

    def located(self, pricing: Pricing, duals: FloatArray, high: FloatArray) -> LocationBound:
        """Proof from the best prices.

        Parameters
        ----------
        pricing : Pricing
            Costs of the places; its prices are improved.
        duals : ndarray, shape (rows,)
            Dual values of the relaxation.
        high : ndarray, shape (columns,)
            Upper bounds of the columns.
        """
        market, price = pricing.improve(duals[self._demand_rows], self._closed(high))
        return LocationBound.at(market, price, self._demand.place[self._c.pair_site])

    def rows(
        self, pricing: Pricing, values: FloatArray, duals: FloatArray, high: FloatArray
    ) -> list[Row]:
        """Rows at the best prices: of every place at first, then those that a point breaks.

        Parameters
        ----------
        pricing : Pricing
            Costs of the places; its prices are improved.
        values : ndarray, shape (columns,)
            The point.
        duals : ndarray, shape (rows,)
            Its dual values.
        high : ndarray, shape (columns,)
            Upper bounds: places that may not open need no row.
        """
        d, closed = self._demand, self._closed(high)
        first = set(np.flatnonzero(~closed).tolist()) - pricing.stated
        pricing.stated |= first
        market, price = pricing.improve(duals[self._demand_rows], closed)
        *_, marginal = market.best(price)
        weight = np.maximum(price - market.cost - marginal[:, None], 0.0)
        worth = market.worth(weight)
        served = np.zeros(weight.shape)
        served[d.flow_site, d.flow_class] = values[self._serve]
        gained = np.einsum("gc,gc->g", weight, served)
        found = []
        for g, opening in enumerate(self._openings_of):
            if not worth[g] > 0.0:
                continue
            broken = gained[g] > worth[g] * (values[opening].sum() + BROKEN)
            if not (g in first or broken):
                continue
            flows = d.flows_of_site[g]
            share = weight[g, d.flow_class[flows]] / worth[g]
            flows, share = flows[share > 0.0], share[share > 0.0]
            columns = np.concatenate([opening, self._serve[flows]])
            found.append(
                Row(columns, np.concatenate([np.full(len(opening), -1.0), share]), high=0.0)
            )
        return found + self._tangents(pricing, values, first)

    def _tangents(self, pricing: Pricing, values: FloatArray, every: set[int]) -> list[Row]:
        """Rows of places that cost less at a point than their load does at an open place.

        Of some places every row is given.

        The tangents of the cost of the load of an open place hold for the columns of the place,

            Σ price · x  ≥  empty[g] + fixed[g,i] · open[g] + per_mw[g,i] · load[g]

        and say what a fraction of an open place may use of limits that stand for the whole one.
        """
        costs, market, found = pricing.costs, pricing.market, []
        size = abs(float(costs.price @ values))
        for g, columns in enumerate(costs.columns):
            if not (len(columns) and np.isfinite(market.fixed[g].sum() + costs.empty[g])):
                continue
            opening, load = self._openings_of[g], self._load_of[g]
            opened, carried = values[opening].sum(), values[load].sum()
            tangents = market.fixed[g] * opened + market.per_mw[g] * carried
            cost = float(costs.price[columns] @ values[columns]) - costs.empty[g]
            chosen = [int(np.argmax(tangents))]
            if g in every:
                order = np.lexsort((-market.fixed[g], market.per_mw[g]))
                first = np.unique(market.per_mw[g][order], return_index=True)[1]
                chosen = order[first].tolist()
            elif cost >= tangents[chosen[0]] - SHORT_OF_TANGENT * size:
                continue
            for i in chosen:
                row = np.zeros(len(values))
                row[columns] = costs.price[columns]
                row[opening] -= market.fixed[g, i]
                row[load] -= market.per_mw[g, i]
                used = np.flatnonzero(row)
                if len(used):  # None where neither opening the place nor its load costs anything.
                    unit = np.abs(row[used]).max()
                    found.append(Row(used, row[used] / unit, low=costs.empty[g] / unit))
        return found


def _demand_rows(model: Model, state: int) -> tuple[IndexArray, IndexArray]:
    """Places of the rows of demand of a state, and of all that the prices here stand for."""
    demand, own = [], []
    for i, row in enumerate(model.problem.constraints()):
        origin = model.rows.register[row.name]
        if origin.state == state and origin.family == "add_demand_met":
            demand.append(i)
        if origin.family in ("add_demand_met", "add_site_count"):
            own.append(i)
    return np.array(demand, dtype=np.intp), np.array(own, dtype=np.intp)
