"""On-site water of a site and of a basin, and the heat that sites put into a lake."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.coefficients import Coefficients
from siting.coefficients.model import members
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.dispatch_metrics import by_slice, shared_metric_names
from siting.mip.model.rows import Rows, total
from siting.mip.model.variables import Variables

__all__ = [
    "add_basin_water",
    "add_lake_heat",
    "add_site_water",
]


def add_site_water(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """On-site consumption and withdrawal of a year stay under the site's limits.

    Σ_k Σ_t  h_t · wue[s,k,t] · load_mw[s,k]  ≤  site_water_m3        ∀ s

    with the load and the water of each slice where load moves or engines stand still, and that of
    own generators, Σ_g Σ_t h_t · w[g] · generate_mw[g,t].
    """
    each = np.arange(len(c.sites))
    _add(rows, v, c, "site_water", each, c.limits.site_water_m3)
    _add(rows, v, c, "site_withdrawal", each, c.limits.site_withdrawal_m3)


def add_basin_water(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """On-site consumption and withdrawal of all sites of a basin stay under its limits.

    Σ_{s ∈ b} Σ_k Σ_t  h_t · wue[s,k,t] · load_mw[s,k]  ≤  basin_water_m3        ∀ b

    Couples the sites of a basin through one row each for consumption and withdrawal.
    """
    basins = c.structure.basins
    if basins is not None:
        _add(rows, v, c, "basin_water", basins.site_basin, basins.water_m3)
        _add(rows, v, c, "basin_withdrawal", basins.site_basin, basins.withdrawal_m3)


def _add(
    rows: Rows,
    v: Variables,
    c: Coefficients,
    name: str,
    place: NDArray[np.intp],
    limit: float | None,
) -> None:
    """One row for each place; ``place`` is that of each site."""
    if limit is None:
        return
    litres = "wue_l_per_kwh" if name.endswith("_water") else "withdrawal_l_per_kwh"
    scale = 1.0 / limit if limit > 0 else 1.0
    water = by_slice(c, getattr(c, litres), litres, np.full(len(c.pair_site), scale))
    idle = np.zeros(0, dtype=np.intp) if c.operation.idle is None else c.operation.idle.pair
    pair, names = place[c.pair_site], shared_metric_names(c)
    owners = [("move_mw", v.move_mw, pair), ("idle_mw", v.idle_mw, pair[idle])]
    power = c.operation.power
    if power is not None:
        drawn = power.water_l_per_kwh if name.endswith("_water") else power.withdrawal_l_per_kwh
        water["generate_mw"] = np.outer(scale * drawn[power.generators], c.hours)
        owners.append(("generate_mw", v.generate_mw, place[power.site[power.generators]]))
    places = int(place.max()) + 1
    pairs_of = members(pair, places)
    rest = [(group, x, members(owner, places)) for group, x, owner in owners if x]
    for s in range(places):
        wet = pairs_of[s][water["load_mw"][pairs_of[s]] > 0]
        terms = [(v.load_mw[p], float(water["load_mw"][p])) for p in wet]
        for group, variables, of_place in rest:
            for i in of_place[s]:
                terms += zip(variables[i], map(float, water[group][i]), strict=True)
        if name in names and v.use:
            unit = scale * c.total_demand_mw * float(c.hours.sum())
            terms += [(v.use[names.index(name)][i], unit) for i in np.flatnonzero(place == s)]
        if terms:
            rows.add(total(terms) <= (1.0 if limit > 0 else 0.0), f"{name}_{s}")


def add_lake_heat(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Heat limit of a water body: capacity installed there rejects no more heat than it can take.

    Σ_{s ∈ b} Σ_k  rejected[s,k] · block_mw[k] · modules[s,k]  ≤  heat_limit_mw[b]        ∀ b

    ``rejected`` is the largest heat over all steps. The limit of one design at one site lies in
    ``max_modules`` already; the rows matter where several share the body, and couple its sites.
    """
    heat = c.structure.heat
    if heat is None:
        return
    body = heat.site_body[c.pair_site]
    rejected = heat.rejected * c.block_mw
    for b, limit in enumerate(heat.limit_mw):
        pairs = np.flatnonzero((body == b) & (rejected > 0))
        if len(pairs):
            row = total([(v.modules[p], float(rejected[p])) for p in pairs]) <= float(limit)
            rows.add(row, f"lake_heat_{b}")
