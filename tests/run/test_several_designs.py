"""A site where two designs stand side by side, from the study to the audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.config import study_from_mapping
from siting.placement.folder import load_placement
from siting.run import audit_run, solve_study
from tests.helpers.runs import keep_run

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY = {
    "name": "side by side",
    "candidates": {"sites": ["marseille"]},
    "designs": ["air_evaporative", "adiabatic_liquid", "subsea_pod"],
    "demand": {
        "regions": ["paris"],
        "workloads": [{"name": "web", "it_mw": 23, "max_rtt_ms": None}],
    },
    "time": {"slices": 96},
    "objective": {"weights": {"energy": 1, "carbon": 0, "water": 0, "cost": 0}},
    # Pods in the sea draw least, and all of them would cost 65 million.
    "limits": {
        "designs_per_site": 2,
        "cost_usd": 58e6,
        "designs": {"subsea_pod": {"max_mw_per_site": 60}},
    },
}


def test_a_budget_is_met_by_two_designs_at_one_site_and_the_audit_agrees(tmp_path: Path) -> None:
    placement = solve_study(study_from_mapping(STUDY))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit["faults"]
    (site,) = placement.sites.index
    halls = placement.halls
    assert len(halls) == 2
    row = placement.sites.loc[site]
    assert row["design"] == " + ".join(halls["design"])
    assert row["it_mw"] == pytest.approx(halls["it_mw"].sum())
    assert row["pue"] == pytest.approx((halls["pue"] * halls["it_mw"]).sum() / row["it_mw"])
    folder = keep_run(placement, tmp_path / "run")
    assert len(load_placement(folder).halls) == 2
    assert audit_run(folder).passed


def test_one_design_alone_draws_more_under_the_same_budget() -> None:
    alone = {**STUDY, "limits": {**STUDY["limits"], "designs_per_site": 1}}
    both = solve_study(study_from_mapping(STUDY)).metrics["energy_mwh"]
    assert solve_study(study_from_mapping(alone)).metrics["energy_mwh"] > both
