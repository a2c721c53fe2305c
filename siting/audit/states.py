"""Audits of several states as one, and what must hold between the states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
import pandas as pd

from siting.audit.outcome import Audit, LimitCheck, at_most
from siting.placement import Placement

__all__ = ["audit_states", "condensed", "relative_difference"]


def audit_states(placement: Placement, audits: Sequence[Audit], tolerance: float) -> Audit:
    """Join the audits of the states of a placement.

    Parameters
    ----------
    placement : Placement
        With its states.
    audits : sequence of Audit
        One for each state.
    tolerance : float
        How far a limit may be passed, relative to the limit or to 1. [-]

    Returns
    -------
    Audit
        Its metrics are the expected annual means of the recomputed ones.
    """
    states = placement.states
    metrics = {
        name: float(
            sum(s.weight(name) * a.metrics[name] for s, a in zip(states, audits, strict=True))
        )
        for name in audits[0].metrics
    }
    differences = {
        name: relative_difference(value, placement.metrics.get(name, np.nan))
        for name, value in metrics.items()
    }
    inside = [
        replace(check, where=f"{state.label}: {check.where}".rstrip(": "))
        for state, audit in zip(states, audits, strict=True)
        for check in audit.limits
    ]
    limits = condensed([*inside, *_between(placement, tolerance)])
    most = audits[0].metric_tolerance
    agree = all(abs(off) <= most for off in differences.values())
    return Audit(
        passed=agree and all(audit.passed for audit in audits) and all(c.ok for c in limits),
        metrics=metrics,
        differences=differences,
        limits=limits,
        hidden=tuple(
            f"{state.label}: {sentence}"
            for state, audit in zip(states, audits, strict=True)
            for sentence in audit.hidden
        ),
        steps=sum(audit.steps for audit in audits),
        metric_tolerance=most,
    )


def _between(placement: Placement, tolerance: float) -> Iterator[LimitCheck]:
    """Weights add up to one; what is built is the same in all scenarios and never shrinks."""
    total = sum(s.probability * s.share for s in placement.states)
    yield at_most("weights_of_states", abs(total - 1.0), 0.0, tolerance)
    for _, group in groupby(placement.states, key=lambda s: s.year):
        of_year = [(state.label, _built(state.placement, contracts=True)) for state in group]
        for label, built in of_year[1:]:
            apart = _largest(built.sub(of_year[0][1], fill_value=0.0).abs())
            yield at_most(
                "built_before_the_scenario", apart, 0.0, tolerance, unit="MW", where=label
            )
    first = placement.states[0].scenario
    years = [(s.label, _built(s.placement)) for s in placement.states if s.scenario == first]
    for (_, before), (label, after) in pairwise(years):
        lost = _largest(before.sub(after, fill_value=0.0))
        yield at_most(
            "expansion_only_grows", max(lost, 0.0), 0.0, tolerance, unit="MW", where=label
        )


def _built(placement: Placement, *, contracts: bool = False) -> pd.Series[float]:
    """Installed IT power by site and design, stores, and contracted power by source. [MW]."""
    sites = placement.sites
    halls = placement.built.set_index(["site", "design"])["installed_mw"]
    counted = ("_storage_mw", "_contract_mw") if contracts else ("_storage_mw",)
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


def relative_difference(recomputed: float, reported: float) -> float:
    """Recomputed minus reported over the larger of the two. [-]."""
    scale = max(abs(recomputed), abs(reported))
    return 0.0 if scale == 0 else (recomputed - reported) / scale


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
