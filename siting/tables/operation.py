"""Dispatch of a placement besides grid and contracts: its series, columns and binding limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import CleanRule
from siting.coefficients.power import Power
from siting.mip import StateAnswer
from siting.mip.components import active, groups
from siting.mip.components.base import Load
from siting.mip.model.build import ModelState
from siting.mip.model.demand_classes import flexible_flows

__all__ = [
    "moved_mean_mw",
    "operated_columns",
    "operated_limits",
    "operated_supply",
    "operation_table",
    "site_energy",
    "site_means",
]


#: Power below which a series is not reported. [MW]
LEAST_MW = 1e-9
#: A limit binds where less than this share of it is left.
SLACK = 1e-6
COLUMNS = ("site", "quantity", "item", "slice", "hours", "value")


def operation_table(state: ModelState, x: StateAnswer) -> pd.DataFrame:
    """Series of the dispatch options, as `Placement.operation` says."""
    hours = state.coefficients.hours
    frames = [
        pd.DataFrame(
            {
                "site": state.coefficients.sites[site],
                "quantity": quantity,
                "item": item,
                "slice": np.arange(len(hours)),
                "hours": hours,
                "value": values,
            }
        )
        for site, quantity, item, values in _series(state, x)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _series(state: ModelState, x: StateAnswer) -> Iterator[tuple[int, str, str, FloatArray]]:
    c, d = state.coefficients, x.decisions
    o = c.operation
    open_pairs = np.flatnonzero(d.is_open > 0.5)
    if o.flexible is not None:
        for p in open_pairs[(np.abs(d.move_mw[open_pairs]) > LEAST_MW).any(axis=1)]:
            design = c.designs[c.pair_design[p]]
            yield int(c.pair_site[p]), "moved_mw", design, d.move_mw[p]
        yield from _flexible(state, x)
    for i, p in enumerate(o.idle.pair if o.idle else ()):
        if p in open_pairs and (d.idle_mw[i] > LEAST_MW).any():
            yield int(c.pair_site[p]), "idle_mw", c.designs[c.pair_design[p]], d.idle_mw[i]
    for component in active(c):
        yield from component.series(c, d.of_components)


def _flexible(state: ModelState, x: StateAnswer) -> Iterator[tuple[int, str, str, FloatArray]]:
    """Load of each workload that is deferred and made up for at each site."""
    demand, d = state.demand, x.decisions
    flows = flexible_flows(state.coefficients, demand)
    workload = demand.workload[demand.flow_class[flows]]
    for w in np.unique(workload):
        for s in np.unique(demand.flow_site[flows]):
            of_both = (workload == w) & (demand.flow_site[flows] == s)
            for name in ("later_mw", "sooner_mw"):
                values = getattr(d, name)[of_both].sum(axis=0)
                if (values > LEAST_MW).any():
                    yield int(s), name, state.coefficients.workloads[w], values


def operated_supply(c: Coefficients, x: StateAnswer) -> Iterator[tuple[str, str, FloatArray]]:
    """Site, source and power by slice of what stores and generators give."""
    o, d = c.operation, x.decisions
    for component in active(c):
        for s, source, values in component.supply(c, d.of_components):
            yield c.sites[s], source, values
    if o.power is not None:
        for j in np.unique(o.power.generators):
            made = d.generate_mw[o.power.generators == j].sum(axis=0)
            if (made > LEAST_MW).any():
                yield c.sites[o.power.site[j]], o.power.name[j], made


def operated_columns(c: Coefficients, x: StateAnswer) -> dict[str, Any]:
    """Columns of the table of sites, shape (S,) each; none where every family is off."""
    o, d = c.operation, x.decisions
    found: dict[str, Any] = {}
    if o.flexible is not None:
        found["extra_servers_mw"] = d.extra_mw
    for component in active(c):
        found |= component.columns(c, d.of_components)
    if o.power is not None:
        found |= _power_columns(c, o.power, x)
    for i, rule in enumerate(o.clean):
        found[f"clean_share_{i}"] = _clean_share(c, x, rule)
    return found


def _power_columns(c: Coefficients, power: Power, x: StateAnswer) -> dict[str, Any]:
    """Connection and units of each generator that a site has, with their cost, and its steps."""
    sites, connects, units = len(c.sites), power.connects, x.decisions.units
    yearly, made = power.cost_usd * units, np.zeros(len(power.name))
    np.add.at(made, power.generators, x.decisions.generate_mw @ c.hours * power.made_usd_per_mwh)
    found: dict[str, Any] = {}
    if connects.any():
        taken = power.unit_mw * units * connects
        found["connection_mw"] = c.connection_mw + np.bincount(power.site, taken, sites)
        firm = taken * (power.output >= 1.0).all(axis=1)
        found["firm_connection_mw"] = c.connection_mw + np.bincount(power.site, firm, sites)
        names: list[list[str]] = [[] for _ in range(sites)]
        for j in np.flatnonzero(connects & (units > 0.5)):
            names[power.site[j]].append(power.name[j])
        found["connection_steps_usd"] = np.bincount(power.site, yearly * connects, sites)
        found["connection_steps"] = np.array([" + ".join(own) for own in names], dtype=object)
    for name in dict.fromkeys(power.name[j] for j in power.generators):
        own = np.array([n == name for n in power.name]) & ~connects
        found[f"{name}_units"] = np.bincount(power.site[own], units[own], sites)
        built = (power.unit_mw * units)[own]
        found[f"{name}_generator_mw"] = np.bincount(power.site[own], built, sites)
        found[f"{name}_generator_usd"] = np.bincount(power.site[own], (yearly + made)[own], sites)
    return found


def operated_limits(c: Coefficients, x: StateAnswer) -> dict[str, NDArray[np.bool_]]:
    """Binding limits of operation by key of the study, shape (S,) each."""
    o, d, sites = c.operation, x.decisions, len(c.sites)
    found: dict[str, NDArray[np.bool_]] = {}
    if o.power is not None:
        for name in dict.fromkeys(o.power.name[j] for j in o.power.generators):
            own = np.array([n == name for n in o.power.name]) & ~o.power.connects
            full = own & (d.units >= o.power.most - SLACK) & (o.power.most > 0)
            found[f"generation.{name}.max_units"] = np.bincount(o.power.site, full, sites) > 0
    if components := active(c):
        load = Load(d.modules, site_energy(c, x, "pue"))
        for component in components:
            found |= component.binding(c, d.of_components, load)
    for i, rule in enumerate(o.clean):
        used, dirty = _used_and_dirty(c, x, rule)
        if rule.local:
            dirty, used = (_by_period(power, rule, c.hours) for power in (dirty, used))
            reached = dirty >= (1.0 - rule.share) * used * (1 - SLACK)
            binds = rule.sites & (reached & (used > LEAST_MW)).any(axis=1)
        else:
            allowed = (1.0 - rule.share) * float((used @ c.hours)[rule.sites].sum())
            total = float((dirty @ c.hours)[rule.sites].sum())
            binds = rule.sites & (total >= allowed * (1 - SLACK))
        found[f"supply.clean[{i}].share"] = binds
    return found


def _by_period(power: FloatArray, rule: CleanRule, hours: FloatArray) -> FloatArray:
    """Mean power of each period of a rule, shape (S, periods). [MW]."""
    if rule.period is None:
        return power
    member = (rule.period[:, None] == np.unique(rule.period)).astype(float) * hours[:, None]
    return np.asarray(power @ member / member.sum(axis=0))


def _clean_share(c: Coefficients, x: StateAnswer, rule: CleanRule) -> FloatArray:
    """Energy that is clean over what a site uses in the year; zero where nothing is used. [-]."""
    used, dirty = (power @ c.hours for power in _used_and_dirty(c, x, rule))
    return np.divide(used - dirty, used, out=np.zeros_like(used), where=used > 0)


def _used_and_dirty(
    c: Coefficients, x: StateAnswer, rule: CleanRule
) -> tuple[FloatArray, FloatArray]:
    """Power that each site uses, and the part of it that is not clean, shape (S, T). [MW]."""
    d, o = x.decisions, c.operation
    used, dirty = np.zeros_like(d.grid_mw), (1.0 - rule.grid_share)[:, None] * d.grid_mw
    if rule.unclean is not None:
        np.add.at(dirty, c.offer_site[rule.unclean], d.supply_mw[rule.unclean])
    np.add.at(used, c.pair_site, _by_slice(c, x, "pue"))
    np.add.at(dirty, c.pair_site, _by_slice(c, x, "generated_kwh_per_kwh"))
    for group in groups(c):
        np.add.at(used, group.site, group.uses * d.own[group.name])
        np.add.at(dirty, group.site, group.dirty * d.own[group.name])
    if o.power is not None:
        burnt = ~o.power.clean[o.power.generators]
        np.add.at(dirty, o.power.site[o.power.generators[burnt]], d.generate_mw[burnt])
    return used, dirty


def moved_mean_mw(c: Coefficients, x: StateAnswer) -> FloatArray:
    """Load that each pair takes from other sites, mean of the year. Shape (P,). [MW]."""
    if c.operation.flexible is None:
        return np.zeros(len(c.pair_site))
    mean: FloatArray = x.decisions.move_mw @ c.hours / c.hours.sum()
    return mean


def site_energy(c: Coefficients, x: StateAnswer, name: str) -> FloatArray:
    """Σ h · value · IT load of each site, with moved load and idle engines. Shape (S,)."""
    by_pair = _by_pair(c, x, name)
    return np.bincount(c.pair_site, by_pair, len(c.sites))


def _by_pair(c: Coefficients, x: StateAnswer, name: str) -> FloatArray:
    total: FloatArray = _by_slice(c, x, name) @ c.hours
    return total


def _by_slice(c: Coefficients, x: StateAnswer, name: str) -> FloatArray:
    """Value · IT load of each pair in each slice, with moved load and idle engines."""
    d, o, running = x.decisions, c.operation, getattr(c, name)
    load = np.repeat(d.load_mw[:, None], len(c.hours), axis=1)
    if o.flexible is not None:
        load = load + d.move_mw
    value: FloatArray = running * load
    if o.idle is not None:
        off = getattr(o.idle, name, 0.0)
        value[o.idle.pair] += (off - running[o.idle.pair]) * d.idle_mw
    return value


def site_means(c: Coefficients, x: StateAnswer, pairs: NDArray[np.intp]) -> tuple[FloatArray, ...]:
    """Annual PUE and WUE of some pairs, by what runs when; at constant load without load."""
    if not c.operation.varies:
        return c.pue_annual[pairs], c.wue_annual_l_per_kwh[pairs]
    load = x.decisions.load_mw * c.hours.sum()
    if c.operation.flexible is not None:
        load = load + x.decisions.move_mw @ c.hours
    load = load[pairs]
    return tuple(
        np.divide(_by_pair(c, x, name)[pairs], load, out=annual[pairs].copy(), where=load > 1e-6)
        for name, annual in (("pue", c.pue_annual), ("wue_l_per_kwh", c.wue_annual_l_per_kwh))
    )
