"""Prices of demand at which opening a site is worth its cost.

The demand rows are relaxed in the Lagrangian sense [1]_: at prices u of the classes each place
serves those from which it earns most, within its capacity, and opens if that pays for its cost,

    L(u) = Σ_n u[n] · demand_mw[n] − max over sets O of places  Σ_{g ∈ O} V_g(u)
    V_g(u) = max Σ_n (u[n] − cost[g,n]) · x[n] − C_g(Σ_n x[n])
             with  0 ≤ x ≤ demand_mw,  Σ_n x[n] ≤ capacity[g]

where O has as many places as must and may be open, and C_g is the convex cost of the load of an
open place, by some tangents.

References
----------
.. [1] Cornuéjols, Sridharan and Thizy (1991), A comparison of heuristics and relaxations for the
   capacitated plant location problem, Eur. J. Oper. Res. 50(3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock

__all__ = ["Market", "Prices", "Worth", "class_prices", "second_cheapest"]

#: Distance above the best bound at which a step aims: at first and in the end, to the bound; and
#: how it grows once a share of it was reached. [-]
FIRST_AIM, LAST_AIM, REACHED, FARTHER = 0.005, 1e-5, 0.25, 2.0
#: Share of the direction of a step that the next keeps. [-]
KEPT = 0.9
#: Steps without a better bound after which the aim is halved.
PATIENCE = 20
#: Share that the openings of a step have in what is remembered of those before. [-]
REMEMBERED = 0.1
#: Share of a bound that prices may be off by rounding. [-]
ROUNDING = 1e-8
#: Share of the terms of a bound that is lost where they cancel each other. [-]
CANCELLED = 1e-13
#: Share of the steepest slope by which those of two tangents differ that cross. [-]
PARALLEL = 1e-9


@dataclass(frozen=True)
class Worth:
    """Bound at some prices, and the part that each place has in it.

    Parameters
    ----------
    value : float
        The bound; no placement costs less.
    opened : ndarray of int, shape (g,)
        Places that are open there.
    rise_open, rise_closed : ndarray, shape (G,)
        By how much the bound rises where a place is open, and where it is closed.
    gain : ndarray, shape (G,)
        What each place earns if open.
    """

    value: float
    opened: IndexArray
    rise_open: FloatArray
    rise_closed: FloatArray
    gain: FloatArray


@dataclass(frozen=True)
class Prices:
    """Prices that nearly maximize the bound.

    Parameters
    ----------
    price : ndarray, shape (C,)
        [1/MW]
    value : float
        L at them.
    open_share : ndarray, shape (G,)
        Share of the last steps at which each place was open. [-]
    """

    price: FloatArray
    value: float
    open_share: FloatArray


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
        """Return the market without some places, shape (G,)."""
        row = closed[:, None]
        return replace(
            self, cost=np.where(row, np.inf, self.cost), fixed=np.where(row, np.inf, self.fixed)
        )

    def with_tangents(self, fixed: FloatArray, per_mw: FloatArray) -> Market:
        """Return the market with one more tangent of some places.

        Parameters
        ----------
        fixed, per_mw : ndarray, shape (G,)
            Not a number where a place has no other.
        """
        none = np.isnan(fixed)
        if none.all():
            return self
        fixed = np.append(self.fixed, np.where(none, self.fixed[:, 0], fixed)[:, None], axis=1)
        per_mw = np.append(self.per_mw, np.where(none, self.per_mw[:, 0], per_mw)[:, None], axis=1)
        by_slope = np.argsort(per_mw, axis=1, kind="stable")
        return replace(
            self,
            fixed=np.take_along_axis(fixed, by_slope, axis=1),
            per_mw=np.take_along_axis(per_mw, by_slope, axis=1),
        )

    def beside(self, cost: float) -> Market:
        """Return the market where so much is paid besides."""
        return replace(self, base=self.base + cost)

    def among(self, places: IndexArray) -> Market:
        """Return the market of some places alone, in their order, shape (g,)."""
        must = None if self.must is None else self.must[places]
        return replace(
            self, cost=self.cost[places], fixed=self.fixed[places], per_mw=self.per_mw[places],
            capacity_mw=self.capacity_mw[places], must=must,
        )  # fmt: skip

    def worth_of(self, price: FloatArray) -> Worth:
        """Return the bound at some prices, and how it rises where a place is open or closed."""
        opened, gains, _ = self.opened(price)
        gain, *_ = self._earned(price, np.arange(len(self.cost)))
        must = np.zeros(len(gain), dtype=bool) if self.must is None else self.must
        closed = np.ones(len(gain), dtype=bool)
        closed[opened] = False
        if not np.isfinite(gains).all():  # Fewer may open than must.
            return Worth(np.inf, opened, np.zeros(len(gain)), np.zeros(len(gain)), gain)
        # One more is open: instead of that which earns least, or beside all.
        rise_open = gains[~must[opened]].min(initial=np.inf) - gain
        if len(opened) < self.most:
            rise_open = np.minimum(rise_open, -gain)
        # One less is open: the next best takes its place where it must, or may and earns.
        next_best = gain[closed].max(initial=-np.inf)
        instead = next_best if len(opened) <= self.least else max(next_best, 0.0)
        rise_closed = np.zeros(len(gain))
        rise_closed[opened] = np.where(must[opened], np.inf, gains - instead)
        value = self.base + float(price @ self.demand_mw - gains.sum())
        # Prices without end cancel each other in the sum, and leave their rounding in it.
        terms = abs(self.base) + float(np.abs(price) @ self.demand_mw + np.abs(gains).sum())
        rounding = max(ROUNDING * abs(value), CANCELLED * terms)
        return Worth(
            value - rounding, opened, np.where(closed, rise_open, 0.0), rise_closed, gain
        )  # fmt: skip

    def best(self, price: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Earnings of all places if open, the demand that they serve, and their marginal costs.

        Parameters
        ----------
        price : ndarray, shape (C,)
            Price of each class. [1/MW]

        Returns
        -------
        gain : ndarray, shape (G,)
        served_mw : ndarray, shape (G, C)
            [MW]
        marginal : ndarray, shape (G,)
            [1/MW]
        """
        gain, served, load, last = self._earned(price, np.arange(len(self.cost)))
        cost = self.fixed + self.per_mw * load[:, None]
        value = cost.max(axis=1)
        near = 1e-9 * np.abs(value[np.isfinite(value)]).max(initial=0.0)
        touching = cost >= value[:, None] - near
        low = np.where(touching, self.per_mw, np.inf).min(axis=1)
        high = np.where(touching, self.per_mw, -np.inf).max(axis=1)
        # Where two pieces meet, the last MW costs what the last class earns.
        return gain, served, np.clip(last, low, high)

    def _earned(
        self, price: FloatArray, places: IndexArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return what some places earn, what they serve, their load, what their last MW earns."""
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
        if full.size:
            served[full], last[full] = self._dearest(weight[full], served[full], load[full])
        earned = np.einsum("gc,gc->g", np.where(served > 0.0, weight, 0.0), served)
        return earned - (fixed + slope * load[:, None]).max(axis=1), served, load, last

    def _dearest(
        self, weight: FloatArray, wanted: FloatArray, load: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Serve the classes that earn most, up to a load; what the last of them earns."""
        rows, asked = np.arange(len(load)), wanted > 0.0
        count = int(asked.sum(axis=1).max(initial=0))
        order = np.argsort(np.where(asked, -weight, np.inf), axis=1)[:, :count]
        upto = np.cumsum(wanted[rows[:, None], order], axis=1)
        at = np.minimum((upto < load[:, None]).sum(axis=1), max(count - 1, 0))
        reached = np.minimum(upto, load[:, None])
        reached[:, 1:] -= reached[:, :-1].copy()
        served = np.zeros_like(wanted)
        served[rows[:, None], order] = reached
        return served, weight[rows, order[rows, at]] if count else np.zeros(len(load))

    def bound(self, price: FloatArray) -> float:
        """Return L at some prices of the classes, shape (C,). [1/MW]."""
        return float(price @ self.demand_mw - self.opened(price)[1].sum())

    def opened(self, price: FloatArray) -> tuple[IndexArray, FloatArray, FloatArray]:
        """Return the places that earn most at some prices, their gains and what they serve.

        Parameters
        ----------
        price : ndarray, shape (C,)
            Price of each class. [1/MW]
        """
        must = np.zeros(len(self.cost), dtype=bool) if self.must is None else self.must
        places = self._earning(price)
        if self.must is not None:
            places = np.union1d(places, np.flatnonzero(must))
        gain, served, *_ = self._earned(price, places)
        wanted = (gain > 0.0) | must[places]
        if int(wanted.sum()) < self.least:
            places = np.arange(len(self.cost))
            gain, served, *_ = self._earned(price, places)
            wanted = (gain > 0.0) | must
        count = min(max(int(wanted.sum()), self.least), self.most)
        first = np.argsort(-np.where(must[places], np.inf, gain), kind="stable")[:count]
        return places[first], gain[first], served[first]

    def _earning(self, price: FloatArray) -> IndexArray:
        """Return the places that may earn: by each tangent of their cost alone they do."""
        weight = price - self.cost
        found = np.arange(len(weight))
        for fixed, slope in zip(self.fixed.T[::-1], self.per_mw.T[::-1], strict=True):
            rows = weight if len(found) == len(weight) else weight[found]
            earned = rows - slope[found, None]
            np.maximum(earned, 0.0, out=earned)
            found = found[earned @ self.demand_mw > fixed[found]]  # The steepest leave most out.
        return found

    @cached_property
    def _kinks(self) -> FloatArray:
        """Loads up to which no steeper tangent lies above each, shape (G, I).

        Tangents whose slopes differ by rounding alone do not cross.
        """
        rise = self.per_mw[:, None, :] - self.per_mw[:, :, None]
        steeper = rise > PARALLEL * np.abs(self.per_mw).max(axis=1)[:, None, None]
        with np.errstate(invalid="ignore"):
            ahead = self.fixed[:, :, None] - self.fixed[:, None, :]
        crossing = np.divide(ahead, rise, out=np.full(rise.shape, np.inf), where=steeper)
        crossing[np.isnan(crossing)] = 0.0
        found: FloatArray = np.maximum(crossing.min(axis=2), 0.0)
        return found

    def worth(self, weight: FloatArray) -> FloatArray:
        """Return the most that each place can earn, (G,), at weights ≥ 0 of its classes [1/MW]."""
        served = np.where(weight > 0.0, self.demand_mw, 0.0)
        full = np.flatnonzero(served.sum(axis=1) > self.capacity_mw)
        served[full], _ = self._dearest(weight[full], served[full], self.capacity_mw[full])
        found: FloatArray = np.einsum("gc,gc->g", weight, served)
        return found


def second_cheapest(market: Market) -> FloatArray:
    """Cost of each class at its second cheapest place, where the cheapest alone earns, shape (C,).

    [1/MW]
    """
    slope = np.where(np.isfinite(market.fixed).all(axis=1), market.per_mw[:, 0], np.inf)
    cost = market.cost + slope[:, None]
    second: FloatArray = np.partition(cost, min(1, len(cost) - 1), axis=0)[min(1, len(cost) - 1)]
    return np.where(np.isfinite(second), second, 0.0)


def class_prices(
    market: Market,
    start: FloatArray,
    *,
    rounds: int = 600,
    aim: float = FIRST_AIM,
    patience: int = PATIENCE,
    enough: float = np.inf,
    clock: Clock | None = None,
) -> Prices:
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
    aim : float, optional
        Distance above the best bound at which the first step aims, to the bound. [-]
    patience : int, optional
        Steps without a better bound after which the aim is halved.
    enough : float, optional
        Value of L at which the steps end.
    clock : Clock, optional
        The time left; the steps end with it.

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
    share = np.zeros(len(market.cost))
    for k in range(rounds):
        opened, gain, served = market.opened(price)
        value = float(price @ demand - gain.sum())
        short = 1.0 - served.sum(axis=0) / demand
        share *= 1.0 - REMEMBERED if k else 0.0
        share[opened] += REMEMBERED if k else 1.0
        if k == 0:
            above = aim * (abs(value) or float(np.abs(second_cheapest(market)) @ demand))
        if value > best:
            above *= FARTHER if value >= best + REACHED * above else 1.0
            best, best_price, stalled = value, price, 0
            if best >= enough:
                break
        else:
            stalled += 1
        if clock is not None and clock.late:
            break
        if stalled >= patience:
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
    return Prices(best_price, best, share)
