"""Checks on what each site runs: contracts, stores, moved load, heat, generators, clean supply."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray
from siting.audit.hours import LoadYear, servers_beyond_mean
from siting.audit.operation import OnSite, Plan, heat_pump_cop
from siting.audit.outcome import TOLERANCE, LimitCheck, at_least, at_most
from siting.audit.power import Powered, power_checks
from siting.audit.replay import SiteFacts, Steps
from siting.audit.reported import GRID, OpenSite
from siting.config import Store, Study
from siting.placement import Placement

__all__ = [
    "Operated",
    "clean_checks",
    "clean_year",
    "import_is_limited",
    "operation_checks",
    "plant_share_checks",
    "supply_checks",
]


@dataclass(frozen=True)
class Operated:
    """One open site with its plan.

    Parameters
    ----------
    reported : OpenSite
        The site as it was reported.
    site, facts : OpenSite, SiteFacts
        At the mean of its load, and what it draws as if that load were steady.
    built : SiteFacts
        The site before anything is planned.
    plan : Plan
        Planned operation.
    own : OnSite
        Facts for it.
    year : LoadYear
        Its load through the year, by the profiles of its workloads.
    powered : Powered
        Steps of its connection and own generators.
    """

    reported: OpenSite
    site: OpenSite
    facts: SiteFacts
    built: SiteFacts
    plan: Plan
    own: OnSite
    year: LoadYear
    powered: Powered


def operation_checks(
    sites: Sequence[Operated], placement: Placement, steps: Steps
) -> Iterator[LimitCheck]:
    """Every limit of the families that the study asks for."""
    study = placement.study
    for e in sites:
        for store in study.storage:
            if e.plan.store_mw.get(store.name):
                yield from _store(e, store, study, steps)
        if import_is_limited(study):
            yield from _import(e, steps)
        yield from power_checks(e.powered, e.site.site, study)
        yield from _reserve(e, study)
        yield from _engine(e)
        yield from _heat(e, study, steps)
        yield from _backup(e, study, steps)
        yield from _moved(e, study)
    yield from _flexible(sites, placement, steps)


def import_is_limited(study: Study) -> bool:
    """Return whether import may pass the connection although the peak of the halls fits it."""
    on_site = study.storage or study.heat_reuse or study.backup
    return bool(on_site or study.generation or study.connections)


def _days(study: Study) -> list[range]:
    """Slices of each representative day, in order."""
    blocks = study.time.blocks_per_day
    return [range(t, t + blocks) for t in range(0, study.time.number, blocks)]


def _store(e: Operated, store: Store, study: Study, steps: Steps) -> Iterator[LimitCheck]:
    """Power, size and the level followed through every day of the year, one after the other."""
    place, mw = f"{store.name} at {e.site.site}", e.plan.store_mw[store.name]
    charge, discharge = e.plan.charge_mw[store.name], e.plan.discharge_mw[store.name]
    yield at_most("storage_max_mw", mw, store.max_mw, unit="MW", where=place)
    most = float((charge + discharge).max())
    yield at_most("storage_power", most, mw, unit="MW", where=place)
    least = float(min(charge.min(), discharge.min()))
    yield at_least("storage_negative", least, 0.0, unit="MW", where=place)
    one_way = float(np.sqrt(store.round_trip_efficiency))
    gain = 24.0 / study.time.blocks_per_day * (charge * one_way - discharge / one_way)
    levels, drift = _levels(gain, e.plan.level_mwh[store.name], store, study, steps.slice_h)
    full = mw * store.duration_h
    scaled = TOLERANCE * max(1.0, full)
    yield at_most("storage_full", float(levels.max()), full, scaled, unit="MWh", where=place)
    yield at_least("storage_empty", float(levels.min()), 0.0, scaled, unit="MWh", where=place)
    yield at_most("storage_cycle", drift, 0.0, 10 * scaled, unit="MWh", where=place)


def _levels(
    gain: FloatArray, reported: FloatArray, store: Store, study: Study, hours: FloatArray
) -> tuple[FloatArray, float]:
    """Levels on the first and the last day of each kind, and how far the circle does not close."""
    block_h, levels, drift = 24.0 / study.time.blocks_per_day, [], 0.0
    level = float(reported[0])
    for day in _days(study):
        if not store.carry_over:
            level = float(reported[day[0]])
        within = np.concatenate([[0.0], np.cumsum(gain[day])])
        number = float(hours[day[0]]) / block_h
        levels += [level + within, level + within + max(number - 1.0, 0.0) * within[-1]]
        if store.carry_over:
            level += number * within[-1]
        else:
            drift = max(drift, abs(float(within[-1])))
    if store.carry_over:
        drift = abs(level - float(reported[0]))
    return np.concatenate(levels), drift


def _import(e: Operated, steps: Steps) -> Iterator[LimitCheck]:
    """Grid and contracts fit the connection in every slice."""
    brought = np.sum([*e.site.planned_mw.values(), np.zeros(steps.slices)], axis=0)
    limit, place = e.powered.import_mw(steps.slices), e.site.site
    t = int((brought - limit).argmax())
    most = float(limit[t])
    yield at_most("import", float(brought[t]), most, unit="MW", where=place)


def _reserve(e: Operated, study: Study) -> Iterator[LimitCheck]:
    """Stores of a site without a connection hold hours of its peak."""
    if e.powered.reserve_h <= 0:
        return
    held = sum(e.plan.store_mw.get(x.name, 0.0) * x.duration_h for x in study.storage)
    least = e.powered.reserve_h * float(e.built.pue.max()) * e.site.installed_mw
    place = e.site.site
    yield at_least("storage_reserve", held, least, unit="MWh", where=place)


def _engine(e: Operated) -> Iterator[LimitCheck]:
    if not e.plan.idle_mw.any():
        return
    place = e.site.site
    load = e.reported.it_mw + e.plan.moved_mw if e.own.still else np.zeros_like(e.plan.idle_mw)
    beyond = float((e.plan.idle_mw - load).max())
    yield at_most("idle_engine", beyond, 0.0, unit="MW", where=place)
    yield at_least("idle_engine", float(e.plan.idle_mw.min()), 0.0, where=place)


def _heat(e: Operated, study: Study, steps: Steps) -> Iterator[LimitCheck]:
    """Heat within what servers and heat pump give and what the place takes; its least share."""
    reuse = study.heat_reuse
    if reuse is None:
        return
    place, plan = e.site.site, e.plan
    source = e.own.recoverable * (e.reported.it_mw + plan.moved_mw)
    taken = plan.heat_mw * (1.0 - 1.0 / reuse.heat_pump_cop)
    yield at_most("heat_source", float((taken - source).max()), 0.0, where=place)
    demand = steps.mean(e.own.heat_demand_mw)
    beyond = float((plan.heat_mw - demand).max())
    yield at_most("heat_demand", beyond, 0.0, unit="MW", where=place)
    energy = e.site.it_mw * steps.total(e.facts.pue)
    if demand.any() and energy > 0:
        share = float(plan.heat_mw @ steps.slice_h) / energy
        yield at_least("heat_min_share", share, reuse.min_share, where=place)


def _backup(e: Operated, study: Study, steps: Steps) -> Iterator[LimitCheck]:
    backup = study.backup
    if backup is None:
        return
    place, mw = e.site.site, e.plan.backup_mw
    power = backup.capacity_share * float(e.built.pue.max()) * e.site.installed_mw
    yield at_most("backup_power", float(mw.max()), power, unit="MW", where=place)
    hours = float(mw @ steps.slice_h) / power if power > 0 else 0.0
    yield at_most("backup_hours", hours, backup.hours_per_year, unit="h", where=place)


def _moved(e: Operated, study: Study) -> Iterator[LimitCheck]:
    """Load of each slice fits the halls; its parts add up; its servers find room."""
    plan, place = e.plan, e.site.site
    if not plan.moved_mw.any() and not e.year.above_mw.any():
        return
    load = e.reported.it_mw + plan.moved_mw
    most = e.site.installed_mw
    yield at_most("moved_load", float(load.max()), most, unit="MW", where=place)
    yield at_least("moved_load", float(load.min()), 0.0, unit="MW", where=place)
    net = np.sum([plan.moved_mw - e.year.above_mw, *plan.later_mw.values()], axis=0)
    off = float(np.abs(net - np.sum([*plan.sooner_mw.values(), 0 * net], axis=0)).max())
    scaled = TOLERANCE * max(1.0, most)
    yield at_most("moved_balance", off, 0.0, scaled, unit="MW", where=place)
    servers = e.reported.servers_mw + servers_beyond_mean(plan, e.year, study)
    yield at_most("moved_servers", servers, most, unit="MW", where=place)


def _flexible(
    sites: Sequence[Operated], placement: Placement, steps: Steps
) -> Iterator[LimitCheck]:
    """Shares and daily limits at each site; balances at each site, or of all where they trade."""
    study, hours = placement.study, steps.slice_h
    flows = placement.flows
    for workload in study.demand.workloads:
        rule, name = workload.flexible, workload.name
        if rule is None:
            continue
        own = flows[flows["workload"] == name].groupby("site")["it_mw"].sum()
        nothing = np.zeros(steps.slices)
        later = {e.site.site: e.plan.later_mw.get(name, nothing) for e in sites}
        sooner = {e.site.site: e.plan.sooner_mw.get(name, nothing) for e in sites}
        for site, gone in later.items():
            load, place = float(own.get(site, 0.0)), f"{name} at {site}"
            scaled = TOLERANCE * max(1.0, load)
            beyond = float(gone.max()) - rule.share * load
            yield at_most("flexible_share", beyond, 0.0, scaled, unit="MW", where=place)
            by_day = max(float(gone[day].mean()) for day in _days(study))
            beyond = by_day - rule.day_limit * load
            yield at_most("flexible_day", beyond, 0.0, scaled, unit="MW", where=place)
        groups = [list(later)] if rule.between_sites else [[site] for site in later]
        for group in groups:
            gone = np.sum([later[s] - sooner[s] for s in group], axis=0)
            load = float(sum(own.get(s, 0.0) for s in group))
            place = f"{name} at {group[0] if len(group) == 1 else 'all sites'}"
            yield from _balance(gone, load, rule.week_limit, study, hours, place)


def _balance(
    gone: FloatArray, load: float, week: float, study: Study, hours: FloatArray, place: str
) -> Iterator[LimitCheck]:
    """Made up for within the day, or within the month's mix of days up to the weekly limit."""
    energy = np.array([float(gone[day] @ hours[day]) for day in _days(study)])
    scaled = 100 * TOLERANCE * max(1.0, load)
    if week == 0:
        off = float(np.abs(energy / 24.0).max())
        yield at_most("flexible_balance", off, 0.0, scaled, unit="MW", where=place)
        return
    by_month = energy.reshape(12, -1)
    off = float(np.abs(by_month.sum(axis=1)).max()) / 24.0
    yield at_most("flexible_balance", off, 0.0, scaled, unit="MW", where=place)
    month_h = hours.reshape(12, -1).sum(axis=1)
    away = float((np.clip(by_month, 0.0, None).sum(axis=1) / month_h).max())
    most = week * load
    yield at_most("flexible_week", away, most, scaled, unit="MW", where=place)


