"""PPAs of the planner's own: read, offered, counted as clean, and audited."""

from __future__ import annotations

import numpy as np
import pytest

from siting.audit import audit_placement
from siting.coefficients.build import build_problem
from siting.coefficients.inputs import check_inputs
from siting.config import study_from_mapping
from siting.config.limits import CLEAN_PRESETS
from siting.config.study import study_states
from siting.errors import DataError, StudyError
from siting.run import solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

HEADER = "id,source,zone,site,mw,price_usd_per_mwh,start,end,profile,capacity_factor,built"
ROWS = (
    "old_hydro,hydro,SE-SE1,,20,40,2020,2030,,,1965",
    "new_wind,wind,SE-SE1,,30,35,2027,2040,built_in,0.4,2026",
    "nuc,nuclear,SE-SE3,lulea,10,60,2025,2045,baseload,,1985",
)


@pytest.fixture
def table(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "ppas.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return str(path)

    return write


def study(ppas, supply=None, **more):
    return study_from_mapping(
        {
            "name": "own",
            "candidates": {"sites": ["lulea", "pitea"]},
            "designs": ["air_evaporative"],
            "demand": {
                "regions": ["stockholm"],
                "workloads": [{"name": "a", "it_mw": 60, "max_rtt_ms": None}],
            },
            "time": {"slices": 24},
            "objective": {"weights": {"cost": 1}},
            "limits": {"min_sites": 2, "max_mw_per_site": 40},
            "supply": {"contracts": [], "max_contract_share": 1.5, "ppas": ppas, **(supply or {})},
            **more,
        }
    )


def coefficients(catalogue, *args, **more):
    return build_problem(study(*args, **more), catalogue).coefficients


def test_a_plant_is_offered_in_its_zone_or_to_its_site_and_shared_once(catalogue, table):
    c = coefficients(catalogue, table(*ROWS))
    offered = [(c.sites[s], name) for s, name in zip(c.offer_site, c.offer_source, strict=True)]
    assert sorted(offered) == [
        ("lulea", "new_wind"), ("lulea", "nuc"), ("lulea", "old_hydro"),
        ("pitea", "new_wind"), ("pitea", "old_hydro"),
    ]  # fmt: skip
    shared = c.structure.contracts
    assert dict(zip(shared.names, shared.limit_mw, strict=True)) == {
        "old_hydro": 20.0, "new_wind": 30.0,
    }  # fmt: skip
    wind, nuclear = (c.capacity_factor[c.offer_source.index(n)] for n in ("new_wind", "nuc"))
    assert wind @ c.hours / 8760 == pytest.approx(0.4)
    assert nuclear == pytest.approx(np.ones(24))


def test_a_contract_runs_in_all_years_of_its_period_or_not_at_all(catalogue, table):
    def limit(year, years=1):
        c = coefficients(catalogue, table(*ROWS), {"year": year, "years": years})
        return dict(zip(c.offer_source, c.offer_limit_mw, strict=True))

    assert limit(2026) == {"old_hydro": 20.0, "new_wind": 0.0, "nuc": 10.0}
    assert limit(2028) == {"old_hydro": 20.0, "new_wind": 30.0, "nuc": 10.0}
    assert limit(2028, 4)["old_hydro"] == 0.0
    assert limit(None) == {"old_hydro": 20.0, "new_wind": 30.0, "nuc": 10.0}


def test_periods_bring_their_years(catalogue, table):
    periods = [{"year": 2025, "years": 2}, {"year": 2027, "years": 5}]
    problem = build_problem(study(table(*ROWS), periods=periods), catalogue)
    limits = [dict(zip(s.coefficients.offer_source, s.coefficients.offer_limit_mw, strict=True))
              for s in problem.states]  # fmt: skip
    assert [of["new_wind"] for of in limits] == [0.0, 30.0]
    assert [of["old_hydro"] for of in limits] == [20.0, 0.0]


def test_a_preset_takes_its_year_from_the_period(table):
    periods = [{"year": 2028, "years": 2}, {"year": 2030, "years": 2}]
    clean = [{"share": 0.1, "preset": "eu_three_pillars"}]
    own = study(table(*ROWS), {"clean": clean}, periods=periods)
    terms = [s.study.supply.terms_of(s.study.supply.clean[0]) for s in study_states(own)]
    assert [t.matched for t in terms] == ["month", "hour"]
    assert [t.built_after for t in terms] == [2024, 2024]


def test_a_profile_by_the_hour_is_its_mean_by_month_and_hour(catalogue, table, tmp_path):
    hour = np.arange(8760)
    noon = np.where(hour % 24 < 12, 0.1, 0.5)
    (tmp_path / "sun.csv").write_text("capacity_factor\n" + "\n".join(map(str, noon)) + "\n")
    c = coefficients(catalogue, table("sun,solar,SE-SE1,,20,40,,,sun.csv,,"))
    assert c.capacity_factor[0] == pytest.approx(np.tile([0.1, 0.5], 12))


def test_whole_decomposed_and_audit_agree_and_a_cheap_plant_is_used_in_full(catalogue, table):
    found = {}
    for method in ("monolithic", "decomposed"):
        own = study(table(*ROWS), {"year": 2028}, solver={"method": method, "gap": 1e-6})
        placement = solve_study(own, catalogue=catalogue)
        audit = audit_placement(placement, catalogue)
        assert audit.passed
        assert "ppa_mw" in {check.name for check in audit.limits}
        found[method] = float(placement.sites["cost_usd"].sum())
        assert placement.sites["new_wind_contract_mw"].sum() == pytest.approx(30.0)
    assert found["monolithic"] == pytest.approx(found["decomposed"], rel=1e-5)


def test_only_new_plants_in_the_zone_count_where_the_rule_says_so(catalogue, table):
    def share(**rule):
        own = study(table(*ROWS), {"year": 2028, "clean": [{"share": 0.02, **rule}]})
        placement = solve_study(own, catalogue=catalogue)
        assert audit_placement(placement, catalogue).passed
        sites = placement.sites
        return float(sites["clean_share_0"] @ sites["energy_mwh"] / sites["energy_mwh"].sum())

    every, new, near = share(), share(built_after=2024), share(same_zone=True)
    assert new < near < every
    assert share(sources=["wind"]) == pytest.approx(new, rel=1e-3)
    assert share(preset="eu_three_pillars") == pytest.approx(new, rel=1e-3)


def test_monthly_matching_lies_between_hourly_and_yearly(catalogue, table):
    def cost(matched, share=0.3):
        supply = {"contracts": ["solar", "wind"], "clean": [{"share": share, "matched": matched}]}
        own = study(table(*ROWS), supply, solver={"gap": 1e-6})
        placement = solve_study(own, catalogue=catalogue)
        assert audit_placement(placement, catalogue).passed
        return float(placement.sites["cost_usd"].sum())

    year, month, hour = cost("year"), cost("month"), cost("hour")
    assert year <= month * (1 + 1e-6)
    assert month <= hour * (1 + 1e-6)


def test_presets_follow_the_year():
    eu, us = CLEAN_PRESETS["eu_three_pillars"], CLEAN_PRESETS["us_three_pillars"]
    assert [eu.terms(y, 2028).matched for y in (2028, 2029, 2030)] == ["month", "month", "hour"]
    assert [us.terms(y, 2028).matched for y in (2029, 2030)] == ["year", "hour"]
    assert eu.terms(2032, 2028).built_after == 2024  # 2025 is within 36 months of 2028
    assert "biomass" not in eu.terms(2028, 2028).sources
    assert CLEAN_PRESETS["24/7"].terms(None, None).matched == "hour"
    assert not CLEAN_PRESETS["annual"].needs_year


def test_all_faults_of_a_table_come_together_with_line_and_column(catalogue, table):
    rows = (
        "Bad Id,hydro,SE-SEX,,20,40,2020,2030,,,1965",
        "w,windy,SE-SE1,,-3,0.035,2040,2030,,,",
        "grid,nuclear,,nowhere,50,,2025,2045,nofile.csv,,1985",
        "n,nuclear,,,50,50,2025,2045.5,,,1985",
        "twice,wind,SE-SE1,,5,40,,,baseload,0.3,",
        "twice,wind,SE-SE1,,5,40,,,,,",
        f"long,nuclear,SE-SE1,,5,40,2025,2045,{'x' * 300}.csv,,1985",  # no disk has such a name
    )
    with pytest.raises(DataError) as error:
        check_inputs(study(table(*rows)), catalogue)
    found = {(fault.line, fault.key) for fault in error.value.faults}
    assert found == {
        (2, "id"), (2, "zone"), (3, "end"), (3, "mw"), (3, "price_usd_per_mwh"), (3, "profile"),
        (3, "source"), (4, "id"), (4, "price_usd_per_mwh"), (4, "profile"), (4, "site"),
        (5, "end"), (5, "profile"), (5, "zone"), (6, "capacity_factor"), (7, "id"),
        (8, "profile"),
    }  # fmt: skip
    assert all(fault.remedy for fault in error.value.faults)


def test_missing_and_unknown_columns_come_together(catalogue, table):
    with pytest.raises(DataError) as error:
        check_inputs(study(table("wind,3", header="source,price")), catalogue)
    assert {f.key for f in error.value.faults} == {"mw", "price_usd_per_mwh", "price", "zone"}


def test_a_preset_that_differs_by_year_needs_one(table):
    rule = {"share": 0.1, "preset": "eu_three_pillars"}
    with pytest.raises(StudyError, match="year"):
        study(table(*ROWS), {"clean": [rule]})
    with pytest.raises(StudyError, match="no_such"):
        study(table(*ROWS), {"clean": [{**rule, "preset": "no_such"}]})
