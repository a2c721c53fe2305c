"""Families of operation inside the decomposition: the same optimum, cuts that hold, one refusal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance, State, units_of_site
from siting.errors import DataError, InfeasibleError
from siting.mip import Objective, SolverOptions, build_model, is_decomposed, optimize
from siting.mip.benders import site_program as site_programs
from siting.mip.benders.dispatch import Dispatch, SiteDispatch
from siting.mip.benders.site_program import SiteProgram
from siting.mip.families.metric_limits import shared_metric_terms
from siting.mip.model.demand_classes import merge_demand
from tests.helpers.instances import random_instance
from tests.helpers.operations import FAMILIES, with_family
from tests.helpers.seeds import some, turns
from tests.helpers.structures import FAMILIES as STRUCTURES

EXACT = SolverOptions(gap=1e-6)
ALL = tuple(FAMILIES)


def operated(seed: int, names: tuple[str, ...], *, sites: int = 4, slices: int = 8) -> Coefficients:
    """A random problem with families of operation, whose load stays at its sites."""
    c = with_family(
        random_instance(seed, sites=sites, slices=slices, sources=1 + seed % 2), names, seed
    )
    flexible = c.operation.flexible
    if flexible is None:
        return c
    at_home = replace(flexible, between_sites=np.zeros(len(c.workloads), dtype=bool))
    return replace(c, operation=replace(c.operation, flexible=at_home))


def agree(instance: Coefficients | Instance, metric: str) -> bool:
    """Whether both programs have the same optimum, or both have none."""
    objective = Objective("weighted", {metric: 1.0})
    try:
        whole = optimize(build_model(instance), objective, EXACT)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            optimize(build_model(instance, decomposed=True), objective, EXACT)
        return True
    parts = optimize(build_model(instance, decomposed=True), objective, EXACT)
    assert parts.objective == pytest.approx(whole.objective, rel=1e-5)
    assert parts.bound <= whole.objective * (1 + 1e-8)
    if isinstance(instance, Coefficients):
        assert parts.totals[metric] == pytest.approx(parts.objective, rel=1e-6)
    return True


@pytest.mark.parametrize(("family", "seed"), turns(FAMILIES, 2))
def test_each_family_of_operation_has_the_same_optimum(family: str, seed: int) -> None:
    metric = ("carbon_t_co2e", "cost_usd", "energy_mwh", "water_m3")[seed % 4]
    assert agree(operated(seed, (family,)), metric)


@pytest.mark.parametrize("seed", some([0, 2, 3, 5, 8], 3))
def test_all_families_of_operation_together_have_the_same_optimum(seed: int) -> None:
    metric = ("carbon_t_co2e", "cost_usd", "energy_mwh", "water_m3")[seed % 4]
    assert agree(operated(seed, ALL, sites=3), metric)


@pytest.mark.parametrize(("family", "which"), turns(STRUCTURES, 2))
def test_rows_over_several_sites_read_what_operation_uses(family: str, which: int) -> None:
    seed = (1, 5)[which]
    # The caps of three sites have no answer.
    c = operated(seed, ("flexible", "idle", "heat"), sites=4 if family == "caps" else 3)
    c = replace(c, structure=STRUCTURES[family](c, np.random.default_rng(seed)))
    assert agree(c, ("carbon_t_co2e", "cost_usd")[which])


def test_site_limits_hold_where_the_slices_decide_them() -> None:
    for seed in (0, 2):
        c = operated(seed, ("flexible", "idle"))
        water = 0.35 * float((c.wue_l_per_kwh @ c.hours).mean()) * c.total_demand_mw
        limits = replace(c.limits, site_water_m3=water, pue_max=1.34, max_share_per_site=0.7)
        assert agree(replace(c, limits=limits), "carbon_t_co2e")


def test_stores_are_shared_by_the_scenarios_of_a_period() -> None:
    c = operated(2, ("storage", "clean"))
    rng = np.random.default_rng(2)
    states = [
        State(replace(c, grid_carbon_t_per_mwh=c.grid_carbon_t_per_mwh * (0.5 + rng.random())),
              0, w, 0.5, 1.0, 1.0)
        for w in range(2)
    ]  # fmt: skip
    for measure in ("expected", "worst"):
        assert agree(Instance(tuple(states), (0,), ("a", "b"), measure, 0.6), "carbon_t_co2e")


def points(c: Coefficients, s: int, rng: np.random.Generator) -> np.ndarray:
    """Random load, contracts, halls, stores and flows of a site; not all of them can be served."""
    demand = merge_demand(c)
    flows = int((demand.flow_site == s).sum())
    serve = rng.random(flows) * demand.mw[demand.flow_class[demand.flow_site == s]]
    pairs, offers = (c.pair_site == s).sum(), (c.offer_site == s).sum()
    load = serve.sum() * rng.dirichlet(np.ones(pairs))
    modules = np.ceil(load / c.block_mw[c.pair_site == s]) + rng.integers(0, 2, pairs)
    stores = 5.0 * rng.random(int((c.operation.storage.site == s).sum()))
    units = rng.integers(0, 2, len(units_of_site(c, s)))
    return np.concatenate([load, 15 * rng.random(offers), modules, stores, units, serve])


@pytest.mark.parametrize("seed", range(6))
def test_every_cut_lies_below_the_cost_of_every_dispatch(seed: int) -> None:
    """A cut of cost never lies above it; one that says what a site lacks bars no point that can."""
    c, rng = operated(seed, ALL), np.random.default_rng(seed)
    demand = merge_demand(c)
    closed, s = Dispatch(c, shared_metric_terms(c, demand)), int(rng.integers(len(c.sites)))
    program = SiteProgram(c, demand, closed, s)
    price = rng.random(len(closed.metrics))
    found = [(x, program.solve(price, x)) for x in (points(c, s, rng) for _ in range(12))]
    for x, at in found:
        slopes = at.slopes
        line = np.concatenate([slopes.load_slope, slopes.contract_slope, slopes.other_slope])
        own = at.missed if at.missed else at.value
        assert line @ x + slopes.least == pytest.approx(own, rel=1e-6, abs=1e-6)
        if not at.missed:
            assert price @ program.use(at) == pytest.approx(at.value, rel=1e-6, abs=1e-7)
        for y, other in found:
            most = other.missed if at.missed else other.value
            assert line @ y + slopes.least <= most + 1e-5 * max(1.0, abs(own))


def test_a_dispatch_with_rows_missed_by_rounding_keeps_its_value() -> None:
    """Contracts at the edge of what a clean share by the hour needs: HiGHS alone finds no point."""
    c, rng = operated(4, ("clean",)), np.random.default_rng(4)
    rule = replace(c.operation.clean[0], share=0.5, grid_share=np.full(len(c.sites), 0.1))
    c = replace(c, operation=replace(c.operation, clean=(rule,)))
    demand = merge_demand(c)
    closed = Dispatch(c, shared_metric_terms(c, demand))
    program, price = SiteProgram(c, demand, closed, 0), rng.random(len(closed.metrics))
    flows = int((demand.flow_site == 0).sum())
    pairs, offers = int((c.pair_site == 0).sum()), int((c.offer_site == 0).sum())

    def at(contract_mw: float) -> SiteDispatch:
        held = np.full(pairs, 2.0), np.full(offers, contract_mw), np.ones(pairs), np.zeros(flows)
        return program.solve(price, np.concatenate(held))

    low, high = 0.0, 200.0
    assert at(low).missed > 0
    assert not at(high).missed
    while high - low > 1e-8:
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle).missed else (low, middle)
    just, enough = at(high), at(high + 1e-3)
    assert enough.value > 0
    assert just.value == pytest.approx(enough.value, rel=1e-3)


def test_a_decomposed_answer_meets_the_rows_of_the_whole_program() -> None:
    c = operated(6, ALL)
    model = build_model(c)
    found = optimize(
        build_model(c, decomposed=True), Objective("weighted", {"cost_usd": 1.0}), EXACT
    )
    built = ("is_open", "modules", "load_mw", "serve_mw", "contract_mw", "storage_mw", "units",
             "unit_any")  # fmt: skip
    for name in built:
        pairs = zip(getattr(model.variables, name), getattr(found.decisions, name), strict=True)
        for variable, value in pairs:
            variable.varValue = float(value)
    flows = ("supply", "grid", "charge", "discharge", "later", "sooner", "move", "idle", "heat",
             "generate")  # fmt: skip
    for name in (*(f"{group}_mw" for group in flows), "backup_mw", "level_mwh", "away_mwh"):
        rows = zip(model.variables.group(name), found.decisions[name], strict=True)
        for variables, values in rows:
            for variable, value in zip(variables, values, strict=True):
                variable.varValue = float(value)
    for variable, value in zip(model.variables.extra_mw, found.decisions.extra_mw, strict=True):
        variable.varValue = float(value)
    for row in model.problem.constraints():
        largest = max(abs(factor) for _, factor in row.items())
        assert row.valid(1e-6 * max(largest, 1.0)), row.name


def test_load_that_moves_between_sites_is_solved_whole() -> None:
    c = operated(1, ("flexible",), slices=48)
    assert c.operation.flexible is not None
    moving = replace(c.operation.flexible, between_sites=np.array([False, True]))
    instance = Instance.single(replace(c, operation=replace(c.operation, flexible=moving)))
    assert is_decomposed(Instance.single(c), SolverOptions())
    assert not is_decomposed(instance, SolverOptions())
    with pytest.raises(DataError, match="moves between sites"):
        is_decomposed(instance, SolverOptions(method="decomposed"))


def test_metrics_that_only_water_in_electricity_decides() -> None:
    assert agree(operated(4, ALL), "water_scarcity_m3")


def test_all_families_at_96_slices_have_an_answer_with_its_gap() -> None:
    c = operated(1, ALL, sites=3, slices=96)
    c = replace(c, structure=STRUCTURES["failover"](c, np.random.default_rng(1)))
    model = build_model(c, decomposed=True)
    found = optimize(model, Objective("weighted", {"cost_usd": 1.0}), SolverOptions(gap=0.01))
    assert found.gap <= 0.01
    assert not found.timed_out


def test_a_site_without_load_and_program_adds_nothing_less_than_nothing() -> None:
    """Load can move at some sites; what the others use had no floor at the prices of a tail.

    Before, such a study ended with "does not hold when rounded".
    """
    c = with_family(random_instance(866744, sites=4, slices=8), ("flexible",), 866744)
    flexible = c.operation.flexible
    assert flexible is not None
    at_home = replace(flexible, between_sites=np.zeros(2, dtype=bool))
    c = replace(c, operation=replace(c.operation, flexible=at_home))
    factors = ((1.018776234060295, 1.257459906382202), (0.6908382034896773, 0.7662372266129436))
    states = [
        replace(
            c,
            grid_carbon_t_per_mwh=carbon * c.grid_carbon_t_per_mwh,
            grid_price_usd_per_mwh=price * c.grid_price_usd_per_mwh,
        )
        for carbon, price in factors
    ]
    each = tuple(State(state, 0, w, 0.5, 1.0, 1.0) for w, state in enumerate(states))
    assert agree(Instance(each, (0,), ("a", "b"), "cvar", 0.6), "cost_usd")


def test_rounding_of_what_is_held_never_lets_a_store_give_what_it_did_not_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a day gains from nothing would add up over the days of its month."""
    monkeypatch.setattr(site_programs, "EASES", (1e-3,))
    c = operated(1, ("storage",), slices=8)
    storage, demand = c.operation.storage, merge_demand(c)
    s = int(storage.site[0])
    closed = Dispatch(c, shared_metric_terms(c, demand))
    program = SiteProgram(c, demand, closed, s)
    pairs, stores = c.pairs_of_site[s], np.flatnonzero(storage.site == s)
    flows = demand.flows_of_site[s]
    load = np.where(np.arange(len(pairs)) == 0, c.block_mw[pairs], 0.0)
    contract, units = np.zeros(len(c.offers_of_site[s])), np.zeros(len(units_of_site(c, s)))
    point = np.concatenate(
        [load, contract, 2.0 * (load > 0), np.full(len(stores), 5.0), units, np.zeros(len(flows))]
    )
    cost = (np.ones(len(closed.metrics)) @ program._factor)[:-1]
    found = program._eased(cost, 1.0, point)
    assert found is not None
    took = found.operated["charge_mw"] * storage.charge_efficiency[stores, None]
    gave = found.operated["discharge_mw"] / storage.discharge_efficiency[stores, None]
    gained = took - gave
    assert np.abs(gained @ c.hours).max() == pytest.approx(0.0, abs=1e-6)
