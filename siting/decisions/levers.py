"""The change that lets a site enter or leave: one lever after another, each tried by a solve.

A lever is either a number of the site alone (its grid's carbon, price or water), or a key of the
study (the latency limit of a workload, the cap on water). It moves away from its present value in
steps until the site's state turns, and the interval is then halved. Every value is rounded before
it is tried, so that what is printed is what was solved. Except where a limit gets tighter, the
farthest value of each way is tried first: where even that leaves the state as it is, what lies
between is not tried. A turn and a turn back in between, or between two steps, would be missed. A
number that neither the objective nor a limit of the study counts is not moved at all. A value for
which the time ends without an answer ends its way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

import numpy as np
from pulp import lpSum

from siting.catalogue import Catalogue
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.coefficients.instance import Instance
from siting.coefficients.structure_build import counted_metrics
from siting.config import Study
from siting.config.study import changed_study
from siting.errors import InfeasibleError, NoAnswerError
from siting.infeasible.limits import DIGITS
from siting.mip import Clock, Model, Solution, SolverOptions, build_model, is_decomposed, optimize
from siting.placement import Placement
from siting.resolution import fixed_slices
from siting.run import audited_placement, study_objective
from siting.run.many import Reuse
from siting.status import Tell

__all__ = [
    "SITE_LEVERS",
    "Lever",
    "Question",
    "Turn",
    "find_turn",
    "levers_of",
    "load_by_site",
    "site_number",
]

#: Share of the time left for all questions that one may take. [-]
SHARE = 0.35
#: Results kept of each stage, one for every state of a plan of a few.
KEEP = 4


def _closed(c: Coefficients, site: str) -> Coefficients:
    limits = replace(c.limits, closed_sites=(*c.limits.closed_sites, site))
    return replace(c, limits=limits)


def _scaled(c: Coefficients, field: str, site: str, factor: float) -> Coefficients:
    values = np.array(getattr(c, field))
    values[c.sites.index(site)] *= factor
    return replace(c, **{field: values})  # type: ignore[arg-type]


def _use(model: Model, site: str) -> None:
    """Σ_k load[s,k] ≥ the smallest hall of the site, in every state."""
    for i, state in enumerate(model.states):
        c = state.coefficients
        pairs = np.flatnonzero(c.pair_site == c.sites.index(site))
        least = min(float(c.block_mw[pairs].min()), c.total_demand_mw)
        load = lpSum([state.variables.load_mw[p] for p in pairs])
        model.rows.at("use", 0).add(load >= least, f"use_{i}")


def load_by_site(c: Coefficients, solution: Solution) -> dict[str, float]:
    """IT load of the sites that serve some, in the reference state. [MW]."""
    load = np.bincount(c.pair_site, solution.decisions.load_mw, len(c.sites))
    return {c.sites[s]: float(load[s]) for s in np.flatnonzero(load > 1e-6)}


def site_number(c: Coefficients, field: str, site: str) -> float:
    """Mean over the year of a number of a site, in the unit of `Coefficients`."""
    values = getattr(c, field)[c.sites.index(site)]
    return float(np.average(values, weights=c.hours) if np.ndim(values) else values)


@dataclass(frozen=True)
class Lever:
    """One thing that can be moved.

    Parameters
    ----------
    name, unit : str
        In words.
    now : float
        Present value; for a cap that is not set, what the answer uses. For a number of the site,
        its mean over the year in the reference state.
    key : str
        Key of the study, or field of `Coefficients` of a number of the site.
    of_site : bool
        Whether it is a number of the site alone.
    steps : tuple of tuple of float
        Factors to try, one direction after another; none where it counts for nothing.
    """

    name: str
    unit: str
    now: float
    key: str
    of_site: bool
    steps: tuple[tuple[float, ...], ...]


class Question:
    """Solves one study again and again, with changes of keys or of numbers of one site.

    The clock is the time for all questions together, without end by default.
    """

    def __init__(
        self, study: Study, catalogue: Catalogue, site: str, clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock(math.inf)
        self.study, self.catalogue, self.site = fixed_slices(study, catalogue), catalogue, site
        self._shop = Reuse(KEEP)
        begun = self.clock.spent_s
        self.problem = self._problem(self.study)
        #: What a question has taken besides the time of its solve, at most: none is begun for
        #: which it is not left. [s]
        self._aside_s = self.clock.spent_s - begun
        self.study_objective = study_objective(study)
        self.solves = 0
        #: Largest gap of the answers since it was last set to zero. [-]
        self.gap = 0.0

    def solve(self, instance: Instance | None = None, *, use: bool = False) -> Solution:
        """Solve an instance, that of the study by default; ``use`` asks for load at the site."""
        return self._solve(instance or self.problem.instance, use=use)[1]

    def answer(
        self, instance: Instance | None = None, *, use: bool = False
    ) -> tuple[Solution, Placement]:
        """Solve as `solve` does, and re-evaluate the placement."""
        with self._in_time():
            model, found = self._solve(instance or self.problem.instance, use=use)
            return found, audited_placement(self.study, self.catalogue, self.problem, model, found)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Begin a question only if there is time for what it takes besides its solve."""
        start, self._granted_s = self.clock.spent_s, 0.0
        if self.clock.left_s <= self._aside_s:
            raise NoAnswerError("the time for all questions together is over")
        yield
        spent = self.clock.spent_s - start
        self._aside_s = max(self._aside_s, spent - self._granted_s)

    def _solve(self, instance: Instance, *, use: bool) -> tuple[Model, Solution]:
        self.solves += 1
        options = SolverOptions(**self.study.solver.model_dump())
        left = max(self.clock.left_s - self._aside_s, 0.0)
        own = Clock(min(options.time_limit_s, SHARE * left if math.isfinite(left) else left))
        self._granted_s = own.left_s
        if use:
            model = build_model(instance, decomposed=is_decomposed(instance, options))
            _use(model, self.site)
            return model, optimize(model, self.study_objective, options, clock=own)
        session = self._shop.session(replace(self.problem, instance=instance), options)
        return session.model, optimize(session, self.study_objective, options, clock=own)

    def without(self) -> Instance:
        """The study with the site shut."""
        return self._each(lambda c: _closed(c, self.site))

    def moved(self, lever: Lever, value: float) -> Instance:
        """The study with a lever at a value, in the unit of the lever."""
        if lever.of_site:
            factor = value / lever.now
            return self._each(lambda c: _scaled(c, lever.key, self.site, factor))
        return self._problem(changed_study(self.study, {lever.key: value})).instance

    def opens_at(self, lever: Lever, value: float) -> bool | None:
        """Test whether the site is open with a lever at a value; None without a solution."""
        try:
            with self._in_time():
                instance = self.moved(lever, value)
                solution = self.solve(instance)
        except InfeasibleError:
            return None
        self.gap = max(self.gap, solution.gap)
        c = instance.states[instance.reference].coefficients
        return load_by_site(c, solution).get(self.site, 0.0) > 0

    def _problem(self, study: Study) -> Problem:
        return self._shop.problem(study, self.catalogue, lambda name: nullcontext())

    def _each(self, change: Callable[[Coefficients], Coefficients]) -> Instance:
        instance = self.problem.instance
        return instance.with_coefficients([change(s.coefficients) for s in instance.states])


