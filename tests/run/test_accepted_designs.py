"""Workloads that stand only under some designs, from the study to the audit."""

from __future__ import annotations

from dataclasses import replace

import pytest

import siting
from siting.audit import audit_placement
from siting.catalogue import load_catalogue
from siting.config import study_from_mapping
from siting.errors import InfeasibleError, StudyError

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY = {
    "name": "who stands under what",
    "candidates": {"sites": ["marseille", "stockholm", "frankfurt", "dublin"]},
    "designs": ["air_economizer", "adiabatic_liquid"],
    "demand": {
        "regions": ["paris", "berlin"],
        "workloads": [
            {"name": "web", "it_mw": 30, "max_rtt_ms": 60, "designs": ["air_economizer"]},
            {"name": "training", "it_mw": 40, "max_rtt_ms": None},
        ],
    },
    "time": {"slices": 12},
    "objective": {"weights": {"energy": 1, "carbon": 0, "water": 0, "cost": 0}},
}
WEB = "demand.workloads.web.designs"


def test_air_cooled_servers_stand_under_air_and_the_audit_sees_it() -> None:
    placement = siting.solve(study_from_mapping(STUDY))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit["faults"]
    web = placement.flows[placement.flows["workload"] == "web"]
    assert set(placement.sites.loc[web["site"], "design"]) == {"air_economizer"}
    assert "adiabatic_liquid" in set(placement.sites["design"])
    other = study_from_mapping(STUDY, [f"{WEB}=[adiabatic_liquid]"])
    audit = audit_placement(replace(placement, study=other), load_catalogue())
    assert not audit.passed
    assert all(fault.startswith("accepted_designs") for fault in audit.faults)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ([f"{WEB}=[lake_water]"], "demand.workloads[0].designs"),
        ([f"{WEB}=[air_cooled]"], "demand.workloads[0].designs"),
        (["failover.loss=site", "demand.workloads.training.critical=true"],
         "demand.workloads[0].designs"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_fault(changes: list[str], key: str) -> None:
    with pytest.raises(StudyError) as caught:
        study_from_mapping(STUDY, changes)
    assert caught.value.faults[0].key.startswith(key), caught.value


def test_a_design_that_no_site_in_reach_can_take_is_named() -> None:
    changes = ["designs=[air_economizer, sea_water]", "candidates.sites=[frankfurt]",
               f"{WEB}=[sea_water]"]  # fmt: skip
    with pytest.raises(InfeasibleError, match=r"web\.designs: no site .* can take sea_water"):
        siting.solve(study_from_mapping(STUDY, changes))
