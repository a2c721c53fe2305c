"""Bounds, scales and the placement that is there at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from highspy import HighsStatus

from siting import mip
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import (
    SILENT,
    Clock,
    Objective,
    Progress,
    SolverOptions,
    Target,
    Watch,
    build_model,
    optimize,
    relative_gap,
    search,
)
from siting.mip.benders import BendersProgram
from siting.mip.highs import HEURISTICS, OTHER_HEURISTICS, Highs
from siting.mip.incumbents import Incumbents
from siting.mip.location.flows import cost_per_mw
from siting.mip.location.heuristic import built_at_once, greedy_counts
from siting.mip.program import minimize_with
from siting.mip.runs import Outcome
from siting.mip.search import minimize
from siting.mip.session import open_program
from siting.status import Status, judge
from tests.helpers.families import future, operated, phased, powered
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds, some

CARBON = Objective("weighted", {"carbon_t_co2e": 1.0})


@pytest.mark.parametrize("seed", seeds(10))
def test_the_relaxation_is_never_above_the_answer(seed: int) -> None:
    model = build_model(random_instance(seed))
    options = SolverOptions(gap=1e-7)
    program = open_program(model, options)
    bound = program.relax(program.costs(model.expression("carbon_t_co2e", 1e-3)), Clock(60.0)).bound
    found = optimize(model, CARBON, options)
    assert bound * 1e3 <= found.objective * (1 + 1e-9)
    assert found.bound <= found.objective * (1 + 1e-9)


@pytest.mark.parametrize("seed", seeds(10))
def test_the_greedy_counts_carry_all_demand_within_the_sites(seed: int) -> None:
    c = with_limits(random_instance(seed), max_share_per_site=0.8)
    model = build_model(c)
    program = open_program(model, SolverOptions())
    carbon = program.costs(model.expression("carbon_t_co2e"))
    cost = cost_per_mw(program.columns, model.reference, carbon)
    counts = greedy_counts(c, model.demand, cost)
    assert (counts.modules <= c.max_modules).all()
    assert (np.bincount(c.pair_site[counts.is_open > 0], minlength=len(c.sites)) <= 1).all()
    assert counts.modules @ c.block_mw >= c.total_demand_mw - 1e-9


@pytest.mark.parametrize("seed", some(range(6), 3))
def test_first_counts_of_periods_stay_within_the_firm_power_of_each(seed: int) -> None:
    """Steps and units that come later carry nothing before."""
    model = build_model(phased(seed))
    program = open_program(model, SolverOptions())
    cost = program.costs(model.expression("cost_usd", 1e-4))
    *_, staged = built_at_once(program, cost)
    for state, columns in zip(model.states, program.modules, strict=True):
        c = state.coefficients
        power = c.operation.power
        assert power is not None
        firm = c.connection_mw + np.bincount(
            power.site, power.firm * power.unit_mw * power.most, len(c.sites)
        )
        peak = np.bincount(c.pair_site, c.pue_peak * c.block_mw * staged[columns], len(c.sites))
        assert (peak <= firm * (1 + 1e-9)).all()


def test_without_time_there_is_an_answer_that_claims_nothing() -> None:
    model = build_model(random_instance(3))
    found = optimize(model, CARBON, SolverOptions(time_limit_s=0.0))
    best = optimize(model, CARBON, SolverOptions(gap=1e-7))
    assert found.objective >= best.objective * (1 - 1e-9)
    assert found.gap >= relative_gap(found.objective, best.objective) - 1e-9


@pytest.mark.parametrize("value", [0.0, 2.0, -2.0])
def test_nothing_is_proven_by_a_bound_that_is_not_there(value: float) -> None:
    assert relative_gap(value, -np.inf) == relative_gap(value, -np.inf, scale=1.0) == np.inf
    assert not Target(relative=0.5).met(value, -np.inf)


@pytest.mark.parametrize(
    ("families", "metric"),
    [
        (("storage",), "energy_mwh"),
        (("flexible",), "cost_usd"),
        (("storage", "flexible", "heat"), "energy_mwh"),
    ],
)
def test_without_time_there_is_a_bound_where_columns_have_none(
    families: tuple[str, ...], metric: str
) -> None:
    model = build_model(operated(1, *families))
    program = open_program(model, SolverOptions())
    cost = program.costs(model.expression(metric))
    low, high = program.bounds
    assert not np.isfinite(np.where(cost > 0, low, high)[cost != 0]).all()
    found = optimize(model, Objective("weighted", {metric: 1.0}), SolverOptions(time_limit_s=0.0))
    best = optimize(model, Objective("weighted", {metric: 1.0}), SolverOptions(gap=1e-7))
    assert -np.inf < program.floor(cost) <= best.objective
    assert "heat" in families or found.bound >= 0.0
    assert np.isfinite(found.bound)
    assert found.bound <= best.objective * (1 + 1e-9)
    assert found.gap >= relative_gap(found.objective, best.objective) - 1e-9


@pytest.mark.parametrize("decomposed", [False, True])
def test_without_time_the_relaxation_is_the_bound(
    monkeypatch: pytest.MonkeyPatch, *, decomposed: bool
) -> None:
    monkeypatch.setattr(search, "BOUND_S", 3600.0)
    model = build_model(operated(1, "storage"), decomposed=decomposed)
    program = open_program(model, SolverOptions())
    cost = program.costs(model.expression("cost_usd", 1e-6))
    relaxed = program.relax(cost, Clock(3600.0), rounds=0)
    program.restore()
    found = minimize(program, cost, Target(), Clock(0.0))
    assert found.timed_out
    assert found.bound == pytest.approx(relaxed.bound, rel=1e-6)
    assert 0.5 * found.objective < found.bound < found.objective


@pytest.mark.parametrize(
    ("bound", "said"),
    [(-2.0, "best 2, bound -2"), (0.0, "best 2"), (1.5, "best 2, bound 1.5, gap 25.000%")],
)
def test_progress_says_no_gap_where_nothing_is_proven(bound: float, said: str) -> None:
    told: list[Progress] = []
    Watch("placement", told.append).say(2.0, bound, Clock(0.0))
    assert str(told[0]) == f"placement: 0 s, {said}, 0 s left"


def test_what_remains_to_be_finished_ends_so_long_after_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(mip.time, "monotonic", lambda: now[0])
    clock = Clock(5.0)
    left = []
    for now[0] in (0.0, 5.0, 8.0, 14.0, 16.0):
        left.append(clock.overtime(10.0).left_s)
    assert left == [10.0, 10.0, 7.0, 1.0, 0.0]


@pytest.mark.parametrize("measure", ["cvar", "worst", "regret"])
def test_without_time_a_measure_of_the_tail_has_a_bound(measure: str) -> None:
    model = build_model(future(0, measure))
    found = optimize(model, CARBON, SolverOptions(time_limit_s=0.0))
    best = optimize(model, CARBON, SolverOptions(gap=1e-7))
    assert 0.0 <= found.bound <= best.objective * (1 + 1e-6) + 1e-6
    assert found.gap >= relative_gap(found.objective, best.objective) - 1e-6


def test_limits_that_no_placement_meets_are_infeasible() -> None:
    c = random_instance(2)
    with pytest.raises(InfeasibleError):
        optimize(
            build_model(with_limits(c, budgets=(("energy_mwh", 1.0),))), CARBON, SolverOptions()
        )


def test_another_solver_reaches_the_same_optimum() -> None:
    import pulp

    others = [n for n in pulp.listSolvers(onlyAvailable=True) if n not in ("HiGHS", "HiGHS_CMD")]
    if not others:
        pytest.skip("PuLP finds no other solver")
    c = random_instance(5)
    first = optimize(build_model(c), CARBON, SolverOptions(gap=1e-6))
    second = optimize(build_model(c), CARBON, SolverOptions(gap=1e-6, name=others[0]))
    assert second.objective == pytest.approx(first.objective, rel=1e-5)


def test_permuting_the_sites_permutes_the_answer() -> None:
    c = random_instance(7, sites=5, designs=1)
    order = np.array([3, 0, 4, 1, 2])
    per_site = ("grid_carbon_t_per_mwh", "grid_price_usd_per_mwh", "grid_water_l_per_kwh",
                "grid_withdrawal_l_per_kwh", "scarcity_site", "scarcity_grid",
                "connection_mw", "open_cost_usd", "open_carbon_t_co2e")  # fmt: skip
    rank = np.argsort(order)
    moved = replace(
        c,
        sites=tuple(c.sites[i] for i in order),
        pair_site=rank[c.pair_site],
        offer_site=rank[c.offer_site],
        rtt_ms=c.rtt_ms[:, order],
        eligible=c.eligible[:, :, order],
        flow_cost_usd_per_mw=c.flow_cost_usd_per_mw[:, order],
        **{name: getattr(c, name)[order] for name in per_site},
    )
    options = SolverOptions(gap=1e-8)
    one, two = (optimize(build_model(problem), CARBON, options) for problem in (c, moved))
    assert two.objective == pytest.approx(one.objective, rel=1e-7)
    assert two.decisions.modules.tolist() == one.decisions.modules.tolist()
    assert two.decisions.load_mw == pytest.approx(one.decisions.load_mw, rel=1e-6)


def test_counts_that_cannot_be_operated_do_not_make_a_study_infeasible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise InfeasibleError("these counts break a limit")

    program = open_program(build_model(random_instance(5), decomposed=True), SolverOptions())
    cost = program.costs(program.model.expression("carbon_t_co2e"))
    monkeypatch.setattr(BendersProgram, "dispatched", refused)
    with pytest.raises(NoAnswerError, match="before any placement"):
        minimize(program, cost, Target(relative=1e-3), Clock(60.0))


def test_halls_that_there_was_no_time_to_operate_are_in_the_end_whatever_they_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*_: object, **__: object) -> None:
        raise NoAnswerError("the time is over")

    def once_late(program: BendersProgram, *given: Any, **named: Any) -> Outcome:
        monkeypatch.setattr(BendersProgram, "dispatched", operated)
        raise NoAnswerError("the time is over")

    program = open_program(build_model(random_instance(5), decomposed=True), SolverOptions())
    cost = program.costs(program.model.expression("carbon_t_co2e"))
    operated = BendersProgram.dispatched
    monkeypatch.setattr(BendersProgram, "dispatched", once_late)
    for step in ("relax", "integer"):
        monkeypatch.setattr(BendersProgram, step, late)
    found = minimize(program, cost, Target(relative=1e-3), Clock(60.0))
    assert found.objective > 0.0
    assert found.timed_out


@pytest.mark.parametrize(
    ("gap", "asked", "timed_out", "status"),
    [
        (0.0009, 0.001, False, Status.OPTIMAL),
        (0.0, 0.001, True, Status.OPTIMAL),
        (0.02, 0.05, False, Status.GAP_LIMIT),
        (0.02, 0.001, True, Status.TIME_LIMIT),
        (1e-5, 1e-6, True, Status.TIME_LIMIT),
        (1e-5, 1e-6, False, Status.GAP_LIMIT),
        (float("inf"), 0.001, True, Status.TIME_LIMIT),
    ],
)
def test_a_status_is_judged_from_the_gap(
    gap: float, asked: float, timed_out: bool, status: Status
) -> None:
    assert judge(gap, asked, timed_out=timed_out) == status


@pytest.mark.parametrize("seed", range(4))
def test_a_whole_model_handed_to_pulp_has_the_same_optimum(seed: int) -> None:
    c = with_limits(random_instance(seed), max_sites=2)
    model, options = build_model(c), SolverOptions(gap=1e-7)
    program = open_program(model, options)
    cost = program.costs(model.expression("carbon_t_co2e", 1e-3))
    lp = program.lp.lp()
    run = minimize_with(
        options, lp, (), program.counts, (), cost,
        np.array(lp.col_lower_), np.array(lp.col_upper_), Clock(60.0), Target(relative=1e-7),
    )  # fmt: skip
    found = optimize(model, CARBON, options)
    assert run.objective * 1e3 == pytest.approx(found.objective, rel=1e-6)
    assert run.bound * 1e3 <= found.objective * (1 + 1e-6)


def test_where_dispatch_costs_more_the_sites_chosen_are_looked_at_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until both agree; the placement is then that of the whole model."""
    c = powered(1, "generation", "steps")
    c = replace(c, connection_mw=np.full(len(c.sites), 2.0 * c.total_demand_mw))
    whole = build_model(c)
    program = BendersProgram(build_model(c, decomposed=True), SolverOptions(gap=1e-6), starts=False)
    monkeypatch.setattr(program, "_start_from", lambda *a, **k: None)
    assert program.has_units
    looked: list[int] = []
    before = program.integer

    def integer(*arguments: Any, closed: Any, **options: Any) -> Outcome:
        looked.append(int((~closed).sum()))
        return before(*arguments, closed=closed, **options)

    monkeypatch.setattr(program, "integer", integer)
    cost = program.costs(program.model.expression("cost_usd", 1e-6))
    known = Incumbents(program, cost, Target(relative=1e-4), Clock(60.0), SILENT)
    every = np.ones(program.modules.shape[1], dtype=bool)
    known.among(every, 1.0, Target(relative=1e-4))
    assert looked[0] == len(every)
    assert min(looked) < len(every)
    best = optimize(whole, Objective("weighted", {"cost_usd": 1.0}), SolverOptions(gap=1e-6))
    assert known.best is not None
    assert known.best.objective * 1e6 == pytest.approx(best.objective, rel=2e-4)


