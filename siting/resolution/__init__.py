"""Number of time slices that a study needs, estimated before it is solved.

A slice is one mean hour. What it hides are contracts and own solar and wind: power that exceeds the
facility at noon is spread over the night, and the plan counts energy that the grid has to carry.
The estimate makes such a plan without any program. Each site fills its contracts, and what it may
build to follow the weather, from the source that is worth most in the objective, as the slices show
it; demand goes to the best site in reach that has room; then every hour of the mean day of each
month is replayed. What did not fit, at what the grid has beyond the source, over the total is what
the slices hide of a metric.

Halls, other generators, dispatch options and numbers of sites are left out: the estimate says where
to look closer, and the audit after the solve is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue import Catalogue
from siting.coefficients import Coefficients
from siting.coefficients.build import Problem, build_problem
from siting.coefficients.energy import contract_offers
from siting.coefficients.power import Power, weather_output
from siting.coefficients.sets import TimeSlices, slice_layout
from siting.coefficients.structure_build import counted_metrics
from siting.config import Study
from siting.config.objective import AUTO, DAY_GROUPS, LADDER, MONTHS
from siting.config.study import study_states
from siting.errors import InfeasibleError
from siting.mip.model.demand_classes import DemandClasses, merge_demand
from siting.mip.model.metrics import MetricTerms, metric_terms

__all__ = [
    "HOURS",
    "Estimate",
    "Hidden",
    "Plan",
    "State",
    "coarse_warning",
    "fixed_slices",
    "slices_to_try",
    "with_slices",
]


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

    @classmethod
    def of(cls, problem: Problem, catalogue: Catalogue) -> Self:
        """The state of a problem."""
        c, w = problem.coefficients, problem.weather
        hourly = TimeSlices.group(
            HOURS, month=w.month, hour=w.hour, day_group=w.day_group, hours=w.hours
        )
        demand = merge_demand(c)
        terms, own = metric_terms(c, demand), _Weather.of(problem, catalogue, hourly)
        offers = contract_offers(problem.study, catalogue, problem.sites, w, hourly)
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
        """Contracts that are best under some weights as a number of slices shows them.

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

    def serve(self, plan: Plan, weights: Mapping[str, float]) -> FloatArray:
        """Load of each site where all demand goes to the best one in reach with room. [MW].

        Sites are filled as far as their contracts can grow with the load, and only then further.

        Parameters
        ----------
        plan : Plan
            Contracts, whatever their limits.
        weights : mapping of str to float
            What counts in the objective.
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
    def of(cls, problem: Problem, catalogue: Catalogue, hourly: TimeSlices) -> Self:
        """Those of a problem."""
        power, none = problem.coefficients.operation.power, np.zeros(0, dtype=np.intp)
        outputs = weather_output(problem.study, catalogue, problem.sites, problem.weather, hourly)
        if power is None or not outputs:
            return cls(None, problem.coefficients.hours, none, none, np.zeros((0, HOURS)))
        follows = np.isin(power.name, list(outputs)) & ~power.connects
        option = np.flatnonzero(follows)
        return cls(
            power, problem.coefficients.hours, option, np.flatnonzero(follows[power.generators]),
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


#: Share of a metric from which slices are too coarse, as in the audit, and half of it, to which a
#: better number is looked for. [-]
TOO_COARSE, WELL_FINE = 0.01, 0.005


def with_slices(study: Study, slices: int) -> Study:
    """The study with a number of time slices."""
    return study.model_copy(update={"time": study.time.model_copy(update={"slices": slices})})


def slices_to_try(study: Study) -> tuple[int, ...]:
    """Numbers that ``time.slices: auto`` goes up by, as the dispatch options allow them."""
    flexible = [w.flexible for w in study.demand.workloads if w.flexible is not None]
    if any(family.week_limit > 0 for family in flexible):
        return tuple(MONTHS * DAY_GROUPS * blocks for blocks in (2, 8, 24))
    profiles = any(w.profile for w in study.demand.workloads)
    within_days = bool(study.storage or flexible or profiles)
    return tuple(n for n in LADDER if not within_days or slice_layout(n)[1] > 1)


def fixed_slices(study: Study, catalogue: Catalogue) -> Study:
    """The study with a number of slices: its own, or for ``auto`` the first that should do."""
    if study.time.slices != AUTO:
        return study
    numbers = slices_to_try(study)
    first = with_slices(study, numbers[0])
    try:
        problem = build_problem(first, catalogue)
    except InfeasibleError:  # whoever builds the study next says so
        return first
    return with_slices(study, Estimate.of(first, problem, catalogue).enough(numbers))


def coarse_warning(study: Study, problem: Problem, catalogue: Catalogue) -> str:
    """Warning before the solve that slices are too coarse; empty where they are not."""
    number = study.time.number
    c = problem.coefficients
    if slice_layout(number)[1] == 24 or not (len(c.offer_source) or c.operation.power):
        return ""
    estimate = Estimate.of(study, problem, catalogue)
    hidden = estimate.hidden(number)
    if hidden.share <= TOO_COARSE:
        return ""
    finer = estimate.enough([n for n in slices_to_try(study) if n > number])
    where = f" of {hidden.state}" if hidden.state else ""
    return (
        f"time.slices: {number} is too coarse: some {hidden.share:.1%} of {hidden.metric}{where} "
        f"would be hidden from the optimizer and fail the audit. Use {finer}, or auto"
    )


@dataclass(frozen=True, order=True)
class Hidden:
    """The metric of which slices hide most.

    Parameters
    ----------
    share : float
        Estimated part of its total that the plan leaves out. [-]
    metric, state : str
        Which metric, and in which period and scenario; empty where there is one typical year.
    """

    share: float
    metric: str
    state: str


@dataclass(frozen=True)
class Estimate:
    """Estimated error by number of slices.

    Parameters
    ----------
    study : Study
        For its objective.
    states : mapping of str to State
        Each period and scenario by its name; one without a name for a typical year.
    """

    study: Study
    states: Mapping[str, State]

    @classmethod
    def of(cls, study: Study, problem: Problem, catalogue: Catalogue) -> Self:
        """The estimate for a problem that was built of the study with any number of slices."""
        if not problem.states:
            return cls(study, {"": State.of(problem, catalogue)})
        labels = [label.label for label in study_states(study)]
        built = [State.of(state, catalogue) for state in problem.states]
        return cls(study, dict(zip(labels, built, strict=True)))

    def hidden(self, slices: int) -> Hidden:
        """Quantity that a number of slices hides most of; day groups count for nothing."""
        blocks = MONTHS * slice_layout(slices)[1]
        return max(
            Hidden(share, metric, label)
            for label, state in self.states.items()
            for metric, share in self._shares(state, blocks).items()
        )

    def enough(self, numbers: Sequence[int]) -> int:
        """The first number from which on none hides more than half of what the audit lets pass.

        Parameters
        ----------
        numbers : sequence of int
            Numbers to choose from, rising; the first with whole hours is taken where none of those
            before is fine enough.
        """
        whole = next(n for n in numbers if MONTHS * slice_layout(n)[1] == HOURS)
        enough = whole
        for number in reversed([n for n in numbers if n < whole]):
            if self.hidden(number).share > WELL_FINE:
                break
            enough = number
        return enough

    def _shares(self, state: State, slices: int) -> dict[str, float]:
        """Part of each metric that the plan of a state leaves out. [-]."""
        weights = self._weights(state, slices)
        plan = state.plan(weights, slices)
        load = state.serve(plan, weights)
        plan, found = state.plan(weights, slices, load), {}
        for metric, hidden in plan.hidden.items():
            off, seen = float(hidden @ load), float(plan.totals[metric] @ load)
            found[metric] = off / (seen + off) if seen + off > 0 else 0.0
        return found

    def _weights(self, state: State, slices: int) -> dict[str, float]:
        """Weight of each metric over its range between the plans that are best for one alone."""
        names, objective = counted_metrics(self.study), self.study.objective
        if objective.method == "lexicographic" or len(names) == 1:
            return {names[0]: 1.0}
        rows = []
        for name in names:
            plan = state.plan({name: 1.0}, slices)
            load = state.serve(plan, {name: 1.0})
            rows.append([float(plan.totals[other] @ load) for other in names])
        ranges = np.maximum(np.ptp(rows, axis=0), 1e-6 * np.abs(rows).max(axis=0))
        given = [weight for weight in objective.weights.model_dump().values() if weight > 0]
        return {
            name: weight / float(width) if width > 0 else 0.0
            for name, weight, width in zip(names, given, ranges, strict=True)
        }
