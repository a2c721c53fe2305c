import numpy as np
import pytest

from siting.catalogue.climate import carried
from siting.geo import sphere_km

EQUATOR_KM_PER_DEGREE = 111.195


def at_km(*east):
    """Stations on the equator at sea level, so far east of the place at 0° E."""
    lon = np.array(east) / EQUATOR_KM_PER_DEGREE
    return np.zeros(len(lon)), lon, np.zeros(len(lon))


def told(departures, stations, climb=None):
    """What a place at 0° N, 0° E and sea level is told."""
    lat, lon, height = stations
    km = np.asarray(sphere_km(0.0, 0.0, lon, lat))[None, :]
    rows = np.asarray(departures, dtype=float)[:, None]
    return carried(rows, stations, km, np.abs(height)[None, :])[0, 0]


def test_a_station_beside_the_place_is_followed_and_one_far_off_is_not():
    assert told([3.0], at_km(0.0)) == pytest.approx(3.0 / 1.1)
    # (0.5 exp(-1) + 0.5 exp(-20/800)) / 1.1
    assert told([3.0], at_km(20.0)) == pytest.approx(3.0 * 0.6716 / 1.1, rel=1e-3)
    assert abs(told([3.0], at_km(5000.0))) < 0.01


def test_two_stations_at_one_place_count_little_more_than_one():
    one, both = told([3.0], at_km(50.0)), told([3.0, 3.0], at_km(50.0, 50.0))
    assert one < both < 1.06 * one


def test_a_crowd_on_one_side_does_not_shout_down_the_other():
    middle = told([1.0, 1.0, 1.0, 1.0, -1.0], at_km(-60.0, -60.1, -60.2, -60.3, 60.0))
    assert abs(middle) < 0.1


def test_a_summit_tells_a_valley_less():
    lat, lon, _ = at_km(10.0)
    same, above = (told([2.0], (lat, lon, np.array([z]))) for z in (0.0, 2000.0))
    assert above == pytest.approx(same * np.exp(-1.0))


def test_a_station_passed_over_tells_nothing():
    lat, lon, height = at_km(0.0, 100.0)
    km = np.array([[np.inf, 100.0]])
    kept = carried(np.array([[9.0], [1.0]]), (lat, lon, height), km, np.zeros((1, 2)))
    alone = carried(np.array([[1.0]]), at_km(100.0), np.array([[100.0]]), np.zeros((1, 1)))
    np.testing.assert_allclose(kept, alone)
