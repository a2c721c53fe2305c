"""The commands on a real case, small enough for a test, as docs/decisions.md shows them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from siting.cli import app
from tests.helpers.cases import CONFIGS, FEW

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

SMALL = [f"--set={key}={json.dumps(value)}" for key, value in FEW["arctic"].items()]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.slow
def test_a_front_of_arctic_is_efficient_and_its_folder_adds_up(tmp_path: Path) -> None:
    out = tmp_path / "front"
    run("pareto", str(CONFIGS / "arctic.yaml"), "--points", "6", "--out", str(out), *SMALL)
    front, sites = pd.read_parquet(out / "front.parquet"), pd.read_csv(out / "sites.csv")
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    values = front[summary["objectives"]].to_numpy()
    for a in values:
        no_worse = (values <= a).all(axis=1) & (values < a).any(axis=1)
        assert not no_worse.any()
    by_point = sites.groupby("point")[summary["objectives"]].sum().to_numpy()
    assert by_point == pytest.approx(values, rel=1e-6)
    it_mw = sites.groupby("point")["it_mw"].sum()
    assert np.ptp(it_mw) < 1e-3
    assert summary["points"] == len(front) == front["point"].nunique()
    assert front["is_knee"].sum() == 1
    assert {"front.png", "front.csv", "flows.parquet", "study.yaml"} <= {
        p.name for p in out.iterdir()
    }


@pytest.mark.slow
def test_alternatives_of_arctic_differ_pairwise_and_stay_within_five_percent(
    tmp_path: Path,
) -> None:
    out = tmp_path / "other"
    shown = run("alternatives", str(CONFIGS / "arctic.yaml"), "--count", "2", "--out", str(out),
                *SMALL)  # fmt: skip
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    table = pd.read_parquet(out / "alternatives.parquet")
    assert table["sites"].nunique() == len(table) == 3
    words = set(shown.replace(",", " ").split())
    assert words >= {site for sites in table["sites"] for site in sites.split(",")}
    assert (table["objective"] <= 1.05 * summary["bound"] * (1 + 1e-9)).all()


def test_a_folder_of_other_files_is_refused_before_anything_is_solved(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    arguments = ["pareto", str(CONFIGS / "arctic.yaml"), "--out", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code != 0
    assert "no record of `siting pareto`" in str(result.exception)


@pytest.mark.parametrize("begun", [False, True])
def test_an_interrupt_says_whether_anything_is_there_to_go_on_from(
    begun: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        if begun:
            (tmp_path / "out").mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr("siting.decisions.robustness", stopped)
    arguments = ["robustness", str(CONFIGS / "arctic.yaml"), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 130
    assert ("go on with --resume" in result.stderr) is begun
    assert ("nothing is written yet" in result.stderr) is not begun
