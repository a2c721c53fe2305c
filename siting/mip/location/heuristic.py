"""Primal heuristics: counts to build, found without the solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.pairs import powered_modules
from siting.mip import Clock
from siting.mip.location.fewest import cheapest_sites
from siting.mip.location.flows import cost_per_mw
from siting.mip.model.build import ModelState
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.program import Program

__all__ = ["Counts", "built_at_once", "cheapest_pairs", "greedy_counts", "staged_counts"]


@dataclass(frozen=True)
class Counts:
    """Capacity to build: ``is_open`` and ``modules``, shape (P,)."""

    is_open: FloatArray
    modules: FloatArray


def built_at_once(program: Program, cost: FloatArray) -> Iterator[FloatArray]:
    """Counts without a solve: every period builds for the largest load, then one after another.

    Yields
    ------
    ndarray, shape (columns,)
        Counts of every period on the columns of the program.
    """
    model = program.model

    def largest(states: Iterable[ModelState]) -> ModelState:
        return max(states, key=lambda s: s.coefficients.total_demand_mw)

    state = largest(model.states)
    room = np.minimum.reduce([powered_modules(s.coefficients) for s in model.states])
    c = replace(state.coefficients, max_modules=room)
    price = cost_per_mw(program.columns, state, cost)
    once = greedy_counts(c, state.demand, price)
    yield program.counts_of([once] * len(model.builds()))
    periods = range(len(model.instance.periods))
    if len(periods) > 1:
        of_period = [[model.states[i] for i in model.instance.of_period(y)] for y in periods]
        each = [largest(states) for states in of_period]
        yield program.counts_of(staged_counts([(s.coefficients, s.demand) for s in each], price))


def cheapest_pairs(program: Program, cost: FloatArray) -> BoolArray:
    """Cheapest pair of each site that may be built, shape (P,)."""
    state = program.model.reference
    best = _best_pairs(state.coefficients, cost_per_mw(program.columns, state, cost))
    pairs = np.zeros(len(state.coefficients.pair_site), dtype=bool)
    pairs[best[best >= 0]] = True
    return pairs


def pairs_of_cheapest_sites(program: Program, cost: FloatArray, clock: Clock) -> BoolArray | None:
    """Pairs of cheap sites that can carry the load where their number is limited, shape (P,).

    None where it is not, or where none were found in time.
    """
    c, state = program.model.reference.coefficients, program.model.reference
    if c.limits.max_sites is None:
        return None
    price = cost_per_mw(program.columns, state, cost)
    least = np.full(len(c.sites), np.inf)
    np.minimum.at(least, c.pair_site, price)
    finite = np.isfinite(least)
    largest = np.max(least[finite], initial=0.0)
    chosen = cheapest_sites(c, np.where(finite, least, largest), clock)
    return None if chosen is None else chosen[c.pair_site]


def greedy_counts(c: Coefficients, demand: DemandClasses, cost: FloatArray) -> Counts:
    """Serve the hardest classes first, each from the best sites that have room.

    Without a limit on the number of sites the cheapest are best; with one, those that can take
    most of what is not yet served, whose load then moves to cheaper sites. Knows firm power,
    largest share, forced and barred sites, ceilings, sizes and numbers of sites; the linear
    program that follows says whether the other limits hold.

    Parameters
    ----------
    c : Coefficients
        The problem.
    demand : DemandClasses
        Demand as the model sees it.
    cost : ndarray, shape (P,)
        Cost of one MW at each pair.
    """
    c = replace(c, max_modules=powered_modules(c))
    best = _best_pairs(c, cost)
    price = np.where(best >= 0, cost[best], np.inf)
    built = _filled(c, demand, best, price)
    smallest = c.limits.min_mw_per_site or 0.0
    opened = _numbered(c, best, price, built)
    modules = np.zeros(len(c.pair_site))
    pairs = best[opened]
    wanted = np.maximum(built[opened], smallest) / c.block_mw[pairs]
    modules[pairs] = np.maximum(np.ceil(wanted - 1e-9), c.min_modules[pairs])
    return Counts(is_open=(modules > 0).astype(float), modules=modules)


def _best_pairs(c: Coefficients, cost: FloatArray) -> IndexArray:
    """Cheapest pair of each site that may be built, shape (S,); -1 where none may."""
    limits = c.limits
    allowed = ~np.isin(np.array(c.sites)[c.pair_site], limits.closed_sites)
    allowed &= c.max_modules > 0
    allowed &= c.block_mw * c.max_modules >= (limits.min_mw_per_site or 0.0)
    allowed &= c.pue_annual <= (np.inf if limits.pue_max is None else limits.pue_max)
    wue_max = np.inf if limits.wue_max_l_per_kwh is None else limits.wue_max_l_per_kwh
    allowed &= c.wue_annual_l_per_kwh <= wue_max
    order = np.lexsort((np.where(allowed, cost, np.inf), c.pair_site))
    first = order[np.unique(c.pair_site[order], return_index=True)[1]]
    best = np.full(len(c.sites), -1)
    best[c.pair_site[first]] = np.where(allowed[first], first, -1)
    return best


def _filled(
    c: Coefficients, demand: DemandClasses, best: IndexArray, price: FloatArray
) -> FloatArray:
    """Capacity that each site needs for what it is given to serve, shape (S,). [MW]."""
    limits, usable = c.limits, best >= 0
    fill = _Fill(
        price=price,
        need=c.needed_per_load[demand.workload],
        reach=_reach(c, demand) & usable[:, None],
        room=np.where(usable, (c.block_mw * c.max_modules)[best], 0.0),
        share=np.full(len(c.sites), (limits.max_share_per_site or 1.0) * c.total_demand_mw),
        fixed=np.isin(c.sites, limits.open_sites),
    )
    mw = demand.mw.astype(float)
    if limits.max_sites is None:
        return fill.cheapest(mw, usable) @ fill.need
    served = fill.moved(fill.fewest(mw))
    for _ in range(limits.max_sites):
        opened = (served > 0).any(axis=1) | fill.fixed
        if opened.sum() < limits.max_sites:
            opened |= fill.worth_opening(served, opened)
        better = fill.moved(fill.cheapest(mw, opened))
        if not fill.is_better(better, served):
            break
        served = better
    return served @ fill.need


def _reach(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites that may serve each class, shape (S, N)."""
    reach = np.zeros((len(c.sites), len(demand.mw)), dtype=bool)
    for n, flows in enumerate(demand.flows_of_class):
        places = demand.flow_site[flows]
        reach[np.concatenate([demand.sites_of_place[g] for g in places]), n] = True
    return reach


