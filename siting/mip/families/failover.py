"""Critical workloads are still served after a loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.coefficients import Coefficients
from siting.mip.failover import Critical, critical_demand
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_failover", "add_hall_row", "hall_terms"]


def add_failover(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """After each loss g the capacity that is left carries every set A of critical demand.

    Σ_{s ∈ N(A), s ∉ g}  Σ_k block_mw[k] · modules[s,k]  ≥  Σ_{m ∈ A} need_mw[m]        ∀ g, A

    ``need_mw`` is capacity, load over utilization, and N(A) the sites within the round trip that
    holds after a loss; load that is not critical waits. Here only the rows of all the demand
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
