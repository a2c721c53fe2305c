"""Fronts, alternatives and worths of sites that the time ends: against enumeration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.decisions.case import Case
from siting.decisions.cells import open_cells
from siting.decisions.front import DELTA, find_front
from siting.decisions.near_optimal import find_alternatives
from siting.decisions.sensitivity import solve_base, use_sites, without_sites
from siting.errors import NoAnswerError
from tests.helpers.brute_force import brute_force
from tests.helpers.cases import OF, case_of, few_halls
from tests.helpers.instances import with_limits
from tests.helpers.seeds import seeds

NEAR = 1e-6


def hurried(seed: int) -> tuple[Coefficients, Case, float]:
    """A small case whose every solve has 0.05 to 2 s, and that time."""
    c, rng = few_halls(seed), np.random.default_rng(seed)
    seconds = float(0.05 * 40.0 ** rng.random())
    case = case_of(c, gap=1e-4)
    case.payoff(tuple(case.weights()))  # The session keeps the scales, so that they are known here.
    return c, replace(case, options=replace(case.options, time_limit_s=seconds)), seconds


@pytest.mark.parametrize("seed", seeds(24))
def test_a_point_of_a_front_is_as_near_to_the_least_as_it_says(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    c, case, seconds = hurried(seed)
    # Typical values where the time ends before these are known, once and for all of the search.
    ranges = case.payoff((OF["carbon"], OF["water"]))
    monkeypatch.setattr(Case, "payoff", lambda *_: ranges)
    try:
        front = find_front(case, ("carbon", "water"), 4, gap_of_range=1e-4, seconds=seconds)
    except NoAnswerError:
        return
    scale = np.ptp(front.payoff, axis=0)
    for point in front.points:
        if point.least:
            continue
        cap = float(point.caps[0])
        # The end was found without a cap, with the small share in those ranges.
        is_end = np.array_equal(point.values, front.payoff[0])
        first, second = (ranges[m].range for m in front.metrics) if is_end else scale
        share = DELTA * first / second / scale[0]
        weights = dict(zip(front.metrics, (1.0 / scale[0], share), strict=True))
        budgets = ((front.metrics[1], cap),) if np.isfinite(cap) and not is_end else ()
        best = brute_force(with_limits(c, budgets=budgets), weights)
        value = point.values @ list(weights.values())
        if np.isfinite(cap) and len(point.found.row_price):
            assert value - best <= point.gap_of_range + NEAR * abs(best)
        assert value >= best - NEAR * abs(best)


@pytest.mark.parametrize("seed", seeds(24))
def test_an_alternative_is_no_farther_from_the_best_than_it_says(seed: int) -> None:
    c, case, seconds = hurried(seed)
    try:
        found = find_alternatives(case, slack=0.2, count=2, seconds=seconds)
    except NoAnswerError:
        return
    scales = case.payoff(tuple(case.weights()))
    weights = {m: w / scales[m].range for m, w in case.weights().items()}
    best = brute_force(c, weights)
    assert found.bound <= best * (1 + NEAR)
    for answer in found.answers:
        assert answer.objective >= best * (1 - NEAR)
        excess = np.inf if np.isnan(answer.excess) else answer.excess
        assert answer.objective <= best * (1 + excess + NEAR)
    if found.exhausted:
        return
    assert found.stopped or len(found.answers) == 3


@pytest.mark.parametrize("seed", seeds(24))
def test_what_a_site_is_worth_lies_between_the_bounds_that_are_given(seed: int) -> None:
    c, case, _ = hurried(seed)
    try:
        base = solve_base(case)
    except NoAnswerError:
        return
    weights = {m: w / base.payoff[m].range for m, w in case.weights().items()}
    best = brute_force(c, weights)
    assert base.found.bound <= best * (1 + NEAR)
    assert base.found.objective >= best * (1 - NEAR)
    shut, opened = base.sites[0], next(s for s in c.sites if s not in base.sites)
    # Of the placement that was found in time, which may cost a third more than the best.
    scale = base.found.objective
    without = (brute_force(with_limits(c, closed_sites=(shut,)), weights) - best) / scale
    with_it = (brute_force(with_limits(c, open_sites=(opened,)), weights) - best) / scale
    with open_cells(case) as cells:
        (change,) = without_sites(cells, base, [shut])
        (used,) = use_sites(cells, base, {opened: 0.1})
    assert change.least <= without + NEAR
    assert change.most >= without - NEAR
    assert used.most >= with_it - NEAR
