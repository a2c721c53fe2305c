"""The Python API: the words of the command line, and results that show themselves."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
import typer

import siting
from siting import cli
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
