"""Flows of demand classes that few open sites no longer tell apart, merged in an integer program.

Where most sites are closed, many classes may be served by the same sites at the same cost. Their
rows and columns are then alike up to the size of the demand, so that sharing out what a site sends
to them by their demand keeps every row and every metric: some optimum serves each class n in
proportion,

    serve_mw[n,s]  =  demand_mw[n] / Σ_{m alike} demand_mw[m] · serve_mw[alike,s]        ∀ s

and the program with one flow for all of them has the bound and the optimum of the unmerged one.
Where load moves in time its flows have columns of their own in other rows, and nothing is merged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from siting.arrays import BoolArray, FloatArray
from siting.mip.model.build import Columns, ModelState
from siting.mip.model.demand_classes import merged_where

__all__ = ["MergedFlows"]

#: Share of the demand of its group below which a class stays apart, for coefficients that a solver
#: does not take for zero. [-]
LEAST_SHARE = 1e-6


class MergedFlows:
    """Substitution x = T · y of columns, where y has one flow for all that are alike.

    Columns stay where they are; those that are merged into another have no entry left.

    Parameters
    ----------
    states : sequence of ModelState
        States of the model.
    columns : callable
        Columns of some variables.
    low, high : ndarray, shape (columns,)
        Bounds of the columns.
    left : ndarray of bool, shape (P,)
        Pairs that may be built in some period.
    """

    def __init__(
        self,
        states: Sequence[ModelState],
        columns: Columns,
        low: FloatArray,
        high: FloatArray,
        left: BoolArray,
    ) -> None:
        #: Column of the flow that stands for each column, and the share of it that is its own.
        self._lead, self._share = np.arange(len(low)), np.ones(len(low))
        for state in states:
            c, demand = state.coefficients, state.demand
            flow = columns(state.variables.serve_mw)
            reached = np.zeros(len(c.sites), dtype=bool)
            reached[demand.place[c.pair_site[left]]] = True
            usable = reached[demand.flow_site] & (high[flow] > 0.0)
            lead = merged_where(c, demand, usable)
            # Flows with bounds of their own are told apart by these.
            bounded = usable & ((low[flow] > 0.0) | np.isfinite(high[flow]))
            apart = np.isin(lead, lead[demand.flow_class[bounded]])
            small = demand.mw < LEAST_SHARE * np.bincount(lead, demand.mw, len(lead))[lead]
            apart |= np.isin(lead, lead[small]) | (c.operation.flexible is not None)
            lead[apart] = np.flatnonzero(apart)
            number = np.full((len(demand.mw), len(c.sites)), -1)
            number[demand.flow_class, demand.flow_site] = flow
            share = demand.mw / np.bincount(lead, demand.mw, len(demand.mw))[lead]
            n = demand.flow_class[usable]
            self._lead[flow[usable]] = number[lead[n], demand.flow_site[usable]]
            self._share[flow[usable]] = share[n]

    def rows(self, entries: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return rows on y, from rows on x."""
        columns = len(self._lead)
        taken = (self._share, (np.arange(columns), self._lead))
        return (entries @ sparse.csr_matrix(taken, shape=(columns, columns))).tocsr()

    def costs(self, cost: FloatArray) -> FloatArray:
        """Return costs of y, from those of x."""
        return np.bincount(self._lead, self._share * cost, len(cost))

    def merged(self, values: FloatArray) -> FloatArray:
        """Return the point y of a point x."""
        return np.bincount(self._lead, values, len(values))

    def shared_out(self, values: FloatArray) -> FloatArray:
        """Return the point x of a point y."""
        found: FloatArray = self._share * values[self._lead]
        return found
