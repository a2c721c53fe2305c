"""The answer of one solve of a program that lives in the solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.mip.evaluated import Evaluated

__all__ = ["Found"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """The answer of one solve.

    Parameters
    ----------
    objective, bound : float
        Value of the answer, and what was proven that none is below.
    values : ndarray, shape (columns,)
        Value of each column.
    row_price : ndarray, shape (rows added,)
        Fall of the relaxation's objective per unit that the upper side of a row of
        `Live.add_row` is raised.
    timed_out : bool
        Whether the time ended the solve before the tolerance.
    point : Evaluated or None
        The dispatch of a decomposed program.
    """

    objective: float
    bound: float
    values: FloatArray
    row_price: FloatArray
    timed_out: bool = False
    point: Evaluated | None = None

    @property
    def gap(self) -> float:
        """Proven distance from the optimum, in the unit of the objective."""
        return max(self.objective - self.bound, 0.0)
