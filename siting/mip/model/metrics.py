"""Every metric once, as linear coefficients on the decisions, halls by year of building included.

The objective, the budgets and the report all read these terms, so the parts always add up to the
total and a cost cannot be missing from one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from pulp import LpAffineExpression, LpVariable

from siting.arrays import BoolArray, FloatArray, IndexArray, no_values
from siting.coefficients import Coefficients
from siting.mip import components
from siting.mip.components import built, groups
from siting.mip.model import Variables, by_slice, total
from siting.mip.model.demand_classes import DemandClasses

__all__ = [
    "OPERATED",
    "MetricTerms",
    "blank_terms",
    "halls_by_vintage",
    "metric_expression",
    "metric_terms",
    "sites_of_terms",
    "typical",
]


def halls_by_vintage(c: Coefficients, what: str) -> dict[str, FloatArray]:
    """Cost or carbon of halls: as if all were built now, and what older ones add.

    Where the price of halls depends on their number, the cost is that of ``priced``.
    """
    fixed = c.fixed_carbon_t_per_mw if what == "carbon" else c.fixed_cost_usd_per_mw
    counted = "priced" if what == "cost" and c.scale is not None else "modules"
    if c.vintages is None:
        return {counted: fixed * c.block_mw}
    base = c.vintages.embodied_t_per_mw if what == "carbon" else fixed
    now = getattr(c.vintages, what)[-1]
    older = getattr(c.vintages, f"older_{what}")
    return {
        counted: (fixed + base * (now - 1.0)) * c.block_mw,
        f"older_{what}": (base * c.block_mw)[older],
    }


#: Groups that the slices of a site decide, besides grid and contracts.
OPERATED = (
    "move_mw", "extra_mw", "idle_mw", "generate_mw",
)  # fmt: skip


@dataclass(frozen=True)
class MetricTerms:
    """Coefficients of one metric on each group of decisions, per year.

    Parameters
    ----------
    is_open, modules, load_mw : ndarray, shape (P,)
    site_open : ndarray, shape (S,)
        In place of ``is_open`` where several designs may stand at a site.
    priced : ndarray, shape (P,)
        What modules cost by how many there are; size zero where each costs the same.
    contract_mw : ndarray, shape (O,)
    supply_mw : ndarray, shape (O, T)
    grid_mw : ndarray, shape (S, T)
    serve_mw : ndarray, shape (F,)
    storage_mw : ndarray, shape (U,)
    move_mw : ndarray, shape (P, T)
    extra_mw : ndarray, shape (S,)
    idle_mw : ndarray, shape (Q, T)
        Unit of the metric per unit of the decision; size zero where a family is off.
    units : ndarray, shape (J,)
    generate_mw : ndarray, shape (G, T)
        The same of what powers a site in whole units.
    late_mw : ndarray, shape (K,)
        Of power that is late.
    older_cost, older_carbon : ndarray, shapes (N,), (N',)
        Of halls of earlier periods, as in `Variables`.
    use : ndarray, shape (M, S)
        The same of a decomposed program, where ``supply_mw`` and ``grid_mw`` have no slices.
    own : mapping of str to ndarray, shapes (n, T)
        The same of the groups of components, see :mod:`siting.mip.components`.
    """

    is_open: FloatArray
    modules: FloatArray
    load_mw: FloatArray
    contract_mw: FloatArray
    supply_mw: FloatArray
    grid_mw: FloatArray
    serve_mw: FloatArray
    storage_mw: FloatArray = field(default_factory=no_values)
    move_mw: FloatArray = field(default_factory=no_values)
    extra_mw: FloatArray = field(default_factory=no_values)
    idle_mw: FloatArray = field(default_factory=no_values)
    units: FloatArray = field(default_factory=no_values)
    generate_mw: FloatArray = field(default_factory=no_values)
    late_mw: FloatArray = field(default_factory=no_values)
    older_cost: FloatArray = field(default_factory=no_values)
    older_carbon: FloatArray = field(default_factory=no_values)
    site_open: FloatArray = field(default_factory=no_values)
    priced: FloatArray = field(default_factory=no_values)
    use: FloatArray = field(default_factory=no_values)
    own: Mapping[str, FloatArray] = field(default_factory=dict)

    def groups(self) -> dict[str, FloatArray]:
        """Return the coefficients of every group, those of components included."""
        return {name: getattr(self, name) for name in _FIELDS} | dict(self.own)

    def mapped(self, change: Callable[[str, FloatArray], FloatArray]) -> MetricTerms:
        """Return the same with every group changed."""
        own = {name: change(name, values) for name, values in self.own.items()}
        return MetricTerms(**{name: change(name, getattr(self, name)) for name in _FIELDS}, own=own)

    def plus(self, other: MetricTerms) -> MetricTerms:
        """Sum of two metrics in the same unit."""
        more = other.groups()
        return self.mapped(lambda name, values: values + more[name])

    def without_slices(self, names: Sequence[str], name: str, unit: float) -> MetricTerms:
        """Return the same with what dispatch uses, ``name`` of ``names``, in place of the slices.

        It is counted in a unit.
        """
        use = np.zeros((len(names), len(self.grid_mw)))
        use[list(names).index(name)] = unit
        none: dict[str, Any] = {"supply_mw": self.supply_mw[:, :0], "grid_mw": self.grid_mw[:, :0]}
        none |= {group: no_values() for group in OPERATED}
        return replace(self, use=use, own={}, **none)

    def scaled(self, factor: float) -> MetricTerms:
        """Every coefficient times a factor."""
        return self.mapped(lambda _, values: values * factor)

    def with_terms(self, **terms: FloatArray) -> MetricTerms:
        """Return the same and so much more for each unit of some groups of decisions."""
        more: dict[str, Any] = {
            name: getattr(self, name) + values if getattr(self, name).size else values
            for name, values in terms.items()
        }
        return replace(self, **more)

    def only(self, c: Coefficients, demand: DemandClasses, sites: BoolArray) -> MetricTerms:
        """The part of some sites, shape (S,); the rest is zero."""
        of = sites_of_terms(c, demand)

        def inside(name: str, values: FloatArray) -> FloatArray:
            if name == "use" and values.size:
                return values * sites
            if name not in of or not values.size:
                return values
            kept: FloatArray = sites[of[name]].astype(float)
            return values * (kept if values.ndim == 1 else kept[:, None])

        return self.mapped(inside)

    @property
    def per_module(self) -> FloatArray:
        """Of one module at a factor of one, shape (P,)."""
        return self.modules + (self.priced if self.priced.size else 0.0)

    def any(self) -> bool:
        """Return whether any decision counts."""
        return any(bool(values.any()) for values in self.groups().values())


_FIELDS = tuple(f.name for f in fields(MetricTerms) if f.name != "own")


def sites_of_terms(c: Coefficients, demand: DemandClasses) -> dict[str, IndexArray]:
    """Site of each decision of each group of `MetricTerms`; a group of rows has one a row."""
    o = c.operation
    sites = np.arange(len(c.sites))
    found = {
        "grid_mw": sites,
        "is_open": c.pair_site,
        "modules": c.pair_site,
        "load_mw": c.pair_site,
        "contract_mw": c.offer_site,
        "supply_mw": c.offer_site,
        "serve_mw": demand.flow_site,
    }
    if o.flexible is not None:
        found |= {"move_mw": c.pair_site, "extra_mw": sites}
    if o.idle is not None:
        found["idle_mw"] = c.pair_site[o.idle.pair]
    if o.power is not None:
        found["units"] = o.power.site
        found["generate_mw"] = o.power.site[o.power.generators]
    if c.vintages is not None:
        found["older_cost"] = c.pair_site[c.vintages.older_cost]
        found["older_carbon"] = c.pair_site[c.vintages.older_carbon]
    if c.structure.designs_per_site > 1:
        found["site_open"] = sites
    if c.scale is not None:
        found["priced"] = c.pair_site
    # What is late stands nowhere: it is counted at the first of the sites that it may stand at.
    found["late_mw"] = np.array([np.argmax(x.sites) for x in c.structure.late], dtype=np.intp)
    found |= {each.name: each.site for each in built(c)}
    return found | {group.name: group.site for group in groups(c)}


def blank_terms(c: Coefficients, flows: int) -> dict[str, FloatArray]:
    """Zeros for the groups that every study has."""
    pairs, offers, slices = len(c.pair_site), len(c.offer_source), len(c.hours)
    older = c.vintages
    return {
        "is_open": np.zeros(pairs),
        "modules": np.zeros(pairs),
        "load_mw": np.zeros(pairs),
        "contract_mw": np.zeros(offers),
        "supply_mw": np.zeros((offers, slices)),
        "grid_mw": np.zeros((len(c.sites), slices)),
        "serve_mw": np.zeros(flows),
        "older_cost": np.zeros(0 if older is None else len(older.older_cost)),
        "older_carbon": np.zeros(0 if older is None else len(older.older_carbon)),
        "site_open": np.zeros(len(c.sites) if c.structure.designs_per_site > 1 else 0),
        "priced": np.zeros(0 if c.scale is None else pairs),
        "late_mw": np.zeros(len(c.structure.late)),
    }


def _opening(c: Coefficients, each: FloatArray) -> dict[str, FloatArray]:
    """An amount for every open site, shape (S,), once however many designs stand there."""
    if c.structure.designs_per_site > 1:
        return {"site_open": each}
    return {"is_open": each[c.pair_site]}


def _energy(c: Coefficients) -> dict[str, FloatArray]:
    """E = Σ_p Σ_t h_t · pue[p,t] · load_mw[p]."""
    return by_slice(c, c.pue, "pue")


def _carbon(c: Coefficients, demand: DemandClasses) -> dict[str, FloatArray]:
    """Grid, contracts, gas burnt on site, and what is installed.

    C = Σ h_t · (ci[s,t] · grid_mw[s,t] + ci[o,t] · supply_mw[o,t] + cg · fuel[p,t] · load_mw[p])
        + Σ_p block_mw[p] · ((leaks[p] + f · embodied[p]) · modules[p] + embodied[p] · older[p])
        + Σ_s opening[s] · (s is open) + Σ servers, which follow the load

    with the factor f of halls built in this period and ``older_carbon`` for those of earlier ones.

    Servers are bought for the load, not for the hall: a workload that runs at half of its capacity
    has twice the servers, and a pod that nobody opens has spares.
    """
    spares = c.spare_share * c.spare_carbon_t_per_mw
    servers = (c.capacity_per_load * c.it_carbon_t_per_mw)[demand.workload]
    gas = by_slice(c, c.fuel_kwh_per_kwh * c.fuel_carbon_t_per_mwh)
    if "move_mw" in gas:
        gas["move_mw"] = gas["move_mw"] + np.outer(spares, c.hours / c.hours.sum())
    return {
        **gas,
        "load_mw": gas["load_mw"] + spares,
        "serve_mw": servers[demand.flow_class],
        "grid_mw": c.grid_carbon_t_per_mwh * c.hours,
        "supply_mw": c.offer_carbon_t_per_mwh * c.hours,
        **halls_by_vintage(c, "carbon"),
        **_opening(c, c.open_carbon_t_co2e),
    }


def _water(
    c: Coefficients,
    *,
    name: str,
    grid: FloatArray,
    offer: FloatArray,
    weight_site: FloatArray,
    weight_grid: FloatArray,
) -> dict[str, FloatArray]:
    """W = Σ h_t · wue[p,t] · a[s] · load_mw + Σ h_t · w[s] · b[s] · (grid_mw + supply_mw).

    1 L/kWh is 1 m3/MWh, so no factor is needed.
    """
    onsite = by_slice(c, getattr(c, name), name, weight_site[c.pair_site])
    return {
        **onsite,
        "grid_mw": np.outer(grid * weight_grid, c.hours),
        "supply_mw": np.outer(offer * weight_grid[c.offer_site], c.hours),
    }


def _cost(c: Coefficients, demand: DemandClasses) -> dict[str, FloatArray]:
    """Grid energy, contracts (all they generate is paid), tax, gas, halls, sites, water, transit.

    Halls cost Σ_p block_mw[p] · (fixed[p] · (f · modules[p] + older_cost[p]) + om[p] · modules[p]),
    with ``priced`` in place of the first ``modules`` where their price depends on their number;
    sites cost Σ_s opening[s] · (s is open). The tax is Σ h_t · tax[s] · (grid_mw + supply_mw).
    """
    priced = c.water_price_usd_per_m3[c.pair_site]
    tax = c.electricity_tax_usd_per_mwh
    water = by_slice(c, c.wue_l_per_kwh, "wue_l_per_kwh", priced)
    gas = by_slice(c, c.fuel_kwh_per_kwh * c.fuel_price_usd_per_mwh)
    halls, kept = halls_by_vintage(c, "cost"), c.om_usd_per_mw * c.block_mw
    halls["modules"] = halls.get("modules", 0.0) + kept
    return {
        **{name: water[name] + gas[name] for name in water},
        "grid_mw": (c.grid_price_usd_per_mwh + tax[:, None]) * c.hours,
        "supply_mw": np.outer(tax[c.offer_site], c.hours),
        "contract_mw": c.capacity_factor @ c.hours * c.offer_price_usd_per_mwh,
        **halls,
        **_opening(c, c.open_cost_usd),
        "serve_mw": demand.flow_cost_usd_per_mw,
        "late_mw": np.array([x.price_usd_per_mw or 0.0 for x in c.structure.late]),
    }


def metric_terms(c: Coefficients, demand: DemandClasses) -> dict[str, MetricTerms]:
    """Coefficients of every metric of ``LIMITED``."""
    ones = np.ones(len(c.sites))
    consumption: dict[str, Any] = {
        "name": "wue_l_per_kwh",
        "grid": c.grid_water_l_per_kwh,
        "offer": c.offer_water_l_per_kwh,
    }
    withdrawal: dict[str, Any] = {
        "name": "withdrawal_l_per_kwh",
        "grid": c.grid_withdrawal_l_per_kwh,
        "offer": c.offer_withdrawal_l_per_kwh,
    }
    parts = {
        "energy_mwh": _energy(c),
        "carbon_t_co2e": _carbon(c, demand),
        "water_m3": _water(c, **consumption, weight_site=ones, weight_grid=ones),
        "water_withdrawal_m3": _water(c, **withdrawal, weight_site=ones, weight_grid=ones),
        "water_scarcity_m3": _water(
            c, **consumption, weight_site=c.scarcity_site, weight_grid=c.scarcity_grid
        ),
        "cost_usd": _cost(c, demand),
    }
    flows = len(demand.flow_site)
    blank = blank_terms(c, flows)
    running = by_slice(c, c.fuel_kwh_per_kwh * c.fuel_carbon_t_per_mwh)
    running |= {"grid_mw": c.grid_carbon_t_per_mwh * c.hours,
                "supply_mw": c.offer_carbon_t_per_mwh * c.hours}  # fmt: skip
    parts["carbon_operational_t_co2e"] = running
    terms = {
        name: MetricTerms(
            **(blank | parts[name] | components.terms(c, name)), own=components.own_terms(c, name)
        )
        for name in parts
    }
    embodied = terms["carbon_t_co2e"].plus(terms["carbon_operational_t_co2e"].scaled(-1.0))
    terms["carbon_embodied_t_co2e"] = embodied
    priced = terms["carbon_t_co2e"].scaled(c.carbon_price_usd_per_t)
    return terms | {"cost_usd": terms["cost_usd"].plus(priced)}


def typical(c: Coefficients, terms: MetricTerms) -> float:
    """Magnitude of a metric: all load at the mean pair on grid energy; 1 where that is nothing."""
    per_mw = terms.load_mw + (terms.grid_mw[c.pair_site] * c.pue).sum(axis=1)
    per_mw = per_mw + terms.per_module / c.block_mw
    flow = terms.serve_mw.mean() if len(terms.serve_mw) else 0.0
    value = float((per_mw.mean() + flow) * c.total_demand_mw)
    return value if value > 0 else 1.0


def metric_expression(v: Variables, terms: MetricTerms) -> LpAffineExpression:
    """The linear expression of a metric."""
    pairs: list[tuple[LpVariable, float]] = []
    for name, values in terms.groups().items():
        coefficients, variables = values.ravel(), v.group(name)
        if variables and isinstance(variables[0], list):
            variables = [variable for row in variables for variable in row]
        used = np.flatnonzero(coefficients)
        pairs.extend((variables[i], float(coefficients[i])) for i in used)
    return total(pairs)
