"""Objectives: a weighted sum scaled by a payoff table, or a lexicographic order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from siting.arrays import FloatArray
from siting.errors import NoAnswerError, SitingError
from siting.mip import Clock, Interrupt, Progress, SolverOptions, Target, Watch, relative_gap
from siting.mip.model.build import Model, add_measure, build_model, needs_measure
from siting.mip.program import LEAST_TIME_S, Program
from siting.mip.runs import Outcome
from siting.mip.search import minimize
from siting.mip.session import Session, close_smallest, open_program
from siting.mip.solution import (
    Closing,
    Decisions,
    Payoff,
    Solution,
    Stage,
    StateAnswer,
    assign_flows,
    metric_by_site,
)
from siting.status import is_reached

__all__ = ["Objective", "optimize", "solution_of"]

Report = Callable[[Progress], None]

#: Share of the objective that the dispatch of the final counts may be missed by. [-]
EXACT = 1e-6
#: Share of the time that is left which the payoff table may take. Where it does not end, typical
#: values scale the weights and its time is lost.
SHARE_OF_PAYOFF = 0.85
#: Share of the time that is left which closing the smallest sites may take.
SHARE_OF_CLOSINGS = 0.1
#: Shares of the gap asked for to which the scenarios of a regret are solved one after another. [-]
TIGHTER = (0.1, 0.01, 0.001)


@dataclass(frozen=True)
class Objective:
    """The objective of a solve.

    Parameters
    ----------
    method : {"weighted", "lexicographic"}
        One weighted sum, or one metric after another.
    weights : mapping of str to float
        Weight of each metric, for ``weighted``; each metric is divided by the distance between
        its best value and its nadir. Only their proportions matter.
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
    model: Model | Session,
    objective: Objective,
    options: SolverOptions,
    report: Report | None = None,
    interrupt: Interrupt | None = None,
    *,
    clock: Clock | None = None,
    closings: int = 0,
) -> Solution:
    """Find the placement that minimizes the objective.

    Parameters
    ----------
    model : Model or Session
        The built model; a session of earlier calls spares what it knows already.
    objective : Objective
        What to minimize.
    options : SolverOptions
        Solver, gap and the time for all solves together.
    report : callable, optional
        Called with the progress of each solve.
    interrupt : Interrupt, optional
        Once asked, the solve ends as if its time were up.
    clock : Clock, optional
        The time left, where it is not that of the options.
    closings : int, default 0
        How many of the smallest sites to close afterwards, one at a time, for a weighted objective
        without a measure of risk.

    Returns
    -------
    Solution
        The best placement found and the gap that was proven for it.

    Raises
    ------
    InfeasibleError
        If no placement meets every row.
    NoAnswerError
        If the time ran out, or the planner ended the solve, before any placement was found.
    """
    clock = clock or Clock(options.time_limit_s, interrupt)
    session = model if isinstance(model, Session) else Session(model, options)
    try:
        if objective.method == "lexicographic":
            found = _lexicographic(session, objective, options, clock, report)
        else:
            found = _weighted(session, objective, options, clock, report, closings)
    except NoAnswerError:
        if not clock.interrupted:
            raise
        raise NoAnswerError(
            f"interrupted after {clock.spent_s:.0f} s, before any placement was found; "
            "nothing is written"
        ) from None
    return replace(found, interrupted=clock.interrupted)


def _weighted(
    session: Session,
    objective: Objective,
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
    closings: int,
) -> Solution:
    """Minimize Σ_m weight[m] · metric[m] / range[m], by the instance's measure of risk.

    A single metric is solved near one and reported in its own unit. Weights are divided by their
    sum for the solve, so that a common factor changes nothing but the unit of the objective.
    """
    weights = {m: w for m, w in objective.weights.items() if w > 0}
    payoff: dict[str, Payoff] = {}
    if len(weights) == 1:
        metric = next(iter(weights))
        unit = session.typical(metric)
        factors = {metric: 1.0 / unit}
    else:
        unit = sum(weights.values())
        share = clock.share(SHARE_OF_PAYOFF)
        payoff = session.payoff(tuple(weights), share, Watch("payoff", report))
        factors = {m: w / unit / payoff[m].range for m, w in weights.items()}
    program = session.program
    target = Target(relative=options.gap)
    stages: tuple[Stage, ...] = ()
    closed: tuple[Closing, ...] = ()
    if not needs_measure(session.model.instance):
        cost = _cost(program, factors)
        outcome = minimize(
            program, cost, target, clock, watch=Watch("placement", report),
            proven=session.floor(factors) if payoff else session.least(factors),
        )  # fmt: skip
        outcome = _exact(program, cost, outcome, clock)
        if closings:
            share, metrics = (
                clock.share(SHARE_OF_CLOSINGS),
                session.costs(tuple(session.model.terms)),
            )
            closed = close_smallest(program, cost, outcome, metrics, closings, share)
    else:
        program, outcome, stages = _by_measure(session, factors, options, clock, report)
    found = solution_of(program, outcome, unit=unit, payoff=payoff, stages=stages)
    return replace(found, closings=closed)


