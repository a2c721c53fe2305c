"""Robustness of a recommendation to each site and to the weights.

All questions are asked of one live program: a site is shut or used by bounds and one row, weights
are costs. A question whose time ends without an answer is noted in ``late``, and the others are
asked all the same. What a plan is worth in another future is in :func:`regret_matrix`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.decisions.case import Case
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip.outcome import Outcome
from siting.mip.solution import Payoff
from siting.status import Tell

__all__ = [
    "PARTS",
    "Base",
    "Change",
    "cheapest_entries",
    "chosen_share",
    "flip_weights",
    "solve_base",
    "use_site",
    "without_site",
]


#: Halvings of the interval in which a weight turns the recommendation.
HALVINGS = 6
#: Shares of the time left that the parts of a study get, in their order; assumed. [-]
PARTS = MappingProxyType(
    {"base": 0.5, "conventions": 0.45, "exits": 0.3, "bounds": 0.25, "entries": 0.3,
     "weights": 0.5, "samples": 1.0}
)  # fmt: skip


@dataclass(frozen=True)
class Base[A]:
    """The recommendation that is questioned.

    Parameters
    ----------
    cost : ndarray, shape (columns,)
        Weighted objective.
    payoff : mapping of str to Payoff
        Scales of the objective.
    found : Placement
        The answer; inside the search a point of the solver.
    sites : tuple of str
        Its open sites.
    """

    cost: FloatArray
    payoff: Mapping[str, Payoff]
    found: A
    sites: tuple[str, ...]


@dataclass(frozen=True)
class Change[A]:
    """Cost of doing without a site, or of using it.

    Parameters
    ----------
    site : str
        Its id.
    least, most : float
        Proven bounds on the rise of the objective, relative to the objective; both infinite where
        no placement is left, zero and infinite where none was found in time. [-]
    metrics : mapping of str to float
        Change of each metric a year, in its unit; empty without a placement.
    found : Placement or None
        The answer with the change; inside the search a point of the solver.
    """

    site: str
    least: float
    most: float
    metrics: Mapping[str, float]
    found: A | None

    @property
    def is_late(self) -> bool:
        """Return whether the time ended before a placement was found."""
        return self.found is None and self.least == 0.0


def solve_base(case: Case) -> Base[Outcome]:
    """The recommendation of a weighted study."""
    weights = case.weights()
    payoff = case.payoff(tuple(weights))
    cost = case.weighted(weights, payoff)
    found = case.minimize(cost)
    return Base(cost, payoff, found, case.open_sites(found))


def without_site(case: Case, base: Base[Outcome], site: str) -> Change[Outcome]:
    """The best placement that does without a site: how irreplaceable it is."""
    pairs = _pairs(case, site)
    shut = np.concatenate([case.program.columns([variables[p] for p in pairs])
                           for v in case.model.builds()
                           for variables in (v.is_open, v.modules)])  # fmt: skip
    with case.program.held(shut, 0.0, 0.0):
        return _change(case, base, site)


def use_site(
    case: Case, base: Base[Outcome], site: str, mw: float | None = None
) -> Change[Outcome]:
    """The best placement that serves some load from a site, one hall by default.

    Parameters
    ----------
    mw : float, optional
        IT load to serve there; the smallest hall that it can have by default. [MW]
    """
    pairs = _pairs(case, site)
    least = float(case.model.coefficients.block_mw[pairs].min()) if mw is None else mw
    load = np.zeros(case.program.size)
    load[case.program.columns([case.model.variables.load_mw[p] for p in pairs])] = 1.0
    row = case.program.add_row(load, low=min(least, case.model.coefficients.total_demand_mw))
    try:
        return _change(case, base, site)
    finally:
        case.program.set_row(row)


def cheapest_entries(
    case: Case,
    base: Base[Outcome],
    count: int,
    progress: Tell | None = None,
    late: list[str] | None = None,
) -> list[Change[Outcome]]:
    """Price the entry of the closed sites that the relaxation lets in most cheaply.

    The relaxation bounds the price of every closed site from below; those with the least bounds
    are then solved whole. Those without a bound in time come last, and are noted in ``late``.
    """
    c = case.model.coefficients
    bounds: dict[str, float] = {}
    unknown: list[str] = []
    closed = sorted({c.sites[s] for s in np.unique(c.pair_site)} - set(base.sites))
    case.pace.part(PARTS["bounds"], len(closed))
    for site in closed:
        case.pace.step()
        pairs = _pairs(case, site)
        load = np.zeros(case.program.size)
        load[case.program.columns([case.model.variables.load_mw[p] for p in pairs])] = 1.0
        row = case.program.add_row(load, low=float(c.block_mw[pairs].min()))
        try:
            bounds[site] = case.program.relax(case.padded(base.cost), case.clock()).bound
        except InfeasibleError:
            continue
        except NoAnswerError:
            unknown.append(site)
        finally:
            case.program.set_row(row)
    if progress:
        progress(f"{len(bounds) + len(unknown)} closed sites can be used")
    if unknown and late is not None:
        late.append(f"bounds of {len(unknown)} closed sites")
    first = [*sorted(bounds, key=lambda site: (bounds[site], site)), *unknown][:count]
    case.pace.part(PARTS["entries"], len(first))
    found = []
    for site in first:
        case.pace.step()
        found.append(use_site(case, base, site))
    return found


def _pairs(case: Case, site: str) -> NDArray[np.intp]:
    c = case.model.coefficients
    return np.flatnonzero(c.pair_site == c.sites.index(site))


def _change(case: Case, base: Base[Outcome], site: str) -> Change[Outcome]:
    try:
        found = case.minimize(case.padded(base.cost))
    except InfeasibleError:
        return Change(site, np.inf, np.inf, {}, None)
    except NoAnswerError:
        return Change(site, 0.0, np.inf, {}, None)
    before, after = case.values(base.found), case.values(found)
    scale = abs(base.found.objective)
    return Change(
        site=site,
        least=max(found.bound - base.found.objective, 0.0) / scale,
        most=max(found.objective - base.found.bound, 0.0) / scale,
        metrics={m: after[m] - before[m] for m in after},
        found=found,
    )


def chosen_share(
    case: Case,
    base: Base[Outcome],
    samples: int,
    seed: int,
    progress: Tell | None = None,
    late: list[str] | None = None,
) -> dict[str, float]:
    """Share of weightings under which each site is chosen.

    Weightings are drawn evenly from the simplex of the metrics that the study weighs, each metric
    scaled as in the study. Those without an answer in time count for nothing.

    Returns
    -------
    dict of str to float
        Every site that is chosen under some weighting, the most often chosen first. [-]
    """
    late = [] if late is None else late
    before = len(late)
    metrics = tuple(case.weights())
    drawn = np.random.default_rng(seed).dirichlet(np.ones(len(metrics)), size=samples)
    count: dict[str, int] = {}
    case.pace.part(PARTS["samples"], samples)
    for i, weights in enumerate(drawn):
        case.pace.step()
        cost = case.weighted(dict(zip(metrics, map(float, weights), strict=True)), base.payoff)
        found = _answer(case, cost, f"weighting {i + 1}", late)
        for site in () if found is None else case.open_sites(found):
            count[site] = count.get(site, 0) + 1
        if progress:
            progress(f"weighting {i + 1} of {samples}")
    ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    answered = samples - (len(late) - before)
    return {site: n / answered for site, n in ranked}


def _answer(case: Case, cost: FloatArray, question: str, late: list[str]) -> Outcome | None:
    """The best placement; where the time ended without one, the question is noted."""
    try:
        return case.minimize(cost)
    except NoAnswerError:
        late.append(question)
        return None


def flip_weights(
    case: Case, base: Base[Outcome], late: list[str] | None = None
) -> dict[str, dict[str, float | None]]:
    """Share of each weight, up and down, at which other sites are better by more than the gap.

    The other weights keep their proportions. Between the weight of the study and the end of the
    simplex the interval is halved; None where the recommended sites stay the best to the end.
    Where the time ends without an answer, other sites are not proven to be better.

    Returns
    -------
    dict of str to dict
        For each metric ``share`` (now), ``down`` and ``up``. [-]
    """
    weights = case.weights()
    total = sum(weights.values())
    shares = {m: w / total for m, w in weights.items()}
    found: dict[str, dict[str, float | None]] = {}
    case.pace.part(PARTS["weights"], 2 * len(shares))
    for metric, share in shares.items():
        if share >= 1.0:
            continue
        found[metric] = {"share": share}
        for name, end in (("down", 0.0), ("up", 1.0)):
            case.pace.step()
            found[metric][name] = _flip(
                case, base, shares, metric, end, [] if late is None else late
            )
    return found


def _flip(
    case: Case,
    base: Base[Outcome],
    shares: Mapping[str, float],
    metric: str,
    end: float,
    late: list[str],
) -> float | None:
    def beaten(share: float) -> bool:
        rest = (1.0 - share) / (1.0 - shares[metric])
        weights = {m: share if m == metric else s * rest for m, s in shares.items()}
        return _is_beaten(case, base, {m: w for m, w in weights.items() if w > 0}, late)

    same, other = shares[metric], end
    if not beaten(other):
        return None
    for _ in range(HALVINGS):
        middle = 0.5 * (same + other)
        same, other = (same, middle) if beaten(middle) else (middle, other)
    return other


def _is_beaten(
    case: Case, base: Base[Outcome], weights: Mapping[str, float], late: list[str]
) -> bool:
    """Test whether a placement beats any on the recommended sites by more than the gap."""
    program, c = case.program, case.model.coefficients
    parts = [w / base.payoff[m].range * case.costs[m] for m, w in weights.items()]
    cost = case.padded(np.sum(parts, axis=0))
    question = "weights " + ", ".join(f"{m} {w:.3g}" for m, w in weights.items())
    best = _answer(case, cost, question, late)
    if best is None:
        return False
    others = np.flatnonzero(~np.isin(np.array(c.sites)[c.pair_site], base.sites))
    shut = np.concatenate([program.columns([variables[p] for p in others])
                           for v in case.model.builds()
                           for variables in (v.is_open, v.modules)])  # fmt: skip
    with program.held(shut, 0.0, 0.0):
        own = _answer(case, cost, question, late)
    return own is not None and own.bound > best.objective * (1.0 + case.options.gap)
