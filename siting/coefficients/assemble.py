"""Fields of `Coefficients` group by group, and conventions that the study did not choose.

The study chooses what is optimized; the answer is reported under the other choice as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.catalogue.figures import given
from siting.catalogue.hourly import load_hours
from siting.coefficients import Coefficients, Limits
from siting.coefficients.energy import (
    ESTIMATES,
    Grid,
    Offers,
    bought_per_used,
    offer_price_usd_per_mwh,
    offer_water_l_per_kwh,
)
from siting.coefficients.halls import Scale
from siting.coefficients.pairs import Pairs, of_pairs
from siting.coefficients.power import connection_base_mw
from siting.coefficients.sets import Setting
from siting.config import Estimate, Study, Workload
from siting.nomenclature import SCOPES
from siting.physics import DESIGNS, GAS_EMISSIONS_KG_PER_KWH
from siting.physics.designs import SERVER_YEARS
from siting.supply import given_or
from siting.supply.grid import electricity_tax_usd_per_mwh
from siting.supply.hydro import HYDRO_WATER
from siting.supply.power import annuity

__all__ = [
    "grid_arrays",
    "needed_mw",
    "offer_arrays",
    "offer_carbon_t_per_mwh",
    "other_conventions",
    "pair_arrays",
    "planner_limits",
    "price_scale",
    "site_cost_arrays",
]


def offer_carbon_t_per_mwh(
    at: Setting, grid: Grid, offers: Offers, *, other: bool = False
) -> FloatArray:
    """Carbon of contracted energy under the study's convention, or the other one, (O, T). [t/MWh].

    *Contract-based* counts the life cycle of the contracted plant. *Location-based* counts what the
    grid of the site emits in that hour, whatever has been contracted [1]_.

    References
    ----------
    .. [1] World Resources Institute (2015), GHG Protocol Scope 2 Guidance, chapters 4 and 6.
    """
    at_site: FloatArray = grid.carbon_t_per_mwh[offers.site]
    if (at.study.supply.carbon == "location") != other:
        return at_site
    plant = at.catalogue.supply_sources.loc[list(offers.technology), "carbon_g_per_kwh"]
    delivered = plant.to_numpy(dtype=float) * offers.bought / 1000.0
    return np.broadcast_to(delivered[:, None], at_site.shape)


def other_conventions(
    at: Setting, c: Coefficients, grid: Grid, offers: Offers
) -> dict[str, tuple[Coefficients, str]]:
    """Numbers and metric of each convention that the study did not choose.

    By name: the metric, then what is different.
    """
    study = at.study
    carbon = replace(c, offer_carbon_t_per_mwh=offer_carbon_t_per_mwh(at, grid, offers, other=True))
    basis = "contract" if study.supply.carbon == "location" else "location"
    found = {f"carbon_t_co2e_{basis}_based": (carbon, "carbon_t_co2e")}
    for signal, grams in grid.carbon_by_signal.items():
        if signal != study.supply.carbon_signal and np.isfinite(grams).all():
            location = study.supply.carbon == "location"
            offered = grams[offers.site] if location else c.offer_carbon_t_per_mwh
            other = replace(c, grid_carbon_t_per_mwh=grams, offer_carbon_t_per_mwh=offered)
            found[f"carbon_t_co2e_{signal}"] = (other, "carbon_t_co2e")
    for name in SCOPES:
        found[f"carbon_t_co2e_{name.split('_')[1]}"] = (c, name)
    for name in HYDRO_WATER:
        if name != study.supply.hydro_water:
            water = replace(
                c,
                grid_water_l_per_kwh=grid.water_l_per_kwh[name],
                offer_water_l_per_kwh=offer_water_l_per_kwh(at, offers, name),
            )
            found[f"water_m3_hydro_{name}"] = (water, "water_m3")
            found[f"water_scarcity_m3_hydro_{name}"] = (water, "water_scarcity_m3")
    for estimate in ESTIMATES:
        if estimate != study.supply.prices:
            price = replace(
                c,
                grid_price_usd_per_mwh=grid.price_usd_per_mwh[estimate],
                offer_price_usd_per_mwh=offer_price_usd_per_mwh(at, offers, estimate),
            )
            found[f"cost_usd_prices_{estimate}"] = (price, "cost_usd")
        if estimate != study.demand.server_carbon:
            servers = replace(c, it_carbon_t_per_mw=_it_carbon_t_per_mw(study, estimate))
            found[f"carbon_t_co2e_servers_{estimate}"] = (servers, "carbon_t_co2e")
    return found


def planner_limits(study: Study, sites: pd.DataFrame) -> Limits:
    """The limits of a study and of the ground of its sites, as the optimizer sees them."""
    land = zip(map(str, sites.index), given(sites, "land_limit_mw"), strict=True)
    limits = study.limits
    budgets = ("energy_mwh", "carbon_t_co2e", *SCOPES, "water_m3", "cost_usd")
    same = ("max_share_per_site", "pue_max", "wue_max_l_per_kwh", "max_mw_per_site",
            "min_mw_per_site", "max_sites", "min_sites", "max_ramp_mw_per_hour",
            "site_water_m3", "site_withdrawal_m3")  # fmt: skip
    asked = [(name, getattr(limits, name)) for name in budgets]
    return Limits(
        **{name: getattr(limits, name) for name in same},
        budgets=tuple((name, value) for name, value in asked if value is not None),
        land_mw=tuple((site, float(mw)) for site, mw in land if np.isfinite(mw)),
        design_mw=tuple(
            (limits.of_design(k, "min_mw_per_site"), limits.of_design(k, "max_mw_per_site"))
            for k in study.designs
        ),
        open_sites=limits.open,
        closed_sites=limits.closed,
    )


def needed_mw(study: Study) -> float:
    """IT power that all workloads need: load over utilization, or at its peak. [MW]."""
    loads = study.demand.loads_mw
    return sum(loads[w.name] * _servers_per_load(w) for w in study.demand.workloads)


def _servers_per_load(workload: Workload) -> float:
    """Most servers that a MW of the mean load of a workload needs. [-]."""
    peak = 1.0 if workload.profile is None else float(load_hours(workload.profile)[1].max())
    return max(1.0 / workload.utilization, peak)


_OF_PAIRS = ("pue", "pue_peak", "wue_l_per_kwh", "withdrawal_l_per_kwh", "generated_kwh_per_kwh",
             "fuel_kwh_per_kwh")  # fmt: skip


def pair_arrays(at: Setting, pairs: Pairs, most: NDArray[np.intp]) -> dict[str, Any]:
    """Fields of `Coefficients` that each pair has."""
    study, sites = at.study, at.sites
    rate = annuity(study.economics.discount_rate, study.economics.lifetime_years)
    designs = [DESIGNS[name] for name in study.designs]
    refresh = [refresh_per_year(study, d.name) for d in designs]
    each = [
        (d.embodied_kg_per_kw_yr + d.refrigerant_t_per_mw_yr + vessels,
         study.economics.of_design(d.name, "om_usd_per_kw_yr") + usd)
        for d, (usd, vessels) in zip(designs, refresh, strict=True)
    ]  # fmt: skip
    carbon, om = np.array(each).T
    spare = np.array([spare_share(study, name) for name in study.designs])
    capex = np.array([d.capex_usd_per_kw for d in designs])[pairs.design]
    own = of_pairs(at, pairs, "capex_usd_per_kw")
    capex = np.where(np.isnan(own), capex, own)
    return {
        "pair_site": pairs.site,
        "pair_design": pairs.design,
        **{name: getattr(pairs, name) for name in _OF_PAIRS},
        "fuel_carbon_t_per_mwh": GAS_EMISSIONS_KG_PER_KWH.value,
        "fuel_price_usd_per_mwh": study.economics.gas_price_usd_per_mwh,
        "block_mw": np.array([d.block_mw for d in designs])[pairs.design],
        "max_modules": most,
        # 1 kg/kW is 1 t/MW.
        "fixed_carbon_t_per_mw": carbon[pairs.design],
        "it_carbon_t_per_mw": _it_carbon_t_per_mw(study, study.demand.server_carbon),
        "spare_share": spare[pairs.design],
        "fixed_cost_usd_per_mw": 1000.0
        * capex
        * (rate * _own_share(sites) + _tax_share(sites))[pairs.site],
        "om_usd_per_mw": 1000.0 * om[pairs.design]
        + _demand_charge_usd_per_mw(study, sites)[pairs.site] * pairs.pue_peak
        + _land_usd_per_mw(study, sites)[pairs.site],
    }


def _it_carbon_t_per_mw(study: Study, estimate: Estimate) -> FloatArray:
    """Embodied carbon of the servers of each workload, shape (W,). [t CO2e/MW/a]."""
    # 1 kg/kW is 1 t/MW.
    each = study.demand.embodied_by_workload(estimate)
    return study.technology.server_embodied_factor * np.array(list(each.values()))


def _demand_charge_usd_per_mw(study: Study, sites: pd.DataFrame) -> FloatArray:
    """Charge a year for each MW that the halls draw at most, losses included, shape (S,)."""
    usual = np.full(len(sites), study.economics.demand_charge_usd_per_mw_month)
    monthly = given_or(sites, "demand_charge_usd_per_mw_month", usual)
    return np.asarray(12.0 * monthly * bought_per_used(sites))


def _land_usd_per_mw(study: Study, sites: pd.DataFrame) -> FloatArray:
    """Interest and property tax on the land of an installed MW; land keeps its worth. (S,)."""
    price = np.nan_to_num(given(sites, "land_usd_per_ha"))
    yearly = study.economics.discount_rate + _tax_share(sites)
    return np.asarray(study.economics.land_ha_per_mw * price * yearly)


def _own_share(sites: pd.DataFrame) -> FloatArray:
    """Share of its capital cost that each site pays itself, without credits, shape (S,). [-]."""
    return np.asarray(1.0 - np.nan_to_num(given(sites, "capex_credit_share")))


def refresh_per_year(study: Study, design: str) -> tuple[float, float]:
    """Annual cost and emissions of retrieving sealed pods to change their IT.

    [USD/kW/yr] and [kgCO2e/kW/yr]; zero for designs that can be opened.
    """
    figure = study.economics.of_design
    years = figure(design, "refresh_years")
    if years == 0:
        return 0.0, 0.0
    return (
        figure(design, "refresh_usd_per_kw") / years,
        figure(design, "refresh_kg_co2e_per_kw") / years,
    )


def spare_share(study: Study, design: str) -> float:
    """Servers to be made for a design beyond those that work elsewhere. [-].

    Spares of pods that nobody opens, and more servers over the years where these are taken out
    before they are as old as elsewhere: (1 + spares) · life / refresh_years − 1. Servers that stay
    longer are not counted as fewer.
    """
    years = study.economics.of_design(design, "refresh_years") or SERVER_YEARS.value
    return (1.0 + DESIGNS[design].it_spare_share) * max(1.0, SERVER_YEARS.value / years) - 1.0


def _tax_share(sites: pd.DataFrame) -> FloatArray:
    """Share of its capital cost that each site pays as tax every year, shape (S,). [1/yr]."""
    return np.nan_to_num(given(sites, "property_tax_share"))


def site_cost_arrays(study: Study, sites: pd.DataFrame) -> dict[str, Any]:
    """Fields of `Coefficients` that say what opening and holding a site costs a year."""
    economics = study.economics
    rate = annuity(economics.discount_rate, economics.lifetime_years)
    site, count = economics.site, len(sites)
    capital = given_or(sites, "opening_cost_usd", np.full(count, site.capital_usd))
    return {
        "open_cost_usd": capital * (rate * _own_share(sites) + _tax_share(sites))
        + site.staff_usd_per_yr,
        "open_carbon_t_co2e": np.full(count, site.embodied_t_co2e / economics.lifetime_years),
    }


def price_scale(study: Study) -> Scale | None:
    """Price of halls by how many stand at a site; None where each costs the same."""
    steps = study.economics.scale
    if not steps:
        return None
    return Scale(
        np.array([step.from_mw for step in steps]), np.array([step.capex_factor for step in steps])
    )


def grid_arrays(at: Setting, grid: Grid) -> dict[str, Any]:
    """Fields of `Coefficients` that come from the grid and the place of each site."""
    study, sites = at.study, at.sites
    water_price = np.full(len(sites), study.economics.water_price_usd_per_m3)
    return {
        "grid_carbon_t_per_mwh": grid.carbon_t_per_mwh,
        "grid_price_usd_per_mwh": grid.price_usd_per_mwh[study.supply.prices],
        "grid_water_l_per_kwh": grid.water_l_per_kwh[study.supply.hydro_water],
        "grid_withdrawal_l_per_kwh": grid.withdrawal_l_per_kwh,
        "water_price_usd_per_m3": given_or(sites, "water_price_usd_per_m3", water_price),
        "electricity_tax_usd_per_mwh": _electricity_tax(study, sites) * bought_per_used(sites),
        "carbon_price_usd_per_t": study.economics.carbon_price_usd_per_t,
        "scarcity_site": sites["scarcity_factor"].to_numpy(dtype=float),
        "scarcity_grid": sites["scarcity_factor_country"].to_numpy(dtype=float),
        "connection_mw": connection_base_mw(at) / bought_per_used(sites),
    }


def _electricity_tax(study: Study, sites: pd.DataFrame) -> FloatArray:
    """Tax on each MWh bought: the planner's, or by the country where the study asks. [USD/MWh]."""
    usual = np.zeros(len(sites))
    if study.economics.electricity_tax == "country":
        usual = electricity_tax_usd_per_mwh(sites["country"].astype(str).tolist())
    return given_or(sites, "electricity_tax_usd_per_mwh", usual)


def offer_arrays(at: Setting, grid: Grid, offers: Offers) -> dict[str, Any]:
    """Fields of `Coefficients` that each contract offer has."""
    terms, facts = at.study.supply, at.catalogue.supply_sources.loc[list(offers.technology)]
    return {
        "offer_site": offers.site,
        "offer_source": offers.source,
        "offer_limit_mw": offers.limit_mw,
        "capacity_factor": offers.capacity_factor,
        "offer_carbon_t_per_mwh": offer_carbon_t_per_mwh(at, grid, offers),
        "offer_water_l_per_kwh": offer_water_l_per_kwh(at, offers, terms.hydro_water),
        "offer_withdrawal_l_per_kwh": facts["withdrawal_l_per_kwh"].to_numpy(dtype=float)
        * offers.bought,
        "offer_price_usd_per_mwh": offer_price_usd_per_mwh(at, offers, terms.prices),
        "max_contract_share": terms.max_contract_share,
    }
