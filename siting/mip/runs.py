"""Rows, bases and ends of runs: plain numbers that go into the solver and come out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from highspy import HighsBasis, HighsBasisStatus
from numpy.typing import NDArray
from scipy import sparse

from siting.arrays import FloatArray, IndexArray

__all__ = ["BASIC", "NONBASIC_LOW", "NONE", "Basis", "Row", "Run", "RunStatus", "entries_of"]

#: No numbers.
NONE: FloatArray = np.zeros(0)
_NO_COLUMNS: IndexArray = np.zeros(0, dtype=np.intp)


class RunStatus(Enum):
    """End of one run of the solver; stopped also where HiGHS settled in no way."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Row:
    """A row to be added: low ≤ Σ value · column ≤ high.

    Parameters
    ----------
    columns : ndarray of int
        Its columns.
    values : ndarray
        Their coefficients.
    low, high : float
        Its sides.
    needed : bool
        Whether it belongs to the integer program; other rows only tighten the relaxation, and
        are handed on where they hold at an optimum of it.
    """

    columns: IndexArray
    values: FloatArray
    low: float = -math.inf
    high: float = math.inf
    needed: bool = False


def entries_of(rows: Sequence[Row], columns: int) -> sparse.csr_matrix:
    """Coefficients of rows, shape (rows, columns)."""
    ends = np.cumsum([0, *(len(row.columns) for row in rows)])
    index = np.concatenate([_NO_COLUMNS, *(row.columns for row in rows)])
    values = np.concatenate([NONE, *(row.values for row in rows)])
    return sparse.csr_matrix((values, index, ends), shape=(len(rows), columns))


#: Status of a row or column in a basis; numbers of HiGHS.
_BASIS_STATUS = tuple(HighsBasisStatus(i) for i in range(5))
BASIC = int(HighsBasisStatus.kBasic)
NONBASIC_LOW = int(HighsBasisStatus.kLower)


@dataclass(frozen=True)
class Basis:
    """A basis as plain numbers, so that other processes can take it.

    Parameters
    ----------
    columns, rows : ndarray of int8
        Status of each.
    valid : bool
        False before the first run.
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]
    valid: bool

    def of_highs(self) -> HighsBasis:
        """Basis as the solver takes it."""
        basis = HighsBasis()
        basis.col_status = [_BASIS_STATUS[i] for i in self.columns]
        basis.row_status = [_BASIS_STATUS[i] for i in self.rows]
        basis.valid = self.valid
        return basis

    def with_rows(self, count: int) -> Basis:
        """Return the basis with rows at its end, which are slack, so that there are so many."""
        slack = np.full(count - len(self.rows), BASIC, dtype=np.int8)
        return replace(self, rows=np.append(self.rows, slack))

    def moved(self, stated: int, at: IndexArray, count: int) -> Basis:
        """Return the basis where added rows stand elsewhere, and all others are slack.

        Parameters
        ----------
        stated : int
            Rows of the model, which come first.
        at : ndarray of int
            New place of each added row; several of one place are one row.
        count : int
            Added rows that there are then.
        """
        status = self.rows[stated:]
        held = status != BASIC
        rows = np.append(self.rows[:stated], np.full(count, BASIC, dtype=np.int8))
        if self.valid:
            rows[stated + at[held]] = status[held]
        return replace(self, rows=rows)


@dataclass(frozen=True)
class Run:
    """Result of one run of the solver.

    Parameters
    ----------
    status : RunStatus
        Stopped where the time or the planner ended it.
    objective, bound : float
        Value of the point, infinite without one, and the proven bound.
    values : ndarray, shape (columns,)
        The point; size zero without one.
    row_dual, reduced_cost : ndarray
        Of a linear program; size zero otherwise.
    """

    status: RunStatus
    objective: float
    bound: float
    values: FloatArray
    row_dual: FloatArray
    reduced_cost: FloatArray

    @classmethod
    def without_point(cls, status: RunStatus, bound: float = -math.inf) -> Run:
        """Return the end of a run that found none."""
        return cls(status, math.inf, bound, NONE, NONE, NONE)

    @property
    def has_point(self) -> bool:
        """Return whether there is a point."""
        return len(self.values) > 0
