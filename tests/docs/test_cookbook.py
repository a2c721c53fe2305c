"""Every recipe of the cookbook and the quickstart runs as it is written, on few candidates."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import siting
from siting.cli import app
from tests.helpers.cases import FEW

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: What is solved gets these on top, so that a test takes seconds.
SMALL_KEYS = [f"{key}={json.dumps(value)}" for key, value in FEW["arctic"].items()]
SMALL = [f"--set={change}" for change in SMALL_KEYS]
SOLVES = {"solve", "pareto", "alternatives"}


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


@pytest.mark.slow
def test_the_recipes_for_scripts_run_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def few(study: Any, overrides: Sequence[str] = ()) -> Any:
        small = SMALL_KEYS if isinstance(study, Path) and study.suffix == ".yaml" else []
        return load(study, [*overrides, *small])

    load = siting.load
    monkeypatch.setattr(siting, "load", few)
    monkeypatch.chdir(tmp_path)
    kept: dict[str, Any] = {}
    for recipe in blocks("cookbook.md", "python"):
        exec(compile(recipe, "docs/cookbook.md", "exec"), kept)
    assert kept["placement"].audit["passed"]
    assert kept["carbon"][1.0] > 0
    assert kept["front"].table["is_knee"].sum() == 1
    assert kept["why"].turns
    assert len(kept["cases"].table) == 5
    assert (tmp_path / "compare.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "arctic.svg").is_file()
    assert (tmp_path / "runs" / "arctic" / "report.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("page", ["quickstart.md", "cookbook.md"])
def test_the_commands_run_in_order(
    page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    assert lines
    for line in lines:
        program, verb, *rest = shlex.split(line)
        assert program == "siting"
        small = SMALL if verb in SOLVES else []
        result = CliRunner().invoke(app, [verb, *rest, *small])
        assert result.exit_code == 0, f"{line}\n{result.output}"
