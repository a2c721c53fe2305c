"""The first screen of a placement: what it says, and that its figures are of one year."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siting.placement import StateOutcome
from siting.report.data.headline import answer_sentences, of_one_year, per_it_kwh, planning_figures
from siting.report.pages import report_page
from siting.report.pages.charts import honest_range
from siting.report.pages.parts import show
from siting.report.pages.resources import cost_tab
from tests.helpers.fakes import EUROPE, EUROPEAN, NORDIC, fake_placement
from tests.helpers.page_tables import assert_feet_are_sums, read_tables


def test_the_first_sentence_names_the_sites_and_their_load_and_the_rest_in_sum() -> None:
    what, _ = answer_sentences(fake_placement(EUROPE, EUROPEAN))
    assert what == (
        "Serve 509 MW of IT load from 6 sites in a typical year: Frankfurt am Main (140 MW), "
        "Luleå (120 MW), Madrid (90 MW), Dublin (75 MW) and 2 others (84 MW)."
    )


def test_one_site_beyond_those_that_are_named_is_named_too() -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    five = placement.sites.nlargest(5, "it_mw")
    what, _ = answer_sentences(replace(placement, sites=five))
    assert all(name in what for name in five["name"])
    assert "other" not in what


def test_the_second_sentence_says_what_is_minimized_and_which_limits_bind() -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    _, why = answer_sentences(placement)
    assert why.startswith(
        "These sites minimize energy, carbon and water with equal weights: water scarcity is"
    )
    assert "maximum share per site (all sites)" in why
    free = placement.sites.assign(binding="")
    flows = placement.flows.assign(rtt_ms=10.0)
    _, why = answer_sentences(replace(placement, sites=free, flows=flows))
    assert why.endswith("no limit of a site binds.")
    _, why = answer_sentences(replace(placement, sites=free, flows=flows.assign(rtt_ms=59.5)))
    assert why.endswith("the limit that binds is the RTT limit of inference (59.5 of 60 ms).")


def test_a_fact_in_which_the_sites_hardly_differ_is_no_reason() -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    same = placement.candidates.assign(grid_carbon_g_per_kwh=100.0, scarcity_factor=1.0,
                                       free_cooling_hours=8000.0)  # fmt: skip
    assert "median" not in answer_sentences(replace(placement, candidates=same))[1]


def test_figures_are_per_kilowatt_hour_of_it() -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    shown = {figure.title: figure for figure in planning_figures(placement)}
    # 60 USD/MWh of electricity at a PUE of 1.12; 0.9 L/kWh likewise.
    assert shown["Cost, annualized"].values[0] == ("67.2 USD/MWh", "of IT energy")
    assert shown["Cost, annualized"].values[1][0] == "589 USD/kW"
    assert shown["Water consumed"].values[1] == ("1.01 L/kWh", "with electricity")
    assert shown["Water consumed"].span.endswith("0.403 to 1.01 by convention for hydropower")
    assert per_it_kwh(8760.0 * 1e3, placement.sites.head(1).assign(it_mw=1.0)) == 1.0


def test_figures_of_several_periods_are_of_the_last_and_tell_the_others() -> None:
    early, late = fake_placement(NORDIC, EUROPEAN), fake_placement(EUROPE, EUROPEAN)
    states = tuple(
        StateOutcome(year=year, scenario="base", probability=1.0, share=0.5, cost_share=0.5,
                     placement=placement)
        for year, placement in ((2030, early), (2035, late))
    )  # fmt: skip
    metrics = {name: 0.5 * value for name, value in late.metrics.items()}
    placement = replace(late, states=states, metrics=metrics)
    assert of_one_year(placement).metrics == late.metrics
    load = planning_figures(placement)[0]
    assert load.values[0][0] == "509 MW"
    assert load.span.startswith("2030: 455, 2035: 509; ")


def test_a_pue_keeps_its_zeros_beside_another() -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    pue = [1.1, 1.23, *(1.2 for _ in range(len(placement.sites) - 2))]
    placement = replace(placement, sites=placement.sites.assign(pue=pue))
    span = planning_figures(placement)[-1].span
    assert span == "sites 1.100 to 1.230; peak 1.400"


def test_totals_of_every_table_are_the_sums_of_their_parts() -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    parts = {"cost_halls_usd": 0.75, "cost_grid_usd": 0.25}
    sites = placement.sites.assign(
        **{name: share * placement.sites["cost_usd"] for name, share in parts.items()}
    )
    placement = replace(placement, sites=sites)
    tables = read_tables(report_page(placement))
    assert sum(bool(table.foot) for table in tables) >= 6
    for table in tables:
        assert_feet_are_sums(table)
    cost = read_tables(show(cost_tab(placement).parts))[0]
    assert 1e6 * cost.foot[1] == pytest.approx(placement.metrics["cost_usd"])


def test_an_axis_starts_at_its_floor_and_never_blows_up_noise() -> None:
    assert honest_range([1.0923, 1.0929], 1.0)[0] == 1.0
    low, high = honest_range([100.0, 100.1])
    assert high - low > 10.0
    assert honest_range([1.0, 100.0])[0] == 0.0
