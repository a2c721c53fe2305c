"""The tutorial docs/my_sites.md as its reader follows it: workbook, study, check, solve, report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import DataError
from siting.files.spreadsheets import write_workbook

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

PAGE = (Path(__file__).parents[2] / "docs" / "my_sites.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [line.split(" | ") for line in re.findall(r"^\| (.*) \|$", PAGE, re.M)]
    header = rows[0]
    table = pd.DataFrame([row for row in rows[1:] if len(row) == len(header)], columns=header)
    numbers = [name for name in header if name not in ("id", "name")]
    write_workbook({"sites": table.astype(dict.fromkeys(numbers, float))}, Path("my_sites.xlsx"))
    study = re.search(r"```yaml\n(.*?)```", PAGE, re.S)
    Path("my_sites.yaml").write_text(study.group(1), encoding="utf-8")
    return tmp_path


def run(*words):
    done = CliRunner().invoke(app, list(words))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_the_check_leaves_out_the_dry_site_and_names_a_slip_by_its_row(folder):
    told = json.loads(run("check", "my_sites.yaml", "--json").output)
    assert told["valid"]
    assert told["candidates"] == 12
    assert set(told["left_out"]) == {"aragon"}
    assert told["left_out"]["aragon"] in PAGE
    book = load_workbook("my_sites.xlsx")
    book["sites"]["E3"] = 0.11
    book.save("my_sites.xlsx")
    with pytest.raises(DataError, match=r"sites:3: price_usd_per_mwh: is 0\.11, which looks like"):
        run("check", "my_sites.yaml")


@pytest.mark.slow
def test_the_study_is_solved_and_mailed_as_the_page_says(folder):
    assert run("solve", "my_sites.yaml", "--time-limit", "3600").exit_code == 0
    summary = json.loads(Path("runs/my_sites/summary.json").read_text(encoding="utf-8"))
    assert summary["audit"]["passed"]
    sites = {site["id"] for site in summary["sites"]}
    assert 2 <= len(sites) <= 3
    assert "aragon" not in sites
    it_mwh = sum(
        state["share"] * mw * 8760
        for state, mw in zip(summary["states"], (72, 126, 180), strict=True)
    )
    assert summary["metrics"]["carbon_t_co2e"] <= 0.15 * it_mwh
    for name in sites:
        assert f"`{name}`" in PAGE
    found = pd.read_csv("runs/my_sites/provenance.csv")
    given = found[found["label"] == "given"]
    assert {"price_usd_per_mwh", "connection_mw", "pue"} <= set(given["attribute"])
    assert set(given["source"]) == {"planner, my_sites.xlsx"}
    run("report", "runs/my_sites", "--format", "xlsx")
    assert "assumptions" in load_workbook("runs/my_sites/placement.xlsx").sheetnames
