"""Load needs modules, modules need an open site."""

from __future__ import annotations

from siting.coefficients import Coefficients
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_capacity", "add_module_links", "add_utilization"]


def add_capacity(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Load only where capacity is installed.

    load_mw[p]  ≤  block_mw[p] · modules[p]        ∀ p
    """
    for p, block in enumerate(c.block_mw):
        rows.add(
            total([(v.load_mw[p], 1.0), (v.modules[p], -float(block))]) <= 0.0, f"capacity_{p}"
        )


def add_module_links(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Modules stand only where a pair is built, and no more than data and limits leave room for.

    is_open[p]  ≤  modules[p]  ≤  max_modules[p] · is_open[p]        ∀ p
    """
    for p, most in enumerate(c.max_modules):
        upper = total([(v.modules[p], 1.0), (v.is_open[p], -float(most))])
        rows.add(upper <= 0.0, f"modules_max_{p}")
        lower = total([(v.is_open[p], 1.0), (v.modules[p], -1.0)])
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
