"""Limits of a study that no placement can meet, in seconds.

A limit on the number of sites is held against the fewest sites that can do
(:mod:`siting.mip.location.fewest`), power that is due against what can stand at its sites. A
budget or a cap is held against the floor of its metric, in closed form and without a clock, and, as
far as the time goes, against its minimum in the relaxation, with every budget, cap and count of
sites lifted. Every bound counts for all placements: a limit that is named cannot be met,
while one that is not named may still conflict with others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from pulp import LpAffineExpression, LpMinimize, LpProblem

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance
from siting.config import Study
from siting.errors import InfeasibleError, NoAnswerError
from siting.infeasible.limits import limits_in_force
from siting.mip import Clock, Model, Session, build_model
from siting.mip.families.metric_limits import LOOSE, add_budgets, add_caps
from siting.mip.location.fewest import capacity_mw, fewest_sites
from siting.mip.model import Row, Rows
from siting.mip.model.demand_classes import merge_demand
from siting.mip.model.metrics import MetricTerms, metric_terms
from siting.mip.session import open_program
from siting.nomenclature import YEAR_H

__all__ = [
    "Shortfall",
    "below_floors",
    "metric_floor",
    "out_of_reach",
    "reach_words",
    "refuse_out_of_reach",
    "refuse_too_few_sites",
    "too_few_sites",
]


#: Share of the time left that the bounds may take, and their longest time. [s]
SHARE, MOST_S = 0.2, 30.0
#: Beginning of the keys of power that is due, which moves down where it is out of reach.
_DUE = "first_power["
#: Share of a limit by which its bound has to lie above it. [-]
CLEARLY = 1e-5


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
        A value that no placement goes below, of power that is due one that none goes above; it need
        not suffice.
    """

    key: str
    value: float
    least: float

    def __str__(self) -> str:
        return f"{self.key} = {self.value:.10g}: {reach_words(self.key, self.least)}"


def reach_words(key: str, least: float) -> str:
    """Words on the bound of a limit, the `Shortfall.least` of its key."""
    shown = f"{least:,}" if isinstance(least, int) else f"{least:,.6g}"
    return f"at most {shown} can stand" if key.startswith(_DUE) else f"at least {shown} is needed"


def refuse_out_of_reach(study: Study, session: Session, clock: Clock) -> None:
    """Raise InfeasibleError with every limit that cannot be met by its own bound."""
    _refuse(out_of_reach(study, session, clock))


def refuse_too_few_sites(study: Study, instance: Instance, clock: Clock) -> None:
    """Raise InfeasibleError where fewer sites are allowed than can do, as far as a share shows."""
    _refuse(too_few_sites(study, instance, _shared(clock)))


def _refuse(found: list[Shortfall]) -> None:
    if found:
        raise InfeasibleError(
            "no placement meets every limit of the study:\n" + "\n".join(map(str, found)),
            {limit.key: limit.least for limit in found},
        )


def out_of_reach(study: Study, session: Session, clock: Clock) -> list[Shortfall]:
    """Limits that cannot be met by their own bound, relaxations in a share of the time left.

    Raises `InfeasibleError` if all sites together cannot carry the load, whatever their number.
    """
    clock = _shared(clock)
    found = too_few_sites(study, session.model.instance, clock)
    found += _too_much_power(session.model.instance)
    return found or _beyond_reach(study, session, clock)


def _shared(clock: Clock) -> Clock:
    """Clock of bounds that are asked for before the solve: a share of what is left."""
    return Clock(min(SHARE * clock.left_s, MOST_S), clock.interrupt)


def too_few_sites(study: Study, instance: Instance, clock: Clock) -> list[Shortfall]:
    """Limits on the number of sites that are below the fewest that can do."""
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


def _too_much_power(instance: Instance) -> list[Shortfall]:
    """Power that is due at sites where less can stand, even at all of them together."""
    found: dict[str, Shortfall] = {}
    for c in (state.coefficients for state in instance.states):
        for due in (due for due in c.structure.first_power if due.price_usd_per_mw is None):
            most = float(capacity_mw(c)[due.sites].sum())
            key = f"{due.name}.mw"
            if due.mw > most * (1.0 + CLEARLY) and (key not in found or most < found[key].least):
                found[key] = Shortfall(key, due.mw, most)
    return list(found.values())


