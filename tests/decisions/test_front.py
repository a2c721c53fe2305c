"""Fronts against enumeration, and the small geometry of fronts against plain counting."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from siting.decisions.front import Point, _Search, distinct, efficient, hypervolume, knee


@pytest.mark.parametrize("objectives", [2, 3, 4])
def test_hypervolume_equals_inclusion_and_exclusion(objectives: int) -> None:
    points = np.random.default_rng(objectives).random((6, objectives))
    expected = 0.0
    for size in range(1, 7):
        for some in itertools.combinations(points, size):
            expected -= (-1.0) ** size * np.prod(1.0 - np.max(some, axis=0))
    assert hypervolume(points, np.ones(objectives)) == pytest.approx(expected, rel=1e-12)


def test_points_beyond_the_reference_add_no_volume() -> None:
    points = np.array([[0.5, 0.5], [0.1, 1.2]])
    assert hypervolume(points, np.ones(2)) == pytest.approx(0.25)


def test_a_point_no_better_anywhere_and_worse_somewhere_is_dominated() -> None:
    points = np.array([[1.0, 2.0], [1.0, 3.0], [2.0, 1.0], [2.0, 2.0]])
    assert efficient(points).tolist() == [True, False, True, False]


def test_equal_points_do_not_dominate_each_other_and_one_of_them_stays() -> None:
    points = np.array([[1.0, 2.0], [1.0, 2.0]])
    assert efficient(points).all()
    assert distinct(points, 1e-9).tolist() == [True, False]


def test_the_knee_of_a_circle_is_its_middle() -> None:
    angle = np.linspace(0, np.pi / 2, 11)
    circle = np.column_stack([1 - np.cos(angle), 1 - np.sin(angle)])
    assert knee(circle) == 5


def search_that_knows(caps: list[float], values: list[float], gap: float) -> _Search:
    """A search in two objectives, 0 to 1 each, that has solved its ends and one cell."""
    ends = [point([1.0], [0.0, 1.0], 0.0), point([0.0], [1.0, 0.0], 0.0)]
    search = object.__new__(_Search)
    search.metrics, search.tolerance, search.impossible = ("a", "b"), 0.01, []
    search.scale, search.shares = np.ones(2), np.array([1.0, 0.0])
    search.points = [*ends, point(caps, values, gap)]
    return search


def point(caps: list[float], values: list[float], gap: float) -> Point[Any]:
    return Point(
        np.array(values), np.array(caps), np.zeros(1), gap, gap, 0.01, 0, found=None,
    )  # fmt: skip


def test_a_cell_is_known_where_the_bound_of_a_looser_one_settles_its_best_point() -> None:
    search = search_that_knows([0.8], [0.205, 0.5], gap=0.005)
    assert search._known(np.array([0.6])), "the answer of the looser cell meets these caps"
    assert not search._known(np.array([0.9])), "a looser cell may have a better answer"
    assert not search._known(np.array([0.4])), "no known point meets these caps but the dear end"
    search.points.append(point([0.4], [0.208, 0.39], gap=0.05))
    assert search._known(np.array([0.42])), "0.208 is within 0.01 of the bound, 0.2"
    search.points[-1] = point([0.4], [0.211, 0.39], gap=0.05)
    assert not search._known(np.array([0.42])), "0.211 is not"


def test_bounds_of_the_ends_settle_no_cell() -> None:
    search = search_that_knows([0.2], [0.9, 0.1], gap=0.0)
    search.points[0] = point([0.3], [0.9, 0.3], 0.0)
    search.points[1] = point([0.4], [0.9, 0.3], 0.005)
    assert not search._known(np.array([0.25]))
