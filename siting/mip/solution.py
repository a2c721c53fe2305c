"""The solution of the model as arrays: metrics by site, and loads sent to demand regions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from pulp import LpVariable
from scipy import sparse

from siting.arrays import FloatArray, IndexArray, no_values
from siting.coefficients import Coefficients
from siting.coefficients.power import Power
from siting.errors import SitingError
from siting.mip import Clock
from siting.mip.components import groups
from siting.mip.highs import Highs
from siting.mip.model.build import ModelState
from siting.mip.model.demand_classes import flexible_flows, flow_profile, varying_flows
from siting.mip.model.metrics import MetricTerms, sites_of_terms

__all__ = [
    "Closing",
    "Decisions",
    "Payoff",
    "Solution",
    "Stage",
    "StateAnswer",
    "assign_flows",
    "metric_by_site",
    "read_decisions",
    "servers_beyond",
]

Reader = Callable[[Sequence[LpVariable]], FloatArray]


@dataclass(frozen=True)
class Decisions:
    """Values of the decision variables, in the order of `Variables`; size zero where off."""

    is_open: FloatArray
    modules: FloatArray
    load_mw: FloatArray
    serve_mw: FloatArray
    contract_mw: FloatArray
    supply_mw: FloatArray
    grid_mw: FloatArray
    storage_mw: FloatArray = field(default_factory=no_values)
    later_mw: FloatArray = field(default_factory=no_values)
    sooner_mw: FloatArray = field(default_factory=no_values)
    away_mwh: FloatArray = field(default_factory=no_values)
    move_mw: FloatArray = field(default_factory=no_values)
    extra_mw: FloatArray = field(default_factory=no_values)
    idle_mw: FloatArray = field(default_factory=no_values)
    units: FloatArray = field(default_factory=no_values)
    unit_any: FloatArray = field(default_factory=no_values)
    generate_mw: FloatArray = field(default_factory=no_values)
    late_mw: FloatArray = field(default_factory=no_values)
    site_open: FloatArray = field(default_factory=no_values)
    older_cost: FloatArray = field(default_factory=no_values)
    older_carbon: FloatArray = field(default_factory=no_values)
    priced: FloatArray = field(default_factory=no_values)
    own: Mapping[str, FloatArray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> FloatArray:
        """Return the values of a group: a field, or one of a component."""
        found: FloatArray = self.own[name] if name in self.own else getattr(self, name)
        return found


@dataclass(frozen=True)
class Payoff:
    """Best and nadir value of a metric over the single-metric optima of the relaxation.

    Parameters
    ----------
    best, nadir : float
        In the unit of the metric; no placement is better than ``best``.
    typical : bool, default False
        Whether the time ended first, so that zero and a typical value stand for the two.
    """

    best: float
    nadir: float
    typical: bool = False

    @property
    def range(self) -> float:
        """Range of the metric, never zero, by which a weight is scaled."""
        return max(self.nadir - self.best, 1e-6 * max(abs(self.best), 1.0))


@dataclass(frozen=True)
class StateAnswer:
    """Solution in one state.

    Parameters
    ----------
    decisions : Decisions
        What is built, contracted and served.
    metrics : mapping of str to ndarray, shape (S,)
        Contribution of each site to each metric, for a year of the state.
    flow_workload, flow_demand, flow_site : ndarray of int, shape (N,)
        Who is served from where.
    flow_mw : ndarray, shape (N,)
        IT load of each flow. [MW]
    """

    decisions: Decisions
    metrics: Mapping[str, FloatArray]
    flow_workload: IndexArray
    flow_demand: IndexArray
    flow_site: IndexArray
    flow_mw: FloatArray


@dataclass(frozen=True)
class Stage:
    """One of several solves that a placement depends on.

    Parameters
    ----------
    name : str
        Metric or scenario.
    objective, bound : float
        Value and proven bound, in the unit of the metric or, for a scenario, of the objective.
    gap : float
        Relative gap. [-]
    timed_out : bool
        Whether the time ended it before the gap asked for.
    """

    name: str
    objective: float
    bound: float
    gap: float
    timed_out: bool


@dataclass(frozen=True)
class Closing:
    """A site of the placement closed, its load taken by the other open sites.

    Parameters
    ----------
    site : str
        The site.
    objective : float or None
        How much worse the objective gets; None where the others cannot take its load. [-]
    metrics : mapping of str to float
        Change of the expected annual mean of each metric.
    """

    site: str
    objective: float | None
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Solution:
    """A placement with what was proven about it.

    Parameters
    ----------
    objective, bound : float
        Value and proven bound of the last objective solved.
    gap : float
        Largest relative gap of all stages. [-]
    timed_out : bool
        Whether the time limit, or the planner, ended any stage.
    payoff : mapping of str to Payoff
        The table that scaled a weighted objective; empty otherwise.
    states : tuple of StateAnswer
        What happens in each state of the instance.
    reference : int
        State that tables and maps show.
    totals : mapping of str to float
        Expected annual mean of each metric over all states.
    interrupted : bool
        Whether the planner ended the solve.
    stages : tuple of Stage
        The solves that it depends on, where there are several.
    closings : tuple of Closing
        The smallest sites, each closed by itself; empty unless asked for.
    """

    objective: float
    bound: float
    gap: float
    timed_out: bool
    payoff: Mapping[str, Payoff]
    states: tuple[StateAnswer, ...]
    reference: int
    totals: Mapping[str, float]
    interrupted: bool = False
    stages: tuple[Stage, ...] = ()
    closings: tuple[Closing, ...] = ()

    @property
    def shown(self) -> StateAnswer:
        """The reference state."""
        return self.states[self.reference]

    @property
    def decisions(self) -> Decisions:
        """Decisions of the reference state."""
        return self.shown.decisions

    @property
    def metrics(self) -> Mapping[str, FloatArray]:
        """Metrics of the reference state, by site."""
        return self.shown.metrics


def read_decisions(state: ModelState, read: Reader) -> Decisions:
    """Return the decisions of a state at a point; counts are rounded.

    Parameters
    ----------
    state : ModelState
        The state, of a model that is not decomposed.
    read : callable
        Values of some variables at the point.
    """
    v, slices = state.variables, len(state.coefficients.hours)
    by_slice = {*_BY_SLICE, *(group.name for group in groups(state.coefficients))}
    found: dict[str, FloatArray] = {}
    for name in (*(f.name for f in fields(Decisions) if f.name != "own"), *v.own):
        variables = v.group(name)
        if variables and isinstance(variables[0], list):
            values = np.array([_values(read(row)) for row in variables])
        elif name in by_slice:
            values = np.zeros((0, slices))
        else:
            values = _values(read(variables))
        found[name] = np.round(values) if name in _COUNTS else values
    power = state.coefficients.operation.power
    if power is not None and any(power.curves):
        found["generate_mw"] = _in_order(power, found["generate_mw"], found["units"])
    if state.coefficients.operation.flexible is not None and v.move_mw:
        moved = found["sooner_mw"] - found["later_mw"]
        found["extra_mw"] = servers_beyond(state, moved, found["serve_mw"])
    own = {name: found.pop(name) for name in v.own}
    return Decisions(**found, own=own)


def _in_order(power: Power, made_mw: FloatArray, units: FloatArray) -> FloatArray:
    """Output of the segments of each generator filled in order, where the objective is blind."""
    filled = made_mw.copy()
    for j in np.unique(power.generators):
        own = np.flatnonzero(power.generators == j)
        left = made_mw[own].sum(axis=0)
        for g in own if len(own) > 1 else ():
            most = power.segments[g].share * power.output[j] * power.unit_mw[j] * units[j]
            filled[g] = left if g == own[-1] else np.minimum(left, most)
            left = left - filled[g]
    return filled


def _values(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < 1e-9, 0.0, values)


def servers_beyond(state: ModelState, net: FloatArray, serve_mw: FloatArray) -> FloatArray:
    """Servers beyond those of the mean load, also where the objective is blind to them."""
    c, demand = state.coefficients, state.demand
    flows, varying = flexible_flows(c, demand), varying_flows(c, demand)
    spare = c.capacity_per_load[demand.workload][demand.flow_class]
    by_site = np.zeros((len(c.sites), len(c.hours)))
    if len(flows):
        np.add.at(by_site, demand.flow_site[flows], spare[flows, None] * net)
    _, needed = flow_profile(c, demand)
    beyond = (needed[varying] - spare[varying, None]) * serve_mw[varying, None]
    np.add.at(by_site, demand.flow_site[varying], beyond)
    most: FloatArray = by_site.max(axis=1, initial=0.0)
    return most


_COUNTS = {"is_open", "modules", "site_open", "units", "unit_any"}
_BY_SLICE = {"supply_mw", "grid_mw", "generate_mw"}


def metric_by_site(state: ModelState, terms: MetricTerms, x: Decisions) -> FloatArray:
    """Contribution of each site to a metric, shape (S,); sums to the metric."""
    c = state.coefficients
    load_mw = np.bincount(c.pair_site, x.load_mw, len(c.sites))
    result = state.demand.by_site(terms.serve_mw * x.serve_mw, load_mw)
    coefficients = terms.groups()
    for name, site in sites_of_terms(c, state.demand).items():
        if name == "serve_mw" or not x[name].size:
            continue
        part = coefficients[name] * x[name]
        if name == "late_mw":
            opened = np.unique(c.pair_site[x.is_open > 0.5])
            site = np.array([each.counted_at(opened) for each in c.structure.late], dtype=np.intp)
        np.add.at(result, site, part.sum(axis=1) if part.ndim == 2 else part)
    return result


def assign_flows(
    state: ModelState, x: Decisions
) -> tuple[IndexArray, IndexArray, IndexArray, FloatArray]:
    """Share the load of the sites out to the demand regions with the least latency.

    No metric depends on which of two equally eligible regions a site serves, so among the equal
    optima the flows with the smallest Σ MW · round trip are reported: one transport problem a
    group of classes that are free to trade with each other.

    Returns
    -------
    tuple of ndarray, shape (N,)
        Workload, demand region and site of each flow, and its IT load [MW].
    """
    c, demand = state.coefficients, state.demand
    load_mw = np.bincount(c.pair_site, x.load_mw, len(c.sites))
    parts: list[tuple[int, IndexArray, IndexArray, FloatArray]] = []
    for classes in _groups(state):
        w = int(demand.workload[classes[0]])
        regions = np.concatenate([demand.members[n] for n in classes])
        of_group = np.isin(demand.flow_class, classes)
        served = demand.by_site(np.where(of_group, x.serve_mw, 0.0), load_mw)
        parts.append((w, *_transport(c, w, regions, served)))
    workload = np.concatenate([np.full(len(mw), w, dtype=np.intp) for w, _, _, mw in parts])
    region, site, mw = (np.concatenate([part[i] for part in parts]) for i in (1, 2, 3))
    order = np.lexsort((site, region, workload))
    return workload[order], region[order], site[order], mw[order]


def _groups(state: ModelState) -> list[IndexArray]:
    """Classes of one workload that may trade: all, unless carrying load has a price or its hours.

    A site that took another clock of a load profile would have another peak and other ramps.
    """
    demand, profile = state.demand, state.coefficients.operation.profile
    alone = np.full(len(demand.mw), bool(demand.flow_cost_usd_per_mw.any()))
    if profile is not None:
        alone |= profile.varies[demand.workload]
    together = np.unique(demand.workload[~alone])
    free = [np.flatnonzero(~alone & (demand.workload == w)) for w in together]
    return [*free, *(np.array([n]) for n in np.flatnonzero(alone))]


def _transport(
    c: Coefficients, w: int, regions: IndexArray, served: FloatArray
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Least Σ MW · round trip between regions with a demand and sites with a load."""
    sites = np.flatnonzero(served > 0)
    r, s = np.nonzero(c.eligible[w][np.ix_(regions, sites)])
    flows, wanted = np.arange(len(r)), c.demand_mw[w, regions]
    at = np.concatenate([r, len(regions) + s]), np.tile(flows, 2)
    shape = len(regions) + len(sites), len(r)
    rows = sparse.csr_matrix((np.ones(2 * len(r)), at), shape=shape)
    least = np.concatenate([wanted, np.full(len(sites), -np.inf)])
    most = np.concatenate([wanted, served[sites] * (1 + 1e-9) + 1e-7])
    solver = Highs()
    solver.load_rows(np.zeros(len(r)), np.full(len(r), np.inf), least, most, rows)
    found = solver.minimize(c.rtt_ms[regions[r], sites[s]] / 100.0, Clock(np.inf))
    if not found.has_point:
        raise SitingError(f"the load of workload {c.workloads[w]} could not be shared out")
    mw = found.values
    used = mw > 1e-9
    return regions[r[used]], sites[s[used]], mw[used]