def clean_checks(sites: Sequence[Operated], study: Study, steps: Steps) -> Iterator[LimitCheck]:
    """Each rule on clean supply, on the plan."""
    for i, rule in enumerate(study.supply.clean):
        matched = study.supply.terms_of(rule).matched
        parts = [(e.site.site, *_clean_parts(e, i, study, steps)) for e in sites if e.own.rules[i]]
        if matched != "year":
            for site, dirty, used in parts:
                if matched == "month":
                    dirty, used = (_by_month(power, steps) for power in (dirty, used))
                least = float(np.min(1.0 - dirty[used > 1e-9] / used[used > 1e-9], initial=1.0))
                where = f"rule {i} at {site}"
                yield at_least(f"clean_{matched}", least, rule.share, where=where)
            continue
        covered = [e for e in sites if e.own.rules[i]]
        clean_mwh, used_mwh = clean_year(covered, i, study, steps)
        if used_mwh > 0:
            share = clean_mwh / used_mwh
            yield at_least("clean_year", share, rule.share, where=f"rule {i}")


def _by_month(power: FloatArray, steps: Steps) -> FloatArray:
    """Energy of each month, shape (12,). [MWh]."""
    return np.asarray((power * steps.slice_h).reshape(12, -1).sum(axis=1))


def clean_year(
    sites: Sequence[Operated], i: int, study: Study, steps: Steps
) -> tuple[float, float]:
    """Energy that rule ``i`` counts, and that is used, by some sites in a year. [MWh]."""
    hours = steps.slice_h
    parts = [_clean_parts(e, i, study, steps) for e in sites]
    used = sum(float(used @ hours) for _, used in parts)
    return used - sum(float(dirty @ hours) for dirty, _ in parts), used


