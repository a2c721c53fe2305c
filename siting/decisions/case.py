"""Case: a study built and loaded into the solver once for many solves, with their time limits."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from siting.arrays import FloatArray
from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import Problem, build_problem
from siting.coefficients.structure_build import metric_names
from siting.config import Study, study_from_mapping
from siting.config.yaml_text import parse_override
from siting.errors import Fault, NoAnswerError, StudyError
from siting.mip import (
    SILENT,
    Clock,
    Model,
    Session,
    SolverOptions,
    Target,
    build_model,
    is_decomposed,
)
from siting.mip.model.build import needs_measure
from siting.mip.objectives import EXACT, solution_of
from siting.mip.program import Program
from siting.mip.runs import Outcome
from siting.mip.search import minimize
from siting.mip.solution import Payoff, Stage
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.resolution import fixed_slices
from siting.run import audited_placement
from siting.run.many import Reuse
from siting.status import Tell

__all__ = [
    "OBJECTIVES",
    "Case",
    "Pace",
    "case_of",
    "check_objectives",
    "metric_names",
    "open_case",
    "with_scenarios",
]


class Pace:
    """Time limit of the current question of a study of many solves.

    Parts of a study get shares of the time that is left, and in each part every question an equal
    share of what its part has left: what is answered early is there for the next.

    Parameters
    ----------
    limit_s : float, optional
        Time of the whole study; without it only the limit of each solve counts. [s]
    """

    def __init__(self, limit_s: float | None = None) -> None:
        self._end = None if limit_s is None else time.monotonic() + limit_s
        self._part_end = self._end
        self._questions = 1
        self._until = self._end

    def part(self, share: float, questions: int) -> None:
        """Begin a part of some questions, with a share of the time that is left."""
        if self._end is not None:
            now = time.monotonic()
            self._part_end = now + share * max(self._end - now, 0.0)
        self._questions = max(questions, 1)

    def step(self, questions: int = 1, at_once: int = 1) -> float:
        """Begin the next questions of the part, of which some are asked at once.

        Time that each of them has; infinite without a limit. [s]
        """
        each = math.inf
        if self._part_end is not None:
            now = time.monotonic()
            share = questions / max(self._questions, questions)
            left = max(self._part_end - now, 0.0) * share
            self._until = now + left
            each = left * min(at_once, questions) / questions
        self._questions = max(self._questions - questions, 1)
        return each

    def within(self, limit_s: float) -> float:
        """Time for a solve of the question: a limit, or what the question has left. [s]."""
        if self._until is None:
            return limit_s
        return min(limit_s, max(self._until - time.monotonic(), 0.0))


#: Names that an objective may have, as in ``objective.weights`` of a study.
OBJECTIVES = ("energy", "carbon", "water", "cost")
#: Amount of a year up to which a best value is what rounding leaves, in the unit of any metric.
NOTHING = 1e-6


@dataclass(frozen=True)
class Case:
    """Study with its coefficients and its model in the solver.

    Parameters
    ----------
    study : Study
        The study as given.
    problem : Problem
        Coefficients and words.
    session : Session
        The built model.
    program : Program
        The same in the solver.
    costs : mapping of str to ndarray, shape (columns,)
        Each metric of ``METRICS`` on the columns, as an expected annual mean.
    options : SolverOptions
        Gap, time and seed.
    catalogue : Catalogue
        The tables.
    pace : Pace
        Time of the question that is asked now, where the whole study has a limit.
    """

    study: Study
    problem: Problem
    session: Session
    program: Program
    costs: Mapping[str, FloatArray]
    options: SolverOptions
    catalogue: Catalogue
    pace: Pace = field(default_factory=Pace)

    @property
    def model(self) -> Model:
        """The built model."""
        return self.session.model

    def clock(self) -> Clock:
        """Clock of one solve: ``solver.time_limit_s``, or the time left for its question.

        Raises `NoAnswerError` if the question has none left.
        """
        seconds = self.pace.within(self.options.time_limit_s)
        if seconds <= 0.0:
            raise NoAnswerError("the time limit of the study was reached before this question")
        return Clock(seconds)

    def values(self, found: Outcome) -> dict[str, float]:
        """Every metric of an outcome."""
        return {m: float(cost @ found.values[: len(cost)]) for m, cost in self.costs.items()}

    def payoff(self, metrics: Sequence[str]) -> dict[str, Payoff]:
        """Payoff table of a solve of the study: see `siting.mip.Session.payoff`."""
        return self.session.payoff(tuple(metrics), self.clock(), SILENT)

    def padded(self, cost: FloatArray) -> FloatArray:
        """Cost on all columns, those added later included."""
        return np.pad(cost, (0, self.program.size - len(cost)))

    def weights(self) -> dict[str, float]:
        """Positive weights of the study, by metric."""
        names = metric_names(self.study)
        given = self.study.objective.weights.model_dump()
        return {names[name]: weight for name, weight in given.items() if weight > 0}

    def weighted(
        self,
        weights: Mapping[str, float],
        payoff: Mapping[str, Payoff],
        costs: Mapping[str, FloatArray] | None = None,
    ) -> FloatArray:
        """Σ_m weight[m] · metric[m] / (nadir[m] − best[m]); a metric alone over its best.

        Where its best is not known, or is next to nothing, its range takes the place of it.
        """
        costs = costs or self.costs
        alone = len(weights) == 1
        parts = []
        for metric, weight in weights.items():
            best = abs(payoff[metric].best)
            scale = best if alone and best > NOTHING else payoff[metric].range
            parts.append(weight / scale * costs[metric])
        return self.padded(np.sum(parts, axis=0))

    def minimize(self, cost: FloatArray, gap: float | None = None) -> Outcome:
        """Minimize to a relative gap, that of the study by default. [-]."""
        target = Target(relative=self.options.gap if gap is None else gap)
        return self.solve(cost, target, self.clock())

    def solve(
        self, cost: FloatArray, target: Target, clock: Clock, start: Outcome | None = None
    ) -> Outcome:
        """Minimize to a gap, then dispatch the halls of the outcome exactly, as a solve does."""
        found = minimize(self.program, cost, target, clock, start=start)
        try:
            exact = self.program.dispatched(cost, found.values, Clock(0.0), missed=EXACT)
        except NoAnswerError:
            return found
        bound = min(found.bound, exact.objective)
        return replace(
            found, objective=exact.objective, bound=bound, values=exact.values, point=exact.point
        )

    def placement(
        self,
        found: Outcome,
        *,
        objective: float,
        gap: float,
        asked: float,
        weights: Mapping[str, float] | None = None,
        stages: Sequence[Stage] = (),
    ) -> Placement:
        """Audited placement of an outcome, made by the function that a solve uses.

        Parameters
        ----------
        objective : float
            Its objective, in the unit in which it is shown.
        gap, asked : float
            Relative gap that was proven, and that was asked for. [-]
        weights : mapping of str to float, optional
            Weight of each name of ``OBJECTIVES`` that it was solved for; the study's by default.
        stages : sequence of Stage, optional
            The solves that it depends on, where there are several.
        """
        study = self.study
        solver = study.solver.model_copy(update={"gap": asked})
        if weights is not None:
            given = {name: float(weights.get(name, 0.0)) for name in OBJECTIVES}
            own = study.objective.weights.model_copy(update=given)
            goal = study.objective.model_copy(update={"weights": own})
            study = study.model_copy(update={"objective": goal})
        study = study.model_copy(update={"solver": solver})
        bound = objective - gap * abs(objective)
        solution = solution_of(self.program, found, stages=stages)
        solution = replace(solution, objective=objective, bound=bound, gap=gap)
        return audited_placement(study, self.catalogue, self.problem, self.model, solution)

    def load_by_site(self, found: Outcome) -> FloatArray:
        """IT load of each site in the reference state, shape (S,). [MW]."""
        c = self.model.coefficients
        load = np.zeros(len(c.sites))
        np.add.at(
            load, c.pair_site, found.values[self.program.columns(self.model.variables.load_mw)]
        )
        return np.where(load > 1e-6, load, 0.0)

    def open_sites(self, found: Outcome) -> tuple[str, ...]:
        """Sites that serve some load, by name."""
        return tuple(self.model.coefficients.sites[s]
                     for s in np.flatnonzero(self.load_by_site(found)))  # fmt: skip


def open_case(
    study: Study,
    catalogue: Catalogue | None = None,
    objectives: Sequence[str] | None = None,
    *,
    progress: Tell | None = None,
) -> Case:
    """Build the model of a study for many solves.

    Its objective must be weighted, unless names of ``OBJECTIVES`` are given that will be compared
    instead. Without them, a lexicographic study is a `StudyError`, and so is one that weighs its
    scenarios by risk. ``progress`` is told its warnings.
    """
    if objectives is not None:
        weights = {name: float(name in objectives) for name in OBJECTIVES}
        changed = {**study.to_mapping()}
        changed["objective"] = {**changed["objective"], "method": "weighted", "weights": weights}
        study = study_from_mapping(changed)
    elif study.objective.method != "weighted":
        problem = "is lexicographic, so that no difference has a price"
        remedy = "Set objective.method=weighted."
        raise StudyError([Fault(study.name, None, "objective.method", problem, remedy)])
    catalogue = catalogue or load_catalogue()
    settled = fixed_slices(study, catalogue)
    problem_ = build_problem(settled, catalogue)
    if needs_measure(problem_.instance):
        problem = f"is {problem_.instance.measure}; here scenarios are weighed by probability"
        remedy = "Set scenarios.measure=expected."
        raise StudyError([Fault(study.name, None, "scenarios.measure", problem, remedy)])
    if progress:
        for words in Reuse(keep=0).warnings(study, problem_, catalogue):
            progress(words)
    options = SolverOptions(**study.solver.model_dump())
    instance = problem_.instance
    model = build_model(instance, decomposed=is_decomposed(instance, options))
    return case_of(settled, problem_, Session(model, options), catalogue)


def case_of(study: Study, problem: Problem, session: Session, catalogue: Catalogue) -> Case:
    """Open a session for many solves."""
    program, costs = session.program, session.costs(tuple(METRICS))
    return Case(study, problem, session, program, costs, session.options, catalogue)


def check_objectives(names: Sequence[str]) -> tuple[str, ...]:
    """Two to four different objectives.

    Raises `StudyError` with every fault of the list.
    """
    remedy = f"Give two to four of {', '.join(OBJECTIVES)}, as in energy,carbon,water."
    wrong = [f"{name!r} is no objective" for name in names if name not in OBJECTIVES]
    wrong += [
        f"{name!r} is named twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if len(names) < 2:
        wrong.append(f"{len(names)} objective is no front")
    if wrong:
        raise StudyError(Fault("--objectives", None, "", text, remedy) for text in wrong)
    return tuple(names)


def with_scenarios(study: Study, scenarios: Mapping[str, Sequence[str]]) -> Study:
    """The study with futures of equal probability; its own where none are given."""
    if not scenarios:
        return study
    cases = []
    for name, changes in scenarios.items():
        overrides = [change.partition("=")[0].strip() for change in changes]
        values = [parse_override(change).value for change in changes]
        changed = dict(zip(overrides, values, strict=True))
        cases.append({"name": name, "probability": 1.0 / len(scenarios), "set": changed})
    mapping = study.to_mapping()
    mapping["scenarios"] = {"measure": "expected", "cases": cases}
    return study_from_mapping(mapping)
