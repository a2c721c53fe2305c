"""Sections ``periods`` and ``scenarios``: what each state weighs, changes, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from siting.config import study_from_mapping
from siting.config.study import study_states
from siting.errors import Fault, StudyError

GOOD: dict[str, Any] = {
    "name": "north",
    "candidates": {"kinds": ["arctic", "hub"], "region": "europe"},
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "batch", "it_mw": 300, "max_rtt_ms": None}],
    },
}
PERIODS = [
    {"year": 2030, "years": 5},
    {"year": 2035, "years": 10, "set": {"demand.factor": 1.5, "supply.grid_carbon_factor": 0.6}},
]
CASES = [
    {"name": "normal", "probability": 0.7},
    {"name": "dry", "probability": 0.3, "set": {"supply.hydro_year": "dry"}},
]


def future(**sections: Any) -> dict[str, Any]:
    return {**GOOD, "periods": PERIODS, "scenarios": {"cases": CASES}, **sections}


def faults_of(study: dict[str, Any]) -> dict[str, Fault]:
    with pytest.raises(StudyError) as caught:
        study_from_mapping(study)
    return {fault.key: fault for fault in caught.value.faults}


def annuity(rate: float, years: int) -> float:
    """Present worth of one a year, the first paid at once. [a]."""
    return (1.0 - (1.0 + rate) ** -years) / (1.0 - 1.0 / (1.0 + rate))


def test_every_period_meets_every_scenario_in_order() -> None:
    states = study_states(study_from_mapping(future()))
    assert [(s.year, s.name) for s in states] == [
        (2030, "normal"), (2030, "dry"), (2035, "normal"), (2035, "dry"),
    ]  # fmt: skip
    assert [s.probability for s in states] == [0.7, 0.3, 0.7, 0.3]
    assert [s.study.demand.factor for s in states] == [1.0, 1.0, 1.5, 1.5]
    assert [s.study.supply.hydro_year for s in states] == ["normal", "dry", "normal", "dry"]
    assert not any(s.study.periods or s.study.scenarios.cases for s in states)


def test_periods_weigh_by_their_years_and_costs_by_their_present_worth() -> None:
    study = study_from_mapping(future(economics={"discount_rate": 0.08}))
    states = study_states(study)
    assert [s.share for s in states] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    first, whole = annuity(0.08, 5), annuity(0.08, 15)
    assert states[0].cost_share == pytest.approx(first / whole)  # 4.312 of 9.244
    assert states[2].cost_share == pytest.approx(1.0 - first / whole)
    assert states[0].cost_share == pytest.approx(0.4665, abs=1e-4)
    assert sum(s.probability * s.cost_share for s in states) == pytest.approx(1.0)


def test_without_interest_costs_weigh_by_years_too() -> None:
    states = study_states(study_from_mapping(future(economics={"discount_rate": 0.0})))
    assert [s.cost_share for s in states] == pytest.approx([s.share for s in states])


def test_a_scenario_wins_over_a_period() -> None:
    cases = [{"name": "high", "probability": 1.0, "set": {"demand.factor": 2.0}}]
    states = study_states(study_from_mapping(future(scenarios={"cases": cases})))
    assert [s.study.demand.factor for s in states] == [2.0, 2.0]


def test_each_state_is_solved_to_the_gap_of_the_study_whatever_it_is() -> None:
    # That of a point of a front is in ranges of a metric, which may lie far above its value.
    study = study_from_mapping(future(solver={"threads": 2}))
    wide = study.model_copy(update={"solver": study.solver.model_copy(update={"gap": 20.0})})
    assert [state.study.solver for state in study_states(wide)] == [wide.solver] * 4


def test_one_typical_year_is_one_state_and_the_study_itself() -> None:
    study = study_from_mapping(GOOD)
    (state,) = study_states(study)
    assert state.study is study
    assert (state.share, state.cost_share, state.probability) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("sections", "key", "words"),
    [
        ({"periods": [PERIODS[0], {"year": 2036, "years": 4}]}, "periods[1].year", "2034"),
        ({"scenarios": {"cases": CASES[:1]}}, "scenarios.cases", "add up to 0.7"),
        ({"scenarios": {"cases": [CASES[0], {**CASES[1], "name": "normal"}]}},
         "scenarios.cases[1].name", "twice"),
        ({"periods": [{**PERIODS[0], "set": {"candidates.region": "asia"}}]},
         "periods[0].set", "must be the same throughout"),
        ({"scenarios": {"cases": [{**CASES[0], "probability": 1.0,
                                   "set": {"limits.max_sites": 2}}]}},
         "scenarios.cases[0].set", "must be the same throughout"),
        ({"periods": [{**PERIODS[0], "set": {"demand.factor": -1}}]},
         "periods[0].set.demand.factor", ""),
        ({"periods": [{**PERIODS[0], "set": {"supply.grid_carbon_facto": 0.5}}]},
         "periods[0].set.supply.grid_carbon_facto", ""),
        ({"scenarios": {"measure": "worst", "cases": CASES},
          "objective": {"method": "lexicographic", "order": ["carbon", "water"]}},
         "scenarios.measure", "one number"),
        ({"scenarios": {"alpha": 1.0, "cases": CASES}}, "scenarios.alpha", ""),
    ],
)  # fmt: skip
def test_faults_of_states_name_key_and_remedy(
    sections: dict[str, Any], key: str, words: str
) -> None:
    faults = faults_of(future(**sections))
    assert key in faults
    assert words in faults[key].problem
    assert faults[key].remedy


def test_faults_of_periods_and_scenarios_are_told_together() -> None:
    late = [{**PERIODS[0], "set": {"demand.factor": -1}}, {"year": 2040, "years": 1}]
    faults = faults_of(future(periods=late, scenarios={"cases": CASES[:1]}))
    assert {"periods[1].year", "scenarios.cases"} <= set(faults)
