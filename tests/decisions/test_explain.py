"""What explain prints, applied to the study by hand, turns the answer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from cases import CONFIGS

from siting.catalogue import load_catalogue
from siting.coefficients.build import build_problem
from siting.config import Study, load_study
from siting.config.derive import changed_study
from siting.decisions.explain import Explanation, explain_site
from siting.decisions.explain_words import explanation_lines, explanation_mapping
from siting.decisions.levers import SITE_LEVERS, Turn
from siting.errors import DataError
from siting.mip import SolverOptions, build_model, is_decomposed, optimize
from siting.run import solve_study, study_objective

OPEN, CLOSED = "falun", "lulea"


@cache
def small() -> Study:
    study = load_study(CONFIGS / "arctic.yaml")
    return changed_study(study, {"time.slices": 12, "candidates.kinds": ["arctic"]})


@cache
def explained(site: str) -> Explanation:
    return explain_site(small(), site, catalogue=load_catalogue())


def is_open(turn: Turn, site: str, value: float) -> bool:
    """Whether a site is open with the printed value, by the ordinary walk of a solve."""
    catalogue, lever = load_catalogue(), turn.lever
    if not lever.of_site:
        changed = changed_study(small(), {lever.key: value})
        return site in solve_study(changed, catalogue=catalogue).sites.index
    c = build_problem(small(), catalogue).coefficients
    scale = {field: scale for _, field, _, scale in SITE_LEVERS}[lever.key]
    numbers, s = np.array(getattr(c, lever.key)), c.sites.index(site)
    mean = np.average(numbers[s], weights=c.hours) if numbers.ndim == 2 else numbers[s]
    numbers[s] *= value / scale / mean
    c = replace(c, **{lever.key: numbers})
    options = SolverOptions(**small().solver.model_dump())
    instance = build_model(c).instance
    model = build_model(instance, decomposed=is_decomposed(instance, options))
    decided = optimize(model, study_objective(small()), options).decisions
    return bool(decided.load_mw[c.pair_site == s].sum() > 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("site", "state"), [(OPEN, True), (CLOSED, False)])
def test_applying_what_is_printed_turns_the_state_and_the_value_before_does_not(
    site: str, state: bool
) -> None:
    found = explained(site)
    assert found.is_open is state
    turns = [turn for turn in found.turns if turn.to is not None]
    assert turns
    for turn in turns:
        assert turn.to is not None
        assert is_open(turn, site, turn.to) is not state
        if turn.unturned != turn.lever.now:
            assert is_open(turn, site, turn.unturned) is state


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
    text = "\n".join(explanation_lines(found))
    assert "(lulea) is closed." in text
    for turn in found.turns:
        assert turn.lever.name in text
        if turn.to is not None:
            assert f"open at {turn.to:.4g}" in text
    turns = explanation_mapping(found)["turns"]
    assert [turn["to"] for turn in turns] == [turn.to for turn in found.turns]


def test_a_site_that_is_no_candidate_is_refused_with_those_that_are() -> None:
    with pytest.raises(DataError, match="is no candidate of the study") as error:
        explain_site(small(), "atlantis", catalogue=load_catalogue())
    assert "50 candidates, such as akureyri" in str(error.value)


def test_a_site_that_the_study_shuts_is_told_to_be_shut_by_that_key() -> None:
    study = changed_study(small(), {"limits.closed": [CLOSED]})
    found = explain_site(study, CLOSED, catalogue=load_catalogue())
    assert not found.is_open
    assert found.cannot == "limits.closed holds it closed"
    assert found.turns == ()
