"""Halls by the year of building on the built-in tables: answers, their reasons, and the audit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import siting
from siting.audit import audit_placement
from siting.catalogue import load_catalogue
from siting.errors import InfeasibleError
from siting.physics import DESIGNS
from siting.physics.designs import UPKEEP
from siting.physics.workloads import SERVERS
from siting.placement import Placement
from siting.placement.folder import load_placement, save_placement
from siting.run import solve_study
from siting.run.many import Reuse
from siting.tables.parts import CARBON_PARTS

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY: dict[str, Any] = {
    "name": "aging",
    "candidates": {"sites": ["lulea", "oslo", "stockholm"]},
    "designs": ["air_economizer", "tower_liquid"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "batch", "it_mw": 60, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
    "economics": {"discount_rate": 0.07, "lifetime_years": 20},
    "periods": [
        {"year": 2030, "years": 5},
        {"year": 2035, "years": 10, "set": {"demand.factor": 2.0}},
    ],
    "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
}


def solved(
    first: dict[str, Any] | None = None, second: dict[str, Any] | None = None, **sections: Any
) -> Placement:
    """The study with keys of its two periods set."""
    study = copy.deepcopy(STUDY) | sections
    study["periods"][0]["set"] = first or {}
    study["periods"][1]["set"] |= second or {}
    return solve_study(siting.load(study))


def added(placement: Placement) -> dict[tuple[int, str], float]:
    """IT power added by year and design. [MW]."""
    plan = placement.plan
    by_year = plan.groupby(["year", "design"])["added_mw"].sum()
    return {(int(y), str(d)): float(mw) for (y, d), mw in by_year.items() if mw > 0}


@pytest.fixture(scope="module")
def plain() -> Placement:
    return solved()


@pytest.fixture(scope="module")
def cheaper() -> Placement:
    """Halls of 2035 cost half; buildings embody a fifth, servers half of what they did."""
    return solved(
        second={
            "technology.capex_factor": 0.5,
            "technology.embodied_factor": 0.2,
            "technology.server_embodied_factor": 0.5,
        }
    )


def annuity(rate: float, years: int) -> float:
    return rate / (1.0 - (1.0 + rate) ** -years)


def test_only_the_halls_of_the_second_period_get_cheaper(
    plain: Placement, cheaper: Placement
) -> None:
    pd.testing.assert_frame_equal(plain.plan, cheaper.plan)
    fall = [
        {
            metric: a.placement.metrics[metric] - b.placement.metrics[metric]
            for metric in ("cost_usd", "carbon_t_co2e")
        }
        for a, b in zip(plain.states, cheaper.states, strict=True)
    ]
    assert fall[0] == pytest.approx({"cost_usd": 0.0, "carbon_t_co2e": 0.0}, abs=1e-3)
    design = DESIGNS["air_economizer"]
    usd = 0.5 * 60 * 1000.0 * design.capex_usd_per_kw * annuity(0.07, 20)
    servers = 0.5 * 120 * SERVERS["general"].value
    building = 0.8 * 60 * design.embodied_kg_per_kw_yr
    assert fall[1]["cost_usd"] == pytest.approx(usd, rel=1e-6)
    assert fall[1]["carbon_t_co2e"] == pytest.approx(building + servers, rel=1e-6)


def test_parts_of_the_carbon_add_up_and_the_audit_agrees_to_rounding(cheaper: Placement) -> None:
    assert cheaper.audit is not None
    assert cheaper.audit["passed"], cheaper.audit
    assert max(abs(off) for off in cheaper.audit["differences"].values()) < 1e-6
    sites = cheaper.sites
    parts = sites[list(CARBON_PARTS)].sum(axis=1)
    assert parts.tolist() == pytest.approx(sites["carbon_t_co2e"].tolist(), rel=1e-6)
    # 60 MW of 2030 as ever, 60 MW of 2035 at a fifth.
    embodied = (60 + 0.2 * 60) * DESIGNS["air_economizer"].embodied_kg_per_kw_yr
    assert sites["carbon_building_t_co2e"].sum() == pytest.approx(embodied, rel=1e-6)


def test_a_run_read_back_is_audited_the_same(cheaper: Placement, tmp_path: Path) -> None:
    save_placement(cheaper, tmp_path)
    again = audit_placement(load_placement(tmp_path), load_catalogue())
    assert again.passed
    assert again.metrics["cost_usd"] == pytest.approx(cheaper.metrics["cost_usd"], rel=1e-6)


def test_rising_cost_builds_ahead_and_falling_cost_waits(plain: Placement) -> None:
    """60 MW more are needed in 2035. Built in 2030 they are paid and maintained in both periods.

    Without maintenance waiting pays where the factor is below one over the weight of the second
    period, 0.55 here; what it costs to keep halls in the first period is saved besides.
    """
    weight = plain.states[1].cost_share
    assert 1.0 / weight == pytest.approx(1.82, abs=0.01)
    capital = DESIGNS["air_economizer"].capex_usd_per_kw * annuity(0.07, 20)
    kept = UPKEEP["air_economizer"]["om_usd_per_kw_yr"].value / capital
    turn = (1.0 + kept * (1.0 - weight)) / weight
    waits = solved(second={"technology.capex_factor": 0.97 * turn})
    ahead = solved(second={"technology.capex_factor": 1.03 * turn})
    assert added(plain) == added(waits) == {
        (2030, "air_economizer"): 60.0, (2035, "air_economizer"): 60.0,
    }  # fmt: skip
    assert added(ahead) == {(2030, "air_economizer"): 120.0}


def test_a_design_that_gets_cheap_carries_the_growth_at_another_site(plain: Placement) -> None:
    """Cold plates and towers cost 9,000 USD/kW and more: at half of it they are built in 2035.

    The site of 2030 keeps its one design, so the growth goes to another site.
    """
    moved = solved(second={"technology.designs.tower_liquid.capex_factor": 0.5})
    assert added(moved) == {(2030, "air_economizer"): 60.0, (2035, "tower_liquid"): 60.0}
    assert moved.plan["site"].nunique() == 2
    assert plain.plan["site"].nunique() == 1
    assert moved.audit is not None
    assert moved.audit["passed"]
    assert moved.metrics["cost_usd"] < plain.metrics["cost_usd"]


def test_a_design_is_built_only_while_it_is_available() -> None:
    key = "technology.designs.air_economizer.available"
    late = solved(first={key: False})
    assert added(late)[2030, "tower_liquid"] == 60.0
    assert (2030, "air_economizer") not in added(late)
    early = solved(second={key: False})
    assert added(early)[2030, "air_economizer"] >= 60.0
    assert (2035, "air_economizer") not in added(early)
    for placement in (late, early):
        assert placement.audit is not None
        assert placement.audit["passed"], placement.audit


def test_a_typical_year_takes_the_factors_too() -> None:
    study = copy.deepcopy(STUDY) | {"periods": [], "technology": {"capex_factor": 0.5}}
    halved = solve_study(siting.load(study))
    study["technology"] = {}
    whole = solve_study(siting.load(study))
    usd = 0.5 * 60_000 * DESIGNS["air_economizer"].capex_usd_per_kw * annuity(0.07, 20)
    assert whole.metrics["cost_usd"] - halved.metrics["cost_usd"] == pytest.approx(usd, rel=1e-6)
    assert halved.audit is not None
    assert halved.audit["passed"]


def test_the_decomposed_program_gives_the_same_plan(cheaper: Placement) -> None:
    keys = {"technology.capex_factor": 0.5, "technology.embodied_factor": 0.2,
            "technology.server_embodied_factor": 0.5}  # fmt: skip
    parts = solved(second=keys, solver={"method": "decomposed"})
    assert parts.metrics["cost_usd"] == pytest.approx(cheaper.metrics["cost_usd"], rel=1e-3)
    assert parts.audit is not None
    assert parts.audit["passed"], parts.audit


def test_a_workshop_does_not_carry_factors_from_one_study_to_the_next() -> None:
    shop = Reuse()
    for factor, method in ((1.0, "auto"), (0.5, "auto"), (0.5, "decomposed"), (1.0, "decomposed")):
        study = copy.deepcopy(STUDY) | {"solver": {"method": method, "gap": 1e-6}}
        study["periods"][1]["set"]["technology.capex_factor"] = factor
        made = siting.load(study)
        kept, fresh = solve_study(made, reuse=shop), solve_study(made)
        assert kept.metrics["cost_usd"] == pytest.approx(fresh.metrics["cost_usd"], rel=1e-5)
        assert kept.audit is not None
        assert kept.audit["passed"]


FAMILIES: dict[str, dict[str, Any]] = {
    "designs side by side": {"limits": {"designs_per_site": 2}},
    "storage": {
        "storage": [{"name": "battery", "max_mw": 20}],
        "time": {"slices": 24},
        "solver": {"method": "decomposed"},
    },
    "a carbon price, water and carbon weighed": {
        "economics": {"carbon_price_usd_per_t": 100},
        "objective": {"weights": {"energy": 0, "carbon": 1, "water": 1, "cost": 1}},
    },
    "regret": {
        "scenarios": {
            "measure": "regret",
            "cases": [
                {"name": "cheap", "probability": 0.6},
                {"name": "dear", "probability": 0.4, "set": {"supply.grid_price_factor": 1.5}},
            ],
        }
    },
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_audit_agrees_whatever_else_the_study_asks(family: str) -> None:
    keys = {
        "technology.designs.tower_liquid.capex_factor": 0.5,
        "technology.embodied_factor": 0.4,
        "technology.designs.air_economizer.embodied_factor": 1.5,
    }
    found = solved(second=keys, **FAMILIES[family])
    assert found.audit is not None
    assert found.audit["passed"], found.audit
    assert max(abs(off) for off in found.audit["differences"].values()) < 1e-6


def test_without_any_design_at_first_the_words_name_the_key() -> None:
    barred = {f"technology.designs.{name}.available": False for name in STUDY["designs"]}
    with pytest.raises(InfeasibleError, match=r"technology\.designs"):
        solved(first=barred)


def _state(p: Placement, i: int, change: Callable[[Placement], Placement]) -> Placement:
    states = list(p.states)
    states[i] = replace(states[i], placement=change(states[i].placement))
    return replace(p, states=tuple(states))


def _paid_less(p: Placement) -> Placement:
    """As if all halls of 2035 were bought at the price of 2035."""
    old = 0.5 * 60_000 * DESIGNS["air_economizer"].capex_usd_per_kw * annuity(0.07, 20)
    metrics = {**p.metrics, "cost_usd": p.metrics["cost_usd"] - old}
    return replace(p, metrics=metrics)


def test_a_cost_at_the_wrong_price_is_found(cheaper: Placement) -> None:
    audit = audit_placement(_state(cheaper, 1, _paid_less), load_catalogue())
    assert not audit.passed


def test_a_hall_built_while_it_may_not_be_is_found(plain: Placement) -> None:
    technology = siting.load(
        {**STUDY, "technology": {"designs": {"air_economizer": {"available": False}}}}
    ).technology

    def barred(p: Placement) -> Placement:
        return replace(p, study=p.study.model_copy(update={"technology": technology}))

    audit = audit_placement(_state(plain, 1, barred), load_catalogue())
    broken = {check.name for check in audit.limits if not check.ok}
    assert broken == {"built_while_unavailable"}
