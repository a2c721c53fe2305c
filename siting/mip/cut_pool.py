"""Cuts as rows of the relaxation, and which of them the integer program gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.mip.linear import total
from siting.mip.model import Model

__all__ = ["Cut", "CutPool", "CutState", "PoolState", "add_cuts"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class Cut:
    """Columns and coefficients of one cut: Σ coefficient · column ≥ least.

    Parameters
    ----------
    state, site : int
        Whose dispatch it speaks of.
    columns, coefficients : ndarray
        Its left side, the largest coefficient one.
    least : float
        Its right side.
    first : bool
        Whether the integer program gets it in any case.
    """

    state: int
    site: int
    columns: IntArray
    coefficients: FloatArray
    least: float = 0.0
    first: bool = False


def add_cuts(highs: Any, cuts: Sequence[Cut]) -> None:
    """Give a program in HiGHS some cuts at once."""
    if not cuts:
        return
    starts = np.cumsum([0, *[len(cut.columns) for cut in cuts]])[:-1]
    index = np.concatenate([cut.columns for cut in cuts])
    value = np.concatenate([cut.coefficients for cut in cuts])
    least, free = np.array([cut.least for cut in cuts]), np.full(len(cuts), np.inf)
    highs.addRows(
        len(cuts), least, free, len(index),
        starts.astype(np.int32), index.astype(np.int32), value,
    )  # fmt: skip


@dataclass(frozen=True)
class PoolState:
    """The cuts that there were at one moment, and which were handed over or had held."""

    cuts: tuple[Cut, ...]
    published: frozenset[int]
    holding: frozenset[int]


@dataclass(frozen=True)
class CutState:
    """A moment of a relaxation with cuts.

    Parameters
    ----------
    basis : highspy.HighsBasis
        Of the last solve.
    pool : PoolState
        The cuts, in the order of their rows.
    seen : frozenset
        Prices for which first cuts were made.
    reached : bool
        Whether the rows that read what dispatch uses are known to be within reach.
    """

    basis: Any
    pool: PoolState
    seen: frozenset[tuple[int, bytes]]
    reached: bool


class CutPool:
    """All cuts known so far.

    Parameters
    ----------
    model : Model
        The integer program, which gets some of them.
    highs : highspy.Highs
        The relaxation, which gets all.
    variables : list of LpVariable
        Variables of the program by column.
    """

    def __init__(self, model: Model, highs: Any, variables: list[LpVariable]) -> None:
        self._model, self._highs, self._variables = model, highs, variables
        self._cuts: list[Cut] = []
        self._row: list[int] = []
        self._published: set[int] = set()
        self._holding: set[int] = set()

    def __len__(self) -> int:
        return len(self._cuts)

    def add(self, cuts: list[Cut]) -> None:
        """Give the relaxation more cuts."""
        first = self._highs.getNumRow()
        add_cuts(self._highs, cuts)
        self._cuts += cuts
        self._row += range(first, first + len(cuts))

    def state(self) -> PoolState:
        """The present moment, to come back to."""
        return PoolState(tuple(self._cuts), frozenset(self._published), frozenset(self._holding))

    def restore(self, state: PoolState) -> None:
        """Back to another moment; the relaxation has no rows of cuts when this is called."""
        self._cuts, self._row = [], []
        self.add(list(state.cuts))
        self._published, self._holding = set(state.published), set(state.holding)

    def take(self, *, everything: bool = False) -> list[Cut]:
        """Cuts not taken before: the first ones, and those that held at some optimum.

        The others are left out of integer solves: they would slow every node of the tree.
        """
        wanted = [
            i
            for i, cut in enumerate(self._cuts)
            if i not in self._published and (everything or cut.first or i in self._holding)
        ]
        self._published |= set(wanted)
        return [self._cuts[i] for i in wanted]

    def publish(self, *, everything: bool = False) -> None:
        """Put into the program the cuts that it lacks."""
        for cut in self.take(everything=everything):
            pairs = zip(cut.columns, cut.coefficients, strict=True)
            row = total([(self._variables[int(j)], float(v)) for j, v in pairs]) >= cut.least
            rows = self._model.rows.at("add_cuts", cut.state)
            rows.add(row, f"cut_{len(rows.register)}")

    def note_holding(self) -> None:
        """Remember the cuts that hold the point just found."""
        dual = np.array(self._highs.getSolution().row_dual)[np.array(self._row, dtype=np.intp)]
        self._holding |= set(np.flatnonzero(dual).tolist())
