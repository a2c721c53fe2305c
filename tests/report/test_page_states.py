"""Periods and scenarios on the page of a placement."""

from __future__ import annotations

from dataclasses import replace

from siting.placement import StateOutcome
from siting.report.data.states import state_names
from siting.report.pages.parts import show
from siting.report.pages.sections import phases_tab
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
    assert "Probability" in text
    assert "100 %" in text


def test_one_typical_year_says_so():
    assert "no periods" in show(phases_tab(fake_placement(EUROPE, EUROPEAN)).parts)
