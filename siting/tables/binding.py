"""Limits that hold each open site where it is, by the activity of their rows in the solution.

A limit binds where less than `SLACK` of it is left, or, where whole halls count, where one more or
one less would break it. The activities stand by constraint family, in the order in which they are
told; those of components are their own. `siting.config.limits.LIMITS` names the family of each key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import CleanRule
from siting.mip import StateAnswer
from siting.mip.components import LEAST_MW, SLACK, Load, active
from siting.tables.parts import clean_and_used, open_pairs, site_energy, site_means

__all__ = ["ACTIVITIES", "binding_limits"]

#: How far an annual mean may lie above a ceiling, as in the program. [-], [L/kWh]
TOLERANCE = 1e-9

Binding = Iterator[tuple[str, BoolArray]]


def binding_limits(c: Coefficients, x: StateAnswer) -> dict[str, list[str]]:
    """Limits that hold an open site where it is, by site: keys of the study, or facts of the place.

    Facts are ``connection``, ``max_modules`` and ``lake_heat``; a law follows ``policy.laws``.
    """
    found: dict[str, BoolArray] = {}
    for _, activity in ACTIVITIES:
        for key, sites in activity(c, x):
            found[key] = found[key] | sites if key in found else sites
    opened = np.unique(c.pair_site[open_pairs(x)])
    return {c.sites[s]: [key for key, sites in found.items() if sites[s]] for s in opened}


def _reached(used: FloatArray | float, most: FloatArray | float) -> BoolArray:
    """Return whether less than a small share of a limit is left."""
    reached: BoolArray = np.asarray(used >= np.asarray(most) * (1 - SLACK))
    return reached


def _at(c: Coefficients, pairs: BoolArray) -> BoolArray:
    """Sites, shape (S,), of some pairs, shape (P,)."""
    found = np.zeros(len(c.sites), dtype=bool)
    found[c.pair_site[pairs]] = True
    return found


def _by_site(c: Coefficients, values: FloatArray) -> FloatArray:
    return np.bincount(c.pair_site, values, len(c.sites))


def _least(c: Coefficients, x: StateAnswer, values: FloatArray) -> FloatArray:
    """Least value of the open pairs of each site, shape (S,); infinite elsewhere."""
    least, pairs = np.full(len(c.sites), np.inf), open_pairs(x)
    np.minimum.at(least, c.pair_site[pairs], values[pairs])
    return least


def _built_mw(c: Coefficients, x: StateAnswer) -> FloatArray:
    return _by_site(c, x.decisions.modules * c.block_mw * (x.decisions.is_open > 0.5))


def _design_sizes(c: Coefficients, x: StateAnswer) -> Binding:
    for p in open_pairs(x) if c.limits.design_mw else ():
        block, mw = c.block_mw[p], x.decisions.modules[p] * c.block_mw[p]
        low, high = c.limits.design_mw[c.pair_design[p]]
        key, here = f"limits.designs.{c.designs[c.pair_design[p]]}", np.zeros(len(c.sites), bool)
        here[c.pair_site[p]] = True
        yield f"{key}.max_mw_per_site", here & (high is not None and bool(mw + block > high))
        yield (
            f"{key}.min_mw_per_site",
            here & (low is not None and bool(mw > 0 and mw - block < low)),
        )


def _connections(c: Coefficients, x: StateAnswer) -> Binding:
    """Peak of one more hall, on what is built and on steps that are not yet taken."""
    peak, room = c.pue_peak * c.block_mw, c.connection_mw.astype(float)
    if c.operation.power is not None:
        power = c.operation.power
        units = np.where(power.connects, power.most, x.decisions.units)
        room = room + power.firm_mw(units, len(c.sites))
    drawn = _by_site(c, x.decisions.modules * peak * (x.decisions.is_open > 0.5))
    yield "connection", drawn + _least(c, x, peak) > room


def _modules(c: Coefficients, x: StateAnswer) -> Binding:
    free = (x.decisions.is_open > 0.5) & (x.decisions.modules < c.max_modules)
    yield "max_modules", ~_at(c, free)


def _shares(c: Coefficients, x: StateAnswer) -> Binding:
    if c.limits.max_share_per_site is not None:
        most = c.limits.max_share_per_site * c.total_demand_mw
        yield "limits.max_share_per_site", _reached(_by_site(c, x.decisions.load_mw), most)


def _ramps(c: Coefficients, x: StateAnswer) -> Binding:
    ramps, most = c.structure.ramps, c.limits.max_ramp_mw_per_hour
    if most is None:
        return
    change = np.zeros(len(c.sites))
    if ramps is not None:
        group = ramps.group[x.flow_workload, x.flow_demand]
        for s in np.unique(x.flow_site):
            own = (x.flow_site == s) & (group >= 0)
            mw = np.bincount(group[own], x.flow_mw[own], len(ramps.change))
            change[s] = np.abs(mw @ ramps.change).max()
    yield "limits.max_ramp_mw_per_hour", _reached(change, most)


def _sizes(c: Coefficients, x: StateAnswer) -> Binding:
    mw, block = _built_mw(c, x), _least(c, x, c.block_mw)
    if c.limits.max_mw_per_site is not None:
        yield "limits.max_mw_per_site", mw + block > c.limits.max_mw_per_site
    if c.limits.min_mw_per_site is not None:
        yield "limits.min_mw_per_site", mw - block < c.limits.min_mw_per_site


def _site_water(c: Coefficients, x: StateAnswer) -> Binding:
    for key, litres, most in (
        ("limits.site_water_m3", "wue_l_per_kwh", c.limits.site_water_m3),
        ("limits.site_withdrawal_m3", "withdrawal_l_per_kwh", c.limits.site_withdrawal_m3),
    ):
        if most is not None:
            yield key, _reached(site_energy(c, x, litres), most)


def _components(c: Coefficients, x: StateAnswer) -> Binding:
    load = Load(x.decisions.modules, site_energy(c, x, "pue"))
    for component in active(c):
        yield from component.binding(c, x.decisions, load).items()


def _clean(c: Coefficients, x: StateAnswer) -> Binding:
    for i, rule in enumerate(c.operation.clean):
        used, dirty = clean_and_used(c, x, rule)
        if rule.local:
            dirty, used = (_by_period(power, rule, c.hours) for power in (dirty, used))
            tight = (_reached(dirty, (1.0 - rule.share) * used) & (used > LEAST_MW)).any(axis=1)
        else:
            allowed = (1.0 - rule.share) * float((used @ c.hours)[rule.sites].sum())
            tight = _reached(float((dirty @ c.hours)[rule.sites].sum()), allowed)
        yield f"supply.clean[{i}].share", rule.sites & tight


def _by_period(power: FloatArray, rule: CleanRule, hours: FloatArray) -> FloatArray:
    """Mean power of each period of a rule, shape (S, periods). [MW]."""
    if rule.period is None:
        return power
    member = (rule.period[:, None] == np.unique(rule.period)).astype(float) * hours[:, None]
    return np.asarray(power @ member / member.sum(axis=0))


def _counts(c: Coefficients, x: StateAnswer) -> Binding:
    built = _at(c, x.decisions.is_open > 0.5)
    yield "limits.max_sites", built & (c.limits.max_sites == built.sum())
    yield "limits.min_sites", built & (c.limits.min_sites == built.sum())


def _forced(c: Coefficients, x: StateAnswer) -> Binding:
    yield "limits.open", _at(c, x.decisions.is_open > 0.5) & np.isin(c.sites, c.limits.open_sites)


def _budgets(c: Coefficients, x: StateAnswer) -> Binding:
    """A budget binds every site."""
    for metric, budget in c.limits.budgets:
        used = _reached(float(x.metrics[metric].sum()), budget)
        yield f"limits.{metric}", np.full(len(c.sites), bool(used))


def _basins(c: Coefficients, x: StateAnswer) -> Binding:
    basins = c.structure.basins
    for name, litres, most in () if basins is None else (
        ("limits.basin_water_m3", c.wue_l_per_kwh, basins.water_m3),
        ("limits.basin_withdrawal_m3", c.withdrawal_l_per_kwh, basins.withdrawal_m3),
    ):  # fmt: skip
        if basins is not None and most is not None:
            used = (litres @ c.hours) * x.decisions.load_mw
            total = np.bincount(basins.site_basin[c.pair_site], used, len(basins.names))
            yield name, _reached(total, most)[basins.site_basin]


def _lakes(c: Coefficients, x: StateAnswer) -> Binding:
    """A lake binds where one more hall of any of the designs would warm it too much."""
    heat = c.structure.heat
    if heat is None:
        return
    each, body = heat.rejected * c.block_mw, heat.site_body[c.pair_site]
    inside = (body >= 0) & (each > 0)
    used = np.bincount(body[inside], (each * x.decisions.modules)[inside], len(heat.names))
    built = inside & (x.decisions.modules > 0)
    built[built] = used[body[built]] + each[built] > heat.limit_mw[body[built]]
    full, limited = _at(c, built), heat.site_body >= 0
    fellows = np.bincount(heat.site_body[limited], minlength=len(heat.names))
    shared = limited.copy()
    shared[limited] = fellows[heat.site_body[limited]] > 1
    yield "lake_heat", full & ~shared
    yield "limits.shared_lake_heat", full & shared


def _caps(c: Coefficients, x: StateAnswer) -> Binding:
    """A cap binds all its sites."""
    it_mwh = _by_site(c, x.decisions.load_mw) * c.hours.sum()
    for cap in c.structure.caps:
        most = cap.at_most * (float(it_mwh[cap.sites].sum()) if cap.per_it_mwh else 1.0)
        name = f"{cap.name}.at_most" if cap.name.startswith("caps[") else _law(cap.name)
        yield name, cap.sites & _reached(float(x.metrics[cap.metric][cap.sites].sum()), most)


def _law(law: str) -> str:
    return f"policy.laws {law}"


def _laws(c: Coefficients, x: StateAnswer) -> Binding:
    for law in c.structure.ceilings:
        yield _law(law.law), law.sites & _ceiling(c, x, law.metric, law.most)


def _ceilings(c: Coefficients, x: StateAnswer) -> Binding:
    for metric, key in (("pue", "pue_max"), ("wue_l_per_kwh", "wue_max_l_per_kwh")):
        most = getattr(c.limits, key)
        if most is not None:
            yield f"limits.{key}", _ceiling(c, x, metric, most)


def _ceiling(c: Coefficients, x: StateAnswer, metric: str, most: float) -> BoolArray:
    """Sites where a ceiling bars a design, or, where load moves, holds the mean."""
    annual = {"pue": c.pue_annual, "wue_l_per_kwh": c.wue_annual_l_per_kwh}[metric]
    if not c.operation.varies:
        return _at(c, annual > most + TOLERANCE)
    held = x.decisions.is_open > 0.5
    means = dict(zip(("pue", "wue_l_per_kwh"), site_means(c, x, open_pairs(x)), strict=True))
    held[held] = _reached(means[metric], most)
    return _at(c, held)


def _contracts(c: Coefficients, x: StateAnswer) -> Binding:
    """Sites that contract a plant of which nothing is left for others."""
    shared, contract_mw = c.structure.contracts, x.decisions.contract_mw
    if shared is None:
        return
    own = np.flatnonzero(shared.offer_plant >= 0)
    used = np.bincount(shared.offer_plant[own], contract_mw[own], len(shared.names))
    full = _reached(used, shared.limit_mw)[shared.offer_plant[own]] & (contract_mw[own] > SLACK)
    found = np.zeros(len(c.sites), dtype=bool)
    found[c.offer_site[own[full]]] = True
    yield "supply.ppas", found


def _outages(c: Coefficients, x: StateAnswer) -> Binding:
    """Sites of which one hall less would not carry some critical demand after an outage."""
    failover, full = c.structure.failover, np.zeros(len(c.sites), dtype=bool)
    if failover is None:
        return
    wanted = failover.eligible.any(axis=2) & (c.demand_mw > 0)
    need = float((c.needed_per_load[:, None] * c.demand_mw)[wanted].sum())
    built = _by_site(c, x.decisions.modules * c.block_mw)
    block = np.full(len(c.sites), np.inf)
    np.minimum.at(block, c.pair_site, c.block_mw)
    for _, lost in failover.losses:
        left = np.ones(len(c.sites), dtype=bool)
        left[list(lost)] = False
        full |= left & (built > 0) & (built[left].sum() - block < need)
    yield "failover.loss", full


#: Activities by constraint family, which `siting.config.limits.LIMITS` has for each key.
ACTIVITIES: tuple[tuple[str, Callable[[Coefficients, StateAnswer], Binding]], ...] = (
    ("add_site_size", _design_sizes),
    ("add_connection_peak", _connections),
    ("add_module_links", _modules),
    ("add_site_share", _shares),
    ("add_site_ramp", _ramps),
    ("add_site_size", _sizes),
    ("add_site_water", _site_water),
    ("components", _components),
    ("add_clean_supply", _clean),
    ("add_site_count", _counts),
    ("add_forced_sites", _forced),
    ("add_budgets", _budgets),
    ("add_basin_water", _basins),
    ("add_lake_heat", _lakes),
    ("add_caps", _caps),
    ("add_policy_ceilings", _laws),
    ("add_efficiency_ceilings", _ceilings),
    ("add_shared_contracts", _contracts),
    ("add_failover", _outages),
)
