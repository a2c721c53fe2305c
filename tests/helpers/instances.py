"""Small siting problems with random but physical numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.coefficients import Coefficients, Limits


def random_instance(
    seed: int,
    *,
    sites: int = 4,
    designs: int = 2,
    regions: int = 3,
    slices: int = 3,
    sources: int = 1,
    limits: Limits | None = None,
) -> Coefficients:
    """A problem that has an answer: every region can be served from at least two sites."""
    rng, extra = np.random.default_rng(seed), np.random.default_rng((seed, 1))
    hours = rng.dirichlet(np.ones(slices)) * 8760
    pair_site = np.repeat(np.arange(sites), designs)
    pair_design = np.tile(np.arange(designs), sites)
    pairs, workloads = sites * designs, 2
    eligible = rng.random((workloads, regions, sites)) < 0.7
    eligible[:, :, :2] = True
    offer_site = np.repeat(np.arange(sites), sources)
    offers = len(offer_site)
    pue = 1.03 + 0.5 * rng.random((pairs, slices))
    block = rng.choice([5.0, 8.0, 10.0], size=pairs)
    return Coefficients(
        sites=tuple(f"site_{i}" for i in range(sites)),
        designs=tuple(f"design_{i}" for i in range(designs)),
        demand=tuple(f"region_{i}" for i in range(regions)),
        workloads=("interactive", "training"),
        hours=hours,
        pair_site=pair_site,
        pair_design=pair_design,
        pue=pue,
        pue_peak=pue.max(axis=1) + 0.05,
        wue_l_per_kwh=2 * rng.random((pairs, slices)),
        withdrawal_l_per_kwh=2 + 3 * rng.random((pairs, slices)),
        generated_kwh_per_kwh=np.where(rng.random((pairs, 1)) < 0.2, 0.4, 0.0) * np.ones(slices),
        fuel_kwh_per_kwh=rng.random((pairs, slices)),
        fuel_carbon_t_per_mwh=0.2,
        fuel_price_usd_per_mwh=30.0,
        carbon_price_usd_per_t=40.0,
        block_mw=block,
        max_modules=np.full(pairs, 4),
        fixed_carbon_t_per_mw=20 * rng.random(pairs),
        it_carbon_t_per_mw=np.array([150.0, 60.0]),
        spare_share=np.where(rng.random(pairs) < 0.3, 0.05, 0.0),
        fixed_cost_usd_per_mw=1e6 * (0.5 + rng.random(pairs)),
        om_usd_per_mw=3e5 * extra.random(pairs),
        open_cost_usd=2e6 * rng.random(pairs)[:sites],
        open_carbon_t_co2e=400 * extra.random(sites),
        grid_carbon_t_per_mwh=rng.random((sites, slices)),
        grid_price_usd_per_mwh=20 + 100 * rng.random((sites, slices)),
        grid_water_l_per_kwh=4 * rng.random(sites),
        grid_withdrawal_l_per_kwh=5 + 40 * rng.random(sites),
        water_price_usd_per_m3=np.full(sites, 2.0),
        electricity_tax_usd_per_mwh=np.zeros(sites),
        scarcity_site=0.1 + 50 * rng.random(sites),
        scarcity_grid=0.1 + 50 * rng.random(sites),
        connection_mw=25 + 25 * rng.random(sites),
        offer_site=offer_site,
        offer_source=tuple(("wind", "solar", "hydro")[i % sources] for i in range(offers)),
        offer_limit_mw=20 * rng.random(offers),
        capacity_factor=rng.random((offers, slices)),
        offer_carbon_t_per_mwh=0.05 * rng.random((offers, slices)),
        offer_water_l_per_kwh=rng.choice([0.0, 0.1, 17.0], size=offers),
        offer_withdrawal_l_per_kwh=rng.random(offers),
        offer_price_usd_per_mwh=20 + 60 * rng.random(offers),
        max_contract_share=0.8,
        demand_mw=rng.uniform(0.5, 6.0, size=(workloads, regions)),
        capacity_per_load=np.ones(workloads),
        rtt_ms=rng.uniform(5, 200, size=(regions, sites)),
        eligible=eligible,
        flow_cost_usd_per_mw=np.zeros((regions, sites)),
        limits=limits or Limits(),
    )


def with_limits(c: Coefficients, **limits: object) -> Coefficients:
    """The same problem under other limits."""
    return replace(c, limits=replace(c.limits, **limits))
