"""The page says what the smallest sites contribute and what closing them costs."""

from __future__ import annotations

from dataclasses import replace

from siting.report.pages.evidence import smallest_sites
from siting.report.pages.parts import show
from tests.helpers.fakes import ARCTIC, NORDIC, fake_placement


def test_shares_and_changes_of_each_site_are_shown_and_what_cannot_be_closed_is_said() -> None:
    placement = fake_placement(NORDIC, ARCTIC)
    first, second = placement.sites.index[:2]
    metrics = dict.fromkeys(placement.metrics, -1.0) | {"cost_usd": 4.3e6}
    closings = (
        {"site": first, "objective": 0.0123, "metrics": metrics},
        {"site": second, "objective": None, "metrics": {}},
    )
    page = str(show(smallest_sites(replace(placement, closings=closings))))
    assert "+1.2 %" in page
    assert "+4.3 million USD" in page
    assert "keeps the others from its load" in page
    assert "No site was closed" in str(show(smallest_sites(placement)))
