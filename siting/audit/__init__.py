"""The audit: every answer computed again by code that shares nothing with the optimizer.

::

    weather, tables -> facts -> replay (each step) -> totals, limits -> Audit
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from siting.audit.facts import hall_facts, sum_checks, whole_site
from siting.audit.hours import (
    FLAT,
    LoadYear,
    days_unknown,
    hidden_by_slices,
    hidden_clean,
    hidden_import,
    hidden_load,
    load_in_halls,
    load_years,
    profile_checks,
    ramp_checks,
    servers_beyond_mean,
    steps_of,
    used_mwh,
)
from siting.audit.operation import (
    OnSite,
    OpenFacts,
    added_metrics,
    gather_on_site,
    heat_pump_cop,
    net_on_steps,
    operated,
    read_plan,
)
from siting.audit.operation_limits import (
    Operated,
    clean_checks,
    clean_year,
    import_is_limited,
    operation_checks,
    plant_share_checks,
    supply_checks,
)
from siting.audit.outcome import (
    METRIC_TOLERANCE,
    Audit,
    LimitCheck,
    at_most,
    audit_states,
    condensed,
    metric_check,
    metric_checks,
)
from siting.audit.power import (
    first_power_checks,
    gather_power,
    late_cost_usd,
    made_on_steps,
    power_metrics,
)
from siting.audit.replay import (
    Replay,
    SiteFacts,
    Steps,
    embodied_t_co2e,
    operational_t_co2e,
    replay_contracts,
    site_metrics,
)
from siting.audit.reported import (
    Basis,
    OpenSite,
    availability_checks,
    earlier_periods,
    mean_factors,
    open_sites,
    weather_of_open,
    with_own_files,
)
from siting.audit.shared_limits import demand_checks, failover_checks, structure_checks
from siting.audit.site_limits import (
    budget_checks,
    choice_checks,
    efficiency_checks,
    place_checks,
    plant_checks,
    reported_checks,
    size_checks,
)
from siting.catalogue import Catalogue
from siting.catalogue.weather_steps import Weather
from siting.config import Study
from siting.nomenclature import LIMITED
from siting.placement import Placement

__all__ = ["audit_placement"]


@dataclass(frozen=True)
class _Evaluated:
    """One open site: what was reported, what it is, and what it did over all steps."""

    operated: Operated
    parts: tuple[SiteFacts, ...]
    replay: Replay
    by_day: Replay

    @property
    def site(self) -> OpenSite:
        """The site at the mean of its load."""
        return self.operated.site

    @property
    def facts(self) -> SiteFacts:
        """Demand of the site as if that load were steady."""
        return self.operated.facts


def audit_placement(
    placement: Placement, catalogue: Catalogue, weather: Sequence[Weather] = ()
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

    Raises
    ------
    siting.errors.DataError
        If the catalogue, the weather or the physics does not know an open site or its design.
    """
    if not placement.states:
        given = weather[0] if weather else None
        return _one_state(placement, catalogue, given)
    audits = [
        _one_state(state.placement, catalogue, weather[i] if weather else None,
                   earlier_periods(placement, i))
        for i, state in enumerate(placement.states)
    ]  # fmt: skip
    return audit_states(placement, audits)


def _one_state(
    placement: Placement,
    catalogue: Catalogue,
    weather: Weather | None,
    earlier: Sequence[Placement] = (),
) -> Audit:
    """One typical year, or one period under one scenario, after the periods before it."""
    catalogue = with_own_files(placement, catalogue)
    sites = open_sites(placement)
    weather = weather or weather_of_open(sites, placement.study, catalogue)
    path = (*earlier, placement)
    load = load_in_halls(placement, catalogue, weather)
    at = Basis(placement.study, catalogue, weather)
    parts = hall_facts(at, sites, mean_factors(path), load)
    steps = steps_of(weather, placement.study)
    years = load_years(placement, catalogue, weather, steps)
    evaluated = [
        _evaluated(at, s, parts[s.site], placement, steps, years.get(s.site, FLAT)) for s in sites
    ]
    metrics = _metrics(evaluated, steps, placement.study)
    metrics["cost_usd"] += late_cost_usd(placement, catalogue)
    checks = _checks(evaluated, metrics, path, catalogue, weather, steps)
    return Audit(
        totals=metric_checks(metrics, placement),
        by_state=(),
        limits=condensed(list(checks)),
        hidden=(
            *_hidden(evaluated, placement.study, steps, weather),
            *days_unknown(catalogue, placement.study, [e.replay for e in evaluated]),
        ),
        steps=len(weather.hours),
        slices=placement.study.time.number,
    )


