"""Sentences on first power: when IT power stands, and how that meets what the study wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siting.placement import Placement
from siting.report.data.wording import clean, number

__all__ = ["due_words", "first_power_words"]


def first_power_words(placement: Placement) -> list[str]:
    """First power of the plan, and a sentence for each entry of ``first_power``.

    Parameters
    ----------
    placement : Placement
        The answer; nothing is said of a study that asks for no power by a year.
    """
    first = placement.first_power
    if not placement.power_due or first is None:
        return []
    words = f"First power: {number(first['mw'])} MW of IT in {first['year']:.0f}."
    return [words, *(due_words(due) for due in placement.power_due)]


def due_words(due: Mapping[str, Any]) -> str:
    """One entry of `Placement.power_due` in a sentence."""
    where = f" in {', '.join(map(clean, due['where']))}" if due["where"] else ""
    asked = f"{number(float(due['mw']))} MW{where} by {due['by']}"
    if due["late_mw_years"] <= 1e-6:
        return f"{asked}: in time, from {due['from_year']}."
    late = f"{number(float(due['late_mw_years']))} MW-years late"
    then = f"{number(float(due['standing_mw']))} MW stand then"
    whole = f", all of it from {due['from_year']}" if due["from_year"] else ""
    return f"{asked}: {then}{whole}; {late}."
