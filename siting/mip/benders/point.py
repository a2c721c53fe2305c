"""A point of a decomposed model with the dispatch that it really has, mixed where rows ask for it.

Rows over all sites, such as budgets, may be met by several dispatches of a site alone, each for a
share: a restricted master finds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.errors import NoAnswerError
from siting.mip import Clock
from siting.mip.benders.dispatch import SiteDispatch
from siting.mip.components import groups
from siting.mip.highs import Highs
from siting.mip.model.build import Columns, ModelState
from siting.mip.model.demand_classes import DemandClasses, flexible_flows
from siting.mip.runs import NONE, Row, RunStatus
from siting.mip.solution import Decisions, servers_beyond

__all__ = ["Point", "RestrictedMaster", "blank_groups", "decisions_at", "group_rows"]

#: Groups of `Decisions` that the master of a decomposed program decides.
MASTER = (
    "is_open", "modules", "load_mw", "serve_mw", "contract_mw", "storage_mw", "older_cost",
    "older_carbon", "site_open", "priced", "units", "unit_any", "late_mw",
)  # fmt: skip

Key = tuple[int, int]

#: Least gain of a new dispatch over its price, to the size of that price. [-]
LEAST_GAIN = 1e-7
#: What missing a row by one costs, to the objective: only on the way to a first point.
PENALTY = 1e4
#: How far a row may be missed in the end: rows lie near one, and the audit allows a millionth.
LEAST_MISS = 3e-7
TOLERANCE = 1e-9
_EMPTY = np.zeros(0, dtype=np.intp)


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


def decisions_at(state: ModelState, k: int, point: Point, columns: Columns) -> Decisions:
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


class RestrictedMaster:
    """A small linear program: the shares of known dispatches that cost least and meet the rows.

    min  Σ_j c · use[j] · share[j]   with   Σ_j share[j] = 1  at each site, and for each row
    low ≤ Σ_j a · use[j] · share[j] ≤ high,  what the held decisions add being taken off both sides.

    Parameters
    ----------
    size : float
        Magnitude of the objective.
    cost : ndarray, shape (n,)
        Objective per unit of everything that dispatch uses, in one order for all sites.
    rows : ndarray, shape (R, n)
        The same of each row.
    low, high : ndarray, shape (R,)
        Sides of the rows.
    """

    def __init__(
        self, size: float, cost: FloatArray, rows: FloatArray, low: FloatArray, high: FloatArray
    ) -> None:
        self._cost, self._matrix = cost, rows
        self._highs = Highs(tolerance=TOLERANCE)
        self._highs.add_rows([Row(_EMPTY, NONE, *sides) for sides in zip(low, high, strict=True)])
        self._costs: list[float] = []
        self._slacks = self._add_slacks(low, high, PENALTY * max(1.0, abs(size)))
        self._row_of: dict[Key, int] = {}
        self._at: dict[Key, IndexArray] = {}
        self._shares: list[tuple[Key, SiteDispatch, FloatArray]] = []
        self._limit: dict[Key, float] = {}
        self._prices = np.maximum(cost, 0.0)
        self._missed = np.inf
        self._shares_now = np.zeros(0)

    def _add_slacks(self, low: FloatArray, high: FloatArray, price: float) -> int:
        """Columns by which the rows may be missed, at a price; how many."""
        for row, (least, most) in enumerate(zip(low, high, strict=True)):
            signs = [-1.0] * bool(np.isfinite(most)) + [1.0] * bool(np.isfinite(least))
            for sign in signs:
                self._highs.add_column(price, 0.0, np.inf, [row], [sign])
                self._costs.append(price)
        return len(self._costs)

    @property
    def feasible(self) -> bool:
        """Return whether the last optimum meets every row."""
        return bool(self._missed <= LEAST_MISS)

    def add(self, new: Mapping[Key, tuple[SiteDispatch, FloatArray, IndexArray]]) -> bool:
        """Take in the dispatches that improve it; whether there were any.

        Parameters
        ----------
        new : mapping
            By state and site: a dispatch, what it uses, and where that stands in ``cost``.
        """
        taken = False
        for key, (found, used, at) in new.items():
            if key not in self._row_of:
                self._row_of[key], self._at[key] = self._highs.rows, at
                self._highs.add_rows([Row(_EMPTY, NONE, 1.0, 1.0)])
            elif not self._gains(key, used):
                continue
            self._shares.append((key, found, used))
            read = self._matrix[:, at] @ used
            rows = np.flatnonzero(read)
            index, value = np.append(rows, self._row_of[key]), np.append(read[rows], 1.0)
            self._costs.append(float(self._cost[at] @ used))
            self._highs.add_column(self._costs[-1], 0.0, np.inf, index, value)
            taken = True
        return taken

    def gain(self, new: Mapping[Key, tuple[SiteDispatch, FloatArray, IndexArray]]) -> float:
        """By how much some dispatches can lower the value of the last optimum at most."""
        if any(key not in self._limit for key in new):
            return float("inf")
        gains = (self._limit[key] - float(self._prices[at] @ x) for key, (_, x, at) in new.items())
        return sum(max(gain, 0.0) for gain in gains)

    def _gains(self, key: Key, used: FloatArray) -> bool:
        value = float(self._prices[self._at[key]] @ used)
        return value < self._limit[key] - LEAST_GAIN * max(abs(self._limit[key]), 1e-9)

    def solve(self, clock: Clock) -> FloatArray:
        """Find the best shares; return the price of everything that is used, shape (n,).

        What a missed row costs is in the prices.

        Raises
        ------
        NoAnswerError
            If the time ran out.
        """
        run = self._highs.minimize(np.array(self._costs), clock, sure=False)
        if run.status is not RunStatus.OPTIMAL:
            raise NoAnswerError("the time limit ended the solve before any placement was found")
        dual, values = run.row_dual, run.values
        self._prices = np.maximum(self._cost - dual[: len(self._matrix)] @ self._matrix, 0.0)
        self._limit = {key: float(dual[row]) for key, row in self._row_of.items()}
        self._missed = float(values[: self._slacks].max(initial=0.0))
        self._shares_now = values[self._slacks :]
        return self._prices

    def used(self) -> FloatArray:
        """Use of shared metrics by the mixed dispatches, shape (n,)."""
        total = np.zeros(len(self._cost))
        for (key, _, used), share in zip(self._shares, self._shares_now, strict=True):
            total[self._at[key]] += share * used
        return total

    def dispatch(self) -> dict[Key, SiteDispatch]:
        """The mixed dispatch of each site."""
        mixed: dict[Key, SiteDispatch] = {}
        for (key, found, _), share in zip(self._shares, self._shares_now, strict=True):
            scaled = found.scaled(float(share))
            mixed[key] = mixed[key].plus(scaled) if key in mixed else scaled
        return mixed


def group_rows(c: Coefficients, demand: DemandClasses, s: int) -> dict[str, IndexArray]:
    """Rows of a site in each group of `Variables` that dispatch options add to its slices."""
    o, one = c.operation, np.array([s])
    found: dict[str, IndexArray] = {}
    if o.flexible is not None:
        flows = np.flatnonzero(demand.flow_site[flexible_flows(c, demand)] == s)
        found |= dict.fromkeys(("later_mw", "sooner_mw", "away_mwh"), flows)
        found |= {"move_mw": np.flatnonzero(c.pair_site == s), "extra_mw": one}
    if o.idle is not None:
        found["idle_mw"] = np.flatnonzero(c.pair_site[o.idle.pair] == s)
    found |= {group.name: np.flatnonzero(group.site == s) for group in groups(c)}
    if o.power is not None:
        found["generate_mw"] = o.power.generators_at(s)
    return found


def blank_groups(c: Coefficients, demand: DemandClasses) -> dict[str, FloatArray]:
    """Those groups with nothing in them, for all sites."""
    o, slices = c.operation, len(c.hours)
    days = 0 if o.calendar is None else o.calendar.days
    sizes = {"extra_mw": (len(c.sites),), "away_mwh": (len(flexible_flows(c, demand)), days)}
    rows = {
        name: sum(len(group_rows(c, demand, s)[name]) for s in range(len(c.sites)))
        for name in group_rows(c, demand, 0)
    }
    return {name: np.zeros(sizes.get(name, (count, slices))) for name, count in rows.items()}
