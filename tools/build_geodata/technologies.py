"""Facts of each way to make electricity: carbon, water, price (``supply_sources.csv``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.supply_inputs import read_input

__all__ = ["OIL", "supply_sources"]

_LITRE_PER_GALLON = 3.785412
#: AR5 combined cycle (490 g at an electric efficiency of 0.55) carried to a gas engine (0.42).
_ENGINE_OVER_COMBINED_CYCLE = 0.55 / 0.42
#: Of oil, in which Annex III has no row.
OIL = "UK Parliamentary Office of Science and Technology, postnote 268, as in Electricity Maps"
_SOURCE = {
    "carbon": "IPCC AR5 WGIII Annex III, medians",
    "oil": OIL,
    "water": "Macknick et al. 2012, ERL 7 045802, medians",
    "price": "IRENA Renewable Power Generation Costs in 2023, global means",
}


def supply_sources(factors: Path) -> pd.DataFrame:
    """One row a source of electricity.

    Parameters
    ----------
    factors : pathlib.Path
        Table of published factors with columns group, technology, metric, value, low, high.

    Returns
    -------
    pandas.DataFrame
        source, name, carbon_g_per_kwh (life cycle) with low and high, water_l_per_kwh and
        water_zero_hydro_l_per_kwh (consumption), withdrawal_l_per_kwh, price_usd_per_mwh
        with low and high, contractable, labels and sources. ``label`` is that of
        carbon and water; prices carry their own.
    """
    table = read_input("technologies")
    published = pd.read_csv(factors)
    carbon = _rows(published, "lifecycle_ghg", table["ghg_row"])
    water = _rows(published, "operational_water_consumption", table["water_row"])
    engine = table["technology"] == "gas_trigen"
    combined = _rows(published, "lifecycle_ghg", pd.Series(["gas-ngcc"])).iloc[0]
    for column in ("value", "low", "high"):
        carbon.loc[engine.to_numpy(), column] = combined[column] * _ENGINE_OVER_COMBINED_CYCLE
    withdrawal = table["withdrawal_gal_per_mwh"].to_numpy(float) * _LITRE_PER_GALLON / 1000
    hydro = (table["technology"] == "hydro").to_numpy()
    consumption = water["value"].to_numpy(float)
    return pd.DataFrame(
        {
            "source": table["technology"],
            "name": table["name"],
            "carbon_g_per_kwh": carbon["value"].to_numpy(float),
            "carbon_low_g_per_kwh": carbon["low"].to_numpy(float),
            "carbon_high_g_per_kwh": carbon["high"].to_numpy(float),
            "water_l_per_kwh": consumption,
            "water_zero_hydro_l_per_kwh": np.where(hydro, 0.0, consumption),
            "withdrawal_l_per_kwh": np.where(hydro, consumption, withdrawal),
            "price_usd_per_mwh": table["price_usd_per_mwh"].to_numpy(float),
            "price_low_usd_per_mwh": table["price_low"].to_numpy(float),
            "price_high_usd_per_mwh": table["price_high"].to_numpy(float),
            "contractable": table["contractable"] == "yes",
            "carbon_label": np.where(engine | table["ghg_row"].eq("oil"), "assumed", "derived"),
            "carbon_source": np.where(
                table["ghg_row"].eq("oil"), _SOURCE["oil"], _SOURCE["carbon"]
            ),
            "water_label": "derived",
            "water_source": _SOURCE["water"],
            "price_label": np.where(table["price_usd_per_mwh"].notna(), "assumed", ""),
            "price_source": np.where(table["price_usd_per_mwh"].notna(), _SOURCE["price"], ""),
            "label": np.where(engine | table["ghg_row"].eq("oil"), "assumed", "derived"),
            "note": table["note"].fillna(""),
        }
    )


def _rows(published: pd.DataFrame, group: str, technologies: pd.Series) -> pd.DataFrame:
    """Value, low and high of each technology; the AR5 row where several carry the name."""
    rows = published[published["group"] == group]
    rows = rows[~rows["metric"].str.contains("UNECE")].drop_duplicates("technology")
    return rows.set_index("technology")[["value", "low", "high"]].reindex(technologies.to_list())
