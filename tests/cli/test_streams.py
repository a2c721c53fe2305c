"""Whatever the text and whatever the terminal: nothing but letters arrives, and no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from siting.cli.decisions import _shown_point
from siting.cli.output import json_plain, plain, print_table

STUDY = """\
name: t
candidates: {sites: [lulea]}
demand:
  regions: [stockholm]
  workloads: [{name: a, it_mw: 5, max_rtt_ms: null}]
"""


def siting(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    line = [sys.executable, "-m", "siting", *map(str, arguments)]
    return subprocess.run(line, text=True, check=False, **{**streams, **options})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]0;title\a", r"\x1b[31mred\x1b]0;title\x07"),
        ("\x9b2J\r\x7f", r"\x9b2J\r\x7f"),
        ("a\u202eb\ud800", r"a\u202eb\ud800"),
        ("Luleå – 北京\n\tm³\u00a0", "Luleå – 北京\n\tm³\u00a0"),
    ],
)
def test_every_character_of_a_text_is_seen(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", None])
def test_json_stays_the_same_value_in_letters_of_the_stream(encoding: str | None) -> None:
    value = {"a\x9b": "Luleå \u202e😀 m³ \x1b"}
    text = json_plain(json.dumps(value, ensure_ascii=False), encoding)
    assert json.loads(text) == value
    assert plain(text) == text
    text.encode(encoding or "utf-8")


def test_a_key_with_escapes_is_shown_by_its_characters(command: Any, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY + '"\\e]0;title\\a\\u202e": 1\n')
    done = command("check", "s.yaml")
    assert done.code == 2
    assert r"s.yaml:6: \x1b]0;title\x07\u202e: is not a key" in done.err


def test_an_ascii_terminal_gets_letters_that_it_has() -> None:
    done = siting("profile", "--site", "lulea", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert "Lulea" in done.stdout
    assert "\\x" not in done.stdout


def test_a_full_disk_behind_standard_output_is_told() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = siting("sites", stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("standard output: cannot be written: No space left")


def test_a_working_folder_that_was_deleted_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY)
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"rmdir {gone}; {sys.executable} -m siting solve {tmp_path / 's.yaml'}"
    done = subprocess.run(["sh", "-c", script], cwd=gone, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("the working folder is not there any more")


def test_numbers_of_a_terminal_table_stay_whole_where_all_have_room(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The points of a front were broken within their digits; too many columns still are."""
    front = {
        "point": 10, "energy_mwh": 1_319_641.2, "carbon_t_co2e": 287_118.4, "water_m3": 5_013_862.0,
        "status": "time_limit", "gap": 4.8e-07, "gap_of_range": 0.0139, "is_knee": True,
        "sites": "lulea,narvik",
    }  # fmt: skip
    print_table("", [_shown_point(front)] * 3)
    text = capsys.readouterr().out
    for shown in ("1,319,641", "287,118", "5,013,862", "time_limit", "1.39", "yes"):
        assert text.count(shown) == 3, shown
    assert max(map(len, text.splitlines())) <= 80
    many = {f"metric_number_{i}": 123_456_789.0 + i for i in range(9)}
    print_table("", [many])
    digits = "".join(c for c in capsys.readouterr().out if c.isdigit())
    # Nothing is left out: nine numbers, and the nine of their names.
    assert len(digits) == 9 * 9 + 9
