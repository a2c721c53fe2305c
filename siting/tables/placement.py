"""Arrays of the optimizer back into a placement: sites, halls, flows, supply, operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.mip import StateAnswer
from siting.mip.components import active
from siting.mip.components.base import LEAST_MW
from siting.mip.model.build import ModelState
from siting.nomenclature import METRICS
from siting.tables.binding import binding_limits
from siting.tables.parts import clean_share, open_pairs, site_means

__all__ = [
    "demand_table",
    "flow_table",
    "hall_table",
    "operated_columns",
    "operation_table",
    "site_table",
    "supply_table",
]


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
        _series(c.sites[s], source, slices, c.hours, mw)
        for component in active(c)
        for s, source, mw in component.supply(c, x.decisions)
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
        for component in active(state.coefficients)
        for site, quantity, item, values in component.series(state, x.decisions)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def operated_columns(c: Coefficients, x: StateAnswer) -> dict[str, Any]:
    """Columns of the table of sites, shape (S,) each; none where every family is off."""
    found: dict[str, Any] = {}
    for component in active(c):
        found |= component.columns(c, x.decisions)
    for i, rule in enumerate(c.operation.clean):
        found[f"clean_share_{i}"] = clean_share(c, x, rule)
    return found
