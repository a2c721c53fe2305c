"""How many cooling designs stand at a site."""

from __future__ import annotations

from pulp import lpSum_vars

from siting.coefficients import Coefficients
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_design_count", "add_site_open"]


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
