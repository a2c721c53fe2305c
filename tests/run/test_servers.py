"""Embodied carbon of servers by hardware: its figures, its keys, and what a placement counts."""

from __future__ import annotations

from typing import Any

import pytest

import siting
from siting.config import Study
from siting.errors import StudyError
from siting.physics.workloads import SERVERS, servers_of

WORKLOADS: list[dict[str, Any]] = [
    {"name": "web", "it_mw": 30, "utilization": 0.5, "max_rtt_ms": None},
    {"name": "training", "it_mw": 20, "hardware": "accelerators", "max_rtt_ms": None},
    {"name": "archive", "it_mw": 5, "it_embodied_kg_per_kw_yr": 1000, "max_rtt_ms": None},
    {"name": "later", "it_mw": 5, "hardware": "none", "max_rtt_ms": None,
     "flexible": {"share": 0.5}},
]  # fmt: skip


def study(*workloads: dict[str, Any]) -> Study:
    return siting.load(
        {
            "name": "servers",
            "candidates": {"sites": ["lulea"]},
            "designs": ["air_economizer"],
            "demand": {"regions": "europe", "workloads": list(workloads)},
            "time": {"slices": 24},
        }
    )


def embodied(**workload: Any) -> float:
    chosen = study({"name": "one", "max_rtt_ms": None} | workload)
    return chosen.demand.embodied_by_workload()["one"]


@pytest.mark.parametrize(
    ("hardware", "kg", "kw"),
    [("general", 744.5, 0.120), ("accelerators", 318.0, 0.428), ("storage", 4289.0, 0.300)],
)
def test_figures_follow_from_their_sources(hardware: str, kg: float, kw: float) -> None:
    assert SERVERS[hardware].value == pytest.approx(kg / kw * 1.15 / 4.0, abs=5.0)


def test_an_accelerator_embodies_an_eighth_of_a_small_server_to_the_kilowatt() -> None:
    assert 7 < SERVERS["general"].value / SERVERS["accelerators"].value < 9
    assert servers_of("h100") is SERVERS["accelerators"]


def test_hardware_is_general_unless_it_or_a_preset_says_otherwise() -> None:
    general, accelerators = SERVERS["general"].value, SERVERS["accelerators"].value
    assert embodied(it_mw=1) == general
    assert embodied(preset="search", requests_per_day=1e9) == general
    assert embodied(preset="chat", requests_per_day=1e9) == accelerators
    assert embodied(preset="chat", requests_per_day=1e9, hardware="h100") == accelerators
    assert embodied(preset="chat", requests_per_day=1e9, hardware="none") == 0.0
    assert embodied(it_mw=1, hardware="storage", it_embodied_kg_per_kw_yr=0) == 0.0


def test_kinds_of_servers_leave_the_energy_of_a_preset_alone() -> None:
    given = {"name": "one", "max_rtt_ms": None, "preset": "search", "requests_per_day": 1e9}
    assert study(given | {"hardware": "general"}).demand.it_mw == study(given).demand.it_mw


def test_unknown_hardware_names_all_kinds() -> None:
    with pytest.raises(StudyError) as caught:
        embodied(it_mw=1, hardware="gpu")
    for word in ("workloads", "hardware", "accelerators", "storage", "none", "h100"):
        assert word in str(caught.value)


def test_a_placement_counts_each_workload_with_its_own_servers() -> None:
    placement = siting.solve(study(*WORKLOADS))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    servers = placement.sites["carbon_servers_t_co2e"].sum()
    by_hand = 30 / 0.5 * SERVERS["general"].value + 20 * SERVERS["accelerators"].value + 5 * 1000
    assert servers == pytest.approx(by_hand, rel=1e-6)
