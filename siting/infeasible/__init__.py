"""Infeasibility diagnosis: the limits in conflict, and bounds that no placement can meet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import Stages, build_problem
from siting.config import Study
from siting.config.study import study_states
from siting.errors import InfeasibleError, NoAnswerError
from siting.infeasible.bounds import below_floors, out_of_reach, reach_words
from siting.infeasible.limits import LimitKey, limits_in_force
from siting.mip import (
    Clock,
    Objective,
    Session,
    SolverOptions,
    build_model,
    is_decomposed,
    optimize,
)
from siting.nomenclature import YEAR_H
from siting.resolution import fixed_slices
from siting.status import Tell

__all__ = ["Conflict", "Move", "explain_infeasible"]


#: Largest common move of all limits together that is looked for, to their value. [-]
MOST_TOGETHER = 64.0
#: Precision of that common move. [-]
PRECISION = 0.01
#: Distance of a limit to what it needs at least at which they are told as one. [-]
SAME = 0.02
#: Gap at which a question is answered: any answer will do. [-]
ANY_ANSWER = 0.5
#: Gap at which the least value of a budget is found. [-]
LEAST_GAP = 0.001
#: Time for all questions together [s], and the share of what is left that one may take.
LONGEST_S, SHARE = 30.0, 0.25
#: Results kept of each stage, one for every state of a plan of a few.
KEEP = 8
_IT_MWH = "it_mwh"

#: Part of a limit that is left, below which it is as good as left out. [-]
NOTHING = 1e-6
#: Factor between a limit and what can be met from which its unit is doubted.
SUSPICIOUS = 100.0


@dataclass(frozen=True)
class Move:
    """The least move of one limit, alone, that gives the study an answer.

    Parameters
    ----------
    key : str
        Key of the study, as ``--set`` takes it.
    value : object
        What it is now.
    to : object
        Value at which there is an answer; None where it has to be left out. The least one, unless
        the time ended before; `least` says then how much less there may be.
    suffices : bool
        Whether moving it or leaving it out alone gives an answer.
    decided : bool
        Whether that could be found in time.
    least : float or None
        What it needs at least, whatever other limits say, where that is known.
    """

    key: str
    value: object
    to: object
    suffices: bool
    decided: bool = True
    least: float | None = None

    def __str__(self) -> str:
        start = f"{self.key} = {_shown(self.value)}"
        known = "" if self.least is None else f"{reach_words(self.key, self.least)}; "
        if not self.decided:
            return f"{start}: {known}by how much it has to change was not found in time"
        if not self.suffices:
            return f"{start}: {known}without it another conflict remains"
        if self.to is None or self._is_gone:
            return f"{start}: leave it out"
        return f"{start}: {_shown(self.to)} would do{self._open}{self._doubt}"

    @property
    def _open(self) -> str:
        """The least move, where it is not known to be the printed one."""
        if self.least is None or not isinstance(self.to, int | float):
            return ""
        if abs(self.to - self.least) <= SAME * abs(self.least):
            return ""
        return f", {reach_words(self.key, self.least)}"

    @property
    def _is_gone(self) -> bool:
        """Return whether what would do is nothing but the rounding of a solve."""
        if not (isinstance(self.to, float) and isinstance(self.value, int | float)):
            return False
        return abs(self.to) < NOTHING * self.value

    @property
    def _doubt(self) -> str:
        """A word on numbers of suspicious size."""
        if not (isinstance(self.to, float) and isinstance(self.value, float) and self.value > 0):
            return ""
        factor = max(self.to / self.value, self.value / max(self.to, 1e-300))
        if factor < SUSPICIOUS:
            return ""
        return f" ({factor:,.0f} times apart: is it in the unit of docs/study.md?)"


@dataclass(frozen=True)
class Conflict:
    """Limits that cannot hold together, while there is an answer to all but any one of them.

    Parameters
    ----------
    moves : tuple of Move
        The limits, and how far each would have to move alone; empty where even the study
        without any limit has no answer.
    together : tuple of (str, object)
        Values that give an answer where all limits move by the same share of their value; empty
        where the conflict has one limit, or one that is no number.
    reason : str
        What stands in the way, in the words of the first answer.
    smallest : bool
        Whether it is proven that none of the limits can be left out of the conflict.
    each : bool
        Whether each of several limits lies below a floor and is a conflict by itself.
    """

    moves: tuple[Move, ...]
    together: tuple[tuple[str, object], ...]
    reason: str
    smallest: bool = True
    each: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The limits that conflict."""
        return tuple(move.key for move in self.moves)

    def __str__(self) -> str:
        if not self.moves:
            return f"no limit of the study is the cause: {self.reason}"
        if len(self.moves) > 1 and (self.each or not self.smallest):
            first = "these limits conflict; it may not be the smallest set that does:"
            if self.each:
                first = "each of these limits cannot be met, whatever the others are:"
            return "\n".join([first, *(f"  {move}" for move in self.moves)])
        if len(self.moves) == 1:
            return f"one limit alone cannot be met:\n  {self.moves[0]}"
        lines = ["these limits conflict; each of them can be met if one of the others is relaxed:"]
        lines += [f"  {move}" for move in self.moves]
        if self.together:
            values = ", ".join(f"{key} = {_shown(value)}" for key, value in self.together)
            lines.append(f"or all of them by the same share: {values}")
        return "\n".join(lines)


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def explain_infeasible(
    study: Study,
    *,
    catalogue: Catalogue | None = None,
    progress: Tell | None = None,
    clock: Clock | None = None,
    needed: Mapping[str, float] | None = None,
) -> Conflict:
    """Find which limits of an infeasible study conflict, and the least moves that resolve it.

    A study that has a placement is a ValueError.

    Parameters
    ----------
    progress : callable, optional
        Called with a line for each question asked.
    clock : Clock, optional
        The time for all questions together; 30 s, or the time limit of the study if that is less.
        What is known when it ends is returned.
    needed : mapping of str to float, optional
        Limits that the solve found out of their own reach and what they need at least, as
        ``InfeasibleError.needed`` has them; then the study is not asked for once more.
    """
    catalogue = catalogue or load_catalogue()
    clock = clock or Clock(min(LONGEST_S, study.solver.time_limit_s))
    study, ask = fixed_slices(study, catalogue), _Question(catalogue, progress, clock, needed or {})
    below, limits = ask.below_floors(study), limits_in_force(study)
    if moves := tuple(_move(study, limit, ask) for limit in limits if limit.key in below):
        return Conflict(moves, (), "", each=len(moves) > 1)
    if not needed and ask(study):
        raise ValueError("the study has a placement")
    reason, alone = ask.reason, _alone(study, limits, ask)
    move = _move(study, alone, ask) if alone else None
    if move and (move.suffices or not move.decided):
        return Conflict((move,), (), reason)
    free = ask(_without(study, limits))
    if free is False:
        return Conflict((), (), ask.reason)
    keys, smallest = ([alone], free is True) if alone else _irreducible(study, limits, ask)
    moves = tuple(_move(study, limit, ask) for limit in keys)
    together = _together(study, keys, ask) if smallest else ()
    return Conflict(moves, together, reason, smallest)


