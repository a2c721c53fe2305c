"""The planned use of each contract replayed hour by hour, and the metrics of a site summed.

The optimizer sees a time slice as one mean hour. Within the slice the sun rises and the wind
drops, so what was planned may not fit: the replay gives every step its own output and its own
facility power, and lets the grid carry the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray, IntArray
from siting.audit.reported import OpenSite
from siting.config import Economics
from siting.physics import GAS_EMISSIONS_KG_PER_KWH

__all__ = [
    "Contract",
    "Replay",
    "SiteFacts",
    "Steps",
    "capital_recovery",
    "embodied_t_co2e",
    "operational_t_co2e",
    "planned_use",
    "replay_contracts",
    "replay_site",
    "site_metrics",
]


@dataclass(frozen=True)
class Steps:
    """Hours of the weather steps and the time slice that each falls into.

    Parameters
    ----------
    hours : ndarray, shape (N,)
        Hours of a year that each step stands for. [h]
    of_step : ndarray of int, shape (N,)
        Slice of each step, -1 for a design hour.
    slices : int
        Number of slices, T.
    """

    hours: FloatArray
    of_step: IntArray
    slices: int

    @property
    def year_h(self) -> float:
        """Hours of all steps. [h]."""
        return float(self.hours.sum())

    @property
    def slice_h(self) -> FloatArray:
        """Hours of each slice, shape (T,). [h]."""
        real = self.of_step >= 0
        return np.bincount(self.of_step[real], self.hours[real], self.slices)

    def total(self, values: FloatArray) -> float:
        """Sum over the year of a quantity per hour, shape (N,)."""
        return float(values @ self.hours)

    def mean(self, values: FloatArray) -> FloatArray:
        """Mean of a step quantity, shape (N,), in each slice, weighted by hours.

        Shape (T,). Zero where no step falls into a slice.
        """
        real = self.of_step >= 0
        total = np.bincount(self.of_step[real], values[real] * self.hours[real], self.slices)
        weight = self.slice_h
        return np.divide(total, weight, out=np.zeros(self.slices), where=weight > 0)


@dataclass(frozen=True)
class Replay:
    """One site over all steps.

    Parameters
    ----------
    drawn_mw, grid_mw : ndarray, shape (N,)
        Power that the facility draws from outside, and the part of it from the grid. [MW]
    used_mw : mapping of str to ndarray, shape (N,)
        Contracted power that is used, by source. [MW]
    curtailed_mwh : mapping of str to float
        Energy of the plan that did not fit under what the facility draws, by source. [MWh]
    """

    drawn_mw: FloatArray
    grid_mw: FloatArray
    used_mw: Mapping[str, FloatArray]
    curtailed_mwh: Mapping[str, float]


def planned_use(plan_mw: FloatArray, output_mw: FloatArray, steps: Steps) -> FloatArray:
    """Power that a plan takes from a contract in each step, before it meets the facility. [MW].

    In slice t the contract is used at the fraction ``plan_mw[t] / mean(output_mw of t)`` of what it
    generates, never more than all of it. In design hours the grid alone is counted on.
    """
    mean = steps.mean(output_mw)
    fraction = np.divide(plan_mw, mean, out=np.zeros_like(mean), where=mean > 0)
    real = steps.of_step >= 0
    return np.where(real, np.clip(fraction, 0.0, 1.0)[steps.of_step] * output_mw, 0.0)


def replay_site(drawn_mw: FloatArray, wanted_mw: Mapping[str, FloatArray], steps: Steps) -> Replay:
    """Serve one site in every step: contracts as far as they fit, the grid for the rest.

    Where the contracts together exceed what the facility draws from outside they are cut in
    proportion, so that no order of the sources matters. All power is in each step, shape (N,). [MW]
    """
    asked = np.sum([*wanted_mw.values(), np.zeros_like(drawn_mw)], axis=0)
    fits = np.divide(drawn_mw, asked, out=np.ones_like(asked), where=asked > drawn_mw)
    used = {source: mw * fits for source, mw in wanted_mw.items()}
    return Replay(
        drawn_mw=drawn_mw,
        grid_mw=drawn_mw - np.minimum(asked, drawn_mw),
        used_mw=used,
        curtailed_mwh={s: steps.total(wanted_mw[s] - used[s]) for s in used},
    )


@dataclass(frozen=True)
class Contract:
    """Facts of one source that a site may contract.

    Parameters
    ----------
    capacity_factor : ndarray, shape (N,)
        Output per contracted MW in each step. [-]
    by_day : ndarray, shape (N,)
        The same with types of days told apart. [-]
    carbon_g_per_kwh, water_l_per_kwh, withdrawal_l_per_kwh, price_usd_per_mwh : float
        Of a unit of its energy.
    limit_mw : float
        Most that the site may contract. [MW]
    clean : tuple of bool
        Which of the study's rules on clean supply count it.
    plant_mw : float
        Most that all sites may contract of the planner's plant together; infinite for a built-in
        offer. [MW]
    """

    capacity_factor: FloatArray
    by_day: FloatArray
    carbon_g_per_kwh: float
    water_l_per_kwh: float
    withdrawal_l_per_kwh: float
    price_usd_per_mwh: float
    limit_mw: float
    clean: tuple[bool, ...] = ()
    plant_mw: float = np.inf


@dataclass(frozen=True)
class SiteFacts:
    """One open site with its design: physics, electricity and limits, before any dispatch.

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
        Building, plant, leaking refrigerant and vessels a year per installed MW. [t CO2e/MW]
    spare_carbon_t_per_mw : float
        Embodied carbon a year per MW of spare servers, the mean of all workloads. [t CO2e/MW]
    spare_share : float
        Servers beyond those that work. [-]
    fixed_cost_usd_per_mw, om_usd_per_mw : float
        Annualised capital, and operation and maintenance, per installed MW. [USD/MW]
    open_cost_usd, open_carbon_t : float
        Of opening and holding the site a year. [USD], [t CO2e]
    water_price_usd_per_m3, electricity_tax_usd_per_mwh : float
        Of water consumed on site, and of all energy used of grid and contracts.
        [USD/m3], [USD/MWh]
    land_limit_mw : float
        Most installed IT power; infinite where unlimited. [MW]
    needs, has : frozenset of str
        Water bodies that the design needs and that the site has.
    contracts : mapping of str to Contract
        What may be contracted, by source.
    location_based : bool
        Whether contracted energy counts with the carbon of the grid where it is drawn.
    storage_credit_share : float
        Share of the investment in stores that is paid back. [-]
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
    om_usd_per_mw: float
    open_cost_usd: float
    open_carbon_t: float
    water_price_usd_per_m3: float
    electricity_tax_usd_per_mwh: float
    land_limit_mw: float
    needs: frozenset[str]
    has: frozenset[str]
    contracts: Mapping[str, Contract]
    location_based: bool
    storage_credit_share: float = 0.0


