"""Price of electricity to a large user by grid zone, and the wholesale price where one is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.common import SourceRow
from tools.build_geodata.price_areas import area_differences, indian_regions
from tools.build_geodata.supply_inputs import read_input

__all__ = ["prices", "provenance"]

_USD_PER_EUR = 1.086
#: Assumed.
_USD_PER_AUD = 0.65
_YEAR = 2024
_EUROSTAT = "Eurostat, industrial users of 20-70 GWh a year, without taxes, 2024"
_CARRIED = (
    "Eurostat, industrial users of 20-70 GWh a year; the table carries forward a year before 2024 "
    "that it does not tell"
)
_SMALLER = "Eurostat, industrial users of 2-20 GWh a year, without taxes, 2024"
_RESEARCH = "collected tariffs and price portals, orientation only"
_ORDERS = "tariff orders of four Indian states 2025-26, transcribed"
_TYPED = "assumed industrial tariffs 2023-2024"
_EIA = "US EIA-861, industrial sector, by state, 2024"
_ENTSOE = "ENTSO-E day-ahead prices SE1 to SE4"
_WHOLESALE = "wholesale day-ahead prices of 22 zones, as in sustain-cluster"
#: Countries of the Eurostat table that no longer report to it; what it has is of an earlier year.
_NOT_REPORTING = ("GBR", "UKR")
#: Range of an assumed price over the price; of a carried one; of a Chinese province.
_ASSUMED, _STALE, _PROVINCE = (0.7, 1.3), (0.7, 2.0), (0.75, 1.25)
_BRITAIN = (180.0, 285.0)
#: What network and supply may add to wholesale; beyond, the two do not compare. [USD/MWh]
_DELIVERY = (10.0, 75.0)
_RENAMED = {"DE-LU": "DE", "CL-SIC": "CL-SEN", "BR-SP": "BR-CS"}


def prices(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Price by zone.

    Returns
    -------
    pandas.DataFrame
        Index zone; price_usd_per_mwh (industrial, network included, taxes not), its range where it
        is assumed, price_year, price_label, price_source, wholesale_usd_per_mwh. Zones without a
        known price are NaN; a year that no source tells is.
    """
    table = _by_country(zones, sources)
    table.update(_typed(zones))
    table.update(_by_state(sources))
    table.update(indian_regions(sources).assign(price_source=_ORDERS))
    swedish = _swedish_areas(sources)
    table["price_usd_per_mwh"] += swedish["difference"].reindex(table.index).fillna(0.0)
    table.loc[swedish.index, "price_label"] = "derived"
    table["price_usd_per_mwh"] += _australian_states(sources).reindex(table.index).fillna(0.0)
    table = _with_range(table)
    _shift_areas(table)
    table["wholesale_usd_per_mwh"] = _wholesale(sources)
    table.loc[swedish.index, "wholesale_usd_per_mwh"] = swedish["wholesale"]
    return table.join(_delivery(table))


def _with_range(table: pd.DataFrame) -> pd.DataFrame:
    """The least and greatest price of what is assumed, where none is there yet."""
    price, assumed = table["price_usd_per_mwh"], table["price_label"] == "assumed"
    factors = pd.DataFrame([_ASSUMED] * len(table), table.index, ["low", "high"])
    factors.loc[table["price_source"] == _CARRIED] = _STALE
    factors.loc[table.index.str.startswith("CN-")] = _PROVINCE
    for side in ("low", "high"):
        column = f"price_{side}_usd_per_mwh"
        table[column] = table[column].fillna((factors[side] * price).where(assumed).round(1))
    britain = table.index.str.startswith("GB")
    table.loc[britain, ["price_low_usd_per_mwh", "price_high_usd_per_mwh"]] = _BRITAIN
    return table


