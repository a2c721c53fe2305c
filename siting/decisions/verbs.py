"""The studies of many solves as one call each: what the commands call, and scripts may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from siting.catalogue import Catalogue, load_catalogue
from siting.config import Study
from siting.decisions.alternatives import Alternatives, find_alternatives
from siting.decisions.alternatives_folder import alternatives_table, write_alternatives
from siting.decisions.case import Case, Say, open_case
from siting.decisions.folder import answer_tables
from siting.decisions.front_folder import front_table, write_front
from siting.decisions.pareto import GAP_OF_RANGE, SECONDS, Front, check_objectives, find_front
from siting.decisions.regret import Regret, regret_matrix, with_scenarios
from siting.decisions.robustness import (
    Base,
    cheapest_entries,
    chosen_share,
    flip_weights,
    solve_base,
    without_site,
)
from siting.decisions.robustness_folder import robustness_table, write_robustness
from siting.folders import check_folder
from siting.mip.program import Outcome

__all__ = ["Decision", "Robustness", "alternatives", "pareto", "robustness"]


def pareto(
    study: Study,
    objectives: Sequence[str] = ("energy", "carbon", "water"),
    points: int = 20,
    *,
    gap_of_range: float = GAP_OF_RANGE,
    seconds: float = SECONDS,
    catalogue: Catalogue | None = None,
    out: Path | None = None,
    say: Say | None = None,
) -> Decision[Front]:
    """Efficient placements between two to four objectives, each proven.

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
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    out : pathlib.Path, optional
        Folder to write, from which `siting report` makes a page.
    say : callable, optional
        Told each step.

    Returns
    -------
    Decision
        ``found`` is the `siting.decisions.pareto.Front`; ``table`` has one row a point.

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
    case = open_case(study, catalogue or load_catalogue(), names)
    front = find_front(case, names, points, gap_of_range=gap_of_range, seconds=seconds, say=say)
    if out is not None:
        write_front(case, front, out)
    answers = {i: point.found for i, point in enumerate(front.points)}
    return _decision(case, front, front_table(case, front), answers, "point")


def alternatives(
    study: Study,
    slack: float = 0.05,
    count: int = 5,
    *,
    seconds: float = 60.0,
    catalogue: Catalogue | None = None,
    out: Path | None = None,
    say: Say | None = None,
) -> Decision[Alternatives]:
    """The most different sets of sites that are nearly as good as the best.

    Parameters
    ----------
    study : Study
        The study, with a weighted objective.
    slack : float, default 0.05
        How much worse than the best an alternative may be. [-]
    count : int, default 5
        Alternatives to look for.
    seconds : float, default 60
        Longest time in one search. [s]
    catalogue, out, say
        As for `pareto`.

    Returns
    -------
    Decision
        ``found`` is the `siting.decisions.alternatives.Alternatives`; the first row of ``table`` is
        the best answer.

    Raises
    ------
    siting.errors.StudyError
        If the objective of the study is not weighted.
    siting.errors.InfeasibleError
        If no placement meets the limits of the study.
    siting.errors.DataError
        If ``out`` holds anything but earlier results of the same kind; before any solve.
    """
    _check(out, "alternatives")
    case = open_case(study, catalogue or load_catalogue())
    found = find_alternatives(case, slack=slack, count=count, seconds=seconds, say=say)
    if out is not None:
        write_alternatives(case, found, out)
    answers = {i: answer.found for i, answer in enumerate(found.answers)}
    return _decision(case, found, alternatives_table(case, found), answers, "alternative")


def robustness(
    study: Study,
    *,
    samples: int = 30,
    entries: int = 10,
    scenarios: Mapping[str, Sequence[str]] | None = None,
    catalogue: Catalogue | None = None,
    out: Path | None = None,
    say: Say | None = None,
) -> Decision[Robustness]:
    """What each site is worth, and which weights or futures turn the recommendation.

    Parameters
    ----------
    study : Study
        The study, with a weighted objective.
    samples : int, default 30
        Weightings to draw; the seed is that of the study.
    entries : int, default 10
        Closed sites whose entry is priced, cheapest first.
    scenarios : mapping of str to sequence of str, optional
        Futures of the regret matrix, each as overrides ``path=value``; those of the study by
        default.
    catalogue, out, say
        As for `pareto`.

    Returns
    -------
    Decision
        ``table`` has one row a questioned site, ``sites`` and ``flows`` are the recommendation.

    Raises
    ------
    siting.errors.StudyError
        If the objective of the study is not weighted, or an override is wrong.
    siting.errors.InfeasibleError
        If no placement meets the limits of the study or of a future.
    siting.errors.DataError
        If ``out`` holds anything but earlier results of the same kind; before any solve.
    """
    _check(out, "robustness")
    catalogue = catalogue or load_catalogue()
    case = open_case(study, catalogue)
    base = solve_base(case)
    changes = [without_site(case, base, site) for site in base.sites]
    changes += cheapest_entries(case, base, entries, say)
    share = chosen_share(case, base, samples, case.options.seed, say) if samples else {}
    flips = flip_weights(case, base)
    asked = bool(scenarios or study.scenarios.cases)
    regret = (
        regret_matrix(with_scenarios(study, scenarios or {}), catalogue, say) if asked else None
    )
    table = robustness_table(case, base, changes, share)
    if out is not None:
        write_robustness(
            case, base, table, flips, out, samples=samples, share=share, regret=regret
        )  # fmt: skip
    found = Robustness(base, share, flips, regret)
    return _decision(case, found, table, {"recommended": base.found}, "answer")


def _check(out: Path | None, command: str) -> None:
    if out is not None:
        check_folder(out, command)


def _decision[T](
    case: Case, found: T, table: pd.DataFrame, answers: Mapping[Any, Outcome], key: str
) -> Decision[T]:
    return Decision(found, table, **answer_tables(case, answers, key))


@dataclass(frozen=True)
class Decision[T]:
    """What a study of many solves found.

    Parameters
    ----------
    found : Front, Alternatives or Robustness
        Everything, as the search has it.
    table : DataFrame
        As in the folder of the command.
    sites, flows : DataFrame
        Placement of each answer, led by ``point``, ``alternative`` or ``answer``.
    """

    found: T
    table: pd.DataFrame
    sites: pd.DataFrame
    flows: pd.DataFrame


@dataclass(frozen=True)
class Robustness:
    """How much a recommendation hangs on weights and futures.

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
    """

    base: Base
    chosen_share: Mapping[str, float]
    flip_weights: Mapping[str, Mapping[str, float | None]]
    regret: Regret | None
