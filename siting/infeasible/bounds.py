"""Limits that no placement can meet, found in seconds, each held against a bound of its own.

A limit on the number of sites is held against the fewest sites that can do
(:mod:`siting.mip.location.fewest`). A budget or a cap is held against the minimum of its metric in
the relaxation, with every budget, cap and count of sites lifted. Every bound counts for all
placements: a limit that is named cannot be met, while one that is not named may still conflict
with others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from pulp import LpAffineExpression, LpMinimize, LpProblem

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance
from siting.config import Study
from siting.errors import InfeasibleError, NoAnswerError
from siting.infeasible.limits import limits_in_force
from siting.mip import Model, Session, build_model
from siting.mip.control import Clock
from siting.mip.families.metric_limits import add_budgets, add_caps
from siting.mip.location.fewest import fewest_sites
from siting.mip.model.rows import Row, Rows
from siting.mip.session import open_program

__all__ = [
    "Shortfall",
    "out_of_reach",
    "refuse_out_of_reach",
    "too_few_sites",
]

#: Share of the time left that the bounds may take, and their longest time. [s]
SHARE, MOST_S = 0.2, 30.0
#: Share of a limit by which its bound has to lie above it. [-]
CLEARLY = 1e-5
#: Cap per IT energy beyond which `add_caps` scales its row. [unit of the metric per MWh]
LOOSE = 1e3


@dataclass(frozen=True)
class Shortfall:
    """A limit that no placement meets, whatever other budgets, caps and counts say.

    Parameters
    ----------
    key : str
        Key of the study, as ``--set`` takes it.
    value : float or int
        What it is now.
    least : float or int
        A value that no placement goes below; it need not suffice.
    """

    key: str
    value: float
    least: float

    def __str__(self) -> str:
        least = f"{self.least:,}" if isinstance(self.least, int) else f"{self.least:,.6g}"
        return f"{self.key} = {self.value:.10g}: at least {least} is needed"


def refuse_out_of_reach(study: Study, session: Session, clock: Clock) -> None:
    """Raise where a limit cannot be met by its own bound; see `out_of_reach`.

    Raises
    ------
    InfeasibleError
        With every limit that was found.
    """
    found = out_of_reach(study, session, clock)
    if found:
        raise InfeasibleError(
            "no placement meets every limit of the study:\n" + "\n".join(map(str, found)),
            {limit.key: limit.least for limit in found},
        )


def out_of_reach(study: Study, session: Session, clock: Clock) -> list[Shortfall]:
    """Limits that cannot be met by their own bound.

    Parameters
    ----------
    study : Study
        The study.
    session : Session
        Its model in the solver.
    clock : Clock
        The time left; a share of it is taken.

    Raises
    ------
    InfeasibleError
        If all sites together cannot carry the load, whatever their number.
    """
    clock = Clock(min(SHARE * clock.left_s, MOST_S), clock.interrupt)
    found = too_few_sites(study, session.model.instance, clock)
    return found or _beyond_reach(study, session, clock)


def too_few_sites(study: Study, instance: Instance, clock: Clock) -> list[Shortfall]:
    """Limits on the number of sites that are below the fewest that can do.

    Raises
    ------
    InfeasibleError
        If all sites together cannot carry the load, whatever their number.
    """
    found: dict[str, Shortfall] = {}
    for state in instance.states:
        most = state.coefficients.limits.max_sites
        if most is None or clock.late:
            continue
        least = fewest_sites(state.coefficients, clock, enough=most)
        key = _key(study, "limits.max_sites", state.period)
        if least > most and (key not in found or least > found[key].least):
            found[key] = Shortfall(key, most, least)
    return list(found.values())


def _beyond_reach(study: Study, session: Session, clock: Clock) -> list[Shortfall]:
    """Budgets and caps below the least that the relaxation gives for their metric."""
    given = session.model.instance
    if not any(
        k.coefficients.limits.budgets or k.coefficients.structure.caps for k in given.states
    ):
        return []
    model = build_model(
        given.with_coefficients([_lifted(k.coefficients) for k in given.states]),
        decomposed=session.model.decomposed,
    )
    rows = _limit_rows(given, model)
    program = open_program(model, session.options)
    found: dict[str, Shortfall] = {}
    for row, expression in rows.found:
        state = given.states[row.state]
        path, value, start, unit = _limit(row.name, state.coefficients)
        try:
            least = program.relax(program.costs(expression), clock, rounds=0).bound
        except NoAnswerError:
            break
        needed, key = start + least * unit, _key(study, path, state.period)
        if needed <= value * (1.0 + CLEARLY) or value <= 0.0:
            continue
        if key not in found or needed > found[key].least:
            found[key] = Shortfall(key, value, needed)
    return list(found.values())


def _limit(name: str, c: Coefficients) -> tuple[str, float, float, float]:
    """Key and value of the limit of a row, and what its least comes to: start + least · unit.

    Rows are scaled as in `add_budgets` and `add_caps`. Of a cap per IT energy the row is
    metric − at_most · IT energy, which is largest per IT energy where all load counts.
    """
    kind, i = name.split("_")[:2]
    if kind == "budget":
        metric, value = c.limits.budgets[int(i)]
        return f"limits.{metric}", value, 0.0, value
    cap = c.structure.caps[int(i)]
    path = f"{cap.name}.at_most" if cap.name.startswith("caps[") else "policy.laws"
    if not cap.per_it_mwh:
        return path, cap.at_most, 0.0, cap.at_most
    return path, cap.at_most, cap.at_most, max(1.0, cap.at_most / LOOSE) / c.total_demand_mw


def _key(study: Study, path: str, period: int) -> str:
    """Key of a limit as the study sets it, in the period if the period does."""
    own = f"periods[{period}].set.{path}"
    return own if any(limit.key == own for limit in limits_in_force(study)) else path


class _Collected(Rows):
    """Rows that are looked at instead of being added."""

    def __init__(self, problem: LpProblem) -> None:
        super().__init__(problem)
        self.found: list[tuple[Row, LpAffineExpression]] = []

    def at(self, family: str, state: int) -> _Collected:
        """Return the same rows, for another family or state."""
        self.family, self.state = family, state
        return self

    def add(self, row: LpAffineExpression, name: str) -> None:
        """Note a row."""
        self.found.append((Row(self.family, name, self.state), row))


def _lifted(c: Coefficients) -> Coefficients:
    """Return the same without budgets, caps and a largest number of sites."""
    limits = replace(c.limits, budgets=(), max_sites=None)
    return replace(c, limits=limits, structure=replace(c.structure, caps=()))


def _limit_rows(given: Instance, model: Model) -> _Collected:
    """The rows of budgets and caps on the variables of a model that lacks them.

    Where sites are merged into places, caps on some of them cannot be read and are left out.
    """
    rows = _Collected(LpProblem("limits", LpMinimize))
    for i, (state, of) in enumerate(zip(given.states, model.states, strict=True)):
        c = state.coefficients
        add_budgets(rows.at("add_budgets", i), of.variables, c, of.demand)
        if (of.demand.place == np.arange(len(c.sites))).all():
            add_caps(rows.at("add_caps", i), of.variables, c, of.demand)
    return rows
