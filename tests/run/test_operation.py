"""Studies with storage, flexible load and the like, from YAML to the audit, and back from disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.audit import audit_placement
from siting.catalogue import Catalogue
from siting.config import study_from_mapping
from siting.errors import DataError, InfeasibleError, StudyError
from siting.placement import Placement
from siting.placement.folder import load_placement, save_placement
from siting.run import solve_study
from siting.tables.parts import CARBON_PARTS

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

BASE: dict[str, Any] = {
    "name": "operated",
    "candidates": {"sites": ["lulea", "frankfurt", "phoenix"]},
    "demand": {
        "regions": "europe",
        "workloads": [
            {"name": "chat", "it_mw": 20, "max_rtt_ms": 100},
            {"name": "training", "it_mw": 20, "max_rtt_ms": None},
        ],
    },
    "time": {"slices": 24},
    "objective": {
        "method": "weighted",
        "weights": {"energy": 0, "carbon": 1, "water": 0, "cost": 0},
    },
    "solver": {"gap": 0.001, "time_limit_s": 60},
}
BATTERY = {"name": "battery", "max_mw": 20, "embodied_kg_per_kwh": 0.0}
RESERVE = {"name": "reserve", "max_mw": 20, "duration_h": 200, "carry_over": True,
           "embodied_kg_per_kwh": 0.0}  # fmt: skip


def _training(**flexible: object) -> dict[str, Any]:
    chat, training = BASE["demand"]["workloads"]
    return {"demand": {**BASE["demand"], "workloads": [chat, {**training, "flexible": flexible}]}}


ENERGY = {"objective": {"weights": {"energy": 1, "carbon": 0, "water": 0, "cost": 0}}}
SUN = {
    "candidates": {"sites": ["frankfurt"]},
    "demand": {**BASE["demand"], "workloads": [{"name": "chat", "it_mw": 20, "max_rtt_ms": None}]},
    "supply": {"max_contract_share": 1.0, "contracts": ["solar"]},
    "time": {"slices": 288},
}
STUDIES: dict[str, dict[str, Any]] = {
    "battery": {**SUN, "storage": [BATTERY]},
    "reserve": {"storage": [RESERVE], "supply": {"max_contract_share": 1.0}},
    "flexible": {
        **_training(share=0.5, between_sites=True),
        **ENERGY,
        "candidates": {"sites": ["phoenix", "sydney", "frankfurt"]},
        "designs": ["air_chiller", "water_economizer"],
        "limits": {"max_share_per_site": 0.5},
    },
    "clean_year": {"supply": {"clean": [{"share": 0.42}]}},
    "clean_hour": {
        "supply": {
            "max_contract_share": 1.0,
            "clean": [
                {"share": 0.5, "matched": "hour", "where": ["DEU", "arctic"], "count_grid": True}
            ],
        }
    },
    "engine": {"designs": ["absorption_trigen"], "supply": {"trigeneration": "dispatched"}},
    "heat": {**SUN, "heat_reuse": {"demand_mw": 10, "where": "DEU", "min_share": 0.02}},
    "backup": {"backup": {"covers_peaks": True}},
}


def _study(changes: dict[str, Any]) -> Any:
    return study_from_mapping({**BASE, **changes})


@pytest.fixture(scope="module")
def solved(catalogue: Catalogue) -> dict[str, Placement]:
    return {
        name: solve_study(_study(changes), catalogue=catalogue) for name, changes in STUDIES.items()
    }


@pytest.mark.parametrize("name", STUDIES)
def test_the_audit_agrees_with_every_family(solved: dict[str, Placement], name: str) -> None:
    placement = solved[name]
    assert placement.audit is not None
    assert placement.audit["faults"] == []
    assert placement.audit["passed"]


@pytest.mark.parametrize("name", ["battery", "flexible", "engine"])
def test_a_run_with_operation_reads_back_the_same(
    solved: dict[str, Placement], name: str, tmp_path: Path
) -> None:
    save_placement(solved[name], tmp_path)
    again = load_placement(tmp_path)
    pd.testing.assert_frame_equal(again.operation, solved[name].operation, check_dtype=False)
    assert set(again.operation.columns) == {"site", "quantity", "item", "slice", "hours", "value"}


def test_a_store_that_may_carry_is_worth_no_less_than_one_that_may_not(
    catalogue: Catalogue,
) -> None:
    daily = {**RESERVE, "carry_over": False}
    carbon = [
        solve_study(
            _study({"storage": [store], "supply": {"max_contract_share": 1.0}}), catalogue=catalogue
        ).metrics["carbon_t_co2e"]
        for store in (daily, RESERVE)
    ]
    assert carbon[1] <= carbon[0] * (1 + 2e-3)


def test_sold_heat_is_stated_apart_and_leaves_the_pue_alone(
    solved: dict[str, Placement], catalogue: Catalogue
) -> None:
    site = solved["heat"].sites.loc["frankfurt"]
    assert site["heat_sold_mwh"] > 0
    assert site["heat_pump_mwh"] == pytest.approx(site["heat_sold_mwh"] / 3.5)
    assert site["heat_credit_t_co2e"] == pytest.approx(0.224 * site["heat_sold_mwh"])
    energy = site["it_mw"] * 8760 * site["pue"]
    assert site["energy_mwh"] == pytest.approx(energy + site["heat_pump_mwh"], rel=1e-6)
    assert site["heat_sold_mwh"] >= 0.02 * energy * (1 - 1e-6)


def test_generators_let_a_site_be_larger_than_its_connection(catalogue: Catalogue) -> None:
    small = {"candidates": {"sites": ["frankfurt"]}, "time": {"slices": 24}}
    frankfurt = float(catalogue.candidates.loc["frankfurt", "connection_mw"])
    workloads = [{"name": "chat", "it_mw": round(frankfurt / 1.05), "max_rtt_ms": 100}]
    demand = {"regions": ["frankfurt"], "workloads": workloads}
    with pytest.raises(InfeasibleError):
        solve_study(_study({**small, "demand": demand}), catalogue=catalogue)
    backup = {"backup": {"covers_peaks": True, "hours_per_year": 2000.0}}
    placement = solve_study(_study({**small, "demand": demand, **backup}), catalogue=catalogue)
    site = placement.sites.iloc[0]
    assert site["pue_peak"] * site["installed_mw"] > frankfurt
    assert placement.audit is not None
    assert placement.audit["passed"]


TAMPERED = [
    ("battery", "charge_mw", 1.5, "storage_cycle"),
    ("reserve", "discharge_mw", 1.5, "storage_cycle"),
    ("flexible", "moved_mw", 1.5, "moved_balance"),
    ("flexible", "sooner_mw", 1.5, "flexible_balance"),
    ("engine", "idle_mw", 3.0, "idle_engine"),
    ("heat", "heat_mw", 50.0, "heat_demand"),
]


@pytest.mark.parametrize(("name", "quantity", "factor", "limit"), TAMPERED)
def test_the_audit_finds_a_plan_that_was_changed(
    solved: dict[str, Placement],
    catalogue: Catalogue,
    name: str,
    quantity: str,
    factor: float,
    limit: str,
) -> None:
    operation = solved[name].operation.copy()
    changed = operation["quantity"] == quantity
    assert (operation.loc[changed, "value"] > 0).any()
    operation.loc[changed, "value"] *= factor
    audit = audit_placement(replace(solved[name], operation=operation), catalogue)
    assert not audit.passed
    assert limit in {check.name for check in audit.limits if not check.ok}


def test_the_audit_finds_a_clean_share_that_is_not_reached(
    solved: dict[str, Placement], catalogue: Catalogue
) -> None:
    asked = _study({"supply": {"clean": [{"share": 0.5}]}})
    audit = audit_placement(replace(solved["clean_year"], study=asked), catalogue)
    assert "clean_year" in {check.name for check in audit.limits if not check.ok}


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"storage": [{"name": "grid", "max_mw": 1}]}, "storage[0].name", "another source"),
    ({"storage": [BATTERY, BATTERY]}, "storage[1].name", "twice"),
    ({"storage": [BATTERY], "time": {"slices": 12}}, "storage", "slices within the day"),
    ({"storage": [BATTERY], "time": {"slices": 60}}, "storage", "Set time.slices to 120 or 480"),
    (_training(share=0.5, week_limit=0.1), "demand.workloads[1].flexible.week_limit", "one kind"),
    ({"heat_reuse": {"demand_mw": 1, "designs": ["sauna"]}}, "heat_reuse.designs", "sauna"),
    ({"supply": {"clean": [{"share": 0.8}]}}, "supply.clean[0].share", "max_contract_share"),
]


@pytest.mark.parametrize(("changes", "key", "words"), FAULTS)
def test_a_faulty_study_is_told_where_and_what(
    changes: dict[str, Any], key: str, words: str
) -> None:
    with pytest.raises(StudyError) as caught:
        _study(changes)
    assert [f for f in caught.value.faults if f.key == key and words in f"{f.problem} {f.remedy}"]


def test_a_rule_for_a_place_that_nobody_knows_is_a_fault(catalogue: Catalogue) -> None:
    study = _study({"supply": {"clean": [{"share": 0.5, "where": ["ATLANTIS"]}]}})
    with pytest.raises(DataError, match="ATLANTIS"):
        solve_study(study, catalogue=catalogue)


def test_moved_load_sums_to_nothing_over_the_year(solved: dict[str, Placement]) -> None:
    table = solved["flexible"].operation
    moved = table[table["quantity"] == "moved_mw"]
    assert float((moved["value"] * moved["hours"]).sum()) == pytest.approx(0.0, abs=1e-3)
    assert np.isfinite(moved["value"]).all()


@pytest.mark.parametrize("name", STUDIES)
def test_the_parts_of_the_carbon_add_up(solved: dict[str, Placement], name: str) -> None:
    sites = solved[name].sites
    parts = sites[[c for c in CARBON_PARTS if c in sites]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(sites["carbon_t_co2e"].to_numpy(), rel=1e-9)


def test_the_run_says_where_coarse_slices_hid_a_clean_share(catalogue: Catalogue) -> None:
    rule = {"share": 0.6}
    supply = {"max_contract_share": 1.0, "contracts": ["solar"], "clean": [rule]}
    study = _study({**SUN, "supply": supply, "time": {"slices": 24}})
    coarse = solve_study(study, catalogue=catalogue)
    assert coarse.audit is not None
    assert [text for text in coarse.audit["hidden"] if "Rule 0 on clean supply" in text]
