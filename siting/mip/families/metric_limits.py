"""Limits on metrics (budgets, caps, ceilings, basins, lakes) and the shared metrics they bind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pulp import LpAffineExpression

from siting.arrays import FloatArray
from siting.coefficients import Coefficients, members
from siting.coefficients.dispatch_options import CleanRule
from siting.mip import components
from siting.mip.components import groups
from siting.mip.model import Rows, Variables, by_slice, shared_metric_names, total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.metrics import (
    MetricTerms,
    blank_terms,
    metric_expression,
    metric_terms,
    typical,
)
from siting.nomenclature import LIMITED

__all__ = [
    "add_basin_water",
    "add_budgets",
    "add_caps",
    "add_efficiency_ceilings",
    "add_lake_heat",
    "add_policy_ceilings",
    "add_site_water",
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


#: How far an annual mean may lie above a ceiling. [-], [L/kWh]
TOLERANCE = 1e-9


def add_efficiency_ceilings(
    rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses
) -> None:
    """A pair above a ceiling is not built; exact, since the IT load is the same in all slices.

    is_open[p]  =  0        ∀ p : pue_annual[p] > pue_max  or  wue_annual[p] > wue_max

    Where load moves or engines may stand still, the annual means are decided, and bounded:

    Σ_t h_t · value[p,t] · (IT load of p in t)  ≤  ceiling · Σ_t h_t · (IT load of p in t)    ∀ p

    Local to a site.
    """
    if c.operation.varies:
        every, limits = range(len(c.pair_site)), c.limits
        _bound(rows, v, c, "pue", every, limits.pue_max, "pue_ceiling")
        _bound(rows, v, c, "wue_l_per_kwh", every, limits.wue_max_l_per_kwh, "wue_ceiling")
        return
    _close(rows, v, "pue_ceiling", c.pue_annual, c.limits.pue_max)
    _close(rows, v, "wue_ceiling", c.wue_annual_l_per_kwh, c.limits.wue_max_l_per_kwh)


def _bound(
    rows: Rows,
    v: Variables,
    c: Coefficients,
    metric: str,
    pairs: Iterable[int],
    ceiling: float | None,
    name: str,
) -> None:
    if ceiling is None:
        return
    excess, one = by_slice(c, getattr(c, metric), metric), by_slice(c, np.ones_like(c.pue))
    idle = [] if c.operation.idle is None else list(c.operation.idle.pair)
    for p in pairs:
        terms = [(v.load_mw[p], float(excess["load_mw"][p] - ceiling * one["load_mw"][p]))]
        if v.move_mw:
            moved = excess["move_mw"][p] - ceiling * one["move_mw"][p]
            terms += [*zip(v.move_mw[p], map(float, moved), strict=True)]
        if p in idle:
            q = idle.index(p)
            terms += [*zip(v.idle_mw[q], map(float, excess["idle_mw"][q]), strict=True)]
        rows.add(total(terms) <= 0.0, f"{name}_{p}")


def add_policy_ceilings(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A pair above the ceiling that a law i sets for its site is not built.

    is_open[p]  =  0        ∀ i, p : site(p) ∈ law i  and  annual mean[p] > most[i]

    Where load moves or engines may stand still, the mean is bounded as for the planner's own
    ceilings. Local to a site.
    """
    means = {"pue": c.pue_annual, "wue_l_per_kwh": c.wue_annual_l_per_kwh}
    for i, law in enumerate(c.structure.ceilings):
        bound = law.sites[c.pair_site]
        if c.operation.varies:
            _bound(rows, v, c, law.metric, np.flatnonzero(bound), law.most, f"policy_{i}")
            continue
        inside = np.where(bound, means[law.metric], -np.inf)
        _close(rows, v, f"policy_{i}", inside, law.most)


def _close(
    rows: Rows, v: Variables, name: str, annual: NDArray[np.float64], ceiling: float | None
) -> None:
    if ceiling is None:
        return
    for p in np.flatnonzero(annual > ceiling + TOLERANCE):
        row = LpAffineExpression.from_variable(v.is_open[p])
        rows.add(row <= 0.0, f"{name}_{p}")


