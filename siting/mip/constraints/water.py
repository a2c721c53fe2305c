"""On-site water of each site."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses
from siting.mip.linear import total
from siting.mip.operation import by_slice
from siting.mip.rows import Rows
from siting.mip.variables import Variables

__all__ = ["add_site_water"]


def add_site_water(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """On-site consumption and withdrawal of a year stay under the site's limits.

    Σ_k Σ_t  h_t · wue[s,k,t] · load_mw[s,k]  ≤  site_water_m3        ∀ s

    with the load and the water of each slice where load moves or engines stand still.
    """
    _add(rows, v, c, "site_water", "wue_l_per_kwh", c.limits.site_water_m3)
    _add(rows, v, c, "site_withdrawal", "withdrawal_l_per_kwh", c.limits.site_withdrawal_m3)


def _add(
    rows: Rows, v: Variables, c: Coefficients, name: str, litres: str, limit: float | None
) -> None:
    if limit is None:
        return
    scale = 1.0 / limit if limit > 0 else 1.0
    water = by_slice(c, getattr(c, litres), litres, np.full(len(c.pair_site), scale))
    idle = np.zeros(0, dtype=np.intp) if c.operation.idle is None else c.operation.idle.pair
    owners = (("move_mw", v.move_mw, c.pair_site), ("idle_mw", v.idle_mw, c.pair_site[idle]))
    for s in range(len(c.sites)):
        pairs = np.flatnonzero((c.pair_site == s) & (water["load_mw"] > 0))
        terms = [(v.load_mw[p], float(water["load_mw"][p])) for p in pairs]
        for group, variables, site in owners:
            for i in np.flatnonzero(site == s) if variables else ():
                terms += zip(variables[i], map(float, water[group][i]), strict=True)
        if terms:
            rows.add(total(terms) <= (1.0 if limit > 0 else 0.0), f"{name}_{s}")
