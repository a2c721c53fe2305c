"""A disk without room: an error that says so, and nothing half-written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from siting.errors import DataError
from siting.sweeps.cases import Store

resource = pytest.importorskip("resource")

STUDY = """\
name: t
candidates: {sites: [lulea]}
demand:
  regions: [stockholm]
  workloads: [{name: a, it_mw: 5, max_rtt_ms: null}]
time: {slices: 12}
"""


@contextmanager
def room(size: int) -> Iterator[None]:
    """Files of this process may hold no more than some bytes, as on a full disk.

    What is imported meanwhile is not written as bytecode: Python would leave it cut off.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("drawn", [True, False])
def test_a_run_is_written_whole_or_not_at_all(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: bool
) -> None:
    if not drawn:  # the map layer is then the first file that is too large
        monkeypatch.setattr("siting.report.write_report", lambda *_: None)
    (tmp_path / "t.yaml").write_text(STUDY)
    with room(20_000):
        ended = command("solve", "t.yaml", "--out", "run")
    assert ended.code == 2
    assert "cannot be written" in ended.err
    assert "Make room" in ended.err
    assert {path.name for path in tmp_path.iterdir()} == {"t.yaml"}


def test_a_new_study_is_written_whole_or_not_at_all(command: Any, tmp_path: Path) -> None:
    with room(100):
        ended = command("new", "north")
    assert ended.code == 2
    assert "north.yaml: cannot be written" in ended.err
    assert not list(tmp_path.iterdir())


def test_a_record_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with room(100), pytest.raises(DataError, match="cannot be written"):
        store.put("key", {"status": "infeasible", "reason": "x" * 500})
    assert not list(tmp_path.iterdir())
