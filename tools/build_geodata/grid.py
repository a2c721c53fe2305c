"""Grid zones: carbon, price, generation mix and the water embedded in a kilowatt-hour.

Yearly carbon of Electricity Maps is under the ODbL and stays in files of its own
(``*_electricitymaps.csv``); everything derived from other origins is in ``grid_zones.csv``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata import grid_hourly, grid_margins, grid_mix, grid_price, hydro_water
from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.supply_inputs import country_codes, read_input
from tools.build_geodata.technologies import OIL, supply_sources

__all__ = ["build"]

_YEAR = 2024
_EM = "Electricity Maps yearly carbon intensity, as in co2.js 0.19"
_MEE = "MEE and NBS of China, Announcement 2025 No. 47: provincial factors 2023"
_AR5 = "IPCC AR5 WGIII Annex III, medians"
_MACKNICK = "Macknick et al. 2012, ERL 7 045802, medians"
_WRI = "WRI water consumption factors by country, as in ecologits 0.11"
#: Areas whose hydropower season is measured, see hydro_profiles.py.
MEASURED_HYDRO = {
    "US-NW-BPAT": "US-NW-BPAT",
    "US-NW-GCPD": "US-NW-BPAT",
    "US-NW-CHPD": "US-NW-BPAT",
    "US-NW-DOPD": "US-NW-BPAT",
    "US-NW-SCL": "US-NW-BPAT",
    "US-NW-TPWR": "US-NW-BPAT",
    "US-NW-PSEI": "US-NW-BPAT",
    "US-NW-PGE": "US-NW-BPAT",
    "US-NW-AVA": "US-NW-BPAT",
    "US-NW-GRID": "US-NW-BPAT",
    "US-CAL-CISO": "US-CAL-CISO",
    "US-CAL-BANC": "US-CAL-CISO",
    "US-CAL-TIDC": "US-CAL-CISO",
    "US-NY-NYIS": "US-NY-NYIS",
    "US-MIDA-PJM": "US-MIDA-PJM",
    "US-SE-SOCO": "US-SE-SOCO",
    "US-MIDW-MISO": "US-MIDW-MISO",
}


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the zone tables, the hourly shapes and the supply sources."""
    technologies = supply_sources(sources.parent / "reference" / "factors.csv")
    write_csv(technologies, out / "supply_sources.csv")
    carbon = electricity_maps(sources)
    write_csv(carbon, out / "grid_zones_electricitymaps.csv")
    zones = _zones(carbon, sources, technologies.set_index("source"))
    write_csv(zones.sort_values("zone"), out / "grid_zones.csv")
    return [*_provenance(), *grid_hourly.build(sources, out)]


def electricity_maps(sources: Path) -> pd.DataFrame:
    """Life-cycle carbon of every zone in 2024, and the range of 2021 to 2025, in g CO2e/kWh.

    2024 and not 2025: prices and hourly series end there, and in 2025 the figures of many
    hydropower countries jump (Ethiopia 24 to 84) with no change of plants.
    """
    path = sources / "carbon" / "co2js_electricitymaps" / "electricitymaps_yearly_2021_2025.csv"
    every = pd.read_csv(path, keep_default_na=False).rename(
        columns={"zone_name": "name", "carbon_intensity_gCO2eq_kWh": "carbon_g_per_kwh"}
    )
    spread = every.groupby("zone")["carbon_g_per_kwh"].agg(["min", "max"])
    table = every[every["year"] == _YEAR].set_index("zone")
    table["carbon_low_g_per_kwh"] = spread["min"]
    table["carbon_high_g_per_kwh"] = spread["max"]
    table["carbon_basis"] = "life-cycle"
    table["carbon_label"] = "derived"
    table["carbon_source"] = _EM
    return table.reset_index().sort_values("zone")


def _zones(carbon: pd.DataFrame, sources: Path, technologies: pd.DataFrame) -> pd.DataFrame:
    """Every zone of Electricity Maps and every Chinese province, without the ODbL columns."""
    zones = pd.concat([_outside_china(carbon), _chinese_provinces(sources)], ignore_index=True)
    mix = grid_mix.mixes(zones, carbon.set_index("zone"), sources)
    zones = zones.join(mix, on="zone")
    for column, values in _derived(zones, technologies).items():
        zones[column] = values
    zones = zones.join(_published_water(sources), on="country")
    zones = zones.join(hydro_water.hydro_water(zones, sources))
    zones = grid_margins.life_cycle(zones, technologies)
    zones = zones.join(grid_margins.margins(zones, sources))
    zones = zones.join(grid_price.prices(zones, sources), on="zone")
    zones["hydro_zone"] = _hydro_zone(zones)
    return zones


def _outside_china(carbon: pd.DataFrame) -> pd.DataFrame:
    country = carbon["zone"].str.split("-").str[0].map(country_codes())
    return pd.DataFrame({"zone": carbon["zone"], "country": country, "name": carbon["name"]})


def _chinese_provinces(sources: Path) -> pd.DataFrame:
    """Official provincial factors: carbon dioxide at the stack, transfers included, in g/kWh."""
    path = sources / "carbon" / "codecarbon" / "china_provincial_emissions.json"
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    return pd.DataFrame(
        {
            "zone": list(data),
            "country": "CHN",
            "name": [entry["description"] for entry in data.values()],
            "carbon_g_per_kwh": [float(entry["emission_factor"]) for entry in data.values()],
            "carbon_year": 2023,
            "carbon_basis": "direct",
            "carbon_label": "measured",
            "carbon_source": _MEE,
        }
    ).astype({"carbon_year": "Int64"})


