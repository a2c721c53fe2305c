"""What sites and halls cost, from the study to the audit and the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import siting
from siting.audit import audit_placement
from siting.catalogue import load_catalogue
from siting.config import study_from_mapping
from siting.errors import InfeasibleError, StudyError
from siting.physics import DESIGNS
from siting.physics.designs import UPKEEP
from siting.physics.parameters import SITE_COSTS
from siting.placement import Placement
from siting.placement.folder import load_placement
from siting.report.pages.parts import show
from siting.report.pages.resources import carbon_tab, cost_tab
from siting.tables.parts import CARBON_PARTS, COST_PARTS
from tests.helpers.runs import keep_run

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY = {
    "name": "what sites cost",
    "candidates": {"sites": ["marseille", "sines", "brest", "stockholm", "frankfurt"]},
    "designs": ["water_economizer", "subsea_pod"],
    "demand": {
        "regions": ["paris", "madrid", "stockholm", "berlin", "milan"],
        "workloads": [
            {"name": "web", "it_mw": 60, "max_rtt_ms": 40},
            {"name": "training", "it_mw": 40, "max_rtt_ms": None},
        ],
    },
    "time": {"slices": 12},
    "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
}
#: Power so expensive that pods pay.
DEAR_POWER = "supply.grid_price_factor=8"
POD_SIZE = "limits.designs.subsea_pod"
ANNUITY = 0.07 / (1.0 - 1.07**-20)


def solved(*changes: str) -> Placement:
    placement = siting.solve(study_from_mapping(STUDY, changes))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit["faults"]
    return placement


def pods_mw(placement: Placement) -> float:
    halls = placement.halls
    return float(halls.loc[halls["design"] == "subsea_pod", "installed_mw"].sum())


@pytest.fixture(scope="module")
def pods() -> Placement:
    """A placement with pods and halls, at a price of carbon."""
    return solved(DEAR_POWER, "economics.carbon_price_usd_per_t=20")


def test_dearer_sites_are_fewer() -> None:
    assert len(solved("economics.site.works_usd=1e9").sites) < len(solved().sites)


def test_dearer_upkeep_of_pods_builds_fewer_pods(pods: Placement) -> None:
    assert pods_mw(pods) > 0
    dear = solved(DEAR_POWER, "economics.designs.subsea_pod.om_usd_per_kw_yr=2000")
    assert pods_mw(dear) < pods_mw(pods)


def test_parts_of_cost_and_carbon_add_up_and_are_those_of_the_table(pods: Placement) -> None:
    sites = pods.sites
    for parts, total in ((COST_PARTS, "cost_usd"), (CARBON_PARTS, "carbon_t_co2e")):
        assert sites[list(parts)].sum(axis=1).tolist() == pytest.approx(sites[total].tolist())
        assert sites[total].sum() == pytest.approx(pods.metrics[total])
    site = {name: row.value for name, row in SITE_COSTS.items()}
    capital = site["works_usd"] + site["substation_usd"] + site["fibre_usd"]
    held = ANNUITY * capital + site["staff_usd_per_yr"]
    assert sites["cost_site_usd"].tolist() == pytest.approx([held] * len(sites))
    assert sites["carbon_site_t_co2e"].tolist() == pytest.approx(
        [site["embodied_t_co2e"] / 20] * len(sites)
    )
    halls = pods.halls.groupby("design")["installed_mw"].sum()
    om = sum(1000 * UPKEEP[k]["om_usd_per_kw_yr"].value * mw for k, mw in halls.items())
    assert sites["cost_om_usd"].sum() == pytest.approx(om)
    pod = {name: row.value for name, row in UPKEEP["subsea_pod"].items()}
    refresh = 1000 * pod["refresh_usd_per_kw"] / pod["refresh_years"] * halls["subsea_pod"]
    assert sites["cost_refresh_usd"].sum() == pytest.approx(refresh)
    fuel = pod["refresh_kg_co2e_per_kw"] / pod["refresh_years"] * halls["subsea_pod"]
    assert sites["carbon_refresh_t_co2e"].sum() == pytest.approx(fuel)
    page = show([*cost_tab(pods).parts, *carbon_tab(pods).parts])
    assert "Opening and holding the sites" in page
    assert "Vessels that retrieve sealed pods" in page


def test_it_that_leaves_sooner_is_made_more_often() -> None:
    alone = ("designs=[subsea_pod]", "candidates.sites=[brest]", "demand.factor=0.1",
             "demand.workloads.web.max_rtt_ms=null")  # fmt: skip
    years = {y: f"economics.designs.subsea_pod.refresh_years={y}" for y in (2, 4, 8)}
    servers = {
        y: float(solved(*alone, change).sites["carbon_servers_t_co2e"].sum())
        for y, change in years.items()
    }
    # Spares are 2.5 %; a load of 10 MW at the same servers otherwise.
    assert servers[4] == pytest.approx(1780 * 10 * 1.025)
    assert servers[2] == pytest.approx(2 * 1780 * 10 * 1.025)
    assert servers[8] == pytest.approx(servers[4])


def test_each_figure_has_its_source_or_names_the_study(pods: Placement) -> None:
    table = pods.provenance
    wanted = {f"site_{name}" for name in SITE_COSTS}
    for site, own in table.groupby("site"):
        assert wanted <= set(own["attribute"])
        design = pods.sites["design"][site]
        assert {f"{design}_{name}" for name in UPKEEP[design]} <= set(own["attribute"])
    (works,) = set(table.loc[table["attribute"] == "site_works_usd", "source"])
    assert "Cushman & Wakefield" in works
    changed = solved("economics.site.works_usd=16e6").provenance
    rows = changed[changed["attribute"] == "site_works_usd"]
    assert set(rows["source"]) == {"economics.site.works_usd of the study"}
    assert set(rows["value"].astype(float)) == {16e6}


def test_a_wrong_charge_fails_the_audit(pods: Placement, tmp_path: Path) -> None:
    """A total that leaves one site out by a tenth of the whole is told."""
    folder = keep_run(pods, tmp_path / "run")
    again = load_placement(folder)
    assert audit_placement(again, load_catalogue()).passed
    wrong = study_from_mapping(
        {**again.study.to_mapping(), "economics": {"site": {"staff_usd_per_yr": 9e7}}}
    )
    audit = audit_placement(replace(again, study=wrong), load_catalogue())
    assert not audit.passed
    assert any(fault.startswith("cost_usd") for fault in audit.faults)


def test_a_refresh_without_its_years_is_a_fault() -> None:
    with pytest.raises(StudyError, match="refresh_years") as caught:
        study_from_mapping(STUDY, ["economics.designs.air_chiller.refresh_usd_per_kw=100"])
    assert caught.value.faults[0].key == "economics.designs.air_chiller.refresh_usd_per_kw"


def test_the_page_of_the_figures_is_written_from_the_tables() -> None:
    from tools.document_economics import PAGE, with_tables

    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page) == page, "run: python -m tools.document_economics"


SCALE = ("economics.scale=[{from_mw: 0, capex_factor: 1.4}, {from_mw: 25, capex_factor: 1}, "
         "{from_mw: 60, capex_factor: 0.6}]")  # fmt: skip


def priced_mw(mw: float) -> float:
    """The steps of `SCALE` by hand. [MW]"""
    return 1.4 * min(mw, 25.0) + max(0.0, min(mw, 60.0) - 25.0) + 0.6 * max(0.0, mw - 60.0)


def halls_usd(placement: Placement) -> float:
    rows = placement.halls.itertuples()
    return sum(1000 * ANNUITY * DESIGNS[h.design].capex_usd_per_kw * priced_mw(h.installed_mw)
               for h in rows)  # fmt: skip


def test_halls_are_paid_by_the_steps_of_their_price() -> None:
    stepped = solved(SCALE)
    assert stepped.sites["cost_halls_usd"].sum() == pytest.approx(halls_usd(stepped))
    assert (stepped.halls["installed_mw"] > 60).any()
    # The same where nothing minimizes the cost.
    blind = solved(SCALE, "objective.weights={energy: 1, cost: 0}")
    assert blind.sites["cost_halls_usd"].sum() == pytest.approx(halls_usd(blind))


def test_later_halls_fill_the_steps_that_are_left() -> None:
    later = {"demand.factor": 1.5, "technology.capex_factor": 0.5}
    plan = solved(
        SCALE, f"periods=[{{year: 2030, years: 5}}, {{year: 2035, years: 5, set: {later}}}]"
    )
    first, second = (state.placement for state in plan.states)
    assert first.sites["cost_halls_usd"].sum() == pytest.approx(halls_usd(first))
    before = first.halls.set_index(["site", "design"])["installed_mw"]
    expected = 0.0
    for hall in second.halls.itertuples():
        stood = float(before.get((hall.site, hall.design), 0.0))
        paid = priced_mw(stood) + 0.5 * (priced_mw(hall.installed_mw) - priced_mw(stood))
        expected += 1000 * ANNUITY * DESIGNS[hall.design].capex_usd_per_kw * paid
    assert second.sites["cost_halls_usd"].sum() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("economics.scale=[{from_mw: 5, capex_factor: 1}]", "economics.scale[0].from_mw"),
        (
            "economics.scale=[{from_mw: 0, capex_factor: 2}, {from_mw: 0, capex_factor: 1}]",
            "economics.scale[1].from_mw",
        ),
        (
            "periods=[{year: 2030, years: 5, set: {'economics.scale': []}}]",
            "periods[0].set",
        ),
        (f"{POD_SIZE}.max_mw_per_site=4", f"{POD_SIZE}.max_mw_per_site"),
        (f"{POD_SIZE}.min_mw_per_site=22", f"{POD_SIZE}.min_mw_per_site"),
    ],
)  # fmt: skip
def test_steps_and_sizes_that_cannot_be_meant_are_faults(change: str, key: str) -> None:
    with pytest.raises(StudyError) as caught:
        study_from_mapping(STUDY, [change])
    assert [fault.key for fault in caught.value.faults] == [key]


def test_pods_stay_within_what_has_been_planned_unless_the_study_says_more(pods: Placement) -> None:
    built = pods.halls[pods.halls["design"] == "subsea_pod"]
    assert (built["installed_mw"] == 20.0).all()  # four strings of 5 MW, below 24
    assert f"{POD_SIZE}.max_mw_per_site" in pods.sites["binding"][built["site"].iloc[0]]
    alone = ("designs=[subsea_pod]", "candidates.sites=[brest]", "demand.factor=0.3",
             "demand.workloads.web.max_rtt_ms=null")  # fmt: skip
    with pytest.raises(InfeasibleError, match=rf"{POD_SIZE}\.max_mw_per_site = 24"):
        solved(*alone)
    assert solved(*alone, f"{POD_SIZE}.max_mw_per_site=30").halls["installed_mw"].tolist() == [30.0]