def _clean_parts(e: Operated, i: int, study: Study, steps: Steps) -> tuple[FloatArray, FloatArray]:
    """Power that rule ``i`` does not count as clean, and power used, in each slice. [MW]."""
    rule = study.supply.clean[i]
    used = e.site.it_mw * steps.mean(e.facts.pue) + e.plan.heat_mw / heat_pump_cop(study)
    grid = e.site.planned_mw.get(GRID, np.zeros(steps.slices))
    counted = e.own.renewable if rule.count_grid else 0.0
    gas = e.site.it_mw * steps.mean(e.facts.generated)
    others = [
        mw
        for source, mw in e.site.plan.items()
        if source in e.facts.contracts and not e.facts.contracts[source].clean[i]
    ]
    others += [e.powered.made_mw[n] for n, x in e.powered.offers.items() if not x.is_clean]
    return np.sum([(1.0 - counted) * grid + gas + e.plan.backup_mw, *others], axis=0), used


def supply_checks(
    s: OpenSite,
    facts: SiteFacts,
    steps: Steps,
    max_contract_share: float,
    *,
    net_mw: FloatArray | float = 0.0,
) -> Iterator[LimitCheck]:
    """Contracts within what there is, use within what they generate, balance in each slice.

    contract[g]  ≤  available[g]
    use[g,t]     ≤  mean capacity factor[g,t] · contract[g]
    Σ_g Σ_t h[t] · capacity factor[g,t] · contract[g]  ≤  max_contract_share · IT energy
    Σ_g use[g,t] + grid[t]  =  mean (PUE − generated)[t] · load + net[t]

    with what stores, heat pumps and generators add, net, shape (T,) [MW].
    """
    yield from _volume(s, facts, steps, max_contract_share)
    for source in sorted({*s.plan, *s.contract_mw}):
        yield from _contract(s, source, facts, steps)
    zero = np.zeros(steps.slices)
    least = min((float(mw.min()) for mw in s.planned_mw.values()), default=0.0)
    yield at_least("negative_supply", least, 0.0, unit="MW", where=s.site)
    needed = s.it_mw * steps.mean(facts.pue - facts.generated) + net_mw
    off = float(np.abs(np.sum([*s.planned_mw.values(), zero], axis=0) - needed).max())
    scaled = TOLERANCE * max(1.0, float(needed.max()))
    yield at_most("energy_balance", off, 0.0, scaled, unit="MW", where=s.site)


