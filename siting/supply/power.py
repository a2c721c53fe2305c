"""Equipment to power a site: what a year of each costs, emits and takes.

That is connections as offers, own generators, storage units, backup and heat networks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray, IntArray
from siting.catalogue import Catalogue
from siting.catalogue.given_figures import read_generators
from siting.catalogue.place_rules import covered
from siting.catalogue.power_files import read_connections
from siting.config import (
    Backup,
    Connections,
    ConnectionStep,
    GeneratorOffer,
    HeatReuse,
    Store,
    Study,
)
from siting.physics.parameters import FUELS, GENERATORS

__all__ = [
    "FuelSegment",
    "SiteStep",
    "annuity",
    "backup_carbon_t_per_mwh",
    "connection_steps",
    "fuel_segments",
    "generator_carbon_t_per_mwh",
    "generator_cost_usd",
    "generator_offers",
    "generator_price_usd_per_mwh",
    "heat_demand_mw",
    "island_sites",
    "offered",
    "step_cost_usd_per_mw",
    "store_carbon_t_per_mw",
    "store_cost_usd_per_mw",
    "usable_heat",
]

#: Sources of contracts that the catalogue knows by name.
SOURCES = ("hydro", "wind", "solar")
#: Designs that give their heat to outside air or to water, where nobody can use it.
_LOST_HEAT = ("air_economizer", "air_evaporative", "lake_water", "sea_water", "subsea_pod")


@dataclass(frozen=True)
class SiteStep:
    """One step of the connection of a site.

    Parameters
    ----------
    name : str
        ``step_1``, ``step_2``, … in the order in which they are given.
    mw : float
        Power. [MW]
    step : ConnectionStep
        What the planner says of it.
    """

    name: str
    mw: float
    step: ConnectionStep


def connection_steps(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame
) -> dict[str, tuple[SiteStep, ...]]:
    """Steps of each site that has any; at the others the connection of the catalogue stands.

    Parameters
    ----------
    study : Study
        With its section ``connections``.
    catalogue : Catalogue
        For the names of places.
    sites : DataFrame
        Candidates with ``connection_mw``.

    Raises
    ------
    siting.errors.DataError
        With all errors of the planner's table.
    """
    asked = study.connections
    if asked is None:
        return {}
    known = catalogue.candidates
    given: Mapping[str, tuple[ConnectionStep, ...]] = {}
    if asked.file is not None:
        given = read_connections(Path(asked.file), set(map(str, known.index)))
    places = [
        covered(sites, step.where, f"connections.steps[{i}].where", known=known)
        for i, step in enumerate(asked.steps)
    ]
    found: dict[str, tuple[SiteStep, ...]] = {}
    for s, site in enumerate(map(str, sites.index)):
        own = [step for step, here in zip(asked.steps, places, strict=True) if here[s]]
        steps = given.get(site, tuple(own))
        base = float(sites["connection_mw"].iloc[s])
        if steps:
            found[site] = tuple(
                SiteStep(f"step_{i + 1}", x.mw if x.mw is not None else (x.share or 0.0) * base, x)
                for i, x in enumerate(steps)
            )
    return found


def offered(asked: Connections | None, step: ConnectionStep, year: int | None) -> bool:
    """Return whether the power of a step is there in a year.

    Parameters
    ----------
    asked : Connections or None
        Section of the study, for the year of the order.
    step : ConnectionStep
        One of its steps.
    year : int or None
        The year; None for any.
    """
    if asked is None or year is None:
        return True
    return step.first_year(asked.ordered or year) <= year


def step_cost_usd_per_mw(asked: Connections, step: ConnectionStep, discount_rate: float) -> float:
    """Yearly cost of a MW of a step: the annuity of its investment. [USD/MW].

    Parameters
    ----------
    asked : Connections
        Section of the study, for the lifetime.
    step : ConnectionStep
        One of its steps.
    discount_rate : float
        [1/a]
    """
    return step.cost_usd_per_mw * annuity(discount_rate, asked.lifetime_years)


@dataclass(frozen=True)
class FuelSegment:
    """Part of the output of a unit over which a MWh burns the same.

    Parameters
    ----------
    share : float
        Of the output of the unit. [-]
    burnt : float
        Fuel for each MWh, by its lower heating value; 0 without fuel. [MWh/MWh]
    """

    share: float
    burnt: float


def fuel_segments(unit: GeneratorOffer) -> tuple[FuelSegment, ...]:
    """Fuel of a unit by its output, in segments of rising fuel for a MWh.

    One segment where the efficiency is the same at every load. Of a curve the lower convex hull of
    fuel over output: units that run side by side share the load as burns least, and where they may
    be turned off they are, one by one. What cannot be turned off is the first segment.

    Parameters
    ----------
    unit : GeneratorOffer
        Entry of the study.
    """
    if GENERATORS[unit.kind].fuel == "none":
        return (FuelSegment(1.0, 0.0),)
    if not unit.efficiency_by_load:
        return (FuelSegment(1.0, 1.0 / unit.figure("efficiency")),)
    load, efficiency = (np.array(x) for x in zip(*unit.efficiency_by_load, strict=True))
    least = unit.figure("min_load")
    points = [(0.0, 0.0)]
    if least > 0:
        points.append((least, float(np.interp(least, load, load / efficiency))))
    above = load > least
    rest = zip(load[above].tolist(), (load / efficiency)[above].tolist(), strict=True)
    hull = _lower_hull([points[-1], *rest])
    ends = points[:-1] + hull
    return tuple(
        FuelSegment(x1 - x0, (y1 - y0) / (x1 - x0)) for (x0, y0), (x1, y1) in pairwise(ends)
    )


def _lower_hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Lower convex hull of points of rising first coordinate."""
    hull: list[tuple[float, float]] = []
    for x, y in points:
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    return hull


