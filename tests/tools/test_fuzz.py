"""Two thousand mutants of everything that is read: accepted, or refused in words."""

from __future__ import annotations

import pytest

from tools.fuzz import __main__ as command
from tools.fuzz.blocks import TARGETS, outcome, run_block
from tools.fuzz.planner_files import PLANNER_FILES
from tools.fuzz.targets import Target, shares, targets

MUTANTS, SEED = 2000, 20
NAMES = (
    "study as data", "study as text", "override", "plan of a sweep", "futures", "study built",
    "table of sites", "table of people", "pairs of round trips", "matrix of round trips", "GeoJSON",
    "GeoPackage", *PLANNER_FILES, "weather file", "run folder", "answers", "record of a sweep",
)  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    return {target.name: target for target in targets(tmp_path_factory.mktemp("mutants"))}


def test_every_target_is_run(found: dict[str, Target]) -> None:
    assert tuple(found) == NAMES
    assert sum(shares(list(found.values()), MUTANTS).values()) >= MUTANTS


@pytest.mark.parametrize("name", NAMES)
def test_a_mutant_is_accepted_or_refused_in_words(found: dict[str, Target], name: str) -> None:
    mutants = range(shares(list(found.values()), MUTANTS)[name])
    ends = {outcome(found[name], SEED, number) for number in mutants}
    assert ends <= {"accepted", "StudyError", "DataError", "InfeasibleError"}


def test_foreign_exceptions_are_counted_and_can_be_had_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(TARGETS, "bad", Target("bad", 1, lambda rng: rng.sample([], 1)))
    blocks = [run_block("bad", 7, range(4, 7)), run_block("bad", 7, range(7, 9))]
    assert command._told("bad", 7, blocks) == 5
    said = capsys.readouterr().out
    assert "ValueError" in said
    assert "again by --seed 7 --only 'bad' --number 4" in said
