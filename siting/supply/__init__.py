"""Electricity at a site: grid of its zone, hydropower, wind and solar on the steps of a year."""

from __future__ import annotations

from siting.supply.given import (
    counts_as_clean,
    fixed_profile,
    given_by_step,
    given_or,
    plant_place,
    scaled_profile,
    study_ppas,
)
from siting.supply.grid import (
    HYDRO_CARBON_G_PER_KWH,
    dry_year_carbon,
    grid_carbon_g_per_kwh,
    grid_price_usd_per_mwh,
    grid_withdrawal_l_per_kwh,
    seasonal_carbon,
)
from siting.supply.hydro import (
    HYDRO_WATER,
    contract_water_l_per_kwh,
    grid_water_l_per_kwh,
    hydro_capacity_factor,
    hydro_season,
)
from siting.supply.origin import carbon_detail, site_carbon_detail, supply_origin
from siting.supply.price import (
    contract_price_usd_per_mwh,
    electricity_tax_usd_per_mwh,
    time_of_use_factor,
    wholesale_swing_usd_per_mwh,
)
from siting.supply.renewables import (
    available,
    day_type_factor,
    sin_elevation,
    solar_capacity_factor,
    wind_capacity_factor,
)
from siting.supply.tables import (
    carbon_table,
    grid_table,
    hourly_carbon_shapes,
    measured_carbon_shapes,
    price_table,
)

__all__ = [
    "HYDRO_CARBON_G_PER_KWH",
    "HYDRO_WATER",
    "available",
    "carbon_detail",
    "carbon_table",
    "contract_price_usd_per_mwh",
    "contract_water_l_per_kwh",
    "counts_as_clean",
    "day_type_factor",
    "dry_year_carbon",
    "electricity_tax_usd_per_mwh",
    "fixed_profile",
    "given_by_step",
    "given_or",
    "grid_carbon_g_per_kwh",
    "grid_price_usd_per_mwh",
    "grid_table",
    "grid_water_l_per_kwh",
    "grid_withdrawal_l_per_kwh",
    "hourly_carbon_shapes",
    "hydro_capacity_factor",
    "hydro_season",
    "measured_carbon_shapes",
    "plant_place",
    "price_table",
    "scaled_profile",
    "seasonal_carbon",
    "sin_elevation",
    "site_carbon_detail",
    "solar_capacity_factor",
    "study_ppas",
    "supply_origin",
    "time_of_use_factor",
    "wholesale_swing_usd_per_mwh",
    "wind_capacity_factor",
]
