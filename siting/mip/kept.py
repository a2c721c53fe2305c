"""What a built program keeps between solves of the same rows.

A solve starts from where its payoff table ended, the basis and the cuts known then, and from
nothing else. The answer to an objective then depends on the program and the objective alone,
whatever was solved before: in any order, in any process, after any interruption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.mip.engine import Engine
from siting.mip.solution import Payoff
from siting.mip.solve import Clock

__all__ = ["Kept"]

FloatArray = NDArray[np.float64]
Table = Mapping[str, Payoff]


class Kept:
    """Engine and payoff tables of one program.

    Parameters
    ----------
    make : callable
        Builds the engine, on first use.
    """

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._tables: dict[tuple[tuple[str, bytes], ...], tuple[Table, Any]] = {}

    @property
    def engine(self) -> Engine:
        """The engine, as if it had solved nothing yet."""
        if self._engine is None:
            self._engine = self._make()
        else:
            self._engine.restart()
        return self._engine

    def payoff(
        self, costs: Mapping[str, FloatArray], make: Callable[[], Table], clock: Clock
    ) -> dict[str, Payoff]:
        """Payoff table of some metrics; leaves the engine where that table ended.

        Parameters
        ----------
        costs : mapping of str to ndarray
            Metrics that the objective weighs, and their coefficients on the columns.
        make : callable
            Computes the table on the engine, which has solved nothing yet.
        clock : Clock
            The time left; a table that its end cut short serves this solve alone.
        """
        key = tuple((name, cost.tobytes()) for name, cost in costs.items())
        if key not in self._tables:
            engine = self.engine
            made = make()
            if clock.left_s <= 0.0:
                return dict(made)
            self._tables[key] = made, engine.state()
        table, state = self._tables[key]
        self.engine.restart(state)
        return dict(table)
