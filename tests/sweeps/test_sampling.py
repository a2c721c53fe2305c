"""Samples and indices of sensitivity against cases whose indices are known."""

import numpy as np
import pytest

from siting.sweeps.plan import Factor, Plan, case_values, sensitivity, unit_sample

PI = np.pi


def ishigami_plan(method="sobol", samples=2048):
    factors = tuple(Factor(f"x{i}", low=-PI, high=PI) for i in (1, 2, 3))
    return Plan(factors, method=method, samples=samples, seed=1, metrics=("y",))


def ishigami(points):
    x = -PI + 2 * PI * points
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_the_ishigami_function_are_the_analytic_ones():
    # Ishigami and Homma (1990) with a = 7, b = 0.1: S = 0.3139, 0.4424, 0; T = 0.5576, 0.4424,
    # 0.2437 (Saltelli et al. 2008, Global Sensitivity Analysis, 4.6.2).
    plan = ishigami_plan()
    found = sensitivity(plan, {"y": ishigami(unit_sample(plan))}).set_index("parameter")
    first, total = [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]
    np.testing.assert_allclose(found["first"], first, atol=0.02)
    np.testing.assert_allclose(found["total"], total, atol=0.02)
    assert (np.abs(found["first"] - first) <= 1.5 * found["first_conf"] + 1e-3).all()
    assert (np.abs(found["total"] - total) <= 1.5 * found["total_conf"] + 1e-3).all()


def test_morris_effects_of_a_linear_function_are_its_slopes():
    factors = tuple(Factor(f"x{i}", low=0.0, high=1.0) for i in range(3))
    plan = Plan(factors, method="morris", samples=8, seed=0, metrics=("y",))
    y = unit_sample(plan) @ np.array([3.0, -2.0, 0.0])
    found = sensitivity(plan, {"y": y}).set_index("parameter")
    np.testing.assert_allclose(found["total"], [3.0, 2.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found["first"], 0.0, atol=1e-9)


def test_a_metric_with_a_case_without_an_answer_has_no_indices():
    plan = ishigami_plan(samples=8)
    y = ishigami(unit_sample(plan))
    y[3] = np.nan
    assert sensitivity(plan, {"y": y}).empty


def test_a_metric_that_nothing_moves_has_indices_of_zero():
    plan = ishigami_plan(samples=8)
    found = sensitivity(plan, {"y": np.full(len(unit_sample(plan)), 5.0)})
    assert (found[["first", "total"]] == 0).all(axis=None)


def test_a_latin_hypercube_has_one_point_in_each_stratum_of_each_key():
    points = unit_sample(ishigami_plan("latin", samples=32))
    strata = np.sort(np.floor(32 * points).astype(int), axis=0)
    np.testing.assert_array_equal(strata, np.arange(32)[:, None].repeat(3, axis=1))


@pytest.mark.parametrize("method", ["latin", "morris", "sobol"])
def test_the_same_seed_draws_the_same_cases(method):
    plan = ishigami_plan(method, samples=4)
    assert case_values(plan) == case_values(plan)


def test_a_grid_is_every_combination_and_one_at_a_time_moves_one_key():
    factors = (Factor("a", values=(1, 2, 3)), Factor("b", values=("x", None)))
    grid = case_values(Plan(factors))
    assert grid[0] == {}
    assert len({tuple(case.items()) for case in grid[1:]}) == 6
    alone = case_values(Plan(factors, method="one_at_a_time"))
    assert alone == [{}, {"a": 1}, {"a": 2}, {"a": 3}, {"b": "x"}, {"b": None}]


def test_whole_numbers_and_listed_values_share_the_unit_interval_evenly():
    factor = Factor("limits.max_sites", low=2, high=5, whole=True)
    drawn = [factor.at(x) for x in (np.arange(400) + 0.5) / 400]
    assert [drawn.count(n) for n in (2, 3, 4, 5)] == [100] * 4
    assert factor.at(1.0) == 5
    assert Factor("k", values=("a", "b")).at(1.0) == "b"
