"""Engines of trigeneration that may stand still while electric chillers cool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip.components.base import LEAST_MW, Component
from siting.mip.model.rows import Rows, it_load, total

if TYPE_CHECKING:
    from siting.mip.model.build import ModelState
    from siting.mip.model.demand_classes import DemandClasses
    from siting.mip.model.variables import Variables
    from siting.mip.solution import Decisions

__all__ = ["IdleEngines", "add_idle_engine"]


def add_idle_engine(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """An engine stands still for no more load than there is. Local to a site.

    idle_mw[q,t]  ≤  load_mw[p] + move_mw[p,t]        ∀ q of pair p, t
    """
    if c.operation.idle is None:
        return
    for q, p in enumerate(c.operation.idle.pair):
        for t in range(len(c.hours)):
            row = total([(v.idle_mw[q][t], 1.0), *it_load(v, int(p), t, -1.0)])
            rows.add(row <= 0.0, f"idle_{q}_{t}")


class IdleEngines(Component):
    """Load that is cooled while the engine of its plant stands still, ``idle_mw``."""

    name = "idle"
    rows = (add_idle_engine,)

    def series(self, state: ModelState, x: Decisions) -> Iterator[tuple[int, str, str, FloatArray]]:
        """Return that load, by design."""
        c = state.coefficients
        for i, p in enumerate(self.data(c).pair):
            if x.is_open[p] > 0.5 and (x.idle_mw[i] > LEAST_MW).any():
                yield int(c.pair_site[p]), "idle_mw", c.designs[c.pair_design[p]], x.idle_mw[i]
