"""Electricity from the grid: carbon with the season of its hydropower, price by the hour, taxes.

The annual carbon intensity of a zone is published; its seasonal profile follows from
its hydropower. In a month when dams give more than their mean, they displace the zone's own
fossil plants, and in a month when they give less, those plants step in:

    CI[m] = CI - k h (s[m] - 1) (CI_fossil - CI_hydro)
    CI_dry[m] = CI[m] + h s[m] (1 - f[m]) (CI_fossil - CI_hydro)

with h the share of hydropower, s the season (mean 1 over the days), f the dry year's
generation over the normal year's, and k ≤ 1 the greatest amplitude that keeps CI[m] at or
above the carbon of hydropower itself (the rest of the season is exported). The annual mean of
a normal year is conserved exactly. Modelled, apart from the annual mean.

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
from siting.config.plant import TimeOfUse
from siting.files import read_folder_table
from siting.supply.hydro import HydroYear, hydro_season, hydro_year_factor
from siting.supply.tables import DAYS_IN_MONTH, by_zone, hydro_zones_of, price_table

__all__ = [
    "ELECTRICITY_TAXES",
    "HYDRO_CARBON_G_PER_KWH",
    "USD_PER_EUR",
    "dry_year_carbon",
    "electricity_tax_of",
    "electricity_tax_usd_per_mwh",
    "grid_carbon_g_per_kwh",
    "hourly_price_zones",
    "renewable_share",
    "seasonal_carbon",
    "time_of_use_factor",
    "wholesale_swing_usd_per_mwh",
]

#: IPCC AR5 median of hydropower over its life cycle. [g CO2e/kWh]
HYDRO_CARBON_G_PER_KWH = 24.0
_RENEWABLE = ("hydro_share", "wind_share", "solar_share", "biomass_share", "geothermal_share")


def seasonal_carbon(
    carbon_g_per_kwh: FloatArray,
    hydro_share: FloatArray,
    fossil_carbon_g_per_kwh: FloatArray,
    season: FloatArray,
) -> FloatArray:
    """Carbon intensity of each month of a normal year, shape (n, 12). [g CO2e/kWh].

    The mean over the days of the year is ``carbon_g_per_kwh``.

    Parameters
    ----------
    carbon_g_per_kwh, hydro_share, fossil_carbon_g_per_kwh : numpy.ndarray
        Shape (n,): annual mean, share of hydropower, mean of the zone's own fossil plants.
        [g CO2e/kWh], [-], [g CO2e/kWh]
    season : numpy.ndarray
        Shape (n, 12): hydropower of the month over its annual mean. [-]
    """
    swing = (hydro_share * (fossil_carbon_g_per_kwh - HYDRO_CARBON_G_PER_KWH))[:, None] * (
        season - 1
    )
    room = np.maximum(carbon_g_per_kwh - HYDRO_CARBON_G_PER_KWH, 0)
    greatest = swing.max(axis=1)
    amplitude = np.divide(room, greatest, out=np.ones_like(room), where=greatest > room)
    return np.asarray(carbon_g_per_kwh[:, None] - amplitude[:, None] * swing)


def dry_year_carbon(
    carbon_g_per_kwh: FloatArray,
    hydro_share: FloatArray,
    fossil_carbon_g_per_kwh: FloatArray,
    hydro_factor: FloatArray,
) -> FloatArray:
    """Carbon intensity when hydropower is a multiple of its normal output. [g CO2e/kWh].

    A wet year never falls below the carbon of hydropower, or below the normal year where that is
    lower already.

    Parameters
    ----------
    carbon_g_per_kwh, hydro_share, fossil_carbon_g_per_kwh, hydro_factor : numpy.ndarray
        Any shapes that broadcast: normal carbon [g/kWh], share of hydropower in that time,
        carbon of what replaces it [g/kWh], output over normal output. [-]
    """
    missing = hydro_share * (1 - hydro_factor)
    changed = carbon_g_per_kwh + missing * (fossil_carbon_g_per_kwh - HYDRO_CARBON_G_PER_KWH)
    floor = np.minimum(carbon_g_per_kwh, HYDRO_CARBON_G_PER_KWH)
    return np.asarray(np.maximum(changed, floor))


def grid_carbon_g_per_kwh(
    grid_zones: pd.DataFrame,
    hydro_profiles: pd.DataFrame,
    zones: Sequence[str],
    month: IntArray,
    hydro_year: HydroYear = "normal",
    *,
    hour_utc: IntArray | None = None,
    hourly_shapes: pd.DataFrame | None = None,
) -> FloatArray:
    """Carbon intensity of the grid at each site in each step, shape (n, T). [g CO2e/kWh].

    NaN where the zone's carbon is not known. A zone whose mix or season is not known keeps its
    annual mean in every month and every year.

    Parameters
    ----------
    grid_zones : pandas.DataFrame
        Index zone; from :func:`siting.supply.tables.grid_table`.
    hydro_profiles : pandas.DataFrame
        Index (zone, month); capacity_factor, dry_year_factor, wet_year_factor.
    zones : sequence of str
        Grid zone of each of n sites.
    month : numpy.ndarray
        Shape (T,), 1 to 12; 0 marks a design hour, which gets the annual mean.
    hydro_year : {"normal", "dry", "wet"} or float
        Which year; see :func:`siting.supply.hydro.hydro_capacity_factor`. [-]
    hour_utc : numpy.ndarray, optional
        Shape (T,), 0 to 23. Given with ``hourly_shapes``, zones with a measured shape follow
        it instead of the season of their hydropower.
    hourly_shapes : pandas.DataFrame, optional
        Index (zone, month), columns h00 to h23: ratio to the annual mean.
    """
    annual = by_zone(grid_zones, zones, "carbon_g_per_kwh")
    share = by_zone(grid_zones, zones, "hydro_share")
    fossil = by_zone(grid_zones, zones, "marginal_fossil_carbon_g_per_kwh")
    hydro_zones = hydro_zones_of(grid_zones, zones)
    season = hydro_season(hydro_profiles, hydro_zones)
    factor = hydro_year_factor(hydro_profiles, hydro_zones, hydro_year)
    known = ~np.isnan(season).any(axis=1) & ~np.isnan(share) & ~np.isnan(fossil)
    share, fossil = np.where(known, share, 0.0), np.where(known, fossil, HYDRO_CARBON_G_PER_KWH)
    season, factor = (np.where(known[:, None], x, 1.0) for x in (season, factor))
    normal = _by_step(seasonal_carbon(annual, share, fossil, season), month)
    if hour_utc is not None and hourly_shapes is not None:
        normal = _measured(normal, annual, zones, month, hour_utc, hourly_shapes)
    return dry_year_carbon(
        normal, _by_step(share[:, None] * season, month), fossil[:, None], _by_step(factor, month)
    )


def _by_step(by_month: FloatArray, month: IntArray) -> FloatArray:
    """Monthly values at each step; a design hour (month 0) gets the mean over the days."""
    mean = by_month @ DAYS_IN_MONTH / DAYS_IN_MONTH.sum()
    return np.concatenate([mean[:, None], by_month], axis=1)[:, month]


def _measured(
    normal: FloatArray,
    annual: FloatArray,
    zones: Sequence[str],
    month: IntArray,
    hour_utc: IntArray,
    shapes: pd.DataFrame,
) -> FloatArray:
    """Replace the rows of zones that have a measured shape by month and hour."""
    result = normal.copy()
    measured = set(shapes.index.get_level_values("zone"))
    for row, zone in enumerate(zones):
        if zone in measured:
            table = shapes.loc[zone].reindex(range(1, 13)).to_numpy(float)
            ratio = np.where(month == 0, 1.0, table[np.clip(month - 1, 0, 11), hour_utc])
            result[row] = annual[row] * ratio
    return result


def renewable_share(grid_zones: pd.DataFrame, zones: Sequence[str]) -> FloatArray:
    """Part of the grid's mix that is renewable: water, wind, solar, biomass, geothermal.

    Parameters
    ----------
    grid_zones : pandas.DataFrame
        From :func:`siting.supply.tables.grid_table`.
    zones : sequence of str
        Grid zone of each of n sites.

    Returns
    -------
    numpy.ndarray
        Shape (n,). [-] From the mix of the zone; where none is known from the renewable share of
        Electricity Maps; NaN where neither is.
    """
    rows = grid_zones.reindex(list(zones))
    mix = rows[list(_RENEWABLE)].sum(axis=1, min_count=len(_RENEWABLE)).to_numpy(dtype=float)
    if "renewable_pct" not in rows:
        return mix
    return np.where(np.isnan(mix), rows["renewable_pct"].to_numpy(dtype=float) / 100.0, mix)


def time_of_use_factor(
    tariff: TimeOfUse | None, lon: FloatArray, month: IntArray, hour_utc: IntArray
) -> FloatArray:
    """Price of each step over its mean of the day, (n, T); the mean over 24 hours is one. [-].

    Parameters
    ----------
    tariff : siting.config.TimeOfUse or None
        Hours and factors; None for the same price all day.
    lon : ndarray, shape (n,)
        Longitude, which gives the hour of the sun that peak and valley hours are in. [degrees]
    month, hour_utc : ndarray of int, shape (T,)
        0 to 12, 0 a design hour, which has the mean; 0 to 23. [-]
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
    grid = price_table(catalogue, estimate)
    delivery = by_zone(grid, zones, "delivery_usd_per_mwh")
    paid = by_zone(grid, zones, "price_usd_per_mwh") - delivery
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
