"""Clean energy matched with what is used, hour by hour or over the year."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import CleanRule
from siting.mip.linear import total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.metrics import metric_expression
from siting.mip.model.rows import Rows
from siting.mip.model.shared_metrics import row_terms
from siting.mip.model.variables import Variables
from siting.mip.slice_terms import Terms, facility_power

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
        if not rule.hourly:
            _over_year(rows, v, c, demand, i)
        elif not v.use:
            for s in np.flatnonzero(rule.sites):
                if (c.pair_site == s).any():
                    _by_hour(rows, v, c, rule, int(s), i)


def _over_year(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses, i: int) -> None:
    """One row over the sites of a rule, for each hour of the year and MW of all demand."""
    terms = row_terms(v, c, demand)[f"clean_{i}"].only(c, demand, c.operation.clean[i].sites)
    if terms.any():
        scale = 1.0 / (c.total_demand_mw * float(c.hours.sum()))
        rows.add(metric_expression(v, terms.scaled(scale)) <= 0.0, f"clean_year_{i}")


def _by_hour(rows: Rows, v: Variables, c: Coefficients, rule: CleanRule, s: int, i: int) -> None:
    for t in range(len(c.hours)):
        rows.add(total(_excess(v, c, rule, s, t)) <= 0.0, f"clean_hour_{i}_{s}_{t}")


def _excess(v: Variables, c: Coefficients, rule: CleanRule, s: int, t: int) -> Terms:
    """What is not clean, less (1 − share) of what is used, of a site in a slice."""
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
    return [(variable, value) for variable, value in terms if value]
