"""Contracts and own units that a site fills, as slices show them and as the hours bear them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import CleanRule
from siting.coefficients.energy import contract_offers
from siting.coefficients.power import Power, weather_output
from siting.coefficients.sets import Setting, TimeSlices, slice_layout
from siting.config.objective import MONTHS
from siting.mip.model.metrics import MetricTerms

__all__ = ["DAY", "Plan", "Supply", "hourly"]


DAY = 24
#: Steps in which the contracts of a site are filled.
_STEPS = 40


@dataclass(frozen=True)
class Plan:
    """Contracts and own units of every site, for one MW of IT load.

    Parameters
    ----------
    contract_mw : ndarray, shape (S, K)
        What is contracted or built of each source. [MW]
    short : ndarray of bool, shape (S,)
        Whether these miss a rule on clean supply.
    totals, hidden : mapping of str to ndarray, shape (S,)
        Each metric a year as the slices show it, and what they hide of it.
    pair : ndarray of int, shape (S,)
        Halls that they supply, where they were chosen with them.
    """

    contract_mw: FloatArray
    short: BoolArray
    totals: Mapping[str, FloatArray]
    hidden: Mapping[str, FloatArray]
    pair: IndexArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))


@dataclass(frozen=True)
class Supply:
    """Electricity of some sites (S), by source (K), in the hours of the days of each month (H).

    A month has its mean day, or the five types of days of the weather.

    Parameters
    ----------
    hours : ndarray, shape (H,)
        Hours of a year. [h]
    output : ndarray, shape (S, K, H)
        Output per MW of a contract or of own units; zero where there is no offer. [-]
    limit_mw : ndarray, shape (S, K)
        Most of it. [MW]
    contracted : ndarray of bool, shape (K,)
        Whether a source is contracted, of which the study allows a share of the energy.
    share : float
        That share. [-]
    counts : ndarray of bool, shape (S, K)
        Whether the rules on clean supply of a site count it.
    grid, used, paid : mapping of str to ndarray, shapes (S, H), (S, K, H), (S, K)
        Metric of a MWh of the grid, of one used of a contract, and of one that it generates.
    clean : sequence of CleanRule
        Rules on clean supply that contracts have to meet.
    """

    hours: FloatArray
    output: FloatArray
    limit_mw: FloatArray
    contracted: BoolArray
    share: float
    counts: BoolArray
    grid: Mapping[str, FloatArray]
    used: Mapping[str, FloatArray]
    paid: Mapping[str, FloatArray]
    clean: Sequence[CleanRule] = ()

    @classmethod
    def of(
        cls, c: Coefficients, at: Setting, terms: Mapping[str, MetricTerms], rows: IndexArray
    ) -> Self:
        """Supply of the sites of a setting in days, which are some rows of all sites."""
        there, groups = np.isin(c.offer_site, rows), len(at.slices.hours) // (MONTHS * DAY)
        own, offers = _Weather.of(c, at, rows), contract_offers(at)
        bought = np.maximum(c.capacity_factor[there] @ c.hours, 1e-12)
        source = (*np.array(c.offer_source, dtype=object)[there], *own.source)
        site = np.searchsorted(rows, np.append(c.offer_site[there], own.site))
        spread = _Spread(len(rows), site, source)
        return cls(
            hours=at.slices.hours,
            output=spread.by_source(np.concatenate([offers.capacity_factor, own.output])),
            limit_mw=spread.by_source(np.append(c.offer_limit_mw[there], own.limit_mw)),
            contracted=np.isin(spread.sources, c.offer_source),
            share=c.max_contract_share,
            counts=spread.by_source(np.append(_counted(c)[there], np.ones(len(own.site)))) > 0,
            grid={m: hourly(c, t.grid_mw[rows] / c.hours, groups) for m, t in terms.items()},
            used={m: spread.by_source(hourly(c,
                      np.concatenate([t.supply_mw[there], own.generated(t)]) / c.hours, groups))
                  for m, t in terms.items()},
            paid={m: spread.by_source(np.append(t.contract_mw[there] / bought, own.paid(t)))
                  for m, t in terms.items()},
            clean=[replace(rule, sites=rule.sites[rows], grid_share=rule.grid_share[rows])
                   for rule in c.operation.clean],
        )  # fmt: skip

    def at(self, rows: IndexArray) -> Supply:
        """Supply of some of its sites."""
        return replace(
            self,
            output=self.output[rows],
            limit_mw=self.limit_mw[rows],
            counts=self.counts[rows],
            grid={m: x[rows] for m, x in self.grid.items()},
            used={m: x[rows] for m, x in self.used.items()},
            paid={m: x[rows] for m, x in self.paid.items()},
            clean=[replace(rule, sites=rule.sites[rows], grid_share=rule.grid_share[rows])
                   for rule in self.clean],
        )  # fmt: skip

    def most(self, load_mw: FloatArray) -> FloatArray:
        """Largest contracts for one MW of the load of each site, shape (S, K). [MW]."""
        load = load_mw[:, None]
        return np.divide(self.limit_mw, load, out=np.full_like(self.limit_mw, np.inf),
                         where=load > 0)  # fmt: skip

    def plan(
        self, weights: Mapping[str, float], drawn: FloatArray, most: FloatArray, slices: int
    ) -> Plan:
        """Best contracts under some weights, as seen with a number of slices.

        ``drawn`` is the facility's power in every hour, shape (S, H), and ``most`` the largest
        contracts, shape (S, K), both for one MW of IT load. [MW]
        """
        h = self.hours
        contract, use, short = self._fill(weights, drawn, most, slices)
        out = contract[:, :, None] * self.output
        whole = out.sum(axis=1)
        seen = self._mean(whole, slices)
        fraction = np.divide(use, seen, out=np.zeros_like(use), where=seen > 1e-12)
        planned = whole * fraction[..., self._cut(slices).of_step]
        cut = np.maximum(planned - drawn, 0.0)
        part = np.divide(out, whole[:, None], out=np.zeros_like(out), where=whole[:, None] > 1e-12)
        generated = contract * (self.output @ h)
        totals, hidden = {}, {}
        for metric, grid in self.grid.items():
            bought = (part * self.used[metric]).sum(axis=1)
            energy = (grid * drawn + (bought - grid) * planned) @ h
            totals[metric] = energy + (self.paid[metric] * generated).sum(1)
            hidden[metric] = ((grid - bought) * cut) @ h
        return Plan(contract, short, totals, hidden)

    def _cut(self, slices: int) -> TimeSlices:
        """Slices of a number of these hours."""
        groups, blocks = slice_layout(slices)
        days = len(self.hours) // (MONTHS * DAY)
        month, group, hour = np.indices((MONTHS, days, DAY)).reshape(3, -1)
        of_hour = (month * groups + group % groups) * blocks + hour * blocks // DAY
        return TimeSlices(of_hour, self.hours, np.bincount(of_hour, weights=self.hours))

    def _mean(self, values: FloatArray, slices: int) -> FloatArray:
        """Means of slices of an hourly array, shape (..., slices)."""
        return self._cut(slices).mean(values)

    def _fill(
        self, weights: Mapping[str, float], drawn: FloatArray, most: FloatArray, slices: int
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Contracts, shape (S, K), what is used of them, shape (S, slices) [MW], and rules missed.

        In each step a site takes so much more of the source that is worth most: of those that its
        rules on clean supply count until these are met, and then of those worth their price.
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
        energy = self.share * hours.sum() / _STEPS
        step = np.divide(energy, generated, out=np.zeros_like(generated), where=generated > 0)
        contract, use, clean = np.zeros_like(step), np.zeros_like(power), np.zeros_like(power)
        sites, most_more = np.arange(len(step)), step[:, :, None] * output
        for _ in range(2 * _STEPS):
            more = np.minimum(most_more, (power - use)[:, None])
            gain = (worth * more) @ hours - price * energy
            steps = np.divide(contract, step, out=np.zeros_like(step), where=step > 0)
            left = steps[:, self.contracted].sum(axis=1) < _STEPS - 0.5
            there = (step > 0) & (contract + step <= most) & (left[:, None] | ~self.contracted)
            short = self._short(power * hours, use * hours, clean * hours)
            there &= (gain > 0) | short[:, None]
            if short.any():
                there &= ~short[:, None] | (self.counts & (more @ hours > 0))
            gain = np.where(there, gain, -np.inf)
            if not gain.size or not np.isfinite(gain).any():
                break
            best = gain.argmax(axis=1)
            taken = np.isfinite(gain[sites, best])
            contract[sites[taken], best[taken]] += step[sites, best][taken]
            use[taken] += more[sites, best][taken]
            clean += more[sites, best] * (taken & self.counts[sites, best])[:, None]
        return contract, use, self._short(power * hours, use * hours, clean * hours)

    def _short(
        self, drawn_mwh: FloatArray, used_mwh: FloatArray, clean_mwh: FloatArray
    ) -> BoolArray:
        """Return whether contracts of each site miss a rule on clean supply, shape (S,).

        Each site by itself; a rule by the hour in its worst slice, any other over the year.
        """
        short = np.zeros(len(drawn_mwh), dtype=bool)
        for rule in self.clean:
            grid = rule.grid_share[:, None]
            left = rule.share * drawn_mwh - clean_mwh - grid * (drawn_mwh - used_mwh)
            hourly = rule.local and rule.period is None
            missed = left.max(axis=1) if hourly else left.sum(axis=1)
            short |= rule.sites & (missed > 1e-9 * drawn_mwh.sum(axis=1))
        return short


class _Spread:
    """Arrays of a problem by site and source.

    Parameters
    ----------
    sites : int
        How many there are.
    site : ndarray of int, shape (O,)
    source : sequence of str
        Of each offer.
    """

    def __init__(self, sites: int, site: IndexArray, source: Sequence[str]) -> None:
        self.sources = sorted(set(source))
        self.offer = np.full((sites, len(self.sources)), -1)
        self.offer[site, [self.sources.index(name) for name in source]] = np.arange(len(source))

    def by_source(self, values: FloatArray) -> FloatArray:
        """Values of offers, shape (O, ...), by site and source; zero where nothing is offered."""
        none = np.zeros((1, *values.shape[1:]))
        found: FloatArray = np.concatenate([values, none])[self.offer]
        return found


def _counted(c: Coefficients) -> BoolArray:
    """Test whether every rule on clean supply at its site counts a contract, shape (O,)."""
    counted = np.ones(len(c.offer_site), dtype=bool)
    for rule in c.operation.clean:
        if rule.unclean is not None:
            counted &= ~(rule.unclean & rule.sites[c.offer_site])
    return counted


def hourly(c: Coefficients, values: FloatArray, groups: int) -> FloatArray:
    """Values of slices, shape (..., T), in every hour of so many types of days a month."""
    own, blocks = slice_layout(len(c.hours))
    days = values.reshape(*values.shape[:-1], MONTHS, own, blocks)
    if own > 1 and groups == 1:
        weight = c.hours.reshape(MONTHS, own, blocks)
        days = ((days * weight).sum(axis=-2) / weight.sum(axis=-2))[..., None, :]
    hours = np.repeat(days, DAY // blocks, axis=-1)
    full = np.broadcast_to(hours, (*values.shape[:-1], MONTHS, groups, DAY))
    return full.reshape(*values.shape[:-1], MONTHS * groups * DAY)


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
    def of(cls, c: Coefficients, at: Setting, rows: IndexArray) -> Self:
        """Those of a setting in hours, whose sites are some rows of all."""
        power, none = c.operation.power, np.zeros(0, dtype=np.intp)
        outputs = weather_output(at)
        if power is None or not outputs:
            return cls(None, c.hours, none, none, np.zeros((0, len(at.slices.hours))))
        follows = np.isin(power.name, list(outputs)) & ~power.connects & np.isin(power.site, rows)
        option = np.flatnonzero(follows)
        place = np.searchsorted(rows, power.site)
        return cls(
            power, c.hours, option, np.flatnonzero(follows[power.generators]),
            np.array([outputs[power.name[j]][place[j]] for j in option])
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
