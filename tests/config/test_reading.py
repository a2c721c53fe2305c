"""Any file at all is either a study or a list of faults with lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from siting.config import load_study, study_from_mapping
from siting.config.yaml_text import read_yaml
from siting.errors import Fault, StudyError

GOOD = """\
name: north
candidates: {kinds: [arctic]}
demand:
  regions: europe
  workloads:
    - {name: a, it_mw: 300, max_rtt_ms: 60}
"""


def faults_of(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(StudyError) as caught:
        load_study(path)
    return caught.value.faults


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "is empty"),
        ("# only a comment\n", None, "is empty"),
        ("- a\n- b\n", None, "not a mapping"),
        ("just text", None, "not a mapping"),
        ("name: a\n\tdescription: b\n", 2, "spaces"),
        ("name: [a\nlimits: 3\n", 2, "not valid YAML"),
        ("name: a: b\n", 1, "not valid YAML"),
        ("name: 'a\n", 2, "not valid YAML"),
        ("name: a\n---\nname: b\n", 2, "one study"),
        ("name: *nowhere\n", 1, "not valid YAML"),
        ("name: \x07\n", None, "control character"),
        ("name: a\nlimits: {}\nname: b\n", 3, "is given twice, first in line 1"),
        ("name: &a [*a]\n", 1, "alias of what it lies in"),
        ("name: !!python/object:os.system a\n", 1, "tag"),
        ("name: !mine {a: 1}\n", 1, "tag"),
        ("? [a, b]\n: c\n", 1, "a list or mapping as a key"),
        ("5: a\n", 1, "5 as a key"),
        ("limits: {<<: 5}\n", 1, "merges what is not a mapping"),
        (f"solver: {{seed: {'9' * 5000}}}\n", 1, "not a value of its type"),
        ("name:\n  " + "[" * 5000, 2, "nested too deeply"),
        (
            "a0: &a0 1\n"
            + "".join(f"a{i}: &a{i} {'[' * 90}*a{i - 1}{']' * 90}\n" for i in range(1, 30)),
            None,
            "nested too deeply",
        ),
    ],
)
def test_broken_yaml_is_a_fault_with_its_line(
    tmp_path: Path, text: str, line: int | None, says: str
) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(text)
    faults = faults_of(path)
    found = [fault for fault in faults if says in f"{fault.problem} {fault.remedy}"]
    assert [fault.line for fault in found] == [line]


def test_a_mapping_that_holds_itself_is_a_fault() -> None:
    mapping: dict[str, Any] = {"name": "loop"}
    mapping |= {"limits": mapping, "supply": [mapping]}
    with pytest.raises(StudyError, match="study: is nested too deeply"):
        study_from_mapping(mapping)


def test_a_bomb_of_aliases_ends_in_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 10)]
    path.write_text("\n".join(["l0: &l0 [x]", *levels]))
    assert "aliases without end" in faults_of(path)[-1].problem


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"name: caf\xe9\n", 1, "not UTF-8"),
        (b"name: a\n# \xff\xfe\n", 2, "not UTF-8"),
        (b"\x89PNG\r\n\x00\x00", None, "not text"),
        ("name: a".encode("utf-16"), None, "not text"),
        (b"#" * 5_000_000, None, "more than 4,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_text_says_so(
    tmp_path: Path, content: bytes, line: int | None, says: str
) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    (fault,) = faults_of(path)
    assert says in fault.problem
    assert fault.line == line


def test_a_folder_and_a_file_that_is_not_there_are_faults(tmp_path: Path) -> None:
    assert "is a folder" in faults_of(tmp_path)[0].problem
    assert "does not exist" in faults_of(tmp_path / "none.yaml")[0].problem
    assert "cannot be read" in faults_of(tmp_path / ("x" * 5000))[0].problem
    assert "cannot be read" in faults_of(Path("a\0b"))[0].problem


def test_a_byte_order_mark_and_windows_lines_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_study(path).name == "north"


def test_anchors_and_merges_serve_as_in_yaml(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "name: north\n"
        "candidates: {kinds: [arctic]}\n"
        "demand:\n"
        "  regions: europe\n"
        "  workloads:\n"
        "    - &base {name: a, it_mw: 300, max_rtt_ms: 60}\n"
        "    - {<<: *base, name: b}\n"
        "    - {<<: *base, name: c, max_rtt_ms: null}\n"
    )
    workloads = load_study(path).demand.workloads
    assert [(w.name, w.it_mw, w.max_rtt_ms) for w in workloads] == [
        ("a", 300, 60),
        ("b", 300, 60),
        ("c", 300, None),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),  # Norway, not false
        ("yes", "yes"),
        ("2024-01-01", "2024-01-01"),
        ("2e8", 2e8),
        ("2.0e8", 2e8),
        ("12:30", "12:30"),
        ("010", 10),
        ("~", None),
        ("", None),
        ("true", True),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    assert read_yaml(f"a: {text}", "test").data == {"a": value}


def test_files_are_looked_for_beside_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my.gpkg").touch()
    path = tmp_path / "study.yaml"
    path.write_text(GOOD.replace("kinds: [arctic]", "file: my.gpkg"))
    monkeypatch.chdir("/")
    assert load_study(path).candidates.file == str(tmp_path / "my.gpkg")
