"""Demand regions that no limit tells apart are served as one.

Two regions of one workload whose eligible sites, flow costs and load profiles are the same enter
every row and every metric with the same coefficients, so their sum decides. They are merged before
the solve and the flows are shared out after it; the optimum is unchanged. A workload without a
latency limit becomes a single class.

The same holds the other way round. Sites that may serve the same classes, where carrying load costs
nothing, are one place to every flow: only the load of the place has to be that of its flows, and
any split of the flows that gives each site its load is as good as any other. Where there are many
flows, they go to places instead of sites; the optimum is unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients, members

__all__ = [
    "DemandClasses",
    "flexible_flows",
    "flow_profile",
    "merge_demand",
    "merge_places",
    "merged_where",
    "moves_between_sites",
    "varying_flows",
    "varying_sites",
]


#: Flows from which it pays to merge places; fewer are solved as fast either way.
MANY_FLOWS = 100_000


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
        Class of each flow, and the first site of its place.
    flow_cost_usd_per_mw : ndarray, shape (F,)
        Yearly cost of carrying one MW. [USD/MW]
    place : ndarray of int, shape (S,)
        First site of the place of each site; the site itself where places are not merged.
    """

    workload: IndexArray
    mw: FloatArray
    members: tuple[IndexArray, ...]
    flow_class: IndexArray
    flow_site: IndexArray
    flow_cost_usd_per_mw: FloatArray
    place: IndexArray

    @cached_property
    def sites_of_place(self) -> list[IndexArray]:
        """Sites of the place that each site is the first of; none where it is not."""
        return members(self.place, len(self.place))

    @cached_property
    def flows_of_site(self) -> list[IndexArray]:
        """Flows to the place that each site is the first of."""
        return members(self.flow_site, len(self.place))

    @cached_property
    def flows_of_class(self) -> list[IndexArray]:
        """Flows that may serve each class."""
        return members(self.flow_class, len(self.mw))

    def by_site(self, amount: FloatArray, load_mw: FloatArray) -> FloatArray:
        """Load of each site, shape (S,); sites of a place share its flows by their load.

        Parameters
        ----------
        amount : ndarray, shape (F,)
            Anything that each flow brings, such as its load.
        load_mw : ndarray, shape (S,)
            Load of each site. [MW]
        """
        sites = len(self.place)
        of_place = np.bincount(self.flow_site, amount, sites)[self.place]
        load = np.bincount(self.place, load_mw, sites)[self.place]
        first = (self.place == np.arange(sites)).astype(float)
        share: FloatArray = np.divide(load_mw, load, out=first, where=load > 0)
        return share * of_place


def merge_demand(c: Coefficients) -> DemandClasses:
    """Merge the regions of each workload that have the same eligible sites and flow costs."""
    workload: list[int] = []
    members: list[IndexArray] = []
    for w in range(len(c.workloads)):
        wanted = np.flatnonzero(c.demand_mw[w] > 0)
        if not len(wanted):
            continue
        group = _group(c, w, wanted, c.eligible[w, wanted])
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
        place=np.arange(len(c.sites)),
    )


def merged_where(c: Coefficients, demand: DemandClasses, usable: BoolArray) -> IndexArray:
    """Group the classes that the flows left do not tell apart.

    Parameters
    ----------
    c : Coefficients
        The problem.
    demand : DemandClasses
        Its merged demand.
    usable : ndarray of bool, shape (F,)
        Flows that may carry load.

    Returns
    -------
    ndarray of int, shape (C,)
        First class of the group of each class.
    """
    served = np.zeros((len(demand.mw), len(c.sites)), dtype=bool)
    served[demand.flow_class[usable], demand.flow_site[usable]] = True
    first = np.array([regions[0] for regions in demand.members], dtype=np.intp)
    found = np.arange(len(demand.mw))
    for w in np.unique(demand.workload):
        classes = np.flatnonzero(demand.workload == w)
        group = _group(c, int(w), first[classes], served[classes])
        leads = np.full(group.max() + 1, len(demand.mw))
        np.minimum.at(leads, group, classes)
        found[classes] = leads[group]
    return found


