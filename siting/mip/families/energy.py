"""Energy balance of each slice, and the peak against the connection."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables
from siting.mip.slice_terms import Terms, facility_power

__all__ = ["add_connection_peak", "add_energy_balance"]


def add_energy_balance(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Grid and contracts carry the facility, with the slice's own PUE.

    grid_mw[s,t] + Σ_g supply_mw[s,g,t]
        =  Σ_k (pue[s,k,t] − generated[s,k,t]) · load_mw[s,k]        ∀ s, t

    Where the families of operation are on, stores and generators give power on the left, and on
    the right stand stores that charge, heat pumps, moved load, and the PUE of idle engines:

    … + Σ_u discharge_mw[u,t] + backup_mw[s,t]
        =  Σ_k (pue − generated)[k,t] · (load_mw[k] + move_mw[k,t])
           + Σ_q (pue_idle − pue + generated)[q,t] · idle_mw[q,t]
           + Σ_u charge_mw[u,t] + Σ_h heat_mw[h,t] / COP
    """
    drawn = c.generated_kwh_per_kwh - c.pue
    for s in range(len(c.sites)):
        offers = c.offers_of_site[s]
        for t in range(len(c.hours)):
            terms = [(v.grid_mw[s][t], 1.0)]
            terms += [(v.supply_mw[o][t], 1.0) for o in offers]
            terms += facility_power(v, c, s, t, running=drawn, idle_scale=-1.0)
            rows.add(total(terms + _operated(v, c, s, t)) == 0.0, f"energy_{s}_{t}")


def _operated(v: Variables, c: Coefficients, s: int, t: int) -> Terms:
    """Power that stores, generators and heat pumps give to a site, less what they take."""
    o, terms = c.operation, []
    if o.storage is not None:
        for u in np.flatnonzero(o.storage.site == s):
            terms += [(v.discharge_mw[u][t], 1.0), (v.charge_mw[u][t], -1.0)]
    if o.heat is not None:
        for i in np.flatnonzero(c.pair_site[o.heat.pair] == s):
            terms.append((v.heat_mw[i][t], -o.heat.electricity))
    if o.backup is not None:
        terms.append((v.backup_mw[s][t], 1.0))
    return terms


def add_connection_peak(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The installed capacity at its worst hour fits the connection.

    Σ_k  pue_peak[s,k] · block_mw[k] · modules[s,k]  ≤  connection_mw[s]        ∀ s

    Where generators for emergencies may cover peaks, only 1 − share of it must fit.
    """
    backup = c.operation.backup
    rest = 1.0 - backup.share if backup is not None and backup.covers_peaks else 1.0
    peak = c.pue_peak * c.block_mw * rest
    for s, limit in enumerate(c.connection_mw):
        terms = [(v.modules[p], float(peak[p])) for p in c.pairs_of_site[s]]
        if terms:
            rows.add(total(terms) <= float(limit), f"connection_{s}")
