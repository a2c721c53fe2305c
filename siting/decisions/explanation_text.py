"""An explanation in plain words, and as a mapping."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from siting.decisions.explain import Explanation
from siting.decisions.levers import Turn
from siting.nomenclature import METRICS
from siting.report.data.wording import clean, titled
from siting.status import PROVEN

__all__ = ["explanation_lines", "explanation_mapping", "figure", "other_make"]

#: Columns of a terminal.
WIDTH = 80


def explanation_mapping(found: Explanation) -> dict[str, Any]:
    """Return the same as plain types, units in ``units``."""
    turns = [
        {**asdict(t.lever), "to": t.to, "unturned": t.unturned, "least": t.least, "most": t.most}
        for t in found.turns
    ]
    for turn in turns:
        del turn["steps"]
    kept = {f.name: getattr(found, f.name) for f in fields(found)}
    placements = {name: kept.pop(name) for name in ("placement", "other")}
    proofs = {
        name: {"status": str(p.status), "gap": p.gap, "audit": dict(p.audit or {})}
        for name, p in placements.items()
        if p is not None
    }
    plain = {**kept, "turns": turns, "units": {m: q.unit for m, q in METRICS.items()}}
    return {**plain, "status": str(found.status), "answers": proofs}


def explanation_lines(found: Explanation) -> list[str]:
    """Lines of text, none longer than 80 columns unless one name alone is."""
    lines = [_state(found), *found.power, *_proof(found), *_other(found)]
    if len(found.numbers) > 1:
        lines += ["", *_table(found)]
    if found.turns:
        verb = "leaves" if found.is_open else "enters"
        lines += ["", f"What would have to change, one thing at a time, before it {verb}:"]
        for turn in found.turns:
            lines += [f"  {_lever(turn)}", f"    {_turn(turn, found)}"]
    return [part for line in lines for part in _wrapped(line)]


def figure(value: float) -> str:
    """A number with the digits that are tried of a lever, without powers of ten."""
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def other_make(
    versions: Mapping[str, str], sha256: str, now: Mapping[str, str], sha256_now: str
) -> list[str]:
    """Versions that made a run and differ from those that explain it; empty where none do.

    Parameters
    ----------
    versions, now : mapping of str to str
        Versions of the packages then and now.
    sha256, sha256_now : str
        Hash of the catalogue then and now.
    """
    changed = {name: (versions.get(name, "none"), here) for name, here in now.items()}
    lines = [
        f"The run was made with {name} {there}; this is {here}."
        for name, (there, here) in changed.items()
        if there != here
    ]
    if sha256 != sha256_now:
        lines.append(
            f"The run was made with other tables (catalogue {sha256[:12]}, now {sha256_now[:12]}): "
            "what follows is of the tables as they are now."
        )
    return [part for line in lines for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False,
        drop_whitespace=True,
    ) or [""]  # fmt: skip


def _state(found: Explanation) -> str:
    who = f"{clean(found.name)} ({found.site})"
    if not found.is_open:
        return f"{who} is closed."
    limits = ", ".join(found.binding) or "none"
    load = titled(f"{found.it_mw:,.1f} MW of IT load", found.tables_of)
    return f"{who} is open with {load}. Limits that bind: {limits}."


def _proof(found: Explanation) -> list[str]:
    """Sentences on missing proofs and on findings of the audit, for both solutions."""
    lines = []
    for who, answer in (("This answer", found.placement), ("The other state", found.other)):
        if answer is not None and answer.status not in PROVEN:
            lines.append(
                f"{who} was stopped before the asked gap: one up to {answer.gap:.1%} better may "
                "exist."
            )
        faults = (answer.audit or {}).get("faults", ()) if answer is not None else ()
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            lines.append(f"{who} fails its audit: {faults[0]}{more}.")
    return lines


def _other(found: Explanation) -> list[str]:
    if found.cannot:
        return [f"It cannot be {'closed' if found.is_open else 'open'}: {found.cannot}."]
    what = "Without it" if found.is_open else "With one hall of load there"
    lines = []
    if found.rise is not None:
        lines.append(f"{what} the objective changes by {found.rise:+.3%}.{_doubt(found)}")
    lines += [f"{what}, {titled('a year', found.totals_of)}:"]
    lines += [
        f"  {METRICS[m].words}: {change:+,.0f} {METRICS[m].unit}"
        for m, change in found.metrics.items()
    ]
    lines.append(f"{what}, by site, {titled('MW of IT load', found.tables_of)}:")
    lines += [f"  {site}: {mw:+,.1f}" for site, mw in found.moved_mw.items()]
    return lines


def _doubt(found: Explanation) -> str:
    if found.rise is None or found.rise > found.gap:
        return ""
    return f" That is within the gap of {found.gap:.3%}: the two are equally good."


def _table(found: Explanation) -> list[str]:
    """Numbers in rows, sites in columns: as many as fit."""
    what = "It and what would take its load" if found.is_open else "It and what beats it"
    first = list(next(iter(found.numbers.values())))
    labels = max(map(len, first)) + 2
    shown: list[str] = []
    for site in found.numbers:
        if not shown or labels + _wide([*shown, site]) <= WIDTH:
            shown.append(site)
    lines = [f"{what}, {titled('means of the year', found.tables_of)}:"]
    lines.append(" " * labels + "".join(site.rjust(_wide([site])) for site in shown))
    for name in first:
        values = ((site, found.numbers[site].get(name)) for site in shown)
        cells = [("–" if v is None else f"{v:.4g}").rjust(_wide([site])) for site, v in values]
        lines.append(f"  {name}".ljust(labels) + "".join(cells))
    return lines


def _wide(sites: list[str]) -> int:
    """Columns that sites take in a table."""
    return sum(max(10, len(site) + 2) for site in sites)


def _lever(turn: Turn) -> str:
    lever = turn.lever
    where = "of the site alone" if lever.of_site else f"({lever.key})"
    return f"{clean(lever.name)} {where} [{lever.unit}]"


def _turn(turn: Turn, found: Explanation) -> str:
    words = _turned(turn, found)
    if turn.gap <= found.placement.study.solver.gap:
        return words
    return f"{words}; on the way stopped before the asked gap, proven within {turn.gap:.1%}"


def _turned(turn: Turn, found: Explanation) -> str:
    now = f"now {figure(turn.lever.now)}"
    if not turn.lever.steps:
        return f"{now}; counts for nothing in this study, neither weighed nor limited"
    if not turn.reached and turn.to is None:
        if turn.least == turn.most:
            return f"{now}; not reached in the time for all levers"
        span = f"{figure(turn.least)} to {figure(turn.most)}"
        return f"{now}; nothing tried from {span} does it; the time ended before the rest was tried"
    if turn.to is None:
        span = f"{figure(turn.least)} to {figure(turn.most)}"
        return f"{now}; nothing tried from {span} does it"
    state = "closed" if found.is_open else "open"
    return f"{now}; {state} at {figure(turn.to)}, not yet at {figure(turn.unturned)}"
