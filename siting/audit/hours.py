"""The hours behind the time slices: load by profile, and what the mean hour of a slice hides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray, IntArray
from siting.audit.operation import Plan
from siting.audit.outcome import LimitCheck, at_most
from siting.audit.replay import Replay, SiteFacts, Steps
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue
from siting.catalogue.hourly import by_month_and_hour, load_hours, load_over_largest, sun_offset_h
from siting.catalogue.power_files import BUILT_IN
from siting.catalogue.weather_steps import Weather
from siting.config import Study
from siting.config.plant import LEAST_LOAD
from siting.nomenclature import signed
from siting.placement import Placement
from siting.supply import study_ppas
from siting.supply.renewables import DAY_TYPES_FILE

__all__ = [
    "FLAT",
    "LoadYear",
    "days_unknown",
    "hidden_by_slices",
    "hidden_clean",
    "hidden_import",
    "hidden_load",
    "load_in_halls",
    "load_years",
    "profile_checks",
    "ramp_checks",
    "servers_beyond_mean",
    "slice_of_step",
    "steps_of",
    "used_mwh",
]


_HOURS = 8760
#: Sources whose built-in output differs between days of a month.
_VARIES = ("wind", "solar")


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
    """Load of every site that serves a workload with a profile."""
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
    """IT power over the rating of the halls in each step; None where it is the same in all."""
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
    weather: Weather,
) -> Iterator[LimitCheck]:  # fmt: skip
    """The 8,760 hours of the load on what is installed and on the connection.

    Load that is moved in time is looked at by slice (`moved_load`); here it runs as it is asked
    for, unless some of it may move.
    """
    if not len(year.mean_mw) or plan.later_mw:
        return
    top = float(year.largest_mw.max())
    yield at_most("load_peak", top, s.installed_mw, unit="MW", where=s.site)
    power = year.largest_mw * _by_hour(built.pue, steps, weather, largest=True)
    limit = built.connection_mw
    yield at_most("load_peak_power", float(power.max()), limit, unit="MW", where=s.site)


def ramp_checks(s: OpenSite, year: LoadYear, limit: float | None) -> Iterator[LimitCheck]:
    """Largest change of the load from one hour of the year to the next, before any of it moves."""
    if limit is not None and len(year.mean_mw):
        yield at_most("max_ramp_mw_per_hour", _steepest(year), limit, unit="MW/h",
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
        f"within an hour, and draws {signed(off, '.2%')} of energy beside its slices."
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


_MONTHS, _DAY_GROUPS, _HOURS_A_DAY = 12, 5, 24
#: Shares below which curtailment, that of windy days, peaks of power and of water go unsaid. [-]
_CURTAILED, _BY_DAY, _POWER, _WATER = 0.001, 0.01, 0.01, 0.10
#: How far a clean share may be missed unsaid. [-]
_SHARE = 0.001
#: Water of a worst hour that is worth a sentence; assumed. [m3]
_LEAST_M3 = 1.0
#: How far types of days may move a clean share unsaid. [-]
_DAYS = 0.01


#: What tells types of days apart.
_APART = "Set supply.day_types to typical, with time.slices divisible by 60."


def hidden_by_slices(
    s: OpenSite, facts: SiteFacts, replay: Replay, by_day: Replay, steps: Steps
) -> Iterator[str]:
    """Sentences about the curtailment and peaks that the mean hour of a slice does not show."""
    for source, lost in replay.curtailed_mwh.items():
        planned = lost + steps.total(replay.used_mw[source])
        if lost > _CURTAILED * planned:
            yield (
                f"{s.name}: {lost:,.0f} MWh a year ({lost / planned:.1%}) of the planned {source} "
                "energy comes in hours when it exceeds what the facility draws; the grid carries "
                "as much more."
            )
    planned, apart = used_mwh(replay, steps), used_mwh(by_day, steps)
    if planned - apart > _BY_DAY * planned:
        yield (
            f"{s.name}: a further {planned - apart:,.0f} MWh a year ({1.0 - apart / planned:.1%}) "
            "of the planned energy of its contracts would not fit if windy and calm days were told "
            f"apart; the study counts the mean day of each month. {_APART}"
        )
    power, water = s.it_mw * facts.pue, facts.wue_l_per_kwh * s.it_mw
    seen, peak = float(steps.mean(power).max()), float(power.max())
    if peak > seen * (1.0 + _POWER):
        when = "a design hour" if steps.of_step[int(power.argmax())] < 0 else "its worst hour"
        yield (
            f"{s.name}: the facility draws {peak:,.1f} MW in {when}, {peak / seen - 1.0:.1%} above "
            f"its highest slice; the connection, {facts.connection_mw:,.1f} MW, is checked at the "
            "larger."
        )
    seen, peak = float(steps.mean(water).max()), float(water.max())
    if peak > seen * (1.0 + _WATER) and peak >= _LEAST_M3:
        yield (
            f"{s.name}: cooling uses {peak:,.1f} m³ of water in its worst hour, in the mean hour "
            f"of its thirstiest slice {seen:,.1f} m³."
        )


def days_unknown(catalogue: Catalogue, study: Study, replays: Iterable[Replay]) -> Iterator[str]:
    """Warning about contracts whose calm days are unknown, as their table is missing."""
    if (catalogue.folder / DAY_TYPES_FILE).is_file():
        return
    own = (p.id for p in study_ppas(study, catalogue)
           if p.source in _VARIES and p.profile == BUILT_IN)  # fmt: skip
    told = {*_VARIES, *own}
    if any(mw.any() for r in replays for source, mw in r.used_mw.items() if source in told):
        yield (
            f"{catalogue.folder} has no {DAY_TYPES_FILE}: how much energy of wind and solar would "
            "not fit if windy and calm days were told apart is not known. Add the file."
        )


def used_mwh(replay: Replay, steps: Steps) -> float:
    """Energy of all contracts of a site that it uses in a year. [MWh]."""
    return sum(steps.total(mw) for mw in replay.used_mw.values())


def hidden_import(
    s: OpenSite, connection_mw: FloatArray, replay: Replay, steps: Steps
) -> Iterator[str]:
    """Import above the connection, shape (T,), in single hours of slices that keep to it."""
    brought = replay.grid_mw + sum(replay.used_mw.values())
    limit = connection_mw[steps.of_step]
    above = np.where(steps.of_step >= 0, np.maximum(brought - limit, 0.0), 0.0)
    if above.max() > _POWER * float(connection_mw.max()):
        yield (
            f"{s.name}: in its worst hour {above.max():,.1f} MW more than the connection would be "
            f"needed ({steps.total(above):,.0f} MWh a year): the slices, whose means keep to it, "
            "hide that storage or generators must give more then."
        )


def hidden_clean(
    share: float,
    clean_mwh: float,
    used_mwh: float,
    planned_mwh: float,
    rule: int,
    by_day_mwh: float,
) -> Iterator[str]:
    """A clean share that the plan reaches and the hours do not.

    Parameters
    ----------
    share : float
        What the rule asks. [-]
    clean_mwh, used_mwh : float
        Energy that is clean, and that is used, hour by hour. [MWh]
    planned_mwh : float
        Clean energy of the plan. [MWh]
    rule : int
        Number of the rule.
    by_day_mwh : float
        Energy that is clean with types of days told apart. [MWh]
    """
    if used_mwh > 0 and clean_mwh / used_mwh < share - _SHARE:
        yield (
            f"Rule {rule} on clean supply asks for {share:.1%} and hour by hour gets "
            f"{clean_mwh / used_mwh:.1%}: {planned_mwh - clean_mwh:,.0f} MWh a year of the plan do "
            "not fit under what the facilities draw."
        )
    if used_mwh > 0 and by_day_mwh < min(clean_mwh, share * used_mwh) - _DAYS * used_mwh:
        yield (
            f"Rule {rule} on clean supply would get {by_day_mwh / used_mwh:.1%}, and not "
            f"{clean_mwh / used_mwh:.1%}, if calm and windy, dull and bright days were told apart. "
            f"{_APART}"
        )


def slice_of_step(slices: int, month: IntArray, hour: IntArray, day_group: IntArray) -> IntArray:
    """Time slice that each weather step falls into, -1 for a design hour (month 0).

    A year of ``slices`` is cut into 12 months × g day groups × b blocks of UTC hours, with g = 5
    where ``slices`` divides by 60 and g = 1 otherwise; slices are numbered by month, then group,
    then block.
    """
    groups = _DAY_GROUPS if slices % (_MONTHS * _DAY_GROUPS) == 0 else 1
    blocks = slices // (_MONTHS * groups)
    if blocks * groups * _MONTHS != slices or _HOURS_A_DAY % blocks:
        raise ValueError(f"a year cannot be cut into {slices} slices of the same clock")
    group = day_group if groups > 1 else np.zeros_like(day_group)
    number = ((month - 1) * groups + group) * blocks + hour // (_HOURS_A_DAY // blocks)
    return np.where(month > 0, number, -1).astype(np.int64)


def steps_of(weather: Weather, study: Study) -> Steps:
    """Steps of a weather, each with the slice of the study that it falls into."""
    slices = study.time.number
    of_step = slice_of_step(slices, weather.month, weather.hour, weather.day_group)
    return Steps(hours=weather.hours, of_step=of_step, slices=slices)
