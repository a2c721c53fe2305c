"""Demand met by modules at open sites: designs, sizes, counts, prices by number, periods."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable, lpSum_vars

from siting.arrays import BoolArray, FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.halls import Vintages
from siting.mip.model import Rows, Variables, total
from siting.mip.model.demand_classes import DemandClasses

__all__ = [
    "add_accepted_designs",
    "add_capacity",
    "add_demand_met",
    "add_design_count",
    "add_expansion",
    "add_forced_sites",
    "add_load_balance",
    "add_module_links",
    "add_price_steps",
    "add_site_count",
    "add_site_open",
    "add_site_share",
    "add_site_size",
    "add_utilization",
    "add_vintages",
]


def add_capacity(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Load only where capacity is installed.

    load_mw[p]  ≤  block_mw[p] · modules[p]        ∀ p
    """
    for p, block in enumerate(c.block_mw):
        rows.add(
            total([(v.load_mw[p], 1.0), (v.modules[p], -float(block))]) <= 0.0, f"capacity_{p}"
        )


def add_module_links(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Modules stand only where a pair is built, as few and as many as its design and site allow.

    min_modules[p] · is_open[p]  ≤  modules[p]  ≤  max_modules[p] · is_open[p]        ∀ p
    """
    for p, (least, most) in enumerate(zip(c.min_modules, c.max_modules, strict=True)):
        upper = total([(v.modules[p], 1.0), (v.is_open[p], -float(most))])
        rows.add(upper <= 0.0, f"modules_max_{p}")
        lower = total([(v.is_open[p], float(least)), (v.modules[p], -1.0)])
        rows.add(lower <= 0.0, f"modules_min_{p}")


def add_utilization(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Workloads that do not run at full load all year need more capacity than their load.

    Σ_n  capacity_per_load[n] · serve_mw[n,s]  ≤  Σ_k block_mw[k] · modules[s,k]        ∀ s

    Added only where a workload has spare capacity; otherwise the capacity rows say the same.
    """
    if (c.capacity_per_load <= 1.0).all():
        return
    spare = c.capacity_per_load[demand.workload][demand.flow_class]
    for s in range(len(c.sites)):
        terms = [(v.serve_mw[f], float(spare[f])) for f in demand.flows_of_site[s]]
        terms += [(v.modules[p], -float(c.block_mw[p])) for p in c.pairs_of_site[s]]
        if terms:
            rows.add(total(terms) <= 0.0, f"utilization_{s}")


def add_demand_met(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Each class of demand is served in full.

    Σ_s  serve_mw[n,s]  =  demand_mw[n]        ∀ n
    """
    for n, mw in enumerate(demand.mw):
        flows = [v.serve_mw[f] for f in demand.flows_of_class[n]]
        rows.add(lpSum_vars(flows) == float(mw), f"demand_met_{n}")


def add_load_balance(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The load of the designs of a place is the load of its flows.

    Σ_{s ∈ g} Σ_k  load_mw[s,k]  =  Σ_n  serve_mw[n,g]        ∀ places g

    A place is one site, unless many flows made it pay to merge sites that may serve the same.
    """
    for s, sites in enumerate(demand.sites_of_place):
        pairs = [p for site in sites for p in c.pairs_of_site[site]]
        flows = demand.flows_of_site[s]
        terms = [(v.load_mw[p], 1.0) for p in pairs] + [(v.serve_mw[f], -1.0) for f in flows]
        if terms:
            rows.add(total(terms) == 0.0, f"load_balance_{s}")


def add_accepted_designs(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Workloads stand only under designs that they accept.

    Σ_{n : D(n) ⊆ U} serve_mw[n,s]                        ≤  Σ_{k ∈ U} load_mw[s,k]         ∀ s, U
    Σ_{n : D(n) ⊆ U} capacity_per_load[n] · serve_mw[n,s]  ≤  Σ_{k ∈ U} block_mw · modules[s,k]

    with D(n) the designs that the workload of class n accepts and U every union of such sets that
    is not all designs. By Hall's theorem the first rows are enough to share the load of a site out
    to its designs. The second are added only where a workload has spare capacity.
    """
    accepts = c.structure.accepts
    if accepts is None:
        return
    spare = bool((c.capacity_per_load > 1.0).any())
    for u, union in enumerate(_unions(accepts)):
        bound = ~accepts[:, ~union].any(axis=1)
        for s in range(len(c.sites)):
            served = [(f, int(demand.workload[demand.flow_class[f]]))
                      for f in demand.flows_of_site[s]]  # fmt: skip
            served = [(f, w) for f, w in served if bound[w]]
            if not served:
                continue
            own = [p for p in c.pairs_of_site[s] if union[c.pair_design[p]]]
            load = [(v.serve_mw[f], 1.0) for f, _ in served]
            load += [(v.load_mw[p], -1.0) for p in own]
            rows.add(total(load) <= 0.0, f"accepted_{u}_{s}")
            if spare:
                need = [(v.serve_mw[f], float(c.capacity_per_load[w])) for f, w in served]
                need += [(v.modules[p], -float(c.block_mw[p])) for p in own]
                rows.add(total(need) <= 0.0, f"accepted_modules_{u}_{s}")


def _unions(accepts: BoolArray) -> list[BoolArray]:
    """Every union of the rows that is not all columns."""
    found: dict[bytes, BoolArray] = {}
    for row in accepts[~accepts.all(axis=1)]:
        for union in [row, *(row | other for other in list(found.values()))]:
            if not union.all():
                found[union.tobytes()] = union
    return list(found.values())


def add_design_count(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """At most so many designs are built side by side at a site; one, unless the study says more.

    Σ_k  is_open[s,k]  ≤  designs_per_site        ∀ s
    """
    most = c.structure.designs_per_site
    name = "one_design" if most == 1 else "design_count"
    for s in range(len(c.sites)):
        pairs = c.pairs_of_site[s]
        if len(pairs) > most:
            row = lpSum_vars([v.is_open[p] for p in pairs]) <= float(most)
            rows.add(row, f"{name}_{s}")


def add_site_open(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A site is open where any of its designs is built.

    is_open[s,k]  ≤  site_open[s]  ≤  Σ_k is_open[s,k],   site_open[s] ≤ 1        ∀ s, k

    Whole wherever it matters although it is continuous, since ``is_open`` is whole. Only where
    several designs may stand at a site; otherwise Σ_k is_open[s,k] says the same.
    """
    for s, site_open in enumerate(v.site_open):
        pairs = c.pairs_of_site[s]
        for p in pairs:
            row = total([(v.is_open[p], 1.0), (site_open, -1.0)]) <= 0.0
            rows.add(row, f"site_open_{p}")
        terms = [(site_open, 1.0), *((v.is_open[p], -1.0) for p in pairs)]
        rows.add(total(terms) <= 0.0, f"site_shut_{s}")


def add_site_size(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """An open site is neither too small nor too large.

    min_mw · is_open[p]  ≤  block_mw[p] · modules[p]        ∀ p
    Σ_k block_mw[k] · modules[s,k]  ≤  max_mw, land_mw[s]   ∀ s

    Where several designs may stand at a site, the lower row is
    min_mw · site_open[s]  ≤  Σ_k block_mw[k] · modules[s,k].
    """
    low, high, land = c.limits.min_mw_per_site, c.limits.max_mw_per_site, dict(c.limits.land_mw)
    for p, block in enumerate(c.block_mw):
        if low is not None and low > 0 and not v.site_open:
            row = total([(v.is_open[p], float(low)), (v.modules[p], -float(block))])
            rows.add(row <= 0.0, f"size_min_{p}")
    for s in range(len(c.sites)):
        terms = [(v.modules[p], float(c.block_mw[p])) for p in c.pairs_of_site[s]]
        most = min(high if high is not None else math.inf, land.get(c.sites[s], math.inf))
        if most < math.inf and terms:
            rows.add(total(terms) <= float(most), f"size_max_{s}")
        if low is not None and low > 0 and v.site_open:
            rows.add(total([*terms, (v.site_open[s], -float(low))]) >= 0.0, f"size_min_{s}")


def add_site_count(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The number of open sites lies between the limits.

    min_sites  ≤  Σ_s Σ_k is_open[s,k]  ≤  max_sites

    Where several designs may stand at a site, ``site_open[s]`` takes the place of the inner sum.
    """
    open_sites = v.site_open or v.is_open
    if c.limits.max_sites is not None:
        rows.add(lpSum_vars(open_sites) <= float(c.limits.max_sites), "sites_max")
    if c.limits.min_sites is not None:
        rows.add(lpSum_vars(open_sites) >= float(c.limits.min_sites), "sites_min")


def add_site_share(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """No site carries more than its share of all IT load.

    Σ_k load_mw[s,k]  ≤  max_share · Σ_n demand_mw[n]        ∀ s

    with the mean over the year of what is moved to it, where load may move between sites.
    """
    share = c.limits.max_share_per_site
    if share is None:
        return
    most, part = share * c.total_demand_mw, c.hours / c.hours.sum()
    for s in range(len(c.sites)):
        pairs = c.pairs_of_site[s]
        terms = [(v.load_mw[p], 1.0) for p in pairs]
        if v.move_mw:
            terms += [(v.move_mw[p][t], float(h)) for p in pairs for t, h in enumerate(part)]
        if terms:
            rows.add(total(terms) <= most, f"share_max_{s}")


def add_forced_sites(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Forced sites are open, barred sites are closed.

    Σ_k is_open[s,k]  =  1        ∀ s forced in
    Σ_k is_open[s,k]  =  0        ∀ s forced out

    Where several designs may stand at a site, ``site_open[s]`` takes the place of the sum.
    """
    for site in c.limits.open_sites:
        _fix(rows, v, c, site, 1.0, "forced_open")
    for site in c.limits.closed_sites:
        _fix(rows, v, c, site, 0.0, "forced_closed")


def _fix(rows: Rows, v: Variables, c: Coefficients, site: str, value: float, name: str) -> None:
    s = c.sites.index(site)
    pairs = c.pairs_of_site[s]
    opening = [v.site_open[s]] if v.site_open else [v.is_open[p] for p in pairs]
    if len(pairs):
        rows.add(lpSum_vars(opening) == value, f"{name}_{s}")


def add_price_steps(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The halls of a pair end in one step of its price, which says what they cost together.

    Σ_n step[n]  =  is_open[p],   Σ_n step_modules[n]  =  modules[p]         ∀ p with steps n
    least[n] · step[n]  ≤  step_modules[n]  ≤  most[n] · step[n]             ∀ n
    priced[p]  =  Σ_n (fixed[n] · step[n] + slope[n] · step_modules[n])      ∀ p

    ``priced`` counts modules at a factor of one. Steps are of whole modules, so that the price is
    exact whichever way it bends and whatever is minimized; the relaxation is its convex envelope
    [1]_. A pair that has one step alone has priced[p] = slope · modules[p].

    References
    ----------
    .. [1] Croxton, Gendron and Magnanti (2003), A comparison of mixed-integer programming models
       for nonconvex piecewise linear cost minimization problems, Management Science 49(9).
    """
    steps = c.price_steps
    if steps is None:
        return
    for p, factor in enumerate(steps.single):
        own = np.flatnonzero(steps.pair == p)
        price = [(v.priced[p], 1.0)]
        if not len(own):
            row = total([*price, (v.modules[p], -float(factor))]) == 0.0
            rows.add(row, f"priced_{p}")
            continue
        rows.add(
            total([*((v.step[n], 1.0) for n in own), (v.is_open[p], -1.0)]) == 0.0, f"steps_{p}"
        )
        counted = [(v.step_modules[n], 1.0) for n in own]
        rows.add(total([*counted, (v.modules[p], -1.0)]) == 0.0, f"steps_sum_{p}")
        for n in own:
            upper = total([(v.step_modules[n], 1.0), (v.step[n], -float(steps.most[n]))])
            rows.add(upper <= 0.0, f"step_max_{n}")
            lower = total([(v.step[n], float(steps.least[n])), (v.step_modules[n], -1.0)])
            rows.add(lower <= 0.0, f"step_min_{n}")
            price.append((v.step[n], -float(steps.fixed[n])))
            price.append((v.step_modules[n], -float(steps.slope[n])))
        rows.add(total([t for t in price if t[1]]) == 0.0, f"priced_{p}")


def add_vintages(rows: Rows, before: Variables, now: Variables, vintages: Vintages | None) -> None:
    """Halls keep the factor f[p,v] of the period v in which they were built.

    Σ_{v ≤ y} f[p,v] · (modules[p,v] − modules[p,v−1])  =  f[p,y] · modules[p,y] + older[p,y]   with

    older[p,y]    =  older[p,y−1] + (f[p,y−1] − f[p,y]) · modules[p,y−1]    ∀ p, y > 0
    modules[p,y]  ≤  modules[p,y−1]             ∀ p whose design is not available in y > 0

    one ``older`` for cost and one for embodied carbon, where f is not the same in all periods.
    Couples periods; metrics read ``older`` besides ``modules``. Where the price of halls depends
    on their number, the cost has ``priced`` in place of ``modules``: what a period adds is paid at
    the steps that it fills.

    Parameters
    ----------
    rows : Rows
        Where they go.
    before, now : Variables
        Decisions of the period before and of this one.
    vintages : Vintages or None
        Factors of this period and those before it; None adds no row.
    """
    if vintages is None:
        return
    known = vintages.before()
    for name, factor, pairs, older, built in (
        ("cost", vintages.cost, vintages.older_cost, known.older_cost,
         before.priced or before.modules),
        ("carbon", vintages.carbon, vintages.older_carbon, known.older_carbon, before.modules),
    ):  # fmt: skip
        earlier = _by_pair(older, getattr(before, f"older_{name}"))
        variables = getattr(now, f"older_{name}")
        for p, variable in zip(pairs, variables, strict=True):
            fall = float(factor[-2, p] - factor[-1, p])
            terms = [(variable, 1.0)]
            terms += [(built[p], -fall)] if fall else []
            terms += [(earlier[p], -1.0)] if p in earlier else []
            rows.add(total(terms) == 0.0, f"vintage_{name}_{p}")
    for p in np.flatnonzero(~vintages.available[-1]):
        row = total([(now.modules[p], 1.0), (before.modules[p], -1.0)])
        rows.add(row <= 0.0, f"unavailable_{p}")


def _by_pair(pairs: NDArray[np.intp], variables: list[LpVariable]) -> dict[int, LpVariable]:
    return dict(zip((int(p) for p in pairs), variables, strict=True))


def add_expansion(rows: Rows, before: Variables, now: Variables) -> None:
    """Modules, stores and units are added and never taken away.

    modules[p,y]     ≥  modules[p,y−1]           ∀ p, y > 0
    storage_mw[u,y]  ≥  storage_mw[u,y−1]        ∀ u, y > 0
    units[j,y]       ≥  units[j,y−1]             ∀ j, y > 0
    """
    for p, (old, new) in enumerate(zip(before.modules, now.modules, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_{p}")
    for u, (old, new) in enumerate(zip(before.storage_mw, now.storage_mw, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_storage_{u}")
    for j, (old, new) in enumerate(zip(before.units, now.units, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_units_{j}")


def add_site_ramp(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The load of a site changes by no more than a limit from one hour to the next.

    −max_ramp  ≤  Σ_f change[f,h] · serve_mw[f]  ≤  max_ramp        ∀ s, hours h of the year

    with ``change`` of the load of a flow over its mean, as its workload asks for it. Hours whose
    rows another hour implies are left out: ``serve_mw`` is never negative.
    """
    ramps, limit = c.structure.ramps, c.limits.max_ramp_mw_per_hour
    if ramps is None or limit is None:
        return
    first = np.array([members[0] for members in demand.members], dtype=np.intp)
    of_class = ramps.group[demand.workload, first]
    for s in range(len(c.sites)):
        flows = demand.flows_of_site[s]
        group = of_class[demand.flow_class[flows]]
        flows, group = flows[group >= 0], group[group >= 0]
        if not len(flows):
            continue
        own, place = np.unique(group, return_inverse=True)
        for i, change in enumerate(_steepest(ramps.change[own])):
            terms = [
                (v.serve_mw[f], float(mw))
                for f, mw in zip(flows, change[place], strict=True)
                if mw != 0.0
            ]
            rows.add(total(terms) <= float(limit), f"ramp_{s}_{i}")


def _steepest(change: FloatArray) -> FloatArray:
    """Changes up and down, one row an hour, that no other hour has at least as large in all."""
    both = np.unique(np.hstack([change, -change]).T, axis=0)
    rest = both[(both > 0.0).any(axis=1)]
    rest, kept = rest[np.argsort(-rest.sum(axis=1), kind="stable")], list[FloatArray]()
    while len(rest):
        kept.append(rest[0])
        rest = rest[~(rest <= rest[0]).all(axis=1)]
    return np.array(kept)
