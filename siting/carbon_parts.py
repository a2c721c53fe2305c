"""What the carbon of each open site is made of; the parts add up to the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coefficients import Coefficients
from siting.coefficients.build import Problem
from siting.mip import StateAnswer
from siting.mip.halls import halls_by_vintage
from siting.physics import DESIGNS
from siting.tables.operation import moved_mean_mw, operated_carbon, site_energy

__all__ = ["CARBON_PARTS", "carbon_parts"]

#: Columns of :func:`carbon_parts`, all in t CO2e a year.
CARBON_PARTS = (
    "carbon_grid_t_co2e",
    "carbon_contracts_t_co2e",
    "carbon_gas_t_co2e",
    "carbon_building_t_co2e",
    "carbon_refrigerant_t_co2e",
    "carbon_servers_t_co2e",
    "carbon_on_site_t_co2e",
)


def carbon_parts(problem: Problem, x: StateAnswer, pairs: NDArray[np.intp]) -> pd.DataFrame:
    """Carbon of each open site by where it comes from, under the convention of the study.

    Parameters
    ----------
    problem : Problem
        Sites and coefficients.
    x : StateAnswer
        What is built, drawn and served.
    pairs : ndarray of int, shape (n,)
        The open (site, design) pairs.

    Returns
    -------
    DataFrame
        Index id; one column a part: grid energy, contracted energy, gas burnt on site, building and
        plant (embodied), leaking refrigerant, servers with their spares (embodied), and stores
        (embodied) and generators less a credit for heat that counts. [t CO2e/yr]
    """
    c, decided = problem.coefficients, x.decisions
    site, sites = c.pair_site[pairs], len(c.sites)
    contracts, servers = np.zeros(sites), np.zeros(sites)
    used = (c.offer_carbon_t_per_mwh * c.hours * decided.supply_mw).sum(axis=1)
    np.add.at(contracts, c.offer_site, used)
    each = (c.capacity_per_load * c.it_carbon_t_per_mw)[x.flow_workload]
    np.add.at(servers, x.flow_site, each * x.flow_mw)
    servers += c.extra_carbon_t_per_mw * decided.extra_mw if decided.extra_mw.size else 0.0
    load = decided.load_mw[pairs]
    built = decided.modules[pairs] * c.block_mw[pairs]
    leaks = np.array([DESIGNS[c.designs[k]].refrigerant_t_per_mw_yr for k in c.pair_design[pairs]])
    spares = np.bincount(site, c.spare_share[pairs] * (load + moved_mean_mw(c, x)[pairs]), sites)
    parts = (
        (c.grid_carbon_t_per_mwh * c.hours * decided.grid_mw).sum(axis=1),
        contracts,
        site_energy(c, x, "fuel_kwh_per_kwh") * c.fuel_carbon_t_per_mwh,
        np.bincount(site, _halls(c, x)[pairs] - leaks * built, sites),
        np.bincount(site, leaks * built, sites),
        servers + c.spare_carbon_t_per_mw * spares,
        operated_carbon(c, x),
    )
    opened = np.unique(site)
    ids = pd.Index([c.sites[s] for s in opened])
    columns = dict(zip(CARBON_PARTS, (part[opened] for part in parts), strict=True))
    return pd.DataFrame(columns, index=ids)


def _halls(c: Coefficients, x: StateAnswer) -> NDArray[np.float64]:
    """Embodied carbon and leaks of the halls of every pair, by when each was built. [t CO2e/yr]."""
    terms = halls_by_vintage(c, "carbon")
    carbon: NDArray[np.float64] = terms["modules"] * x.decisions.modules
    if c.vintages is not None:
        carbon[c.vintages.older_carbon] += terms["older_carbon"] * x.decisions.older_carbon
    return carbon
