"""Walk of one solve, from a study to an audited placement."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

import numpy as np

from siting.audit import audit_placement
from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import Problem, build_problem
from siting.coefficients.structure_build import metric_names
from siting.config import Study, unusual_numbers
from siting.config.objective import AUTO
from siting.errors import InfeasibleError, NoAnswerError
from siting.infeasible.limits import limits_in_force, refuse_out_of_reach
from siting.mip import Model, Objective, Session, Solution, SolverOptions, is_decomposed, optimize
from siting.mip.control import Clock, Interrupt, keeping_incumbent
from siting.placement import Placement
from siting.resolution import fixed_slices, slices_to_try, with_slices
from siting.run.many import Reuse, single_threaded
from siting.run.placement import placed
from siting.status import Status, Tell

__all__ = ["Checked", "audited_placement", "check_study", "solve_study", "study_objective"]


class _Stopwatch:
    """Wall time by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = time.perf_counter() - start


@single_threaded
def solve_study(
    study: Study,
    *,
    catalogue: Catalogue | None = None,
    progress: Tell | None = None,
    interruptible: bool = False,
    interrupt: Interrupt | None = None,
    reuse: Reuse | None = None,
    closings: int = 0,
) -> Placement:
    """Find the best placement of a study and audit it; see `siting.solve` for the rest.

    With ``time.slices: auto`` the study is solved with as few slices as an estimate asks for, and
    with more for as long as the audit fails on what they hide and `solver.time_limit_s`, which is
    for all solves together, has not passed.

    Parameters
    ----------
    progress : callable, optional
        Told a `Progress` while the solver runs, and a sentence where slices are too coarse, each
        time that they are refined, and where the scales of a weighted objective are typical values.
    interrupt : Interrupt, optional
        Ends the solve as Ctrl-C does once it is asked, from any thread, in place of Ctrl-C.
    reuse : Reuse, optional
        What earlier studies have left there is used again; the answer is the same without it.
    closings : int, default 0
        How many of the smallest sites to close by themselves afterwards, for
        ``placement.closings``.

    Returns
    -------
    Placement
        With its audit; ``placement.audit["passed"]`` says whether it holds. Its study has the
        slices that it was solved with.
    """
    watch = _Stopwatch()
    with watch.phase("catalogue"):
        catalogue = catalogue or load_catalogue()
    shop = reuse or Reuse(keep=0)
    job = _Job(catalogue, shop, progress, interruptible, interrupt, closings)
    if study.time.slices == AUTO:
        placement = _refined(study, job)
    else:
        placement = _solved(study, job, _options(study))
    return placement.with_seconds(**watch.seconds)


#: Said where the payoff table of a weighted objective did not end in its share of the time.
TYPICAL_SCALES = (
    "The payoff table did not end in its share of the time limit: typical values of the metrics "
    "scale the weights. With a longer limit the scales are those of the study, and the placement "
    "may be another one."
)


@dataclass(frozen=True)
class _Job:
    """Common settings of the solves of one study; see `solve_study`."""

    catalogue: Catalogue
    shop: Reuse
    progress: Tell | None
    interruptible: bool
    interrupt: Interrupt | None
    closings: int

    def keeping(self) -> AbstractContextManager[Interrupt | None]:
        """Interrupt that may end the solve with its incumbent: Ctrl-C, the given one, or none."""
        return keeping_incumbent() if self.interruptible else nullcontext(self.interrupt)

    def tell(self, words: str) -> None:
        """Report a sentence to ``progress``, if there is one."""
        if self.progress is not None and words:
            self.progress(words)


def _solved(
    study: Study, job: _Job, options: SolverOptions, *, refining: bool = False
) -> Placement:
    """Audited placement of a study with a given number of slices."""
    watch, begun = _Stopwatch(), time.monotonic()
    problem = job.shop.problem(study, job.catalogue, watch.phase)
    if job.progress is not None and not refining:
        job.tell(job.shop.warning(study, problem, job.catalogue))
    with watch.phase("build"):
        session = job.shop.session(problem, options)
    with watch.phase("solve"), job.keeping() as interrupt:
        clock = _clock(options.time_limit_s, time.monotonic() - begun, interrupt)
        solution = _optimize(study, problem, session, options, job, clock)
    with watch.phase("audit"):
        placement = audited_placement(study, job.catalogue, problem, session.model, solution)
    return replace(placement, seconds=watch.seconds)


def audited_placement(
    study: Study, catalogue: Catalogue, problem: Problem, model: Model, solution: Solution
) -> Placement:
    """Audited placement of a solution, as every command makes it, with the status of its gap.

    ``solver.gap`` of the study is the gap that was asked for.
    """
    placement = placed(study, catalogue, problem, model, solution)
    problems = problem.states or (problem,)
    audit = audit_placement(placement, catalogue, [each.weather for each in problems])
    return placement.with_audit(audit.to_mapping())


