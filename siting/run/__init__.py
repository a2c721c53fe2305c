"""Walk of one solve, from a study to an audited placement."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from siting import report  # which reads what draws where something is drawn
from siting.audit import audit_placement
from siting.audit.outcome import Audit
from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.point_attributes import scarcity_around
from siting.coefficients.build import Problem, build_problem
from siting.coefficients.structure_build import metric_names
from siting.config import Study, unusual_numbers
from siting.config.objective import AUTO
from siting.config.study import study_states
from siting.errors import DataError, Fault, InfeasibleError
from siting.files.folders import new_folder
from siting.infeasible.bounds import refuse_out_of_reach
from siting.infeasible.limits import with_limits_named
from siting.mip import (
    Clock,
    Interrupt,
    Model,
    Objective,
    Session,
    Solution,
    SolverOptions,
    is_decomposed,
    keeping_incumbent,
    optimize,
)
from siting.mip.model.metrics import metric_terms
from siting.mip.solution import Payoff, metric_by_site
from siting.nomenclature import METRICS
from siting.placement import Placement, StateOutcome, package_versions
from siting.placement.folder import load_placement, save_placement
from siting.resolution import fixed_slices, refined
from siting.run.many import Reuse, single_threaded
from siting.status import Tell, judge
from siting.tables import (
    candidate_table,
    demand_table,
    flow_table,
    hall_table,
    monthly_table,
    operation_table,
    power_due,
    provenance_table,
    site_table,
    supply_table,
)
from siting.tables.parts import carbon_parts, cost_parts, open_pairs

__all__ = [
    "Checked",
    "audit_run",
    "audited_placement",
    "check_study",
    "solve_study",
    "study_objective",
    "write_run",
]


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
    options, unwarned = _options(study), [study]

    def solve(each: Study, limit_s: float) -> Placement:
        limited = replace(options, time_limit_s=limit_s)
        return _solved(each, job, limited, warned=unwarned.pop() if unwarned else None)

    if study.time.slices == AUTO:
        placement = refined(study, catalogue, solve, limit_s=options.time_limit_s, tell=job.tell)
    else:
        placement = solve(study, options.time_limit_s)
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


def _solved(study: Study, job: _Job, options: SolverOptions, *, warned: Study | None) -> Placement:
    """Audited placement of a study with a given number of slices, after the warnings of another."""
    watch, begun = _Stopwatch(), time.monotonic()
    problem = job.shop.problem(study, job.catalogue, watch.phase)
    if job.progress is not None and warned is not None:
        for words in job.shop.warnings(warned, problem, job.catalogue):
            job.tell(words)
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
        Numbers whose size makes their unit doubtful, names of places where nothing competes, and
        slices that are too coarse.
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
    odd = map(str, unusual_numbers(study))
    return Checked(study, problem, (*odd, *Reuse(keep=0).warnings(study, problem, catalogue)))


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
        found = optimize(session, study_objective(study), options, job.progress, clock=clock,
                         closings=job.closings)  # fmt: skip
    except InfeasibleError as error:
        raise with_limits_named(error, study, problem.coefficients) from None
    if any(row.typical for row in found.payoff.values()):
        job.tell(TYPICAL_SCALES)
    return found


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


def write_run(placement: Placement, folder: Path | str) -> Path:
    """Write a run folder, whole or not at all, and return it.

    An older run there is replaced, whatever else is there stays. A folder that exists and is not a
    run, or was changed since it was written, is a `DataError`.
    """
    folder, start = Path(folder), time.perf_counter()
    with new_folder(folder, "solve") as new:
        report.write_report(placement, new)
        save_placement(placement.with_seconds(report=time.perf_counter() - start), new)
    return folder


def audit_run(folder: Path | str, *, catalogue: Catalogue | None = None) -> Audit:
    """Re-evaluate a run of :func:`write_run` over all weather steps."""
    placement = load_placement(Path(folder))
    catalogue = catalogue or load_catalogue()
    if placement.catalogue_sha256 != catalogue.sha256:
        problem = "the run was solved with other tables than these"
        remedy = "Solve the study again, or audit with the version that solved it"
        raise DataError([Fault(str(folder), None, "catalogue_sha256", problem, remedy)])
    return audit_placement(placement, catalogue)


def _payoff_row(row: Payoff) -> dict[str, float]:
    """Numbers of a payoff; ``typical`` is among them only where it is so."""
    return {name: float(value) for name, value in asdict(row).items() if value or name != "typical"}


def placed(
    study: Study, catalogue: Catalogue, problem: Problem, model: Model, x: Solution
) -> Placement:
    """The answer with every state of the study; the reference state in its tables."""
    shown = _state_placement(study, catalogue, problem, model, x, model.instance.reference)
    if not problem.states:
        return replace(shown, power_due=power_due(study, problem.catalogue.candidates, shown, ()))
    labels = study_states(study)
    states = tuple(
        StateOutcome(
            year=label.year,
            scenario=label.name,
            probability=label.probability,
            share=label.share,
            cost_share=label.cost_share,
            placement=_state_placement(label.study, catalogue, state, model, x, i),
        )
        for i, (label, state) in enumerate(zip(labels, problem.states, strict=True))
    )
    other = {
        name: float(sum(s.weight(name) * s.placement.other_conventions[name] for s in states))
        for name in shown.other_conventions
        if all(name in s.placement.other_conventions for s in states)
    }
    return replace(
        shown,
        metrics={metric: x.totals[metric] for metric in METRICS},
        other_conventions=other,
        states=states,
        power_due=power_due(study, problem.catalogue.candidates, shown, states),
    )


def _state_placement(
    study: Study, catalogue: Catalogue, problem: Problem, model: Model, x: Solution, state: int
) -> Placement:
    """The placement of one state, with the conventions that it was not optimized for."""
    c, answer = problem.coefficients, x.states[state]
    built, demand = model.states[state], model.states[state].demand
    others = {
        name: metric_by_site(built, metric_terms(other, demand)[metric], answer.decisions)
        for name, (other, metric) in problem.conventions.items()
    }
    sites, halls = site_table(problem, answer, others), hall_table(problem, answer)
    sites = sites.join(scarcity_around(catalogue, problem.sites.loc[sites.index]))
    sites = sites.join([carbon_parts(problem, answer), cost_parts(problem, answer)])
    return Placement(
        study=study,
        status=judge(x.gap, study.solver.gap, timed_out=x.timed_out, interrupted=x.interrupted),
        objective=x.objective,
        bound=x.bound,
        gap=x.gap,
        metrics={metric: float(answer.metrics[metric].sum()) for metric in METRICS},
        other_conventions={name: float(by_site.sum()) for name, by_site in others.items()},
        sites=sites,
        flows=flow_table(problem, answer),
        supply=supply_table(c, answer),
        operation=operation_table(built, answer),
        demand=demand_table(problem),
        candidates=candidate_table(problem, sites.index),
        left_out=problem.left_out,
        payoff={metric: _payoff_row(row) for metric, row in x.payoff.items()},
        stages=tuple(asdict(stage) for stage in x.stages),
        closings=tuple(asdict(closing) for closing in x.closings),
        screened={
            "candidates": len(c.sites),
            "pairs": len(c.pair_site),
            "dominated_pairs": problem.dominated,
            "offers": len(c.offer_source),
            "demand_classes": len(demand.mw),
            "flows": len(demand.flow_site),
            "unreachable_flows": int((~c.eligible[c.demand_mw > 0]).sum()),
            "places": len(np.unique(demand.place)),
            "slices": len(c.hours),
            **model.size,
        },
        seconds={},
        versions=package_versions(),
        seed=study.solver.seed,
        catalogue_sha256=catalogue.sha256,
        monthly=monthly_table(problem, open_pairs(answer), answer.decisions.load_mw),
        halls=halls,
        provenance=provenance_table(study, problem.catalogue, halls),
    )
