"""Losses, caps and laws against facts that need no optimizer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from siting.audit.shared_limits import most_carried
from siting.catalogue import Catalogue
from siting.catalogue.selection import (
    country_groups,
    group_of_country,
    laws_in_force,
    policy_table,
    selectors_of,
    sites_of,
)


@pytest.mark.parametrize("seed", range(30))
def test_largest_flow_is_the_smallest_cut(seed: int) -> None:
    rng = np.random.default_rng(seed)
    need, capacity = rng.uniform(0, 5, 4), rng.uniform(0, 6, 3)
    reach = rng.random((4, 3)) < 0.6
    cuts = [
        need[~np.isin(range(4), chosen)].sum() + capacity[reach[list(chosen)].any(axis=0)].sum()
        for size in range(5)
        for chosen in itertools.combinations(range(4), size)
    ]
    assert most_carried(need, capacity, reach) == pytest.approx(min(cuts))


def test_a_law_binds_from_its_year_and_until_it_is_replaced(catalogue: Catalogue) -> None:
    table = policy_table(catalogue)
    now, before = laws_in_force(table, ["all"], 2026), laws_in_force(table, ["all"], 2024)
    assert "deu_new_2026" in now.index
    assert "deu_new_2026" not in before.index
    assert "chn_miit_2022" in before.index
    assert "chn_miit_2022" not in now.index


def test_drafts_pacts_and_limits_of_old_halls_bind_only_by_name(catalogue: Catalogue) -> None:
    table = policy_table(catalogue)
    everything = laws_in_force(table, ["all"], 2035)
    assert set(everything["status"]) == {"law"}
    assert "existing" not in set(everything["applies"])
    assert list(laws_in_force(table, ["deu_draft_new"], 2026).index) == ["deu_draft_new"]


def test_each_of_the_ten_clusters_has_a_ceiling_at_its_own_site(catalogue: Catalogue) -> None:
    table, sites = policy_table(catalogue), catalogue.candidates
    bound = {
        str(sites.index[i])
        for law in table.index[table.index.str.startswith("edwc_")]
        for i in np.flatnonzero(sites_of(catalogue, sites, selectors_of(table["where"][law])))
    }
    clusters = {str(site) for site, kinds in sites["kinds"].items() if "edwc" in kinds}
    assert bound == clusters
    assert len(clusters) == 10


def test_every_law_names_sites_that_there_are(catalogue: Catalogue) -> None:
    table = policy_table(catalogue)
    for where in table["where"]:
        assert sites_of(catalogue, catalogue.candidates, selectors_of(where)).any(), where


def test_a_country_is_in_one_group_and_norway_is_where_the_gdpr_holds(catalogue: Catalogue) -> None:
    members = [iso for group in country_groups(catalogue).values() for iso in group]
    assert len(members) == len(set(members))
    assert group_of_country(catalogue, ["NOR", "DEU", "CHE", "CHN", "HKG"]) == (
        "eu", "eu", "CHE", "china", "HKG",
    )  # fmt: skip


def test_every_site_has_a_basin_and_neighbours_share_it(catalogue: Catalogue) -> None:
    basin = catalogue.candidates["basin"]
    assert basin.notna().all()
    assert basin["chicago"] == basin["toronto"]
    assert basin["chongqing"] == basin["chengdu"]
    assert basin["chongqing"] != basin["guangzhou"]
