"""What the time slices hid from the optimizer, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from siting.audit.replay import Replay, Steps
from siting.audit.reported import OpenSite
from siting.audit.totals import SiteFacts

__all__ = ["hidden_by_slices"]

#: Shares below which curtailment, that of windy days, peaks of power and of water go unsaid. [-]
_CURTAILED, _BY_DAY, _POWER, _WATER = 0.001, 0.01, 0.01, 0.10


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
        further = by_day.curtailed_mwh[source] - lost
        if further > _BY_DAY * planned:
            yield (
                f"{s.name}: a further {further:,.0f} MWh a year ({further / planned:.1%}) of the "
                f"planned {source} energy would not fit if windy and calm days were told apart; "
                "the tables know monthly means only, so the totals leave it out."
            )
    power, water = s.it_mw * facts.pue, facts.wue_l_per_kwh * s.it_mw
    seen, peak = float(steps.mean(power).max()), float(power.max())
    if peak > seen * (1.0 + _POWER):
        when = "a design hour" if steps.of_step[int(power.argmax())] < 0 else "its worst hour"
        yield (
            f"{s.name}: the facility draws {peak:,.1f} MW in {when}, {peak / seen - 1.0:.1%} above "
            "its highest slice."
        )
    seen, peak = float(steps.mean(water).max()), float(water.max())
    if peak > seen * (1.0 + _WATER) and seen > 0:
        yield (
            f"{s.name}: cooling uses {peak:,.0f} m3 of water in its worst hour, "
            f"{peak / seen - 1.0:.0%} above its thirstiest slice."
        )
