"""Each family's rows on a small case, text for text."""

from __future__ import annotations

import pytest

from tests.helpers.golden import CASES, HERE, PARTS, base, lp_text


@pytest.mark.parametrize("family", CASES)
def test_program_is_the_golden_one(family: str) -> None:
    golden = (HERE / f"{family}.lp").read_text(encoding="utf-8")
    assert lp_text(CASES[family]()) == golden


@pytest.mark.parametrize("part", PARTS)
def test_part_of_a_decomposed_program_is_the_golden_one(part: str) -> None:
    assert PARTS[part]() == (HERE / f"{part}.lp").read_text(encoding="utf-8")


def test_every_golden_file_has_a_case() -> None:
    assert {path.stem for path in HERE.glob("*.lp")} == {*CASES, *PARTS}


def test_a_family_that_is_off_adds_no_row_and_no_column() -> None:
    c = base()
    assert not c.operation.in_use
    text = lp_text(c)
    names = ("storage", "later", "idle", "heat", "backup", "unit", "generate")
    assert not [name for name in names if name in text]