def generator_offers(study: Study) -> tuple[GeneratorOffer, ...]:
    """Technologies that may be built: those of the study, then those of its file.

    Parameters
    ----------
    study : Study
        With its section ``generation``.

    Raises
    ------
    siting.errors.DataError
        With all errors of the file.
    """
    asked = study.generation
    if asked is None or asked.file is None:
        return () if asked is None else asked.units
    stores, units = (x.name for x in study.storage), (x.name for x in asked.units)
    taken = ["grid", "backup", *SOURCES, *stores, *units]
    return (*asked.units, *read_generators(Path(asked.file), taken))


def generator_cost_usd(unit: GeneratorOffer, discount_rate: float) -> float:
    """Yearly cost of one unit: annuity of its investment less a tax credit, and upkeep. [USD].

    Parameters
    ----------
    unit : GeneratorOffer
        Entry of the study.
    discount_rate : float
        [1/a]
    """
    capital = unit.figure("capex_usd_per_kw") * (1.0 - unit.tax_credit)
    yearly = capital * annuity(discount_rate, unit.figure("lifetime_years"))
    return 1000.0 * unit.figure("unit_mw") * (yearly + unit.figure("fixed_om_usd_per_kw_yr"))


def generator_price_usd_per_mwh(
    unit: GeneratorOffer, gas_price_usd_per_mwh: float, burnt: float
) -> float:
    """Fuel and variable upkeep of a MWh. [USD/MWh].

    Parameters
    ----------
    unit : GeneratorOffer
        Entry of the study.
    gas_price_usd_per_mwh : float
        Price of gas by its heat. [USD/MWh]
    burnt : float
        Fuel of a MWh, of `fuel_segments`. [MWh/MWh]
    """
    price = unit.figure("fuel_price_usd_per_mwh")
    if GENERATORS[unit.kind].fuel == "gas" and unit.fuel_price_usd_per_mwh is None:
        price = gas_price_usd_per_mwh
    return burnt * price + unit.figure("variable_om_usd_per_mwh")


def generator_carbon_t_per_mwh(unit: GeneratorOffer, burnt: float) -> float:
    """Emissions of a MWh: of burnt gas, and life-cycle ones. [t CO2e/MWh]; 1 kg/kWh is 1 t/MWh.

    Parameters
    ----------
    unit : GeneratorOffer
        Entry of the study.
    burnt : float
        Fuel of a MWh, of `fuel_segments`. [MWh/MWh]
    """
    gas = GENERATORS[unit.kind].fuel == "gas"
    return (FUELS["gas"].value * burnt if gas else 0.0) + unit.figure("carbon_kg_per_kwh")


