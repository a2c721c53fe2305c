"""A point of a decomposed program with the dispatch that it really has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from pulp import LpVariable

from siting.arrays import FloatArray, IndexArray
from siting.mip.benders.dispatch import SiteDispatch
from siting.mip.benders.sites import blank_groups, group_rows
from siting.mip.components import groups
from siting.mip.model.build import ModelState
from siting.mip.solution import Decisions, servers_beyond

__all__ = ["Point", "decisions_at"]


#: Groups of `Decisions` that the master of a decomposed program decides.
MASTER = (
    "is_open", "modules", "load_mw", "serve_mw", "contract_mw", "storage_mw", "older_cost",
    "older_carbon", "site_open", "priced", "units", "unit_any", "late_mw",
)  # fmt: skip


def decisions_at(
    state: ModelState, k: int, point: Point, columns: Callable[[list[LpVariable]], IndexArray]
) -> Decisions:
    """The decisions of one state at an point.

    Parameters
    ----------
    state : ModelState
        The state.
    k : int
        Its index.
    point : Point
        The point.
    columns : callable
        Columns of some variables.
    """
    if state.dispatch is None:
        raise ValueError("the model is not decomposed")
    c = state.coefficients
    found = {
        "grid_mw": np.zeros((len(c.sites), len(c.hours))),
        "supply_mw": np.zeros((len(c.offer_source), len(c.hours))),
        **blank_groups(c, state.demand),
    }
    for (i, s), dispatch in point.dispatch.items():
        if i == k:
            found["grid_mw"][s] = np.maximum(dispatch.grid_mw, 0.0)
            found["supply_mw"][state.dispatch.offers[s]] = np.maximum(dispatch.supply_mw, 0.0)
            for name, rows in group_rows(c, state.demand, s).items():
                if name in dispatch.operated:
                    power = dispatch.operated[name]
                    found[name][rows] = power if name == "move_mw" else np.maximum(power, 0.0)
    for name in MASTER:
        values = point.values[columns(getattr(state.variables, name))]
        found[name] = np.where(np.abs(values) < 1e-9, 0.0, values)
    if c.operation.flexible is not None:
        moved = found["sooner_mw"] - found["later_mw"]
        found["extra_mw"] = servers_beyond(state, moved, found["serve_mw"])
    for name in ("is_open", "modules", "site_open", "units", "unit_any"):
        found[name] = np.round(found[name])
    own = {group.name: found.pop(group.name) for group in groups(c)}
    return Decisions(**found, own=own)


@dataclass(frozen=True)
class Point:
    """A point of the program with the dispatch that it really has.

    Parameters
    ----------
    value : float
        Objective with that dispatch.
    values : ndarray
        Value of each column.
    dispatch : dict
        Dispatch of each loaded site, by state and site.
    prices : sequence of ndarray, shape (M, S)
        What a unit of each metric is worth there, in each state.
    feasible : bool
        Whether every row is met.
    """

    value: float
    values: FloatArray
    dispatch: dict[tuple[int, int], SiteDispatch]
    prices: Sequence[FloatArray]
    feasible: bool
