"""Published optima of the OR-Library warehouse instances, through the same core."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.mip import Objective, SolverOptions, build_model, optimize

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "orlib.json").read_text())


def warehouse_problem(instance: dict, *, capacitated: bool = True) -> Coefficients:
    """Warehouses as sites with one module, customers as demand, transport as flow cost."""
    capacity, demand = np.array(instance["capacity"]), np.array(instance["demand"])
    cost = np.array(instance["cost"])
    s, d = len(capacity), len(demand)
    if not capacitated:
        capacity = np.full(s, demand.sum())
    one, none = np.ones((s, 1)), np.zeros((s, 1))
    return Coefficients(
        sites=tuple(f"w{i}" for i in range(s)),
        designs=("warehouse",),
        demand=tuple(f"c{i}" for i in range(d)),
        workloads=("goods",),
        hours=np.array([1.0]),
        pair_site=np.arange(s),
        pair_design=np.zeros(s, dtype=int),
        pue=one,
        pue_peak=np.ones(s),
        wue_l_per_kwh=none,
        withdrawal_l_per_kwh=none,
        generated_kwh_per_kwh=none,
        fuel_kwh_per_kwh=none,
        fuel_carbon_t_per_mwh=0.0,
        fuel_price_usd_per_mwh=0.0,
        carbon_price_usd_per_t=0.0,
        block_mw=capacity,
        max_modules=np.ones(s, dtype=int),
        fixed_carbon_t_per_mw=np.zeros(s),
        it_carbon_t_per_mw=0.0,
        spare_share=np.zeros(s),
        fixed_cost_usd_per_mw=np.zeros(s),
        open_cost_usd=np.array(instance["opening"]),
        grid_carbon_t_per_mwh=none,
        grid_price_usd_per_mwh=none,
        grid_water_l_per_kwh=np.zeros(s),
        grid_withdrawal_l_per_kwh=np.zeros(s),
        water_price_usd_per_m3=0.0,
        scarcity_site=np.ones(s),
        scarcity_grid=np.ones(s),
        connection_mw=capacity,
        offer_site=np.zeros(0, dtype=int),
        offer_source=(),
        offer_limit_mw=np.zeros(0),
        capacity_factor=np.zeros((0, 1)),
        offer_carbon_t_per_mwh=np.zeros((0, 1)),
        offer_water_l_per_kwh=np.zeros(0),
        offer_withdrawal_l_per_kwh=np.zeros(0),
        offer_price_usd_per_mwh=np.zeros(0),
        max_contract_share=1.0,
        demand_mw=demand[None, :],
        capacity_per_load=np.ones(1),
        rtt_ms=np.ones((d, s)),
        eligible=np.ones((1, d, s), dtype=bool),
        flow_cost_usd_per_mw=cost / np.where(demand > 0, demand, 1.0)[:, None],
    )


@pytest.mark.parametrize("name", FIXTURE)
def test_published_optimum_is_reached(name: str) -> None:
    problem = warehouse_problem(FIXTURE[name])
    found = optimize(
        build_model(problem), Objective("weighted", {"cost_usd": 1.0}), SolverOptions(gap=1e-8)
    )
    assert found.objective == pytest.approx(FIXTURE[name]["optimum"], rel=1e-7)
    assert found.gap <= 1e-7


def test_without_capacities_cap101_keeps_its_published_optimum() -> None:
    # OR-Library lists 796,648.4375 for cap101 as an uncapacitated problem too.
    problem = warehouse_problem(FIXTURE["cap101"], capacitated=False)
    found = optimize(
        build_model(problem), Objective("weighted", {"cost_usd": 1.0}), SolverOptions(gap=1e-8)
    )
    assert found.objective == pytest.approx(796648.4375, rel=1e-8)
