"""Every fault of a study is shown at once, with its line, its key and a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from siting.config import Study, load_study, study_from_mapping
from siting.errors import Fault, StudyError

GOOD: dict[str, Any] = {
    "name": "north",
    "candidates": {"kinds": ["arctic", "hub"], "region": "europe"},
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "inference", "it_mw": 300, "max_rtt_ms": 60}],
    },
}


def faults_of(study: dict[str, Any], *overrides: str) -> dict[str, Fault]:
    with pytest.raises(StudyError) as caught:
        study_from_mapping(study, overrides)
    return {fault.key: fault for fault in caught.value.faults}


def with_(**sections: Any) -> dict[str, Any]:
    return {**GOOD, **sections}


def workload(**keys: Any) -> dict[str, Any]:
    return with_(demand={"regions": "europe", "workloads": [keys]})


def test_five_faults_of_five_kinds_are_told_together_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "name: north\n"
        "candidates:\n"
        "  kinds: [artic]\n"  # 3: misspelled value
        "demand:\n"
        "  regions: europe\n"
        "  workloads:\n"
        "    - name: inference\n"
        '      it_mw: "300"\n'  # 8: text for a number
        "      max_rtt: 60\n"  # 9: misspelled key
        "limits:\n"
        "  min_sites: 5\n"  # 11: above max_sites
        "  max_sites: 3\n"
        "solver: {gap: .nan}\n"  # 13: not finite
    )
    with pytest.raises(StudyError) as caught:
        load_study(path)
    told = {(fault.line, fault.key) for fault in caught.value.faults}
    assert told == {
        (3, "candidates.kinds[0]"),
        (8, "demand.workloads[0].it_mw"),
        (9, "demand.workloads[0].max_rtt"),
        (11, "limits.min_sites"),
        (13, "solver.gap"),
    }
    assert all(fault.where == str(path) and fault.remedy for fault in caught.value.faults)
    lines = [fault.line for fault in caught.value.faults]
    assert lines == sorted(line for line in lines if line is not None)


def test_a_misspelled_key_names_the_key_that_was_meant_and_hides_that_it_is_missing() -> None:
    faults = faults_of(workload(name="a", it_mw=1, max_rtt=60))
    assert list(faults) == ["demand.workloads[0].max_rtt"]
    assert "Did you mean max_rtt_ms?" in faults["demand.workloads[0].max_rtt"].remedy


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("300", "Write 300, without quotes"),
        ("300 MW", "Write 300, without quotes and unit"),
        ("1,200", "Write 1200 (or 1.200, if the comma is that of a decimal)"),
        ("1,5", "Write 1.5, without quotes"),
        ("1.200,5", "Write 1200.5"),
        ("1,234,567", "Write 1234567"),
        ("300 kW", "in MW, not in kW"),
        ("1:30", "Write one number in MW, without a colon"),
        ("5-10", "Write one number in MW"),
        ("1.2.3", "Write one number in MW"),
        (True, "[MW]"),
        (float("inf"), "[MW]"),
        (float("nan"), "[MW]"),
        (-5, "above 0"),
        (5e5, "at most 100,000"),
        ([300], "[MW]"),
        (10**400, ""),
    ],
)
def test_only_a_plausible_number_is_a_load(value: object, hint: str) -> None:
    faults = faults_of(workload(name="a", it_mw=value, max_rtt_ms=60))
    assert list(faults) == ["demand.workloads[0].it_mw"]
    assert hint in faults["demand.workloads[0].it_mw"].remedy


def test_no_latency_limit_must_be_said_and_is_not_a_key_left_out() -> None:
    assert "demand.workloads[0].max_rtt_ms" in faults_of(workload(name="a", it_mw=1))
    study = study_from_mapping(workload(name="a", it_mw=1, max_rtt_ms=None))
    assert study.demand.workloads[0].max_rtt_ms is None


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        ({}, ""),
        ({"it_mw": 5, "requests_per_day": 1e6, "wh_per_request": 1}, ""),
        ({"requests_per_day": 1e6}, ".wh_per_request"),
        ({"mwh_per_run": 1287}, ".runs_per_year"),
        ({"it_mw": 5, "reported_pue": 1.1}, ".reported_pue"),
        ({"requests_per_day": 1e12, "wh_per_request": 1e4}, ""),
    ],
)
def test_a_workload_states_its_energy_once_and_plausibly(keys: dict[str, Any], at: str) -> None:
    faults = faults_of(workload(name="a", max_rtt_ms=60, **keys))
    assert list(faults) == [f"demand.workloads[0]{at}"]


def test_two_workloads_need_two_names() -> None:
    one = {"name": "a", "it_mw": 1, "max_rtt_ms": None}
    faults = faults_of(with_(demand={"regions": "europe", "workloads": [one, one]}))
    assert list(faults) == ["demand.workloads[1].name"]


@pytest.mark.parametrize(
    ("section", "keys", "at"),
    [
        ("candidates", {}, "candidates"),
        ("candidates", {"sites": ["lulea"], "exclude": ["lulea"]}, "candidates.sites"),
        ("candidates", {"kinds": ["hub", "hub"]}, "candidates.kinds"),
        ("candidates", {"file": "nowhere.gpkg"}, "candidates.file"),
        ("limits", {"open": ["lulea"], "closed": "lulea"}, "limits.open"),
        ("limits", {"open": ["a", "b"], "max_sites": 1}, "limits.open"),
        ("limits", {"min_mw_per_site": 50, "max_mw_per_site": 40}, "limits.min_mw_per_site"),
        ("limits", {"max_share_per_site": 0.3, "max_sites": 3}, "limits.max_share_per_site"),
        ("limits", {"pue_max": 0.9}, "limits.pue_max"),
        ("limits", {"carbon_t_co2e": 1e-12}, "limits.carbon_t_co2e"),
        ("caps", [{"metric": "cost_usd", "at_most": 1e-12}], "caps[0].at_most"),
        ("halls", {"load": 1e-300}, "halls.load"),
        ("limits", {"max_sites": 2.5}, "limits.max_sites"),
        ("objective", {"weights": {"energy": 0}}, "objective.weights"),
        ("objective", {"method": "lexicographic", "order": []}, "objective.order"),
        ("objective", {"order": ["carbon", "carbon"]}, "objective.order"),
        ("time", {"slices": 100}, "time.slices"),
        ("climate", {"warming_k": [1.0] * 11}, "climate.warming_k"),
        ("climate", {"warming_k": [1.0] * 11 + ["2"]}, "climate.warming_k[11]"),
        ("supply", {"hydro_year": 3}, "supply.hydro_year"),
        ("supply", {"hydro_year": "dri"}, "supply.hydro_year"),
        ("supply", {"hydro_share": True}, "supply.hydro_share"),
        ("solver", {"gap": 1}, "solver.gap"),
        ("solver", {"threads": 1.0}, "solver.threads"),
        ("name", "a/b", "name"),
        ("name", "..", "name"),
        ("name", 5, "name"),
        ("name", "", "name"),
        ("designs", ["tower_liqid"], "designs[0]"),
        ("designs", [], "designs"),
        ("solver", None, "solver"),
        ("limts", {}, "limts"),
    ],
)
def test_what_does_not_fit_is_told_where_it_stands(section: str, keys: object, at: str) -> None:
    assert list(faults_of(with_(**{section: keys}))) == [at]


def test_a_range_of_years_is_written_as_years_are() -> None:
    remedy = faults_of(with_(supply={"year": 1850}))["supply.year"].remedy
    assert "2000" in remedy
    assert "2200" in remedy


def test_limits_that_touch_are_allowed() -> None:
    limits = {"max_share_per_site": 1 / 3, "max_sites": 3, "min_sites": 3}
    assert study_from_mapping(with_(limits=limits)).limits.max_sites == 3


def test_a_fault_in_one_key_does_not_hide_a_conflict_of_others() -> None:
    limits = {"min_sites": 4, "max_sites": 2, "pue_maxx": 1.2, "open": ["a"], "closed": ["a"]}
    faults = faults_of({**with_(limits=limits), "name": 7})
    assert set(faults) == {"name", "limits.min_sites", "limits.pue_maxx", "limits.open"}


def test_a_faulty_value_causes_no_second_fault() -> None:
    limits = {"min_sites": "4", "max_sites": 2}
    assert list(faults_of(with_(limits=limits))) == ["limits.min_sites"]


def test_names_that_the_catalogue_lacks_are_faults_among_the_others() -> None:
    known = {"candidates.sites": {"lulea", "dublin"}, "demand.regions": {"europe", "world"}}
    study = with_(candidates={"sites": ["lulae"]}, demand={"regions": "erope", "workloads": []})
    with pytest.raises(StudyError) as caught:
        study_from_mapping(study, known=known)
    faults = {fault.key: fault.remedy for fault in caught.value.faults}
    assert set(faults) == {"candidates.sites[0]", "demand.regions", "demand.workloads"}
    assert "Did you mean lulea?" in faults["candidates.sites[0]"]


def test_a_study_built_in_python_is_checked_like_one_from_a_file() -> None:
    good = study_from_mapping(GOOD)
    with pytest.raises(ValueError, match="min_sites"):
        Study.model_validate({**good.to_mapping(), "limits": {"min_sites": 2, "max_sites": 1}})


def test_a_share_in_percent_is_written_as_a_share() -> None:
    faults = faults_of(with_(limits={"max_share_per_site": "25 %"}))
    assert "Write 0.25, which is 25 %" in faults["limits.max_share_per_site"].remedy


@pytest.mark.parametrize(
    ("study", "at"),
    [
        (with_(limits={"designs_per_site": 2}, demand={"regions": "europe", "workloads": {}}),
         {"demand.workloads"}),
        (with_(technology={"designs": {"tower": {"capex_factr": 0.9}}}),
         {"technology.designs.tower", "technology.designs.tower.capex_factr"}),
        (with_(technology={"designs": {"tower": 3, "air_chiller": {"available": "no"}}}),
         {"technology.designs.tower", "technology.designs.air_chiller.available"}),
        ({**GOOD, "\ud800": 1}, {""}),
        (with_(limits={"\ud800": 1, "max_sites": 0}), {"limits", "limits.max_sites"}),
        (with_(description="\udcff"), {"description"}),
        (with_(failover=3, storage={"name": "b"}, caps=[3], periods="x", time=[]),
         {"failover", "storage", "caps[0]", "periods", "time"}),
        (with_(failover={"loss": []}, supply={"clean": {}}, heat_reuse=[1], scenarios=5),
         {"failover.loss", "supply.clean", "heat_reuse", "scenarios"}),
    ],
)  # fmt: skip
def test_what_is_unknown_has_no_shape(study: dict[str, Any], at: set[str]) -> None:
    assert set(faults_of(study)) == at


def test_an_override_that_is_no_text_is_told() -> None:
    (fault,) = faults_of(GOOD, "limits.\udcff=1").values()
    assert "is not a path" in fault.problem


def test_an_entry_that_is_no_mapping_is_told_what_the_key_above_it_takes() -> None:
    fault = faults_of(with_(sites={"overrides": {"lulea": 5}}))["sites.overrides.lulea"]
    assert fault.problem == "is 5, not a mapping of keys"
    assert "By site" in fault.remedy
