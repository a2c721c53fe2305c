"""Periods and scenarios against enumeration, and each measure of risk by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance, State
from siting.mip import Objective, Solution, SolverOptions, build_model, optimize
from tests.helpers.futures import best_future
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds, turns

EXACT = SolverOptions(gap=1e-7)
MEASURES = ("expected", "cvar", "worst", "regret")
CHANCES = (0.5, 0.3, 0.2)


def small_future(seed: int, measure: str, periods: int = 1) -> Instance:
    """Three scenarios of three sites; demand grows and later costs weigh less."""
    rng = np.random.default_rng(seed)
    c = random_instance(seed, sites=3, designs=1 + seed % 2, regions=2, slices=2)
    most = 2 - seed % 2
    block = c.block_mw * max(1.0, 2.6 * c.total_demand_mw / (most * c.block_mw[:2].sum()))
    c = replace(
        c,
        max_modules=np.full(len(c.pair_site), most),
        block_mw=block,
        connection_mw=np.full(len(c.sites), 10 * c.total_demand_mw),
    )
    states = [
        State(
            replace(
                c,
                demand_mw=c.demand_mw * (1.0 + 0.4 * y) * (1.0 + 0.1 * w),
                grid_carbon_t_per_mwh=c.grid_carbon_t_per_mwh * rng.uniform(0.3, 2, (3, 1)),
                grid_price_usd_per_mwh=c.grid_price_usd_per_mwh * rng.uniform(0.5, 2, (3, 1)),
                capacity_factor=c.capacity_factor * rng.uniform(0.2, 1.0),
                wue_l_per_kwh=c.wue_l_per_kwh * rng.uniform(0.5, 2, (len(c.pair_site), 1)),
            ),
            y, w, chance,
            share=((1.0,), (0.4, 0.6))[periods - 1][y],
            cost_share=((1.0,), (0.55, 0.45))[periods - 1][y],
        )
        for y in range(periods)
        for w, chance in enumerate(CHANCES)
    ]  # fmt: skip
    return Instance(tuple(states), tuple(range(periods)), ("a", "b", "c"), measure, 0.6)


def best(instance: Instance, metric: str) -> Solution:
    return optimize(build_model(instance), Objective("weighted", {metric: 1.0}), EXACT)


@pytest.mark.parametrize(("measure", "seed"), turns(MEASURES, 5))
def test_scenarios_equal_enumeration(measure: str, seed: int) -> None:
    metric = ("carbon_t_co2e", "cost_usd", "water_m3")[seed % 3]
    instance = small_future(seed, measure)
    expected = best_future(instance, {metric: 1.0})
    assert best(instance, metric).objective == pytest.approx(expected, rel=2e-6, abs=1e-3)


@pytest.mark.parametrize(("measure", "seed"), turns(MEASURES, 3))
def test_periods_and_scenarios_equal_enumeration(measure: str, seed: int) -> None:
    metric = ("cost_usd", "carbon_t_co2e", "water_m3")[seed % 3]
    instance = small_future(seed, measure, periods=2)
    expected = best_future(instance, {metric: 1.0})
    assert best(instance, metric).objective == pytest.approx(expected, rel=2e-6, abs=1e-3)


@pytest.mark.parametrize("seed", seeds(10))
def test_worst_is_never_better_than_the_tail_nor_the_tail_than_the_mean(seed: int) -> None:
    values = {m: best(small_future(seed, m), "carbon_t_co2e").objective for m in MEASURES}
    mean, tail, worst = (values[m] * (1 - 1e-7) for m in ("expected", "cvar", "worst"))
    assert mean <= values["cvar"]
    assert tail <= values["worst"]
    assert values["regret"] >= 0.0
    assert values["regret"] <= worst / (1 - 1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_what_stands_stays_and_is_the_same_under_every_scenario(seed: int) -> None:
    found = best(small_future(seed, "expected", periods=2), "cost_usd")
    before, after = found.states[0].decisions, found.states[3].decisions
    assert (after.modules >= before.modules - 1e-9).all()
    for first, others in ((0, (1, 2)), (3, (4, 5))):
        for i in others:
            one, other = found.states[first].decisions, found.states[i].decisions
            np.testing.assert_array_equal(one.modules, other.modules)
            np.testing.assert_allclose(one.contract_mw, other.contract_mw, atol=1e-9)


def two_grids(measure: str, alpha: float = 0.6) -> Instance:
    """10 MW at one of two sites: a steady grid of 0.2 t/MWh, or 0.05 that is 0.6 in one of five.

    PUE 1, one slice of 8,760 h, nothing embodied: 87,600 MWh a year.
    """
    c = random_instance(0, sites=2, designs=1, regions=1, slices=1, sources=1)
    c = replace(
        with_limits(c, max_sites=1),
        pue=np.ones((2, 1)), pue_peak=np.ones(2), fuel_carbon_t_per_mwh=0.0,
        generated_kwh_per_kwh=np.zeros((2, 1)), offer_limit_mw=np.zeros(2),
        fixed_carbon_t_per_mw=np.zeros(2), it_carbon_t_per_mw=np.zeros(2), spare_share=np.zeros(2),
        open_carbon_t_co2e=np.zeros(2),
        demand_mw=np.array([[4.0], [6.0]]), block_mw=np.array([10.0, 10.0]),
        eligible=np.ones((2, 1, 2), dtype=bool), connection_mw=np.full(2, 100.0),
    )  # fmt: skip

    def under(unsteady: float) -> Coefficients:
        return replace(c, grid_carbon_t_per_mwh=np.array([[0.2], [unsteady]]))

    states = [State(under(g), 0, w, p) for w, (g, p) in enumerate([(0.05, 0.8), (0.6, 0.2)])]
    return Instance(tuple(states), (0,), ("normal", "dirty"), measure, alpha)


@pytest.mark.parametrize(
    ("measure", "alpha", "site", "t_per_mwh"),
    [
        ("expected", 0.6, 1, 0.8 * 0.05 + 0.2 * 0.6),  # 0.16 against 0.2
        ("cvar", 0.0, 1, 0.16),  # nothing left out: the mean
        # The worst 80 %: 0.2 at 0.6 and 0.6 at 0.05, which is 0.1875 against 0.2.
        ("cvar", 0.2, 1, (0.2 * 0.6 + 0.6 * 0.05) / 0.8),
        ("cvar", 0.6, 0, 0.2),  # 0.325 against 0.2
        ("worst", 0.6, 0, 0.2),  # 0.6 against 0.2
        ("regret", 0.6, 0, 0.2 - 0.05),  # 0.15 in a normal year against 0.4 in a dirty one
    ],
)
def test_measures_of_two_grids_are_those_worked_out_by_hand(
    measure: str, alpha: float, site: int, t_per_mwh: float
) -> None:
    found = best(two_grids(measure, alpha), "carbon_t_co2e")
    assert found.objective == pytest.approx(87_600 * t_per_mwh, rel=1e-6)
    assert found.states[0].decisions.modules[site] == 1


def test_tail_of_a_fixed_placement_is_the_mean_of_its_worst_share() -> None:
    instance = small_future(4, "cvar")
    found = best(instance, "carbon_t_co2e")
    z = [float(state.metrics["carbon_t_co2e"].sum()) for state in found.states]
    left, tail = 1.0 - instance.alpha, 0.0
    for value, chance in sorted(zip(z, CHANCES, strict=True), reverse=True):
        part = min(left, chance)
        tail, left = tail + part * value, left - part
    assert found.objective == pytest.approx(tail / (1.0 - instance.alpha), rel=1e-6)
