"""Load that varies, moved between slices of a day or a week and between sites."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip.components import LEAST_MW, Component
from siting.mip.model import Rows, Terms, total
from siting.mip.model.demand_classes import (
    DemandClasses,
    flexible_flows,
    flow_profile,
    varying_flows,
)

if TYPE_CHECKING:
    from siting.mip.model import Variables
    from siting.mip.model.build import ModelState
    from siting.mip.solution import Decisions

__all__ = ["FlexibleLoad", "add_flexible_balance", "add_flexible_limits", "add_moved_load"]


def add_flexible_limits(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Only part of a flow may be absent, from a slice and over a day. Local to a site.

    later_mw[f,t]                  ≤  share · profile[f,t] · serve_mw[f]      ∀ f, t
    Σ_{t∈r} L · later_mw[f,t]      ≤  day_limit · Σ_{t∈r} L · serve_mw[f]    ∀ f, r
    """
    o = c.operation
    if o.flexible is None or o.calendar is None:
        return
    profile, _ = flow_profile(c, demand)
    for i, f in enumerate(flexible_flows(c, demand)):
        w = demand.workload[demand.flow_class[f]]
        share, most = float(o.flexible.share[w]), float(o.flexible.day_limit[w])
        for t in range(len(c.hours)):
            there = -share * float(profile[f, t])
            row = total([(v.later_mw[i][t], 1.0), (v.serve_mw[f], there)])
            rows.add(row <= 0.0, f"flexible_share_{i}_{t}")
        if most >= share:
            continue
        for r in range(o.calendar.days):
            slices = o.calendar.slices(r)
            terms = [(v.later_mw[i][t], 1.0) for t in slices]
            row = total([*terms, (v.serve_mw[f], -most * len(slices))])
            rows.add(row <= 0.0, f"flexible_day_{i}_{r}")


