"""Every kind of plan from the command line and from a file, on the global study made small."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.files import configs_dir
from siting.sweeps.plan import case_values, plan_from_over, read_plan

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

SMALL = ("time.slices=12", "demand.regions=[stockholm, paris]", "designs=[air_economizer]",
         "candidates.kinds=[]", "candidates.sites=[lulea, dublin, paris, falun]",
         "demand.factor=0.1", "limits.max_share_per_site=0.6")  # fmt: skip
SHARE, CARBON = "limits.max_share_per_site", "objective.weights.carbon"
VALUES = {SHARE: [0.4, 0.6], CARBON: [0, 3]}
RANGES = {SHARE: {"low": 0.4, "high": 0.8}, CARBON: {"low": 0.5, "high": 3}}
#: Kind, what is moved over what, samples, and cases besides the base: all combinations; each value
#: alone; one a sample; a start and a step for each of two keys; n (k + 2) points.
KINDS = [
    ("grid", VALUES, 1, 4),
    ("one_at_a_time", VALUES, 1, 4),
    ("latin", RANGES, 3, 3),
    ("morris", RANGES, 2, 6),
    ("sobol", RANGES, 2, 8),
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "over", "samples", "cases"), KINDS)
def test_the_command_line_and_a_file_give_the_same_cases_and_each_has_an_answer(
    method: str, over: dict, samples: int, cases: int, tmp_path: Path
) -> None:
    texts = [f"{key}={_text(values)}" for key, values in over.items()]
    file = tmp_path / "plan.yaml"
    file.write_text(json.dumps({"method": method, "samples": samples, "over": over}))
    plans = [plan_from_over(texts, method=method, samples=samples), read_plan(file)]
    assert case_values(plans[0]) == case_values(plans[1])

    told = ["--method", method, "--samples", str(samples), *(f"--over={text}" for text in texts)]
    how = ["--plan", str(file)] if method in ("grid", "sobol") else told
    small = [f"--set={change}" for change in SMALL]
    command = ["sweep", str(configs_dir() / "global.yaml"), *small, *how]
    result = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    table = pd.read_parquet(tmp_path / "out" / "cases.parquet")
    assert len(table) == cases + 1
    assert set(table["status"]) == {"optimal"}
    assert (table.loc[0, [SHARE, CARBON]] == [0.6, 1]).all()
    if over is RANGES:
        assert table[SHARE].iloc[1:].between(0.4, 0.8).all()
        assert table[CARBON].iloc[1:].between(0.5, 3).all()
    if method == "one_at_a_time":
        assert ((table[[SHARE, CARBON]].iloc[1:] != [0.6, 1]).sum(axis=1) <= 1).all()


def _text(values: object) -> str:
    if isinstance(values, dict):
        return f"{values['low']}..{values['high']}"
    return ",".join(map(str, values))  # type: ignore[call-overload]
