"""Checks on sites: size, number, efficiency, supply and budgets, and limits that sites share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.audit.operation import OpenFacts
from siting.audit.outcome import METRIC_TOLERANCE, TOLERANCE, LimitCheck, at_least, at_most
from siting.audit.place_limits import may_compete
from siting.audit.replay import SiteFacts, Steps
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue
from siting.catalogue.selection import (
    group_of_country,
    laws_in_force,
    policy_table,
    selectors_of,
    sites_of,
)
from siting.config import Study
from siting.config.limits import SELECTORS
from siting.nomenclature import LIMITED
from siting.placement import Placement

__all__ = [
    "budget_checks",
    "choice_checks",
    "efficiency_checks",
    "plant_checks",
    "plant_share_checks",
    "reported_checks",
    "size_checks",
    "structure_checks",
    "supply_checks",
]


#: Without own generators.
_NO_WATER: Mapping[str, float] = MappingProxyType({})


def plant_checks(s: OpenSite, facts: SiteFacts) -> Iterator[LimitCheck]:
    """Whole modules, the peak on the connection, heat to the water body, water bodies.

    installed  =  modules · block
    max PUE over all steps and design hours · installed  ≤  connection
    """
    whole = abs(s.modules - np.round(s.modules))
    yield at_most("whole_modules", whole, 0.0, where=s.site)
    off = abs(s.installed_mw - s.modules * facts.block_mw)
    yield at_most("modules", off, 0.0, unit="MW", where=s.site)
    peak, heat = float(facts.pue.max()), float(facts.heat_to_water.max())
    rows = (
        ("connection", peak * s.installed_mw, facts.connection_mw),
        ("heat_to_water", heat * s.installed_mw, facts.heat_limit_mw),
        ("land", s.installed_mw, facts.land_limit_mw),
    )
    for name, value, limit in rows:
        yield at_most(name, value, limit, unit="MW", where=s.site)
    lacking = float(bool(facts.needs) and not facts.needs & facts.has)
    needs = " or ".join(sorted(facts.needs))
    place = f"{s.site}: {s.design} needs a {needs}" if needs else s.site
    yield at_most("design_needs", lacking, 0.0, where=place)


def efficiency_checks(
    s: OpenSite,
    facts: SiteFacts,
    steps: Steps,
    study: Study,
    *,
    made_m3: Mapping[str, float] = _NO_WATER,
) -> Iterator[LimitCheck]:
    """Annual means and on-site water of a site against the ceilings of the study.

    ``made_m3`` is the water of its own generators, which counts in its limits and not in its WUE.
    """
    limits = study.limits
    litres = steps.total(facts.wue_l_per_kwh), steps.total(facts.withdrawal_l_per_kwh)
    names = ("water_m3", "water_withdrawal_m3")
    used = [s.it_mw * each + made_m3.get(n, 0.0) for each, n in zip(litres, names, strict=True)]
    rows = (
        ("pue_max", steps.total(facts.pue) / steps.year_h, limits.pue_max, ""),
        ("wue_max_l_per_kwh", litres[0] / steps.year_h, limits.wue_max_l_per_kwh, "L/kWh"),
        ("site_water_m3", used[0], limits.site_water_m3, "m3"),
        ("site_withdrawal_m3", used[1], limits.site_withdrawal_m3, "m3"),
    )
    for name, value, limit, unit in rows:
        if limit is not None:
            yield at_most(name, value, limit, unit=unit, where=s.site)


def reported_checks(
    s: OpenSite, facts: SiteFacts, steps: Steps, *, pue_peak: float
) -> Iterator[LimitCheck]:
    """Efficiencies of a site as they were reported, against the recomputed ones."""
    rows = (
        ("reported_pue", s.pue, steps.total(facts.pue) / steps.year_h),
        ("reported_pue_peak", s.pue_peak, pue_peak),
        ("reported_wue", s.wue_l_per_kwh, steps.total(facts.wue_l_per_kwh) / steps.year_h),
    )
    for name, reported, recomputed in rows:
        off = abs(recomputed - reported)
        limit = METRIC_TOLERANCE * max(abs(recomputed), abs(reported))
        yield at_most(name, off, limit, 1e-9, where=s.site)


def size_checks(sites: Iterable[OpenSite], study: Study) -> Iterator[LimitCheck]:
    """Number, size and share of the sites."""
    limits, served, count = study.limits, study.demand.it_mw, 0
    for s in sites:
        count += 1
        for check, name, value, unit in (
            (at_most, "max_share_per_site", s.it_mw / served, ""),
            (at_most, "max_mw_per_site", s.installed_mw, "MW"),
            (at_least, "min_mw_per_site", s.installed_mw, "MW"),
        ):
            limit = getattr(limits, name)
            if limit is not None:
                yield check(name, value, limit, unit=unit, where=s.site)
        for hall in s.halls or (s,):
            yield from _design_size(hall, study)
    if limits.max_sites is not None:
        yield at_most("max_sites", count, limits.max_sites)
    if limits.min_sites is not None:
        yield at_least("min_sites", count, limits.min_sites)


def _design_size(s: OpenSite, study: Study) -> Iterator[LimitCheck]:
    """Size of a design at a site, by the study or by itself."""
    mw, place = s.installed_mw, f"{s.site}: {s.design}"
    for check, name, key in (
        (at_least, "min_mw_of_design", "min_mw_per_site"),
        (at_most, "max_mw_of_design", "max_mw_per_site"),
    ):
        limit = study.limits.of_design(s.design, key)
        if limit is not None:
            yield check(name, mw, limit, unit="MW", where=place)


def choice_checks(placement: Placement, catalogue: Catalogue) -> Iterator[LimitCheck]:
    """Only sites and designs that the study lets compete, each site once, forced ones as asked."""
    study, sites = placement.study, placement.sites
    is_open = {str(site) for site in sites.index}
    barred = {*study.limits.closed, *study.candidates.exclude}
    wrong: dict[str, Iterable[object]] = {
        "one_design_a_site": sites.index[sites.index.duplicated()],
        "designs": {*placement.built["design"]} - {*study.designs},
        "candidates": is_open - may_compete(study, catalogue),
        "open": {*study.limits.open} - is_open,
        "closed": is_open & barred,
    }
    for name, found in wrong.items():
        names = sorted(map(str, found))
        yield at_most(name, len(names), 0.0, where=", ".join(names))


def budget_checks(metrics: Mapping[str, float], placement: Placement) -> Iterator[LimitCheck]:
    """Recomputed totals against the budgets; reported totals against the sum over the sites."""
    for metric, unit in ((m, q.unit) for m, q in LIMITED.items()):
        budget = getattr(placement.study.limits, metric, None)
        if budget is not None:
            yield at_most(metric, metrics[metric], budget, unit=unit)
        if metric in placement.sites and metric in placement.metrics:
            total = float(placement.sites[metric].sum())
            off = abs(total - placement.metrics[metric])
            scaled = TOLERANCE * max(1.0, abs(total))
            yield at_most("sum_of_sites", off, 0.0, scaled, unit=unit, where=metric)


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


def structure_checks(
    placement: Placement, catalogue: Catalogue, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """Residency, basins, lakes, caps and laws."""
    table = catalogue.candidates.loc[[s.site.site for s in sites]]
    yield from _residency(placement, catalogue)
    yield from _basins(placement, table, sites)
    yield from _lakes(placement, catalogue, sites)
    yield from _caps(placement, catalogue, table, sites)
    yield from _laws(placement, catalogue, table, sites)


def _residency(placement: Placement, catalogue: Catalogue) -> Iterator[LimitCheck]:
    """Load of users whose data leave their country or its group. [MW]."""
    flows = placement.flows
    for workload in placement.study.demand.workloads:
        if workload.residency == "none":
            continue
        own = flows[flows["workload"] == workload.name]
        users = catalogue.demand["country"].reindex(own["demand"])
        users = users.fillna(placement.demand["country"].reindex(own["demand"]))
        ends = [users, catalogue.candidates["country"].reindex(own["site"])]
        places = [tuple(map(str, column)) for column in ends]
        if workload.residency == "group":
            places = [group_of_country(catalogue, names) for names in places]
        abroad = np.array(places[0], dtype=object) != np.array(places[1], dtype=object)
        mw = float(own["it_mw"].to_numpy(dtype=float)[abroad].sum())
        yield at_most("residency", mw, 0.0, unit="MW", where=workload.name)


def _basins(
    placement: Placement, table: pd.DataFrame, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """On-site water of the sites of each basin together."""
    limits = placement.study.limits
    for name, fact, metric in (
        ("basin_water_m3", "wue_l_per_kwh", "water_m3"),
        ("basin_withdrawal_m3", "withdrawal_l_per_kwh", "water_withdrawal_m3"),
    ):
        most = getattr(limits, name)
        if most is None:
            continue
        used: dict[str, float] = defaultdict(float)
        for s in sites:
            made = s.made_m3.get(metric, 0.0)
            used[str(table["basin"][s.site.site])] += s.annual(fact) + made
        for basin, m3 in used.items():
            yield at_most(name, m3, most, unit="m3", where=basin)


def _lakes(
    placement: Placement, catalogue: Catalogue, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """Largest heat of all that is installed on one lake."""
    if not placement.study.limits.shared_lake_heat:
        return
    heat: dict[str, float] = defaultdict(float)
    limit: dict[str, float] = {}
    for s in sites:
        for hall, facts in s.halls:
            if np.isfinite(facts.heat_limit_mw):
                lake = str(catalogue.water_bodies["name"][s.site.site])
                heat[lake] += float(facts.heat_to_water.max()) * hall.installed_mw
                limit[lake] = min(limit.get(lake, np.inf), facts.heat_limit_mw)
    for lake, mw in heat.items():
        yield at_most("lake_heat", mw, limit[lake], unit="MW", where=lake)


def _caps(
    placement: Placement, catalogue: Catalogue, table: pd.DataFrame, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """Metric of the sites of a jurisdiction, in amount or per IT energy."""
    for i, cap in enumerate(placement.study.caps):
        selectors = {name: getattr(cap, name) for name in SELECTORS}
        bound = sites_of(catalogue, table, selectors)
        inside = [s for s, own in zip(sites, bound, strict=True) if own]
        used = sum(s.metrics[cap.metric] for s in inside)
        it_mwh = sum(s.it_mwh for s in inside)
        most = cap.at_most * (it_mwh if cap.per_it_mwh else 1.0)
        unit = LIMITED[cap.metric].unit
        yield at_most("caps", used, most, unit=unit, where=f"caps[{i}] on {cap.metric}")


def _laws(
    placement: Placement, catalogue: Catalogue, table: pd.DataFrame, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """Annual mean of each design at each site that a law binds; of all of them for a mean."""
    policy = placement.study.policy
    for law, row in laws_in_force(policy_table(catalogue), policy.laws, policy.year).iterrows():
        bound = sites_of(catalogue, table, selectors_of(str(row["where"])))
        inside = [s for s, own in zip(sites, bound, strict=True) if own]
        fact, most = str(row["metric"]), float(row["value"])
        if row["applies"] == "average":
            it_mwh = sum(s.it_mwh for s in inside)
            if it_mwh > 0:
                mean = sum(s.annual(fact) for s in inside) / it_mwh
                yield at_most("policy", mean, most, where=f"{law}, mean")
            continue
        for s in inside:
            for _, facts in s.halls:
                mean = s.steps.total(getattr(facts, fact)) / s.steps.year_h
                yield at_most("policy", mean, most, where=f"{law} at {s.site.site}")
