"""Halls by the period of building: against enumeration with the sum over vintages written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from siting.coefficients import AXES, Coefficients
from siting.coefficients.instance import Instance, State
from siting.coefficients.pairs import drop_dominated_pairs
from siting.errors import InfeasibleError
from siting.mip import Clock, Objective, Solution, SolverOptions, Target, build_model, optimize
from siting.mip.objectives import solution_of
from siting.mip.search import minimize
from siting.mip.session import open_program
from tests.helpers.aging import small_plan, with_vintages
from tests.helpers.futures import best_future
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds, some

EXACT = SolverOptions(gap=1e-7)
COST = Objective("weighted", {"cost_usd": 1.0})


def solved(instance: Instance, metric: str) -> list[float]:
    """Value of the whole and of the decomposed program; infinite where there is no answer."""
    found = []
    for decomposed in (False, True):
        model = build_model(instance, decomposed=decomposed)
        try:
            answer = optimize(model, Objective("weighted", {metric: 1.0}), EXACT)
            found.append(answer.objective)
            assert by_hand(instance, answer, metric) == pytest.approx(answer.totals[metric])
        except InfeasibleError:
            found.append(np.inf)
    return found


def by_hand(instance: Instance, x: Solution, metric: str) -> float:
    """The metric of an answer as the program states it, its halls taken out and put in again.

    What halls add is summed over the modules that were added in each period.
    """
    total = 0.0
    for i, (k, answer) in enumerate(zip(instance.states, x.states, strict=True)):
        c, d = k.coefficients, answer.decisions
        assert c.vintages is not None
        stated = c.vintages, d.older_cost, d.older_carbon
        path = [x.states[i - back * len(instance.scenarios)].decisions.modules
                for back in range(k.period, -1, -1)]  # fmt: skip
        now = {name: getattr(c.vintages, name)[-1] * d.modules for name in ("cost", "carbon")}
        now["cost"][stated[0].older_cost] += stated[1]
        now["carbon"][stated[0].older_carbon] += stated[2]
        added = np.diff([np.zeros_like(path[0]), *path], axis=0)
        apart = {n: ((getattr(c.vintages, n) * added).sum(axis=0) - now[n]) * c.block_mw
                 for n in now}  # fmt: skip
        carbon = float(apart["carbon"] @ c.vintages.embodied_t_per_mw)
        cost = float(apart["cost"] @ c.fixed_cost_usd_per_mw) + c.carbon_price_usd_per_t * carbon
        more = {"carbon_t_co2e": carbon, "cost_usd": cost}.get(metric, 0.0)
        total += k.weight(metric) * (float(answer.metrics[metric].sum()) + more)
    return total


@pytest.mark.parametrize("seed", seeds(50))
def test_both_programs_equal_enumeration_over_paths(seed: int) -> None:
    metric = ("cost_usd", "cost_usd", "carbon_t_co2e")[seed % 3]
    instance = small_plan(seed)
    expected = best_future(instance, {metric: 1.0})
    whole, parts = solved(instance, metric)
    assert whole == pytest.approx(expected, rel=2e-6)
    assert parts == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize("measure", ["cvar", "worst", "regret"])
@pytest.mark.parametrize("seed", some([5, 10], 1))
def test_measures_of_risk_read_the_same_halls(measure: str, seed: int) -> None:
    instance = replace(small_plan(seed), measure=measure, alpha=0.5)
    expected = best_future(instance, {"cost_usd": 1.0})
    for decomposed in (False, True):
        found = optimize(build_model(instance, decomposed=decomposed), COST, EXACT)
        assert found.objective == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize("seed", some(range(6), 2))
def test_budgets_read_the_same_halls(seed: int) -> None:
    free = small_plan(seed)
    least = [float(x.metrics["carbon_t_co2e"].sum())
             for x in optimize(build_model(free), COST, EXACT).states]  # fmt: skip
    tight = free.with_coefficients(
        [
            with_limits(k.coefficients, budgets=(("carbon_t_co2e", 0.97 * value),))
            for k, value in zip(free.states, least, strict=True)
        ]
    )
    expected = best_future(tight, {"cost_usd": 1.0})
    for decomposed in (False, True):
        model = build_model(tight, decomposed=decomposed)
        if np.isinf(expected):
            with pytest.raises(InfeasibleError):
                optimize(model, COST, EXACT)
            continue
        found = optimize(model, COST, EXACT)
        assert found.objective == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_program_that_stays_in_the_solver_gives_the_same_placement(
    seed: int, decomposed: bool
) -> None:
    instance = small_plan(seed)
    fresh = optimize(build_model(instance), COST, EXACT)
    program = open_program(build_model(instance, decomposed=decomposed), EXACT)
    cost = program.costs(program.model.expression("cost_usd", 1.0 / fresh.objective))
    found = minimize(program, cost, Target(absolute=1e-7), Clock(60.0))
    assert found.objective == pytest.approx(1.0, rel=2e-6)
    answers = solution_of(program, found).states
    total = sum(
        k.weight("cost_usd") * float(x.metrics["cost_usd"].sum())
        for k, x in zip(instance.states, answers, strict=True)
    )
    assert total == pytest.approx(fresh.objective, rel=2e-6)


@pytest.mark.parametrize("seed", range(6))
def test_a_placement_at_once_builds_nothing_before_it_may_be_built(seed: int) -> None:
    instance = small_plan(2 * seed)
    c = [replace(k.coefficients, limits=replace(k.coefficients.limits, max_share_per_site=None))
         for k in instance.states]  # fmt: skip
    instance = instance.with_coefficients(c)
    found = optimize(build_model(instance), COST, SolverOptions(time_limit_s=0.0))
    best = optimize(build_model(instance), COST, EXACT)
    assert found.objective >= best.objective * (1 - 1e-9)
    assert by_hand(instance, found, "cost_usd") == pytest.approx(found.totals["cost_usd"])
    vintages = instance.states[0].coefficients.vintages
    assert vintages is not None
    assert not found.states[0].decisions.modules[~vintages.available[0]].any()


def test_a_placement_at_once_grows_where_the_first_period_has_no_room_for_all() -> None:
    """10 MW, then 20; each of two sites has room for one hall, the second only from 2035 on."""
    plan = two_periods(1.0, 0.5)
    c = plan.states[0].coefficients
    p = np.array([0, 0])
    both: dict[str, Any] = {
        name: getattr(c, name)[p]
        for name, axes in AXES.items()
        if axes in ("p", "pt", "s", "st") and name != "pair_site"
    }
    c = replace(
        c, vintages=None, sites=("a", "b"), pair_site=np.array([0, 1]), **both | {
            "max_modules": np.ones(2, dtype=np.intp),
            "eligible": np.ones((2, 1, 2), dtype=bool),
            "rtt_ms": np.zeros((1, 2)), "flow_cost_usd_per_mw": np.zeros((1, 2)),
        },
    )  # fmt: skip
    grown = replace(c, demand_mw=2 * c.demand_mw)
    states = [State(c, 0, 0, 1.0, 0.5, 0.5), State(grown, 1, 0, 1.0, 0.5, 0.5)]
    ones, available = np.ones((2, 2)), np.array([[True, False], [True, True]])
    plan = Instance(with_vintages(states, ones, ones, available), (2030, 2035))
    found = optimize(build_model(plan), COST, SolverOptions(time_limit_s=0.0))
    assert [x.decisions.modules.tolist() for x in found.states] == [[1.0, 0.0], [1.0, 1.0]]


def test_factors_of_one_change_nothing() -> None:
    plan = small_plan(1)
    ones = np.ones_like(plan.states[-1].coefficients.vintages.cost)  # type: ignore[union-attr]
    plain = [replace(k.coefficients, vintages=None, max_modules=np.full(4, 2))
             for k in plan.states]  # fmt: skip
    states = list(plan.with_coefficients(plain).states)
    aged = replace(plan, states=with_vintages(states, ones, ones, ones > 0))
    one, other = (build_model(i).problem for i in (replace(plan, states=tuple(states)), aged))
    assert one.numVariables() == other.numVariables()
    assert one.numConstraints() == other.numConstraints()
    same = [optimize(build_model(i), COST, EXACT).objective
            for i in (aged, replace(plan, states=tuple(states)))]  # fmt: skip
    assert same[0] == pytest.approx(same[1], rel=1e-9)


@pytest.mark.parametrize("seed", seeds(8))
def test_cheaper_halls_and_more_designs_never_cost_more(seed: int) -> None:
    plan = small_plan(seed)

    def changed(change: Callable[[Any], Any]) -> Instance:
        return plan.with_coefficients(
            [replace(k.coefficients, vintages=change(k.coefficients.vintages)) for k in plan.states]
        )

    before = optimize(build_model(plan), COST, EXACT).objective
    cheaper = changed(lambda v: replace(v, cost=0.9 * v.cost))
    assert optimize(build_model(cheaper), COST, EXACT).objective <= before * (1 + 1e-9)
    open_ = changed(lambda v: replace(v, available=np.ones_like(v.available)))
    assert optimize(build_model(open_), COST, EXACT).objective <= before * (1 + 1e-9)


def ordered(seed: int) -> Coefficients:
    """Two designs a site; the second is worse in all but what its halls cost."""
    c = random_instance(seed, sites=3, designs=2, regions=2, slices=2)
    first = np.flatnonzero(c.pair_design == 0)
    worse = {"max_modules": np.full(6, 2), "open_cost_usd": np.zeros(3)}
    for name in ("pue", "pue_peak", "wue_l_per_kwh", "withdrawal_l_per_kwh", "fuel_kwh_per_kwh",
                 "generated_kwh_per_kwh", "block_mw", "fixed_carbon_t_per_mw", "spare_share",
                 "fixed_cost_usd_per_mw", "om_usd_per_mw"):  # fmt: skip
        values = getattr(c, name).copy()
        values[first + 1] = values[first]
        worse[name] = values
    return replace(c, **worse)


@pytest.mark.parametrize("seed", seeds(12))
def test_screening_looks_at_halls_of_every_period(seed: int) -> None:
    c, rng = ordered(seed), np.random.default_rng(seed)
    grown = replace(c, demand_mw=1.5 * c.demand_mw)
    states = [State(c, 0, 0, 1.0, 0.5, 0.5), State(grown, 1, 0, 1.0, 0.5, 0.5)]
    cost = rng.choice([0.5, 1.0, 1.5], (2, 6))
    carbon, available = np.ones((2, 6)), rng.random((2, 6)) < 0.8
    plan = Instance(with_vintages(states, cost, carbon, available), (2030, 2035))
    small, kept = drop_dominated_pairs([k.coefficients for k in plan.states], ("cost_usd",))
    for one, other in ((0, 1), (1, 0)):
        p, q = np.flatnonzero(c.pair_design == one), np.flatnonzero(c.pair_design == other)
        safe = (cost[:, p] <= cost[:, q]).all(axis=0) & (available[:, p] >= available[:, q]).all(0)
        assert (kept[q] | safe).all(), "a pair is left out that is better in some period"
    try:
        whole = optimize(build_model(plan), COST, EXACT).objective
    except InfeasibleError:
        return
    few = optimize(build_model(plan.with_coefficients(small)), COST, EXACT).objective
    assert few == pytest.approx(whole, rel=2e-6)


def two_periods(later: float, worth: float) -> Instance:
    """10 MW, then 20 MW at one site of PUE 1; a hall of 10 MW costs 1 USD a year and MW."""
    c = random_instance(0, sites=1, designs=1, regions=1, slices=1, sources=1)
    c = replace(
        c,
        pue=np.ones((1, 1)), pue_peak=np.ones(1), generated_kwh_per_kwh=np.zeros((1, 1)),
        fuel_kwh_per_kwh=np.zeros((1, 1)), wue_l_per_kwh=np.zeros((1, 1)),
        offer_limit_mw=np.zeros(1), carbon_price_usd_per_t=0.0, open_cost_usd=np.zeros(1),
        grid_price_usd_per_mwh=np.zeros((1, 1)), fixed_cost_usd_per_mw=np.ones(1),
        om_usd_per_mw=np.zeros(1),
        demand_mw=np.array([[4.0], [6.0]]), block_mw=np.array([10.0]),
        eligible=np.ones((2, 1, 1), dtype=bool), connection_mw=np.full(1, 100.0),
    )  # fmt: skip
    grown = replace(c, demand_mw=2 * c.demand_mw)
    states = [State(c, 0, 0, 1.0, 0.5, 1.0 - worth), State(grown, 1, 0, 1.0, 0.5, worth)]
    factors, ones = np.array([[1.0], [later]]), np.ones((2, 1))
    return Instance(with_vintages(states, factors, ones, ones > 0), (2030, 2035))


@pytest.mark.parametrize(
    ("later", "modules", "usd"),
    [
        # The second hall built at once costs 10 a year from the start, built later 10 · later in
        # the second period, which weighs 0.6: it waits where later < 1 / 0.6.
        (0.5, (1, 2), 0.4 * 10 + 0.6 * (10 + 5)),
        (1.5, (1, 2), 0.4 * 10 + 0.6 * (10 + 15)),
        (2.0, (2, 2), 20.0),
    ],
)
def test_a_hall_is_built_ahead_where_waiting_costs_more(
    later: float, modules: tuple[int, int], usd: float
) -> None:
    found = optimize(build_model(two_periods(later, 0.6)), COST, EXACT)
    assert tuple(int(x.decisions.modules[0]) for x in found.states) == modules
    assert found.objective == pytest.approx(usd, rel=1e-6)


def test_states_that_disagree_on_the_past_are_refused() -> None:
    plan = small_plan(0)
    c = [k.coefficients for k in plan.states]
    assert c[-1].vintages is not None
    other = replace(c[-1].vintages, cost=2.0 * c[-1].vintages.cost)
    with pytest.raises(ValueError, match="not those of its periods"):
        plan.with_coefficients([*c[:-1], replace(c[-1], vintages=other)])
    with pytest.raises(ValueError, match="not those of its periods"):
        plan.with_coefficients([*c[:-1], replace(c[-1], vintages=None)])


def test_factors_of_another_shape_and_room_for_what_cannot_stand_are_refused() -> None:
    c = small_plan(0).states[0].coefficients
    assert c.vintages is not None
    with pytest.raises(ValueError, match=r"vintages\.cost has shape"):
        replace(c, vintages=replace(c.vintages, cost=np.ones((1, 9))))
    with pytest.raises(ValueError, match="not finite or negative"):
        replace(c, vintages=replace(c.vintages, carbon=np.full_like(c.vintages.carbon, np.nan)))
    never = replace(c.vintages, available=np.zeros_like(c.vintages.available))
    with pytest.raises(ValueError, match="could never be built"):
        replace(c, vintages=never)
