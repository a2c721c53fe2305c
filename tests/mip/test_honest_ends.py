"""Solves that the time ends: what is claimed never beats what an independent solve proves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import (
    SILENT,
    Clock,
    Objective,
    Progress,
    Session,
    SolverOptions,
    Target,
    build_model,
    optimize,
)
from siting.mip.search import minimize
from siting.status import Status, judge
from tests.helpers.families import future
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.joint import least_future
from tests.helpers.seeds import seeds, some

ALL, BATCHES = 200, 8
#: Longer than any machine takes, so that no answer here depends on its speed. [s]
UNLIMITED_S = 1e6
EXACT = SolverOptions(gap=1e-7, time_limit_s=UNLIMITED_S)
METRICS = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")
MEASURES = ("cvar", "worst", "regret")
METHODS = ("one metric", "several", "lexicographic", *MEASURES)


def study(seed: int) -> Coefficients:
    """A small study, every third with few sites, every fourth with a budget."""
    rng = np.random.default_rng(seed)
    c = random_instance(seed, sites=int(rng.integers(3, 7)), slices=int(rng.integers(2, 6)))
    if seed % 3 == 0:
        c = with_limits(c, max_sites=int(rng.integers(1, 4)))
    if seed % 4 == 0:
        best = optimum(c, {"carbon_t_co2e": 1.0})
        if math.isfinite(best):
            c = with_limits(c, budgets=(("carbon_t_co2e", 1.05 * best),))
    return c


def optimum(c: Coefficients, factors: dict[str, float]) -> float:
    """Least Σ factor · metric by the whole program and all the time; infinite without an answer."""
    session = Session(build_model(c), EXACT)
    unit = sum(factor * session.typical(metric) for metric, factor in factors.items())
    costs = session.costs(tuple(factors))
    cost = np.sum([factor / unit * costs[metric] for metric, factor in factors.items()], axis=0)
    try:
        found = minimize(session.program, cost, Target(relative=1e-7), Clock(UNLIMITED_S))
    except InfeasibleError:
        return math.inf
    return found.objective * unit


def least(c: Coefficients | Instance, factors: dict[str, float]) -> float:
    """The same for a study of one state, by a second formulation for one of several."""
    if isinstance(c, Coefficients):
        return optimum(c, factors)
    return sum(factor * least_future(c, metric) for metric, factor in factors.items())


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_status_is_better_than_what_is_so(batch: int) -> None:
    for seed in seeds(ALL)[batch::BATCHES]:
        method, rng = METHODS[seed % len(METHODS)], np.random.default_rng(1000 + seed)
        c = future(seed, method) if method in MEASURES else study(seed)
        metric, other = (str(name) for name in rng.permutation(METRICS)[:2])
        options = SolverOptions(time_limit_s=float(0.05 * 40.0 ** rng.random()), gap=1e-4)
        reported: list[float] = []

        def note(progress: Progress, reported: list[float] = reported) -> None:
            if progress.phase.startswith("placement") and math.isfinite(progress.incumbent):
                reported.append(progress.incumbent)

        weights = {metric: 1.0, other: 0.7} if method == "several" else {metric: 1.0}
        objective = (
            Objective("lexicographic", {}, (metric, other), 0.02)
            if method == "lexicographic"
            else Objective("weighted", weights)
        )
        model = build_model(c, decomposed=bool(rng.random() < 0.5))
        try:
            found = optimize(model, objective, options, note)
        except InfeasibleError:
            assert least(c, {metric: 1.0}) == math.inf, seed
            continue
        except NoAnswerError:
            assert not reported, seed
            continue
        first = found.stages[0] if method == "lexicographic" else found
        scale = {m: found.payoff[m].range if m in found.payoff else 1.0 for m in weights}
        best = least(c, {m: w / scale[m] for m, w in weights.items()})
        # A regret is a difference of two optima, and as exact as they are.
        size = Session(model, EXACT).typical(metric) if method == "regret" else 1e-9
        near = 1e-6 * max(abs(best), abs(first.objective), size)
        assert first.bound <= best + near, seed
        assert first.objective >= best - near, seed
        true_gap = (first.objective - best) / max(abs(first.objective), size)
        assert found.gap >= first.gap >= true_gap - 1e-5, seed
        if judge(found.gap, options.gap, timed_out=found.timed_out) is Status.OPTIMAL:
            assert true_gap <= 1e-3 + 1e-5, seed


@pytest.mark.parametrize(
    ("seed", "order"),
    [
        (100, ("carbon_t_co2e", "cost_usd", "water_m3", "energy_mwh")),
        (286, ("energy_mwh", "cost_usd", "carbon_t_co2e")),
        (430, ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")),
    ],
)
def test_stages_without_a_tolerance_end_with_a_proof(seed: int, order: tuple[str, ...]) -> None:
    """A row that no placement has room to meet had a price without end."""
    found = optimize(
        build_model(study(seed), decomposed=True),
        Objective("lexicographic", {}, order, tolerance=0.0),
        SolverOptions(gap=1e-4, time_limit_s=UNLIMITED_S),
    )  # fmt: skip
    assert not found.timed_out
    assert all(stage.gap <= 1e-4 for stage in found.stages)
    for stage in found.stages[:-1]:
        most = stage.objective * (1.0 + 3e-6)
        assert found.totals[stage.name] <= most
        assert found.totals[stage.name] >= stage.bound * (1.0 - 1e-6)


#: Those under a budget, with few sites where they are multiples of 12; the quickest first.
BUDGETED = (0, 4, 8, 20, 28, 32, 36, 16, 24, 12)


@pytest.mark.parametrize("seed", some(BUDGETED, 6))
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
    table = session.payoff(("energy_mwh", "cost_usd"), Clock(UNLIMITED_S), SILENT)
    assert all(row.best <= row.nadir for row in table.values())
