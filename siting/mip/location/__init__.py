"""Opening sites, one place at a time: the model without the rows that places share.

The dual values of the relaxation price the rows that places share: demand, counts, budgets,
outages. At these prices the model falls apart into one small linear program a place, and the bound
is the sum of their optima. Two questions are answered by them.

*Probing*. The optimum with a site of the place open tells how far the bound rises for every
placement that opens the place, by the Lagrangian bound [1]_.

*Cost of load*. The optimum at a load of the place, and its dual value, say what opening it costs
and what each further MW.

References
----------
.. [1] Beasley (1993), Lagrangean heuristics for location problems, Eur. J. Oper. Res. 65(3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock, Target
from siting.mip.highs import Highs
from siting.mip.runs import Row, Run, RunStatus

__all__ = ["FIXING_ROUNDING", "Places", "closed_by_probing", "cost_of_load", "cost_of_nothing"]

#: How far rows and reduced costs of a place may be missed, many of which add up.
TOLERANCE = 1e-9
#: Share of the bound that reduced costs may be off by rounding. [-]
FIXING_ROUNDING = 1e-7
#: Gap to which a place is solved in whole numbers.
ROUGH = Target(relative=1e-4, absolute=1e-6)


class Places:
    """The relaxation as one linear program a place.

    Parameters
    ----------
    lp : HighsLp
        All rows and columns.
    low, high : ndarray, shape (columns,)
        Bounds of the columns.
    place : ndarray of int, shape (columns,)
        Place of the columns that belong to one for certain; -1 elsewhere.
    """

    def __init__(self, lp: Any, low: FloatArray, high: FloatArray, place: IndexArray) -> None:
        matrix, shape = lp.a_matrix_, (lp.num_row_, lp.num_col_)
        entries = sparse.csc_matrix((matrix.value_, matrix.index_, matrix.start_), shape=shape)
        self._low, self._high = low, high
        self._lower, self._upper = np.array(lp.row_lower_), np.array(lp.row_upper_)
        self._matrix = entries.tocsr()
        found = entries.tocoo()
        known = place[found.col] >= 0
        first = np.full(shape[0], np.iinfo(np.intp).max, dtype=np.intp)
        last = np.full(shape[0], -1, dtype=np.intp)
        np.minimum.at(first, found.row[known], place[found.col[known]])
        np.maximum.at(last, found.row[known], place[found.col[known]])
        #: Rows that read the columns of several places, or of none.
        self.shared = (last > first) | (last < 0)
        own = ~self.shared[found.row]
        graph = sparse.coo_matrix(
            (np.ones(int(own.sum())), (found.row[own], shape[0] + found.col[own])),
            shape=(sum(shape), sum(shape)),
        )
        _, found_part = connected_components(graph, directed=False)
        part = np.asarray(found_part, dtype=np.intp)
        self._row_part: IndexArray = part[: shape[0]]
        self._rows = self._own_rows(self.shared)
        self.part: IndexArray = part[shape[0] :]
        self._columns = _members(np.arange(shape[1]), self.part)
        self._solver = Highs(tolerance=TOLERANCE)

    def prices(self, cost: FloatArray, duals: FloatArray) -> FloatArray:
        """Cost of each column less the dual values of the rows that places share."""
        found: FloatArray = cost - self._matrix.T @ self._of_shared(duals)
        return found

    def worth(self, duals: FloatArray) -> float:
        """Worth of the sides of the rows that places share at dual values."""
        priced = self._of_shared(duals)
        used = priced != 0.0
        sides = np.where(priced > 0.0, self._lower, self._upper)
        return float(priced[used] @ sides[used])

    def _of_shared(self, duals: FloatArray) -> FloatArray:
        """Dual values of shared rows, zero where a row has no side that they could price."""
        priced = np.zeros(len(self.shared))
        priced[: len(duals)] = duals
        priced[~np.isfinite(np.where(priced > 0.0, self._lower, self._upper))] = 0.0
        return np.where(self.shared, priced, 0.0)

    def least_elsewhere(self, parts: IndexArray, price: FloatArray, clock: Clock) -> float:
        """Optimum of all that belongs to none of some parts; minus infinity where it has none."""
        columns = np.flatnonzero(~np.isin(self.part, parts))
        rows = np.flatnonzero(~self.shared & ~np.isin(self._row_part, parts))
        if not len(columns):
            return 0.0
        run = self._optimum(columns, rows, price, [], clock)
        return run.objective if run.status is RunStatus.OPTIMAL else -np.inf

    @contextmanager
    def without_links(self, served: IndexArray, opened: IndexArray) -> Iterator[None]:
        """Leave out the rows that tie what is served to what is open, for a while."""
        entries = abs(self._matrix)
        links = (entries[:, served].sum(axis=1) > 0) & (entries[:, opened].sum(axis=1) > 0)
        before, self._rows = self._rows, self._own_rows(self.shared | np.asarray(links).ravel())
        try:
            yield
        finally:
            self._rows = before

    def _own_rows(self, left_out: BoolArray) -> dict[int, IndexArray]:
        rows = np.flatnonzero(~left_out)
        return _members(rows, self._row_part[rows])

    def columns(self, part: int) -> IndexArray:
        """Columns of a part."""
        return self._columns[part]

    def at_loads(
        self, part: int, price: FloatArray, rows: Sequence[Row], at_mw: FloatArray, clock: Clock
    ) -> Iterator[Run]:
        """Optimum of a part with the last of some more rows at one value after another."""
        for i, mw in enumerate(at_mw):
            if i == 0:
                yield self.minimize(
                    part, price, [*rows[:-1], replace(rows[-1], low=mw, high=mw)], clock
                )
            else:
                self._solver.set_row(self._solver.rows - 1, mw, mw)
                yield self._solver.minimize(price[self._columns[part]], clock, sure=False)

    def minimize(self, part: int, price: FloatArray, rows: Sequence[Row], clock: Clock) -> Run:
        """Optimum of a part under some more rows, which come last."""
        own = self._rows.get(part, _NONE)
        return self._optimum(self._columns[part], own, price, rows, clock)

    def minimize_whole(
        self, part: int, price: FloatArray, rows: Sequence[Row], whole: BoolArray, clock: Clock
    ) -> Run:
        """Optimum of a part under some more rows, with whole numbers in some columns."""
        columns, own = self._columns[part], self._rows.get(part, _NONE)
        solver = Highs(tolerance=TOLERANCE)
        self._load(solver, columns, own, rows)
        solver.require_integers(np.flatnonzero(whole[columns]))
        return solver.minimize_integer(price[columns], clock, ROUGH, sure=False)

    def _optimum(
        self,
        columns: IndexArray,
        own: IndexArray,
        price: FloatArray,
        rows: Sequence[Row],
        clock: Clock,
    ) -> Run:
        self._load(self._solver, columns, own, rows)
        return self._solver.minimize(price[columns], clock, sure=False)

    def _load(
        self, solver: Highs, columns: IndexArray, own: IndexArray, rows: Sequence[Row]
    ) -> None:
        solver.load_rows(
            self._low[columns], self._high[columns], self._lower[own], self._upper[own],
            self._matrix[own][:, columns],
        )  # fmt: skip
        at = [replace(row, columns=np.searchsorted(columns, row.columns)) for row in rows]
        solver.add_rows(at)


_NONE: IndexArray = np.zeros(0, dtype=np.intp)


def _members(items: IndexArray, part: IndexArray) -> dict[int, IndexArray]:
    """Items of each part, in ascending order."""
    order = np.argsort(part, kind="stable")
    parts, starts = np.unique(part[order], return_index=True)
    return {
        int(k): found for k, found in zip(parts, np.split(items[order], starts[1:]), strict=True)
    }


def cost_of_load(
    places: Places,
    load: Sequence[IndexArray],
    opening: Sequence[IndexArray],
    at_mw: FloatArray,
    price: FloatArray,
    clock: Clock,
) -> tuple[FloatArray, FloatArray]:
    """Cost of the load of each open place, by its tangents at some loads.

    Parameters
    ----------
    places : Places
        The relaxation.
    load, opening : sequence of ndarray of int
        Columns of load of each place, and of what opens it; none where nothing may be built.
    at_mw : ndarray, shape (G, I)
        Loads of each place at which the tangents touch. [MW]
    price : ndarray, shape (columns,)
        Prices of the columns.
    clock : Clock
        The time left.

    Returns
    -------
    fixed, per_mw : ndarray, shape (G, I)
        The cost is nowhere below ``fixed + per_mw · load``, by ascending slope; one tangent stands
        again where a place cannot bear the load of another. ``fixed`` is infinite where the place
        cannot be open, and minus infinity where the time ended first.
    """
    fixed, per_mw = np.full(at_mw.shape, np.nan), np.zeros(at_mw.shape)
    for g, (loads, opens) in enumerate(zip(load, opening, strict=True)):
        if not len(loads):
            continue
        part, is_open = int(places.part[loads[0]]), Row(opens, np.ones(len(opens)), low=1.0)
        rows = [is_open, Row(loads, np.ones(len(loads)))]
        some = at_mw[g] if at_mw[g, -1] > 0.0 else at_mw[g, :0]
        for i, run in enumerate(places.at_loads(part, price, rows, some, clock)):
            if run.status is RunStatus.OPTIMAL:
                per_mw[g, i] = run.row_dual[-1]
                fixed[g, i] = run.objective - per_mw[g, i] * at_mw[g, i]
        if np.isnan(fixed[g]).all():  # Whatever its load.
            run = places.minimize(part, price, [is_open], clock)
            unknown = np.inf if run.status is RunStatus.INFEASIBLE else -np.inf
            fixed[g] = run.objective if run.status is RunStatus.OPTIMAL else unknown
    missing = np.isnan(fixed)
    first = np.argmin(missing, axis=1)[:, None]
    for found in (fixed, per_mw):
        found[:] = np.where(missing, np.take_along_axis(found, first, axis=1), found)
    fixed[missing.all(axis=1)] = np.inf
    by_slope = np.argsort(per_mw, axis=1, kind="stable")
    return np.take_along_axis(fixed, by_slope, axis=1), np.take_along_axis(per_mw, by_slope, axis=1)


def cost_of_nothing(
    places: Places,
    load: Sequence[IndexArray],
    opening: Sequence[IndexArray],
    price: FloatArray,
    clock: Clock,
) -> FloatArray:
    """Cost of each place without a site, shape (G,).

    Infinite where there must be one, minus infinity where the time ended first.

    Parameters
    ----------
    places, load, opening, price, clock
        As for `cost_of_load`.
    """
    found = np.zeros(len(load))
    for g, (loads, opens) in enumerate(zip(load, opening, strict=True)):
        if len(loads):
            none = [Row(opens, np.ones(len(opens)), high=0.0)]
            run = places.minimize(int(places.part[loads[0]]), price, none, clock)
            unknown = np.inf if run.status is RunStatus.INFEASIBLE else -np.inf
            found[g] = run.objective if run.status is RunStatus.OPTIMAL else unknown
    return found


def closed_by_probing(
    places: Places,
    opened: IndexArray,
    price: FloatArray,
    values: FloatArray,
    room: float,
    clock: Clock,
    *,
    known: BoolArray,
) -> BoolArray:
    """Pairs, shape (P,), whose place lifts the bound over a cutoff once it is open.

    Parameters
    ----------
    places : Places
        The relaxation.
    opened : ndarray of int, shape (periods, P)
        Columns of ``is_open``.
    price : ndarray, shape (columns,)
        `Places.prices` at its dual values.
    values : ndarray, shape (columns,)
        Its optimum.
    room : float
        Distance between its bound and the cutoff.
    clock : Clock
        The time left; places that were not reached stay open.
    known : ndarray of bool, shape (P,)
        Pairs that are closed already.
    """
    last = opened[-1]
    closed = np.zeros(len(last), dtype=bool)
    for part, pairs in _members(np.arange(len(last)), places.part[last]).items():
        carried = values[opened[:, pairs]].max(initial=0.0) > 0.5
        if clock.late or carried or known[pairs].all():
            continue
        columns = places.columns(part)
        least = room + float(price[columns] @ values[columns])
        opens = Row(last[pairs], np.ones(len(pairs)), low=1.0)
        run = places.minimize(part, price, [opens], clock)
        closed[pairs] = run.status is RunStatus.OPTIMAL and run.objective > least
    return closed
