"""Marginal carbon by country, and the life cycle of official factors that count the stack alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow

__all__ = ["UPSTREAM_G_PER_KWH", "life_cycle", "margins", "provenance"]

#: Mines, transport and leaks, added to what a plant emits at its stack; assumed within 30 to 110,
#: 50 to 150 and 40 to 120. [g CO2e/kWh of that source]
UPSTREAM_G_PER_KWH = {"coal": 60.0, "gas": 100.0, "oil": 80.0}
_IFI = "UNFCCC IFI Default Grid Factors 2021 v3.1, as in co2.js 0.19"
_FREE = ("nuclear", "hydro", "wind", "solar", "biomass", "geothermal")
_ZONES = "grid_zones.csv"


def margins(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Combined and operating margin of the country of each zone. [g CO2/kWh]."""
    path = sources / "carbon" / "co2js_electricitymaps" / "unfccc_marginal_2021.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    codes = [row.get("country_code_iso_3") or None for row in raw.values()]
    names = {
        "carbon_marginal_g_per_kwh": "Electricity Consumption",
        "carbon_operating_margin_g_per_kwh": "Operating Margin Grid Emission",
    }
    table = pd.DataFrame(
        {
            column: pd.to_numeric(pd.Series([row.get(name) for row in raw.values()]), "coerce")
            for column, name in names.items()
        }
    )
    table = (
        table.assign(code=pd.Series(codes, dtype=object))
        .dropna(subset=["code"])
        .drop_duplicates("code")
    )
    # The source has Hong Kong inside China.
    country = zones["country"].replace({"HKG": "CHN"})
    found = table.set_index("code").reindex(country)
    return found.set_axis(zones.index)


def life_cycle(zones: pd.DataFrame, technologies: pd.DataFrame) -> pd.DataFrame:
    """Carbon of zones with a direct factor on the life cycle; the factor itself stays beside it.

    life cycle = direct + Σ_fossil upstream · share + Σ_other life cycle · share
    """
    direct = zones["carbon_g_per_kwh"].where(zones["carbon_basis"] == "direct")
    added = np.zeros(len(zones))
    for fuel, grams in UPSTREAM_G_PER_KWH.items():
        added = added + zones[f"{fuel}_share"].to_numpy(dtype=float) * grams
    for fuel in _FREE:
        grams = float(technologies["carbon_g_per_kwh"].astype(float)[fuel])
        added = added + zones[f"{fuel}_share"].to_numpy(dtype=float) * grams
    known = direct.notna() & np.isfinite(added)
    found = zones.assign(carbon_direct_g_per_kwh=direct)
    found.loc[known, "carbon_g_per_kwh"] = (direct + added)[known].round(1)
    found.loc[known, "carbon_basis"] = "life-cycle"
    found.loc[known, "carbon_label"] = "modelled"
    return found


def provenance() -> list[SourceRow]:
    """Where margins and the direct factors come from."""
    upstream = ", ".join(f"{fuel} {grams:g}" for fuel, grams in UPSTREAM_G_PER_KWH.items())
    return [
        SourceRow(_ZONES, "carbon_marginal_g_per_kwh", _IFI, "free use with attribution", "2021",
                  "g CO2/kWh", "combined margin for consumption, of the country of the zone",
                  "modelled"),
        SourceRow(_ZONES, "carbon_operating_margin_g_per_kwh", _IFI, "free use with attribution",
                  "2021", "g CO2/kWh", "operating margin, of the country of the zone", "modelled"),
        SourceRow(_ZONES, "carbon_g_per_kwh", "siting catalogue", "MIT", "2023", "g CO2e/kWh",
                  "Chinese provinces: official factor at the stack plus upstream of fossil "
                  f"generation ({upstream} g/kWh, assumed) and the life cycle of all other by the "
                  "mix", "modelled"),
    ]  # fmt: skip
