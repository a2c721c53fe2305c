"""A placement computed again, from weather and tables to totals, beside what was reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from siting.audit.demand_checks import demand_checks
from siting.audit.facts import gather_facts
from siting.audit.hidden import hidden_by_slices
from siting.audit.outcome import Audit, LimitCheck, at_most
from siting.audit.replay import Replay, Steps, planned_use, replay_site, slice_of_step
from siting.audit.reported import OpenSite, open_sites
from siting.audit.site_checks import (
    budget_checks,
    choice_checks,
    efficiency_checks,
    plant_checks,
    reported_checks,
    size_checks,
)
from siting.audit.states import audit_states, condensed, relative_difference
from siting.audit.supply_checks import supply_checks
from siting.audit.totals import METRIC_UNITS, SiteFacts, carbon_t_co2e, site_metrics
from siting.catalogue import (
    Catalogue,
    Weather,
    WeatherLibrary,
    add_candidates,
    add_demand,
    under_climate,
)
from siting.config import Study
from siting.config.demand import is_file_name
from siting.placement import Placement

__all__ = ["audit_placement"]


@dataclass(frozen=True)
class _Evaluated:
    """One open site: what was reported, what it is, and what it did over all steps."""

    site: OpenSite
    facts: SiteFacts
    replay: Replay
    by_day: Replay


def audit_placement(
    placement: Placement,
    catalogue: Catalogue,
    weather: Sequence[Weather] = (),
    *,
    tolerance: float = 1e-6,
    metric_tolerance: float = 0.01,
) -> Audit:
    """Re-evaluate a placement over all weather steps, without the optimizer or its coefficients.

    Parameters
    ----------
    placement : Placement
        The answer to look at.
    catalogue : Catalogue
        The tables that the study was solved with; files that the study names are joined to it
        where they are not in it yet.
    weather : sequence of Weather, optional
        All steps at the open sites (others may be in it) under the climate of each state of the
        study; by default the built-in weather of their coordinates, warmed as the study asks.
    tolerance : float, default 1e-6
        How far a limit may be passed, relative to the limit or to 1. [-]
    metric_tolerance : float, default 0.01
        How far a reported metric may be from the recomputed one. [-]

    Returns
    -------
    Audit

    Raises
    ------
    siting.errors.DataError
        If the catalogue, the weather or the physics does not know an open site or its design.
    """
    if not placement.states:
        given = weather[0] if weather else None
        return _one_state(placement, catalogue, given, tolerance, metric_tolerance)
    audits = [
        _one_state(
            state.placement,
            catalogue,
            weather[i] if weather else None,
            tolerance,
            metric_tolerance,
        )
        for i, state in enumerate(placement.states)
    ]
    return audit_states(placement, audits, tolerance)


def _one_state(
    placement: Placement,
    catalogue: Catalogue,
    weather: Weather | None,
    tolerance: float,
    metric_tolerance: float,
) -> Audit:
    """One typical year, or one period under one scenario."""
    catalogue = _with_own_files(placement, catalogue)
    sites = open_sites(placement)
    weather = weather or _built_in_weather(sites, placement.study, catalogue)
    facts = gather_facts(sites, placement.study, catalogue, weather)
    steps = _steps(weather, placement.study)
    evaluated = [_Evaluated(s, facts[s.site], *_replay(s, facts[s.site], steps)) for s in sites]
    metrics = _metrics(evaluated, steps, placement.study)
    differences = {
        name: relative_difference(value, placement.metrics.get(name, np.nan))
        for name, value in metrics.items()
    }
    limits = condensed(
        [
            *_site_checks(evaluated, steps, placement.study, tolerance, metric_tolerance),
            *demand_checks(sites, placement, catalogue, tolerance),
            *size_checks(sites, placement.study, tolerance),
            *choice_checks(placement, catalogue, tolerance),
            *budget_checks(metrics, placement, tolerance),
            _other_carbon(evaluated, steps, placement, metric_tolerance),
        ]
    )
    agree = all(abs(off) <= metric_tolerance for off in differences.values())
    return Audit(
        passed=agree and all(check.ok for check in limits),
        metrics=metrics,
        differences=differences,
        limits=limits,
        hidden=tuple(
            sentence
            for e in evaluated
            for sentence in hidden_by_slices(e.site, e.facts, e.replay, e.by_day, steps)
        ),
        steps=len(weather.hours),
        metric_tolerance=metric_tolerance,
    )


def _with_own_files(placement: Placement, catalogue: Catalogue) -> Catalogue:
    """Join the files that the study names, unless the caller has done so."""
    study = placement.study
    own = study.candidates.file
    if own is not None and not set(placement.sites.index) <= set(catalogue.candidates.index):
        catalogue, _ = add_candidates(catalogue, own)
    files = [name for name in study.demand.regions if is_file_name(name)]
    if files and not set(placement.demand.index) <= set(catalogue.demand.index):
        for name in files:
            catalogue, _ = add_demand(catalogue, name)
    return catalogue


def _built_in_weather(sites: Iterable[OpenSite], study: Study, catalogue: Catalogue) -> Weather:
    """Weather at the open sites that the catalogue knows; the others fault later."""
    known = catalogue.candidates
    places = known.loc[[s.site for s in sites if s.site in known.index]]
    height = places.get("elevation_m")
    ids = [str(site) for site in places.index]
    weather = WeatherLibrary.open(catalogue.folder).places(
        ids, places["lat"], places["lon"], height
    )
    return under_climate(weather, places["lat"], study.climate)


def _steps(weather: Weather, study: Study) -> Steps:
    slices = study.time.slices
    of_step = slice_of_step(slices, weather.month, weather.hour, weather.day_group)
    return Steps(hours=weather.hours, of_step=of_step, slices=slices)


def _replay(s: OpenSite, facts: SiteFacts, steps: Steps) -> tuple[Replay, Replay]:
    """The plan on the profiles of the tables, and on windy and calm days.

    What the site cannot contract at all is not replayed; a plan on it is a broken limit.
    """
    drawn = s.it_mw * (facts.pue - facts.generated)
    wanted, by_day = {}, {}
    for source, plan in s.plan.items():
        if source in facts.contracts:
            contract, mw = facts.contracts[source], s.contract_mw.get(source, 0.0)
            flat = contract.capacity_factor
            wanted[source] = planned_use(plan, mw * flat, steps)
            swing = np.divide(contract.by_day, flat, out=np.ones_like(flat), where=flat > 0)
            by_day[source] = wanted[source] * swing
    return replay_site(drawn, wanted, steps), replay_site(drawn, by_day, steps)


def _metrics(evaluated: Iterable[_Evaluated], steps: Steps, study: Study) -> dict[str, float]:
    """Totals of all sites."""
    parts = [site_metrics(e.site, e.facts, e.replay, steps, study.economics) for e in evaluated]
    return {name: float(sum(part[name] for part in parts)) for name in METRIC_UNITS}


def _other_carbon(
    evaluated: Iterable[_Evaluated], steps: Steps, placement: Placement, metric_tolerance: float
) -> LimitCheck:
    """Carbon by the convention that the study did not choose, as reported and recomputed."""
    location = placement.study.supply.carbon != "location"
    key = f"carbon_t_co2e_{'location' if location else 'contract'}_based"
    found = float(
        sum(
            carbon_t_co2e(e.site, e.facts, e.replay, steps, location_based=location)
            for e in evaluated
        )
    )
    off = abs(relative_difference(found, placement.other_conventions.get(key, np.nan)))
    return at_most("reported_other_carbon", off, metric_tolerance, 1e-9, where=key)


def _site_checks(
    evaluated: Iterable[_Evaluated],
    steps: Steps,
    study: Study,
    tolerance: float,
    metric_tolerance: float,
) -> Iterator[LimitCheck]:
    for e in evaluated:
        yield from plant_checks(e.site, e.facts, tolerance)
        yield from efficiency_checks(e.site, e.facts, steps, study, tolerance)
        yield from reported_checks(e.site, e.facts, steps, metric_tolerance)
        share = study.supply.max_contract_share
        yield from supply_checks(e.site, e.facts, steps, share, tolerance)
