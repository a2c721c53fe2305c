"""The smallest sites closed by themselves, against enumeration over the other open sites."""

from __future__ import annotations

import numpy as np
import pytest

from siting.mip import Objective, SolverOptions, build_model, optimize
from tests.helpers.brute_force import brute_force
from tests.helpers.instances import random_instance, with_limits

EXACT = SolverOptions(gap=1e-7)
COST = Objective("weighted", {"cost_usd": 1.0})


@pytest.mark.parametrize("decomposed", [False, True])
def test_closing_costs_what_the_other_open_sites_take_for_the_load(decomposed: bool) -> None:
    can = cannot = 0
    for seed in range(6):
        c = with_limits(random_instance(seed, sites=4, regions=3, slices=2), min_sites=2)
        c = with_limits(c, min_sites=None) if seed % 2 else c
        found = optimize(build_model(c, decomposed=decomposed), COST, EXACT, closings=2)
        built = np.bincount(c.pair_site, found.decisions.modules * c.block_mw, len(c.sites))
        opened = np.flatnonzero(built)
        smallest = opened[np.argsort(built[opened], kind="stable")][:2]
        assert [closing.site for closing in found.closings] == [c.sites[s] for s in smallest]
        for closing in found.closings:
            shut = {c.sites[s] for s in range(len(c.sites)) if s not in opened} | {closing.site}
            least = brute_force(with_limits(c, closed_sites=tuple(sorted(shut))), COST.weights)
            if np.isinf(least):
                cannot += 1
                assert (closing.objective, dict(closing.metrics)) == (None, {})
                continue
            can += 1
            assert closing.metrics["cost_usd"] == pytest.approx(least - found.objective, rel=1e-4)
            more = (least - found.objective) / found.objective
            assert closing.objective == pytest.approx(more, rel=1e-4)
    assert can
    assert cannot


def test_nothing_is_closed_unless_asked_for() -> None:
    assert optimize(build_model(random_instance(0)), COST, EXACT).closings == ()
