"""The model: its rows, linear expressions, and the terms of IT load in a slice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from pulp import LpAffineExpression, LpProblem, LpVariable, lpSum_vars_coefs

from siting.arrays import FloatArray
from siting.coefficients import Coefficients

if TYPE_CHECKING:
    from siting.mip.model.variables import Variables

__all__ = ["Row", "Rows", "Terms", "by_slice", "dot", "it_load", "total"]


@dataclass(frozen=True)
class Row:
    """Origin of a row of the model.

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


Terms = list[tuple[LpVariable, float]]


def it_load(v: Variables, p: int, t: int, factor: float = 1.0) -> Terms:
    """IT load of a pair in a slice times a factor: its mean, and what is moved."""
    terms = [(v.load_mw[p], factor)]
    return [*terms, (v.move_mw[p][t], factor)] if v.move_mw else terms


def by_slice(
    c: Coefficients, running: FloatArray, idle: str = "", weight: FloatArray | None = None
) -> dict[str, FloatArray]:
    """Coefficients of Σ_t h_t · weight[p] · value[p,t] · (IT load of p in t).

    The IT load of a pair in a slice is ``load_mw[p] + move_mw[p,t]``; of it ``idle_mw`` is
    cooled while the engine stands still, where another value holds.

    Parameters
    ----------
    c : Coefficients
        The problem.
    running : ndarray, shape (P, T)
        Value per IT energy in normal operation.
    idle : str, optional
        Field of `Idle` with the value while the engine stands still; zero then by default.
    weight : ndarray, shape (P,), optional
        Factor of each pair, one by default.
    """
    weight = np.ones(len(c.pair_site)) if weight is None else weight
    found = {"load_mw": (running @ c.hours) * weight}
    o = c.operation
    if o.flexible is not None:
        found["move_mw"] = running * c.hours * weight[:, None]
    if o.idle is not None:
        q = o.idle.pair
        off = getattr(o.idle, idle) if idle else np.zeros((len(q), len(c.hours)))
        found["idle_mw"] = (off - running[q]) * c.hours * weight[q, None]
    return found
