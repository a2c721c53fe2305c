"""Checks of the periods and scenarios of a study, on plain data as `cross_checks` sees it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from siting.config.issues import Issue, show
from siting.config.parts import Plain, entries, number, part

__all__ = ["state_structure"]


def state_structure(study: Plain) -> Iterator[Issue]:
    """Periods that follow each other, probabilities that add up, names that differ."""
    yield from _periods(study)
    yield from _cases(study)
    yield from _measure(study)


def _periods(study: Plain) -> Iterator[Issue]:
    end: float | None = None
    for i, period in entries(study, "periods"):
        start, years = number(period, "year"), number(period, "years")
        if end is not None and start is not None and start != end:
            yield Issue(
                ("periods", i, "year"),
                f"is {show(start)}, but the period before ends with {end - 1}",
                f"Let the period start in {end}, or change years of the one before.",
            )
        end = None if start is None or years is None else start + years


def _cases(study: Plain) -> Iterator[Issue]:
    cases = dict(entries(study, "scenarios", "cases"))
    seen: list[str] = []
    for i, case in cases.items():
        name = case.get("name")
        if isinstance(name, str) and name in seen:
            yield Issue(
                ("scenarios", "cases", i, "name"), f"is {show(name)} twice", "Name each once."
            )
        seen += [name] if isinstance(name, str) else []
    chances = [number(case, "probability") for case in cases.values()]
    given = [chance for chance in chances if chance is not None]
    if cases and len(given) == len(cases) and not math.isclose(sum(given), 1.0, abs_tol=1e-6):
        yield Issue(
            ("scenarios", "cases"),
            f"have probabilities that add up to {sum(given):g}",
            "Let them add up to 1.",
        )


def _measure(study: Plain) -> Iterator[Issue]:
    method, measure = part(study, "objective", "method"), part(study, "scenarios", "measure")
    if method == "lexicographic" and measure in ("cvar", "worst", "regret"):
        yield Issue(
            ("scenarios", "measure"),
            f"is {show(measure)}, which needs one number to be made least",
            "Use objective.method: weighted, or measure: expected.",
        )
