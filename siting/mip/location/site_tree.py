"""Branch and bound over which sites are open, where only a few may be.

With its sites fixed the relaxation of such a study is nearly tight, while branching on counts
spreads over designs and halls that are nearly alike. A node fixes some sites open and some closed;
its bound is that of the relaxation with the rows that mattered so far. Where as many sites are open
as may be, the other known rows and new ones that its point breaks are added for a moment, since
kept they make every later node slower; if they do not close the node, the integer program on the
pairs of these sites settles it.

The two children of a node are bounded at the same time, each in a solver and a thread of its own,
so that the tree does not depend on which of them ends first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from highspy import HighsBasis

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock
from siting.mip.location import FIXING_ROUNDING
from siting.mip.program import Program
from siting.mip.runs import Row, Run, RunStatus, entries_of

__all__ = ["bound_by_sites", "sites_are_few"]

#: Limit on the number of sites, and sites left to choose from, up to which the tree is worth it.
FEW_SITES, MOST_LEFT = 5, 100
#: Fraction by which a site counts as neither open nor closed. [-]
FRACTION = 1e-4
#: Nodes; what is left then is bounded by the best of them.
MOST_NODES = 2_000
#: Children of a node, and solvers that bound them.
CHILDREN = 2
#: Rounds of rows where the open sites are settled, and the share of a row's activity by which it is
#: broken. [-]
ROUNDS, BROKEN = 3, 1e-6
#: Least part by which a rise is divided, least rise that is promised, and the largest that counts,
#: to that which closes the node. [-]
LEAST_PART, LEAST_RISE, FARTHEST = 0.01, 1e-6, 2.0

#: Bound of the placements that open some pairs alone.
Settle = Callable[[BoolArray], float]


@dataclass(frozen=True, order=True)
class _Node:
    """Sites that are open and closed, the bound of what they leave, and how far others are open.

    Its children go on from its own basis: the node solved last may stand far from them.
    """

    bound: float
    number: int
    opened: frozenset[int]
    closed: frozenset[int]
    share: FloatArray | None = field(default=None, compare=False)
    basis: HighsBasis | None = field(default=None, compare=False)


def sites_are_few(program: Program, shut: BoolArray) -> bool:
    """Return whether few sites may be open, of more that are left, but not of hundreds.

    ``shut`` are the pairs that no better placement opens, shape (P,).
    """
    left = len(np.unique(program.model.coefficients.pair_site[~shut]))
    return _most(program) <= FEW_SITES and _most(program) < left <= MOST_LEFT


def _most(program: Program) -> float:
    """Return how many sites may ever be open: the largest limit of any state."""
    limits = [state.coefficients.limits.max_sites for state in program.model.states]
    return max(np.inf if most is None else most for most in limits)


def bound_by_sites(
    program: Program,
    cost: FloatArray,
    shut: BoolArray,
    enough: Callable[[], float],
    settle: Settle,
    clock: Clock,
) -> float:
    """Bound of all placements that open none of the pairs that are shut.

    Parameters
    ----------
    program : Program
        The program, with the rows found so far.
    cost : ndarray, shape (columns,)
        What is minimized.
    shut : ndarray of bool, shape (P,)
        Pairs that stay closed.
    enough : callable
        Bound that would prove the incumbent, which may improve meanwhile.
    settle : callable
        Solves the integer program on some pairs and returns its bound.
    clock : Clock
        The time left; the bound is what was proven by then.
    """
    with ThreadPoolExecutor(CHILDREN) as threads:
        tree = _Tree(program, cost, shut, clock, threads)
        heap, least = [tree.root(enough())], np.inf
        while heap and heap[0].bound < enough() and not clock.late and tree.count < MOST_NODES:
            node: _Node | None = heapq.heappop(heap)
            # Down the open halves at once: the sooner a placement is found, the more is closed.
            while node is not None and node.bound < enough() and not clock.late:
                if len(node.opened) == tree.most:
                    least = min(least, max(settle(tree.pairs_of(node.opened)), node.bound))
                    node = None
                elif (site := tree.branch(node)) is None:  # Its bound is all there is.
                    break
                else:
                    node, other = tree.children(node, site, enough())
                    heapq.heappush(heap, other)
            if node is not None:
                least = min(least, node.bound)
    return min([least, *(node.bound for node in heap)])


class _NodeProgram:
    """The linear program that bounds nodes, in a solver of its own."""

    def __init__(self, program: Program, cost: FloatArray, opening: Sequence[IndexArray]) -> None:
        self._program, self._cost, self._opening = program, cost, opening
        self._lp = program.essential()
        self._first = self._lp.rows
        self._low, self._high = program.bounds
        #: Columns that are closed in the solver.
        self._closed = np.zeros(0, dtype=np.intp)
        self._lp.add_rows([Row(columns, np.ones(len(columns))) for columns in opening])
        self._others = program.other_rows()
        self._entries = entries_of(self._others, program.size)
        self._sides = np.array([(row.low, row.high) for row in self._others]).reshape(-1, 2).T

    def minimize(
        self, opened: frozenset[int], empty: BoolArray, basis: HighsBasis | None, clock: Clock
    ) -> Run:
        """Minimize with some sites open and some pairs empty."""
        for s, columns in enumerate(self._opening):
            if len(columns):
                self._lp.set_row(self._first + s, 1.0 if s in opened else -np.inf, np.inf)
        self._close(self._program.columns_of(empty))
        if basis is not None:
            self._lp.go_on_from(basis)
        return self._lp.minimize(self._cost, clock)

    def place(self) -> HighsBasis:
        """Basis of the last run."""
        return self._lp.place()

    def tightened(self, run: Run, enough: float, clock: Clock) -> Run:
        """Minimize again with the rows that the optimum breaks, which are taken out afterwards."""
        count = self._lp.rows
        for _ in range(ROUNDS):
            if run.status is not RunStatus.OPTIMAL or run.bound >= enough:
                break
            rows = self._broken(run.values) or self._program.separation.rows(run.values)
            if not rows:
                break
            self._lp.add_rows(rows)
            run = self._lp.minimize(self._cost, clock)
        self._lp.keep_rows(count)
        return run

    def _broken(self, point: FloatArray) -> list[Row]:
        """Known rows that a point breaks."""
        activity = self._entries @ point
        by = np.maximum(self._sides[0] - activity, activity - self._sides[1])
        broken = by > BROKEN * np.maximum(np.abs(activity), 1.0)
        return [self._others[int(i)] for i in np.flatnonzero(broken)]

    def _close(self, columns: IndexArray) -> None:
        """Close some columns in the solver, and open those that were closed before."""
        opened = np.setdiff1d(self._closed, columns)
        self._lp.set_bounds(opened, self._low[opened], self._high[opened])
        self._lp.set_bounds(columns, 0.0, 0.0)
        self._closed = columns


class _Rises:
    """Pseudo-costs: mean rise of the bound where a site was opened or closed, per part of it."""

    def __init__(self, sites: int) -> None:
        self._sum, self._times = np.zeros((CHILDREN, sites)), np.zeros((CHILDREN, sites))

    def note(self, site: int, share: float, rises: Sequence[float]) -> None:
        """Take what both halves of a node brought."""
        self._sum[:, site] += np.maximum(rises, 0.0) / np.maximum([1.0 - share, share], LEAST_PART)
        self._times[:, site] += 1.0

    def score(self, sites: IndexArray, share: FloatArray) -> FloatArray:
        """Product of what both halves promise; sites without a branch so far promise the mean."""
        mean = self._sum.sum(axis=1) / np.maximum(self._times.sum(axis=1), 1.0)
        mean = np.where(mean > 0.0, mean, 1.0)[:, None]
        seen = self._times[:, sites]
        each = np.where(seen > 0.0, self._sum[:, sites] / np.maximum(seen, 1.0), mean)
        product: FloatArray = np.maximum(each * [1.0 - share, share], LEAST_RISE).prod(axis=0)
        return product


class _Tree:
    """Nodes, and how they branch."""

    def __init__(
        self, program: Program, cost: FloatArray, shut: BoolArray, clock: Clock, threads: Executor
    ) -> None:
        self._program, self._shut, self._clock, self._threads = program, shut, clock, threads
        self._pairs_of_site = program.model.coefficients.pairs_of_site
        self.most = _most(program)
        self.count = 0
        self._opening = [program.opened[-1][pairs] for pairs in self._pairs_of_site]
        self._programs = [_NodeProgram(program, cost, self._opening) for _ in range(CHILDREN)]
        self._rises = _Rises(len(self._pairs_of_site))

    def root(self, enough: float) -> _Node:
        """Node without a site fixed."""
        return self._bounded([_Node(-np.inf, 0, frozenset(), frozenset())], enough)[0]

    def branch(self, node: _Node) -> int | None:
        """Site to branch on: that which promises most in both halves, else one that is open."""
        if node.share is None:
            return None
        free: IndexArray = np.array(
            [s for s in np.flatnonzero(node.share > FRACTION) if s not in node.opened],
            dtype=np.intp,
        )
        score = self._rises.score(free, np.minimum(node.share[free], 1.0))
        return int(free[np.argmax(score)]) if len(free) else None

    def children(self, node: _Node, site: int, enough: float) -> list[_Node]:
        """Both halves of a node: with a site open, and with it closed."""
        one = frozenset([site])
        halves = self._bounded(
            [replace(node, opened=node.opened | one), replace(node, closed=node.closed | one)],
            enough,
        )
        most = FARTHEST * (enough - node.bound)
        if node.share is not None and np.isfinite(most):
            rises = [min(half.bound - node.bound, most) for half in halves]
            self._rises.note(site, float(node.share[site]), rises)
        return halves

    def _bounded(self, begun: Sequence[_Node], enough: float) -> list[_Node]:
        """Bound some nodes, each in a thread of its own."""
        numbered = [replace(node, number=self.count + i) for i, node in enumerate(begun, start=1)]
        self.count += len(begun)
        bound = partial(self._node, enough=enough)
        return list(self._threads.map(bound, numbered, self._programs))

    def pairs_of(self, sites: frozenset[int]) -> BoolArray:
        """Pairs of some sites that are not shut, shape (P,)."""
        found = np.zeros(len(self._shut), dtype=bool)
        found[np.concatenate([self._pairs_of_site[s] for s in sites])] = True
        return found & ~self._shut

    def _node(self, begun: _Node, program: _NodeProgram, *, enough: float) -> _Node:
        """Bound a node begun with the bound and basis of its parent.

        Sites that no better placement below it opens are closed.
        """
        opened, closed = begun.opened, begun.closed
        settled = len(opened) == self.most
        if settled:
            empty = ~self.pairs_of(opened)
        else:
            empty = self._shut.copy()
            for s in closed:
                empty[self._pairs_of_site[s]] = True
        # Nodes are short, and an interrupt is heard between them.
        clock = Clock(self._clock.left_s)
        run = program.minimize(opened, empty, begun.basis, clock)
        node = replace(begun, share=None, basis=None)
        if settled:
            run = program.tightened(run, enough, clock)
        if run.status is RunStatus.INFEASIBLE:
            return replace(node, bound=np.inf)
        if run.status is RunStatus.STOPPED:
            return node
        bound = max(begun.bound, run.bound)
        if settled:
            return replace(node, bound=bound)
        share = np.array([run.values[columns].sum() for columns in self._opening])
        dear = run.bound + self._rise(run.reduced_cost) > enough + FIXING_ROUNDING * abs(enough)
        closed |= {int(s) for s in np.flatnonzero(dear & (share <= FRACTION)) if s not in opened}
        return replace(node, bound=bound, closed=closed, share=share, basis=program.place())

    def _rise(self, reduced_cost: FloatArray) -> FloatArray:
        """By how much the bound rises at least where a site is open, shape (S,)."""
        price = np.maximum(reduced_cost, 0.0)
        last = self._program.opened[-1], self._program.modules[-1]
        pair = np.where(self._shut, np.inf, price[last[0]] + price[last[1]])
        return np.array([pair[pairs].min(initial=np.inf) for pairs in self._pairs_of_site])
