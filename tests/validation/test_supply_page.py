"""The page that sets the supply tables against published figures is that of the tables."""

from __future__ import annotations

from tools.validate_supply import PAGE, page


def test_the_page_is_that_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
