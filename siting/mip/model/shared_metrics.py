"""Shared metrics: coupling resources of rows over several sites, in units near one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import CleanRule
from siting.mip import components
from siting.mip.components import groups
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.metrics import MetricTerms, blank_terms, metric_terms, typical
from siting.mip.model.rows import by_slice
from siting.mip.model.variables import Variables, shared_metric_names
from siting.nomenclature import LIMITED

__all__ = [
    "clean_terms",
    "least_use",
    "row_terms",
    "shared_metric_terms",
    "unit_of",
    "without_slices",
]


def shared_metric_terms(
    c: Coefficients, demand: DemandClasses, names: Sequence[str] | None = None
) -> dict[str, MetricTerms]:
    """Coefficients of shared metrics on all decisions, by default of `shared_metric_names`."""
    every = metric_terms(c, demand)
    wanted = shared_metric_names(c) if names is None else names
    terms = {name: every[name] for name in wanted if name in LIMITED}
    for name in wanted[len(terms) :]:
        if name.startswith("clean_"):
            terms[name] = clean_terms(c, demand, c.operation.clean[int(name[6:])])
        else:
            litres = "wue_l_per_kwh" if name == "basin_water" else "withdrawal_l_per_kwh"
            found = by_slice(c, getattr(c, litres), litres)
            terms[name] = _terms(c, demand, found, name)
    return terms


def clean_terms(c: Coefficients, demand: DemandClasses, rule: CleanRule) -> MetricTerms:
    """Energy of a year that is not clean, less what a rule allows, at the sites of the rule.

    Σ_t h_t · (dirty[s,t] − (1 − share) · used[s,t]), see `add_clean_supply`. [MWh]
    """
    allowed = 1.0 - rule.share
    dirty, used = by_slice(c, c.generated_kwh_per_kwh), by_slice(c, c.pue, "pue")
    found = {name: dirty[name] - allowed * used[name] for name in used}
    found["grid_mw"] = np.outer(1.0 - rule.grid_share, c.hours)
    if rule.unclean is not None:
        found["supply_mw"] = np.outer(rule.unclean.astype(float), c.hours)
    own = {
        group.name: np.tile((group.dirty - allowed * group.uses) * c.hours, (len(group.site), 1))
        for group in groups(c)
    }
    power = c.operation.power
    if power is not None:
        found["generate_mw"] = np.outer(~power.clean[power.generators], c.hours)
    return replace(_terms(c, demand, found), own=own).only(c, demand, rule.sites)


def _terms(
    c: Coefficients, demand: DemandClasses, found: dict[str, FloatArray], name: str = ""
) -> MetricTerms:
    blank = blank_terms(c, len(demand.flow_site)) | components.terms(c, name)
    return MetricTerms(**(blank | found), own=components.own_terms(c, name))


def unit_of(c: Coefficients, name: str, terms: MetricTerms) -> float:
    """Magnitude of a shared metric: its typical value, or of a rule all IT energy of a year."""
    return typical(c, terms) if name in LIMITED else c.total_demand_mw * float(c.hours.sum())


def without_slices(c: Coefficients, terms: Mapping[str, MetricTerms]) -> dict[str, MetricTerms]:
    """Every shared metric on the decisions of a decomposed program."""
    names = shared_metric_names(c)
    return {m: t.without_slices(names, m, unit_of(c, m, t)) for m, t in terms.items()}


def row_terms(v: Variables, c: Coefficients, demand: DemandClasses) -> dict[str, MetricTerms]:
    """Coefficients of every shared metric on the decisions of a model, sliced or decomposed."""
    terms = shared_metric_terms(c, demand)
    return without_slices(c, terms) if v.use else terms


def least_use(c: Coefficients, terms: Mapping[str, MetricTerms]) -> FloatArray:
    """A value that no dispatch of a site is below, for each shared metric and site, in its unit.

    Only what may count negative is taken, at the most that there can be of it: stores that give,
    load that is moved, engines that stand still, heat that is sold.
    """
    o, least = c.operation, np.zeros((len(terms), len(c.sites)))
    halls = (c.block_mw * c.max_modules)[:, None]
    bounded = [
        (group.name, group.site, group.most) for group in groups(c) if group.most is not None
    ]
    if o.flexible is not None:
        bounded.append(("move_mw", c.pair_site, halls))
    if o.idle is not None:
        bounded.append(("idle_mw", c.pair_site[o.idle.pair], halls[o.idle.pair]))
    for i, (name, of) in enumerate(terms.items()):
        coefficients = of.groups()
        for group, site, most in bounded:
            values = coefficients[group]
            lost = np.abs(values) if group == "move_mw" else np.maximum(-values, 0.0)
            np.subtract.at(least[i], site, (lost * most).sum(axis=1) / unit_of(c, name, of))
    return least
