"""One cooling design a site."""

from __future__ import annotations

import numpy as np
from pulp import lpSum_vars

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses
from siting.mip.rows import Rows
from siting.mip.variables import Variables

__all__ = ["add_one_design"]


def add_one_design(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """At most one design is built at a site.

    Σ_k  is_open[s,k]  ≤  1        ∀ s
    """
    for s in range(len(c.sites)):
        pairs = np.flatnonzero(c.pair_site == s)
        if len(pairs) > 1:
            row = lpSum_vars([v.is_open[p] for p in pairs]) <= 1.0
            rows.add(row, f"one_design_{s}")