def _shift_areas(table: pd.DataFrame) -> None:
    """Move areas of a market by what they stand above the price of their country."""
    areas = area_differences()
    country = table.loc[areas.index, "price_usd_per_mwh"]
    table.loc[areas.index, "price_usd_per_mwh"] = country + areas["difference_usd_per_mwh"]
    for side in ("low", "high"):
        column = f"price_{side}_usd_per_mwh"
        known = table.loc[areas.index, column].fillna(country)
        table.loc[areas.index, column] = known + areas[f"{side}_usd_per_mwh"]
    table.loc[areas.index, "price_label"] = areas["label"]
    detail = table.loc[areas.index, "price_detail"]
    table.loc[areas.index, "price_detail"] = (detail + "; " + areas["source"]).str.lstrip("; ")


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
    rows = raw.reindex(country).set_axis(country.index)
    band = rows["consumption_band"].astype("str")
    known = rows["consumption_band"].notna()
    researched = band.isin(["research", "fallback"])
    stale = country.isin(_NOT_REPORTING)
    part = pd.Series(country.index.str.contains("-"), country.index)
    told = pd.to_numeric(rows["source"].str.extract(r"(20\d\d)", expand=False))
    smaller = band == "MWH2000-19999"
    origin = np.select([stale, researched, smaller], [_CARRIED, _RESEARCH, _SMALLER], _EUROSTAT)
    source = pd.Series(origin.astype(str), country.index, dtype="str")
    label = pd.Series(np.where(part, "modelled", "measured"), country.index)
    return pd.DataFrame(
        {
            "price_usd_per_mwh": 1000.0 * rows["price_usd_kwh"],
            "price_low_usd_per_mwh": np.nan,
            "price_high_usd_per_mwh": np.nan,
            "price_year": told.where(researched, float(_YEAR)).mask(stale).where(known),
            "price_label": label.mask(researched | stale, "assumed").where(known, ""),
            "price_source": source.where(known, ""),
            "price_detail": rows["source"].where(researched, "").fillna(""),
        }
    )


def _typed(zones: pd.DataFrame) -> pd.DataFrame:
    """A typed price for a zone, or for a country where no table has one."""
    table = read_input("typed_prices").set_index("zone")
    typed, detail = table["price_usd_per_mwh"].astype(float), table["detail"].fillna("")
    country = zones.set_index("zone")["country"]
    by_country = country.map(typed).dropna()
    table = pd.DataFrame({"price_usd_per_mwh": typed.filter(like="-").combine_first(by_country)})
    table["price_detail"] = country.map(detail).reindex(table.index).fillna("")
    return table.assign(price_label="assumed", price_source=_TYPED, price_year=float(_YEAR))


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
    return table.assign(price_label="derived", price_source=_EIA, price_year=float(_YEAR))


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
                  "band of 20-70 GWh a year at 1.086 USD/EUR; SE1 to SE4 shifted by "
                  "the wholesale difference to SE3, NO1 to NO5 by published means of the areas",
                  "measured|derived|modelled"),
        SourceRow(table, price, _SMALLER, "Eurostat free reuse", "2024", unit,
                  "Iceland has no larger band", "measured"),
        SourceRow(table, price, _RESEARCH, "facts", "column price_year", unit,
                  "one value a country, orientation only, its own source in price_detail; "
                  "five Australian states shifted by the difference of their wholesale prices of "
                  "2025 (AEMO) to the mean, two Russian zones, Hokkaido and Kyushu by what their "
                  "markets stand apart", "assumed"),
        SourceRow(table, price, _ORDERS, "facts", "2025", unit,
                  "energy, wheeling, demand at a load factor of 0.8 and fuel, no duty, at 85 "
                  "INR/USD; the south is the mean of three states, not checked against the orders",
                  "assumed"),
        SourceRow(table, price, _TYPED, "facts", "2023-2024", unit,
                  "zones that no open table covers; range 0.7 to 1.3 of the value. Great Britain: "
                  "2.13 times the median of the European Union less a tenth for taxes. Chinese "
                  "provinces: their order by coal and hydropower at hand around the national "
                  "value (0.75 to 1.25), no published level was at hand",
                  "assumed"),
        SourceRow(table, price, _EIA, "US public domain", "2024", unit,
                  "states of a balancing area weighted by generation", "derived"),
        SourceRow(table, price, _CARRIED, "Eurostat free reuse", "before 2024", unit,
                  "countries that no longer report (Ukraine); range 0.7 to 2 of the value",
                  "assumed"),
        SourceRow(table, "price_low_usd_per_mwh, price_high_usd_per_mwh", "siting catalogue", "MIT",
                  "2024", unit, "range of what is assumed: 0.7 to 1.3 of the price unless its "
                  "source says another; empty for what is measured or derived", "assumed"),
        SourceRow(table, "price_detail", "as the price", "facts", "column price_year", "-",
                  "what the price of this zone rests on beside its source", "derived"),
        SourceRow(table, "price_year", "as the price", "facts", "column price_year", "-",
                  "year of the price; empty where the source does not tell it", "derived"),
        SourceRow(table, "delivery_usd_per_mwh", "siting catalogue", "MIT", "2024", unit,
                  "industrial price less wholesale where both are known and 10 to 75 apart; "
                  "elsewhere the median of those, assumed within 20 to 75", "derived|assumed"),
        SourceRow(table, "wholesale_usd_per_mwh", _WHOLESALE, "MIT", "2024", unit,
                  "mean of the hours", "measured"),
        SourceRow(table, "wholesale_usd_per_mwh", _ENTSOE, "ENTSO-E reuse, MIT repository", "2024",
                  unit, "mean of the hours all four areas have, January to September", "measured"),
    ]  # fmt: skip
