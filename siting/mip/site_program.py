"""The dispatch of one site as a linear program, where a family of operation joins its slices.

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
from typing import Any

import numpy as np
import pulp
from highspy import HighsModelStatus
from numpy.typing import NDArray
from pulp import LpAffineExpression, LpMinimize, LpProblem, LpVariable

from siting.coefficients import Coefficients
from siting.coefficients.site import of_site
from siting.errors import SitingError
from siting.mip.constraints import FAMILIES
from siting.mip.dispatch import Dispatch, SiteDispatch, Slopes
from siting.mip.flows import DemandClasses, flexible_flows
from siting.mip.local import varying_sites
from siting.mip.metrics import OPERATED
from siting.mip.readings import reading_terms
from siting.mip.rows import Rows
from siting.mip.variables import Variables, add_variables

__all__ = ["SiteProgram"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Groups of `Variables` that the slices of a site decide, besides grid and contracts.
INSIDE = (*OPERATED, "level_mwh", "later_mw", "sooner_mw", "away_mwh")
#: How far a row may be missed, to its largest coefficient, where the solver finds no point by
#: rounding: the least of these that will do.
EASES = (1e-9, 1e-8, 1e-7, 1e-6)
#: Sum of what rows lack below which it is rounding.
LEAST_MISS = 1e-6
#: Of the duals, which are the slopes of the cuts.
TOLERANCE = 1e-9
_NONE = (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)


class SiteProgram:
    """One site of one state.

    Parameters
    ----------
    c : Coefficients
        Numbers of the state.
    demand : DemandClasses
        Its demand.
    closed : Dispatch
        For the units of the readings.
    s : int
        The site.
    """

    def __init__(self, c: Coefficients, demand: DemandClasses, closed: Dispatch, s: int) -> None:
        own, flows = of_site(c, s), np.flatnonzero(demand.flow_site == s)
        part = replace(
            demand,
            flow_class=demand.flow_class[flows],
            flow_site=0 * flows,
            flow_cost_usd_per_mw=demand.flow_cost_usd_per_mw[flows],
        )
        if not len(flexible_flows(own, part)):
            own = replace(own, operation=replace(own.operation, flexible=None))
        problem = LpProblem("site", LpMinimize)
        v = add_variables(problem, own, part)
        _add_rows(Rows(problem), v, own, part)
        self._name, self._closed = c.sites[s], closed
        self._highs = _handed_over(problem)
        self._column = {x.id: j for j, x in enumerate(problem.exported_variables())}
        outside = (v.load_mw, v.contract_mw, v.modules, v.storage_mw, v.serve_mw)
        self._outside = np.concatenate([self._columns(group) for group in outside])
        self._split = np.cumsum([len(v.load_mw), len(v.contract_mw)])
        self._inside = {n: self._columns(getattr(v, n)) for n in ("supply_mw", "grid_mw", *INSIDE)}
        self._inside["supply_mw"] = self._inside["supply_mw"].reshape(-1, len(c.hours))
        self._factor = self._readings(own, part)
        lp = self._highs.getLp()
        self._low, self._high = np.array(lp.row_lower_), np.array(lp.row_upper_)
        self._phase_one: Any = None

    def _columns(self, variables: list[Any]) -> IntArray:
        """Columns of variables; those that no row reads share one after the last, always zero."""
        if variables and not isinstance(variables[0], LpVariable):
            return np.array([self._columns(row) for row in variables], dtype=np.intp)
        absent = len(self._column)
        return np.array([self._column.get(x.id, absent) for x in variables], dtype=np.intp)

    def _readings(self, own: Coefficients, part: DemandClasses) -> FloatArray:
        """What a unit of each column adds to each reading, shape (M, columns)."""
        terms = reading_terms(own, part, self._closed.metrics)
        factor = np.zeros((len(self._closed.metrics), len(self._column) + 1))
        for i, name in enumerate(self._closed.metrics):
            for group, columns in self._inside.items():
                values = getattr(terms[name], group, None)
                if values is not None and values.size:
                    factor[i, columns.ravel()] = values.ravel() / self._closed.units[name]
        factor[:, -1] = 0.0
        return factor

    def restart(self) -> None:
        """Forget the bases of earlier solves."""
        for highs in (self._highs, self._phase_one):
            if highs is not None:
                highs.clearSolver()

    def solve(self, factors: FloatArray, point: FloatArray) -> SiteDispatch:
        """Serve the site at the least Σ_m factor[m] · reading[m].

        Parameters
        ----------
        factors : ndarray, shape (M,)
            Price of each reading.
        point : ndarray
            Load of each pair, power of each contract, modules of each pair, power of each store,
            and load of each flow of the site.
        """
        cost = (factors @ self._factor)[:-1]
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        columns = np.arange(len(cost), dtype=np.int32)
        self._highs.changeColsCost(len(cost), columns, cost / scale)
        status = _solved(self._highs, self._outside, len(cost), point)
        if status in _NONE:
            needs = self._needs(point)
            if needs.missed > LEAST_MISS:
                return needs
            return self._eased(point, scale) or needs
        return self._found(status, scale, point)

    def _found(self, status: HighsModelStatus, scale: float, point: FloatArray) -> SiteDispatch:
        """The dispatch of the last solve."""
        if status != HighsModelStatus.kOptimal:
            raise SitingError(f"the dispatch of {self._name} ended as {status.name}")
        value, slope, values = _read(self._highs, self._outside, len(self._column), scale)
        return self._dispatch(value, slope, values, point)

    def _eased(self, point: FloatArray, scale: float) -> SiteDispatch | None:
        """Solve again with rows that may be missed by rounding, as little as will do."""
        rows = np.arange(len(self._low), dtype=np.int32)
        try:
            for ease in EASES:
                self._highs.changeRowsBounds(len(rows), rows, self._low - ease, self._high + ease)
                status = _solved(self._highs, self._outside, len(self._column), point)
                if status not in _NONE:
                    return self._found(status, scale, point)
        finally:
            # Afterwards only: HiGHS gives no value of a solve whose rows have changed.
            self._highs.changeRowsBounds(len(rows), rows, self._low, self._high)
        return None

    def _needs(self, point: FloatArray) -> SiteDispatch:
        """Where no dispatch meets the rows: what they need of the point."""
        if self._phase_one is None:
            self._phase_one = _with_slack(self._highs)
        columns = len(self._column)
        status = _solved(self._phase_one, self._outside, columns, point)
        if status != HighsModelStatus.kOptimal:
            raise SitingError(f"the needs of {self._name} ended as {status.name}")
        missed, slope, values = _read(self._phase_one, self._outside, columns, 1.0)
        return replace(self._dispatch(missed, slope, values, point), value=np.inf, missed=missed)

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
            operated={name: inside[name] for name in INSIDE if inside[name].size},
        )

    def use(self, x: SiteDispatch) -> FloatArray:
        """What a dispatch adds to each reading, shape (M,), in its unit."""
        values = np.zeros(len(self._column) + 1)
        given = {"supply_mw": x.supply_mw, "grid_mw": x.grid_mw, **x.operated}
        for name, power in given.items():
            values[self._inside[name].ravel()] = power.ravel()
        return self._factor @ values


def _add_rows(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Rows of the families that bind the slices of the site, without those over several sites."""
    hourly = tuple(replace(rule, sites=rule.sites & rule.hourly) for rule in c.operation.clean)
    c = replace(c, operation=replace(c.operation, clean=hourly))
    parts = {"slices", "both"} | ({"site"} if varying_sites(c, demand).any() else set())
    for family in FAMILIES:
        if family.part in parts:
            family.add(rows.at(family.name, 0), v, c, demand)


