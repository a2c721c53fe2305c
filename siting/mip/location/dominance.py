"""Pairs that another design of their site replaces at no more of one objective.

`siting.coefficients.pairs` leaves out designs that are nowhere worse in any figure that a study
counts. Where a single objective is minimized and no limit reads what electricity uses, what counts
is its sum alone. Put pair q in the place of p, with the same modules, load and contracts. In each
slice the last MW costs between the cheapest source, at least, and the grid, at most, so that the
objective falls by no less than

    (open[p] − open[q]) + (hall[p] − hall[q]) · MW installed + gain · load_mw,

    gain = load[p] − load[q] + Σ_t cheapest[t] · max(d[t], 0) − grid[t] · max(−d[t], 0)

with d the power that p draws beyond q. Where that is nowhere negative up to a full load, p can go.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.pairs import limited_figures
from siting.mip.benders.dispatch import Dispatch
from siting.mip.model.build import Columns, ModelState

__all__ = ["dominated_pairs"]

#: Share of what a full hall costs by which rounding may hide that one costs more. [-]
ROUNDING = 1e-12


def dominated_pairs(
    states: Sequence[ModelState], columns: Columns, cost: FloatArray, free: BoolArray
) -> BoolArray:
    """Pairs that an optimum of a decomposed program need not open, shape (P,).

    Parameters
    ----------
    states : sequence of ModelState
        The model; its dispatch must be in closed form at every site, and no row but cuts may read
        what that uses.
    columns : callable
        Columns of some variables.
    cost : ndarray, shape (columns,)
        What is minimized.
    free : ndarray of bool, shape (P,)
        Pairs that may take the place of others.
    """
    c = states[0].coefficients
    found = np.zeros(len(c.pair_site), dtype=bool)
    if any(not _comparable(state) for state in states):
        return found
    either = [np.array(np.meshgrid(x, x, indexing="ij")).reshape(2, -1) for x in c.pairs_of_site]
    p, q = np.concatenate(either, axis=1)
    usable = (p != q) & free[q] & (c.block_mw[p] == c.block_mw[q])
    p, q = p[usable], q[usable]
    for state in states:
        may = _may_stand(state.coefficients, p, q)
        p, q = p[may], q[may]
    cheaper = _no_dearer(states, columns, cost, p, q)
    for one, other in zip(p[cheaper], q[cheaper], strict=True):
        found[one] |= not found[other]
    return found


def _comparable(state: ModelState) -> bool:
    """Return whether a pair can take the place of another with all else as it was."""
    c, v = state.coefficients, state.variables
    several = c.operation.in_use or c.structure.designs_per_site > 1
    return state.dispatch is not None and not (several or c.vintages is not None or v.step)


def _may_stand(c: Coefficients, p: IndexArray, q: IndexArray) -> BoolArray:
    """Return whether pairs q may stand wherever pairs p of their sites do."""
    most, peak = _useful_modules(c), c.pue_peak
    fits = peak * c.block_mw * most <= c.connection_mw[c.pair_site]
    figures = np.concatenate(limited_figures(c), axis=1)
    found: BoolArray = (figures[q] <= figures[p]).all(axis=1)
    return found & (most[q] >= most[p]) & ((peak[q] <= peak[p]) | fits[q])


def _useful_modules(c: Coefficients) -> FloatArray:
    """Modules that a pair may have and need, for its load or its least size, shape (P,)."""
    limits, shared = c.limits, c.structure
    if shared.failover is not None:
        return c.max_modules.astype(float)
    share = limits.max_share_per_site or 1.0
    load_mw = share * c.total_demand_mw * float(c.needed_per_load.max(initial=1.0))
    due_mw = max((due.mw for due in shared.first_power), default=0.0)
    useful = np.ceil(max(load_mw, limits.min_mw_per_site or 0.0, due_mw) / c.block_mw)
    return np.minimum(c.max_modules, np.maximum(useful, c.min_modules))


def _no_dearer(
    states: Sequence[ModelState], columns: Columns, cost: FloatArray, p: IndexArray, q: IndexArray
) -> BoolArray:
    """Return whether pairs q cost no more than pairs p of their sites, whatever load they carry."""
    gained: dict[bytes, FloatArray] = {}
    opened, per_mw, saved = {}, {}, np.zeros(len(cost))
    for state in states:
        # What is contracted is shared by the states of a period, as what is built is.
        np.add.at(saved, columns(state.variables.contract_mw), _saved(state, columns, cost))
    for state in states:
        v = state.variables
        key = columns(v.modules).tobytes()  # What is built is shared by the states of a period.
        opened[key] = cost[columns(v.is_open)]
        per_mw[key] = cost[columns(v.modules)] / state.coefficients.block_mw
        least = np.minimum(_gains(state, columns, cost, saved > cost, p, q), 0.0)
        gained[key] = gained.get(key, 0.0) + least
    found = np.ones(len(p), dtype=bool)
    for key, least in gained.items():
        slack = -ROUNDING * (np.abs(per_mw[key]) + np.abs(opened[key]))[p]
        found &= opened[key][p] - opened[key][q] >= slack
        found &= per_mw[key][p] - per_mw[key][q] + least >= slack
    return found


def _priced(
    state: ModelState, columns: Columns, cost: FloatArray
) -> tuple[Dispatch, list[tuple[FloatArray, FloatArray]]]:
    """Dispatch of a state, and prices of grid and offers of each site, of `Dispatch.prices`."""
    if state.dispatch is None:
        raise ValueError("the model is not decomposed")
    use = np.array([cost[columns(row)] for row in state.variables.use])
    sites = range(use.shape[1])
    return state.dispatch, [state.dispatch.prices(s, use[:, s]) for s in sites]


def _saved(state: ModelState, columns: Columns, cost: FloatArray) -> FloatArray:
    """Most that a MW of each offer saves of what the grid costs, shape (O,)."""
    dispatch, prices = _priced(state, columns, cost)
    output = state.coefficients.capacity_factor
    found = np.zeros(len(output))
    for offers, (grid, supply) in zip(dispatch.offers, prices, strict=True):
        found[offers] = (output[offers] * np.maximum(grid - supply, 0.0)).sum(axis=1)
    return found


def _gains(
    state: ModelState,
    columns: Columns,
    cost: FloatArray,
    worth: BoolArray,
    p: IndexArray,
    q: IndexArray,
) -> FloatArray:
    """Least that a MW of load costs less at pairs q than at pairs p of their sites.

    Contracts that are not worth what they cost, of shape (columns,), are in no optimum.
    """
    c, v = state.coefficients, state.variables
    dispatch, prices = _priced(state, columns, cost)
    load, taken = cost[columns(v.load_mw)], worth[columns(v.contract_mw)]
    found, drawn = load[p] - load[q], c.pue - c.generated_kwh_per_kwh
    for s in np.unique(c.pair_site[p]):
        offers, at = dispatch.offers[s], np.flatnonzero(c.pair_site[p] == s)
        grid, supply = prices[s]
        cheapest = np.minimum(grid, supply[taken[offers]].min(axis=0, initial=np.inf))
        beyond = drawn[p[at]] - drawn[q[at]]
        found[at] += np.maximum(beyond, 0.0) @ cheapest - np.maximum(-beyond, 0.0) @ grid
    return found
