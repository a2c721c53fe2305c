"""A placement at once, for when the time is too short for a better one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses
from siting.mip.metrics import MetricTerms

__all__ = ["Counts", "cost_per_mw", "greedy_counts", "staged_counts"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """What to build: ``is_open`` and ``modules``, shape (P,)."""

    is_open: FloatArray
    modules: FloatArray


def cost_per_mw(c: Coefficients, terms: MetricTerms) -> FloatArray:
    """Metric of one MW of load at each pair on grid energy alone, shape (P,)."""
    drawn = c.pue - c.generated_kwh_per_kwh
    grid = (terms.grid_mw[c.pair_site] * drawn).sum(axis=1)
    cost: FloatArray = terms.load_mw + grid + terms.modules / c.block_mw
    return cost


def greedy_counts(c: Coefficients, demand: DemandClasses, cost: FloatArray) -> Counts:
    """Serve the hardest classes first, each from its cheapest sites that have room.

    Knows the connection, the largest share, barred sites and the ceilings, and no other limit;
    the linear program that follows says whether the rest holds.

    Parameters
    ----------
    c : Coefficients
        The problem.
    demand : DemandClasses
        Demand as the program sees it.
    cost : ndarray, shape (P,)
        What one MW costs at each pair.
    """
    limits = c.limits
    allowed = ~np.isin(np.array(c.sites)[c.pair_site], limits.closed_sites)
    allowed &= c.max_modules > 0
    allowed &= c.pue_annual <= (np.inf if limits.pue_max is None else limits.pue_max)
    wue_max = np.inf if limits.wue_max_l_per_kwh is None else limits.wue_max_l_per_kwh
    allowed &= c.wue_annual_l_per_kwh <= wue_max
    order = np.lexsort((np.where(allowed, cost, np.inf), c.pair_site))
    first = order[np.unique(c.pair_site[order], return_index=True)[1]]
    best = np.full(len(c.sites), -1)
    best[c.pair_site[first]] = np.where(allowed[first], first, -1)
    usable = best >= 0
    room = np.where(usable, (c.block_mw * c.max_modules)[best], 0.0)
    share = np.full(len(c.sites), (limits.max_share_per_site or 1.0) * c.total_demand_mw)
    price = np.where(usable, cost[best], np.inf)
    need = c.capacity_per_load[demand.workload]
    built = np.zeros(len(c.sites))
    for n in np.argsort(np.bincount(demand.flow_class, minlength=len(demand.mw)), kind="stable"):
        left = float(demand.mw[n])
        firsts = demand.flow_site[demand.flows_of_class[n]]
        sites = np.sort(np.concatenate([demand.sites_of_place[s] for s in firsts]))
        for s in sites[np.argsort(price[sites], kind="stable")]:
            take = min(left, (room[s] - built[s]) / need[n], share[s])
            built[s] += take * need[n]
            share[s] -= take
            left -= take
            if left <= 1e-9:
                break
    modules = np.zeros(len(c.pair_site))
    opened = np.flatnonzero(built > 1e-9)
    modules[best[opened]] = np.ceil(built[opened] / c.block_mw[best[opened]] - 1e-9)
    return Counts(is_open=(modules > 0).astype(float), modules=modules)


def staged_counts(
    periods: Iterable[tuple[Coefficients, DemandClasses]], cost: FloatArray
) -> list[Counts]:
    """The same period by period: what stands stays, and its site keeps its design.

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