def capital_recovery(discount_rate: float, lifetime_years: float) -> float:
    """Share of an investment that is paid each year so that it is paid off at the end. [1/a].

    It is ``r / (1 - (1 + r)^-n)``, and ``1 / n`` without interest.
    """
    if discount_rate == 0:
        return 1.0 / lifetime_years
    return discount_rate / (1.0 - math.pow(1.0 + discount_rate, -lifetime_years))


def site_metrics(
    s: OpenSite, facts: SiteFacts, replay: Replay, steps: Steps, economics: Economics
) -> dict[str, float]:
    """Totals of one site a year, the metrics of ``LIMITED``; 1 L/kWh is 1 m3/MWh.

    Load, installed and contracted power are as reported, and economics has prices of gas and
    carbon.
    """
    grid_mwh = steps.total(replay.grid_mw)
    used_mwh = {source: steps.total(mw) for source, mw in replay.used_mw.items()}
    running_t = operational_t_co2e(s, facts, replay, steps, location_based=facts.location_based)
    embodied_t = embodied_t_co2e(s, facts)
    carbon_t = running_t + embodied_t
    onsite_m3 = s.it_mw * steps.total(facts.wue_l_per_kwh)
    drawn_m3 = s.it_mw * steps.total(facts.withdrawal_l_per_kwh)
    grid_m3 = grid_mwh * facts.grid_water_l_per_kwh
    grid_drawn_m3 = grid_mwh * facts.grid_withdrawal_l_per_kwh
    for source, mwh in used_mwh.items():
        grid_m3 += mwh * facts.contracts[source].water_l_per_kwh
        grid_drawn_m3 += mwh * facts.contracts[source].withdrawal_l_per_kwh
    cost = steps.total(replay.grid_mw * facts.grid_price_usd_per_mwh)
    cost += _contract_cost_usd(s, facts, steps) + facts.open_cost_usd
    cost += s.installed_mw * (facts.fixed_cost_usd_per_mw + facts.om_usd_per_mw)
    cost += s.it_mw * steps.total(facts.fuel) * economics.gas_price_usd_per_mwh
    cost += onsite_m3 * facts.water_price_usd_per_m3
    cost += (grid_mwh + sum(used_mwh.values())) * facts.electricity_tax_usd_per_mwh
    cost += carbon_t * economics.carbon_price_usd_per_t
    weighted = onsite_m3 * facts.scarcity_site + grid_m3 * facts.scarcity_electricity
    return {
        "energy_mwh": s.it_mw * steps.total(facts.pue),
        "carbon_t_co2e": carbon_t,
        "carbon_operational_t_co2e": running_t,
        "carbon_embodied_t_co2e": embodied_t,
        "water_m3": onsite_m3 + grid_m3,
        "water_withdrawal_m3": drawn_m3 + grid_drawn_m3,
        "water_scarcity_m3": weighted,
        "cost_usd": cost,
    }


