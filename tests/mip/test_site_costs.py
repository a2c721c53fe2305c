"""What sites and halls cost besides capital, against enumeration and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.halls import Scale, price_steps
from siting.coefficients.structure import Structure
from siting.errors import InfeasibleError
from siting.mip import Objective, SolverOptions, build_model, optimize
from tests.helpers.aging import small_plan
from tests.helpers.brute_force import brute_force, priced_mw
from tests.helpers.futures import best_future
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds

EXACT = SolverOptions(gap=1e-7)
COST = Objective("weighted", {"cost_usd": 1.0})


def small(seed: int) -> Coefficients:
    """Three sites of two designs; few sites, least sizes, taxes and steps of price in some."""
    c = random_instance(seed, sites=3, designs=2, regions=2, slices=2)
    block = c.block_mw * max(1.0, 2.2 * c.total_demand_mw / (2 * c.block_mw[:2].sum()))
    c = replace(
        c,
        max_modules=np.full(len(c.pair_site), 2),
        block_mw=block,
        connection_mw=np.full(len(c.sites), 10 * c.total_demand_mw),
        open_cost_usd=c.open_cost_usd * (1 + seed % 4),
    )
    if seed % 3 == 1:
        taxed = np.array([0.0, 40.0, 5.0]) * (1 + seed % 2)
        water = np.array([9.0, 0.0, 2.0])
        c = replace(c, electricity_tax_usd_per_mwh=taxed, water_price_usd_per_m3=water)
    if seed % 4 > 1:
        least = 1.1 * float(block[c.pair_design == seed % 2].max())
        sizes = [(None, None), (None, None)]
        sizes[seed % 2] = (least, None)
        c = with_limits(c, design_mw=tuple(sizes))
    if seed % 5 < 3:
        start = np.array([0.0, 0.9, 1.6])[: 2 + seed % 2] * float(block.mean())
        c = replace(c, scale=Scale(start, np.array([1.3, 0.9, 0.5])[: len(start)]))
    return with_limits(c, max_sites=1 + seed % 2) if seed % 3 == 0 else c


@pytest.mark.parametrize("seed", seeds(100))
def test_both_programs_equal_enumeration(seed: int) -> None:
    c, metric = small(seed), ("cost_usd", "cost_usd", "carbon_t_co2e")[seed % 3]
    expected = brute_force(c, {metric: 1.0})
    for decomposed in (False, True):
        model = build_model(c, decomposed=decomposed)
        objective = Objective("weighted", {metric: 1.0})
        if np.isinf(expected):
            with pytest.raises(InfeasibleError):
                optimize(model, objective, EXACT)
            continue
        found = optimize(model, objective, EXACT)
        assert found.objective == pytest.approx(expected, rel=2e-6), decomposed
        assert found.metrics[metric].sum() == pytest.approx(found.objective, rel=1e-6)


def opened(c: Coefficients, objective: Objective = COST) -> int:
    found = optimize(build_model(c), objective, EXACT)
    return len(np.unique(c.pair_site[found.decisions.is_open > 0.5]))


def test_dearer_sites_are_never_more_and_mostly_fewer() -> None:
    """The count of an optimum cannot rise with the price of each site."""
    fewer = 0
    for seed in range(8):
        c = replace(random_instance(seed, sites=5, regions=4), open_carbon_t_co2e=np.zeros(5))
        counts = [opened(replace(c, open_cost_usd=np.full(5, usd))) for usd in (0.0, 4e6, 1e9)]
        assert counts == sorted(counts, reverse=True)
        fewer += counts[-1] < counts[0]
    assert fewer >= 6


def two_designs(seed: int) -> Coefficients:
    """One site with room for one hall of each of two designs, both of which are needed."""
    c = random_instance(seed, sites=1, designs=2, regions=1, slices=1)
    return replace(
        c,
        max_modules=np.ones(2, dtype=int),
        block_mw=np.full(2, 0.6 * c.total_demand_mw),
        connection_mw=np.full(1, 10 * c.total_demand_mw),
        structure=Structure(designs_per_site=2),
    )


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("metric", ["cost_usd", "carbon_t_co2e"])
def test_a_site_is_charged_once_however_many_designs_stand_there(
    metric: str, decomposed: bool
) -> None:
    c = two_designs(3)
    free = replace(c, open_cost_usd=np.zeros(1), open_carbon_t_co2e=np.zeros(1))
    objective = Objective("weighted", {metric: 1.0})
    with_it, without = (
        optimize(build_model(k, decomposed=decomposed), objective, EXACT) for k in (c, free)
    )
    assert with_it.decisions.is_open.sum() == 2
    carbon = float(c.open_carbon_t_co2e[0])
    charged = {
        "cost_usd": float(c.open_cost_usd[0]) + c.carbon_price_usd_per_t * carbon,
        "carbon_t_co2e": carbon,
    }
    for name, amount in charged.items():
        more = with_it.metrics[name].sum() - without.metrics[name].sum()
        assert more == pytest.approx(amount, rel=1e-6), name


def test_steps_give_the_price_of_every_number_of_halls() -> None:
    """Each number lies in the first step that holds it; its price is the sum over the steps."""
    scale = Scale(np.array([0.0, 12.0, 30.0]), np.array([1.5, 1.0, 0.8]))
    block, most = np.array([5.0, 10.0, 40.0, 5.0]), np.array([9, 7, 2, 2])
    steps = price_steps(scale, block, most)
    by_hand = {
        (0, 2): 1.5 * 10, (0, 3): 1.5 * 12 + 3, (0, 6): 1.5 * 12 + 18, (0, 9): 36 + 0.8 * 15,
        (1, 1): 15.0, (1, 3): 36.0, (1, 7): 36 + 0.8 * 40,
        (2, 1): 36 + 0.8 * 10, (2, 2): 36 + 0.8 * 50,
    }  # fmt: skip
    for (p, n), mw in by_hand.items():
        (own,) = np.flatnonzero((steps.pair == p) & (steps.least <= n) & (n <= steps.most))[:1]
        priced = steps.fixed[own] + steps.slope[own] * n
        assert priced * block[p] == pytest.approx(mw), (p, n)
    assert 3 not in steps.pair  # two halls of 5 MW never leave the first step
    assert (steps.least == np.round(steps.least)).all()


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("metric", ["cost_usd", "energy_mwh"])
def test_the_price_is_exact_even_where_nothing_minimizes_it(metric: str, decomposed: bool) -> None:
    c = small(12)
    assert c.scale is not None
    found = optimize(
        build_model(c, decomposed=decomposed), Objective("weighted", {metric: 1.0}), EXACT
    )
    built = found.decisions.modules * c.block_mw
    assert found.decisions.priced * c.block_mw == pytest.approx(
        [priced_mw(c, mw) for mw in built], rel=1e-6, abs=1e-6
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_a_period_adds_is_paid_at_the_steps_that_it_fills(seed: int) -> None:
    plan = small_plan(seed)
    block = float(plan.states[0].coefficients.block_mw.mean())
    scale = Scale(np.array([0.0, 0.8, 1.7]) * block, np.array([1.4, 1.0, 0.6]))
    more = 1 - seed % 2  # odd seeds have three periods and as many counts as can be tried
    plan = plan.with_coefficients(
        [
            replace(
                k.coefficients,
                scale=scale,
                max_modules=np.where(
                    k.coefficients.max_modules > 0, k.coefficients.max_modules + more, 0
                ),
            )
            for k in plan.states
        ]
    )
    expected = best_future(plan, {"cost_usd": 1.0})
    for decomposed in (False, True):
        found = optimize(build_model(plan, decomposed=decomposed), COST, EXACT)
        assert found.objective == pytest.approx(expected, rel=2e-6), decomposed
