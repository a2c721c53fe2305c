"""Dispatches of each site mixed so that rows over all sites, such as budgets, are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from highspy import HighsModelStatus
from numpy.typing import NDArray

from siting.errors import InfeasibleError, NoAnswerError
from siting.mip.dispatch import SiteDispatch
from siting.mip.interrupt import heed
from siting.mip.relaxation import UNSETTLED
from siting.mip.solve import Clock

__all__ = ["Mixture"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Key = tuple[int, int]

#: Least gain of a new dispatch over its price, to the size of that price. [-]
LEAST_GAIN = 1e-7
#: What missing a row by one costs, to the objective: only on the way to a first mixture.
PENALTY = 1e4
#: How far a row may be missed in the end.
LEAST_MISS = 1e-8


class Mixture:
    """Columns and rows lent to a solver: use[m,s] = Σ_j share[s,j] · use of dispatch j.

    Parameters
    ----------
    highs : highspy.Highs
        A linear program whose loads and contracts are held; given back as it was by `remove`.
    use : sequence of ndarray of int, shape (M, S)
        Columns of what dispatch uses in each state.
    cost : ndarray
        The objective.
    rows : ndarray of int
        Rows that read what is used, besides the cuts.
    cuts : ndarray of int
        The cuts: lifted for the time, since they would take a part of the prices.
    least : ndarray
        What they are held to otherwise.
    """

    def __init__(
        self,
        highs: Any,
        use: Sequence[IntArray],
        cost: FloatArray,
        *,
        rows: IntArray,
        cuts: IntArray,
        least: FloatArray,
    ) -> None:
        self._highs, self._use = highs, use
        self._cuts, self._least = cuts.astype(np.int32), least
        self._bound_cuts(np.full(len(cuts), -np.inf))
        self._columns, self._rows = highs.getNumCol(), highs.getNumRow()
        self._slack = self._add_slack(rows)
        self._row_of: dict[Key, int] = {}
        self._shares: list[tuple[Key, SiteDispatch]] = []
        self._limit: dict[Key, float] = {}
        self._price: dict[Key, FloatArray] = {}
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)

    def _bound_cuts(self, least: FloatArray) -> None:
        """Hold the cuts, or lift them."""
        count = len(self._cuts)
        self._highs.changeRowsBounds(count, self._cuts, least, np.full(count, np.inf))

    def _add_slack(self, rows: IntArray) -> slice:
        """Columns by which the rows may be missed, at a price, until a mixture meets them."""
        lp = self._highs.getLp()
        low, high = np.array(lp.row_lower_), np.array(lp.row_upper_)
        price = PENALTY * max(1.0, abs(float(self._highs.getObjectiveValue())))
        for row in rows:
            signs = [-1.0] * bool(np.isfinite(high[row])) + [1.0] * bool(np.isfinite(low[row]))
            for sign in signs:
                index = np.array([row], dtype=np.int32)
                self._highs.addCol(price, 0.0, np.inf, 1, index, np.array([sign]))
        return slice(self._columns, self._highs.getNumCol())

    @property
    def feasible(self) -> bool:
        """Whether the last mixture meets every row."""
        return bool(self._missed <= LEAST_MISS)

    def add(self, new: Mapping[Key, tuple[SiteDispatch, FloatArray]]) -> bool:
        """Take in the dispatches that improve the mixture; whether there were any."""
        taken = False
        for key, (found, used) in new.items():
            if key not in self._row_of:
                self._open(key)
            elif not self._gains(key, used):
                continue
            self._shares.append((key, found))
            row = self._row_of[key]
            kept = np.flatnonzero(used)
            index = np.array([row, *(row + 1 + kept)], dtype=np.int32)
            value = np.array([1.0, *(-used[kept])])
            self._highs.addCol(0.0, 0.0, np.inf, len(index), index, value)
            taken = True
        return taken

    def _open(self, key: Key) -> None:
        """Rows of one site: shares add up to one, and what is used is that of the mixture."""
        k, s = key
        self._row_of[key] = self._highs.getNumRow()
        none = np.zeros(0, dtype=np.int32)
        self._highs.addRow(1.0, 1.0, 0, none, np.zeros(0))
        for column in self._use[k][:, s]:
            self._highs.addRow(0.0, np.inf, 1, np.array([column], dtype=np.int32), np.array([1.0]))

    def _gains(self, key: Key, used: FloatArray) -> bool:
        value = float(self._price[key] @ used)
        return value < self._limit[key] - LEAST_GAIN * max(abs(self._limit[key]), 1e-9)

    def solve(self, clock: Clock) -> tuple[float, FloatArray, list[FloatArray]]:
        """Best mixture: its value, its point, and the prices of the metrics in each state.

        Raises
        ------
        InfeasibleError
            If no mixture of the dispatches so far meets every row.
        """
        heed(self._highs, clock.interrupt)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(clock.left_s, 0.1))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in (*UNSETTLED, HighsModelStatus.kUnbounded):
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            raise InfeasibleError("no placement meets every limit of the study")
        if status != HighsModelStatus.kOptimal:
            raise NoAnswerError("the time limit ended the solve before any placement was found")
        solution = self._highs.getSolution()
        dual = np.array(solution.row_dual)
        prices = [np.zeros(use.shape) for use in self._use]
        for (k, s), row in self._row_of.items():
            metrics = self._use[k].shape[0]
            price = np.maximum(dual[row + 1 : row + 1 + metrics], 0.0)
            prices[k][:, s] = price
            self._price[k, s], self._limit[k, s] = price, float(dual[row])
        values = np.array(solution.col_value)
        self._missed = float(values[self._slack].max(initial=0.0))
        self._shares_now = values[self._slack.stop :]
        return float(self._highs.getObjectiveValue()), values[: self._columns], prices

    def dispatch(self) -> dict[Key, SiteDispatch]:
        """The mixed dispatch of each site."""
        mixed: dict[Key, SiteDispatch] = {}
        for (key, found), share in zip(self._shares, self._shares_now, strict=True):
            scaled = found.scaled(float(share))
            mixed[key] = mixed[key].plus(scaled) if key in mixed else scaled
        return mixed

    def remove(self) -> None:
        """Give the program back without the mixture."""
        columns, rows = self._highs.getNumCol(), self._highs.getNumRow()
        if columns > self._columns:
            index = np.arange(self._columns, columns, dtype=np.int32)
            self._highs.deleteCols(len(index), index)
        if rows > self._rows:
            index = np.arange(self._rows, rows, dtype=np.int32)
            self._highs.deleteRows(len(index), index)
        self._bound_cuts(self._least)
