"""Clean energy matched with what is used, hour by hour or over the year."""

from __future__ import annotations

import numpy as np
from pulp import LpVariable

from siting.coefficients import Coefficients
from siting.coefficients.operation import CleanRule
from siting.mip.flows import DemandClasses
from siting.mip.linear import total
from siting.mip.rows import Rows
from siting.mip.slice_terms import Terms, facility_power
from siting.mip.variables import Variables

__all__ = ["add_clean_supply"]


def add_clean_supply(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Energy that is not clean stays within what the clean share leaves.

    With dirty[s,t] = (1 − grid_share[s]) · grid_mw[s,t] + generated from gas[s,t] + backup_mw[s,t]
    and used[s,t] = facility power, engine or grid, and that of heat pumps:

    dirty[s,t]  ≤  (1 − share) · used[s,t]                         ∀ s of the rule, t     (hour)
    Σ_s Σ_t h_t · dirty[s,t]  ≤  (1 − share) · Σ_s Σ_t h_t · used[s,t]                    (year)

    A store is as clean as what charged it: dirty energy counts in the hour in which it is drawn,
    losses included. Matched by the hour each site stands for itself, since a contract far away
    cannot carry it; over the year the sites of a rule are taken together, which couples them.
    """
    for i, rule in enumerate(c.operation.clean):
        sites = [int(s) for s in np.flatnonzero(rule.sites) if (c.pair_site == s).any()]
        if rule.hourly:
            for s in sites:
                for t in range(len(c.hours)):
                    row = total(_excess(v, c, rule, s, t, 1.0))
                    rows.add(row <= 0.0, f"clean_hour_{i}_{s}_{t}")
        elif sites:
            terms: dict[LpVariable, float] = {}
            for s in sites:
                for t, h in enumerate(c.hours):
                    for variable, factor in _excess(v, c, rule, s, t, float(h)):
                        terms[variable] = terms.get(variable, 0.0) + factor
            rows.add(total(terms.items()) <= 0.0, f"clean_year_{i}")


def _excess(v: Variables, c: Coefficients, rule: CleanRule, s: int, t: int, factor: float) -> Terms:
    """What is not clean, less (1 − share) of what is used, of a site in a slice, times a factor."""
    allowed = 1.0 - rule.share
    unclean = c.generated_kwh_per_kwh - allowed * c.pue
    terms = facility_power(v, c, s, t, running=unclean, idle_scale=-allowed)
    terms.append((v.grid_mw[s][t], 1.0 - float(rule.grid_share[s])))
    if c.operation.backup is not None:
        terms.append((v.backup_mw[s][t], 1.0))
    if c.operation.heat is not None:
        of_site = np.flatnonzero(c.pair_site[c.operation.heat.pair] == s)
        pump = -allowed * c.operation.heat.electricity
        terms += [(v.heat_mw[i][t], pump) for i in of_site]
    return [(variable, factor * value) for variable, value in terms if value]
