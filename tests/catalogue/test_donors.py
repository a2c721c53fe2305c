import numpy as np
import pytest

from siting.catalogue.climate import Climates, Similarity, unlikeness, vapour_pressure
from siting.catalogue.weather import stretch

SEASONS = 10.0 - 10.0 * np.cos(2 * np.pi * np.arange(12) / 12)


def climates(temperature, dryness=5.0):
    """Climates whose vapour makes dew points so far below the dry bulb."""
    return Climates(temperature, vapour_pressure(temperature - dryness))


def test_a_station_is_not_unlike_itself_and_units_add_up():
    both = climates(np.array([SEASONS, SEASONS + 5.8]))
    score = unlikeness(
        Similarity(), both, both, np.array([[0.0, 120.0], [120.0, 0.0]]), np.zeros((2, 2))
    )
    np.testing.assert_allclose(np.diag(score), 0.0, atol=1e-6)
    # 120 km is one unit of distance, 5.8 K two of level.
    np.testing.assert_allclose(score[0, 1], 3.0, atol=1e-6)


def test_the_other_hemisphere_is_unlike_through_its_seasons():
    here, both = climates(SEASONS[None]), climates(np.array([SEASONS, np.roll(SEASONS, 6)]))
    score = unlikeness(Similarity(), here, both, np.zeros((1, 2)), np.zeros((1, 2)))
    assert score[0, 1] > score[0, 0] + 5.0


def test_a_desert_is_unlike_a_swamp_of_the_same_temperature():
    dry, damp = climates(SEASONS[None], 20.0), climates(SEASONS[None], 5.0)
    score = unlikeness(Similarity(), dry, damp, np.zeros((1, 1)), np.zeros((1, 1)))
    assert score[0, 0] == pytest.approx(15.0 / 3.0, rel=1e-3)


def test_stations_too_near_are_passed_over():
    score = unlikeness(
        Similarity(not_within_km=50.0), climates(SEASONS[None]),
        climates(np.array([SEASONS, SEASONS])), np.array([[10.0, 60.0]]), np.zeros((1, 2)),
    )  # fmt: skip
    assert np.isinf(score[0, 0])
    assert np.isfinite(score[0, 1])


def test_equal_spread_stretches_nothing_and_a_near_station_is_believed():
    normals, same = SEASONS[None], np.array([[6.0, 9.0]])
    np.testing.assert_allclose(stretch(normals, same, same, np.array([500.0])), 1.0)
    wide = 1.5 * same
    np.testing.assert_allclose(stretch(normals, wide, same, np.array([0.0])), 1.0)
    np.testing.assert_allclose(stretch(normals, wide, same, np.array([300.0])), 1.25)


def test_heat_widens_the_warm_months_and_cold_the_cold_ones():
    factor = stretch(SEASONS[None], np.array([[9.0, 9.0]]), np.array([[6.0, 9.0]]), np.array([1e9]))
    assert factor[0, 6] == pytest.approx(1.5)
    assert factor[0, 0] == pytest.approx(1.0)
