"""Findings of an audit: limits kept or broken, metrics that differ, errors of the slices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

__all__ = ["Audit", "LimitCheck", "MetricCheck", "at_least", "at_most", "metric_check"]


@dataclass(frozen=True)
class LimitCheck:
    """One limit, looked at on its own.

    Parameters
    ----------
    name : str
        What is limited, e.g. ``connection`` or ``max_sites``.
    where : str
        Site, flow or workload that comes nearest to the limit; empty for the whole placement.
    value, limit : float
        Value of the placement and its limit, in ``unit``.
    excess : float
        How far the value lies beyond the limit; negative where there is room.
    unit : str
        Unit of the three.
    ok : bool
        Whether the excess is within the tolerance.
    """

    name: str
    where: str
    value: float
    limit: float
    excess: float
    unit: str
    ok: bool

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        verdict = "kept" if self.ok else f"broken by {self.excess:.6g} {self.unit}".rstrip()
        return f"{self.name}{place}: {self.value:.6g} against {self.limit:.6g}, {verdict}"


def at_most(
    name: str, value: float, limit: float, tolerance: float, *, unit: str = "", where: str = ""
) -> LimitCheck:
    """Check of an upper limit.

    Parameters
    ----------
    name, where, unit : str
        As in `LimitCheck`.
    value, limit : float
        In ``unit``; a value that is not a number breaks the limit.
    tolerance : float
        Allowed excess, relative to the limit or to 1, whichever is larger. [-]
    """
    excess = value - limit
    ok = bool(excess <= tolerance * max(1.0, abs(limit)))
    return LimitCheck(name, where, float(value), float(limit), float(excess), unit, ok)


def at_least(
    name: str, value: float, limit: float, tolerance: float, *, unit: str = "", where: str = ""
) -> LimitCheck:
    """Check of a lower limit; see `at_most`."""
    excess = limit - value
    ok = bool(excess <= tolerance * max(1.0, abs(limit)))
    return LimitCheck(name, where, float(value), float(limit), float(excess), unit, ok)


@dataclass(frozen=True)
class MetricCheck:
    """One total of a year as it was reported and as it was recomputed.

    Parameters
    ----------
    metric, unit : str
        What is counted.
    where : str
        Period and scenario, or ``mean of the plan``; empty where there is one typical year.
    reported, recomputed : float
        In ``unit``.
    difference : float
        Recomputed minus reported over the larger of the two; NaN where either is missing. [-]
    most : float
        Largest difference that passes. [-]
    """

    metric: str
    unit: str
    where: str
    reported: float
    recomputed: float
    difference: float
    most: float

    @property
    def ok(self) -> bool:
        """Return whether the two agree."""
        return abs(self.difference) <= self.most

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return (
            f"{self.metric}{place}: reported {self.reported:.6g}, recomputed "
            f"{self.recomputed:.6g} {self.unit}, {self.difference:+.2%} of the larger of the two "
            f"where {self.most:.1%} passes"
        )


def metric_check(
    metric: str, unit: str, reported: float, recomputed: float, most: float, *, where: str = ""
) -> MetricCheck:
    """Check of a reported total; see `MetricCheck`."""
    scale = max(abs(recomputed), abs(reported))
    difference = 0.0 if scale == 0 else (recomputed - reported) / scale
    return MetricCheck(metric, unit, where, reported, recomputed, difference, most)


@dataclass(frozen=True)
class Audit:
    """A placement, computed again over every weather step.

    Parameters
    ----------
    totals : tuple of MetricCheck
        Totals of a year, of several periods and scenarios the mean of the plan.
    by_state : tuple of MetricCheck
        The same of each period and scenario; empty where there is one typical year.
    limits : tuple of LimitCheck
        Every limit, the broken ones first.
    hidden : tuple of str
        What the time slices hid, one plain sentence each.
    steps : int
        Weather steps that were looked at, design hours included.
    slices : int
        Time slices of the study.
    metric_tolerance : float
        Largest difference of a metric that passes. [-]
    """

    totals: tuple[MetricCheck, ...]
    by_state: tuple[MetricCheck, ...]
    limits: tuple[LimitCheck, ...]
    hidden: tuple[str, ...]
    steps: int
    slices: int
    metric_tolerance: float

    @property
    def passed(self) -> bool:
        """Return whether every limit is kept and every metric within its tolerance."""
        metrics = (*self.totals, *self.by_state)
        return all(check.ok for check in self.limits) and all(check.ok for check in metrics)

    @property
    def metrics(self) -> dict[str, float]:
        """Totals a year, recomputed."""
        return {check.metric: check.recomputed for check in self.totals}

    @property
    def differences(self) -> dict[str, float]:
        """Recomputed minus reported over the larger of the two; NaN where either is missing."""
        return {check.metric: check.difference for check in self.totals}

    @property
    def faults(self) -> tuple[str, ...]:
        """Faults in one plain sentence each; empty where the audit passed, and only there."""
        broken = [str(check) for check in self.limits if not check.ok]
        wrong = [str(check) for check in (*self.totals, *self.by_state) if not check.ok]
        if wrong and self.hidden:
            wrong.append(f"time.slices: {self.slices} hid this; use more, or auto")
        return tuple(broken + wrong)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON; a number that is not finite becomes None."""
        return {
            "passed": self.passed,
            "steps": self.steps,
            "slices": self.slices,
            "metric_tolerance": self.metric_tolerance,
            "metrics": {name: _plain(value) for name, value in self.metrics.items()},
            "differences": {name: _plain(value) for name, value in self.differences.items()},
            "by_state": [
                {
                    "metric": check.metric,
                    "state": check.where,
                    "reported": _plain(check.reported),
                    "recomputed": _plain(check.recomputed),
                    "difference": _plain(check.difference),
                    "ok": check.ok,
                }
                for check in self.by_state
            ],
            "limits": [
                {
                    "name": check.name,
                    "where": check.where,
                    "value": _plain(check.value),
                    "limit": _plain(check.limit),
                    "excess": _plain(check.excess),
                    "unit": check.unit,
                    "ok": check.ok,
                }
                for check in self.limits
            ],
            "hidden": list(self.hidden),
            "faults": list(self.faults),
        }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
