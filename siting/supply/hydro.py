"""Hydropower: the season of its capacity factor, in a normal, a dry and a wet year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from siting.errors import Fault, InputError
from siting.supply.tables import DAYS_IN_MONTH, FloatArray, IntArray, monthly_table

__all__ = [
    "HydroYear",
    "hydro_capacity_factor",
    "hydro_season",
    "hydro_year_factor",
]

HydroYear = Literal["normal", "dry", "wet"] | float
"""A normal year, the driest or wettest in ten, or generation as a multiple of a normal year."""


def hydro_capacity_factor(
    profiles: pd.DataFrame,
    zones: Sequence[str],
    month: IntArray,
    hydro_year: HydroYear = "normal",
) -> FloatArray:
    """Capacity factor of hydropower at each site in each step.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Hydro profiles of the catalogue: index (zone, month); capacity_factor,
        dry_year_factor, wet_year_factor. [-]
    zones : sequence of str
        Hydro zone of each of n sites.
    month : numpy.ndarray
        Shape (T,), 1 to 12; 0 marks a design hour, which gets the lowest month.
    hydro_year : {"normal", "dry", "wet"} or float
        Which year; a number multiplies every month. [-]

    Returns
    -------
    numpy.ndarray
        Shape (n, T). [-] NaN where the zone has no profile: hydropower cannot be
        contracted there.
    """
    normal = monthly_table(profiles, zones, "capacity_factor")
    by_month = np.minimum(normal * hydro_year_factor(profiles, zones, hydro_year), 1.0)
    return by_step(by_month, month)


def hydro_year_factor(
    profiles: pd.DataFrame, zones: Sequence[str], hydro_year: HydroYear
) -> FloatArray:
    """Generation in each month as a multiple of the normal year.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Hydro profiles of the catalogue: index (zone, month); capacity_factor,
        dry_year_factor, wet_year_factor. [-]
    zones : sequence of str
        Hydro zone of each of n sites.
    hydro_year : {"normal", "dry", "wet"} or float
        Which year; a number multiplies every month. [-]

    Returns
    -------
    numpy.ndarray
        Shape (n, 12). [-]
    """
    if hydro_year in ("dry", "wet"):
        return monthly_table(profiles, zones, f"{hydro_year}_year_factor")
    factor = 1.0 if hydro_year == "normal" else _as_factor(hydro_year)
    return np.full((len(zones), 12), factor)


def hydro_season(profiles: pd.DataFrame, zones: Sequence[str]) -> FloatArray:
    """Normal capacity factor of each month over its annual mean.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Hydro profiles of the catalogue: index (zone, month); capacity_factor,
        dry_year_factor, wet_year_factor. [-]
    zones : sequence of str
        Hydro zone of each of n sites.

    Returns
    -------
    numpy.ndarray
        Shape (n, 12). [-] The mean over the days of the year is 1; NaN without a profile.
    """
    normal = monthly_table(profiles, zones, "capacity_factor")
    mean = normal @ DAYS_IN_MONTH / DAYS_IN_MONTH.sum()
    return np.asarray(normal / mean[:, None])


def by_step(by_month: FloatArray, month: IntArray) -> FloatArray:
    """Spread monthly values over the steps; design hours (month 0) get the lowest month.

    Parameters
    ----------
    by_month : numpy.ndarray
        Shape (n, 12).
    month : numpy.ndarray
        Shape (T,), 0 to 12.

    Returns
    -------
    numpy.ndarray
        Shape (n, T).
    """
    lowest = by_month.min(axis=1, keepdims=True)
    return np.concatenate([lowest, by_month], axis=1)[:, month]


def _as_factor(hydro_year: object) -> float:
    valid = isinstance(hydro_year, int | float) and not isinstance(hydro_year, bool)
    if valid and 0 <= float(hydro_year) <= 2:  # type: ignore[arg-type]
        return float(hydro_year)  # type: ignore[arg-type]
    raise InputError(
        [
            Fault(
                "supply",
                None,
                "supply.hydro_year",
                f"{hydro_year!r} is not a hydrological year",
                "Give normal, dry, wet, or generation as a multiple of a normal year, 0 to 2",
            )
        ]
    )
