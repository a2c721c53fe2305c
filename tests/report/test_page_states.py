"""Periods and scenarios on the page of a placement."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from siting.config.objective import Period, Scenarios
from siting.placement import StateOutcome
from siting.report.data.headline import answer_sentences
from siting.report.data.states import measure_words, state_names, states_words
from siting.report.pages import phases_tab, report_page
from siting.report.pages.interactive_map import live_map
from siting.report.pages.layers import draw_placement, placement_frame
from siting.report.pages.parts import show
from tests.helpers.fakes import EUROPE, EUROPEAN, NORDIC, fake_placement


def _state(year, scenario, sites, probability=0.5):
    return StateOutcome(year=year, scenario=scenario, probability=probability, share=0.5,
                        cost_share=0.5, placement=fake_placement(sites, EUROPEAN))  # fmt: skip


def test_states_are_named_by_what_tells_them_apart():
    both = [_state(2030, "wet", EUROPE), _state(2030, "dry", EUROPE), _state(2040, "wet", EUROPE)]
    assert state_names(both) == ["2030 wet", "2030 dry", "2040 wet"]
    assert state_names([_state(0, "wet", EUROPE), _state(0, "dry", EUROPE)]) == ["wet", "dry"]
    assert state_names([_state(2030, "base", EUROPE), _state(2040, "base", EUROPE)]) == [
        "2030", "2040",
    ]  # fmt: skip


def test_a_site_that_is_not_yet_there_has_no_load():
    states = (_state(2030, "base", NORDIC, 1.0), _state(2040, "base", EUROPE, 1.0))
    text = show(phases_tab(replace(states[1].placement, states=states)).parts)
    row = text[text.index('data-key="madrid"') :].split("</tr>")[0]
    assert 'data-value="0.0"' in row
    assert 'data-value="90.0"' in row
    assert "Probability" not in text  # nothing is uncertain


def test_scenarios_have_their_probability():
    states = (_state(0, "wet", EUROPE, 0.25), _state(0, "dry", EUROPE, 0.75))
    text = show(phases_tab(replace(states[0].placement, states=states)).parts)
    assert "Probability" in text
    assert "25 %" in text


PERIODS = (("base", 2030), ("base", 2040))
CASES = (("wet", 0), ("dry", 0))


@pytest.mark.parametrize(
    ("told", "which", "over"),
    [
        (PERIODS, "the last period; the slider", "weighted by years, later costs discounted"),
        (CASES, "the first scenario; the slider", "weighted by probability, is"),
        ((*CASES, ("wet", 2030)), "the last period under the first scenario",
         "weighted by years and probability, later costs discounted"),
        (PERIODS[:1], "the only period. The", "weighted by years, is"),
    ],
)  # fmt: skip
def test_words_on_the_states_say_what_tells_them_apart(told, which, over):
    states = tuple(_state(year, name, EUROPE) for name, year in told)
    words = states_words(replace(states[-1].placement, states=states))
    assert which in words
    assert over in words
    assert "It is what the objective counts." in words


def test_the_objective_of_the_worst_scenario_is_not_called_the_mean():
    cases = [{"name": name, "probability": 0.5} for name, _ in CASES]
    states = tuple(_state(year, name, EUROPE) for name, year in CASES)
    placement = replace(states[0].placement, states=states)
    for measure, words in (("expected", ""), ("worst", "the worst scenario"),
                           ("cvar", "the worst 10 % of the scenarios"),
                           ("regret", "the largest regret over the scenarios")):  # fmt: skip
        study = placement.study.model_copy(
            update={"scenarios": Scenarios(measure=measure, cases=cases)}
        )
        assert measure_words(study) == words
        own = replace(placement, study=study)
        assert (f"counts {words}." in states_words(own)) == bool(words)
        assert (f", counting {words}" in answer_sentences(own)[1]) == bool(words)


def _plan():
    early, late = _state(2030, "base", NORDIC), _state(2040, "base", EUROPE)
    periods = tuple(Period(year=year, years=10) for year in (2030, 2040))
    study = late.placement.study.model_copy(update={"periods": periods})
    return replace(late.placement, study=study, states=(early, late))


def test_the_answer_names_the_year_in_which_each_site_opens():
    what, _ = answer_sentences(_plan())
    assert "from 2030)" in what
    assert "from 2040)" in what


def test_ids_of_a_page_of_periods_are_unique():
    text = report_page(_plan()).split('id="bokeh"')[0]
    ids = re.findall(r' id="([^"]+)"', text)
    assert "phases" in ids
    assert len(ids) == len(set(ids))


def test_the_map_has_cards_and_widths_of_each_period():
    plan = _plan()
    small = plan.states[0].placement
    small = replace(small, flows=small.flows.assign(it_mw=0.1 * small.flows["it_mw"]))
    plan = replace(plan, states=(replace(plan.states[0], placement=small), plan.states[1]))
    plot = live_map(placement_frame([plan]), "map")
    draw_placement(plot, plot.frame, plan, largest_mw=90.0, has_tables=True, by_state=True)
    layers = {layer.name: layer.columns for layer in plot.layers}
    flows, sites = layers["flows"], layers["sites"]
    widths = {year: max(w for w, a in zip(flows["width"], flows["answer"], strict=True)
                        if a == year) for year in ("2030", "2040")}  # fmt: skip
    largest = {s.year: s.placement.flows.groupby(["demand", "site"])["it_mw"].sum().max()
               for s in plan.states}  # fmt: skip
    assert widths["2030"] < widths["2040"]
    assert widths["2030"] == pytest.approx(
        max(1.0, widths["2040"] * largest[2030] / largest[2040]), abs=0.01
    )
    assert set(layers["demand"]["answer"]) == {"2030", "2040"}
    for year, card in zip(sites["answer"], sites["card"], strict=True):
        # Of the last period the page has whole cards.
        assert card is None if year == "2040" else f"IT load ({year}): " in card


def test_one_typical_year_has_no_tab_of_phases():
    assert not phases_tab(fake_placement(EUROPE, EUROPEAN)).parts
