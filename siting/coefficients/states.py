"""The states of a study put together, so that what is built fits every scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from siting.coefficients.instance import Instance, State
from siting.coefficients.model import Coefficients
from siting.config import Study
from siting.config.derive import StudyState

__all__ = ["build_instance"]


def build_instance(
    study: Study, labels: Sequence[StudyState], coefficients: Sequence[Coefficients]
) -> Instance:
    """Join the states of a study.

    What is built is decided before the scenario is known, so of each period the smallest room for
    modules and for contracts over the scenarios holds.

    Parameters
    ----------
    study : Study
        For its measure of risk.
    labels : sequence of StudyState
        Period, scenario and weights of each state.
    coefficients : sequence of Coefficients
        Numbers of each state.
    """
    numbers = [
        _with_least_room(c, [o for k, o in zip(labels, coefficients, strict=True) if k.period == y])
        for c, y in zip(coefficients, (label.period for label in labels), strict=True)
    ]
    states = tuple(
        State(
            coefficients=c,
            period=label.period,
            scenario=label.scenario,
            probability=label.probability,
            share=label.share,
            cost_share=label.cost_share,
        )
        for label, c in zip(labels, numbers, strict=True)
    )
    return Instance(
        states=states,
        periods=tuple(label.year for label in labels if label.scenario == 0),
        scenarios=tuple(label.name for label in labels if label.period == 0),
        measure=study.scenarios.measure,
        alpha=study.scenarios.alpha,
    )


def _with_least_room(c: Coefficients, others: Sequence[Coefficients]) -> Coefficients:
    """The state with the least room of all scenarios of its period."""
    if len(others) == 1:
        return c
    return replace(
        c,
        max_modules=np.minimum.reduce([o.max_modules for o in others]),
        offer_limit_mw=np.minimum.reduce([o.offer_limit_mw for o in others]),
    )
