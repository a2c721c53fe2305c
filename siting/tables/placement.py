"""Arrays of the optimizer back into a placement, and the limits that sites share and that bind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import BoolArray, FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.mip import StateAnswer
from siting.nomenclature import METRICS
from siting.tables.operation import (
    operated_columns,
    operated_limits,
    operated_supply,
    site_energy,
    site_means,
)

__all__ = ["demand_table", "flow_table", "hall_table", "open_pairs", "site_table", "supply_table"]


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


#: Power below which a contract or a flow is not reported. [MW]
LEAST_MW = 1e-9


def open_pairs(x: StateAnswer) -> NDArray[np.intp]:
    """Index of each (site, design) pair that the answer opens."""
    return np.flatnonzero(x.decisions.is_open > 0.5)


def hall_table(problem: Problem, x: StateAnswer) -> pd.DataFrame:
    """One row an open design at a site, as `Placement.halls` says."""
    c, pairs = problem.coefficients, open_pairs(x)
    pue, wue = site_means(c, x, pairs)
    return pd.DataFrame(
        {
            "site": np.array(c.sites, dtype=object)[c.pair_site[pairs]],
            "design": np.array(c.designs, dtype=object)[c.pair_design[pairs]],
            "modules": x.decisions.modules[pairs].astype(int),
            "block_mw": c.block_mw[pairs],
            "installed_mw": x.decisions.modules[pairs] * c.block_mw[pairs],
            "it_mw": x.decisions.load_mw[pairs],
            "pue": pue,
            "pue_peak": c.pue_peak[pairs],
            "wue_l_per_kwh": wue,
            "free_cooling_hours": problem.free_cooling_hours[pairs],
        }
    )


def site_table(
    problem: Problem, x: StateAnswer, other_conventions: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """One row an open site, as `Placement.sites` says; its designs joined by +."""
    c = problem.coefficients
    site = np.unique(c.pair_site[open_pairs(x)])
    base = pd.DataFrame(problem.sites.iloc[site][["name", "country", "lat", "lon"]])
    table: pd.DataFrame = base.join(_by_site(hall_table(problem, x))).assign(
        climate=[problem.climate[s] for s in site],
        grid_carbon=[problem.grid_carbon[s] for s in site],
        **{metric: x.metrics[metric][site] for metric in METRICS},
        **{name: values[site] for name, values in other_conventions.items()},
    )
    for source in dict.fromkeys(c.offer_source):
        mw = np.zeros(len(c.sites))
        of_source = np.array([g == source for g in c.offer_source])
        mw[c.offer_site[of_source]] = x.decisions.contract_mw[of_source]
        table[f"{source}_contract_mw"] = mw[site]
    for name, values in operated_columns(c, x).items():
        table[name] = values[site]
    binding = binding_limits(c, x)
    table["binding"] = [", ".join(binding[c.sites[s]]) for s in site]
    return table.sort_values("it_mw", ascending=False, kind="stable")


def _by_site(halls: pd.DataFrame) -> pd.DataFrame:
    """Sums over the designs of a site, and means by load or by what is installed."""
    load, built = halls["it_mw"] + 1e-9, halls["installed_mw"]
    weighted = halls.assign(
        **{name: halls[name] * load for name in ("pue", "wue_l_per_kwh", "free_cooling_hours")},
        pue_peak=halls["pue_peak"] * built,
        load=load,
    )
    groups = weighted.groupby("site", sort=False)
    table = groups.sum(numeric_only=True)
    table.insert(0, "design", groups["design"].agg(" + ".join))
    for name in ("pue", "wue_l_per_kwh", "free_cooling_hours"):
        table[name] /= table["load"]
    table["pue_peak"] /= table["installed_mw"]
    table["block_mw"] = table["installed_mw"] / table["modules"]
    return table.drop(columns="load")


def binding_limits(c: Coefficients, x: StateAnswer) -> dict[str, list[str]]:
    """Limits that hold an open site where it is, by site: keys of the study, or facts of the place.

    Facts are ``connection``, ``max_modules`` and ``lake_heat``; a law follows ``policy.laws``.
    """
    found: dict[str, list[str]] = {}
    shared = {**operated_limits(c, x), **binding_shared(c, x)}
    for s in np.unique(c.pair_site[open_pairs(x)]):
        checks = _site_limits(c, x, int(s))
        names = [name for name, binds in checks.items() if binds]
        found[c.sites[s]] = [*names, *(name for name, sites in shared.items() if sites[s])]
    return found


def _site_limits(c: Coefficients, x: StateAnswer, s: int) -> dict[str, bool]:
    """Test whether each limit of a site binds; one on size where one more hall breaks it."""
    limits, decided = c.limits, x.decisions
    pairs = np.array([p for p in open_pairs(x) if c.pair_site[p] == s])
    modules, block, load = decided.modules[pairs], c.block_mw[pairs], decided.load_mw[pairs]
    mw, peak = float(modules @ block), float(modules * block @ c.pue_peak[pairs])
    one_more = mw + block.min()
    return {
        **_design_limits(c, pairs, modules * block),
        "connection": peak + float((block * c.pue_peak[pairs]).min()) > _powered_mw(c, x, s),
        "max_modules": bool((modules >= c.max_modules[pairs]).all()),
        "limits.max_share_per_site": _reached(
            load.sum(), limits.max_share_per_site, c.total_demand_mw
        ),
        "limits.max_ramp_mw_per_hour": _reached(
            _ramp_mw_per_hour(c, x, s), limits.max_ramp_mw_per_hour
        ),
        "limits.max_mw_per_site": limits.max_mw_per_site is not None
        and one_more > limits.max_mw_per_site,
        "limits.min_mw_per_site": limits.min_mw_per_site is not None
        and mw - block.min() < limits.min_mw_per_site,
        "limits.site_water_m3": _reached(
            site_energy(c, x, "wue_l_per_kwh")[s], limits.site_water_m3
        ),
        "limits.site_withdrawal_m3": _reached(
            site_energy(c, x, "withdrawal_l_per_kwh")[s], limits.site_withdrawal_m3
        ),
    }


def _ramp_mw_per_hour(c: Coefficients, x: StateAnswer, s: int) -> float:
    """Largest change of the load of a site from one hour to the next; 0 without a limit. [MW/h]."""
    ramps, here = c.structure.ramps, x.flow_site == s
    if ramps is None:
        return 0.0
    group = ramps.group[x.flow_workload[here], x.flow_demand[here]]
    mw = np.bincount(group[group >= 0], x.flow_mw[here][group >= 0], len(ramps.change))
    return float(np.abs(mw @ ramps.change).max())


def _powered_mw(c: Coefficients, x: StateAnswer, s: int) -> float:
    """Power that the peak of a site may draw by what is built, and by steps not yet taken. [MW]."""
    power = c.operation.power
    if power is None:
        return float(c.connection_mw[s])
    units = np.where(power.connects, power.most, x.decisions.units)
    return float(c.connection_mw[s] + power.firm_mw(units, len(c.sites))[s])


def _design_limits(
    c: Coefficients, pairs: NDArray[np.intp], built_mw: FloatArray
) -> dict[str, bool]:
    """Test whether the size of a design at a site binds: one module more or less breaks it."""
    found = {}
    for p, mw in zip(pairs, built_mw, strict=True):
        k, block = c.pair_design[p], c.block_mw[p]
        low, high = c.limits.design_mw[k] if c.limits.design_mw else (None, None)
        key = f"limits.designs.{c.designs[k]}"
        found[f"{key}.max_mw_per_site"] = high is not None and bool(mw + block > high)
        found[f"{key}.min_mw_per_site"] = low is not None and bool(mw > 0 and mw - block < low)
    return found


def _reached(value: float, limit: float | None, scale: float = 1.0) -> bool:
    return limit is not None and value >= limit * scale * (1 - SLACK)


def flow_table(problem: Problem, x: StateAnswer) -> pd.DataFrame:
    """Return who is served from where, as `Placement.flows` says."""
    c = problem.coefficients
    # What a solver sends to a closed site within its tolerance is served by nothing.
    shown = (x.flow_mw > LEAST_MW) & np.isin(x.flow_site, c.pair_site[open_pairs(x)])
    w, d, s = x.flow_workload[shown], x.flow_demand[shown], x.flow_site[shown]
    return pd.DataFrame(
        {
            "workload": np.array(c.workloads, dtype=object)[w],
            "demand": np.array(c.demand, dtype=object)[d],
            "site": np.array(c.sites, dtype=object)[s],
            "it_mw": x.flow_mw[shown],
            "rtt_ms": c.rtt_ms[d, s],
            "rtt_p10_ms": problem.round_trips.p10_ms[d, s],
            "rtt_p90_ms": problem.round_trips.p90_ms[d, s],
            "rtt_label": np.where(problem.measured_rtt[d, s], "measured", "modelled"),
        }
    )


def supply_table(c: Coefficients, x: StateAnswer) -> pd.DataFrame:
    """Power by site, source and slice, as `Placement.supply` says."""
    slices = np.arange(len(c.hours))
    frames = [
        _series(c.sites[s], "grid", slices, c.hours, x.decisions.grid_mw[s])
        for s in np.unique(c.pair_site[open_pairs(x)])
    ]
    frames += [
        _series(c.sites[s], source, slices, c.hours, x.decisions.supply_mw[o])
        for o, (s, source) in enumerate(zip(c.offer_site, c.offer_source, strict=True))
        if x.decisions.contract_mw[o] > LEAST_MW
    ]
    frames += [
        _series(site, source, slices, c.hours, mw) for site, source, mw in operated_supply(c, x)
    ]
    return pd.concat(frames, ignore_index=True)


def _series(
    site: str, source: str, slices: NDArray[np.intp], hours: FloatArray, mw: FloatArray
) -> pd.DataFrame:
    return pd.DataFrame({"site": site, "source": source, "slice": slices, "hours": hours, "mw": mw})


def demand_table(problem: Problem) -> pd.DataFrame:
    """Demand regions with their load, as `Placement.demand` says."""
    regions = problem.regions[["name", "country", "lat", "lon"]]
    return regions.assign(it_mw=problem.coefficients.demand_mw.sum(axis=0))
