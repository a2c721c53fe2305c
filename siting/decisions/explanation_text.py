"""An explanation in plain words, with sentences on the power of a site, and as a mapping."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.decisions.levers import Turn
from siting.nomenclature import LINE_WIDTH, METRICS, signed
from siting.placement import Placement
from siting.report.data import clean, titled
from siting.report.data.states import due_words
from siting.status import PROVEN

if TYPE_CHECKING:
    from siting.decisions.explain import Explanation

__all__ = ["explanation_lines", "explanation_mapping", "figure", "other_make", "power_reasons"]


def explanation_mapping(found: Explanation) -> dict[str, Any]:
    """Explanation as plain types, units in ``units``."""
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
    """Versions that made a run and differ from those that explain it; empty where none do."""
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
        line, LINE_WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False,
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
    for who, answer in (("this placement", found.placement), ("the other state", found.other)):
        if answer is not None and answer.status not in PROVEN:
            better = f"a placement up to {answer.gap:.1%} better may exist"
            lines.append(f"The solve of {who} ended before the requested gap: {better}.")
        faults = (answer.audit or {}).get("faults", ()) if answer is not None else ()
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            lines.append(f"{who[0].upper()}{who[1:]} fails its audit: {faults[0]}{more}.")
    return lines


def _other(found: Explanation) -> list[str]:
    if found.cannot:
        return [f"It cannot be {'closed' if found.is_open else 'open'}: {found.cannot}."]
    what = "Without it" if found.is_open else "With one hall of load there"
    lines = []
    if found.rise is not None:
        lines.append(f"{what} the objective changes by {signed(found.rise, '.3%')}.{_doubt(found)}")
    lines += [f"{what}, {titled('a year', found.totals_of)}:"]
    lines += [
        f"  {METRICS[m].words}: {signed(change, ',.0f')} {METRICS[m].unit}"
        for m, change in found.metrics.items()
    ]
    lines.append(f"{what}, by site, {titled('MW of IT load', found.tables_of)}:")
    lines += [f"  {site}: {signed(mw, ',.1f')}" for site, mw in found.moved_mw.items()]
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
        if not shown or labels + _wide([*shown, site]) <= LINE_WIDTH:
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


@dataclass(frozen=True)
class _Year:
    """Power of a site in one period.

    Parameters
    ----------
    label : str
        First year of the period; empty for one typical year.
    offered : mapping of str to float
        Steps that are there, by name. [MW]
    connection_mw, generators_mw, smallest_mw : float
        Connection without steps, firm power of all generators that may be built with one unit out,
        and the peak of the smallest hall. [MW]
    installed_mw, peak_mw : float
        IT power that stands, and what it draws at most. [MW]
    taken : tuple of str
        Steps that are taken.
    units : mapping of str to float
        Units that stand, by generator.
    """

    label: str
    offered: Mapping[str, float]
    connection_mw: float
    generators_mw: float
    smallest_mw: float
    installed_mw: float
    peak_mw: float
    taken: tuple[str, ...]
    units: Mapping[str, float]

    @property
    def room_mw(self) -> float:
        """Connection with every step that is there. [MW]."""
        return self.connection_mw + sum(self.offered.values())

    @property
    def when(self) -> str:
        """Year in words."""
        return f"in {self.label}" if self.label else "in its year"


def power_reasons(problem: Problem, placement: Placement, site: str) -> tuple[str, ...]:
    """Power as a reason for or against a site; none without connection steps or generators."""
    years, due = _years(problem, placement, site), _due(problem, placement, site)
    if not years:
        return tuple(due)
    return (*_offers(years), *_openings(years), *_growth(years), *_generators(years), *due)


def _due(problem: Problem, placement: Placement, site: str) -> list[str]:
    """First power that the site may count towards, and how it is met."""
    states, found = problem.states or (problem,), dict[str, str]()
    for c in (state.coefficients for state in states):
        for asked in c.structure.first_power if site in c.sites else ():
            i = int(asked.name.removeprefix("first_power[").removesuffix("]"))
            if asked.sites[c.sites.index(site)] and i < len(placement.power_due):
                words = due_words(placement.power_due[i])
                found[asked.name] = f"It counts for {asked.name}, {words}"
    return list(found.values())


def _years(problem: Problem, placement: Placement, site: str) -> list[_Year]:
    c, power = problem.coefficients, problem.coefficients.operation.power
    if site not in c.sites or power is None or not len(power.at(c.sites.index(site))):
        return []
    states = problem.states or (problem,)
    answers = [state.placement for state in placement.states] or [placement]
    scenarios, periods = len(problem.instance.scenarios), problem.instance.periods
    chosen = zip(states[::scenarios], answers[::scenarios], periods, strict=False)
    return [_year(x.coefficients, answer, site, str(y or "")) for x, answer, y in chosen]


def _year(c: Coefficients, answer: Placement, site: str, label: str) -> _Year:
    s, power = c.sites.index(site), c.operation.power
    assert power is not None, "the sites of all states have the same options"
    steps = [j for j in power.at(s) if power.connects[j]]
    row = answer.sites.loc[site].to_dict() if site in answer.sites.index else {}
    built = np.where(power.connects, 0, power.most)
    pairs = c.pairs_of_site[s]
    installed = float(row.get("installed_mw", 0.0))
    names = {power.name[j] for j in power.at(s) if not power.connects[j]}
    return _Year(
        label=label,
        offered={power.name[j]: float(power.unit_mw[j]) for j in steps if power.most[j] > 0},
        connection_mw=float(c.connection_mw[s]),
        generators_mw=float(power.firm_mw(built.astype(float), len(c.sites))[s]),
        smallest_mw=float((c.pue_peak * c.block_mw)[pairs].min()) if len(pairs) else np.inf,
        installed_mw=installed,
        peak_mw=installed * float(row.get("pue_peak", 0.0)),
        taken=tuple(n for n in str(row.get("connection_steps", "")).split(" + ") if n),
        units={n: float(row.get(f"{n}_units", 0.0)) for n in sorted(names)},
    )


def _offers(years: Sequence[_Year]) -> list[str]:
    """Connection of each period, with the steps that are there."""
    if not any(year.offered for year in years):
        return []
    parts = [f"{x.room_mw:,.0f} MW {x.when} ({', '.join(x.offered) or 'no step'})" for x in years]
    return [f"Its connection offers {', '.join(parts)}."]


def _openings(years: Sequence[_Year]) -> list[str]:
    """Return why it opens no sooner, or not at all."""
    first = next((i for i, year in enumerate(years) if year.installed_mw > 0), None)
    before = years if first is None else years[:first]
    short = [x for x in before if x.room_mw + x.generators_mw < x.smallest_mw]
    if first is None and len(short) < len(years):
        ready = next(x for x in years if x not in short)
        return [f"Before {ready.label} no hall could be powered there."] if short else []
    if first is None:
        return [
            f"It cannot open: the smallest hall draws {years[-1].smallest_mw:,.1f} MW at its peak, "
            "more than connection and generators give in any year."
        ]
    if not short or short[-1] is not years[first - 1]:
        return []
    now, new = years[first], _new_steps(years, first)
    what = f"{' and '.join(new)} {'is' if len(new) == 1 else 'are'} there then" if new else (
        "its generators may run then"
    )  # fmt: skip
    return [f"It opens {now.when} because {what}; before, no hall could be powered."]


def _new_steps(years: Sequence[_Year], i: int) -> list[str]:
    """Steps of a period that were not there in the one before, with their power."""
    before = years[i - 1].offered if i else {}
    new = {name: mw for name, mw in years[i].offered.items() if name not in before}
    return [f"{name} ({mw:,.0f} MW)" for name, mw in new.items() if name in years[i].taken]


def _growth(years: Sequence[_Year]) -> list[str]:
    """Return when a site that was full grows with a new step."""
    found = []
    for i in range(1, len(years)):
        before, now, new = years[i - 1], years[i], _new_steps(years, i)
        grows = before.installed_mw > 0 and now.installed_mw > before.installed_mw
        full = before.peak_mw + before.smallest_mw > before.room_mw + before.generators_mw
        if grows and full and new:
            found.append(
                f"It grows by {now.installed_mw - before.installed_mw:,.0f} MW of IT {now.when} "
                f"because {' and '.join(new)} {'is' if len(new) == 1 else 'are'} there then; "
                "before, its power was full."
            )
    return found


def _generators(years: Sequence[_Year]) -> list[str]:
    """Sentence on the site's own generation, and whether the connection alone would do."""
    found = []
    for i, x in enumerate(years):
        before = years[i - 1].units if i else {}
        new = {n: k - before.get(n, 0.0) for n, k in x.units.items() if k > before.get(n, 0.0)}
        if not new:
            continue
        words = ", ".join(f"{count:.0f} units of {name}" for name, count in new.items())
        lacking = x.peak_mw - x.room_mw
        why = f"the connection lacks {lacking:,.0f} MW of its peak" if lacking > 0 else (
            "they cost less, or weigh less, than what the connection brings"
        )  # fmt: skip
        found.append(f"It builds {words} {x.when}: {why}.")
    return found