def _derived(zones: pd.DataFrame, technologies: pd.DataFrame) -> dict[str, np.ndarray]:
    """Water and the carbon of the fossil plants, bottom-up from the shares of the mix."""
    shares = zones[[f"{fuel}_share" for fuel in grid_mix.FUELS]].to_numpy(float)
    facts = technologies.loc[list(grid_mix.FUELS)]
    fossil = np.array([fuel in ("coal", "gas", "oil") for fuel in grid_mix.FUELS])
    fossil_share = shares[:, fossil].sum(axis=1)
    burnt = shares[:, fossil] @ facts["carbon_g_per_kwh"].to_numpy(float)[fossil]
    with np.errstate(invalid="ignore", divide="ignore"):
        marginal = burnt / fossil_share
    enough = fossil_share >= 0.01
    known = ~np.isnan(fossil_share)
    gas = technologies["carbon_g_per_kwh"].to_dict()["gas"]
    label = np.where(enough, "derived", np.where(known, "assumed", ""))
    return {
        "fossil_share": fossil_share,
        "water_l_per_kwh": shares @ facts["water_l_per_kwh"].to_numpy(float),
        "water_zero_hydro_l_per_kwh": shares @ facts["water_zero_hydro_l_per_kwh"].to_numpy(float),
        "withdrawal_l_per_kwh": shares @ facts["withdrawal_l_per_kwh"].to_numpy(float),
        "marginal_fossil_carbon_g_per_kwh": np.where(
            enough, marginal, np.where(known, gas, np.nan)
        ),
        "marginal_fossil_label": label,
    }


def _published_water(sources: Path) -> pd.Series:
    """WRI's own factor where the country has one, to set beside the bottom-up value, in L/kWh."""
    table = pd.read_csv(sources / "water" / "ecologits_electricity_mixes_wue.csv")
    own = table[~table["warnings"].fillna("").str.contains("wue-world")]
    return own.set_index("name")["wue"].rename("water_wri_l_per_kwh")


def _hydro_zone(zones: pd.DataFrame) -> list[str]:
    """Where the season of a zone's hydropower is looked up in ``hydro_profiles.csv``."""
    provinces = set(read_input("hydro_seasons")["zone"])

    def one(zone: str, country: str) -> str:
        if zone.startswith(("SE-", "NO-")):
            return zone.split("-")[1]
        if zone in provinces:
            return zone
        return MEASURED_HYDRO.get(zone, country)

    return [one(z, c) for z, c in zip(zones["zone"], zones["country"], strict=True)]


def _provenance() -> list[SourceRow]:
    em, zones, sources = "grid_zones_electricitymaps.csv", "grid_zones.csv", "supply_sources.csv"
    bottom_up = "shares of the mix times the factor of each technology in supply_sources.csv"
    return [
        SourceRow(em, "*", _EM, "ODbL 1.0", "2021-2025", "g CO2e/kWh, %",
                  "year 2024; low and high are the least and greatest year", "derived"),
        SourceRow(zones, "carbon_direct_g_per_kwh", _MEE, "official statistic", "2023", "g CO2/kWh",
                  "as published; stack emissions only, inter-provincial transfers included",
                  "measured"),
        *grid_mix.provenance(),
        SourceRow(zones, "water_l_per_kwh", _MACKNICK, "facts, cited", "2012", "L/kWh",
                  bottom_up + "; hydropower evaporates 17.0 L/kWh", "modelled"),
        SourceRow(zones, "water_zero_hydro_l_per_kwh", _MACKNICK, "facts, cited", "2012", "L/kWh",
                  bottom_up + "; hydropower evaporates nothing", "modelled"),
        SourceRow(zones, "withdrawal_l_per_kwh", _MACKNICK, "facts, cited", "2012", "L/kWh",
                  bottom_up + "; all thermal plants with towers: a lower bound", "modelled"),
        SourceRow(zones, "water_wri_l_per_kwh", _WRI, "CC BY 4.0", "2020", "L/kWh",
                  "published country value, only where the country has its own", "modelled"),
        SourceRow(zones, "marginal_fossil_carbon_g_per_kwh", _AR5, "facts, cited", "2014",
                  "g CO2e/kWh", "mean of coal 820, gas 490, oil 650 by the zone's own fossil "
                  "generation; gas where fossil is below 1 %", "derived|assumed"),
        *hydro_water.provenance(),
        *grid_margins.provenance(),
        *grid_price.provenance(),
        SourceRow(zones, "hydro_zone", "siting catalogue", "MIT", "2024", "-",
                  "price area, province or measured area, else country", "derived"),
        SourceRow(sources, "carbon_g_per_kwh", _AR5, "facts, cited", "2014", "g CO2e/kWh",
                  "median life cycle; low and high are the published range", "derived"),
        SourceRow(sources, "carbon_g_per_kwh", OIL,
                  "facts, cited", "2006", "g CO2e/kWh",
                  "oil, the default of Electricity Maps; no range published, 0.85 to 1.15 of it",
                  "assumed"),
        SourceRow(sources, "water_l_per_kwh", _MACKNICK, "facts, cited", "2012", "L/kWh",
                  "median operational consumption, wet towers for thermal plants", "derived"),
        SourceRow(sources, "withdrawal_l_per_kwh", f"{_MACKNICK}, as in gcam-core",
                  "facts, cited", "2012", "L/kWh",
                  "median operational withdrawal, wet towers; solar, geothermal and dry engines: "
                  "the consumption", "derived"),
        SourceRow(sources, "price_usd_per_mwh",
                  "IRENA Renewable Power Generation Costs in 2023, global means",
                  "facts, cited", "2023", "USD/MWh",
                  "levelised cost as published, its range (columns low and high) by judgement; "
                  "nuclear and trigeneration assumed within theirs",
                  "assumed"),
    ]  # fmt: skip