def _group(c: Coefficients, w: int, regions: IndexArray, served: BoolArray) -> IndexArray:
    """Group of each of some regions of a workload: the same sites, flow costs and load profile."""
    costs = np.where(served, c.flow_cost_usd_per_mw[regions], np.inf)
    profile = c.operation.profile
    if profile is not None and profile.varies[w]:
        costs = np.hstack([costs, profile.mean[w, regions], profile.largest[w, regions]])
    if c.structure.ramps is not None:
        costs = np.hstack([costs, c.structure.ramps.group[w, regions, None]])
    _, group = np.unique(costs, axis=0, return_inverse=True)
    found: IndexArray = group.reshape(-1)
    return found


def merge_places(c: Coefficients, demand: DemandClasses) -> DemandClasses:
    """Merge sites that may serve the same classes into places.

    Nothing is merged where there are few flows, or where a row or a metric tells the flows of two
    sites apart: transport that costs, workloads with spare capacity, load that moves in time,
    caps on some sites, and workloads that do not take every design.

    Parameters
    ----------
    c : Coefficients
        The problem.
    demand : DemandClasses
        Its merged demand, with flows to sites.
    """
    told_apart = (
        demand.flow_cost_usd_per_mw.any()
        or (c.capacity_per_load > 1.0).any()
        or c.operation.flexible is not None
        or len(c.structure.caps) > 0
        or c.structure.accepts is not None
    )
    if told_apart or len(demand.flow_site) < MANY_FLOWS:
        return demand
    served = np.zeros((len(c.sites), len(demand.mw)), dtype=bool)
    served[demand.flow_site, demand.flow_class] = True
    _, first, place = np.unique(
        np.packbits(served, axis=1), axis=0, return_index=True, return_inverse=True
    )
    place = first[place.reshape(-1)]
    kept = place[demand.flow_site] == demand.flow_site
    return replace(
        demand,
        flow_class=demand.flow_class[kept],
        flow_site=demand.flow_site[kept],
        flow_cost_usd_per_mw=demand.flow_cost_usd_per_mw[kept],
        place=place,
    )


def flow_profile(c: Coefficients, demand: DemandClasses) -> tuple[FloatArray, FloatArray]:
    """Load of each flow over its mean, and servers that it needs for each MW of that, by slice.

    Returns
    -------
    mean, servers : ndarray, shape (F, T)
        [-] Servers follow the largest load within a slice where the load of the workload varies,
        and the utilization elsewhere.
    """
    shape, profile = (len(demand.flow_class), len(c.hours)), c.operation.profile
    capacity = c.capacity_per_load[demand.workload][demand.flow_class]
    if profile is None:
        return np.ones(shape), np.broadcast_to(capacity[:, None], shape)
    first = np.array([regions[0] for regions in demand.members], dtype=np.intp)
    workload = demand.workload[demand.flow_class]
    region = first[demand.flow_class]
    servers = np.where(
        profile.varies[workload][:, None], profile.largest[workload, region], capacity[:, None]
    )
    return profile.mean[workload, region], servers


def varying_flows(c: Coefficients, demand: DemandClasses) -> IndexArray:
    """Flows whose load is not the same in every slice, or whose peak lies above it."""
    profile = c.operation.profile
    if profile is None:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(profile.varies[demand.workload[demand.flow_class]])


def flexible_flows(c: Coefficients, demand: DemandClasses) -> IndexArray:
    """Flows whose load may be moved in time, F' indices of the F flows."""
    if c.operation.flexible is None:
        return np.zeros(0, dtype=np.intp)
    share = c.operation.flexible.share[demand.workload[demand.flow_class]]
    return np.flatnonzero(share > 0)


def moves_between_sites(c: Coefficients) -> bool:
    """Test whether sites take load from each other in a slice, which couples all sites."""
    flexible = c.operation.flexible
    return flexible is not None and bool((flexible.between_sites & (flexible.share > 0)).any())


def varying_sites(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites, shape (S,), where what a pair uses in a slice does not follow from its mean load."""
    found = np.zeros(len(c.sites), dtype=bool)
    found[demand.flow_site[flexible_flows(c, demand)]] = True
    found[demand.flow_site[varying_flows(c, demand)]] = True
    if c.operation.idle is not None:
        found[c.pair_site[c.operation.idle.pair]] = True
    power = c.operation.power
    if power is not None and power.uses_water:
        found[power.site[power.generators]] = True
    return found
