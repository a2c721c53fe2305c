from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.report.maps.labels import boxes_overlap, place_labels
from tests.helpers.seeds import examples

BOUNDS = (0.0, 0.0, 700.0, 420.0)


def _crowd(count, seed, spread):
    random = np.random.default_rng(seed)
    symbols = np.clip(random.normal((350, 210), spread, (count, 2)), 20, (680, 400))
    radii = random.uniform(3, 20, count)
    sizes = np.column_stack([random.uniform(40, 120, count), np.full(count, 10.0)])
    return symbols, radii, sizes


@settings(max_examples=examples(40))
@given(st.integers(1, 40), st.integers(0, 10_000), st.floats(5, 200))
def test_labels_touch_no_label_no_symbol_and_stay_inside(count, seed, spread):
    symbols, radii, sizes = _crowd(count, seed, spread)
    placed = place_labels(symbols, radii, sizes, bounds=BOUNDS)
    for a, b in itertools.combinations(placed, 2):
        assert not boxes_overlap(a.box, b.box)
    for label in placed:
        left, bottom, right, top = label.box
        assert (right - left, top - bottom) == pytest.approx(sizes[label.index])
        assert left >= 0
        assert bottom >= 0
        assert right <= 700
        assert top <= 420
        nearest = np.clip(symbols, (left, bottom), (right, top))
        assert (np.hypot(*(symbols - nearest).T) >= radii).all()


def test_a_lone_label_stands_to_the_right_without_a_leader():
    (label,) = place_labels([(100, 100)], [8], [(50, 10)], bounds=BOUNDS)
    assert label.leader is None
    assert label.box == pytest.approx((110, 95, 160, 105))


def test_at_the_right_edge_a_label_stands_to_the_left():
    (label,) = place_labels([(690, 100)], [5], [(50, 10)], bounds=BOUNDS)
    assert label.box[2] <= 685


def test_a_crowded_symbol_gets_a_leader_that_starts_on_its_rim():
    symbols = [(350, 210)] + [
        (350 + 16 * np.cos(a), 210 + 16 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 9)[:-1]
    ]
    placed = place_labels(symbols, [5] * 9, [(60, 10)] * 9, bounds=BOUNDS)
    leaders = [(label, label.leader) for label in placed if label.leader is not None]
    assert leaders
    for label, (x, y, *_) in leaders:
        assert np.hypot(x - symbols[label.index][0], y - symbols[label.index][1]) == pytest.approx(
            5
        )


def test_a_label_without_room_is_left_out():
    assert place_labels([(50, 50)], [5], [(900, 10)], bounds=BOUNDS) == []
