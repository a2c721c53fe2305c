"""Price of electricity to a large user by grid zone, and the wholesale price where one is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow
from tools.build_geodata.supply_inputs import read_input

__all__ = ["prices", "provenance"]

_USD_PER_EUR = 1.086
#: Assumed.
_USD_PER_AUD = 0.65
_YEAR = 2024
_EUROSTAT = "Eurostat, industrial users of 20-70 GWh a year, without taxes, 2024"
_CARRIED = "Eurostat, industrial users of 20-70 GWh a year, a year before 2024 carried forward"
_RESEARCH = "collected tariffs and price portals 2024, orientation only"
_TYPED = "assumed industrial tariffs 2023-2024"
_EIA = "US EIA-861, industrial sector, by state, 2024"
_ENTSOE = "ENTSO-E day-ahead prices SE1 to SE4"
_WHOLESALE = "wholesale day-ahead prices of 22 zones, as in sustain-cluster"
#: Countries of the Eurostat table that no longer report to it; what it has is of an earlier year.
_NOT_REPORTING = ("GBR", "UKR")
#: What network and supply may add to wholesale; beyond, the two do not compare. [USD/MWh]
_DELIVERY = (10.0, 75.0)
_RENAMED = {"DE-LU": "DE", "CL-SIC": "CL-SEN", "BR-SP": "BR-CS"}


def prices(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Price by zone.

    Returns
    -------
    pandas.DataFrame
        Index zone; price_usd_per_mwh (industrial, network included, taxes not), price_label,
        price_source, wholesale_usd_per_mwh. Zones without a known price are NaN.
    """
    table = _by_country(zones, sources)
    table.update(_typed(zones))
    table.update(_by_state(sources))
    swedish = _swedish_areas(sources)
    table["price_usd_per_mwh"] += swedish["difference"].reindex(table.index).fillna(0.0)
    table.loc[swedish.index, "price_label"] = "derived"
    table["price_usd_per_mwh"] += _australian_states(sources).reindex(table.index).fillna(0.0)
    table["wholesale_usd_per_mwh"] = _wholesale(sources)
    table.loc[swedish.index, "wholesale_usd_per_mwh"] = swedish["wholesale"]
    return table.join(_delivery(table))


def _delivery(table: pd.DataFrame) -> pd.DataFrame:
    """Network and supply on top of wholesale: the difference of both prices, or the usual one."""
    above = table["price_usd_per_mwh"] - table["wholesale_usd_per_mwh"]
    known = above.between(*_DELIVERY) & (table["price_label"] != "assumed")
    usual = above.where(known).median()
    return pd.DataFrame(
        {
            "delivery_usd_per_mwh": above.where(known, usual).round(1),
            "delivery_label": np.where(known, "derived", "assumed"),
        }
    )


