"""Single sites of a placement closed: what that costs if the other open sites take their load."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from siting.errors import InfeasibleError, NoAnswerError
from siting.mip.control import Clock, Target
from siting.mip.outcome import Outcome
from siting.mip.program import Program
from siting.mip.solution import Closing

__all__ = ["close_smallest"]

FloatArray = NDArray[np.float64]

#: Time below which no further site is tried. [s]
LEAST_TIME_S = 0.5


def close_smallest(
    program: Program,
    cost: FloatArray,
    outcome: Outcome,
    metrics: Mapping[str, FloatArray],
    count: int,
    clock: Clock,
) -> tuple[Closing, ...]:
    """Close the smallest sites of a placement, one at a time.

    The other sites that are open may add halls; no further site opens. What is found is a placement
    of its own, so that closing costs at most so much: a new site might do better.

    Parameters
    ----------
    program : Program
        Where the placement was found.
    cost : ndarray, shape (columns,)
        The objective.
    outcome : Outcome
        The placement, its counts dispatched.
    metrics : mapping of str to ndarray, shape (columns,)
        Coefficients of each metric.
    count : int
        How many sites to try.
    clock : Clock
        The time left for all of them; sites for which it does not suffice are left out.

    Returns
    -------
    tuple of Closing
        The smallest first.
    """
    c = program.model.coefficients
    built_mw = outcome.values[program.modules[-1]] * c.block_mw
    of_site = np.bincount(c.pair_site, built_mw, len(c.sites))
    opened = np.flatnonzero(of_site > 0)
    smallest = opened[np.argsort(of_site[opened], kind="stable")][:count]
    shut = (outcome.values[program.opened] < 0.5).all(axis=0)
    found = []
    for i, s in enumerate(smallest):
        own = clock.share(1.0 / (len(smallest) - i))
        if own.left_s < LEAST_TIME_S:
            break
        try:
            target = Target(relative=program.options.gap)
            built = program.integer(cost, target, own, closed=shut | (c.pair_site == s))
            without = program.dispatched(cost, built.values, own)
        except InfeasibleError:
            found.append(Closing(c.sites[s], None, {}))
            continue
        except NoAnswerError:
            continue
        change = without.values - outcome.values
        more = (without.objective - outcome.objective) / max(abs(outcome.objective), 1e-12)
        found.append(Closing(c.sites[s], more, {m: float(a @ change) for m, a in metrics.items()}))
    return tuple(found)
