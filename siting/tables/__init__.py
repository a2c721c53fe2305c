"""The solution as tables, from the arrays of the optimizer and the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.near_layers import HAZARDS
from siting.catalogue.place_rules import covered, measured_names
from siting.catalogue.weather_steps import Weather
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.coefficients.energy import bought_per_used
from siting.config import Study
from siting.config.limits import DesignLimits
from siting.config.objective import MONTHS
from siting.config.plant import DesignCosts
from siting.mip import StateAnswer
from siting.mip.components import LEAST_MW, active
from siting.mip.model.build import ModelState
from siting.nomenclature import METRICS, number
from siting.physics import DESIGNS, Parameter
from siting.physics.designs import UPKEEP
from siting.physics.parameters import SITE_COSTS
from siting.placement import Placement, StateOutcome
from siting.supply.origin import supply_origin
from siting.tables.binding import binding_limits
from siting.tables.parts import clean_share, open_pairs, site_means

__all__ = [
    "candidate_table",
    "demand_table",
    "flow_table",
    "hall_table",
    "monthly_table",
    "operated_columns",
    "operation_table",
    "power_due",
    "provenance_table",
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
    return table.assign(block_mw=table["installed_mw"] / table["modules"]).drop(columns="load")


def flow_table(problem: Problem, x: StateAnswer) -> pd.DataFrame:
    """Flows from sites to demand regions, as `Placement.flows` says."""
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
    rows = [
        (c.sites[s], "grid", x.decisions.grid_mw[s]) for s in np.unique(c.pair_site[open_pairs(x)])
    ]
    rows += [
        (c.sites[s], source, x.decisions.supply_mw[o])
        for o, (s, source) in enumerate(zip(c.offer_site, c.offer_source, strict=True))
        if x.decisions.contract_mw[o] > LEAST_MW
    ]
    rows += [
        (c.sites[s], source, mw)
        for component in active(c)
        for s, source, mw in component.supply(c, x.decisions)
    ]
    return _by_slice(("site", "source", "mw"), rows, c.hours)


def _by_slice(
    names: Sequence[str], rows: Sequence[tuple[Any, ...]], hours: FloatArray
) -> pd.DataFrame:
    """One row a slice of each series, whose values come last and by the last of the names."""
    *labels, series = zip(*rows, strict=True)
    columns = {
        name: np.repeat(np.array(of, dtype=object), len(hours))
        for name, of in zip(names, labels, strict=False)
    }
    return pd.DataFrame(
        {
            **columns,
            "slice": np.tile(np.arange(len(hours)), len(rows)),
            "hours": np.tile(hours, len(rows)),
            names[-1]: np.concatenate(series),
        }
    )


def demand_table(problem: Problem) -> pd.DataFrame:
    """Demand regions with their load, as `Placement.demand` says."""
    regions = problem.regions[["name", "country", "lat", "lon"]]
    return regions.assign(it_mw=problem.coefficients.demand_mw.sum(axis=0))


COLUMNS = ("site", "quantity", "item", "slice", "hours", "value")


def operation_table(state: ModelState, x: StateAnswer) -> pd.DataFrame:
    """Series of the dispatch options, as `Placement.operation` says."""
    c = state.coefficients
    rows = [
        (c.sites[site], quantity, item, values)
        for component in active(c)
        for site, quantity, item, values in component.series(state, x.decisions)
    ]
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    return _by_slice(("site", "quantity", "item", "value"), rows, c.hours)


def operated_columns(c: Coefficients, x: StateAnswer) -> dict[str, Any]:
    """Columns of the table of sites, shape (S,) each; none where every family is off."""
    found: dict[str, Any] = {}
    for component in active(c):
        found |= component.columns(c, x.decisions)
    for i, rule in enumerate(c.operation.clean):
        found[f"clean_share_{i}"] = clean_share(c, x, rule)
    return found


def candidate_table(problem: Problem, opened: pd.Index[str]) -> pd.DataFrame:
    """Every candidate that competed, as `Placement.candidates` says."""
    c = problem.coefficients
    bought = bought_per_used(problem.sites)
    free = np.full(len(c.sites), -np.inf)
    np.maximum.at(free, c.pair_site, problem.free_cooling_hours)
    hours = c.hours / c.hours.sum()
    base = pd.DataFrame(problem.sites[["name", "country", "lat", "lon"]])
    measured = [*HAZARDS, *measured_names(problem.study.candidates)]
    return base.assign(
        kinds=problem.sites["kinds"].map(",".join),
        is_open=problem.sites.index.isin(opened),
        grid_carbon_g_per_kwh=1000.0 * (c.grid_carbon_t_per_mwh @ hours),
        grid_price_usd_per_mwh=c.grid_price_usd_per_mwh @ hours / bought,
        scarcity_factor=c.scarcity_site,
        free_cooling_hours=np.where(np.isfinite(free), free, np.nan),
        mean_dry_bulb_c=annual_mean(problem.weather),
        **{name: problem.sites[name] for name in measured if name in problem.sites},
    )


def annual_mean(weather: Weather) -> FloatArray:
    """Mean dry bulb of the year, shape (S,). [°C]."""
    return np.asarray(weather.temp_dry_bulb_c @ weather.hours / weather.hours.sum())


def monthly_table(problem: Problem, pairs: NDArray[np.intp], load_mw: FloatArray) -> pd.DataFrame:
    """Each month of each open site, as `Placement.monthly` says.

    The load of every pair, shape (P,), weighs the designs of one site. [MW]
    """
    c = problem.coefficients
    site, row = np.unique(c.pair_site[pairs], return_inverse=True)
    weight = load_mw[pairs] + 1e-9
    share = weight / np.bincount(row, weight)[row]
    mean = np.zeros((len(site), len(pairs)))
    mean[row, np.arange(len(pairs))] = share
    temperature = by_month(problem.weather)[site]
    return pd.DataFrame(
        {
            "site": np.repeat(np.array(c.sites, dtype=object)[site], MONTHS),
            "month": np.tile(np.arange(1, MONTHS + 1), len(site)),
            "pue": of_slices(mean @ c.pue[pairs], c.hours).ravel(),
            "wue_l_per_kwh": of_slices(mean @ c.wue_l_per_kwh[pairs], c.hours).ravel(),
            "grid_carbon_g_per_kwh": 1000.0
            * of_slices(c.grid_carbon_t_per_mwh[site], c.hours).ravel(),
            "temp_dry_bulb_c": temperature.ravel(),
        }
    )


def of_slices(values: FloatArray, hours: FloatArray) -> FloatArray:
    """Hour-weighted means of the months of a year of slices, (n, 12), in the unit of the values.

    Slices are ordered by month, as many in each.
    """
    weighted = (values * hours).reshape(len(values), MONTHS, -1).sum(axis=2)
    return np.asarray(weighted / hours.reshape(MONTHS, -1).sum(axis=1))


def by_month(weather: Weather) -> FloatArray:
    """Mean dry bulb of each month, shape (S, 12). [°C]."""
    share = (weather.month == np.arange(1, MONTHS + 1)[:, None]) * weather.hours
    return np.asarray(weather.temp_dry_bulb_c @ (share / share.sum(axis=1, keepdims=True)).T)


def provenance_table(study: Study, catalogue: Catalogue, halls: pd.DataFrame) -> pd.DataFrame:
    """Source and label of each figure of the open sites, as `Placement.provenance` says.

    Attributes of the place, its electricity under the conventions of the study, and what the site
    and its halls cost; ``halls`` has the ``site`` and ``design`` of what is built.
    """
    opened = pd.Index(halls["site"].unique())
    table = catalogue.provenance
    own = table.loc[table["site"].isin(opened), ["site", "attribute", "value", "label", "source"]]
    electricity = supply_origin(study, catalogue, opened)
    rows = [(site, *row) for site in opened for row in _site_costs(study)]
    for site, design in zip(halls["site"], halls["design"], strict=True):
        rows += [(site, *row) for row in _hall_costs(study, str(design))]
    costs = pd.DataFrame(rows, columns=own.columns)
    return pd.concat([t.astype(str) for t in (own, electricity, costs)], ignore_index=True)


Origin = tuple[str, float, str, str]


def _site_costs(study: Study) -> Iterator[Origin]:
    """Figures of opening and holding a site."""
    for name, row in SITE_COSTS.items():
        value = float(getattr(study.economics.site, name))
        yield (f"site_{name}", value, *_basis(row, value, f"economics.site.{name}"))


def _hall_costs(study: Study, design: str) -> Iterator[Origin]:
    """Figures of building and running the halls of a design."""
    built = DESIGNS[design]
    for name in ("capex_usd_per_kw", "embodied_kg_per_kw_yr"):
        yield f"{design}_{name}", float(getattr(built, name)), built.label, built.source
    for name in DesignCosts.model_fields:
        row, key = UPKEEP[design].get(name), f"economics.designs.{design}.{name}"
        value = study.economics.of_design(design, name)
        if row is not None or value > 0:
            yield (f"{design}_{name}", value, *_basis(row, value, key))
    for name in DesignLimits.model_fields:
        row, key = UPKEEP[design].get(name), f"limits.designs.{design}.{name}"
        size = study.limits.of_design(design, name)
        if size is not None:
            yield (f"{design}_{name}", size, *_basis(row, size, key))


def _basis(row: Parameter | None, value: float, key: str) -> tuple[str, str]:
    """Label and source of a figure: those of the table, unless the study has another."""
    if row is None or value != row.value:
        return "assumed", f"{key} of the study"
    span = f"{number(row.low)} to {number(row.high)}".replace("−", "-")
    return row.label, f"{row.source} ({span}; docs/economics.md)"


def power_due(
    study: Study, known: pd.DataFrame, shown: Placement, states: Sequence[StateOutcome]
) -> tuple[dict[str, Any], ...]:
    """Each entry of ``first_power`` against what is built, under the first scenario.

    They have where, mw [MW], by, standing_mw (installed in the years of ``by``) [MW], from_year
    (the first in which all of it stands, or None), late_mw_years (what lacks times the years that
    it lacks, within the years of the study) [MW a], and usd_per_mw_year, None for a limit.

    Parameters
    ----------
    known : DataFrame
        Candidates of the catalogue, by which places are named.
    shown : Placement
        Placement of a study without periods.
    states : sequence of StateOutcome
        Its periods and scenarios, where there are any.
    """
    first = [s for s in states if s.scenario == states[0].scenario]
    placements = [s.placement for s in first] or [shown]
    found = list[dict[str, Any]]()
    for i, asked in enumerate(study.first_power):
        years = [(p.study.supply.year or asked.by, p.study.supply.years) for p in placements]
        built = np.array([_installed_mw(p, known, asked.where, i) for p in placements])
        ends = np.array([year + count for year, count in years], dtype=float)
        late = np.clip(ends - asked.by, 0.0, [float(count) for _, count in years])
        there = [year for (year, _), mw in zip(years, built, strict=True) if mw >= asked.mw - 1e-6]
        due = int(np.argmax(late > 0))
        found.append(
            {
                "where": list(asked.where),
                "mw": asked.mw,
                "by": asked.by,
                "standing_mw": float(built[due]),
                "from_year": min(there) if there else None,
                "late_mw_years": float(np.maximum(asked.mw - built, 0.0) @ late),
                "usd_per_mw_year": asked.usd_per_mw_year,
            }
        )
    return tuple(found)


def _installed_mw(placement: Placement, known: pd.DataFrame, where: Sequence[str], i: int) -> float:
    """IT power that stands at some places. [MW]."""
    built = placement.built.groupby("site")["installed_mw"].sum()
    places = known.loc[list(map(str, built.index))]
    here = covered(places, where, f"first_power[{i}].where", known=known)
    return float(built.to_numpy(dtype=float)[here].sum())
