"""Limits of a study in the planner's words: which are in force, and how each can move."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from siting.coefficients import Coefficients
from siting.config import Study
from siting.config.limits import LIMITS, DesignLimits, Limit
from siting.config.study import changed_study, keys_at, stands_for
from siting.errors import InfeasibleError

__all__ = ["DIGITS", "LimitKey", "limits_in_force", "with_limits_named"]


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


def with_limits_named(error: InfeasibleError, study: Study, c: Coefficients) -> InfeasibleError:
    """Error with every limit in force, and the room that the candidates have for the load."""
    limits = ", ".join(f"{limit.key} = {limit.value}" for limit in limits_in_force(study)) or "none"
    most = np.zeros(len(c.sites))
    np.maximum.at(most, c.pair_site, c.block_mw * c.max_modules)
    return InfeasibleError(
        f"{error}\nlimits in force: {limits}\n{c.total_demand_mw:,.0f} MW of IT load is asked "
        f"for; the {len(c.sites)} candidates have room for {most.sum():,.0f} MW",
        error.needed,
    )


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
