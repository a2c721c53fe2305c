"""The program put together: decisions, families and metrics of every state; measures of risk.

The objective of a scenario ω is Z[ω] = Σ_m factor[m] · metric[m,ω], the annual mean over the
periods. What is built and contracted is decided before the scenario is known, dispatch and
service after it, so each measure is a linear program over the scenarios [1]_.

References
----------
.. [1] Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk, J. Risk 2(3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from pulp import LpAffineExpression, LpMinimize, LpProblem, LpVariable, lpSum

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import Operation
from siting.coefficients.instance import Instance, State
from siting.mip.benders.dispatch import Dispatch
from siting.mip.components import groups
from siting.mip.families import Family, families
from siting.mip.families.metric_limits import least_use, shared_metric_terms, without_slices
from siting.mip.families.sites import add_expansion, add_vintages
from siting.mip.model import Rows, Variables, add_variables, total
from siting.mip.model.demand_classes import DemandClasses, merge_demand, merge_places, varying_sites
from siting.mip.model.metrics import MetricTerms, metric_expression
from siting.nomenclature import METRICS

__all__ = [
    "Columns",
    "MasterRows",
    "Model",
    "ModelState",
    "add_measure",
    "at_mean_load",
    "build_model",
    "needs_measure",
    "scenario_expression",
]


#: Columns of some variables in the solver.
Columns = Callable[[Sequence[LpVariable]], IndexArray]


@dataclass(frozen=True)
class ModelState:
    """One state of the world in a program.

    Parameters
    ----------
    state : State
        Period, scenario, weights and numbers.
    variables : Variables
        Handles of the decisions; what is built is shared by the states of a period.
    demand : DemandClasses
        Demand as the program sees it.
    terms : mapping of str to MetricTerms
        Coefficients of every metric, for a year of this state.
    dispatch : Dispatch or None
        In a decomposed program: the dispatch of its sites, which stands in for the slices.
    programs : dict
        Programs of its sites that were needed so far, by site: `siting.mip.benders.subproblems`.
    """

    state: State
    variables: Variables
    demand: DemandClasses
    terms: Mapping[str, MetricTerms]
    dispatch: Dispatch | None = None
    programs: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def row_terms(self) -> Mapping[str, MetricTerms]:
        """Coefficients of every metric on the decisions of the program."""
        if self.dispatch is None:
            return self.terms
        return without_slices(self.coefficients, self.terms)

    @property
    def coefficients(self) -> Coefficients:
        """Numbers of the state."""
        return self.state.coefficients


@dataclass(frozen=True)
class Model:
    """A built program, solved again and again with other objectives.

    Parameters
    ----------
    rows : Rows
        The rows and columns, and where each comes from.
    instance : Instance
        What it was built from.
    states : tuple of ModelState
        One for each state of the instance.
    """

    rows: Rows
    instance: Instance
    states: tuple[ModelState, ...]

    @property
    def decomposed(self) -> bool:
        """Return whether the slices are left to the dispatch of each site."""
        return self.states[0].dispatch is not None

    @property
    def problem(self) -> LpProblem:
        """The program as PuLP knows it."""
        return self.rows.problem

    @property
    def reference(self) -> ModelState:
        """State that tables and maps show."""
        return self.states[self.instance.reference]

    @property
    def coefficients(self) -> Coefficients:
        """Numbers of the reference state."""
        return self.reference.coefficients

    @property
    def variables(self) -> Variables:
        """Decisions of the reference state."""
        return self.reference.variables

    @property
    def demand(self) -> DemandClasses:
        """Demand of the reference state."""
        return self.reference.demand

    @property
    def terms(self) -> Mapping[str, MetricTerms]:
        """Metrics of the reference state."""
        return self.reference.terms

    @cached_property
    def size(self) -> dict[str, int]:
        """Numbers of columns and rows, counted once: PuLP makes every variable anew to count it."""
        return {"columns": self.problem.numVariables(), "rows": self.problem.numConstraints()}

    def row_families(self) -> list[str]:
        """Family of each row, in the order of the problem."""
        return [self.rows.register[row.name].family for row in self.problem.constraints()]

    def builds(self) -> tuple[Variables, ...]:
        """One state of each period, for what is built."""
        step = len(self.instance.scenarios)
        return tuple(s.variables for s in self.states[::step])

    def expression(self, metric: str, factor: float = 1.0) -> LpAffineExpression:
        """Expected annual mean of a metric times a factor, as a linear expression."""
        weighted = [
            (s, s.row_terms[metric].scaled(s.state.weight(metric) * factor)) for s in self.states
        ]
        return lpSum([metric_expression(s.variables, terms) for s, terms in weighted])


def build_model(instance: Instance | Coefficients, *, decomposed: bool = False) -> Model:
    """Build the program of docs/mathematics.md.

    Sets
        s sites, k designs, p = (s,k) feasible pairs, n demand classes, o contract offers,
        t time slices, y periods, ω scenarios.
    Decisions
        is_open[p,y] ∈ {0,1}, modules[p,y] ∈ ℤ₊, contract_mw[o,y] before a scenario is known;
        load_mw[p], serve_mw[n,s], supply_mw[o,t], grid_mw[s,t] ≥ 0 in every state (y,ω).
    Rows
        The families of :mod:`siting.mip.families`, each with its inequality.

    Parameters
    ----------
    instance : Instance or Coefficients
        Every region of every workload must have an eligible site; coefficients alone stand for
        one typical year.
    decomposed : bool, default False
        Leave the slices to the dispatch of each site (:mod:`siting.mip.benders`).
    """
    if isinstance(instance, Coefficients):
        instance = Instance.single(instance)
    rows = Rows(LpProblem("siting", LpMinimize))
    builds: dict[int, Variables] = {}
    states: list[ModelState] = []
    for i, state in enumerate(instance.states):
        c = state.coefficients
        demand = merge_places(c, merge_demand(c))
        built = builds.get(state.period)
        v = add_variables(
            rows.problem, c, demand, groups(c), state=i, build=built, decomposed=decomposed
        )
        for family in families(c):
            if family.scope == "state" or state.period not in builds:
                _add(rows.at(family.name, i), family, v, c, demand)
        if state.period not in builds and state.period > 0:
            before = builds[state.period - 1]
            add_expansion(rows.at("add_expansion", i), before, v)
            add_vintages(rows.at("add_vintages", i), before, v, c.vintages)
        builds.setdefault(state.period, v)
        terms = shared_metric_terms(c, demand)
        dispatch = Dispatch(c, terms) if decomposed else None
        if decomposed:
            _bound_use(rows.at("add_cuts", i), v, c, least_use(c, terms))
        metrics = {m: terms[m] for m in (*METRICS, *c.scopes)}
        states.append(ModelState(state, v, demand, metrics, dispatch))
    return Model(rows=rows, instance=instance, states=tuple(states))


def _add(rows: Rows, family: Family, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Add a family; in a decomposed program only its rows that the master holds."""
    if not v.use or family.part in ("master", "both"):
        family.add(rows, v, c, demand)
    elif family.part == "site":
        kept = MasterRows.of(rows, v, c, varying_sites(c, demand))
        family.add(kept, v, at_mean_load(c), demand)


