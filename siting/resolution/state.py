"""One state of a study: plans of its sites as slices show them, and as the hours bear them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from siting.arrays import FloatArray, IndexArray
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
        most = self.supply.most(np.zeros(len(c.sites)))
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
            self.known[key] = plan, self.serve(plan, weights)
        return self.known[key]

    def serve(self, plan: Plan, weights: Mapping[str, float]) -> FloatArray:
        """Load of each site where all demand goes to the best one in reach with room. [MW].

        Sites are filled as far as their contracts can grow with the load, and only then further;
        those whose contracts miss a rule on clean supply come last.
        """
        c, demand = self.c, self.demand
        value = np.sum([weight * plan.totals[m] for m, weight in weights.items()], axis=0)
        order, room = np.lexsort((value, plan.short)), _room_mw(c)
        grown = np.divide(self.supply.limit_mw, plan.contract_mw, where=plan.contract_mw > 1e-9,
                          out=np.full_like(self.supply.limit_mw, np.inf))  # fmt: skip
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
