"""Heat of a lake, shared by its sites."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_lake_heat"]


def add_lake_heat(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """What is installed on a water body rejects no more heat than it can take.

    Σ_{s ∈ b} Σ_k  rejected[s,k] · block_mw[k] · modules[s,k]  ≤  heat_limit_mw[b]        ∀ b

    ``rejected`` is the largest heat over all steps. The limit of one design at one site lies in
    ``max_modules`` already; the rows matter where several share the body, and couple its sites.
    """
    heat = c.structure.heat
    if heat is None:
        return
    body = heat.site_body[c.pair_site]
    rejected = heat.rejected * c.block_mw
    for b, limit in enumerate(heat.limit_mw):
        pairs = np.flatnonzero((body == b) & (rejected > 0))
        if len(pairs):
            row = total([(v.modules[p], float(rejected[p])) for p in pairs]) <= float(limit)
            rows.add(row, f"lake_heat_{b}")
