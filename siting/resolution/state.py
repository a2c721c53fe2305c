"""One state of a study: plans of its sites as slices show them, and as the hours bear them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue import Catalogue
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.coefficients.pairs import evaluate_pairs, with_given
from siting.coefficients.sets import Setting, TimeSlices, load_share, slice_layout
from siting.config import Study
from siting.config.objective import DAY_GROUPS, MONTHS
from siting.mip.model.demand_classes import DemandClasses, merge_demand
from siting.mip.model.metrics import MetricTerms, metric_terms, typical
from siting.mip.session import TIE_BREAK
from siting.resolution.supply import DAY, Plan, Supply, hourly

__all__ = ["State"]

#: Parts of the load of a site at most, each with the contracts that those before it left.
_PARTS = 3


@dataclass(frozen=True)
class State:
    """One state in the hours of the mean day of each month.

    Parameters
    ----------
    at : Problem
        The state, with the catalogue of its study.
    demand : DemandClasses
        Who is to be served.
    terms : mapping of str to MetricTerms
        What each metric counts.
    supply : Supply
        Electricity of every site.
    known : dict
        What `alone` found so far.
    """

    at: Problem
    demand: DemandClasses
    terms: Mapping[str, MetricTerms]
    supply: Supply
    known: dict[tuple[str, ...], tuple[Plan, FloatArray]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, problem: Problem, catalogue: Catalogue) -> Self:
        """The state of a problem."""
        at, c = replace(problem, catalogue=catalogue), problem.coefficients
        demand = merge_demand(c)
        terms, every = metric_terms(c, demand), np.arange(len(c.sites))
        return cls(at, demand, terms, Supply.of(c, _in_days(at, at.study, every, 1), terms, every))

    @property
    def c(self) -> Coefficients:
        """Its numbers."""
        return self.at.coefficients

    def plan(self, weights: Mapping[str, float], slices: int) -> Plan:
        """Contracts of each site that are best under some weights as seen with some slices.

        Halls are chosen on grid energy first, then on what their contracts make of it.
        """
        c, h = self.c, self.supply.hours
        most = np.where(self.supply.limit_mw > 0, np.inf, 0.0)
        seen = MONTHS * slice_layout(slices)[1]  # types of days are all the mean day here
        pair = self._pairs(weights, {m: self.terms[m].grid_mw for m in weights})
        for _ in range(2):
            drawn = hourly(c, (c.pue - c.generated_kwh_per_kwh)[pair], 1)
            found = self.supply.plan(weights, drawn, most, seen)
            each = {m: found.totals[m] / np.maximum(drawn @ h, 1e-9) for m in weights}
            last, pair = (
                pair,
                self._pairs(weights, {m: np.outer(x, c.hours) for m, x in each.items()}),
            )
            if (pair == last).all():
                break
        fixed = self._fixed(last)
        return replace(found, pair=last, totals={m: fixed[m] + x for m, x in found.totals.items()})

    def alone(self, metrics: Sequence[str], slices: int) -> tuple[Plan, FloatArray]:
        """Best contracts for the first of some metrics, and the load of each site. [MW].

        The others break ties, as they do in the payoff table.
        """
        key = (*metrics, str(slices))
        if key not in self.known:
            shares = (1.0, *(TIE_BREAK for _ in metrics[1:]))
            weights = {
                m: share / typical(self.c, self.terms[m])
                for m, share in zip(metrics, shares, strict=True)
            }
            plan = self.plan(weights, slices)
            self.known[key] = plan, self.serve(plan, weights, slices)
        return self.known[key]

    def serve(self, plan: Plan, weights: Mapping[str, float], slices: int) -> FloatArray:
        """Load of each site where all demand goes to the best part of one in reach. [MW].

        A part of a site ends where a contract does; the next has the contracts that are left. Parts
        whose contracts miss a rule on clean supply come late, and load beyond all parts last.
        """
        limit, room = self.supply.limit_mw.copy(), _room_mw(self.c)
        every = rows = np.arange(len(room))
        found, parts = plan, _Parts.none()
        for _ in range(_PARTS):
            grown = np.divide(limit[rows], found.contract_mw, where=found.contract_mw > 1e-9,
                              out=np.full_like(found.contract_mw, np.inf))  # fmt: skip
            size = np.minimum(room[rows], grown.min(axis=1, initial=np.inf))
            left = limit[rows] - size[:, None] * found.contract_mw
            limit[rows] = np.where(grown <= size[:, None], 0.0, left)
            room[rows] -= size
            value = np.sum([weight * found.totals[m] for m, weight in weights.items()], axis=0)
            parts = parts.and_of(rows, value, found.short.astype(float), size)
            beyond = parts.and_of(every, 0.0 * room, np.full_like(room, 2.0), room)
            taken = self._taken(beyond)
            unused = parts.mw - taken[: len(parts.mw)]
            free = np.bincount(parts.site, unused, minlength=len(room))
            rows = np.flatnonzero((free < 1e-9) & (room > 1e-9))
            if not len(rows):
                break
            found = self._with_contracts(rows, plan.pair[rows], limit[rows] > 0, weights, slices)
        return np.bincount(beyond.site, taken, minlength=len(room))

    def _with_contracts(
        self,
        rows: IndexArray,
        pair: IndexArray,
        left: BoolArray,
        weights: Mapping[str, float],
        slices: int,
    ) -> Plan:
        """Best contracts of some sites with a pair each, of the sources that are left, (S, K)."""
        c = self.c
        drawn = hourly(c, (c.pue - c.generated_kwh_per_kwh)[pair], 1)
        seen = MONTHS * slice_layout(slices)[1]
        most = np.where(left, np.inf, 0.0)
        found, fixed = self.supply.at(rows).plan(weights, drawn, most, seen), self._fixed(pair)
        return replace(found, pair=pair, totals={m: fixed[m] + x for m, x in found.totals.items()})

    def _taken(self, parts: _Parts) -> FloatArray:
        """Load of each part, where each class of demand goes to the best in reach with room. [MW].

        Classes that reach the fewest regions come first.
        """
        c, demand = self.c, self.demand
        left, free = demand.mw.copy(), parts.mw.copy()
        order = np.lexsort((parts.value, parts.late))
        order = order[free[order] > 0]
        reached = np.bincount(demand.flow_class, minlength=len(demand.mw))
        for n in np.argsort(reached, kind="stable"):
            reach = c.eligible[demand.workload[n], demand.members[n][0]]
            for i in order[reach[parts.site[order]]]:
                take = min(left[n], free[i])
                free[i] -= take
                left[n] -= take
                if left[n] <= 0:
                    break
        return parts.mw - free

    def replayed(
        self, weights: Mapping[str, float], slices: int, pair: IndexArray, load_mw: FloatArray
    ) -> Mapping[str, tuple[float, float]]:
        """Each metric a year of the best plan for a load, shape (S,), and what slices hide of it.

        Every hour of the five types of days of each month has its own PUE, which decides where
        contracts cover nearly all that is drawn: what is left for the grid is a small difference.
        """
        rows = np.flatnonzero(load_mw)
        pair, load = pair[rows], load_mw[rows]
        supply, drawn = self._near(rows, pair)
        plan, fixed = supply.plan(weights, drawn, supply.most(load), slices), self._fixed(pair)
        return {
            metric: (float((fixed[metric] + seen) @ load), float(plan.hidden[metric] @ load))
            for metric, seen in plan.totals.items()
        }

    def _near(self, rows: IndexArray, pair: IndexArray) -> tuple[Supply, FloatArray]:
        """Supply of some sites by type of day, and power per IT power of a pair at each, (S, H)."""
        c, at = self.c, _in_days(self.at, self.at.study, rows, DAY_GROUPS)
        drawn = np.zeros((len(rows), len(at.slices.hours)))
        load = load_share(at.study, at.regions, at.weather)
        for k in np.unique(c.pair_design[pair]):
            of = c.pair_design[pair] == k
            alone = at.study.model_copy(update={"designs": (c.designs[k],)})
            here = _in_days(self.at, alone, rows[of], DAY_GROUPS)
            halls = with_given(here, evaluate_pairs(here, load))
            drawn[of] = halls.pue - halls.generated_kwh_per_kwh
        return Supply.of(c, at, self.terms, rows), drawn

    def _fixed(self, pair: IndexArray) -> dict[str, FloatArray]:
        """Each metric a year that no electricity moves, of one MW in some pairs."""
        found = {}
        for metric, t in self.terms.items():
            served = float(t.serve_mw.mean()) if len(t.serve_mw) else 0.0
            found[metric] = (t.load_mw + t.per_module / self.c.block_mw)[pair] + served
        return found

    def _pairs(self, weights: Mapping[str, float], energy: Mapping[str, FloatArray]) -> IndexArray:
        """The pair of each site that is best at some metrics of a MW drawn, shape (S, T).

        Of those with room for half of what the site can take.
        """
        c = self.c
        drawn = c.pue - c.generated_kwh_per_kwh
        cost = np.zeros(len(c.pair_site))
        for metric, weight in weights.items():
            t = self.terms[metric]
            used = (energy[metric][c.pair_site] * drawn).sum(axis=1)
            cost += weight * (t.load_mw + t.per_module / c.block_mw + used)
        small = _pair_room_mw(c) < 0.5 * _room_mw(c)[c.pair_site]
        order = np.lexsort((np.where(small, np.inf, cost), c.pair_site))
        sites, first = np.unique(c.pair_site[order], return_index=True)
        pair = np.zeros(len(c.sites), dtype=np.intp)
        pair[sites] = order[first]
        return pair


@dataclass(frozen=True)
class _Parts:
    """Parts of the load of sites (N), each with contracts of its own.

    Parameters
    ----------
    site : ndarray of int, shape (N,)
        Where.
    value, late : ndarray, shape (N,)
        What one MW adds to the objective, and what is filled later whatever its value.
    mw : ndarray, shape (N,)
        Largest load. [MW]
    """

    site: IndexArray
    value: FloatArray
    late: FloatArray
    mw: FloatArray

    @classmethod
    def none(cls) -> Self:
        """Before there is any."""
        return cls(np.zeros(0, dtype=np.intp), *np.zeros((3, 0)))

    def and_of(
        self, site: IndexArray, value: FloatArray, late: FloatArray, mw: FloatArray
    ) -> _Parts:
        """These and some more."""
        return _Parts(
            np.concatenate([self.site, site]), np.concatenate([self.value, value]),
            np.concatenate([self.late, late]), np.concatenate([self.mw, mw]),
        )  # fmt: skip


def _in_days(at: Problem, study: Study, rows: IndexArray, groups: int) -> Setting:
    """Some sites of a state under a study, in the hours of so many types of days of each month."""
    return Setting(
        study=study,
        catalogue=at.catalogue,
        sites=at.sites.iloc[rows],
        regions=at.regions,
        weather=at.weather.select([at.weather.place[s] for s in rows]),
        slices=TimeSlices.group(MONTHS * groups * DAY, at.weather),
    )


def _room_mw(c: Coefficients) -> FloatArray:
    """Load that a site can take at most, shape (S,). [MW]."""
    room = np.zeros(len(c.sites))
    np.maximum.at(room, c.pair_site, _pair_room_mw(c))
    share = c.limits.max_share_per_site
    most = c.total_demand_mw * (1.0 if share is None else share)
    return np.maximum(np.minimum(room, most), 1e-9)


def _pair_room_mw(c: Coefficients) -> FloatArray:
    """Load that the halls of each pair can take at most, shape (P,). [MW]."""
    room: FloatArray = c.block_mw * c.max_modules / c.needed_per_load.max()
    return room
