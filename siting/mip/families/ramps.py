"""Ramps of the load of a site, from one hour of the year to the next."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.rows import Rows, total
from siting.mip.model.variables import Variables

__all__ = ["add_site_ramp"]


def add_site_ramp(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """The load of a site changes by no more than a limit from one hour to the next.

    −max_ramp  ≤  Σ_f change[f,h] · serve_mw[f]  ≤  max_ramp        ∀ s, hours h of the year

    with ``change`` of the load of a flow over its mean, as its workload asks for it. Hours whose
    rows another hour implies are left out: ``serve_mw`` is never negative.
    """
    ramps, limit = c.structure.ramps, c.limits.max_ramp_mw_per_hour
    if ramps is None or limit is None:
        return
    first = np.array([members[0] for members in demand.members], dtype=np.intp)
    of_class = ramps.group[demand.workload, first]
    for s in range(len(c.sites)):
        flows = demand.flows_of_site[s]
        group = of_class[demand.flow_class[flows]]
        flows, group = flows[group >= 0], group[group >= 0]
        if not len(flows):
            continue
        own, place = np.unique(group, return_inverse=True)
        for i, change in enumerate(_steepest(ramps.change[own])):
            terms = [
                (v.serve_mw[f], float(mw))
                for f, mw in zip(flows, change[place], strict=True)
                if mw != 0.0
            ]
            rows.add(total(terms) <= float(limit), f"ramp_{s}_{i}")


def _steepest(change: FloatArray) -> FloatArray:
    """Changes up and down, one row an hour, that no other hour has at least as large in all."""
    both = np.unique(np.hstack([change, -change]).T, axis=0)
    rest = both[(both > 0.0).any(axis=1)]
    rest, kept = rest[np.argsort(-rest.sum(axis=1), kind="stable")], list[FloatArray]()
    while len(rest):
        kept.append(rest[0])
        rest = rest[~(rest <= rest[0]).all(axis=1)]
    return np.array(kept)
