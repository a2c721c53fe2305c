"""A run over periods and scenarios: saved, read back, audited, and doctored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import siting
from siting.audit import audit_placement
from siting.catalogue import load_catalogue
from siting.comparison import CAUSES, contributions, drivers
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.placement.folder import load_placement, save_placement
from siting.report.display import placement_table
from siting.report.pages import report_page
from siting.tables.parts import CARBON_PARTS
from tests.helpers.page_tables import assert_feet_are_sums, read_tables

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY = {
    "name": "north",
    "candidates": {"sites": ["lulea", "oslo", "stockholm"]},
    "designs": ["air_economizer"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "batch", "it_mw": 60, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
    "supply": {"contracts": ["wind"]},
    "periods": [
        {"year": 2030, "years": 5},
        {
            "year": 2035,
            "years": 10,
            "set": {"demand.factor": 1.5, "supply.grid_carbon_factor": 0.5},
        },
    ],
    "scenarios": {
        "measure": "cvar",
        "alpha": 0.5,
        "cases": [
            {"name": "normal", "probability": 0.7},
            {"name": "hot", "probability": 0.3, "set": {"climate.year": "hot"}},
        ],
    },
    "objective": {"weights": {"energy": 0, "carbon": 1, "water": 0, "cost": 0}},
}


@pytest.fixture(scope="module")
def placement() -> Placement:
    return siting.solve(siting.load(STUDY))


@pytest.fixture(scope="module")
def page(placement: Placement) -> str:
    return report_page(placement)


@pytest.fixture(scope="module")
def saved(placement: Placement, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    save_placement(placement, folder)
    return folder


def test_states_are_audited_and_halls_only_grow(placement: Placement) -> None:
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    assert [s.label for s in placement.states] == [
        "2030_normal", "2030_hot", "2035_normal", "2035_hot",
    ]  # fmt: skip
    plan = placement.plan
    assert (plan["added_mw"] >= 0).all()
    assert plan.groupby("year")["installed_mw"].sum().tolist() >= [60.0, 90.0]
    mean = sum(s.weight("carbon_t_co2e") * s.placement.metrics["carbon_t_co2e"]
               for s in placement.states)  # fmt: skip
    assert placement.metrics["carbon_t_co2e"] == pytest.approx(mean, rel=1e-9)


def test_a_run_of_states_is_read_back_as_it_was(placement: Placement, saved: Path) -> None:
    again = load_placement(saved)
    pd.testing.assert_frame_equal(again.outcomes, placement.outcomes, rtol=1e-9)
    pd.testing.assert_frame_equal(again.plan, placement.plan, check_dtype=False)
    audit = audit_placement(again, load_catalogue())
    assert audit.passed
    assert audit.metrics == pytest.approx(dict(placement.audit["metrics"]), rel=1e-9)  # type: ignore[index]


def test_the_terminal_shows_each_state_in_eighty_columns(placement: Placement) -> None:
    text = StringIO()
    Console(file=text, width=80).print(placement_table(placement))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[:3] for line in lines if line.startswith("2035")] == [
        ["2035", "normal", "70"], ["2035", "hot", "30"],
    ]  # fmt: skip


def test_what_the_sites_add_is_the_mean_of_the_plan_and_its_total(placement: Placement) -> None:
    sites = placement.mean_sites
    for metric in METRICS:
        assert sites[metric].sum() == pytest.approx(placement.metrics[metric], rel=1e-9)
    parts = sites[list(CARBON_PARTS)].sum().sum()
    assert parts == pytest.approx(placement.metrics["carbon_t_co2e"], rel=1e-9)
    # 60 MW for 5 of the 15 years, 90 MW for 10.
    assert sites["it_mw"].sum() == pytest.approx(80.0)
    one = placement.states[0].placement
    pd.testing.assert_frame_equal(one.mean_sites, one.sites[list(one.mean_sites)])


def test_the_parts_of_every_table_of_the_page_add_up_to_the_totals_shown(
    placement: Placement, page: str
) -> None:
    tables = read_tables(page)

    def shown(caption: str) -> object:
        (table,) = (t for t in tables if t.caption.startswith(caption))
        return table

    mean, year = "(mean of the plan)", "(2035 normal)"
    audited = shown(f"Totals of a year {mean}, recomputed")
    # The parts of the carbon come after the metrics.
    totals = list(placement.metrics.values())
    assert audited.column("Optimizer")[:6] == pytest.approx(totals, rel=1e-9)

    states = shown("Each period and scenario; totals are of one year")
    last = dict(zip(states.headings, states.rows[2], strict=True))
    assert states.column("Period and scenario")[2] == "2035 normal"
    sites = shown(f"Open sites {year}")
    assert sum(sites.column("IT load")) == pytest.approx(last["IT load [MW]"]) == 90.0
    added = shown(f"Totals of a year by site {year}")
    for title in ("Energy [GWh]", "Carbon [t", "Water consumed [m³]", "Cost [million"):
        there = next(heading for heading in last if heading.startswith(title))
        assert sum(added.column(title)) == pytest.approx(last[there], rel=1e-9)
    carbon = shown(f"What the carbon of a year is made of {year}")
    assert carbon.foot[1] == pytest.approx(last["Carbon [t CO₂e]"], rel=1e-9)
    cost = shown(f"What the cost of a year is made of {year}")
    assert cost.foot[1] == pytest.approx(last["Cost [million USD]"], rel=1e-9)
    supply = shown(f"Electricity of a year by site and source {year}")
    assert supply.foot[-1] == pytest.approx(last["Energy [GWh]"], rel=1e-6)
    assert sum(shown(f"Workloads {year}").column("IT load")) == pytest.approx(90.0)
    loads = shown("IT load of each site in each period")
    assert [sum(loads.column(name)) for name in ("2030 normal", "2035 hot")] == pytest.approx(
        [60.0, 90.0]
    )
    for table in tables:
        assert_feet_are_sums(table)
    weighed = sum(
        state.weight("carbon_t_co2e") * row
        for state, row in zip(placement.states, states.column("Carbon"), strict=True)
    )
    assert weighed == pytest.approx(placement.metrics["carbon_t_co2e"], rel=1e-9)


def test_every_table_and_heading_says_its_year_or_that_it_is_the_mean(
    placement: Placement, page: str, saved: Path
) -> None:
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    assert "Serve 90 MW of IT load from" in page
    assert "by 2035 normal" in page
    assert "Figures for planning (2035 normal)" in page
    untimed = ("The plan: what stands from each period on", "Each period and scenario",
               "IT load of each site in each", "Candidates that could",
               "What was proven", "What the answer was", "Assumptions and sources",
               "Numbers of the open sites")  # fmt: skip
    for table in read_tables(page):
        said = "(2035 normal)" in table.caption or "(mean of the plan)" in table.caption
        assert said or table.caption.startswith(untimed) or "limits, each" in table.caption
    text = StringIO()
    Console(file=text, width=80).print(placement_table(placement))
    assert "Sites (2035 normal)" in text.getvalue()
    assert "Totals of a year (mean of the plan)" in text.getvalue()
    summary = placement.summary()
    assert (summary["totals_of"], summary["tables_of"]) == ("mean of the plan", "2035 normal")
    for name in ("placement.csv", "monthly.csv"):
        assert set(pd.read_csv(saved / name)["state"]) == {"2035 normal"}


def test_what_differs_between_two_plans_is_of_their_means(placement: Placement) -> None:
    first = placement.states[0].placement
    causes = contributions(first, placement)
    assert causes[list(CAUSES)].sum(axis=1).to_numpy() == pytest.approx(
        causes["change"].to_numpy(), rel=1e-9, abs=1e-6
    )
    # PUE is energy over IT energy of the same years, so that more load alone leaves it as it was.
    split = drivers(first, placement).loc["energy_mwh"]
    pue = [p.metrics["energy_mwh"] / (8760 * p.mean_sites["it_mw"].sum())
           for p in (first, placement)]  # fmt: skip
    assert pue[1] == pytest.approx(pue[0], rel=0.02)
    assert abs(split["pue"]) < 0.1 * split["load"]


def _state(p: Placement, i: int, **changes: object) -> Placement:
    states = list(p.states)
    states[i] = replace(states[i], **changes)  # type: ignore[arg-type]
    return replace(p, states=tuple(states))


def _wider(p: Placement, i: int, factor: float) -> Placement:
    """More or less stands in one state than in the others."""
    halls = p.states[i].placement.built
    changed = halls.assign(installed_mw=factor * halls["installed_mw"])
    return _state(p, i, placement=replace(p.states[i].placement, halls=changed))


def _contracted(p: Placement) -> Placement:
    inner = p.states[1].placement
    sites = inner.sites.assign(wind_contract_mw=inner.sites["wind_contract_mw"] + 1.0)
    return _state(p, 1, placement=replace(inner, sites=sites))


@pytest.mark.parametrize(
    ("tamper", "limit"),
    [
        (lambda p: _state(p, 0, probability=0.9), "weights_of_states"),
        (lambda p: _wider(p, 1, 1.1), "built_before_the_scenario"),
        (_contracted, "built_before_the_scenario"),
        (lambda p: _wider(_wider(p, 2, 0.1), 3, 0.1), "expansion_only_grows"),
    ],
)
def test_a_doctored_state_is_found(
    tamper: Callable[[Placement], Placement], limit: str, placement: Placement
) -> None:
    audit = audit_placement(tamper(placement), load_catalogue())
    assert not audit.passed
    assert limit in {check.name for check in audit.limits if not check.ok}
