"""Every loss replayed: how much critical demand the capacity that is left can carry."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.audit.demand_checks import demand_mw, reach_ms
from siting.audit.outcome import LimitCheck, at_least
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue
from siting.catalogue.jurisdictions import group_of_country
from siting.placement import Placement

__all__ = ["failover_checks", "most_carried"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Flow below which a way is taken for full. [MW]
_LEAST = 1e-9


def failover_checks(
    sites: Sequence[OpenSite], placement: Placement, catalogue: Catalogue, tolerance: float
) -> Iterator[LimitCheck]:
    """Critical demand that is still carried after each loss, against all of it. [MW of capacity].

    Nothing of the optimizer's flows is used: for each loss the largest flow from critical demand to
    the sites that are left is found anew, within the round trip that holds after a loss and where
    the data may go.
    """
    study = placement.study
    if study.failover.loss == "none":
        return
    need, reach = _critical(sites, placement, catalogue)
    capacity = np.array([s.installed_mw for s in sites])
    names = [s.site for s in sites]
    if study.failover.loss == "grid_zone":
        names = [str(catalogue.candidates["grid_zone"][site]) for site in names]
    for lost in dict.fromkeys(names):
        left = np.array([name != lost for name in names])
        carried = most_carried(need, capacity * left, reach)
        place = f"without {lost}"
        yield at_least("failover", carried, float(need.sum()), tolerance, unit="MW", where=place)


def _critical(
    sites: Sequence[OpenSite], placement: Placement, catalogue: Catalogue
) -> tuple[FloatArray, BoolArray]:
    """Capacity that each critical demand needs, shape (n,), and what it reaches, shape (n, S)."""
    study = placement.study
    workloads = {w.name: w for w in study.demand.workloads if w.critical}
    wanted = [
        (workloads[name], region, mw)
        for (name, region), mw in demand_mw(placement, catalogue).items()
        if name in workloads and mw > 0
    ]
    regions = pd.Series([region for _, region, _ in wanted])
    trips = reach_ms(placement, catalogue, regions, pd.Series([s.site for s in sites]))
    extra = study.failover.extra_rtt_ms
    longest = np.array(
        [np.inf if w.max_rtt_ms is None else w.max_rtt_ms + extra for w, _, _ in wanted]
    )
    reach = trips <= longest[:, None] + 1e-9
    homes = tuple(map(str, placement.demand["country"].reindex(regions)))
    places = tuple(str(catalogue.candidates["country"][s.site]) for s in sites)
    near = {
        "country": (homes, places),
        "group": (group_of_country(catalogue, homes), group_of_country(catalogue, places)),
    }
    for i, (w, _, _) in enumerate(wanted):
        if w.residency != "none":
            home, place = near[w.residency]
            reach[i] &= np.array(place, dtype=object) == home[i]
    return np.array([mw / w.utilization for w, _, mw in wanted]), reach


def most_carried(need_mw: FloatArray, capacity_mw: FloatArray, reach: BoolArray) -> float:
    """Largest flow from demands to sites, by shortest augmenting paths.

    Parameters
    ----------
    need_mw : ndarray, shape (n,)
        What each demand needs. [MW]
    capacity_mw : ndarray, shape (S,)
        What each site holds. [MW]
    reach : ndarray of bool, shape (n, S)
        Which demand may go to which site.

    Returns
    -------
    float
        [MW]

    References
    ----------
    .. [1] Edmonds, Karp (1972), Journal of the ACM 19, 248-264, doi:10.1145/321694.321699.
    """
    demands, sites = reach.shape
    source, sink = demands + sites, demands + sites + 1
    room = np.zeros((sink + 1, sink + 1))
    room[source, :demands] = need_mw
    room[:demands, demands:source] = np.where(reach, np.inf, 0.0)
    room[demands:source, sink] = capacity_mw
    total = 0.0
    while (path := _path(room, source, sink)) is not None:
        steps = list(pairwise(path))
        flow = min(float(room[a, b]) for a, b in steps)
        for a, b in steps:
            room[a, b] -= flow
            room[b, a] += flow
        total += flow
    return total


def _path(room: FloatArray, source: int, sink: int) -> list[int] | None:
    """Shortest way with room left, or nothing."""
    before = np.full(len(room), -1)
    before[source] = source
    queue = deque([source])
    while queue and before[sink] < 0:
        node = queue.popleft()
        for after in np.flatnonzero((room[node] > _LEAST) & (before < 0)):
            before[after] = node
            queue.append(int(after))
    if before[sink] < 0:
        return None
    path = [sink]
    while path[-1] != source:
        path.append(int(before[path[-1]]))
    return path[::-1]
