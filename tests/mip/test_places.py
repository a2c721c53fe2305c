"""Sites that may serve the same demand are one place to its flows; the optimum is the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.mip import Objective, SolverOptions, build_model, optimize
from siting.mip.model import demand_classes as flows
from siting.mip.model.demand_classes import merge_demand, merge_places
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import some

METRIC = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")


def alike(seed: int) -> Coefficients:
    """Six sites in two places, without transport that costs."""
    c = random_instance(seed, sites=6, regions=4)
    eligible = c.eligible.copy()
    eligible[:, :, 2:4], eligible[:, :, 4:] = c.eligible[:, :, 2:3], c.eligible[:, :, 4:5]
    return replace(
        c,
        eligible=eligible,
        flow_cost_usd_per_mw=np.zeros_like(c.flow_cost_usd_per_mw),
        capacity_per_load=np.ones_like(c.capacity_per_load),
    )


def counted(c: Coefficients) -> Coefficients:
    """The same with few sites, each dear to open."""
    cost = np.linspace(1.0, 2.0, len(c.sites)) * float(np.abs(c.fixed_cost_usd_per_mw).mean())
    return with_limits(replace(c, open_cost_usd=cost), max_sites=4)


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", some(range(6), 4))
def test_the_optimum_and_who_may_serve_whom_stay(
    seed: int, decomposed: bool, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    c, options = alike(seed), SolverOptions(gap=1e-6)
    c = counted(c) if few else c
    objective = Objective("weighted", {METRIC[seed % len(METRIC)]: 1.0})
    apart = optimize(build_model(c), objective, options)
    monkeypatch.setattr(flows, "MANY_FLOWS", 0)
    model = build_model(c, decomposed=decomposed)
    merged = optimize(model, objective, options)
    assert len(model.demand.flow_site) < len(merge_demand(c).flow_site)
    assert merged.objective == pytest.approx(apart.objective, rel=1e-5)
    x = merged.shown
    assert c.eligible[x.flow_workload, x.flow_demand, x.flow_site].all()
    served = np.zeros_like(c.demand_mw)
    np.add.at(served, (x.flow_workload, x.flow_demand), x.flow_mw)
    assert served == pytest.approx(c.demand_mw, abs=1e-5)
    load = np.bincount(c.pair_site, x.decisions.load_mw, len(c.sites))
    brought = np.bincount(x.flow_site, x.flow_mw, len(c.sites))
    assert brought == pytest.approx(load, abs=1e-5)
    assert {m: v.sum() for m, v in x.metrics.items()} == pytest.approx(merged.totals)


def test_sites_whose_flows_a_row_or_a_price_tells_apart_stay_sites(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flows, "MANY_FLOWS", 0)
    c = alike(0)
    assert len(np.unique(merge_places(c, merge_demand(c)).place)) < len(c.sites)
    dear = np.arange(c.rtt_ms.size, dtype=float).reshape(c.rtt_ms.shape)
    for other in (
        replace(c, capacity_per_load=np.full(len(c.workloads), 2.0)),
        replace(c, flow_cost_usd_per_mw=dear),
    ):
        demand = merge_places(other, merge_demand(other))
        assert (demand.place == np.arange(len(c.sites))).all()
