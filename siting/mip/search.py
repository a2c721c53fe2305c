"""Minimization of one objective: bound, incumbent, proof.

1. The relaxation gives a bound and says which pairs carry load; rows that it breaks are separated.
2. Among those pairs alone the integer program is small: nearly always a good incumbent.
3. Pairs whose reduced cost alone closes the gap are fixed, and the integer program on what is left
   is solved. In a decomposed model it holds the cuts found so far, so that its bound counts for
   every placement; its point is dispatched, which gives what it really costs and the cuts that it
   lacked, until bound and incumbent meet.

The same search serves whole and decomposed models, single solves, fronts and what-if questions.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.errors import InfeasibleError, NoAnswerError, SitingError
from siting.mip.control import SILENT, Clock, Target, Watch
from siting.mip.location.fixing import closed_by_reduced_cost
from siting.mip.location.heuristic import built_at_once, cheapest_pairs
from siting.mip.program import Outcome, Program

__all__ = ["minimize"]


#: Rounds of separation before a first incumbent is looked for.
FIRST_ROUNDS = 8
#: Share of the time left that the relaxation, and each search among few pairs, may take.
SHARE_OF_RELAXATION, SHARE_OF_FIRST, SHARE_OF_FEW = 0.5, 0.25, 0.4
#: Gap at which the first incumbent ends, to the gap asked for. [-]
ROUGH = 10.0
#: Integer runs among few pairs, and over all of them.
ROUNDS_AMONG, ROUNDS_WHOLE = 4, 100
#: Part of the gap asked for that each integer run proves, so that the dispatch may take the rest.
PART = 0.25
#: Share of the gap asked for that rounds of cuts may leave open.
PRECISION = 0.05
#: Time in which any placement is looked for once the time is over [s], and its gap.
LAST_S, ANY = 8.0, Target(relative=0.5)
#: Time in which the first counts that were found are dispatched, even after the end. [s]
FIRST_S = 30.0
#: Gap at which a placement is no better than another.
NO_BETTER = Target(relative=1e-9)
#: Time below which nothing more is begun. [s]
LEAST_TIME_S = 0.05


def minimize(
    program: Program,
    cost: FloatArray,
    target: Target,
    clock: Clock,
    *,
    start: Outcome | None = None,
    guide: FloatArray | None = None,
    watch: Watch = SILENT,
) -> Outcome:
    """Minimize over all placements of a program.

    Parameters
    ----------
    program : Program
        The model in the solver, with the rows known so far.
    cost : ndarray, shape (columns,)
        What to minimize; solve it near one.
    target : Target
        Gap to prove.
    clock : Clock
        The time left.
    start : Outcome, optional
        A placement that meets every row, to start from and to fall back on.
    guide : ndarray, shape (columns,), optional
        What heuristics go by instead of the cost, where that is a measure over scenarios.
    watch : Watch, optional
        Receiver of progress.

    Returns
    -------
    Outcome
        Best placement with its counts dispatched, and the bound proven for it.

    Raises
    ------
    InfeasibleError
        If no placement meets every row.
    NoAnswerError
        If the time ended before one was found; its ``bound`` is what was proven.
    """
    search = _Search(program, cost, target, clock, watch)
    return search.run(start, cost if guide is None else guide)


class _Search:
    """One minimization: incumbent, bound and what is left to try."""

    def __init__(
        self, program: Program, cost: FloatArray, target: Target, clock: Clock, watch: Watch
    ) -> None:
        self._program, self._cost = program, cost
        self._target, self._clock, self._watch = target, clock, watch
        self._best: Outcome | None = None
        self._bound = program.floor(cost)
        self._prices: FloatArray = np.zeros(0)
        self._missed: float | None = None

    def run(self, start: Outcome | None, guide: FloatArray) -> Outcome:
        """Bound, incumbents among few pairs, then the proof."""
        self._guide = guide
        if start is not None:
            self._offer(replace(start, objective=float(self._cost @ start.values)))
        else:
            self._build()
        try:
            relaxed = self._relaxation()
            if not self._done():
                self._among(self._program.carried(relaxed.values), SHARE_OF_FEW, self._target)
            if not self._done():
                self._proof(relaxed)
        except NoAnswerError as error:
            self._bound = max(self._bound, error.bound)
        if self._best is None and not self._clock.interrupted:
            self._last_resort()
        return self._found()

    # Bound ----------------------------------------------------------------------------------

    def _relaxation(self) -> Outcome:
        """Return the relaxation, with a first incumbent on the way where it takes many rounds."""
        program, first = self._program, self._clock
        relaxed = program.relax(self._cost, first, rounds=FIRST_ROUNDS, target=self._target)
        self._note(relaxed)
        if relaxed.settled:
            return self._precise(relaxed)
        rough = self._target.times(ROUGH)
        if self._best is None:
            self._among(program.carried(relaxed.values), SHARE_OF_FIRST, rough)
        clock = self._clock.share(SHARE_OF_RELAXATION)
        if self._done() or clock.left_s < LEAST_TIME_S:
            return relaxed
        try:
            relaxed = program.relax(self._cost, clock, target=self._target)
        except NoAnswerError:
            return relaxed
        self._note(relaxed)
        return self._precise(relaxed)

    def _precise(self, relaxed: Outcome) -> Outcome:
        """Return the relaxation to the precision that the gap asked for needs."""
        size = max(abs(relaxed.bound), 1e-12)
        wanted = PRECISION * self._target.at(size) / size
        if wanted >= self._program.share or self._clock.late:
            return relaxed
        self._missed = wanted
        try:
            relaxed = self._program.relax(
                self._cost, self._clock, missed=wanted, target=self._target
            )
        except NoAnswerError:
            return relaxed
        self._note(relaxed)
        return relaxed

    def _note(self, relaxed: Outcome) -> None:
        self._bound = max(self._bound, relaxed.bound)
        self._prices = relaxed.row_price
        self._say(self._watch)

    # Incumbents -----------------------------------------------------------------------------

    def _build(self) -> None:
        """Offer counts that no solver was asked for."""
        for counts in built_at_once(self._program, self._guide):
            try:
                self._dispatch(counts)
            except (InfeasibleError, NoAnswerError):
                continue
            self._say(self._watch)
            return

    def _last_resort(self) -> None:
        """Look for any placement at all, once the time is over and there is none."""
        clock = self._clock.at_least(LAST_S)
        for pairs in (cheapest_pairs(self._program, self._guide), None):
            closed = None if pairs is None else ~pairs
            try:
                found = self._program.integer(self._cost, ANY, clock, closed=closed)
                self._dispatch(found.values)
            except InfeasibleError:
                if closed is None:
                    raise
            except NoAnswerError:
                return
            if self._best is not None:
                return

    def _among(self, pairs: BoolArray, share: float, target: Target) -> None:
        """Look for incumbents that build some pairs alone."""
        clock = self._clock.share(share)
        watch = self._watch.named(f"{self._watch.phase}, among {int(pairs.sum())} pairs")
        bound = self._bound
        for _ in range(ROUNDS_AMONG):
            if self._met(bound, target) or clock.left_s < LEAST_TIME_S:
                return
            before = self._known(bound)
            try:
                found = self._program.integer(
                    self._cost, target.times(PART), clock,
                    start=self._start(~pairs), closed=~pairs, enough=self._enough(target),
                    watch=watch,
                )  # fmt: skip
                bound = max(bound, found.bound)
                self._dispatch(found.values)
            except (InfeasibleError, NoAnswerError):
                return
            self._say(watch)
            if self._known(bound) == before:
                return

    def _start(self, closed: BoolArray) -> FloatArray | None:
        """Return the incumbent, where it opens none of the closed pairs."""
        if self._best is None:
            return None
        opened = self._best.values[self._program.modules] > 0.5
        return None if opened[:, closed].any() else self._best.values

    # Proof ----------------------------------------------------------------------------------

    def _proof(self, relaxed: Outcome) -> None:
        """Run the integer program on what reduced costs leave, until bound and incumbent meet."""
        for _ in range(ROUNDS_WHOLE):
            if self._done():
                return
            closed, cutoff = self._fixed(relaxed)
            before = self._known(self._bound)
            try:
                found = self._program.integer(
                    self._cost, self._target.times(PART), self._clock,
                    start=self._start(closed), closed=closed if closed.any() else None,
                    enough=self._enough(self._target), watch=self._watch,
                )  # fmt: skip
            except InfeasibleError:
                if not closed.any():
                    if self._best is None:
                        raise
                    return
                self._bound = max(self._bound, cutoff)
                continue
            except NoAnswerError as error:
                self._bound = max(self._bound, min(error.bound, cutoff))
                return
            self._bound = max(self._bound, min(found.bound, cutoff))
            try:
                self._dispatch(found.values)
            except InfeasibleError:
                if not self._bar():
                    return
            except (NoAnswerError, SitingError):
                if self._best is None:
                    raise
                return
            self._say(self._watch)
            if self._known(self._bound) == before:  # The next round would be this one again.
                return

    def _fixed(self, relaxed: Outcome) -> tuple[BoolArray, float]:
        """Pairs that no better placement opens, and the bound below which that is so."""
        cutoff = self._enough(NO_BETTER)
        closed = closed_by_reduced_cost(self._program, relaxed, cutoff)
        return closed, (cutoff if closed.any() else np.inf)

    def _bar(self) -> bool:
        """Hand on all cuts, so that counts without a dispatch are not found again."""
        return self._program.hand_on()

    # What is known --------------------------------------------------------------------------

    def _dispatch(self, values: FloatArray) -> None:
        """Offer the placement of some counts with the dispatch that it really has."""
        clock = self._clock if self._best is not None else self._clock.at_least(FIRST_S)
        self._offer(self._program.dispatched(self._cost, values, clock, missed=self._missed))

    def _offer(self, found: Outcome) -> None:
        if self._best is None or found.objective < self._best.objective:
            self._best = found

    def _known(self, bound: float) -> tuple[float, float, int]:
        value = np.inf if self._best is None else self._best.objective
        return bound, value, self._program.cut_count

    def _enough(self, target: Target) -> float:
        """Bound that would prove the incumbent."""
        if self._best is None:
            return np.inf
        return self._best.objective - target.at(self._best.objective)

    def _met(self, bound: float, target: Target) -> bool:
        return self._best is not None and target.met(self._best.objective, bound)

    def _done(self) -> bool:
        return self._met(self._bound, self._target) or self._clock.left_s < LEAST_TIME_S

    def _found(self) -> Outcome:
        """Return the incumbent with what was proven for it."""
        if self._best is None:
            raise _without(self._clock, self._bound)
        bound = min(self._bound, self._best.objective)
        late = not self._met(bound, self._target)
        return replace(self._best, bound=bound, row_price=self._prices, timed_out=late)

    def _say(self, watch: Watch) -> None:
        value = np.inf if self._best is None else self._best.objective
        watch.say(float(value), float(self._bound), self._clock, cuts=self._program.cut_count)


def _without(clock: Clock, bound: float) -> NoAnswerError:
    error = NoAnswerError(
        f"the time limit ended the solve after {clock.spent_s:.0f} s, before any placement was "
        "found; allow more time (solver.time_limit_s) or fewer slices (time.slices)"
    )
    error.bound = bound
    return error
