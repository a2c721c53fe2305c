"""Sites that the planner forces in or out."""

from __future__ import annotations

from pulp import lpSum_vars

from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_forced_sites"]


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
