"""One state of a study in the hours of the mean days of the months, and plans made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue import Catalogue
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.coefficients.energy import contract_offers
from siting.coefficients.power import Power, weather_output
from siting.coefficients.sets import TimeSlices, slice_layout
from siting.mip.model.demand_classes import DemandClasses, merge_demand
from siting.mip.model.metrics import MetricTerms, metric_terms

__all__ = ["HOURS", "Plan", "State"]


#: Hours of the mean days of the twelve months.
HOURS = 288
_MONTHS, _DAY = 12, 24
#: Steps in which the contracts of a site are filled.
_STEPS = 40


@dataclass(frozen=True)
class Plan:
    """Contracts and own units of every site, for one MW of IT load.

    Parameters
    ----------
    contract_mw : ndarray, shape (S, K)
        What is contracted or built of each source. [MW]
    totals, hidden : mapping of str to ndarray, shape (S,)
        Each metric a year as the slices show it, and what they hide of it.
    """

    contract_mw: FloatArray
    totals: Mapping[str, FloatArray]
    hidden: Mapping[str, FloatArray]


@dataclass(frozen=True)
class State:
    """One state in the hours of the mean days of the months (H), by site (S) and source (K).

    Parameters
    ----------
    c : Coefficients
        Its numbers.
    demand : DemandClasses
        Who is to be served.
    terms : mapping of str to MetricTerms
        What each metric counts.
    hours : ndarray, shape (H,)
        Hours of a year. [h]
    output : ndarray, shape (S, K, H)
        Output per MW of a contract or of own units; zero where there is no offer. [-]
    limit_mw : ndarray, shape (S, K)
        Most of it. [MW]
    contracted : ndarray of bool, shape (K,)
        Whether a source is contracted, of which the study allows a share of the energy.
    grid, used, paid : mapping of str to ndarray, shapes (S, H), (S, K, H), (S, K)
        Metric of a MWh of the grid, of one used of a contract, and of one that it generates.
    known : dict
        What `alone` found so far.
    """

    c: Coefficients
    demand: DemandClasses
    terms: Mapping[str, MetricTerms]
    hours: FloatArray
    output: FloatArray
    limit_mw: FloatArray
    contracted: BoolArray
    grid: Mapping[str, FloatArray]
    used: Mapping[str, FloatArray]
    paid: Mapping[str, FloatArray]
    known: dict[tuple[str, int], tuple[Plan, FloatArray]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, problem: Problem, catalogue: Catalogue) -> Self:
        """The state of a problem."""
        c = problem.coefficients
        hourly = TimeSlices.group(HOURS, problem.weather)
        at = replace(problem, catalogue=catalogue, slices=hourly)
        demand = merge_demand(c)
        terms, own, offers = metric_terms(c, demand), _Weather.of(at), contract_offers(at)
        bought = np.maximum(c.capacity_factor @ c.hours, 1e-12)
        spread = _Spread(c, np.append(c.offer_site, own.site), (*c.offer_source, *own.source))
        return cls(
            c=c,
            demand=demand,
            terms=terms,
            hours=hourly.hours,
            output=spread.by_source(np.concatenate([offers.capacity_factor, own.output])),
            limit_mw=spread.by_source(np.append(c.offer_limit_mw, own.limit_mw)),
            contracted=np.isin(spread.sources, c.offer_source),
            grid={m: _hourly(c, t.grid_mw / c.hours) for m, t in terms.items()},
            used={m: spread.by_source(_hourly(c,
                      np.concatenate([t.supply_mw, own.generated(t)]) / c.hours))
                  for m, t in terms.items()},
            paid={m: spread.by_source(np.append(t.contract_mw / bought, own.paid(t)))
                  for m, t in terms.items()},
        )  # fmt: skip

    def plan(
        self, weights: Mapping[str, float], slices: int, load_mw: FloatArray | None = None
    ) -> Plan:
        """Best contracts under some weights, as seen with a number of slices.

        The largest contracts count where the load of the sites is given, shape (S,). [MW]
        """
        c, h = self.c, self.hours
        pair = self._pairs(weights)
        drawn = _hourly(c, (c.pue - c.generated_kwh_per_kwh)[pair])
        load = np.zeros(len(c.sites)) if load_mw is None else load_mw
        most = np.divide(self.limit_mw, load[:, None], out=np.full_like(self.limit_mw, np.inf),
                         where=load[:, None] > 0)  # fmt: skip
        contract, use = self._fill(weights, drawn, most, slices)
        out = contract[:, :, None] * self.output
        whole = out.sum(axis=1)
        seen = self._mean(whole, slices)
        fraction = np.divide(use, seen, out=np.zeros_like(use), where=seen > 1e-12)
        planned = whole * np.repeat(fraction, HOURS // slices, axis=-1)
        cut = np.maximum(planned - drawn, 0.0)
        part = np.divide(out, whole[:, None], out=np.zeros_like(out), where=whole[:, None] > 1e-12)
        generated = contract * (self.output @ h)
        totals, hidden = {}, {}
        for metric, t in self.terms.items():
            grid, bought = self.grid[metric], (part * self.used[metric]).sum(axis=1)
            fixed = t.load_mw + t.per_module / c.block_mw
            served = float(t.serve_mw.mean()) if len(t.serve_mw) else 0.0
            energy = (grid * drawn + (bought - grid) * planned) @ h
            totals[metric] = fixed[pair] + served + energy + (self.paid[metric] * generated).sum(1)
            hidden[metric] = ((grid - bought) * cut) @ h
        return Plan(contract, totals, hidden)

    def alone(self, metric: str, slices: int) -> tuple[Plan, FloatArray]:
        """Best contracts for one metric alone, and the load of each site. [MW]."""
        if (metric, slices) not in self.known:
            plan = self.plan({metric: 1.0}, slices)
            self.known[metric, slices] = plan, self.serve(plan, {metric: 1.0})
        return self.known[metric, slices]

    def serve(self, plan: Plan, weights: Mapping[str, float]) -> FloatArray:
        """Load of each site where all demand goes to the best one in reach with room. [MW].

        Sites are filled as far as their contracts can grow with the load, and only then further.
        """
        c, demand = self.c, self.demand
        value = np.sum([weight * plan.totals[m] for m, weight in weights.items()], axis=0)
        order, room = np.argsort(value, kind="stable"), _room_mw(c)
        grown = np.divide(self.limit_mw, plan.contract_mw, where=plan.contract_mw > 0,
                          out=np.full_like(self.limit_mw, np.inf))  # fmt: skip
        first = np.minimum(room, grown.min(axis=1, initial=np.inf))
        left, load = demand.mw.copy(), np.zeros(len(c.sites))
        reached = np.bincount(demand.flow_class, minlength=len(demand.mw))
        for most in (first, room):
            for n in np.argsort(reached, kind="stable"):
                reach = c.eligible[demand.workload[n], demand.members[n][0]]
                for s in order[reach[order]]:
                    take = min(left[n], most[s] - load[s])
                    load[s] += take
                    left[n] -= take
                    if left[n] <= 0:
                        break
        return load

    def _pairs(self, weights: Mapping[str, float]) -> IndexArray:
        """The pair of each site that is best on grid energy, shape (S,)."""
        c = self.c
        drawn = c.pue - c.generated_kwh_per_kwh
        cost = np.zeros(len(c.pair_site))
        for metric, weight in weights.items():
            t = self.terms[metric]
            energy = (t.grid_mw[c.pair_site] * drawn).sum(axis=1)
            cost += weight * (t.load_mw + t.per_module / c.block_mw + energy)
        order = np.lexsort((np.where(c.max_modules > 0, cost, np.inf), c.pair_site))
        sites, first = np.unique(c.pair_site[order], return_index=True)
        pair = np.zeros(len(c.sites), dtype=np.intp)
        pair[sites] = order[first]
        return pair

    def _fill(
        self, weights: Mapping[str, float], drawn: FloatArray, most: FloatArray, slices: int
    ) -> tuple[FloatArray, FloatArray]:
        """Contracts, shape (S, K), and what is used of them, shape (S, slices). [MW].

        In each step a site takes so much more of the source that is worth most.
        """
        hours = self.hours.reshape(slices, -1).sum(axis=1)
        power, output = self._mean(drawn, slices), self._mean(self.output, slices)
        worth = np.zeros_like(output)
        price = np.zeros_like(most)
        for metric, weight in weights.items():
            grid, bought = self.grid[metric], self.used[metric]
            worth += weight * self._mean(grid[:, None] - bought, slices)
            price += weight * self.paid[metric]
        generated = output @ hours
        energy = self.c.max_contract_share * hours.sum() / _STEPS
        step = np.divide(energy, generated, out=np.zeros_like(generated), where=generated > 0)
        contract, use = np.zeros_like(step), np.zeros_like(power)
        sites = np.arange(len(step))
        for _ in range(2 * _STEPS):
            more = np.minimum(step[:, :, None] * output, (power - use)[:, None])
            gain = (worth * more) @ hours - price * energy
            steps = np.divide(contract, step, out=np.zeros_like(step), where=step > 0)
            left = steps[:, self.contracted].sum(axis=1) < _STEPS - 0.5
            there = (step > 0) & (contract + step <= most) & (left[:, None] | ~self.contracted)
            gain = np.where(there, gain, 0.0)
            if not gain.size or not (gain > 0).any():
                break
            best = gain.argmax(axis=1)
            taken = gain[sites, best] > 0
            contract[sites[taken], best[taken]] += step[sites, best][taken]
            use[taken] += more[sites, best][taken]
        return contract, use

    def _mean(self, values: FloatArray, slices: int) -> FloatArray:
        """Means of slices of equal clock of an hourly array, shape (..., slices)."""
        parts = (*values.shape[:-1], slices, HOURS // slices)
        mean: FloatArray = values.reshape(parts).mean(axis=-1)
        return mean


class _Spread:
    """Arrays of a problem by site and source.

    Parameters
    ----------
    c : Coefficients
        The problem.
    site : ndarray of int, shape (O,)
    source : sequence of str
        Of each offer.
    """

    def __init__(self, c: Coefficients, site: IndexArray, source: Sequence[str]) -> None:
        self.sources = sorted(set(source))
        self.offer = np.full((len(c.sites), len(self.sources)), -1)
        self.offer[site, [self.sources.index(name) for name in source]] = np.arange(len(source))

    def by_source(self, values: FloatArray) -> FloatArray:
        """Values of offers, shape (O, ...), by site and source; zero where nothing is offered."""
        none = np.zeros((1, *values.shape[1:]))
        found: FloatArray = np.concatenate([values, none])[self.offer]
        return found


def _hourly(c: Coefficients, values: FloatArray) -> FloatArray:
    """Values of slices, shape (..., T), in every hour of the mean days of the months."""
    groups, blocks = slice_layout(len(c.hours))
    parts = values.reshape(*values.shape[:-1], _MONTHS, groups, blocks)
    weight = c.hours.reshape(_MONTHS, groups, blocks)
    days = (parts * weight).sum(axis=-2) / weight.sum(axis=-2)
    return np.repeat(days, _DAY // blocks, axis=-1).reshape(*values.shape[:-1], HOURS)


@dataclass(frozen=True)
class _Weather:
    """Own units that follow the weather (J of all that power the sites).

    Parameters
    ----------
    power : Power or None
        What powers the sites.
    hours : ndarray, shape (T,)
        Of the slices. [h]
    option, segment : ndarray of int, shape (J,)
        Their options, and their places among what is generated.
    output : ndarray, shape (J, H)
        In the hours of the mean days, over their size. [-]
    """

    power: Power | None
    hours: FloatArray
    option: IndexArray
    segment: IndexArray
    output: FloatArray

    @classmethod
    def of(cls, at: Problem) -> Self:
        """Those of a problem in hours."""
        power, none = at.coefficients.operation.power, np.zeros(0, dtype=np.intp)
        outputs = weather_output(at)
        if power is None or not outputs:
            return cls(None, at.coefficients.hours, none, none, np.zeros((0, HOURS)))
        follows = np.isin(power.name, list(outputs)) & ~power.connects
        option = np.flatnonzero(follows)
        return cls(
            power, at.coefficients.hours, option, np.flatnonzero(follows[power.generators]),
            np.array([outputs[power.name[j]][power.site[j]] for j in option]).reshape(-1, HOURS),
        )  # fmt: skip

    @property
    def site(self) -> IndexArray:
        """Their sites."""
        return self.option if self.power is None else self.power.site[self.option]

    @property
    def source(self) -> list[str]:
        """Names unlike those of contracts."""
        return [] if self.power is None else [f"own {self.power.name[j]}" for j in self.option]

    @property
    def limit_mw(self) -> FloatArray:
        """Power of all units that may be built. [MW]."""
        if self.power is None:
            return np.zeros(0)
        return (self.power.most * self.power.unit_mw)[self.option]

    def generated(self, terms: MetricTerms) -> FloatArray:
        """Metric of one MW in each slice, shape (J, T)."""
        return terms.generate_mw[self.segment].reshape(len(self.segment), len(self.hours))

    def paid(self, terms: MetricTerms) -> FloatArray:
        """Metric of having a MWh that they can generate, shape (J,)."""
        if self.power is None:
            return np.zeros(0)
        mwh = self.power.output @ self.hours * self.power.unit_mw
        return (terms.units / np.maximum(mwh, 1e-12))[self.option]


def _room_mw(c: Coefficients) -> FloatArray:
    """Load that a site can take at most, shape (S,). [MW]."""
    room = np.zeros(len(c.sites))
    np.maximum.at(room, c.pair_site, c.block_mw * c.max_modules / c.needed_per_load.max())
    share = c.limits.max_share_per_site
    most = c.total_demand_mw * (1.0 if share is None else share)
    return np.maximum(np.minimum(room, most), 1e-9)
