"""Engines that may stand still, heat that is sold, generators for emergencies."""

from __future__ import annotations

import numpy as np

from siting.arrays import IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.power import Power
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.dispatch_metrics import by_slice
from siting.mip.model.rows import Rows, total
from siting.mip.model.variables import Variables, it_load

__all__ = ["add_backup", "add_heat_share", "add_heat_sold", "add_idle_engine", "add_import_limit"]


def add_idle_engine(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """An engine stands still for no more load than there is. Local to a site.

    idle_mw[q,t]  ≤  load_mw[p] + move_mw[p,t]        ∀ q of pair p, t
    """
    if c.operation.idle is None:
        return
    for q, p in enumerate(c.operation.idle.pair):
        for t in range(len(c.hours)):
            row = total([(v.idle_mw[q][t], 1.0), *it_load(v, int(p), t, -1.0)])
            rows.add(row <= 0.0, f"idle_{q}_{t}")


def add_heat_sold(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Heat is sold as far as the servers give it and the place takes it. Local to a site.

    (1 − 1/COP) · heat_mw[h,t]  ≤  recoverable[h] · (load_mw[p] + move_mw[p,t])    ∀ h of pair p, t
    Σ_k heat_mw[s,k,t]  ≤  heat_demand[s,t]                                        ∀ s, t
    """
    heat = c.operation.heat
    if heat is None:
        return
    for i, p in enumerate(heat.pair):
        for t in range(len(c.hours)):
            load = it_load(v, int(p), t, -float(heat.recoverable[i]))
            row = total([(v.heat_mw[i][t], 1.0 - heat.electricity), *load])
            rows.add(row <= 0.0, f"heat_source_{i}_{t}")
    site = c.pair_site[heat.pair]
    for s in np.unique(site):
        for t in range(len(c.hours)):
            row = total([(v.heat_mw[i][t], 1.0) for i in np.flatnonzero(site == s)])
            rows.add(row <= float(heat.demand_mw[s, t]), f"heat_demand_{s}_{t}")


def add_heat_share(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Where there is a buyer, part of the energy is reused. Local to a site.

    Σ_k Σ_t h_t · heat_mw[s,k,t]  ≥  min_share · Σ_k Σ_t h_t · pue · (load_mw + move_mw)
        ∀ s with a heat demand
    """
    heat = c.operation.heat
    if heat is None or heat.min_share <= 0:
        return
    energy, site = by_slice(c, c.pue, "pue"), c.pair_site[heat.pair]
    slices = range(len(c.hours))
    for s in np.flatnonzero(heat.demand_mw.any(axis=1)):
        pairs = c.pairs_of_site[s]
        terms = [(v.load_mw[p], -heat.min_share * float(energy["load_mw"][p])) for p in pairs]
        for group, variables in (("move_mw", v.move_mw), ("idle_mw", v.idle_mw)):
            of_site = pairs if group == "move_mw" else _idle_at(c, int(s))
            if variables:
                used = -heat.min_share * energy[group]
                terms += [(variables[i][t], float(used[i, t])) for i in of_site for t in slices]
        sold = [
            (v.heat_mw[i][t], float(c.hours[t])) for i in np.flatnonzero(site == s) for t in slices
        ]
        if len(pairs):
            rows.add(total(sold + terms) >= 0.0, f"heat_share_{s}")


def _idle_at(c: Coefficients, s: int) -> list[int]:
    if c.operation.idle is None:
        return []
    return [int(q) for q in np.flatnonzero(c.pair_site[c.operation.idle.pair] == s)]


def add_backup(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Generators run within their power and their hours. Local to a site.

    power[s]  =  share · Σ_k pue_peak[k] · block_mw[k] · modules[s,k]
    backup_mw[s,t]  ≤  power[s]                          ∀ s, t
    Σ_t h_t · backup_mw[s,t]  ≤  hours · power[s]        ∀ s
    """
    backup = c.operation.backup
    if backup is None:
        return
    power = backup.share * c.pue_peak * c.block_mw
    for s in range(len(c.sites)):
        pairs = c.pairs_of_site[s]
        built = [(v.modules[p], -float(power[p])) for p in pairs]
        for t in range(len(c.hours)):
            row = total([(v.backup_mw[s][t], 1.0), *built])
            rows.add(row <= 0.0, f"backup_power_{s}_{t}")
        year = [(v.backup_mw[s][t], float(h)) for t, h in enumerate(c.hours)]
        most = [(variable, backup.hours * factor) for variable, factor in built]
        rows.add(total(year + most) <= 0.0, f"backup_hours_{s}")


def add_import_limit(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Import limit: import fits the connection in every slice. Local to a site.

    grid_mw[s,t] + Σ_g supply_mw[s,g,t]
        ≤  connection_mw[s] + Σ_j output[j,t] · unit_mw[j] · units[j]        ∀ s, t

    with the steps j of the connection, of which ``output`` may be imported in the slice. Added
    where something else than the halls draws or gives power; otherwise the peak on the connection
    says the same.
    """
    power = c.operation.power
    if not c.operation.limits_import:
        return
    for s, limit in enumerate(c.connection_mw):
        offers = c.offers_of_site[s]
        own = _steps(power, s)
        for t in range(len(c.hours)):
            terms = [(v.grid_mw[s][t], 1.0)] + [(v.supply_mw[i][t], 1.0) for i in offers]
            if power is not None:
                mw = power.output[:, t] * power.unit_mw
                terms += [(v.units[j], -float(mw[j])) for j in own]
            rows.add(total(terms) <= float(limit), f"import_{s}_{t}")


def _steps(power: Power | None, s: int) -> IndexArray:
    """Steps of the connection of a site, indices of the J options."""
    own = np.zeros(0, dtype=np.intp) if power is None else power.at(s)
    return own if power is None else own[power.connects[own]]