def _by_country(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    raw = pd.read_csv(sources / "prices" / "fill" / "industrial_price_by_country_2024.csv")
    raw = raw.set_index("iso3")
    country = zones.set_index("zone")["country"]
    band = raw["consumption_band"].reindex(country).to_numpy()
    researched = np.isin(band.astype(str), ["research", "fallback"])
    part = country.index.str.contains("-")
    known = pd.notna(band)
    stale = np.isin(country, _NOT_REPORTING)
    return pd.DataFrame(
        {
            "price_usd_per_mwh": 1000 * raw["price_usd_kwh"].reindex(country).to_numpy(float),
            "price_label": np.where(
                ~known,
                "",
                np.where(researched | stale, "assumed", np.where(part, "modelled", "measured")),
            ),
            "price_source": np.where(
                ~known, "", np.where(researched, _RESEARCH, np.where(stale, _CARRIED, _EUROSTAT))
            ),
        },
        index=country.index,
    )


def _typed(zones: pd.DataFrame) -> pd.DataFrame:
    """A typed price for a zone, or for a country where no table has one."""
    typed = read_input("typed_prices").set_index("zone")["price_usd_per_mwh"].astype(float)
    by_country = zones.set_index("zone")["country"].map(typed).dropna()
    table = pd.DataFrame({"price_usd_per_mwh": typed.filter(like="-").combine_first(by_country)})
    return table.assign(price_label="assumed", price_source=_TYPED)


def _by_state(sources: Path) -> pd.DataFrame:
    """Mean of the states of a balancing area, weighted by generation where that is known."""
    raw = pd.read_csv(sources / "prices" / "fill" / "eia_industrial_price_by_state_2001_2024.csv")
    cents = raw[raw["period"] == _YEAR].set_index("stateid")["price"].astype(float)
    folder = sources / "carbon" / "egrid2023"
    weight = pd.read_csv(folder / "egrid2023_states_from_master.csv").set_index("state_abb")
    mwh = weight["STNGENAN"]
    areas = read_input("us_zones").set_index("zone")["states"].str.split()
    rows = {}
    for zone, states in areas.items():
        by = mwh.reindex(states).fillna(mwh.min())
        rows[zone] = 10 * float(np.average(cents.loc[states], weights=by))
    rows["US"] = 10 * float(cents.loc["US"])
    table = pd.DataFrame({"price_usd_per_mwh": pd.Series(rows)})
    return table.assign(price_label="derived", price_source=_EIA)


def _swedish_areas(sources: Path) -> pd.DataFrame:
    """Wholesale price of SE1 to SE4 and its distance from SE3, the bulk of Swedish demand.

    The hours of 2024 that all four areas have in common; the file misses the last quarter.
    """
    with np.load(sources / "prices" / "nordpool_SE_dayahead_eur_mwh_2016_2024.npz") as raw:
        names = {f"SE-SE{i}": f"SE{i}_{_YEAR}" for i in range(1, 5)}
        hours = np.array([raw[key][:8760] for key in names.values()], dtype=float)
    common = ~np.isnan(hours).any(axis=0)
    wholesale = hours[:, common].mean(axis=1) * _USD_PER_EUR
    difference = wholesale - wholesale[list(names).index("SE-SE3")]
    return pd.DataFrame({"wholesale": wholesale, "difference": difference}, index=list(names))


def _australian_states(sources: Path) -> pd.Series:
    """Wholesale price of five states in 2025 less their mean. [USD/MWh]."""
    path = sources / "prices" / "subnational" / "australia_nem_annual_aud_mwh.csv"
    mean = pd.read_csv(path).set_index("region")["mean"]
    mean.index = "AU-" + mean.index.str.removesuffix("1")
    return _USD_PER_AUD * (mean - mean.mean())


def _wholesale(sources: Path) -> pd.Series:
    raw = pd.read_csv(sources / "prices" / "wholesale_hourly_annual_summary_usd_mwh.csv")
    raw = raw[raw["year"] == _YEAR].replace({"zone": _RENAMED})
    return raw.set_index("zone")["mean_usd_mwh"]


def provenance() -> list[SourceRow]:
    """Where the prices come from."""
    table, price, unit = "grid_zones.csv", "price_usd_per_mwh", "USD/MWh"
    return [
        SourceRow(table, price, _EUROSTAT, "Eurostat free reuse", "2024", unit,
                  "band of 20-70 GWh a year at 1.086 USD/EUR; SE1 to SE4 shifted by the wholesale "
                  "difference to SE3", "measured|derived|modelled"),
        SourceRow(table, price, _RESEARCH, "facts", "2024", unit,
                  "one value a country, orientation only; five Australian states shifted by the "
                  "difference of their wholesale prices of 2025 (AEMO) to the mean", "assumed"),
        SourceRow(table, price, _TYPED, "facts", "2023-2024", unit,
                  "zones that no open table covers; range 0.7 to 1.3 of the value. Great Britain: "
                  "2.13 times the median of the European Union less a tenth for taxes. Chinese "
                  "provinces: their order by coal and hydropower at hand around the national "
                  "value, no published level was at hand",
                  "assumed"),
        SourceRow(table, price, _EIA, "US public domain", "2024", unit,
                  "states of a balancing area weighted by generation", "derived"),
        SourceRow(table, price, _CARRIED, "Eurostat free reuse", "before 2024", unit,
                  "countries that no longer report (Ukraine); range 0.7 to 2 of the value",
                  "assumed"),
        SourceRow(table, "delivery_usd_per_mwh", "siting catalogue", "MIT", "2024", unit,
                  "industrial price less wholesale where both are known and 10 to 75 apart; "
                  "elsewhere the median of those, assumed within 20 to 75", "derived|assumed"),
        SourceRow(table, "wholesale_usd_per_mwh", _WHOLESALE, "MIT", "2024", unit,
                  "mean of the hours", "measured"),
        SourceRow(table, "wholesale_usd_per_mwh", _ENTSOE, "ENTSO-E reuse, MIT repository", "2024",
                  unit, "mean of the hours all four areas have, January to September", "measured"),
    ]  # fmt: skip
