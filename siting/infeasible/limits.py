"""Limits of a study in the planner's words, and those that no placement can meet, in seconds.

A limit on the number of sites is held against the fewest sites that can do
(:mod:`siting.mip.location.fewest`). A budget or a cap is held against the minimum of its metric in
the relaxation, with every budget, cap and count of sites lifted; power that is due against what
can stand at its sites. Every bound counts for all placements: a limit that is named cannot be met,
while one that is not named may still conflict with others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pulp import LpAffineExpression, LpMinimize, LpProblem

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance
from siting.config import Study
from siting.config.limits import LIMITS, DesignLimits, Limit
from siting.config.study import changed_study, keys_at, stands_for
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Model, Session, build_model
from siting.mip.control import Clock
from siting.mip.families.metric_limits import LOOSE, add_budgets, add_caps
from siting.mip.location.fewest import capacity_mw, fewest_sites
from siting.mip.model import Row, Rows
from siting.mip.session import open_program

__all__ = [
    "DIGITS",
    "LimitKey",
    "Shortfall",
    "limits_in_force",
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
    """Limits that cannot be met by their own bound, in a share of the time left.

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


#: Significant digits to which a found value is rounded, away from the conflict.
DIGITS = 4
#: Relative precision of a value that is searched for. [-]
PRECISION = 0.003


@dataclass(frozen=True)
class LimitKey:
    """One limit of a study.

    Parameters
    ----------
    key : str
        Dotted key, as ``--set`` takes it; of a period with ``periods[i].set.`` before it.
    value : object
        What the study says.
    rule : Limit
        Which way it loosens.
    period : int or None
        The period that sets it, if one does.
    """

    key: str
    value: Any
    rule: Limit
    period: int | None = None

    @property
    def is_number(self) -> bool:
        """Return whether it can move a little, not only be left out."""
        return self.rule.looser != 0

    def measures(self, study: Study) -> tuple[str, bool]:
        """Metric of all sites that the limit is about, and whether it is for each MWh of IT.

        Empty where it is about no such metric.
        """
        if not self.key.startswith("caps["):
            return self.rule.metric, False
        cap = study.caps[int(self.key[len("caps[") : self.key.index("]")])]
        some = cap.country or cap.group or cap.grid_zone or cap.kind or cap.sites
        return ("", False) if some else (str(cap.metric), cap.per_it_mwh)

    def left_out(self, study: Study) -> Study:
        """The study without this limit."""
        if self.period is not None:
            return self.moved(study, self.rule.out)
        changes = {self.key: self.rule.out}
        mapping = study.to_mapping()
        for path, value in self.rule.also:
            changes |= {key: value for key, _ in keys_at(mapping, path)}
        return changed_study(study, changes)

    def moved(self, study: Study, value: object) -> Study:
        """The study with this limit at another value."""
        if self.period is None:
            return changed_study(study, {self.key: value})
        within = f"periods[{self.period}].set"
        key = self.key.removeprefix(f"{within}.")
        return changed_study(study, {within: {**study.periods[self.period].set, key: value}})

    def by_share(self, share: float) -> float | int:
        """The value moved by a share of itself to the loose side."""
        factor = 1.0 + share if self.rule.looser > 0 else 1.0 / (1.0 + share)
        return self._outward(self.value * factor)

    def least(
        self, has_answer: Callable[[float | int], bool], guess: float | None = None
    ) -> float | int | None:
        """The number nearest to the present one with an answer; None where no number has one.

        A guess is a value that may have one, while none that is tighter has.
        """
        if guess is not None and has_answer(self._outward(guess)):
            return self._outward(guess)
        tight, loose = float(guess or self.value), self._first_step(guess)
        while not has_answer(self._outward(loose)):
            if self._at_end(loose):
                return None
            tight, loose = loose, self._next_step(loose, guess)
        while not self._close(tight, loose):
            middle = self._between(tight, loose)
            if has_answer(self._outward(middle)):
                loose = middle
            else:
                tight = middle
        return self._outward(loose)

    @property
    def _whole(self) -> bool:
        return isinstance(self.value, int)

    def _first_step(self, guess: float | None) -> float:
        start, step = (self.value, 0.05) if guess is None else (guess, 2 * PRECISION)
        return self._clipped(start * (1 + step) if self.rule.looser > 0 else start / (1 + step))

    def _next_step(self, value: float, guess: float | None) -> float:
        start = self.value if guess is None else guess
        gone = abs(value - start) + (1.0 if self._whole else 0.0)
        return self._clipped(value + 2.0 * gone * self.rule.looser)

    def _clipped(self, value: float) -> float:
        end = self.rule.end
        return min(value, end) if self.rule.looser > 0 else max(value, end)

    def _at_end(self, value: float) -> bool:
        return self._outward(value) == self._outward(self.rule.end)

    def _between(self, tight: float, loose: float) -> float:
        both_positive = tight > 0 and loose > 0
        far = max(tight, loose) > 4 * min(tight, loose)
        return math.sqrt(tight * loose) if both_positive and far else (tight + loose) / 2

    def _close(self, tight: float, loose: float) -> bool:
        if self._whole:
            return abs(self._outward(loose) - self._outward(tight)) <= 1
        return abs(loose - tight) <= PRECISION * max(abs(loose), 1e-9)

    def _outward(self, value: float) -> float | int:
        """Rounded to a few digits, away from the conflict."""
        if self._whole:
            return math.ceil(value - 1e-9) if self.rule.looser > 0 else math.floor(value + 1e-9)
        if value == 0 or not math.isfinite(value):
            return value
        unit = 10.0 ** (math.floor(math.log10(abs(value))) - DIGITS + 1)
        steps = value / unit
        whole = math.ceil(steps - 1e-9) if self.rule.looser > 0 else math.floor(steps + 1e-9)
        return float(f"{self._clipped(whole * unit):.{DIGITS + 2}g}")


def limits_in_force(study: Study) -> list[LimitKey]:
    """Every limit that a study sets, in the order of the table, then those of its periods."""
    mapping = study.to_mapping()
    mapping["limits"]["designs"] = {
        design: {name: study.limits.of_design(design, name) for name in DesignLimits.model_fields}
        for design in study.designs
    }
    own = [
        LimitKey(key, value, rule)
        for rule in LIMITS
        for key, value in keys_at(mapping, rule.path)
        if _limits(value, rule)
    ]
    of_periods = [
        LimitKey(f"periods[{i}].set.{key}", value, rule, i)
        for i, period in enumerate(study.periods)
        for rule in LIMITS
        for key, value in _flat(period.set)
        if stands_for(key, rule.path) and _limits(value, rule)
    ]
    return own + of_periods


def _limits(value: object, rule: Limit) -> bool:
    """Return whether a value limits anything."""
    empty = isinstance(value, list | tuple) and len(value) == 0
    return value not in (None, rule.out) and not empty


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of everything in a mapping of mappings."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
