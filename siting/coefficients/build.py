"""A study and the catalogue become the arrays that the optimizer sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.catalogue import (
    Catalogue,
    Weather,
    WeatherLibrary,
    missing_attributes,
)
from siting.catalogue.water_bodies import water_temperature
from siting.coefficients.choice import chosen_regions, chosen_sites
from siting.coefficients.conventions import offer_carbon_t_per_mwh, other_conventions
from siting.coefficients.demand import demand_mw, eligible_pairs, round_trips_ms
from siting.coefficients.energy import (
    Grid,
    Offers,
    contract_offers,
    grid_factors,
    hydro_water_column,
)
from siting.coefficients.feasible import check_demand, check_forced
from siting.coefficients.model import Coefficients, Limits
from siting.coefficients.pairs import Pairs, evaluate_pairs
from siting.coefficients.screen import drop_dominated_pairs
from siting.coefficients.slices import TimeSlices
from siting.config import Study
from siting.errors import InfeasibleError
from siting.physics import DESIGNS, GAS_EMISSIONS_KG_PER_KWH
from siting.physics.designs import SERVER_EMBODIED_KG_PER_KW_YR
from siting.supply import grid_table

__all__ = ["Problem", "build_problem", "site_weather"]

FloatArray = NDArray[np.float64]
Phase = Callable[[str], AbstractContextManager[None]]

#: The metric that each name in a study's objective stands for; water has three.
METRIC_OF = {"energy": "energy_mwh", "carbon": "carbon_t_co2e", "cost": "cost_usd"}
WATER_METRIC = {
    "consumption": "water_m3",
    "scarcity": "water_scarcity_m3",
    "withdrawal": "water_withdrawal_m3",
}
#: What a candidate must have; one that lacks any is left out, by name.
REQUIRED = (
    "grid_zone", "hydro_mw_150km", "scarcity_factor", "scarcity_factor_country", "connection_mw",
)  # fmt: skip
#: What its grid zone must have.
REQUIRED_OF_ZONE = (
    "carbon_g_per_kwh", "price_usd_per_mwh", "water_l_per_kwh", "water_zero_hydro_l_per_kwh",
    "withdrawal_l_per_kwh",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Coefficients, and what the report needs to say them in words.

    Parameters
    ----------
    coefficients : Coefficients
        What the optimizer sees.
    sites : GeoDataFrame
        The S candidates that compete.
    regions : DataFrame
        The D demand regions.
    weather : Weather
        All steps at the S sites, under the climate of the study.
    free_cooling_hours : ndarray, shape (P,)
        Hours of the year without mechanical cooling. [h]
    dominated : int
        Pairs left out because another design at the site is nowhere worse.
    left_out : mapping of str to str
        Candidates that could not compete, and why.
    conventions : mapping of str to (Coefficients, str)
        Numbers and metric of each convention that the study did not choose.
    """

    coefficients: Coefficients
    sites: gpd.GeoDataFrame
    regions: pd.DataFrame
    weather: Weather
    free_cooling_hours: FloatArray
    dominated: int
    left_out: Mapping[str, str]
    conventions: Mapping[str, tuple[Coefficients, str]]

    @property
    def climate(self) -> tuple[str, ...]:
        """Source, label and distance of each site's weather."""
        rows = zip(self.weather.source, self.weather.label, self.weather.distance_km, strict=True)
        return tuple(f"{source}, {label}, {km:.0f} km" for source, label, km in rows)


def build_problem(study: Study, catalogue: Catalogue, *, phase: Phase | None = None) -> Problem:
    """Everything that the optimizer may know about a study.

    Parameters
    ----------
    study : Study
        The study.
    catalogue : Catalogue
        The tables.
    phase : callable, optional
        Gives a context that times a phase by name.

    Raises
    ------
    InputError
        If the study names what the catalogue does not have.
    InfeasibleError
        If a region can be served by no site, or no candidate is left.
    """
    phase = phase or (lambda name: nullcontext())
    catalogue, ids = chosen_sites(study, catalogue)
    regions = chosen_regions(study, catalogue)
    left_out = _incomplete(catalogue, ids)
    sites = catalogue.candidates.loc[[site for site in ids if site not in left_out]]
    if sites.empty:
        raise InfeasibleError(f"no candidate is left: {_first_reasons(left_out)}")
    with phase("weather"):
        weather = site_weather(study, catalogue, sites)
        slices = TimeSlices.group(
            study.time.slices,
            month=weather.month,
            hour=weather.hour,
            day_group=weather.day_group,
            hours=weather.hours,
        )
    with phase("physics"):
        pairs = _pairs(study, catalogue, sites, weather, slices)
    with phase("coefficients"):
        return _assemble(study, catalogue, sites, regions, weather, slices, pairs, left_out)


