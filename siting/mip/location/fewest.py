"""A proven minimum number of sites, found without designs, slices or flows.

Opening alone is decided, open[s] ∈ {0,1}. Demand n may go to the sites N(n), and of any set A of
demands N(A) is the union. A site carries at most room_mw[s], so that what is open has to hold

    Σ_{s ∈ N(A)}  min(room_mw[s], need(A)) · open[s]  ≥  need(A)        ∀ A
    Σ_{s ∈ N(A)}  open[s]  ≥  k(A)                                      ∀ A

with k(A) the sites that are needed if the largest are taken. By Hall's theorem the rows of all A
are also enough to carry the load. Those of all demand, and of the demands whose sites lie among
those of one of them, are there from the start; a largest flow finds the others once the sites of an
answer break them [1]_. Capacity and mean load have rows of their own, and after each loss the lost
sites do not count. Every placement meets all the rows, so that the bound of the integer program
counts for every placement; it may be lower than the true number, never higher.

References
----------
.. [1] Church and ReVelle (1974), The maximal covering location problem, Pap. Reg. Sci. 32;
   Toregas et al. (1971), The location of emergency service facilities, Oper. Res. 19: set covering.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.errors import InfeasibleError
from siting.mip import Clock, Target
from siting.mip.families.failover import Critical, broken_sets, critical_demand
from siting.mip.highs import Highs
from siting.mip.runs import Row, RunStatus, entries_of

__all__ = ["capacity_mw", "cheapest_sites", "fewest_sites"]


#: Share of a need that may lack before a row counts as broken. [-]
SHORT = 1e-6
#: Distance up to which shares of a need are the same. [-]
SAME = 1e-12
#: The integer program ends within less than one site, since the number is whole. [sites]
LESS_THAN_ONE = Target(absolute=0.999)
#: Gap of a choice of cheap sites.
CHEAP = Target(relative=0.02)
#: Choices of sites one by one, and how much more a row counts that the last one just met.
MOST_CHOICES, HARDER = 50, 1.2
#: Rounds of rows after which the bound so far is taken.
MOST_ROUNDS = 200
NO_LOSS: IndexArray = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True)
class _Need:
    """Something that open sites have to carry, with the room that each site has for it.

    Parameters
    ----------
    critical : Critical
        Need of each class, the sites that it may go to, and the losses that it outlives; one loss
        of no site where it need not outlive any.
    room_mw : ndarray, shape (S,)
        Most that each site carries. [MW]
    """

    critical: Critical
    room_mw: FloatArray


def fewest_sites(c: Coefficients, clock: Clock, *, enough: int = 0) -> int:
    """Return a number of sites that no placement goes below.

    Parameters
    ----------
    c : Coefficients
        One state of a study; its limit on the number of sites is not read.
    clock : Clock
        The time left; where it ends, the number proven by then is returned.
    enough : int, default 0
        Where some sites, no more than that, meet every row, 0 is returned and nothing is proven.

    Raises
    ------
    InfeasibleError
        If all sites together cannot carry what has to be carried.
    """
    needs = list(_needs(c))
    highs = _begun(c, needs)
    sites = len(c.sites)
    if enough > 0 and _greedily(highs, needs, enough, clock):
        return 0
    least = 0
    for _ in range(MOST_ROUNDS):
        run = highs.minimize_integer(np.ones(sites), clock, LESS_THAN_ONE)
        if run.status is RunStatus.INFEASIBLE:
            raise InfeasibleError("all sites together cannot carry the load")
        if math.isfinite(run.bound):
            least = max(least, math.ceil(run.bound - SHORT))
        if not run.has_point or clock.late:
            break
        if not _add_broken(highs, needs, run.values):
            return 0 if int((run.values > 0.5).sum()) <= enough else least
    return least


def cheapest_sites(c: Coefficients, cost: FloatArray, clock: Clock) -> BoolArray | None:
    """Choose sites that meet every row, no more than may be open; none if there was no time.

    Parameters
    ----------
    c : Coefficients
        One state of a study.
    cost : ndarray, shape (S,)
        Cost of each site, of which the sum is minimized.
    clock : Clock
        The time left.
    """
    needs = list(_needs(c))
    highs = _begun(c, needs)
    most = np.inf if c.limits.max_sites is None else float(c.limits.max_sites)
    highs.add_rows([Row(np.arange(len(c.sites)), np.ones(len(c.sites)), high=most)])
    for _ in range(MOST_ROUNDS):
        run = highs.minimize_integer(cost, clock, CHEAP)
        if not run.has_point or clock.late:
            break
        if not _add_broken(highs, needs, run.values):
            chosen: BoolArray = run.values > 0.5
            return chosen
    return None


def _begun(c: Coefficients, needs: list[_Need]) -> Highs:
    """Sites with the rows that are there from the start."""
    highs, rows = _sites_alone(c), list[Row]()
    for need in needs:
        for chosen in _first_sets(need.critical):
            for lost in _whole_losses(need.critical):
                rows += _rows(need, chosen, lost)
            rows += _after_any_loss(need, chosen)
    highs.add_rows(_without_implied(rows, len(c.sites)))
    return highs


def _without_implied(rows: list[Row], sites: int) -> list[Row]:
    """Rows of side one that together say as much: each once, and none that a cover implies.

    A cover asks for any one of its sites; so does a row in which each of them is enough alone.
    """
    each = dict[tuple[bytes, bytes], Row]()
    for row in rows:
        share = np.minimum(row.values / row.low, 1.0)
        same = row.columns.tobytes(), np.round(share / SAME).tobytes()
        each.setdefault(same, Row(row.columns, share, low=1.0))
    found = list(each.values())
    enough = [row.values >= 1.0 - SAME for row in found]
    alone = entries_of(
        [Row(row.columns[own], np.ones(own.sum())) for row, own in zip(found, enough, strict=True)],
        sites,
    )
    covers = np.flatnonzero([own.all() for own in enough])
    size = np.array([len(found[k].columns) for k in covers])
    implied = (alone @ alone[covers].T).toarray() == size
    implied[covers, np.arange(len(covers))] = False
    return [row for row, others in zip(found, implied, strict=True) if not others.any()]


def _greedily(highs: Highs, needs: list[_Need], most: int, clock: Clock) -> bool:
    """Return whether sites that are chosen one by one meet every row of all needs.

    Rows that a choice just meets count more in the next one, since they are the hard ones.
    """
    weight = least = np.zeros(0)
    for _ in range(MOST_CHOICES):
        if len(least) < highs.rows:
            lp = highs.lp()
            least, rows = np.array(lp.row_lower_), highs.entries(lp).tocsr()
            weight = np.append(weight, np.ones(len(least) - len(weight)))
            low, high = np.array(lp.col_lower_), np.array(lp.col_upper_)
        chosen = _greedy(rows, least, weight, low, high)
        if chosen is None or clock.late:
            return False
        if chosen.sum() <= most and not _add_broken(highs, needs, chosen):
            return True
        weight[rows @ chosen < least * (1.0 + SHORT)] *= HARDER
        weight /= weight.mean()
    return False


def _greedy(
    rows: sparse.csr_matrix,
    least: FloatArray,
    weight: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> FloatArray | None:
    """Sites within bounds that meet all rows, each next one closing most of what they lack.

    None where all of them together do not.
    """
    chosen, free = low.copy(), high > 0.5
    worth = np.repeat(weight / least, np.diff(rows.indptr))
    while True:
        lack = np.maximum(least - rows @ chosen, 0.0)
        if not lack.any():
            return chosen
        free &= chosen < 0.5
        if not free.any():
            return None
        closed = np.minimum(rows.data, np.repeat(lack, np.diff(rows.indptr))) * worth
        gain = np.bincount(rows.indices, closed, len(chosen))
        chosen[np.argmax(np.where(free, gain, -1.0))] = 1.0


def _add_broken(highs: Highs, needs: list[_Need], values: FloatArray) -> bool:
    """Add the rows that the sites of a point break; whether there are any."""
    opened = values > 0.5
    rows = [row for need in needs for row in _broken(need, opened)]
    highs.add_rows(rows)
    return bool(rows)


def _sites_alone(c: Coefficients) -> Highs:
    """One column for each site, held by what is forced open or closed."""
    highs = Highs()
    usable = np.isin(np.arange(len(c.sites)), c.pair_site)
    for s, site in enumerate(c.sites):
        shut = not usable[s] or site in c.limits.closed_sites
        highs.add_column(0.0, float(site in c.limits.open_sites), 0.0 if shut else 1.0)
    highs.require_integers(np.arange(len(c.sites)))
    return highs


def _needs(c: Coefficients) -> Iterator[_Need]:
    """Capacity and mean load of all demand, and capacity of the critical demand after a loss."""
    room = capacity_mw(c)
    usable = room > 0.0
    capacity = c.capacity_per_load[:, None] * c.demand_mw
    yield _Need(_demand(capacity, c.eligible & usable, c.demand_mw > 0), room)
    load = np.minimum(room, _load_mw(c))
    if (load < room).any():
        yield _Need(_demand(c.demand_mw, c.eligible & usable, c.demand_mw > 0), load)
    critical = critical_demand(c)
    if critical is not None and len(critical.need_mw) and critical.losses:
        yield _Need(critical, room)


def _demand(need_mw: FloatArray, eligible: BoolArray, wanted: BoolArray) -> Critical:
    """All demand, merged by the sites that may serve it."""
    reach, group = np.unique(eligible[wanted], axis=0, return_inverse=True)
    need = np.bincount(group.reshape(-1), need_mw[wanted], len(reach))
    return Critical(need, reach, (NO_LOSS,))


def capacity_mw(c: Coefficients) -> FloatArray:
    """Most IT power that can stand at each site, shape (S,). [MW]."""
    of_pair = c.block_mw * c.max_modules
    most = np.zeros(len(c.sites))
    for s, pairs in enumerate(c.pairs_of_site):
        most[s] = np.sort(of_pair[pairs])[-c.structure.designs_per_site :].sum()
    for site in c.limits.closed_sites:
        most[c.sites.index(site)] = 0.0
    high = c.limits.max_mw_per_site
    return most if high is None else np.minimum(most, high)


def _load_mw(c: Coefficients) -> FloatArray:
    """Most mean load that each site may serve, shape (S,). [MW].

    Load that is moved in time counts in the share too, so that nothing is said where there is any.
    """
    most, share = np.full(len(c.sites), np.inf), c.limits.max_share_per_site
    if c.operation.varies or c.operation.flexible is not None:
        return most
    if share is not None:
        most = np.minimum(most, share * c.total_demand_mw)
    water = c.limits.site_water_m3, c.limits.site_withdrawal_m3
    for limit, litres in zip(water, (c.wue_l_per_kwh, c.withdrawal_l_per_kwh), strict=True):
        if limit is None:
            continue
        least = np.full(len(c.sites), np.inf)
        np.minimum.at(least, c.pair_site, litres @ c.hours)
        with np.errstate(divide="ignore", invalid="ignore"):
            most = np.minimum(most, np.where(least > 0.0, limit / least, np.inf))
    return most


def _first_sets(critical: Critical) -> BoolArray:
    """Sets of classes: all, and those whose sites lie among those of each class, in rows."""
    reach = critical.reach.astype(np.float32)
    within = reach @ (1.0 - reach).T == 0.0
    return np.unique(np.concatenate([np.ones((1, len(reach)), dtype=bool), within.T]), axis=0)


def _whole_losses(critical: Critical) -> list[IndexArray]:
    """Losses whose rows are there from the start: none of a site alone."""
    return [lost for lost in critical.losses if len(lost) != 1]


def _rows(need: _Need, chosen: BoolArray, lost: IndexArray) -> list[Row]:
    """The two rows of a set of classes after a loss."""
    near = need.critical.reach[chosen].any(axis=0)
    near[lost] = False
    wanted = float(need.critical.need_mw[chosen].sum()) * (1.0 - SHORT)
    sites = np.flatnonzero(near & (need.room_mw > 0.0))
    room = np.minimum(need.room_mw[sites], wanted)
    count = _count(room, wanted)
    return [Row(sites, room / wanted, low=1.0), Row(sites, np.ones(len(sites)), low=float(count))]


def _after_any_loss(need: _Need, chosen: BoolArray) -> list[Row]:
    """The row of a set of classes whose sites may each be lost: the largest of them does not count.

    Σ_{s ∈ N(A)}  open[s]  ≥  1 + the sites that carry need(A) without the largest of all
    """
    critical = need.critical
    losable = np.zeros(critical.reach.shape[1], dtype=bool)
    losable[np.concatenate([NO_LOSS, *critical.losses])] = True
    near = critical.reach[chosen].any(axis=0) & (need.room_mw > 0.0)
    if not near.any() or (near & ~losable).any():
        return []
    sites = np.flatnonzero(near)
    wanted = float(critical.need_mw[chosen].sum()) * (1.0 - SHORT)
    rest = np.sort(need.room_mw[sites])[:-1]
    return [Row(sites, np.ones(len(sites)), low=float(1 + _count(rest, wanted)))]


def _count(room: FloatArray, wanted: float) -> int:
    """Sites that are needed if the largest are taken; one more than there are where all lack."""
    return int(np.searchsorted(np.cumsum(np.sort(room)[::-1]), wanted * (1.0 - SHORT))) + 1


def _broken(need: _Need, is_open: BoolArray) -> list[Row]:
    """Rows that the open sites break, found by a largest flow over them alone."""
    at = np.flatnonzero(is_open)
    place = np.full(len(is_open), -1)
    place[at] = np.arange(len(at))
    losses = [lost for lost in need.critical.losses if not len(lost) or is_open[lost].any()]
    left = Critical(
        need.critical.need_mw,
        need.critical.reach[:, at],
        tuple(place[lost[is_open[lost]]] for lost in losses),
    )
    return [
        row
        for g, chosen in broken_sets(left, need.room_mw[at], 2.0 * SHORT)
        for row in _rows(need, chosen, losses[g])
    ]
