"""On-site water of each site."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses
from siting.mip.linear import total
from siting.mip.rows import Rows
from siting.mip.variables import Variables

__all__ = ["add_site_water"]


def add_site_water(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """On-site consumption and withdrawal of a year stay under the site's limits.

    Σ_k Σ_t  h_t · wue[s,k,t] · load_mw[s,k]  ≤  site_water_m3        ∀ s
    """
    _add(rows, v, c, "site_water", c.wue_l_per_kwh, c.limits.site_water_m3)
    _add(rows, v, c, "site_withdrawal", c.withdrawal_l_per_kwh, c.limits.site_withdrawal_m3)


def _add(
    rows: Rows,
    v: Variables,
    c: Coefficients,
    name: str,
    litres: NDArray[np.float64],
    limit: float | None,
) -> None:
    if limit is None:
        return
    share = litres @ c.hours / limit if limit > 0 else litres @ c.hours
    for s in range(len(c.sites)):
        pairs = np.flatnonzero((c.pair_site == s) & (share > 0))
        if len(pairs):
            row = total([(v.load_mw[p], float(share[p])) for p in pairs])
            rows.add(row <= (1.0 if limit > 0 else 0.0), f"{name}_{s}")