def _solver(problem: LpProblem) -> Any:
    """An empty solver of linear programs."""
    pulp.HiGHS(mip=False, msg=False, threads=1).createAndConfigureSolver(problem)
    highs: Any = problem.solverModel
    highs.setOptionValue("dual_feasibility_tolerance", TOLERANCE)
    return highs


def _handed_over(problem: LpProblem) -> Any:
    problem.setObjective(LpAffineExpression.empty())
    highs = _solver(problem)
    pulp.HiGHS(mip=False, msg=False).buildSolverModel(problem)
    problem.solverModel = None
    _scale_rows(highs)
    return highs


def _scale_rows(highs: Any) -> None:
    """Divide each row by its largest coefficient, so that what rows lack counts alike for all."""
    highs.ensureColwise()
    lp = highs.getLp()
    index, value = np.array(lp.a_matrix_.index_), np.array(lp.a_matrix_.value_)
    largest = np.zeros(lp.num_row_)
    np.maximum.at(largest, index, np.abs(value))
    largest[largest == 0.0] = 1.0
    lp.a_matrix_.value_ = value / largest[index]
    lp.row_lower_ = np.array(lp.row_lower_) / largest
    lp.row_upper_ = np.array(lp.row_upper_) / largest
    highs.passModel(lp)


def _with_slack(highs: Any) -> Any:
    """A copy of a program that makes least the sum by which its rows are missed."""
    copy, lp = _solver(LpProblem("needs", LpMinimize)), highs.getLp()
    copy.passModel(lp)
    columns = np.arange(lp.num_col_, dtype=np.int32)
    copy.changeColsCost(len(columns), columns, np.zeros(len(columns)))
    low, high = np.array(lp.row_lower_), np.array(lp.row_upper_)
    signs = [(1.0, r) for r in np.flatnonzero(np.isfinite(low))]
    signs += [(-1.0, r) for r in np.flatnonzero(np.isfinite(high))]
    count = len(signs)
    copy.addCols(
        count, np.ones(count), np.zeros(count), np.full(count, np.inf), count,
        np.arange(count, dtype=np.int32), np.array([r for _, r in signs], dtype=np.int32),
        np.array([sign for sign, _ in signs]),
    )  # fmt: skip
    return copy


def _solved(highs: Any, outside: IntArray, columns: int, point: FloatArray) -> HighsModelStatus:
    """Solve with the outside columns held at a point, from the last basis."""
    there = outside < columns
    index, held = outside[there].astype(np.int32), point[there]
    highs.changeColsBounds(len(index), index, held, held)
    highs.run()
    status: HighsModelStatus = highs.getModelStatus()
    for way in ("simplex", "ipm"):
        if status in (HighsModelStatus.kOptimal, *_NONE):
            break
        # A basis carried over may be too ill-conditioned to go on from; a new start is not.
        highs.clearSolver()
        highs.setOptionValue("solver", way)
        highs.run()
        highs.setOptionValue("solver", "choose")
        status = highs.getModelStatus()
    return status


def _read(
    highs: Any, outside: IntArray, columns: int, scale: float
) -> tuple[float, FloatArray, FloatArray]:
    """Value, slopes by the outside columns, and the columns of the last solve without slacks."""
    solution = highs.getSolution()
    dual = np.append(solution.col_dual[:columns], 0.0)
    values = np.append(solution.col_value[:columns], 0.0)
    return float(highs.getObjectiveValue()) * scale, dual[outside] * scale, values
