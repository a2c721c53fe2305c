"""Energy, water, carbon and cost of each open site, by where they come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.assemble import refresh_per_year
from siting.coefficients.build import Problem
from siting.coefficients.dispatch_options import CleanRule
from siting.mip import StateAnswer
from siting.mip.components import built, groups
from siting.mip.model.metrics import halls_by_vintage
from siting.physics import DESIGNS

__all__ = [
    "CARBON_PARTS",
    "COST_PARTS",
    "carbon_parts",
    "clean_and_used",
    "clean_share",
    "cost_parts",
    "halls_built",
    "moved_mean_mw",
    "open_pairs",
    "operated_carbon",
    "operated_cost",
    "site_energy",
    "site_means",
]


def open_pairs(x: StateAnswer) -> NDArray[np.intp]:
    """Index of each (site, design) pair that the answer opens."""
    return np.flatnonzero(x.decisions.is_open > 0.5)


def clean_share(c: Coefficients, x: StateAnswer, rule: CleanRule) -> FloatArray:
    """Energy that is clean over what a site uses in the year; zero where nothing is used. [-]."""
    used, dirty = (power @ c.hours for power in clean_and_used(c, x, rule))
    return np.divide(used - dirty, used, out=np.zeros_like(used), where=used > 0)


def clean_and_used(
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


def operated_carbon(c: Coefficients, x: StateAnswer) -> FloatArray:
    """Carbon of stores and generators, less a credit for heat that counts. Shape (S,). [t CO2e]."""
    o, d, sites = c.operation, x.decisions, len(c.sites)
    total = np.zeros(sites)
    _add_components(total, c, x, "carbon_t_co2e")
    if o.power is not None:
        g = o.power.generators
        np.add.at(total, o.power.site, o.power.carbon_t_co2e * d.units)
        made = d.generate_mw @ c.hours * o.power.made_t_per_mwh
        np.add.at(total, o.power.site[g], made)
    return total


def operated_cost(c: Coefficients, x: StateAnswer) -> FloatArray:
    """Cost of stores and generators, less the heat that is sold. Shape (S,). [USD]."""
    o, d, sites = c.operation, x.decisions, len(c.sites)
    total = np.zeros(sites)
    _add_components(total, c, x, "cost_usd")
    opened = np.unique(c.pair_site[d.is_open > 0.5])
    for k, asked in enumerate(c.structure.late):
        total[asked.counted_at(opened)] += (asked.price_usd_per_mw or 0.0) * d.late_mw[k]
    if o.power is not None:
        g = o.power.generators
        np.add.at(total, o.power.site, o.power.cost_usd * d.units)
        water = o.power.water_l_per_kwh[g] * c.water_price_usd_per_m3[o.power.site[g]]
        made = d.generate_mw @ c.hours * (o.power.made_usd_per_mwh + water)
        np.add.at(total, o.power.site[g], made)
    return total


def _add_components(total: FloatArray, c: Coefficients, x: StateAnswer, metric: str) -> None:
    """Add what the components add to a metric at each site, shape (S,)."""
    for each in built(c):
        np.add.at(total, each.site, each.terms(metric) * x.decisions[each.name])
    for group in groups(c):
        year = x.decisions.own[group.name] @ c.hours
        np.add.at(total, group.site, year * group.per_mwh.get(metric, 0.0))


def halls_built(c: Coefficients, x: StateAnswer, what: str) -> FloatArray:
    """Capital cost, or carbon, of the halls of every pair a year, by when each was built.

    Shape (P,). [USD/yr] or [t CO2e/yr]
    """
    terms = halls_by_vintage(c, what)
    counted = "priced" if "priced" in terms else "modules"
    total: FloatArray = terms[counted] * getattr(x.decisions, counted)
    if c.vintages is not None:
        older = getattr(c.vintages, f"older_{what}")
        total[older] += terms[f"older_{what}"] * getattr(x.decisions, f"older_{what}")
    return total


#: Columns of `carbon_parts`, all in t CO2e a year.
CARBON_PARTS = (
    "carbon_grid_t_co2e", "carbon_contracts_t_co2e", "carbon_gas_t_co2e", "carbon_building_t_co2e",
    "carbon_refrigerant_t_co2e", "carbon_refresh_t_co2e", "carbon_site_t_co2e",
    "carbon_servers_t_co2e", "carbon_on_site_t_co2e",
)  # fmt: skip
#: Columns of `cost_parts`, all in USD a year.
COST_PARTS = (
    "cost_grid_usd", "cost_contracts_usd", "cost_electricity_tax_usd", "cost_gas_usd",
    "cost_water_usd", "cost_halls_usd", "cost_om_usd", "cost_refresh_usd", "cost_site_usd",
    "cost_on_site_usd", "cost_carbon_usd",
)  # fmt: skip


def carbon_parts(problem: Problem, x: StateAnswer) -> pd.DataFrame:
    """Carbon of each open site by where it comes from, by the convention of the study. [t/yr].

    One column a part: grid energy, contracted energy, gas burnt on site, building and plant
    (embodied), leaking refrigerant, vessels that retrieve sealed pods, works and substation of the
    site (embodied), servers with their spares (embodied), and stores (embodied) and generators less
    a credit for heat that counts.
    """
    c, decided, pairs = problem.coefficients, x.decisions, open_pairs(x)
    site, sites = c.pair_site[pairs], len(c.sites)
    contracts, servers = np.zeros(sites), np.zeros(sites)
    used = (c.offer_carbon_t_per_mwh * c.hours * decided.supply_mw).sum(axis=1)
    np.add.at(contracts, c.offer_site, used)
    each = (c.capacity_per_load * c.it_carbon_t_per_mw)[x.flow_workload]
    np.add.at(servers, x.flow_site, each * x.flow_mw)
    servers += c.extra_carbon_t_per_mw * decided.extra_mw if decided.extra_mw.size else 0.0
    load = decided.load_mw[pairs]
    built = decided.modules[pairs] * c.block_mw[pairs]
    leaks = np.array([DESIGNS[name].refrigerant_t_per_mw_yr for name in c.designs])
    vessels = np.array([refresh_per_year(problem.study, name)[1] for name in c.designs])
    leaks, vessels = (each[c.pair_design[pairs]] * built for each in (leaks, vessels))
    spares = np.bincount(site, c.spare_share[pairs] * (load + moved_mean_mw(c, x)[pairs]), sites)
    parts = (
        (c.grid_carbon_t_per_mwh * c.hours * decided.grid_mw).sum(axis=1),
        contracts,
        site_energy(c, x, "fuel_kwh_per_kwh") * c.fuel_carbon_t_per_mwh,
        np.bincount(site, halls_built(c, x, "carbon")[pairs] - leaks - vessels, sites),
        np.bincount(site, leaks, sites),
        np.bincount(site, vessels, sites),
        c.open_carbon_t_co2e,
        servers + c.spare_carbon_t_per_mw * spares,
        operated_carbon(c, x),
    )
    return _of_open_sites(c, x, CARBON_PARTS, parts)


def cost_parts(problem: Problem, x: StateAnswer) -> pd.DataFrame:
    """Cost of each open site by what is paid for. [USD/yr].

    One column a part: grid energy, all that contracts generate, electricity tax, gas, water,
    capital of halls, operation and maintenance, change of the IT in sealed pods, opening and
    holding the site, stores and generators less heat sold, and the price of carbon.
    """
    c, decided, pairs = problem.coefficients, x.decisions, open_pairs(x)
    site, sites = c.pair_site[pairs], len(c.sites)
    paid = c.capacity_factor @ c.hours * c.offer_price_usd_per_mwh * decided.contract_mw
    used = decided.grid_mw @ c.hours
    used = used + np.bincount(c.offer_site, decided.supply_mw @ c.hours, sites)
    built = decided.modules[pairs] * c.block_mw[pairs]
    refresh = np.array([1000.0 * refresh_per_year(problem.study, name)[0] for name in c.designs])
    refresh = refresh[c.pair_design[pairs]]
    parts = (
        (c.grid_price_usd_per_mwh * c.hours * decided.grid_mw).sum(axis=1),
        np.bincount(c.offer_site, paid, sites),
        c.electricity_tax_usd_per_mwh * used,
        site_energy(c, x, "fuel_kwh_per_kwh") * c.fuel_price_usd_per_mwh,
        site_energy(c, x, "wue_l_per_kwh") * c.water_price_usd_per_m3,
        np.bincount(site, halls_built(c, x, "cost")[pairs], sites),
        np.bincount(site, (c.om_usd_per_mw[pairs] - refresh) * built, sites),
        np.bincount(site, refresh * built, sites),
        c.open_cost_usd,
        operated_cost(c, x),
        c.carbon_price_usd_per_t * x.metrics["carbon_t_co2e"],
    )
    return _of_open_sites(c, x, COST_PARTS, parts)


def _of_open_sites(
    c: Coefficients, x: StateAnswer, names: Sequence[str], parts: Sequence[FloatArray]
) -> pd.DataFrame:
    """Columns of parts, shape (S,) each, at the open sites, by id."""
    opened = np.unique(c.pair_site[open_pairs(x)])
    columns = dict(zip(names, (part[opened] for part in parts), strict=True))
    return pd.DataFrame(columns, index=pd.Index([c.sites[s] for s in opened]))