@dataclass(frozen=True)
class _Fill:
    """Room of sites for load.

    Parameters
    ----------
    price : ndarray, shape (S,)
        Cost of one MW.
    need : ndarray, shape (N,)
        Capacity for one MW of each class. [MW/MW]
    reach : ndarray of bool, shape (S, N)
        Whether a site may serve a class.
    room, share : ndarray, shape (S,)
        Largest capacity and largest load of a site. [MW]
    fixed : ndarray of bool, shape (S,)
        Sites that are open in any case.
    """

    price: FloatArray
    need: FloatArray
    reach: BoolArray
    room: FloatArray
    share: FloatArray
    fixed: BoolArray

    def cheapest(self, mw: FloatArray, allowed: BoolArray) -> FloatArray:
        """Load of each site, shape (S, N), where the cheapest of some serve. [MW]."""
        reach = self.reach & allowed[:, None]
        served, room, share = np.zeros(reach.shape), self.room.copy(), self.share.copy()
        for n in np.argsort(reach.sum(axis=0), kind="stable"):
            sites = np.flatnonzero(reach[:, n])
            left = mw[n]
            for s in sites[np.argsort(self.price[sites], kind="stable")]:
                take = min(left, room[s] / self.need[n], share[s])
                served[s, n] = take
                room[s] -= take * self.need[n]
                share[s] -= take
                left -= take
                if left <= 1e-9:
                    break
        return served

    def fewest(self, mw: FloatArray) -> FloatArray:
        """Load of each site, shape (S, N), where those that can take most come first. [MW]."""
        left, reach, opened = mw.copy(), self.reach.copy(), self.fixed.copy()
        served, room, share = np.zeros(reach.shape), self.room.copy(), self.share.copy()
        hardest = np.argsort(reach.sum(axis=0), kind="stable")
        while left.sum() > 1e-9:
            waiting = [int(n) for n in hardest if left[n] > 1e-9 and reach[:, n].any()]
            if not waiting:
                break
            sites = np.flatnonzero(reach[:, waiting[0]])
            most = np.minimum(reach[sites] @ left, np.minimum(room[sites], share[sites]))
            # Of an open site the rest costs no further one.
            most = np.where(opened[sites], np.inf, most)
            s = sites[np.lexsort((self.price[sites], -most))[0]]
            opened[s] = True
            for n in hardest:
                take = min(left[n], room[s] / self.need[n], share[s]) if reach[s, n] else 0.0
                served[s, n] += take
                room[s] -= take * self.need[n]
                share[s] -= take
                left[n] -= take
            reach[s] = False
        return served

    def moved(self, served: FloatArray) -> FloatArray:
        """Move the load of each site as a whole to the cheapest site that can take it."""
        served = served.copy()
        opened = (served > 0).any(axis=1) | self.fixed
        movable = np.flatnonzero(opened & ~self.fixed)
        for s in movable[np.argsort(-self.price[movable], kind="stable")]:
            load = served[s].copy()
            fits = self.reach[:, load > 0].all(axis=1) & ~opened
            fits &= (self.room >= load @ self.need - 1e-9) & (self.share >= load.sum() - 1e-9)
            fits[s] = True
            at = np.flatnonzero(fits)
            to = int(at[np.argmin(self.price[at])])
            opened[s], opened[to] = False, True
            served[s], served[to] = 0.0, load
        return served

    def worth_opening(self, served: FloatArray, opened: BoolArray) -> BoolArray:
        """Return the further site that would save most of the cost of what others serve, if any."""
        load = served * self.need
        saved = np.zeros(len(self.price))
        for s in np.flatnonzero(load.sum(axis=1) > 0):
            cheaper = np.maximum(self.price[s] - self.price, 0.0)
            saved += np.minimum(self.reach @ load[s], self.room) * cheaper
        saved[opened] = 0.0
        found: BoolArray = (saved > 0.0) & (np.arange(len(saved)) == np.argmax(saved))
        return found

    def is_better(self, served: FloatArray, than: FloatArray) -> bool:
        """Return whether as much is served for less."""
        used = [np.flatnonzero((load > 0).any(axis=1)) for load in (served, than)]
        cost, before = (
            float((load[at] @ self.need) @ self.price[at])
            for load, at in zip((served, than), used, strict=True)
        )
        return bool(served.sum() >= than.sum() - 1e-9) and cost < before * (1 - 1e-9)


