"""Workloads by name: the same answer as the figures written out, and nothing that contradicts."""

from __future__ import annotations

from typing import Any

import pytest

from siting.config import Study, study_from_mapping
from siting.errors import StudyError
from siting.physics.workloads import PRESETS


def study(**workload: Any) -> Study:
    work = {"name": "w", "max_rtt_ms": None, **workload}
    return study_from_mapping(
        {
            "name": "presets",
            "candidates": {"sites": ["lulea"]},
            "demand": {"regions": "europe", "workloads": [work]},
        }
    )


def faults(**workload: Any) -> str:
    with pytest.raises(StudyError) as caught:
        study(**workload)
    return str(caught.value)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_its_figures_written_out(name: str) -> None:
    preset = PRESETS[name]
    request = preset.unit == "Wh/request"
    count = {"requests_per_day": 1e8} if request else {"runs_per_year": 3.0}
    energy = "wh_per_request" if request else "mwh_per_run"
    named = study(preset=name, **count)
    written = study(**count, **{energy: preset.value}, reported_pue=preset.reported_pue)
    assert named.demand.it_mw == pytest.approx(written.demand.it_mw)


def test_two_hundred_million_chats_are_twenty_five_megawatts() -> None:
    assert study(preset="chat", requests_per_day=2e8).demand.it_mw == pytest.approx(24.67, abs=0.01)


def test_a_resolved_study_says_what_the_preset_was_and_reads_back() -> None:
    first = study(preset="gpt3_training", runs_per_year=40)
    work = first.to_mapping()["demand"]["workloads"][0]
    assert (work["preset"], work["mwh_per_run"], work["reported_pue"]) == (
        "gpt3_training",
        1287,
        1.1,
    )
    assert study_from_mapping(first.to_mapping()) == first


def test_hardware_and_algorithms_lower_the_load() -> None:
    plain = study(preset="chat", requests_per_day=2e8).demand.it_mw
    newer = study(preset="chat", requests_per_day=2e8, hardware="h100").demand.it_mw
    later = study(preset="chat", requests_per_day=2e8, algorithm_years=2).demand.it_mw
    assert plain / newer == pytest.approx((989 / 700) / (312 / 400))
    assert plain / later == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        ({"preset": "chatt", "requests_per_day": 1e6}, ["preset", "chat"]),
        ({"preset": "chat"}, ["requests_per_day", "is missing"]),
        ({"preset": "chat", "runs_per_year": 3}, ["more than one way"]),
        ({"preset": "chat", "it_mw": 3}, ["more than one way"]),
        ({"preset": "chat", "requests_per_day": 1e6, "wh_per_request": 3}, ["2.96", "Leave out"]),
        ({"preset": "gpt3_training", "runs_per_year": 1, "reported_pue": 1.0}, ["1.1"]),
        ({"it_mw": 3, "hardware": "h100"}, ["hardware", "preset"]),
        ({"it_mw": 3, "algorithm_years": 2}, ["algorithm_years", "it_mw"]),
        ({"preset": "search", "requests_per_day": 1e6, "hardware": "h100"}, ["not known"]),
        ({"preset": "chat", "requests_per_day": 1e6, "hardware": "h200"}, ["hardware", "b200"]),
    ],
)
def test_what_contradicts_is_named(workload: dict[str, Any], words: list[str]) -> None:
    text = faults(**workload)
    assert all(word in text for word in words), text
