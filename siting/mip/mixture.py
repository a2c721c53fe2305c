"""Dispatches of each site mixed so that rows over all sites, such as budgets, are met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import highspy
import numpy as np
from highspy import HighsModelStatus
from numpy.typing import NDArray

from siting.errors import NoAnswerError
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
#: How far a row may be missed in the end: rows lie near one, and the audit allows a millionth.
LEAST_MISS = 3e-7
TOLERANCE = 1e-9


class Mixture:
    """A small linear program: the shares of known dispatches that cost least and meet the rows.

    min  Σ_j c · use[j] · share[j]   with   Σ_j share[j] = 1  at each site, and for each row
    low ≤ Σ_j a · use[j] · share[j] ≤ high,  what the held decisions add being taken off both sides.

    Parameters
    ----------
    size : float
        Magnitude of the objective.
    cost : ndarray, shape (n,)
        Objective per unit of everything that dispatch uses, in one order for all sites.
    rows : ndarray, shape (R, n)
        The same of each row.
    low, high : ndarray, shape (R,)
        Sides of the rows.
    """

    def __init__(
        self, size: float, cost: FloatArray, rows: FloatArray, low: FloatArray, high: FloatArray
    ) -> None:
        self._cost, self._matrix = cost, rows
        make: Any = highspy.Highs
        self._highs: Any = make()
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self._highs.setOptionValue(name, TOLERANCE)
        none = np.zeros(0, dtype=np.int32)
        for least, most in zip(low, high, strict=True):
            self._highs.addRow(least, most, 0, none, np.zeros(0))
        self._slacks = self._add_slacks(low, high, PENALTY * max(1.0, abs(size)))
        self._row_of: dict[Key, int] = {}
        self._at: dict[Key, IntArray] = {}
        self._shares: list[tuple[Key, SiteDispatch, FloatArray]] = []
        self._limit: dict[Key, float] = {}
        self._prices = np.maximum(cost, 0.0)
        self._missed = np.inf
        self._shares_now = np.zeros(0)

    def _add_slacks(self, low: FloatArray, high: FloatArray, price: float) -> int:
        """Columns by which the rows may be missed, at a price; how many."""
        for row, (least, most) in enumerate(zip(low, high, strict=True)):
            signs = [-1.0] * bool(np.isfinite(most)) + [1.0] * bool(np.isfinite(least))
            for sign in signs:
                index = np.array([row], dtype=np.int32)
                self._highs.addCol(price, 0.0, np.inf, 1, index, np.array([sign]))
        return int(self._highs.getNumCol())

    @property
    def feasible(self) -> bool:
        """Whether the last mixture meets every row."""
        return bool(self._missed <= LEAST_MISS)

    def add(self, new: Mapping[Key, tuple[SiteDispatch, FloatArray, IntArray]]) -> bool:
        """Take in the dispatches that improve the mixture; whether there were any.

        Parameters
        ----------
        new : mapping
            By state and site: a dispatch, what it uses, and where that stands in ``cost``.
        """
        taken = False
        for key, (found, used, at) in new.items():
            if key not in self._row_of:
                self._row_of[key], self._at[key] = int(self._highs.getNumRow()), at
                self._highs.addRow(1.0, 1.0, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
            elif not self._gains(key, used):
                continue
            self._shares.append((key, found, used))
            read = self._matrix[:, at] @ used
            rows = np.flatnonzero(read)
            index = np.append(rows, self._row_of[key]).astype(np.int32)
            value = np.append(read[rows], 1.0)
            cost = float(self._cost[at] @ used)
            self._highs.addCol(cost, 0.0, np.inf, len(index), index, value)
            taken = True
        return taken

    def gain(self, new: Mapping[Key, tuple[SiteDispatch, FloatArray, IntArray]]) -> float:
        """By how much some dispatches can lower the value of the last mixture at most."""
        if any(key not in self._limit for key in new):
            return float("inf")
        gains = (self._limit[key] - float(self._prices[at] @ x) for key, (_, x, at) in new.items())
        return sum(max(gain, 0.0) for gain in gains)

    def _gains(self, key: Key, used: FloatArray) -> bool:
        value = float(self._prices[self._at[key]] @ used)
        return value < self._limit[key] - LEAST_GAIN * max(abs(self._limit[key]), 1e-9)

    def solve(self, clock: Clock) -> FloatArray:
        """Find the best mixture; returns the price of everything that is used, shape (n,).

        What a missed row costs is in the prices.

        Raises
        ------
        NoAnswerError
            If the time ran out.
        """
        heed(self._highs, clock.interrupt)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(clock.left_s, 0.1))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in UNSETTLED:
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status != HighsModelStatus.kOptimal:
            raise NoAnswerError("the time limit ended the solve before any placement was found")
        solution = self._highs.getSolution()
        dual, values = np.array(solution.row_dual), np.array(solution.col_value)
        self._prices = np.maximum(self._cost - dual[: len(self._matrix)] @ self._matrix, 0.0)
        self._limit = {key: float(dual[row]) for key, row in self._row_of.items()}
        self._missed = float(values[: self._slacks].max(initial=0.0))
        self._shares_now = values[self._slacks :]
        return self._prices

    def used(self) -> FloatArray:
        """What the mixed dispatches use, shape (n,)."""
        total = np.zeros(len(self._cost))
        for (key, _, used), share in zip(self._shares, self._shares_now, strict=True):
            total[self._at[key]] += share * used
        return total

    def dispatch(self) -> dict[Key, SiteDispatch]:
        """The mixed dispatch of each site."""
        mixed: dict[Key, SiteDispatch] = {}
        for (key, found, _), share in zip(self._shares, self._shares_now, strict=True):
            scaled = found.scaled(float(share))
            mixed[key] = mixed[key].plus(scaled) if key in mixed else scaled
        return mixed
