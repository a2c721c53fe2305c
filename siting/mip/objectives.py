"""What "best" means: a weighted sum scaled by a payoff table, or one metric after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pulp import LpAffineExpression, lpSum

from siting.errors import NoAnswerError, SitingError
from siting.mip.model import Model, build_model
from siting.mip.solution import Decisions, Payoff, Solution, metric_by_site, read_decisions
from siting.mip.solve import (
    Clock,
    Outcome,
    Progress,
    SolverOptions,
    relative_gap,
    solve_once,
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
    if len(weights) == 1:
        metric = next(iter(weights))
        return _single(model, metric, options, clock, report)
    payoff, starts = _payoff_table(model, tuple(weights), options, clock, report)
    parts = [model.expression(m, w / payoff[m].range) for m, w in weights.items()]
    expression = lpSum(parts)
    best_start = min(starts, key=lambda x: _value(model, x, weights, payoff), default=None)
    outcome = _solve_from(model, expression, options, clock, best_start, report)
    return _finish(model, expression, outcome, options, payoff)


def _single(
    model: Model, metric: str, options: SolverOptions, clock: Clock, report: Report | None
) -> Solution:
    """Minimise one metric; solved near one, reported in the unit of the metric."""
    scale = _typical(model, metric)
    expression = model.expression(metric, 1.0 / scale)
    outcome = solve_once(
        model.problem, expression, options, clock, phase="placement", report=report
    )
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
        share = clock.left_s / (len(objective.order) - i)
        outcome = solve_once(
            model.problem, expression, options, clock,
            phase=f"placement: {metric}", seconds=share, report=report,
        )  # fmt: skip
        if i < len(objective.order) - 1:
            most = (outcome.objective + objective.tolerance * abs(outcome.objective)) * scale
            model = _with_budget(model, metric, most)
    solution = _finish(model, expression, outcome, options, {})
    return replace(solution, objective=solution.objective * scale, bound=solution.bound * scale)


def _with_budget(model: Model, metric: str, most: float) -> Model:
    """The program with one more budget."""
    limits = model.coefficients.limits
    budgets = (*limits.budgets, (metric, most))
    return build_model(replace(model.coefficients, limits=replace(limits, budgets=budgets)))


def _payoff_table(
    model: Model,
    metrics: tuple[str, ...],
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> tuple[dict[str, Payoff], list[Decisions]]:
    """Best and nadir of each metric over the single-metric optima, and those answers.

    A best value may be next to nothing (water, where the wind blows), so a gap of
    ``options.gap`` times the typical magnitude of the metric is good enough here.
    """
    typical = {m: _typical(model, m) for m in metrics}
    starts: list[Decisions] = []
    gaps: dict[str, float] = {}
    for i, metric in enumerate(metrics):
        parts = [
            model.expression(m, (1.0 if m == metric else TIE_BREAK) / typical[m]) for m in metrics
        ]
        share = clock.left_s / (len(metrics) - i + 1)
        try:
            outcome = solve_once(
                model.problem, lpSum(parts), options, clock,
                phase=f"best {metric}", seconds=share, warm_start=bool(starts),
                gap_abs=options.gap, report=report,
            )  # fmt: skip
        except NoAnswerError:
            gaps[metric] = float("inf")
            continue
        gaps[metric] = outcome.gap
        starts.append(read_decisions(model))
    if not starts:
        raise NoAnswerError("the time limit ended the solve before any placement was found")
    table = {m: [float(metric_by_site(model, model.terms[m], x).sum()) for x in starts]
             for m in metrics}  # fmt: skip
    payoff = {m: Payoff(min(table[m]), max(table[m]), gaps[m]) for m in metrics}
    return payoff, starts


def _typical(model: Model, metric: str) -> float:
    """Magnitude of a metric: all load at the mean pair on grid energy; scales a solve to one."""
    c, terms = model.coefficients, model.terms[metric]
    per_mw = terms.load_mw + (terms.grid_mw[c.pair_site] * c.pue).sum(axis=1)
    per_mw = per_mw + terms.modules / c.block_mw
    flow = terms.serve_mw.mean() if len(terms.serve_mw) else 0.0
    value = float((per_mw.mean() + flow) * c.total_demand_mw)
    return value if value > 0 else 1.0


def _value(
    model: Model, x: Decisions, weights: Mapping[str, float], payoff: Mapping[str, Payoff]
) -> float:
    return float(
        sum(
            w * metric_by_site(model, model.terms[m], x).sum() / payoff[m].range
            for m, w in weights.items()
        )
    )


def _load(model: Model, x: Decisions) -> None:
    """Put an answer back into the variables, as a start or to fix it."""
    v = model.variables
    for name in ("is_open", "modules", "load_mw", "serve_mw", "contract_mw"):
        for variable, value in zip(getattr(v, name), getattr(x, name), strict=True):
            variable.setInitialValue(float(value), check=False)
    for name in ("supply_mw", "grid_mw"):
        for variables, values in zip(getattr(v, name), getattr(x, name), strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.setInitialValue(float(value), check=False)


def _solve_from(
    model: Model,
    expression: LpAffineExpression,
    options: SolverOptions,
    clock: Clock,
    start: Decisions | None,
    report: Report | None,
) -> Outcome:
    """Solve from an answer that is known; keep that one if the time brings no better."""
    if start is not None:
        _load(model, start)
    known = value_of(expression) if start is not None else float("inf")
    try:
        outcome = solve_once(
            model.problem, expression, options, clock,
            phase="placement", warm_start=start is not None, report=report,
        )  # fmt: skip
    except NoAnswerError:
        if start is None:
            raise
        outcome = Outcome(known, float("-inf"), float("inf"))
    if start is not None and outcome.objective > known:
        _load(model, start)
        outcome = Outcome(known, outcome.bound, relative_gap(known, outcome.bound))
    return outcome


def _finish(
    model: Model,
    expression: LpAffineExpression,
    outcome: Outcome,
    options: SolverOptions,
    payoff: Mapping[str, Payoff],
) -> Solution:
    """Dispatch exactly for the counts found, then say who is served from where."""
    found = read_decisions(model)
    x = _with_fixed_counts(model, expression, found, options)
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
        metrics=metrics,
        payoff=dict(payoff),
        flow_workload=workload,
        flow_demand=region,
        flow_site=site,
        flow_mw=mw,
    )


def _with_fixed_counts(
    model: Model, expression: LpAffineExpression, found: Decisions, options: SolverOptions
) -> Decisions:
    """Solve the linear program that is left when the counts are fixed at whole numbers."""
    v = model.variables
    counted = [*zip(v.is_open, found.is_open, strict=True)]
    counted += [*zip(v.modules, found.modules, strict=True)]
    before = [(variable.lowBound, variable.upBound) for variable, _ in counted]
    for variable, value in counted:
        variable.lowBound = variable.upBound = float(value)
    try:
        solve_once(
            model.problem, expression, replace(options, gap=0.0), Clock(60.0), phase="dispatch"
        )
        return read_decisions(model)
    finally:
        for (variable, _), (low, high) in zip(counted, before, strict=True):
            variable.lowBound, variable.upBound = low, high
