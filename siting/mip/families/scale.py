"""Halls at a price that depends on how many of them stand at a site."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows, total
from siting.mip.model.variables import Variables

__all__ = ["add_price_steps"]


def add_price_steps(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The halls of a pair end in one step of its price, which says what they cost together.

    Σ_n step[n]  =  is_open[p],   Σ_n step_modules[n]  =  modules[p]         ∀ p with steps n
    least[n] · step[n]  ≤  step_modules[n]  ≤  most[n] · step[n]             ∀ n
    priced[p]  =  Σ_n (fixed[n] · step[n] + slope[n] · step_modules[n])      ∀ p

    ``priced`` counts modules at a factor of one. Steps are of whole modules, so that the price is
    exact whichever way it bends and whatever is minimized; the relaxation is its convex envelope
    [1]_. A pair that has one step alone has priced[p] = slope · modules[p].

    References
    ----------
    .. [1] Croxton, Gendron and Magnanti (2003), A comparison of mixed-integer programming models
       for nonconvex piecewise linear cost minimization problems, Management Science 49(9).
    """
    steps = c.price_steps
    if steps is None:
        return
    for p, factor in enumerate(steps.single):
        own = np.flatnonzero(steps.pair == p)
        price = [(v.priced[p], 1.0)]
        if not len(own):
            row = total([*price, (v.modules[p], -float(factor))]) == 0.0
            rows.add(row, f"priced_{p}")
            continue
        rows.add(
            total([*((v.step[n], 1.0) for n in own), (v.is_open[p], -1.0)]) == 0.0, f"steps_{p}"
        )
        counted = [(v.step_modules[n], 1.0) for n in own]
        rows.add(total([*counted, (v.modules[p], -1.0)]) == 0.0, f"steps_sum_{p}")
        for n in own:
            upper = total([(v.step_modules[n], 1.0), (v.step[n], -float(steps.most[n]))])
            rows.add(upper <= 0.0, f"step_max_{n}")
            lower = total([(v.step[n], float(steps.least[n])), (v.step_modules[n], -1.0)])
            rows.add(lower <= 0.0, f"step_min_{n}")
            price.append((v.step[n], -float(steps.fixed[n])))
            price.append((v.step_modules[n], -float(steps.slope[n])))
        rows.add(total([t for t in price if t[1]]) == 0.0, f"priced_{p}")
