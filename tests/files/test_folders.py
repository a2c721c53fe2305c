"""Result folders: nothing is lost of what others wrote, whatever ends the command."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from siting import cli, files
from siting.errors import DataError
from siting.files import configs_dir
from siting.files.folders import MANIFEST, new_folder, settle, written_by

ARCTIC = str(configs_dir() / "arctic.yaml")
DRIVER = Path(__file__).parents[1] / "helpers" / "folder_kills.py"
COMMANDS = {
    "solve": [ARCTIC],
    "pareto": [ARCTIC],
    "alternatives": [ARCTIC],
    "robustness": [ARCTIC],
    "sweep": [ARCTIC, "--over", "limits.max_sites=2,3"],
    "screen": [ARCTIC],
    "compare": ["a", "b"],
}


def write(
    folder: Path, files: dict[str, str], command: str = "solve", *, keep: bool = False
) -> None:
    with new_folder(folder, command, keep=keep) as new:
        for name, text in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    paths = (p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write(tmp_path / "run", {"summary.json": "old", "states/a/table.csv": "old"})
    return tmp_path / "run"


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_writes_into_a_folder_that_it_did_not_write(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    foreign = tmp_path / "foreign"
    (foreign / "store").mkdir(parents=True)
    files = {"summary.json": "{}", "data.db": "precious", "placement.csv": "", "sweep.json": "{}",
             "compare.json": "{}", "store/0.json": "{}"}  # fmt: skip
    for name, text in files.items():
        (foreign / name).write_text(text)
    others = "sweep" if command == "solve" else "solve"
    write(tmp_path / "other", {"summary.json": "{}"}, others)
    for out, said in ((foreign, "no record of"), (tmp_path / "other", f"of `siting {others}`")):
        arguments = ["siting", command, *COMMANDS[command], "--out", str(out)]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        assert said in capsys.readouterr().err
    assert contents(foreign) == files
    assert contents(tmp_path / "other") == {"summary.json": "{}"}


@pytest.mark.parametrize("command", [*COMMANDS, "serve"])
def test_a_folder_that_cannot_be_written_to_is_told_before_the_solve(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def read_only(**_: object) -> str:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    study = tmp_path / "study.yaml"
    screen = "screen: {countries: [SWE], cell_km: 50}\n" if command == "screen" else ""
    study.write_text(Path(ARCTIC).read_text(encoding="utf-8") + screen, encoding="utf-8")
    given = [str(study) if text == ARCTIC else text for text in COMMANDS.get(command, [ARCTIC])]
    monkeypatch.setattr(files.tempfile, "mkdtemp", read_only)
    (tmp_path / "there").mkdir()
    for out, said in (("there", "may not be written to"), ("new/run", "no folder can be made")):
        arguments = ["siting", command, *given, "--out", str(tmp_path / out)]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr().err
        assert ended.value.code == 2
        assert said in told
        assert "Read-only file system" in told
        assert len(told.splitlines()) == 1  # no progress of a solve before it


def test_a_run_takes_the_place_of_a_run_and_all_else_there_stays(run: Path) -> None:
    (run / "states" / "a" / "note.txt").write_text("mine")
    (run / "figures").mkdir()
    (run / "figures" / "one.svg").write_text("mine")
    write(run, {"summary.json": "new", "states/b/table.csv": "new"})
    assert contents(run) == {
        "summary.json": "new",
        "states/b/table.csv": "new",
        "states/a/note.txt": "mine",
        "figures/one.svg": "mine",
    }
    write(run, {"summary.json": "newer"})
    assert not (run / "states" / "b").exists()
    assert written_by(run) == "solve"


def test_what_was_changed_since_it_was_written_is_named_all_together(run: Path) -> None:
    for name in ("summary.json", "states/a/table.csv"):
        (run / name).write_text("edited")
    before = contents(run)
    with pytest.raises(DataError) as caught:
        write(run, {"summary.json": "new"})
    assert {fault.key for fault in caught.value.faults} == {str(run / name) for name in before}
    assert contents(run) == before


def test_a_file_of_others_under_a_name_to_be_written_is_not_replaced(run: Path) -> None:
    (run / "map.svg").write_text("mine")
    with pytest.raises(DataError, match=r"map\.svg"):
        write(run, {"map.svg": "new"}, keep=True)
    with pytest.raises(DataError, match="run-2: holds the new results") as caught:
        write(run, {"summary.json": "new", "map.svg": "new"})
    assert "map.svg" in str(caught.value)
    assert contents(run) == {
        "summary.json": "old", "states/a/table.csv": "old", "map.svg": "mine",
    }  # fmt: skip
    assert contents(run.with_name("run-2")) == {"summary.json": "new", "map.svg": "new"}


def test_pages_made_again_replace_pages_alone(run: Path) -> None:
    for text in ("one", "two"):
        write(run, {"page.html": text}, keep=True)
    assert contents(run)["page.html"] == "two"
    write(run, {"summary.json": "new"})
    assert contents(run) == {"summary.json": "new"}


def test_a_manifest_of_another_program_is_no_leave_to_write(tmp_path: Path) -> None:
    page = tmp_path / "site"
    page.mkdir()
    (page / "manifest.json").write_text('{"name": "app", "files": {}}')
    for keep in (False, True):
        with pytest.raises(DataError):
            write(page, {"summary.json": "new"}, keep=keep)
    (page / "manifest.json").write_text('{"written_by": "siting solve", "files": {"../a": "b"}}')
    (tmp_path / "a").write_text("mine")
    with pytest.raises(DataError):
        write(page, {"summary.json": "new"})
    assert (tmp_path / "a").read_text() == "mine"


def test_links_lead_to_the_folder_and_never_out_of_it(run: Path, tmp_path: Path) -> None:
    latest = tmp_path / "latest"
    latest.symlink_to(run)
    write(latest, {"summary.json": "new", "states/a/table.csv": "new"})
    assert latest.is_symlink()
    assert contents(run)["summary.json"] == "new"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (run / "states" / "a").rename(elsewhere / "a")
    (run / "states" / "a").symlink_to(elsewhere / "a")
    with pytest.raises(DataError, match=r"states/a/table\.csv"):
        write(run, {"summary.json": "newer"})
    assert (elsewhere / "a" / "table.csv").read_text() == "new"
    for name, target in (("dangling", "nowhere"), ("loop", "loop")):
        (tmp_path / name).symlink_to(tmp_path / target)
        with pytest.raises(DataError, match="is not a folder"):
            write(tmp_path / name, {"summary.json": "new"})


def test_a_write_that_fails_leaves_no_trace(run: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    for folder in (run, tmp_path / "new" / "deep" / "run"):
        with pytest.raises(TypeError):
            write(folder, {"summary.json": "half", "page.html": 1})  # type: ignore[dict-item]
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert not list(run.glob(".*"))


@pytest.mark.parametrize("case", ["fresh", "replaced", "pages"])
@pytest.mark.parametrize("number", ["SIGKILL", "SIGINT"])
def test_a_signal_at_any_step_loses_nothing(tmp_path: Path, number: str, case: str) -> None:
    command = [sys.executable, str(DRIVER), str(tmp_path / "base"), number, case]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    note = {} if case == "fresh" else {"states/a/note.txt": "mine"}
    old = {"summary.json": "old", "page.html": "old", "states/a/table.csv": "old"}
    before = {} if case == "fresh" else old
    new = {"page.html": "new", "map.svg": "new"}
    if case == "pages":
        after = old | new
    else:
        after = {"summary.json": "new", "states/b/table.csv": "new"} | new
    assert len(steps) > 8
    settled_ways = set()
    for step in steps:
        seen = {n: t for n, t in step["seen"].items() if n != MANIFEST and "siting" not in n}
        settled = {n: t for n, t in step["settled"].items() if not n.endswith(MANIFEST)}
        assert settled in (_under("run", before | note), _under("run", after | note))
        settled_ways.add(json.dumps(settled))
        whole = seen in (before | note, after | note)
        if number == "SIGINT":
            assert whole, step
        elif case != "pages":  # a mixture has no summary
            assert whole or "summary.json" not in seen, step
    assert len(settled_ways) == 2
    assert steps[-1]["ended"] == 0
    assert {step["ended"] for step in steps[:-1]} == {130 if number == "SIGINT" else -9}


def _under(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def test_a_disk_that_refuses_a_move_is_an_error_and_the_next_command_completes_it(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(run))

    replace = os.replace
    with monkeypatch.context() as patch:
        # The commit may be written; the first move after it may not.
        patch.setattr(os, "replace", lambda a, b: (refuse if "new" in str(a) else replace)(a, b))
        with pytest.raises(DataError, match="Input/output"):
            write(run, {"summary.json": "new", "page.html": "new"})
    assert "summary.json" not in {path.name for path in run.iterdir()}
    settle(run)
    assert contents(run) == {"summary.json": "new", "page.html": "new"}


def test_a_completion_never_overwrites_what_was_put_there_since(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("siting.files.folders._move", lambda *_: None)
        write(run, {"summary.json": "new", "page.html": "new"})
    (run / "page.html").write_text("mine")
    with pytest.raises(DataError, match=r"page\.html"):
        settle(run)
    (run / "page.html").rename(run / "mine.html")
    settle(run)
    assert contents(run) == {"summary.json": "new", "page.html": "new", "mine.html": "mine"}


def test_scratch_of_the_living_and_of_others_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / ".siting-notes"
    other.mkdir()
    (other / "note.txt").write_text("mine")
    (tmp_path / ".siting-abcdefgh").write_text("mine")
    with files.scratch_folder(tmp_path) as living:
        settle(tmp_path)
        assert living.is_dir()
    assert not living.exists()
    settle(tmp_path)
    assert (other / "note.txt").is_file()
    assert (tmp_path / ".siting-abcdefgh").is_file()


def test_one_command_publishes_at_a_time_and_the_other_keeps_its_results(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PATIENCE_S", 0.0)
    with files.alone(run), pytest.raises(DataError, match="is held by another command"):
        write(run, {"summary.json": "new"})
    assert contents(run)["summary.json"] == "old"
    assert contents(run.with_name("run-2")) == {"summary.json": "new"}


def test_the_folder_that_one_is_in_stays_the_same_folder(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run)
    write(Path(), {"summary.json": "new"})
    assert Path("summary.json").read_text() == "new"
