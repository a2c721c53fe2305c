"""Number of time slices that a study needs, estimated before it is solved.

A slice is one mean hour. What it hides are contracts and own solar and wind: power that exceeds the
facility at noon, or on a cold day, is spread over the others, and the plan counts energy that the
grid has to carry. The estimate makes such a plan without any program. Each site fills its
contracts, and what it may build to follow the weather, from the source that is worth most in the
objective, as the slices show it, and on to what rules on clean supply ask for; demand goes to the
best site in reach that has room; then, where load stands, every hour of the five types of days of
each month is replayed. What did not fit, at what the grid has beyond the source, over the total is
what the slices hide of a metric.

Halls, other generators, dispatch options and numbers of sites are left out: the estimate says where
to look closer, and the audit after the solve is what counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from siting.catalogue import Catalogue
from siting.coefficients.build import Problem, build_problem
from siting.coefficients.sets import slice_layout
from siting.coefficients.structure_build import counted_metrics
from siting.config import Study
from siting.config.objective import AUTO, DAY_GROUPS, LADDER, MONTHS
from siting.config.study import state_titles, study_states
from siting.errors import InfeasibleError, NoAnswerError
from siting.placement import Placement
from siting.resolution.state import State
from siting.status import Status

__all__ = [
    "Estimate",
    "Hidden",
    "coarse_warning",
    "fixed_slices",
    "refined",
    "slices_to_try",
    "states_of",
    "with_slices",
]

#: Each period and scenario by its name.
States = Mapping[str, State]

#: Share of a metric from which slices are too coarse, as in the audit, and half of it: from there
#: on they may be, since the estimate errs, and to it a better number is looked for. [-]
TOO_COARSE, WELL_FINE = 0.01, 0.005


def with_slices(study: Study, slices: int) -> Study:
    """The study with a number of time slices."""
    return study.model_copy(update={"time": study.time.model_copy(update={"slices": slices})})


def slices_to_try(study: Study) -> tuple[int, ...]:
    """Numbers that ``time.slices: auto`` goes up by, as the dispatch options allow them.

    Those that tell days apart, where load moves between days or the study's own number does.
    """
    flexible = [w.flexible for w in study.demand.workloads if w.flexible is not None]
    apart = study.time.slices != AUTO and study.time.day_groups > 1
    if apart or any(family.week_limit > 0 for family in flexible):
        return tuple(MONTHS * DAY_GROUPS * blocks for blocks in (2, 8, 24))
    profiles = any(w.profile for w in study.demand.workloads)
    within_days = bool(study.storage or flexible or profiles)
    return tuple(n for n in LADDER if not within_days or slice_layout(n)[1] > 1)


def fixed_slices(study: Study, catalogue: Catalogue) -> Study:
    """The study with a number of slices: its own, or for ``auto`` the first that should do."""
    if study.time.slices != AUTO:
        return study
    numbers = slices_to_try(study)
    first = with_slices(study, numbers[0])
    try:
        problem = build_problem(first, catalogue)
    except InfeasibleError:  # whoever builds the study next says so
        return first
    return with_slices(study, Estimate.of(first, problem, catalogue).enough(numbers))


def refined(
    study: Study,
    catalogue: Catalogue,
    solve: Callable[[Study, float], Placement],
    *,
    limit_s: float,
    tell: Callable[[str], None],
) -> Placement:
    """Placement with the fewest slices that pass the audit, within the time of one solve.

    ``solve`` gives the audited placement of a study in a time [s], which is ``limit_s`` for all.
    """
    found, left = None, limit_s
    first = fixed_slices(study, catalogue).time.number
    for number in (n for n in slices_to_try(study) if n >= first):
        start = time.perf_counter()
        try:
            finer = solve(with_slices(study, number), left)
        except (NoAnswerError, InfeasibleError) as error:
            if found is None:
                raise
            tell(f"with {number} slices: {error}")
            return found
        left -= time.perf_counter() - start
        before: Mapping[str, float] = found.seconds if found else {}
        found = finer.with_seconds(**{p: s + finer.seconds[p] for p, s in before.items()})
        audit = found.audit or {}
        if audit["passed"] or not audit["hidden"] or found.status == Status.INTERRUPTED:
            return found
        if left <= 0:
            tell(f"solver.time_limit_s was reached at {number} slices, with which the audit fails")
            return found
        tell(f"the audit finds more than it tolerates hidden by {number} slices: refining")
    assert found is not None, "there is a number of slices to try"
    return found


def coarse_warning(study: Study, problem: Problem, states: Callable[[], States]) -> str:
    """Warning before the solve that fixed slices are too coarse, or an empty text.

    ``states`` returns `states_of` the problem, where a warning is possible.
    """
    if study.time.slices == AUTO:
        return ""
    number = study.time.number
    c = problem.coefficients
    if number == LADDER[-1] or not (len(c.offer_source) or c.operation.power):
        return ""
    estimate = Estimate(study, states())
    hidden = estimate.hidden(number)
    if hidden.share <= WELL_FINE:
        return ""
    verb = "is" if hidden.share > TOO_COARSE else "may be"
    finer = estimate.enough([n for n in slices_to_try(study) if n > number])
    where = f" of {hidden.state}" if hidden.state else ""
    return (
        f"time.slices: {number} {verb} too coarse: some {hidden.share:.1%} of {hidden.metric}"
        f"{where} would be hidden from the optimizer; more than {TOO_COARSE:.0%} fails the audit. "
        f"Use {finer}, or auto"
    )


def states_of(study: Study, problem: Problem, catalogue: Catalogue) -> States:
    """Each period and scenario of a problem by its name; one without a name for a typical year."""
    if not problem.states:
        return {"": State.of(problem, catalogue)}
    titles = state_titles([(state.year, state.name) for state in study_states(study)])
    built = [State.of(state, catalogue) for state in problem.states]
    return dict(zip(titles, built, strict=True))


@dataclass(frozen=True, order=True)
class Hidden:
    """Metric with the largest hidden share.

    Parameters
    ----------
    share : float
        Estimated part of its total that the plan leaves out. [-]
    metric, state : str
        Which metric, and in which period and scenario; empty where there is one typical year.
    """

    share: float
    metric: str
    state: str


@dataclass(frozen=True)
class Estimate:
    """Estimated error by number of slices.

    Parameters
    ----------
    study : Study
        For its objective.
    states : mapping of str to State
        As from `states_of`.
    """

    study: Study
    states: States

    @classmethod
    def of(cls, study: Study, problem: Problem, catalogue: Catalogue) -> Self:
        """Estimate for a problem, whatever number of slices it was built with."""
        return cls(study, states_of(study, problem, catalogue))

    def hidden(self, slices: int) -> Hidden:
        """Quantity that a number of slices hides most of."""
        return max(
            Hidden(share, metric, label)
            for label, state in self.states.items()
            for metric, share in self._shares(state, slices).items()
        )

    def enough(self, numbers: Sequence[int]) -> int:
        """Smallest of rising numbers from which on at most half of the audit's tolerance is hidden.

        The last is taken where none of those before is fine enough.
        """
        *before, enough = numbers
        for number in reversed(before):
            if self.hidden(number).share > WELL_FINE:
                break
            enough = number
        return enough

    def _shares(self, state: State, slices: int) -> dict[str, float]:
        """Share of each metric that the plan of a state leaves out. [-]."""
        weights = self._weights(state, slices)
        plan = state.plan(weights, slices)
        found = state.replayed(weights, slices, plan.pair, state.serve(plan, weights, slices))
        return {
            m: off / (seen + off) if seen + off > 0 else 0.0 for m, (seen, off) in found.items()
        }

    def _weights(self, state: State, slices: int) -> dict[str, float]:
        """Weight of each metric over its range between the plans that are best for one alone."""
        names, objective = counted_metrics(self.study), self.study.objective
        if objective.method == "lexicographic" or len(names) == 1:
            return {names[0]: 1.0}
        rows = []
        for name in names:
            plan, load = state.alone((name, *(m for m in names if m != name)), slices)
            rows.append([float(plan.totals[other] @ load) for other in names])
        ranges = np.maximum(np.ptp(rows, axis=0), 1e-6 * np.abs(rows).max(axis=0))
        given = [weight for weight in objective.weights.model_dump().values() if weight > 0]
        return {
            name: weight / float(width) if width > 0 else 0.0
            for name, weight, width in zip(names, given, ranges, strict=True)
        }
