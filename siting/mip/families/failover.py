"""Critical workloads are served after any outage, and the sets of demand that would not be.

By Hall's theorem, in its form for capacities (Gale 1957), critical demand can be carried after the
loss of sites g exactly where Σ_{s ∈ N(A), s ∉ g} capacity[s] ≥ Σ_{m ∈ A} need[m] for every set A of
demands, with N(A) the sites that any of them reaches. There are far too many sets to write down; a
largest flow finds one that is broken, or proves that none is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.mip.model import Rows, Variables, total
from siting.mip.model.demand_classes import DemandClasses

__all__ = [
    "SHORT",
    "Critical",
    "add_failover",
    "add_hall_row",
    "broken_sets",
    "critical_demand",
    "hall_terms",
]


#: Capacity below which a way is taken for full. [MW]
LEAST_MW = 1e-9
#: Share of the critical demand that may lack before a set counts as broken: above the solver's
#: tolerance and below that of the audit. [-]
SHORT = 5e-7


@dataclass(frozen=True)
class Critical:
    """Critical demand, merged by the sites that may serve it after an outage (M classes).

    Parameters
    ----------
    need_mw : ndarray, shape (M,)
        Capacity that each class needs: load over utilization. [MW]
    reach : ndarray of bool, shape (M, S)
        Sites that it may go to.
    losses : tuple of ndarray of int
        Lost sites of each contingency.
    """

    need_mw: FloatArray
    reach: BoolArray
    losses: tuple[IndexArray, ...]


def critical_demand(c: Coefficients) -> Critical | None:
    """The critical demand of a state, or nothing where no loss is to be survived.

    What counts after an outage is capacity, so workloads whose demand may go to the same sites are
    one class. A loss that keeps all sites that can be built is left out.
    """
    failover = c.structure.failover
    if failover is None:
        return None
    wanted = failover.eligible.any(axis=2) & (c.demand_mw > 0)
    need = (c.needed_per_load[:, None] * c.demand_mw)[wanted]
    usable = np.isin(np.arange(len(c.sites)), c.pair_site)
    reach, group = np.unique(failover.eligible[wanted] & usable, axis=0, return_inverse=True)
    return Critical(
        need_mw=np.bincount(group.reshape(-1), weights=need, minlength=len(reach)),
        reach=reach,
        losses=tuple(
            np.array(lost, dtype=np.intp) for _, lost in failover.losses if usable[list(lost)].any()
        ),
    )


def broken_sets(
    critical: Critical, capacity_mw: FloatArray, short: float = SHORT
) -> Iterator[tuple[int, BoolArray]]:
    """Contingencies that leave too little, each with the set of classes that lacks most.

    Parameters
    ----------
    critical : Critical
        The demand.
    capacity_mw : ndarray, shape (S,)
        Installed IT power of each site. [MW]
    short : float, default 5e-7
        Share of all need that may lack before a set counts. [-]

    Yields
    ------
    (int, ndarray of bool, shape (M,))
        Contingency and set A, whose inequality the capacity breaks.
    """
    whole = _network(critical, capacity_mw)
    _augment(whole)
    most = short * float(critical.need_mw.sum())
    for g, lost in enumerate(critical.losses):
        room = whole.copy()
        _lose(room, lost, len(critical.need_mw))
        reached = _augment(room)
        if room[-2, : len(critical.need_mw)].sum() > most:
            yield g, reached[: len(critical.need_mw)]


def _network(critical: Critical, capacity_mw: FloatArray) -> FloatArray:
    """Room between nodes: classes, sites, source, sink."""
    classes, sites = critical.reach.shape
    room = np.zeros((classes + sites + 2, classes + sites + 2))
    room[:classes, classes:-2] = np.where(critical.reach, np.inf, 0.0)
    room[-2, :classes] = critical.need_mw
    room[classes:-2, -1] = capacity_mw
    return room


def _lose(room: FloatArray, lost: IndexArray, classes: int) -> None:
    """Send back what went through the lost sites, and take them out of the network."""
    nodes = lost + classes
    back = room[nodes, :classes].sum(axis=0)
    room[-2, :classes] += back
    room[:classes, -2] -= back
    room[nodes, :] = 0.0
    room[:, nodes] = 0.0


def _augment(room: FloatArray) -> BoolArray:
    """Fill the network along shortest ways; nodes that the source still reaches at the end."""
    source, sink = len(room) - 2, len(room) - 1
    while True:
        before = np.full(len(room), -1)
        before[source] = source
        front = np.array([source])
        while len(front) and before[sink] < 0:
            open_to = (room[front] > LEAST_MW) & (before < 0)
            after = np.flatnonzero(open_to.any(axis=0))
            before[after] = front[open_to[:, after].argmax(axis=0)]
            front = after
        if before[sink] < 0:
            return before >= 0
        path = [sink]
        while path[-1] != source:
            path.append(int(before[path[-1]]))
        tail, head = np.array(path[:0:-1]), np.array(path[-2::-1])
        flow = room[tail, head].min()
        room[tail, head] -= flow
        room[head, tail] += flow


def add_failover(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """After each loss g the capacity that is left carries every set A of critical demand.

    Σ_{s ∈ N(A), s ∉ g}  Σ_k block_mw[k] · modules[s,k]  ≥  Σ_{m ∈ A} need_mw[m]        ∀ g, A

    ``need_mw`` is capacity, load over utilization, and N(A) the sites within the round trip that
    holds after an outage; load that is not critical waits. Here only the rows of all the demand
    together are added; :mod:`siting.mip.location.separation` finds those of the sets that a point
    breaks, and they are added until it breaks none, so that the answer meets all of them and the
    bound holds. No metric reads a loss, since it is short. The rows couple sites through
    ``modules`` only.
    """
    critical = critical_demand(c)
    if critical is None:
        return
    every = np.ones(len(critical.need_mw), dtype=bool)
    for g in range(len(critical.losses)):
        add_hall_row(rows, hall_terms(v, c, critical, g, every), f"failover_{g}_all")


def hall_terms(
    v: Variables, c: Coefficients, critical: Critical, g: int, chosen: NDArray[np.bool_]
) -> list[tuple[LpVariable, float]]:
    """Left side of the row of a loss and a set over its need: at least one."""
    near = critical.reach[chosen].any(axis=0)
    near[critical.losses[g]] = False
    need = float(critical.need_mw[chosen].sum())
    pairs = np.flatnonzero(near[c.pair_site])
    return [(v.modules[p], float(c.block_mw[p]) / need) for p in pairs]


def add_hall_row(rows: Rows, terms: list[tuple[LpVariable, float]], name: str) -> None:
    """The row that what is left meets the need."""
    rows.add(total(terms) >= 1.0, name)
