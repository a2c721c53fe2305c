"""What changes from one placement to another, and why, against sums taken another way."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from siting.comparison import CHANGES, _split, drivers, log_mean, moved_flows, site_changes
from tests.helpers.fakes import EUROPE, EUROPEAN, NORDIC, fake_placement

POSITIVE = st.floats(1e-3, 1e9)


@pytest.fixture(scope="module")
def pair():
    return fake_placement(NORDIC, EUROPEAN), fake_placement(EUROPE, EUROPEAN)


def test_the_logarithmic_mean_lies_between_its_numbers_and_is_that_of_two_and_one():
    assert log_mean(2.0, 1.0) == pytest.approx(1.0 / math.log(2.0))
    assert log_mean(3.0, 3.0) == 3.0
    assert 1.0 < log_mean(1.0, 4.0) < 4.0
    near = 1.0 + 1e-8
    assert log_mean(near, 1.0) == pytest.approx(1.0 + 0.5e-8, rel=1e-15)


@given(POSITIVE, POSITIVE)
def test_the_logarithmic_mean_is_symmetric_and_below_the_arithmetic_one(a, b):
    assert log_mean(a, b) == pytest.approx(log_mean(b, a))
    assert log_mean(a, b) <= 0.5 * (a + b) * (1 + 1e-9)


def test_doubling_one_factor_is_all_put_to_that_factor():
    twice_the_load = _split((10.0, 20.0), (5.0, 10.0), (6.0, 12.0))
    assert twice_the_load["load"] == pytest.approx(10.0)
    assert twice_the_load["pue"] == twice_the_load["intensity"] == pytest.approx(0.0)
    cleaner = _split((10.0, 5.0), (5.0, 5.0), (6.0, 6.0))
    assert cleaner["intensity"] == pytest.approx(-5.0)


@given(st.tuples(POSITIVE, POSITIVE), st.tuples(POSITIVE, POSITIVE),
       st.tuples(st.floats(1.0, 3.0), st.floats(1.0, 3.0)))  # fmt: skip
@example((999999956.0, 999999998.0), (1.0, 1.0), (1.0, 2.0))
def test_the_parts_add_up_and_the_way_back_is_the_way_there_with_the_other_sign(total, load, pue):
    energy = load[0] * pue[0], load[1] * pue[1]
    there = _split(total, load, energy)
    parts = there["load"] + there["pue"] + there["intensity"]
    assert parts == pytest.approx(total[1] - total[0], rel=1e-6, abs=1e-6 * max(total))
    back = _split(total[::-1], load[::-1], energy[::-1])
    assert back["pue"] == pytest.approx(-there["pue"], rel=1e-9, abs=1e-9 * max(total))


def test_energy_has_no_intensity_and_every_metric_is_split(pair):
    split = drivers(*pair)
    assert set(split.index) == set(pair[0].metrics)
    assert split.loc["energy_mwh", "intensity"] == 0.0
    change = split[["load", "pue", "intensity"]].sum(axis=1)
    assert change.to_numpy() == pytest.approx(split["change"].to_numpy())


def test_a_metric_that_is_zero_once_has_all_of_its_change_in_intensity(pair):
    before, after = pair
    dry = replace(after, metrics={**after.metrics, "water_m3": 0.0})
    row = drivers(before, dry).loc["water_m3"]
    assert row["intensity"] == row["change"] == -before.metrics["water_m3"]


def test_every_site_of_either_placement_is_there_once_with_what_became_of_it(pair):
    before, after = pair
    changes = site_changes(before, after)
    assert sorted(changes.index) == sorted({*NORDIC, *EUROPE})
    assert changes.loc["lulea", "change"] == "kept"
    assert changes.loc["tromso", "change"] == "removed"
    assert changes.loc["madrid", "change"] == "added"
    moved = after.sites["it_mw"].sum() - before.sites["it_mw"].sum()
    assert changes["change_mw"].sum() == pytest.approx(moved)
    assert changes["change_mw"].abs().is_monotonic_decreasing
    assert set(changes["change"]) <= set(CHANGES)


def test_more_less_and_another_design_are_told_apart(pair):
    before = pair[1]
    sites = before.sites.copy()
    sites.loc["lulea", "it_mw"] += 5.0
    sites.loc["dublin", "it_mw"] -= 5.0
    sites.loc["geneva", "design"] = "air_chiller"
    changes = site_changes(before, replace(before, sites=sites))["change"]
    assert changes[["lulea", "dublin", "geneva", "madrid"]].tolist() == [
        "grown", "shrunk", "redesigned", "kept",
    ]  # fmt: skip


def test_what_a_region_gains_elsewhere_it_loses_where_it_was(pair):
    before, after = pair
    moved = moved_flows(before, after)
    by_region = moved.groupby("demand")["change_mw"].sum()
    grown = (
        after.flows.groupby("demand")["it_mw"].sum() - before.flows.groupby("demand")["it_mw"].sum()
    )
    assert by_region.to_numpy() == pytest.approx(grown[by_region.index].to_numpy())
    assert moved_flows(before, before).empty
