"""The dispatch of a site that contracts, steps of its connection and generators alone carry.

What the site needs in its hardest slices is a row of the master before any dispatch is asked for,
and prices of energy that are right for some of the sources give cuts in closed form.

Its slices hang together through nothing but what is built and contracted. At given units each slice
takes its cheapest sources first, within the connection; where units are to be chosen the program is
that of `SiteProgram` in arrays. Where no dispatch exists follows from each slice alone. Prices of
energy by slice are completed to a cut in closed form, so that it holds however rounded they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.instance import units_of_site
from siting.coefficients.power import Power
from siting.mip import Clock
from siting.mip.benders.dispatch import Dispatch, SiteDispatch, Slopes
from siting.mip.components import active
from siting.mip.highs import Highs
from siting.mip.model.demand_classes import DemandClasses, flexible_flows, varying_flows
from siting.mip.runs import RunStatus

__all__ = [
    "PowerProgram",
    "needs_of_slices",
    "plainly_powered_sites",
    "power_slopes",
    "powered_sites",
]


#: Sum of what slices lack below which it is rounding. [MW]
LEAST_MISS = 1e-6
#: Power below which a source gives none. [MW]
LEAST_MW = 1e-12
#: Of the duals.
TOLERANCE = 1e-9
#: Time that one site may take. [s]
LONG_S = 600.0


def powered_sites(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites, shape (S,), that generate or are curtailed, and neither store nor move anything."""
    o, found = c.operation, np.zeros(len(c.sites), dtype=bool)
    if o.power is None:
        return found
    found[o.power.site[o.power.dispatched]] = True
    if o.storage is not None:
        found[o.storage.site] = False
    for flows in (flexible_flows(c, demand), varying_flows(c, demand)):
        found[demand.flow_site[flows]] = False
    if o.idle is not None:
        found[c.pair_site[o.idle.pair]] = False
    for component in active(c):
        found &= ~component.sites(c)
    return found


def needs_of_slices(
    c: Coefficients, dispatch: Dispatch, s: int
) -> Iterator[tuple[FloatArray, FloatArray, float]]:
    """Rows  Σ load_factor · load_mw + Σ unit_factor · units ≤ most  of the hardest slices.

    In every slice what is drawn is imported or generated, and what cannot be turned off is drawn:

        Σ_k drawn[k,t] · load_mw[k]  ≤  connection_mw + Σ_j output[j,t] · unit_mw[j] · units[j]
        Σ_j least[j] · output[j,t] · unit_mw[j] · units[j]  ≤  Σ_k drawn[k,t] · load_mw[k]

    Given are the slices in which each pair draws most, with all sources and without those that
    then give less than at other times, and least; cuts find the others.

    Parameters
    ----------
    c : Coefficients
        The problem.
    dispatch : Dispatch
        Its dispatch in closed form.
    s : int
        A site of `powered_sites`.
    """
    power, own = c.operation.power, units_of_site(c, s)
    if power is None:
        return
    drawn, output = dispatch.drawn(s), power.output[own] * power.unit_mw[own, None]
    full = power.output[own] >= power.output[own].max(axis=1, keepdims=True)
    short = [~whole for whole in full if not whole.all()]
    fewest = full.sum(axis=0) == full.sum(axis=0).min()
    for t in _highest(drawn, [np.ones_like(fewest), fewest, *short]):
        yield drawn[:, t], -output[:, t], float(c.connection_mw[s])
    if (power.least[own] > 0.0).any():
        for t in _highest(-drawn, [np.ones_like(fewest)]):
            yield -drawn[:, t], power.least[own] * output[:, t], 0.0


def _highest(values: FloatArray, among: list[BoolArray]) -> list[int]:
    """Slices in which each row is highest among some slices or others."""
    found = (np.where(mask, values, -np.inf).argmax(axis=1) for mask in among)
    return sorted({int(t) for each in found for t in each})


