"""The decomposed program against the whole one, and its parts against independent programs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance, State
from siting.errors import InfeasibleError
from siting.mip import (
    Clock,
    Objective,
    Solution,
    SolverOptions,
    Target,
    build_model,
    is_decomposed,
    metric_terms,
    optimize,
)
from siting.mip.benders import BendersProgram
from siting.mip.benders.dispatch import Dispatch
from siting.mip.model.demand_classes import merge_demand
from siting.mip.search import minimize
from siting.mip.session import open_program
from siting.nomenclature import METRICS
from tests.helpers.families import powered
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds, some
from tests.helpers.structures import FAMILIES, with_structure

EXACT = SolverOptions(gap=1e-6)
EQUAL = dict.fromkeys(("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd"), 1.0)


def solved(instance: Coefficients | Instance, weights: dict[str, float]) -> tuple[Solution, ...]:
    """The answer of the whole and of the decomposed program."""
    objective = Objective("weighted", weights)
    return tuple(
        optimize(build_model(instance, decomposed=how), objective, EXACT) for how in (False, True)
    )


def dispatch_of(c: Coefficients) -> Dispatch:
    return Dispatch(c, metric_terms(c, merge_demand(c)))


def by_linear_program(
    c: Coefficients, s: int, prices: tuple[np.ndarray, np.ndarray], load, contract
) -> float:
    """The dispatch of a site as a linear program over its sources and slices."""
    grid, supply = prices
    pairs, offers = np.flatnonzero(c.pair_site == s), np.flatnonzero(c.offer_site == s)
    needed = load @ (c.pue - c.generated_kwh_per_kwh)[pairs]
    cost = np.concatenate([grid, supply.ravel()])
    room = (c.capacity_factor[offers] * contract[:, None]).ravel()
    bounds = [(0, None)] * len(grid) + [(0, most) for most in room]
    balance = np.hstack([np.eye(len(grid))] * (1 + len(offers)))
    scale = float(np.abs(cost).max()) or 1.0  # the solver's tolerance on prices is absolute
    found = linprog(1e3 * cost / scale, A_eq=balance, b_eq=needed, bounds=bounds)
    assert found.status == 0
    return float(found.fun) * scale / 1e3


@pytest.mark.parametrize("seed", seeds(20))
def test_the_closed_dispatch_is_the_linear_program_and_its_slopes_lie_below_it(seed: int) -> None:
    c = random_instance(seed, slices=5, sources=3)
    dispatch, rng = dispatch_of(c), np.random.default_rng(seed)
    metrics = len(dispatch.metrics)
    factors = rng.random(metrics) * (rng.random(metrics) < 0.6)
    s = int(rng.integers(len(c.sites)))
    pairs, offers = dispatch.pairs[s], dispatch.offers[s]
    prices = dispatch.prices(s, factors)
    load, contract = 5 * rng.random(len(pairs)), 15 * rng.random(len(offers))
    here = dispatch.solve(s, factors, load, contract)
    assert here.value == pytest.approx(by_linear_program(c, s, prices, load, contract), abs=1e-9)
    assert (dispatch.use(s, here) <= dispatch.most(s) @ load + 1e-9).all()
    at_every_site = np.repeat(factors[:, None], len(c.sites), axis=1)
    sites = [x for x in range(len(c.sites)) if len(dispatch.pairs[x])]
    first = dispatch.first_slopes(sites, at_every_site, 0.8)
    assert sites
    assert set(first) == set(sites)
    cuts = [here.slopes, *first[s]]
    at = here.slopes.load_slope @ load + here.slopes.contract_slope @ contract
    assert at == pytest.approx(here.value, abs=1e-9)
    for _ in range(10):
        load, contract = 5 * rng.random(len(pairs)), 15 * rng.random(len(offers))
        value = by_linear_program(c, s, prices, load, contract)
        for cut in cuts:
            assert cut.load_slope @ load + cut.contract_slope @ contract <= value + 1e-9


@pytest.mark.parametrize("seed", seeds(24))
def test_both_programs_have_the_same_optimum(seed: int) -> None:
    c = random_instance(seed, sites=5, slices=6, sources=1 + seed % 3)
    metric = list(METRICS)[seed % len(METRICS)]
    whole, parts = solved(c, {metric: 1.0})
    assert parts.objective == pytest.approx(whole.objective, rel=1e-5)
    assert parts.bound <= whole.objective * (1 + 1e-9)


@pytest.mark.parametrize("seed", seeds(10))
def test_a_weighted_answer_is_as_good_by_the_scales_of_the_other_program(seed: int) -> None:
    # The nadir of a metric that only breaks ties is known to some 0.1 %: scales may differ.
    c = random_instance(seed, sites=5, slices=6, sources=1 + seed % 3)
    whole, parts = solved(c, EQUAL)
    scaled = sum(parts.totals[m] / whole.payoff[m].range for m in EQUAL)
    assert scaled == pytest.approx(whole.objective, rel=1e-3)
    for metric, row in whole.payoff.items():
        assert parts.payoff[metric].best == pytest.approx(row.best, rel=1e-6)
        assert parts.payoff[metric].nadir == pytest.approx(row.nadir, rel=0.05)


@pytest.mark.parametrize("seed", seeds(12))
def test_budgets_that_join_the_sites_are_met_at_the_same_price(seed: int) -> None:
    c = random_instance(seed, sites=5, slices=6, sources=1 + seed % 3)
    free, _ = solved(c, {"cost_usd": 1.0})
    names = (("carbon_t_co2e",), ("water_m3",), ("carbon_t_co2e", "water_m3"))[seed % 3]
    budgets = tuple((name, 0.9 * free.totals[name]) for name in names)
    try:
        whole, parts = solved(with_limits(c, budgets=budgets), {"cost_usd": 1.0})
    except InfeasibleError:
        model = build_model(with_limits(c, budgets=budgets), decomposed=True)
        with pytest.raises(InfeasibleError):
            optimize(model, Objective("weighted", {"cost_usd": 1.0}), EXACT)
        return
    assert parts.objective == pytest.approx(whole.objective, rel=1e-5)
    for name, budget in budgets:
        assert parts.totals[name] <= budget * (1 + 1e-6)


@pytest.mark.parametrize("seed", some(range(6), 2))
def test_budgets_that_hold_alone_but_not_together_are_infeasible_in_both_programs(
    seed: int,
) -> None:
    """Each at the least that it can be; at a point between them both programs agree."""
    c = random_instance(seed, sites=6, slices=6, sources=2)
    names = ("carbon_t_co2e", "water_m3")
    best = {m: optimize(build_model(c), Objective("weighted", {m: 1.0}), EXACT) for m in names}
    ends = {m: max(answer.totals[m] for answer in best.values()) for m in names}
    energy, outcomes = Objective("weighted", {"energy_mwh": 1.0}), []
    for share in (0.001, 0.3, 0.7):
        least = {m: best[m].totals[m] for m in names}
        budgets = tuple((m, least[m] + share * (ends[m] - least[m])) for m in names)
        found = []
        for decomposed in (False, True):
            model = build_model(with_limits(c, budgets=budgets), decomposed=decomposed)
            try:
                found.append(optimize(model, energy, EXACT).objective)
            except InfeasibleError:
                found.append(np.inf)
        assert found[1] == pytest.approx(found[0], rel=1e-5)
        outcomes.append(found[0])
    assert np.isinf(outcomes[0])


@pytest.mark.parametrize("seed", range(4))
def test_no_placement_costs_more_than_all_that_loads_can_use(seed: int) -> None:
    c = random_instance(seed, sites=5, slices=6, sources=2)
    program = open_program(build_model(c, decomposed=True), EXACT)
    assert isinstance(program, BendersProgram)
    costs = {m: program.costs(program.model.expression(m, 1e-3)) for m in METRICS}
    for cost in costs.values():
        found = minimize(program, cost, Target(relative=1e-4), Clock(60.0))
        for other in costs.values():
            assert float(other @ found.values) <= program.most_cost(other) * (1 + 1e-9)


class Late(Clock):
    """Time that ends with the first round of cuts."""

    @property
    def late(self) -> bool:
        return True


@pytest.mark.parametrize(("seed", "name"), [(16, "generation"), (20, "generation"), (23, "steps")])
def test_a_relaxation_whose_time_ends_before_a_site_has_a_dispatch_is_a_bound(
    seed: int, name: str
) -> None:
    program = open_program(build_model(powered(seed, name), decomposed=True), EXACT)
    uneven = np.random.default_rng(seed).uniform(0.0, 2.0, program.size)
    cost = program.costs(program.model.expression("cost_usd", 1e-6)) * uneven
    ended = program.relax(cost, Late(60.0), rounds=0)
    assert np.isfinite(ended.values).all()
    program.restore()
    assert 0.0 < ended.bound < program.relax(cost, Clock(60.0), rounds=0).bound


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(2))
def test_each_structural_family_has_the_same_optimum(family: str, seed: int) -> None:
    base = random_instance(seed, sites=4, slices=4, sources=1 + seed % 2)
    c = with_structure(base, family, seed)
    metric = ("carbon_t_co2e", "cost_usd")[seed % 2]
    try:
        whole, parts = solved(c, {metric: 1.0})
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            optimize(build_model(c, decomposed=True), Objective("weighted", {metric: 1.0}), EXACT)
        return
    assert parts.objective == pytest.approx(whole.objective, rel=1e-5)


def futures(seed: int, measure: str, periods: int = 1) -> Instance:
    """Three scenarios of one problem, in one or two periods."""
    c = random_instance(seed, slices=4, sources=2)
    rng = np.random.default_rng(seed)
    states = []
    for y in range(periods):
        for w, probability in enumerate((0.5, 0.3, 0.2)):
            changed = replace(
                c,
                demand_mw=c.demand_mw * (1.0 + 0.3 * y),
                grid_carbon_t_per_mwh=c.grid_carbon_t_per_mwh * (0.5 + rng.random()),
                capacity_factor=c.capacity_factor * (0.5 + 0.5 * rng.random()),
            )
            states.append(State(changed, y, w, probability, 1 / periods, 1 / periods))
    names = ("base", "dirty", "calm")
    return Instance(tuple(states), tuple(range(periods)), names, measure, 0.6)


@pytest.mark.parametrize("measure", ["expected", "cvar", "worst", "regret"])
@pytest.mark.parametrize("periods", [1, 2])
def test_both_programs_agree_over_periods_and_scenarios(measure: str, periods: int) -> None:
    whole, parts = solved(futures(3 + periods, measure, periods), {"carbon_t_co2e": 1.0})
    assert parts.objective == pytest.approx(whole.objective, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_the_dispatch_of_a_decomposed_answer_meets_every_slice(seed: int) -> None:
    c = random_instance(seed, slices=6, sources=2)
    _, found = solved(c, {"carbon_t_co2e": 1.0})
    x = found.decisions
    drawn = np.zeros_like(x.grid_mw)
    power = (c.pue - c.generated_kwh_per_kwh) * x.load_mw[:, None]
    np.add.at(drawn, c.pair_site, power)
    served = x.grid_mw.copy()
    np.add.at(served, c.offer_site, x.supply_mw)
    np.testing.assert_allclose(served, drawn, atol=1e-7)
    assert (x.supply_mw <= c.capacity_factor * x.contract_mw[:, None] + 1e-7).all()


@pytest.mark.parametrize(
    ("sites", "slices", "decomposed"), [(3, 24, False), (3, 48, True), (200, 24, True)]
)
def test_studies_with_many_slices_or_many_sites_are_decomposed(
    sites: int, slices: int, decomposed: bool
) -> None:
    c = random_instance(1, sites=sites, slices=slices)
    free = replace(c, open_cost_usd=np.zeros(len(c.sites)))
    assert is_decomposed(Instance.single(free), SolverOptions()) is decomposed
    assert is_decomposed(Instance.single(with_limits(free, max_sites=2)), SolverOptions())


@pytest.mark.parametrize("metric", ["water_m3", "energy_mwh", "carbon_t_co2e"])
def test_a_budget_below_the_least_possible_is_infeasible_and_one_above_it_is_not(
    metric: str,
) -> None:
    c = random_instance(4, sites=8, slices=12, sources=2)
    least = optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT).objective
    both = Objective("weighted", {"cost_usd": 1.0, metric: 0.01})
    for factor in (0.2, 0.9, 1.01):
        capped = replace(c, limits=replace(c.limits, budgets=((metric, factor * least),)))
        model = build_model(capped, decomposed=True)
        if factor < 1.0:
            with pytest.raises(InfeasibleError):
                optimize(model, both, EXACT)
        else:
            assert optimize(model, both, EXACT).totals[metric] <= factor * least * (1 + 1e-6)
