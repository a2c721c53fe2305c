"""Coefficients of a study: from its keys and the catalogue to the arrays of the optimizer.

Each stage of the way is kept by a hash of the inputs that it reads, for studies that share them.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.power_files import profile_files
from siting.catalogue.round_trips import RoundTrips
from siting.catalogue.weather import weather_of_sites
from siting.catalogue.weather_steps import Weather, under_climate
from siting.coefficients import Coefficients
from siting.coefficients.assemble import (
    grid_arrays,
    needed_mw,
    offer_arrays,
    other_conventions,
    pair_arrays,
    planner_limits,
    price_scale,
    site_cost_arrays,
)
from siting.coefficients.dispatch_options_build import build_operation, engine_peaks
from siting.coefficients.energy import Grid, Offers, contract_offers, grid_factors
from siting.coefficients.halls import Vintages, buildable_designs, vintages_of
from siting.coefficients.inputs import study_inputs
from siting.coefficients.instance import Instance, build_instance
from siting.coefficients.pairs import Pairs, drop_dominated_pairs, evaluate_pairs, with_given
from siting.coefficients.power import build_power
from siting.coefficients.sets import (
    Setting,
    TimeSlices,
    demand_mw,
    eligible_pairs,
    load_share,
    study_round_trips,
)
from siting.coefficients.structure import accepted_designs, resident
from siting.coefficients.structure_build import (
    build_structure,
    check_demand,
    check_failover,
    check_forced,
    counted_metrics,
    max_modules,
    scopes_asked,
)
from siting.config import Study
from siting.config.study import StudyState, study_states
from siting.errors import InfeasibleError

__all__ = [
    "UNREAD_BY_PHYSICS",
    "Problem",
    "Stages",
    "build_problem",
    "content_hash",
    "site_weather",
    "study_files",
]

Phase = Callable[[str], AbstractContextManager[None]]


#: Sections of a study that say nothing about what a design uses at a site.
UNREAD_BY_PHYSICS: dict[str, Any] = dict.fromkeys(
    ("name", "description", "candidates", "demand", "objective", "limits", "economics",
     "technology", "periods", "scenarios", "solver", "connections", "generation", "first_power"),
    True,
) | {"supply": {"year", "years", "opened"}}  # fmt: skip
#: Those that say nothing about candidates, regions and their supply, but for names in limits.
UNREAD_BY_TABLES = {"name", "description", "objective", "limits", "solver"}


def content_hash(*parts: Any) -> str:
    """SHA-256 over plain values: the same values give the same hash in every process."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def study_files(study: Study) -> dict[str, str]:
    """SHA-256 of every file that a study names, or that its PPAs name, by its absolute path."""
    named = set(_paths(study.to_mapping()))
    if study.supply.ppas is not None:
        named |= {str(path) for path in profile_files(Path(study.supply.ppas))}
    return {
        name: hashlib.sha256(Path(name).read_bytes()).hexdigest()
        for name in sorted(named)
        if Path(name).is_file()
    }


