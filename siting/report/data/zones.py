"""Figures of the grid zones under the conventions of a study, for maps."""

from __future__ import annotations

import pandas as pd

from siting import supply
from siting.catalogue import load_catalogue
from siting.config import Study

__all__ = ["zone_figures"]


def zone_figures(study: Study) -> pd.DataFrame:
    """Annual means of every built-in grid zone, as the study counts them.

    Parameters
    ----------
    study : Study
        Its carbon signal and basis, convention of hydropower's water, and factors.

    Returns
    -------
    DataFrame
        Index zone; grid_carbon_g_per_kwh [g CO2e/kWh], grid_price_usd_per_mwh [USD/MWh] and
        grid_water_l_per_kwh [L/kWh], NaN where not known. Figures of the planner's own sites are
        not in it.
    """
    catalogue, terms = load_catalogue(), study.supply
    carbon = supply.carbon_table(catalogue, terms.carbon_signal, terms.carbon_basis)
    table = supply.grid_table(catalogue)
    zones = [str(zone) for zone in table.index]
    return pd.DataFrame(
        {
            "grid_carbon_g_per_kwh": terms.grid_carbon_factor
            * carbon["carbon_g_per_kwh"].reindex(zones).to_numpy(dtype=float),
            "grid_price_usd_per_mwh": terms.grid_price_factor
            * supply.grid_price_usd_per_mwh(table, zones),
            "grid_water_l_per_kwh": supply.grid_water_l_per_kwh(table, zones, terms.hydro_water),
        },
        index=pd.Index(zones, name="zone"),
    )
