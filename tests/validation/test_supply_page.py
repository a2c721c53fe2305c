"""The page that sets the supply tables against published figures is that of the tables."""

from __future__ import annotations

import re

from tools.validate_supply import PAGE, page


def test_the_page_is_that_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_what_is_told_of_hourly_matching_is_what_its_page_found() -> None:
    """Errors in points of a plan of 90 %: typical days, with a battery, mean days."""
    found = re.findall(
        r"the plan is ([\d.]+) points off in the mean .*? and (\d+ of \d+) places",
        (PAGE.parent / "hours.md").read_text(encoding="utf-8"),
    )
    told = re.search(
        r"is ([\d.]+) points off in the mean .*?\((\d+ of \d+) places\nwithin 2\), "
        r"with a battery ([\d.]+), with mean days ([\d.]+) ",
        (PAGE.parents[1] / "supply.md").read_text(encoding="utf-8"),
    )
    assert told is not None
    (typical, within), (battery, _), (mean, _) = found
    assert told.groups() == (typical, within, battery, mean)
