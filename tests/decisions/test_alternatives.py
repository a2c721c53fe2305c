"""Alternatives on small instances, where every set of sites can be tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siting.config import study_from_mapping
from siting.decisions.case import Case
from siting.decisions.near_optimal import find_alternatives
from siting.mip.solution import Payoff
from tests.helpers.brute_force import brute_force
from tests.helpers.cases import case_of, few_halls
from tests.helpers.instances import with_limits


def cheapest(case: Case) -> Case:
    """The same case with cost as its only metric."""
    mapping = case.study.to_mapping()
    mapping["objective"]["weights"] = {"energy": 0, "carbon": 0, "water": 0, "cost": 1}
    return replace(case, study=study_from_mapping(mapping))


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_alternatives_are_different_and_within_the_slack_of_the_enumerated_best(seed: int) -> None:
    c = few_halls(seed)
    found = find_alternatives(cheapest(case_of(c)), slack=0.25, count=4)
    best = brute_force(c, {"cost_usd": 1.0})
    scale = best / found.answers[0].objective
    sets = [frozenset(a.sites) for a in found.answers]
    assert len(set(sets)) == len(sets)
    for answer in found.answers[1:]:
        assert answer.objective * scale <= best * 1.25 * (1 + 1e-6)
        closed = tuple(s for s in c.sites if s not in answer.sites)
        own = brute_force(with_limits(c, closed_sites=closed), {"cost_usd": 1.0})
        assert own <= answer.objective * scale * (1 + 1e-6)


def test_where_one_set_alone_will_do_the_search_says_so() -> None:
    c = with_limits(few_halls(1), open_sites=("site_0", "site_1"), max_sites=2)
    found = find_alternatives(cheapest(case_of(c)), slack=0.5, count=3)
    assert found.exhausted
    assert len(found.answers) == 1
    assert set(found.common) == {"site_0", "site_1"}


@pytest.mark.parametrize(
    ("payoff", "scale"),
    [(Payoff(200.0, 200.0), 200.0), (Payoff(2.7e-11, 5.0), 5.0), (Payoff(0.0, 40.0, True), 40.0)],
)
def test_a_metric_alone_is_over_its_best_or_its_range_where_that_is_nothing(
    payoff: Payoff, scale: float
) -> None:
    case = cheapest(case_of(few_halls(0)))
    found = case.weighted({"cost_usd": 1.0}, {"cost_usd": payoff})
    expected = case.padded(case.costs["cost_usd"] / scale)
    assert found == pytest.approx(expected, rel=1e-9)
