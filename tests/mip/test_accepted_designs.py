"""Workloads that stand only under some designs, against enumeration and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.pairs import undominated_pairs
from siting.coefficients.structure import Structure
from siting.errors import InfeasibleError
from siting.mip import Objective, SolverOptions, build_model, optimize
from siting.mip.families.sites import _unions
from tests.helpers.brute_force import brute_force
from tests.helpers.instances import random_instance
from tests.helpers.seeds import seeds

EXACT = SolverOptions(gap=1e-7)


def accepting(seed: int) -> Coefficients:
    """Two workloads; the first takes every design, the second the second design alone."""
    c = random_instance(seed, sites=3, designs=2, regions=2, slices=2)
    accepts = np.array([[True, True], [False, True]])
    possible = (accepts[:, c.pair_design] & (c.max_modules > 0)) @ (
        c.pair_site[:, None] == np.arange(len(c.sites))
    )
    return replace(
        c,
        structure=replace(c.structure, accepts=accepts),
        eligible=c.eligible & (possible > 0)[:, None, :],
    )


@pytest.mark.parametrize("seed", seeds(16))
def test_both_programs_equal_enumeration(seed: int) -> None:
    c, weights = accepting(seed), {("cost_usd", "energy_mwh")[seed % 2]: 1.0}
    expected = brute_force(c, weights)
    for decomposed in (False, True):
        model = build_model(c, decomposed=decomposed)
        if np.isinf(expected):
            with pytest.raises(InfeasibleError):
                optimize(model, Objective("weighted", weights), EXACT)
            continue
        found = optimize(model, Objective("weighted", weights), EXACT)
        assert found.objective == pytest.approx(expected, rel=2e-6), decomposed


def test_some_of_them_would_have_stood_elsewhere() -> None:
    """The rows bind: without them most of the studies have a better optimum."""
    better = 0
    for seed in range(8):
        c = accepting(seed)
        free = replace(c, structure=replace(c.structure, accepts=None))
        weights = {"energy_mwh": 1.0}
        better += brute_force(free, weights) < brute_force(c, weights) * (1 - 1e-6)
    assert better >= 3


def test_side_by_side_each_design_carries_what_accepts_it() -> None:
    """One site, one hall of each design: the strict workload fills the second hall alone."""
    c = random_instance(1, sites=1, designs=2, regions=1, slices=1)
    mw = c.demand_mw.sum(axis=1)
    c = replace(
        c,
        max_modules=np.ones(2, dtype=int),
        block_mw=np.array([1.2 * mw[0], 1.2 * mw[1]]),
        connection_mw=np.full(1, 10 * mw.sum()),
        capacity_per_load=np.ones(2),
        structure=Structure(designs_per_site=2, accepts=np.array([[True, True], [False, True]])),
    )
    found = optimize(build_model(c), Objective("weighted", {"energy_mwh": 1.0}), EXACT)
    assert found.decisions.load_mw[1] >= mw[1] * (1 - 1e-6)
    shared = replace(c.structure, accepts=np.array([[False, True], [False, True]]))
    with pytest.raises(InfeasibleError):
        optimize(
            build_model(replace(c, structure=shared)),
            Objective("weighted", {"energy_mwh": 1.0}),
            EXACT,
        )


def test_a_pair_that_a_workload_needs_is_not_dominated() -> None:
    c = random_instance(2, sites=1, designs=2, regions=1, slices=1)
    worse = replace(
        c,
        pue=c.pue[[0, 0]] * np.array([[1.0], [1.2]]),
        pue_peak=c.pue_peak[[0, 0]] * np.array([1.0, 1.2]),
        wue_l_per_kwh=c.wue_l_per_kwh[[0, 0]],
        generated_kwh_per_kwh=c.generated_kwh_per_kwh[[0, 0]],
        fuel_kwh_per_kwh=c.fuel_kwh_per_kwh[[0, 0]],
        block_mw=c.block_mw[[0, 0]],
        max_modules=c.max_modules[[0, 0]],
    )
    assert undominated_pairs([worse], ["energy_mwh"]).tolist() == [True, False]
    accepts = np.array([[True, True], [False, True]])
    strict = replace(worse, structure=replace(worse.structure, accepts=accepts))
    assert undominated_pairs([strict], ["energy_mwh"]).tolist() == [True, True]


def test_unions_of_accepted_designs() -> None:
    accepts = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1]], dtype=bool)
    found = {tuple(np.flatnonzero(union)) for union in _unions(accepts)}
    assert found == {(0,), (1,), (0, 1), (1, 2, 3)}