#: Steps away from the present value, as factors on it.
UP = (1.25, 2.0, 5.0, 20.0)
DOWN = (0.8, 0.5, 0.2, 0.0)
#: Steps of a key of the study; at zero nothing could be served.
TIGHTER = (0.9, 0.7, 0.4, 0.1)
LOOSER = (1.2, 1.6, 2.5, 6.0)
#: Halvings of the step in which the state turns.
HALVINGS = 5
#: The same where the values beyond have no answer at all.
HALVINGS_AT_THE_END = 3
#: What can be moved at a site alone: name, field of `Coefficients`, unit, units per field unit.
SITE_LEVERS = (
    ("grid carbon", "grid_carbon_t_per_mwh", "g CO₂e/kWh", 1000.0),
    ("grid price", "grid_price_usd_per_mwh", "USD/MWh", 1.0),
    ("water in grid energy", "grid_water_l_per_kwh", "L/kWh", 1.0),
)
#: Metrics that each of them enters; carbon enters the cost too where it has a price.
ENTERS = {
    "grid_carbon_t_per_mwh": {"carbon_t_co2e", "carbon_operational_t_co2e"},
    "grid_price_usd_per_mwh": {"cost_usd"},
    "grid_water_l_per_kwh": {"water_m3", "water_scarcity_m3"},
}


@dataclass(frozen=True)
class Turn:
    """Effect of moving one lever.

    Parameters
    ----------
    lever : Lever
        The lever.
    to : float or None
        Tried value, nearest to the present one, at which the site's state is the other; None where
        no tried value turns it. In the unit of the lever.
    unturned : float
        Nearest tried value on the way there at which the state was still the same or nothing could
        be served; where nothing turns, the last value tried.
    least, most : float
        Span of the tried values that have an answer, the present one included.
    solves : int
        Programs solved for it.
    reached : bool
        Whether every value that was to be tried got an answer in time.
    gap : float
        Largest gap to which the answers on the way are proven. [-]
    """

    lever: Lever
    to: float | None
    unturned: float
    least: float
    most: float
    solves: int
    reached: bool = True
    gap: float = 0.0


