"""Solves that the time ends: what is claimed never beats what an independent solve proves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Objective, Progress, Session, SolverOptions, build_model, optimize
from siting.mip.control import SILENT, Clock
from siting.status import Status, judge
from tests.helpers.instances import random_instance, with_limits

STUDIES, BATCHES = 200, 8
EXACT = SolverOptions(gap=1e-7)
METRICS = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")


def study(seed: int) -> Coefficients:
    """A small study, every third with few sites, every fourth with a budget."""
    rng = np.random.default_rng(seed)
    c = random_instance(seed, sites=int(rng.integers(3, 7)), slices=int(rng.integers(2, 6)))
    if seed % 3 == 0:
        c = with_limits(c, max_sites=int(rng.integers(1, 4)))
    if seed % 4 == 0:
        best = optimum(c, "carbon_t_co2e")
        if best is not None:
            c = with_limits(c, budgets=(("carbon_t_co2e", 1.05 * best),))
    return c


def optimum(c: Coefficients, metric: str) -> float | None:
    try:
        return optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT).objective
    except InfeasibleError:
        return None


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_status_is_better_than_what_is_so(batch: int) -> None:
    for seed in range(batch, STUDIES, BATCHES):
        c, rng = study(seed), np.random.default_rng(1000 + seed)
        metric, other = rng.permutation(METRICS)[:2]
        best = optimum(c, metric)
        decomposed, limit_s = bool(rng.random() < 0.5), float(rng.uniform(0.05, 2.0))
        options = SolverOptions(time_limit_s=limit_s, gap=1e-4)
        reported: list[float] = []

        def note(progress: Progress, reported: list[float] = reported) -> None:
            if math.isfinite(progress.incumbent):
                reported.append(progress.incumbent)

        objective = (
            Objective("weighted", {metric: 1.0})
            if rng.random() < 0.5
            else Objective("lexicographic", {}, (metric, other), 0.02)
        )
        model = build_model(c, decomposed=decomposed)
        try:
            found = optimize(model, objective, options, note)
        except InfeasibleError:
            assert best is None, seed
            continue
        except NoAnswerError:
            assert not reported, seed
            continue
        assert best is not None, seed
        first = found.stages[0] if found.stages else found
        assert first.bound <= best + 1e-6 * abs(best), seed
        assert first.objective >= best - 1e-6 * abs(best), seed
        true_gap = (first.objective - best) / max(abs(first.objective), 1e-9)
        assert found.gap >= first.gap >= true_gap - 1e-6, seed
        if judge(found.gap, options.gap, timed_out=found.timed_out) is Status.OPTIMAL:
            assert true_gap <= 1e-3 + 1e-6, seed


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_a_weighted_optimum_is_the_same_by_both_methods(seed: int) -> None:
    c = study(seed)
    weights = {"energy_mwh": 1.0, "water_m3": 1.0, "cost_usd": 0.5}
    objective, found = Objective("weighted", weights), []
    for decomposed in (False, True):
        try:
            solved = optimize(build_model(c, decomposed=decomposed), objective, EXACT)
            found.append(solved.objective)
        except InfeasibleError:
            found.append(math.inf)
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_a_payoff_table_needs_no_placement() -> None:
    session = Session(build_model(study(3)), EXACT)
    table = session.payoff(("energy_mwh", "cost_usd"), Clock(60.0), SILENT)
    assert all(row.best <= row.nadir for row in table.values())
