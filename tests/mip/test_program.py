"""Programs that stay in the solver: each changed solve equals a fresh one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.errors import InfeasibleError
from siting.mip import Clock, Objective, SolverOptions, Target, build_model, optimize
from siting.mip.benders import BendersProgram
from siting.mip.objectives import solution_of
from siting.mip.program import Program
from siting.mip.runs import Outcome
from siting.mip.search import minimize
from siting.mip.session import open_program
from siting.nomenclature import METRICS
from tests.helpers.families import KINDS
from tests.helpers.instances import random_instance
from tests.helpers.seeds import some
from tests.helpers.structures import with_structure

OPTIONS = SolverOptions(gap=1e-6)


def opened(c: Coefficients, *, decomposed: bool) -> Program:
    return open_program(build_model(c, decomposed=decomposed), OPTIONS)


def least(program: Program, metric: str, unit: float = 1.0) -> Outcome:
    cost = program.costs(program.model.expression(metric, 1.0 / unit))
    cost = np.pad(cost, (0, program.size - len(cost)))
    return minimize(program, cost, Target(absolute=1e-6), Clock(60))


def by_fresh_solve(c: Coefficients, metric: str) -> float:
    return optimize(build_model(c), Objective("weighted", {metric: 1.0}), OPTIONS).objective


@pytest.mark.parametrize("kind", KINDS)
def test_the_costs_of_a_metric_are_the_coefficients_of_its_expression(kind: str) -> None:
    model = build_model(KINDS[kind].study(0), decomposed=KINDS[kind].decomposed)
    program = open_program(model, OPTIONS)
    for metric in model.terms:
        said = program.costs(model.expression(metric, 0.37))
        assert said.any() or metric not in METRICS
        assert program.metric_costs(metric, 0.37) == pytest.approx(said, rel=1e-13, abs=0.0)


@pytest.mark.parametrize("seed", some(range(6), 3))
def test_other_costs_and_caps_give_what_a_fresh_solve_gives(seed: int) -> None:
    c = random_instance(seed, sites=5, slices=6, sources=1 + seed % 3)
    program = opened(c, decomposed=True)
    unit = {m: by_fresh_solve(c, m) for m in METRICS}
    for metric in METRICS:
        assert least(program, metric, unit[metric]).objective == pytest.approx(1.0, rel=1e-5)
    # A cap between the best and what the cheapest placement has, twice, then lifted again.
    cheapest = least(program, "cost_usd", unit["cost_usd"])
    carbon = program.costs(program.model.expression("carbon_t_co2e", 1.0 / unit["carbon_t_co2e"]))
    row = program.add_row(carbon)
    for share in (0.7, 0.3):
        cap = 1.0 + share * (float(carbon @ cheapest.values) - 1.0)
        program.set_row(row, high=cap)
        limits = replace(c.limits, budgets=(("carbon_t_co2e", cap * unit["carbon_t_co2e"]),))
        whole = by_fresh_solve(replace(c, limits=limits), "cost_usd")
        found = least(program, "cost_usd", unit["cost_usd"])
        assert found.objective * unit["cost_usd"] == pytest.approx(whole, rel=1e-5)
        assert float(carbon @ found.values) <= cap * (1 + 1e-7)
        assert found.bound <= found.objective
    program.set_row(row)
    again = least(program, "cost_usd", unit["cost_usd"])
    assert again.objective == pytest.approx(cheapest.objective, rel=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_sites_that_are_shut_or_used_give_the_answer_of_the_whole_program(seed: int) -> None:
    c = random_instance(seed, sites=6, slices=5, sources=2)
    programs = [opened(c, decomposed=how) for how in (False, True)]
    unit = by_fresh_solve(c, "cost_usd")
    best = least(programs[0], "cost_usd", unit)
    load = best.values[programs[0].columns(programs[0].model.variables.load_mw)]
    site = int(c.pair_site[int(np.argmax(load))])
    values = []
    for program in programs:
        v = program.model.variables
        pairs = np.flatnonzero(c.pair_site == site)
        shut = np.concatenate(
            [program.columns([w[p] for p in pairs]) for w in (v.is_open, v.modules)]
        )
        try:
            with program.held(shut, 0.0, 0.0):
                values.append(least(program, "cost_usd", unit).objective)
        except InfeasibleError:
            values.append(np.inf)
        row = np.zeros(program.size)
        row[
            program.columns([v.load_mw[p] for p in np.flatnonzero(c.pair_site == (site + 1) % 6)])
        ] = 1
        used = program.add_row(row, low=float(c.block_mw.min()) / 2)
        try:
            values.append(least(program, "cost_usd", unit).objective)
        except InfeasibleError:
            values.append(np.inf)
        program.set_row(used)
        values.append(least(program, "cost_usd", unit).objective)
    assert values[3:] == pytest.approx(values[:3], rel=1e-5)


def test_cuts_are_kept_from_one_solve_to_the_next() -> None:
    program = opened(random_instance(2, sites=6, slices=12, sources=2), decomposed=True)
    assert isinstance(program, BendersProgram)
    least(program, "cost_usd", 1e6)
    known = program.cut_count
    least(program, "cost_usd", 1e6)
    assert program.cut_count == known > 0


@pytest.mark.parametrize("decomposed", [False, True])
def test_answers_add_up_to_the_objective(decomposed: bool) -> None:
    program = opened(random_instance(5, sites=5, slices=6, sources=2), decomposed=decomposed)
    found = least(program, "carbon_t_co2e")
    (answer,) = solution_of(program, found).states
    assert answer.metrics["carbon_t_co2e"].sum() == pytest.approx(found.objective, rel=1e-6)


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", [9, 12, 27])
def test_answers_survive_every_loss_as_those_of_a_fresh_solve_do(
    seed: int, decomposed: bool
) -> None:
    # Of these, 9 and 27 were served too cheaply before rows for losses were added to answers.
    c = with_structure(random_instance(seed, sites=6, slices=3, sources=1), "failover", seed)
    unit = by_fresh_solve(c, "cost_usd")
    found = least(opened(c, decomposed=decomposed), "cost_usd", unit)
    assert found.objective == pytest.approx(1.0, rel=1e-5)
