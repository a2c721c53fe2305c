"""Differences by site and cause against sums taken another way, and the folder of a comparison."""

import json

import pandas as pd
import pytest

import siting
from siting.catalogue import load_catalogue
from siting.comparison import CAUSES, compare, contributions, drivers, site_contributions
from siting.errors import DataError
from siting.report.folder import compare_runs, load_comparison
from tests.helpers.runs import keep_run

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY = {
    "name": "pair",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt", "eskilstuna"]},
    "designs": ["air_economizer", "adiabatic_liquid", "tower_liquid"],
    "demand": {
        "regions": ["stockholm", "london", "frankfurt"],
        "workloads": [{"name": "a", "it_mw": 60, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
    "limits": {"max_share_per_site": 0.6},
}
CHANGES = {
    "north": [],
    "without": ["limits.closed=[dublin]"],
    "larger": ["demand.workloads.a.it_mw=80"],
}


@pytest.fixture(scope="module")
def placements():
    catalogue = load_catalogue()
    return {
        name: siting.solve(siting.load(STUDY, changes), catalogue=catalogue)
        for name, changes in CHANGES.items()
    }


@pytest.mark.parametrize("other", ["without", "larger"])
def test_causes_and_sites_add_up_to_the_difference_of_every_total(placements, other):
    before, after = placements["north"], placements[other]
    table = contributions(before, after)
    assert table[list(CAUSES)].sum(axis=1).to_numpy() == pytest.approx(
        table["change"].to_numpy(), rel=1e-9, abs=1e-6
    )
    by_site = site_contributions(before, after).groupby(["metric", "site"])["change"].sum()
    for metric in before.metrics:
        for site in before.sites.index.union(after.sites.index):
            was = before.sites[metric].get(site, 0.0)
            now = after.sites[metric].get(site, 0.0)
            assert by_site.get((metric, site), 0.0) == pytest.approx(now - was, rel=1e-9, abs=1e-6)


def test_a_site_that_is_closed_is_removed_with_all_that_it_used(placements):
    before, after = placements["north"], placements["without"]
    assert "dublin" in before.sites.index
    found = site_contributions(before, after).set_index(["site", "metric", "cause"])["change"]
    used = before.sites.loc["dublin", "carbon_t_co2e"]
    assert found["dublin", "carbon_t_co2e", "removed"] == pytest.approx(-used)


def test_the_way_back_has_the_other_sign(placements):
    there = contributions(placements["north"], placements["larger"])
    back = contributions(placements["larger"], placements["north"])
    for cause in ("load", "pue", "intensity"):
        assert back[cause].to_numpy() == pytest.approx(-there[cause].to_numpy(), rel=1e-9, abs=1e-6)
    assert back["added"].to_numpy() == pytest.approx(-there["removed"].to_numpy())


def test_a_placement_does_not_differ_from_itself(placements):
    table = contributions(placements["north"], placements["north"])
    assert (table[["change", *CAUSES]] == 0).all(axis=None)


def test_every_table_names_the_run_and_the_totals_are_those_of_the_placements(placements):
    result = compare(placements)
    assert list(result.totals["run"]) == list(placements)
    carbon = result.totals.set_index("run")["carbon_t_co2e"]
    assert carbon.to_dict() == {n: p.metrics["carbon_t_co2e"] for n, p in placements.items()}
    assert set(result.causes["run"]) == {"without", "larger"}
    one = result.drivers[result.drivers["run"] == "larger"].set_index("metric")["change"]
    expected = drivers(placements["north"], placements["larger"])["change"]
    pd.testing.assert_series_equal(one, expected, check_names=False)


def test_one_placement_is_not_a_comparison(placements):
    with pytest.raises(DataError, match="Name two or more"):
        compare({"north": placements["north"]})


@pytest.mark.slow
def test_the_folder_reads_back_and_faults_of_all_runs_are_shown_together(tmp_path, placements):
    pair = {name: placements[name] for name in ("north", "larger")}
    runs = [keep_run(p, tmp_path / "runs" / name) for name, p in pair.items()]
    out = tmp_path / "compared"
    compare_runs(runs, out)
    assert set(load_comparison(out)) == set(pair)
    assert set(json.loads((out / "compare.json").read_text())["runs"].values()) == {
        f"../runs/{name}" for name in pair
    }
    assert pd.read_csv(out / "causes.csv")["change"].notna().all()
    with pytest.raises(DataError) as caught:
        compare_runs([runs[0], tmp_path / "no", tmp_path / "none"], out)
    assert {fault.where for fault in caught.value.faults} == {
        str(tmp_path / "no"), str(tmp_path / "none"),
    }  # fmt: skip
    with pytest.raises(DataError, match="holds results of `siting solve`, not of `siting compare`"):
        compare_runs(runs, runs[0])
    with pytest.raises(DataError, match="named twice"):
        compare_runs([runs[0], runs[0]], out)
