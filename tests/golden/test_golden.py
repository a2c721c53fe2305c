"""Each family's rows on a small case, text for text."""

from __future__ import annotations

import pytest

from tests.helpers.golden import CASES, HERE, base, lp_text


@pytest.mark.parametrize("family", CASES)
def test_program_is_the_golden_one(family: str) -> None:
    golden = (HERE / f"{family}.lp").read_text(encoding="utf-8")
    assert lp_text(CASES[family]()) == golden


def test_every_golden_file_has_a_case() -> None:
    assert {path.stem for path in HERE.glob("*.lp")} == set(CASES)


def test_a_family_that_is_off_adds_no_row_and_no_column() -> None:
    c = base()
    assert not c.operation.in_use
    text = lp_text(c)
    names = ("storage", "later", "idle", "heat", "backup", "unit", "generate")
    assert not [name for name in names if name in text]
