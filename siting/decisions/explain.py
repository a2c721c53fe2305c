"""Why a site is open or closed, and what would have to change.

Beside the answer the study is solved with the site in the other state, and then with one lever
after another moved until the state turns (:mod:`siting.decisions.levers`). An open site is
compared with what takes its load when it is shut; a closed one with what loses load when it has to
serve one hall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siting.catalogue import Catalogue, load_catalogue
from siting.config import Study
from siting.config.study import tables_basis, totals_basis
from siting.decisions.explanation_text import explanation_mapping, power_reasons
from siting.decisions.levers import SITE_LEVERS, Question, Turn, find_turn, levers_of, site_number
from siting.decisions.results import answer_tables, write_decision
from siting.errors import DataError, Fault, InfeasibleError, NoAnswerError
from siting.mip import Clock
from siting.mip.solution import Payoff
from siting.placement import Placement
from siting.status import Status, Tell, weakest

__all__ = ["LONGEST_S", "Explanation", "explain_site"]


#: Time for all solves together. [s]
LONGEST_S = 85.0
#: Load from which a site counts as open. [MW]
LEAST_MW = 1e-6
#: What is said where the other state has no answer in time.
LATE = "no placement was found in time"
#: Columns of the table of levers.
COLUMNS = ["name", "key", "unit", "now", "to", "unturned", "least", "most", "solves", "reached",
           "gap"]  # fmt: skip
#: Other sites that are compared in numbers.
RIVALS = 3


@dataclass(frozen=True)
class Explanation:
    """Explanation of the state of a site.

    Parameters
    ----------
    site, name : str
        Id and name.
    is_open : bool
        Whether it serves load in the answer.
    it_mw : float
        The load that it serves. [MW]
    binding : tuple of str
        Limits that hold it where it is, if it is open.
    cannot : str
        Why it cannot be in the other state at all; empty where it can.
    rise : float or None
        Rise of the weighted objective in the other state, by the scales of the answer, relative;
        None where the other state has no answer or the study has no weighted objective. [-]
    gap : float
        Gap to which both answers are proven, the larger. [-]
    metrics : mapping of str to float
        Change of each metric a year in the other state, in the unit of ``METRICS``.
    moved_mw : mapping of str to float
        IT load that each site gains or loses in the other state, the most first. [MW]
    numbers : mapping of str to mapping of str to float
        The site and its rivals in numbers: those of the levers, and annual PUE and WUE of the best
        design.
    turns : tuple of Turn
        What moving each lever does.
    solves : int
        Programs solved.
    totals_of, tables_of : str
        What the metrics, and loads and numbers of sites, are of; empty for one typical year.
    power : tuple of str
        Sentences on its connection and generators, where the study offers any.
    placement, other : Placement, Placement or None
        The answer and that in the other state, each with its status and audit.
    """

    site: str
    name: str
    is_open: bool
    it_mw: float
    binding: tuple[str, ...]
    cannot: str
    rise: float | None
    gap: float
    metrics: Mapping[str, float]
    moved_mw: Mapping[str, float]
    numbers: Mapping[str, Mapping[str, float]]
    turns: tuple[Turn, ...]
    solves: int
    placement: Placement
    other: Placement | None
    totals_of: str = ""
    tables_of: str = ""
    power: tuple[str, ...] = ()

    @property
    def placements(self) -> dict[str, Placement]:
        """The answer and, where there is one, that with the site in the other state."""
        return {"answer": self.placement} | ({} if self.other is None else {"other": self.other})

    @property
    def table(self) -> pd.DataFrame:
        """One row a lever: name, key, unit, now, to, unturned, least, most, solves, reached, gap.

        ``to`` is the value at which the state turns, missing where none was found; values are in
        the unit of the lever, gaps relative.
        """
        turned = [asdict(turn) for turn in self.turns]
        return pd.DataFrame([{**turn.pop("lever"), **turn} for turn in turned], columns=COLUMNS)

    def save(self, folder: Path | str) -> None:
        """Write ``levers`` (.parquet, .csv), sites and flows of the answers, and a summary."""
        tables = {"levers": self.table, **answer_tables(self.placements, "answer")}
        summary = explanation_mapping(self)
        write_decision(Path(folder), self.placement.study, "explain", tables, summary)

    @property
    def status(self) -> Status:
        """Status of the weaker of the two answers; of none in time, that of a time limit."""
        found = [p.status for p in (self.placement, self.other) if p is not None]
        return weakest([*found, *[Status.TIME_LIMIT] * self.cannot.endswith(LATE)])

    @property
    def audit_faults(self) -> dict[str, Sequence[str]]:
        """Findings of the audit of each solution, where there are any."""
        answers = {"the answer": self.placement, "the other state": self.other}
        faults = {k: (p.audit or {}).get("faults", ()) for k, p in answers.items() if p is not None}
        return {key: found for key, found in faults.items() if found}


def explain_site(
    study: Study,
    site: str,
    *,
    catalogue: Catalogue | None = None,
    progress: Tell | None = None,
    clock: Clock | None = None,
    placement: Placement | None = None,
) -> Explanation:
    """Explain the state of one site in the best placement of a study.

    Parameters
    ----------
    clock : Clock, optional
        The time for all solves together, 85 s by default; levers that it leaves out are marked.
    placement : Placement, optional
        The answer of the study that is to be explained; solved again without it, or where its
        sites are not all candidates of the study as it is now.

    Raises
    ------
    siting.errors.DataError
        If the site is no candidate of the study.
    siting.errors.InfeasibleError
        If the study has no answer.
    """
    clock = clock or Clock(LONGEST_S)
    question = Question(study, catalogue or load_catalogue(), site, clock)
    c = question.problem.coefficients
    cannot = _check(question)
    if placement is None or not {*placement.sites.index} <= {*c.sites}:
        placement = question.answer()[1]
    load = _load(placement)
    is_open = site in load
    if progress:
        progress(f"{site} is {'open' if is_open else 'closed'}")
    forced = is_open and site in study.limits.open
    if forced:
        cannot = "limits.open holds it open"
    other = None
    if not cannot:
        other, cannot = _other_state(question, is_open=is_open)
    turns: tuple[Turn, ...] = ()
    if _has_designs(question) and not forced and site not in study.limits.closed:
        levers = levers_of(question, placement.metrics, is_open=is_open)
        turns = tuple(find_turn(question, v, is_open=is_open, progress=progress) for v in levers)
    moved = _moved(load, _load(other)) if other else {}
    rivals = [s for s, mw in moved.items() if s != site and (mw > 0) == is_open][:RIVALS]
    binding = str(placement.sites["binding"][site]) if is_open else ""
    return Explanation(
        site=site,
        name=_name(question),
        is_open=is_open,
        it_mw=load.get(site, 0.0),
        binding=tuple(filter(None, binding.split(", "))),
        cannot=cannot,
        rise=_rise(question, placement, other) if other else None,
        gap=max(placement.gap, other.gap) if other else placement.gap,
        metrics={m: x - placement.metrics[m] for m, x in other.metrics.items()} if other else {},
        moved_mw=moved,
        numbers={s: _numbers(question, s) for s in (site, *rivals) if s in c.sites},
        turns=turns,
        solves=question.solves,
        totals_of=totals_basis(question.study),
        tables_of=tables_basis(question.study),
        placement=placement,
        other=other,
        power=power_reasons(question.problem, placement, site),
    )


def _load(placement: Placement) -> dict[str, float]:
    """IT load of the sites that serve some, in the reference state. [MW]."""
    load = placement.sites["it_mw"]
    return {str(site): float(mw) for site, mw in load[load > LEAST_MW].items()}


def _check(question: Question) -> str:
    """Reason for which a site cannot be opened at all; an error where it is no candidate."""
    site, c = question.site, question.problem.coefficients
    if site in question.problem.left_out:
        return question.problem.left_out[site]
    if site not in c.sites:
        problem = "is no candidate of the study"
        remedy = f"Name one of its {len(c.sites)} candidates, such as {', '.join(c.sites[:3])}."
        raise DataError([Fault(question.study.name, None, site, problem, remedy)])
    if site in question.study.limits.closed:
        return "limits.closed holds it closed"
    if not _has_designs(question):
        return "no design of the study can be built there within its connection and limits"
    return ""


def _has_designs(question: Question) -> bool:
    """Return whether anything can be built at the site."""
    site, c = question.site, question.problem.coefficients
    return site in c.sites and bool((c.pair_site == c.sites.index(site)).any())


def _other_state(question: Question, *, is_open: bool) -> tuple[Placement | None, str]:
    """The best answer with the site in the other state, or why there is none."""
    try:
        if is_open:
            return question.answer(question.without())[1], ""
        return question.answer(use=True)[1], ""
    except InfeasibleError:
        if is_open:
            return None, "without it no placement meets every limit of the study"
        return None, "with one hall of load there no placement meets every limit of the study"
    except NoAnswerError:
        state = "without it" if is_open else "with one hall of load there"
        return None, f"{state} {LATE}"


def _moved(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    sites = sorted(set(before) | set(after))
    moved = {s: after.get(s, 0.0) - before.get(s, 0.0) for s in sites}
    ranked = sorted(moved.items(), key=lambda item: -abs(item[1]))
    return {s: mw for s, mw in ranked if abs(mw) > 1e-3}


def _rise(question: Question, base: Placement, other: Placement) -> float | None:
    """Σ_m weight[m] · Δmetric[m] / scale[m] over the same sum of the answer."""
    objective = question.study_objective
    if objective.method != "weighted" or question.problem.instance.measure != "expected":
        return None
    weights = {m: w for m, w in objective.weights.items() if w > 0}
    rows = {m: base.payoff.get(m, {"best": 0.0, "nadir": 1.0}) for m in weights}
    scales = {m: Payoff(row["best"], row["nadir"]) for m, row in rows.items()}
    before, after = (
        sum(w * x.metrics[m] / scales[m].range for m, w in weights.items()) for x in (base, other)
    )
    return after / before - 1.0


def _name(question: Question) -> str:
    names = question.problem.sites["name"]
    return str(names[question.site]) if question.site in names.index else question.site


def _numbers(question: Question, site: str) -> dict[str, float]:
    c = question.problem.coefficients
    found = {
        f"{name} [{unit}]": scale * site_number(c, field, site)
        for name, field, unit, scale in SITE_LEVERS
    }
    pairs = np.flatnonzero(c.pair_site == c.sites.index(site))
    if pairs.size:
        best = pairs[np.argmin(c.pue_annual[pairs])]
        found["PUE [-]"] = float(c.pue_annual[best])
        found["WUE [L/kWh]"] = float(c.wue_annual_l_per_kwh[best])
    return found
