"""Folders and records that siting wrote and something else has changed since."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siting.config import study_from_mapping
from siting.errors import DataError, InputError
from siting.files.folders import new_folder
from siting.placement.folder import load_placement, save_placement
from siting.report.pages.sweep import value_classes
from siting.run import solve_study
from siting.sweeps import solve_case
from siting.sweeps.cases import Store, is_record

SMALL: dict[str, Any] = {
    "name": "small",
    "candidates": {"sites": ["lulea", "dublin"]},
    "demand": {
        "regions": ["stockholm"],
        "workloads": [{"name": "a", "it_mw": 5, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
    "objective": {"weights": {"carbon": 1}},
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    save_placement(solve_study(study_from_mapping(SMALL)), folder)
    return folder


@pytest.fixture
def run(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "run"))


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return solve_case((0, study_from_mapping(SMALL).to_mapping()), "")[1]


def told(run: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_placement(run)
    return str(caught.value)


def changed(run: Path, change: Any) -> str:
    facts = json.loads((run / "summary.json").read_text())
    change(facts)
    (run / "summary.json").write_text(json.dumps(facts))
    return told(run)


@pytest.mark.parametrize(
    "name",
    ["placement.gpkg", "supply.parquet", "summary.json", "study.yaml", "provenance.csv",
     "monthly.csv"],
)  # fmt: skip
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 500, b"SQLite format 3\0" + b"\1" * 500, b"a,b\n1"]
)
def test_a_file_that_was_overwritten_is_told(run: Path, name: str, content: bytes) -> None:
    (run / name).write_bytes(content)
    assert str(run) in told(run)


@pytest.mark.parametrize("name", ["placement.gpkg", "supply.parquet"])
def test_a_file_that_was_cut_off_is_told(run: Path, name: str) -> None:
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: len(content) // 2])
    assert str(run) in told(run)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.pop("metrics"), "metrics: Field required"),
        (lambda f: f["metrics"].pop("cost_usd"), "metrics are not those of siting"),
        (lambda f: f.update(objective="1"), "objective: Input should be a valid number"),
        (lambda f: f.update(status="best"), "'best' is not a valid Status"),
        (lambda f: f.update(sites=[]), "cannot be read"),
        (lambda f: f["sites"][0].pop("lat"), "sites has no column lat"),
        (lambda f: f["sites"][0].update(lat=None), "sites has a lat that is no number"),
        (lambda f: f["sites"][0].update(lat=95.0), "sites has a lat that is not on the Earth"),
        (lambda f: f["sites"][0].update(id="x"), "names a site that the run does not have"),
        (lambda f: f["sites"][0].update(modules=1.5), "sites has a modules that is no whole"),
        (
            lambda f: f["sites"][0].update(cost_grid_usd={"a": 1}),
            "sites has a cost_grid_usd that is no number",
        ),
        (lambda f: f["sites"][0].update(own_mw="much"), "sites has a own_mw that is no number"),
        (lambda f: f["sites"].append(f["sites"][0]), "sites has a row twice"),
        (lambda f: f["audit"].update(passed="yes"), "audit is not one of siting"),
        (lambda f: f.update(states=[{}]), "cannot be read"),
    ],
)  # fmt: skip
def test_a_summary_that_was_edited_is_told(run: Path, change: Any, words: str) -> None:
    assert words in changed(run, change)


@pytest.mark.parametrize(
    "name", ["summary.json", "study.yaml", "supply.parquet", "monthly.csv", "provenance.csv"]
)
def test_numbers_that_were_edited_since_a_command_wrote_them_are_refused(
    good: Path, tmp_path: Path, name: str
) -> None:
    with new_folder(tmp_path / "run", "solve") as fresh:
        shutil.copytree(good, fresh, dirs_exist_ok=True)
    load_placement(tmp_path / "run")
    with (tmp_path / "run" / name).open("ab") as file:
        file.write(b" ")
    assert told(tmp_path / "run") == (
        f"{tmp_path / 'run' / name}: is no longer what siting wrote there. Solve the study again"
    )


def test_a_table_of_another_run_is_told(run: Path) -> None:
    supply = pd.read_parquet(run / "supply.parquet")
    supply.assign(site="oslo").to_parquet(run / "supply.parquet")
    assert "supply names a site that the run does not have" in told(run)


def test_a_month_that_lacks_is_told(run: Path) -> None:
    lines = (run / "monthly.csv").read_text().splitlines(keepends=True)
    (run / "monthly.csv").write_text("".join(lines[:-1]))
    assert "monthly does not have each month of each site once" in told(run)


def test_missing_files_are_told_together(run: Path) -> None:
    (run / "study.yaml").unlink()
    (run / "placement.gpkg").unlink()
    assert told(run).count("is not there") == 2
    assert told(run / "elsewhere").count("\n") == 0
    assert "elsewhere: is not a folder. Give a folder that" in told(run / "elsewhere")


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.pop("sites"),
        lambda r: r.update(sites=[]),
        lambda r: r.pop("metrics"),
        lambda r: r["metrics"].pop("cost_usd"),
        lambda r: r.update(objective=None),
        lambda r: r.update(status="error"),
        lambda r: r.update(status="best"),
        lambda r: r["sites"][0].update(lat="65"),
        lambda r: r["flows"].clear(),
        lambda r: [r.pop(key) for key in list(r) if key not in ("status", "reason")],
    ],
)
def test_a_record_without_a_placement_is_no_answer(
    record: dict[str, Any], tmp_path: Path, change: Any
) -> None:
    store = Store(tmp_path)
    store.put("key", record)
    assert store.get("key") == json.loads(json.dumps(record))
    damaged = json.loads(json.dumps(record))
    change(damaged)
    store.put("key", damaged)
    assert store.get("key") is None


def test_a_record_of_which_one_digit_changed_is_no_answer(
    record: dict[str, Any], tmp_path: Path
) -> None:
    store = Store(tmp_path)
    store.put("key", record)
    content, digit = (tmp_path / "key.json").read_bytes(), repr(record["objective"]).encode()
    other = digit[:-1] + (b"1" if digit[-1:] != b"1" else b"2")
    (tmp_path / "key.json").write_bytes(content.replace(digit, other, 1))
    assert store.get("key") is None
    (tmp_path / "key.json").write_bytes(content)
    assert store.get("key") is not None


def test_records_without_an_answer_say_why_or_are_solved_again(tmp_path: Path) -> None:
    assert is_record({"status": "infeasible", "reason": "no site"})
    assert not is_record({"status": "infeasible", "reason": ""})
    assert not is_record({"status": "failed", "reason": "a bug"})
    assert not is_record([])
    (tmp_path / "key.json").write_bytes(b"\xff\xfe{")
    assert Store(tmp_path).get("key") is None


def test_a_parameter_that_is_null_in_the_base_case_has_a_class_of_its_own() -> None:
    classes = value_classes(pd.Series([None, 2, 3, 4, 2]))
    assert list(classes.cat.categories) == ["2", "3", "4", "none"]
    assert classes.tolist() == ["none", "2", "3", "4", "2"]
    words = value_classes(pd.Series([None, "dry", 0.8]))
    assert list(words.cat.categories) == ["0.8", "dry", "none"]
    many = value_classes(pd.Series([None, *range(100)]))
    assert many.tolist()[0] == "none"
    assert len(many.cat.categories) == 9


def test_a_comparison_of_a_damaged_run_is_refused(run: Path) -> None:
    from siting.report.folder import load_comparison

    (run / "compare.json").write_text('{"runs": {"a": 5, "b": "."}}')
    with pytest.raises(DataError, match="cannot be read"):
        load_comparison(run)
