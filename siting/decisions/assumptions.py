"""Robustness of a recommendation to other accounting conventions, and to other futures.

A convention is a way to count that neither data nor the planner's aims decide: the water of
hydropower, carbon by contract or by location, average or marginal, the percentile of the modelled
round trips, where in its range the carbon of servers or a price lies. Each is solved anew, with
everything else as it was. Plans that were made for one future are operated in every other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import content_hash
from siting.config import Study, study_from_mapping
from siting.config.yaml_text import apply_overrides
from siting.decisions.case import Case, Pace, case_of, open_case
from siting.decisions.cells import study_hash
from siting.decisions.sensitivity import Base, load_of, pairs_of, solve_base
from siting.errors import Fault, InfeasibleError, NoAnswerError, StudyError
from siting.files.folders import KeyedFiles
from siting.mip import Session, build_model, relative_gap
from siting.mip.runs import Outcome
from siting.run.many import single_threaded, task_runner
from siting.status import Status, Tell

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Regret",
    "convention_table",
    "convention_words",
    "other_conventions",
    "regret_matrix",
    "regret_table",
    "under_conventions",
]


#: Keys of a study that are conventions, with their values.
CONVENTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "supply.hydro_water": ("best", "country", "evaporation", "zero"),
        "supply.carbon": ("contract", "location"),
        "supply.carbon_signal": ("average", "marginal"),
        "demand.rtt_percentile": ("p10", "p50", "p90"),
        "demand.server_carbon": ("best", "low", "high"),
        "supply.prices": ("best", "low", "high"),
    }
)


#: Share of the load below which a conclusion is said to turn with a convention; assumed. [-]
TURNS_BELOW = 0.9


@dataclass(frozen=True)
class Convention:
    """The best placement under one other convention, beside the recommendation.

    Parameters
    ----------
    key, value : str
        Key of the study and what it was set to.
    status : str
        Of the solve; ``infeasible`` where nothing meets the limits.
    gap : float
        Proven relative gap; NaN without a placement. [-]
    stays : float
        Share of the IT load that is served from where it was; NaN without a placement. [-]
    rise : float
        How much worse, at least, a placement is in which 90 % of the load stays, where less does:
        infinite where there is none, NaN where that was not found in time, zero where it was not
        asked. [-]
    tolerance : float
        Gap within which placements are alike. [-]
    leave, join : tuple of str
        Sites that are no longer used, and that are used instead.
    """

    key: str
    value: str
    status: str
    gap: float
    stays: float
    rise: float
    tolerance: float
    leave: tuple[str, ...]
    join: tuple[str, ...]

    def __str__(self) -> str:
        """Return the answer in words."""
        if np.isnan(self.stays):
            return f"{self.key}={self.value}: no placement in its time ({self.status})"
        proven = "" if self.is_decided else ", not proven"
        return f"{self.key}={self.value}: {self.stays:.0%} of the load stays{self._kept()}{proven}"

    def _kept(self) -> str:
        """Words on the cost of keeping most of the load where it is."""
        if self.stays >= TURNS_BELOW or not self.is_decided:
            return ""
        if not self.turns:
            return f", but {TURNS_BELOW:.0%} could within the gap"
        if math.isinf(self.rise):
            return f", and no placement keeps {TURNS_BELOW:.0%}"
        return f", and keeping {TURNS_BELOW:.0%} is at least {self.rise:.2%} worse"

    @property
    def turns(self) -> bool:
        """Return whether the recommendation depends on this convention, as far as is proven.

        Less than 90 % stays, and what keeps 90 % is worse than the gap leaves open: placements
        within it are alike, and which of them is found says nothing.
        """
        worse = self.stays < TURNS_BELOW and self.rise > self.tolerance
        moved = self.is_decided and worse
        return self.status == Status.INFEASIBLE.value or moved

    @property
    def is_decided(self) -> bool:
        """Return whether all placements are proven to the gap that was asked for."""
        return self.status != Status.TIME_LIMIT.value


def under_conventions(
    study: Study,
    base: Base[Outcome],
    case: Case,
    progress: Tell | None = None,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    store: Path | None = None,
    again: bool = False,
) -> tuple[Convention, ...]:
    """Solve a study again under each convention that it did not choose.

    Answers are kept in the folder ``store``, but for those that the time of the whole study left
    undecided; with ``again`` those there are not solved again.
    """
    load = _by_site(case, base.found)
    gap = relative_gap(base.found.objective, base.found.bound, scale=1.0)
    given = study.to_mapping()
    asked = other_conventions(study)
    files = None if store is None else KeyedFiles(store, ".json")
    key_of: dict[int, str] = {}
    hurried: set[int] = set()
    known: dict[int, Convention] = {}
    found: dict[int, Convention] = {}

    def tasks() -> Iterator[tuple[int, Study, float]]:
        for i, (key, value) in enumerate(asked):
            changed = study_from_mapping(apply_overrides(given, [f"{key}={value}"], {})[0])
            left_s = case.pace.step() * min(workers, len(asked) - i)
            if files is not None:
                key_of[i] = content_hash(study_hash(changed, case.catalogue), load, gap)
                kept = _read(files, key_of[i]) if again else None
                if kept is not None:
                    known[i] = kept
                    continue
            if left_s < math.inf:
                hurried.add(i)
            yield i, changed, left_s

    elsewhere = workers > 1 or scheduler is not None
    tables = str(case.catalogue.folder) if elsewhere else case.catalogue
    solve = partial(_solved, tables, load, gap, asked)
    with (
        task_runner(workers=workers, scheduler=scheduler) as run,
        closing(run(solve, tasks())) as answers,
    ):
        for i, answer in answers:
            found[i] = answer
            if files is not None and (answer.is_decided or i not in hurried):
                files.write(key_of[i], json.dumps(vars(answer)))
            if progress:
                progress(str(answer))
    for i in sorted(known):
        if progress:
            progress(f"{known[i]} (kept)")
    found |= known
    return tuple(found[i] for i in range(len(asked)))


def _read(files: KeyedFiles, key: str) -> Convention | None:
    """The answer that is kept; None where there is none, or its file is damaged."""
    try:
        facts = json.loads(files.read(key) or b"")
        numbers = {name: float(facts[name]) for name in ("gap", "stays", "rise", "tolerance")}
        sites = {side: tuple(map(str, facts[side])) for side in ("leave", "join")}
        return Convention(**{**facts, **numbers, **sites})
    except (ValueError, TypeError, KeyError):
        return None


def other_conventions(study: Study) -> list[tuple[str, str]]:
    """Keys and values of the conventions that a study did not choose."""
    return [
        (key, value)
        for key, values in CONVENTIONS.items()
        for value in values
        if value != getattr(getattr(study, key.split(".")[0]), key.split(".")[1])
    ]


@single_threaded
def _solved(
    tables: Catalogue | str,
    before: Mapping[str, float],
    asked_gap: float,
    asked: Sequence[tuple[str, str]],
    task: tuple[int, Study, float],
) -> tuple[int, Convention]:
    """The answer of a task, with the tables or their folder."""
    i, study, left_s = task
    key, value = asked[i]
    catalogue = load_catalogue(tables) if isinstance(tables, str) else tables
    pace = Pace(left_s if math.isfinite(left_s) else None)
    none = partial(Convention, key, value, gap=np.nan, stays=np.nan, rise=np.nan, tolerance=np.nan)
    try:
        case = replace(open_case(study, catalogue), pace=pace)
        base = solve_base(case)
    except InfeasibleError:
        return i, none(Status.INFEASIBLE.value, leave=tuple(before), join=())
    except NoAnswerError:
        return i, none(Status.TIME_LIMIT.value, leave=(), join=())
    found = base.found
    after, total = _by_site(case, found), sum(before.values())
    stays = sum(min(mw, after.get(site, 0.0)) for site, mw in before.items()) / total
    gap = relative_gap(found.objective, found.bound, scale=1.0)
    proven = max(gap, asked_gap) <= case.options.gap
    rise = _rise(case, base, before) if proven and stays < TURNS_BELOW else 0.0
    proven &= not np.isnan(rise)
    status = Status.OPTIMAL if proven else Status.TIME_LIMIT
    leave, join = (
        tuple(sorted(a.keys() - b.keys())) for a, b in ((before, after), (after, before))
    )
    return i, Convention(
        key, value, status.value, gap, stays, rise, case.options.gap, leave=leave, join=join
    )


def _rise(case: Case, base: Base[Outcome], before: Mapping[str, float]) -> float:
    """Least rise of the objective where most of the load stays where it was. [-]."""
    program = case.program
    kept = [program.add_column(0.0, mw) for mw in before.values()]
    every = np.zeros(program.size)
    every[kept] = 1.0
    program.add_row(every, low=TURNS_BELOW * sum(before.values()))
    for site, column in zip(before, kept, strict=True):
        load = load_of(case, pairs_of(case, site))
        load[column] = -1.0
        program.add_row(load, low=0.0)
    try:
        held = case.minimize(case.padded(base.cost))
    except InfeasibleError:
        return math.inf
    except NoAnswerError:
        return math.nan
    size = max(abs(base.found.objective), 1e-12)
    least = max(held.bound - base.found.objective, 0.0) / size
    return math.nan if held.timed_out and least <= case.options.gap else least


def _by_site(case: Case, found: Outcome) -> dict[str, float]:
    """IT load of each site that serves some. [MW]."""
    load = case.load_by_site(found)
    names = case.model.coefficients.sites
    return {names[s]: float(load[s]) for s in np.flatnonzero(load)}


def convention_table(found: Sequence[Convention]) -> pd.DataFrame:
    """One row a convention: how it ended, what stays, and whether the recommendation turns."""
    columns = ["convention", "value", "status", "gap", "stays", "rise", "turns", "leave", "join"]
    rows = [
        {**vars(one), "convention": one.key, "turns": one.turns,
         "leave": ",".join(one.leave), "join": ",".join(one.join)}
        for one in found
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def convention_words(found: Sequence[Convention]) -> str:
    """One sentence on what the recommendation depends on."""
    turned = [f"{one.key}={one.value}" for one in found if one.turns]
    open_ = [f"{one.key}={one.value}" for one in found if not one.is_decided]
    words = []
    if turned:
        words.append(
            f"The recommendation depends on a convention: less than {TURNS_BELOW:.0%} of the load "
            f"stays under {', '.join(turned)}."
        )
    elif not open_:
        words.append(
            f"Under every convention {TURNS_BELOW:.0%} of the load or more stays, or could within "
            "the gap."
        )
    if open_:
        words.append(
            f"Not proven in time, so that other placements may be as good: {', '.join(open_)}."
        )
    return " ".join(words)


@dataclass(frozen=True)
class Regret:
    """Plans in rows, futures in columns.

    Parameters
    ----------
    names : tuple of str
        The scenarios.
    best : ndarray, shape (n,)
        Objective of each future if it were known.
    regret : ndarray, shape (n, n)
        Relative loss of the plan of row i in future j against the best plan there;
        infinite where it cannot serve that future. [-]
    sites : tuple of tuple of str
        Sites of each plan.
    """

    names: tuple[str, ...]
    best: FloatArray
    regret: FloatArray
    sites: tuple[tuple[str, ...], ...]

    @property
    def minimax(self) -> int:
        """Plan with the smallest maximum regret."""
        return int(np.argmin(self.regret.max(axis=1)))


def regret_matrix(study: Study, catalogue: Catalogue, progress: Tell | None = None) -> Regret:
    """Plan for each scenario alone, then operate each plan in every other.

    What is built stays; contracts and service adapt. All objectives have the scales of the
    first scenario.
    """
    names = tuple(case.name for case in study.scenarios.cases)
    if len(names) < 2:
        remedy = "Give two or more --scenario NAME:path=value, or list them in the study."
        raise StudyError(
            [Fault(study.name, None, "scenarios", "has no futures to compare", remedy)]
        )
    whole = open_case(study, catalogue)
    alone = [_alone(whole, w) for w in range(len(names))]
    weights = whole.weights()
    payoff = alone[0].payoff(tuple(weights))
    costs = [case.weighted(weights, payoff) for case in alone]
    plans: list[Outcome] = []
    for name, case, cost in zip(names, alone, costs, strict=True):
        plans.append(case.minimize(cost))
        if progress:
            progress(f"planned for {name}: {plans[-1].objective:.6g}")
    best = np.array([plan.bound for plan in plans])
    value = np.array([[_lived(case, cost, plan)
                       for case, cost in zip(alone, costs, strict=True)]
                      for plan in plans])  # fmt: skip
    sites = tuple(case.open_sites(plan) for case, plan in zip(alone, plans, strict=True))
    return Regret(names, best, np.maximum(value / best - 1.0, 0.0), sites)


def regret_table(regret: Regret) -> pd.DataFrame:
    """Relative regret, plans in rows and futures in columns; missing where a plan cannot serve."""
    values = np.where(np.isfinite(regret.regret), regret.regret, np.nan)
    table = pd.DataFrame(values, columns=list(regret.names))
    table.insert(0, "planned_for", list(regret.names))
    return table.assign(worst=regret.regret.max(axis=1), sites=[",".join(s) for s in regret.sites])


def _alone(whole: Case, scenario: int) -> Case:
    """One scenario for certain."""
    instance = whole.problem.instance.of_scenario(scenario)
    model = build_model(instance, decomposed=whole.model.decomposed)
    return case_of(whole.study, whole.problem, Session(model, whole.options), whole.catalogue)


def _lived(case: Case, cost: FloatArray, plan: Outcome) -> float:
    """Minimum objective with the halls of a plan; infinite where they cannot serve the demand."""
    try:
        return case.program.dispatched(cost, plan.values, case.clock()).objective
    except InfeasibleError:
        return float(np.inf)
