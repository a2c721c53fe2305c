"""Pairs that another design of their site replaces at no more of an objective."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance, State
from siting.coefficients.pairs import undominated_pairs
from siting.coefficients.structure import FirstPower
from siting.mip import Clock, SolverOptions, Target, build_model
from siting.mip.program import Program
from siting.mip.search import minimize
from siting.mip.session import open_program
from siting.nomenclature import METRICS
from tests.helpers.families import KINDS
from tests.helpers.instances import random_instance, with_limits

EXACT = SolverOptions(gap=1e-7)
#: Kinds of study that have such pairs, and some in which no pair may take the place of another.
REPLACED = ("counts", "cvar", "due", "failover", "forced", "lake_heat", "plants", "regret",
            "shares", "sizes", "spare", "worst")  # fmt: skip
KEPT = ("backup", "budgets", "caps", "clean", "flexible", "generation", "heat", "idle",
        "side_by_side", "steps", "storage", "vintages")  # fmt: skip


def several_designs(seed: int) -> Coefficients:
    """Four designs a site with halls of one size, some of which need all their connection."""
    rng = np.random.default_rng(seed)
    c = random_instance(seed, sites=4, designs=4, slices=4, sources=2)
    return replace(
        c,
        block_mw=np.full(len(c.pair_site), 8.0),
        max_modules=rng.integers(1, 5, len(c.pair_site)),
        demand_mw=c.demand_mw / 2.0,
    )


def least(program: Program, cost: FloatArray) -> float:
    """Optimum to 10⁻⁷."""
    program.restore()
    return minimize(program, cost, Target(relative=1e-7), Clock(60.0)).objective


@pytest.mark.parametrize("metrics", [[m] for m in METRICS] + [list(METRICS)])
@pytest.mark.parametrize("seed", range(3))
def test_the_optimum_stays_without_them(seed: int, metrics: list[str]) -> None:
    c = several_designs(seed)
    model = build_model(c, decomposed=True)
    program = open_program(model, EXACT)
    cost = np.sum([program.costs(model.expression(m, 1e-3)) for m in metrics], axis=0)
    closed = program.dominated(cost)
    if metrics == ["cost_usd"]:
        assert (closed & undominated_pairs([c], metrics)).any()  # The figures alone keep these.
    best = least(program, cost)
    program.restore()
    with program.closing(closed):
        found = minimize(program, cost, Target(relative=1e-7), Clock(60.0))
    assert found.objective == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("kind", REPLACED)
def test_the_optimum_stays_without_them_in_every_family_that_has_any(kind: str) -> None:
    found = 0
    for seed in range(3):
        model = build_model(KINDS[kind].study(seed), decomposed=True)
        program = open_program(model, EXACT)
        cost = program.costs(model.expression("cost_usd", 1e-6))
        closed = program.dominated(cost)
        if not closed.any():
            continue
        found += 1
        best = least(program, cost)
        program.restore()
        with program.closing(closed):
            held = minimize(program, cost, Target(relative=1e-7), Clock(60.0))
        assert held.objective == pytest.approx(best, rel=1e-6)
    assert found


@pytest.mark.parametrize("kind", KEPT)
def test_none_is_closed_where_drawing_less_can_cost_more(kind: str) -> None:
    model = build_model(KINDS[kind].study(0), decomposed=True)
    program = open_program(model, EXACT)
    assert not program.dominated(program.costs(model.expression("cost_usd", 1e-6))).any()


def test_what_is_held_or_limited_by_the_planner_replaces_and_is_replaced_by_nothing() -> None:
    c = several_designs(2)
    model = build_model(c, decomposed=True)
    program = open_program(model, EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-6))
    closed = program.dominated(cost)
    one = int(np.flatnonzero(closed)[0])
    with program.held(program.opened[:, one], 1.0, 1.0):
        assert not program.dominated(cost)[one]
    with program.closing(~closed):  # Nothing that could stand for the others is left.
        assert not (program.dominated(cost) & ~closed).any()
    program.add_row(cost, high=1e3)
    assert not program.dominated(cost).any()
    budget = with_limits(c, budgets=(("cost_usd", 1e12),))
    limited = open_program(build_model(budget, decomposed=True), EXACT)
    assert not limited.dominated(limited.costs(limited.model.expression("cost_usd", 1e-6))).any()


def least_without(c: Coefficients | Instance) -> tuple[float, float]:
    """Minimum cost without pairs that others replace, and that of the whole model with all."""
    model, whole = build_model(c, decomposed=True), build_model(c)
    program, other = open_program(model, EXACT), open_program(whole, EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-6))
    closed = program.dominated(cost)
    with program.closing(closed):
        found = minimize(program, cost, Target(relative=1e-7), Clock(60.0)).objective
    return found, least(other, other.costs(whole.expression("cost_usd", 1e-6)))


@pytest.mark.parametrize("size", ["min_mw_per_site", "first_power"])
def test_a_pair_with_room_for_the_load_but_not_for_the_least_size_replaces_none(size: str) -> None:
    c = several_designs(0)
    first = c.pair_design == 0
    c = replace(
        c,
        demand_mw=c.demand_mw * 6.0 / c.total_demand_mw,  # One hall of 8 MW would do.
        max_modules=np.where(first, 1, 4),
        fixed_cost_usd_per_mw=np.where(first, 0.1, 1.0) * c.fixed_cost_usd_per_mw,
        connection_mw=np.full(len(c.sites), 100.0),
    )
    if size == "min_mw_per_site":
        c = with_limits(c, min_mw_per_site=20.0)
    else:
        due = FirstPower("first_power[0]", np.ones(len(c.sites), dtype=bool), 100.0, None)
        c = replace(c, structure=replace(c.structure, first_power=(due,)))
    found, best = least_without(c)
    assert found == pytest.approx(best, rel=1e-6)


def test_a_contract_is_worth_what_it_saves_in_all_scenarios_together() -> None:
    """At 35 USD/MWh it is worth more than the 60 of the grid, and less than what one half saves."""
    c = random_instance(0, sites=2, designs=2, regions=1, slices=2, sources=1)
    pairs, lean = len(c.pair_site), c.pair_design == 0
    pue = np.where(lean[:, None], [1.1, 1.4], [1.3, 1.2])
    c = replace(
        c,
        hours=np.full(2, 4380.0),
        pue=pue,
        pue_peak=pue.max(axis=1),
        wue_l_per_kwh=np.zeros((pairs, 2)),
        generated_kwh_per_kwh=np.zeros((pairs, 2)),
        fuel_kwh_per_kwh=np.zeros((pairs, 2)),
        spare_share=np.zeros(pairs),
        block_mw=np.full(pairs, 8.0),
        demand_mw=np.full((2, 1), 4.0),
        fixed_cost_usd_per_mw=np.where(lean, 499e3, 500e3),
        om_usd_per_mw=np.zeros(pairs),
        carbon_price_usd_per_t=0.0,
        grid_price_usd_per_mwh=np.full((2, 2), 60.0),
        capacity_factor=np.tile([1.0, 0.5], (2, 1)),
        offer_price_usd_per_mwh=np.full(2, 35.0),
        offer_limit_mw=np.full(2, 50.0),
        max_contract_share=3.0,
    )
    halves = tuple(State(c, 0, w, 0.5, share=1.0, cost_share=1.0) for w in range(2))
    found, best = least_without(Instance(halves, (2030,), ("a", "b"), "expected", 0.5))
    assert found == pytest.approx(best, rel=1e-6)