def _beyond_reach(study: Study, session: Session, clock: Clock) -> list[Shortfall]:
    """Budgets and caps below the least that the relaxation gives for their metric."""
    given, found = session.model.instance, below_floors(study, session.model.instance)
    if clock.late or not any(
        k.coefficients.limits.budgets or k.coefficients.structure.caps for k in given.states
    ):
        return list(found.values())
    model = build_model(
        given.with_coefficients([_lifted(k.coefficients) for k in given.states]),
        decomposed=session.model.decomposed,
    )
    rows = _limit_rows(given, model)
    program = open_program(model, session.options)
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


def below_floors(study: Study, instance: Instance) -> dict[str, Shortfall]:
    """Budgets and caps of all sites below the floor of their metric, by key."""
    found: dict[str, Shortfall] = {}
    for state in instance.states:
        c, all_load = state.coefficients, state.coefficients.total_demand_mw * YEAR_H
        asked = {f"budget_{i}": (name, 1.0) for i, (name, _) in enumerate(c.limits.budgets)}
        asked |= {
            f"cap_{i}": (cap.metric, all_load if cap.per_it_mwh else 1.0)
            for i, cap in enumerate(c.structure.caps) if cap.sites.all()
        }  # fmt: skip
        for name, (metric, unit) in asked.items():
            path, value, *_ = _limit(name, c)
            least, key = metric_floor(c, metric) / unit, _key(study, path, state.period)
            below = least > value * (1.0 + CLEARLY) and value > 0.0
            if below and (key not in found or least > found[key].least):
                found[key] = Shortfall(key, value, least)
    return found


def metric_floor(c: Coefficients, metric: str) -> float:
    """Value of a metric that no placement is below, whatever any limit says; in its unit a year.

    Each load has the servers of its best link and, where grid and contracts alone supply the sites
    and loads do not vary, the hall, the water and the energy of its best pair of site and design,
    each slice on its best source. Room, reach and whole halls count for nothing. What moves within
    a year, or stands still, is never below nothing; where anything else may be, nothing is known.
    """
    demand, o = merge_demand(c), c.operation
    terms = metric_terms(c, demand)[metric]
    served = np.full(len(demand.mw), np.inf)
    np.minimum.at(served, demand.flow_class, terms.serve_mw)
    floor = float(demand.mw @ served)
    if not np.isfinite(floor):  # a load that nothing reaches has no link to be counted
        return 0.0
    if o.flexible is not None or o.idle is not None or o.limits_import or o.power is not None:
        groups = terms.groups()
        counted = (values for name, values in groups.items() if name not in ("move_mw", "idle_mw"))
        return floor if all((values >= 0.0).all() for values in counted) else 0.0
    return floor + float(_pair_floor(c, terms).min()) * float(demand.mw.sum())


def _pair_floor(c: Coefficients, terms: MetricTerms) -> FloatArray:
    """Value for each MW of load at each pair, shape (P,). Halls of other years are left out."""
    source = terms.grid_mw / c.hours
    generated = np.maximum(c.capacity_factor @ c.hours, 1e-12)
    offered = terms.supply_mw / c.hours + (terms.contract_mw / generated)[:, None]
    np.minimum.at(source, c.offer_site, offered)
    bought = np.maximum(c.pue - c.generated_kwh_per_kwh, 0.0) * c.hours
    halls = (
        np.zeros(len(c.pair_site)) if c.vintages else np.maximum(terms.modules, 0.0) / c.block_mw
    )
    return np.asarray(terms.load_mw + halls + (bought * source[c.pair_site]).sum(axis=1))


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
        """Rows of the same recorder, for another family or state."""
        self.family, self.state = family, state
        return self

    def add(self, row: LpAffineExpression, name: str) -> None:
        """Note a row."""
        self.found.append((Row(self.family, name, self.state), row))


def _lifted(c: Coefficients) -> Coefficients:
    """Coefficients without budgets, caps and a maximum number of sites."""
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