def island_sites(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> BoolArray:
    """Sites without any connection, shape (n,).

    Parameters
    ----------
    study : Study
        With its section ``generation``.
    catalogue : Catalogue
        For the names of places.
    sites : DataFrame
        Candidates.
    """
    asked = study.generation
    if asked is None or not asked.island:
        return np.zeros(len(sites), dtype=bool)
    return covered(sites, asked.island, "generation.island", known=catalogue.candidates)


def store_cost_usd_per_mw(store: Store, discount_rate: float, credit: float = 0.0) -> float:
    """Yearly cost of a MW of a store: annuity over its own lifetime, and upkeep. [USD/MW].

    Parameters
    ----------
    store : Store
        Section of the study.
    discount_rate : float
        [1/a]
    credit : float, default 0
        Share of the investment that is paid back. [-]
    """
    yearly = (1.0 - credit) * annuity(discount_rate, store.lifetime_years) + store.fixed_om_share
    return 1000.0 * store.duration_h * store.capex_usd_per_kwh * yearly


def annuity(discount_rate: float, years: float) -> float:
    """Yearly payment per unit of investment over some years. [1/a].

    Parameters
    ----------
    discount_rate : float
        [1/a]
    years : float
        [a]
    """
    growth = math.pow(1.0 + discount_rate, years)
    return 1.0 / years if discount_rate == 0 else discount_rate * growth / (growth - 1.0)


def store_carbon_t_per_mw(store: Store) -> float:
    """Embodied carbon of a MW of a store, a year of its lifetime. [t CO2e/MW]; 1 kg/kWh is 1 t/MWh.

    Parameters
    ----------
    store : Store
        Section of the study.
    """
    return store.duration_h * store.embodied_kg_per_kwh / store.lifetime_years


def backup_carbon_t_per_mwh(backup: Backup) -> float:
    """Emissions of a MWh from the emergency generators. [t CO2e/MWh]; 1 kg/kWh is 1 t/MWh.

    Parameters
    ----------
    backup : Backup
        Section of the study.
    """
    return FUELS[backup.fuel].value / backup.efficiency


def heat_demand_mw(
    reuse: HeatReuse, temp_dry_bulb_c: FloatArray, month: IntArray, hours: FloatArray
) -> FloatArray:
    """Heat that the network of each place takes in each step, flat within a month, (S, N). [MW].

        demand = demand_mw · (base + (1 − base) · clip((limit − T) / (limit − full), 0, 1))

    with the mean temperature T of the month: no month without hot water, all of it where the month
    is as cold as ``full_demand_c``. A model, as data of heat networks are not available.

    Parameters
    ----------
    reuse : HeatReuse
    temp_dry_bulb_c : ndarray, shape (S, N)
        [°C]
    month : ndarray of int, shape (N,)
        1 to 12; 0 marks a design hour, which takes nothing.
    hours : ndarray, shape (N,)
        [h]
    """
    member = (month[:, None] == np.arange(1, 13)) * hours[:, None]
    mean = temp_dry_bulb_c @ member / member.sum(axis=0)
    cold = (reuse.heating_limit_c - mean) / (reuse.heating_limit_c - reuse.full_demand_c)
    part = reuse.base_share + (1.0 - reuse.base_share) * np.clip(cold, 0.0, 1.0)
    by_month = np.concatenate([np.zeros((len(part), 1)), reuse.demand_mw * part], axis=1)
    return np.asarray(by_month[:, month])


def usable_heat(reuse: HeatReuse, designs: Sequence[str]) -> BoolArray:
    """Return whether the heat of each design can be used, shape (K,).

    Parameters
    ----------
    reuse : HeatReuse
        Section of the study.
    designs : sequence of str
        Names of K designs.
    """
    if reuse.designs:
        return np.isin(designs, reuse.designs)
    return ~np.isin(designs, _LOST_HEAT)