def _by_measure(
    session: Session,
    factors: Mapping[str, float],
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> tuple[Program, Outcome, tuple[Stage, ...]]:
    """Minimize a measure of risk to the gap asked for.

    A regret is a small difference of large numbers: where the gap of the scenarios alone is too
    much of it, they are solved again to a tenth of it.
    """
    found = _to_gap_of_scenarios(session, factors, options, options.gap, clock, report)
    for share in TIGHTER if found[2] else ():
        if clock.late or is_reached(_gap(found[1]), options.gap):
            break
        gap = share * options.gap
        try:
            other = _to_gap_of_scenarios(session, factors, options, gap, clock, report)
        except NoAnswerError:
            break
        found = min(found, other, key=lambda each: _gap(each[1]))
    return found


def _to_gap_of_scenarios(
    session: Session,
    factors: Mapping[str, float],
    options: SolverOptions,
    gap: float,
    clock: Clock,
    report: Report | None,
) -> tuple[Program, Outcome, tuple[Stage, ...]]:
    """Minimize a measure of the tail; of all placements of that value, the best on average.

    A measure of the tail says nothing about the other scenarios: without the last step they would
    be served at any price up to that of the worst. A regret is overstated by what is not proven of
    the scenarios alone, which its bound is lowered by. No regret is negative, and no mean of the
    tail is below that of all scenarios.
    """
    alone = replace(options, gap=gap)
    stages = _best_by_scenario(session.model, factors, alone, clock, report)
    model = build_model(session.model.instance, decomposed=session.model.decomposed)
    expression = add_measure(model, factors, [stage.bound for stage in stages])
    program = open_program(model, options)
    cost, mean = program.costs(expression), _cost(program, factors)
    outcome = minimize(
        program, cost, Target(relative=options.gap), clock, guide=mean,
        proven=0.0 if stages else max(program.floor(mean), session.least(factors)),
        watch=Watch("placement", report),
    )  # fmt: skip
    outcome = _exact(program, cost, outcome, clock)
    value = outcome.objective
    program.add_row(cost, high=value + 1e-7 * max(abs(value), 1.0))
    try:
        late = clock.overtime(LEAST_TIME_S)
        expected = program.dispatched(mean, outcome.values, late, missed=EXACT, least_s=0.0)
        outcome = replace(outcome, values=expected.values, point=expected.point)
    except NoAnswerError:  # The placement stays as it was found.
        pass
    if stages:
        overstated = max(stage.objective - stage.bound for stage in stages)
        bound = min(max(outcome.bound - overstated, 0.0), value)
        resolved = EXACT * max(abs(stage.objective) for stage in stages)
        outcome = replace(outcome, bound=value if value - bound <= resolved else bound)
    return program, outcome, stages


def _gap(outcome: Outcome) -> float:
    return relative_gap(outcome.objective, outcome.bound, scale=1.0)


def _best_by_scenario(
    model: Model,
    factors: Mapping[str, float],
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> tuple[Stage, ...]:
    """For ``regret``: the best of each scenario if it were known, else nothing."""
    instance = model.instance
    if instance.measure != "regret":
        return ()
    stages = []
    for w, name in enumerate(instance.scenarios):
        alone = build_model(instance.of_scenario(w), decomposed=model.decomposed)
        program = open_program(alone, options)
        share = clock.share(1.0 / (len(instance.scenarios) + 1 - w))
        watch = Watch(f"best of {name}", report)
        found = minimize(
            program, _cost(program, factors), Target(relative=options.gap), share, watch=watch
        )
        stages.append(_stage(name, found, 1.0))
    return tuple(stages)


def _lexicographic(
    session: Session,
    objective: Objective,
    options: SolverOptions,
    clock: Clock,
    report: Report | None,
) -> Solution:
    """Minimize one metric after another, each earlier one held within the tolerance.

    metric[i]  ≤  (1 + tolerance) · best[i]        ∀ i before the present one

    The incumbent of a stage meets the rows of the next, which starts from it. Where the time ends,
    the incumbent of the last stage that has one is the placement.
    """
    program, outcome = session.program, None
    stages: list[Stage] = []
    for i, metric in enumerate(objective.order):
        unit = session.typical(metric)
        cost = _cost(program, {metric: 1.0 / unit})
        share = clock.share(1.0 / (len(objective.order) - i))
        watch = Watch(f"placement, {metric}", report)
        outcome = minimize(
            program, cost, Target(relative=options.gap), share, start=outcome, watch=watch,
            proven=session.least({metric: 1.0 / unit}),
        )  # fmt: skip
        outcome = _exact(program, cost, outcome, clock)
        stages.append(_stage(metric, outcome, unit))
        # Held more closely than the dispatch is known, a metric has no price at which a proof ends.
        most = outcome.objective + max(objective.tolerance, EXACT) * abs(outcome.objective)
        program.add_row(cost, high=most)
    if outcome is None:
        raise ValueError("a lexicographic objective needs a metric")
    return solution_of(program, outcome, unit=unit, stages=tuple(stages))


def _stage(name: str, outcome: Outcome, unit: float) -> Stage:
    return Stage(
        name=name,
        objective=outcome.objective * unit,
        bound=outcome.bound * unit,
        gap=relative_gap(outcome.objective, outcome.bound, scale=1.0),
        timed_out=outcome.timed_out,
    )


def _cost(program: Program, factors: Mapping[str, float]) -> FloatArray:
    """Σ factor · metric on the columns."""
    return np.sum([program.metric_costs(m, f) for m, f in factors.items()], axis=0)


def _exact(program: Program, cost: FloatArray, outcome: Outcome, clock: Clock) -> Outcome:
    """Return a placement with the exact operation of its counts, or as it is if that takes long.

    All of them together, of a solve whose time has ended, take no longer than one.

    Raises
    ------
    SitingError
        If the proven bound lies above it.
    """
    try:
        late = clock.overtime(LEAST_TIME_S)
        found = program.dispatched(cost, outcome.values, late, missed=EXACT, least_s=0.0)
    except NoAnswerError:  # Too large to be dispatched again in time: it was when it was found.
        return outcome
    value = found.objective
    if outcome.bound > value + 1e-6 * max(abs(value), 1.0):
        raise SitingError(f"the proven bound {outcome.bound} lies above the placement {value}")
    bound = min(outcome.bound, value)
    return replace(outcome, objective=value, bound=bound, values=found.values, point=found.point)


def solution_of(
    program: Program,
    outcome: Outcome,
    *,
    unit: float = 1.0,
    payoff: Mapping[str, Payoff] | None = None,
    stages: Sequence[Stage] = (),
) -> Solution:
    """Return the placement of an outcome with its metrics and flows.

    Parameters
    ----------
    program : Program
        Where it was found.
    outcome : Outcome
        With its counts dispatched.
    unit : float, default 1
        Unit of the objective, in that of the solve.
    payoff : mapping of str to Payoff, optional
        Scales of a weighted objective.
    stages : sequence of Stage, optional
        The solves that it hangs on; the placement is proven no better than the weakest of them.
    """
    model = program.model
    answers = _answers(model, program.decisions(outcome))
    gaps = [relative_gap(outcome.objective, outcome.bound, scale=1.0), *(s.gap for s in stages)]
    return Solution(
        objective=outcome.objective * unit,
        bound=outcome.bound * unit,
        gap=max(gaps),
        timed_out=outcome.timed_out or any(stage.timed_out for stage in stages),
        payoff=dict(payoff or {}),
        states=answers,
        reference=model.instance.reference,
        totals={m: _total(model, answers, m) for m in model.terms},
        stages=tuple(stages),
    )


def _answers(model: Model, decisions: Sequence[Decisions]) -> tuple[StateAnswer, ...]:
    """Metrics and flows of the decisions of each state."""
    found = []
    for state, x in zip(model.states, decisions, strict=True):
        metrics = {m: metric_by_site(state, terms, x) for m, terms in state.terms.items()}
        found.append(StateAnswer(x, metrics, *assign_flows(state, x)))
    return tuple(found)


def _total(model: Model, answers: Sequence[StateAnswer], metric: str) -> float:
    """Expected annual mean of a metric."""
    parts = zip(model.states, answers, strict=True)
    return float(sum(s.state.weight(metric) * x.metrics[metric].sum() for s, x in parts))
