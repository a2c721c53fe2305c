"""What losses, shared limits, caps, laws and several designs do; see also test_every_family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.pairs import drop_dominated_pairs
from siting.errors import InfeasibleError
from siting.mip import Objective, Solution, SolverOptions, build_model, optimize
from tests.helpers.families import METRICS, side_by_side, structured
from tests.helpers.seeds import seeds
from tests.helpers.structures import FAMILIES, with_structure

EXACT = SolverOptions(gap=1e-7)


def _study(family: str, seed: int) -> Coefficients:
    if family == "designs":
        return side_by_side(seed)
    return with_structure(structured(seed), family, seed)


def _solve(c: Coefficients, metric: str) -> Solution:
    return optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_changes_some_answers_and_never_for_the_better(family: str) -> None:
    changed = 0
    for seed in range(16):
        c, metric = _study(family, seed), METRICS[seed % 4]
        plain = replace(c, structure=replace(structured(seed).structure))
        try:
            free = _solve(plain, metric).objective
        except InfeasibleError:
            continue
        sign = -1.0 if family == "designs" else 1.0
        try:
            bound = _solve(c, metric).objective
        except InfeasibleError:
            assert family != "designs"
            continue
        assert sign * (bound - free) >= -2e-6 * abs(free)
        changed += abs(bound - free) > 1e-5 * abs(free)
        if changed and seed + 1 >= len(seeds(16)):
            break
    assert changed


@pytest.mark.parametrize("family", FAMILIES)
def test_leaving_out_dominated_pairs_changes_no_answer_of_a_family(family: str) -> None:
    for seed in seeds(8):
        c, metric = _study(family, seed), METRICS[seed % 4]
        small = drop_dominated_pairs([c], [metric])[0][0]
        try:
            whole = _solve(c, metric).objective
        except InfeasibleError:
            continue
        assert _solve(small, metric).objective == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_after_each_loss_holds_the_critical_demand(seed: int) -> None:
    c = with_structure(structured(seed), "failover", seed)
    built = _solve(c, "cost_usd").decisions.modules * c.block_mw
    need = float(c.demand_mw[0].sum() * c.capacity_per_load[0])
    for _, lost in c.structure.failover.losses:
        assert built[~np.isin(c.pair_site, lost)].sum() >= need - 1e-6


def test_wider_reach_after_a_loss_never_costs_more() -> None:
    for seed in seeds(8):
        c = with_structure(structured(seed), "failover", seed)
        f = c.structure.failover
        wide = np.zeros_like(f.eligible)
        wide[0] = True
        free = replace(c, structure=replace(c.structure, failover=replace(f, eligible=wide)))
        assert _solve(free, "cost_usd").objective <= _solve(c, "cost_usd").objective * (1 + 1e-7)
