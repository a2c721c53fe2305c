"""Sifting: the optimum of the whole program, from a few of its flows."""

from __future__ import annotations

import numpy as np
import pytest

from siting.mip import Clock, build_model
from siting.mip.location import flows
from siting.mip.program import Program
from siting.mip.runs import Row
from siting.mip.session import open_program
from tests.mip.test_separation import EXACT, opening_costs


@pytest.fixture
def few_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sift whatever the size, from one flow a class, one at a time."""
    for name, value in (("MANY", 0), ("FAR", 0), ("FIRST", 1), ("JOINING", 1)):
        monkeypatch.setattr(flows, name, value)


def opened(seed: int, *, decomposed: bool) -> Program:
    return open_program(build_model(opening_costs(seed, sites=8), decomposed=decomposed), EXACT)


@pytest.mark.usefixtures("few_flows")
@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_sifted_basis_is_optimal_for_every_flow(seed: int, decomposed: bool) -> None:
    program = opened(seed, decomposed=decomposed)
    cost = program.costs(program.model.expression("cost_usd", 1e-6))
    found = program._sifting.basis(program.lp, program.model.states, cost, Clock(60.0))
    assert found is not None
    program.lp.begin_anew(found)
    sifted = program.lp.minimize(cost, Clock(60.0))
    assert program.lp.raw.getInfo().simplex_iteration_count == 0
    program.lp.begin_anew()
    assert sifted.objective == pytest.approx(program.lp.minimize(cost, Clock(60.0)).objective)


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_bound_of_one_cost_after_another_stays(
    seed: int, decomposed: bool, request: pytest.FixtureRequest
) -> None:
    bounds = []
    for _ in range(2):
        program = opened(seed, decomposed=decomposed)
        for metric in ("cost_usd", "carbon_t_co2e", "cost_usd"):
            cost = program.costs(program.model.expression(metric, 1e-6))
            bounds.append(program.relax(cost, Clock(60.0)).bound)
        request.getfixturevalue("few_flows")
    assert bounds[:3] == pytest.approx(bounds[3:], rel=1e-6)


@pytest.mark.usefixtures("few_flows")
def test_flows_that_are_held_at_zero_do_not_join() -> None:
    program = opened(0, decomposed=False)
    cost = program.costs(program.model.expression("cost_usd", 1e-6))
    empty = np.zeros(program.modules.shape[1], dtype=bool)
    empty[:2] = True
    with program.closing(empty):
        found = program._sifting.basis(program.lp, program.model.states, cost, Clock(60.0))
        assert found is not None
        program.lp.begin_anew(found)
        assert program.lp.minimize(cost, Clock(60.0)).values[program._loads_of(empty)].max() == 0.0


@pytest.mark.usefixtures("few_flows")
@pytest.mark.parametrize("seed", range(3))
def test_few_flows_stand_for_all_only_until_all_are_asked(seed: int) -> None:
    """Rows are added to both, and the bound is that of every flow."""
    program = opened(seed, decomposed=True)
    cost = program.costs(program.model.expression("cost_usd", 1e-6))
    program.relax(cost, Clock(60.0), rounds=0)
    run = program.lp.minimize(cost, Clock(60.0))
    few = program._sifting.few(program.lp, run)
    same = few.minimize(cost, Clock(60.0))
    assert same.objective == pytest.approx(run.objective, rel=1e-9)
    assert cost @ same.values == pytest.approx(run.objective, rel=1e-9)
    used = np.flatnonzero(same.values > 1e-6)
    row = Row(used, np.ones(len(used)), high=0.999 * float(same.values[used].sum()))
    few.add_rows([row])
    program.lp.add_rows([row])
    whole = program.lp.minimize(cost, Clock(60.0))
    fewer = few.minimize(cost, Clock(60.0))
    assert fewer.objective >= whole.objective * (1 - 1e-9)
    program.lp.begin_anew(few.basis())
    assert program.lp.minimize(cost, Clock(60.0)).objective == pytest.approx(whole.objective)
