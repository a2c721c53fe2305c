"""Distance and round-trip time against the ellipsoid and against measured pairs."""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pytest
from pyproj import Geod

from siting.physics.latency import (
    LatencyParameters,
    fibre_bound_ms,
    great_circle_km,
    round_trip_ms,
)
from tools.fit_latency import fit, read_pairs


def test_great_circle_is_the_geodesic_within_six_thousandths() -> None:
    rng = np.random.default_rng(20240501)
    lat = np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, (2, 4000))))
    lon = rng.uniform(-180.0, 180.0, (2, 4000))
    _, _, metres = Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    ours = np.asarray(great_circle_km(lat[0], lon[0], lat[1], lon[1]))
    assert np.abs(ours / (metres / 1000.0) - 1.0).max() < 0.006


def test_great_circle_knows_antimeridian_poles_and_antipodes() -> None:
    assert great_circle_km(0.0, 179.5, 0.0, -179.5) == pytest.approx(111.2, abs=0.1)
    assert great_circle_km(90.0, 0.0, 90.0, 123.0) == pytest.approx(0.0, abs=1e-9)
    assert great_circle_km(0.0, 0.0, 0.0, 180.0) == pytest.approx(20015.1, abs=0.1)
    assert great_circle_km(10.0, 190.0, 10.0, -170.0) == pytest.approx(0.0, abs=1e-6)


def test_coefficients_are_those_of_the_fit() -> None:
    again, shipped = fit(*read_pairs()), LatencyParameters.default()
    assert shipped.knee_km == again.knee_km
    assert shipped.fixed_ms == pytest.approx(again.fixed_ms, abs=0.005)
    assert shipped.near_ms_per_km == pytest.approx(again.near_ms_per_km, abs=5e-6)
    assert shipped.far_ms_per_km == pytest.approx(again.far_ms_per_km, abs=5e-6)


def test_fit_is_even_at_every_distance(capsys: pytest.CaptureFixture[str]) -> None:
    distance, rtt = read_pairs()
    ratio = np.asarray(round_trip_ms(distance)) / rtt
    edges = (0, 500, 1000, 2000, 4000, 6000, 9000, 12000, 20100)
    lines = ["\nkm            pairs   median of model/measured   median error"]
    for low, high in pairwise(edges):
        here = ratio[(distance >= low) & (distance < high)]
        error = np.median(np.abs(here - 1.0))
        lines.append(f"{low:>5}-{high:<6} {here.size:>6} {np.median(here):>16.2f} {error:>17.0%}")
        assert 0.85 < np.median(here) < 1.15
    with capsys.disabled():
        sys.stdout.write("\n".join(lines) + "\n")
    assert np.median(np.abs(ratio - 1.0)) < 0.14


def test_nothing_is_faster_than_light_in_glass() -> None:
    distance, rtt = read_pairs()
    assert (rtt >= fibre_bound_ms(distance)).all()  # the measurements agree
    far = np.linspace(0.0, 20037.0, 2000)
    assert (np.asarray(round_trip_ms(far)) >= fibre_bound_ms(far)).all()
    careless = LatencyParameters(0.0, 0.001, 0.001, 5000.0)
    assert round_trip_ms(1000.0, careless) == pytest.approx(9.8)


def test_round_trip_grows_with_distance() -> None:
    assert (np.diff(round_trip_ms(np.linspace(0.0, 20000.0, 4001))) > 0.0).all()


def test_beijing_to_shanghai_takes_about_what_operators_state() -> None:
    # 1,068 km; Chinese backbone operators state 24 to 30 ms.
    assert 20.0 < float(round_trip_ms(great_circle_km(39.9, 116.4, 31.2, 121.5))) < 30.0
