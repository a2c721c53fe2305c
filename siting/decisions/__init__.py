"""Studies of many solves: fronts, alternatives, robustness, explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

from siting.catalogue import Catalogue, load_catalogue
from siting.config import Study
from siting.decisions.assumptions import (
    Convention,
    Regret,
    other_conventions,
    regret_matrix,
    under_conventions,
)
from siting.decisions.case import Case, Pace, check_objectives, open_case, with_scenarios
from siting.decisions.cells import Cells, Records, open_cells
from siting.decisions.front import GAP_OF_RANGE, SECONDS, Front, Point, find_front
from siting.decisions.near_optimal import (
    Alternative,
    Alternatives,
    alternatives_table,
    find_alternatives,
    write_alternatives,
)
from siting.decisions.results import (
    STORE,
    Decision,
    answer_tables,
    begun_folder,
    front_table,
    made_decision,
    robustness_table,
    write_front,
    write_robustness,
)
from siting.decisions.sensitivity import (
    PARTS,
    Base,
    Change,
    cheapest_entries,
    chosen_share,
    flip_weights,
    solve_base,
    without_sites,
)
from siting.files.folders import check_folder
from siting.infeasible.bounds import refuse_too_few_sites
from siting.mip import relative_gap
from siting.mip.runs import Outcome
from siting.placement import Placement
from siting.run.many import single_threaded
from siting.status import Status, Tell, weakest

__all__ = ["Robustness", "alternatives", "pareto", "robustness"]


@single_threaded
def pareto(
    study: Study,
    objectives: Sequence[str] = ("energy", "carbon", "water"),
    points: int = 20,
    *,
    gap_of_range: float = GAP_OF_RANGE,
    seconds: float = SECONDS,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    catalogue: Catalogue | None = None,
    out: Path | None = None,
    progress: Tell | None = None,
) -> Decision[Front[Placement]]:
    """Pareto-efficient placements for two to four objectives, each with a proven gap.

    Parameters
    ----------
    study : Study
        The study; its own weights are not used.
    objectives : sequence of str
        Two to four of energy, carbon, water and cost; the first is solved for.
    points : int, default 20
        Points to look for.
    gap_of_range : float
        Gap to prove for each point, in ranges of the first objective. [-]
    seconds : float
        Longest time for one point. [s]
    workers, scheduler
        As for `siting.sweep`; the points are the same.
    resume : bool, default False
        Whether solves that an earlier call has done for the folder are taken from it.
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    out : pathlib.Path, optional
        Folder to write, from which `siting report` makes a page; what is solved is kept in its
        ``store`` as soon as it is.
    progress : callable, optional
        Told each step.

    Returns
    -------
    Decision
        ``found`` is the `siting.decisions.front.Front`; ``table`` has one row a point.

    Raises
    ------
    siting.errors.StudyError
        If the objectives are not two to four different ones.
    siting.errors.InfeasibleError
        If no placement meets the limits of the study.
    siting.errors.DataError
        If ``out`` holds anything but earlier results of the same kind; before any solve.
    """
    names = check_objectives(objectives)
    _check(out, "pareto")
    case = _opened(study, catalogue or load_catalogue(), names, progress)
    records = None if out is None else Records(begun_folder(out, "pareto", case) / STORE, case)
    with open_cells(
        case, workers=workers, scheduler=scheduler, records=records, again=resume
    ) as cells:
        found = find_front(
            case, names, points, cells,
            gap_of_range=gap_of_range, seconds=seconds, progress=progress,
        )  # fmt: skip
        answers = dict(enumerate(cells.each(_point, [(names, p) for p in found.points])))
    placed = (_with(p, answers[i]) for i, p in enumerate(found.points))
    front: Front[Placement] = replace(cast(Any, found), points=tuple(placed))
    write = partial(write_front, case, front)
    tables = answer_tables(answers, "point")
    return made_decision(front, front_table(front), answers, tables, write, out, front.unsettled)


def _point(case: Case, asked: tuple[Sequence[str], Point[Outcome]]) -> Placement:
    """Placement of a point of the front, with the objective that was minimized there."""
    names, point = asked
    value = float(point.values[point.least])
    weights = {names[point.least]: 1.0}
    return case.placement(
        point.found, objective=value, gap=point.gap, asked=point.asked, weights=weights
    )


@single_threaded
def alternatives(
    study: Study,
    slack: float = 0.05,
    count: int = 5,
    *,
    seconds: float = 60.0,
    catalogue: Catalogue | None = None,
    out: Path | None = None,
    progress: Tell | None = None,
) -> Decision[Alternatives[Placement]]:
    """Near-optimal alternatives: the most different sets of sites within a slack of the best.

    Parameters
    ----------
    study : Study
        The study, with a weighted objective; another one is a `StudyError`.
    slack : float, default 0.05
        How much worse than the best an alternative may be. [-]
    count : int, default 5
        Alternatives to look for.
    seconds : float, default 60
        Longest time in one search. [s]
    catalogue, out, progress
        As for `pareto`, and so are its other errors.

    Returns
    -------
    Decision
        ``found`` is the `siting.decisions.near_optimal.Alternatives`; the first row of ``table`` is
        the best answer.
    """
    _check(out, "alternatives")
    case = _opened(study, catalogue or load_catalogue(), None, progress)
    made = find_alternatives(case, slack=slack, count=count, seconds=seconds, progress=progress)
    answers = {
        i: _alternative(case, answer, slack, made.bound) for i, answer in enumerate(made.answers)
    }
    placed = (_with(a, answers[i]) for i, a in enumerate(made.answers))
    found: Alternatives[Placement] = replace(cast(Any, made), answers=tuple(placed))
    write = partial(write_alternatives, case, found)
    tables, table = answer_tables(answers, "alternative"), alternatives_table(found)
    return made_decision(found, table, answers, tables, write, out, int(found.stopped))


def _alternative(case: Case, answer: Alternative[Outcome], slack: float, bound: float) -> Placement:
    """Placement of an alternative, proven within the slack; the best one within the gap."""
    gap = relative_gap(answer.objective, min(bound, answer.objective), scale=1.0)
    asked = slack / (1.0 + slack) if answer.stages else case.options.gap
    placement = case.placement(
        answer.found, objective=answer.objective, gap=gap, asked=asked, stages=answer.stages
    )
    late = [Status.TIME_LIMIT for stage in answer.stages if stage.timed_out]
    return replace(placement, status=weakest([placement.status, *late]))


@single_threaded
def robustness(
    study: Study,
    *,
    samples: int = 30,
    entries: int = 10,
    scenarios: Mapping[str, Sequence[str]] | None = None,
    conventions: bool = True,
    time_limit_s: float | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    catalogue: Catalogue | None = None,
    out: Path | None = None,
    progress: Tell | None = None,
) -> Decision[Robustness]:
    """Irreplaceability of each site, and the weights or futures that turn the recommendation.

    Parameters
    ----------
    study : Study
        The study, with a weighted objective; another one, or a wrong override, is a `StudyError`.
    samples : int, default 30
        Weightings to draw; the seed is that of the study.
    entries : int, default 10
        Closed sites whose entry is priced, cheapest first.
    scenarios : mapping of str to sequence of str, optional
        Futures of the regret matrix, each as overrides ``path=value``; those of the study by
        default.
    conventions : bool, default True
        Whether to solve again under each convention that the study did not choose.
    time_limit_s : float, optional
        Time of all questions together, shared among them; each solve also keeps to
        ``solver.time_limit_s``. Futures of a regret matrix are not in it. [s]
    workers, scheduler, resume, catalogue, out, progress
        As for `pareto`, and so are its other errors, for the limits of a future too.

    Returns
    -------
    Decision
        ``table`` has one row a questioned site, ``sites`` and ``flows`` are the recommendation.
    """
    _check(out, "robustness")
    catalogue = catalogue or load_catalogue()
    case = replace(_opened(study, catalogue, None, progress), pace=Pace(time_limit_s))
    # First, since a future may be refused or have no placement.
    regret = None
    if scenarios or study.scenarios.cases:
        regret = regret_matrix(with_scenarios(study, scenarios or {}), catalogue, progress)
    case.pace.part(PARTS["base"], 1)
    case.pace.step()
    base = solve_base(case)
    store = None if out is None else begun_folder(out, "robustness", case) / STORE
    case.pace.part(PARTS["conventions"], len(other_conventions(study)))
    other: tuple[Convention, ...] = ()
    if conventions:
        other = under_conventions(
            study, base, case, progress, workers=workers, scheduler=scheduler,
            store=store, again=resume,
        )  # fmt: skip
    records = None if store is None else Records(store, case)
    with open_cells(
        case, workers=workers, scheduler=scheduler, records=records, again=resume
    ) as cells:
        case.pace.part(PARTS["exits"], len(base.sites))
        asked = _questions(cells, base, entries, samples, case.options.seed, progress)
        case.program.restore()
        found_of = {c.site: c.found for c in asked.changes if c.found is not None}
        best, *placed = cells.each(_solved, [base.found, *found_of.values()])
    placement_of = dict(zip(found_of, placed, strict=True))
    changes = [_with(change, placement_of.get(change.site)) for change in asked.changes]
    recommended: Base[Placement] = _with(base, best)
    table = robustness_table(case, recommended, changes, asked.share)

    write = partial(
        write_robustness, case, recommended, changes, table, asked.flips, samples=samples,
        share=asked.share, regret=regret, late=asked.late, conventions=other,
    )  # fmt: skip
    found = Robustness(recommended, asked.share, asked.flips, regret, other)
    changed = {change.site: change.found for change in changes if change.found is not None}
    tables = answer_tables({"recommended": best}, "answer")
    stopped = len(asked.late) + sum(one.status == Status.TIME_LIMIT.value for one in other)
    return made_decision(
        found, table, {"recommended": best, **changed}, tables, write, out, stopped
    )


class _Asked(NamedTuple):
    """Results of the questions about a recommendation, and the questions left open in time."""

    changes: list[Change[Outcome]]
    flips: Mapping[str, Mapping[str, float | None]]
    share: Mapping[str, float]
    late: list[str]


def _questions(
    cells: Cells, base: Base[Outcome], entries: int, samples: int, seed: int, progress: Tell | None
) -> _Asked:
    """Outcome without each site, with low-cost closed ones, and under other weights."""
    late: list[str] = []
    changes = without_sites(cells, base, base.sites)
    changes += cheapest_entries(cells, base, entries, progress, late)
    late += [change.site for change in changes if change.is_late]
    flips = flip_weights(cells, base, late)
    share = chosen_share(cells, base, samples, seed, progress, late) if samples else {}
    return _Asked(changes, flips, share, late)


def _with(part: Any, placement: Placement | None) -> Any:
    """Part of a study with the placement in the place of the solver's point."""
    return replace(part, found=placement)


