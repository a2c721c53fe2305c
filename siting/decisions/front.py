"""The Pareto front of two to four objectives by the augmented epsilon-constraint method.

The first objective is minimized while every other one is held under a cap, on a grid between its
best and its nadir [1]_. The caps are rows of the live program; only their right-hand sides change:

    min  f₁/r₁ + δ Σ_k 10^(2−k) f_k/r_k      subject to      f_k ≤ e_k,  k = 2 … m

The small second part is the sum of the slacks of the method, written without slack variables: it
makes a weakly dominated answer impossible, and the caps find points that no weighting reaches.
Cells of the grid whose answer is known are not solved, as in AUGMECON-R [2]_: that of a looser cell
that meets tighter caps is optimal under them too; what it does not allow no tighter one does; and
its bound is one for tighter cells, of whatever point meets their caps.

References
----------
.. [1] Mavrotas and Florios (2013), An improved version of the augmented ε-constraint method
   (AUGMECON2), Applied Mathematics and Computation 219(18), doi:10.1016/j.amc.2013.03.002.
.. [2] Nikas, Fountoulakis, Forouli and Doukas (2022), AUGMECON-R, Operational Research,
   doi:10.1007/s12351-020-00574-6.
.. [3] While, Hingston, Barone, Huband (2006), A faster algorithm for calculating hypervolume,
   IEEE Trans. Evolutionary Computation 10(1), doi:10.1109/TEVC.2005.851275.
.. [4] Das (1999), On characterizing the "knee" of the Pareto curve based on normal-boundary
   intersection, Structural Optimization 18, doi:10.1007/BF01195985.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.decisions.case import Case, check_objectives, metric_names
from siting.decisions.cells import INFEASIBLE, Cell, Cells, open_cells
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Target
from siting.mip.runs import Outcome
from siting.status import Tell

__all__ = ["DELTA", "GAP_OF_RANGE", "SECONDS", "Front", "Point", "distinct", "efficient",
           "find_front", "hypervolume", "knee"]  # fmt: skip


def efficient(points: FloatArray) -> BoolArray:
    """Points that no other point dominates, all objectives to be minimized.

    a dominates b  ⇔  a[m] ≤ b[m] ∀ m  and  a[m] < b[m] for some m
    """
    no_worse = (points[:, None, :] <= points[None, :, :]).all(axis=2)
    better = (points[:, None, :] < points[None, :, :]).any(axis=2)
    kept: BoolArray = ~(no_worse & better).any(axis=0)
    return kept


def distinct(points: FloatArray, tolerance: float) -> BoolArray:
    """Points that differ from every earlier kept one by more than a tolerance in some objective."""
    kept = np.zeros(len(points), dtype=bool)
    for i, point in enumerate(points):
        apart = np.abs(points[kept] - point).max(axis=1, initial=0.0) > tolerance
        kept[i] = bool(apart.all())
    return kept


def hypervolume(points: FloatArray, reference: FloatArray) -> float:
    """Volume that a set of points dominates within a reference point.

    By slices along the last objective [3]_, exact; in the product of their units.
    """
    points = points[(points < reference).all(axis=1)]
    if not len(points):
        return 0.0
    if points.shape[1] == 1:
        return float(reference[0] - points.min())
    points = points[np.argsort(points[:, -1], kind="stable")]
    ends = np.append(points[1:, -1], reference[-1])
    deep = ((i, d) for i, d in enumerate(ends - points[:, -1]) if d > 0)
    return float(sum(d * hypervolume(points[: i + 1, :-1], reference[:-1]) for i, d in deep))


def knee(points: FloatArray) -> int:
    """Point that lies farthest below the plane through the ends of the front [4]_.

    Where the ends do not span a plane with a positive normal, all objectives count alike.
    Objectives are scaled to 0 at their best and 1 at their nadir.
    """
    ends = points[[int(np.lexsort((points.sum(axis=1), column))[0]) for column in points.T]]
    normal = np.ones(points.shape[1])
    if np.linalg.matrix_rank(ends) == len(ends):
        spanned = np.linalg.solve(ends, np.ones(len(ends)))
        normal = spanned if (spanned > 0).all() else normal
    return int(np.argmin(points @ normal))


#: Share of the other objectives in the first, the δ of the method.
DELTA = 1e-3
#: Gap of each point, in ranges of the first objective, and time for it [s].
GAP_OF_RANGE, SECONDS = 0.01, 60.0
#: Caps and values this near to each other are the same, in ranges: the solver's own tolerance.
SAME = 1e-6
#: Magnitude of an objective that shares are of, at least.
NOTHING = 1e-12
#: Cells without an answer at once: no more, and no fewer near the end.
AT_ONCE, LEAST_AT_ONCE = 8, 4
#: A grid is halved at most until it has this many cells.
MOST_CELLS = 20_000


@dataclass(frozen=True)
class Point[A]:
    """One efficient placement.

    Parameters
    ----------
    values : ndarray, shape (m,)
        Each objective in its own unit.
    caps : ndarray, shape (m - 1,)
        Cap of each objective but the first; infinite where there was none.
    prices : ndarray, shape (m - 1,)
        How much the first objective falls per unit that a cap is raised, in the relaxation.
    gap_of_range : float
        Proven distance from the best under the caps, in ranges of the first objective. [-]
    gap, asked : float
        The same, and the gap that was asked for, relative to the value of the objective that was
        minimized. [-]
    least : int
        That objective: the first but at the other ends of the front, where the gaps are of theirs.
    found : Placement
        The answer; inside the search a point of the solver.
    """

    values: FloatArray
    caps: FloatArray
    prices: FloatArray
    gap_of_range: float
    gap: float
    asked: float
    least: int
    found: A


@dataclass(frozen=True)
class Front[A]:
    """A front and how it was found.

    Parameters
    ----------
    metrics : tuple of str
        The objectives as metrics; the first is the one that is minimized under caps.
    points : tuple of Point
        By the first objective.
    payoff : ndarray, shape (m, m)
        Row i: every objective where the i-th is minimized; the small share of the others makes it
        an efficient point.
    knee : int
        Point that lies farthest below the plane through the ends.
    hypervolume : float
        Share of the box between best and nadir that the points dominate. [-]
    solves, infeasible, unsettled, duplicates, dominated : int
        Cells that were solved, those without an answer, those for which the time ended without one,
        answers that were the same as another, and answers that another one dominates.
    seconds : float
        Wall time of all solves. [s]
    """

    metrics: tuple[str, ...]
    points: tuple[Point[A], ...]
    payoff: FloatArray
    knee: int
    hypervolume: float
    solves: int
    infeasible: int
    unsettled: int
    duplicates: int
    dominated: int
    seconds: float

    @property
    def values(self) -> FloatArray:
        """Objectives of all points, shape (n, m)."""
        return np.array([point.values for point in self.points])

    @property
    def best(self) -> FloatArray:
        """Least value of each objective, shape (m,)."""
        return np.asarray(self.payoff.min(axis=0))

    @property
    def nadir(self) -> FloatArray:
        """Worst value of each objective in the payoff table, shape (m,)."""
        return np.asarray(self.payoff.max(axis=0))


def find_front(
    case: Case,
    objectives: Sequence[str],
    points: int,
    cells: Cells | None = None,
    *,
    gap_of_range: float = GAP_OF_RANGE,
    seconds: float = SECONDS,
    progress: Tell | None = None,
) -> Front[Outcome]:
    """Efficient placements of a case, spread over the whole front.

    The grid of caps is halved again and again until so many points are known, three times as many
    cells were solved, or nothing finer is left. Each cell begins once a fixed number of answers is
    out, so that the points are the same for any number of workers and after any interruption.

    Arguments are those of `siting.pareto`; ``cells`` are by default solved one by one here.
    """
    names = metric_names(case.study)
    metrics = tuple(names[name] for name in check_objectives(objectives))
    with nullcontext(cells) if cells else open_cells(case) as solved:
        return _Search(case, metrics, gap_of_range, seconds, progress, solved).run(points)


@dataclass
class _Search:
    """State of the search for a front."""

    case: Case
    metrics: tuple[str, ...]
    tolerance: float
    seconds: float
    progress: Tell | None
    cells: Cells
    points: list[Point[Outcome]] = field(default_factory=list)
    impossible: list[FloatArray] = field(default_factory=list)
    #: Caps of the cells without an answer.
    asked: list[FloatArray] = field(default_factory=list)
    solves: int = 0
    unsettled: int = 0
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        rough = self.case.payoff(self.metrics)
        #: What the rows are divided by: the ranges of the relaxation.
        self.unit = np.array([rough[m].range for m in self.metrics])
        self.scale = self.unit  # until the ends are known
        self.costs = np.array([self.case.costs[m] for m in self.metrics]) / self.unit[:, None]
        self.rows = [self.cells.add_row(cost) for cost in self.costs]
        #: Shares of the objectives, in ranges, where the first is minimized under caps.
        self.shares = np.append(1.0, DELTA * 10.0 ** -np.arange(len(self.metrics) - 1.0))

    def run(self, wanted: int) -> Front[Outcome]:
        """Payoff table, ends, then the grid."""
        self._tell("payoff: each objective at its least")
        free = np.full(len(self.metrics) - 1, np.inf)
        found = self._at_least([self._cell(cost, free) for cost in self._ends()])
        self.payoff = np.array([self._values(end) for end in found])
        spread = np.ptp(self.payoff, axis=0)
        self.scale = np.where(spread > 1e-6 * self.unit, spread, self.unit)
        self.points = [self._at_end(i, end) for i, end in enumerate(found)]
        for answer in self.cells.follow(partial(self._next, self._grids(), wanted)):
            self._take(answer, self.asked.pop(0))
        self.case.program.restore()
        return self._front()

    def _at_least(self, ends: Sequence[Cell]) -> list[Outcome]:
        """Solve the ends; where the time ended first, once more from the best of the others."""
        answers = self.cells.solve(ends)
        if INFEASIBLE in answers:
            raise InfeasibleError("no placement meets every limit of the study")
        known = [end.values for end in answers if isinstance(end, Outcome)]
        late = [i for i, end in enumerate(answers) if not isinstance(end, Outcome)]
        if late and known:
            self._tell("once more where no placement was found in time, from those of other ends")
            begun = [replace(ends[i], start=min(known, key=ends[i].cost.dot)) for i in late]
            for i, end in zip(late, self.cells.solve(begun), strict=True):
                answers[i] = end
        found = [end for end in answers if isinstance(end, Outcome)]
        if len(found) < len(ends):
            raise NoAnswerError(
                f"no placement was found within {self.seconds:.0f} s at an end of the front; allow "
                "more time for a point (--point-time) or fewer slices (time.slices)"
            )
        return found

    def _ends(self) -> FloatArray:
        """Costs where one objective is minimized, the others with the small share of the method."""
        return np.asarray(np.where(np.eye(len(self.metrics)), 1.0, DELTA) @ self.costs)

    def _values(self, found: Outcome) -> FloatArray:
        every = self.case.values(found)
        return np.array([every[metric] for metric in self.metrics])

    def _at_end(self, least: int, found: Outcome) -> Point[Outcome]:
        """The point where one objective is minimized; its gap is that of this one."""
        values, unit = self._values(found), float(self.unit[least])
        size, none = max(abs(float(values[least])), NOTHING), np.zeros(len(values) - 1)
        gap, asked = found.gap * unit, self.tolerance * unit
        share = gap / float(self.scale[least])
        return Point(values, values[1:], none, share, gap / size, asked / size, least, found)

    def _cell(self, cost: FloatArray, caps: FloatArray) -> Cell:
        """One solve under caps, from the best known answer that meets them."""
        near = caps + SAME * self.scale[1:]
        fits = [p.found.values for p in self.points if (p.values[1:] <= near).all()]
        start = min(fits, key=lambda values: float(cost @ values), default=None)
        highs = (np.inf, *(caps / self.unit[1:]).tolist())
        return Cell(cost, highs, Target(absolute=self.tolerance), self.seconds, start)

    def _grids(self) -> Iterator[FloatArray]:
        """Caps of grids of 2, 4, 8 … steps, but the tightest, which the ends of the front have."""
        others, steps = len(self.metrics) - 1, 1
        while (steps := 2 * steps) ** others <= MOST_CELLS:
            grid = np.array(list(itertools.product(range(steps), repeat=others)))
            known = np.vstack([self.payoff, *(p.values for p in self.points)])[:, 1:]
            best, worst = self.payoff.min(axis=0)[1:], known.max(axis=0)
            caps = worst - (worst - best) * grid / steps + 1e-9 * self.scale[1:]
            # The nadir of a payoff table may lie below that of the front: the first are open.
            caps[grid == 0] = np.inf
            # A walk in golden steps, so that a search that ends early has seen the whole front.
            yield from caps[np.argsort(np.arange(len(grid)) * 0.6180339887 % 1.0)]

    def _next(self, ahead: Iterator[FloatArray], wanted: int) -> list[Cell]:
        """Begin the next cells that nothing settles."""
        cells: list[Cell] = []
        if self._done(wanted):
            return cells
        most = min(AT_ONCE, max(wanted - len(self._kept()), LEAST_AT_ONCE))
        cost = (self.shares * self.unit / self.scale) @ self.costs
        while len(self.asked) < most and (caps := next(ahead, None)) is not None:
            if not (self._known(caps) or any(np.allclose(caps, other) for other in self.asked)):
                self.asked.append(caps)
                cells.append(self._cell(cost, caps))
        return cells

    def _done(self, wanted: int) -> bool:
        return len(self._kept()) >= wanted or self.solves >= 3 * wanted

    def _known(self, caps: FloatArray) -> bool:
        """Return whether the bound, the answer or the verdict of a looser cell settles this one."""
        if self.impossible and (caps <= np.array(self.impossible)).all(axis=1).any():
            return True
        near = SAME * self.scale[1:]
        values = np.array([p.values for p in self.points])
        meets = (values[:, 1:] <= caps + near).all(axis=1)
        looser = (caps <= np.array([p.caps for p in self.points]) + near).all(axis=1)
        value = values @ (self.shares / self.scale)
        bound = value - np.array([p.gap_of_range for p in self.points])
        ends = len(self.metrics)  # Their bounds are those of other objectives.
        least = bound[ends:][looser[ends:]].max(initial=-np.inf)
        settled = value[meets].min(initial=np.inf) - least <= self.tolerance
        return bool(settled or (meets & looser).any())

    def _take(self, answer: Outcome | str, caps: FloatArray) -> None:
        """Note the answer of a cell."""
        self.solves += 1
        if isinstance(answer, Outcome):
            self.points.append(point := self._point(answer, caps))
            shown = zip(self.metrics, point.values, strict=True)
            self._tell(", ".join(f"{metric} {value:,.0f}" for metric, value in shown))
        elif answer == INFEASIBLE:
            self.impossible.append(caps)
            self._tell("no placement under these caps")
        else:
            self.unsettled += 1
            self._tell("the time limit was reached before a placement was found")

    def _point(self, found: Outcome, caps: FloatArray) -> Point[Outcome]:
        values = self._values(found)
        dual = found.row_price[self.rows[1:]] / self.unit[1:]
        # Raising a cap that binds also raises the small second part of the objective.
        binds = dual > 1e-12
        prices = np.where(binds, (dual + self.shares[1:] / self.scale[1:]) * self.scale[0], 0.0)
        unit, size = float(self.scale[0]), max(abs(float(values[0])), NOTHING)
        gap, asked = found.gap * unit / size, self.tolerance * unit / size
        return Point(values, caps, prices, found.gap, gap, asked, 0, found)

    def _kept(self) -> list[int]:
        """Points that are neither the same as an earlier one nor dominated."""
        values = np.array([p.values for p in self.points]).reshape(-1, len(self.metrics))
        best = np.flatnonzero(efficient(values))
        same = min(self.tolerance, 1e-3)
        return [int(i) for i in best[distinct(values[best] / self.scale, same)]]

    def _front(self) -> Front[Outcome]:
        kept = self._kept()
        points = sorted((self.points[i] for i in kept), key=lambda p: tuple(p.values))
        best, nadir = self.payoff.min(axis=0), self.payoff.max(axis=0)
        scaled = (np.array([p.values for p in points]) - best) / self.scale
        whole = efficient(np.array([p.values for p in self.points]))
        return Front(
            self.metrics, tuple(points), self.payoff, knee(scaled),
            hypervolume(scaled, (nadir - best) / self.scale), self.solves, len(self.impossible),
            self.unsettled, duplicates=int(whole.sum()) - len(kept), dominated=int((~whole).sum()),
            seconds=time.perf_counter() - self.started,
        )  # fmt: skip

    def _tell(self, text: str) -> None:
        if self.progress:
            spent = time.perf_counter() - self.started
            self.progress(f"{spent:.0f} s, {len(self.points)} points, {self.solves} solves: {text}")
