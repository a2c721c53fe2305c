"""Minimization of one objective: bound, incumbent, proof.

1. The relaxation gives a bound and says which pairs carry load; rows that it breaks are separated.
2. Among those pairs alone the integer program is small: nearly always a good incumbent.
3. Pairs that no placement opens which is better than the incumbent by the gap asked for are closed,
   by reduced costs and by probing, and so are those that another design of the site replaces at no
   more; the relaxation is finished on the others and the integer program on what is left is
   solved. In a decomposed model it holds the cuts found so far, so that its bound counts for every
   placement; its point is dispatched, which gives what it really costs and the cuts that it
   lacked, until bound and incumbent meet.

The same search serves whole and decomposed models, single solves, fronts and what-if questions.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.errors import InfeasibleError, NoAnswerError, SitingError
from siting.mip import SILENT, Clock, Target, Watch
from siting.mip.benders.cuts import PRECISION
from siting.mip.incumbents import LEAST_TIME_S, NEARLY, ROUNDS_AMONG, Incumbents
from siting.mip.location.market_tree import LocationBound
from siting.mip.location.site_tree import bound_by_sites, sites_are_few
from siting.mip.program import Program
from siting.mip.runs import Outcome

__all__ = ["minimize"]


#: Rounds of separation before a first incumbent is looked for, and where links are summed.
FIRST_ROUNDS, SUMMED_ROUNDS = 8, 3
#: Places besides those open at the best prices, among which a first incumbent is looked for.
MORE_PLACES = 15
#: Share of the time left that the relaxation, and each search among few pairs, may take.
SHARE_OF_RELAXATION, SHARE_OF_FIRST, SHARE_OF_FEW = 0.5, 0.25, 0.4
#: The same of places that the best prices of demand open, and of branching on places and on sites.
SHARE_OF_LOCATED, SHARE_OF_PLACES, SHARE_OF_SITES = 0.7, 0.2, 0.6
#: Gap at which the first incumbent ends, to the gap asked for. [-]
ROUGH = 3.0
#: Pairs left to those that carry load, up to which the proof is begun at once. [-]
FEW_MORE = 3.0
#: Time that the first bound may take in any case. [s]
BOUND_S = 3.0
#: Integer runs over all pairs.
ROUNDS_WHOLE = 100
#: Part of the gap asked for by which a placement must be better, to be looked for in a proof.
ALMOST = 0.98
#: Gaps between which a proof looks for no incumbents besides those of its nodes, to that asked for:
#: above it better ones are to be found, and below it a slightly better one would end the proof.
FAR, NEAR = 10.0, 2.0
#: Gap at which a placement is no better than another.
NO_BETTER = Target(relative=1e-9)


def minimize(
    program: Program,
    cost: FloatArray,
    target: Target,
    clock: Clock,
    *,
    start: Outcome | None = None,
    guide: FloatArray | None = None,
    proven: float = -np.inf,
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
    proven : float, optional
        Value that no placement is below, where one is known.
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
    search = _Search(program, cost, target, clock, watch, guide)
    search.raise_bound(proven)
    return search.run(start)


class _Search(Incumbents):
    """One minimization: bound, and what is left to try."""

    #: What the best prices of demand prove, where links are many.
    _located: LocationBound | None = None
    #: Cutoff, and bound of the relaxation, at which pairs were closed last.
    _closed_at = np.inf, -np.inf

    def run(self, start: Outcome | None) -> Outcome:
        """Bound, incumbents among few pairs, then the proof."""
        #: Pairs that no placement below the cutoff opens.
        self._shut: BoolArray = np.zeros(self._program.modules.shape[1], dtype=bool)
        if start is not None:
            self._offer(replace(start, objective=float(self._cost @ start.values)))
        elif not self._program.planner_limits:
            # Counts that know nothing of the rows of the planner hardly ever meet them.
            self._build()
        try:
            relaxed = self._first_rounds()
            if not self._done():
                self._closed(relaxed)
        except NoAnswerError as error:
            self.raise_bound(error.bound)
        if self.best is None and not self._clock.interrupted:
            self._last_resort()
        return self._found()

    # Bound ----------------------------------------------------------------------------------

    def _first_rounds(self) -> Outcome:
        """Return the relaxation after some rounds of separation, and look for an incumbent."""
        program, clock, rounds = self._program, self._clock, FIRST_ROUNDS
        rough = self._target.times(ROUGH)
        if program.separation.many_links:
            relaxed, rounds = self._relaxed(0), SUMMED_ROUNDS
            self._located = program.located(self._cost, relaxed, clock, self._target)
        if self._located is None:
            if program.separation.many_links and self.best is None:
                self.among(program.carried(relaxed.values), SHARE_OF_FIRST, rough)
            relaxed = self._relaxed(rounds)
            if not (relaxed.settled or self._met(self._bound, rough)):
                self.among(program.carried(relaxed.values), SHARE_OF_FIRST, rough)
            return relaxed
        self.raise_bound(self._located.value)
        if not self._met(self._bound, rough):
            self._among_located(self._located, relaxed, rough)
        return relaxed

    def _among_located(self, located: LocationBound, relaxed: Outcome, rough: Target) -> None:
        """Look for an incumbent among the places that the best prices of demand open."""
        chosen = located.chosen(self._target, rough, self._clock.share(SHARE_OF_PLACES))
        if chosen is not None:
            pairs, least = chosen
            self._program.link(pairs, relaxed)
            self.among(pairs, SHARE_OF_LOCATED, rough)
            if self._met(least, rough):
                return  # Rows that places share cost these little or nothing.
        pairs = located.pairs(MORE_PLACES)
        self._program.link(pairs, relaxed)
        self.among(pairs, SHARE_OF_LOCATED, rough)

    def _relaxed(self, rounds: int) -> Outcome:
        """Return the relaxation, which may end late, since without it nothing is proven."""
        clock = self._clock
        if not clock.interrupted:
            clock, rounds = clock.at_least(BOUND_S), 0 if clock.late else rounds
        relaxed = self._program.relax(
            self._cost, clock, rounds=rounds, target=self._target, possible=self.best is not None
        )
        self._note(relaxed)
        return relaxed

    def _closed(self, relaxed: Outcome) -> None:
        """Finish among the pairs that a better placement may open."""
        program = self._program
        self._close(relaxed)
        try:
            with program.closing(self._shut):
                self._by_sites()
                if not self._done():
                    relaxed = self._more_rounds(relaxed)
                near = self._near(relaxed)
                if not self._done() and (~self._shut).sum() > FEW_MORE * near.sum():
                    self.among(near, SHARE_OF_FEW, self._target)
                if not self._done():
                    relaxed = self._last_rounds(relaxed)
                if not self._done():
                    self._proof(relaxed)
        except InfeasibleError:
            if self.best is None:
                raise
            # Believed only where the incumbent is not among what was found to be empty.
            if self._start(self._shut) is None:
                self.raise_bound(self._cutoff)

    def _close(self, relaxed: Outcome) -> None:
        """Shut the pairs that no better placement opens; bounds then count up to the cutoff."""
        cutoff = self._enough(self._target.times(ALMOST))
        if self.best is None or (cutoff, relaxed.bound) == self._closed_at:
            return
        if self._located is not None and cutoff < self._closed_at[0]:
            clock = self._clock.share(SHARE_OF_PLACES)
            self._located = self._located.branched(cutoff, clock)
            self.raise_bound(self._located.value)
        self._closed_at = cutoff, relaxed.bound
        shut = self._program.closed_pairs(self._cost, relaxed, cutoff, self._clock, self._located)
        if shut.any():
            self._cutoff = min(self._cutoff, cutoff)
            self._shut = self._shut | shut

    def _more_rounds(self, relaxed: Outcome) -> Outcome:
        """Return the relaxation after all rounds that are worth their time."""
        clock = self._clock.share(SHARE_OF_RELAXATION)
        if relaxed.settled or clock.left_s < LEAST_TIME_S:
            return relaxed
        try:
            relaxed = self._program.relax(
                self._cost, clock, target=self._target, known=self._enough(NO_BETTER)
            )
        except NoAnswerError:
            return relaxed
        self._note(relaxed)
        return relaxed

    def _near(self, relaxed: Outcome) -> BoolArray:
        """Pairs that are left of the sites that carry load in the relaxation or the incumbent."""
        program = self._program
        used = program.carried(relaxed.values)
        if self.best is not None:
            used |= (self.best.values[program.modules] > 0.5).any(axis=0)
        site = program.model.coefficients.pair_site
        found: BoolArray = np.isin(site, site[used]) & ~self._shut
        return found

    def _last_rounds(self, relaxed: Outcome) -> Outcome:
        """Return the relaxation to the precision that the gap asked for needs."""
        program = self._program
        size = max(abs(relaxed.bound), 1e-12)
        wanted = PRECISION * self._target.at(size) / size
        if wanted >= program.share or self._clock.late or self._done():
            return relaxed
        self._missed = wanted
        try:
            relaxed = program.relax(
                self._cost, self._clock, missed=wanted, target=self._target,
                possible=self.best is not None,
            )  # fmt: skip
        except NoAnswerError:
            return relaxed
        self._note(relaxed)
        return relaxed

    def _note(self, relaxed: Outcome) -> None:
        self.raise_bound(relaxed.bound)
        self._prices = relaxed.row_price
        self._carried = self._program.carried(relaxed.values)
        self._say(self._watch)

    # Proof ----------------------------------------------------------------------------------

    def _by_sites(self) -> None:
        """Prove by branching on sites, where few of them may be open."""
        program, clock = self._program, self._clock.share(SHARE_OF_SITES)
        if self.best is None or not sites_are_few(program, self._shut):
            return

        def enough() -> float:
            return self._enough(self._target.times(ALMOST))

        settled = partial(self._settled, clock)
        bound = bound_by_sites(program, self._cost, self._shut, enough, settled, clock)
        self.raise_bound(min(bound, enough()))  # Sites that cost more than that are closed there.

    def _settled(self, clock: Clock, pairs: BoolArray) -> float:
        """Bound of the placements among some pairs; the best of them is offered."""
        bound = -np.inf
        for _ in range(ROUNDS_AMONG):
            before = self._known(bound)
            try:
                found = self._program.integer(
                    self._cost, self._target.times(NEARLY), clock, closed=~pairs, sure=True,
                    start=self._start(~pairs), enough=self._enough(self._target), watch=self._watch,
                )  # fmt: skip
                bound = max(bound, found.bound)
                better = self.best is None or found.objective < self.best.objective
            except InfeasibleError:
                return np.inf if bound == -np.inf else bound
            except NoAnswerError as error:
                return max(bound, error.bound)
            if bound >= self._enough(self._target) and not better:
                break
            try:
                self._dispatch(found.values)
            except InfeasibleError:  # Of these counts, which says nothing of others.
                self._program.hand_on()
            except NoAnswerError:
                return bound
            self._say(self._watch)
            if bound >= self._enough(self._target) or self._known(bound) == before:
                break
        return bound

    def _proof(self, relaxed: Outcome) -> None:
        """Run the integer program on what reduced costs leave, until bound and incumbent meet."""
        for _ in range(ROUNDS_WHOLE):
            if self._done():
                return
            self._close(relaxed)
            if self._done():
                return
            before = self._known(self._bound)
            not_far, near = (self._met(self._bound, self._target.times(gap)) for gap in (FAR, NEAR))
            try:
                found = self._program.integer(
                    self._cost, self._target.times(NEARLY), self._clock,
                    start=self._start(self._shut), closed=self._shut if self._shut.any() else None,
                    enough=self._enough(self._target), watch=self._watch, sure=True,
                    nodes_alone=not_far and not near,
                )  # fmt: skip
            except NoAnswerError as error:
                self.raise_bound(error.bound)
                return
            self.raise_bound(found.bound)
            try:
                self._dispatch(found.values)
            except InfeasibleError:
                if not self._program.hand_on():
                    return
            except (NoAnswerError, SitingError):
                if self.best is None:
                    raise
                return
            self._say(self._watch)
            if self._known(self._bound) == before:  # The next round would be this one again.
                return
