"""Floors of metrics: what any load has at the best site of all, in closed form."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import merge_demand
from siting.mip.model.metrics import MetricTerms, metric_terms

__all__ = ["metric_floor"]


def metric_floor(c: Coefficients, metric: str) -> float:
    """Value of a metric that no placement is below, whatever any limit says; in its unit a year.

    Each load has the servers of its best link and, where grid and contracts alone supply the sites
    and loads do not vary, the hall, the water and the energy of its best pair of site and design,
    each slice on its best source. Room, reach and whole halls count for nothing. What moves within
    a year, or stands still, is never below nothing; where anything else may be, nothing is known.
    """
    demand, o = merge_demand(c), c.operation
    terms = metric_terms(c, demand)[metric]
    served = np.full(len(demand.mw), np.inf)
    np.minimum.at(served, demand.flow_class, terms.serve_mw)
    floor = float(demand.mw @ served)
    if not np.isfinite(floor):  # a load that nothing reaches has no link to be counted
        return 0.0
    if o.flexible is not None or o.idle is not None or o.limits_import or o.power is not None:
        groups = terms.groups()
        counted = (values for name, values in groups.items() if name not in ("move_mw", "idle_mw"))
        return floor if all((values >= 0.0).all() for values in counted) else 0.0
    return floor + float(_pair_floor(c, terms).min()) * float(demand.mw.sum())


def _pair_floor(c: Coefficients, terms: MetricTerms) -> FloatArray:
    """Value for each MW of load at each pair, shape (P,). Halls of other years are left out."""
    source = terms.grid_mw / c.hours
    generated = np.maximum(c.capacity_factor @ c.hours, 1e-12)
    offered = terms.supply_mw / c.hours + (terms.contract_mw / generated)[:, None]
    np.minimum.at(source, c.offer_site, offered)
    bought = np.maximum(c.pue - c.generated_kwh_per_kwh, 0.0) * c.hours
    halls = (
        np.zeros(len(c.pair_site)) if c.vintages else np.maximum(terms.modules, 0.0) / c.block_mw
    )
    return np.asarray(terms.load_mw + halls + (bought * source[c.pair_site]).sum(axis=1))
