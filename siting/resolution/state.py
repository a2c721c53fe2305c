"""One state of a study in the hours of the days of each month, and plans made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue import Catalogue
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.coefficients.dispatch_options import CleanRule
from siting.coefficients.energy import contract_offers
from siting.coefficients.power import Power, weather_output
from siting.coefficients.sets import TimeSlices, slice_layout
from siting.config.objective import DAY_GROUPS
from siting.mip.model.demand_classes import DemandClasses, merge_demand
from siting.mip.model.metrics import MetricTerms, metric_terms

__all__ = ["Plan", "State"]


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
    """One state in the hours of the days of each month (H), by site (S) and source (K).

    A month has its mean day, or the five types of days that ``supply.day_types`` tells apart.

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
    clean : sequence of CleanRule
        Rules on clean supply that contracts have to meet.
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
    clean: Sequence[CleanRule] = ()
    known: dict[tuple[str, int], tuple[Plan, FloatArray]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, problem: Problem, catalogue: Catalogue) -> Self:
        """The state of a problem."""
        c, w = problem.coefficients, problem.weather
        groups = DAY_GROUPS if problem.study.typical_days and w.day_group.any() else 1
        hourly = TimeSlices.group(_MONTHS * groups * _DAY, w)
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
            grid={m: _hourly(c, t.grid_mw / c.hours, groups) for m, t in terms.items()},
            used={m: spread.by_source(_hourly(c,
                      np.concatenate([t.supply_mw, own.generated(t)]) / c.hours, groups))
                  for m, t in terms.items()},
            paid={m: spread.by_source(np.append(t.contract_mw / bought, own.paid(t)))
                  for m, t in terms.items()},
            clean=c.operation.clean,
        )  # fmt: skip

    @property
    def groups(self) -> int:
        """Types of days that are told apart in each month."""
        return len(self.hours) // (_MONTHS * _DAY)

    def seen(self, slices: int) -> int:
        """Number of slices of which a number of the study's differs here.

        Day groups count for nothing where only the mean day of a month is known.
        """
        return slices if self.groups > 1 else _MONTHS * slice_layout(slices)[1]

    def _cut(self, slices: int) -> TimeSlices:
        """Slices of a number of these hours."""
        groups, blocks = slice_layout(slices)
        month, group, hour = np.indices((_MONTHS, self.groups, _DAY)).reshape(3, -1)
        of_hour = (month * groups + group % groups) * blocks + hour * blocks // _DAY
        return TimeSlices(of_hour, self.hours, np.bincount(of_hour, weights=self.hours))

    def plan(
        self, weights: Mapping[str, float], slices: int, load_mw: FloatArray | None = None
    ) -> Plan:
        """Best contracts under some weights, as seen with a number of slices.

        The largest contracts count where the load of the sites is given, shape (S,). [MW]
        """
        c, h = self.c, self.hours
        pair = self._pairs(weights)
        drawn = _hourly(c, (c.pue - c.generated_kwh_per_kwh)[pair], self.groups)
        load = np.zeros(len(c.sites)) if load_mw is None else load_mw
        most = np.divide(self.limit_mw, load[:, None], out=np.full_like(self.limit_mw, np.inf),
                         where=load[:, None] > 0)  # fmt: skip
        contract, use = self._fill(weights, drawn, most, slices)
        out = contract[:, :, None] * self.output
        whole = out.sum(axis=1)
        seen = self._mean(whole, slices)
        fraction = np.divide(use, seen, out=np.zeros_like(use), where=seen > 1e-12)
        planned = whole * fraction[..., self._cut(slices).of_step]
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

        In each step a site takes so much more of the source that is worth most, until none is worth
        its price and the rules on clean supply are met.
        """
        hours = self._cut(slices).hours
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
            short = self._short(power * hours, use * hours)[:, None] & (more @ hours > 0)
            gain = np.where(there & ((gain > 0) | short), gain, -np.inf)
            if not gain.size or not np.isfinite(gain).any():
                break
            best = gain.argmax(axis=1)
            taken = np.isfinite(gain[sites, best])
            contract[sites[taken], best[taken]] += step[sites, best][taken]
            use[taken] += more[sites, best][taken]
        return contract, use

    def _short(self, drawn_mwh: FloatArray, used_mwh: FloatArray) -> BoolArray:
        """Return whether contracts of each site miss a rule on clean supply, shape (S,).

        Each site by itself; a rule by the hour in its worst slice, any other over the year.
        """
        short = np.zeros(len(drawn_mwh), dtype=bool)
        for rule in self.clean:
            grid = rule.grid_share[:, None]
            left = rule.share * drawn_mwh - used_mwh - grid * (drawn_mwh - used_mwh)
            hourly = rule.local and rule.period is None
            missed = left.max(axis=1) if hourly else left.sum(axis=1)
            short |= rule.sites & (missed > 0)
        return short

    def _mean(self, values: FloatArray, slices: int) -> FloatArray:
        """Means of slices of an hourly array, shape (..., slices)."""
        return self._cut(slices).mean(values)


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


def _hourly(c: Coefficients, values: FloatArray, groups: int) -> FloatArray:
    """Values of slices, shape (..., T), in every hour of so many types of days a month."""
    own, blocks = slice_layout(len(c.hours))
    days = values.reshape(*values.shape[:-1], _MONTHS, own, blocks)
    if groups == 1:
        weight = c.hours.reshape(_MONTHS, own, blocks)
        days = ((days * weight).sum(axis=-2) / weight.sum(axis=-2))[..., None, :]
    hours = np.repeat(days, _DAY // blocks, axis=-1)
    full = np.broadcast_to(hours, (*values.shape[:-1], _MONTHS, groups, _DAY))
    return full.reshape(*values.shape[:-1], _MONTHS * groups * _DAY)


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
        In the hours of the days, over their size. [-]
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
            return cls(None, at.coefficients.hours, none, none, np.zeros((0, len(at.slices.hours))))
        follows = np.isin(power.name, list(outputs)) & ~power.connects
        option = np.flatnonzero(follows)
        return cls(
            power, at.coefficients.hours, option, np.flatnonzero(follows[power.generators]),
            np.array([outputs[power.name[j]][power.site[j]] for j in option])
            .reshape(-1, len(at.slices.hours)),
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