def add_flexible_balance(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Balance of deferred load: made up for on the same day, or within the week up to a limit.

    With net[r] = Σ_{t∈r} L · (later_mw − sooner_mw), n[r] days of kind r, and sums over the flow
    alone, or over all flows of its class where sites may take load from each other:

    net[r]  =  0                                    ∀ r, where week_limit = 0
    net[r]  ≤  away_mwh[r]                          ∀ r, otherwise
    Σ_{r∈month} n[r] · net[r]  =  0                 ∀ months
    Σ_{r∈month} n[r] · away_mwh[r]  ≤  week_limit · Σ_{t∈month} h_t · serve_mw     ∀ months

    Every week of a month is taken to have the month's mix of days, so that what balances over
    the month balances over each week. Couples sites only where load may move between them.
    """
    o = c.operation
    if o.flexible is None or o.calendar is None:
        return
    for g, flows in _groups(c, demand):
        week = float(o.flexible.week_limit[demand.workload[demand.flow_class[flows[0][1]]]])
        for r in range(o.calendar.days):
            slices = o.calendar.slices(r)
            terms = _net(v, flows, slices, np.full(len(slices), o.calendar.block_h))
            if week > 0:
                away = [(v.away_mwh[i][r], -1.0) for i, _ in flows]
                rows.add(total(terms + away) <= 0.0, f"flexible_away_{g}_{r}")
            else:
                rows.add(total(terms) == 0.0, f"flexible_daily_{g}_{r}")
        if week > 0:
            _weekly(rows, v, c, flows, week, g)


def _weekly(
    rows: Rows, v: Variables, c: Coefficients, flows: list[tuple[int, int]], week: float, g: str
) -> None:
    calendar = c.operation.calendar
    if calendar is None:
        return
    for m in np.unique(calendar.month):
        slices = np.flatnonzero(calendar.month == m)
        hours = c.hours[slices]
        rows.add(total(_net(v, flows, slices, hours)) == 0.0, f"flexible_month_{g}_{m}")
        days = calendar.days_of(int(m))
        number = [float(c.hours[calendar.slices(r)[0]]) / calendar.block_h for r in days]
        terms = [(v.away_mwh[i][r], n) for i, _ in flows for r, n in zip(days, number, strict=True)]
        terms += [(v.serve_mw[f], -week * float(hours.sum())) for _, f in flows]
        rows.add(total(terms) <= 0.0, f"flexible_week_{g}_{m}")


def _groups(c: Coefficients, demand: DemandClasses) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Flows that make up for each other: number among the flexible ones, and among all."""
    flexible = c.operation.flexible
    if flexible is None:
        return
    flows = [(i, int(f)) for i, f in enumerate(flexible_flows(c, demand))]
    for n in range(len(demand.mw)):
        members = [(i, f) for i, f in flows if demand.flow_class[f] == n]
        if members and flexible.between_sites[demand.workload[n]]:
            yield f"n{n}", members
        else:
            yield from ((str(i), [(i, f)]) for i, f in members)


def _net(
    v: Variables, flows: list[tuple[int, int]], slices: NDArray[np.intp], hours: NDArray[np.float64]
) -> Terms:
    terms: Terms = []
    for i, _ in flows:
        for t, h in zip(slices, hours, strict=True):
            terms += [(v.later_mw[i][t], float(h)), (v.sooner_mw[i][t], -float(h))]
    return terms


def add_moved_load(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Load of each slice finds halls and servers: moved, or by its profile. Local to a site.

    Σ_k move_mw[s,k,t]  =  Σ_f (profile[f,t] − 1) · serve_mw[f] + Σ_f (sooner − later)[f,t]   ∀ s, t
    0  ≤  load_mw[p] + move_mw[p,t]  ≤  block_mw[p] · modules[p]                              ∀ p, t
    Σ_f (servers[f,t] − capacity_per_load[f]) · serve_mw[f]
        + Σ_f capacity_per_load[f] · (sooner − later)[f,t]  ≤  extra_mw[s]                    ∀ s, t
    Σ_n capacity_per_load[n] · serve_mw[n,s] + extra_mw[s]  ≤  Σ_k block_mw[k] · modules[s,k]    ∀ s

    ``servers[f,t]`` is the largest load within the slice over the mean of the year where the load
    of the workload varies, and ``capacity_per_load`` elsewhere. Servers beyond those of the mean
    load are bought: ``extra_mw`` has their embodied carbon.
    """
    if c.operation.flexible is None:
        return
    flows = flexible_flows(c, demand)
    varying = varying_flows(c, demand)
    profile, needed = flow_profile(c, demand)
    spare = c.capacity_per_load[demand.workload][demand.flow_class]
    for s in range(len(c.sites)):
        own = [(i, int(f)) for i, f in enumerate(flows) if demand.flow_site[f] == s]
        waves = varying[demand.flow_site[varying] == s]
        pairs = c.pairs_of_site[s]
        for t in range(len(c.hours)):
            moved = [(v.move_mw[p][t], -1.0) for p in pairs]
            net = [(v.sooner_mw[i][t], 1.0) for i, _ in own]
            net += [(v.later_mw[i][t], -1.0) for i, _ in own]
            net += [(v.serve_mw[f], float(profile[f, t]) - 1.0) for f in waves]
            if moved or net:
                rows.add(total(moved + net) == 0.0, f"moved_site_{s}_{t}")
            servers = [(v.sooner_mw[i][t], float(spare[f])) for i, f in own]
            servers += [(v.later_mw[i][t], -float(spare[f])) for i, f in own]
            servers += [(v.serve_mw[f], float(needed[f, t] - spare[f])) for f in waves]
            if servers:
                row = total([*servers, (v.extra_mw[s], -1.0)])
                rows.add(row <= 0.0, f"moved_servers_{s}_{t}")
        terms = [(v.serve_mw[f], float(spare[f])) for f in demand.flows_of_site[s]]
        terms += [(v.modules[p], -float(c.block_mw[p])) for p in pairs]
        rows.add(total([*terms, (v.extra_mw[s], 1.0)]) <= 0.0, f"moved_room_{s}")
    _pair_room(rows, v, c)


def _pair_room(rows: Rows, v: Variables, c: Coefficients) -> None:
    for p, block in enumerate(c.block_mw):
        for t in range(len(c.hours)):
            load = [(v.load_mw[p], 1.0), (v.move_mw[p][t], 1.0)]
            rows.add(total(load) >= 0.0, f"moved_min_{p}_{t}")
            full = [*load, (v.modules[p], -float(block))]
            rows.add(total(full) <= 0.0, f"moved_max_{p}_{t}")


class FlexibleLoad(Component):
    """Load that moves: ``later_mw``, ``sooner_mw``, ``away_mwh``, ``move_mw``, ``extra_mw``."""

    name = "flexible"
    rows = (add_flexible_limits, add_flexible_balance, add_moved_load)

    def terms(self, c: Coefficients, metric: str) -> dict[str, FloatArray]:
        """Embodied carbon of the servers beyond those of the mean load."""
        counts = metric in ("carbon_t_co2e", "carbon_embodied_t_co2e")
        return {"extra_mw": np.full(len(c.sites), counts * c.extra_carbon_t_per_mw)}

    def columns(self, c: Coefficients, x: Decisions) -> dict[str, FloatArray]:
        """Return those servers. [MW]."""
        return {"extra_servers_mw": x.extra_mw}

    def series(self, state: ModelState, x: Decisions) -> Iterator[tuple[int, str, str, FloatArray]]:
        """Load that designs take above their mean, and that workloads defer and make up for."""
        c, demand = state.coefficients, state.demand
        for p in np.flatnonzero((x.is_open > 0.5) & (np.abs(x.move_mw) > LEAST_MW).any(axis=1)):
            yield int(c.pair_site[p]), "moved_mw", c.designs[c.pair_design[p]], x.move_mw[p]
        flows = flexible_flows(c, demand)
        workload = demand.workload[demand.flow_class[flows]]
        for w in np.unique(workload):
            for s in np.unique(demand.flow_site[flows]):
                of_both = (workload == w) & (demand.flow_site[flows] == s)
                for name in ("later_mw", "sooner_mw"):
                    values = x[name][of_both].sum(axis=0)
                    if (values > LEAST_MW).any():
                        yield int(s), name, c.workloads[w], values