def plant_share_checks(sites: Iterable[tuple[OpenSite, SiteFacts]]) -> Iterator[LimitCheck]:
    """Contracts of all sites with one plant of the planner's, against its capacity."""
    used: dict[str, float] = defaultdict(float)
    most: dict[str, float] = {}
    for s, facts in sites:
        for source, mw in s.contract_mw.items():
            if source in facts.contracts and np.isfinite(facts.contracts[source].plant_mw):
                used[source] += mw
                most[source] = facts.contracts[source].plant_mw
    for source, mw in used.items():
        yield at_most("ppa_mw", mw, most[source], unit="MW", where=source)


def _volume(
    s: OpenSite, facts: SiteFacts, steps: Steps, max_contract_share: float
) -> Iterator[LimitCheck]:
    """Check of the annual output of the contracts against the IT energy of the site."""
    generated = sum(
        mw * steps.total(facts.contracts[source].capacity_factor)
        for source, mw in s.contract_mw.items()
        if source in facts.contracts
    )
    most = max_contract_share * s.it_mw * steps.year_h
    name = "max_contract_share"
    yield at_most(name, generated, most, unit="MWh", where=s.site)


def _contract(s: OpenSite, source: str, facts: SiteFacts, steps: Steps) -> Iterator[LimitCheck]:
    place, mw = f"{source} at {s.site}", s.contract_mw.get(source, 0.0)
    offered = facts.contracts.get(source)
    most = 0.0 if offered is None else offered.limit_mw
    yield at_most("contract", mw, most, unit="MW", where=place)
    yield at_least("negative_contract", mw, 0.0, unit="MW", where=place)
    factor = np.zeros_like(steps.hours) if offered is None else offered.capacity_factor
    output = mw * steps.mean(factor)
    beyond = float((s.planned_mw.get(source, np.zeros(steps.slices)) - output).max())
    yield at_most("contract_output", max(beyond, 0.0), 0.0, unit="MW", where=place)
