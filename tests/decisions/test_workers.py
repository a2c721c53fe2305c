"""Studies by two processes, which all tests here share, and after an interruption.

Each call has numbers of its own, as each process has: on those of an earlier solve a front is the
same, but not what its cells learn, by which they are kept.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import siting
from siting.errors import NoAnswerError
from siting.run.many import task_runner
from tests.decisions.test_cells import FEW
from tests.decisions.test_robustness_study import STUDY
from tests.helpers.cases import CONFIGS

FIVE_PLACES = {
    **STUDY,
    "objective": {"weights": {"energy": 1.0, "carbon": 0.0, "water": 1.0, "cost": 0.0}},
}


def front(out: Path, **how: object) -> bytes:
    study = siting.load(CONFIGS / "arctic.yaml", FEW)
    siting.pareto(study, ("energy", "water"), 3, out=out, **how)  # type: ignore[arg-type]
    return b"".join((out / name).read_bytes() for name in ("front.csv", "sites.csv", "flows.csv"))


def robustness(out: Path, **how: object) -> bytes:
    given = siting.load(FIVE_PLACES)
    siting.robustness(given, samples=3, entries=1, out=out, **how)  # type: ignore[arg-type]
    return b"".join((out / name).read_bytes() for name in ("robustness.csv", "summary.json"))


def test_points_are_the_same_for_two_workers_and_after_an_interruption(tmp_path: Path) -> None:
    alone = front(tmp_path / "alone")
    assert front(tmp_path / "two", workers=2) == alone
    store = sorted((tmp_path / "alone/store").glob("*.npz"))
    assert [p.name for p in store] == sorted(p.name for p in (tmp_path / "two/store").iterdir())
    # Ended while a file was lost and another is damaged: both cells are solved again.
    shutil.copytree(tmp_path / "alone", tmp_path / "late")
    (tmp_path / "late/store" / store[0].name).unlink()
    (tmp_path / "late/store" / store[1].name).write_bytes(b"PK\x03\x04 no archive")
    assert front(tmp_path / "late", resume=True) == alone
    assert (tmp_path / "late/store" / store[1].name).read_bytes() == store[1].read_bytes()


def test_robustness_is_the_same_for_two_workers_and_after_an_interruption(tmp_path: Path) -> None:
    alone = robustness(tmp_path / "alone")
    assert robustness(tmp_path / "two", workers=2) == alone
    store = sorted((tmp_path / "alone/store").glob("*.npz"))
    shutil.copytree(tmp_path / "alone", tmp_path / "late")
    (tmp_path / "late/store" / store[0].name).unlink()
    assert robustness(tmp_path / "late", resume=True) == alone
    assert (tmp_path / "late/store" / store[0].name).read_bytes() == store[0].read_bytes()


def test_a_task_of_none_waits_for_the_next_result() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int | None]:
        yield -1
        while not taken:
            yield None
        yield -2

    with task_runner(workers=2) as run:
        for found in run(abs, tasks()):
            assert found == len(taken) + 1
            taken.append(found)
    assert taken == [1, 2]


def test_a_process_that_is_ended_from_outside_is_named_with_what_to_do() -> None:
    with (
        task_runner(workers=2) as run,
        pytest.raises(NoAnswerError, match=r"one of the 2 processes .* --resume"),
    ):
        list(run(os._exit, [0, 0]))
    with task_runner(workers=2) as run:  # The next ones are new.
        assert sorted(run(abs, [-1, -2, -3])) == [1, 2, 3]