def _paths(value: Any) -> Iterator[str]:
    """Every text in plain data that may be an absolute path."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
    elif isinstance(value, str) and Path(value).is_absolute() and "\n" not in value:
        yield value


class Stages:
    """Cache of the stages of a study, keyed by a hash of the inputs of each stage.

    Parameters
    ----------
    keep : int, default 2
        Results kept of each stage, the last used ones; 0 keeps none.
    """

    def __init__(self, keep: int = 2) -> None:
        self._keep = keep
        self._kept: dict[str, OrderedDict[str, Any]] = {}
        self.counts: dict[str, dict[str, int]] = {}

    def reuse[T](
        self, stage: str, inputs: Sequence[Any] | Mapping[str, Any], make: Callable[[], T]
    ) -> T:
        """Result of a stage for its inputs, computed only where the cache lacks it.

        The inputs are everything that the result depends on, as plain values.
        """
        counts = self.counts.setdefault(stage, {"made": 0, "reused": 0})
        if self._keep == 0:
            counts["made"] += 1
            return make()
        kept, key = self._kept.setdefault(stage, OrderedDict()), content_hash(inputs)
        if key in kept:
            counts["reused"] += 1
            kept.move_to_end(key)
            return cast("T", kept[key])
        counts["made"] += 1
        result = kept[key] = make()
        while len(kept) > self._keep:
            kept.popitem(last=False)
        return result


def _read_by_tables(study: Study) -> list[Any]:
    """Parts of a study that its inputs and its supply read: all but the numbers of its limits."""
    read = study.model_dump(mode="json", exclude=UNREAD_BY_TABLES)
    for cap in read["caps"]:
        del cap["at_most"]
    limits = study.limits
    by_basin = limits.basin_water_m3 is not None or limits.basin_withdrawal_m3 is not None
    return [read, list(limits.open), list(limits.closed), by_basin]


def _weather_inputs(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> list[Any]:
    """Inputs of the weather of a study, as plain values."""
    places = sites[["lat", "lon", "elevation_m"]].astype(float).to_dict("list")
    climate = study.climate.model_dump(mode="json")
    return [catalogue.sha256, study_files(study), list(sites.index), places, climate]


@dataclass(frozen=True)
class Problem(Setting):
    """Coefficients of a state, and what the report needs to say them in words.

    Parameters
    ----------
    coefficients : Coefficients
        What the optimizer sees.
    free_cooling_hours : ndarray, shape (P,)
        Hours of the year without mechanical cooling. [h]
    dominated : int
        Pairs left out because another design at the site is nowhere worse.
    left_out : mapping of str to str
        Candidates that could not compete, and why.
    conventions : mapping of str to (Coefficients, str)
        Numbers and metric of each convention that the study did not choose.
    round_trips : RoundTrips
        Estimate and spread of every pair, shape (D, S). [ms]
    measured_rtt : ndarray of bool, shape (D, S)
        Round trips that the planner has measured; the others are modelled.
    grid_carbon : tuple of str
        Zone of each site, seasonal profile of its carbon, and its label.
    instance : Instance
        The states that are solved together; this problem is its reference.
    states : tuple of Problem
        The problem of each state, where the study has periods or scenarios.
    """

    coefficients: Coefficients
    free_cooling_hours: FloatArray
    dominated: int
    left_out: Mapping[str, str]
    conventions: Mapping[str, tuple[Coefficients, str]]
    measured_rtt: NDArray[np.bool_]
    round_trips: RoundTrips
    grid_carbon: tuple[str, ...]
    instance: Instance
    states: tuple[Problem, ...] = ()

    @property
    def climate(self) -> tuple[str, ...]:
        """Source, label and distance of each site's weather."""
        rows = zip(self.weather.source, self.weather.label, self.weather.distance_km, strict=True)
        return tuple(f"{source}, {label}, {km:.0f} km" for source, label, km in rows)


def build_problem(
    study: Study, catalogue: Catalogue, *, phase: Phase | None = None, stages: Stages | None = None
) -> Problem:
    """Build the coefficients of every state of a study.

    Parameters
    ----------
    phase : callable, optional
        Gives a context that times a phase by name.
    stages : Stages, optional
        Weather and physics of earlier studies, used again where their inputs are the same; by
        default those of the last state, as periods mostly have those of each other.

    Raises
    ------
    InputError
        If the study names what the catalogue does not have.
    InfeasibleError
        If a region can be served by no site, or no candidate is left.
    """
    phase = phase or (lambda name: nullcontext())
    labels = study_states(study)
    kept = stages or Stages(keep=1)
    most_mw = [_needed_from(label.period, labels) for label in labels]
    pairs = zip(labels, most_mw, strict=True)
    drafts = [_draft(label.study, catalogue, phase, kept, mw) for label, mw in pairs]
    drafts = _available(drafts, labels)
    with phase("coefficients"):
        buildable = np.any([draft.most > 0 for draft in drafts], axis=0)
        built = vintages_of(labels, drafts[0].pairs.design[buildable])
        whole = [
            _coefficients(draft.only(buildable), built[label.period])
            for draft, label in zip(drafts, labels, strict=True)
        ]
        small, useful = drop_dominated_pairs(whole, counted_metrics(study))
        instance = build_instance(study, labels, small)
        problems = tuple(
            _problem(draft.only(buildable), state.coefficients, useful, instance)
            for draft, state in zip(drafts, instance.states, strict=True)
        )
    states = problems if len(problems) > 1 else ()
    return replace(problems[instance.reference], states=states)


@dataclass(frozen=True)
class _Draft(Setting):
    """Draft of one state, before pairs that no state can build are left out."""

    pairs: Pairs
    most: NDArray[np.intp]
    grid: Grid
    offers: Offers
    left_out: Mapping[str, str]

    def only(self, pairs: NDArray[np.bool_]) -> _Draft:
        """Draft of a selection of the pairs."""
        return replace(self, pairs=self.pairs.select(pairs), most=self.most[pairs])


def _needed_from(period: int, labels: Sequence[StudyState]) -> float:
    """IT power needed at most from a period on, which halls may be built ahead of. [MW]."""
    return max(needed_mw(label.study) for label in labels if label.period >= period)


def _available(drafts: Sequence[_Draft], labels: Sequence[StudyState]) -> list[_Draft]:
    """Drafts without room for designs that were not available in any period so far."""
    known = buildable_designs(labels)
    return [
        replace(draft, most=np.where(known[label.period][draft.pairs.design], draft.most, 0))
        for draft, label in zip(drafts, labels, strict=True)
    ]


