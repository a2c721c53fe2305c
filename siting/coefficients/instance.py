"""One or many states of the world that share what is built, and the numbers of one site alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from siting.arrays import IndexArray
from siting.coefficients import AXES, Coefficients
from siting.coefficients.dispatch_options import Heat, Idle, Operation, Storage
from siting.coefficients.structure import Structure
from siting.config import Study
from siting.config.study import StudyState

__all__ = [
    "Instance",
    "Measure",
    "State",
    "build_instance",
    "of_site",
    "stores_of_site",
    "units_of_site",
]


Measure = Literal["expected", "cvar", "worst", "regret"]

#: What must be the same in every state, since what is built is decided on it.
_SHARED = ("sites", "designs", "demand", "workloads", "offer_source")
_SHARED_ARRAYS = ("pair_site", "pair_design", "block_mw", "offer_site", "hours")


def _same_scale(one: Coefficients, other: Coefficients) -> bool:
    """Test whether halls are priced by the same steps as those of earlier periods."""
    if one.scale is None or other.scale is None:
        return one.scale is other.scale
    same = (np.array_equal(getattr(one.scale, n), getattr(other.scale, n))
            for n in ("from_mw", "factor"))  # fmt: skip
    return all(same)


@dataclass(frozen=True)
class State:
    """One period under one scenario: a whole problem of its own, with the same sets.

    Parameters
    ----------
    coefficients : Coefficients
        Sets and numbers of the state.
    period, scenario : int
        Which period and which scenario.
    probability : float
        Of the scenario. [-]
    share, cost_share : float
        Weight of the period in an annual mean, for physical metrics and, discounted, for cost. [-]
    """

    coefficients: Coefficients
    period: int = 0
    scenario: int = 0
    probability: float = 1.0
    share: float = 1.0
    cost_share: float = 1.0

    def period_share(self, metric: str) -> float:
        """Weight of the period in the annual mean of a metric. [-]."""
        return self.cost_share if metric == "cost_usd" else self.share

    def weight(self, metric: str) -> float:
        """Weight of the state in the expected annual mean of a metric. [-]."""
        return self.probability * self.period_share(metric)


@dataclass(frozen=True)
class Instance:
    """The states of a study. What is built in a period is the same under every scenario.

    Parameters
    ----------
    states : tuple of State
        One for each period and scenario, by period, then by scenario.
    periods : tuple of int
        First year of each period; one entry where there is a single typical year.
    scenarios : tuple of str
        Names of the scenarios, the reference first.
    measure : {"expected", "cvar", "worst", "regret"}
        How the scenarios are weighed in the objective.
    alpha : float
        For ``cvar``: the mean over the worst 1 − alpha of the probability. [-]

    Raises
    ------
    ValueError
        If a state is missing or the states do not share their sets.
    """

    states: tuple[State, ...]
    periods: tuple[int, ...] = (0,)
    scenarios: tuple[str, ...] = ("base",)
    measure: Measure = "expected"
    alpha: float = 0.9

    def __post_init__(self) -> None:
        wanted = [(y, w) for y in range(len(self.periods)) for w in range(len(self.scenarios))]
        if [(k.period, k.scenario) for k in self.states] != wanted:
            raise ValueError("an instance needs one state a period and scenario, in order")
        first = self.states[0].coefficients
        for state in self.states[1:]:
            c = state.coefficients
            names = [n for n in _SHARED if getattr(c, n) != getattr(first, n)]
            names += [
                n for n in _SHARED_ARRAYS if not np.array_equal(getattr(c, n), getattr(first, n))
            ]
            names += [] if _same_scale(c, first) else ["scale"]
            if names:
                raise ValueError(f"the states differ in {', '.join(names)}")
        self._check_vintages()

    def _check_vintages(self) -> None:
        """Factors of a period are the same in all its states and in the history of the next."""
        cases = len(self.scenarios)
        factors = [state.coefficients.vintages for state in self.states]
        for i, (state, own) in enumerate(zip(self.states, factors, strict=True)):
            first = factors[state.period * cases]
            before = factors[i - cases] if state.period else None
            if own is None:
                fits = first is None and before is None
            elif first is None or len(own.cost) != state.period + 1:
                fits = False
            else:
                fits = own.follows(before) and own.same_factors(first)
            if not fits:
                raise ValueError(f"the factors of state {i} are not those of its periods")

    @classmethod
    def single(cls, coefficients: Coefficients) -> Instance:
        """One typical year, nothing uncertain."""
        return cls((State(coefficients),))

    @property
    def reference(self) -> int:
        """State that tables and maps show: the last period under the first scenario."""
        return (len(self.periods) - 1) * len(self.scenarios)

    def of_period(self, period: int) -> Iterator[int]:
        """Indices of the states of a period."""
        return (i for i, state in enumerate(self.states) if state.period == period)

    def of_scenario(self, scenario: int) -> Instance:
        """Instance of one scenario alone, as if it were certain."""
        states = tuple(
            replace(state, scenario=0, probability=1.0)
            for state in self.states
            if state.scenario == scenario
        )
        return replace(
            self, states=states, scenarios=(self.scenarios[scenario],), measure="expected"
        )

    def with_coefficients(self, coefficients: Sequence[Coefficients]) -> Instance:
        """Instance of the same states with other coefficients."""
        pairs = zip(self.states, coefficients, strict=True)
        return replace(self, states=tuple(replace(k, coefficients=c) for k, c in pairs))


def build_instance(
    study: Study, labels: Sequence[StudyState], coefficients: Sequence[Coefficients]
) -> Instance:
    """Join the states of a study.

    What is built is decided before the scenario is known, so of each period the smallest room for
    modules and for contracts over the scenarios holds.
    """
    numbers = [
        _with_least_room(c, [o for k, o in zip(labels, coefficients, strict=True) if k.period == y])
        for c, y in zip(coefficients, (label.period for label in labels), strict=True)
    ]
    states = tuple(
        State(
            coefficients=c,
            period=label.period,
            scenario=label.scenario,
            probability=label.probability,
            share=label.share,
            cost_share=label.cost_share,
        )
        for label, c in zip(labels, numbers, strict=True)
    )
    return Instance(
        states=states,
        periods=tuple(label.year for label in labels if label.scenario == 0),
        scenarios=tuple(label.name for label in labels if label.period == 0),
        measure=study.scenarios.measure,
        alpha=study.scenarios.alpha,
    )


def _with_least_room(c: Coefficients, others: Sequence[Coefficients]) -> Coefficients:
    """The state with the least room of all scenarios of its period."""
    if len(others) == 1:
        return c
    return replace(
        c,
        max_modules=np.minimum.reduce([o.max_modules for o in others]),
        offer_limit_mw=np.minimum.reduce([o.offer_limit_mw for o in others]),
    )


def of_site(c: Coefficients, s: int) -> Coefficients:
    """Problem of one site with its pairs and its offers; demand and slices stay.

    Families over several sites (shared limits, losses, caps) and over several periods are left
    out, and a dispatch option that has nothing to operate there is off.
    """
    pairs, offers = np.flatnonzero(c.pair_site == s), np.flatnonzero(c.offer_site == s)
    kept = {"s": np.array([s]), "p": pairs, "o": offers}
    arrays: dict[str, Any] = {}
    for name, axes in AXES.items():
        value = getattr(c, name)
        for i, axis in enumerate(axes):
            value = np.take(value, kept[axis], axis=i) if axis in kept else value
        arrays[name] = value
    arrays["pair_site"], arrays["offer_site"] = 0 * pairs, 0 * offers
    return replace(
        c,
        **arrays,
        sites=(c.sites[s],),
        offer_source=tuple(c.offer_source[o] for o in offers),
        operation=_operation(c, s, pairs, offers),
        structure=Structure(ceilings=_ceilings(c, s)),
        vintages=None,
        scale=None,
    )


def stores_of_site(c: Coefficients, s: int) -> IndexArray:
    """Stores of a site, indices of the U stores."""
    storage = c.operation.storage
    return np.zeros(0, dtype=np.intp) if storage is None else np.flatnonzero(storage.site == s)


def units_of_site(c: Coefficients, s: int) -> IndexArray:
    """Steps and generators of a site, indices of the J."""
    power = c.operation.power
    return np.zeros(0, dtype=np.intp) if power is None else power.at(s)


def _ceilings(c: Coefficients, s: int) -> tuple[Any, ...]:
    return tuple(replace(law, sites=law.sites[[s]]) for law in c.structure.ceilings)


def _operation(c: Coefficients, s: int, pairs: IndexArray, offers: IndexArray) -> Operation:
    o = c.operation
    return replace(
        o,
        storage=_storage(o.storage, stores_of_site(c, s)),
        clean=tuple(
            replace(
                rule,
                sites=rule.sites[[s]],
                grid_share=rule.grid_share[[s]],
                unclean=None if rule.unclean is None else rule.unclean[offers],
            )
            for rule in o.clean
        ),
        idle=_idle(o.idle, pairs),
        heat=_heat(o.heat, pairs, s),
        power=None if o.power is None else o.power.of_site(s),
        more={name: data.at_site(s) for name, data in o.more.items()},
    )


def _taken[T: (Storage, Idle)](data: T, rows: IndexArray, **own: Any) -> T:
    """Some rows of data whose other fields are arrays with a row each."""
    names = [f.name for f in fields(data) if f.name not in own]
    return replace(data, **{name: getattr(data, name)[rows] for name in names}, **own)


def _storage(storage: Storage | None, stores: IndexArray) -> Storage | None:
    if storage is None or not len(stores):
        return None
    names = tuple(storage.name[u] for u in stores)
    return _taken(storage, stores, site=0 * stores, name=names)


def _idle(idle: Idle | None, pairs: IndexArray) -> Idle | None:
    if idle is None:
        return None
    q = np.flatnonzero(np.isin(idle.pair, pairs))
    return _taken(idle, q, pair=np.searchsorted(pairs, idle.pair[q])) if len(q) else None


def _heat(heat: Heat | None, pairs: IndexArray, s: int) -> Heat | None:
    if heat is None:
        return None
    h = np.flatnonzero(np.isin(heat.pair, pairs))
    return replace(
        heat,
        pair=np.searchsorted(pairs, heat.pair[h]),
        recoverable=heat.recoverable[h],
        demand_mw=heat.demand_mw[[s]],
    )
