"""Checks of the periods and scenarios of a study, on plain data as `cross_checks` sees it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from siting.config.issues import Issue, show

__all__ = ["state_structure"]

type Plain = Mapping[str, Any]


def state_structure(study: Plain) -> Iterator[Issue]:
    """Periods that follow each other, probabilities that add up, names that differ."""
    yield from _periods(_entries(study.get("periods")))
    scenarios = study.get("scenarios")
    if isinstance(scenarios, Mapping):
        yield from _cases(_entries(scenarios.get("cases")))
        yield from _measure(study, scenarios)


def _entries(value: object) -> list[Plain]:
    listed = value if isinstance(value, list | tuple) else []
    return [entry for entry in listed if isinstance(entry, Mapping)]


def _periods(periods: list[Plain]) -> Iterator[Issue]:
    for i in range(1, len(periods)):
        start, years, after = (
            periods[i - 1].get("year"), periods[i - 1].get("years"), periods[i].get("year")
        )  # fmt: skip
        numbers = [v for v in (start, years, after) if isinstance(v, int)]
        if len(numbers) == 3 and numbers[0] + numbers[1] != numbers[2]:
            yield Issue(
                ("periods", i, "year"),
                f"is {after}, but the period before ends with {numbers[0] + numbers[1] - 1}",
                f"Let the period start in {numbers[0] + numbers[1]}, or change years of the one "
                "before.",
            )


def _cases(cases: list[Plain]) -> Iterator[Issue]:
    names = [case.get("name") for case in cases]
    for i, name in enumerate(names):
        if isinstance(name, str) and name in names[:i]:
            yield Issue(
                ("scenarios", "cases", i, "name"), f"is {show(name)} twice", "Name each once."
            )
    chances = [case.get("probability") for case in cases]
    given = [c for c in chances if isinstance(c, int | float) and not isinstance(c, bool)]
    if cases and len(given) == len(cases) and not math.isclose(sum(given), 1.0, abs_tol=1e-6):
        yield Issue(
            ("scenarios", "cases"),
            f"have probabilities that add up to {sum(given):g}",
            "Let them add up to 1.",
        )


def _measure(study: Plain, scenarios: Plain) -> Iterator[Issue]:
    objective = study.get("objective")
    method = objective.get("method") if isinstance(objective, Mapping) else None
    measure = scenarios.get("measure", "expected")
    if method == "lexicographic" and measure in ("cvar", "worst", "regret"):
        yield Issue(
            ("scenarios", "measure"),
            f"is {show(measure)}, which needs one number to be made least",
            "Use objective.method: weighted, or measure: expected.",
        )
