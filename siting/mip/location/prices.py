"""Prices of demand at which opening a site is worth its cost.

The demand rows are relaxed in the Lagrangian sense [1]_: at prices u of the classes each place
serves those from which it earns most, within its capacity, and opens if that pays for its cost,

    L(u) = Σ_n u[n] · demand_mw[n] − max over sets O of places  Σ_{g ∈ O} V_g(u)
    V_g(u) = max Σ_n (u[n] − cost[g,n]) · x[n] − C_g(Σ_n x[n])
             with  0 ≤ x ≤ demand_mw,  Σ_n x[n] ≤ capacity[g]

where O has as many places as must and may be open, and C_g is the convex cost of the load of an
open place, by some tangents. The prices that maximize L tell which sum of the strong links of a
place tightens the relaxation most.

References
----------
.. [1] Cornuéjols, Sridharan and Thizy (1991), A comparison of heuristics and relaxations for the
   capacitated plant location problem, Eur. J. Oper. Res. 50(3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from pulp import LpVariable

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip.control import Clock
from siting.mip.highs import Row
from siting.mip.location.probing import Places, cost_of_load, cost_of_nothing
from siting.mip.model.build import Model, ModelState

__all__ = ["LocationBound", "Market", "PricedLinks", "Pricing", "class_prices"]

Columns = Callable[[Sequence[LpVariable]], IndexArray]

#: Share of a bound that prices may be off by rounding. [-]
ROUNDING = 1e-8
#: Share of the cost of all places by which one must cost less than its tangent. [-]
SHORT_OF_TANGENT = 1e-6
#: Share of the worth of a row by which a point must break it. [-]
BROKEN = 1e-5
#: Distance above the best bound at which a step aims: at first and in the end, to the bound; and
#: how it grows once a share of it was reached. [-]
FIRST_AIM, LAST_AIM, REACHED, FARTHER = 0.005, 1e-5, 0.25, 1.1
#: Share of the direction of a step that the next keeps. [-]
KEPT = 0.9
#: Steps without a better bound after which the aim is halved.
PATIENCE = 20
#: Shares of its largest load at which the cost of a place is looked at. [-]
AT_SHARES = (0.05, 0.3, 1.0)


@dataclass(frozen=True)
class Market:
    """Cost for the places to serve the classes of demand.

    Parameters
    ----------
    cost : ndarray, shape (G, C)
        Cost of sending one MW of each class to each place; infinite where it may not go. [1/MW]
    fixed, per_mw : ndarray, shape (G, I)
        Tangents of the cost of the load of an open place. [1], [1/MW]
    demand_mw : ndarray, shape (C,)
        Load of each class. [MW]
    capacity_mw : ndarray, shape (G,)
        Largest load of each place. [MW]
    least, most : int
        Number of places that must and may be open.
    base : float, default minus infinity
        What everything costs besides, with all places closed and each class served at its price,
        where that is known.
    must : ndarray of bool, shape (G,), optional
        Places that are open whatever they earn.
    """

    cost: FloatArray
    fixed: FloatArray
    per_mw: FloatArray
    demand_mw: FloatArray
    capacity_mw: FloatArray
    least: int
    most: int
    base: float = -np.inf
    must: BoolArray | None = None

    def without(self, closed: BoolArray) -> Market:
        """Return the market without some places.

        Parameters
        ----------
        closed : ndarray of bool, shape (G,)
        """
        row = closed[:, None]
        return replace(
            self, cost=np.where(row, np.inf, self.cost), fixed=np.where(row, np.inf, self.fixed)
        )

    def best(
        self, price: FloatArray, places: IndexArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Earnings of places if open, the demand that they serve, and their marginal costs.

        Parameters
        ----------
        price : ndarray, shape (C,)
            Price of each class. [1/MW]
        places : ndarray of int, shape (g,), optional
            The places; all by default.

        Returns
        -------
        gain : ndarray, shape (g,)
        served_mw : ndarray, shape (g, C)
            [MW]
        marginal : ndarray, shape (g,)
            [1/MW]
        """
        places = np.arange(len(self.cost)) if places is None else places
        rows = np.arange(len(places))
        weight = price - self.cost[places]
        fixed, slope = self.fixed[places], self.per_mw[places]
        # Load grows as long as the next class earns more than it costs: in each piece of the cost
        # up to its kink, or to the last class that earns more than its slope.
        wanted = np.stack([(weight > s[:, None]) @ self.demand_mw for s in slope.T], axis=1)
        upto = np.minimum(np.minimum(wanted, self.capacity_mw[places, None]), self._kinks[places])
        piece = upto.argmax(axis=1)
        load = upto[rows, piece]
        served = np.where(weight > slope[rows, piece][:, None], self.demand_mw, 0.0)
        last = np.where(served > 0.0, weight, np.inf).min(axis=1)
        full = np.flatnonzero(load < wanted[rows, piece])
        served[full], last[full] = self._dearest(weight[full], served[full], load[full])
        earned = np.einsum("gc,gc->g", np.where(served > 0.0, weight, 0.0), served)
        cost = fixed + slope * load[:, None]
        value = cost.max(axis=1)
        near = 1e-9 * np.abs(value[np.isfinite(value)]).max(initial=0.0)
        touching = cost >= value[:, None] - near
        low = np.where(touching, slope, np.inf).min(axis=1)
        high = np.where(touching, slope, -np.inf).max(axis=1)
        # Where two pieces meet, the last MW costs what the last class earns.
        return earned - value, served, np.clip(last, low, high)

    def _dearest(
        self, weight: FloatArray, wanted: FloatArray, load: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Serve the classes that earn most, up to a load; what the last of them earns."""
        count = int((wanted > 0.0).sum(axis=1).max(initial=0))
        order = np.argsort(np.where(wanted > 0.0, -weight, np.inf), axis=1)[:, :count]
        upto = np.cumsum(np.take_along_axis(wanted, order, axis=1), axis=1)
        at = np.minimum((upto < load[:, None]).sum(axis=1), max(count - 1, 0))
        taken = np.diff(np.minimum(upto, load[:, None]), axis=1, prepend=0.0)
        served = np.zeros_like(wanted)
        np.put_along_axis(served, order, taken, axis=1)
        rows = np.arange(len(load))
        return served, weight[rows, order[rows, at]] if count else np.zeros(len(load))

    def bound(self, price: FloatArray) -> tuple[float, FloatArray]:
        """Return L at some prices, and the share of each class that is not served there.

        Parameters
        ----------
        price : ndarray, shape (C,)
            Price of each class. [1/MW]
        """
        _, gain, served = self.opened(price)
        value = float(price @ self.demand_mw - gain.sum())
        return value, 1.0 - served.sum(axis=0) / self.demand_mw

    def opened(self, price: FloatArray) -> tuple[IndexArray, FloatArray, FloatArray]:
        """Return the places that earn most at some prices, their gains and what they serve.

        Parameters
        ----------
        price : ndarray, shape (C,)
            Price of each class. [1/MW]
        """
        must = np.zeros(len(self.cost), dtype=bool) if self.must is None else self.must
        places = np.flatnonzero((self._most(price) > 0.0) | must)
        gain, served, _ = self.best(price, places)
        wanted = (gain > 0.0) | must[places]
        if int(wanted.sum()) < self.least:
            places = np.arange(len(self.cost))
            gain, served, _ = self.best(price)
            wanted = (gain > 0.0) | must
        count = min(max(int(wanted.sum()), self.least), self.most)
        first = np.argsort(-np.where(must[places], np.inf, gain), kind="stable")[:count]
        return places[first], gain[first], served[first]

    def _most(self, price: FloatArray) -> FloatArray:
        """Bound from above on what each place earns: by each tangent of its cost alone."""
        weight = price - self.cost
        earned = [np.maximum(weight - s[:, None], 0.0) @ self.demand_mw for s in self.per_mw.T]
        found: FloatArray = (np.stack(earned, axis=1) - self.fixed).min(axis=1)
        return found

    @cached_property
    def _kinks(self) -> FloatArray:
        """Loads up to which each tangent counts, shape (G, I); zero where it never does."""
        rise = np.diff(self.per_mw, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = -np.diff(self.fixed, axis=1) / rise
        kinks = np.where(np.isfinite(found) & (rise > 0.0), np.maximum(found, 0.0), 0.0)
        return np.hstack([kinks, np.full((len(kinks), 1), np.inf)])

    def worth(self, weight: FloatArray) -> FloatArray:
        """Return the most that each place can earn at weights ≥ 0 of its classes, shape (G,).

        Parameters
        ----------
        weight : ndarray, shape (G, C)
            [1/MW]
        """
        served = np.where(weight > 0.0, self.demand_mw, 0.0)
        full = np.flatnonzero(served.sum(axis=1) > self.capacity_mw)
        if len(full):
            order = np.argsort(-weight[full], axis=1)
            upto = np.cumsum(np.take_along_axis(served[full], order, axis=1), axis=1)
            upto = np.minimum(upto, self.capacity_mw[full, None])
            part = np.empty_like(upto)
            np.put_along_axis(part, order, np.diff(upto, axis=1, prepend=0.0), axis=1)
            served[full] = part
        found: FloatArray = np.einsum("gc,gc->g", weight, served)
        return found


@dataclass(frozen=True)
class LocationBound:
    """Proof from the best prices.

    Parameters
    ----------
    value : float
        No placement costs less.
    places : ndarray of int, shape (G,)
        The places, those that earn most at these prices first.
    count : int
        How many of them are open there.
    rise : ndarray, shape (G,)
        By how much the bound rises where a place is open.
    place_of_pair : ndarray of int, shape (P,)
        Place of each pair.
    """

    value: float
    places: IndexArray
    count: int
    rise: FloatArray
    place_of_pair: IndexArray

    def pairs(self, more: int) -> BoolArray:
        """Pairs of the open places and of some more, shape (P,)."""
        return np.isin(self.place_of_pair, self.places[: self.count + more])

    def closed(self, cutoff: float) -> BoolArray:
        """Pairs that no placement below a cutoff opens, shape (P,)."""
        return (self.value + self.rise > cutoff)[self.place_of_pair]


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
    """Market of a state, and the best prices found for it so far."""

    market: Market
    costs: PlaceCosts
    price: FloatArray | None = None
    #: Places that have had their rows.
    stated: set[int] = field(default_factory=set)

    def improve(self, used: FloatArray, closed: BoolArray) -> tuple[Market, FloatArray]:
        """Find better prices for the places that are not closed.

        Parameters
        ----------
        used : ndarray, shape (C,)
            Prices that the relaxation gives. [1/MW]
        closed : ndarray of bool, shape (G,)
            Places.
        """
        market = self.market.without(closed)
        starts = [used] if self.price is None else [used, self.price]
        self.price = class_prices(market, max(starts, key=lambda u: market.bound(u)[0]))
        return market, self.price


def class_prices(market: Market, start: FloatArray, *, rounds: int = 600) -> FloatArray:
    """Prices of the classes that nearly maximize L, by subgradient steps.

    Each step aims a little above the best bound: further where it is reached, less far after some
    steps that brought nothing [1]_; its direction keeps a share of the one before [2]_.

    Parameters
    ----------
    market : Market
        Costs of the places.
    start : ndarray, shape (C,)
        Prices to start from. [1/MW]
    rounds : int, optional
        Most steps.

    Returns
    -------
    ndarray, shape (C,)
        [1/MW]

    References
    ----------
    .. [1] Goffin and Kiwiel (1999), Convergence of a simple subgradient level method, Math.
       Program. 85(1).
    .. [2] Camerini, Fratta and Maffioli (1975), On improving relaxation methods by modified
       gradient techniques, Math. Program. Study 3.
    """
    demand = market.demand_mw
    price, best_price, best = start, start, -np.inf
    above, stalled, direction = 0.0, 0, np.zeros(len(demand))
    for k in range(rounds):
        value, short = market.bound(price)
        if k == 0:
            above = FIRST_AIM * abs(value)
        if value > best:
            above *= FARTHER if value >= best + REACHED * above else 1.0
            best, best_price, stalled = value, price, 0
        else:
            stalled += 1
        if stalled >= PATIENCE:
            above, stalled, direction = above / 2.0, 0, np.zeros(len(demand))
            price = best_price
            if above < LAST_AIM * abs(best):
                break
            continue
        direction = KEPT * direction + short
        norm = float(direction @ direction)
        if norm <= 0.0:
            break
        price = price + (best + above - value) / norm * direction / demand
    return best_price


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
        self._demand_rows, self._own_rows = _demand_rows(model, index)
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
        self._states = len(model.states)
        single = all(len(sites) == 1 for sites in d.sites_of_place)
        #: Whether the prices prove a bound: places are single sites in a single state.
        self._bounds = single and self._states == 1 and not v.move_mw

    def pricing(self, places: Places, cost: FloatArray, duals: FloatArray, clock: Clock) -> Pricing:
        """Costs of the places at the prices that the relaxation has for shared rows.

        Parameters
        ----------
        places : Places
            The relaxation, place by place.
        cost : ndarray, shape (columns,)
            What is minimized.
        duals : ndarray, shape (rows,)
            Dual values of the relaxation.
        clock : Clock
            The time left.
        """
        d, c = self._demand, self._c
        count = len(c.sites)
        room = np.cumsum(np.sort(self._room)[::-1])
        least = int(np.searchsorted(room, d.mw.sum() * (1 - 1e-9))) + 1
        reach = np.bincount(d.flow_site, d.mw[d.flow_class], count)
        shared = duals.copy()
        shared[self._own_rows] = 0.0
        price = places.prices(cost, shared)
        found = np.full((count, len(d.mw)), np.inf)
        found[d.flow_site, d.flow_class] = price[self._serve]
        price[self._serve] = 0.0
        at_mw = np.outer(np.minimum(self._room, reach), AT_SHARES)
        base, empty = -np.inf, np.full(count, np.nan)
        with places.without_links(self._serve, np.concatenate(self._openings_of)):
            fixed, per_mw = cost_of_load(
                places, self._load_of, self._openings_of, at_mw, price, clock
            )
            if self._bounds:
                empty = cost_of_nothing(places, self._load_of, self._openings_of, price, clock)
                own = np.array([places.part[loads[0]] for loads in self._load_of if len(loads)])
                base = places.worth(shared) + places.least_elsewhere(own, price, clock)
        costs = PlaceCosts(price, self._columns_of(places), empty)
        must, nothing = empty == np.inf, np.where(np.isfinite(empty), empty, 0.0)
        if not np.isfinite(fixed[must]).all() or min(fixed.min(), empty.min()) == -np.inf:
            base = -np.inf
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
            base + float(nothing.sum()),
            must,
        )
        return Pricing(market, costs)

    def _columns_of(self, places: Places) -> list[IndexArray]:
        none: IndexArray = np.zeros(0, dtype=np.intp)
        return [
            places.columns(int(places.part[loads[0]])) if len(loads) else none
            for loads in self._load_of
        ]

    def _closed(self, high: FloatArray) -> BoolArray:
        """Places that may not open, shape (G,)."""
        return np.array([high[opening].max(initial=0.0) <= 0.0 for opening in self._openings_of])

    def located(
        self, pricing: Pricing, duals: FloatArray, high: FloatArray
    ) -> LocationBound | None:
        """Proof from the best prices; none where they prove nothing.

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
        opened, gains, _ = market.opened(price)
        if not np.isfinite(gains.sum() + market.base):
            return None
        gain, *_ = market.best(price)
        free = gains[~market.must[opened]] if market.must is not None else gains
        last = free.min(initial=np.inf)
        rise = last - gain
        if len(opened) < market.most:
            rise = np.minimum(rise, -gain)
        rise[opened] = 0.0
        order = np.concatenate([opened, np.setdiff1d(np.argsort(-gain), opened, True)])
        value = market.base + float(price @ market.demand_mw - gains.sum())
        return LocationBound(
            value - ROUNDING * abs(value), order, len(opened), rise,
            self._demand.place[self._c.pair_site],
        )  # fmt: skip

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
                chosen = np.unique(market.per_mw[g], return_index=True)[1].tolist()
            elif cost >= tangents[chosen[0]] - SHORT_OF_TANGENT * size:
                continue
            for i in chosen:
                row = np.zeros(len(values))
                row[columns] = costs.price[columns]
                row[opening] -= market.fixed[g, i]
                row[load] -= market.per_mw[g, i]
                used = np.flatnonzero(row)
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
