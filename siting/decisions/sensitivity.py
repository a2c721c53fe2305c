"""Robustness of a recommendation to each site and to the weights.

All questions are cells of one case: a site is shut by the pairs that are not built, or used by the
lower side of a row; weights are costs. Those of a part do not wait for one another. A question
whose time ends without an answer is noted in ``late``, and the others are asked all the same. What
a plan is worth in another future is in :func:`regret_matrix`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.decisions.case import Case
from siting.decisions.cells import INFEASIBLE, NO_ANSWER, Cell, Cells
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Target
from siting.mip.runs import Outcome
from siting.mip.solution import Payoff
from siting.status import Tell

__all__ = [
    "PARTS",
    "Base",
    "Change",
    "cheapest_entries",
    "chosen_share",
    "flip_weights",
    "load_of",
    "pairs_of",
    "solve_base",
    "use_sites",
    "without_sites",
]


#: Questions that are asked from one moment.
WAVE = 8
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
        Proven bounds on the rise of the objective, relative to that of the placement that was
        found with every site; both infinite where no placement is left, zero and infinite where
        none was found in time. [-]
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
        """Return whether the time limit was reached before a placement was found."""
        return self.found is None and self.least == 0.0


def solve_base(case: Case) -> Base[Outcome]:
    """The recommendation of a weighted study."""
    weights = case.weights()
    payoff = case.payoff(tuple(weights))
    cost = case.weighted(weights, payoff)
    found = case.minimize(cost)
    return Base(cost, payoff, found, case.open_sites(found))


def without_sites(cells: Cells, base: Base[Outcome], sites: Sequence[str]) -> list[Change[Outcome]]:
    """The best placement that does without each of some sites: how irreplaceable it is."""
    asked = [replace(_cell(cells, base.cost), shut=pairs_of(cells.case, site)) for site in sites]
    return _changes(cells, base, sites, asked)


def use_sites(
    cells: Cells, base: Base[Outcome], sites: Mapping[str, float | None]
) -> list[Change[Outcome]]:
    """The best placement that serves some IT load [MW] from each of some sites.

    Where it is None, the load is the smallest hall that the site can have.
    """
    c = cells.case.model.coefficients
    asked = []
    for site, mw in sites.items():
        pairs = pairs_of(cells.case, site)
        least = float(c.block_mw[pairs].min()) if mw is None else mw
        row = cells.add_row(load_of(cells.case, pairs))
        lows = {row: min(least, c.total_demand_mw)}
        asked.append(replace(_cell(cells, base.cost), lows=lows))
    return _changes(cells, base, list(sites), asked)


def cheapest_entries(
    cells: Cells,
    base: Base[Outcome],
    count: int,
    progress: Tell | None = None,
    late: list[str] | None = None,
) -> list[Change[Outcome]]:
    """Price the entry of the closed sites that the relaxation lets in most cheaply.

    The relaxation bounds the price of every closed site from below; those with the least bounds
    are then solved whole. Those without a bound in time come last, and are noted in ``late``.
    """
    case = cells.case
    c = case.model.coefficients
    bounds: dict[str, float] = {}
    unknown: list[str] = []
    closed = sorted({c.sites[s] for s in np.unique(c.pair_site)} - set(base.sites))
    case.pace.part(PARTS["bounds"], len(closed))
    case.program.restore(cells.moment)
    for site in closed:
        case.pace.step()
        pairs = pairs_of(case, site)
        row = case.program.add_row(load_of(case, pairs), low=float(c.block_mw[pairs].min()))
        try:
            bounds[site] = case.program.relax(base.cost, case.clock(), rounds=0).bound
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
    return use_sites(cells, base, dict.fromkeys(first))


def pairs_of(case: Case, *sites: str) -> BoolArray:
    """Pairs of some sites, shape (P,)."""
    c = case.model.coefficients
    found: BoolArray = np.isin(np.array(c.sites)[c.pair_site], sites)
    return found


def load_of(case: Case, pairs: BoolArray) -> FloatArray:
    """IT load of some pairs in the reference state, on the columns."""
    load = np.zeros(case.program.size)
    load[case.program.columns(case.model.variables.load_mw)[pairs]] = 1.0
    return load


def _cell(cells: Cells, cost: FloatArray, start: Outcome | None = None) -> Cell:
    """A question about a cost, to the gap of the study."""
    options = cells.case.options
    return Cell(
        cost, (), Target(relative=options.gap), options.time_limit_s,
        None if start is None else start.values,
    )  # fmt: skip


def _answers(cells: Cells, asked: Sequence[Cell]) -> Iterator[Outcome | str]:
    """Answers of the questions of a part, which share its time."""
    for first in range(0, len(asked), WAVE):
        wave = asked[first : first + WAVE]
        left_s = cells.case.pace.step(len(wave), cells.at_once)
        yield from cells.solve([replace(cell, left_s=left_s) for cell in wave])


def _changes(
    cells: Cells, base: Base[Outcome], sites: Sequence[str], asked: Sequence[Cell]
) -> list[Change[Outcome]]:
    answers = zip(sites, _answers(cells, asked), strict=True)
    return [_change(cells.case, base, site, answer) for site, answer in answers]


def _change(case: Case, base: Base[Outcome], site: str, found: Outcome | str) -> Change[Outcome]:
    if not isinstance(found, Outcome):
        return Change(site, np.inf if found == INFEASIBLE else 0.0, np.inf, {}, None)
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
    cells: Cells,
    base: Base[Outcome],
    samples: int,
    seed: int,
    progress: Tell | None = None,
    late: list[str] | None = None,
) -> dict[str, float]:
    """Share of weightings under which each site is chosen, the most often chosen first. [-].

    Weightings are drawn evenly from the simplex of the metrics that the study weighs, each metric
    scaled as in the study. Those without an answer in time count for nothing.
    """
    late = [] if late is None else late
    case = cells.case
    metrics = tuple(case.weights())
    drawn = np.random.default_rng(seed).dirichlet(np.ones(len(metrics)), size=samples)
    weightings = [dict(zip(metrics, map(float, weights), strict=True)) for weights in drawn]
    asked = [_cell(cells, case.weighted(w, base.payoff), base.found) for w in weightings]
    count: dict[str, int] = {}
    answered = 0
    case.pace.part(PARTS["samples"], samples)
    for i, found in enumerate(_answers(cells, asked)):
        if isinstance(found, Outcome):
            answered += 1
            for site in case.open_sites(found):
                count[site] = count.get(site, 0) + 1
        else:
            late.append(f"weighting {i + 1}")
        if progress:
            progress(f"weighting {i + 1} of {samples}")
    ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return {site: n / answered for site, n in ranked}


def flip_weights(
    cells: Cells, base: Base[Outcome], late: list[str] | None = None
) -> dict[str, dict[str, float | None]]:
    """Share of each weight, up and down, at which other sites are better by more than the gap.

    The other weights keep their proportions. Between the weight of the study and the end of the
    simplex the interval is halved, of all weights at the same time; None where the recommended
    sites stay the best to the end. Where the time ends without an answer, other sites are not
    proven to be better. For each metric there are ``share`` (now), ``down`` and ``up``. [-]
    """
    late = [] if late is None else late
    case = cells.case
    weights = case.weights()
    total = sum(weights.values())
    shares = {m: w / total for m, w in weights.items()}
    metrics = [m for m, share in shares.items() if share < 1.0]
    ways = [(m, name, end) for m in metrics for name, end in (("down", 0.0), ("up", 1.0))]
    case.pace.part(PARTS["weights"], 2 * len(ways) * (1 + HALVINGS))
    turned = _are_beaten(cells, base, [_turned(shares, m, end) for m, _, end in ways], late)
    #: Share at which the recommended sites are still the best, and one at which others are.
    spans = {
        (m, name): (shares[m], end)
        for (m, name, end), beaten in zip(ways, turned, strict=True)
        if beaten
    }
    for _ in range(HALVINGS if spans else 0):
        middles = {way: 0.5 * (same + other) for way, (same, other) in spans.items()}
        turned = _are_beaten(
            cells, base, [_turned(shares, m, share) for (m, _), share in middles.items()], late
        )
        for (way, middle), beaten in zip(middles.items(), turned, strict=True):
            same, other = spans[way]
            spans[way] = (same, middle) if beaten else (middle, other)
    found: dict[str, dict[str, float | None]] = {}
    for m in metrics:
        ends = {name: spans.get((m, name), (0.0, None))[1] for name in ("down", "up")}
        found[m] = {"share": shares[m], **ends}
    return found


def _turned(shares: Mapping[str, float], metric: str, share: float) -> dict[str, float]:
    """Positive weights where one has another share, and the others keep their proportions."""
    rest = (1.0 - share) / (1.0 - shares[metric])
    weights = {m: share if m == metric else s * rest for m, s in shares.items()}
    return {m: w for m, w in weights.items() if w > 0}


def _are_beaten(
    cells: Cells, base: Base[Outcome], weightings: Sequence[Mapping[str, float]], late: list[str]
) -> list[bool]:
    """Test for each weighting whether a placement beats any on the recommended sites.

    By more than the gap; the second solve is spared where the best placement has no other site.
    """
    case = cells.case
    asked = []
    for weights in weightings:
        parts = [w / base.payoff[m].range * case.costs[m] for m, w in weights.items()]
        asked.append(_cell(cells, np.sum(parts, axis=0), base.found))
    best = list(_answers(cells, asked))
    recommended = pairs_of(case, *base.sites)
    doubtful = [
        i for i, found in enumerate(best)
        if isinstance(found, Outcome) and not set(case.open_sites(found)) <= set(base.sites)
    ]  # fmt: skip
    own = _answers(cells, [replace(asked[i], shut=~recommended) for i in doubtful])
    beaten = [False] * len(asked)
    for i, found in zip(doubtful, own, strict=True):
        best_, gap = best[i], case.options.gap
        if isinstance(found, Outcome) and isinstance(best_, Outcome):
            beaten[i] = found.bound > best_.objective * (1.0 + gap)
        best[i] = found
    for weights, found in zip(weightings, best, strict=True):
        if found == NO_ANSWER:
            late.append("weights " + ", ".join(f"{m} {w:.3g}" for m, w in weights.items()))
    return beaten
