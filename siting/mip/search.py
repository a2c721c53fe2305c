"""How one objective is minimised: bound first, then a whole answer, then the proof.

1. The relaxation gives a bound and says which pairs carry load.
2. Among those pairs alone a small program is solved: nearly always a good whole answer.
3. Where the two are further apart than the gap asked for, the whole program is solved from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray
from pulp import LpAffineExpression, LpVariable

from siting.errors import InfeasibleError, NoAnswerError
from siting.mip.cuts import CutRelaxation
from siting.mip.engine import Engine
from siting.mip.greedy import Counts, cost_per_mw, greedy_counts, staged_counts
from siting.mip.live_cuts import LiveCuts
from siting.mip.losses import (
    add_broken,
    bounded_by_losses,
    carried_pairs,
    modules_of,
    until_it_survives,
)
from siting.mip.metrics import MetricTerms
from siting.mip.model import Model, ModelState
from siting.mip.pulp_cuts import PulpCuts
from siting.mip.solution import Decisions, read_all
from siting.mip.solve import (
    SHARE_OF_FEW,
    Clock,
    Outcome,
    Progress,
    SolverOptions,
    Target,
    Watch,
    relative_gap,
    solve_once,
    value_of,
)
from siting.status import is_reached

__all__ = ["at_once", "minimise", "solve_with_fixed_counts"]

Report = Callable[[Progress], None]

#: Share of the objective that the dispatch of a decomposed answer may be missed by.
EXACT = 1e-6


def minimise(
    model: Model,
    engine: Engine,
    expression: LpAffineExpression,
    options: SolverOptions,
    clock: Clock,
    watch: Watch,
) -> Outcome:
    """Minimise an expression over a model; the best answer stays in its variables.

    Parameters
    ----------
    model : Model
        The program.
    engine : Engine
        What solves it.
    expression : LpAffineExpression
        What to minimise.
    options : SolverOptions
        Solver and gap.
    clock : Clock
        The time left.
    watch : Watch
        Name of this solve, and who is told how it goes on.

    Returns
    -------
    Outcome

    Raises
    ------
    InfeasibleError, NoAnswerError
        If there is no answer, or none was found in time.
    """
    if engine.program is not None:
        return _decomposed(engine.program, expression, options, clock, watch)
    relaxation, phase, report = engine.relaxation, watch.phase, watch.report
    cost = relaxation.costs(expression)
    relaxed = bounded_by_losses(
        model, lambda: relaxation.minimise(cost, clock), relaxation.columns, relaxation
    )
    carried = carried_pairs(model, relaxation.columns, relaxed.values)
    few = until_it_survives(
        model,
        lambda: _among(model, carried, expression, options, clock, phase, report),
        lambda _: modules_of(model),
        relaxation,
    )
    if few is not None:
        gap = relative_gap(few.objective, relaxed.bound)
        if report:
            known = few.objective, relaxed.bound, gap
            report(Progress(phase, clock.spent_s, *known, left_s=clock.left_s))
        proven = is_reached(gap, options.gap)
        if proven or clock.left_s < 0.05:
            return Outcome(few.objective, relaxed.bound, gap, timed_out=not proven)
    start = None if few is None else (few, read_all(model))
    whole = until_it_survives(
        model,
        lambda: _whole(model, expression, options, clock, phase, start, report),
        lambda _: modules_of(model),
        relaxation,
    )
    bound = max(whole.bound, relaxed.bound)
    return replace(whole, bound=bound, gap=relative_gap(whole.objective, bound))


def _decomposed(
    program: LiveCuts | PulpCuts,
    expression: LpAffineExpression,
    options: SolverOptions,
    clock: Clock,
    watch: Watch,
) -> Outcome:
    """The same for a decomposed model."""
    cost = program.relaxation.costs(expression)
    found = program.least(cost, Target(relative=options.gap), clock, watch=watch)
    if found.point is not None:
        program.relaxation.load(found.point)
    gap = relative_gap(found.objective, found.bound)
    return Outcome(found.objective, found.bound, gap, timed_out=found.timed_out)


def _among(
    model: Model,
    pairs: NDArray[np.bool_],
    expression: LpAffineExpression,
    options: SolverOptions,
    clock: Clock,
    phase: str,
    report: Report | None,
) -> Outcome | None:
    """The best answer that builds only some pairs; None where they do not suffice."""
    closed = np.flatnonzero(~pairs)
    shut = [variables[p] for v in model.builds() for variables in (v.is_open, v.modules)
            for p in closed]  # fmt: skip
    with _fixed((variable, 0.0) for variable in shut):
        try:
            return solve_once(
                model.problem, expression, replace(options, gap=options.gap / 4), clock,
                phase=f"{phase}, among {int(pairs.sum())} pairs",
                seconds=SHARE_OF_FEW * clock.left_s, report=report,
            )  # fmt: skip
        except (InfeasibleError, NoAnswerError):
            return None


def _whole(
    model: Model,
    expression: LpAffineExpression,
    options: SolverOptions,
    clock: Clock,
    phase: str,
    known: tuple[Outcome, tuple[Decisions, ...]] | None,
    report: Report | None,
) -> Outcome:
    """Solve over all pairs from a known answer; keep that one if the time brings no better."""
    if known is not None:
        _load(model, known[1])
    try:
        found = solve_once(
            model.problem, expression, options, clock,
            phase=phase, warm_start=known is not None, report=report,
        )  # fmt: skip
    except NoAnswerError:
        if known is None:
            raise
        found = Outcome(float("inf"), float("-inf"), float("inf"), timed_out=True)
    if known is not None and found.objective > known[0].objective:
        _load(model, known[1])
        gap = relative_gap(known[0].objective, found.bound)
        return replace(found, objective=known[0].objective, gap=gap)
    return found


def at_once(
    model: Model, expression: LpAffineExpression, terms: MetricTerms, options: SolverOptions
) -> Outcome:
    """A placement without a search, for a time limit that leaves none.

    Every period gets what the largest load needs, of what all of them have room for; where that
    breaks a limit, each period adds what its own load needs. Its bound is zero, since no metric is
    negative, less what all the heat that can be sold would bring.

    Raises
    ------
    NoAnswerError
        If both break a limit of the study.
    """
    if not any(_holds(model, expression, counts, options) for counts in _greedy(model, terms)):
        raise NoAnswerError(
            "the time limit ended the solve before any placement was found; allow more time "
            "(solver.time_limit_s) or fewer slices (time.slices)"
        )
    value, floor = value_of(expression), _floor(model, expression)
    return Outcome(value, floor, relative_gap(value, floor), timed_out=True)


def _greedy(model: Model, terms: MetricTerms) -> Iterator[list[Counts]]:
    """Counts of each period: all at once, then period by period."""

    def largest(states: Iterable[ModelState]) -> ModelState:
        return max(states, key=lambda s: s.coefficients.total_demand_mw)

    state = largest(model.states)
    room = np.minimum.reduce([s.coefficients.max_modules for s in model.states])
    c = replace(state.coefficients, max_modules=room)
    cost = cost_per_mw(c, terms)
    yield [greedy_counts(c, state.demand, cost)] * len(model.builds())
    periods = range(len(model.instance.periods))
    if len(periods) > 1:
        of_period = [[model.states[i] for i in model.instance.of_period(y)] for y in periods]
        each = [largest(states) for states in of_period]
        yield staged_counts(((s.coefficients, s.demand) for s in each), cost)


def _holds(
    model: Model, expression: LpAffineExpression, counts: Sequence[Counts], options: SolverOptions
) -> bool:
    """Whether some counts meet every limit; what happens with them stays in the variables."""
    try:
        solve_with_fixed_counts(model, expression, counts, options)
    except InfeasibleError:
        return False
    return not add_broken(model, modules_of(model))


def _floor(model: Model, expression: LpAffineExpression) -> float:
    """What no answer is below: all heat sold, and nothing else; or the bounds of what is used."""
    if model.decomposed:
        return sum(
            value * min(variable.lowBound or 0.0, 0.0) for variable, value in expression.items()
        )
    factor = {variable.id: value for variable, value in expression.items() if value < 0}
    floor = 0.0
    for state in model.states:
        heat = state.coefficients.operation.heat
        if heat is not None:
            most = heat.demand_mw[state.coefficients.pair_site[heat.pair]]
            for row, limits in zip(state.variables.heat_mw, most, strict=True):
                floor += sum(
                    factor.get(v.id, 0.0) * float(mw) for v, mw in zip(row, limits, strict=True)
                )
    return floor


def solve_with_fixed_counts(
    model: Model,
    expression: LpAffineExpression,
    found: Sequence[Decisions | Counts],
    options: SolverOptions,
    engine: Engine | None = None,
) -> tuple[Decisions, ...]:
    """Solve the linear program that is left when the counts of each period are fixed.

    Parameters
    ----------
    model, expression, options
        As for `minimise`.
    found : sequence of Decisions or Counts
        Counts of each period.
    engine : Engine, optional
        Of a decomposed model, where its rows are those of the model: its cuts are used again.

    Returns
    -------
    tuple of Decisions
        One for each state.
    """
    counts: list[tuple[LpVariable, float]] = []
    for v, built in zip(model.builds(), found, strict=True):
        counts += [*zip(v.is_open, built.is_open, strict=True)]
        counts += [*zip(v.modules, built.modules, strict=True)]
    if model.decomposed:
        relaxation = engine and engine.relaxation
        if not isinstance(relaxation, CutRelaxation):
            relaxation = CutRelaxation(model, options, missed=EXACT, starts=False)
        return _dispatched(relaxation, expression, counts)
    exact = replace(options, name="HiGHS", gap=0.0)
    with _fixed((variable, float(value)) for variable, value in counts):
        solve_once(model.problem, expression, exact, Clock(60.0), phase="dispatch")
        return read_all(model)


def _dispatched(
    relaxation: CutRelaxation,
    expression: LpAffineExpression,
    counts: Sequence[tuple[LpVariable, float]],
) -> tuple[Decisions, ...]:
    """The same for a decomposed model: cuts until dispatch costs what the program says."""
    for variable, value in counts:
        variable.varValue = value
    cost, built = relaxation.costs(expression), relaxation.present()
    point = relaxation.minimise_fixed(cost, built, Clock(60.0), missed=EXACT)
    relaxation.load(point)
    return relaxation.decisions(point)


@contextmanager
def _fixed(values: Iterable[tuple[LpVariable, float]]) -> Iterator[None]:
    """Variables held at given values, and free again afterwards."""
    held = [(variable, value, variable.lowBound, variable.upBound) for variable, value in values]
    for variable, value, _, _ in held:
        variable.lowBound = variable.upBound = value
    try:
        yield
    finally:
        for variable, _, low, high in held:
            variable.lowBound, variable.upBound = low, high


def _load(model: Model, answers: Sequence[Decisions]) -> None:
    """Put an answer back into the variables."""
    for state, x in zip(model.states, answers, strict=True):
        for f in fields(x):
            variables = np.array(getattr(state.variables, f.name), dtype=object).ravel()
            for variable, value in zip(variables, getattr(x, f.name).ravel(), strict=True):
                variable.varValue = float(value)
