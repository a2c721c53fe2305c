"""How the halls are run reaches every number of a solve, and the audit finds the same."""

from __future__ import annotations

from typing import Any

import pytest

from siting.catalogue import load_catalogue
from siting.config import study_from_mapping
from siting.errors import InfeasibleError, StudyError
from siting.run import solve_study


def place(**halls: Any) -> Any:
    return solve_study(
        study_from_mapping(
            {
                "name": "halls",
                "candidates": {"sites": ["beijing"]},
                "designs": halls.pop("designs", ["air_economizer"]),
                "demand": {
                    "regions": ["beijing"],
                    "workloads": [{"name": "a", "it_mw": 20, "max_rtt_ms": None}],
                },
                "time": {"slices": 12},
                "supply": {"contracts": []},
                "limits": {"max_share_per_site": 1.0},
                "halls": halls,
            }
        ),
        catalogue=load_catalogue(),
    )


@pytest.mark.slow
def test_a_wider_class_takes_less_energy_and_the_audit_agrees() -> None:
    strict, usual, wide = (place(inlet=name) for name in ("recommended", "A1", "A3"))
    energy = [p.metrics["energy_mwh"] for p in (strict, usual, wide)]
    assert energy[0] > energy[1] > energy[2]
    assert all(p.audit["passed"] for p in (strict, usual, wide))


def test_half_empty_halls_take_more_energy() -> None:
    full, half = place(load=1.0), place(load=0.5)
    assert half.metrics["energy_mwh"] > full.metrics["energy_mwh"]
    assert half.audit["passed"]


def test_a_lake_that_may_not_be_warmed_cools_nothing() -> None:
    study = study_from_mapping(
        {
            "name": "cold-permit",
            "candidates": {"sites": ["qiandao_lake"]},
            "designs": ["lake_water"],
            "demand": {
                "regions": ["shanghai"],
                "workloads": [{"name": "a", "it_mw": 20, "max_rtt_ms": None}],
            },
            "halls": {"discharge_limit_c": 12.0},
        }
    )
    with pytest.raises(InfeasibleError, match="design"):
        solve_study(study, catalogue=load_catalogue())


def test_unknown_classes_are_named_together() -> None:
    with pytest.raises(StudyError) as caught:
        place(inlet="A9", water_class="W1", load=0.0)
    text = str(caught.value)
    assert "halls.inlet" in text
    assert "halls.water_class" in text
    assert "halls.load" in text
