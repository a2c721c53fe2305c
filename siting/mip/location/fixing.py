"""Pairs that no better placement opens, from the reduced costs of the relaxation."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray

__all__ = ["ROUNDING", "closed_by_reduced_cost"]

#: Share of the bound that reduced costs may be off by rounding. [-]
ROUNDING = 1e-7


class Relaxed(Protocol):
    """An optimum of the relaxation."""

    @property
    def bound(self) -> float:
        """Its value."""

    @property
    def reduced_cost(self) -> FloatArray:
        """Reduced cost of each column."""


class HasCounts(Protocol):
    """A program with columns of counts."""

    opened: IndexArray
    modules: IndexArray


def closed_by_reduced_cost(program: HasCounts, relaxed: Relaxed, cutoff: float) -> BoolArray:
    """Pairs whose opening alone lifts the bound over a cutoff, shape (P,).

    By linear programming duality every placement that opens pair p costs at least

        bound + reduced cost of is_open[p] + reduced cost of modules[p],

    both at their lower bound of zero, and at least one once p is open. What is ever built stands
    in the last period, so that the columns of that period decide.
    """
    price = relaxed.reduced_cost
    if not len(price):
        return np.zeros(program.modules.shape[1], dtype=bool)
    opening = np.maximum(price[program.opened[-1]], 0.0) + np.maximum(
        price[program.modules[-1]], 0.0
    )
    size = max(abs(relaxed.bound), 1e-12)
    closed: BoolArray = relaxed.bound + opening > cutoff + ROUNDING * size
    return closed
