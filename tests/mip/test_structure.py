"""Losses, shared limits, caps, laws and several designs against a second formulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from instances import random_instance, with_limits
from structures import FAMILIES, Structured, with_structure

from siting.coefficients import Coefficients
from siting.coefficients.screen import drop_dominated_pairs
from siting.errors import InfeasibleError
from siting.mip import Objective, Solution, SolverOptions, build_model, optimize

EXACT = SolverOptions(gap=1e-7)
METRICS = ("carbon_t_co2e", "cost_usd", "energy_mwh", "water_m3")
SEEDS = range(64)


def _plain(seed: int, sites: int = 3) -> Coefficients:
    c = random_instance(seed, sites=sites, designs=2, regions=2, slices=2, sources=1)
    block = c.block_mw * max(1.0, 2.0 * c.total_demand_mw / (3 * c.block_mw[:2].sum()))
    return replace(
        c,
        max_modules=np.full(len(c.pair_site), 3),
        block_mw=block,
        connection_mw=np.full(len(c.sites), 3.0 * c.total_demand_mw),
        capacity_per_load=np.array([1.0 + 0.4 * (seed % 2), 1.0]),
    )


def _study(family: str, seed: int) -> Coefficients:
    c = with_structure(_plain(seed), family, seed)
    if family == "designs":
        c = with_limits(c, max_sites=2, min_mw_per_site=1.2 * float(c.block_mw.min()))
        c = replace(c, max_modules=np.ones(len(c.pair_site), dtype=int))
    return c


def _solve(c: Coefficients, metric: str) -> Solution:
    return optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT)


def _solved(c: Coefficients, metric: str) -> Solution | None:
    expected = Structured(c).least(metric)
    if np.isinf(expected):
        with pytest.raises(InfeasibleError):
            _solve(c, metric)
        return None
    found = _solve(c, metric)
    assert found.objective == pytest.approx(expected, rel=2e-6, abs=1e-4)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_equals_the_second_formulation_on_random_studies(family: str) -> None:
    solved = [_solved(_study(family, seed), METRICS[seed % 4]) for seed in SEEDS]
    assert sum(found is not None for found in solved) >= 50


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_changes_some_answers_and_never_for_the_better(family: str) -> None:
    changed = 0
    for seed in range(16):
        c, metric = _study(family, seed), METRICS[seed % 4]
        plain = replace(c, structure=replace(_plain(seed).structure))
        try:
            free = _solve(plain, metric).objective
        except InfeasibleError:
            continue
        sign = -1.0 if family == "designs" else 1.0
        try:
            bound = _solve(c, metric).objective
        except InfeasibleError:
            assert family != "designs"
            continue
        assert sign * (bound - free) >= -2e-6 * abs(free)
        changed += abs(bound - free) > 1e-5 * abs(free)
    assert changed


@pytest.mark.parametrize("family", FAMILIES)
def test_leaving_out_dominated_pairs_changes_no_answer_of_a_family(family: str) -> None:
    for seed in range(8):
        c, metric = _study(family, seed), METRICS[seed % 4]
        small = drop_dominated_pairs([c], [metric])[0][0]
        try:
            whole = _solve(c, metric).objective
        except InfeasibleError:
            continue
        assert _solve(small, metric).objective == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_after_each_loss_holds_the_critical_demand(seed: int) -> None:
    c = with_structure(_plain(seed), "failover", seed)
    built = _solve(c, "cost_usd").decisions.modules * c.block_mw
    need = float(c.demand_mw[0].sum() * c.capacity_per_load[0])
    for _, lost in c.structure.failover.losses:
        assert built[~np.isin(c.pair_site, lost)].sum() >= need - 1e-6


def test_wider_reach_after_a_loss_never_costs_more() -> None:
    for seed in range(8):
        c = with_structure(_plain(seed), "failover", seed)
        f = c.structure.failover
        wide = np.zeros_like(f.eligible)
        wide[0] = True
        free = replace(c, structure=replace(c.structure, failover=replace(f, eligible=wide)))
        assert _solve(free, "cost_usd").objective <= _solve(c, "cost_usd").objective * (1 + 1e-7)
