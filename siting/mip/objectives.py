"""What "best" means: a weighted sum scaled by a payoff table, or one metric after another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np
from pulp import LpAffineExpression, lpSum

from siting.errors import NoAnswerError, SitingError
from siting.mip.metrics import MetricTerms
from siting.mip.model import Model, build_model
from siting.mip.relaxation import Relaxation
from siting.mip.search import at_once, minimise, solve_with_fixed_counts
from siting.mip.solution import Payoff, Solution, metric_by_site, read_decisions
from siting.mip.solve import (
    Clock,
    Outcome,
    Progress,
    SolverOptions,
    relative_gap,
    value_of,
)
from siting.mip.transport import assign_flows

__all__ = ["Objective", "optimize"]

Report = Callable[[Progress], None]

#: Share of the other metrics in a single-metric optimum, so that ties do not spoil the nadir.
TIE_BREAK = 1e-4


@dataclass(frozen=True)
class Objective:
    """What to minimise.

    Parameters
    ----------
    method : {"weighted", "lexicographic"}
        One weighted sum, or one metric after another.
    weights : mapping of str to float
        Weight of each metric, for ``weighted``; each metric is divided by the distance between
        its best value and its nadir.
    order : tuple of str
        Metrics in order of importance, for ``lexicographic``.
    tolerance : float, default 0.01
        How much worse an earlier metric may get for a later one. [-]
    """

    method: Literal["weighted", "lexicographic"]
    weights: Mapping[str, float]
    order: tuple[str, ...] = ()
    tolerance: float = 0.01


def optimize(
    model: Model,
    objective: Objective,
    options: SolverOptions,
    report: Report | None = None,
) -> Solution:
    """Find the placement that minimises the objective.

    Parameters
    ----------
    model : Model
        The built program; its rows are left as they were.
    objective : Objective
        What to minimise.
    options : SolverOptions
        Solver, gap and the time for all solves together.
    report : callable, optional
        Called with the progress of each solve.

    Returns
    -------
    Solution
        The best answer found and the gap that was proven for it.

    Raises
    ------
    InfeasibleError
        If no placement meets every row.
    NoAnswerError
        If the time ran out before any placement was found.
    """
    clock = Clock(options.time_limit_s)
    if objective.method == "lexicographic":
        return _lexicographic(model, objective, options, clock, report)
    return _weighted(model, objective, options, clock, report)


def _weighted(
    model: Model, objective: Objective, options: SolverOptions, clock: Clock, report: Report | None
) -> Solution:
    """Minimise Σ_m weight[m] · metric[m] / scale[m]."""
    weights = {m: w for m, w in objective.weights.items() if w > 0}
    relaxation = Relaxation(model, options)
    if len(weights) == 1:
        return _single(model, relaxation, next(iter(weights)), options, clock, report)
    try:
        payoff = _payoff_table(model, relaxation, tuple(weights), clock, report)
    except NoAnswerError:
        payoff = {m: Payoff(0.0, _typical(model, m)) for m in weights}
    factors = {m: w / payoff[m].range for m, w in weights.items()}
    expression = lpSum([model.expression(m, factor) for m, factor in factors.items()])
    outcome = _search(model, relaxation, expression, factors, options, clock, report)
    return _finish(model, expression, outcome, options, payoff)


def _single(
    model: Model,
    relaxation: Relaxation,
    metric: str,
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> Solution:
    """Minimise one metric; solved near one, reported in the unit of the metric."""
    scale = _typical(model, metric)
    expression = model.expression(metric, 1.0 / scale)
    factors = {metric: 1.0 / scale}
    outcome = _search(model, relaxation, expression, factors, options, clock, report)
    solution = _finish(model, expression, outcome, options, {})
    return replace(solution, objective=solution.objective * scale, bound=solution.bound * scale)


def _lexicographic(
    model: Model, objective: Objective, options: SolverOptions, clock: Clock, report: Report | None
) -> Solution:
    """Minimise one metric after another, each earlier one held within the tolerance.

    metric[i]  ≤  (1 + tolerance) · best[i]        ∀ i before the present one
    """
    for i, metric in enumerate(objective.order):
        scale = _typical(model, metric)
        expression = model.expression(metric, 1.0 / scale)
        share = Clock(clock.left_s / (len(objective.order) - i))
        relaxation = Relaxation(model, options)
        factors = {metric: 1.0 / scale}
        outcome = _search(model, relaxation, expression, factors, options, share, report)
        if i < len(objective.order) - 1:
            most = (outcome.objective + objective.tolerance * abs(outcome.objective)) * scale
            model = _with_budget(model, metric, most)
    solution = _finish(model, expression, outcome, options, {})
    return replace(solution, objective=solution.objective * scale, bound=solution.bound * scale)


def _search(
    model: Model,
    relaxation: Relaxation,
    expression: LpAffineExpression,
    factors: Mapping[str, float],
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> Outcome:
    """Minimise Σ factor · metric; where the time is too short for a search, place at once."""
    try:
        return minimise(model, relaxation, expression, options, clock, "placement", report)
    except NoAnswerError:
        parts = [model.terms[m].scaled(factor) for m, factor in factors.items()]
        return at_once(model, expression, reduce(MetricTerms.plus, parts), options)


def _with_budget(model: Model, metric: str, most: float) -> Model:
    """The program with one more budget."""
    limits = model.coefficients.limits
    budgets = (*limits.budgets, (metric, most))
    return build_model(replace(model.coefficients, limits=replace(limits, budgets=budgets)))


def _payoff_table(
    model: Model,
    relaxation: Relaxation,
    metrics: tuple[str, ...],
    clock: Clock,
    report: Report | None,
) -> dict[str, Payoff]:
    """Best and nadir of each metric over the single-metric optima of the relaxation.

    The table only sets scales, so whole modules are not asked for here; best values are then
    bounds that no placement can beat.
    """
    typical = {m: _typical(model, m) for m in metrics}
    costs = {m: relaxation.costs(model.expression(m)) for m in metrics}
    rows: list[dict[str, float]] = []
    for metric in metrics:
        weight = {m: (1.0 if m == metric else TIE_BREAK) / typical[m] for m in metrics}
        if report:
            report(Progress(f"best {metric}", clock.spent_s, math.inf, 0.0, math.inf))
        found = relaxation.minimise(np.sum([weight[m] * costs[m] for m in metrics], axis=0), clock)
        rows.append({m: float(costs[m] @ found.values) for m in metrics})
    return {m: Payoff(min(r[m] for r in rows), max(r[m] for r in rows)) for m in metrics}


def _typical(model: Model, metric: str) -> float:
    """Magnitude of a metric: all load at the mean pair on grid energy; scales a solve to one."""
    c, terms = model.coefficients, model.terms[metric]
    per_mw = terms.load_mw + (terms.grid_mw[c.pair_site] * c.pue).sum(axis=1)
    per_mw = per_mw + terms.modules / c.block_mw
    flow = terms.serve_mw.mean() if len(terms.serve_mw) else 0.0
    value = float((per_mw.mean() + flow) * c.total_demand_mw)
    return value if value > 0 else 1.0


def _finish(
    model: Model,
    expression: LpAffineExpression,
    outcome: Outcome,
    options: SolverOptions,
    payoff: Mapping[str, Payoff],
) -> Solution:
    """Dispatch exactly for the counts found, then say who is served from where."""
    x = solve_with_fixed_counts(model, expression, read_decisions(model), options)
    metrics = {m: metric_by_site(model, terms, x) for m, terms in model.terms.items()}
    value = value_of(expression)
    if outcome.bound > value + 1e-6 * max(abs(value), 1.0):
        raise SitingError(f"the proven bound {outcome.bound} lies above the answer {value}")
    workload, region, site, mw = assign_flows(model, x)
    return Solution(
        decisions=x,
        objective=value,
        bound=min(outcome.bound, value),
        gap=relative_gap(value, min(outcome.bound, value)),
        timed_out=outcome.timed_out,
        metrics=metrics,
        payoff=dict(payoff),
        flow_workload=workload,
        flow_demand=region,
        flow_site=site,
        flow_mw=mw,
    )
