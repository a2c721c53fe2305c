"""An explanation in plain words, and as a mapping."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from siting.coefficients.model import METRICS
from siting.decisions.explain import Explanation
from siting.decisions.levers import Turn

__all__ = ["explanation_lines", "explanation_mapping"]

_NAMES = {
    "energy_mwh": "energy",
    "carbon_t_co2e": "carbon",
    "water_m3": "water consumed",
    "water_withdrawal_m3": "water withdrawn",
    "water_scarcity_m3": "water by scarcity",
    "cost_usd": "cost",
}


def explanation_mapping(found: Explanation) -> dict[str, Any]:
    """The same as plain types, units in ``units``."""
    turns = [
        {**asdict(t.lever), "to": t.to, "unturned": t.unturned, "least": t.least, "most": t.most}
        for t in found.turns
    ]
    for turn in turns:
        del turn["steps"]
    return {**asdict(found), "turns": turns, "units": METRICS}


def explanation_lines(found: Explanation) -> list[str]:
    """Lines of text."""
    lines = [_state(found), *_other(found)]
    if len(found.numbers) > 1:
        lines += ["", *_table(found)]
    if found.turns:
        verb = "leaves" if found.is_open else "enters"
        lines += ["", f"What would have to change, one thing at a time, before it {verb}:"]
        lines += [f"  {_turn(turn, found)}" for turn in found.turns]
    return lines


def _state(found: Explanation) -> str:
    who = f"{found.name} ({found.site})"
    if not found.is_open:
        return f"{who} is closed."
    limits = ", ".join(found.binding) or "none"
    return f"{who} is open with {found.it_mw:,.1f} MW of IT load. Limits that bind: {limits}."


def _other(found: Explanation) -> list[str]:
    if found.cannot:
        return [f"It cannot be {'closed' if found.is_open else 'open'}: {found.cannot}."]
    what = "Without it" if found.is_open else "With one hall of load there"
    lines = []
    if found.rise is not None:
        lines.append(f"{what} the objective changes by {found.rise:+.3%}.{_doubt(found)}")
    lines += [f"{what}, a year:"]
    lines += [f"  {_NAMES[m]}: {change:+,.0f} {METRICS[m]}" for m, change in found.metrics.items()]
    lines.append(f"{what}, by site, MW of IT load:")
    lines += [f"  {site}: {mw:+,.1f}" for site, mw in found.moved_mw.items()]
    return lines


def _doubt(found: Explanation) -> str:
    if found.rise is None or found.rise > found.gap:
        return ""
    return f" That is within the gap of {found.gap:.3%}: the two are equally good."


def _table(found: Explanation) -> list[str]:
    what = "It and what would take its load" if found.is_open else "It and what beats it"
    lines = [f"{what}, means of the year:"]
    for site, numbers in found.numbers.items():
        lines.append(f"  {site}: " + ", ".join(f"{k} {v:.4g}" for k, v in numbers.items()))
    return lines


def _turn(turn: Turn, found: Explanation) -> str:
    lever = turn.lever
    where = f"{lever.name} of the site alone" if lever.of_site else f"{lever.name} ({lever.key})"
    now = f"{lever.now:.4g} {lever.unit}"
    if turn.to is None:
        return f"{where}: now {now}; nothing tried from {turn.least:.4g} to {turn.most:.4g} does it"
    state = "closed" if found.is_open else "open"
    return f"{where}: now {now}; {state} at {turn.to:.4g}, not yet at {turn.unturned:.4g}"
