"""Slices of the weather steps, and the errors that they introduce, put into sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.arrays import FloatArray, IntArray
from siting.audit.replay import Replay, SiteFacts, Steps
from siting.audit.reported import OpenSite
from siting.catalogue import Weather
from siting.config import Study

__all__ = [
    "hidden_by_slices",
    "hidden_clean",
    "hidden_import",
    "slice_of_step",
    "steps_of",
    "used_mwh",
]

_MONTHS, _DAY_GROUPS, _HOURS = 12, 5, 24
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
            "hide that stores or generators must give more then."
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
    """Time slice that each weather step falls into.

    A year of ``slices`` is cut into 12 months × g day groups × b blocks of UTC hours, with
    g = 5 where ``slices`` divides by 60 and g = 1 otherwise; slices are numbered by month, then
    group, then block.

    Parameters
    ----------
    slices : int
        Number of slices of the year.
    month, hour, day_group : ndarray of int, shape (N,)
        Month 1 to 12 (0 for a design hour), UTC hour 0 to 23, day group 0 to 4.

    Returns
    -------
    ndarray of int, shape (N,)
        Slice of each step, -1 for a design hour.
    """
    groups = _DAY_GROUPS if slices % (_MONTHS * _DAY_GROUPS) == 0 else 1
    blocks = slices // (_MONTHS * groups)
    if blocks * groups * _MONTHS != slices or _HOURS % blocks:
        raise ValueError(f"a year cannot be cut into {slices} slices of the same clock")
    group = day_group if groups > 1 else np.zeros_like(day_group)
    number = ((month - 1) * groups + group) * blocks + hour // (_HOURS // blocks)
    return np.where(month > 0, number, -1).astype(np.int64)


def steps_of(weather: Weather, study: Study) -> Steps:
    """Steps of a weather, each with the slice of the study that it falls into."""
    slices = study.time.number
    of_step = slice_of_step(slices, weather.month, weather.hour, weather.day_group)
    return Steps(hours=weather.hours, of_step=of_step, slices=slices)
