"""The authors' worked example, and the branches that it does not reach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.physics.lei_masanet import AirsideChiller, airside_chiller_pue, facility_heat

# Worked example of the published model: 26 parameters, 20 °C, 40 %, 101,325 Pa.
FIXTURE = Path(__file__).parents[1] / "fixtures" / "pue_worked_example.json"
_EXAMPLE = json.loads(FIXTURE.read_text(encoding="utf-8"))["PUE_AE_Chiller"]
VECTOR = tuple(_EXAMPLE["w"])
PUBLISHED_PUE = _EXAMPLE["PUE"]

EXAMPLE = AirsideChiller.from_vector(VECTOR)


def test_worked_example_is_met_to_a_millionth() -> None:
    pue = airside_chiller_pue(EXAMPLE, 20.0, 40.0, 101325.0)
    assert pue == pytest.approx(PUBLISHED_PUE, abs=1e-6)


def test_vector_keeps_its_published_order() -> None:
    assert EXAMPLE.to_vector() == VECTOR
    with pytest.raises(ValueError, match="26"):
        AirsideChiller.from_vector(VECTOR[:-1])


def test_moist_air_starts_the_chiller() -> None:
    free = airside_chiller_pue(EXAMPLE, 20.0, 60.0, 101325.0)
    chilled = airside_chiller_pue(EXAMPLE, 20.0, 75.0, 101325.0)
    assert free == pytest.approx(PUBLISHED_PUE, abs=1e-6)
    assert chilled - free > 0.1


def test_spraying_takes_almost_no_electricity() -> None:
    desert = airside_chiller_pue(EXAMPLE, 40.0, 10.0, 101325.0)
    assert 0.0 < desert - PUBLISHED_PUE < 0.006


def test_no_state_does_better_than_the_losses_alone() -> None:
    for temp in (-20.0, 0.0, 15.0, 35.0):
        for humidity in (10.0, 50.0, 90.0):
            assert airside_chiller_pue(EXAMPLE, temp, humidity, 95e3) > facility_heat(EXAMPLE)
