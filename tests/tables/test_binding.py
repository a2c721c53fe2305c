"""Limits that hold a site where it is are named by the key of the study that sets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from siting.config import study_from_mapping
from siting.config.study import changed_study
from siting.errors import InfeasibleError
from siting.infeasible import explain_infeasible
from siting.infeasible.limits import limits_in_force
from siting.placement import Placement
from siting.run import solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

WEB = {"name": "web", "it_mw": 40, "max_rtt_ms": None}
ENERGY = {"weights": {"energy": 1, "carbon": 0, "water": 0, "cost": 0}}
CARBON = {"weights": {"energy": 0, "carbon": 1, "water": 0, "cost": 0}}
WATER = {"weights": {"energy": 0, "carbon": 0, "water": 1, "cost": 0}}
COST = {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}}
BATTERY = {"name": "battery", "max_mw": 1, "embodied_kg_per_kwh": 0}


def study(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Frankfurt and Paris with wet towers for Berlin; Frankfurt needs a little less energy."""
    return {
        "name": "binding",
        "candidates": {"sites": ["frankfurt", "paris"]},
        "designs": ["tower_liquid"],
        "demand": {"regions": ["berlin"], "workloads": [WEB]},
        "time": {"slices": 24},
        "objective": ENERGY,
        "supply": {"contracts": []},
    } | dict(keys)


def solved(keys: Mapping[str, Any]) -> Placement:
    return solve_study(study_from_mapping(study(keys)))


def binding(placement: Placement, site: str) -> set[str]:
    return set(placement.sites.loc[site, "binding"].split(", "))


LIMITS: dict[str, dict[str, Any]] = {
    "caps[0].at_most": {
        "caps": [{"metric": "water_m3", "at_most": 500_000, "country": ["DEU"]}],
    },
    "limits.basin_water_m3": {"limits": {"basin_water_m3": 300_000}},
    "limits.basin_withdrawal_m3": {"limits": {"basin_withdrawal_m3": 300_000}},
    "limits.site_water_m3": {"limits": {"site_water_m3": 300_000}},
    "limits.max_share_per_site": {"limits": {"max_share_per_site": 0.6}},
    "limits.max_ramp_mw_per_hour": {
        "demand": {"regions": ["berlin"],
                   "workloads": [WEB | {"profile": {"peak_factor": 1.4}}]},
        "limits": {"max_ramp_mw_per_hour": 2.5},
    },
    "limits.max_mw_per_site": {"limits": {"max_mw_per_site": 20}},
    "limits.max_sites": {"limits": {"max_sites": 1}},
    "limits.min_sites": {"limits": {"min_sites": 2}},
    "limits.open": {"limits": {"open": ["frankfurt"]}},
    "limits.carbon_t_co2e": {"limits": {"carbon_t_co2e": 150_000}},
    "limits.pue_max": {
        "designs": ["tower_liquid", "air_chiller"], "objective": WATER, "limits": {"pue_max": 1.12},
    },
    "policy.laws deu_new_2026": {
        "designs": ["tower_liquid", "air_chiller"], "objective": WATER,
        "candidates": {"sites": ["frankfurt"]},
        "policy": {"laws": ["deu_new_2026"], "year": 2027},
    },
    "failover.loss": {
        "demand": {"regions": ["berlin"], "workloads": [WEB | {"critical": True}]},
        "failover": {"loss": "site"},
    },
    "storage.battery.max_mw": {
        "storage": [BATTERY], "objective": CARBON, "candidates": {"sites": ["frankfurt"]},
        "supply": {"contracts": ["solar"], "max_contract_share": 3},
    },
    "heat_reuse.demand_mw": {
        "heat_reuse": {"demand_mw": 2, "price_usd_per_mwh": 200}, "objective": COST,
    },
    "heat_reuse.min_share": {"heat_reuse": {"demand_mw": 30, "min_share": 0.05}},
    "backup.hours_per_year": {"backup": {"fuel_price_usd_per_mwh": 0}, "objective": COST},
    "supply.clean[0].share": {
        "candidates": {"sites": ["stockholm"]}, "objective": COST,
        "supply": {
            "contracts": ["wind"], "max_contract_share": 2,
            "clean": [{"share": 0.92, "matched": "year"}],
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("key", LIMITS)
def test_a_limit_that_binds_is_named_by_its_key(key: str) -> None:
    placement = solved(LIMITS[key])
    assert any(key in binding(placement, site) for site in placement.sites.index)


def test_clean_supply_by_the_hour_is_named_too() -> None:
    keys = LIMITS["supply.clean[0].share"]
    hourly = {"clean": [{"share": 0.7, "matched": "hour"}]}
    placement = solved(keys | {"supply": keys["supply"] | hourly})
    assert "supply.clean[0].share" in binding(placement, "stockholm")


def test_heat_of_a_lake_that_sites_share_is_named_apart_from_that_of_one() -> None:
    lake = {
        "candidates": {"sites": ["chicago", "milwaukee", "columbus"]},
        "designs": ["lake_water", "air_chiller"],
        "demand": {"regions": ["chicago"], "workloads": [WEB | {"it_mw": 2200}]},
    }
    shared = solved(lake | {"limits": {"shared_lake_heat": True}})
    assert "limits.shared_lake_heat" in binding(shared, "milwaukee")
    assert not any("lake_heat" in name for name in solved(lake).sites["binding"])


def test_an_answer_without_limits_names_none_of_the_study() -> None:
    assert binding(solved({}), "frankfurt") <= {"connection", "max_modules", ""}


def test_limits_in_force_name_every_section_and_are_told_where_there_is_no_answer() -> None:
    keys = LIMITS["heat_reuse.min_share"] | LIMITS["failover.loss"] | LIMITS["caps[0].at_most"]
    asked = changed_study(study_from_mapping(study(keys)), {"limits.max_sites": 1})
    named = {limit.key for limit in limits_in_force(asked)}
    assert named >= {
        "heat_reuse.min_share", "failover.loss", "caps[0].at_most", "limits.max_sites",
    }  # fmt: skip
    with pytest.raises(InfeasibleError) as error:
        solve_study(asked)
    (line,) = [x for x in str(error.value).splitlines() if x.startswith("limits in force")]
    assert all(key in line for key in named)


def test_a_share_of_heat_that_cannot_be_sold_is_the_conflict() -> None:
    keys = {"heat_reuse": {"demand_mw": 1, "min_share": 0.3}}
    found = explain_infeasible(study_from_mapping(study(keys)))
    assert found.keys == ("heat_reuse.min_share",)
