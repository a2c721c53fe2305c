"""Arrays of the optimizer back into a placement that a planner can read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.mip import StateAnswer
from siting.nomenclature import METRICS
from siting.tables.binding import binding_shared
from siting.tables.operation import (
    operated_columns,
    operated_limits,
    operated_supply,
    site_energy,
    site_means,
)

__all__ = [
    "binding_limits",
    "demand_table",
    "flow_table",
    "hall_table",
    "open_pairs",
    "site_table",
    "supply_table",
]


#: A limit binds where less than this share of it is left.
SLACK = 1e-6
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
