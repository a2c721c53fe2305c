"""Size of a site, number of sites, share of one site."""

from __future__ import annotations

from pulp import lpSum_vars

from siting.coefficients import Coefficients
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_site_count", "add_site_share", "add_site_size"]


def add_site_size(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """An open site is neither too small nor too large.

    min_mw · is_open[p]  ≤  block_mw[p] · modules[p]        ∀ p
    Σ_k block_mw[k] · modules[s,k]  ≤  max_mw               ∀ s

    Where several designs may stand at a site, the lower row is
    min_mw · site_open[s]  ≤  Σ_k block_mw[k] · modules[s,k].
    """
    low, high = c.limits.min_mw_per_site, c.limits.max_mw_per_site
    for p, block in enumerate(c.block_mw):
        if low is not None and low > 0 and not v.site_open:
            row = total([(v.is_open[p], float(low)), (v.modules[p], -float(block))])
            rows.add(row <= 0.0, f"size_min_{p}")
    for s in range(len(c.sites)):
        terms = [(v.modules[p], float(c.block_mw[p])) for p in c.pairs_of_site[s]]
        if high is not None and terms:
            rows.add(total(terms) <= float(high), f"size_max_{s}")
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
