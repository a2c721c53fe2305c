"""The dispatch of every site of one state: in closed form, or by a linear program of the site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.instance import stores_of_site, units_of_site
from siting.mip.benders.dispatch import SiteDispatch, Slopes
from siting.mip.benders.power_program import (
    PowerProgram,
    needs_of_slices,
    plainly_powered_sites,
    power_slopes,
    powered_sites,
)
from siting.mip.benders.site_program import SiteProgram
from siting.mip.components import active
from siting.mip.model.build import Columns, ModelState
from siting.mip.model.demand_classes import DemandClasses, varying_sites
from siting.mip.runs import Row

__all__ = ["Subproblems", "local_sites"]


#: Load below which a site is taken to serve nothing. [MW]
LEAST_MW = 1e-7
#: Share by which a site uses more than it can, from which that counts. [-]
OVERSTATED = 1e-3
#: Share of what a dispatch lacks in the master that a cut at other contracts must cut off. [-]
ENOUGH = 0.5
#: Part of the largest load of a site at which its first cut is made. [-]
TYPICAL = 0.3


class Subproblems:
    """Dispatch cost of each site at a point of the master.

    Parameters
    ----------
    state : ModelState
        The state, of a decomposed model.
    columns : callable
        Columns of some variables in the master.
    """

    def __init__(self, state: ModelState, columns: Columns) -> None:
        if state.dispatch is None:
            raise ValueError("the model is not decomposed")
        v, c, demand = state.variables, state.coefficients, state.demand
        self._state, self.closed = state, state.dispatch
        self.use = np.array([columns(row) for row in v.use])
        self._load, self._contract = columns(v.load_mw), columns(v.contract_mw)
        self._site = c.pair_site
        self.local = local_sites(c, demand)
        self._powered = powered_sites(c, demand) & self.local
        self._plain = plainly_powered_sites(c, demand) & self.local
        self._programs = state.programs
        modules, stores, units, serve = (
            columns(x) for x in (v.modules, v.storage_mw, v.units, v.serve_mw)
        )
        self._modules, self._serve = modules, serve
        self._other = {
            int(s): np.concatenate(
                [
                    modules[self.closed.pairs[s]],
                    stores[stores_of_site(c, int(s))],
                    units[units_of_site(c, int(s))],
                    serve[demand.flow_site == s],
                ]
            )
            for s in np.flatnonzero(self.local)
        }

    def restart(self) -> None:
        """Let the programs of sites forget the bases of earlier solves."""
        for program in self._programs.values():
            program.restart()

    def loaded(self, values: FloatArray) -> IndexArray:
        """Sites that carry load at a point."""
        return np.unique(self._site[values[self._load] > LEAST_MW])

    def closed_use(self, values: FloatArray) -> IndexArray:
        """Columns of what sites without modules use."""
        return np.delete(
            self.use, np.unique(self._site[values[self._modules] > 0.5]), axis=1
        ).ravel()

    def solve(
        self, factors: FloatArray, values: FloatArray, sites: Iterable[int] | None = None
    ) -> dict[int, SiteDispatch]:
        """Dispatch of some sites, of the loaded ones by default, at prices of shape (M, S)."""
        sites = self.loaded(values) if sites is None else sites
        return {int(s): self.solve_site(int(s), factors[:, s], values) for s in sites}

    def solve_site(self, s: int, factors: FloatArray, values: FloatArray) -> SiteDispatch:
        """Dispatch of one site at the prices of its shared metrics, shape (M,)."""
        if self.local[s]:
            return self._program(s).solve(factors, values[self._outside(s)])
        load = values[self._load[self.closed.pairs[s]]]
        return self.closed.solve(s, factors, load, values[self._contract[self.closed.offers[s]]])

    def better_cut(
        self, s: int, factors: FloatArray, found: SiteDispatch, values: FloatArray,
        cost: FloatArray, high: FloatArray,
    ) -> Row:  # fmt: skip
        """Return the cut at what suits the load of a site best, else that of a dispatch.

        Parameters
        ----------
        s : int
            Site.
        factors : ndarray, shape (M,)
            Prices of its shared metrics.
        found : SiteDispatch
            Its dispatch at the point.
        values, cost, high : ndarray, shape (columns,)
            The point of the master, what that minimizes, and its upper bounds.
        """
        if self.local[s] and not found.missed:
            outside, counted = self._outside(s), float(factors @ values[self.use[:, s]])
            point = values[outside]
            slopes = self._program(s).chosen(factors, point, cost[outside], high[outside])
            enough = counted + ENOUGH * (found.value - counted)
            if slopes is not None and slopes.value(point) >= enough:
                return self._cut(s, factors, slopes)
        return self.cut(s, factors, found)

    def _program(self, s: int) -> SiteProgram | PowerProgram:
        if s not in self._programs:
            c, demand = self._state.coefficients, self._state.demand
            if self._plain[s]:
                flows = len(demand.flows_of_site[s])
                self._programs[s] = PowerProgram(c, self.closed, s, flows)
            else:
                self._programs[s] = SiteProgram(c, demand, self.closed, s)
        program: SiteProgram | PowerProgram = self._programs[s]
        return program

    def _outside(self, s: int) -> IndexArray:
        parts = self._load[self.closed.pairs[s]], self._contract[self.closed.offers[s]]
        return np.concatenate([*parts, self._other.get(s, np.zeros(0, dtype=np.intp))])

    def understated(self, factors: FloatArray, values: FloatArray, least: float) -> IndexArray:
        """Sites without load whose use counts less than nothing at a point."""
        counted = (factors * values[self.use]).sum(axis=0)
        counted[self.loaded(values)] = 0.0
        return np.flatnonzero(counted < -least)

    @cached_property
    def _most(self) -> dict[int, FloatArray]:
        """Contribution of one MW of each pair at most, (M, pairs), of sites in closed form."""
        pairs = enumerate(self.closed.pairs)
        return {s: self.closed.most(s) for s, own in pairs if len(own) and not self.local[s]}

    def overstated(self, values: FloatArray) -> list[Row]:
        """Rows of the metrics of which sites use more at a point than their load can use at all.

        Limits on several metrics are else met by more of another than there is.
        """
        if not self._most:
            return []
        load = values[self._load]
        room = np.array([most @ load[self.closed.pairs[s]] for s, most in self._most.items()])
        used = values[self.use[:, list(self._most)].T]
        above = (used > room + OVERSTATED * (1.0 + room)).any(axis=0)
        return self.room(np.flatnonzero(above))

    def room(self, metrics: IndexArray | None = None) -> list[Row]:
        """Rows that hold metrics at every site to what its load can use; all by default."""
        metrics = np.arange(len(self.use)) if metrics is None else metrics
        return [
            Row(
                np.append(self.use[m, s], self._load[self.closed.pairs[s]]),
                np.append(1.0, -most[m]), high=0.0, needed=True,
            )
            for m in metrics for s, most in self._most.items()
        ]  # fmt: skip

    @property
    def loads(self) -> IndexArray:
        """Columns that the load of the state bounds."""
        return np.concatenate([self.use.ravel(), self._load, self._modules, self._serve])

    def most_cost(self, cost: FloatArray) -> float:
        """Cost of `loads` at most; infinite where that is not known.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            Of each column.
        """
        price, demand, c = np.maximum(cost, 0.0), self._state.demand, self._state.coefficients
        if cost[self.use[:, self.local]].any():
            return np.inf
        per_mw = [float((price[self.use[:, s]] @ most).max()) for s, most in self._most.items()]
        dearest = max(per_mw, default=0.0) + float(price[self._load].max(initial=0.0))
        served = float(price[self._serve] @ demand.mw[demand.flow_class])
        built = float(price[self._modules] @ c.max_modules)
        return dearest * float(demand.mw.sum()) + served + built

    def used(self, s: int, found: SiteDispatch) -> FloatArray:
        """Contribution of a dispatch to each shared metric, shape (M,)."""
        return self._program(s).use(found) if self.local[s] else self.closed.use(s, found)

    def cut(self, s: int, factors: FloatArray, found: SiteDispatch) -> Row:
        """Return the cut of a dispatch at the prices at which it was found.

        Where the site has no dispatch at all, the integer program needs the cut.
        """
        factors = np.zeros_like(factors) if found.missed else factors
        return replace(self._cut(s, factors, found.slopes), needed=found.missed > 0)

    def _cut(self, s: int, factors: FloatArray, slopes: Slopes) -> Row:
        columns = np.concatenate([self.use[:, s], self._outside(s)])
        right = (slopes.load_slope, slopes.contract_slope, slopes.other_slope)
        coefficients = np.concatenate([factors, *(-slope for slope in right)])
        scale = np.abs(coefficients).max()
        used = np.abs(coefficients) > 1e-12 * scale
        return Row(columns[used], coefficients[used] / scale, low=slopes.least / scale)

    def first_cuts(
        self, price: FloatArray, cost: FloatArray, high: FloatArray, *, programs: bool
    ) -> list[Row]:
        """Cuts at some prices, shape (M, S), before any point is known.

        Those of site programs cost two solves each, and are only made where asked for.
        """
        cuts: list[Row] = []
        priced = price.any(axis=0)  # A limit on some places alone prices no other.
        sites = [s for s, pairs in enumerate(self.closed.pairs) if len(pairs) and priced[s]]
        share = self._state.coefficients.max_contract_share
        slopes = self.closed.first_slopes([s for s in sites if not self.local[s]], price, share)
        for s in sites:
            if self._powered[s]:
                cuts += self._power_cuts(s, price[:, s])
                if self._plain[s]:
                    cuts += self._typical_cuts(s, price[:, s], cost, high)
            elif self.local[s] and not programs:
                continue
            elif self.local[s]:
                points = self._first_points(s)
                found = [self._program(s).solve(price[:, s], point) for point in points]
                cuts += [self.cut(s, price[:, s], x) for x in found]
            else:
                cuts += [self._cut(s, price[:, s], x) for x in slopes[s]]
        return [replace(cut, needed=True, guessed=True) for cut in cuts]

    def _power_cuts(self, s: int, factors: FloatArray) -> list[Row]:
        c = self._state.coefficients
        return [
            self._cut(s, factors, Slopes(load, contract, self._by_units(s, units)))
            for load, contract, units in power_slopes(c, self.closed, s, factors)
        ]

    def _typical_cuts(
        self, s: int, factors: FloatArray, cost: FloatArray, high: FloatArray
    ) -> list[Row]:
        """Cut at the contracts and units that suit a part of the largest load of a site best."""
        c, pairs, outside = self._state.coefficients, self.closed.pairs[s], self._outside(s)
        room = np.minimum(c.block_mw * c.max_modules, c.total_demand_mw)[pairs]
        best, count = int(np.argmax(room)), len(pairs)
        point = np.zeros(len(outside))
        point[best] = TYPICAL * room[best]
        modules = count + len(self.closed.offers[s])
        point[modules + best] = point[best] / c.block_mw[pairs[best]]
        slopes = self._program(s).chosen(factors, point, cost[outside], high[outside])
        return [] if slopes is None else [self._cut(s, factors, slopes)]

    def _by_units(self, s: int, units: FloatArray) -> FloatArray:
        """Slopes of a site by its other decisions where units alone have any."""
        other = np.zeros(len(self._other[s]))
        first = len(self.closed.pairs[s]) + len(stores_of_site(self._state.coefficients, s))
        other[first : first + len(units)] = units
        return other

    def needs(self) -> list[Row]:
        """Rows of what sites that power themselves need in their hardest slices."""
        c, found = self._state.coefficients, []
        for s in np.flatnonzero(self._powered):
            columns = np.append(self._load[self.closed.pairs[s]], self._other[int(s)])
            for load, units, most in needs_of_slices(c, self.closed, int(s)):
                values = np.append(load, self._by_units(int(s), units))
                used = np.abs(values) > 0.0
                found.append(Row(columns[used], values[used], high=most, needed=True))
        return found

    def _first_points(self, s: int) -> list[FloatArray]:
        """One module of the best pair full of every class alike: with no contract, with each."""
        c, demand = self._state.coefficients, self._state.demand
        pairs, offers = self.closed.pairs[s], self.closed.offers[s]
        best = int(np.argmin(c.pue[pairs] @ c.hours))
        of_class = demand.flow_class[demand.flow_site == s]
        serve = demand.mw[of_class] / max(demand.mw[of_class].sum(), 1e-12)
        room = serve @ c.needed_per_load[demand.workload[of_class]]
        serve = serve * c.block_mw[pairs[best]] / max(room, 1e-12)
        load, modules = np.zeros(len(pairs)), np.zeros(len(pairs))
        load[best], modules[best] = serve.sum(), 1.0
        mean = c.capacity_factor[offers] @ c.hours / c.hours.sum() * max(len(offers), 1)
        share = c.max_contract_share * load[best]
        mixed = np.divide(share, mean, out=np.zeros_like(mean), where=mean > 0)
        stores = np.zeros(len(stores_of_site(c, s)))
        contracts = [0.0 * mixed, mixed][: 1 + bool(len(offers))]
        units = np.zeros(len(units_of_site(c, s)))
        if c.operation.power is not None:
            units += c.operation.power.most[units_of_site(c, s)]
        return [np.concatenate([load, mw, modules, stores, units, serve]) for mw in contracts]


def local_sites(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites, shape (S,), whose dispatch is a linear program of its own."""
    o, found = c.operation, varying_sites(c, demand)
    for rule in o.clean:
        if rule.local:
            found |= rule.sites
    for component in active(c):
        found |= component.sites(c)
    if o.power is not None:
        found[o.power.site[o.power.dispatched]] = True
    return found & np.isin(np.arange(len(c.sites)), c.pair_site)