@dataclass(frozen=True)
class Checked:
    """A study that passes its checks.

    Parameters
    ----------
    study : Study
        With every default filled in.
    problem : Problem
        What the solver would be given.
    warnings : tuple of str
        Numbers whose size makes their unit doubtful, and slices that are too coarse.
    """

    study: Study
    problem: Problem
    warnings: tuple[str, ...]

    @property
    def sizes(self) -> Mapping[str, int]:
        """Candidates, (site, design) pairs, demand regions and time slices of the model."""
        c = self.problem.coefficients
        return {"candidates": len(c.sites), "pairs": len(c.pair_site), "demand": len(c.demand),
                "slices": len(c.hours)}  # fmt: skip


def check_study(study: Study, *, catalogue: Catalogue | None = None) -> Checked:
    """Run every check of a solve up to the solver.

    Raises `InputError` with every error of the study and of the files that it names,
    `InfeasibleError` if it can be seen without a solve that no placement meets every limit.
    """
    catalogue = catalogue or load_catalogue()
    problem = build_problem(fixed_slices(study, catalogue), catalogue)
    is_decomposed(problem.instance, _options(study))  # raises where the method cannot be used
    fixed = study.time.slices != AUTO
    coarse = Reuse(keep=0).warning(study, problem, catalogue) if fixed else ""
    doubts = (*map(str, unusual_numbers(study)), *([coarse] if coarse else []))
    return Checked(study, problem, doubts)


def _refined(study: Study, job: _Job) -> Placement:
    """Placement with the fewest slices that pass the audit, within the time of one solve."""
    options, found = _options(study), None
    first = fixed_slices(study, job.catalogue).time.number
    for number in (n for n in slices_to_try(study) if n >= first):
        start = time.perf_counter()
        try:
            finer = _solved(with_slices(study, number), job, options, refining=True)
        except (NoAnswerError, InfeasibleError) as error:
            if found is None:
                raise
            job.tell(f"with {number} slices: {error}")
            return found
        spent = time.perf_counter() - start
        before: Mapping[str, float] = found.seconds if found else {}
        found = finer.with_seconds(**{p: s + finer.seconds[p] for p, s in before.items()})
        left = options.time_limit_s - spent
        if not _hides_much(found) or found.status == Status.INTERRUPTED:
            return found
        if left <= 0:
            job.tell(
                f"solver.time_limit_s was reached at {number} slices, with which the audit fails"
            )
            return found
        job.tell(f"the audit finds more than it tolerates hidden by {number} slices: refining")
        options = replace(options, time_limit_s=left)
    assert found is not None, "there is a number of slices to try"
    return found


def _hides_much(placement: Placement) -> bool:
    """Return whether the audit fails on what the slices of a placement hide."""
    audit = placement.audit or {}
    return not audit["passed"] and bool(audit["hidden"])


def _optimize(
    study: Study,
    problem: Problem,
    session: Session,
    options: SolverOptions,
    job: _Job,
    clock: Clock,
) -> Solution:
    """Optimum of a problem, or an error that names every limit in force."""
    try:
        refuse_out_of_reach(study, session, clock)
        found = optimize(
            session, study_objective(study), options, job.progress, clock=clock,
            closings=job.closings,
        )  # fmt: skip
        if any(row.typical for row in found.payoff.values()):
            job.tell(TYPICAL_SCALES)
        return found
    except InfeasibleError as error:
        given = limits_in_force(study)
        limits = ", ".join(f"{limit.key} = {limit.value}" for limit in given) or "none"
        c = problem.coefficients
        most = np.zeros(len(c.sites))
        np.maximum.at(most, c.pair_site, c.block_mw * c.max_modules)
        raise InfeasibleError(
            f"{error}\nlimits in force: {limits}\n{c.total_demand_mw:,.0f} MW of IT load is asked "
            f"for; the {len(c.sites)} candidates have room for {most.sum():,.0f} MW",
            error.needed,
        ) from None


def _clock(limit_s: float, spent_s: float, interrupt: Interrupt | None) -> Clock:
    """Time of the solver: the limit less what came before and what follows.

    Audit, page and maps take about twice as long as weather, physics and model did.
    The solver gets half of the limit in any case.
    """
    return Clock(max(limit_s - 3.0 * spent_s, 0.5 * limit_s), interrupt)


def study_objective(study: Study) -> Objective:
    """The study's objective in metrics."""
    metric = metric_names(study)
    weights = study.objective.weights.model_dump()
    return Objective(
        method=study.objective.method,
        weights={metric[name]: weight for name, weight in weights.items()},
        order=tuple(metric[name] for name in study.objective.order),
        tolerance=study.objective.tolerance,
    )


def _options(study: Study) -> SolverOptions:
    return SolverOptions(**study.solver.model_dump())
