"""What an audit finds: limits kept or broken, metrics that differ, what the slices hid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Audit", "LimitCheck", "at_least", "at_most"]


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
class Audit:
    """A placement, computed again over every weather step.

    Parameters
    ----------
    passed : bool
        Every limit kept and every metric within its tolerance.
    metrics : mapping of str to float
        Totals a year, recomputed.
    differences : mapping of str to float
        Recomputed minus reported over the larger of the two; NaN where either is missing. [-]
    limits : tuple of LimitCheck
        Every limit, the broken ones first.
    hidden : tuple of str
        What the time slices hid, one plain sentence each.
    steps : int
        Weather steps that were looked at, design hours included.
    metric_tolerance : float
        Largest difference of a metric that passes. [-]
    """

    passed: bool
    metrics: Mapping[str, float]
    differences: Mapping[str, float]
    limits: tuple[LimitCheck, ...]
    hidden: tuple[str, ...]
    steps: int
    metric_tolerance: float

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, one plain sentence each; empty where the audit passed."""
        broken = [str(check) for check in self.limits if not check.ok]
        cause = "; more time.slices would show what these hid" if self.hidden else ""
        wrong = [
            f"{name}: recomputed {self.metrics[name]:.6g}, {difference:+.2%} of the larger of it "
            f"and the reported value{cause}"
            for name, difference in self.differences.items()
            if not abs(difference) <= self.metric_tolerance
        ]
        return tuple(broken + wrong)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON; a number that is not finite becomes None."""
        return {
            "passed": self.passed,
            "steps": self.steps,
            "metric_tolerance": self.metric_tolerance,
            "metrics": {name: _plain(value) for name, value in self.metrics.items()},
            "differences": {name: _plain(value) for name, value in self.differences.items()},
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
