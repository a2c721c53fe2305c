"""Distance and round-trip time against the ellipsoid and against measured pairs."""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pytest

from siting.geo import sphere_km
from siting.physics.latency import (
    LatencyParameters,
    fibre_bound_ms,
    round_trip_ms,
)
from tools.fit_latency import fit, read_pairs


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
    assert 20.0 < float(round_trip_ms(sphere_km(116.4, 39.9, 121.5, 31.2))) < 30.0
