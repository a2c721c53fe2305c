"""Sentences on the power of a site: what its connection offers by year, and what that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.placement import Placement
from siting.report.data.states import due_words

__all__ = ["power_reasons"]


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
    """Reasons that lie in the power of a site; none where neither steps nor generators are offered.

    Parameters
    ----------
    problem : Problem
        Numbers of the study.
    placement : Placement
        Its answer.
    site : str
        A candidate.
    """
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
