"""Flows that are merged where sites are closed: the same optimum, and each class served."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.errors import InfeasibleError
from siting.mip import Clock, SolverOptions, Target, build_model
from siting.mip.location import flows
from siting.mip.location.flows import MergedFlows
from siting.mip.model.demand_classes import merged_where
from siting.mip.session import open_program
from siting.nomenclature import METRICS
from tests.helpers.brute_force import brute_force
from tests.helpers.families import KINDS
from tests.helpers.instances import random_instance, with_limits


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_integer_program_on_few_sites_has_the_optimum_of_enumeration(
    seed: int, decomposed: bool
) -> None:
    c = random_instance(seed, sites=4, regions=9, slices=2)
    c = replace(c, demand_mw=c.demand_mw / 3.0)
    model = build_model(c, decomposed=decomposed)
    program = open_program(model, SolverOptions(gap=1e-7))
    closed = np.isin(c.pair_site, [1 + seed % 2, 3])
    metric = list(METRICS)[seed]
    without = tuple({c.sites[s] for s in c.pair_site[closed]})
    unit = brute_force(with_limits(c, closed_sites=without), {metric: 1.0})
    cost = program.costs(model.expression(metric, 1.0 / unit))
    clock, target = Clock(60), Target(relative=1e-7)
    with program.closing(closed):
        merged = MergedFlows(model.states, program.columns, *program.bounds, ~closed)
        program.relax(cost, clock)
        found = program.integer(cost, target, clock)
    alike = merged.merged(np.ones(program.size)) > 1.0
    served, demand = program.columns(model.variables.serve_mw), model.demand
    assert alike[served].any()
    if decomposed:  # It lacks cuts, so that it may lie below.
        assert 0.5 < found.objective < 1.0 + 1e-6
    else:
        assert found.objective == pytest.approx(1.0, rel=1e-6)
    by_class = np.bincount(demand.flow_class, found.values[served], len(demand.mw))
    assert by_class == pytest.approx(demand.mw, abs=1e-6)
    assert merged.shared_out(merged.merged(found.values)) == pytest.approx(found.values, abs=1e-6)


def test_classes_that_cost_another_amount_or_have_bounds_of_their_own_are_told_apart() -> None:
    c = random_instance(0, sites=4, regions=9, slices=2)
    closed = np.isin(c.pair_site, [2, 3])

    def merged(flow_cost: np.ndarray, held: slice) -> int:
        model = build_model(replace(c, flow_cost_usd_per_mw=flow_cost))
        program = open_program(model, SolverOptions())
        low, high = program.bounds
        high[program.columns(model.variables.serve_mw)[held]] = 1.0
        merged = MergedFlows(model.states, program.columns, low, high, ~closed)
        return int((merged.merged(np.ones(program.size)) == 0.0).sum())

    free = np.zeros_like(c.flow_cost_usd_per_mw)
    assert merged(free, slice(0)) > 0
    assert merged(free, slice(None)) == 0
    assert merged(np.arange(free.size, dtype=float).reshape(free.shape), slice(0)) == 0


@pytest.mark.parametrize("kind", ["spare", "accepting", "waves", "ramping", "failover", "flexible"])
def test_programs_with_and_without_merged_flows_have_one_optimum(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = 0
    for seed in range(8):
        study, metric = KINDS[kind].study(seed), list(METRICS)[seed % len(METRICS)]
        model = build_model(study)
        program = open_program(model, SolverOptions(gap=1e-7))
        cost = program.costs(model.expression(metric, 1.0))
        c = model.reference.coefficients
        closed = c.pair_site >= 2
        values = []
        for where in (merged_where, lambda c, demand, usable: np.arange(len(demand.mw))):
            monkeypatch.setattr(flows, "merged_where", where)
            merged = MergedFlows(model.states, program.columns, *program.bounds, ~closed)
            fewer += int((merged.merged(np.ones(program.size)) == 0.0).sum())
            try:
                found = program.integer(cost, Target(relative=1e-7), Clock(60), closed=closed)
                values.append(found.objective)
            except InfeasibleError:
                values.append(np.inf)
        assert values[0] == pytest.approx(values[1], rel=1e-6)
    assert (fewer > 0) == (kind in {"spare", "accepting", "failover"})
