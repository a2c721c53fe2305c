"""A point of a decomposed program with the dispatch that it really has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.mip.dispatch import SiteDispatch
from siting.mip.model import ModelState
from siting.mip.solution import Decisions

__all__ = ["Evaluated", "decisions_at"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def decisions_at(
    state: ModelState, k: int, point: Evaluated, columns: Callable[[list[LpVariable]], IntArray]
) -> Decisions:
    """The decisions of one state at an evaluated point.

    Parameters
    ----------
    state : ModelState
        The state.
    k : int
        Its index.
    point : Evaluated
        The point.
    columns : callable
        Columns of some variables.
    """
    if state.dispatch is None:
        raise ValueError("the model is not decomposed")
    v, c = state.variables, state.coefficients
    grid = np.zeros((len(c.sites), len(c.hours)))
    supply = np.zeros((len(c.offer_source), len(c.hours)))
    for (i, s), found in point.dispatch.items():
        if i == k:
            grid[s] = found.grid_mw
            supply[state.dispatch.offers[s]] = found.supply_mw

    def at(variables: list[LpVariable]) -> FloatArray:
        values = point.values[columns(variables)]
        return np.where(np.abs(values) < 1e-9, 0.0, values)

    return Decisions(
        is_open=np.round(at(v.is_open)),
        modules=np.round(at(v.modules)),
        load_mw=at(v.load_mw),
        serve_mw=at(v.serve_mw),
        contract_mw=at(v.contract_mw),
        supply_mw=supply,
        grid_mw=grid,
    )


@dataclass(frozen=True)
class Evaluated:
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
