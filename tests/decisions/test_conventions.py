"""How much of a recommendation stays under another convention."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.catalogue import load_catalogue
from siting.decisions import assumptions
from siting.decisions.assumptions import (
    CONVENTIONS,
    Convention,
    convention_table,
    convention_words,
    under_conventions,
)
from siting.decisions.case import Case, Pace, open_case
from siting.decisions.sensitivity import Base, solve_base
from siting.mip.runs import Outcome
from siting.report.pages.evidence import hangs_on_ranges
from siting.supply import contract_price_usd_per_mwh

pytestmark = pytest.mark.usefixtures("numbers_are_kept")


def test_water_alone_turns_with_the_water_of_dams() -> None:
    """Norway's dams against Denmark, which has none: which is drier is a convention."""
    study = siting.load(
        {
            "name": "dams",
            "candidates": {"sites": ["rjukan", "copenhagen"]},
            "designs": ["air_chiller"],
            "demand": {
                "regions": "europe",
                "workloads": [{"name": "all", "it_mw": 20, "max_rtt_ms": None}],
            },
            "supply": {"contracts": []},
            "time": {"slices": 12},
            "objective": {"weights": {"water": 1}},
        }
    )
    catalogue = load_catalogue()
    case = open_case(study, catalogue)
    base = solve_base(case)
    assert base.sites == ("copenhagen",)
    found = {(one.key, one.value): one for one in under_conventions(study, base, case)}
    others = sum(len(values) - 1 for values in CONVENTIONS.values())
    assert len(found) == others
    zero = found["supply.hydro_water", "zero"]
    assert (zero.stays, zero.leave, zero.join) == (0.0, ("copenhagen",), ("rjukan",))
    assert zero.turns
    assert found["supply.hydro_water", "evaporation"].stays == 1.0
    assert not found["supply.carbon", "location"].turns
    assert "supply.hydro_water=zero" in convention_words(list(found.values()))
    assert convention_table(list(found.values()))["turns"].sum() == 1


def test_an_answer_says_whether_it_has_a_placement_and_is_proven() -> None:
    none, some, proven = (
        Convention("supply.carbon", "location", status, 0.1, stays, 0.0, 0.001, (), ())
        for status, stays in (("time_limit", np.nan), ("time_limit", 0.61), ("optimal", 1.0))
    )
    assert str(none) == "supply.carbon=location: no placement in its time (time_limit)"
    assert str(some).endswith("61% of the load stays, not proven")
    assert str(proven).endswith("100% of the load stays")


def ranges_alone(monkeypatch: pytest.MonkeyPatch) -> tuple[siting.Study, Case, Base[Outcome]]:
    """The study of ranges, whose conventions are those of servers and prices alone."""
    kept = {key: CONVENTIONS[key] for key in ("demand.server_carbon", "supply.prices")}
    monkeypatch.setattr("siting.decisions.assumptions.CONVENTIONS", kept)
    study = siting.load(RANGES)
    case = open_case(study, load_catalogue())
    return study, case, solve_base(case)


