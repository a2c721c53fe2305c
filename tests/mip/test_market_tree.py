"""Branching on places: held against the cost of every set of places, each by SciPy."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from siting.arrays import FloatArray
from siting.mip import Clock, Target
from siting.mip.location import market_tree
from siting.mip.location.market import Market, class_prices, second_cheapest
from siting.mip.location.market_tree import branch_on_places

PLACES, CLASSES = 6, 8
FINE = Target(relative=1e-6)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds are as true after few steps, and the trees larger."""
    monkeypatch.setattr(market_tree, "FIRST_STEPS", 40)
    monkeypatch.setattr(market_tree, "STEPS", 15)


def market(seed: int, *, least: int = 0, most: int = PLACES, must: int | None = None) -> Market:
    """Places and classes on a square; some links are missing, the load of a place grows dearer."""
    rng = np.random.default_rng(seed)
    at, demand = rng.random((PLACES, 2)), rng.uniform(1.0, 9.0, CLASSES)
    away = np.linalg.norm(at[:, None] - rng.random((CLASSES, 2))[None], axis=2)
    cost = np.where((away > 0.9) & (np.arange(PLACES) > 2)[:, None], np.inf, 12.0 * away)
    capacity = rng.uniform(0.3, 0.7, PLACES) * demand.sum()
    opening, slope = rng.uniform(10.0, 60.0, PLACES), rng.random(PLACES)
    fixed = np.stack([opening, opening - slope * capacity / 2.0], axis=1)
    forced = None if must is None else np.arange(PLACES) == must
    return Market(
        cost, fixed, np.stack([slope, 2.0 * slope], axis=1), demand, capacity, least, most, 3.0,
        forced,
    )  # fmt: skip


def cost_of(m: Market, places: tuple[int, ...]) -> float:
    """Cost with these places open."""
    g, c = np.nonzero(np.isfinite(m.cost[list(places)]))
    flows, count = len(g), len(places)
    met = np.zeros((CLASSES, flows + count))
    met[c, np.arange(flows)] = 1.0
    load = np.zeros((count, flows + count))
    load[g, np.arange(flows)] = 1.0
    rows, high = [load], [m.capacity_mw[list(places)]]
    for fixed, slope in zip(m.fixed[list(places)].T, m.per_mw[list(places)].T, strict=True):
        row = slope[:, None] * load
        row[np.arange(count), flows + np.arange(count)] = -1.0
        rows.append(row)
        high.append(-fixed)
    price = np.concatenate([m.cost[list(places)][g, c], np.ones(count)])
    free = [(0, None)] * flows + [(None, None)] * count
    found = linprog(price, np.vstack(rows), np.concatenate(high), met, m.demand_mw, bounds=free)
    return float(found.fun) + m.base if found.success else np.inf


@cache
def costs_of_all(seed: int) -> dict[tuple[int, ...], float]:
    """Cost of each set of places."""
    sets = [s for k in range(1, PLACES + 1) for s in combinations(range(PLACES), k)]
    return {places: cost_of(market(seed), places) for places in sets}


def every(
    seed: int, *, least: int = 0, most: int = PLACES, must: int | None = None
) -> dict[tuple[int, ...], float]:
    """Cost of each set of places that may be open."""
    return {
        places: cost
        for places, cost in costs_of_all(seed).items()
        if least <= len(places) <= most and (must is None or must in places)
    }


def prices(m: Market) -> FloatArray:
    return class_prices(m, second_cheapest(m), rounds=100).price


CASES = [{}, {"most": 3}, {"least": 5}, {"must": 5}, {"must": 1, "most": 3}]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_the_tree_finds_the_cheapest_places_and_proves_it(seed: int, case: dict[str, int]) -> None:
    m = market(seed, **case)
    costs = every(seed, **case)
    best = min(costs, key=lambda places: costs[places])
    found = branch_on_places(m, prices(m), FINE, Clock(60.0))
    assert found.ended
    assert found.estimate == pytest.approx(costs[best], rel=1e-7)
    assert costs[tuple(found.opened.tolist())] == pytest.approx(costs[best], rel=1e-7)
    assert costs[best] * (1.0 - 2e-6) <= found.value <= costs[best]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_no_place_of_a_better_set_is_closed(seed: int, case: dict[str, int]) -> None:
    m = market(seed, **case)
    costs = every(seed, **case)
    order = sorted(cost for cost in costs.values() if np.isfinite(cost))
    for cutoff in (0.99 * order[0], order[0] + 1e-6, order[1] + 1e-6):
        found = branch_on_places(m, prices(m), FINE, Clock(60.0), cutoff=cutoff)
        better = [places for places, cost in costs.items() if cost < cutoff]
        assert all(found.left[list(places)].all() for places in better)
        assert found.value <= min(cutoff, order[0]) * (1.0 + 1e-9)
        if not better:
            assert found.ended
            assert found.value == pytest.approx(cutoff)


def test_without_time_the_bound_is_what_the_first_prices_prove() -> None:
    m = market(0)
    price, clock = prices(m), Clock(0.0)
    found = branch_on_places(m, price, FINE, clock, cutoff=np.inf)
    assert not found.ended
    assert m.worth_of(price).value <= found.value <= min(every(0).values())


def test_an_estimate_that_is_near_enough_proves_no_more_than_the_first_prices() -> None:
    m = market(0)
    price = second_cheapest(m)
    found = branch_on_places(m, price, FINE, Clock(60.0), near=Target(relative=0.9))
    assert not found.ended
    assert found.value == pytest.approx(m.worth_of(price).value)
    assert found.estimate >= min(every(0).values()) * (1.0 - 1e-9)


def test_places_that_cannot_serve_all_are_no_answer() -> None:
    m = market(0)
    m = replace(m, capacity_mw=np.full(PLACES, m.demand_mw.sum() / 20.0))
    found = branch_on_places(m, prices(m), FINE, Clock(60.0))
    assert not len(found.opened)
    assert found.estimate == np.inf


@pytest.mark.parametrize("seed", range(2))
def test_what_opens_or_closes_a_place_costs_at_least_its_rise(seed: int) -> None:
    m = market(seed, most=4, least=2)
    costs = every(seed, most=4, least=2)
    worth = m.worth_of(prices(m))
    for g in range(PLACES):
        with_it = min(cost for places, cost in costs.items() if g in places)
        without = min(cost for places, cost in costs.items() if g not in places)
        assert worth.value + worth.rise_open[g] <= with_it * (1.0 + 1e-9)
        assert worth.value + worth.rise_closed[g] <= without * (1.0 + 1e-9)
