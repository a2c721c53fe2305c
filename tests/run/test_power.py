"""Connections as offers and own generators, from YAML to the audit: optima that move for a reason.

Two sites that differ in nothing but their power: Luleå, and Luleå's neighbour at a higher price.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.audit import audit_placement
from siting.catalogue import Catalogue
from siting.config import study_from_mapping
from siting.decisions.explanation_text import power_reasons
from siting.errors import DataError, InfeasibleError, StudyError
from siting.placement import Placement
from siting.placement.folder import load_placement, save_placement
from siting.report.data.states import first_power_words
from siting.run import check_study, solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

BASE: dict[str, Any] = {
    "name": "powered",
    "candidates": {"sites": ["lulea", "frankfurt"]},
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "training", "it_mw": 40, "max_rtt_ms": None}],
    },
    "designs": ["air_economizer"],
    "supply": {"contracts": [], "year": 2030},
    "time": {"slices": 12},
    "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
    "solver": {"gap": 0.001, "time_limit_s": 60},
}
TURBINE = {"name": "turbine", "kind": "gas_turbine_frame", "max_units": 9, "unit_mw": 10}
STEPS = [{"where": "lulea", "year": 2028, "mw": 60}]
LATE = [{**STEPS[0], "year": 2031}]
PERIODS = [{"year": 2027, "years": 4}, {"year": 2031, "years": 8}]


def _solved(catalogue: Catalogue, **changes: Any) -> Placement:
    found = solve_study(study_from_mapping({**BASE, **changes}), catalogue=catalogue)
    assert found.audit is not None
    assert found.audit["passed"], found.audit["faults"]
    return found


def _load(found: Placement, site: str) -> float:
    return float(found.sites["it_mw"].get(site, 0.0))


def test_a_later_connection_moves_the_load_to_another_site(catalogue: Catalogue) -> None:
    there = _solved(catalogue, connections={"steps": STEPS})
    assert _load(there, "lulea") == pytest.approx(40)
    assert there.sites.loc["lulea", "connection_mw"] == 60
    late = [{**STEPS[0], "year": 2031}]
    assert _load(_solved(catalogue, connections={"steps": late}), "frankfurt") == pytest.approx(40)
    # The same by the lead time, from the year in which it is ordered.
    slow = {"steps": [{**STEPS[0], "lead_years": 3}], "ordered": 2027}
    assert _load(_solved(catalogue, connections=slow), "lulea") == pytest.approx(40)
    assert _load(_solved(catalogue, connections={**slow, "ordered": 2028}), "lulea") == 0


def test_a_step_is_paid_whole_and_not_taken_where_it_costs_more_than_it_saves(
    catalogue: Catalogue,
) -> None:
    free = _solved(catalogue, connections={"steps": STEPS})
    paid = _solved(catalogue, connections={"steps": [{**STEPS[0], "cost_usd_per_mw": 100_000}]})
    # The annuity of 60 MW at 100,000 USD/MW over 40 years at 7 %.
    rate = 0.07 / (1 - 1.07**-40)
    more = paid.metrics["cost_usd"] - free.metrics["cost_usd"]
    assert more == pytest.approx(60 * 100_000 * rate, rel=1e-6)
    dear = {"steps": [{**STEPS[0], "cost_usd_per_mw": 20_000_000}]}
    assert _load(_solved(catalogue, connections=dear), "lulea") == 0


def test_turbines_are_built_where_no_connection_comes_in_time(catalogue: Catalogue) -> None:
    alone = {"candidates": {"sites": ["lulea"]}, "generation": {"units": [TURBINE]}}
    connections = {"steps": [{**STEPS[0], "year": 2031}]}
    found = _solved(catalogue, connections=connections, **alone)
    row = found.sites.loc["lulea"]
    peak = row["pue_peak"] * row["installed_mw"]
    # As many units as the peak needs, and one more that may be out.
    assert row["turbine_units"] == -(-peak // 10) + 1
    assert row["connection_mw"] == 0
    without = {**alone, "generation": {"units": [TURBINE], "one_out": False}}
    fewer = _solved(catalogue, connections=connections, **without)
    assert fewer.sites.loc["lulea", "turbine_units"] == row["turbine_units"] - 1
    with pytest.raises(InfeasibleError):
        _solved(catalogue, connections=connections, candidates={"sites": ["lulea"]})


def test_a_small_reactor_appears_from_its_year_on(catalogue: Catalogue) -> None:
    reactor = {"name": "smr", "kind": "small_reactor", "max_units": 3, "capex_usd_per_kw": 100,
               "fixed_om_usd_per_kw_yr": 0, "unit_mw": 30}  # fmt: skip
    generation = {"units": [reactor], "one_out": False}
    for year, units in ((2030, 0), (2031, 1)):
        supply = {"contracts": [], "year": year}
        found = _solved(catalogue, generation=generation, supply=supply,
                        candidates={"sites": ["frankfurt"]})  # fmt: skip
        assert found.sites.loc["frankfurt", "smr_units"] >= units
        assert (found.sites.loc["frankfurt", "smr_units"] > 0) == (units > 0)


def test_a_plan_builds_a_reactor_in_the_first_period_that_may_have_it(catalogue: Catalogue) -> None:
    """Energy of the reactor costs next to nothing, but none may run before 2031."""
    reactor = {"name": "smr", "kind": "small_reactor", "max_units": 2, "capex_usd_per_kw": 100,
               "fixed_om_usd_per_kw_yr": 0, "unit_mw": 30}  # fmt: skip
    found = _solved(catalogue, candidates={"sites": ["frankfurt"]}, periods=PERIODS,
                    generation={"units": [reactor], "one_out": False})  # fmt: skip
    units = {s.year: s.placement.sites["smr_units"].sum() for s in found.states}
    assert units[2027] == 0
    assert units[2031] >= 1


def test_a_late_connection_moves_the_load_and_a_price_on_first_power_brings_it_back(
    catalogue: Catalogue,
) -> None:
    """Luleå is where power costs less; its step is late, and turbines bridge it only at a price."""
    costly = {**TURBINE, "capex_usd_per_kw": 9_000}
    late = {"periods": PERIODS, "connections": {"steps": LATE}, "generation": {"units": [costly]}}
    in_time = {**late, "connections": {"steps": [{**LATE[0], "year": 2027}]}}

    def first(**changes: Any) -> Any:
        sites = _solved(catalogue, **changes).states[0].placement.sites
        return sites["installed_mw"].get("lulea", 0.0), sites.get("turbine_units")

    assert first(**in_time)[0] >= 40
    assert first(**late)[0] == 0
    target = {"mw": 20, "by": 2027, "where": ["lulea"], "usd_per_mw_year": 5_000_000}
    installed, turbines = first(**late, first_power=[target])
    assert installed >= 20
    assert turbines["lulea"] >= 3  # some 22 MW at the peak, with any one unit out


def test_an_island_has_no_grid_and_stores_hours_of_its_peak(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    found = _solved(
        catalogue,
        candidates={"sites": ["lulea"]},
        generation={"units": [TURBINE], "island": ["lulea"], "island_storage_h": 2},
        storage=[{"name": "battery", "max_mw": 100}],
        time={"slices": 24},
    )
    row = found.sites.loc["lulea"]
    peak = row["pue_peak"] * row["installed_mw"]
    assert 4 * row["battery_storage_mw"] == pytest.approx(2 * peak, rel=1e-6)
    of_grid = found.supply[found.supply["source"] == "grid"]
    assert of_grid["mw"].max() == pytest.approx(0, abs=1e-6)
    # All energy is burnt gas: 56.1 kg/GJ at the efficiency of the turbine.
    made = found.supply[found.supply["source"] == "turbine"]
    burnt = (made["mw"] * made["hours"]).sum() * 0.202 / (3412.14 / (9142 * 0.9))
    assert row["carbon_on_site_t_co2e"] == pytest.approx(burnt, rel=0.02)
    (tmp_path / "run").mkdir()
    save_placement(found, tmp_path / "run")
    again = load_placement(tmp_path / "run")
    assert audit_placement(again, catalogue).passed


def test_the_audit_finds_what_was_never_offered(catalogue: Catalogue) -> None:
    found = _solved(catalogue, connections={"steps": STEPS}, generation={"units": [TURBINE]})
    for column, value, check in (
        ("connection_steps", "step_2", "connection_steps"),
        ("connection_steps", "", "connection"),
        ("turbine_units", 0.5, "whole_units"),
        ("turbine_units", 10.0, "max_units"),
    ):
        sites = found.sites.copy()
        sites[column] = sites[column].astype(object)
        sites.loc["lulea", column] = value
        audit = audit_placement(replace(found, sites=sites), catalogue)
        assert check in {c.name for c in audit.limits if not c.ok}


def test_periods_take_a_step_when_it_pays_and_keep_it(catalogue: Catalogue) -> None:
    steps = [
        {"where": "lulea", "year": 2027, "mw": 50, "cost_usd_per_mw": 50_000},
        {"where": "lulea", "year": 2031, "mw": 50, "cost_usd_per_mw": 50_000},
    ]
    periods = [{"year": 2027, "years": 4}, {"year": 2031, "years": 8, "set": {"demand.factor": 2}}]
    found = _solved(catalogue, connections={"steps": steps}, periods=periods)
    of_year = [s.placement.sites for s in found.states]
    assert [sites.loc["lulea", "connection_mw"] for sites in of_year] == [50, 100]
    assert of_year[1].loc["lulea", "connection_steps"] == "step_1 + step_2"


def test_faults_of_power_are_told_together(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        study_from_mapping(
            {
                **BASE,
                "supply": {"contracts": []},
                "connections": {"steps": [{"year": 2028}]},
                "generation": {
                    "units": [
                        {"name": "grid", "kind": "gas_turbine", "max_units": 1},
                        {"name": "heat", "kind": "geothermal", "max_units": 1},
                    ],
                    "island_storage_h": 2,
                },
            }
        )
    keys = {fault.key for fault in error.value.faults}
    assert {"connections.steps[0]", "generation.units[0].name", "generation.units[1].where",
            "generation.island_storage_h"} <= keys  # fmt: skip
    path = tmp_path / "connections.csv"
    path.write_text("site,year,mw,cost_usd_per_mw\nnowhere,2028,-1,0\n", encoding="utf-8")
    with pytest.raises(DataError) as data:
        _solved(catalogue, connections={"file": str(path)})
    assert {(f.where, f.line, f.key) for f in data.value.faults} == {
        ("connections.csv", 2, "site"), ("connections.csv", 2, "mw")
    }  # fmt: skip


def test_a_price_on_late_power_moves_the_load_back(catalogue: Catalogue, tmp_path: Path) -> None:
    """Frankfurt is dearer than Luleå, whose power is there; a price of lateness outweighs that."""
    target = {"mw": 20, "by": 2029, "where": ["frankfurt"]}
    free = _solved(catalogue, periods=PERIODS)
    assert _load(free, "frankfurt") == 0
    cheap = _solved(catalogue, periods=PERIODS, first_power=[{**target, "usd_per_mw_year": 1000}])
    # Two of the four years of the first period are late, and all of the second.
    share = np.array([s.cost_share for s in cheap.states])
    assert _load(cheap, "frankfurt") == 0
    more = cheap.metrics["cost_usd"] - free.metrics["cost_usd"]
    assert more == pytest.approx(20 * 1000 * share @ [0.5, 1.0], rel=1e-6)
    # The two years of the first period from 2029 on and the eight of the second: ten in all.
    assert cheap.first_power == {"year": 2027, "mw": pytest.approx(cheap.first_power["mw"])}
    assert cheap.power_due[0]["late_mw_years"] == pytest.approx(20 * 10)
    assert cheap.power_due[0]["from_year"] is None
    assert cheap.summary()["power_due"][0]["standing_mw"] == 0
    assert first_power_words(cheap)[1] == (
        "20 MW in frankfurt by 2029: 0 MW stand then; 200 MW-years late."
    )
    dear = [{**target, "usd_per_mw_year": 5_000_000}]
    built = _solved(catalogue, periods=PERIODS, first_power=dear)
    first = built.states[0].placement.sites
    assert first.loc["frankfurt", "installed_mw"] >= 20
    assert built.power_due[0]["late_mw_years"] == 0
    assert first_power_words(built)[1] == "20 MW in frankfurt by 2029: in time, from 2027."
    problem = check_study(
        study_from_mapping({**BASE, "periods": PERIODS, "first_power": dear}), catalogue=catalogue
    ).problem
    assert power_reasons(problem, built, "lulea") == ()
    assert power_reasons(problem, built, "frankfurt") == (
        "It counts for first_power[0], 20 MW in frankfurt by 2029: in time, from 2027.",
    )
    (tmp_path / "run").mkdir()
    save_placement(built, tmp_path / "run")
    assert load_placement(tmp_path / "run").power_due == built.power_due
    limit = _solved(catalogue, periods=PERIODS, first_power=[target])
    assert limit.states[0].placement.sites.loc["frankfurt", "installed_mw"] >= 20
    with pytest.raises(StudyError) as error:
        study_from_mapping({**BASE, "periods": PERIODS, "first_power": [{**target, "by": 2039}]})
    assert [fault.key for fault in error.value.faults] == ["first_power[0].by"]
    with pytest.raises(InfeasibleError):
        _solved(catalogue, periods=PERIODS, first_power=[{**target, "where": ["lulea"]}],
                connections={"steps": LATE})  # fmt: skip


def test_an_explanation_names_the_year_of_the_power(catalogue: Catalogue) -> None:
    grown = [PERIODS[0], {**PERIODS[1], "set": {"demand.factor": 3}}]
    plan = {"periods": grown, "connections": {"steps": [{**LATE[0], "mw": 150}]}}
    problem = check_study(study_from_mapping({**BASE, **plan}), catalogue=catalogue).problem
    found = _solved(catalogue, **plan)
    assert power_reasons(problem, found, "lulea") == (
        "Its connection offers 0 MW in 2027 (no step), 150 MW in 2031 (step_1).",
        "It opens in 2031 because step_1 (150 MW) is there then; before, no hall could be powered.",
    )
    assert power_reasons(problem, found, "frankfurt") == ()


def test_one_per_cent_of_curtailment_opens_a_site_that_was_full(catalogue: Catalogue) -> None:
    firm = {"where": "lulea", "year": 2028, "mw": 20}
    more = {**firm, "mw": 40, "curtailable_hours": 88}
    assert _load(_solved(catalogue, connections={"steps": [firm]}), "lulea") < 20
    found = _solved(catalogue, connections={"steps": [firm, more]})
    assert _load(found, "lulea") == pytest.approx(40)
    row = found.sites.loc["lulea"]
    assert (row["connection_mw"], row["firm_connection_mw"]) == (60, 20)
    # Away for a quarter of the year, it carries the site only with generators that may run so long.
    often = [firm, {**more, "curtailable_hours": 2190}]
    assert _load(_solved(catalogue, connections={"steps": often}), "lulea") < 40
    backup = {"hours_per_year": 2190, "fuel_price_usd_per_mwh": 0.0}
    covered = _solved(catalogue, connections={"steps": often}, backup=backup)
    assert _load(covered, "lulea") == pytest.approx(40)
    assert covered.sites.loc["lulea", "backup_mwh"] > 0


def test_power_is_due_at_a_site_of_the_planner_too(catalogue: Catalogue, tmp_path: Path) -> None:
    """Its price stands among the candidates as it was given, before losses on the way."""
    path = tmp_path / "mine.csv"
    path.write_text("id,lat,lon,price_usd_per_mwh,loss_share\nplot,53.4,-6.3,100,0.1\n")
    target = {"mw": 20, "by": 2030, "where": ["plot"]}
    found = _solved(catalogue, candidates={"file": str(path)}, first_power=[target])
    assert found.power_due[0]["standing_mw"] == pytest.approx(
        found.sites.loc["plot", "installed_mw"]
    )
    assert found.power_due[0]["from_year"] == 2030
    assert found.candidates.loc["plot", "grid_price_usd_per_mwh"] == pytest.approx(100.0)
