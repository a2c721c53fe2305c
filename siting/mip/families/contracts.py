"""What a contract can deliver."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_contract_output", "add_contract_volume"]


def add_contract_output(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A contract delivers no more than it generates; the bound of the variable is its limit.

    supply_mw[o,t]  ≤  capacity_factor[o,t] · contract_mw[o]        ∀ o, t
    """
    for o in range(len(c.offer_source)):
        for t in range(len(c.hours)):
            output = (v.contract_mw[o], -float(c.capacity_factor[o, t]))
            row = total([(v.supply_mw[o][t], 1.0), output]) <= 0.0
            rows.add(row, f"contract_{o}_{t}")


def add_contract_volume(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A site contracts no more energy in a year than a share of its IT energy.

    Σ_g Σ_t h_t · capacity_factor[s,g,t] · contract_mw[s,g]
        ≤  max_share · Σ_t h_t · Σ_k (load_mw[s,k] + move_mw[s,k,t])        ∀ s
    """
    output = c.capacity_factor @ c.hours / c.hours.sum()
    for s in np.unique(c.offer_site):
        terms = [(v.contract_mw[o], float(output[o])) for o in c.offers_of_site[s]]
        pairs = c.pairs_of_site[s]
        terms += [(v.load_mw[p], -c.max_contract_share) for p in pairs]
        if v.move_mw:
            weight = -c.max_contract_share * c.hours / c.hours.sum()
            terms += [(v.move_mw[p][t], float(h)) for p in pairs for t, h in enumerate(weight)]
        rows.add(total(terms) <= 0.0, f"contract_volume_{s}")
