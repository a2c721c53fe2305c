"""Two ways to count the same placement: carbon by contract or by location, hydropower's water.

The study chooses what is optimized; the answer is reported under the other choice as well.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.catalogue import Catalogue
from siting.coefficients.energy import Grid, Offers, hydro_water_column
from siting.coefficients.model import Coefficients
from siting.config import Study

__all__ = ["offer_carbon_t_per_mwh", "other_conventions"]

FloatArray = NDArray[np.float64]


def offer_carbon_t_per_mwh(
    study: Study, catalogue: Catalogue, grid: Grid, offers: Offers, *, other: bool = False
) -> FloatArray:
    """Carbon of contracted energy under the study's convention, or under the other one.

    *Contract-based* counts the life cycle of the contracted plant. *Location-based* counts what the
    grid of the site emits in that hour, whatever has been contracted [1]_.

    Parameters
    ----------
    study : Study
        For ``supply.carbon``.
    catalogue : Catalogue
        For the life cycle of each source.
    grid : Grid
        Carbon of the grid of each site.
    offers : Offers
        The O offers.
    other : bool, default False
        Whether to count as the study does not.

    Returns
    -------
    ndarray, shape (O, T)
        [t CO2e/MWh]

    References
    ----------
    .. [1] World Resources Institute (2015), GHG Protocol Scope 2 Guidance, chapters 4 and 6.
    """
    at_site: FloatArray = grid.carbon_t_per_mwh[offers.site]
    if (study.supply.carbon == "location") != other:
        return at_site
    plant = catalogue.supply_sources.loc[list(offers.source), "carbon_g_per_kwh"]
    return np.broadcast_to(plant.to_numpy(dtype=float)[:, None] / 1000.0, at_site.shape)


def other_conventions(
    study: Study, catalogue: Catalogue, c: Coefficients, grid: Grid, offers: Offers
) -> dict[str, tuple[Coefficients, str]]:
    """Numbers and metric of each convention that the study did not choose.

    Returns
    -------
    dict
        By name: the metric, then what is different.
    """
    column = hydro_water_column(study, other=True)
    facts = catalogue.supply_sources.loc[list(offers.source)]
    water = replace(
        c,
        grid_water_l_per_kwh=getattr(grid, column),
        offer_water_l_per_kwh=facts[column].to_numpy(dtype=float),
    )
    carbon = replace(
        c,
        offer_carbon_t_per_mwh=offer_carbon_t_per_mwh(study, catalogue, grid, offers, other=True),
    )
    hydro = "evaporation" if study.supply.hydro_water == "zero" else "zero"
    basis = "contract" if study.supply.carbon == "location" else "location"
    return {
        f"carbon_t_co2e_{basis}_based": (carbon, "carbon_t_co2e"),
        f"water_m3_hydro_{hydro}": (water, "water_m3"),
        f"water_scarcity_m3_hydro_{hydro}": (water, "water_scarcity_m3"),
    }
