"""Dispatch options that a study asks for, as the optimizer sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue.figures import given
from siting.catalogue.hourly import by_month_and_hour, load_hours, sun_offset_h
from siting.catalogue.place_rules import covered
from siting.coefficients.dispatch_options import (
    Backup,
    Calendar,
    CleanRule,
    Flexible,
    Heat,
    Idle,
    OneSite,
    Operation,
    Profile,
    Storage,
)
from siting.coefficients.energy import Offers
from siting.coefficients.pairs import Pairs, of_pairs
from siting.coefficients.sets import Setting, slice_layout
from siting.config import Study
from siting.config.limits import CleanTerms
from siting.config.objective import MONTHS
from siting.physics import DESIGNS, facility
from siting.supply import counts_as_clean
from siting.supply.grid import renewable_share
from siting.supply.power import (
    backup_carbon_t_per_mwh,
    heat_demand_mw,
    store_carbon_t_per_mw,
    store_cost_usd_per_mw,
    usable_heat,
)
from siting.supply.tables import grid_table

__all__ = ["MORE", "build_operation", "engine_peaks", "peak_share"]

#: Builders of the data of further components by name, of a study and its S candidates; a builder
#: gives None where the study does not ask for the component.
MORE: Mapping[str, Callable[[Study, pd.DataFrame], OneSite | None]] = {}


def build_operation(at: Setting, pairs: Pairs, offers: Offers) -> Operation:
    """Every dispatch option that the study asks for; the others stay off.

    Raises `DataError` if a rule names a place that no candidate is in.
    """
    study, sites = at.study, at.sites
    flexible = any(w.flexible or w.profile for w in study.demand.workloads)
    return Operation(
        calendar=_calendar(at) if flexible or study.storage else None,
        storage=_storage(study, sites) if study.storage else None,
        flexible=_flexible(study) if flexible else None,
        clean=_clean(at, offers),
        idle=_idle(at, pairs),
        heat=_heat(at, pairs),
        backup=_backup(study),
        profile=_profile(at),
        more={name: data for name, build in MORE.items() if (data := build(study, sites))},
    )


def _profile(at: Setting) -> Profile | None:
    """Load of each workload through the year at the clock of each region; None where all is flat.

    A slice has the mean of its hours, and the largest of them for what must be installed.
    """
    workloads, regions = at.study.demand.workloads, at.regions
    weather, slices = at.weather, at.slices
    varies = np.array([w.profile is not None for w in workloads])
    if not varies.any():
        return None
    shape = (len(workloads), len(regions), len(slices.hours))
    mean, largest = np.ones(shape), np.ones(shape)
    month, real = weather.month - 1, slices.of_step >= 0
    for w, workload in enumerate(workloads):
        if workload.profile is None:
            continue
        hours, most = load_hours(workload.profile)
        offset = sun_offset_h(workload.profile, regions["lon"].to_numpy(float))
        for ahead in np.unique(offset):
            own = by_month_and_hour(np.roll(hours, -ahead))[month, weather.hour]
            top = by_month_and_hour(np.roll(most, -ahead), largest=True)[month, weather.hour]
            peak = np.zeros(len(slices.hours))
            np.maximum.at(peak, slices.of_step[real], top[real])
            mean[w, offset == ahead] = slices.mean(own)
            largest[w, offset == ahead] = peak
    return Profile(mean, largest, varies)


def _calendar(at: Setting) -> Calendar:
    groups, blocks = slice_layout(at.study.time.number)
    t = np.arange(len(at.slices.hours))
    return Calendar(day=t // blocks, month=t // (groups * blocks), block_h=24.0 / blocks)


def _storage(study: Study, places: pd.DataFrame) -> Storage:
    stores, rate, sites = study.storage, study.economics.discount_rate, len(places)
    credit = np.nan_to_num(given(places, "storage_credit_share"))
    one_way = np.sqrt([store.round_trip_efficiency for store in stores])
    cost = [store_cost_usd_per_mw(store, rate, paid) for paid in credit for store in stores]
    return Storage(
        site=np.repeat(np.arange(sites), len(stores)),
        name=tuple(store.name for store in stores) * sites,
        max_mw=np.tile([store.max_mw for store in stores], sites),
        duration_h=np.tile([store.duration_h for store in stores], sites),
        charge_efficiency=np.tile(one_way, sites),
        discharge_efficiency=np.tile(one_way, sites),
        carries=np.tile([store.carry_over for store in stores], sites),
        carbon_t_per_mw=np.tile([store_carbon_t_per_mw(store) for store in stores], sites),
        cost_usd_per_mw=np.array(cost),
    )


def _flexible(study: Study) -> Flexible:
    asked = [workload.flexible for workload in study.demand.workloads]
    return Flexible(
        share=np.array([f.share if f else 0.0 for f in asked]),
        day_limit=np.array([f.day_limit if f else 0.0 for f in asked]),
        week_limit=np.array([f.week_limit if f else 0.0 for f in asked]),
        between_sites=np.array([bool(f and f.between_sites) for f in asked]),
    )


def _clean(at: Setting, offers: Offers) -> tuple[CleanRule, ...]:
    """Rules with the sites that they cover; unknown grid mixes count as not renewable."""
    study, sites = at.study, at.sites
    if not study.supply.clean:
        return ()
    zones = sites["grid_zone"].astype(str).tolist()
    share = np.nan_to_num(renewable_share(grid_table(at.catalogue), zones), nan=0.0)
    return tuple(
        CleanRule(
            name=", ".join(rule.where) or "all sites",
            sites=covered(
                sites, rule.where, f"supply.clean[{i}].where", known=at.catalogue.candidates
            ),
            share=rule.share,
            local=study.supply.terms_of(rule).matched != "year",
            grid_share=share if rule.count_grid else np.zeros(len(sites)),
            period=_months(study) if study.supply.terms_of(rule).matched == "month" else None,
            unclean=_unclean(study.supply.terms_of(rule), offers, zones),
        )
        for i, rule in enumerate(study.supply.clean)
    )


def _months(study: Study) -> IndexArray:
    return np.arange(study.time.number, dtype=np.intp) * MONTHS // study.time.number


def _unclean(terms: CleanTerms, offers: Offers, zones: list[str]) -> BoolArray | None:
    """Contracts that a rule does not count, shape (O,); None where it counts all."""
    rows = zip(offers.technology, offers.ppa, offers.site, strict=True)
    counts = [counts_as_clean(terms, source, ppa, zones[s]) for source, ppa, s in rows]
    return None if all(counts) else ~np.array(counts, dtype=bool)


def _standing_still(at: Setting, pairs: Pairs) -> dict[int, dict[str, FloatArray]]:
    """Physics over the steps of each pair whose engine may stand still."""
    study, weather = at.study, at.weather
    found: dict[int, dict[str, FloatArray]] = {}
    if study.supply.trigeneration != "dispatched":
        return found
    for p, (s, k) in enumerate(zip(pairs.site, pairs.design, strict=True)):
        design = DESIGNS[study.designs[k]].standing_still()
        if design is not None:
            result = facility(
                design,
                temp_dry_bulb_c=weather.temp_dry_bulb_c[s],
                temp_dew_point_c=weather.temp_dew_point_c[s],
                pressure_pa=weather.pressure_pa[s],
                **study.halls.inputs,
            )
            names = ("pue", "wue_l_per_kwh", "withdrawal_l_per_kwh")
            found[p] = {name: np.asarray(getattr(result, name), dtype=float) for name in names}
    return found


def engine_peaks(at: Setting, pairs: Pairs) -> Pairs:
    """Pairs with the largest PUE of both states, where engines may stand still."""
    peak = pairs.pue_peak.copy()
    for p, still in _standing_still(at, pairs).items():
        peak[p] = max(peak[p], float(still["pue"].max()))
    return replace(pairs, pue_peak=peak)


def _idle(at: Setting, pairs: Pairs) -> Idle | None:
    """Engines that may stand still; where the planner gives the PUE, it holds as it is."""
    given = np.isfinite(of_pairs(at, pairs, "pue"))
    found = {p: x for p, x in _standing_still(at, pairs).items() if not given[p]}
    if not found:
        return None
    mean = {
        name: at.slices.mean(np.array([figures[name] for figures in found.values()]))
        for name in ("pue", "wue_l_per_kwh", "withdrawal_l_per_kwh")
    }
    return Idle(pair=np.array(list(found), dtype=np.intp), **mean)


def _heat(at: Setting, pairs: Pairs) -> Heat | None:
    reuse, weather = at.study.heat_reuse, at.weather
    if reuse is None:
        return None
    here = covered(at.sites, reuse.where, "heat_reuse.where", known=at.catalogue.candidates)
    demand = heat_demand_mw(reuse, weather.temp_dry_bulb_c, weather.month, weather.hours)
    demand = at.slices.mean(demand) * here[:, None]
    usable = usable_heat(reuse, at.study.designs)[pairs.design] & here[pairs.site]
    return Heat(
        pair=np.flatnonzero(usable),
        recoverable=np.full(int(usable.sum()), reuse.recoverable_share),
        demand_mw=demand,
        electricity=1.0 / reuse.heat_pump_cop,
        price_usd_per_mwh=reuse.price_usd_per_mwh,
        credit_t_per_mwh=reuse.credit_kg_per_mwh / 1000.0,
        credit_counts=reuse.count_credit,
        min_share=reuse.min_share,
    )


def _backup(study: Study) -> Backup | None:
    backup = study.backup
    if backup is None:
        return None
    return Backup(
        share=backup.capacity_share,
        hours=backup.hours_per_year,
        covers_peaks=backup.covers_peaks,
        carbon_t_per_mwh=backup_carbon_t_per_mwh(backup),
        price_usd_per_mwh=backup.fuel_price_usd_per_mwh / backup.efficiency,
    )


def peak_share(study: Study) -> float:
    """Part of the largest power that must fit the connection. [-]."""
    backup = study.backup
    return 1.0 - backup.capacity_share if backup and backup.covers_peaks else 1.0
