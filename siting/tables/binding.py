"""Binding limits that sites share: basins, lakes, caps, laws, outages."""

from __future__ import annotations

import numpy as np

from siting.arrays import BoolArray
from siting.coefficients import Coefficients
from siting.mip import StateAnswer
from siting.tables.operation import site_means

__all__ = ["binding_shared"]


#: How far an annual mean may lie above a ceiling, as in the program. [-], [L/kWh]
TOLERANCE = 1e-9
#: A limit binds where less than this share of it is left.
SLACK = 1e-6


def binding_shared(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    """Sites that each shared limit binds, shape (S,), by the key of the study.

    A cap binds all its sites. A lake and the losses bind where one more hall, or one less, of any
    of the designs would break them.
    """
    found = {**_numbers(c, x), **_basins(c, x), **_lakes(c, x), **_caps(c, x), **_laws(c, x)}
    found |= _contracts(c, x)
    found["failover.loss"] = _losses(c, x)
    return found


def _numbers(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    """Number of sites, sites forced open, and budgets; a budget binds every site."""
    limits, built = c.limits, np.zeros(len(c.sites), dtype=bool)
    built[c.pair_site[x.decisions.is_open > 0.5]] = True
    found = {
        "limits.max_sites": built & (limits.max_sites == built.sum()),
        "limits.min_sites": built & (limits.min_sites == built.sum()),
        "limits.open": built & np.isin(c.sites, limits.open_sites),
    }
    for metric, budget in limits.budgets:
        used = float(x.metrics[metric].sum())
        found[f"limits.{metric}"] = built & (used >= budget * (1 - SLACK))
    return found


def _basins(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    basins, load = c.structure.basins, x.decisions.load_mw
    if basins is None:
        return {}
    found = {}
    for name, litres, most in (
        ("limits.basin_water_m3", c.wue_l_per_kwh, basins.water_m3),
        ("limits.basin_withdrawal_m3", c.withdrawal_l_per_kwh, basins.withdrawal_m3),
    ):
        if most is not None:
            used = (litres @ c.hours) * load
            total = np.bincount(basins.site_basin[c.pair_site], used, len(basins.names))
            found[name] = (total >= most * (1 - SLACK))[basins.site_basin]
    return found


def _contracts(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    """Sites that contract a plant of which nothing is left for others."""
    shared, found = c.structure.contracts, np.zeros(len(c.sites), dtype=bool)
    if shared is None:
        return {}
    own = np.flatnonzero(shared.offer_plant >= 0)
    used = np.bincount(shared.offer_plant[own], x.decisions.contract_mw[own], len(shared.names))
    full = (used >= shared.limit_mw * (1 - SLACK))[shared.offer_plant[own]]
    found[c.offer_site[own[full & (x.decisions.contract_mw[own] > SLACK)]]] = True
    return {"supply.ppas": found}


def _lakes(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    heat = c.structure.heat
    if heat is None:
        return {}
    each = heat.rejected * c.block_mw
    body = heat.site_body[c.pair_site]
    inside = (body >= 0) & (each > 0)
    used = np.bincount(body[inside], (each * x.decisions.modules)[inside], len(heat.names))
    full = np.zeros(len(c.sites), dtype=bool)
    built = inside & (x.decisions.modules > 0)
    tight = used[body[built]] + each[built] > heat.limit_mw[body[built]]
    full[c.pair_site[built][tight]] = True
    limited = heat.site_body >= 0
    fellows = np.bincount(heat.site_body[limited], minlength=len(heat.names))
    shared = limited.copy()
    shared[limited] = fellows[heat.site_body[limited]] > 1
    return {"lake_heat": full & ~shared, "limits.shared_lake_heat": full & shared}


def _caps(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    it_mwh = np.bincount(c.pair_site, x.decisions.load_mw, len(c.sites)) * c.hours.sum()
    found = {}
    for cap in c.structure.caps:
        used = float(x.metrics[cap.metric][cap.sites].sum())
        most = cap.at_most * (float(it_mwh[cap.sites].sum()) if cap.per_it_mwh else 1.0)
        name = f"{cap.name}.at_most" if cap.name.startswith("caps[") else _law(cap.name)
        found[name] = cap.sites & (used >= most * (1 - SLACK))
    return found


def _laws(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    """Sites where a ceiling bars a design, or, where load moves, holds the mean."""
    built = np.flatnonzero(x.decisions.is_open > 0.5)
    means = dict(zip(("pue", "wue_l_per_kwh"), site_means(c, x, built), strict=True))
    annual = {"pue": c.pue_annual, "wue_l_per_kwh": c.wue_annual_l_per_kwh}
    every, limits = np.ones(len(c.sites), dtype=bool), c.limits
    ceilings = [(_law(law.law), law.metric, law.most, law.sites) for law in c.structure.ceilings]
    for name, metric, own in (
        ("limits.pue_max", "pue", limits.pue_max),
        ("limits.wue_max_l_per_kwh", "wue_l_per_kwh", limits.wue_max_l_per_kwh),
    ):
        if own is not None:
            ceilings.append((name, metric, own, every))
    found: dict[str, BoolArray] = {}
    for name, metric, most, where in ceilings:
        sites = np.zeros(len(c.sites), dtype=bool)
        if c.operation.varies:
            sites[c.pair_site[built[means[metric] >= most * (1 - SLACK)]]] = True
        else:
            sites[c.pair_site[annual[metric] > most + TOLERANCE]] = True
        found[name] = found.get(name, ~every) | (sites & where)
    return found


def _law(law: str) -> str:
    return f"policy.laws {law}"


def _losses(c: Coefficients, x: StateAnswer) -> BoolArray:
    """Sites whose full capacity some critical demand takes after the loss of others."""
    failover, full = c.structure.failover, np.zeros(len(c.sites), dtype=bool)
    if failover is None:
        return full
    wanted = failover.eligible.any(axis=2) & (c.demand_mw > 0)
    need = float((c.needed_per_load[:, None] * c.demand_mw)[wanted].sum())
    built = np.bincount(c.pair_site, x.decisions.modules * c.block_mw, len(c.sites))
    block = np.full(len(c.sites), np.inf)
    np.minimum.at(block, c.pair_site, c.block_mw)
    for _, lost in failover.losses:
        left = np.ones(len(c.sites), dtype=bool)
        left[list(lost)] = False
        full |= left & (built > 0) & (built[left].sum() - block < need)
    return full
