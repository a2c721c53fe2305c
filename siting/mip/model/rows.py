"""Constraint rows and the linear expressions they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from pulp import LpAffineExpression, LpProblem, LpVariable, lpSum_vars_coefs

__all__ = [
    "Row",
    "Rows",
    "dot",
    "total",
]


@dataclass(frozen=True)
class Row:
    """Where a row of the program comes from.

    Parameters
    ----------
    family : str
        Function that added it.
    name : str
        Its name without the state, ``<family>_<index>``.
    state : int
        Index of the state whose numbers it holds.
    """

    family: str
    name: str
    state: int


@dataclass
class Rows:
    """The rows of a program, added family by family and state by state.

    Names are ASCII and made of indices, so that an exported file can be read by any solver; the
    register says in the study's terms what each row is.

    Parameters
    ----------
    problem : LpProblem
        Where the rows go.
    state : int
        State that is being built.
    family : str
        Family that is being built.
    register : dict of str to Row
        Origin of every row, by its name in the problem.
    """

    problem: LpProblem
    state: int = 0
    family: str = ""
    register: dict[str, Row] = field(default_factory=dict)

    def at(self, family: str, state: int) -> Rows:
        """Return the same rows, for another family or state."""
        return Rows(self.problem, state, family, self.register)

    def add(self, row: LpAffineExpression, name: str) -> None:
        """Add a constraint row; an empty row would be lost silently, so it raises."""
        if not len(row):
            raise ValueError(f"row {name} has no variable")
        full = name if self.state == 0 else f"k{self.state}_{name}"
        self.register[full] = Row(self.family, name, self.state)
        self.problem.addConstraint(row, full)


def dot(variables: Sequence[LpVariable], coefficients: ArrayLike) -> LpAffineExpression:
    """Σ coefficient · variable, zeros left out.

    Raises
    ------
    ValueError
        If the lengths differ or a coefficient is not finite.
    """
    values = np.asarray(coefficients, dtype=float)
    if values.shape != (len(variables),):
        raise ValueError(f"{len(variables)} variables but coefficients of shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("a coefficient is not finite")
    used = np.flatnonzero(values)
    return lpSum_vars_coefs([(variables[int(i)], float(values[i])) for i in used])


def total(terms: Iterable[tuple[LpVariable, float]]) -> LpAffineExpression:
    """Σ coefficient · variable of pairs."""
    return lpSum_vars_coefs(terms)