def levers_of(question: Question, totals: Mapping[str, float], *, is_open: bool) -> Iterator[Lever]:
    """Every lever that a study has for a site, the most telling first.

    Those that the objective weighs come first, then keys of the study, then numbers that only a
    limit reads; last what counts for nothing. ``totals`` are the metrics of the answer.
    """
    weighed = set(counted_metrics(question.study))
    of_site = list(_of_site(question, is_open=is_open))
    first = [v for v in of_site if v.steps and not weighed.isdisjoint(ENTERS[v.key])]
    yield from first
    yield from _of_study(question.study, totals, is_open=is_open)
    yield from (v for v in of_site if v.steps and v not in first)
    yield from (v for v in of_site if not v.steps)


def _of_site(question: Question, *, is_open: bool) -> Iterator[Lever]:
    c = question.problem.coefficients
    for name, field, unit, scale in SITE_LEVERS:
        now = scale * site_number(c, field, question.site)
        if now > 0:
            steps = (UP if is_open else DOWN,) if _counts(question, field) else ()
            yield Lever(name, unit, now, field, True, steps)


def _of_study(study: Study, totals: Mapping[str, float], *, is_open: bool) -> Iterator[Lever]:
    both = (TIGHTER, LOOSER) if is_open else (LOOSER, TIGHTER)
    for i, workload in enumerate(study.demand.workloads):
        if workload.max_rtt_ms is not None:
            key, name = f"demand.workloads[{i}].max_rtt_ms", f"latency limit of {workload.name}"
            yield Lever(name, "ms", float(workload.max_rtt_ms), key, False, both)
    cap = study.limits.water_m3
    now = float(totals["water_m3"] if cap is None else cap)
    if now > 0:
        ways = (TIGHTER,) if cap is None else both
        yield Lever("cap on water of all sites", "m³ a year", now, "limits.water_m3", False, ways)


def _counts(question: Question, field: str) -> bool:
    """Return whether the objective or a limit reads a metric that a number of the site enters."""
    counted, enters = set(counted_metrics(question.study)), set(ENTERS[field])
    for c in (state.coefficients for state in question.problem.instance.states):
        counted |= {name for name, _ in c.limits.budgets}
        counted |= {cap.metric for cap in c.structure.caps}
        if "carbon_t_co2e" in enters and c.carbon_price_usd_per_t:
            enters.add("cost_usd")
    return not enters.isdisjoint(counted)


def find_turn(
    question: Question, lever: Lever, *, is_open: bool, progress: Tell | None = None
) -> Turn:
    """Look for the value of a lever nearest to the present one at which the site's state turns."""
    before, question.gap = question.solves, 0.0
    tries = _Tries(question, lever, is_open, progress)
    to, unturned = None, lever.now
    for steps in lever.steps:
        to, unturned = _one_way(tries, steps)
        if to is not None:
            break
    served = [value for value, answer in tries.answers.items() if answer is not None]
    solves = question.solves - before
    return Turn(
        lever, to, unturned, min(served), max(served), solves,
        reached=not tries.missed, gap=question.gap,
    )  # fmt: skip


class _Tries:
    """Values of one lever and what they came to."""

    def __init__(
        self, question: Question, lever: Lever, is_open: bool, progress: Tell | None
    ) -> None:
        self.lever, self.is_open = lever, is_open
        self._question, self._tell = question, progress
        #: Whether the site is open at each value; None where there is no answer.
        self.answers: dict[float, bool | None] = {lever.now: is_open}
        #: Whether the time ended without an answer for the last value.
        self.late = False
        #: Whether that was so for any value.
        self.missed = False

    def opens(self, value: float) -> bool | None:
        """Return whether the site is open at a value."""
        self.late = False
        if value not in self.answers:
            try:
                answer = self._question.opens_at(self.lever, value)
            except NoAnswerError:
                answer, self.late, self.missed = None, True, True
            self.answers[value] = answer
            if self._tell:
                words = {True: "open", False: "closed", None: "no answer"}[answer]
                in_time = " in time" if self.late else ""
                self._tell(f"{self.lever.name} at {value:.4g} {self.lever.unit}: {words}{in_time}")
        return self.answers[value]


def _one_way(tries: _Tries, steps: Sequence[float]) -> tuple[float | None, float]:
    """The nearest value found that turns the state, and the nearest that does not."""
    now, is_open = tries.lever.now, tries.is_open
    farthest = _rounded(now * steps[-1])
    if steps is not TIGHTER and tries.opens(farthest) is is_open:
        return None, farthest
    same, to, other = now, None, now
    for factor in steps:
        other = _rounded(now * factor)
        answer = tries.opens(other)
        if answer is not is_open:
            to = None if answer is None else other
            break
        same = other
    else:
        return None, same
    halvings = HALVINGS if to is not None else HALVINGS_AT_THE_END
    for _ in range(0 if tries.late else halvings):
        middle = _rounded(0.5 * (same + other))
        answer = tries.opens(middle)
        if tries.late:
            break
        if answer is is_open:
            same = middle
            continue
        other = middle
        to = to if answer is None else middle
    return to, same


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