def test_a_proof_that_looks_for_points_at_its_nodes_alone_ends_at_the_same() -> None:
    """The optimum is that of all heuristics; HiGHS knows each of the options."""
    model = build_model(with_limits(random_instance(4, sites=6), min_mw_per_site=5.0))
    program = open_program(model, SolverOptions())
    cost = program.costs(model.expression("carbon_t_co2e", 1e-3))
    found = [
        program.integer(cost, Target(relative=1e-7), Clock(60.0), nodes_alone=alone).objective
        for alone in (False, True)
    ]
    assert found[1] == pytest.approx(found[0], rel=1e-6)
    solver = Highs()
    solver.leave_heuristics()
    names = (*HEURISTICS, *OTHER_HEURISTICS)
    assert [solver.raw.getOptionValue(name) for name in names] == [
        (HighsStatus.kOk, False) for _ in names
    ]


@pytest.mark.parametrize(("gap", "alone"), [(0.0015, False), (0.005, True), (0.05, False)])
def test_a_proof_leaves_heuristics_between_two_and_ten_times_the_gap(
    gap: float, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = open_program(build_model(random_instance(0)), SolverOptions())
    cost, asked = program.costs(program.model.expression("carbon_t_co2e", 1e-3)), list[bool]()

    def integer(*_: object, nodes_alone: bool, **__: object) -> Outcome:
        asked.append(nodes_alone)
        raise NoAnswerError("the time ended")

    proof = search._Search(program, cost, Target(relative=1e-3), Clock(60.0), SILENT)
    relaxed = program.relax(cost, Clock(60.0))
    proof._shut = np.zeros(program.modules.shape[1], dtype=bool)
    proof.best, proof._bound = replace(relaxed, objective=1.0), 1.0 - gap
    monkeypatch.setattr(proof, "_close", lambda relaxed: None)
    monkeypatch.setattr(program, "integer", integer)
    proof._proof(relaxed)
    assert asked == [alone]
