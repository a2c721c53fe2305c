"""Demand is met, and what a site serves is what its designs carry."""

from __future__ import annotations

from pulp import lpSum_vars

from siting.coefficients import Coefficients
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_demand_met", "add_load_balance"]


def add_demand_met(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Each class of demand is served in full.

    Σ_s  serve_mw[n,s]  =  demand_mw[n]        ∀ n
    """
    for n, mw in enumerate(demand.mw):
        flows = [v.serve_mw[f] for f in demand.flows_of_class[n]]
        rows.add(lpSum_vars(flows) == float(mw), f"demand_met_{n}")


def add_load_balance(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The load of the designs of a place is the load of its flows.

    Σ_{s ∈ g} Σ_k  load_mw[s,k]  =  Σ_n  serve_mw[n,g]        ∀ places g

    A place is one site, unless many flows made it pay to merge sites that may serve the same.
    """
    for s, sites in enumerate(demand.sites_of_place):
        pairs = [p for site in sites for p in c.pairs_of_site[site]]
        flows = demand.flows_of_site[s]
        terms = [(v.load_mw[p], 1.0) for p in pairs] + [(v.serve_mw[f], -1.0) for f in flows]
        if terms:
            rows.add(total(terms) == 0.0, f"load_balance_{s}")
