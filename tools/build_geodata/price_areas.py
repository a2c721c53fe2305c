"""Prices below the level of a country: areas of a market, and tariff orders of Indian states."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tools.build_geodata.supply_inputs import read_input

__all__ = ["area_differences", "indian_regions"]

#: Assumed, 2025.
_INR_PER_USD = 85.0
_HOURS_A_MONTH = 730.0
#: Mean over the demand that is charged, of a data center; assumed.
_LOAD_FACTOR = 0.8
_ENERGY, _WHEELING = "energy_inr_per_unit", "wheeling_inr_per_unit"
#: States of the regional grids whose tariffs are known.
_STATES = {"IN-WE": ["Maharashtra"], "IN-SO": ["Tamil Nadu", "Karnataka", "Telangana"]}


def area_differences() -> pd.DataFrame:
    """Return what areas of a market stand above the price of their country.

    Returns
    -------
    DataFrame
        Index zone; difference, low and high [USD/MWh], label, year and source.
    """
    return read_input("area_prices").set_index("zone")


def indian_regions(sources: Path) -> pd.DataFrame:
    """Mean price of a steady load under the tariffs of the states of each regional grid.

    Parameters
    ----------
    sources : Path
        Folder of the raw sources.

    Returns
    -------
    DataFrame
        Index zone; price_usd_per_mwh, price_low_usd_per_mwh, price_high_usd_per_mwh (the states
        apart), price_year, price_label and price_detail. Energy, wheeling, demand and fuel, no
        duty.
    """
    path = sources / "prices" / "subnational" / "india_ht_industrial_tariffs_2025_26.csv"
    table = pd.read_csv(path).set_index("state")
    first = table["fuel_adjustment"].astype(str).str.extract(r"([\d.]+)", expand=False)
    fuel = first.astype(float)
    share = table["fuel_adjustment"].astype(str).str.contains("%")
    fuel = fuel.where(~share, table[_ENERGY] * fuel / 100.0)
    wheeling = pd.to_numeric(table[_WHEELING], errors="coerce").fillna(0.0)
    demand = table["demand_inr_per_kva_month"] / (_HOURS_A_MONTH * _LOAD_FACTOR)
    price = 1000.0 * (table[_ENERGY] + wheeling + demand + fuel) / _INR_PER_USD
    rows = {
        zone: {
            "price_usd_per_mwh": round(price[states].mean(), 1),
            "price_low_usd_per_mwh": round(0.85 * price[states].min(), 1),
            "price_high_usd_per_mwh": round(1.15 * price[states].max(), 1),
            "price_detail": f"high-tension industrial tariffs of {', '.join(states)}",
        }
        for zone, states in _STATES.items()
    }
    found = pd.DataFrame.from_dict(rows, orient="index")
    return found.assign(price_year=2025.0, price_label="assumed")