def power_slopes(
    c: Coefficients, dispatch: Dispatch, s: int, factors: FloatArray
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Slopes by load, contracts and units of cuts at some prices of energy.

    Dual of the dispatch, as in `Dispatch.slopes`: a price of energy in each slice up to that of
    the grid, and a rent of each source that costs less. Prices are those of the grid alone, with
    contracts, with generators, and with both.

    Parameters
    ----------
    c, dispatch, s
        As for `needs_of_slices`.
    factors : ndarray, shape (M,)
        Price of each metric.
    """
    power, own = c.operation.power, units_of_site(c, s)
    if power is None:
        return
    grid, supply = dispatch.prices(s, factors)
    segments = power.generators_at(s)
    made = dispatch.made_prices(segments, factors)
    room = _room(power, segments)
    place = np.searchsorted(own, power.generators[segments])
    lowest = [source.min(axis=0, initial=np.inf) for source in (supply, made)]
    for price in (grid, *(np.minimum(grid, x) for x in (*lowest, np.minimum(*lowest)))):
        slopes = dispatch.slopes(s, price, grid, supply)
        rent = (np.maximum(price - made, 0.0) * room).sum(axis=1)
        yield slopes.load_slope, slopes.contract_slope, -np.bincount(place, rent, len(own))


def _room(power: Power, segments: IndexArray) -> FloatArray:
    """Power of a unit of each segment in each slice. [MW]."""
    j = power.generators[segments]
    share = np.array([power.segments[g].share for g in segments])
    return share[:, None] * power.output[j] * power.unit_mw[j, None]


def plainly_powered_sites(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites of `powered_sites`, shape (S,), that no other row of their slices binds."""
    found, limits = powered_sites(c, demand), c.limits
    read = (limits.site_water_m3, limits.site_withdrawal_m3, limits.pue_max,
            limits.wue_max_l_per_kwh)  # fmt: skip
    if c.structure.ceilings or any(limit is not None for limit in read):
        return np.zeros_like(found)
    for rule in c.operation.clean:
        if rule.local:
            found &= ~rule.sites
    return found


class PowerProgram:
    """One site of one state.

    Parameters
    ----------
    c : Coefficients
        Numbers of the state.
    closed : Dispatch
        For prices and the units of the shared metrics.
    s : int
        A site of `plainly_powered_sites`.
    flows : int
        Number of flows to it.
    """

    def __init__(self, c: Coefficients, closed: Dispatch, s: int, flows: int) -> None:
        power = c.operation.power
        if power is None:
            raise ValueError("the site has no units")
        own, self._segments = units_of_site(c, s), power.generators_at(s)
        offers, pairs = closed.offers[s], closed.pairs[s]
        self._name, self._s, self._closed, self._flows = c.sites[s], s, closed, flows
        self._pairs, self._offers, self._units = len(pairs), len(offers), len(own)
        parts = self._pairs, self._offers, self._pairs, self._units
        self._ends = tuple(int(end) for end in np.cumsum(parts))
        self._drawn, self._factor = closed.drawn(s), c.capacity_factor[offers]
        self._connection = float(c.connection_mw[s])
        output = power.output[own] * power.unit_mw[own, None]
        self._import = np.where(power.connects[own, None], output, 0.0)
        #: Unit of each segment, most and least power of a unit through it.
        self._of = np.searchsorted(own, power.generators[self._segments])
        share = np.array([power.segments[g].share for g in self._segments])
        self._most = share[:, None] * output[self._of]
        self._least = power.floors[self._segments][:, None] * output[self._of]
        self._volume = c.capacity_factor[offers] @ c.hours / c.hours.sum()
        self._share, self._peak = c.max_contract_share, (c.pue_peak * c.block_mw)[pairs]
        spared = [np.searchsorted(own, j) for j in power.spared if power.site[j] == s]
        self._highs = Highs(tolerance=TOLERANCE)
        self._build(np.array(spared, dtype=np.intp), (power.firm * power.unit_mw)[own],
                    power.most[own].astype(float))  # fmt: skip

    def _build(self, spared: IndexArray, firm: FloatArray, most: FloatArray) -> None:
        """Columns: contracts, units, which spared units are there, grid, supply, generated.

        Rows whose sides depend on what stands outside of the site come first.
        """
        slices, offers, lost = self._drawn.shape[1], self._offers, len(spared)
        floors, cases = np.flatnonzero(self._least.any(axis=1)), max(lost, 1)
        (contract, unit, there, grid, supply, made), width = _numbered(
            (offers,), (self._units,), (lost,), (slices,), (offers, slices), self._most.shape
        )
        (balance, volume, peak, delivered, given, held, bought, has), height = _numbered(
            (slices,), (1,), (cases,), supply.shape, made.shape, (len(floors), slices), (slices,),
            (lost,),
        )  # fmt: skip
        entries: list[tuple[Any, Any, Any]] = [
            (balance, grid, 1.0), (balance, supply, 1.0), (balance, made, 1.0),
            (volume, contract, self._volume),
            (peak[:, None], unit, -firm), (peak[:lost], there, firm[spared]),
            (delivered, contract[:, None], -self._factor), (delivered, supply, 1.0),
            (given, unit[self._of, None], -self._most), (given, made, 1.0),
            (held, unit[self._of[floors], None], -self._least[floors]), (held, made[floors], 1.0),
            (bought, unit[:, None], -self._import), (bought, grid, 1.0), (bought, supply, 1.0),
            (has, unit[spared], 1.0), (has, there, -most[spared]),
        ]  # fmt: skip
        parts = [[np.ravel(x) for x in np.broadcast_arrays(*entry)] for entry in entries]
        row, column, value = (np.concatenate(x) for x in zip(*parts, strict=True))
        used = value != 0.0
        at = row[used], column[used]
        matrix = sparse.csr_matrix((value[used], at), shape=(height, width))
        self._floors, self._lost = floors, lost
        self._rows = {"balance": balance, "import": bought, "floor": held.ravel()}
        self._low, self._high = np.full(height, -np.inf), np.zeros(height)
        self._low[held], self._high[held] = 0.0, np.inf
        self._high[bought] = self._connection
        high = np.full(width, np.inf)
        high[there] = 1.0
        self._highs.load_rows(np.zeros(width), high, self._low, self._high, matrix)

    def restart(self) -> None:
        """Forget the basis of earlier solves."""
        self._highs.begin_anew()

    def solve(self, factors: FloatArray, point: FloatArray) -> SiteDispatch:
        """Serve the site at the least Σ_m factor[m] · use[m], as `SiteProgram.solve`."""
        load, contract, _, units = self._split(point)
        need = load @ self._drawn
        top = self._connection + units @ self._import + self._by_segment(units, self._most)
        floor = self._by_segment(units, self._least)
        short, beyond = need - top, floor - need
        missed = float(np.maximum(short, 0.0).sum() + np.maximum(beyond, 0.0).sum())
        if missed > LEAST_MISS:
            return self._needs(short > 0.0, beyond > 0.0, missed)
        return self._dispatched(factors, np.clip(need, floor, top), contract, units)

    def _dispatched(
        self, factors: FloatArray, need: FloatArray, contract: FloatArray, units: FloatArray
    ) -> SiteDispatch:
        """Cheapest sources first: what is imported within the connection, and what is generated."""
        grid, supply, made = prices = self._prices(factors)
        held = self._least * units[self._of, None]
        cost = np.vstack([supply, grid[None], made])
        room = np.vstack([self._factor * contract[:, None], np.full((1, len(need)), np.inf),
                          self._most * units[self._of, None] - held])  # fmt: skip
        free, left = self._connection + units @ self._import, need - held.sum(axis=0)
        # What the last MW costs, and the last that is imported; the cheapest where there is none.
        energy, brought = cost.min(axis=0), cost[: self._offers + 1].min(axis=0)
        taken, slices = np.zeros_like(cost), np.arange(len(need))
        for source in np.argsort(cost, axis=0, kind="stable"):
            comes = source <= self._offers
            mw = np.minimum(np.minimum(room[source, slices], left), np.where(comes, free, np.inf))
            mw = np.where(mw > LEAST_MW, mw, 0.0)
            taken[source, slices] = mw
            left, free = left - mw, np.where(comes, free - mw, free)
            energy = np.where(mw > 0.0, cost[source, slices], energy)
            brought = np.where((mw > 0.0) & comes, cost[source, slices], brought)
        full = np.where(free <= LEAST_MW, np.minimum(brought - energy, 0.0), 0.0)
        floor = np.maximum(made - energy, 0.0)[self._floors]
        taken[self._offers + 1 :] += held
        return SiteDispatch(
            value=float((cost * taken).sum()),
            slopes=self._slopes(energy, full, floor, prices),
            supply_mw=taken[: self._offers],
            grid_mw=taken[self._offers],
            operated={"generate_mw": taken[self._offers + 1 :]},
        )

    def chosen(
        self, factors: FloatArray, point: FloatArray, cost: FloatArray, most: FloatArray
    ) -> Slopes | None:
        """Cut at the contracts and units that suit the load best, as `SiteProgram.chosen`."""
        load, _, modules, _ = self._split(point)
        _, contract_usd, _, unit_usd = self._split(cost)
        _, contract_most, _, unit_most = self._split(most)
        high = np.concatenate([contract_most, unit_most])
        grid, supply, made = prices = self._prices(factors)
        outside = np.concatenate([contract_usd, unit_usd, np.zeros(self._lost)])
        cost = np.concatenate([outside, grid, supply.ravel(), made.ravel()])
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        need, cases = load @ self._drawn, max(self._lost, 1)
        peak = np.full(cases, self._connection - float(self._peak @ modules))
        lower = np.concatenate([need, np.full(1 + cases, -np.inf)])
        self._highs.set_rows(lower, np.concatenate([need, [self._share * load.sum()], peak]))
        self._highs.set_bounds(np.arange(len(high)), 0.0 * high, high)
        run = self._highs.minimize(cost / scale, Clock(LONG_S), sure=False)
        if run.status is not RunStatus.OPTIMAL:
            return None
        dual = run.row_dual * scale
        return self._slopes(
            dual[self._rows["balance"]],
            dual[self._rows["import"]],
            dual[self._rows["floor"]],
            prices,
        )

    def use(self, x: SiteDispatch) -> FloatArray:
        """Contribution of a dispatch to each shared metric, shape (M,), in its unit."""
        made = self._closed.made_use(self._segments, x.operated["generate_mw"])
        return self._closed.use(self._s, x) + made

    def _split(self, point: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Values of load, contracts, modules and units in what stands outside of the site."""
        a, b, c, d = self._ends
        return point[:a], point[a:b], point[b:c], point[c:d]

    def _by_segment(self, units: FloatArray, values: FloatArray) -> FloatArray:
        found: FloatArray = units[self._of] @ values
        return found

    def _prices(self, factors: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Price of one MW through each slice of the grid, each contract and each segment."""
        made = self._closed.made_prices(self._segments, factors)
        return *self._closed.prices(self._s, factors), made

    def _slopes(
        self,
        energy: FloatArray,
        full: FloatArray,
        floor: FloatArray,
        prices: tuple[FloatArray, FloatArray, FloatArray],
    ) -> Slopes:
        """Complete prices of energy, connection and floors to a dual point.

        Each source is worth no more than it costs.
        """
        grid, supply, made = prices
        room = np.minimum(np.minimum(full, 0.0), grid - energy)
        held = np.zeros(made.shape)
        held[self._floors] = np.maximum(floor.reshape(-1, len(grid)), 0.0)
        rent = np.minimum(supply - energy - room, 0.0)
        earned = np.minimum(made - energy - held, 0.0)
        by_segment = (earned * self._most + held * self._least).sum(axis=1)
        units = np.bincount(self._of, by_segment, self._units) + self._import @ room
        return self._as_slopes(
            self._drawn @ energy, (self._factor * rent).sum(axis=1), units,
            self._connection * float(room.sum()),
        )  # fmt: skip

    def _needs(self, short: BoolArray, beyond: BoolArray, missed: float) -> SiteDispatch:
        """Cut of a point at which some slices are short of power, or have too much."""
        load = self._drawn @ (short.astype(float) - beyond)
        segments = (self._least @ beyond.astype(float)) - self._most @ short.astype(float)
        units = np.bincount(self._of, segments, self._units) - self._import @ short.astype(float)
        least = -self._connection * float(short.sum())
        none = np.zeros((0, self._drawn.shape[1]))
        return SiteDispatch(
            value=np.inf, slopes=self._as_slopes(load, np.zeros(self._offers), units, least),
            supply_mw=none, grid_mw=none, missed=missed,
        )  # fmt: skip

    def _as_slopes(
        self, load: FloatArray, contract: FloatArray, units: FloatArray, least: float
    ) -> Slopes:
        other = np.concatenate([np.zeros(self._pairs), units, np.zeros(self._flows)])
        return Slopes(load, contract, other, least)


def _numbered(*shapes: tuple[int, ...]) -> tuple[list[IndexArray], int]:
    """Numbers of the entries of some groups that follow each other, and how many there are."""
    ends = np.cumsum([0, *(math.prod(shape) for shape in shapes)])
    groups = zip(ends[:-1], ends[1:], shapes, strict=True)
    return [np.arange(a, b).reshape(shape) for a, b, shape in groups], int(ends[-1])
