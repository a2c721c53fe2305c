"""IT power of published workloads."""

from __future__ import annotations

import pytest

from siting.physics.workloads import HARDWARE, PRESETS, energy_factor


def test_gpt3_energy_holds_the_overhead_of_its_own_building() -> None:
    # 10,000 V100 of 330 W for 14.8 days are 1,172 MWh; published are 1,287 MWh at PUE 1.10.
    chips = 10_000 * 330e-6 * 14.8 * 24.0
    assert PRESETS["gpt3_training"].it_value == pytest.approx(chips, rel=0.005)


def test_every_preset_names_its_source_and_takes_no_more_than_published() -> None:
    for preset in PRESETS.values():
        assert preset.source
        assert 0.0 < preset.it_value <= preset.value


def test_the_press_rounds_the_energy_of_a_chat_up() -> None:
    # 564 MWh a day over 195 million requests are 2.89 Wh; 2.96 is quoted.
    source_wh = 564e6 / 195e6
    assert PRESETS["chat"].value / source_wh == pytest.approx(1.023, abs=0.001)


def test_each_generation_does_more_for_a_watt() -> None:
    rows = sorted(HARDWARE.values(), key=lambda row: row.year)
    per_watt = [row.tflops_per_watt for row in rows]
    assert per_watt == sorted(per_watt)
    # 125 TFLOP/s at 300 W against 989 at 700: at most 3.4 times less energy.
    assert energy_factor("v100", "h100") == pytest.approx((125 / 300) / (989 / 700))


def test_levers_multiply_and_do_nothing_where_not_used() -> None:
    assert energy_factor() == energy_factor("a100", "a100") == 1.0
    assert energy_factor(algorithm_years=2.0) == pytest.approx(1 / 8)  # three halvings
    both = energy_factor("a100", "b200", 1.0)
    assert both == pytest.approx(energy_factor("a100", "b200") * energy_factor(None, None, 1.0))


def test_unknown_hardware_is_refused() -> None:
    with pytest.raises(ValueError, match="v100, a100"):
        energy_factor(None, "h100")


def test_gpu_hours_of_model_cards_times_the_board() -> None:
    for name, hours, watts in (
        ("llama2_training", 3.31e6, 400.0),
        ("llama3_training", 7.7e6, 700.0),
        ("llama31_training", 39.3e6, 700.0),
        ("bloom_training", 1_082_990.0, 400.0),
    ):
        assert PRESETS[name].value == pytest.approx(hours * watts * 1e-6, rel=1e-3)
