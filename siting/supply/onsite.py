"""Storage units, heat networks and backup: what a year of each costs, emits and takes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from siting.arrays import BoolArray, FloatArray, IntArray
from siting.config import Backup, HeatReuse, Store
from siting.physics.parameters import FUELS

__all__ = [
    "annuity",
    "backup_carbon_t_per_mwh",
    "heat_demand_mw",
    "store_carbon_t_per_mw",
    "store_cost_usd_per_mw",
    "usable_heat",
]

#: Designs that give their heat to outside air or to water, where nobody can use it.
_LOST_HEAT = ("air_economizer", "air_evaporative", "lake_water", "sea_water", "subsea_pod")


def store_cost_usd_per_mw(store: Store, discount_rate: float, credit: float = 0.0) -> float:
    """Yearly cost of one MW of a store: its annuity over its own lifetime, and upkeep.

    Parameters
    ----------
    store : Store
        Section of the study.
    discount_rate : float
        [1/a]
    credit : float, default 0
        Share of the investment that is paid back. [-]

    Returns
    -------
    float
        [USD/MW]
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
    """Embodied carbon of one MW of a store, a year of its lifetime; 1 kg/kWh is 1 t/MWh.

    Parameters
    ----------
    store : Store
        Section of the study.

    Returns
    -------
    float
        [t CO2e/MW]
    """
    return store.duration_h * store.embodied_kg_per_kwh / store.lifetime_years


def backup_carbon_t_per_mwh(backup: Backup) -> float:
    """Emissions of a MWh from the generators; 1 kg/kWh is 1 t/MWh.

    Parameters
    ----------
    backup : Backup
        Section of the study.

    Returns
    -------
    float
        [t CO2e/MWh]
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