def _solved(case: Case, found: Outcome) -> Placement:
    """Placement of an outcome under the study's own objective."""
    gap = relative_gap(found.objective, found.bound, scale=1.0)
    return case.placement(found, objective=found.objective, gap=gap, asked=case.options.gap)


def _opened(
    study: Study, catalogue: Catalogue, names: Sequence[str] | None, progress: Tell | None
) -> Case:
    """Model of a study; one that allows fewer sites than can do is refused before any solve."""
    case = open_case(study, catalogue, names, progress=progress)
    refuse_too_few_sites(case.study, case.model.instance, case.clock())
    return case


def _check(out: Path | None, command: str) -> None:
    if out is not None:
        check_folder(out, command)


@dataclass(frozen=True)
class Robustness:
    """Robustness of a recommendation to weights and scenarios.

    Parameters
    ----------
    base : Base
        The recommendation.
    chosen_share : mapping of str to float
        Share of the weightings under which each site is chosen. [-]
    flip_weights : mapping of str to mapping
        For each metric its share of the weights, and those down and up at which others are better.
    regret : Regret or None
        None where no futures were given.
    conventions : tuple of Convention
        The best placement under each other convention; empty where they were not asked for.
    """

    base: Base[Placement]
    chosen_share: Mapping[str, float]
    flip_weights: Mapping[str, Mapping[str, float | None]]
    regret: Regret | None
    conventions: tuple[Convention, ...] = ()