def _draft(
    study: Study, catalogue: Catalogue, phase: Phase, stages: Stages, needed: float
) -> _Draft:
    tables = [catalogue.sha256, study_files(study), *_read_by_tables(study)]
    inputs = stages.reuse("inputs", tables, lambda: study_inputs(study, catalogue))
    catalogue, sites, regions = inputs.catalogue, inputs.sites, inputs.regions
    if sites.empty:
        raise InfeasibleError(f"no candidate is left: {_first_reasons(inputs.left_out)}")
    with phase("weather"):
        places = _weather_inputs(study, catalogue, sites)
        weather = stages.reuse("weather", places, lambda: site_weather(study, catalogue, sites))
        slices = TimeSlices.group(study.time.number, weather)
        at = Setting(study, catalogue, sites, regions, weather, slices)
    with phase("physics"):
        read = [*places, study.model_dump(mode="json", exclude=UNREAD_BY_PHYSICS)]
        load = load_share(study, regions, weather)
        read += [] if load is None else [load.tolist()]
        pairs = stages.reuse(
            "physics", read, lambda: with_given(at, engine_peaks(at, evaluate_pairs(at, load)))
        )
    with phase("coefficients"):
        grid, offers = stages.reuse(
            "supply", tables, lambda: (grid_factors(at), contract_offers(at))
        )
        return _Draft(
            **vars(at),
            pairs=pairs,
            most=max_modules(at, pairs, planner_limits(study, sites), needed),
            grid=grid,
            offers=offers,
            left_out=inputs.left_out,
        )


def site_weather(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> Weather:
    """Weather of some candidates under the climate of the study."""
    return under_climate(weather_of_sites(catalogue, sites), sites["lat"], study.climate)


def _coefficients(draft: _Draft, vintages: Vintages | None) -> Coefficients:
    """Coefficients of one state, after checks for plain infeasibility."""
    study, sites, regions, pairs = draft.study, draft.sites, draft.regions, draft.pairs
    mw = demand_mw(study, regions)
    trips, _ = study_round_trips(study, draft.catalogue, regions, sites)
    rtt_ms = trips.at(study.demand.rtt_percentile)
    check_forced(draft, pairs)
    buildable = np.zeros((len(sites), len(study.designs)), dtype=bool)
    buildable[pairs.site, pairs.design] = draft.most > 0
    accepts = accepted_designs(study)
    if accepts is None:
        accepts = np.ones((len(study.demand.workloads), len(study.designs)), dtype=bool)
    has_design = (accepts[:, None, :] & buildable[None, :, :]).any(axis=2)
    allowed = resident(study, draft.catalogue, regions, sites) & has_design[:, None, :]
    eligible = eligible_pairs(study, rtt_ms) & allowed
    check_demand(draft, rtt_ms, eligible, allowed)
    reach = eligible_pairs(study, rtt_ms, study.failover.extra_rtt_ms) & allowed
    structure = build_structure(draft, pairs, reach, draft.offers)
    check_failover(structure, study, regions)
    return Coefficients(
        sites=tuple(str(site) for site in sites.index),
        designs=study.designs,
        demand=tuple(str(region) for region in regions.index),
        workloads=tuple(workload.name for workload in study.demand.workloads),
        hours=draft.slices.hours,
        **pair_arrays(draft, pairs, draft.most),
        **site_cost_arrays(study, sites),
        **grid_arrays(draft, draft.grid),
        **offer_arrays(draft, draft.grid, draft.offers),
        demand_mw=mw,
        capacity_per_load=np.array([1.0 / w.utilization for w in study.demand.workloads]),
        rtt_ms=rtt_ms,
        eligible=eligible,
        flow_cost_usd_per_mw=np.zeros_like(rtt_ms),
        limits=planner_limits(study, sites),
        scopes=scopes_asked(study),
        operation=replace(
            build_operation(draft, pairs, draft.offers), power=build_power(draft, draft.grid)
        ),
        structure=structure,
        vintages=vintages,
        scale=price_scale(study),
    )


def _first_reasons(left_out: Mapping[str, str]) -> str:
    """Reasons, in words, for which the first of the left-out candidates are left out."""
    some = list(left_out.items())[:5]
    return "; ".join(f"{site} ({reason})" for site, reason in some) or "the selection is empty"


def _problem(
    draft: _Draft, coefficients: Coefficients, kept: NDArray[np.bool_], instance: Instance
) -> Problem:
    trips, measured = study_round_trips(draft.study, draft.catalogue, draft.regions, draft.sites)
    return Problem(
        **{f.name: getattr(draft, f.name) for f in fields(Setting)},
        coefficients=coefficients,
        free_cooling_hours=draft.pairs.free_cooling_hours[kept],
        dominated=int((~kept).sum()),
        left_out=draft.left_out,
        measured_rtt=measured,
        round_trips=trips,
        grid_carbon=draft.grid.carbon_detail,
        conventions=other_conventions(draft, coefficients, draft.grid, draft.offers),
        instance=instance,
    )
