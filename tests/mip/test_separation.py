"""Separated rows: every placement meets them, and they tighten the relaxation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.mip import Clock, Objective, SolverOptions, build_model, optimize
from siting.mip.location import separation
from siting.mip.model import demand_classes as flows
from siting.mip.session import open_program
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds, some

COST = Objective("weighted", {"cost_usd": 1.0})
EXACT = SolverOptions(gap=1e-8)


def opening_costs(seed: int, sites: int = 6) -> Coefficients:
    """A study in which opening a site has a price and few may be open."""
    c = random_instance(seed, sites=sites, slices=3, sources=1)
    block = np.array([c.block_mw[pairs].max() for pairs in c.pairs_of_site])
    price = 2.0 * float(np.abs(c.fixed_cost_usd_per_mw).mean()) * block
    return with_limits(replace(c, open_cost_usd=price), max_sites=sites - 2)


@pytest.fixture(params=[0, 10**6], ids=["priced", "one by one"])
def few_flows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strong links added up at the best prices, and added one by one."""
    monkeypatch.setattr(separation, "FEW_FLOWS", request.param)


@pytest.mark.usefixtures("few_flows")
@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", some(range(8), 3))
def test_rows_hold_at_the_optimum_and_lift_the_bound(seed: int, decomposed: bool) -> None:
    model = build_model(opening_costs(seed), decomposed=decomposed)
    program = open_program(model, EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-6))
    before = program.relax(cost, Clock(60.0), rounds=0).bound
    after = program.relax(cost, Clock(60.0)).bound
    found = optimize(model, COST, EXACT).objective * 1e-6
    assert before <= after * (1 + 1e-9) <= found * (1 + 2e-9)


def test_the_bound_is_lifted_in_most_studies() -> None:
    lifted = 0
    for seed in range(8):
        model = build_model(opening_costs(seed))
        program = open_program(model, EXACT)
        cost = program.costs(model.expression("cost_usd", 1e-6))
        before = program.relax(cost, Clock(60.0), rounds=0).bound
        lifted += program.relax(cost, Clock(60.0)).bound > before * (1 + 1e-4)
    assert lifted >= 6


@pytest.mark.usefixtures("few_flows")
@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("seed", some(range(8), 3))
def test_no_whole_placement_breaks_a_row(
    seed: int, merged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are separated at fractional points hold at the optimum of other metrics."""
    if merged:
        monkeypatch.setattr(flows, "MANY_FLOWS", 0)
    c = opening_costs(seed)
    alike = np.repeat(c.eligible[:, :, ::2], 2, axis=2)
    c = replace(
        c, eligible=alike, flow_cost_usd_per_mw=np.zeros_like(c.flow_cost_usd_per_mw),
        capacity_per_load=np.ones_like(c.capacity_per_load),
    )  # fmt: skip
    model = build_model(c)
    assert (len(np.unique(model.demand.place)) < len(c.sites)) == merged
    program = open_program(model, EXACT)
    for metric in ("cost_usd", "energy_mwh", "water_m3"):
        cost = program.costs(model.expression(metric, 1e-6))
        program.relax(cost, Clock(60.0))
    rows = [row for row in program.snapshot().rows if not row.needed]
    for metric in ("carbon_t_co2e", "cost_usd"):
        cost = program.costs(model.expression(metric, 1e-6))
        whole = program.dispatched(
            cost, _best_counts(c, metric, program.size, program.columns, model), Clock(60.0)
        )
        for row in rows:
            left = float(row.values @ whole.values[row.columns])
            assert row.low - 1e-6 <= left <= row.high + 1e-6


def _best_counts(c, metric, size, columns, model):  # type: ignore[no-untyped-def]
    found = optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT).decisions
    counts = np.zeros(size)
    counts[columns(model.variables.is_open)] = found.is_open
    counts[columns(model.variables.modules)] = found.modules
    return counts


@pytest.mark.parametrize("seed", seeds(8))
def test_pairs_that_reduced_costs_close_are_closed_in_every_better_placement(seed: int) -> None:
    model = build_model(opening_costs(seed))
    program = open_program(model, EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-6))
    relaxed = program.relax(cost, Clock(60.0))
    best = optimize(model, COST, EXACT)
    closed = program.closed_by_reduced_cost(relaxed, best.objective * 1e-6 * (1 + 1e-6))
    assert not best.decisions.modules[closed].any()
