"""Flows that are merged where sites are closed: the same optimum, and each class served."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.mip import SolverOptions, build_model
from siting.mip.control import Clock, Target
from siting.mip.location.merging import MergedFlows
from siting.mip.session import open_program
from siting.nomenclature import METRICS
from tests.helpers.brute_force import brute_force
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
    assert found.bound <= 1.0 + 1e-6
    if not decomposed:  # A decomposed program lacks cuts, so that it may lie below.
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
        flows = MergedFlows(model.states, program.columns, low, high, ~closed)
        return int((flows.merged(np.ones(program.size)) == 0.0).sum())

    free = np.zeros_like(c.flow_cost_usd_per_mw)
    assert merged(free, slice(0)) > 0
    assert merged(free, slice(None)) == 0
    assert merged(np.arange(free.size, dtype=float).reshape(free.shape), slice(0)) == 0
