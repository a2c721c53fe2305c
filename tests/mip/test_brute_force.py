"""The optimizer against enumeration on random small problems."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.errors import InfeasibleError
from siting.mip import Objective, SolverOptions, build_model, optimize
from siting.nomenclature import METRICS
from tests.helpers.brute_force import brute_force
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds, some

EXACT = SolverOptions(gap=1e-7)
SHAPES = [
    {"sites": 8, "designs": 1, "sources": 1},
    {"sites": 4, "designs": 2, "sources": 2},
    {"sites": 5, "designs": 1, "sources": 1},
]


def _cut(c: Coefficients, most: int) -> Coefficients:
    """Fewer modules, so that enumeration stays short, and blocks that still suffice."""
    block = c.block_mw * max(1.0, 2.2 * c.total_demand_mw / (most * c.block_mw[:2].sum()))
    connection = np.full(len(c.sites), 10 * c.total_demand_mw)
    return replace(
        c, max_modules=np.full(len(c.pair_site), most), block_mw=block, connection_mw=connection
    )


def _small(seed: int) -> Coefficients:
    shape = SHAPES[seed % len(SHAPES)]
    most = 1 if shape["sites"] == 8 else 2
    return _cut(random_instance(seed, regions=2, slices=2, **shape), most)


@pytest.mark.parametrize("seed", seeds(30))
def test_single_metric_optimum_equals_enumeration(seed: int) -> None:
    c = _small(seed)
    metric = list(METRICS)[seed % len(METRICS)]
    found = optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT)
    assert found.objective == pytest.approx(brute_force(c, {metric: 1.0}), rel=1e-6)
    assert found.metrics[metric].sum() == pytest.approx(found.objective, rel=1e-9)


@pytest.mark.parametrize("seed", some(range(6), 2))
def test_weighted_optimum_equals_enumeration_at_the_same_scale(seed: int) -> None:
    c = _small(seed)
    weights = {"energy_mwh": 1.0, "carbon_t_co2e": 2.0, "water_m3": 0.5}
    found = optimize(build_model(c), Objective("weighted", weights), EXACT)
    scaled = {m: w / found.payoff[m].range for m, w in weights.items()}
    assert found.objective == pytest.approx(brute_force(c, scaled), rel=1e-6)


LIMITS = {
    "max_share_per_site": {"max_share_per_site": 0.6},
    "pue_max": {"pue_max": 1.3},
    "wue_max": {"wue_max_l_per_kwh": 1.1},
    "max_mw": {"max_mw_per_site": 20.0},
    "min_mw": {"min_mw_per_site": 12.0},
    "max_sites": {"max_sites": 2},
    "min_sites": {"min_sites": 3},
    "forced": {"open_sites": ("site_3",), "closed_sites": ("site_0",)},
    "site_water": {"site_water_m3": 1.0e5},
    "site_withdrawal": {"site_withdrawal_m3": 3.0e5},
}


@pytest.mark.parametrize("family", LIMITS)
@pytest.mark.parametrize("seed", [1, 4])
def test_each_limit_equals_enumeration(family: str, seed: int) -> None:
    c = with_limits(_small(seed), **LIMITS[family])
    expected = brute_force(c, {"carbon_t_co2e": 1.0})
    objective = Objective("weighted", {"carbon_t_co2e": 1.0})
    if np.isinf(expected):
        with pytest.raises(InfeasibleError):
            optimize(build_model(c), objective, EXACT)
    else:
        found = optimize(build_model(c), objective, EXACT)
        assert found.objective == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_budget_halfway_to_the_best_equals_enumeration(metric: str) -> None:
    c = _small(1)
    goal = "carbon_t_co2e" if metric != "carbon_t_co2e" else "water_m3"
    free = optimize(build_model(c), Objective("weighted", {goal: 1.0}), EXACT)
    best = brute_force(c, {metric: 1.0})
    budget = 0.5 * (float(free.metrics[metric].sum()) + best)
    capped = with_limits(c, budgets=((metric, budget),))
    found = optimize(build_model(capped), Objective("weighted", {goal: 1.0}), EXACT)
    assert found.metrics[metric].sum() <= budget * (1 + 1e-6)
    assert found.objective == pytest.approx(brute_force(capped, {goal: 1.0}), rel=1e-6)
    assert found.objective >= free.objective * (1 - 1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_spare_capacity_equals_enumeration(seed: int) -> None:
    c = replace(_small(seed), capacity_per_load=np.array([1.6, 1.0]))
    found = optimize(build_model(c), Objective("weighted", {"carbon_t_co2e": 1.0}), EXACT)
    assert found.objective == pytest.approx(brute_force(c, {"carbon_t_co2e": 1.0}), rel=1e-6)


def test_lexicographic_holds_the_first_metric_and_then_improves_the_second() -> None:
    c = _small(4)
    model = build_model(c)
    found = optimize(
        model, Objective("lexicographic", {}, ("carbon_t_co2e", "water_m3"), 0.05), EXACT
    )
    least_carbon = brute_force(c, {"carbon_t_co2e": 1.0})
    assert found.metrics["carbon_t_co2e"].sum() <= least_carbon * 1.05 * (1 + 1e-6)
    held = with_limits(c, budgets=(("carbon_t_co2e", least_carbon * 1.05),))
    assert found.objective == pytest.approx(brute_force(held, {"water_m3": 1.0}), rel=1e-5)