def _checks(
    evaluated: Sequence[_Evaluated],
    metrics: dict[str, float],
    path: Sequence[Placement],
    catalogue: Catalogue,
    weather: Weather,
    steps: Steps,
) -> Iterator[LimitCheck]:
    """Every limit of a state; ``path`` is the placements of its periods so far, its own last."""
    placement, study = path[-1], path[-1].study
    reported = tuple(e.operated.reported for e in evaluated)
    own, sites = [e.operated for e in evaluated], [e.site for e in evaluated]
    yield from _site_checks(evaluated, steps, study)
    yield from operation_checks(own, placement, steps)
    yield from clean_checks(own, study, steps)
    for e in own:
        yield from profile_checks(e.site, e.built, e.plan, e.year, steps, weather)
        yield from ramp_checks(e.site, e.year, study.limits.max_ramp_mw_per_hour)
    yield from plant_share_checks([(e.site, e.facts) for e in evaluated])
    yield from demand_checks(reported, placement, catalogue)
    yield from size_checks(sites, study)
    yield from choice_checks(placement, catalogue)
    yield from place_checks(_opened_now(placement, path[:-1]), study, catalogue)
    yield from budget_checks(metrics, placement)
    yield _other_carbon(evaluated, steps, placement)
    yield from structure_checks(placement, catalogue, _open_facts(evaluated, steps, study))
    yield from failover_checks(reported, placement, catalogue)
    yield from first_power_checks(placement, catalogue)
    yield from availability_checks(path)


def _opened_now(placement: Placement, earlier: Iterable[Placement]) -> list[str]:
    """Open sites that were not open in a period before, where they have been looked at."""
    before = {str(site) for one in earlier for site in one.sites.index}
    return [site for site in dict.fromkeys(map(str, placement.sites.index)) if site not in before]


def _hidden(
    evaluated: Sequence[_Evaluated], study: Study, steps: Steps, weather: Weather
) -> Iterator[str]:
    """Sentences about what the slices hid."""
    for e in evaluated:
        yield from hidden_load(
            e.operated.reported, e.operated.built, e.operated.year, steps, weather
        )
        yield from hidden_by_slices(e.site, e.facts, e.replay, e.by_day, steps)
        if import_is_limited(study):
            limit = e.operated.powered.import_mw(steps.slices)
            yield from hidden_import(e.site, limit, e.replay, steps)
    for i, rule in enumerate(study.supply.clean):
        covered = [e for e in evaluated if e.operated.own.rules[i]]
        lost = sum(sum(e.replay.curtailed_mwh.values()) for e in covered)
        clean, used = clean_year([e.operated for e in covered], i, study, steps)
        fewer = sum(used_mwh(e.replay, steps) - used_mwh(e.by_day, steps) for e in covered)
        yield from hidden_clean(rule.share, clean - lost, used, clean, i, clean - lost - fewer)


def _evaluated(
    at: Basis,
    s: OpenSite,
    parts: tuple[SiteFacts, ...],
    placement: Placement,
    steps: Steps,
    year: LoadYear,
) -> _Evaluated:
    """One open site with its plan of operation, replayed."""
    study, plan = at.study, read_plan(placement, s.site)
    facts = whole_site(s, parts)
    powered = gather_power(at, placement, s.site, facts, steps)
    one_out = study.generation is not None and study.generation.one_out
    peak = powered.peak_mw(one_out=one_out)
    facts = replace(facts, connection_mw=peak)
    parts = tuple(replace(part, connection_mw=peak) for part in parts)
    own = gather_on_site(at, s, facts)
    site, steady = operated(s, facts, plan, own, steps)
    whole = Operated(s, site, steady, _built(facts, own), plan, own, year, powered)
    net = net_on_steps(plan, heat_pump_cop(study), steps)
    drawn = site.it_mw * (steady.pue - steady.generated)
    net = net - made_on_steps(powered, np.maximum(drawn + net, 0.0), steps)
    typical = study.typical_days
    return _Evaluated(whole, parts, *replay_contracts(site, steady, steps, net, typical=typical))


