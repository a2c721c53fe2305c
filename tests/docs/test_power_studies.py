"""The studies of docs/power_studies.md, on fewer candidates and slices than their reader's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from siting.audit import audit_placement
from siting.config import load_study
from siting.files import configs_dir
from siting.run import solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

PAGE = (Path(__file__).parents[2] / "docs" / "power_studies.md").read_text(encoding="utf-8")
FEW = {
    "us_campus": (
        "candidates.sites=[abilene, san_antonio]", "time.slices=96",
        "designs=[air_evaporative]", "demand.regions=[dallas]",
    ),
    "phased_europe": (
        "candidates.sites=[luxembourg, paris, london, gavle]", "time.slices=12",
        "designs=[air_evaporative]",
    ),
}  # fmt: skip


def solved(name, catalogue, *changes):
    study = load_study(configs_dir() / f"{name}.yaml", [*FEW[name], *changes])
    placement = solve_study(study, catalogue=catalogue)
    audit = audit_placement(placement, catalogue)
    assert audit.passed, audit.faults
    assert placement.gap <= 0.001
    return placement


def test_the_campus_stands_at_one_site_and_hourly_matching_costs_more(catalogue):
    plain = solved("us_campus", catalogue)
    assert len(plain.sites) == 1
    assert plain.sites["it_mw"].sum() == pytest.approx(400)
    clean = "supply.clean=[{share: 0.25, preset: 24/7}]"
    matched = solved("us_campus", catalogue, clean)
    assert matched.sites["clean_share_0"].min() >= 0.25 - 1e-6
    assert matched.metrics["cost_usd"] >= plain.metrics["cost_usd"] * 0.999


def test_a_late_grid_builds_turbines_and_a_grid_in_time_none(catalogue):
    late = solved("us_campus", catalogue)
    in_time = solved("us_campus", catalogue, "connections.steps[1].year=2029")
    assert late.sites["turbine_units"].sum() >= 1
    assert in_time.sites["turbine_units"].sum() == 0
    assert in_time.metrics["cost_usd"] < late.metrics["cost_usd"]


def test_own_contracts_of_the_page_are_read_and_used(catalogue, tmp_path):
    table = re.search(r"```csv\n(.*?)```", PAGE, re.S).group(1)
    path = tmp_path / "ppas.csv"
    path.write_text(table, encoding="utf-8")
    placement = solved(
        "us_campus", catalogue, f"supply.ppas={path}", "supply.contracts=[]"
    )  # fmt: skip
    names = [line.split(",")[0] for line in table.splitlines()[1:]]
    assert {f"{name}_contract_mw" for name in names[:2]} <= set(placement.sites.columns)
    assert placement.sites[f"{names[1]}_contract_mw"].sum() == pytest.approx(300, rel=1e-3)


def test_the_phases_grow_within_the_cap_and_survive_a_loss(catalogue):
    placement = solved("phased_europe", catalogue)
    it_mw = [state.placement.sites["it_mw"].sum() for state in placement.states]
    assert it_mw == pytest.approx([60, 120, 180], rel=1e-6)
    for state, mw in zip(placement.states, it_mw, strict=True):
        carbon = state.placement.sites["carbon_t_co2e_operational"].sum()
        assert carbon <= 0.15 * mw * 8760 * (1 + 1e-6)
        assert len(state.placement.sites) >= 2


def test_every_override_of_the_page_is_one_of_the_study():
    for command in re.findall(r"siting solve configs/(\w+)\.yaml(.*)", PAGE):
        sets = re.findall(r"--set (?:'([^']+)'|(\S+))", command[1])
        changes = [quoted or plain for quoted, plain in sets]
        changes = [change for change in changes if "ppas.csv" not in change]
        study = load_study(configs_dir() / f"{command[0]}.yaml", changes)
        assert study.name == load_study(configs_dir() / f"{command[0]}.yaml").name
