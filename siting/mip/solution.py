"""The answer of the program as arrays, and what each site contributes to each metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.mip.metrics import MetricTerms
from siting.mip.model import ModelState

__all__ = ["Decisions", "Payoff", "Solution", "StateAnswer", "metric_by_site", "read_decisions"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class Decisions:
    """Values of the decision variables, in the order of `Variables`."""

    is_open: FloatArray
    modules: FloatArray
    load_mw: FloatArray
    serve_mw: FloatArray
    contract_mw: FloatArray
    supply_mw: FloatArray
    grid_mw: FloatArray


@dataclass(frozen=True)
class Payoff:
    """Best and nadir value of a metric over the single-metric optima of the relaxation.

    Parameters
    ----------
    best, nadir : float
        In the unit of the metric; no placement is better than ``best``.
    """

    best: float
    nadir: float

    @property
    def range(self) -> float:
        """What one unit of weight is worth; never zero."""
        return max(self.nadir - self.best, 1e-6 * max(abs(self.best), 1.0))


@dataclass(frozen=True)
class StateAnswer:
    """What happens in one state.

    Parameters
    ----------
    decisions : Decisions
        What is built, contracted and served.
    metrics : mapping of str to ndarray, shape (S,)
        Contribution of each site to each metric, for a year of the state.
    flow_workload, flow_demand, flow_site : ndarray of int, shape (N,)
        Who is served from where.
    flow_mw : ndarray, shape (N,)
        IT load of each flow. [MW]
    """

    decisions: Decisions
    metrics: Mapping[str, FloatArray]
    flow_workload: IntArray
    flow_demand: IntArray
    flow_site: IntArray
    flow_mw: FloatArray


@dataclass(frozen=True)
class Solution:
    """An answer with what was proven about it.

    Parameters
    ----------
    objective, bound, gap : float
        Value, proven bound and relative gap of the last objective solved.
    timed_out : bool
        Whether the time limit ended the solve.
    payoff : mapping of str to Payoff
        The table that scaled a weighted objective; empty otherwise.
    states : tuple of StateAnswer
        What happens in each state of the instance.
    reference : int
        State that tables and maps show.
    totals : mapping of str to float
        Expected annual mean of each metric over all states.
    """

    objective: float
    bound: float
    gap: float
    timed_out: bool
    payoff: Mapping[str, Payoff]
    states: tuple[StateAnswer, ...]
    reference: int
    totals: Mapping[str, float]

    @property
    def shown(self) -> StateAnswer:
        """The reference state."""
        return self.states[self.reference]

    @property
    def decisions(self) -> Decisions:
        """Decisions of the reference state."""
        return self.shown.decisions

    @property
    def metrics(self) -> Mapping[str, FloatArray]:
        """Metrics of the reference state, by site."""
        return self.shown.metrics


def _values(variables: list[LpVariable]) -> FloatArray:
    values = np.array([v.varValue or 0.0 for v in variables], dtype=float)
    return np.where(np.abs(values) < 1e-9, 0.0, values)


def _grid(variables: list[list[LpVariable]], slices: int) -> FloatArray:
    rows = [_values(row) for row in variables]
    return np.array(rows) if rows else np.zeros((0, slices))


def read_decisions(state: ModelState) -> Decisions:
    """Values of a state's variables after a solve that has an answer; counts are rounded."""
    v, slices = state.variables, len(state.coefficients.hours)
    return Decisions(
        is_open=np.round(_values(v.is_open)),
        modules=np.round(_values(v.modules)),
        load_mw=_values(v.load_mw),
        serve_mw=_values(v.serve_mw),
        contract_mw=_values(v.contract_mw),
        supply_mw=_grid(v.supply_mw, slices),
        grid_mw=_grid(v.grid_mw, slices),
    )


def metric_by_site(state: ModelState, terms: MetricTerms, x: Decisions) -> FloatArray:
    """Contribution of each site to a metric, shape (S,); sums to the metric."""
    c, flows = state.coefficients, state.demand.flow_site
    result = (terms.grid_mw * x.grid_mw).sum(axis=1)
    pairs = terms.is_open * x.is_open + terms.modules * x.modules + terms.load_mw * x.load_mw
    np.add.at(result, c.pair_site, pairs)
    offers = terms.contract_mw * x.contract_mw + (terms.supply_mw * x.supply_mw).sum(axis=1)
    np.add.at(result, c.offer_site, offers)
    np.add.at(result, flows, terms.serve_mw * x.serve_mw)
    return result
