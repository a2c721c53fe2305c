"""The optimum by trying every count of modules; shares no formula with `siting.mip`.

For each choice of counts the dispatch that is left is a small linear program, written here from
the definitions of the metrics (grid energy is what contracts leave over).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Any

import numpy as np

from siting.coefficients import Coefficients
from tests.helpers.least import least_value


def counts(c: Coefficients) -> Iterator[np.ndarray]:
    """Every vector of modules with at most one design a site."""
    choices = []
    for s in range(len(c.sites)):
        pairs = np.flatnonzero(c.pair_site == s)
        sizes = [(p, n) for p in pairs for n in range(1, c.max_modules[p] + 1)]
        choices.append(
            [(-1, 0)] + [(p, n) for p, n in sizes if n * c.block_mw[p] >= least_mw(c, p)]
        )
    for choice in itertools.product(*choices):
        modules = np.zeros(len(c.pair_site))
        for p, n in choice:
            if n:
                modules[p] = n
        yield modules


def priced_mw(c: Coefficients, mw: float) -> float:
    """Installed power at a factor of one: each step's part at its own. [MW]"""
    if c.scale is None:
        return mw
    ends = [*c.scale.from_mw[1:], np.inf]
    steps = zip(c.scale.from_mw, ends, c.scale.factor, strict=True)
    return sum(factor * max(0.0, min(mw, end) - start) for start, end, factor in steps)


def least_mw(c: Coefficients, p: int) -> float:
    """Smallest size of the design of a pair. [MW]"""
    sizes = c.limits.design_mw
    return (sizes[c.pair_design[p]][0] or 0.0) - 1e-9 if sizes else 0.0


def is_allowed(c: Coefficients, modules: np.ndarray) -> bool:
    built, mw = modules > 0, modules * c.block_mw
    limits, open_sites = c.limits, set(c.pair_site[built])
    peak = np.zeros(len(c.sites))
    np.add.at(peak, c.pair_site, mw * c.pue_peak)
    if (peak > c.connection_mw + 1e-9).any() or mw.sum() < c.total_demand_mw - 1e-9:
        return False
    year = c.hours.sum()
    pue, wue = (c.pue * c.hours).sum(1) / year, (c.wue_l_per_kwh * c.hours).sum(1) / year
    if limits.pue_max is not None and (pue[built] > limits.pue_max).any():
        return False
    if limits.wue_max_l_per_kwh is not None and (wue[built] > limits.wue_max_l_per_kwh).any():
        return False
    if limits.min_mw_per_site is not None and (mw[built] < limits.min_mw_per_site - 1e-9).any():
        return False
    if limits.max_mw_per_site is not None and (mw > limits.max_mw_per_site + 1e-9).any():
        return False
    if limits.max_sites is not None and len(open_sites) > limits.max_sites:
        return False
    if limits.min_sites is not None and len(open_sites) < limits.min_sites:
        return False
    names = {c.sites[s] for s in open_sites}
    return set(limits.open_sites) <= names and not set(limits.closed_sites) & names


#: Figures that many placements ask for, with the coefficients that alone they hang on.
_FIGURES: dict[int, tuple[Coefficients, dict[tuple[object, ...], Any]]] = {}


def figures_of(c: Coefficients) -> dict[tuple[object, ...], Any]:
    """Figures of some coefficients so far; those of the last hundred are kept."""
    if id(c) not in _FIGURES:
        if len(_FIGURES) == 100:
            _FIGURES.clear()
        _FIGURES[id(c)] = c, {}
    return _FIGURES[id(c)][1]


