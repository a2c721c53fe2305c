"""The six metrics of one site, summed over every step from what it draws and what it emits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.audit.replay import Replay, Steps
from siting.audit.reported import OpenSite
from siting.config import Economics
from siting.physics import GAS_EMISSIONS_KG_PER_KWH

__all__ = [
    "METRIC_UNITS",
    "Contract",
    "SiteFacts",
    "capital_recovery",
    "carbon_t_co2e",
    "site_metrics",
]

FloatArray = NDArray[np.float64]

METRIC_UNITS: Mapping[str, str] = {
    "energy_mwh": "MWh",
    "carbon_t_co2e": "t CO2e",
    "water_m3": "m3",
    "water_withdrawal_m3": "m3",
    "water_scarcity_m3": "m3 world-eq",
    "cost_usd": "USD",
}


@dataclass(frozen=True)
class Contract:
    """Facts of one source that a site may contract.

    Parameters
    ----------
    capacity_factor : ndarray, shape (N,)
        Output per contracted MW in each step. [-]
    by_day : ndarray, shape (N,)
        The same with windy and calm days told apart. [-]
    carbon_g_per_kwh, water_l_per_kwh, withdrawal_l_per_kwh, price_usd_per_mwh : float
        Of a unit of its energy.
    limit_mw : float
        Most that the site may contract. [MW]
    """

    capacity_factor: FloatArray
    by_day: FloatArray
    carbon_g_per_kwh: float
    water_l_per_kwh: float
    withdrawal_l_per_kwh: float
    price_usd_per_mwh: float
    limit_mw: float


@dataclass(frozen=True)
class SiteFacts:
    """What one open site with its design is, before anything is planned there.

    Parameters
    ----------
    pue, wue_l_per_kwh, withdrawal_l_per_kwh, heat_to_water : ndarray, shape (N,)
        Facility power, on-site water consumed and withdrawn, and heat given to a lake or the
        sea, each to one kWh of IT. [-], [L/kWh], [L/kWh], [kWh/kWh]
    generated, fuel : ndarray, shape (N,)
        Electricity made on site and gas burnt for it, each to one kWh of IT. [kWh/kWh]
    grid_carbon_g_per_kwh, grid_price_usd_per_mwh : ndarray, shape (N,)
        Carbon and price of grid energy in each step. [g CO2e/kWh], [USD/MWh]
    grid_water_l_per_kwh, grid_withdrawal_l_per_kwh : float
        Water in grid energy. [L/kWh]
    scarcity_site, scarcity_electricity : float
        AWARE factor at the site and where its electricity is made. [m3 world-eq/m3]
    connection_mw, heat_limit_mw : float
        Most facility power and heat to the water body; infinite where unlimited. [MW]
    block_mw : float
        IT power of one module. [MW]
    fixed_carbon_t_per_mw : float
        Building, plant and leaking refrigerant a year per installed MW. [t CO2e/MW]
    spare_carbon_t_per_mw : float
        Embodied carbon a year per MW of spare servers, the mean of all workloads. [t CO2e/MW]
    spare_share : float
        Servers beyond those that work. [-]
    fixed_cost_usd_per_mw : float
        Annualised cost per installed MW. [USD/MW]
    needs, has : frozenset of str
        Water bodies that the design needs and that the site has.
    contracts : mapping of str to Contract
        What may be contracted, by source.
    location_based : bool
        Whether contracted energy counts with the carbon of the grid where it is drawn.
    """

    pue: FloatArray
    wue_l_per_kwh: FloatArray
    withdrawal_l_per_kwh: FloatArray
    heat_to_water: FloatArray
    generated: FloatArray
    fuel: FloatArray
    grid_carbon_g_per_kwh: FloatArray
    grid_price_usd_per_mwh: FloatArray
    grid_water_l_per_kwh: float
    grid_withdrawal_l_per_kwh: float
    scarcity_site: float
    scarcity_electricity: float
    connection_mw: float
    heat_limit_mw: float
    block_mw: float
    fixed_carbon_t_per_mw: float
    spare_carbon_t_per_mw: float
    spare_share: float
    fixed_cost_usd_per_mw: float
    needs: frozenset[str]
    has: frozenset[str]
    contracts: Mapping[str, Contract]
    location_based: bool


def capital_recovery(discount_rate: float, lifetime_years: float) -> float:
    """Share of an investment that is paid each year so that it is paid off at the end.

    Parameters
    ----------
    discount_rate : float
        [1/a]
    lifetime_years : float
        [a]

    Returns
    -------
    float
        ``r / (1 - (1 + r)^-n)``, and ``1 / n`` without interest. [1/a]
    """
    if discount_rate == 0:
        return 1.0 / lifetime_years
    return discount_rate / (1.0 - math.pow(1.0 + discount_rate, -lifetime_years))


def site_metrics(
    s: OpenSite, facts: SiteFacts, replay: Replay, steps: Steps, economics: Economics
) -> dict[str, float]:
    """Totals of one site a year; 1 L/kWh is 1 m3/MWh, 1 g/kWh is 1 kg/MWh.

    Parameters
    ----------
    s : OpenSite
        Load, installed and contracted power as reported.
    facts : SiteFacts
        The site and its design.
    replay : Replay
        What it draws from where in each step.
    steps : Steps
        Hours of each step.
    economics : siting.config.Economics
        Prices of water and carbon.

    Returns
    -------
    dict of str to float
        The metrics of ``METRIC_UNITS``.
    """
    grid_mwh = steps.total(replay.grid_mw)
    used_mwh = {source: steps.total(mw) for source, mw in replay.used_mw.items()}
    carbon_t = carbon_t_co2e(s, facts, replay, steps, location_based=facts.location_based)
    onsite_m3 = s.it_mw * steps.total(facts.wue_l_per_kwh)
    drawn_m3 = s.it_mw * steps.total(facts.withdrawal_l_per_kwh)
    grid_m3 = grid_mwh * facts.grid_water_l_per_kwh
    grid_drawn_m3 = grid_mwh * facts.grid_withdrawal_l_per_kwh
    for source, mwh in used_mwh.items():
        grid_m3 += mwh * facts.contracts[source].water_l_per_kwh
        grid_drawn_m3 += mwh * facts.contracts[source].withdrawal_l_per_kwh
    cost = steps.total(replay.grid_mw * facts.grid_price_usd_per_mwh)
    cost += _contract_cost_usd(s, facts, steps) + s.installed_mw * facts.fixed_cost_usd_per_mw
    cost += s.it_mw * steps.total(facts.fuel) * economics.gas_price_usd_per_mwh
    cost += onsite_m3 * economics.water_price_usd_per_m3
    cost += carbon_t * economics.carbon_price_usd_per_t
    weighted = onsite_m3 * facts.scarcity_site + grid_m3 * facts.scarcity_electricity
    return {
        "energy_mwh": s.it_mw * steps.total(facts.pue),
        "carbon_t_co2e": carbon_t,
        "water_m3": onsite_m3 + grid_m3,
        "water_withdrawal_m3": drawn_m3 + grid_drawn_m3,
        "water_scarcity_m3": weighted,
        "cost_usd": cost,
    }


def carbon_t_co2e(
    s: OpenSite, facts: SiteFacts, replay: Replay, steps: Steps, *, location_based: bool
) -> float:
    """Grid by the hour, contracts, gas, buildings, plant and servers.

    Parameters
    ----------
    s, facts, replay, steps
        As in :func:`site_metrics`.
    location_based : bool
        Count contracted energy as the grid's, by the hour, and not as that of its plant.

    Returns
    -------
    float
        [t CO2e]
    """
    grid = facts.grid_carbon_g_per_kwh
    kg = steps.total(replay.grid_mw * grid)
    for source, mw in replay.used_mw.items():
        plant = facts.contracts[source].carbon_g_per_kwh
        kg += steps.total(mw * (grid if location_based else plant))
    gas_t = s.it_mw * steps.total(facts.fuel) * GAS_EMISSIONS_KG_PER_KWH.value
    spares_t = facts.spare_share * s.it_mw * facts.spare_carbon_t_per_mw
    built_t = s.installed_mw * facts.fixed_carbon_t_per_mw
    return kg / 1000.0 + gas_t + built_t + s.servers_t_co2e + spares_t


def _contract_cost_usd(s: OpenSite, facts: SiteFacts, steps: Steps) -> float:
    """Everything that a contract generates is paid for, used or not. [USD]."""
    offered = [(mw, facts.contracts[g]) for g, mw in s.contract_mw.items() if g in facts.contracts]
    return sum(mw * steps.total(c.capacity_factor) * c.price_usd_per_mwh for mw, c in offered)
