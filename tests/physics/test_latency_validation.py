"""Errors of round trips on metros that were held back, and the page that shows them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from siting.arrays import FloatArray
from siting.physics.latency import SPREAD
from tools import validate_latency
from tools.fit_latency import Pairs, read_pairs
from tools.validate_latency import EDGES_KM, PAGE


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return read_pairs()


@pytest.fixture(scope="module")
def unseen(pairs: Pairs) -> FloatArray:
    """Each pair as the corridors of other metros predict it. [ms]"""
    return validate_latency.held_back(pairs)


@pytest.mark.slow
def test_the_page_shows_what_the_tool_writes(
    unseen: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate_latency, "held_back", lambda _: unseen)
    text = PAGE.read_text(encoding="utf-8")
    assert validate_latency.page(text) == text


def test_pairs_of_metros_never_seen_are_predicted(pairs: Pairs, unseen: FloatArray) -> None:
    """Within 12 % in the median and 20 % in each class of distance, bias within 10 %."""
    ratio = unseen / pairs.rtt_ms
    assert np.median(np.abs(ratio - 1.0)) < 0.12
    for low, high in pairwise(EDGES_KM):
        here = ratio[(pairs.distance_km >= low) & (pairs.distance_km < high)]
        assert np.median(np.abs(here - 1.0)) < 0.20, low
        assert abs(np.median(here) - 1.0) < 0.10, low


def test_the_spread_is_that_of_held_back_metros(pairs: Pairs, unseen: FloatArray) -> None:
    ratio = pairs.rtt_ms / unseen
    for (low, high), (edge, p10, p90) in zip(pairwise(EDGES_KM), SPREAD, strict=True):
        here = ratio[(pairs.distance_km >= low) & (pairs.distance_km < high)]
        assert edge == low
        assert np.quantile(here, (0.1, 0.9)).tolist() == pytest.approx([p10, p90], abs=0.015)
