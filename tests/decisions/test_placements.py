"""Every answer of a study of many solves is a placement: its status, its gap, its audit."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import siting
from siting import decisions as verbs
from siting.cli import app
from siting.decisions.cells import Cells
from siting.errors import NoAnswerError
from siting.mip.relaxation import Relaxation
from siting.mip.runs import Outcome
from siting.status import OPTIMAL_GAP, Status, weakest

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY = {
    "name": "four_places",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt", "falun"]},
    "designs": ["air_economizer", "adiabatic_liquid"],
    "demand": {
        "regions": ["stockholm", "london"],
        "workloads": [{"name": "inference", "it_mw": 20, "max_rtt_ms": 60}],
    },
    "time": {"slices": 12},
    "limits": {"max_share_per_site": 0.6},
}


@cache
def study() -> siting.Study:
    return siting.load(STUDY)


@pytest.fixture(scope="module")
def front() -> siting.Decision[Any]:
    return verbs.pareto(study(), ("energy", "water"), points=3)


def test_each_point_of_a_front_is_an_audited_placement_whose_objective_is_the_metric(
    front: siting.Decision[Any],
) -> None:
    assert len(front.placements) == len(front.found.points) >= 2
    for point, placement in zip(front.found.points, front.placements.values(), strict=True):
        assert point.found is placement
        metric = front.found.metrics[point.least]
        assert placement.objective == pytest.approx(placement.metrics[metric], rel=1e-6)
        assert placement.gap == pytest.approx(point.gap)
        assert (placement.status is Status.OPTIMAL) == (placement.gap <= OPTIMAL_GAP)
        assert placement.audit is not None
        assert placement.audit["passed"], placement.audit["faults"]
        for name, value in placement.metrics.items():
            assert placement.audit["metrics"][name] == pytest.approx(value, rel=0.01)


@pytest.mark.parametrize("between_sites", [False, True])
def test_alternatives_whose_time_ended_before_a_bound_are_one_answer_that_claims_nothing(
    tmp_path: Path, between_sites: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*args: object, **kwargs: object) -> None:
        raise NoAnswerError("the time ended before the relaxation did")

    monkeypatch.setattr(Relaxation, "relax", late)
    flexible = {"share": 0.5, "between_sites": between_sites}
    batch = {"name": "batch", "it_mw": 8, "max_rtt_ms": None, "flexible": flexible}
    given = STUDY | {
        "demand": {**STUDY["demand"], "workloads": [*STUDY["demand"]["workloads"], batch]},
        "time": {"slices": 24},
        "objective": {"weights": {"cost": 1}},
        "solver": {"time_limit_s": 0.001, "method": "monolithic"},
    }
    out = tmp_path / "out"
    found = verbs.alternatives(siting.load(given), 0.1, 1, out=out)
    best, text = found.found.answers[0], json.loads((out / "summary.json").read_text())
    if between_sites:  # Load that comes from elsewhere has no bound but that of rows.
        assert best.found.bound < 0.0
        assert np.isnan(best.excess)
        assert text["largest_excess"] is None
        assert len(found.placements) == 1
    assert best.found.bound <= best.found.objective
    assert (best.found.gap > 0.001) == (found.status is Status.TIME_LIMIT)
    assert text["status"] == found.status


def test_alternatives_and_robustness_give_audited_placements_too() -> None:
    others = verbs.alternatives(study(), count=2)
    worth = verbs.robustness(study(), samples=0, entries=1, conventions=False)
    assert "recommended" in worth.placements
    for decision in (others, worth):
        assert all(p.audit and p.audit["passed"] for p in decision.placements.values())
        assert set(decision.table["status"]) <= {"optimal", "gap_limit", "infeasible"}
    best = others.placements[0]
    for i, own in others.placements.items():
        # The gap of an alternative is that to the best of all, not to the best that differs.
        assert own.bound == pytest.approx(others.found.bound, rel=1e-9)
        assert own.objective >= best.objective * (1 - best.gap)
        assert [stage["name"] for stage in own.stages] == ["difference", "objective"] * (i > 0)


def test_an_explanation_holds_both_answers_audited() -> None:
    found = siting.explain(study(), "dublin")
    assert found.placement.audit
    assert found.placement.audit["passed"]
    assert found.other is not None
    assert found.other.audit
    assert found.other.audit["passed"]
    assert ("dublin" in found.other.sites.index) is not ("dublin" in found.placement.sites.index)


def test_a_point_that_ended_on_time_makes_the_whole_front_unproven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = Cells.solve

    def stopped(cells: Cells, asked: Any) -> Any:
        return [
            replace(found, bound=0.9 * found.objective, timed_out=True)
            for found in solve(cells, asked)
            if isinstance(found, Outcome)
        ]

    monkeypatch.setattr(Cells, "solve", stopped)
    file, out = tmp_path / "four.yaml", tmp_path / "out"
    file.write_text(study().to_yaml(), encoding="utf-8")
    arguments = ["pareto", str(file), "--objectives", "energy,water", "--points", "2"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(out), "--json"])
    assert result.exit_code == 4, result.output
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["status"] == json.loads(result.stdout)["status"] == "time_limit"
    assert summary["unproven"] == [str(i) for i in range(summary["points"])]
    assert all(gap > 0.01 for gap in summary["gaps"].values())


def test_the_status_of_many_is_that_of_the_weakest() -> None:
    assert weakest([Status.OPTIMAL, Status.TIME_LIMIT, Status.GAP_LIMIT]) is Status.TIME_LIMIT
    assert weakest([Status.OPTIMAL, Status.GAP_LIMIT]) is Status.GAP_LIMIT
    assert weakest([]) is Status.OPTIMAL
