"""The Python API: the words of the command line, and results that show themselves."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
import typer

import siting
from siting import cli
from siting.comparison import Comparison
from siting.decisions.explain import Explanation
from siting.decisions.levers import Lever, Turn
from siting.decisions.results import Decision
from siting.placement import Placement, Result
from siting.screen import Screening
from siting.sweeps.cases import SweepResult
from tests.helpers.fakes import EUROPE, EUROPEAN, HOSTILE, fake_placement

VERBS = ("solve", "check", "audit", "profile", "sites", "pareto", "alternatives", "robustness",
         "explain", "sweep", "compare", "screen", "report", "load")  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_called_whatever_was_imported_before(verb: str) -> None:
    function = getattr(import_module("siting.api"), verb)
    assert callable(function)
    assert inspect.getdoc(function)
    if verb in ("audit", "profile", "screen", "report"):
        import_module(f"siting.{verb}")
    assert callable(getattr(siting, verb))
    assert verb in siting.__all__


def test_every_command_on_a_study_or_a_run_has_its_verb() -> None:
    commands = set(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]
    assert set(VERBS) - commands == {"load"}


def test_a_called_room_is_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.api.audit", lambda *given, **keywords: (given, keywords))
    assert siting.audit(1, catalogue=2) == ((1,), {"catalogue": 2})
    with pytest.raises(AttributeError, match="solve_study"):
        _ = siting.solve_study


RESULTS = {
    "solve": Placement, "pareto": Decision, "alternatives": Decision, "robustness": Decision,
    "explain": Explanation, "sweep": SweepResult, "compare": Comparison, "screen": Screening,
}  # fmt: skip


@pytest.mark.parametrize("kind", RESULTS.values(), ids=RESULTS)
def test_every_result_has_placements_a_table_and_a_folder(kind: type) -> None:
    given = {**kind.__dict__, **{f.name: f for f in fields(kind)}}
    assert {"placements", "table", "save"} <= {*given}
    assert inspect.signature(kind.save) == inspect.signature(Result.save)  # type: ignore[attr-defined]


def test_an_explanation_is_saved_with_its_levers(tmp_path: Path) -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    lever = Lever("grid carbon", "g CO2e/kWh", 30.0, "grid_carbon_t_per_mwh", True, ((1.25,),))
    found = Explanation(
        site="dublin", name="Dublin", is_open=True, it_mw=75.0, binding=(), cannot="", rise=0.1,
        gap=0.0, metrics={"cost_usd": 1.0}, moved_mw={}, numbers={}, solves=1,
        turns=(Turn(lever, None, 37.5, 30.0, 37.5, 1),), placement=placement, other=None,
    )  # fmt: skip
    found.save(tmp_path / "why")
    levers = pd.read_csv(tmp_path / "why" / "levers.csv")
    assert levers[["name", "now", "unturned"]].to_numpy().tolist() == [["grid carbon", 30.0, 37.5]]
    sites = pd.read_parquet(tmp_path / "why" / "sites.parquet")
    assert (sites["answer"] == "answer").all()
    assert {*sites["id"]} == {*EUROPE}
    assert json.loads((tmp_path / "why" / "summary.json").read_text())["site"] == "dublin"


def test_a_placement_prints_five_lines_and_shows_a_map_with_its_text_escaped() -> None:
    placement = fake_placement(EUROPE, EUROPEAN)
    lines = repr(placement).splitlines()
    assert len(lines) == 5
    assert str(placement.status) in lines[0]
    assert placement.table is placement.sites
    assert [*placement.placements.values()] == [placement]
    sites = {"a": (HOSTILE, HOSTILE, 50.0, 8.0, "air_economizer", 40.0)}
    hostile = fake_placement(sites, ("paris",), name=HOSTILE)._repr_html_()
    assert "<svg" in hostile
    assert "<table" in hostile
    assert "<img" not in hostile
