"""Sifting: a linear program with far more flows than rows is solved on a few of them.

Each class of demand may be served by every site within its reach, but is served by a few. The
program holds the flows of each class to its cheapest sites at first; flows whose reduced cost is
negative join it, until there are none [1]_. The basis found is optimal for the whole program, which
starts from it, so that what is proven never rests on the sifting.

References
----------
.. [1] Bixby, Gregory, Lustig, Marsten and Shanno (1992), Very large-scale linear programming: a
   case study in combining interior point and simplex methods, Oper. Res. 40(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip.control import Clock
from siting.mip.highs import Highs
from siting.mip.model.build import Columns, Model, ModelState
from siting.mip.runs import NONBASIC_LOW, Basis, Row, Run, RunStatus

__all__ = ["FewFlows", "Sifting", "cost_per_mw"]


#: Flows from which on sifting is worth its time.
MANY = 10_000
#: Flows from which on the optimum over few of them is a worse start for all than for some more.
FAR = 100_000
#: Flows of a class at first, and how many may join in each round.
FIRST, JOINING = 10, 5
#: Reduced cost below which a flow joins. [1/MW]
NEGATIVE = 1e-9
#: Rounds; never met in practice, since flows only join.
MOST_ROUNDS = 200


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
    def worthwhile(self) -> bool:
        """Return whether flows are many."""
        return len(self._flow) >= MANY

    @property
    def far(self) -> bool:
        """Return whether flows are so many that an optimum over few of them is far from theirs."""
        return len(self._flow) >= FAR

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
        stated = lp.lp()
        entries, before = lp.entries(), lp.basis()
        low, high = np.array(stated.col_lower_), np.array(stated.col_upper_)
        flow = self._flow
        usable = high[flow] > 0.0
        rank = _ranks(self._class, np.where(usable, self._keys(states, cost), np.inf))
        inside = np.ones(len(cost), dtype=bool)
        inside[flow] = usable & (rank < FIRST)
        if before.valid:
            inside |= before.columns != NONBASIC_LOW
        columns = np.flatnonzero(inside)
        some = lp.among(columns)
        by_flow = entries[:, flow].T.tocsr()
        waiting, first = usable & ~inside[flow], FIRST
        for _ in range(MOST_ROUNDS):
            run = some.minimize(cost[columns], clock, sure=False)
            if run.status is RunStatus.OPTIMAL:
                reduced = cost[flow] - by_flow @ run.row_dual
                negative = np.flatnonzero(waiting & (reduced < -NEGATIVE))
                best = _ranks(self._class[negative], reduced[negative]) < JOINING
                joining = negative[best]
                if not len(joining):
                    break
            else:
                first *= 2
                joining = np.flatnonzero(waiting & (rank < first))
                if run.status is RunStatus.STOPPED or not waiting.any():
                    return None
            waiting[joining] = False
            joined = flow[joining]
            some.add_columns(low[joined], high[joined], entries[:, joined])
            columns = np.concatenate([columns, joined])
        found = some.basis()
        status = np.full(len(cost), NONBASIC_LOW, dtype=np.int8)
        status[columns] = found.columns
        return Basis(status, found.rows, valid=True)

    def many_are_open(self, high: FloatArray) -> bool:
        """Return whether flows that may carry load are many, by the bounds of the columns."""
        return int((high[self._flow] > 0.0).sum()) >= MANY

    def few(self, lp: Highs, run: Run) -> FewFlows:
        """Program with the flows that an optimum uses and those that are next to join it.

        Parameters
        ----------
        lp : Highs
            The program, with its optimal basis.
        run : Run
            Its optimum.
        """
        inside = np.ones(len(run.values), dtype=bool)
        inside[self._flow] = _ranks(self._class, run.reduced_cost[self._flow]) < FIRST
        return FewFlows(lp, inside | (lp.basis().columns != NONBASIC_LOW))

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
    """A program with some of its columns, the others at zero, while rows are added to it.

    Parameters
    ----------
    lp : Highs
        The program, with a basis.
    inside : ndarray of bool, shape (columns,)
        The columns that it keeps; those that are not at their lower bound are among them.
    """

    def __init__(self, lp: Highs, inside: BoolArray) -> None:
        self._columns, self._place = np.flatnonzero(inside), np.cumsum(inside) - 1
        self._inside, self._highs = inside, lp.among(self._columns)

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Add rows after the last."""
        kept = [self._inside[row.columns] for row in rows]
        self._highs.add_rows(
            [replace(row, columns=self._place[row.columns[k]], values=row.values[k])
             for row, k in zip(rows, kept, strict=True)]
        )  # fmt: skip

    def minimize(self, cost: FloatArray, clock: Clock) -> Run:
        """Optimum over these columns; reduced costs are those of these columns alone."""
        run = self._highs.minimize(cost[self._columns], clock)
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


def _ranks(group: IndexArray, key: FloatArray) -> IndexArray:
    """Place of each item in its group, by ascending key."""
    order = np.lexsort((key, group))
    first = np.searchsorted(group[order], group[order])
    rank = np.empty(len(group), dtype=np.intp)
    rank[order] = np.arange(len(group)) - first
    return rank


def cost_per_mw(columns: Columns, state: ModelState, cost: FloatArray) -> FloatArray:
    """Cost of one MW of load at each pair on grid energy alone, shape (P,).

    Parameters
    ----------
    columns : callable
        Columns of some variables.
    state : ModelState
        The state.
    cost : ndarray, shape (columns,)
        What is minimized.
    """
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
