"""A study whose names are markup and escapes, from its YAML to page, map, tables and terminal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from siting.catalogue import load_catalogue
from siting.files import configs_dir

HOSTILE = "<img src=x onerror=alert(1)>"
ESCAPE = "\x1b[31mred"
#: Few places and slices, the hostile one among them.
FEW = [
    f"--set={change}"
    for change in (
        "candidates.kinds=[]", "candidates.region=[]", "time.slices=12", "demand.factor=0.1",
        "candidates.sites=[falun, dublin, frankfurt]", "limits.open=[own]", "solver.gap=0.05",
        "demand.regions=[stockholm, paris]",
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Luleå again, as a site of the planner's own with a hostile name."""
    folder = tmp_path_factory.mktemp("hostile")
    site = load_catalogue().candidates.loc[["lulea"]].drop(columns=["geometry", "kinds"])
    site = site.assign(name=f"{HOSTILE} {ESCAPE}", kinds="arctic").set_axis(["own"], axis="index")
    site.rename_axis("id").to_csv(folder / "own.csv")
    path = folder / "hostile.yaml"
    text = (configs_dir() / "arctic.yaml").read_text(encoding="utf-8")
    text = text.replace("name: arctic", f"name: '{HOSTILE}'")
    text = text.replace("description: Does", f"description: {HOSTILE} does")
    text = text.replace("  region: europe              #", "  file: own.csv\n  region: europe  #")
    text = text.replace("  region: europe\n", "  region: europe\n  file: own.csv\n", 1)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(study: Path, in_process: Any) -> tuple[Path, str]:
    out = study.parent / "run"
    done = in_process("solve", study, "--out", out, *FEW)
    assert done.code == 0, done.err
    return out, done.out


def test_the_terminal_shows_names_as_they_are_without_their_escapes(
    study: Path, run: tuple[Path, str], in_process: Any
) -> None:
    assert "<img src=x" in run[1]
    listed = in_process("sites", study, "--kind", "arctic").out
    assert "<img" in listed
    checked = in_process("check", study, *FEW).out
    assert HOSTILE in " ".join(checked.split())
    for text in (run[1], listed, checked):
        assert "\x1b" not in text
        assert max(map(len, text.splitlines())) <= 80


def test_a_workload_cannot_have_such_a_name_and_the_refusal_is_text(
    study: Path, in_process: Any
) -> None:
    refused = in_process("check", study, "--set", f"demand.workloads.inference.name={HOSTILE}")
    assert refused.code == 2
    assert "is not a plain name" in refused.err
    assert "Traceback" not in refused.err


def test_page_and_maps_hold_no_markup_of_a_name(run: tuple[Path, str], in_process: Any) -> None:
    assert in_process("report", run[0], "--format", "svg").code == 0
    page = (run[0] / "report.html").read_text(encoding="utf-8")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    for text in (page, (run[0] / "map.svg").read_text(encoding="utf-8")):
        assert "<img" not in text
        assert "\x1b" not in text


def test_tables_for_scripts_keep_the_name_whole(
    study: Path, run: tuple[Path, str], in_process: Any
) -> None:
    facts = json.loads((run[0] / "summary.json").read_text(encoding="utf-8"))
    assert facts["name"] == HOSTILE
    assert f"{HOSTILE} {ESCAPE}" in {site["name"] for site in facts["sites"]}
    listed = in_process("sites", study, "--csv").out
    names = [row["name"] for row in csv.DictReader(io.StringIO(listed))]
    assert any(name.startswith(HOSTILE) for name in names)


def test_the_page_opens_quietly(chromium: Any, run: tuple[Path, str]) -> None:
    from tests.helpers.browser import opened

    with opened(chromium, run[0] / "report.html") as driven:
        assert driven.page.title().startswith(HOSTILE)
        assert driven.page.locator("img").count() == 0
        index = driven.ids("map:sites").index("own")
        assert HOSTILE in driven.hover("map:sites", index)
        driven.shot("hostile-study")