def _built(facts: SiteFacts, own: OnSite) -> SiteFacts:
    """The site at the larger PUE of a running and a standing engine."""
    if own.still is None:
        return facts
    return replace(facts, pue=np.maximum(facts.pue, own.still.pue))


def _rest(study: Study) -> float:
    """Part of the largest power that must fit the connection. [-]."""
    backup = study.backup
    return 1.0 - backup.capacity_share if backup and backup.covers_peaks else 1.0


def _metrics(evaluated: Iterable[_Evaluated], steps: Steps, study: Study) -> dict[str, float]:
    """Totals of all sites."""
    evaluated = tuple(evaluated)
    parts = [_site_metrics(e, study, steps) for e in evaluated]
    return {name: float(sum(part[name] for part in parts)) for name in LIMITED}


def _site_metrics(e: _Evaluated, study: Study, steps: Steps) -> dict[str, float]:
    """Metrics of a site, what its operation adds included."""
    own = site_metrics(e.site, e.facts, e.replay, steps, study.economics)
    added = _added(e, study, steps)
    return {name: value + added.get(name, 0.0) for name, value in own.items()}


def _added(e: _Evaluated, study: Study, steps: Steps) -> dict[str, float]:
    """Contribution of the dispatch options to the metrics of a site."""
    extra = servers_beyond_mean(e.operated.plan, e.operated.year, study)
    credit = e.facts.storage_credit_share
    added = added_metrics(e.operated.plan, study, steps, extra, credit)
    more = power_metrics(e.operated.powered, e.facts, study, steps)
    carbon = more["carbon_operational_t_co2e"] + more["carbon_embodied_t_co2e"]
    more["carbon_t_co2e"] = carbon
    more["cost_usd"] += carbon * study.economics.carbon_price_usd_per_t
    return {name: added.get(name, 0.0) + more.get(name, 0.0) for name in {**added, **more}}


def _open_facts(evaluated: Iterable[_Evaluated], steps: Steps, study: Study) -> list[OpenFacts]:
    """Annual sums of each open site, for the limits that sites share."""
    return [
        OpenFacts(
            site=e.site,
            parts=e.parts if e.site.halls else (e.facts,),
            steps=steps,
            metrics=_site_metrics(e, study, steps),
            made_m3=power_metrics(e.operated.powered, e.facts, study, steps),
        )
        for e in evaluated
    ]


def _other_carbon(
    evaluated: Iterable[_Evaluated], steps: Steps, placement: Placement
) -> LimitCheck:
    """Carbon by the convention that the study did not choose, as reported and recomputed."""
    location = placement.study.supply.carbon != "location"
    key = f"carbon_t_co2e_{'location' if location else 'contract'}_based"
    found = float(
        sum(
            operational_t_co2e(e.site, e.facts, e.replay, steps, location_based=location)
            + embodied_t_co2e(e.site, e.facts)
            + _added(e, placement.study, steps)["carbon_t_co2e"]
            for e in evaluated
        )
    )
    told = placement.other_conventions.get(key, np.nan)
    off = abs(metric_check(key, "", told, found, METRIC_TOLERANCE).difference)
    return at_most("reported_other_carbon", off, METRIC_TOLERANCE, 1e-9, where=key)


def _site_checks(
    evaluated: Iterable[_Evaluated], steps: Steps, study: Study
) -> Iterator[LimitCheck]:
    for e in evaluated:
        built, plan, parts = e.operated.built, e.operated.plan, e.parts
        rest = _rest(study)
        room = built.connection_mw / rest if rest > 0 else np.inf
        peaks = [float(f.pue.max()) for f in parts] if e.site.halls else [float(built.pue.max())]
        plants = parts if e.site.halls else (replace(built, connection_mw=room),)
        for hall, facts, peak in zip(e.site.halls or (e.site,), plants, peaks, strict=True):
            yield from plant_checks(hall, facts)
            own = facts if e.site.halls else e.facts
            made = power_metrics(e.operated.powered, e.facts, study, steps)
            yield from efficiency_checks(hall, own, steps, study, made_m3=made)
            yield from reported_checks(hall, own, steps, pue_peak=peak)
        yield from sum_checks(e.site, parts, study.limits.designs_per_site)
        if e.site.halls:
            yield from efficiency_checks(e.site, e.facts, steps, study)
        share, net = study.supply.max_contract_share, plan.net_mw(heat_pump_cop(study))
        yield from supply_checks(e.site, e.facts, steps, share, net_mw=net)