@pytest.mark.parametrize(("limit_s", "files"), [(None, 4), (1000.0, 0)])
def test_what_the_time_of_the_study_left_open_is_not_kept(
    limit_s: float | None, files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more time it is asked again; what a solve's own limit left open is kept."""
    study, case, base = ranges_alone(monkeypatch)
    late = Convention("supply.prices", "high", "time_limit", 0.1, 0.5, np.nan, 0.001, (), ())
    monkeypatch.setattr(assumptions, "_solved", lambda *known: (known[-1][0], late))
    pace = Pace(limit_s)
    pace.part(1.0, 4)
    under_conventions(study, base, replace(case, pace=pace), store=tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == files


def test_answers_that_are_kept_are_not_solved_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the one whose file is damaged; a placement that none can keep is told as before."""
    study, case, base = ranges_alone(monkeypatch)
    before = under_conventions(study, base, case, store=tmp_path)
    assert any(np.isinf(one.rise) and "no placement keeps 90%" in str(one) for one in before)
    files = sorted(tmp_path.glob("*.json"))
    assert len(files) == len(before) == 4
    files[0].write_text("{")
    solved = assumptions._solved
    asked: list[Any] = []

    def counted(*arguments: Any) -> tuple[int, Convention]:
        asked.append(arguments)
        return solved(*arguments)

    monkeypatch.setattr(assumptions, "_solved", counted)
    assert under_conventions(study, base, case, store=tmp_path, again=True) == before
    assert len(asked) == 1


def test_moves_within_the_gap_turn_no_conclusion() -> None:
    """Placements within the gap are alike: which of them is found says nothing."""
    alike, worse = (
        Convention("supply.carbon", "location", "optimal", 0.0, 0.8, rise, 0.001, (), ())
        for rise in (0.0005, 0.002)
    )
    assert not alike.turns
    assert "could within the gap" in str(alike)
    assert worse.turns
    assert str(worse).endswith("80% of the load stays, and keeping 90% is at least 0.20% worse")


#: A grid whose price is assumed (South Africa, 63 to 117 USD/MWh) beside one that was measured.
RANGES: dict[str, Any] = {
    "name": "ranges",
    "candidates": {"sites": ["johannesburg", "paris"]},
    "designs": ["air_chiller"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "all", "it_mw": 20, "max_rtt_ms": None}],
    },
    "supply": {"contracts": []},
    "time": {"slices": 12},
    "objective": {"weights": {"cost": 1}},
    "limits": {"carbon_t_co2e": 210_000},
}


def test_ranges_of_prices_and_of_servers_turn_a_conclusion_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The high end of an assumed price, and a cap on carbon that servers alone break."""
    study, case, base = ranges_alone(monkeypatch)
    assert base.sites == ("johannesburg",)
    found = {(one.key, one.value): one for one in under_conventions(study, base, case)}
    assert {key for key, one in found.items() if one.turns} == {
        ("demand.server_carbon", "high"), ("supply.prices", "high"),
    }  # fmt: skip
    assert all(one.join == ("paris",) for one in found.values() if one.turns)
    # The cap leaves no placement that keeps the site; at the high price it is more expensive.
    assert found["demand.server_carbon", "high"].rise == np.inf
    assert 0.001 < found["supply.prices", "high"].rise < 0.2


def test_a_placement_tells_what_it_would_be_at_the_ends_of_the_ranges() -> None:
    """As if the study had been solved there; the audit, which reads the tables itself, agrees."""
    there = RANGES | {"limits": {"open": ["johannesburg"], "max_sites": 1}}
    before = siting.solve(siting.load(there))
    ends = {"supply": {"contracts": [], "prices": "high"},
            "demand": RANGES["demand"] | {"server_carbon": "low"}}  # fmt: skip
    after = siting.solve(siting.load(there | ends))
    for placement in (before, after):
        assert placement.audit is not None
        assert placement.audit["passed"], placement.audit
    told = before.other_conventions
    assert after.metrics["cost_usd"] == pytest.approx(told["cost_usd_prices_high"], rel=1e-6)
    assert after.metrics["carbon_t_co2e"] == pytest.approx(
        told["carbon_t_co2e_servers_low"], rel=1e-6
    )
    assert told["cost_usd_prices_low"] < before.metrics["cost_usd"]
    said = " ".join(map(str, hangs_on_ranges(before)))
    assert "supply.prices" in said
    assert "demand.server_carbon" in said


def test_contracts_move_with_their_range_and_quotes_of_the_planner_stay() -> None:
    catalogue = load_catalogue()
    places = catalogue.candidates.loc[["johannesburg"]]
    low, best, high = (
        contract_price_usd_per_mwh(catalogue, places, "hydro", None, estimate)[0]
        for estimate in ("low", "best", "high")
    )
    assert (low, high) == pytest.approx((30 + 20, 120 + 75))
    assert low < best < high
    assert contract_price_usd_per_mwh(catalogue, places, "hydro", 0.0, "low")[0] == 30.0


def test_the_folder_of_a_study_whose_conventions_break_a_limit_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "siting.decisions.assumptions.CONVENTIONS", {"demand.server_carbon": ("best", "high")}
    )
    siting.robustness(siting.load(RANGES), samples=0, entries=0, out=tmp_path / "robust")
    summary = json.loads((tmp_path / "robust" / "summary.json").read_text(encoding="utf-8"))
    (one,) = summary["conventions"]
    assert (one["value"], one["turns"], one["rise"]) == ("high", True, None)


def test_what_was_not_kept_in_time_is_not_said_to_be_as_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = open_case(siting.load(RANGES), load_catalogue())
    base = solve_base(case)
    before = {"johannesburg": 20.0}
    assert assumptions._rise(case, base, before) == pytest.approx(0.0, abs=1e-3)
    stopped = replace(base.found, bound=base.found.objective * 0.9, timed_out=True)
    monkeypatch.setattr(Case, "minimize", lambda *_: stopped)
    assert np.isnan(assumptions._rise(case, base, before))


def test_periods_may_take_other_ends_of_a_range() -> None:
    """Only conventions that every period is told under are told of the plan."""
    later = {"year": 2030, "years": 5, "set": {"supply.prices": "high"}}
    study = siting.load(RANGES | {"limits": {}, "periods": [{"year": 2027, "years": 3}, later]})
    told = siting.solve(study).other_conventions
    assert "cost_usd_prices_low" in told
    assert not {"cost_usd_prices_best", "cost_usd_prices_high"} & set(told)
