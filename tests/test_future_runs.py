"""A run over periods and scenarios: saved, read back, audited, and doctored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import siting
from siting.audit import audit_placement
from siting.catalogue import load_catalogue
from siting.placement import Placement, load_placement, save_placement
from siting.report.terminal import placement_table

STUDY = {
    "name": "north",
    "candidates": {"sites": ["lulea", "oslo", "stockholm"]},
    "designs": ["air_economizer"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "batch", "it_mw": 60, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
    "supply": {"contracts": ["wind"]},
    "periods": [
        {"year": 2030, "years": 5},
        {
            "year": 2035,
            "years": 10,
            "set": {"demand.factor": 1.5, "supply.grid_carbon_factor": 0.5},
        },
    ],
    "scenarios": {
        "measure": "cvar",
        "alpha": 0.5,
        "cases": [
            {"name": "normal", "probability": 0.7},
            {"name": "hot", "probability": 0.3, "set": {"climate.year": "hot"}},
        ],
    },
    "objective": {"weights": {"energy": 0, "carbon": 1, "water": 0, "cost": 0}},
}


@pytest.fixture(scope="module")
def placement() -> Placement:
    return siting.solve_study(siting.study_from_mapping(STUDY))


def test_states_are_audited_and_halls_only_grow(placement: Placement) -> None:
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    assert [s.label for s in placement.states] == [
        "2030_normal", "2030_hot", "2035_normal", "2035_hot",
    ]  # fmt: skip
    plan = placement.plan
    assert (plan["added_mw"] >= 0).all()
    assert plan.groupby("year")["installed_mw"].sum().tolist() >= [60.0, 90.0]
    mean = sum(s.weight("carbon_t_co2e") * s.placement.metrics["carbon_t_co2e"]
               for s in placement.states)  # fmt: skip
    assert placement.metrics["carbon_t_co2e"] == pytest.approx(mean, rel=1e-9)


def test_a_run_of_states_is_read_back_as_it_was(placement: Placement, tmp_path: Path) -> None:
    save_placement(placement, tmp_path)
    again = load_placement(tmp_path)
    pd.testing.assert_frame_equal(again.outcomes, placement.outcomes, rtol=1e-9)
    pd.testing.assert_frame_equal(again.plan, placement.plan, check_dtype=False)
    audit = audit_placement(again, load_catalogue())
    assert audit.passed
    assert audit.metrics == pytest.approx(dict(placement.audit["metrics"]), rel=1e-9)  # type: ignore[index]


def test_the_terminal_shows_each_state_in_eighty_columns(placement: Placement) -> None:
    text = StringIO()
    Console(file=text, width=80).print(placement_table(placement))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[:3] for line in lines if line.startswith("2035")] == [
        ["2035", "normal", "70"], ["2035", "hot", "30"],
    ]  # fmt: skip


def _state(p: Placement, i: int, **changes: object) -> Placement:
    states = list(p.states)
    states[i] = replace(states[i], **changes)  # type: ignore[arg-type]
    return replace(p, states=tuple(states))


def _wider(p: Placement, i: int, factor: float) -> Placement:
    """More or less stands in one state than in the others."""
    halls = p.states[i].placement.built
    changed = halls.assign(installed_mw=factor * halls["installed_mw"])
    return _state(p, i, placement=replace(p.states[i].placement, halls=changed))


def _contracted(p: Placement) -> Placement:
    inner = p.states[1].placement
    sites = inner.sites.assign(wind_contract_mw=inner.sites["wind_contract_mw"] + 1.0)
    return _state(p, 1, placement=replace(inner, sites=sites))


@pytest.mark.parametrize(
    ("tamper", "limit"),
    [
        (lambda p: _state(p, 0, probability=0.9), "weights_of_states"),
        (lambda p: _wider(p, 1, 1.1), "built_before_the_scenario"),
        (_contracted, "built_before_the_scenario"),
        (lambda p: _wider(_wider(p, 2, 0.1), 3, 0.1), "expansion_only_grows"),
    ],
)
def test_a_doctored_state_is_found(
    tamper: Callable[[Placement], Placement], limit: str, placement: Placement
) -> None:
    audit = audit_placement(tamper(placement), load_catalogue())
    assert not audit.passed
    assert limit in {check.name for check in audit.limits if not check.ok}
