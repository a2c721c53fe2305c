"""Rows that an answer breaks after a loss are added until it breaks none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.mip.constraints.failover import add_hall_row, hall_terms
from siting.mip.failover import SHORT, broken_sets, critical_demand
from siting.mip.model import Model, ModelState

__all__ = ["COARSE", "ROUNDS_OF_LOSSES", "TakesRows", "add_broken", "carrying", "modules_of"]

FloatArray = NDArray[np.float64]

#: Most rounds of rows for losses in the relaxation, and the share of all critical demand that may
#: lack there: the rounds only sharpen the bound, and what is left is found on whole answers. [-]
ROUNDS_OF_LOSSES, COARSE = 30, 1e-3


class TakesRows(Protocol):
    """A program in the solver that takes rows beside those of the model."""

    def require(self, terms: list[tuple[LpVariable, float]], least: float) -> None:
        """Add the row Σ coefficient · variable ≥ least."""


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
    live: TakesRows | None = None,
    short: float = SHORT,
) -> int:
    """Add the rows of `add_failover` that an answer breaks, each the most broken of its loss.

    Parameters
    ----------
    model : Model
        The program; its rows grow. All that are added hold for every placement that survives.
    modules : sequence of ndarray, shape (P,)
        The answer, whole or not, in each state.
    live : TakesRows, optional
        The program in the solver that gets the same rows.
    short : float, optional
        Share of all need that may lack before a set counts. [-]

    Returns
    -------
    int
        How many were added; none where the answer survives every loss.
    """
    return sum(
        _add_in_state(model, i, state, built, live, short)
        for i, (state, built) in enumerate(zip(model.states, modules, strict=True))
    )


def _add_in_state(
    model: Model,
    i: int,
    state: ModelState,
    modules: FloatArray,
    live: TakesRows | None,
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
        if live is not None:
            live.require(terms, 1.0)
        added += 1
    return added
