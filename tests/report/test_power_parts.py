"""Power stack over the years, levelized cost of power, and what each part of it costs."""

from __future__ import annotations

from typing import Any

import pytest

from siting.catalogue import Catalogue
from siting.config import study_from_mapping
from siting.placement import Placement
from siting.report.data.headline import of_one_year
from siting.report.data.states import levelized_usd_per_mwh, power_costs, power_stack
from siting.report.pages import report_page
from siting.run import solve_study

STUDY: dict[str, Any] = {
    "name": "stacked",
    "candidates": {"sites": ["dallas"]},
    "demand": {
        "regions": ["dallas"],
        "workloads": [{"name": "training", "it_mw": 60, "max_rtt_ms": None}],
    },
    "designs": ["air_evaporative"],
    "supply": {"contracts": ["wind"]},
    "time": {"slices": 24},
    "economics": {"time_of_use": {"peak_factor": 2.5, "valley_factor": 0.2}},
    "connections": {
        "steps": [
            {"year": 2027, "mw": 25, "cost_usd_per_mw": 100_000},
            {"year": 2027, "mw": 20, "cost_usd_per_mw": 50_000, "curtailable_hours": 88},
            {"year": 2031, "mw": 60, "cost_usd_per_mw": 100_000},
        ]
    },
    "generation": {"units": [{"name": "turbine", "kind": "gas_turbine", "max_units": 4}]},
    "storage": [{"name": "battery", "max_mw": 40, "capex_usd_per_kwh": 40}],
    "periods": [
        {"year": 2027, "years": 4, "set": {"demand.factor": 0.6}},
        {"year": 2031, "years": 6},
    ],
    "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
}


@pytest.fixture(scope="module")
def plan(catalogue: Catalogue) -> Placement:
    found = solve_study(study_from_mapping(STUDY), catalogue=catalogue)
    assert found.audit is not None
    assert found.audit["passed"], found.audit["faults"]
    return found


def test_the_stack_is_what_stands_in_each_period(plan: Placement) -> None:
    stack = power_stack(plan)
    assert [year for _, year in stack.index] == [2027, 2031]
    for (site, year), row in stack.iterrows():
        [state] = [s for s in plan.states if s.year == year]
        sites = state.placement.sites.loc[site]
        firm, curtailable = row["Firm connection"], row["Curtailable connection"]
        assert firm + curtailable == pytest.approx(sites["connection_mw"])
    assert stack["Firm connection"].tolist()[0] == 25


def test_parts_add_up_to_the_cost_of_power(plan: Placement) -> None:
    """Grid, contracts, tax and everything on site, each once."""
    year = of_one_year(plan)
    costs = power_costs(year)
    row = year.sites.loc["dallas"]
    columns = ("cost_grid_usd", "cost_contracts_usd", "cost_electricity_tax_usd",
               "cost_on_site_usd")  # fmt: skip
    whole = sum(float(row.get(name, 0.0)) for name in columns)
    assert costs["usd"].sum() == pytest.approx(whole)
    levelized = levelized_usd_per_mwh(year)["dallas"]
    assert levelized == pytest.approx(whole / row["energy_mwh"])
    steps = costs[costs["part"].str.startswith("Connection")].iloc[0]
    rate = 0.07 / (1 - 1.07**-40)
    taken = [STUDY["connections"]["steps"][int(n[-1]) - 1] for n in
             row["connection_steps"].split(" + ")]  # fmt: skip
    by_hand = sum(step["mw"] * step["cost_usd_per_mw"] for step in taken) * rate
    assert steps["usd"] == pytest.approx(by_hand, rel=1e-6)
    grid = costs[costs["part"] == "Grid energy"].iloc[0]
    supply = year.supply[year.supply["source"] == "grid"]
    assert grid["mwh"] == pytest.approx((supply["mw"] * supply["hours"]).sum())


def test_the_page_has_stack_and_costs(plan: Placement) -> None:
    page = report_page(plan)
    for words in ("What powers each site over the years", "Levelized cost of the power",
                  "What each part of the power costs", "Curtailable connection"):  # fmt: skip
        assert words in page
