"""Every value of every key of the section `solver` ends a small study alike."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

import siting
from siting.catalogue import Catalogue
from siting.errors import NoAnswerError
from siting.mip import session
from siting.report.pages.evidence import TYPICAL
from siting.run import TYPICAL_SCALES, solve_study
from tests.helpers.fakes import sentences

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY: dict[str, Any] = {
    "name": "keys",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt"]},
    "designs": ["air_economizer", "tower_liquid"],
    "demand": {
        "regions": ["berlin", "paris"],
        "workloads": [{"name": "web", "it_mw": 40, "max_rtt_ms": 60}],
    },
    "time": {"slices": 12},
    "objective": {"weights": {"energy": 1, "water": 1}},
    "limits": {"max_sites": 2},
}
VALUES: dict[str, list[Any]] = {
    "name": ["HiGHS"],
    "method": ["auto", "monolithic", "decomposed"],
    "gap": [0.0, 1e-9, 1e-6, 1e-3, 0.5],
    "time_limit_s": [600, 604_800],
    "threads": [1, 2, 3, 8, 1],
    "seed": [0, 1, 2**31 - 1],
}


@pytest.fixture(scope="module")
def best(catalogue: Catalogue) -> float:
    study = siting.load(STUDY | {"solver": {"gap": 1e-7}})
    return siting.solve(study, catalogue=catalogue).objective


def test_every_key_is_tested() -> None:
    assert set(VALUES) == set(siting.load(STUDY).solver.model_dump())


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, vs in VALUES.items() for v in vs])
@pytest.mark.parametrize("method", ["monolithic", "decomposed"])
def test_a_value_ends_with_the_optimum(
    key: str, value: Any, method: str, catalogue: Catalogue, best: float
) -> None:
    solver = {"method": method, "gap": 1e-6} | {key: value}
    study = siting.load(STUDY | {"solver": solver})
    placement = siting.solve(study, catalogue=catalogue)
    slack = max(study.solver.gap, 1e-6)
    assert best * (1 - 1e-6) <= placement.objective <= best * (1 + slack) + 1e-9
    assert placement.gap <= slack + 1e-8
    assert placement.audit is not None
    assert placement.audit["passed"]


def test_scales_that_the_time_cut_short_are_told(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typical values then scale the weights: the terminal, the file and the page say so."""
    study = siting.load(STUDY)
    said: list[str] = []
    whole = solve_study(study, catalogue=catalogue, progress=sentences(said))
    assert said == []
    assert "typical" not in str(whole.payoff)

    def late(*_: object) -> None:
        raise NoAnswerError("the time ended")

    monkeypatch.setattr(session, "_payoff_table", late)
    short = solve_study(study, catalogue=catalogue, progress=sentences(said))
    assert said == [TYPICAL_SCALES]
    assert {row["typical"] for row in short.payoff.values()} == {1.0}
    assert TYPICAL in unescape(short.page().text)
