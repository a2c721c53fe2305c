"""Arrays of the optimizer back into a placement that a planner can read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.coefficients.model import METRICS
from siting.mip import StateAnswer
from siting.operated import (
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
    "open_pairs",
    "site_table",
    "supply_table",
]

FloatArray = NDArray[np.float64]

#: A limit binds where less than this share of it is left.
SLACK = 1e-6
#: Power below which a contract or a flow is not reported. [MW]
LEAST_MW = 1e-9


def open_pairs(x: StateAnswer) -> NDArray[np.intp]:
    """Index of each (site, design) pair that the answer opens."""
    return np.flatnonzero(x.decisions.is_open > 0.5)


def site_table(
    problem: Problem, x: StateAnswer, other_conventions: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """One row an open site, as `Placement.sites` says."""
    c, pairs = problem.coefficients, open_pairs(x)
    site = c.pair_site[pairs]
    pue, wue = site_means(c, x, pairs)
    base = pd.DataFrame(problem.sites.iloc[site][["name", "country", "lat", "lon"]])
    installed = x.decisions.modules[pairs] * c.block_mw[pairs]
    table: pd.DataFrame = base.assign(
        design=[c.designs[k] for k in c.pair_design[pairs]],
        modules=x.decisions.modules[pairs].astype(int),
        block_mw=c.block_mw[pairs],
        installed_mw=installed,
        it_mw=x.decisions.load_mw[pairs],
        pue=pue,
        pue_peak=c.pue_peak[pairs],
        wue_l_per_kwh=wue,
        free_cooling_hours=problem.free_cooling_hours[pairs],
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
    table["binding"] = [", ".join(names) for names in binding_limits(c, x).values()]
    return table.sort_values("it_mw", ascending=False, kind="stable")


def binding_limits(c: Coefficients, x: StateAnswer) -> dict[str, list[str]]:
    """Names of the limits that hold an open site where it is, by site."""
    limits, found = c.limits, {}
    water = site_energy(c, x, "wue_l_per_kwh"), site_energy(c, x, "withdrawal_l_per_kwh")
    operated = operated_limits(c, x)
    for p in open_pairs(x):
        s = c.pair_site[p]
        load, mw = x.decisions.load_mw[p], x.decisions.modules[p] * c.block_mw[p]
        one_more = mw + c.block_mw[p]
        checks = {
            "connection": one_more * c.pue_peak[p] > c.connection_mw[c.pair_site[p]],
            "max_modules": x.decisions.modules[p] >= c.max_modules[p],
            "max_share_per_site": _reached(load, limits.max_share_per_site, c.total_demand_mw),
            "max_mw_per_site": limits.max_mw_per_site is not None
            and one_more > limits.max_mw_per_site,
            "min_mw_per_site": limits.min_mw_per_site is not None
            and mw - c.block_mw[p] < limits.min_mw_per_site,
            "site_water_m3": _reached(water[0][s], limits.site_water_m3),
            "site_withdrawal_m3": _reached(water[1][s], limits.site_withdrawal_m3),
            **{name: bool(binds[s]) for name, binds in operated.items()},
        }
        found[c.sites[s]] = [name for name, binds in checks.items() if binds]
    return found


def _reached(value: float, limit: float | None, scale: float = 1.0) -> bool:
    return limit is not None and value >= limit * scale * (1 - SLACK)


def flow_table(problem: Problem, x: StateAnswer) -> pd.DataFrame:
    """Who is served from where, as `Placement.flows` says."""
    c = problem.coefficients
    shown = x.flow_mw > LEAST_MW
    w, d, s = x.flow_workload[shown], x.flow_demand[shown], x.flow_site[shown]
    return pd.DataFrame(
        {
            "workload": np.array(c.workloads, dtype=object)[w],
            "demand": np.array(c.demand, dtype=object)[d],
            "site": np.array(c.sites, dtype=object)[s],
            "it_mw": x.flow_mw[shown],
            "rtt_ms": c.rtt_ms[d, s],
            "rtt_label": np.where(problem.measured_rtt[d, s], "measured", "modelled"),
        }
    )


def supply_table(c: Coefficients, x: StateAnswer) -> pd.DataFrame:
    """Power by site, source and slice, as `Placement.supply` says."""
    slices = np.arange(len(c.hours))
    frames = [
        _series(c.sites[s], "grid", slices, c.hours, x.decisions.grid_mw[s])
        for s in c.pair_site[open_pairs(x)]
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
