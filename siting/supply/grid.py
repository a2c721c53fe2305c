"""Electricity from the grid: carbon with the season of its hydropower, water, price.

The annual carbon intensity of a zone is published; its seasonal profile follows from
its hydropower. In a month when dams give more than their mean, they displace the zone's own
fossil plants, and in a month when they give less, those plants step in:

    CI[m] = CI - k h (s[m] - 1) (CI_fossil - CI_hydro)
    CI_dry[m] = CI[m] + h s[m] (1 - f[m]) (CI_fossil - CI_hydro)

with h the share of hydropower, s the season (mean 1 over the days), f the dry year's
generation over the normal year's, and k ≤ 1 the greatest amplitude that keeps CI[m] at or
above the carbon of hydropower itself (the rest of the season is exported). The annual mean of
a normal year is conserved exactly. Modelled, apart from the annual mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siting.supply.hydro import HydroYear, hydro_season, hydro_year_factor
from siting.supply.tables import DAYS_IN_MONTH, FloatArray, IntArray

__all__ = [
    "HYDRO_CARBON_G_PER_KWH",
    "dry_year_carbon",
    "grid_carbon_g_per_kwh",
    "grid_price_usd_per_mwh",
    "grid_withdrawal_l_per_kwh",
    "seasonal_carbon",
]

#: IPCC AR5 median of hydropower over its life cycle. [g CO2e/kWh]
HYDRO_CARBON_G_PER_KWH = 24.0


def seasonal_carbon(
    carbon_g_per_kwh: FloatArray,
    hydro_share: FloatArray,
    fossil_carbon_g_per_kwh: FloatArray,
    season: FloatArray,
) -> FloatArray:
    """Carbon intensity of each month of a normal year.

    Parameters
    ----------
    carbon_g_per_kwh, hydro_share, fossil_carbon_g_per_kwh : numpy.ndarray
        Shape (n,): annual mean, share of hydropower, mean of the zone's own fossil plants.
        [g CO2e/kWh], [-], [g CO2e/kWh]
    season : numpy.ndarray
        Shape (n, 12): hydropower of the month over its annual mean. [-]

    Returns
    -------
    numpy.ndarray
        Shape (n, 12). [g CO2e/kWh] The mean over the days of the year is
        ``carbon_g_per_kwh``.
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
    """Carbon intensity when hydropower is a multiple of its normal output.

    Parameters
    ----------
    carbon_g_per_kwh, hydro_share, fossil_carbon_g_per_kwh, hydro_factor : numpy.ndarray
        Any shapes that broadcast: normal carbon [g/kWh], share of hydropower in that time,
        carbon of what replaces it [g/kWh], output over normal output. [-]

    Returns
    -------
    numpy.ndarray
        [g CO2e/kWh] A wet year never falls below the carbon of hydropower, or below the
        normal year where that is lower already.
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
    """Carbon intensity of the grid at each site in each step.

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

    Returns
    -------
    numpy.ndarray
        Shape (n, T). [g CO2e/kWh] NaN where the zone's carbon is not known. A zone whose mix
        or season is not known keeps its annual mean in every month and every year.
    """
    rows = grid_zones.reindex(list(zones))
    annual = rows["carbon_g_per_kwh"].to_numpy(float)
    share = rows["hydro_share"].to_numpy(float)
    fossil = rows["marginal_fossil_carbon_g_per_kwh"].to_numpy(float)
    hydro_zones = rows["hydro_zone"].tolist()
    season = hydro_season(hydro_profiles, hydro_zones)
    factor = hydro_year_factor(hydro_profiles, hydro_zones, hydro_year)
    known = ~np.isnan(season).any(axis=1) & ~np.isnan(share) & ~np.isnan(fossil)
    share, fossil = np.where(known, share, 0.0), np.where(known, fossil, HYDRO_CARBON_G_PER_KWH)
    season, factor = (np.where(known[:, None], x, 1.0) for x in (season, factor))
    normal = _by_step(seasonal_carbon(annual, share, fossil, season), month)
    if hour_utc is not None and hourly_shapes is not None:
        normal = _measured(normal, annual, zones, month, hour_utc, hourly_shapes)
    return dry_year_carbon(
        normal,
        _by_step(share[:, None] * season, month),
        fossil[:, None],
        _by_step(factor, month),
    )


def grid_withdrawal_l_per_kwh(grid_zones: pd.DataFrame, zones: Sequence[str]) -> FloatArray:
    """Water withdrawn to make a kilowatt-hour of the grid, a lower bound (towers everywhere).

    Parameters
    ----------
    grid_zones : pandas.DataFrame
        Index zone; from :func:`siting.supply.tables.grid_table`.
    zones : sequence of str
        Grid zone of each of n sites.

    Returns
    -------
    numpy.ndarray
        Shape (n,). [L/kWh] NaN where the mix of the zone is not known.
    """
    return grid_zones["withdrawal_l_per_kwh"].reindex(list(zones)).to_numpy(dtype=float)


def grid_price_usd_per_mwh(grid_zones: pd.DataFrame, zones: Sequence[str]) -> FloatArray:
    """Price of electricity to a large user, network included and taxes not.

    Parameters
    ----------
    grid_zones : pandas.DataFrame
        Index zone; from :func:`siting.supply.tables.grid_table`.
    zones : sequence of str
        Grid zone of each of n sites.

    Returns
    -------
    numpy.ndarray
        Shape (n,). [USD/MWh] NaN where no price is known.
    """
    return grid_zones["price_usd_per_mwh"].reindex(list(zones)).to_numpy(dtype=float)


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