def add_budgets(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A metric stays under its budget; the row is divided by the budget to keep it near one.

    metric / budget  ≤  1
    """
    if not c.limits.budgets:
        return
    terms = row_terms(v, c, demand)
    for i, (metric, budget) in enumerate(c.limits.budgets):
        row = metric_expression(v, terms[metric].scaled(1.0 / budget))
        rows.add(row <= 1.0, f"budget_{i}_{metric}")


#: Cap per IT energy beyond which its row is scaled. [unit of the metric per MWh]
LOOSE = 1e3


def add_caps(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A metric of the sites of a jurisdiction J stays under its cap, in amount or per IT energy.

    metric(J)  ≤  at_most
    metric(J)  ≤  at_most · Σ_t h_t · Σ_{s ∈ J} Σ_k (IT load of s,k in t)

    A cap on energy per IT energy is one on the mean PUE. Couples the sites of J through one row.
    """
    if not c.structure.caps:
        return
    terms = row_terms(v, c, demand)
    for i, cap in enumerate(c.structure.caps):
        part = terms[cap.metric].only(c, demand, cap.sites)
        if not part.any():
            continue
        if cap.per_it_mwh:
            per_mwh = np.where(cap.sites[c.pair_site], -cap.at_most, 0.0)
            it_mwh = by_slice(c, np.ones_like(c.pue), weight=per_mwh)
            it_mwh.pop("idle_mw", None)  # Servers run whether the engine does or not.
            if v.use:  # What is moved at a site adds up to nothing over the year.
                it_mwh.pop("move_mw", None)
            # A cap so loose that it says nothing would give coefficients that no solver takes.
            scale = float(c.hours.sum()) * max(1.0, cap.at_most / LOOSE)
            part = part.with_terms(**it_mwh).scaled(1.0 / scale)
            rows.add(metric_expression(v, part) <= 0.0, f"cap_{i}_{cap.metric}")
        else:
            scale = cap.at_most or float(np.abs(part.load_mw).max()) or 1.0
            row = metric_expression(v, part.scaled(1.0 / scale)) <= cap.at_most / scale
            rows.add(row, f"cap_{i}_{cap.metric}")


def add_site_water(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """On-site consumption and withdrawal of a year stay under the site's limits.

    Σ_k Σ_t  h_t · wue[s,k,t] · load_mw[s,k]  ≤  site_water_m3        ∀ s

    with the load and the water of each slice where load moves or engines stand still, and that of
    own generators, Σ_g Σ_t h_t · w[g] · generate_mw[g,t].
    """
    each = np.arange(len(c.sites))
    _add(rows, v, c, "site_water", each, c.limits.site_water_m3)
    _add(rows, v, c, "site_withdrawal", each, c.limits.site_withdrawal_m3)


def add_basin_water(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """On-site consumption and withdrawal of all sites of a basin stay under its limits.

    Σ_{s ∈ b} Σ_k Σ_t  h_t · wue[s,k,t] · load_mw[s,k]  ≤  basin_water_m3        ∀ b

    Couples the sites of a basin through one row each for consumption and withdrawal.
    """
    basins = c.structure.basins
    if basins is not None:
        _add(rows, v, c, "basin_water", basins.site_basin, basins.water_m3)
        _add(rows, v, c, "basin_withdrawal", basins.site_basin, basins.withdrawal_m3)


def _add(
    rows: Rows,
    v: Variables,
    c: Coefficients,
    name: str,
    place: NDArray[np.intp],
    limit: float | None,
) -> None:
    """One row for each place; ``place`` is that of each site."""
    if limit is None:
        return
    litres = "wue_l_per_kwh" if name.endswith("_water") else "withdrawal_l_per_kwh"
    scale = 1.0 / limit if limit > 0 else 1.0
    water = by_slice(c, getattr(c, litres), litres, np.full(len(c.pair_site), scale))
    idle = np.zeros(0, dtype=np.intp) if c.operation.idle is None else c.operation.idle.pair
    pair, names = place[c.pair_site], shared_metric_names(c)
    owners = [("move_mw", v.move_mw, pair), ("idle_mw", v.idle_mw, pair[idle])]
    power = c.operation.power
    if power is not None:
        drawn = power.water_l_per_kwh if name.endswith("_water") else power.withdrawal_l_per_kwh
        water["generate_mw"] = np.outer(scale * drawn[power.generators], c.hours)
        owners.append(("generate_mw", v.generate_mw, place[power.site[power.generators]]))
    places = int(place.max()) + 1
    pairs_of = members(pair, places)
    rest = [(group, x, members(owner, places)) for group, x, owner in owners if x]
    for s in range(places):
        wet = pairs_of[s][water["load_mw"][pairs_of[s]] > 0]
        terms = [(v.load_mw[p], float(water["load_mw"][p])) for p in wet]
        for group, variables, of_place in rest:
            for i in of_place[s]:
                terms += zip(variables[i], map(float, water[group][i]), strict=True)
        if name in names and v.use:
            unit = scale * c.total_demand_mw * float(c.hours.sum())
            terms += [(v.use[names.index(name)][i], unit) for i in np.flatnonzero(place == s)]
        if terms:
            rows.add(total(terms) <= (1.0 if limit > 0 else 0.0), f"{name}_{s}")


def add_lake_heat(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Heat limit of a water body: capacity installed there rejects no more heat than it can take.

    Σ_{s ∈ b} Σ_k  rejected[s,k] · block_mw[k] · modules[s,k]  ≤  heat_limit_mw[b]        ∀ b

    ``rejected`` is the largest heat over all steps. The limit of one design at one site lies in
    ``max_modules`` already; the rows matter where several share the body, and couple its sites.
    """
    heat = c.structure.heat
    if heat is None:
        return
    body = heat.site_body[c.pair_site]
    rejected = heat.rejected * c.block_mw
    for b, limit in enumerate(heat.limit_mw):
        pairs = np.flatnonzero((body == b) & (rejected > 0))
        if len(pairs):
            row = total([(v.modules[p], float(rejected[p])) for p in pairs]) <= float(limit)
            rows.add(row, f"lake_heat_{b}")
