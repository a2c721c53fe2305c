import numpy as np
import pytest

from siting.catalogue.donors import Similarity, bilinear, nearest_donors, stretch, unlikeness

SEASONS = 10.0 - 10.0 * np.cos(2 * np.pi * np.arange(12) / 12)


@pytest.fixture
def grid():
    """Latitude in whole degrees plus a ramp that closes round the globe, on 1°."""
    lat = np.arange(90, -61, -1)[:, None]
    return (lat * 10 + np.minimum(np.arange(360), 360 - np.arange(360))[None, :]).astype(np.int16)


def test_bilinear_gives_the_node_and_the_middle(grid):
    at = bilinear(grid, np.array([90.0, 45.0, 44.5, -60.0]), np.array([0.0, 10.0, 10.5, 359.0]))
    np.testing.assert_allclose(at, [900.0, 460.0, 455.5, -599.0])


def test_bilinear_closes_at_greenwich_and_takes_either_longitude(grid):
    west, east = bilinear(grid, np.array([0.0, 0.0]), np.array([-0.5, 359.5]))
    assert west == east == pytest.approx(0.5)


def test_a_station_is_not_unlike_itself_and_units_add_up():
    normals = np.array([SEASONS, SEASONS + 5.8])
    score = unlikeness(
        Similarity(), normals, normals, np.array([[0.0, 120.0], [120.0, 0.0]]), np.zeros((2, 2))
    )
    np.testing.assert_allclose(np.diag(score), 0.0, atol=1e-6)
    # 120 km is one unit of distance, 5.8 K two of level.
    np.testing.assert_allclose(score[0, 1], 3.0, atol=1e-6)


def test_the_other_hemisphere_is_unlike_through_its_seasons():
    south = np.roll(SEASONS, 6)
    score = unlikeness(
        Similarity(), SEASONS[None], np.array([SEASONS, south]), np.zeros((1, 2)), np.zeros((1, 2))
    )
    assert score[0, 1] > score[0, 0] + 5.0


def test_stations_too_near_are_passed_over():
    score = unlikeness(
        Similarity(not_within_km=50.0), SEASONS[None], np.array([SEASONS, SEASONS]),
        np.array([[10.0, 60.0]]), np.zeros((1, 2)),
    )  # fmt: skip
    assert np.isinf(score[0, 0])
    assert np.isfinite(score[0, 1])


def test_donors_are_ranked_and_their_weights_sum_to_one():
    index, weight = nearest_donors(np.array([[3.0, 1.0, 2.0, 9.0]]), count=3)
    assert index.tolist() == [[1, 2, 0]]
    assert weight.sum() == pytest.approx(1.0)
    # Inverse squares 1, 1/4, 1/9.
    np.testing.assert_allclose(weight[0], np.array([36.0, 9.0, 4.0]) / 49.0)


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
