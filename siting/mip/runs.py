"""Plain numbers that go into the solver and come out: rows, bases, ends of runs and of solves.

A moment of a program, to come back to, is made of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from highspy import HighsBasis, HighsBasisStatus
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from siting.arrays import FloatArray, IndexArray
from siting.errors import NoAnswerError
from siting.mip import Clock

if TYPE_CHECKING:
    from siting.mip.benders.point import Point

__all__ = [
    "BASIC",
    "NONBASIC_LOW",
    "NONE",
    "Basis",
    "Outcome",
    "Row",
    "Run",
    "RunStatus",
    "Snapshot",
    "entries_of",
    "no_placement",
]

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
    guessed : bool
        Whether it was added before any point asked for it: of such rows later solves get those that
        an optimum has met with equality.
    """

    columns: IndexArray
    values: FloatArray
    low: float = -math.inf
    high: float = math.inf
    needed: bool = False
    guessed: bool = False


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
NONBASIC_HIGH = int(HighsBasisStatus.kUpper)
NONBASIC_FREE = int(HighsBasisStatus.kZero)


AtBounds = tuple[ArrayLike, ArrayLike, ArrayLike]


def _at_bounds(point: AtBounds) -> NDArray[np.int8]:
    """Status of values that lie at one of their bounds."""
    value, low, high = (np.asarray(x, dtype=float) for x in point)
    upper = np.isfinite(high) & (np.abs(high - value) < np.abs(value - low))
    status = np.where(upper, NONBASIC_HIGH, NONBASIC_LOW).astype(np.int8)
    status[~(np.isfinite(low) | np.isfinite(high))] = NONBASIC_FREE
    return status


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

    @classmethod
    def at(cls, basic: IndexArray, columns: AtBounds, rows: AtBounds) -> Basis:
        """Basis of some columns, and of rows as −1 − row, with all others at a bound.

        ``columns`` and ``rows`` are their values, lower and upper bounds.
        """
        status = _at_bounds(columns), _at_bounds(rows)
        status[0][basic[basic >= 0]] = BASIC
        status[1][-1 - basic[basic < 0]] = BASIC
        return cls(*status, valid=True)

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


@dataclass(frozen=True)
class Outcome:
    """Solution and bound of a solve.

    Parameters
    ----------
    objective, bound : float
        Value of the point, and what was proven that no placement is below.
    values : ndarray, shape (columns,)
        Value of each column.
    row_price : ndarray, shape (rows of the planner,)
        Fall of the relaxation's objective per unit that the upper side of a row of
        `Program.add_row` is raised.
    reduced_cost : ndarray, shape (columns,)
        Of a relaxation; size zero otherwise.
    timed_out : bool
        Whether the time ended the solve before the gap asked for.
    point : Point or None
        Dispatch of a decomposed model.
    run : Run or None
        Of a relaxation: the last run of the solver.
    settled : bool
        Of a relaxation: whether no further round of separation is worth its time.
    """

    objective: float
    bound: float
    values: FloatArray
    row_price: FloatArray
    reduced_cost: FloatArray
    timed_out: bool = False
    point: Point | None = None
    run: Run | None = None
    settled: bool = True

    @property
    def gap(self) -> float:
        """Proven distance from the optimum, in the unit of the objective."""
        return max(self.objective - self.bound, 0.0)


