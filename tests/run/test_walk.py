"""The walk of a solve to the first run of the solver stays short."""

from __future__ import annotations

import traceback
from itertools import groupby
from pathlib import Path

import highspy
import pytest

import siting
from siting.files import configs_dir


class _Arrived(BaseException):
    """The solver is about to run."""


def test_a_solve_meets_at_most_twelve_files_each_once_before_the_solver_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = str(Path(siting.__file__).parent)
    walk: list[str] = []

    def arrive(*_: object) -> None:
        frames = [f.filename for f in traceback.extract_stack() if f.filename.startswith(package)]
        walk.extend(name for name, _ in groupby(frames))
        raise _Arrived

    monkeypatch.setattr(highspy.Highs, "run", arrive)
    few = ["time.slices=12", "candidates={sites: [lulea, falun]}", "demand.factor=0.1",
           "demand.regions=[stockholm, paris]"]  # fmt: skip
    with pytest.raises(_Arrived):
        siting.solve(configs_dir() / "arctic.yaml", few)
    assert Path(walk[-1]).name == "highs.py"
    assert len(walk) <= 12, walk
    assert len(set(walk)) == len(walk), walk
