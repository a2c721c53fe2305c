"""Findings of an audit, of one state or of several: limits kept or broken, metrics that differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pandas as pd

from siting.config.study import MEAN_OF_PLAN, state_titles
from siting.nomenclature import LIMITED, METRICS, SCOPES, signed
from siting.placement import Placement, StateOutcome

__all__ = [
    "METRIC_TOLERANCE",
    "TOLERANCE",
    "Audit",
    "LimitCheck",
    "MetricCheck",
    "at_least",
    "at_most",
    "audit_states",
    "condensed",
    "metric_check",
    "metric_checks",
]


#: How far a limit may be passed, relative to the limit or to 1. [-]
TOLERANCE = 1e-6
#: How far a reported metric may be from the recomputed one, over the larger of the two. [-]
METRIC_TOLERANCE = 0.01
#: Amount of a year that is nothing, in the unit of any metric.
ROUNDING = 1e-6


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
    name: str, value: float, limit: float, room: float = TOLERANCE, *, unit: str = "",
    where: str = "",
) -> LimitCheck:  # fmt: skip
    """Check of an upper limit, whose names and values are those of `LimitCheck`.

    A value that is not a number breaks the limit. ``room`` is the allowed excess, relative to the
    limit or to 1, whichever is larger. [-]
    """
    return _limit_check(name, where, value, limit, value - limit, room, unit)


def at_least(
    name: str, value: float, limit: float, room: float = TOLERANCE, *, unit: str = "",
    where: str = "",
) -> LimitCheck:  # fmt: skip
    """Check of a lower limit; see `at_most`."""
    return _limit_check(name, where, value, limit, limit - value, room, unit)


def _limit_check(
    name: str, where: str, value: float, limit: float, excess: float, room: float, unit: str
) -> LimitCheck:
    ok = bool(excess <= room * max(1.0, abs(limit)))
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
            f"{self.recomputed:.6g} {self.unit}, {signed(self.difference, '.2%')} of the larger "
            f"of the two where {self.most:.1%} passes"
        )


def metric_check(
    metric: str, unit: str, reported: float, recomputed: float, most: float, *, where: str = ""
) -> MetricCheck:
    """Check of a reported total; see `MetricCheck`. What rounding leaves of nothing is nothing."""
    nothing = abs(reported) <= ROUNDING and abs(recomputed) <= ROUNDING
    scale = max(abs(reported), abs(recomputed), ROUNDING)
    difference = 0.0 if nothing else (recomputed - reported) / scale
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
    metric_tolerance: float = METRIC_TOLERANCE

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
                {k: _plain(v) if isinstance(v, float) else v for k, v in vars(check).items()}
                for check in self.limits
            ],
            "hidden": list(self.hidden),
            "faults": list(self.faults),
        }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def audit_states(placement: Placement, audits: Sequence[Audit]) -> Audit:
    """Join the audits of the states of a placement.

    Its metrics are the expected annual means of the recomputed ones.
    """
    states = placement.states
    both = list(zip(states, audits, strict=True))
    named = list(zip(_titles(states), audits, strict=True))
    metrics = {
        name: float(sum(s.weight(name) * a.metrics[name] for s, a in both))
        for name in audits[0].metrics
    }
    inside = [
        replace(check, where=f"{state}: {check.where}".rstrip(": "))
        for state, audit in named
        for check in audit.limits
    ]
    limits = condensed([*inside, *_between(placement)])
    return Audit(
        totals=metric_checks(metrics, placement, where=MEAN_OF_PLAN),
        by_state=tuple(
            replace(check, where=state) for state, audit in named for check in audit.totals
        ),
        limits=limits,
        hidden=tuple(f"{state}: {sentence}" for state, audit in named for sentence in audit.hidden),
        steps=sum(audit.steps for audit in audits),
        slices=audits[0].slices,
    )


def _between(placement: Placement) -> Iterator[LimitCheck]:
    """Weights add up to one; what is built is the same in all scenarios and never shrinks."""
    total = sum(s.probability * s.share for s in placement.states)
    yield at_most("weights_of_states", abs(total - 1.0), 0.0)
    states = list(zip(_titles(placement.states), placement.states, strict=True))
    for _, group in groupby(states, key=lambda named: named[1].year):
        of_year = [(title, _built(state.placement, contracts=True)) for title, state in group]
        for label, built in of_year[1:]:
            apart = _largest(built.sub(of_year[0][1], fill_value=0.0).abs())
            yield at_most("built_before_the_scenario", apart, 0.0, unit="MW", where=label)
    first = placement.states[0].scenario
    years = [(title, _built(s.placement)) for title, s in states if s.scenario == first]
    for (_, before), (label, after) in pairwise(years):
        lost = _largest(before.sub(after, fill_value=0.0))
        yield at_most("expansion_only_grows", max(lost, 0.0), 0.0, unit="MW", where=label)


def _titles(states: Sequence[StateOutcome]) -> list[str]:
    return state_titles([(state.year, state.scenario) for state in states])


def _built(placement: Placement, *, contracts: bool = False) -> pd.Series[float]:
    """Installed IT power by site and design, stores, generators, connection, contracts. [MW]."""
    sites = placement.sites
    halls = placement.built.set_index(["site", "design"])["installed_mw"]
    always = ("_storage_mw", "_generator_mw", "connection_mw")
    counted = (*always, "_contract_mw") if contracts else always
    columns = [str(name) for name in sites.columns if str(name).endswith(counted)]
    parts = [halls.astype(float)]
    parts += [
        sites[[name]].assign(what=name).set_index("what", append=True)[name].astype(float)
        for name in columns
    ]
    built: pd.Series[float] = pd.concat([part.rename_axis(["site", "what"]) for part in parts])
    return built


def _largest(values: pd.Series[float]) -> float:
    return float(values.max()) if len(values) else 0.0


def metric_checks(
    metrics: Mapping[str, float], placement: Placement, *, where: str = ""
) -> tuple[MetricCheck, ...]:
    """Recomputed totals beside those that a placement reports; a missing one fails."""
    scopes = {name: f"carbon_t_co2e_{name.split('_')[1]}" for name in SCOPES}
    told = {name: placement.metrics.get(name, np.nan) for name in METRICS}
    told |= {name: placement.other_conventions[key] for name, key in scopes.items()
             if key in placement.other_conventions}  # fmt: skip
    return tuple(
        metric_check(
            name, LIMITED[name].unit_shown, value, metrics[name], METRIC_TOLERANCE, where=where
        )
        for name, value in told.items()
        if name in metrics
    )


def condensed(checks: Iterable[LimitCheck]) -> tuple[LimitCheck, ...]:
    """Of each kind every broken check, or the one nearest to its limit; broken ones first."""
    kept: list[LimitCheck] = []
    in_order = sorted(checks, key=lambda check: check.name)
    for _, group in groupby(in_order, key=lambda check: check.name):
        kind = list(group)
        broken = [check for check in kind if not check.ok]
        kept += broken or [max(kind, key=_nearness)]
    return tuple(sorted(kept, key=lambda check: check.ok))


def _nearness(check: LimitCheck) -> float:
    scale = max(1.0, abs(check.limit))
    return -np.inf if np.isinf(scale) else check.excess / scale
