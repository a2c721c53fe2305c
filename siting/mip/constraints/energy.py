"""Energy balance of each slice, and the peak against the connection."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses
from siting.mip.linear import total
from siting.mip.rows import Rows
from siting.mip.variables import Variables

__all__ = ["add_connection_peak", "add_energy_balance"]


def add_energy_balance(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Grid and contracts carry the facility, with the slice's own PUE.

    grid_mw[s,t] + Σ_g supply_mw[s,g,t]
        =  Σ_k (pue[s,k,t] − generated[s,k,t]) · load_mw[s,k]        ∀ s, t
    """
    drawn = c.pue - c.generated_kwh_per_kwh
    for s in range(len(c.sites)):
        pairs = np.flatnonzero(c.pair_site == s)
        offers = np.flatnonzero(c.offer_site == s)
        for t in range(len(c.hours)):
            terms = [(v.grid_mw[s][t], 1.0)]
            terms += [(v.supply_mw[o][t], 1.0) for o in offers]
            terms += [(v.load_mw[p], -float(drawn[p, t])) for p in pairs]
            rows.add(total(terms) == 0.0, f"energy_{s}_{t}")


def add_connection_peak(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The installed capacity at its worst hour fits the connection.

    Σ_k  pue_peak[s,k] · block_mw[k] · modules[s,k]  ≤  connection_mw[s]        ∀ s
    """
    peak = c.pue_peak * c.block_mw
    for s, limit in enumerate(c.connection_mw):
        terms = [(v.modules[p], float(peak[p])) for p in np.flatnonzero(c.pair_site == s)]
        if terms:
            rows.add(total(terms) <= float(limit), f"connection_{s}")
