"""Published optima of the OR-Library warehouse instances, through the same core."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from benchmarks.location import (
    PUBLISHED,
    Warehouses,
    made_up_warehouses,
    read_warehouses,
    run_whole,
    small_instances,
    warehouse_problem,
)
from siting.mip import Objective, SolverOptions, build_model, optimize

KNOWN = small_instances()
LEAST_COST = Objective("weighted", {"cost_usd": 1.0})


def transport_cost(problem: Warehouses) -> float:
    """Least cost of serving all customers from warehouses that are all open."""
    d, s = problem.cost.shape
    served = np.kron(np.eye(d), np.ones(s))
    room = np.kron(problem.demand, np.eye(s))
    found = linprog(
        problem.cost.ravel(), A_ub=room, b_ub=problem.capacity, A_eq=served, b_eq=np.ones(d)
    )
    assert found.status == 0
    return float(found.fun)


@pytest.mark.parametrize("name", KNOWN)
def test_published_optimum_is_reached(name: str) -> None:
    problem = warehouse_problem(KNOWN[name])
    found = optimize(build_model(problem), LEAST_COST, SolverOptions(gap=1e-8))
    assert found.objective == pytest.approx(KNOWN[name].optimum, rel=1e-7)
    assert found.gap <= 1e-7


def test_without_capacities_cap101_keeps_its_published_optimum() -> None:
    # OR-Library lists 796,648.4375 for cap101 as an uncapacitated problem too.
    problem = warehouse_problem(KNOWN["cap101"], capacitated=False)
    found = optimize(build_model(problem), LEAST_COST, SolverOptions(gap=1e-8))
    assert found.objective == pytest.approx(796648.4375, rel=1e-8)


def test_a_file_of_the_library_is_read_with_the_capacity_of_its_problem(tmp_path: Path) -> None:
    file = tmp_path / "capb.txt"
    file.write_text(" 2 3\n capacity 100.5\n capacity 7\n 5\n 1 2\n 6\n 3 4\n 7\n 5 6\n")
    found = read_warehouses(file, 5000.0)
    assert found.capacity.tolist() == [5000.0, 5000.0]
    assert found.opening.tolist() == [100.5, 7.0]
    assert found.demand.tolist() == [5.0, 6.0, 7.0]
    assert found.cost.tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert found.optimum == PUBLISHED["capb-5000"]
    with pytest.raises(ValueError, match="needs a capacity"):
        read_warehouses(file)


def test_the_core_finds_the_optimum_of_every_choice_of_warehouses() -> None:
    made = made_up_warehouses(4, 8, ratio=2.0)
    assert made.capacity.sum() == pytest.approx(2.0 * made.demand.sum())
    exact = SolverOptions(gap=1e-8)
    found = optimize(build_model(warehouse_problem(made)), LEAST_COST, exact)
    least = np.inf
    for choice in range(1, 16):
        open_ = np.array([choice >> i & 1 for i in range(4)], dtype=bool)
        if made.capacity[open_].sum() < made.demand.sum():
            continue
        some = replace(made, capacity=made.capacity[open_], cost=made.cost[:, open_])
        least = min(least, made.opening[open_].sum() + transport_cost(some))
    assert found.objective == pytest.approx(least, rel=1e-6)


def test_some_warehouses_that_cost_nothing_to_open_change_no_optimum() -> None:
    rng = np.random.default_rng(0)
    many = 60  # So many that links are summed at the best prices.
    problem = Warehouses(
        capacity=np.full(many, 8.0),
        opening=np.where(rng.random(many) < 0.3, 0.0, 50.0),
        demand=np.ones(many),
        cost=rng.uniform(1.0, 100.0, (many, many)),
    )
    found = optimize(build_model(warehouse_problem(problem)), LEAST_COST, SolverOptions(gap=1e-6))
    whole = run_whole("some are free", problem, 60.0)
    assert whole.gap <= 1e-4
    assert found.objective == pytest.approx(whole.objective, rel=2e-4)
