"""Dispatch options of a placement put on the weather steps: storage, heat, flexible load.

Load that moves and engines that stand still change what a site draws in a slice; stores, heat
pumps and generators add to it or take from it. A site is therefore looked at as if its PUE were
that of its mean load: facility power over mean IT load, step by step. Every sum then holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.audit.replay import SiteFacts, Steps
from siting.audit.reported import Basis, OpenSite, of_source
from siting.catalogue import Catalogue
from siting.catalogue.figures import given_by_design
from siting.catalogue.place_rules import covered
from siting.config import Study
from siting.physics import DESIGNS, facility
from siting.placement import Placement
from siting.supply.grid import renewable_share
from siting.supply.power import (
    backup_carbon_t_per_mwh,
    generator_offers,
    heat_demand_mw,
    store_carbon_t_per_mw,
    store_cost_usd_per_mw,
    usable_heat,
)
from siting.supply.tables import grid_table

__all__ = [
    "OnSite",
    "OpenFacts",
    "Plan",
    "added_metrics",
    "gather_on_site",
    "heat_pump_cop",
    "net_on_steps",
    "operated",
    "read_plan",
]

Series = Mapping[str, FloatArray]


@dataclass(frozen=True)
class Plan:
    """Planned operation of a site, slice by slice, by item; nothing is an empty mapping.

    Parameters
    ----------
    store_mw : mapping of str to float
        Power of each store. [MW]
    charge_mw, discharge_mw, level_mwh : mapping of str to ndarray, shape (T,)
        Of each store. [MW], [MW], [MWh]
    later_mw, sooner_mw : mapping of str to ndarray, shape (T,)
        Of each workload. [MW]
    moved_mw, idle_mw, heat_mw, backup_mw, made_mw : ndarray, shape (T,)
        Of the site; the last of all its own generators. [MW]
    """

    store_mw: Mapping[str, float]
    charge_mw: Series
    discharge_mw: Series
    level_mwh: Series
    later_mw: Series
    sooner_mw: Series
    moved_mw: FloatArray
    idle_mw: FloatArray
    heat_mw: FloatArray
    backup_mw: FloatArray
    made_mw: FloatArray

    def net_mw(self, cop: float) -> FloatArray:
        """Power that stores, heat pumps and generators add to the demand of the halls. [MW]."""
        stores = [self.charge_mw[g] - self.discharge_mw[g] for g in self.charge_mw]
        return np.sum([self.heat_mw / cop - self.backup_mw - self.made_mw, *stores], axis=0)


@dataclass(frozen=True)
class OnSite:
    """Facts of one site for its operation.

    Parameters
    ----------
    still : SiteFacts or None
        The site while its engine stands still; None where it has none that may.
    heat_demand_mw : ndarray, shape (N,)
        Heat that the place takes in each step; zero where none is sold. [MW]
    recoverable : float
        Heat over IT energy; zero where the design's heat cannot be used. [-]
    renewable : float
        Renewable part of the grid's mix; zero where it is not known. [-]
    rules : tuple of bool
        Which of the study's rules on clean supply cover the site.
    """

    still: SiteFacts | None
    heat_demand_mw: FloatArray
    recoverable: float
    renewable: float
    rules: tuple[bool, ...]


def read_plan(placement: Placement, site: str) -> Plan:
    """Planned operation of a site, zero where the placement says nothing."""
    slices, stores = placement.study.time.number, [s.name for s in placement.study.storage]
    row = placement.sites[placement.sites.index == site].iloc[0]
    built = {name: float(row.get(f"{name}_storage_mw", 0.0)) for name in stores}
    used = [name for name, mw in built.items() if mw > 0]
    units = generator_offers(placement.study)
    made = [of_source(placement.supply, site, unit.name, slices) for unit in units]
    table = placement.operation
    own = table[table["site"] == site] if len(table) else table
    return Plan(
        store_mw={name: built[name] for name in used},
        charge_mw=_by_item(own, "charge_mw", slices, used),
        discharge_mw=_by_item(own, "discharge_mw", slices, used),
        level_mwh=_by_item(own, "level_mwh", slices, used),
        later_mw=_by_item(own, "later_mw", slices),
        sooner_mw=_by_item(own, "sooner_mw", slices),
        moved_mw=_summed(own, "moved_mw", slices),
        idle_mw=_summed(own, "idle_mw", slices),
        heat_mw=_summed(own, "heat_mw", slices),
        backup_mw=of_source(placement.supply, site, "backup", slices),
        made_mw=np.sum([np.zeros(slices), *made], axis=0),
    )


def _by_item(
    own: pd.DataFrame, quantity: str, slices: int, least: Sequence[str] = ()
) -> dict[str, FloatArray]:
    """Series of each item, and zeros for those that must be there."""
    found = {name: np.zeros(slices) for name in least}
    if len(own):
        part = own[own["quantity"] == quantity]
        for item, rows in part.groupby("item"):
            found[str(item)] = np.bincount(rows["slice"], rows["value"], slices)
    return found


def _summed(own: pd.DataFrame, quantity: str, slices: int) -> FloatArray:
    return np.sum([np.zeros(slices), *_by_item(own, quantity, slices).values()], axis=0)


def heat_pump_cop(study: Study) -> float:
    """Heat delivered over electricity drawn; infinite where no heat is sold. [-]."""
    return study.heat_reuse.heat_pump_cop if study.heat_reuse else np.inf


def gather_on_site(at: Basis, s: OpenSite, facts: SiteFacts) -> OnSite:
    """Facts of an open site for its operation, from weather and tables."""
    study, catalogue, weather = at.study, at.catalogue, at.weather
    place, row = at.place(s.site), weather.place.index(s.site)
    reuse, demand, recoverable = study.heat_reuse, np.zeros_like(weather.hours), 0.0
    if reuse is not None and covered(place, reuse.where, "", known=catalogue.candidates)[0]:
        air = weather.temp_dry_bulb_c[row][None, :]
        demand = heat_demand_mw(reuse, air, weather.month, weather.hours)[0]
        recoverable = reuse.recoverable_share * float(usable_heat(reuse, [s.design])[0])
    pue_given = np.isfinite(given_by_design(place, "pue", s.design)[0])
    return OnSite(
        still=None if pue_given else _standing_still(at, s, facts),
        heat_demand_mw=demand,
        recoverable=recoverable,
        renewable=_renewable(place, study, catalogue),
        rules=tuple(
            bool(covered(place, rule.where, "", known=catalogue.candidates)[0])
            for rule in study.supply.clean
        ),
    )


def _renewable(place: pd.DataFrame, study: Study, catalogue: Catalogue) -> float:
    """Renewable part of the grid of a place, where a rule counts it. [-]."""
    if not any(rule.count_grid for rule in study.supply.clean):
        return 0.0
    zone = [str(place["grid_zone"].iloc[0])]
    return float(np.nan_to_num(renewable_share(grid_table(catalogue), zone)[0]))


def _standing_still(at: Basis, s: OpenSite, facts: SiteFacts) -> SiteFacts | None:
    # Several designs at a site and dispatched engines do not go together, by the study's checks.
    weather, row = at.weather, at.weather.place.index(s.site)
    if at.study.supply.trigeneration != "dispatched" or s.halls:
        return None
    design = DESIGNS[s.design].standing_still()
    if design is None:
        return None
    result = facility(
        design,
        temp_dry_bulb_c=weather.temp_dry_bulb_c[row],
        temp_dew_point_c=weather.temp_dew_point_c[row],
        pressure_pa=weather.pressure_pa[row],
        **at.study.halls.inputs,
    )
    none = np.zeros_like(facts.pue)
    return replace(
        facts,
        pue=np.asarray(result.pue),
        wue_l_per_kwh=np.asarray(result.wue_l_per_kwh),
        withdrawal_l_per_kwh=np.asarray(result.withdrawal_l_per_kwh),
        generated=none,
        fuel=none,
    )


def operated(
    s: OpenSite, facts: SiteFacts, plan: Plan, own: OnSite, steps: Steps
) -> tuple[OpenSite, SiteFacts]:
    """The site at the mean of its load, with what it draws as if that load were steady.

    In a design hour the load is the mean and the engine runs.
    """
    load = s.it_mw + plan.moved_mw
    weight = np.bincount(steps.of_step[steps.of_step >= 0], steps.hours[steps.of_step >= 0])
    mean = float(load @ weight / weight.sum())
    if mean <= 0:
        return s, facts
    still = np.divide(plan.idle_mw, load, out=np.zeros_like(load), where=load > 0)
    share = _on_steps(load / mean, steps, 1.0)
    idle = _on_steps(np.clip(still, 0.0, 1.0), steps, 0.0)
    names = ("pue", "wue_l_per_kwh", "withdrawal_l_per_kwh", "generated", "fuel", "heat_to_water")
    changed = {}
    for name in names:
        running = getattr(facts, name)
        off = running if own.still is None else getattr(own.still, name)
        changed[name] = share * (running + idle * (off - running))
    return replace(s, it_mw=mean), replace(facts, **changed)


def _on_steps(values: FloatArray, steps: Steps, design_hour: float) -> FloatArray:
    """Value of the slice of each step."""
    return np.where(steps.of_step >= 0, values[steps.of_step], design_hour)


def net_on_steps(plan: Plan, cop: float, steps: Steps) -> FloatArray:
    """Power that stores, heat pumps and emergency generators add in each step. [MW]."""
    return _on_steps(plan.net_mw(cop) + plan.made_mw, steps, 0.0)


def added_metrics(
    plan: Plan, study: Study, steps: Steps, extra_servers_mw: float = 0.0, store_credit: float = 0.0
) -> dict[str, float]:
    """Contribution of the dispatch options to the metrics of a site.

    Energy of what stores lose and heat pumps draw; embodied carbon of stores and of servers beyond
    those of the mean load; emissions of generators; income and, where it counts, credit of heat.
    """
    weight = np.bincount(steps.of_step[steps.of_step >= 0], steps.hours[steps.of_step >= 0])
    energy = running = embodied = cost = 0.0
    for store in study.storage:
        mw = plan.store_mw.get(store.name, 0.0)
        embodied += mw * store_carbon_t_per_mw(store)
        cost += mw * store_cost_usd_per_mw(store, study.economics.discount_rate, store_credit)
        if mw > 0:
            lost = plan.charge_mw[store.name] - plan.discharge_mw[store.name]
            energy += float(lost @ weight)
    movable = [w.name for w in study.demand.workloads if w.flexible or w.profile]
    each = study.demand.mean_it_embodied_kg_per_kw_yr(movable)
    embodied += extra_servers_mw * each * study.technology.server_embodied_factor
    if study.heat_reuse is not None:
        sold = float(plan.heat_mw @ weight)
        energy += sold / study.heat_reuse.heat_pump_cop
        cost -= sold * study.heat_reuse.price_usd_per_mwh
        credit = study.heat_reuse.credit_kg_per_mwh / 1000.0
        running -= sold * credit if study.heat_reuse.count_credit else 0.0
    if study.backup is not None:
        made = float(plan.backup_mw @ weight)
        running += made * backup_carbon_t_per_mwh(study.backup)
        cost += made * study.backup.fuel_price_usd_per_mwh / study.backup.efficiency
    carbon = running + embodied
    cost += carbon * study.economics.carbon_price_usd_per_t
    return {
        "energy_mwh": energy,
        "carbon_t_co2e": carbon,
        "carbon_operational_t_co2e": running,
        "carbon_embodied_t_co2e": embodied,
        "cost_usd": cost,
    }


@dataclass(frozen=True)
class OpenFacts:
    """One open site over all steps.

    Parameters
    ----------
    site : OpenSite
        As reported.
    parts : tuple of SiteFacts
        Facts of each of its designs.
    steps : Steps
        Hours of each step.
    metrics : mapping of str to float
        Its recomputed metrics.
    made_m3 : mapping of str to float
        Water of its own generators. [m3]
    """

    site: OpenSite
    parts: tuple[SiteFacts, ...]
    steps: Steps
    metrics: Mapping[str, float]
    made_m3: Mapping[str, float] = field(default_factory=dict)

    @property
    def halls(self) -> list[tuple[OpenSite, SiteFacts]]:
        """Each design with its load and its facts."""
        return list(zip(self.site.halls or (self.site,), self.parts, strict=True))

    @property
    def it_mwh(self) -> float:
        """IT energy of a year. [MWh]."""
        return self.site.it_mw * self.steps.year_h

    def annual(self, name: str) -> float:
        """Σ load · yearly sum of a fact per IT energy: m3 for litres."""
        return sum(h.it_mw * self.steps.total(getattr(f, name)) for h, f in self.halls)