def _bound_use(rows: Rows, v: Variables, c: Coefficients, least: FloatArray) -> None:
    """Bounds of what dispatch uses, before any cut is known."""
    for variables, values in zip(v.use, least, strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.lowBound = float(value)
    used = [(variable, 1.0) for row in v.use for variable in row]
    rows.add(total(used) >= float(least.sum()), "cut_0")


def needs_measure(instance: Instance) -> bool:
    """Return whether the objective is another than the expected value."""
    return instance.measure != "expected" and len(instance.scenarios) > 1


def scenario_expression(
    model: Model, scenario: int, factors: Mapping[str, float]
) -> LpAffineExpression:
    """Z[ω] = Σ_m factor[m] Σ_y share[y] · metric[m,y,ω]."""
    parts = [
        metric_expression(s.variables, s.row_terms[m].scaled(s.state.period_share(m) * factor))
        for s in model.states
        if s.state.scenario == scenario
        for m, factor in factors.items()
    ]
    return lpSum(parts)


def add_measure(
    model: Model, factors: Mapping[str, float], best: Sequence[float]
) -> LpAffineExpression:
    """Add the rows of the instance's measure of risk, and return what is to be minimised.

    cvar:    η + 1/(1−α) · Σ_ω π[ω] · ξ[ω],   ξ[ω] ≥ Z[ω] − η
    worst:   ζ,                               ζ ≥ Z[ω]
    regret:  ζ,                               ζ ≥ Z[ω] − best[ω]

    Parameters
    ----------
    model : Model
        A program of its own for this objective: the rows stay in it.
    factors : mapping of str to float
        Factor of each metric.
    best : sequence of float
        For ``regret``: what no placement can beat if the scenario were known.
    """
    instance, rows = model.instance, model.rows.at("add_measure", 0)
    level = rows.problem.add_variable_matrix("level", [0])[0]
    states = [s.state for s in model.states if s.state.period == 0]
    if instance.measure == "cvar":
        excess = rows.problem.add_variable_matrix("excess", list(range(len(states))), lowBound=0)
        for w in range(len(states)):
            above = scenario_expression(model, w, factors) - level - excess[w]
            rows.add(above <= 0.0, f"measure_{w}")
        tail = [
            (excess[w], state.probability / (1.0 - instance.alpha))
            for w, state in enumerate(states)
        ]
        return _sum([(level, 1.0), *tail])
    for w in range(len(states)):
        beaten = best[w] if instance.measure == "regret" else 0.0
        rows.add(scenario_expression(model, w, factors) - level <= beaten, f"measure_{w}")
    return _sum([(level, 1.0)])


def _sum(terms: Sequence[tuple[LpVariable, float]]) -> LpAffineExpression:
    return lpSum([factor * variable for variable, factor in terms])


def at_mean_load(c: Coefficients) -> Coefficients:
    """Return the same problem with every pair at its mean load and its engine running."""
    return replace(c, operation=Operation())


@dataclass
class MasterRows(Rows):
    """Rows without those of sites whose own program has them.

    Parameters
    ----------
    left_out : frozenset of int
        Variables whose rows are left out.
    """

    left_out: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, rows: Rows, v: Variables, c: Coefficients, sites: BoolArray) -> MasterRows:
        """Rows at the family and state of ``rows``, without those of some sites, shape (S,)."""
        pairs = np.flatnonzero(sites[c.pair_site])
        gone = {variable.id for group in (v.load_mw, v.is_open) for variable in _at(group, pairs)}
        return cls(rows.problem, rows.state, rows.family, rows.register, frozenset(gone))

    def add(self, row: LpAffineExpression, name: str) -> None:
        """Add a row unless it speaks of a site that is left out."""
        if not any(variable.id in self.left_out for variable, _ in row.items()):
            super().add(row, name)


def _at[T](values: list[T], index: Iterable[int]) -> Iterable[T]:
    return (values[int(i)] for i in index)
