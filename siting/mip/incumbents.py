"""Best placement of a minimization so far, the bound proven, and the search for better ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Clock, Target, Watch
from siting.mip.location.heuristic import (
    built_at_once,
    cheapest_pairs,
    pairs_of_cheapest_sites,
)
from siting.mip.program import Program
from siting.mip.runs import Outcome, no_placement

__all__ = ["LEAST_TIME_S", "NEARLY", "ROUNDS_AMONG", "Incumbents"]

#: Share of the time left that counts which no solver was asked for may take.
SHARE_OF_BUILD = 0.05
#: Integer runs among few pairs, and as many at most among the sites of each.
ROUNDS_AMONG = 4
#: Part of the gap asked for that an integer run proves among few pairs, where the better placement
#: counts, and in a proof, whose dispatch may take the rest.
PART, NEARLY = 0.25, 0.94
#: Time that counts which no solver was asked for may take in any case. [s]
BUILD_S = 5.0
#: Time in which any placement is looked for once the time is over [s], and its gap.
LAST_S, ANY = 8.0, Target(relative=0.5)
#: Share of what is left of it, for each search among few pairs. [-]
SHARE_OF_LAST = 0.5
#: Time in which the first counts that were found are dispatched, even after the end. [s]
FIRST_S = 30.0
#: Share of its value in the integer program by which a dispatch may cost more. [-]
FAR = 0.5
#: Time below which nothing more is begun. [s]
LEAST_TIME_S = 0.05


class Incumbents:
    """Incumbent and bound of one minimization.

    Parameters
    ----------
    program : Program
        The model in the solver.
    cost : ndarray, shape (columns,)
        What to minimize.
    target : Target
        Gap to prove.
    clock : Clock
        The time left.
    watch : Watch
        Receiver of progress.
    guide : ndarray, shape (columns,), optional
        What heuristics go by instead of the cost.
    """

    def __init__(
        self,
        program: Program,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        watch: Watch,
        guide: FloatArray | None = None,
    ) -> None:
        self._program, self._cost = program, cost
        self._guide = cost if guide is None else guide
        self._target, self._clock, self._watch = target, clock, watch
        #: Best placement so far.
        self.best: Outcome | None = None
        self._bound = program.floor(cost)
        #: Value up to which bounds count.
        self._cutoff = np.inf
        self._prices: FloatArray = np.zeros(program.planner_rows)
        self._missed: float | None = None
        #: Pairs that carry load in the relaxation; all before it is known.
        self._carried: BoolArray | None = None
        #: Counts that no solver was asked for, and that there was no time to dispatch.
        self._waiting: list[FloatArray] = []

    # What is known --------------------------------------------------------------------------

    def raise_bound(self, bound: float) -> None:
        """Take a bound; it counts no further than the cutoff where pairs are shut."""
        self._bound = max(self._bound, min(bound, self._cutoff))

    def _dispatch(self, values: FloatArray, *, wanted: bool = False) -> float:
        """Offer the placement of some counts with the dispatch that it really has; its value.

        Parameters
        ----------
        values : ndarray, shape (columns,)
            Point of the integer program.
        wanted : bool, default False
            Whether it is wanted whatever it costs.

        Raises
        ------
        InfeasibleError
            If it breaks a limit, or costs far more than the integer program took it for where rows
            of the planner say why; the program knows from then on.
        """
        clock = self._clock if self.best is not None else self._clock.at_least(FIRST_S)
        value, most = float(self._cost @ values), np.inf
        if self._program.planner_limits and value > 0.0 and not wanted:
            known = -np.inf if self.best is None else self.best.objective
            most = max((1.0 + FAR) * value, known)
        found = self._program.dispatched(self._cost, values, clock, missed=self._missed, most=most)
        self._offer(found)
        return found.objective

    def _offer(self, found: Outcome) -> None:
        if self.best is None or found.objective < self.best.objective:
            self.best = found

    def _known(self, bound: float) -> tuple[float, float, int]:
        value = np.inf if self.best is None else self.best.objective
        return bound, value, self._program.cut_count

    def _enough(self, target: Target) -> float:
        """Bound that would prove the incumbent."""
        if self.best is None:
            return np.inf
        return self.best.objective - target.at(self.best.objective)

    def _met(self, bound: float, target: Target) -> bool:
        return self.best is not None and target.met(self.best.objective, bound)

    def _done(self) -> bool:
        return self._met(self._bound, self._target) or self._clock.left_s < LEAST_TIME_S

    def _found(self) -> Outcome:
        """Return the incumbent with what was proven for it."""
        if self.best is None:
            raise no_placement(self._clock, self._bound)
        bound = min(self._bound, self.best.objective)
        late = not self._met(bound, self._target)
        return replace(self.best, bound=bound, row_price=self._prices, timed_out=late)

    def _say(self, watch: Watch) -> None:
        value = np.inf if self.best is None else self.best.objective
        watch.say(float(value), float(self._bound), self._clock, cuts=self._program.cut_count)

    # Where better ones are sought -----------------------------------------------------------

    def _build(self) -> None:
        """Offer counts that no solver was asked for."""
        clock = self._clock.share(SHARE_OF_BUILD).at_least(BUILD_S)
        for counts in built_at_once(self._program, self._guide):
            try:
                self._offer(self._program.dispatched(self._cost, counts, clock, least_s=0.0))
            except InfeasibleError:
                continue
            except NoAnswerError:
                self._waiting.append(counts)
                continue
            self._say(self._watch)
            return
        pairs = pairs_of_cheapest_sites(self._program, self._guide, clock)
        if pairs is not None:
            self._any_among(pairs, clock)

    def _any_among(self, pairs: BoolArray | None, clock: Clock) -> None:
        """Look for any placement that builds some pairs alone, or any pairs.

        Raises `InfeasibleError` if no placement at all meets every row.
        """
        closed = None if pairs is None else ~pairs
        try:
            found = self._program.integer(self._cost, ANY, clock, closed=closed)
        except InfeasibleError:
            if closed is None:
                raise
            return
        except NoAnswerError:
            return
        # Counts that cannot be dispatched say nothing of others.
        with suppress(InfeasibleError, NoAnswerError):
            self._dispatch(found.values, wanted=True)

    def _last_resort(self) -> None:
        """Look for any placement at all, once the time is over and there is none."""
        for counts in self._waiting:
            try:
                self._dispatch(counts, wanted=True)
            except (InfeasibleError, NoAnswerError):
                continue
            return
        clock = self._clock.at_least(LAST_S)
        few = [cheapest_pairs(self._program, self._guide)]
        if self._carried is not None:
            few.insert(0, self._carried)
        for pairs in (*few, None):
            self._any_among(pairs, clock if pairs is None else clock.share(SHARE_OF_LAST))
            if self.best is not None:
                return

    def among(self, pairs: BoolArray, share: float, target: Target) -> None:
        """Look for incumbents that build some pairs alone.

        Where dispatch costs more than the integer program takes it for, the sites that it chose
        are looked at alone, which is short, until both agree or a few rounds are over; then all
        pairs once more.
        """
        clock = self._clock.share(share)
        bound, chosen, rounds, alone = self._bound, pairs, 0, 0
        while rounds < ROUNDS_AMONG:
            if self._met(bound, target) or clock.left_s < LEAST_TIME_S:
                return
            watch = self._watch.named(f"{self._watch.phase}, among {int(chosen.sum())} pairs")
            before, whole = self._known(bound), chosen is pairs
            rounds, alone = rounds + whole, 0 if whole else alone + 1
            try:
                found = self._program.integer(
                    self._cost, self._part(target) if whole else target.times(PART), clock,
                    start=self._start(~chosen) if rounds > 1 or not whole else None,
                    closed=~chosen,
                    enough=max(self._enough(target), self._bound + target.at(self._bound)),
                    watch=watch,
                )  # fmt: skip
            except (InfeasibleError, NoAnswerError):
                return
            bound = max(bound, found.bound) if whole else bound
            value = found.objective
            if self.best is None or found.objective < self.best.objective:
                try:
                    value = self._dispatch(found.values)
                except NoAnswerError:
                    return
                except InfeasibleError:
                    self._program.hand_on()
                self._say(watch)
            elif whole:
                return
            new = self._known(bound) != before
            if self._met(self._bound, target) or (whole and not new):
                return
            agree = value - found.objective <= self._target.times(PART).at(found.objective)
            again = new and not agree and alone < ROUNDS_AMONG
            chosen = self._sites_of(found.values) if again else pairs

    def _part(self, target: Target) -> Target:
        """Gap of integer programs among many pairs.

        Where sites have units, dispatch says more of what they cost than a smaller gap would.
        """
        return target if self._program.has_units else target.times(PART)

    def _sites_of(self, values: FloatArray) -> BoolArray:
        """Pairs of the sites that a point builds, shape (P,)."""
        program = self._program
        site = program.model.coefficients.pair_site
        built = (values[program.modules] > 0.5).any(axis=0)
        found: BoolArray = np.isin(site, site[built])
        return found

    def _start(self, closed: BoolArray) -> FloatArray | None:
        """Return the incumbent, where it opens none of the closed pairs."""
        if self.best is None:
            return None
        opened = self.best.values[self._program.modules] > 0.5
        return None if opened[:, closed].any() else self.best.values
