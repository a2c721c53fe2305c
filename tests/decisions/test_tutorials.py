"""Every command of docs/tutorials.md runs, in order, on few candidates."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siting.cli import app
from tests.helpers.cases import CONFIGS, FEW

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

PAGE = Path(__file__).parents[2] / "docs" / "tutorials.md"
SECTIONS = dict(
    re.findall(
        r"^## ([A-Z]\w*(?: \w+)?):.*?\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.M | re.S
    )
)
#: Sites that a tutorial names and that the few candidates lack.
IN_PLACE_OF = {"orkney": "lingshui"}
#: An explanation moves the limits of each workload: one is enough.
ONE = {"subsea": {"demand.workloads": [{"name": "inference", "it_mw": 400, "max_rtt_ms": 60}]}}


def commands(section: str) -> list[list[str]]:
    lines = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)).splitlines()
    return [shlex.split(line) for line in lines]


def made_small(words: list[str]) -> list[str]:
    """The same command with the few candidates, users and designs of its case."""
    words = [IN_PLACE_OF.get(word, word) for word in words]
    studies = [Path(word).stem for word in words if word.endswith(".yaml")]
    sets = [
        f"--set={key}={json.dumps(value)}"
        for study in studies
        for key, value in (FEW[study] | ONE.get(study, {})).items()
        if key != "time.slices"  # the tutorial says it
    ]
    return [word.replace("=50,70", "=150,200") for word in words] + sets


@pytest.mark.slow
@pytest.mark.parametrize("name", SECTIONS)
def test_the_commands_of_a_tutorial_run(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(CONFIGS, tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    for program, *words in commands(SECTIONS[name]):
        assert program == "siting"
        result = CliRunner().invoke(app, made_small(words))
        assert result.exit_code == 0, result.output


def test_each_tool_has_a_tutorial_and_each_tutorial_a_command() -> None:
    verbs = {words[1] for section in SECTIONS.values() for words in commands(section)}
    assert {"pareto", "alternatives", "robustness", "explain", "sweep", "compare"} <= verbs
    assert len(SECTIONS) == 6
