"""Fronts against enumeration, and the small geometry of fronts against plain counting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from siting.decisions.front import distinct, efficient, hypervolume, knee


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
