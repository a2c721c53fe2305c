"""The dispatch of one site as a linear program, where a dispatch option joins its slices.

The program has the rows of the same families as the whole one, on the numbers of the site. What is
decided outside of it (load, contracts, halls, stores, flows) are columns that are held where they
are; their reduced costs are the slopes of its value, by linear programming duality [1]_. It stays
in the solver and is solved again with other prices and other points from its last basis. Where no
dispatch meets its rows, the least sum by which they are missed gives the cut that says so.

References
----------
.. [1] Geoffrion (1972), Generalized Benders decomposition, J. Optim. Theory Appl. 10(4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from pulp import LpMinimize, LpProblem, LpVariable

from siting.arrays import FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.instance import of_site
from siting.errors import SitingError
from siting.mip import Clock
from siting.mip.benders.dispatch import Dispatch, SiteDispatch, Slopes
from siting.mip.components import groups
from siting.mip.components.generation import add_unit_any
from siting.mip.components.storage import add_storage_reserve
from siting.mip.families import families
from siting.mip.families.energy import add_connection_peak, add_contract_volume
from siting.mip.families.metric_limits import shared_metric_terms
from siting.mip.highs import Highs
from siting.mip.model import Rows, Variables, add_variables
from siting.mip.model.demand_classes import (
    DemandClasses,
    flexible_flows,
    varying_flows,
    varying_sites,
)
from siting.mip.model.metrics import OPERATED
from siting.mip.runs import Run, RunStatus

__all__ = ["SiteProgram"]


#: Groups of `Variables` that the slices of a site decide, besides grid and contracts.
INSIDE = (*OPERATED, "later_mw", "sooner_mw", "away_mwh")
#: How far a row may be missed, to its largest coefficient, where the solver finds no point by
#: rounding: the least of these that will do.
EASES = (1e-9, 1e-8, 1e-7, 1e-6)
#: Sum of what rows lack below which it is rounding.
LEAST_MISS = 1e-6
#: Of the duals, which are the slopes of the cuts, and of the rows: what a day of a store lacks adds
#: up over the days of its month.
TOLERANCE = 1e-9
#: Families of the master that bind a site alone in what it contracts and powers itself with.
CHOOSING = (add_contract_volume, add_connection_peak, add_unit_any, add_storage_reserve)
#: How far a column may be priced below nothing by rounding.
ROUNDING = 1e-7
#: Time that one site may take. [s]
LONG_S = 600.0


class SiteModel(NamedTuple):
    """Program of one site before it is handed to the solver.

    Parameters
    ----------
    problem : LpProblem
        Without an objective.
    variables : Variables
        Its decisions.
    own : Coefficients
        Numbers of the site alone.
    demand : DemandClasses
        Demand that it may serve.
    held : int
        Rows that hold what is built as it is; those after them choose it.
    """

    problem: LpProblem
    variables: Variables
    own: Coefficients
    demand: DemandClasses
    held: int


def site_model(c: Coefficients, demand: DemandClasses, s: int) -> SiteModel:
    """Program of site ``s`` of one state."""
    own, flows = of_site(c, s), np.flatnonzero(demand.flow_site == s)
    part = replace(
        demand,
        flow_class=demand.flow_class[flows],
        flow_site=0 * flows,
        flow_cost_usd_per_mw=demand.flow_cost_usd_per_mw[flows],
    )
    if not len(flexible_flows(own, part)) and not len(varying_flows(own, part)):
        own = replace(own, operation=replace(own.operation, flexible=None, profile=None))
    problem = LpProblem("site", LpMinimize)
    v = add_variables(problem, own, part, groups(own))
    rows = Rows(problem)
    _add_rows(rows, v, own, part)
    held = len(rows.register)
    for add in CHOOSING:
        add(rows.at(add.__name__, 0), v, own, part)
    return SiteModel(problem, v, own, part, held)


class SiteProgram:
    """One site of one state.

    Parameters
    ----------
    c : Coefficients
        Numbers of the state.
    demand : DemandClasses
        Its demand.
    closed : Dispatch
        For the units of the shared metrics.
    s : int
        The site.
    """

    def __init__(self, c: Coefficients, demand: DemandClasses, closed: Dispatch, s: int) -> None:
        problem, v, own, part, held = site_model(c, demand, s)
        self._name, self._closed = c.sites[s], closed
        self._highs = Highs.of(problem, tolerance=TOLERANCE)
        _scale_rows(self._highs)
        self._choice = _copy(self._highs)
        self._highs.keep_rows(held)
        self._column = {x.id: j for j, x in enumerate(problem.exported_variables())}
        outside = (v.load_mw, v.contract_mw, v.modules, v.storage_mw, v.units, v.serve_mw)
        self._outside = np.concatenate([self._columns(group) for group in outside])
        self._chosen = np.repeat([False, True, False, True, True, False], [len(x) for x in outside])
        self._split = np.cumsum([len(v.load_mw), len(v.contract_mw)])
        inside = ("supply_mw", "grid_mw", *INSIDE, *v.own)
        self._inside = {name: self._columns(v.group(name)) for name in inside}
        self._inside["supply_mw"] = self._inside["supply_mw"].reshape(-1, len(c.hours))
        self._factor = self._shared_use(own, part)
        lp = self._highs.lp()
        self._low, self._high = np.array(lp.row_lower_), np.array(lp.row_upper_)
        self._entries = self._highs.entries()
        self._free = np.array(lp.col_lower_) == -np.inf
        self._phase_one: Highs | None = None

    def _columns(self, variables: list[Any]) -> IndexArray:
        """Columns of variables; those that no row reads share one after the last, always zero."""
        if variables and not isinstance(variables[0], LpVariable):
            return np.array([self._columns(row) for row in variables], dtype=np.intp)
        absent = len(self._column)
        return np.array([self._column.get(x.id, absent) for x in variables], dtype=np.intp)

    def _shared_use(self, own: Coefficients, part: DemandClasses) -> FloatArray:
        """Contribution of a unit of each column to each shared metric, shape (M, columns)."""
        terms = shared_metric_terms(own, part, self._closed.metrics)
        factor = np.zeros((len(self._closed.metrics), len(self._column) + 1))
        for i, name in enumerate(self._closed.metrics):
            coefficients = terms[name].groups()
            for group, columns in self._inside.items():
                values = coefficients.get(group)
                if values is not None and values.size:
                    factor[i, columns.ravel()] = values.ravel() / self._closed.units[name]
        factor[:, -1] = 0.0
        return factor

    def restart(self) -> None:
        """Forget the bases of earlier solves."""
        for highs in (self._highs, self._phase_one, self._choice):
            if highs is not None:
                highs.begin_anew()

    def solve(self, factors: FloatArray, point: FloatArray) -> SiteDispatch:
        """Serve the site at the least Σ_m factor[m] · use[m].

        Parameters
        ----------
        factors : ndarray, shape (M,)
            Price of each shared metric.
        point : ndarray
            Load of each pair, power of each contract, modules of each pair, power of each store,
            units that power the site, and load of each flow of the site.
        """
        cost = (factors @ self._factor)[:-1]
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        run = self._solved(self._highs, cost / scale, point)
        if run.status is RunStatus.INFEASIBLE:
            needs = self._needs(point)
            if needs.missed > LEAST_MISS:
                return needs
            return self._eased(cost / scale, scale, point) or needs
        return self._found(run, scale, point)

    def chosen(
        self, factors: FloatArray, point: FloatArray, cost: FloatArray, most: FloatArray
    ) -> Slopes | None:
        """Cut at the contracts, stores and units that suit the load of a point best.

        At a given load it is as high as any, so that the next point of the master differs in its
        load; cuts at the contracts and units of each point would be one for each of their mixes.

        Parameters
        ----------
        factors, point
            As for `solve`.
        cost : ndarray
            Cost of each entry of ``point`` outside of the site.
        most : ndarray
            Most that there may be of each.

        Returns
        -------
        Slopes or None
            None where the load has no dispatch.
        """
        there = self._outside < len(self._column)
        columns, free = self._outside[there], self._chosen[there]
        inside = (factors @ self._factor)[:-1]
        whole = inside.copy()
        whole[columns] += np.where(free, cost[there], 0.0)
        scale = float(np.abs(whole).max(initial=0.0)) or 1.0
        low, high = np.where(free, 0.0, point[there]), np.where(free, most[there], point[there])
        self._choice.set_bounds(columns, low, high)
        run = self._choice.minimize(whole / scale, Clock(LONG_S), sure=False)
        if run.status is not RunStatus.OPTIMAL:
            return None
        dual = run.row_dual[: len(self._low)] * scale
        dual[~np.isfinite(np.where(dual > 0.0, self._low, self._high))] = 0.0
        sides = np.where(dual > 0.0, self._low, self._high)
        reduced = np.append(inside - self._entries.T @ dual, 0.0)
        slope = reduced[self._outside]
        reduced[columns] = 0.0
        if (reduced < -ROUNDING * scale).any() or (
            reduced[:-1][self._free] > ROUNDING * scale
        ).any():
            return None
        load, contract, other = np.split(slope, self._split)
        least = float(dual[dual != 0.0] @ sides[dual != 0.0])
        return Slopes(load, contract, other, least)

    def _solved(self, highs: Highs, cost: FloatArray, point: FloatArray) -> Run:
        """Solve with the outside columns held at a point, from the last basis."""
        there = self._outside < len(self._column)
        highs.set_bounds(self._outside[there], point[there], point[there])
        run = highs.minimize(cost, Clock(LONG_S), sure=False)
        if run.status is RunStatus.STOPPED:
            raise SitingError(f"the dispatch of {self._name} did not end")
        return run

    def _found(self, run: Run, scale: float, point: FloatArray) -> SiteDispatch:
        """The dispatch of a run, with its slopes by the outside columns."""
        dual = np.append(run.reduced_cost[: len(self._column)], 0.0) * scale
        values = np.append(run.values[: len(self._column)], 0.0)
        return self._dispatch(run.objective * scale, dual[self._outside], values, point)

    def _eased(self, cost: FloatArray, scale: float, point: FloatArray) -> SiteDispatch | None:
        """Solve again with rows that may be missed by rounding, as little as will do.

        They are those that read what is held: what the slices of a store lack would add up.
        """
        held = self._outside[self._outside < len(self._column)]
        reads = np.asarray(abs(self._entries[:, held]).sum(axis=1)).ravel() > 0.0
        try:
            for ease in np.outer(EASES, reads):
                self._highs.set_rows(self._low - ease, self._high + ease)
                run = self._solved(self._highs, cost, point)
                if run.status is RunStatus.OPTIMAL:
                    return self._found(run, scale, point)
        finally:
            self._highs.set_rows(self._low, self._high)
        return None

    def _needs(self, point: FloatArray) -> SiteDispatch:
        """Cut of a point at which no dispatch meets the rows."""
        if self._phase_one is None:
            self._phase_one = _with_slack(self._highs)
        slacks = self._phase_one.columns - len(self._column)
        cost = np.concatenate([np.zeros(len(self._column)), np.ones(slacks)])
        run = self._solved(self._phase_one, cost, point)
        if run.status is RunStatus.INFEASIBLE:
            raise SitingError(f"the needs of {self._name} have no point")
        return replace(self._found(run, 1.0, point), value=np.inf, missed=run.objective)

    def _dispatch(
        self, value: float, slope: FloatArray, values: FloatArray, point: FloatArray
    ) -> SiteDispatch:
        load, contract, other = np.split(slope, self._split)
        inside = {name: values[columns] for name, columns in self._inside.items()}
        return SiteDispatch(
            value=value,
            slopes=Slopes(load, contract, other, value - float(slope @ point)),
            supply_mw=inside["supply_mw"],
            grid_mw=inside["grid_mw"][0],
            operated={
                name: values
                for name, values in inside.items()
                if name not in ("supply_mw", "grid_mw") and values.size
            },
        )

    def use(self, x: SiteDispatch) -> FloatArray:
        """Contribution of a dispatch to each shared metric, shape (M,), in its unit."""
        values = np.zeros(len(self._column) + 1)
        given = {"supply_mw": x.supply_mw, "grid_mw": x.grid_mw, **x.operated}
        for name, power in given.items():
            values[self._inside[name].ravel()] = power.ravel()
        return self._factor @ values


def _add_rows(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Rows of the families that bind the slices of the site, without those over several sites."""
    local = tuple(replace(rule, sites=rule.sites & rule.local) for rule in c.operation.clean)
    c = replace(c, operation=replace(c.operation, clean=local))
    parts = {"slices", "both"} | ({"site"} if varying_sites(c, demand).any() else set())
    for family in families(c):
        if family.part in parts:
            family.add(rows.at(family.name, 0), v, c, demand)


def _scale_rows(highs: Highs) -> None:
    """Divide each row by its largest coefficient, so that what rows lack counts alike for all."""
    lp = highs.lp()
    index, value = np.array(lp.a_matrix_.index_), np.array(lp.a_matrix_.value_)
    largest = np.zeros(lp.num_row_)
    np.maximum.at(largest, index, np.abs(value))
    largest[largest == 0.0] = 1.0
    lp.a_matrix_.value_ = value / largest[index]
    lp.row_lower_ = np.array(lp.row_lower_) / largest
    lp.row_upper_ = np.array(lp.row_upper_) / largest
    highs.load(lp)


def _copy(highs: Highs) -> Highs:
    copy = Highs(tolerance=TOLERANCE)
    copy.load(highs.lp())
    return copy


def _with_slack(highs: Highs) -> Highs:
    """Return a copy whose rows may be missed, one column for each side."""
    lp, copy = highs.lp(), _copy(highs)
    for row, (low, high) in enumerate(zip(lp.row_lower_, lp.row_upper_, strict=True)):
        signs = [1.0] * bool(np.isfinite(low)) + [-1.0] * bool(np.isfinite(high))
        for sign in signs:
            copy.add_column(1.0, 0.0, np.inf, [row], [sign])
    return copy
