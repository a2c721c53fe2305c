"""Price of contracted energy delivered to a site, and the grid's price by the hour of the day.

Levelised costs are global means; a country's follows from its capacity factor, since nearly all of
wind and solar is paid for before the first kilowatt-hour:

    price = global cost · (median capacity factor / capacity factor here) + delivery

Delivery (network, shaping, balancing) puts a contract on the basis of the grid's price: in each
zone what the delivered price of the grid is above its wholesale price.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.config.economics import TimeOfUse
from siting.supply.tables import DAYS_IN_MONTH, grid_table, monthly_table

__all__ = [
    "contract_price_usd_per_mwh",
    "hourly_price_zones",
    "time_of_use_factor",
    "wholesale_swing_usd_per_mwh",
]

#: Widest range of a country's cost over the global mean; assumed. [-]
_LEAST, _MOST = 0.5, 2.5


def contract_price_usd_per_mwh(
    catalogue: Catalogue, places: pd.DataFrame, source: str, delivery: float | None = None
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

    Returns
    -------
    ndarray, shape (n,)
        Modelled; the costs of capital of countries are not in it. [USD/MWh]
    """
    cost = catalogue.supply_sources["price_usd_per_mwh"].astype(float)[source]
    relative = np.ones(len(places))
    if source in ("wind", "solar"):
        relative = _relative_cost(catalogue, places, source)
    if delivery is not None:
        return cost * relative + delivery
    column = grid_table(catalogue).get("delivery_usd_per_mwh", pd.Series(dtype=float))
    zones = column.reindex(places["grid_zone"].astype(str)).to_numpy(dtype=float)
    usual = 0.0 if column.empty else float(column.median())
    return cost * relative + np.where(np.isfinite(zones), zones, usual)


def _relative_cost(catalogue: Catalogue, places: pd.DataFrame, technology: str) -> FloatArray:
    """Median capacity factor of all zones over that of each place; one where it is not known."""
    table = catalogue.renewable_profiles
    chosen = table[table.index.get_level_values("technology") == technology]
    chosen = chosen.droplevel("technology")
    names = chosen.index.get_level_values("zone").unique()
    days = DAYS_IN_MONTH / DAYS_IN_MONTH.sum()
    every = monthly_table(chosen, list(names), "capacity_factor") @ days
    zones = places["renewable_zone"].astype(str).tolist()
    here = monthly_table(chosen, zones, "capacity_factor") @ days
    ratio = np.divide(np.median(every), here, out=np.ones_like(here), where=here > 0)
    return np.clip(np.where(np.isfinite(ratio), ratio, 1.0), _LEAST, _MOST)


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
    return pd.read_csv(path, keep_default_na=False).set_index(["zone", "month"]).sort_index()


def hourly_price_zones(catalogue: Catalogue) -> frozenset[str]:
    """Grid zones whose market is known by the hour.

    Parameters
    ----------
    catalogue : Catalogue
        With the hourly prices.
    """
    return frozenset(map(str, _hourly_prices(catalogue).index.get_level_values("zone")))


def wholesale_swing_usd_per_mwh(
    catalogue: Catalogue, zones: list[str], month: IntArray, hour_utc: IntArray
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

    Returns
    -------
    ndarray, shape (n, T)
        Zero in the mean of the year, at design hours, and where no market is known. [USD/MWh]
    """
    shapes, known = _hourly_prices(catalogue), hourly_price_zones(catalogue)
    grid = grid_table(catalogue).reindex(zones)
    paid = (grid["price_usd_per_mwh"] - grid["delivery_usd_per_mwh"]).to_numpy(dtype=float)
    swing = np.zeros((len(zones), len(month)))
    for i, zone in enumerate(zones):
        if zone in known:
            by_hour = shapes.loc[zone].to_numpy(dtype=float) - 1.0
            swing[i] = max(paid[i], 0.0) * by_hour[np.clip(month - 1, 0, 11), hour_utc]
    return np.where(month == 0, 0.0, swing)
