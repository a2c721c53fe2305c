"""Rows that an answer breaks after a loss are added until it breaks none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.mip.constraints.failover import add_hall_row, hall_terms
from siting.mip.failover import SHORT, broken_sets, critical_demand
from siting.mip.model import Model, ModelState

__all__ = [
    "TakesRows",
    "add_broken",
    "bounded_by_losses",
    "carried_pairs",
    "carrying",
    "modules_of",
    "until_it_survives",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Most rounds of rows for losses in the relaxation, and the share of all critical demand that may
#: lack there: the rounds only sharpen the bound, and what is left is found on whole answers. [-]
ROUNDS_OF_LOSSES, COARSE = 30, 1e-3
#: Load, or halls, below which a pair carries nothing. [MW], [modules]
LEAST_CARRIED = 1e-6


class TakesRows(Protocol):
    """A program in the solver that takes rows beside those of the model."""

    def require(self, terms: list[tuple[LpVariable, float]], least: float) -> None:
        """Add the row Σ coefficient · variable ≥ least."""


class HasValues(Protocol):
    """An answer with the value of each column."""

    @property
    def values(self) -> FloatArray:
        """Value of each column."""


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


def carried_pairs(
    model: Model, columns: Callable[[list[LpVariable]], IntArray], values: FloatArray
) -> NDArray[np.bool_]:
    """Pairs that carry load at a point of the relaxation in any state, shape (P,)."""
    loads = [values[columns(carrying(state))] for state in model.states]
    found: NDArray[np.bool_] = np.max(loads, axis=0) > LEAST_CARRIED
    return found


def bounded_by_losses[T: HasValues](
    model: Model,
    solve: Callable[[], T],
    columns: Callable[[list[LpVariable]], IntArray],
    live: TakesRows,
) -> T:
    """Solve a relaxation, with rows for losses as long as its parts of halls break some of them.

    Parameters
    ----------
    model : Model
        The program; its rows grow.
    solve : callable
        Solves the relaxation.
    columns : callable
        Columns of some variables.
    live : TakesRows
        The relaxation, which gets the same rows.
    """
    for _ in range(ROUNDS_OF_LOSSES):
        found = solve()
        built = [found.values[columns(s.variables.modules)] for s in model.states]
        if not add_broken(model, built, live, short=COARSE):
            break
    return found


def until_it_survives[T](
    model: Model,
    solve: Callable[[], T],
    built: Callable[[T], Sequence[FloatArray]],
    live: TakesRows,
) -> T:
    """Solve again with the rows that the answer breaks after a loss until it breaks none.

    Each round is a relaxation of the whole problem, so its bound holds; the last answer meets
    every row. Without losses there is one round.

    Parameters
    ----------
    model : Model
        The program; its rows grow.
    solve : callable
        Solves the integer program; None where it has no answer.
    built : callable
        Modules of every state in an answer.
    live : TakesRows
        What gets the same rows.
    """
    while True:
        found = solve()
        if found is None or not add_broken(model, built(found), live):
            return found


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
