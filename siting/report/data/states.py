"""Contents of maps and cards beside a placement: states, places, layers, zones and power."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue import load_catalogue
from siting.catalogue.layers import open_layers
from siting.catalogue.near_layers import built_in, read_own_layer
from siting.catalogue.place_rules import near_name
from siting.config import Study
from siting.config.candidates import LAYERS, Near
from siting.config.study import state_titles, tables_basis
from siting.errors import DataError
from siting.nomenclature import LIMITED, METRICS
from siting.placement import Placement, StateOutcome
from siting.report.data import amount, clean, number, plain_title
from siting.supply.hydro import HYDRO_WATER
from siting.supply.tables import by_zone, carbon_table, grid_table, price_table

__all__ = [
    "PLACES",
    "NearLayer",
    "due_words",
    "first_power_words",
    "heading",
    "levelized_usd_per_mwh",
    "measure_words",
    "near_layers",
    "place_titles",
    "power_costs",
    "power_stack",
    "state_kind",
    "state_loads",
    "state_names",
    "state_totals",
    "states_words",
    "thinned",
    "zone_figures",
]


def state_names(states: Sequence[StateOutcome]) -> list[str]:
    """Year and scenario of each state, in words."""
    return list(map(clean, state_titles([(s.year, s.scenario) for s in states])))


def state_kind(states: Sequence[StateOutcome]) -> str:
    """Name of that by which states differ: ``period``, ``scenario`` or ``period and scenario``."""
    several = {"period": len({s.year for s in states}) > 1,
               "scenario": len({s.scenario for s in states}) > 1}  # fmt: skip
    return " and ".join(kind for kind, is_told in several.items() if is_told) or "period"


def states_words(placement: Placement) -> str:
    """State that the page shows, and what the objective counts, where there are several."""
    states = placement.states
    if not states:
        return "The study has one typical year: no periods and no scenarios; all is built at once."
    kind, only = state_kind(states), len(states) == 1
    which = {"period": "the last period", "scenario": "the first scenario"}.get(
        kind, "the last period under the first scenario"
    )
    moved = f"; the slider above the map shows the sites and flows of each {kind}"
    over = {"period": "years", "scenario": "probability"}.get(kind, "years and probability")
    later = ", later costs discounted" if kind != "scenario" and not only else ""
    totals = ", ".join(f"{LIMITED[m].words} {amount(m, v)}" for m, v in placement.metrics.items())
    measure = measure_words(placement.study)
    return (
        f"Figures and tables of this page are of {clean(tables_basis(placement.study))}, "
        f"{'the only period' if only else which + moved}. The mean of the plan, weighted by "
        f"{over}{later}, is {totals} a year. "
        + (f"The objective counts {measure}." if measure else "It is what the objective counts.")
    )


def measure_words(study: Study) -> str:
    """Scenarios that the objective counts; empty where it is the mean over all of them."""
    uncertain = study.scenarios
    if len(uncertain.cases) < 2:
        return ""
    worst = f"the worst {number(100.0 * (1.0 - uncertain.alpha))} % of the scenarios"
    return {"expected": "", "cvar": worst, "worst": "the worst scenario",
            "regret": "the largest regret over the scenarios"}[uncertain.measure]  # fmt: skip


def state_totals(states: Sequence[StateOutcome]) -> pd.DataFrame:
    """Totals of a year of each state, by its name: probability [-], sites, it_mw, and metrics."""
    metrics = [m for m in METRICS if all(m in s.placement.metrics for s in states)]
    rows = [
        {"probability": s.probability, "sites": len(s.placement.sites),
         "it_mw": float(s.placement.sites["it_mw"].sum()),
         **{m: float(s.placement.metrics[m]) for m in metrics}}
        for s in states
    ]  # fmt: skip
    return pd.DataFrame(rows, index=pd.Index(state_names(states)))


def state_loads(states: Sequence[StateOutcome]) -> pd.DataFrame:
    """Name of each site and its load in each state, the largest first. [MW]."""
    loads = pd.DataFrame({i: s.placement.sites["it_mw"] for i, s in enumerate(states)}).fillna(0.0)
    names = pd.concat([s.placement.sites["name"] for s in states])
    names = names[~names.index.duplicated()]
    loads = loads.loc[loads.max(axis=1).sort_values(ascending=False, kind="stable").index]
    loads.columns = pd.Index(state_names(states))
    loads.insert(0, "name", [clean(names[site]) for site in loads.index])
    return loads


#: Whom maps must name for a layer, and under which terms it is passed on.
_TERMS = {"active_faults": "GEM Global Active Faults, CC BY-SA 4.0"}
#: Points of a layer that a map draws at most.
_MOST = 6000


@dataclass(frozen=True)
class NearLayer:
    """One layer.

    Parameters
    ----------
    title : str
        What it is, and how near or far sites must lie.
    lon_lat : ndarray, shape (n, 2)
        Points along its lines and outlines; none where its file can no longer be read.
        [degrees, WGS 84]
    """

    title: str
    lon_lat: FloatArray


def near_layers(study: Study) -> list[NearLayer]:
    """Layers of ``candidates.near`` of a study, in its order."""
    return [NearLayer(*_drawn(near)) for near in study.candidates.near]


def near_title(near: Near) -> str:
    """Title of a layer: its name or file, its part and the voltages that count."""
    name = near.layer.replace("_", " ") if near.layer in LAYERS else Path(near.layer).name
    name += f" ({_TERMS[near.layer]})" if near.layer in _TERMS else ""
    which = [near.sublayer or "", f"{near.min_kv:g} kV or more" if near.min_kv else ""]
    return clean(", ".join(filter(None, [name[:1].upper() + name[1:], *which])))


def _drawn(near: Near) -> tuple[str, FloatArray]:
    limits = [
        f"at most {near.max_km:g} km" if near.max_km is not None else "",
        f"at least {near.min_km:g} km" if near.min_km is not None else "",
    ]
    title = ", ".join(filter(None, [near_title(near), *limits]))
    try:
        if near.layer in LAYERS:
            layer = built_in(open_layers(), near.layer)
            shown = np.column_stack([layer.points.lon, layer.points.lat])
            return title, shown if layer.kv is None else shown[layer.kv >= (near.min_kv or 0.0)]
        points = read_own_layer(Path(near.layer), near.sublayer).points
    except DataError:
        return f"{title} (not drawn: the file cannot be read)", np.empty((0, 2))
    return title, np.column_stack([points.lon, points.lat])


def thinned(xy: FloatArray, size: tuple[float, float], step: float = 1.0) -> FloatArray:
    """Points, shape (m, 2), in a window from the origin, a step each, evenly fewer where too many.

    Parameters
    ----------
    xy : ndarray, shape (n, 2)
        In the unit of the window.
    size : tuple of float
        Width and height of the window.
    step : float, default 1.0
        Side of the squares of which each shows one point.
    """
    inside = np.isfinite(xy).all(axis=1) & (xy >= 0.0).all(axis=1) & (xy <= size).all(axis=1)
    held = xy[inside]
    first = np.unique(np.floor(held / step), axis=0, return_index=True)[1]
    kept = np.sort(first)
    return np.asarray(held[kept[:: max(1, -(-len(kept) // _MOST))]])


def zone_figures(study: Study) -> pd.DataFrame:
    """Annual means of every built-in grid zone, as the study counts them.

    Parameters
    ----------
    study : Study
        Its carbon signal and basis, convention of hydropower's water, and factors.

    Returns
    -------
    DataFrame
        Index zone; grid_carbon_g_per_kwh [g CO2e/kWh], grid_price_usd_per_mwh [USD/MWh] and
        grid_water_l_per_kwh [L/kWh], NaN where not known. Figures of the planner's own sites are
        not in it.
    """
    catalogue, terms = load_catalogue(), study.supply
    carbon = carbon_table(catalogue, terms.carbon_signal, terms.carbon_basis)
    table = grid_table(catalogue)
    zones = [str(zone) for zone in table.index]
    return pd.DataFrame(
        {
            "grid_carbon_g_per_kwh": terms.grid_carbon_factor
            * carbon["carbon_g_per_kwh"].reindex(zones).to_numpy(dtype=float),
            "grid_price_usd_per_mwh": terms.grid_price_factor
            * by_zone(price_table(catalogue, terms.prices), zones, "price_usd_per_mwh"),
            "grid_water_l_per_kwh": by_zone(table, zones, HYDRO_WATER[terms.hydro_water]),
        },
        index=pd.Index(zones, name="zone"),
    )


def first_power_words(placement: Placement) -> list[str]:
    """First power of the plan, and a sentence for each entry of ``first_power``.

    Parameters
    ----------
    placement : Placement
        The answer; nothing is said of a study that asks for no power by a year.
    """
    first = placement.first_power
    if not placement.power_due or first is None:
        return []
    words = f"First power: {number(first['mw'])} MW of IT in {first['year']:.0f}."
    return [words, *(due_words(due) for due in placement.power_due)]


def due_words(due: Mapping[str, Any]) -> str:
    """One entry of `Placement.power_due` in a sentence."""
    where = f" in {', '.join(map(clean, due['where']))}" if due["where"] else ""
    asked = f"{number(float(due['mw']))} MW{where} by {due['by']}"
    if due["late_mw_years"] <= 1e-6:
        return f"{asked}: in time, from {due['from_year']}."
    late = f"{number(float(due['late_mw_years']))} MW-years late"
    then = f"{number(float(due['standing_mw']))} MW stand then"
    whole = f", all of it from {due['from_year']}" if due["from_year"] else ""
    return f"{asked}: {then}{whole}; {late}."


#: Columns of `Placement.candidates`: title and unit.
PLACES: Mapping[str, tuple[str, str]] = {
    "grid_carbon_g_per_kwh": ("Grid carbon", "g CO₂e/kWh"),
    "grid_price_usd_per_mwh": ("Grid price", "USD/MWh"),
    "scarcity_factor": ("Water scarcity, AWARE", "m³ world-eq/m³"),
    "free_cooling_hours": ("Free cooling, best design", "h/yr"),
    "mean_dry_bulb_c": ("Mean outside air", "°C"),
    "cyclones_per_yr": ("Tropical storms in the degree cell", "1/yr"),
    "relief_slope_m_per_km": ("Slope of the relief", "m/km"),
}


def place_titles(study: Study) -> dict[str, tuple[str, str]]:
    """Title and unit of each column, those of the study's own rasters and layers among them.

    The unit of a raster is not known, and empty.
    """
    chosen = study.candidates
    rasters = {name: (plain_title(clean(name)), "") for name in chosen.rasters}
    near = {near_name(one): (f"Distance to: {near_title(one)}", "km") for one in chosen.near}
    return {**PLACES, **rasters, **near}


def heading(title: str, unit: str) -> str:
    """Heading of a column with its unit, where it has one."""
    return f"{title} [{unit}]" if unit else title


_KINDS = ("_generator", "_storage")
#: Columns of the cost of energy that a site draws, with the name of each.
_ENERGY = {
    "cost_grid_usd": "Grid energy", "cost_contracts_usd": "Contracts",
    "cost_electricity_tax_usd": "Tax on electricity",
}  # fmt: skip


def power_stack(placement: Placement) -> pd.DataFrame:
    """Power that a site may draw from each part, in each period of the first scenario. [MW].

    Returns
    -------
    DataFrame
        Index site and year (0 without periods); columns ``Firm connection``, ``Curtailable
        connection``, and each generator and store by name. Empty where no site chooses its power.
    """
    states = placement.states
    first = [s for s in states if s.scenario == states[0].scenario]
    shown = [(s.year, s.placement) for s in first] or [(0, placement)]
    rows = {(str(site), year): dict(_parts(row))
            for year, one in shown for site, row in one.sites.iterrows()}  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").fillna(0.0)
    table = table.loc[:, (table > 0).any(axis=0)]
    if table.empty:
        return table
    table.index = pd.MultiIndex.from_tuples(table.index, names=["site", "year"])
    return table.loc[(table > 0).any(axis=1)]


def _parts(row: pd.Series) -> Iterator[tuple[str, float]]:
    if "connection_mw" in row:
        firm = float(row["firm_connection_mw"])
        yield "Firm connection", firm
        yield "Curtailable connection", float(row["connection_mw"]) - firm
    for column in map(str, row.index):
        for kind in _KINDS:
            if column.endswith(f"{kind}_mw"):
                yield plain_title(column.removesuffix(f"{kind}_mw")), float(row[column])


def power_costs(placement: Placement) -> pd.DataFrame:
    """Yearly cost of each part of the power of each site.

    Parameters
    ----------
    placement : Placement
        One year, whose tables are of it.

    Returns
    -------
    DataFrame
        site, part, mw [MW], usd (of a year) [USD], mwh (delivered) [MWh]; mw and mwh are missing
        where a part has none.
    """
    mwh = placement.supply.assign(mwh=placement.supply["mw"] * placement.supply["hours"])
    by_source = mwh.groupby(["site", "source"])["mwh"].sum()
    own = _own_sources(placement)
    rows = [
        (str(site), *part)
        for site, row in placement.sites.iterrows()
        for part in _costs(row, by_source.get(site, pd.Series(dtype=float)), own)
    ]
    return pd.DataFrame(rows, columns=["site", "part", "mw", "usd", "mwh"])


def _own_sources(placement: Placement) -> set[str]:
    """Sources that are neither grid nor contract."""
    columns = map(str, placement.sites.columns)
    own = {c.removesuffix(f"{k}_mw") for c in columns for k in _KINDS if c.endswith(f"{k}_mw")}
    return own | {"backup"}


def _costs(
    row: pd.Series, made: pd.Series, own: set[str]
) -> Iterator[tuple[str, float, float, float]]:
    """Part, its power, cost and energy; what else stands on site is left over."""
    nan = float("nan")
    contracts = made[[s for s in made.index if s != "grid" and s not in own]].sum()
    energy = {"cost_grid_usd": made.get("grid", 0.0), "cost_contracts_usd": float(contracts)}
    rest = float(row.get("cost_on_site_usd", 0.0))
    for column, title in _ENERGY.items():
        if float(row.get(column, 0.0)) != 0.0:
            yield title, nan, float(row[column]), energy.get(column, nan)
    if float(row.get("connection_steps_usd", 0.0)) > 0:
        rest -= float(row["connection_steps_usd"])
        steps = clean(row["connection_steps"])
        yield f"Connection, {steps}", float(row["connection_mw"]), row["connection_steps_usd"], nan
    for column in map(str, row.index):
        for kind in _KINDS:
            name = column.removesuffix(f"{kind}_mw")
            # A run that was made before has no such cost: it is left in the rest.
            if name != column and float(row[column]) > 0 and f"{name}{kind}_usd" in row:
                usd = float(row[f"{name}{kind}_usd"])
                rest -= usd
                yield plain_title(name), float(row[column]), usd, float(made.get(name, 0.0))
    if abs(rest) > 1.0:
        yield "Backup, heat sold and late power", nan, rest, float(made.get("backup", nan))


def levelized_usd_per_mwh(placement: Placement) -> pd.Series:
    """Cost of all power of each site over the electricity that it uses in the year. [USD/MWh]."""
    total = power_costs(placement).groupby("site")["usd"].sum()
    used = placement.sites["energy_mwh"].astype(float)
    return (total.reindex(used.index).fillna(0.0) / used).rename("usd_per_mwh")