def operational_t_co2e(
    s: OpenSite, facts: SiteFacts, replay: Replay, steps: Steps, *, location_based: bool
) -> float:
    """Carbon of grid by the hour, contracts and gas. [t CO2e]; 1 g/kWh is 1 kg/MWh.

    ``location_based`` counts contracted energy as the grid's, by the hour, and not as that of its
    plant.
    """
    grid = facts.grid_carbon_g_per_kwh
    kg = steps.total(replay.grid_mw * grid)
    for source, mw in replay.used_mw.items():
        plant = facts.contracts[source].carbon_g_per_kwh
        kg += steps.total(mw * (grid if location_based else plant))
    gas_t = s.it_mw * steps.total(facts.fuel) * GAS_EMISSIONS_KG_PER_KWH.value
    return kg / 1000.0 + gas_t


def embodied_t_co2e(s: OpenSite, facts: SiteFacts) -> float:
    """Buildings, plant with its refrigerant, servers, and the site itself. [t CO2e]."""
    spares_t = facts.spare_share * s.it_mw * facts.spare_carbon_t_per_mw
    built_t = s.installed_mw * facts.fixed_carbon_t_per_mw + facts.open_carbon_t
    return built_t + s.servers_t_co2e + spares_t


def _contract_cost_usd(s: OpenSite, facts: SiteFacts, steps: Steps) -> float:
    """Cost of all that a contract generates, used or not. [USD]."""
    offered = [(mw, facts.contracts[g]) for g, mw in s.contract_mw.items() if g in facts.contracts]
    return sum(mw * steps.total(c.capacity_factor) * c.price_usd_per_mwh for mw, c in offered)


def replay_contracts(
    s: OpenSite, facts: SiteFacts, steps: Steps, net_mw: FloatArray, *, typical: bool
) -> tuple[Replay, Replay]:
    """The plan on the profiles of the study, and its contracts with types of days told apart.

    What the site cannot contract at all is not replayed; a plan on it is a broken limit.
    """
    drawn = np.maximum(s.it_mw * (facts.pue - facts.generated) + net_mw, 0.0)
    wanted, by_day = {}, {}
    for source, plan in s.plan.items():
        if source in facts.contracts:
            contract, mw = facts.contracts[source], s.contract_mw.get(source, 0.0)
            wanted[source] = planned_use(plan, mw * contract.capacity_factor, steps)
            by_day[source] = np.where(steps.of_step >= 0, mw * contract.by_day, 0.0)
    told = replay_site(drawn, wanted, steps)
    return told, told if typical else replay_site(drawn, by_day, steps)
