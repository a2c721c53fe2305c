"""Limits held against their own bounds: what is named cannot be met, and by how much."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import siting
from siting.catalogue import load_catalogue
from siting.coefficients import Coefficients
from siting.config import Study, study_from_mapping
from siting.decisions.case import open_case
from siting.errors import InfeasibleError
from siting.infeasible import bounds, explain_infeasible
from siting.infeasible.bounds import metric_floor
from siting.mip import Clock
from siting.mip.highs import Highs
from siting.run import solve_study
from tests.helpers.families import KINDS, METRICS

BASE = {
    "name": "bounds",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt", "stockholm"]},
    "designs": ["air_chiller", "tower_liquid"],
    "demand": {
        "regions": ["stockholm", "frankfurt"],
        "workloads": [
            {"name": "chat", "it_mw": 60, "max_rtt_ms": 40},
            {"name": "training", "it_mw": 40, "max_rtt_ms": None},
        ],
    },
    "time": {"slices": 12},
    "supply": {"contracts": []},
    "objective": {"weights": {"energy": 1}},
}


#: Kinds of random study with several periods or scenarios.
OF_STATES = ("expansion", "vintages", "phased", "cvar", "worst", "regret")


def study_of(overrides: list[str]) -> Study:
    return study_from_mapping(BASE, overrides)


def refused(*overrides: str) -> str:
    with pytest.raises(InfeasibleError) as caught:
        solve_study(study_of(list(overrides)), catalogue=load_catalogue())
    return str(caught.value)


@pytest.mark.parametrize("metric", ["carbon", "energy"])
def test_the_value_named_for_a_budget_is_the_least_that_a_solve_finds(metric: str) -> None:
    unit = {"carbon": "carbon_t_co2e", "energy": "energy_mwh"}[metric]
    said = refused(f"limits.{unit}=1000")
    found = re.search(rf"limits.{unit} = 1000: at least ([\d,.e+]+) is", said)
    assert found is not None
    named = float(found[1].replace(",", ""))
    best = solve_study(study_of([f"objective.weights={{{metric}: 1}}"]), catalogue=load_catalogue())
    assert 0.95 * best.metrics[unit] <= named <= best.metrics[unit] * (1 + 1e-6)


@pytest.mark.parametrize("kind", [name for name in KINDS if name not in OF_STATES])
def test_no_study_has_less_of_a_metric_than_its_floor(kind: str) -> None:
    for seed in range(4):
        c, metric = KINDS[kind].study(seed), METRICS[seed % 4]
        assert isinstance(c, Coefficients)
        least, floor = KINDS[kind].second(c, metric), metric_floor(c, metric)
        assert floor <= least * (1 + 1e-7) + 1e-9, (seed, metric)
        assert kind != "plain" or metric != "energy_mwh" or floor > 0.9 * least


def test_limits_below_their_floors_are_all_named_where_there_is_no_time() -> None:
    caps = "caps=[{metric: carbon_t_co2e, at_most: 0.001, per_it_mwh: true}]"
    study = study_of([caps, "limits.energy_mwh=1000", "solver.time_limit_s=0.001"])
    with pytest.raises(InfeasibleError) as caught:
        solve_study(study, catalogue=load_catalogue())
    assert "limits.energy_mwh = 1000: at least" in str(caught.value)
    assert "caps[0].at_most = 0.001: at least 0." in str(caught.value)
    conflict = explain_infeasible(study, clock=Clock(0.0))
    assert set(conflict.keys) == {"limits.energy_mwh", "caps[0].at_most"}
    assert str(conflict).startswith("each of these limits cannot be met")
    assert str(conflict).count("is needed; by how much") == 2


def test_a_cap_per_it_energy_below_what_servers_embody_is_named_with_its_least() -> None:
    said = refused("caps=[{metric: carbon_t_co2e, at_most: 0.001, per_it_mwh: true}]")
    assert "caps[0].at_most = 0.001: at least 0." in said


def test_too_few_sites_are_refused_with_the_least_number() -> None:
    said = refused("limits.max_sites=2", "limits.max_mw_per_site=40")
    assert "limits.max_sites = 2: at least 3 is needed" in said


@pytest.mark.parametrize("ask", [siting.pareto, siting.alternatives, siting.robustness])
def test_studies_of_many_solves_refuse_too_few_sites_before_the_first(
    ask: Callable[[Study], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Highs, "minimize", lambda *_, **__: pytest.fail("a solve was begun"))
    with pytest.raises(InfeasibleError, match=r"limits.max_sites = 2: at least 3 is needed"):
        ask(study_of(["limits.max_sites=2", "limits.max_mw_per_site=40"]))


def test_that_question_takes_a_share_of_the_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []

    def asked(c: object, clock: Clock, *, enough: int) -> int:
        left.append(clock.left_s)
        return 0

    monkeypatch.setattr(bounds, "fewest_sites", asked)
    study = study_of(["limits.max_sites=2", "solver.time_limit_s=1000"])
    case = open_case(study)
    bounds.refuse_too_few_sites(study, case.model.instance, case.clock())
    assert left
    assert max(left) <= bounds.MOST_S


def test_without_time_every_limit_is_named_and_not_called_the_smallest_set() -> None:
    study = study_of(["limits.max_sites=2", "limits.max_mw_per_site=40"])
    conflict = explain_infeasible(study, catalogue=load_catalogue(), clock=Clock(0.0))
    assert not conflict.smallest
    assert set(conflict.keys) == {
        "limits.max_sites", "limits.max_mw_per_site", "demand.workloads[0].max_rtt_ms",
    }  # fmt: skip
    assert "may not be the smallest" in str(conflict)
    assert "not found in time" in str(conflict)
