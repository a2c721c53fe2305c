"""IT power of published workloads."""

from __future__ import annotations

import pytest

from siting.physics.workloads import PRESETS, request_power_mw, training_power_mw


def test_gpt3_energy_holds_the_overhead_of_its_own_building() -> None:
    # 10,000 V100 of 330 W for 14.8 days are 1,172 MWh; published are 1,287 MWh at PUE 1.10.
    chips = 10_000 * 330e-6 * 14.8 * 24.0
    assert PRESETS["gpt-3 training"].it_value == pytest.approx(chips, rel=0.005)


def test_two_hundred_million_chats_a_day_draw_twenty_five_megawatts() -> None:
    assert request_power_mw(2.0e8, 2.96) == pytest.approx(24.67, abs=0.01)


def test_forty_runs_a_year_without_the_overhead() -> None:
    with_overhead = training_power_mw(40, 1287.0)
    assert with_overhead == pytest.approx(40 * 1287.0 / 8760.0)
    assert training_power_mw(40, 1287.0, 1.10) == pytest.approx(float(with_overhead) / 1.10)


def test_every_preset_names_its_source_and_takes_no_more_than_published() -> None:
    for preset in PRESETS.values():
        assert preset.source
        assert 0.0 < preset.it_value <= preset.value
