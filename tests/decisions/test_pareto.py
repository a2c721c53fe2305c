"""Fronts against full enumeration, unsupported points included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import linprog

from siting.decisions.case import check_objectives
from siting.decisions.cells import NO_ANSWER, Cell, Cells
from siting.decisions.front import DELTA, efficient, find_front
from siting.errors import InfeasibleError, NoAnswerError, StudyError
from siting.mip.runs import Outcome
from tests.helpers.brute_force import brute_force
from tests.helpers.cases import OF, all_points, case_of, few_halls, one_hall
from tests.helpers.instances import with_limits
from tests.helpers.seeds import some


def supported(points: np.ndarray) -> np.ndarray:
    """Points that some weighting with no negative weight makes best."""
    found = []
    for point in points:
        # Largest margin t with w · (q − p) ≥ t for every other q, w on the simplex.
        other = points[(points != point).any(axis=1)] - point
        rows = np.column_stack([-other, np.ones(len(other))])
        m = points.shape[1]
        lp = linprog(
            np.append(np.zeros(m), -1.0),
            A_ub=rows,
            b_ub=np.zeros(len(other)),
            A_eq=[[1.0] * m + [0.0]],
            b_eq=[1.0],
            bounds=[(0, None)] * m + [(None, None)],
        )
        found.append(lp.x[-1] >= -1e-12)
    return np.array(found)


@pytest.mark.parametrize("seed", some([1, 3, 5], 2))
@pytest.mark.parametrize("names", [("energy", "water"), ("energy", "carbon", "water")])
def test_front_equals_enumeration_with_its_unsupported_points(
    seed: int, names: tuple[str, ...]
) -> None:
    c, metrics = one_hall(seed), tuple(OF[name] for name in names)
    points = all_points(c, metrics)
    expected = points[efficient(points)]
    expected = expected[np.argsort(expected[:, 0])]
    front = find_front(case_of(c), names, 40, gap_of_range=1e-7)
    assert len(front.points) == len(expected)
    assert front.values == pytest.approx(expected, rel=1e-6)


def test_some_of_those_points_no_weighting_finds() -> None:
    metrics = tuple(OF[name] for name in ("energy", "carbon", "water"))
    unsupported = 0
    for seed in range(6):
        points = all_points(one_hall(seed), metrics)
        front = points[efficient(points)]
        unsupported += int((~supported(front / np.ptp(front, axis=0))).sum())
    assert unsupported > 0


@pytest.mark.parametrize("seed", some(range(3), 2))
def test_every_point_is_least_under_its_caps_by_enumeration(seed: int) -> None:
    c, names = few_halls(seed), ("carbon", "energy", "water")
    front = find_front(case_of(c), names, 6, gap_of_range=1e-7)
    scale = np.ptp(front.payoff, axis=0)
    share = np.array([1.0, DELTA, DELTA / 10]) / scale * scale[0]
    weights = dict(zip(front.metrics, share, strict=True))
    assert len(front.points) >= 3
    for point in front.points:
        named = zip(front.metrics[1:], map(float, point.caps), strict=True)
        caps = tuple((metric, cap) for metric, cap in named if np.isfinite(cap))
        least = brute_force(with_limits(c, budgets=caps), weights)
        assert point.values @ share == pytest.approx(least, rel=1e-6)
        assert (point.values[1:] <= point.caps * (1 + 1e-7)).all()


def test_every_point_carries_a_gap_and_no_point_is_dominated() -> None:
    front = find_front(case_of(few_halls(4)), ("energy", "carbon"), 12, gap_of_range=1e-4)
    assert efficient(front.values).all()
    assert max(point.gap_of_range for point in front.points) <= 1e-4 + 1e-9


def test_a_price_is_what_the_first_objective_falls_when_the_cap_is_raised() -> None:
    """In a continuous program: one site, two contracts, halls given."""
    c = with_limits(few_halls(2), min_sites=2)
    case = case_of(c)
    front = find_front(case, ("carbon", "water"), 9, gap_of_range=1e-7)
    binding = [p for p in front.points if p.prices[0] > 0 and np.isfinite(p.caps[0])]
    assert binding
    for point in binding:
        row = case.program.add_row(case.costs["water_m3"] / 1e3)
        values = []
        for change in (-1e-4, 1e-4):
            cap = float(point.caps[0]) * (1 + change)
            case.program.set_row(row, high=cap / 1e3)
            values.append(
                case.program.relax(case.padded(case.costs["carbon_t_co2e"]), case.clock())
            )
        case.program.set_row(row)
        slope = (values[0].bound - values[1].bound) / (2e-4 * float(point.caps[0]))
        assert point.prices[0] == pytest.approx(slope, rel=0.02)


def test_limits_that_nothing_meets_are_infeasible() -> None:
    c = with_limits(few_halls(0), budgets=(("energy_mwh", 1.0),))
    with pytest.raises(InfeasibleError):
        find_front(case_of(c), ("energy", "carbon"), 5)


def test_faults_of_the_objectives_are_told_together() -> None:
    with pytest.raises(StudyError) as caught:
        check_objectives(["energy", "energy", "beauty"])
    assert len(caught.value.faults) == 2
    with pytest.raises(StudyError, match="no front"):
        check_objectives(["water"])


def test_an_end_without_a_placement_in_time_goes_on_from_that_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original, waves = Cells.solve, []

    def first_end_late(cells: Cells, wave: Sequence[Cell]) -> list[Outcome | str]:
        waves.append(wave)
        found = original(cells, wave)
        return [NO_ANSWER, *found[1:]] if len(waves) == 1 else found

    names = ("energy", "carbon")
    expected = find_front(case_of(few_halls(4)), names, 6, gap_of_range=1e-7).values
    monkeypatch.setattr(Cells, "solve", first_end_late)
    front = find_front(case_of(few_halls(4)), names, 6, gap_of_range=1e-7)
    assert waves[0][0].start is None
    assert [cell.start is None for cell in waves[1]] == [False]
    assert front.values == pytest.approx(expected, rel=1e-6)


def test_a_front_without_any_placement_in_time_says_how_long_was_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Cells, "solve", lambda _, wave: [NO_ANSWER] * len(wave))
    with pytest.raises(NoAnswerError, match=r"within 7 s .*--point-time"):
        find_front(case_of(few_halls(4)), ("energy", "carbon"), 6, seconds=7.0)