class _Question:
    """Feasibility of a study; None where it is not known in time."""

    def __init__(
        self, catalogue: Catalogue, progress: Tell | None, clock: Clock, needed: Mapping[str, float]
    ) -> None:
        self._catalogue, self._tell, self.clock = catalogue, progress, clock
        self._stages = Stages(KEEP)  # limits move neither weather nor physics nor supply
        self.reason, self._asked = "", 0
        self._known: dict[str, bool] = {}
        self._reached: dict[str, dict[str, float]] = {}
        #: Keys that their own bound has shown to be out of reach, and what they need at least.
        self.suspected = dict(needed)

    def __call__(self, study: Study, metric: str = "") -> bool | None:
        """Return whether there is an answer; of a metric the least, as far as the time goes."""
        key = study.model_dump_json()
        if key in self._known and not (metric and self._known[key]):
            return self._known[key]
        if self.clock.late:
            return None
        try:
            self._solve(study, metric or "energy_mwh", LEAST_GAP if metric else ANY_ANSWER)
        except InfeasibleError as error:
            self.reason = str(error)
            self._known[key] = False
            return False
        except NoAnswerError:
            return None
        self._known[key] = True
        return True

    def below_floors(self, study: Study) -> Collection[str]:
        """Keys of limits that no placement can meet, whatever the others are; known at once."""
        try:
            instance = build_problem(study, self._catalogue, stages=self._stages).instance
        except InfeasibleError:  # before any metric is known; the first question says so
            return ()
        found = below_floors(study, instance)
        for key, limit in found.items():
            self.suspected[key] = max(limit.least, self.suspected.get(key, limit.least))
        return found

    def reached(self, study: Study, limit: LimitKey) -> float | None:
        """Value that a limit may have, by the best placement of a study without it."""
        totals = self._reached.get(study.model_dump_json(), {})
        metric, per_it_mwh = limit.measures(study)
        if metric not in totals:
            return None
        return totals[metric] / (totals[_IT_MWH] if per_it_mwh else 1.0)

    def _solve(self, study: Study, metric: str, gap: float) -> None:
        self._asked += 1
        if self._tell:
            self._tell(f"which limits conflict: question {self._asked}")
        options = replace(SolverOptions(**study.solver.model_dump()), gap=gap)
        instance = build_problem(study, self._catalogue, stages=self._stages).instance
        model = build_model(instance, decomposed=is_decomposed(instance, options))
        session = Session(model, options)
        short = out_of_reach(study, session, self.clock)
        if short:
            for limit in short:
                self.suspected.setdefault(limit.key, limit.least)
            raise InfeasibleError("; ".join(map(str, short)))
        objective = Objective("weighted", {metric: 1.0})
        found = optimize(session, objective, options, clock=self.clock.share(SHARE))
        it_mwh = YEAR_H * instance.states[0].coefficients.total_demand_mw
        self._reached[study.model_dump_json()] = {**found.totals, _IT_MWH: it_mwh}


