"""What "best" means: a weighted sum scaled by a payoff table, or one metric after another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pulp import LpAffineExpression, lpSum

from siting.errors import NoAnswerError, SitingError
from siting.mip.engine import Engine, engine_of
from siting.mip.interrupt import Interrupt
from siting.mip.kept import Kept
from siting.mip.metrics import MetricTerms, typical
from siting.mip.model import Model, build_model
from siting.mip.risk import add_measure, needs_measure
from siting.mip.search import at_once, minimise, solve_with_fixed_counts
from siting.mip.solution import (
    Decisions,
    Payoff,
    Solution,
    StateAnswer,
    metric_by_site,
    read_builds,
)
from siting.mip.solve import (
    Clock,
    Outcome,
    Progress,
    SolverOptions,
    Watch,
    relative_gap,
    value_of,
)
from siting.mip.transport import assign_flows

__all__ = ["TIE_BREAK", "Objective", "optimize"]

FloatArray = NDArray[np.float64]
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
    interrupt: Interrupt | None = None,
    kept: Kept | None = None,
) -> Solution:
    """Find the placement that minimises the objective.

    Parameters
    ----------
    model : Model
        The built program; only rows for losses are added to it, which every answer must meet.
    objective : Objective
        What to minimise.
    options : SolverOptions
        Solver, gap and the time for all solves together.
    report : callable, optional
        Called with the progress of each solve.
    interrupt : Interrupt, optional
        Once asked, the solve ends as if its time were up.
    kept : Kept, optional
        Of the same model, from an earlier call: what it holds is not computed again.

    Returns
    -------
    Solution
        The best answer found and the gap that was proven for it.

    Raises
    ------
    InfeasibleError
        If no placement meets every row.
    NoAnswerError
        If the time ran out, or the planner ended the solve, before any placement was found.
    """
    clock = Clock(options.time_limit_s, interrupt)
    kept = kept or Kept(lambda: engine_of(model, options))
    try:
        if objective.method == "lexicographic":
            found = _lexicographic(model, objective, options, clock, report)
        else:
            found = _weighted(model, objective, options, clock, report, kept)
        return replace(found, interrupted=clock.interrupted)
    except NoAnswerError:
        if not clock.interrupted:
            raise
        raise NoAnswerError(
            f"interrupted after {clock.spent_s:.0f} s, before any placement was found; "
            "nothing is written"
        ) from None


def _weighted(
    model: Model,
    objective: Objective,
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
    kept: Kept,
) -> Solution:
    """Minimise Σ_m weight[m] · metric[m] / scale[m], by the instance's measure of risk.

    A single metric is solved near one and reported in its own unit.
    """
    weights = {m: w for m, w in objective.weights.items() if w > 0}
    engine = kept.engine
    payoff: dict[str, Payoff] = {}
    unit = 1.0
    if len(weights) == 1:
        metric = next(iter(weights))
        unit = _typical(model, metric)
        factors = {metric: 1.0 / unit}
    else:
        payoff = _payoff(model, engine, tuple(weights), clock, report, kept)
        factors = {m: w / payoff[m].range for m, w in weights.items()}
    if needs_measure(model.instance):
        best = _best_by_scenario(model, factors, options, clock, report)
        model = build_model(model.instance, decomposed=model.decomposed)
        expression = add_measure(model, factors, best)
        engine = engine_of(model, options)
    else:
        expression = lpSum([model.expression(m, factor) for m, factor in factors.items()])
    outcome = _search(model, engine, expression, factors, options, clock, report)
    solution = _finish(model, engine, expression, factors, outcome, options, payoff)
    return replace(solution, objective=solution.objective * unit, bound=solution.bound * unit)


def _best_by_scenario(
    model: Model,
    factors: Mapping[str, float],
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> tuple[float, ...]:
    """For ``regret``: a bound on the objective of each scenario if it were known, else nothing."""
    if model.instance.measure != "regret":
        return ()
    best = []
    for w in range(len(model.instance.scenarios)):
        alone = build_model(model.instance.of_scenario(w), decomposed=model.decomposed)
        expression = lpSum([alone.expression(m, factor) for m, factor in factors.items()])
        share = clock.part(len(model.instance.scenarios) + 1 - w)
        watch = Watch(f"best of {model.instance.scenarios[w]}", report)
        engine = engine_of(alone, options)
        best.append(minimise(alone, engine, expression, options, share, watch).bound)
    return tuple(best)


def _lexicographic(
    model: Model, objective: Objective, options: SolverOptions, clock: Clock, report: Report | None
) -> Solution:
    """Minimise one metric after another, each earlier one held within the tolerance.

    metric[i]  ≤  (1 + tolerance) · best[i]        ∀ i before the present one
    """
    model = build_model(model.instance, decomposed=model.decomposed)
    for i, metric in enumerate(objective.order):
        scale = _typical(model, metric)
        expression = model.expression(metric, 1.0 / scale)
        share = clock.part(len(objective.order) - i)
        engine = engine_of(model, options)
        factors = {metric: 1.0 / scale}
        outcome = _search(model, engine, expression, factors, options, share, report)
        if i < len(objective.order) - 1:
            most = outcome.objective + objective.tolerance * abs(outcome.objective)
            model.rows.at("hold", 0).add(expression <= most, f"hold_{metric}")
    solution = _finish(model, engine, expression, factors, outcome, options, {})
    return replace(solution, objective=solution.objective * scale, bound=solution.bound * scale)


def _search(
    model: Model,
    engine: Engine,
    expression: LpAffineExpression,
    factors: Mapping[str, float],
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> Outcome:
    """Minimise Σ factor · metric; where the time is too short for a search, place at once."""
    try:
        return minimise(model, engine, expression, options, clock, Watch("placement", report))
    except NoAnswerError:
        parts = [model.terms[m].scaled(factor) for m, factor in factors.items()]
        return at_once(model, expression, reduce(MetricTerms.plus, parts), options)


def _payoff(
    model: Model,
    engine: Engine,
    metrics: tuple[str, ...],
    clock: Clock,
    report: Report | None,
    kept: Kept,
) -> dict[str, Payoff]:
    """The payoff table, or typical values where the time does not suffice for it."""
    costs = {m: engine.relaxation.costs(model.expression(m)) for m in metrics}

    def make() -> dict[str, Payoff]:
        return _payoff_table(model, engine, costs, clock, report)

    try:
        return kept.payoff(costs, make, clock)
    except NoAnswerError:
        return {m: Payoff(0.0, _typical(model, m)) for m in metrics}


def _payoff_table(
    model: Model,
    engine: Engine,
    costs: Mapping[str, FloatArray],
    clock: Clock,
    report: Report | None,
) -> dict[str, Payoff]:
    """Best and nadir of each metric over the single-metric optima of the relaxation.

    The table only sets scales, so whole modules are not asked for here; best values are then
    bounds that no placement can beat.
    """
    metrics = tuple(costs)
    typical = {m: _typical(model, m) for m in metrics}
    rows: list[dict[str, float]] = []
    for metric in metrics:
        weight = {m: (1.0 if m == metric else TIE_BREAK) / typical[m] for m in metrics}
        if report:
            report(
                Progress(
                    f"best {metric}", clock.spent_s, math.inf, 0.0, math.inf, left_s=clock.left_s
                )
            )
        cost = np.sum([weight[m] * costs[m] for m in metrics], axis=0)
        # The basis of another metric's optimum is a worse start than none.
        engine.relaxation.begin_anew()
        found = engine.relaxation.minimise(cost, clock, missed=TIE_BREAK**2)
        rows.append({m: float(costs[m] @ found.values) for m in metrics})
    return {m: Payoff(min(r[m] for r in rows), max(r[m] for r in rows)) for m in metrics}


def _typical(model: Model, metric: str) -> float:
    """Magnitude of a metric, which scales a solve to one."""
    return typical(model.coefficients, model.terms[metric])


def _finish(
    model: Model,
    engine: Engine,
    expression: LpAffineExpression,
    factors: Mapping[str, float],
    outcome: Outcome,
    options: SolverOptions,
    payoff: Mapping[str, Payoff],
) -> Solution:
    """Dispatch exactly for the counts found, then say who is served from where."""
    answers = solve_with_fixed_counts(model, expression, read_builds(model), options, engine)
    value = value_of(expression)
    if outcome.bound > value + 1e-6 * max(abs(value), 1.0):
        raise SitingError(f"the proven bound {outcome.bound} lies above the answer {value}")
    if needs_measure(model.instance):
        answers = _as_expected(model, expression, value, factors, options)
    states = []
    for state, x in zip(model.states, answers, strict=True):
        metrics = {m: metric_by_site(state, terms, x) for m, terms in state.terms.items()}
        states.append(StateAnswer(x, metrics, *assign_flows(state, x)))
    return Solution(
        objective=value,
        bound=min(outcome.bound, value),
        gap=relative_gap(value, min(outcome.bound, value)),
        timed_out=outcome.timed_out,
        payoff=dict(payoff),
        states=tuple(states),
        reference=model.instance.reference,
        totals={m: _total(model, states, m) for m in model.terms},
    )


def _as_expected(
    model: Model,
    expression: LpAffineExpression,
    value: float,
    factors: Mapping[str, float],
    options: SolverOptions,
) -> tuple[Decisions, ...]:
    """Of all answers of the same risk, the one that is best on average.

    A measure of the tail says nothing about the other scenarios: without this step they would be
    served at any price up to that of the worst.
    """
    row = expression <= value + 1e-7 * max(abs(value), 1.0)
    model.rows.at("hold", 0).add(row, "hold_measure")
    mean = lpSum([model.expression(m, factor) for m, factor in factors.items()])
    return solve_with_fixed_counts(model, mean, read_builds(model), options)


def _total(model: Model, answers: Sequence[StateAnswer], metric: str) -> float:
    """Expected annual mean of a metric."""
    parts = zip(model.states, answers, strict=True)
    return float(sum(s.state.weight(metric) * x.metrics[metric].sum() for s, x in parts))
