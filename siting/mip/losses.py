"""Rows that an answer breaks after a loss are added until it breaks none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.mip.constraints.failover import add_hall_row, hall_terms
from siting.mip.failover import SHORT, broken_sets, critical_demand
from siting.mip.model import Model, ModelState
from siting.mip.relaxation import Relaxation

__all__ = ["add_broken", "carrying", "modules_of"]

FloatArray = NDArray[np.float64]


def modules_of(model: Model) -> list[FloatArray]:
    """Modules of every state as they stand in the variables after a solve."""
    return [
        np.round([v.varValue or 0.0 for v in state.variables.modules]) for state in model.states
    ]


def carrying(state: ModelState) -> list[LpVariable]:
    """What tells whether a pair carries load: its mean, or its halls where load may come to it."""
    c = state.coefficients
    spare = c.operation.flexible is not None or c.structure.failover is not None
    return state.variables.modules if spare else state.variables.load_mw


def add_broken(
    model: Model,
    modules: Sequence[FloatArray],
    relaxation: Relaxation | None = None,
    short: float = SHORT,
) -> int:
    """Add the rows of `add_failover` that an answer breaks, each the most broken of its loss.

    Parameters
    ----------
    model : Model
        The program; its rows grow. All that are added hold for every placement that survives.
    modules : sequence of ndarray, shape (P,)
        The answer, whole or not, in each state.
    relaxation : Relaxation, optional
        The relaxation that gets the same rows.
    short : float, optional
        Share of all need that may lack before a set counts. [-]

    Returns
    -------
    int
        How many were added; none where the answer survives every loss.
    """
    return sum(
        _add_in_state(model, i, state, built, relaxation, short)
        for i, (state, built) in enumerate(zip(model.states, modules, strict=True))
    )


def _add_in_state(
    model: Model,
    i: int,
    state: ModelState,
    modules: FloatArray,
    relaxation: Relaxation | None,
    short: float,
) -> int:
    c = state.coefficients
    critical = critical_demand(c)
    if critical is None:
        return 0
    capacity = np.bincount(c.pair_site, modules * c.block_mw, len(c.sites))
    rows, added = model.rows.at("add_failover", i), 0
    for g, chosen in broken_sets(critical, capacity, short):
        terms = hall_terms(state.variables, c, critical, g, chosen)
        add_hall_row(rows, terms, f"failover_{g}_{len(model.rows.register)}")
        if relaxation is not None:
            relaxation.require(terms, 1.0)
        added += 1
    return added