def _without(study: Study, limits: Sequence[LimitKey]) -> Study:
    """The study with some limits left out."""
    for limit in limits:
        study = limit.left_out(study)
    return study


def _alone(study: Study, limits: Sequence[LimitKey], ask: _Question) -> LimitKey | None:
    """Suspected limit that cannot be met even on its own."""
    for limit in limits:
        others = [other for other in limits if other is not limit]
        if limit.key in ask.suspected and ask(_without(study, others)) is False:
            return limit
    return None


def _irreducible(
    study: Study, limits: Sequence[LimitKey], ask: _Question
) -> tuple[list[LimitKey], bool]:
    """Leave out one limit after another for as long as the conflict is known to stay.

    Suspected limits are left out last. Returns the limits that are left, and whether each is known
    to be needed for the conflict.
    """
    kept: list[LimitKey] = []
    smallest = True
    for limit in sorted(limits, key=lambda limit: limit.key in ask.suspected):
        without = limit.left_out(study)
        answer = ask(without)
        if answer is False:
            study = without
        else:
            kept.append(limit)
            smallest &= answer is True
    return sorted(kept, key=limits.index), smallest


def _move(study: Study, limit: LimitKey, ask: _Question) -> Move:
    """The least move of one limit of the conflict, every other limit in force."""
    without = limit.left_out(study)
    alone, least = ask(without, limit.measures(study)[0]), ask.suspected.get(limit.key)
    if not alone:
        decided = alone is False
        return Move(limit.key, limit.value, None, suffices=False, decided=decided, least=least)
    found = None
    if limit.is_number:
        reached, single = ask.reached(without, limit), len(study_states(study)) == 1

        def has_answer(value: float) -> bool:
            met = reached is not None and single and value >= reached
            return met or ask(limit.moved(study, value)) is True

        found = limit.least(has_answer, reached or least)
        if ask.clock.late and found in (None, limit.rule.end):  # what lies between was not asked
            return Move(limit.key, limit.value, None, suffices=True, decided=False, least=least)
    return Move(limit.key, limit.value, found, suffices=True, least=least)


def _together(
    study: Study, keys: Sequence[LimitKey], ask: _Question
) -> tuple[tuple[str, object], ...]:
    """The least common share of their value by which all limits together have to move."""
    if len(keys) < 2 or not all(limit.is_number for limit in keys):
        return ()

    def moved(share: float) -> Study:
        result = study
        for limit in keys:
            result = limit.moved(result, limit.by_share(share))
        return result

    low, high = 0.0, 0.02
    while not ask(moved(high)):
        low, high = high, 2 * high
        if high > MOST_TOGETHER or ask.clock.late:
            return ()
    while high - low > PRECISION * (1.0 + high):
        middle = (low + high) / 2
        low, high = (low, middle) if ask(moved(middle)) else (middle, high)
    return tuple((limit.key, limit.by_share(high)) for limit in keys)