def _numbered(
    c: Coefficients, best: IndexArray, price: FloatArray, built: FloatArray
) -> IndexArray:
    """Sites to open: those that serve, those that are forced open, and as many as are wanted."""
    usable = best >= 0
    opened = usable & ((built > 1e-9) | np.isin(c.sites, c.limits.open_sites))
    missing = (c.limits.min_sites or 0) - int(opened.sum())
    if missing > 0:
        rest = np.flatnonzero(usable & ~opened)
        opened[rest[np.argsort(price[rest], kind="stable")[:missing]]] = True
    return np.flatnonzero(opened)


def staged_counts(
    periods: Iterable[tuple[Coefficients, DemandClasses]], cost: FloatArray
) -> list[Counts]:
    """Return the same period by period: what stands stays, and its site keeps its design.

    Parameters
    ----------
    periods : iterable of (Coefficients, DemandClasses)
        Numbers and demand of each period, in order.
    cost : ndarray, shape (P,)
        What one MW costs at each pair.
    """
    found: list[Counts] = []
    standing = np.zeros(len(cost))
    for c, demand in periods:
        room = c.max_modules.astype(float)
        if c.vintages is not None:
            room = np.where(c.vintages.available[-1], room, np.minimum(room, standing))
        other = np.isin(c.pair_site, c.pair_site[standing > 0]) & (standing == 0)
        room = np.where(other, 0, room).astype(np.intp)
        now = greedy_counts(replace(c, max_modules=room), demand, cost)
        standing = np.maximum(standing, now.modules)
        found.append(Counts(is_open=(standing > 0).astype(float), modules=standing))
    return found