def site_weather(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> Weather:
    """Weather of some candidates under the climate of the study."""
    library = WeatherLibrary.open(catalogue.folder)
    ids = [str(site) for site in sites.index]
    weather = library.places(ids, sites["lat"], sites["lon"], sites["elevation_m"])
    return weather.shifted(study.climate.warming_k)


def _incomplete(catalogue: Catalogue, ids: tuple[str, ...]) -> dict[str, str]:
    """Candidates that lack an attribute, and which."""
    missing = {
        site: list(names) for site, names in missing_attributes(catalogue, REQUIRED, ids).items()
    }
    zones = grid_table(catalogue)
    zone_of = catalogue.candidates["grid_zone"].to_dict()
    for site in ids:
        zone = zone_of[site]
        if zone not in zones.index:
            missing.setdefault(site, []).append(f"grid zone {zone}")
            continue
        gaps = [name for name in REQUIRED_OF_ZONE if np.isnan(float(zones[name][zone]))]
        if gaps:
            missing.setdefault(site, []).extend(f"{name} of grid zone {zone}" for name in gaps)
    return {site: "not known: " + ", ".join(names) for site, names in missing.items()}


def _first_reasons(left_out: Mapping[str, str]) -> str:
    some = list(left_out.items())[:5]
    return "; ".join(f"{site} ({reason})" for site, reason in some) or "the selection is empty"


def _pairs(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame, weather: Weather, slices: TimeSlices
) -> Pairs:
    bodies = catalogue.water_bodies
    ids = [str(site) for site in sites.index]
    kinds = bodies["kind"].reindex(ids).fillna("")
    return evaluate_pairs(
        study.designs,
        weather,
        water_temperature(bodies, ids, weather.month),
        bodies["intake_distance_km"].reindex(ids).to_numpy(dtype=float),
        tuple(str(kind) for kind in kinds),
        slices,
    )


def _assemble(
    study: Study,
    catalogue: Catalogue,
    sites: gpd.GeoDataFrame,
    regions: pd.DataFrame,
    weather: Weather,
    slices: TimeSlices,
    pairs: Pairs,
    left_out: Mapping[str, str],
) -> Problem:
    grid = grid_factors(study, catalogue, sites, weather, slices)
    offers = contract_offers(study, catalogue, sites, weather, slices)
    mw, rtt_ms = demand_mw(study, regions), round_trips_ms(regions, sites)
    eligible = eligible_pairs(study, rtt_ms)
    limits = _limits(study)
    most = _max_modules(study, catalogue, sites, pairs, limits)
    buildable = most > 0
    pairs, most = pairs.select(buildable), most[buildable]
    check_forced(study, tuple(sites.index), pairs)
    has_design = np.isin(np.arange(len(sites)), pairs.site)
    eligible &= has_design[None, None, :]
    check_demand(study, regions, sites, rtt_ms, eligible, has_design)
    coefficients, kept = drop_dominated_pairs(
        Coefficients(
            sites=tuple(str(site) for site in sites.index),
            designs=study.designs,
            demand=tuple(str(region) for region in regions.index),
            workloads=tuple(workload.name for workload in study.demand.workloads),
            hours=slices.hours,
            **_pair_arrays(study, pairs, most),
            **_grid_arrays(study, sites, grid),
            **_offer_arrays(study, catalogue, grid, offers),
            demand_mw=mw,
            capacity_per_load=np.array([1.0 / w.utilization for w in study.demand.workloads]),
            rtt_ms=rtt_ms,
            eligible=eligible,
            flow_cost_usd_per_mw=np.zeros_like(rtt_ms),
            limits=limits,
        ),
        counted_metrics(study),
    )
    return Problem(
        coefficients=coefficients,
        sites=sites,
        regions=regions,
        weather=weather,
        free_cooling_hours=pairs.free_cooling_hours[kept],
        dominated=int((~kept).sum()),
        left_out=left_out,
        conventions=other_conventions(study, catalogue, coefficients, grid, offers),
    )


def counted_metrics(study: Study) -> tuple[str, ...]:
    """Metrics that the objective of a study reads, in order where they have one."""
    objective = study.objective
    names = METRIC_OF | {"water": WATER_METRIC[objective.water]}
    if objective.method == "lexicographic":
        return tuple(names[name] for name in objective.order)
    weights = objective.weights.model_dump()
    return tuple(names[name] for name, weight in weights.items() if weight > 0)


def _limits(study: Study) -> Limits:
    limits = study.limits
    budgets = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")
    same = ("max_share_per_site", "pue_max", "wue_max_l_per_kwh", "max_mw_per_site",
            "min_mw_per_site", "max_sites", "min_sites", "site_water_m3",
            "site_withdrawal_m3")  # fmt: skip
    given = [(name, getattr(limits, name)) for name in budgets]
    return Limits(
        **{name: getattr(limits, name) for name in same},
        budgets=tuple((name, value) for name, value in given if value is not None),
        open_sites=limits.open,
        closed_sites=limits.closed,
    )


def _max_modules(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame, pairs: Pairs, limits: Limits
) -> NDArray[np.intp]:
    """Most modules of each pair that data and limits leave, shape (P,)."""
    block = np.array([DESIGNS[study.designs[k]].block_mw for k in pairs.design])
    bodies = catalogue.water_bodies["heat_limit_mw"].reindex(sites.index).to_numpy(dtype=float)
    heat = np.where(np.isfinite(bodies), bodies, np.inf)[pairs.site]
    into_water = np.where(pairs.heat_to_water > 0, pairs.heat_to_water, 1e-12)
    mw = np.minimum(
        sites["connection_mw"].to_numpy(dtype=float)[pairs.site] / pairs.pue_peak,
        np.where(pairs.heat_to_water > 0, heat / into_water, np.inf),
    )
    whole = np.floor(mw / block + 1e-9)
    if limits.max_mw_per_site is not None:
        whole = np.minimum(whole, np.floor(limits.max_mw_per_site / block + 1e-9))
    needed = sum(w.it_mw / w.utilization for w in study.demand.workloads)
    useful = np.ceil(needed / block - 1e-9)
    if limits.min_mw_per_site is not None:
        useful = np.maximum(useful, np.ceil(limits.min_mw_per_site / block - 1e-9))
    modules: NDArray[np.intp] = np.minimum(whole, useful).astype(np.intp)
    return modules


def _pair_arrays(study: Study, pairs: Pairs, most: NDArray[np.intp]) -> dict[str, Any]:
    rate = capital_recovery_factor(study.economics.discount_rate, study.economics.lifetime_years)
    designs = [DESIGNS[name] for name in study.designs]
    carbon = np.array([d.embodied_kg_per_kw_yr + d.refrigerant_t_per_mw_yr for d in designs])
    return {
        "pair_site": pairs.site,
        "pair_design": pairs.design,
        "pue": pairs.pue,
        "pue_peak": pairs.pue_peak,
        "wue_l_per_kwh": pairs.wue_l_per_kwh,
        "withdrawal_l_per_kwh": pairs.withdrawal_l_per_kwh,
        "generated_kwh_per_kwh": pairs.generated_kwh_per_kwh,
        "fuel_kwh_per_kwh": pairs.fuel_kwh_per_kwh,
        "fuel_carbon_t_per_mwh": GAS_EMISSIONS_KG_PER_KWH.value,
        "fuel_price_usd_per_mwh": study.economics.gas_price_usd_per_mwh,
        "block_mw": np.array([d.block_mw for d in designs])[pairs.design],
        "max_modules": most,
        # 1 kg/kW is 1 t/MW.
        "fixed_carbon_t_per_mw": carbon[pairs.design],
        "it_carbon_t_per_mw": SERVER_EMBODIED_KG_PER_KW_YR.value,
        "spare_share": np.array([d.it_spare_share for d in designs])[pairs.design],
        "fixed_cost_usd_per_mw": rate
        * 1000.0
        * np.array([d.capex_usd_per_kw for d in designs])[pairs.design],
        "open_cost_usd": np.zeros(len(pairs.site)),
    }


def capital_recovery_factor(discount_rate: float, lifetime_years: float) -> float:
    """Yearly payment per unit of investment.

    Parameters
    ----------
    discount_rate : float
        [1/yr]
    lifetime_years : float
        [yr]

    Returns
    -------
    float
        r (1 + r)^n / ((1 + r)^n − 1), and 1/n without interest. [1/yr]
    """
    if discount_rate == 0:
        return 1.0 / lifetime_years
    growth = (1.0 + discount_rate) ** lifetime_years
    return float(discount_rate * growth / (growth - 1.0))


def _grid_arrays(study: Study, sites: pd.DataFrame, grid: Grid) -> dict[str, Any]:
    return {
        "grid_carbon_t_per_mwh": grid.carbon_t_per_mwh,
        "grid_price_usd_per_mwh": grid.price_usd_per_mwh,
        "grid_water_l_per_kwh": getattr(grid, hydro_water_column(study)),
        "grid_withdrawal_l_per_kwh": grid.withdrawal_l_per_kwh,
        "water_price_usd_per_m3": study.economics.water_price_usd_per_m3,
        "carbon_price_usd_per_t": study.economics.carbon_price_usd_per_t,
        "scarcity_site": sites["scarcity_factor"].to_numpy(dtype=float),
        "scarcity_grid": sites["scarcity_factor_country"].to_numpy(dtype=float),
        "connection_mw": sites["connection_mw"].to_numpy(dtype=float),
    }


def _offer_arrays(study: Study, catalogue: Catalogue, grid: Grid, offers: Offers) -> dict[str, Any]:
    facts = catalogue.supply_sources.loc[list(offers.source)]
    return {
        "offer_site": offers.site,
        "offer_source": offers.source,
        "offer_limit_mw": offers.limit_mw,
        "capacity_factor": offers.capacity_factor,
        "offer_carbon_t_per_mwh": offer_carbon_t_per_mwh(study, catalogue, grid, offers),
        "offer_water_l_per_kwh": facts[hydro_water_column(study)].to_numpy(dtype=float),
        "offer_withdrawal_l_per_kwh": facts["withdrawal_l_per_kwh"].to_numpy(dtype=float),
        "offer_price_usd_per_mwh": facts["price_usd_per_mwh"].to_numpy(dtype=float),
        "max_contract_share": study.supply.max_contract_share,
    }
