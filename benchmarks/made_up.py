"""A siting problem of any size with made-up but physical numbers, for both ways to solve it."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.geo import sphere_km

__all__ = ["REGIONS", "WORKLOADS", "made_up_problem"]


REGIONS = 80
#: Workload, share of all load, and largest distance that its users bear. [-], [km]
WORKLOADS = (("interactive", 0.5, 6_000.0), ("batch", 0.3, 12_000.0), ("training", 0.2, np.inf))
#: All load, and the most of it for each site, so that few sites have room for it. [MW]
TOTAL_MW, TOTAL_MW_PER_SITE = 1_500.0, 20.0
SOURCES = ("hydro", "wind", "solar")
DESIGNS = ("air", "tower")
SEED = 0


def made_up_problem(sites: int, slices: int, *, regions: int = REGIONS) -> Coefficients:
    """Sites and users over the globe; weather, prices and wind with seasons, days and noise.

    All numbers are assumed: they have the size and the swing of real ones and no place behind
    them. The same size gives the same numbers.

    Parameters
    ----------
    sites, slices, regions : int
        Size.

    Returns
    -------
    Coefficients
        Two designs a site, three contracts a site, three workloads.
    """
    place = np.random.default_rng(SEED)
    lat, lon = _globe(place, sites)
    user_lat, user_lon = _globe(place, regions)
    km = sphere_km(user_lon[:, None], user_lat[:, None], lon[None, :], lat[None, :])
    rng = np.random.default_rng(SEED + 1)
    year, day = _waves(slices)
    mean = 28.0 - 0.55 * np.abs(lat)
    air_c = mean[:, None] - np.sign(lat)[:, None] * np.outer(0.2 * np.abs(lat), year)
    air_c = air_c - 4.0 * day + rng.normal(0.0, 2.0, (sites, slices))
    hot = np.clip((air_c - 18.0) / 20.0, 0.0, 1.0)
    pue = np.stack([1.12 + 0.30 * hot, 1.10 + 0.12 * hot], axis=1).reshape(2 * sites, slices)
    wue = np.stack([0.05 * hot, 0.3 + 1.8 * hot], axis=1).reshape(2 * sites, slices)
    pairs, offers = 2 * sites, len(SOURCES) * sites
    nearest = np.argmin(km, axis=1)
    eligible = np.stack([km <= limit for _, _, limit in WORKLOADS])
    eligible[:, np.arange(regions), nearest] = True
    total_mw = min(TOTAL_MW, TOTAL_MW_PER_SITE * sites)
    weight = rng.dirichlet(np.full(regions, 2.0))
    carbon = rng.uniform(0.02, 0.8, sites)
    price = rng.uniform(35.0, 120.0, sites)
    swing = 1.0 + 0.25 * year - 0.15 * day + rng.normal(0.0, 0.1, (sites, slices))
    return Coefficients(
        sites=tuple(f"site_{i}" for i in range(sites)),
        designs=DESIGNS,
        demand=tuple(f"region_{i}" for i in range(regions)),
        workloads=tuple(name for name, _, _ in WORKLOADS),
        hours=np.full(slices, 8760.0 / slices),
        pair_site=np.repeat(np.arange(sites), 2),
        pair_design=np.tile(np.arange(2), sites),
        pue=pue,
        pue_peak=pue.max(axis=1) + 0.05,
        wue_l_per_kwh=wue,
        withdrawal_l_per_kwh=wue * 1.3,
        generated_kwh_per_kwh=np.zeros((pairs, slices)),
        fuel_kwh_per_kwh=np.zeros((pairs, slices)),
        fuel_carbon_t_per_mwh=0.2,
        fuel_price_usd_per_mwh=30.0,
        carbon_price_usd_per_t=60.0,
        block_mw=np.tile([10.0, 10.0], sites),
        max_modules=np.full(pairs, 20),
        fixed_carbon_t_per_mw=np.tile([45.0, 50.0], sites),
        it_carbon_t_per_mw=np.full(len(WORKLOADS), 350.0),
        spare_share=np.zeros(pairs),
        fixed_cost_usd_per_mw=np.repeat(rng.uniform(0.6e6, 1.2e6, sites), 2)
        * np.tile([1.0, 1.03], sites),
        om_usd_per_mw=np.zeros(pairs),  # in the price of the halls, as opening a site is
        open_cost_usd=np.zeros(sites),
        open_carbon_t_co2e=np.zeros(sites),
        grid_carbon_t_per_mwh=np.clip(carbon[:, None] * swing, 0.0, None),
        grid_price_usd_per_mwh=np.clip(price[:, None] * swing, 1.0, None),
        grid_water_l_per_kwh=rng.uniform(0.1, 3.0, sites),
        grid_withdrawal_l_per_kwh=rng.uniform(5.0, 60.0, sites),
        water_price_usd_per_m3=np.full(sites, 2.0),
        electricity_tax_usd_per_mwh=np.zeros(sites),
        scarcity_site=rng.uniform(0.2, 60.0, sites),
        scarcity_grid=rng.uniform(0.2, 60.0, sites),
        connection_mw=rng.uniform(60.0, 260.0, sites),
        offer_site=np.repeat(np.arange(sites), len(SOURCES)),
        offer_source=SOURCES * sites,
        offer_limit_mw=rng.uniform(20.0, 150.0, offers),
        capacity_factor=_capacity_factors(rng, sites, year, day),
        offer_carbon_t_per_mwh=np.tile([[0.02], [0.012], [0.04]], (sites, slices)),
        offer_water_l_per_kwh=np.tile([5.0, 0.0, 0.1], sites),
        offer_withdrawal_l_per_kwh=np.tile([5.0, 0.0, 0.1], sites),
        offer_price_usd_per_mwh=rng.uniform(30.0, 80.0, offers),
        max_contract_share=0.9,
        demand_mw=np.outer([share * total_mw for _, share, _ in WORKLOADS], weight),
        capacity_per_load=np.ones(len(WORKLOADS)),
        rtt_ms=km / 100.0,
        eligible=eligible,
        flow_cost_usd_per_mw=2.0 * km,
    )


def _globe(rng: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """Places between 40° south and 65° north. [degrees]"""
    return rng.uniform(-40.0, 65.0, count), rng.uniform(-180.0, 180.0, count)


def _waves(slices: int) -> tuple[FloatArray, FloatArray]:
    """A yearly and a daily wave, coldest first, at the middle of slices that follow each other."""
    at = (np.arange(slices) + 0.5) / slices
    hour = np.arange(slices) % 24 + 0.5
    return np.cos(2 * np.pi * at), np.cos(2 * np.pi * hour / 24)


def _capacity_factors(
    rng: np.random.Generator, sites: int, year: FloatArray, day: FloatArray
) -> FloatArray:
    """Hydro with a season, wind with noise, solar by day, in the order of the offers."""
    slices = len(year)
    hydro = 0.55 - 0.2 * year + np.zeros((sites, 1))
    wind = rng.beta(1.6, 2.6, (sites, slices)) + 0.05 * year
    solar = np.clip(-day, 0.0, None) * (0.55 - 0.15 * year) + np.zeros((sites, 1))
    factor = np.stack([hydro, wind, solar], axis=1).reshape(-1, slices)
    return np.clip(factor, 0.0, 1.0)
