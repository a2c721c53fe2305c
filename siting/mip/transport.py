"""Who is served from where, once it is known what each site serves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from siting.coefficients import Coefficients
from siting.errors import SitingError
from siting.mip.model.build import ModelState
from siting.mip.solution import Decisions

__all__ = ["assign_flows"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def assign_flows(
    state: ModelState, x: Decisions
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Share the load of the sites out to the demand regions with the least latency.

    No metric depends on which of two equally eligible regions a site serves, so among the equal
    optima the flows with the smallest Σ MW · round trip are reported: one transport problem a
    group of classes that are free to trade with each other.

    Returns
    -------
    tuple of ndarray, shape (N,)
        Workload, demand region and site of each flow, and its IT load [MW].
    """
    c, demand = state.coefficients, state.demand
    load_mw = np.bincount(c.pair_site, x.load_mw, len(c.sites))
    parts: list[tuple[int, IntArray, IntArray, FloatArray]] = []
    for classes in _groups(state):
        w = int(demand.workload[classes[0]])
        regions = np.concatenate([demand.members[n] for n in classes])
        of_group = np.isin(demand.flow_class, classes)
        served = demand.by_site(np.where(of_group, x.serve_mw, 0.0), load_mw)
        parts.append((w, *_transport(c, w, regions, served)))
    workload = np.concatenate([np.full(len(mw), w, dtype=np.intp) for w, _, _, mw in parts])
    region, site, mw = (np.concatenate([part[i] for part in parts]) for i in (1, 2, 3))
    order = np.lexsort((site, region, workload))
    return workload[order], region[order], site[order], mw[order]


def _groups(state: ModelState) -> list[IntArray]:
    """Classes of one workload that may trade: all of them, unless carrying load has a price."""
    demand = state.demand
    if demand.flow_cost_usd_per_mw.any():
        return [np.array([n]) for n in range(len(demand.mw))]
    return [np.flatnonzero(demand.workload == w) for w in np.unique(demand.workload)]


def _transport(
    c: Coefficients, w: int, regions: IntArray, served: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Least Σ MW · round trip between regions with a demand and sites with a load."""
    sites = np.flatnonzero(served > 0)
    r, s = np.nonzero(c.eligible[w][np.ix_(regions, sites)])
    flows, places = np.arange(len(r)), np.arange(len(sites))
    of_region = sparse.csr_array((np.ones(len(r)), (r, flows)), shape=(len(regions), len(r)))
    of_site = sparse.csr_array((np.ones(len(s)), (s, flows)), shape=(len(places), len(s)))
    found = linprog(  # type: ignore[call-overload]  # its stubs know no sparse arrays
        c.rtt_ms[regions[r], sites[s]] / 100.0,
        A_eq=of_region, b_eq=c.demand_mw[w, regions],
        A_ub=of_site, b_ub=served[sites] * (1 + 1e-9) + 1e-7,
        method="highs",
    )  # fmt: skip
    if found.x is None:
        raise SitingError(f"the load of workload {c.workloads[w]} could not be shared out")
    mw = found.x
    used = mw > 1e-9
    return regions[r[used]], sites[s[used]], mw[used]
