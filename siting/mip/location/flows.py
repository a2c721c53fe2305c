"""Fewer flows of demand: some of them in relaxations, one for those alike in integer programs.

*Sifting*. Each class of demand may be served by every site within its reach, but is served by a
few. The program holds the flows of each class to its cheapest sites at first; flows whose reduced
cost is negative join it, until there are none [1]_. The basis found is optimal for the whole
program, which starts from it, so that what is proven never rests on the sifting.

*Merging*. Where most sites are closed, many classes may be served by the same sites at the same
cost. Their rows and columns are then alike up to the size of the demand, so that sharing out what a
site sends to them by their demand keeps every row and every metric: some optimum serves each class
n in proportion,

    serve_mw[n,s]  =  demand_mw[n] / Σ_{m alike} demand_mw[m] · serve_mw[alike,s]        ∀ s

and the program with one flow for all of them has the bound and the optimum of the unmerged one.
Where load moves in time its flows have columns of their own in other rows, and nothing is merged.

References
----------
.. [1] Bixby, Gregory, Lustig, Marsten and Shanno (1992), Very large-scale linear programming: a
   case study in combining interior point and simplex methods, Oper. Res. 40(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock
from siting.mip.highs import Highs
from siting.mip.model.build import Columns, Model, ModelState
from siting.mip.model.demand_classes import merged_where
from siting.mip.runs import NONBASIC_LOW, Basis, Row, Run, RunStatus, entries_of

__all__ = ["FewFlows", "MergedFlows", "Sifting", "cost_per_mw"]


#: Flows from which on sifting is worth its time.
MANY = 10_000
#: Flows from which on more join between the rounds of cuts, and not only after the last.
FAR = 100_000
#: Flows of a class at first, and how many may join in each round.
FIRST, JOINING = 10, 5
#: Reduced cost below which a flow joins. [1/MW]
NEGATIVE = 1e-9
#: Rounds; never met in practice, since flows only join.
MOST_ROUNDS = 200
#: Share of the demand of its group below which a class stays apart, for coefficients that a solver
#: does not take for zero. [-]
LEAST_SHARE = 1e-6


class Sifting:
    """Flows of all states of a model, and their program.

    Parameters
    ----------
    model : Model
        The built model.
    columns : callable
        Columns of some variables.
    """

    def __init__(self, model: Model, columns: Columns) -> None:
        self._columns_of = columns
        served = [columns(state.variables.serve_mw) for state in model.states]
        self._flow: IndexArray = np.concatenate(served)
        classes = [len(state.demand.mw) for state in model.states]
        first = np.cumsum([0, *classes])
        self._class = np.concatenate(
            [state.demand.flow_class + k for state, k in zip(model.states, first, strict=False)]
        )

    @property
    def far(self) -> bool:
        """Return whether flows are so many that an optimum over few of them is far from theirs."""
        return len(self._flow) >= FAR

    @property
    def worthwhile(self) -> bool:
        """Return whether flows are many."""
        return len(self._flow) >= MANY

    def basis(
        self, lp: Highs, states: Sequence[ModelState], cost: FloatArray, clock: Clock
    ) -> Basis | None:
        """Optimal basis of a program; none where its few flows settle nothing.

        Parameters
        ----------
        lp : Highs
            The program, with the basis that it has.
        states : sequence of ModelState
            Numbers of each state, by which the first flows are chosen.
        cost : ndarray, shape (columns,)
            What to minimize.
        clock : Clock
            The time left.
        """
        stated, before = lp.lp(), lp.basis()
        usable = np.array(stated.col_upper_)[self._flow] > 0.0
        rank = _ranks(self._class, np.where(usable, self._keys(states, cost), np.inf))
        first = FIRST
        inside = np.ones(len(cost), dtype=bool)
        inside[self._flow] = usable & (rank < first)
        if before.valid:
            inside |= before.columns != NONBASIC_LOW
        few = FewFlows(lp, stated, before, inside, self._flow, self._class)
        for _ in range(MOST_ROUNDS):
            run = few.minimize(cost, clock, sure=False)
            if run.status is RunStatus.OPTIMAL:
                if not few.join_priced(cost, run):
                    break
            else:
                first *= 2
                if run.status is RunStatus.STOPPED or not few.join(usable & (rank < first)):
                    return None
        return few.basis()

    def many_are_open(self, high: FloatArray) -> bool:
        """Return whether flows that may carry load are many, by the bounds of the columns."""
        return int((high[self._flow] > 0.0).sum()) >= MANY

    def few(self, lp: Highs, run: Run) -> FewFlows:
        """Program with the flows that an optimum uses and those that are next to join it."""
        inside, basis = np.ones(len(run.values), dtype=bool), lp.basis()
        inside[self._flow] = _ranks(self._class, run.reduced_cost[self._flow]) < FIRST
        inside |= basis.columns != NONBASIC_LOW
        return FewFlows(lp, lp.lp(), basis, inside, self._flow, self._class)

    def _keys(self, states: Sequence[ModelState], cost: FloatArray) -> FloatArray:
        """Cost of one MW by each flow, on grid energy alone."""
        found = []
        for state in states:
            c, demand = state.coefficients, state.demand
            best = np.full(len(c.sites), np.inf)
            price = cost_per_mw(self._columns_of, state, cost)
            np.minimum.at(best, demand.place[c.pair_site], price)
            found.append(best[demand.flow_site])
        return np.concatenate(found) + cost[self._flow]


class FewFlows:
    """A program with some of its columns, the others at zero, while rows are added to both.

    Parameters
    ----------
    lp : Highs
        The program.
    stated : HighsLp
        Copy of its numbers.
    basis : Basis
        Its basis.
    inside : ndarray of bool, shape (columns,)
        The columns that it keeps; those that are not at their lower bound are among them.
    flow : ndarray of int, shape (flows,)
        Columns of the flows, which may join.
    group : ndarray of int, shape (flows,)
        Class of demand of each.
    """

    def __init__(
        self,
        lp: Highs,
        stated: Any,
        basis: Basis,
        inside: BoolArray,
        flow: IndexArray,
        group: IndexArray,
    ) -> None:
        self._flow, self._group, self._inside = flow, group, inside
        self._columns, self._place = np.flatnonzero(inside), np.cumsum(inside) - 1
        self._low, self._high = np.array(stated.col_lower_), np.array(stated.col_upper_)
        #: Entries of all columns, and rows that are not among them yet.
        self._known, self._later = lp.entries(stated), list[Row]()
        self._highs = lp.among(self._columns, stated, self._known, basis)

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Add rows after the last, which the program has too."""
        self._later += rows
        kept = [self._inside[row.columns] for row in rows]
        self._highs.add_rows(
            [replace(row, columns=self._place[row.columns[k]], values=row.values[k])
             for row, k in zip(rows, kept, strict=True)]
        )  # fmt: skip

    def join_priced(self, cost: FloatArray, run: Run) -> bool:
        """Let the flows of least reduced cost of each class join; whether any is negative."""
        dual = np.zeros(self._entries.shape[0])
        dual[: len(run.row_dual)] = run.row_dual  # Rows added since have none.
        reduced = (cost - self._entries.T @ dual)[self._flow]
        negative = np.zeros(len(reduced), dtype=bool)
        negative[self._waiting] = reduced[self._waiting] < -NEGATIVE
        ranks = _ranks(self._group, np.where(negative, reduced, np.inf))
        return self.join(negative & (ranks < JOINING))

    def join(self, chosen: BoolArray) -> bool:
        """Let some flows join, (flows,), that may carry load; whether there are any."""
        joining = self._flow[chosen & self._waiting]
        if not len(joining):
            return False
        self._highs.add_columns(self._low[joining], self._high[joining], self._entries[:, joining])
        self._place[joining] = len(self._columns) + np.arange(len(joining))
        self._columns, self._inside[joining] = np.append(self._columns, joining), True
        return True

    @property
    def _entries(self) -> sparse.csc_matrix:
        """Entries of the program with the rows that were added since."""
        if self._later:
            more = entries_of(self._later, self._known.shape[1])
            self._known, self._later = sparse.vstack([self._known, more], format="csc"), []
        return self._known

    @property
    def _waiting(self) -> BoolArray:
        found: BoolArray = ~self._inside[self._flow] & (self._high[self._flow] > 0.0)
        return found

    def minimize(self, cost: FloatArray, clock: Clock, *, sure: bool = True) -> Run:
        """Optimum over these columns; reduced costs are those of these columns alone."""
        run = self._highs.minimize(cost[self._columns], clock, sure=sure)
        if not run.has_point:
            return run
        values, reduced = np.zeros((2, len(cost)))
        values[self._columns], reduced[self._columns] = run.values, run.reduced_cost
        return replace(run, values=values, reduced_cost=reduced)

    def basis(self) -> Basis:
        """Basis of the last run, for the whole program."""
        found = self._highs.basis()
        status = np.full(len(self._inside), NONBASIC_LOW, dtype=np.int8)
        status[self._columns] = found.columns
        return Basis(status, found.rows, found.valid)


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


def _ranks(group: IndexArray, key: FloatArray) -> IndexArray:
    """Place of each item in its group, by ascending key."""
    order = np.lexsort((key, group))
    first = np.searchsorted(group[order], group[order])
    rank = np.empty(len(group), dtype=np.intp)
    rank[order] = np.arange(len(group)) - first
    return rank


def cost_per_mw(columns: Columns, state: ModelState, cost: FloatArray) -> FloatArray:
    """Cost of one MW of load at each pair on grid energy alone, shape (P,)."""
    c, v = state.coefficients, state.variables
    drawn = c.pue - c.generated_kwh_per_kwh
    if state.dispatch is None:
        grid = np.array([cost[columns(row)] for row in v.grid_mw])
    else:
        use = np.array([cost[columns(row)] for row in v.use])
        grid = np.array([state.dispatch.prices(s, use[:, s])[0] for s in range(len(c.sites))])
    halls = cost[columns(v.modules)]
    if v.priced:
        halls = halls + cost[columns(v.priced)]
    per_mw = cost[columns(v.load_mw)] + halls / c.block_mw
    result: FloatArray = per_mw + (grid[c.pair_site] * drawn).sum(axis=1)
    return result
