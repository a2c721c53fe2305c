"""Audits of several states as one, and what must hold between the states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
import pandas as pd

from siting.audit.outcome import Audit, LimitCheck, MetricCheck, at_most, metric_check
from siting.config.study import MEAN_OF_PLAN
from siting.nomenclature import LIMITED, METRICS, SCOPES
from siting.placement import Placement

__all__ = ["audit_states", "condensed", "metric_checks"]


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
    both = list(zip(states, audits, strict=True))
    metrics = {
        name: float(sum(s.weight(name) * a.metrics[name] for s, a in both))
        for name in audits[0].metrics
    }
    inside = [
        replace(check, where=f"{state.label}: {check.where}".rstrip(": "))
        for state, audit in both
        for check in audit.limits
    ]
    limits = condensed([*inside, *_between(placement, tolerance)])
    most = audits[0].metric_tolerance
    return Audit(
        totals=metric_checks(metrics, placement, most, where=MEAN_OF_PLAN),
        by_state=tuple(
            replace(check, where=state.label) for state, audit in both for check in audit.totals
        ),
        limits=limits,
        hidden=tuple(
            f"{state.label}: {sentence}" for state, audit in both for sentence in audit.hidden
        ),
        steps=sum(audit.steps for audit in audits),
        slices=audits[0].slices,
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
    metrics: Mapping[str, float], placement: Placement, most: float, *, where: str = ""
) -> tuple[MetricCheck, ...]:
    """Recomputed totals beside those that a placement reports; a missing one fails."""
    scopes = {name: f"carbon_t_co2e_{name.split('_')[1]}" for name in SCOPES}
    told = {name: placement.metrics.get(name, np.nan) for name in METRICS}
    told |= {name: placement.other_conventions[key] for name, key in scopes.items()
             if key in placement.other_conventions}  # fmt: skip
    return tuple(
        metric_check(name, LIMITED[name].unit, value, metrics[name], most, where=where)
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
