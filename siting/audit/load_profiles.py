"""Load of each site through the year from the profiles of its workloads, hour by hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray
from siting.audit.operation import Plan
from siting.audit.outcome import LimitCheck, at_most
from siting.audit.replay import SiteFacts, Steps
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue, Weather
from siting.catalogue.hourly import by_month_and_hour, load_hours, load_over_largest, sun_offset_h
from siting.config import Study
from siting.config.economics import LEAST_LOAD
from siting.placement import Placement

__all__ = [
    "FLAT",
    "LoadYear",
    "hidden_load",
    "load_in_halls",
    "load_years",
    "profile_checks",
    "ramp_checks",
    "servers_beyond_mean",
]

_HOURS = 8760


@dataclass(frozen=True)
class LoadYear:
    """Load of one site through the year as its workloads ask for it, before any of it is moved.

    Parameters
    ----------
    above_mw : ndarray, shape (T,)
        Mean of each slice above the mean of the year. [MW]
    servers_mw : ndarray, shape (T,)
        Servers that workloads with a profile need in each slice beyond those of their mean load
        over their utilization. [MW]
    mean_mw, largest_mw : ndarray, shape (8760,)
        Mean and largest load of each hour, all workloads together. [MW]
    """

    above_mw: FloatArray
    servers_mw: FloatArray
    mean_mw: FloatArray
    largest_mw: FloatArray


#: A site whose load is the same in every hour.
FLAT = LoadYear(np.zeros(1), np.zeros(1), np.zeros(0), np.zeros(0))


def load_years(
    placement: Placement, catalogue: Catalogue, weather: Weather, steps: Steps
) -> Mapping[str, LoadYear]:
    """Load of every site that serves a workload with a profile.

    Parameters
    ----------
    placement : Placement
        Flows and demand regions.
    catalogue : Catalogue
        Where the demand regions lie.
    weather : Weather
        For month and hour of its steps.
    steps : Steps
        Hours and slice of each step.
    """
    workloads = {w.name: w for w in placement.study.demand.workloads}
    if not any(w.profile for w in workloads.values()):
        return {}
    years = {name: load_hours(w.profile) for name, w in workloads.items() if w.profile}
    lon = catalogue.demand["lon"].reindex(placement.demand.index)
    lon = lon.fillna(placement.demand["lon"])
    found: dict[str, LoadYear] = {}
    rows = placement.flows[["workload", "demand", "site", "it_mw"]].itertuples(index=False)
    for name, region, site, mw in rows:
        before = found.get(str(site)) or _nothing(steps)
        workload = workloads[str(name)]
        if workload.profile is None:
            flat = np.full(_HOURS, float(mw))
            added = LoadYear(0 * before.above_mw, 0 * before.servers_mw, flat, flat)
        else:
            ahead = int(sun_offset_h(workload.profile, np.array([lon[region]]))[0])
            mean, largest = (np.roll(year, -ahead) for year in years[str(name)])
            table, top = by_month_and_hour(mean), by_month_and_hour(largest, largest=True)
            peak = _largest(top[weather.month - 1, weather.hour], steps)
            added = LoadYear(
                mw * (steps.mean(table[weather.month - 1, weather.hour]) - 1.0),
                mw * (peak - 1.0 / workload.utilization),
                mw * mean,
                mw * largest,
            )
        found[str(site)] = LoadYear(*(
            getattr(before, part) + getattr(added, part)
            for part in ("above_mw", "servers_mw", "mean_mw", "largest_mw")
        ))  # fmt: skip
    return found


def load_in_halls(
    placement: Placement, catalogue: Catalogue, weather: Weather
) -> FloatArray | None:
    """IT power over the rating of the halls in each step; None where it is the same in all.

    Parameters
    ----------
    placement, catalogue, weather
        As of `load_years`.
    """
    study = placement.study
    if not study.halls.load_by_hour:
        return None
    regions = placement.demand.index
    lon = catalogue.demand["lon"].reindex(regions).fillna(placement.demand["lon"])
    served = placement.flows.pivot_table(
        index="workload", columns="demand", values="it_mw", aggfunc="sum", fill_value=0.0
    )
    names = [w.name for w in study.demand.workloads]
    mw = served.reindex(index=names, columns=regions, fill_value=0.0).to_numpy(dtype=float)
    profiles = [w.profile for w in study.demand.workloads]
    share = load_over_largest(profiles, lon.to_numpy(dtype=float), mw, weather.month, weather.hour)
    return np.maximum(study.halls.load * share, LEAST_LOAD)


def _nothing(steps: Steps) -> LoadYear:
    return LoadYear(
        np.zeros(steps.slices), np.zeros(steps.slices), np.zeros(_HOURS), np.zeros(_HOURS)
    )


def _largest(values: FloatArray, steps: Steps) -> FloatArray:
    """Largest value of the steps of each slice, shape (T,)."""
    real, found = steps.of_step >= 0, np.zeros(steps.slices)
    np.maximum.at(found, steps.of_step[real], values[real])
    return found


def servers_beyond_mean(plan: Plan, year: LoadYear, study: Study) -> float:
    """Servers that a site needs beyond those of its mean load over the utilization. [MW]."""
    spare = {w.name: 1.0 / w.utilization for w in study.demand.workloads}
    needed = year.servers_mw + 0.0 * plan.moved_mw
    for name, mw in plan.sooner_mw.items():
        needed = needed + spare.get(name, 1.0) * mw
    for name, mw in plan.later_mw.items():
        needed = needed - spare.get(name, 1.0) * mw
    return max(0.0, float(np.max(needed)))


def profile_checks(
    s: OpenSite, built: SiteFacts, plan: Plan, year: LoadYear, steps: Steps,
    weather: Weather, tolerance: float,
) -> Iterator[LimitCheck]:  # fmt: skip
    """The 8,760 hours of the load on what is installed and on the connection.

    Load that is moved in time is looked at by slice (`moved_load`); here it runs as it is asked
    for, unless some of it may move.
    """
    if not len(year.mean_mw) or plan.later_mw:
        return
    top = float(year.largest_mw.max())
    yield at_most("load_peak", top, s.installed_mw, tolerance, unit="MW", where=s.site)
    power = year.largest_mw * _by_hour(built.pue, steps, weather, largest=True)
    limit = built.connection_mw
    yield at_most("load_peak_power", float(power.max()), limit, tolerance, unit="MW", where=s.site)


def ramp_checks(
    s: OpenSite, year: LoadYear, limit: float | None, tolerance: float
) -> Iterator[LimitCheck]:
    """Largest change of the load from one hour of the year to the next, before any of it moves."""
    if limit is not None and len(year.mean_mw):
        yield at_most("max_ramp_mw_per_hour", _steepest(year), limit, tolerance, unit="MW/h",
                      where=s.site)  # fmt: skip


def _steepest(year: LoadYear) -> float:
    """Return the largest change within an hour of a year that is a circle. [MW/h]."""
    return float(np.abs(np.diff(year.mean_mw, append=year.mean_mw[0])).max())


def hidden_load(
    s: OpenSite, facts: SiteFacts, year: LoadYear, steps: Steps, weather: Weather
) -> Iterator[str]:
    """Sentences on peak, steepest ramp and energy of 8,760 hours that the slices do not show."""
    if not len(year.mean_mw):
        return
    mean, top = max(s.it_mw, 1e-9), float(year.largest_mw.max())
    ramp = _steepest(year)
    pue = _by_hour(facts.pue, steps, weather)
    hours = float(year.mean_mw @ pue)
    slices = float((s.it_mw + year.above_mw)[steps.of_step[steps.of_step >= 0]]
                   @ (facts.pue * steps.hours)[steps.of_step >= 0])  # fmt: skip
    off = hours / slices - 1.0 if slices > 0 else 0.0
    yield (
        f"{s.name}: over 8,760 hours its load peaks at {top:,.1f} MW of IT "
        f"({top / mean:.2f} of its mean), changes by up to {ramp:,.1f} MW "
        f"within an hour, and draws {100 * off:+.2f}% of energy beside its slices."
    )


def _by_hour(
    values: FloatArray, steps: Steps, weather: Weather, *, largest: bool = False
) -> FloatArray:
    """Mean, or largest, of a step quantity in each of 8,760 hours by their month and hour."""
    real = steps.of_step >= 0
    cell = (weather.month[real] - 1) * 24 + weather.hour[real]
    if largest:
        table = np.zeros(288)
        np.maximum.at(table, cell, values[real])
    else:
        weight = np.bincount(cell, steps.hours[real], 288)
        total = np.bincount(cell, values[real] * steps.hours[real], 288)
        table = np.divide(total, weight, out=np.ones(288), where=weight > 0)
    days = np.repeat(np.arange(12), [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    return table.reshape(12, 24)[days].ravel()