@dataclass(frozen=True)
class Snapshot:
    """A moment of a program, to come back to.

    Parameters
    ----------
    rows : tuple of Row
        Rows that were added to those of the model.
    tight : frozenset of int
        Those that an optimum has met with equality.
    planned : tuple of int
        Rows of the planner among them.
    basis : Basis
        Of the last run of the solver.
    stated : int
        Number of rows of the model.
    seen : frozenset
        State and prices of the metrics at which first cuts were made.
    reached : bool
        Whether limits on what dispatch uses were held against their minimum.
    cuts : int
        Benders cuts found by then.
    """

    rows: tuple[Row, ...]
    tight: frozenset[int]
    planned: tuple[int, ...]
    basis: Basis
    stated: int
    seen: frozenset[tuple[int, bytes]] = frozenset()
    reached: bool = False
    cuts: int = 0

    def since(self, earlier: Snapshot) -> Snapshot:
        """Return the moment with those rows alone, after an earlier one, that matter.

        They are the rows that were tight, or that every placement must meet, but guesses that
        never were. The others are slack in the basis, which stays one without them.
        """
        first, basis = len(earlier.rows), self.basis
        slack = basis.rows[self.stated :] == BASIC if basis.valid else np.ones(len(self.rows), bool)
        kept = [
            i for i in range(first, len(self.rows))
            if (self.rows[i].needed and not self.rows[i].guessed)
            or i in self.tight or not slack[i]
        ]  # fmt: skip
        if basis.valid:
            chosen = [*range(self.stated + first), *(self.stated + i for i in kept)]
            basis = replace(basis, rows=basis.rows[chosen])
        tight = frozenset(n for n, i in enumerate(kept) if i in self.tight)
        return replace(
            self, rows=tuple(self.rows[i] for i in kept), tight=tight, planned=(), basis=basis
        )

    def joined(self, gains: Sequence[Snapshot]) -> tuple[Snapshot, list[Basis]]:
        """Return the moment with the rows that several solves have found, each once.

        Parameters
        ----------
        gains : sequence of Snapshot
            Their ends, as `since` gives them; each began at this moment, or at an earlier one that
            this was joined from.

        Returns
        -------
        Snapshot
            The moment; the first gives its basis, where it has one.
        list of Basis
            That of each end, in which the rows of the others are slack.
        """
        rows, tight = list(self.rows), set(self.tight)
        place = {_key(row): i for i, row in enumerate(rows)}
        taken: list[IndexArray] = []
        for gain in gains:
            own = []
            for row in gain.rows:
                own.append(place.setdefault(_key(row), len(rows)))
                if own[-1] == len(rows):
                    rows.append(row)
                elif row.needed:
                    rows[own[-1]] = row
            tight.update(own[i] for i in gain.tight)
            first = max(len(gain.basis.rows) - self.stated - len(gain.rows), 0)
            taken.append(np.append(np.arange(first), np.array(own, dtype=np.intp)))
        bases = [
            gain.basis.moved(self.stated, at, len(rows))
            for gain, at in zip(gains, taken, strict=True)
        ]
        basis = next(
            (b for b in bases[:1] if b.valid), self.basis.with_rows(self.stated + len(rows))
        )
        joined = replace(
            self, rows=tuple(rows), tight=frozenset(tight), basis=basis,
            seen=self.seen.union(*(gain.seen for gain in gains)),
            reached=self.reached or any(gain.reached for gain in gains),
        )  # fmt: skip
        return joined, bases

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays with all of it, for `from_arrays`."""
        rows, seen = self.rows, sorted(self.seen)
        return {
            "ends": np.cumsum([0, *(len(row.columns) for row in rows)]),
            "columns": np.concatenate([np.zeros(0, dtype=np.intp), *(r.columns for r in rows)]),
            "values": np.concatenate([np.zeros(0), *(row.values for row in rows)]),
            "sides": np.array([(row.low, row.high) for row in rows]).reshape(-1, 2),
            "needed": np.array([row.needed for row in rows], dtype=bool),
            "tight": np.array(sorted(self.tight), dtype=np.intp),
            "planned": np.array(self.planned, dtype=np.intp),
            "basis_columns": self.basis.columns,
            "basis_rows": self.basis.rows,
            "numbers": np.array([self.basis.valid, self.stated, self.reached, self.cuts]),
            "seen_state": np.array([k for k, _ in seen], dtype=np.intp),
            "seen_price": np.array([price.hex() for _, price in seen], dtype=str),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Snapshot:
        """Read what `to_arrays` gives; KeyError, ValueError or IndexError if it is damaged."""
        ends = arrays["ends"]
        spans = list(itertools.pairwise(ends))
        valid, stated, reached, cuts = (int(x) for x in arrays["numbers"])
        return cls(
            rows=tuple(
                Row(arrays["columns"][a:b], arrays["values"][a:b], float(low), float(high), bool(n))
                for (a, b), (low, high), n in zip(
                    spans, arrays["sides"], arrays["needed"], strict=True
                )
            ),
            tight=frozenset(arrays["tight"].tolist()),
            planned=tuple(arrays["planned"].tolist()),
            basis=Basis(arrays["basis_columns"], arrays["basis_rows"], bool(valid)),
            stated=stated,
            seen=frozenset(
                (int(k), bytes.fromhex(str(price)))
                for k, price in zip(arrays["seen_state"], arrays["seen_price"], strict=True)
            ),
            reached=bool(reached),
            cuts=cuts,
        )


def _key(row: Row) -> tuple[bytes, bytes, float, float]:
    return row.columns.tobytes(), row.values.tobytes(), row.low, row.high


def no_placement(clock: Clock, bound: float = -math.inf) -> NoAnswerError:
    """Return the error of a solve that ended without a placement."""
    error = NoAnswerError(
        f"the time limit ended the solve after {clock.spent_s:.0f} s, before any placement was "
        "found; allow more time (solver.time_limit_s) or fewer slices (time.slices)"
    )
    error.bound = bound
    return error
