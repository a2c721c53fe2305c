"""What a built program keeps between solves of the same rows.

A solve starts from the basis at the end of its payoff table and from nothing else. The answer to
an objective then depends on the program and the objective alone, whatever was solved before: in
any order, in any process, after any interruption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.mip.relaxation import Relaxation
from siting.mip.solution import Payoff

__all__ = ["Kept"]

FloatArray = NDArray[np.float64]
Table = Mapping[str, Payoff]


class Kept:
    """Relaxation and payoff tables of one program.

    Parameters
    ----------
    make : callable
        Builds the relaxation, on first use.
    """

    def __init__(self, make: Callable[[], Relaxation]) -> None:
        self._make = make
        self._relaxation: Relaxation | None = None
        self._tables: dict[tuple[tuple[str, bytes], ...], tuple[Table, Any]] = {}

    @property
    def relaxation(self) -> Relaxation:
        """The relaxation, without the basis of an earlier solve."""
        if self._relaxation is None:
            self._relaxation = self._make()
        self._relaxation.restart(None)
        return self._relaxation

    def payoff(
        self, costs: Mapping[str, FloatArray], relaxation: Relaxation, make: Callable[[], Table]
    ) -> dict[str, Payoff]:
        """Payoff table of some metrics; leaves the relaxation at the basis that ended it.

        Parameters
        ----------
        costs : mapping of str to ndarray
            Metrics that the objective weighs, and their coefficients on the columns.
        relaxation : Relaxation
            The one of this program.
        make : callable
            Computes the table from a relaxation without a basis.
        """
        key = tuple((name, cost.tobytes()) for name, cost in costs.items())
        if key not in self._tables:
            self._tables[key] = make(), relaxation.basis()
        table, basis = self._tables[key]
        relaxation.restart(basis)
        return dict(table)
