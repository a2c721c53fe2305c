"""Steps of connections and own generators, in whole units."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows, total
from siting.mip.model.variables import Variables

__all__ = [
    "add_first_power",
    "add_generation",
    "add_storage_reserve",
    "add_unit_any",
    "add_unit_sites",
]


def add_first_power(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Power that must stand by a year, or is late at a price. Couples the sites of each entry.

    Σ_{s ∈ i} Σ_k block_mw[k] · modules[s,k] + late_mw[i]  ≥  mw[i]        ∀ entries i due by then

    with ``late_mw`` for entries that have a price alone.
    """
    late = iter(v.late_mw)
    for i, asked in enumerate(c.structure.first_power):
        pairs = np.flatnonzero(asked.sites[c.pair_site])
        terms = [(v.modules[p], float(c.block_mw[p])) for p in pairs]
        if asked.price_usd_per_mw is not None:
            terms.append((next(late), 1.0))
        rows.add(total(terms) >= asked.mw, f"first_power_{i}")


def add_unit_sites(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Units stand only at a site that is open. Local to a site.

    units[j]  ≤  most[j] · Σ_k is_open[s,k]        ∀ j at s
    """
    power = c.operation.power
    if power is None:
        return
    for j, (s, most) in enumerate(zip(power.site, power.most, strict=True)):
        opening = [v.site_open[s]] if v.site_open else [v.is_open[p] for p in c.pairs_of_site[s]]
        terms = [(v.units[j], 1.0)] + [(x, -float(most)) for x in opening if most > 0]
        rows.add(total(terms) <= 0.0, f"unit_site_{j}")


def add_unit_any(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A generator of which one unit may be out is there once it has any unit.

    units[j]  ≤  most[j] · unit_any[j]        ∀ firm generators j
    """
    power = c.operation.power
    if power is None:
        return
    for i, j in enumerate(power.spared):
        row = total([(v.units[j], 1.0), (v.unit_any[i], -float(power.most[j]))])
        rows.add(row <= 0.0, f"unit_any_{i}")


def add_generation(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A generator gives no more than its units can, and no less than they must. Local to a site.

    least[j] · output[j,t] · unit_mw[j] · units[j]
        ≤  generate_mw[j,t]  ≤  output[j,t] · unit_mw[j] · units[j]        ∀ generators j, t

    Where the heat rate depends on the load, the same holds of each segment g of j with its share of
    the output on the right; what cannot be turned off is the first segment.
    """
    power = c.operation.power
    if power is None:
        return
    for g, (j, segment) in enumerate(zip(power.generators, power.segments, strict=True)):
        mw = power.output[j] * power.unit_mw[j]
        for t in range(len(c.hours)):
            made, units = (v.generate_mw[g][t], 1.0), v.units[j]
            most = float(segment.share * mw[t])
            rows.add(total([made, (units, -most)]) <= 0.0, f"generate_max_{g}_{t}")
            least = float(power.floors[g] * mw[t])
            if least > 0:
                rows.add(total([made, (units, -least)]) >= 0.0, f"generate_min_{g}_{t}")


def add_storage_reserve(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Stores of a site without a connection hold some hours of its peak.

    Σ_u duration_h[u] · storage_mw[u]
        ≥  reserve_h[s] · Σ_k pue_peak[k] · block_mw[k] · modules[s,k]        ∀ s
    """
    power, storage = c.operation.power, c.operation.storage
    if power is None or not power.reserve_h.any():
        return
    for s in np.flatnonzero(power.reserve_h > 0):
        peak = power.reserve_h[s] * c.pue_peak * c.block_mw
        terms = [(v.modules[p], -float(peak[p])) for p in c.pairs_of_site[s]]
        if storage is not None:
            stores = np.flatnonzero(storage.site == s)
            terms += [(v.storage_mw[u], float(storage.duration_h[u])) for u in stores]
        if terms:
            rows.add(total(terms) >= 0.0, f"storage_reserve_{s}")
