"""The authors' worked example, and the branches that it does not reach."""

from __future__ import annotations

import pytest

from siting.physics.lei_masanet import AirsideChiller, airside_chiller_pue, facility_heat

# Worked example of the published model: 26 parameters, 20 °C, 40 %, 101,325 Pa.
VECTOR = (
    0.980302734, 0.00560546875, 0.00181445313, 10.3671875, 34.1953125, -10.4970703, 15.8320312,
    0.0901953125, 0.676464844, 14.7840712, 6.91894531, 4.28710938, 685.058594, 0.829931641,
    203.417969, 0.897802734, 7315820.31, 0.704492187, 146519.937, 0.790039062, 212001.82,
    0.716601562, 6.33818359, 0.224023438, 0.105488281, 1.11914062,
)  # fmt: skip
PUBLISHED_PUE = 1.0746922969797756

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
