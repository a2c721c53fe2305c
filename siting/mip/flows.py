"""Demand regions that no limit tells apart are served as one.

Two regions of one workload whose eligible sites and flow costs are the same enter every row and
every metric with the same coefficients, so their sum decides. They are merged before the solve
and the flows are shared out after it; the optimum is unchanged. A workload without a latency
limit becomes a single class.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from siting.coefficients import Coefficients
from siting.coefficients.model import members

__all__ = ["DemandClasses", "flexible_flows", "merge_demand"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class DemandClasses:
    """Merged demand (C classes) and the flows that may serve it (F).

    Parameters
    ----------
    workload : ndarray of int, shape (C,)
        Workload of each class.
    mw : ndarray, shape (C,)
        IT load of each class. [MW]
    members : tuple of ndarray of int
        Demand regions of each class.
    flow_class, flow_site : ndarray of int, shape (F,)
        Class and site of each flow.
    flow_cost_usd_per_mw : ndarray, shape (F,)
        Yearly cost of carrying one MW. [USD/MW]
    sites : int
        Number of sites.
    """

    workload: IntArray
    mw: FloatArray
    members: tuple[IntArray, ...]
    flow_class: IntArray
    flow_site: IntArray
    flow_cost_usd_per_mw: FloatArray
    sites: int

    @cached_property
    def flows_of_site(self) -> list[IntArray]:
        """Flows that each site may serve."""
        return members(self.flow_site, self.sites)

    @cached_property
    def flows_of_class(self) -> list[IntArray]:
        """Flows that may serve each class."""
        return members(self.flow_class, len(self.mw))


def merge_demand(c: Coefficients) -> DemandClasses:
    """Merge the regions of each workload that have the same eligible sites and flow costs."""
    workload: list[int] = []
    members: list[IntArray] = []
    for w in range(len(c.workloads)):
        wanted = np.flatnonzero(c.demand_mw[w] > 0)
        if not len(wanted):
            continue
        costs = np.where(c.eligible[w, wanted], c.flow_cost_usd_per_mw[wanted], np.inf)
        _, group = np.unique(costs, axis=0, return_inverse=True)
        group = group.reshape(-1)
        for g in range(group.max() + 1):
            workload.append(w)
            members.append(wanted[group == g])
    first = [m[0] for m in members]
    eligible = c.eligible[workload, first]
    flow_class, flow_site = np.nonzero(eligible)
    return DemandClasses(
        workload=np.array(workload, dtype=np.intp),
        mw=np.array([c.demand_mw[w, m].sum() for w, m in zip(workload, members, strict=True)]),
        members=tuple(members),
        flow_class=flow_class,
        flow_site=flow_site,
        flow_cost_usd_per_mw=c.flow_cost_usd_per_mw[np.array(first)[flow_class], flow_site],
        sites=len(c.sites),
    )


def flexible_flows(c: Coefficients, demand: DemandClasses) -> IntArray:
    """Flows whose load may be moved in time, F' indices of the F flows."""
    if c.operation.flexible is None:
        return np.zeros(0, dtype=np.intp)
    share = c.operation.flexible.share[demand.workload[demand.flow_class]]
    return np.flatnonzero(share > 0)
