"""What explain prints, applied to the study by hand, turns the answer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import cast

import numpy as np
import pytest

from siting.catalogue import load_catalogue
from siting.config import Study, load_study
from siting.config.study import changed_study
from siting.decisions import case as opened
from siting.decisions.explain import Explanation, explain_site
from siting.decisions.explanation_text import (
    explanation_lines,
    explanation_mapping,
    figure,
    other_make,
)
from siting.decisions.levers import (
    SITE_LEVERS,
    TIGHTER,
    Lever,
    Question,
    Turn,
    find_turn,
    levers_of,
    load_by_site,
)
from siting.errors import DataError, NoAnswerError
from siting.mip import Clock, SolverOptions, build_model, is_decomposed, optimize
from siting.run import solve_study, study_objective
from siting.status import Status
from tests.helpers.cases import CONFIGS, FEW
from tests.helpers.seeds import some

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

OPEN, CLOSED = "falun", "dublin"
#: Cost is weighed, so that a price counts; without contracts a program is half as large.
LEAN = {"objective.weights.cost": 1, "supply.contracts": []}
CARBON, PRICE, WATER = (field for _, field, _, _ in SITE_LEVERS)


@cache
def small(case: str = "arctic") -> Study:
    """A case with few of everything, cost weighed so that a price counts."""
    # With four sites of at most a quarter each there would be nothing to choose.
    share = {"limits.max_share_per_site": 0.5} if case == "global" else {}
    return changed_study(load_study(CONFIGS / f"{case}.yaml"), {**FEW[case], **LEAN, **share})


@cache
def explained(site: str) -> Explanation:
    return explain_site(small(), site, catalogue=load_catalogue())


def is_open(study: Study, turn: Turn, site: str, value: float) -> bool:
    """Whether a site is open with the printed value, by the ordinary walk of a solve."""
    catalogue, lever = load_catalogue(), turn.lever
    if not lever.of_site:
        changed = changed_study(study, {lever.key: value})
        return site in solve_study(changed, catalogue=catalogue).sites.index
    c = opened.build_problem(study, catalogue).coefficients
    scale = {field: scale for _, field, _, scale in SITE_LEVERS}[lever.key]
    numbers, s = np.array(getattr(c, lever.key)), c.sites.index(site)
    mean = np.average(numbers[s], weights=c.hours) if numbers.ndim == 2 else numbers[s]
    numbers[s] *= value / scale / mean
    c = replace(c, **{lever.key: numbers})
    options = SolverOptions(**study.solver.model_dump())
    instance = build_model(c).instance
    model = build_model(instance, decomposed=is_decomposed(instance, options))
    decided = optimize(model, study_objective(study), options).decisions
    return bool(decided.load_mw[c.pair_site == s].sum() > 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("site", "state"), [(OPEN, True), (CLOSED, False)])
def test_applying_what_is_printed_turns_the_state_and_the_value_before_does_not(
    site: str, state: bool
) -> None:
    found = explained(site)
    assert found.is_open is state
    turns = [turn for turn in found.turns if turn.to is not None]
    assert len(turns) >= 3
    for turn in turns:
        assert_turns(small(), turn, site, state)


def assert_turns(study: Study, turn: Turn, site: str, state: bool) -> None:
    """The state turns at the printed value, and not yet at the one before it."""
    assert turn.to is not None
    assert is_open(study, turn, site, turn.to) is not state
    if turn.unturned != turn.lever.now:
        assert is_open(study, turn, site, turn.unturned) is state


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "site", "state", "key"),
    some(
        [
            ("subsea", "lingshui", True, CARBON),
            ("lake_cooled", "qiandao_lake", False, WATER),
            ("southwest_hydro", "zhengzhou", False, PRICE),
            ("global", "falun", True, CARBON),
            ("subsea", "singapore", False, CARBON),
            ("lake_cooled", "harbin", True, PRICE),
            ("southwest_hydro", "kangding", True, CARBON),
            ("global", "seattle", False, WATER),
        ],
        4,
    ),
)
def test_a_lever_of_each_case_turns_an_open_and_a_closed_site(
    case: str, site: str, state: bool, key: str
) -> None:
    question = Question(small(case), load_catalogue(), site)
    base = question.solve()
    assert (site in load_by_site(question.problem.coefficients, base)) is state
    lever = next(v for v in levers_of(question, base.totals, is_open=state) if v.key == key)
    assert_turns(small(case), find_turn(question, lever, is_open=state), site, state)


def test_a_number_that_nothing_counts_is_said_so_and_not_tried() -> None:
    study = changed_study(small(), {"objective.weights.cost": 0})
    question = Question(study, load_catalogue(), OPEN)
    base = question.solve()
    steps = {v.key: v.steps for v in levers_of(question, base.totals, is_open=True)}
    assert steps[PRICE] == ()
    assert steps[CARBON]
    assert steps[WATER]
    limited = Question(changed_study(study, {"limits.cost_usd": 1e12}), load_catalogue(), OPEN)
    assert {v.key: v.steps for v in levers_of(limited, base.totals, is_open=True)}[PRICE]


@pytest.mark.slow
@pytest.mark.parametrize("site", [OPEN, CLOSED])
def test_the_other_state_moves_load_but_neither_makes_nor_loses_any(site: str) -> None:
    found = explained(site)
    assert sum(found.moved_mw.values()) == pytest.approx(0.0, abs=0.01)
    assert (found.moved_mw[site] < 0) is found.is_open
    # Neither state can be better than the other by more than what was proven.
    assert found.rise is not None
    assert found.rise > -2 * found.gap


@pytest.mark.slow
def test_the_words_hold_the_numbers_and_the_mapping_holds_the_turns() -> None:
    found = explained(CLOSED)
    lines = explanation_lines(found)
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert f"({CLOSED}) is closed." in text
    for turn in found.turns:
        assert turn.lever.name in text
        if turn.to is not None:
            assert f"open at {figure(turn.to)}" in text
    turns = explanation_mapping(found)["turns"]
    assert [turn["to"] for turn in turns] == [turn.to for turn in found.turns]


def test_a_site_that_is_no_candidate_is_refused_with_those_that_are() -> None:
    with pytest.raises(DataError, match="is no candidate of the study") as error:
        explain_site(small(), "atlantis", catalogue=load_catalogue())
    assert "6 candidates, such as dublin" in str(error.value)


def test_a_site_that_the_study_shuts_is_told_to_be_shut_by_that_key() -> None:
    study = changed_study(small(), {"limits.closed": [CLOSED]})
    found = explain_site(study, CLOSED, catalogue=load_catalogue())
    assert not found.is_open
    assert found.cannot == "limits.closed holds it closed"
    assert found.turns == ()


def test_a_run_of_another_version_or_of_other_tables_is_said_to_be_so() -> None:
    now = {"siting": "0.2.0", "highspy": "1.12.0"}
    assert other_make(now, "a" * 64, now, "a" * 64) == []
    lines = other_make({**now, "siting": "0.1.0"}, "a" * 64, now, "b" * 64)
    assert lines[0] == "The run was made with siting 0.1.0; this is 0.2.0."
    assert "other tables (catalogue aaaaaaaaaaaa, now bbbbbbbbbbbb)" in " ".join(lines[1:])
    assert max(map(len, lines)) <= 80


def test_a_value_without_an_answer_in_time_ends_its_way_and_not_the_explanation() -> None:
    lever = Lever("cap", "m3", 100.0, "limits.water_m3", False, (TIGHTER,))

    class Slow:
        solves = 0
        gap = 0.0

        def opens_at(self, lever: Lever, value: float) -> bool:
            self.solves += 1
            if value < 80.0:
                raise NoAnswerError("late")
            return True

    said: list[str] = []
    turn = find_turn(cast("Question", Slow()), lever, is_open=True, progress=said.append)
    assert (turn.to, turn.unturned, turn.solves) == (None, 90.0, 2)
    assert (turn.least, turn.most) == (90.0, 100.0)
    assert said == ["cap at 90 m3: open", "cap at 70 m3: no answer in time"]


def test_what_the_objective_weighs_is_moved_before_what_only_a_limit_reads() -> None:
    totals = {"water_m3": 1e6}
    for weights, first in (({"cost": 1}, PRICE), ({"carbon": 1}, CARBON)):
        weighed = {
            f"objective.weights.{m}": weights.get(m, 0)
            for m in ("energy", "carbon", "water", "cost")
        }
        study = changed_study(small(), {**weighed, "limits.carbon_t_co2e": 1e9})
        levers = list(levers_of(Question(study, load_catalogue(), OPEN), totals, is_open=True))
        assert levers[0].key == first
        keys = [lever.key for lever in levers if lever.steps]
        assert (keys[-1] == CARBON) is (first == PRICE)
        assert all(not lever.steps for lever in levers[len(keys) :])


def test_without_time_the_answer_of_the_run_is_told_and_nothing_else_claimed() -> None:
    run = solve_study(small(), catalogue=load_catalogue())
    found = explain_site(small(), OPEN, catalogue=load_catalogue(), placement=run, clock=Clock(0.0))
    assert found.is_open
    assert found.it_mw == pytest.approx(run.sites["it_mw"][OPEN])
    assert ", ".join(found.binding) == run.sites["binding"][OPEN]
    assert found.solves == 0
    assert found.other is None
    assert not any(turn.reached or turn.to is not None for turn in found.turns if turn.lever.steps)
    assert found.status == Status.TIME_LIMIT
    text = "\n".join(explanation_lines(found))
    assert "no placement was found in time" in text
    assert "not reached in the time for all levers" in text


def test_what_is_not_proven_or_fails_its_audit_is_said() -> None:
    found = explained(CLOSED)
    assert found.other is not None
    assert (found.status, found.audit_faults) == (Status.OPTIMAL, {})
    weak = replace(found.other, status=Status.TIME_LIMIT, gap=0.034)
    failed = replace(found.placement, audit={"passed": False, "faults": ["water_m3: off"]})
    changed = replace(found, placement=failed, other=weak)
    assert changed.status == Status.TIME_LIMIT
    assert changed.audit_faults == {"the answer": ["water_m3: off"]}
    text = " ".join(" ".join(explanation_lines(changed)).split())
    assert "This placement fails its audit" in text
    assert (
        "The solve of the other state ended before the requested gap: a placement up to 3.4% better"
        in text
    )
