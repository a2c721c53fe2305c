"""What has to change for a site to enter or leave: one lever after another, each tried by a solve.

A lever is either a number of the site alone (its grid's carbon, price or water), or a key of the
study (the latency limit of a workload, the cap on water). It moves away from its present value in
steps until the site's state turns, and the interval is then halved. Every value is rounded before
it is tried, so that what is printed is what was solved. A turn and a turn back between two steps
would be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pulp import lpSum

from siting.catalogue import Catalogue
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem, build_problem
from siting.coefficients.instance import Instance
from siting.config import Study
from siting.config.derive import changed_study
from siting.errors import InfeasibleError
from siting.mip import Model, Solution, SolverOptions, build_model, is_decomposed, optimize
from siting.run import study_objective

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

FloatArray = NDArray[np.float64]
Say = Callable[[str], None]

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
#: Digits of a tried value.
DIGITS = 4
#: What can be moved at a site alone: name, field of `Coefficients`, unit, units per field unit.
SITE_LEVERS = (
    ("grid carbon", "grid_carbon_t_per_mwh", "g CO2e/kWh", 1000.0),
    ("grid price", "grid_price_usd_per_mwh", "USD/MWh", 1.0),
    ("water in grid energy", "grid_water_l_per_kwh", "L/kWh", 1.0),
)


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
        Factors to try, one direction after another.
    """

    name: str
    unit: str
    now: float
    key: str
    of_site: bool
    steps: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Turn:
    """What moving one lever does.

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
    solves : int
        Programs solved for it.
    """

    lever: Lever
    to: float | None
    unturned: float
    least: float
    most: float
    solves: int


class Question:
    """Solves one study again and again, with changes of keys or of numbers of one site.

    Parameters
    ----------
    study : Study
        The study.
    catalogue : Catalogue
        The tables.
    site : str
        The site in question.
    """

    def __init__(self, study: Study, catalogue: Catalogue, site: str) -> None:
        self.study, self.catalogue, self.site = study, catalogue, site
        self.problem: Problem = build_problem(study, catalogue)
        self.study_objective = study_objective(study)
        self.solves = 0

    def solve(self, instance: Instance | None = None, *, use: bool = False) -> Solution:
        """Solve an instance, that of the study by default; ``use`` asks for load at the site."""
        instance = instance or self.problem.instance
        self.solves += 1
        options = SolverOptions(**self.study.solver.model_dump())
        model = build_model(instance, decomposed=is_decomposed(instance, options))
        if use:
            _use(model, self.site)
        return optimize(model, self.study_objective, options)

    def without(self) -> Instance:
        """The study with the site shut."""
        return self._each(lambda c: _closed(c, self.site))

    def moved(self, lever: Lever, value: float) -> Instance:
        """The study with a lever at a value, in the unit of the lever."""
        if lever.of_site:
            factor = value / lever.now
            return self._each(lambda c: _scaled(c, lever.key, self.site, factor))
        changed = changed_study(self.study, {lever.key: value})
        return build_problem(changed, self.catalogue).instance

    def opens_at(self, lever: Lever, value: float) -> bool | None:
        """Whether the site is open with a lever at a value; None where there is no answer."""
        try:
            instance = self.moved(lever, value)
            solution = self.solve(instance)
        except InfeasibleError:
            return None
        c = instance.states[instance.reference].coefficients
        return load_by_site(c, solution).get(self.site, 0.0) > 0

    def _each(self, change: Callable[[Coefficients], Coefficients]) -> Instance:
        instance = self.problem.instance
        return instance.with_coefficients([change(s.coefficients) for s in instance.states])


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


def levers_of(question: Question, base: Solution, *, is_open: bool) -> Iterator[Lever]:
    """Every lever that a study has for a site, those of the site first."""
    c, study = question.problem.coefficients, question.study
    for name, field, unit, scale in SITE_LEVERS:
        now = scale * site_number(c, field, question.site)
        if now > 0:
            yield Lever(name, unit, now, field, True, (UP if is_open else DOWN,))
    both = (TIGHTER, LOOSER) if is_open else (LOOSER, TIGHTER)
    for i, workload in enumerate(study.demand.workloads):
        if workload.max_rtt_ms is not None:
            key, name = f"demand.workloads[{i}].max_rtt_ms", f"latency limit of {workload.name}"
            yield Lever(name, "ms", float(workload.max_rtt_ms), key, False, both)
    cap = study.limits.water_m3
    now = float(base.totals["water_m3"] if cap is None else cap)
    if now > 0:
        ways = (TIGHTER,) if cap is None else both
        yield Lever("cap on water of all sites", "m3 a year", now, "limits.water_m3", False, ways)


def find_turn(question: Question, lever: Lever, *, is_open: bool, say: Say | None = None) -> Turn:
    """Look for the value of a lever nearest to the present one at which the site's state turns.

    Parameters
    ----------
    question : Question
        The study and the site.
    lever : Lever
        What to move.
    is_open : bool
        The present state of the site.
    say : callable, optional
        Told each value tried.

    Returns
    -------
    Turn
    """
    before, tried = question.solves, [lever.now]

    def opens(value: float) -> bool | None:
        answer = question.opens_at(lever, value)
        if answer is not None:
            tried.append(value)
        if say:
            words = {True: "open", False: "closed", None: "no answer"}[answer]
            say(f"{lever.name} at {value:.4g} {lever.unit}: {words}")
        return answer

    to, unturned = None, lever.now
    for steps in lever.steps:
        to, unturned = _one_way(opens, lever.now, steps, is_open)
        if to is not None:
            break
    return Turn(lever, to, unturned, min(tried), max(tried), question.solves - before)


def _one_way(
    opens: Callable[[float], bool | None], now: float, steps: Sequence[float], is_open: bool
) -> tuple[float | None, float]:
    """The nearest value found that turns the state, and the nearest that does not."""
    same, to, other = now, None, now
    for factor in steps:
        other = _rounded(now * factor)
        answer = opens(other)
        if answer is not is_open:
            to = None if answer is None else other
            break
        same = other
    else:
        return None, same
    for _ in range(HALVINGS if to is not None else HALVINGS_AT_THE_END):
        middle = _rounded(0.5 * (same + other))
        answer = opens(middle)
        if answer is is_open:
            same = middle
            continue
        other = middle
        to = to if answer is None else middle
    return to, same


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
