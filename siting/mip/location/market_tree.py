"""Branch and bound over which places are open, bounded by the best prices of demand.

A node has some places open and some closed; its bound is the Lagrangian one at prices that begin at
those of the node above [1]_. Places whose opening, or closing, lifts the bound over the cutoff are
fixed at every node. Openings that the steps towards the best prices were divided over say where to
branch. The tree knows the cost of load of a place by its tangents alone: where every place is fixed
its bound is an estimate of what they cost, and the integer program has the last word.

References
----------
.. [1] Görtz and Klose (2012), A simple but usually fast branch-and-bound algorithm for the
   capacitated facility location problem, INFORMS J. Comput. 24(4).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from scipy import sparse

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.mip import Clock, Target
from siting.mip.highs import Highs
from siting.mip.location.market import Market, class_prices
from siting.mip.runs import RunStatus

__all__ = ["Branched", "LocationBound", "branch_on_places"]

#: Steps towards the best prices: of the first node, and of each further one.
FIRST_STEPS, STEPS = 200, 60
#: Distance above the bound at which the first step of a node aims, to the bound. [-]
AIM = 1e-3
#: Steps of a node without a better bound after which the aim is halved.
PATIENCE = 8
#: Nodes in all, and those after which the rise of the bound says whether so many would do.
MOST_NODES, TRIED_NODES = 400, 16
#: Places that the first node may leave; among more a tree hardly ends.
MOST_LEFT = 100


@dataclass(frozen=True)
class Branched:
    """Outcome of branching on places.

    Parameters
    ----------
    value : float
        No placement costs less, up to the cutoff.
    left : ndarray of bool, shape (G,)
        Places that a placement below the cutoff may open.
    opened : ndarray of int
        Places of the least estimate; none where a cutoff was known.
    estimate : float
        What they cost at least.
    ended : bool
        Whether no node is left.
    """

    value: float
    left: BoolArray
    opened: IndexArray
    estimate: float
    ended: bool


def branch_on_places(
    market: Market,
    price: FloatArray,
    target: Target,
    clock: Clock,
    *,
    cutoff: float = np.inf,
    near: Target | None = None,
) -> Branched:
    """Branch until no node below the cutoff is left, or the tree is not worth its time.

    Parameters
    ----------
    market : Market
        Costs of the places, with a finite ``base``.
    price : ndarray, shape (C,)
        Prices to start from. [1/MW]
    target : Target
        Gap to which the least estimate is proven where no cutoff is known.
    clock : Clock
        The time left.
    cutoff : float, optional
        Value that a better placement lies below.
    near : Target, optional
        Gap between the least estimate and the first bound at which the tree is left.
    """
    tree = _Tree(market, price, target, cutoff, clock)
    tree.search(Target() if near is None else near)
    return tree.found()


@dataclass(frozen=True)
class LocationBound:
    """Proof from the best prices.

    Parameters
    ----------
    value : float
        No placement costs less.
    places : ndarray of int, shape (G,)
        The places, those that earn most at these prices first.
    count : int
        How many of them are open there.
    least : ndarray, shape (G,)
        What a placement costs at least that opens each place.
    place_of_pair : ndarray of int, shape (P,)
        Place of each pair.
    market : Market
        Costs of the places that may be open.
    price : ndarray, shape (C,)
        The prices. [1/MW]
    """

    value: float
    places: IndexArray
    count: int
    least: FloatArray
    place_of_pair: IndexArray
    market: Market
    price: FloatArray

    @classmethod
    def at(cls, market: Market, price: FloatArray, place_of_pair: IndexArray) -> LocationBound:
        """Proof that some prices give."""
        worth = market.worth_of(price)
        rest = np.setdiff1d(np.argsort(-worth.gain), worth.opened, assume_unique=True)
        return cls(
            worth.value, np.concatenate([worth.opened, rest]), len(worth.opened),
            worth.value + worth.rise_open, place_of_pair, market, price,
        )  # fmt: skip

    def beside(self, cost: float) -> LocationBound:
        """Return the proof where so much is paid besides."""
        return replace(
            self, value=self.value + cost, least=self.least + cost, market=self.market.beside(cost)
        )

    def pairs(self, more: int) -> BoolArray:
        """Pairs of the open places and of some more, shape (P,)."""
        return np.isin(self.place_of_pair, self.places[: self.count + more])

    def closed(self, cutoff: float) -> BoolArray:
        """Pairs that no placement below a cutoff opens, shape (P,)."""
        return (self.least >= cutoff)[self.place_of_pair]

    def chosen(self, target: Target, near: Target, clock: Clock) -> tuple[BoolArray, float] | None:
        """Pairs of the places that cost least by a tree that ended, and what they cost at least.

        None where no tree ended.

        Parameters
        ----------
        target, near : Target
            Gap of the tree, and gap up to which integer programs do as well without it.
        clock : Clock
            The time left.
        """
        found = branch_on_places(self.market, self.price, target, clock, near=near)
        if not (found.ended and len(found.opened)) or near.met(found.estimate, self.value):
            return None
        return np.isin(self.place_of_pair, found.opened), found.estimate

    def branched(self, cutoff: float, clock: Clock) -> LocationBound:
        """Return what branching on places proves up to a cutoff."""
        market = self.market.without(self.least >= cutoff)
        found = branch_on_places(market, self.price, Target(), clock, cutoff=cutoff)
        least = np.where(found.left, self.least, np.maximum(self.least, cutoff))
        return replace(self, value=max(self.value, found.value), least=least)


@dataclass(frozen=True)
class _Node:
    """Places that may be open, those of them that must, and their best prices."""

    bound: float
    places: IndexArray
    must: BoolArray
    price: FloatArray
    #: Share of the last steps at which each place was open. [-]
    share: FloatArray

    @property
    def settled(self) -> bool:
        """Return whether every place is fixed."""
        return bool(self.must.all())


class _Tree:
    """Nodes that are left, and what is proven."""

    def __init__(
        self, market: Market, price: FloatArray, target: Target, cutoff: float, clock: Clock
    ) -> None:
        self._target, self._cutoff, self._clock = target, cutoff, clock
        self._known = cutoff < np.inf
        self._size, self._count = len(market.cost), 0
        self._settled: list[_Node] = []
        self._heap: list[tuple[float, int, _Node]] = []
        self._number = count()
        #: Places that were tried, those of the least estimate, and what they cost.
        self._tried: set[bytes] = set()
        self._opened, self._estimate = np.zeros(0, dtype=np.intp), np.inf
        self._market, self._price = market, price
        #: Bound at the prices to start from.
        self._first = -np.inf

    def search(self, near: Target) -> None:
        """Branch on the node of the least bound, as long as the tree may end."""
        first = self._at_first()
        self._first = first.bound
        self._try(first)
        if self._is_near(near):
            heapq.heappush(self._heap, (first.bound, next(self._number), first))
            return
        root = self._node(first.places, first.must, first, FIRST_STEPS)
        self._keep(root)
        if root is not None and len(root.places) > MOST_LEFT:
            return
        while self._heap and self._heap[0][0] < self._cutoff and not self._clock.late:
            rise, wanted = self._heap[0][0] - self._first, self._cutoff - self._first
            slow = self._count >= TRIED_NODES and rise * MOST_NODES < wanted * self._count
            if slow or self._is_near(near):
                return
            for half in self._halves(heapq.heappop(self._heap)[-1]):
                self._keep(half)

    def _at_first(self) -> _Node:
        """Node of all places at the prices to start from."""
        usable = np.flatnonzero(np.isfinite(self._market.fixed).all(axis=1))
        market = self._market.among(usable)
        must = np.zeros(len(usable), dtype=bool) if market.must is None else market.must
        worth = market.worth_of(self._price)
        share = np.bincount(worth.opened, minlength=len(usable)).astype(float)
        return _Node(worth.value, usable, must, self._price, share)

    def _is_near(self, near: Target) -> bool:
        return len(self._opened) > 0 and near.met(self._estimate, self._first)

    def found(self) -> Branched:
        """Return what the nodes prove."""
        nodes = [n for *_, n in self._heap]
        every = [n for n in [*nodes, *self._settled] if n.bound < self._cutoff]
        left = np.zeros(self._size, dtype=bool)
        for node in every:
            left[node.places] = True
        return Branched(
            value=min([self._cutoff, *(n.bound for n in [*nodes, *self._settled])]),
            left=left,
            opened=self._opened,
            estimate=self._estimate,
            ended=not any(n.bound < self._cutoff for n in nodes),
        )

    def _keep(self, node: _Node | None) -> None:
        """Keep a node that may hold a better placement."""
        if node is None:
            return
        if node.settled:
            self._settled.append(node)
        else:
            heapq.heappush(self._heap, (node.bound, next(self._number), node))
        self._try(node)

    def _try(self, node: _Node) -> None:
        """Estimate the cost of the places that the steps of a node opened most."""
        if self._known:
            return
        market, order = (
            self._market,
            np.argsort(-np.where(node.must, np.inf, node.share), kind="stable"),
        )
        room = np.cumsum(market.capacity_mw[node.places[order]])
        enough = int(np.searchsorted(room, market.demand_mw.sum() * (1.0 - 1e-9))) + 1
        wanted = int((node.must | (node.share > 0.5)).sum())
        size = min(max(enough, wanted, market.least), market.most, len(order))
        places = np.sort(node.places[order[:size]])
        if size < enough or places.tobytes() in self._tried:
            return
        self._tried.add(places.tobytes())
        value, _ = _cost_of_all(market.among(places), self._clock)
        if value < self._estimate:
            self._opened, self._estimate = places, value
            self._cutoff = value - self._target.at(value)

    def _halves(self, node: _Node) -> list[_Node | None]:
        """Return the halves of a node, none for one that holds no better placement."""
        branch = int(np.argmin(np.where(node.must, np.inf, np.abs(node.share - 0.5))))
        opened, rest = node.must.copy(), np.delete(np.arange(len(node.places)), branch)
        opened[branch] = True
        return [
            self._node(node.places, opened, node, STEPS),
            self._node(node.places[rest], node.must[rest], node, STEPS),
        ]

    def _node(self, places: IndexArray, must: BoolArray, above: _Node, rounds: int) -> _Node | None:
        """Bound a node and fix its places; none where it holds no better placement."""
        self._count += 1
        first = self._fixed(replace(self._market.among(places), must=must), above.price)
        if first is None:
            return None
        market, kept, _ = first
        steps = class_prices(
            market, above.price,
            rounds=rounds, aim=AIM, patience=PATIENCE, enough=self._cutoff - market.base,
        )  # fmt: skip
        last = self._fixed(market, steps.price)
        if last is None:
            return None
        market, among, bound = last
        must = np.zeros(len(among), dtype=bool) if market.must is None else market.must
        if must.all():
            _, best = _cost_of_all(market, self._clock)
            bound = bound if best is None else max(bound, market.worth_of(best).value)
        bound = max(above.bound, bound)
        return _Node(bound, places[kept][among], must, steps.price, steps.open_share[among])

    def _fixed(self, market: Market, price: FloatArray) -> tuple[Market, IndexArray, float] | None:
        """Fix places at some prices: what is left of the market, its places, and the bound."""
        size = len(market.cost)
        least = max(market.least, _least_count(market))
        if least > min(market.most, size) or not _serves(market):
            return None
        market = replace(market, least=least)
        worth = market.worth_of(price)
        must = np.zeros(size, dtype=bool) if market.must is None else market.must
        must = must | (worth.value + worth.rise_closed > self._cutoff)
        if worth.value >= self._cutoff or int(must.sum()) > market.most:
            return None
        stay = must | (worth.value + worth.rise_open <= self._cutoff)
        kept = np.flatnonzero(must if int(must.sum()) == market.most else stay)
        return replace(market.among(kept), must=must[kept]), kept, worth.value


def _serves(market: Market) -> bool:
    """Return whether each class has a place that may serve it."""
    return bool(np.isfinite(market.cost).any(axis=0).all())


def _cost_of_all(market: Market, clock: Clock) -> tuple[float, FloatArray | None]:
    """Cost with every place open, and the prices of the classes that prove it.

    Infinite and none where these places cannot serve all, and where the time ended first.
    """
    size, pieces = market.fixed.shape
    g, c = np.nonzero(np.isfinite(market.cost))
    flows, each, rows = len(g), np.arange(size), len(market.demand_mw)
    #: Demand of each class, load of each place, and the cost of load above each tangent.
    at_flow, at_cost = np.arange(flows), flows + each
    entries = [(c, at_flow, np.ones(flows)), (rows + g, at_flow, np.ones(flows))]
    for i in range(pieces):
        first = rows + size * (1 + i)
        entries += [(first + each, at_cost, np.ones(size)),
                    (first + g, at_flow, -market.per_mw[g, i])]  # fmt: skip
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    height = rows + size * (1 + pieces)
    matrix = sparse.csr_matrix((value, (row, column)), shape=(height, flows + size))
    lower = [market.demand_mw, np.full(size, -np.inf), market.fixed.T.ravel()]
    upper = [market.demand_mw, market.capacity_mw, np.full(size * pieces, np.inf)]
    solver = Highs()
    solver.load_rows(
        np.concatenate([np.zeros(flows), np.full(size, -np.inf)]), np.full(flows + size, np.inf),
        np.concatenate(lower), np.concatenate(upper), matrix,
    )  # fmt: skip
    run = solver.minimize(np.concatenate([market.cost[g, c], np.ones(size)]), clock, sure=False)
    if run.status is not RunStatus.OPTIMAL:
        return np.inf, None
    return market.base + run.objective, run.row_dual[:rows]


def _least_count(market: Market) -> int:
    """Return how many places are needed for all demand; more than there are where none suffice."""
    must = np.zeros(len(market.cost), dtype=bool) if market.must is None else market.must
    rest = market.demand_mw.sum() * (1.0 - 1e-9) - market.capacity_mw[must].sum()
    room = np.cumsum(np.sort(market.capacity_mw[~must])[::-1])
    more = int(np.searchsorted(room, rest)) + 1 if rest > 0.0 else 0
    return int(must.sum()) + more
