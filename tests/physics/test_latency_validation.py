"""The published table of latency errors is the one that the tool prints today."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from siting.arrays import FloatArray
from tools import validate_latency
from tools.fit_latency import read_pairs

PAGE = Path(__file__).parents[2] / "docs" / "validation" / "latency.md"


@pytest.fixture(scope="module")
def unseen() -> FloatArray:
    """Each pair as a fit predicts it that has not seen it. [ms]"""
    return validate_latency.held_back(*read_pairs())


def test_the_page_shows_what_the_tool_prints(
    unseen: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate_latency, "held_back", lambda *_: unseen)
    text = PAGE.read_text(encoding="utf-8")
    for row in validate_latency.rows(*read_pairs()):
        assert f"| {' | '.join(row)} |" in text


def test_pairs_that_a_fit_has_not_seen_are_predicted_as_well(unseen: FloatArray) -> None:
    """Four coefficients on 943 pairs do not overfit."""
    error = np.median(np.abs(unseen / read_pairs()[1] - 1.0))
    assert error < 0.14
