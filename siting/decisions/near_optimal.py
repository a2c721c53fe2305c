"""Near-optimal alternatives, as different in their sites as possible, and their folder.

From a planner's point of view many placements are equally good; which of them can be built is
decided by what no model knows. Each alternative differs from every earlier one in its sites by an
integer cut, and of all such sets within the slack it is the one with the least load on sites of
any earlier answer [1]_. At that difference the cheapest is taken.

    min t    subject to    Σ_m w[m]·metric[m]  ≤  (1 + slack) · bound
                           t ≥ Σ_{s ∈ A_i} load[s] / Σ demand                 ∀ earlier sets A_i
                           Σ_{s ∈ A_i} (1 − open[s]) + Σ_{s ∉ A_i} open[s] ≥ 1   ∀ A_i
                           load[p] ≥ block[p] · is_open[p]                    ∀ p

The cap is taken from the proven bound, not from the answer, so that each alternative is proven
inside the slack. The last row keeps out sites that are open only to be different.

References
----------
.. [1] Brill, Chang, Hopkins (1982), Modeling to generate alternatives, Management Science 28(3),
   doi:10.1287/mnsc.28.3.221.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.decisions.case import Case
from siting.decisions.results import about, answer_tables, proof, proven, write_decision
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Clock, Target, relative_gap
from siting.mip.runs import Outcome
from siting.mip.solution import Stage
from siting.placement import Placement
from siting.status import Status, Tell

__all__ = [
    "Alternative",
    "Alternatives",
    "alternatives_table",
    "find_alternatives",
    "write_alternatives",
]


#: Gap of the search for difference, in shares of all load.
GAP_OF_LOAD = 0.02


@dataclass(frozen=True)
class Alternative[A]:
    """One answer.

    Parameters
    ----------
    sites : tuple of str
        Its open sites.
    objective : float
        Weighted objective, as in a solve.
    excess : float
        How far it is at most above the best that is possible; missing where the time ended before
        anything was proven of that. [-]
    moved : float
        Share of the load on sites that no single earlier answer has, the least over them; 0 for
        the best answer. [-]
    moved_at_most : float
        Proven bound on that share for any placement within the slack. [-]
    stages : tuple of Stage
        The two solves: for difference, in shares of the load, and for the objective.
    found : Placement
        The answer; inside the search a point of the solver.
    """

    sites: tuple[str, ...]
    objective: float
    excess: float
    moved: float
    moved_at_most: float
    stages: tuple[Stage, ...]
    found: A


@dataclass(frozen=True)
class Alternatives[A]:
    """The best answer, then the others.

    Parameters
    ----------
    answers : tuple of Alternative
        The best first.
    bound : float
        Proven bound on the objective.
    slack : float
        As asked for. [-]
    exhausted : bool
        Whether no further set of sites lies within the slack.
    stopped : bool
        Whether the time ended the last search before it found one.
    """

    answers: tuple[Alternative[A], ...]
    bound: float
    slack: float
    exhausted: bool
    stopped: bool

    @property
    def common(self) -> tuple[str, ...]:
        """Sites that every answer opens."""
        rest = [set(a.sites) for a in self.answers[1:]]
        return tuple(s for s in self.answers[0].sites if all(s in sites for sites in rest))


def find_alternatives(
    case: Case, *, slack: float, count: int, seconds: float = 60.0, progress: Tell | None = None
) -> Alternatives[Outcome]:
    """Find the near-optimal sets of sites that differ most from the best and from one another.

    An `InfeasibleError` says that the study has no answer.

    Parameters
    ----------
    case : Case
        A study with a weighted objective, in one period.
    slack : float
        How much worse than the best an alternative may be (0.05 = 5 %). [-]
    count : int
        Alternatives beside the best answer.
    seconds : float
        Time for the search of one. [s]
    """
    weights = case.weights()
    cost = case.weighted(weights, case.payoff(tuple(weights)))
    best = case.minimize(cost)
    answers = [_answer(case, best, cost, best.bound)]
    if math.isnan(answers[0].excess):  # Nothing is known to lie within a slack of nothing.
        return Alternatives(tuple(answers), best.bound, slack, exhausted=False, stopped=True)
    search = _Difference(case, cost, best.bound + slack * abs(best.bound), seconds)
    exhausted = stopped = False
    while len(answers) <= count:
        search.differ_from(answers[-1].sites)
        try:
            found, far = search.next()
        except InfeasibleError:
            exhausted = True
            break
        except NoAnswerError:
            stopped = True
            break
        moved = search.moved(found)
        answers.append(_answer(case, found, cost, best.bound, moved, far))
        if progress:
            excess = answers[-1].excess
            progress(f"{len(answers) - 1}: {moved:.0%} of the load elsewhere, {excess:.1%}")
    search.close()
    return Alternatives(tuple(answers), best.bound, slack, exhausted, stopped)


def _answer(
    case: Case,
    found: Outcome,
    cost: FloatArray,
    bound: float,
    moved: float = 0.0,
    far: Outcome | None = None,
) -> Alternative[Outcome]:
    value = float(cost @ found.values[: len(cost)])
    told = value <= bound or value * bound > 0.0
    excess = max(value - bound, 0.0) / (abs(bound) or 1.0) if told else math.nan
    stages: tuple[Stage, ...] = ()
    if far is not None:
        own = relative_gap(found.objective, found.bound, scale=1.0)
        stages = (
            Stage("difference", 1.0 - far.objective, 1.0 - far.bound, far.gap, far.timed_out),
            Stage("objective", found.objective, found.bound, own, found.timed_out),
        )
    most = 1.0 - far.bound if far is not None else 0.0
    return Alternative(case.open_sites(found), value, excess, moved, most, stages, found)


class _Difference:
    """Rows and the column t of the search, in the live program."""

    def __init__(self, case: Case, cost: FloatArray, cap: float, seconds: float) -> None:
        self.case, self.program = case, case.program
        self.cost, self.seconds = cost, seconds
        self.c, v = case.model.coefficients, case.model.variables
        self.load, self.open = self.program.columns(v.load_mw), self.program.columns(v.is_open)
        self.total = self.c.total_demand_mw
        self.t = self.program.add_column(0.0, 1.0)
        self.rows = [self.program.add_row(case.padded(cost), high=cap)]
        self.sets: list[Sequence[str]] = []
        for p, block in enumerate(self.c.block_mw):
            row = np.zeros(self.program.size)
            row[self.load[p]], row[self.open[p]] = 1.0, -min(float(block), self.total)
            self.rows.append(self.program.add_row(row, low=0.0))

    def differ_from(self, sites: Sequence[str]) -> None:
        """Cut a set of sites off, and count the load on them."""
        inside = np.isin(np.array(self.c.sites)[self.c.pair_site], list(sites))
        count, cut = np.zeros(self.program.size), np.zeros(self.program.size)
        count[self.t], count[self.load[inside]] = 1.0, -1.0 / self.total
        cut[self.open[inside]], cut[self.open[~inside]] = -1.0, 1.0
        self.rows.append(self.program.add_row(count, low=0.0))
        self.rows.append(self.program.add_row(cut, low=1.0 - len(sites)))
        self.sets.append(sites)

    def next(self) -> tuple[Outcome, Outcome]:
        """Lowest-cost placement among the most different ones, and the most different one."""
        goal = np.zeros(self.program.size)
        goal[self.t] = 1.0
        far = self.case.solve(goal, Target(absolute=GAP_OF_LOAD), self._clock())
        tied = np.array([self.t])
        with self.program.held(tied, 0.0, min(far.objective + 1e-6, 1.0)):
            cost = self.case.padded(self.cost)
            target = Target(relative=self.case.options.gap)
            near = self.case.solve(cost, target, self._clock())
        return near, far

    def _clock(self) -> Clock:
        return Clock(self.seconds)

    def moved(self, found: Outcome) -> float:
        """Share of the load that stands on sites of no earlier answer, the least over them."""
        load = self.case.load_by_site(found)
        shared = [load[np.isin(self.c.sites, list(sites))].sum() for sites in self.sets]
        return float(1.0 - max(shared) / load.sum())

    def close(self) -> None:
        """Remove the bounds of all rows."""
        for row in self.rows:
            self.program.set_row(row)


def alternatives_table(found: Alternatives[Placement]) -> pd.DataFrame:
    """One row an answer, the best first.

    Columns are alternative (0 is the best), objective, excess (at most, over any placement), moved
    and moved_at_most (share of the load on sites of no single earlier answer), the metrics of
    ``METRICS`` a year, status, gap and audit_passed, sites (comma-joined).
    """
    rows: list[dict[str, Any]] = []
    for i, a in enumerate(found.answers):
        rows.append(
            {"alternative": i, "objective": a.objective, "excess": a.excess, "moved": a.moved,
             "moved_at_most": a.moved_at_most, **a.found.metrics, **proof(a.found),
             "sites": ",".join(a.sites)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def write_alternatives(case: Case, found: Alternatives[Placement], folder: Path) -> Path:
    """Write ``alternatives``, ``sites`` and ``flows`` (.parquet and .csv), summary and study."""
    answers = {i: a.found for i, a in enumerate(found.answers)}
    tables = answer_tables(answers, "alternative")
    tables = {"alternatives": alternatives_table(found), **tables}
    return write_decision(folder, case.study, "alternatives", tables, _summary(case, found))


def _summary(case: Case, found: Alternatives[Placement]) -> dict[str, Any]:
    sets = [set(a.sites) for a in found.answers]
    names = case.model.coefficients.sites
    own = [a.found.sites["it_mw"].reindex(list(names), fill_value=0.0) for a in found.answers]
    loads = np.array([load.to_numpy(dtype=float) for load in own])
    sites = {
        names[s]: {
            "chosen": int((loads[:, s] > 0).sum()),
            "least_mw": float(loads[:, s].min()),
            "most_mw": float(loads[:, s].max()),
        }
        for s in np.flatnonzero(loads.any(axis=0))
    }
    excesses = [a.excess for a in found.answers]
    return {
        **about(case, "alternatives"),
        **proven(
            {i: a.found for i, a in enumerate(found.answers)}, [Status.TIME_LIMIT] * found.stopped
        ),
        "slack": found.slack,
        "bound": found.bound,
        "answers": len(found.answers),
        "exhausted": found.exhausted,
        "common": list(found.common),
        "sites": sites,
        "sites_that_differ": [[len(a ^ b) for b in sets] for a in sets],
        "largest_excess": None if math.isnan(found.answers[0].excess) else max(excesses),
    }
