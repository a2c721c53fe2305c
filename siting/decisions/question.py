"""One study asked again and again: with a site shut or used, with one lever at another value."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
from pulp import lpSum

from siting.catalogue import Catalogue
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.coefficients.instance import Instance
from siting.config import Study
from siting.config.derive import changed_study
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Model, Solution, SolverOptions, build_model, is_decomposed, optimize
from siting.mip.control import Clock
from siting.placement import Placement
from siting.resolution import fixed_slices
from siting.reuse import Workshop
from siting.run import audited_placement, study_objective

__all__ = ["Lever", "Question", "load_by_site", "site_number"]

#: Share of the time left for all questions that one may take. [-]
SHARE = 0.35


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

    Parameters
    ----------
    study : Study
        The study.
    catalogue : Catalogue
        The tables.
    site : str
        The site in question.
    clock : Clock, optional
        The time for all questions together; without end by default.
    """

    def __init__(
        self, study: Study, catalogue: Catalogue, site: str, clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock(math.inf)
        self.study, self.catalogue, self.site = fixed_slices(study, catalogue), catalogue, site
        self._shop = Workshop()
        self.problem = self._problem(self.study)
        self.study_objective = study_objective(study)
        self.solves = 0

    def solve(self, instance: Instance | None = None, *, use: bool = False) -> Solution:
        """Solve an instance, that of the study by default; ``use`` asks for load at the site."""
        return self._solve(instance or self.problem.instance, use=use)[1]

    def answer(
        self, instance: Instance | None = None, *, use: bool = False
    ) -> tuple[Solution, Placement]:
        """Solve as `solve` does, and re-evaluate the placement."""
        model, found = self._solve(instance or self.problem.instance, use=use)
        return found, audited_placement(self.study, self.catalogue, self.problem, model, found)

    def _solve(self, instance: Instance, *, use: bool) -> tuple[Model, Solution]:
        if self.clock.late:
            raise NoAnswerError("the time for all questions together is over")
        self.solves += 1
        options = SolverOptions(**self.study.solver.model_dump())
        own = Clock(min(options.time_limit_s, SHARE * self.clock.left_s))
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
        """Whether the site is open with a lever at a value; None where there is no answer."""
        try:
            instance = self.moved(lever, value)
            solution = self.solve(instance)
        except InfeasibleError:
            return None
        c = instance.states[instance.reference].coefficients
        return load_by_site(c, solution).get(self.site, 0.0) > 0

    def _problem(self, study: Study) -> Problem:
        return self._shop.problem(study, self.catalogue, lambda name: nullcontext())

    def _each(self, change: Callable[[Coefficients], Coefficients]) -> Instance:
        instance = self.problem.instance
        return instance.with_coefficients([change(s.coefficients) for s in instance.states])
