"""Prices of electricity: contracts delivered to a site, the grid by hour of the day, and its taxes.

Levelised costs are global means; a country's follows from its capacity factor, since nearly all of
wind and solar is paid for before the first kilowatt-hour:

    price = global cost · (median capacity factor / capacity factor here) + delivery

Delivery (network, shaping, balancing) puts a contract on the basis of the grid's price: in each
zone what the delivered price of the grid is above its wholesale price.

Rates of tax are those of a business without relief. Many states tax large users, or data centers,
at a lower rate; what a site really pays is the planner's to give (``electricity_tax_usd_per_mwh``).
Countries outside the table have no national duty that is known here; taxes of states and towns are
in no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.catalogue.folder_tables import read_folder_table
from siting.config.economics import TimeOfUse
from siting.supply.tables import DAYS_IN_MONTH, monthly_table, price_table

__all__ = [
    "ELECTRICITY_TAXES",
    "USD_PER_EUR",
    "contract_price_usd_per_mwh",
    "electricity_tax_of",
    "electricity_tax_usd_per_mwh",
    "hourly_price_zones",
    "time_of_use_factor",
    "wholesale_swing_usd_per_mwh",
]


#: Widest range of a country's cost over the global mean; assumed. [-]
_LEAST, _MOST = 0.5, 2.5


def contract_price_usd_per_mwh(
    catalogue: Catalogue,
    places: pd.DataFrame,
    source: str,
    delivery: float | None = None,
    estimate: str = "best",
) -> FloatArray:
    """Price of all that a contract generates, delivered to the site.

    Parameters
    ----------
    catalogue : Catalogue
        Global costs, capacity factors and grid zones.
    places : DataFrame
        n candidates with ``grid_zone`` and ``renewable_zone``.
    source : str
        Row of ``Catalogue.supply_sources``.
    delivery : float, optional
        Network, shaping and balancing; by default those of the zone. [USD/MWh]
    estimate : {"best", "low", "high"}
        The global cost and an assumed delivery, or an end of their range.

    Returns
    -------
    ndarray, shape (n,)
        Modelled; the costs of capital of countries are not in it. [USD/MWh]
    """
    column = "price_usd_per_mwh" if estimate == "best" else f"price_{estimate}_usd_per_mwh"
    cost = catalogue.supply_sources[column].astype(float)[source]
    relative = np.ones(len(places))
    if source in ("wind", "solar"):
        relative = _relative_cost(catalogue, places, source)
    if delivery is not None:
        return cost * relative + delivery
    known = price_table(catalogue, estimate).get("delivery_usd_per_mwh", pd.Series(dtype=float))
    zones = known.reindex(places["grid_zone"].astype(str)).to_numpy(dtype=float)
    usual = 0.0 if known.empty else float(known.median())
    return cost * relative + np.where(np.isfinite(zones), zones, usual)


def _relative_cost(catalogue: Catalogue, places: pd.DataFrame, technology: str) -> FloatArray:
    """Median capacity factor of all zones over that of each place; one where it is not known."""
    zones = places["renewable_zone"].astype(str).tolist()
    here = _mean_of_year(catalogue, zones, technology)
    usual = _usual_capacity_factor(catalogue, technology)
    ratio = np.divide(usual, here, out=np.ones_like(here), where=here > 0)
    return np.clip(np.where(np.isfinite(ratio), ratio, 1.0), _LEAST, _MOST)


def _mean_of_year(catalogue: Catalogue, zones: list[str], technology: str) -> FloatArray:
    """Capacity factor of each zone over the year, shape (n,). [-]."""
    table = catalogue.renewable_profiles
    by_month = monthly_table(table, zones, "capacity_factor", technology)
    return np.asarray(by_month @ (DAYS_IN_MONTH / DAYS_IN_MONTH.sum()))


@once_per_catalogue
def _usual_capacity_factor(catalogue: Catalogue, technology: str) -> float:
    """Median over all zones. [-]."""
    table = catalogue.renewable_profiles.xs(technology, level="technology")
    names = table.index.get_level_values("zone").unique()
    return float(np.median(_mean_of_year(catalogue, list(names), technology)))


def time_of_use_factor(
    tariff: TimeOfUse | None, lon: FloatArray, month: IntArray, hour_utc: IntArray
) -> FloatArray:
    """Price of each step over its mean of the day.

    Parameters
    ----------
    tariff : siting.config.TimeOfUse or None
        Hours and factors; None for the same price all day.
    lon : ndarray, shape (n,)
        Longitude, which gives the hour of the sun that peak and valley hours are in. [degrees]
    month, hour_utc : ndarray of int, shape (T,)
        0 to 12, 0 a design hour, which has the mean; 0 to 23. [-]

    Returns
    -------
    ndarray, shape (n, T)
        [-] The mean over the 24 hours is one.
    """
    if tariff is None:
        return np.ones((len(lon), len(hour_utc)))
    by_hour = np.ones(24)
    by_hour[list(tariff.peak_hours)] = tariff.peak_factor
    by_hour[list(tariff.valley_hours)] = tariff.valley_factor
    by_hour /= by_hour.mean()
    local = (hour_utc[None, :] + np.round(lon / 15.0).astype(int)[:, None]) % 24
    return np.where(month[None, :] == 0, 1.0, by_hour[local])


@once_per_catalogue
def _hourly_prices(catalogue: Catalogue) -> pd.DataFrame:
    path = catalogue.folder / "grid_price_hourly.csv"
    if not path.is_file():
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=["zone", "month"]))
    return read_folder_table(path).set_index(["zone", "month"]).sort_index()


@once_per_catalogue
def hourly_price_zones(catalogue: Catalogue) -> frozenset[str]:
    """Grid zones whose market is known by the hour.

    Parameters
    ----------
    catalogue : Catalogue
        With the hourly prices.
    """
    return frozenset(map(str, _hourly_prices(catalogue).index.get_level_values("zone")))


def wholesale_swing_usd_per_mwh(
    catalogue: Catalogue,
    zones: list[str],
    month: IntArray,
    hour_utc: IntArray,
    estimate: str = "best",
) -> FloatArray:
    """Distance of the wholesale price of each step from its annual mean.

    The wholesale part of the grid's price is that price less its delivery; network and supply do
    not move with the hour.

    Parameters
    ----------
    catalogue : Catalogue
        Measured shapes by month and hour, and the grid zones.
    zones : list of str
        Grid zone of each of n sites.
    month, hour_utc : ndarray of int, shape (T,)
        0 to 12, 0 a design hour; 0 to 23. [-]
    estimate : {"best", "low", "high"}
        Prices at the estimate, or at an end of their range.

    Returns
    -------
    ndarray, shape (n, T)
        Zero in the mean of the year, at design hours, and where no market is known. [USD/MWh]
    """
    shapes, known = _hourly_prices(catalogue), hourly_price_zones(catalogue)
    grid = price_table(catalogue, estimate).reindex(zones)
    paid = (grid["price_usd_per_mwh"] - grid["delivery_usd_per_mwh"]).to_numpy(dtype=float)
    swing = np.zeros((len(zones), len(month)))
    for i, zone in enumerate(zones):
        if zone in known:
            by_hour = shapes.loc[zone].to_numpy(dtype=float) - 1.0
            swing[i] = max(paid[i], 0.0) * by_hour[np.clip(month - 1, 0, 11), hour_utc]
    return np.where(month == 0, 0.0, swing)


#: Mean of 2024, as the prices of the grid. [USD/EUR]
USD_PER_EUR = 1.086
_FLOOR = 0.5
_SOURCE = "Tax Foundation, Excise Duties on Electricity in Europe, 2024: business use"
_MEAN = (
    f"{_SOURCE}: mean of the member states and the United Kingdom; the directive 2003/96/EC asks "
    "for 0.5 EUR/MWh at least"
)


@dataclass(frozen=True)
class ElectricityTax:
    """Rate of one country.

    Parameters
    ----------
    eur_per_mwh, low, high : float
        Rate, and the range in which large users pay. [EUR/MWh]
    label : {"measured", "assumed"}
        Published for the country, or assumed.
    source : str
        Where it is published.
    """

    eur_per_mwh: float
    low: float
    high: float
    label: str
    source: str


def _published(rate: float, low: float = _FLOOR) -> ElectricityTax:
    return ElectricityTax(rate, min(low, rate), rate, "measured", _SOURCE)


_UNKNOWN = ElectricityTax(7.1, _FLOOR, 25.69, "assumed", _MEAN)

#: Rate by country (ISO 3166-1 alpha-3).
ELECTRICITY_TAXES: Mapping[str, ElectricityTax] = MappingProxyType(
    {
        **dict.fromkeys(("BEL", "HRV", "LUX", "SWE"), _published(0.5)),
        "FRA": _published(25.69),
        "DEU": _published(15.67),
        **dict.fromkeys(
            ("AUT", "BGR", "CYP", "CZE", "DNK", "EST", "ESP", "FIN", "GBR", "GRC", "HUN", "IRL",
             "ITA", "LTU", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN"),
            _UNKNOWN,
        ),
    }
)  # fmt: skip


def electricity_tax_of(country: str) -> ElectricityTax | None:
    """Rate of a country; None where none is known.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3.
    """
    return ELECTRICITY_TAXES.get(country)


def electricity_tax_usd_per_mwh(countries: Sequence[str]) -> FloatArray:
    """Standard rate of each country, zero where none is known.

    Parameters
    ----------
    countries : sequence of str
        ISO 3166-1 alpha-3, n of them.

    Returns
    -------
    ndarray, shape (n,)
        [USD/MWh]
    """
    rates = (electricity_tax_of(country) for country in countries)
    return np.array([0.0 if rate is None else USD_PER_EUR * rate.eur_per_mwh for rate in rates])
