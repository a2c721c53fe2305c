"""Cost of electricity at a site, a convex function of its load and its contracts.

Once load and contracts are fixed, the slices of a site no longer depend on each other, and in each
of them the cheapest sources are taken first. Value and slopes of that dispatch are a closed form
over all slices at once. By linear programming duality the slopes at any one point give an
inequality that holds at every point: a Benders cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from siting.arrays import FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.mip.families.metric_limits import unit_of
from siting.mip.model.metrics import MetricTerms

__all__ = ["Dispatch", "SiteDispatch", "Slopes"]

#: Numbers that the prices of sites worked out together may be, which are held several times.
MOST_NUMBERS = 500_000


def _none() -> FloatArray:
    return np.zeros(0)


@dataclass(frozen=True)
class Slopes:
    """A cut of one site: μ · use ≥ load_slope · load + contract_slope · contract and so on.

    Parameters
    ----------
    load_slope : ndarray
        For each pair of the site. [1/MW]
    contract_slope : ndarray
        For each offer of the site, never positive. [1/MW]
    other_slope : ndarray
        For its other decisions in the order of `SiteProgram.solve`; size zero in the closed form.
    least : float
        What is added to the right side.
    """

    load_slope: FloatArray
    contract_slope: FloatArray
    other_slope: FloatArray = field(default_factory=_none)
    least: float = 0.0

    def value(self, point: FloatArray) -> float:
        """Right side at loads, contracts and other decisions in one array."""
        slope = np.concatenate([self.load_slope, self.contract_slope, self.other_slope])
        return self.least + float(slope @ point)


@dataclass(frozen=True)
class SiteDispatch:
    """Cheapest dispatch of one site at given prices.

    Parameters
    ----------
    value : float
        Σ_t of what all sources cost.
    slopes : Slopes
        Its subgradient.
    supply_mw : ndarray, shape (offers of the site, T)
        Power from each contract. [MW]
    grid_mw : ndarray, shape (T,)
        Power from the grid. [MW]
    operated : mapping of str to ndarray
        The site's rows of the other groups of `Variables` that slices decide.
    missed : float
        By how much the rows of the site cannot be met at all; ``slopes`` then say what they need.
    """

    value: float
    slopes: Slopes
    supply_mw: FloatArray
    grid_mw: FloatArray
    operated: Mapping[str, FloatArray] = field(default_factory=dict)
    missed: float = 0.0

    def scaled(self, factor: float) -> SiteDispatch:
        """Return the same at a share of its power."""
        return replace(
            self,
            value=self.value * factor,
            supply_mw=self.supply_mw * factor,
            grid_mw=self.grid_mw * factor,
            operated={name: values * factor for name, values in self.operated.items()},
        )

    def plus(self, other: SiteDispatch) -> SiteDispatch:
        """Two dispatches of one site together."""
        return replace(
            self,
            value=self.value + other.value,
            supply_mw=self.supply_mw + other.supply_mw,
            grid_mw=self.grid_mw + other.grid_mw,
            operated={
                name: values + other.operated[name] for name, values in self.operated.items()
            },
        )


class Dispatch:
    """The dispatch of every site of one state.

    Metrics are counted in ``units``, their magnitude in the study, so that all numbers of the
    program lie near one.

    Parameters
    ----------
    c : Coefficients
        Numbers of the state.
    terms : mapping of str to MetricTerms
        Coefficients of every metric on grid and contract energy.
    """

    def __init__(self, c: Coefficients, terms: Mapping[str, MetricTerms]) -> None:
        self.metrics = tuple(terms)
        self._c = c
        self._drawn = c.pue - c.generated_kwh_per_kwh
        self.units = {m: unit_of(c, m, t) for m, t in terms.items()}
        self._grid = {m: t.grid_mw / self.units[m] for m, t in terms.items()}
        self._supply = {m: t.supply_mw / self.units[m] for m, t in terms.items()}
        self._made = {m: t.generate_mw / self.units[m] for m, t in terms.items()}
        self.pairs, self.offers = c.pairs_of_site, c.offers_of_site

    def prices(self, s: int, factors: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Price of one MW through each slice: of the grid (T), and of each contract (offers, T)."""
        used = [(m, f) for m, f in zip(self.metrics, factors, strict=True) if f > 0]
        slices, offers = len(self._c.hours), self.offers[s]
        grid, supply = np.zeros(slices), np.zeros((len(offers), slices))
        for metric, factor in used:
            grid += factor * self._grid[metric][s]
            supply += factor * self._supply[metric][offers]
        return grid, supply

    def made_prices(self, segments: IndexArray, factors: FloatArray) -> FloatArray:
        """Price of one MW through each slice from some segments of generators, shape (g, T)."""
        found = np.zeros((len(segments), len(self._c.hours)))
        for metric, factor in zip(self.metrics, factors, strict=True):
            if factor > 0:
                found += factor * self._made[metric][segments]
        return found

    def made_use(self, segments: IndexArray, made_mw: FloatArray) -> FloatArray:
        """Contribution of what some segments generate to each metric, shape (M,)."""
        return np.array([(self._made[m][segments] * made_mw).sum() for m in self.metrics])

    def drawn(self, s: int) -> FloatArray:
        """Power that the pairs of a site draw in each slice over their IT load, (pairs, T)."""
        found: FloatArray = self._drawn[self.pairs[s]]
        return found

    def most(self, s: int) -> FloatArray:
        """Contribution of one MW of load of each pair of a site to each metric at most.

        Shape (M, pairs): as if all power came from the source that adds most.
        """
        drawn, offers = np.maximum(self.drawn(s), 0.0), self.offers[s]
        dearest = [
            np.maximum(self._grid[m][s], self._supply[m][offers].max(axis=0, initial=0.0))
            for m in self.metrics
        ]
        found: FloatArray = np.maximum(dearest, 0.0) @ drawn.T
        return found

    def solve(
        self, s: int, factors: FloatArray, load_mw: FloatArray, contract_mw: FloatArray
    ) -> SiteDispatch:
        """Serve a site at the least Σ_m factor[m] · metric[m].

        Parameters
        ----------
        s : int
            The site.
        factors : ndarray, shape (M,)
            Price of each metric.
        load_mw, contract_mw : ndarray
            Load of each pair and power of each contract of the site. [MW]
        """
        grid, supply = self.prices(s, factors)
        needed = load_mw @ self._drawn[self.pairs[s]]
        output = self._c.capacity_factor[self.offers[s]] * contract_mw[:, None]
        used, left, price = _cheapest_first(needed, grid, supply, output)
        return SiteDispatch(
            value=float(grid @ left + (supply * used).sum()),
            slopes=self.slopes(s, price, grid, supply),
            supply_mw=used,
            grid_mw=left,
        )

    def slopes(self, s: int, price: FloatArray, grid: FloatArray, supply: FloatArray) -> Slopes:
        """The cut of a price of energy in each slice; valid for any price up to the grid's.

        Dual of the dispatch: max Σ_t price[t] · needed[t] − Σ_o,t rent[o,t] · output[o,t] with
        price ≤ grid and rent ≥ price − supply, rent ≥ 0.
        """
        price = np.minimum(price, grid)
        factor = self._c.capacity_factor[self.offers[s]]
        return Slopes(self._drawn[self.pairs[s]] @ price, _contract_slope(price, supply, factor))

    def first_slopes(
        self, sites: Sequence[int], factors: FloatArray, share: float
    ) -> dict[int, list[Slopes]]:
        """Cuts to start from: no contract, contracts without end, and each one alone in between.

        Sites with as many offers are worked out together.

        Parameters
        ----------
        sites : sequence of int
            The sites.
        factors : ndarray, shape (M, S)
            Price of each metric at every site.
        share : float
            Contracted energy to IT energy at which a single contract is looked at. [-]
        """
        offers = np.array([len(self.offers[s]) for s in sites], dtype=np.intp)
        found: dict[int, list[Slopes]] = {}
        for count in np.unique(offers):
            alike = np.asarray(sites, dtype=np.intp)[offers == count]
            most = max(1, MOST_NUMBERS // ((int(count) + 1) * len(self._c.hours)))
            for i in range(0, len(alike), most):
                found |= self._first_slopes_of(alike[i : i + most], factors, share)
        return found

    def _first_slopes_of(
        self, sites: IndexArray, factors: FloatArray, share: float
    ) -> dict[int, list[Slopes]]:
        """Cuts to start from of some sites with as many offers each."""
        c, pairs = self._c, [self.pairs[s] for s in sites]
        offers = np.array([self.offers[s] for s in sites], dtype=np.intp)
        grid = sum(f[sites, None] * self._grid[m][sites]
                   for m, f in zip(self.metrics, factors, strict=True))  # fmt: skip
        supply = sum(f[sites, None, None] * self._supply[m][offers]
                     for m, f in zip(self.metrics, factors, strict=True))  # fmt: skip
        factor, count = c.capacity_factor[offers], offers.shape[1]
        prices = [grid]
        if count:
            prices.append(np.minimum(grid, supply.min(axis=1)))
            needed = self._drawn[[own[0] for own in pairs]]
            mean = factor @ c.hours / c.hours.sum()
            alone = np.divide(share, mean, out=np.zeros_like(mean), where=mean > 0)
            points = [np.where(np.arange(count) == o, alone, 0.0) for o in range(count)]
            for point in (*points, alone / count):
                _, _, price = _cheapest_first(needed, grid, supply, factor * point[..., None])
                prices.append(np.minimum(price, grid))
        drawn = self._drawn[np.concatenate(pairs)]
        own, ends = np.repeat(np.arange(len(sites)), [len(x) for x in pairs]), _ends(pairs)
        by_load = [np.split(np.einsum("pt,pt->p", drawn, price[own]), ends) for price in prices]
        by_contract = [_contract_slope(price[:, None], supply, factor) for price in prices]
        return {
            int(s): [Slopes(x[i], y[i]) for x, y in zip(by_load, by_contract, strict=True)]
            for i, s in enumerate(sites)
        }

    def use(self, s: int, x: SiteDispatch) -> FloatArray:
        """Contribution of a dispatch to each metric, shape (M,), in ``units``."""
        offers = self.offers[s]
        return np.array(
            [
                self._grid[m][s] @ x.grid_mw + (self._supply[m][offers] * x.supply_mw).sum()
                for m in self.metrics
            ]
        )


def _cheapest_first(
    needed: FloatArray, grid: FloatArray, supply: FloatArray, output: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Serve every slice from its cheapest sources.

    Parameters
    ----------
    needed, grid : ndarray, shape (..., T)
        What is drawn, and the price of the grid.
    supply, output : ndarray, shape (..., offers, T)
        Price of each contract, and what it gives.

    Returns
    -------
    used, left, price : ndarray
        Power from each contract and from the grid, and what one more MW costs.
    """
    order = np.argsort(supply, axis=-2, kind="stable")
    worth = np.where(supply < grid[..., None, :], output, 0.0)
    room = np.take_along_axis(worth, order, axis=-2)
    before = np.cumsum(room, axis=-2) - room
    taken = np.clip(needed[..., None, :] - before, 0.0, room)
    used = np.zeros_like(taken)
    np.put_along_axis(used, order, taken, axis=-2)
    left = np.maximum(needed - used.sum(axis=-2), 0.0)
    dearest = np.where(used > 0, supply, 0.0).max(axis=-2, initial=0)
    return used, left, np.where(left > 1e-12 * needed, grid, dearest)


def _contract_slope(price: FloatArray, supply: FloatArray, factor: FloatArray) -> FloatArray:
    """Slope by each contract, (..., offers), of a price of energy that spreads over offers."""
    found: FloatArray = -(factor * np.maximum(price - supply, 0.0)).sum(axis=-1)
    return found


def _ends(parts: Sequence[IndexArray]) -> IndexArray:
    """Where each part but the last ends once they stand after one another."""
    return np.cumsum([len(part) for part in parts])[:-1]