class Dispatch:
    """The linear program for given counts: x = (serve[w,d,s] …, used[o,t] …, contract[o] …)."""

    def __init__(self, c: Coefficients, modules: np.ndarray) -> None:
        self.c, self.figures = c, figures_of(c)
        self.pair = {int(c.pair_site[p]): int(p) for p in np.flatnonzero(modules)}
        self.mw = {s: modules[p] * c.block_mw[p] for s, p in self.pair.items()}
        self.modules = modules
        self.serve = [
            (w, d, s)
            for w, d, s in np.ndindex(c.eligible.shape)
            if c.eligible[w, d, s]
            and s in self.pair
            and c.demand_mw[w, d] > 0
            and (c.structure.accepts is None or c.structure.accepts[w, c.pair_design[self.pair[s]]])
        ]
        self.offers = [o for o in range(len(c.offer_source)) if int(c.offer_site[o]) in self.pair]
        self.used = [(o, t) for o in self.offers for t in range(len(c.hours))]
        self.n = len(self.serve) + len(self.used) + len(self.offers)
        self.first_used = len(self.serve)
        self.first_contract = len(self.serve) + len(self.used)

    def metric(self, name: str) -> tuple[np.ndarray, float]:
        """Coefficients on x and the constant of one metric; carbon has a price in the cost."""
        row, constant = self._without_carbon_price(name)
        if name == "cost_usd":
            carbon, embodied = self._without_carbon_price("carbon_t_co2e")
            row = row + self.c.carbon_price_usd_per_t * carbon
            constant += self.c.carbon_price_usd_per_t * embodied
        return row, constant

    def _without_carbon_price(self, name: str) -> tuple[np.ndarray, float]:
        c, row, constant = self.c, np.zeros(self.n), 0.0
        year = {s: self._once(self._year, name, p) for s, p in self.pair.items()}
        for i, (w, d, s) in enumerate(self.serve):
            p = self.pair[s]
            row[i] = year[s]
            if name == "carbon_t_co2e":
                row[i] += c.it_carbon_t_per_mw[w] * c.capacity_per_load[w]
                row[i] += c.spare_share[p] * c.spare_carbon_t_per_mw
            if name == "cost_usd":
                row[i] += c.flow_cost_usd_per_mw[d, s]
        if self.offers:
            changes = [self._once(self._change, name, o) for o in self.offers]
            row[self.first_used : self.first_contract] = np.concatenate(changes)
        if name == "cost_usd":
            for i, o in enumerate(self.offers):
                row[self.first_contract + i] = self._generated(o) * c.offer_price_usd_per_mwh[o]
        for s, p in self.pair.items():
            if name == "carbon_t_co2e":
                constant += c.fixed_carbon_t_per_mw[p] * self.mw[s] + c.open_carbon_t_co2e[s]
            if name == "cost_usd":
                constant += c.fixed_cost_usd_per_mw[p] * priced_mw(c, self.mw[s])
                constant += c.om_usd_per_mw[p] * self.mw[s] + c.open_cost_usd[s]
        return row, constant

    def _once(self, make: Callable[..., Any], *of: object) -> Any:
        """A figure that hangs on the coefficients alone."""
        key = (make.__name__, *of)
        if key not in self.figures:
            self.figures[key] = make(*of)
        return self.figures[key]

    def _year(self, name: str, p: int) -> float:
        """Metric of a year per IT power of a pair, if all its power comes from the grid."""
        grid = np.broadcast_to(self._grid(name, self.c.pair_site[p]), self.c.hours.shape)
        return float(self.c.hours @ (self._per_it(name, p) + self._drawn(p) * grid))

    def _change(self, name: str, o: int) -> np.ndarray:
        """Metric of each slice per power that comes from a contract and not from the grid."""
        grid = np.broadcast_to(self._grid(name, self.c.offer_site[o]), self.c.hours.shape)
        return self.c.hours * (self._offer(name, o) - grid)

    def _generated(self, o: int) -> float:
        return float(np.sum(self.c.hours * self.c.capacity_factor[o]))

    def _drawn(self, p: int) -> np.ndarray:
        """Power that grid and contracts must bring per IT power, by slice."""
        return self.c.pue[p] - self.c.generated_kwh_per_kwh[p]

    def _per_it(self, name: str, p: int) -> np.ndarray:
        c, s = self.c, self.c.pair_site[p]
        return {
            "energy_mwh": c.pue[p],
            "carbon_t_co2e": c.fuel_kwh_per_kwh[p] * c.fuel_carbon_t_per_mwh,
            "water_m3": c.wue_l_per_kwh[p],
            "water_withdrawal_m3": c.withdrawal_l_per_kwh[p],
            "water_scarcity_m3": c.wue_l_per_kwh[p] * c.scarcity_site[s],
            "cost_usd": c.wue_l_per_kwh[p] * c.water_price_usd_per_m3[s]
            + c.fuel_kwh_per_kwh[p] * c.fuel_price_usd_per_mwh,
        }[name]

    def _grid(self, name: str, s: int) -> np.ndarray | float:
        c = self.c
        return {
            "energy_mwh": 0.0,
            "carbon_t_co2e": c.grid_carbon_t_per_mwh[s],
            "water_m3": c.grid_water_l_per_kwh[s],
            "water_withdrawal_m3": c.grid_withdrawal_l_per_kwh[s],
            "water_scarcity_m3": c.grid_water_l_per_kwh[s] * c.scarcity_grid[s],
            "cost_usd": c.grid_price_usd_per_mwh[s] + c.electricity_tax_usd_per_mwh[s],
        }[name]

    def _offer(self, name: str, o: int) -> np.ndarray | float:
        c = self.c
        scarcity = c.scarcity_grid[c.offer_site[o]]
        return {
            "energy_mwh": 0.0,
            "carbon_t_co2e": c.offer_carbon_t_per_mwh[o],
            "water_m3": c.offer_water_l_per_kwh[o],
            "water_withdrawal_m3": c.offer_withdrawal_l_per_kwh[o],
            "water_scarcity_m3": c.offer_water_l_per_kwh[o] * scarcity,
            "cost_usd": c.electricity_tax_usd_per_mwh[c.offer_site[o]],
        }[name]

    def no_less_than(self, cost: np.ndarray) -> float:
        """Each demand where it costs least, with contracts only where and when they save most.

        A bound on the program, so that most placements need no solve; infinite where a demand has
        no site.
        """
        if (cost[self.first_contract :] < 0).any():
            return -np.inf
        change = cost[self.first_used : self.first_contract].reshape(-1, len(self.c.hours))
        saved = {
            s: self._once(self._most_saved, s, p, change[self._offers_at(s)].tobytes())
            for s, p in self.pair.items()
        }
        each = np.where(self.c.demand_mw > 0, np.inf, 0.0)
        for i, (w, d, s) in enumerate(self.serve):
            each[w, d] = min(each[w, d], self.c.demand_mw[w, d] * (cost[i] - saved[s]))
        return float(each.sum())

    def _offers_at(self, s: int) -> list[int]:
        """Positions of the offers of a site."""
        return [i for i, o in enumerate(self.offers) if self.c.offer_site[o] == s]

    def _most_saved(self, s: int, p: int, changes: bytes) -> float:
        """Most that contracts save per IT power of a pair, within what they may generate.

        ``changes`` are those of the site's offers by slice, shape (offers, T).
        """
        c, here = self.c, self._offers_at(s)
        if not here:
            return 0.0
        factor, year = c.capacity_factor[[self.offers[i] for i in here]], c.hours.sum()
        shape = (factor / (factor @ c.hours)[:, None]).max(axis=0)
        most_mw = np.minimum(c.max_contract_share * year * shape, self._drawn(p))
        change = np.frombuffer(changes).reshape(len(here), -1)
        rate = np.maximum(-change.min(axis=0), 0.0) / c.hours
        left, saved = c.max_contract_share * year, 0.0
        for t in np.argsort(-rate):
            used = min(left, c.hours[t] * max(most_mw[t], 0.0))
            left, saved = left - used, saved + rate[t] * used
        return saved

    def rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """A_ub, b_ub, A_eq, b_eq."""
        c, upper, most, equal, exact = self.c, [], [], [], []
        for w, d in np.ndindex(c.demand_mw.shape):
            if c.demand_mw[w, d] > 0:
                equal.append(self._pick(lambda i, w=w, d=d: self.serve[i][:2] == (w, d)))
                exact.append(c.demand_mw[w, d])
        for s in self.pair:
            at_site = self._pick(lambda i, s=s: self.serve[i][2] == s)
            if (c.capacity_per_load > 1).any():
                spare = np.array([c.capacity_per_load[w] for w, _, _ in self.serve])
                upper.append(at_site * np.pad(spare, (0, self.n - len(spare))))
                most.append(self.mw[s])
            for most_mw in self._load_limits(s):
                upper.append(at_site)
                most.append(most_mw)
            volume = np.zeros(self.n)
            for o in self.offers:
                if c.offer_site[o] == s:
                    generated = float(np.sum(c.hours * c.capacity_factor[o]))
                    volume[self.first_contract + self.offers.index(o)] = generated
            upper.append(volume / c.hours.sum() - c.max_contract_share * at_site)
            most.append(0.0)
            for t, drawn in enumerate(self._drawn(self.pair[s])):
                row = -drawn * at_site
                for i, (o, u) in enumerate(self.used):
                    row[self.first_used + i] = float(u == t and c.offer_site[o] == s)
                upper.append(row)
                most.append(0.0)
        for i, (o, t) in enumerate(self.used):
            row = np.zeros(self.n)
            row[self.first_used + i] = 1.0
            row[self.first_contract + self.offers.index(o)] = -c.capacity_factor[o, t]
            upper.append(row)
            most.append(0.0)
        for metric, budget in c.limits.budgets:
            row, constant = self.metric(metric)
            upper.append(row / budget)
            most.append(1.0 - constant / budget)
        return np.array(upper), np.array(most), np.array(equal), np.array(exact)

    def _load_limits(self, s: int) -> Iterator[float]:
        c, p = self.c, self.pair[s]
        yield self.mw[s]
        if c.limits.max_share_per_site is not None:
            yield c.limits.max_share_per_site * c.total_demand_mw
        for litres, limit in (
            (c.wue_l_per_kwh, c.limits.site_water_m3),
            (c.withdrawal_l_per_kwh, c.limits.site_withdrawal_m3),
        ):
            if limit is not None:
                yield limit / float(np.sum(litres[p] * c.hours))

    def _pick(self, chosen: object) -> np.ndarray:
        row = np.zeros(self.n)
        row[[i for i in range(len(self.serve)) if chosen(i)]] = 1.0
        return row


def brute_force(c: Coefficients, weights: Mapping[str, float]) -> float:
    """Least Σ weight · metric over every placement; infinite where there is none.

    Least bounds come first, so that most placements need no solve.
    """
    left = []
    for modules in counts(c):
        if not is_allowed(c, modules):
            continue
        lp = Dispatch(c, modules)
        parts = [(w, *lp.metric(m)) for m, w in weights.items()]
        cost = sum(w * row for w, row, _ in parts)
        constant = sum(w * constant for w, _, constant in parts)
        left.append((lp.no_less_than(cost) + constant, lp, cost, constant))
    best = np.inf
    for bound, lp, cost, constant in sorted(left, key=itemgetter(0)):
        if bound >= best:
            break
        a_ub, b_ub, a_eq, b_eq = lp.rows()
        limits = [(0, None)] * lp.first_contract
        limits += [(0, float(c.offer_limit_mw[o])) for o in lp.offers]
        best = min(best, least_value(cost, a_ub, b_ub, a_eq, b_eq, limits) + constant)
    return float(best)
