"""Distance and round-trip time against light in glass and against measured pairs."""

from __future__ import annotations

import numpy as np
import pytest

from siting.geo import sphere_km
from siting.physics.latency import (
    BETWEEN_CLOUDS,
    LatencyParameters,
    Near,
    corridor_ms,
    fibre_bound_ms,
    round_trip_ms,
    spread,
)
from tools.fit_latency import fit, read_pairs

#: One way of 10 km to each of two metros, which are 60 ms apart.
METROS = np.array([[np.inf, 60.0], [60.0, np.inf]])


def near(first: float, second: float) -> Near:
    return Near(np.array([[0, 1]]), np.array([[first, second]]))


def test_coefficients_are_those_of_the_fit() -> None:
    city, trunk, beyond = fit(read_pairs())
    shipped = LatencyParameters()
    assert shipped.city_ms_per_km == pytest.approx(city, abs=1e-5)
    assert shipped.near_ms_per_km == pytest.approx(trunk, abs=1e-5)
    assert shipped.far_ms_per_km == pytest.approx(beyond, abs=1e-5)


def test_nothing_is_faster_than_light_in_glass() -> None:
    pairs = read_pairs()
    assert (pairs.rtt_ms >= fibre_bound_ms(pairs.distance_km)).all()  # the measurements agree
    far = np.linspace(0.0, 20037.0, 2000)
    assert (np.asarray(round_trip_ms(far)) >= fibre_bound_ms(far)).all()
    careless = LatencyParameters(0.0, 0.001, 0.001, 0.001, 1.0)
    assert round_trip_ms(1000.0, careless) == pytest.approx(9.8)
    quick = np.where(np.isinf(METROS), METROS, 1.0)
    found, _ = corridor_ms(np.array([[5000.0]]), near(10, 4990), near(4990, 10), quick)
    assert found[0, 0] == pytest.approx(49.0)


def test_line_grows_with_distance() -> None:
    assert (np.diff(round_trip_ms(np.linspace(0.0, 20000.0, 4001))) > 0.0).all()


def test_beijing_to_shanghai_takes_about_what_operators_state() -> None:
    # 1,068 km; Chinese backbone operators state 24 to 30 ms.
    assert 20.0 < float(round_trip_ms(sphere_km(116.4, 39.9, 121.5, 31.2))) < 30.0


def test_measured_metros_have_what_was_measured() -> None:
    found, reach = corridor_ms(np.array([[3000.0]]), near(0, 3000), near(3000, 0), METROS)
    assert found[0, 0] == pytest.approx(60.0)
    assert reach[0, 0] == 0.0


def test_a_corridor_far_off_gives_way_to_the_line() -> None:
    p = LatencyParameters()
    between, away = np.array([[400.0]]), near(5000, 5100)
    found, reach = corridor_ms(between, away, away, METROS)
    assert reach[0, 0] >= 10_000
    assert found[0, 0] == pytest.approx(float(round_trip_ms(400.0, p)), rel=0.01)
    nothing = np.full((2, 2), np.inf)
    alone, reach = corridor_ms(between, away, away, nothing)
    assert alone[0, 0] == pytest.approx(float(round_trip_ms(400.0, p)))
    assert np.isinf(reach).all()


def test_one_place_has_the_network_of_a_city() -> None:
    found, _ = corridor_ms(np.zeros((1, 1)), near(0, 3000), near(0, 3000), METROS)
    assert found[0, 0] == pytest.approx(LatencyParameters().metro_ms)


def test_spread_grows_with_the_way_to_what_was_measured() -> None:
    km = np.array([7000.0])
    low, high = spread(km, np.array([0.0]))
    assert (low[0], high[0]) == BETWEEN_CLOUDS
    low, high = spread(km, np.array([np.inf]))
    assert (low[0], high[0]) == (0.87, 1.28)
