"""Connections as offers and own generators: what a site may take, and what a year of it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.power_files import read_connections
from siting.config import Connections, ConnectionStep, GeneratorOffer, Study
from siting.physics.site_costs import GENERATORS
from siting.supply.onsite import FUELS, annuity, covered

__all__ = [
    "SiteStep",
    "connection_steps",
    "curtailed_share",
    "generator_carbon_t_per_mwh",
    "generator_cost_usd",
    "generator_price_usd_per_mwh",
    "generators_from",
    "island_sites",
    "load_signal",
    "offered",
    "step_cost_usd_per_mw",
]

#: Temperature without heating or cooling, the base of degree days. [°C]
_COMFORT_C = 18.0
#: Hours of the local day in which people are awake and load is high.
_DAY_HOURS = (7, 22)


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


def generators_from(unit: GeneratorOffer) -> int:
    """First year in which a unit may run; 0 for any.

    Parameters
    ----------
    unit : GeneratorOffer
        Entry of the study.
    """
    return int(unit.figure("first_year"))


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


def generator_price_usd_per_mwh(unit: GeneratorOffer, gas_price_usd_per_mwh: float) -> float:
    """Fuel and variable upkeep of a MWh. [USD/MWh].

    Parameters
    ----------
    unit : GeneratorOffer
        Entry of the study.
    gas_price_usd_per_mwh : float
        Price of gas by its heat. [USD/MWh]
    """
    fuel = GENERATORS[unit.kind].fuel
    price = unit.figure("fuel_price_usd_per_mwh")
    if fuel == "gas" and unit.fuel_price_usd_per_mwh is None:
        price = gas_price_usd_per_mwh
    burnt = 0.0 if fuel == "none" else price / unit.figure("efficiency")
    return burnt + unit.figure("variable_om_usd_per_mwh")


def generator_carbon_t_per_mwh(unit: GeneratorOffer) -> float:
    """Emissions of a MWh: of burnt gas, and life-cycle ones. [t CO2e/MWh]; 1 kg/kWh is 1 t/MWh.

    Parameters
    ----------
    unit : GeneratorOffer
        Entry of the study.
    """
    gas = GENERATORS[unit.kind].fuel == "gas"
    burnt = FUELS["gas"].value / unit.figure("efficiency") if gas else 0.0
    return burnt + unit.figure("carbon_kg_per_kwh")


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


def load_signal(temp_dry_bulb_c: FloatArray, local_hour: FloatArray) -> FloatArray:
    """Order in which hours are curtailed by load: heating and cooling, by day before night.

    A model in the place of hourly load, of which no table for all zones is at hand.

    Parameters
    ----------
    temp_dry_bulb_c : ndarray, shape (S, N)
        [°C]
    local_hour : ndarray, shape (S, N)
        Hour of the day by the sun. [h]

    Returns
    -------
    ndarray, shape (S, N)
        Higher is earlier. [K]
    """
    first, last = _DAY_HOURS
    awake = (local_hour >= first) & (local_hour < last)
    return np.abs(temp_dry_bulb_c - _COMFORT_C) * np.where(awake, 1.0, 0.5)


def curtailed_share(signal: FloatArray, hours: FloatArray, curtailable_h: float) -> FloatArray:
    """Part of each slice in which a step is curtailed: the slices of the highest signal first.

    Parameters
    ----------
    signal : ndarray, shape (T,)
        Mean of each slice; equal ones are taken in order. [-]
    hours : ndarray, shape (T,)
        [h]
    curtailable_h : float
        Hours of a year of 8,760. [h]

    Returns
    -------
    ndarray, shape (T,)
        [-] One where the whole slice is curtailed; at most one slice in part.
    """
    left = curtailable_h * float(hours.sum()) / 8760.0
    order = np.argsort(-signal, kind="stable")
    ends = np.cumsum(hours[order])
    share = np.zeros(len(hours))
    share[order] = np.clip((left - (ends - hours[order])) / hours[order], 0.0, 1.0)
    return share
