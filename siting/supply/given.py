"""Electricity as the planner gives it for single sites, step by step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from siting.catalogue.figures import by_month, given, texts
from siting.catalogue.given_figures import SERIES_OF, hourly_means
from siting.supply.tables import DAYS_IN_MONTH, FloatArray, IntArray

__all__ = ["given_by_step", "given_or", "scaled_profile"]

_FILE_OF = {name: file for file, name in SERIES_OF.items()}


def given_by_step(
    sites: pd.DataFrame, name: str, month: IntArray, hour_utc: IntArray
) -> FloatArray:
    """A figure of each site in each step: from its table by the hour, its months, or one number.

    Parameters
    ----------
    sites : DataFrame
        n rows of ``Catalogue.candidates``.
    name : {"price_usd_per_mwh", "grid_carbon_g_per_kwh"}
        The figure.
    month, hour_utc : ndarray of int, shape (T,)
        0 to 12, where a design hour (0) gets the mean of the year; 0 to 23. [-]

    Returns
    -------
    ndarray, shape (n, T)
        NaN where the planner gave none. [USD/MWh] or [g/kWh]
    """
    tables = np.repeat(by_month(sites, name)[:, :, None], 24, axis=2)
    for i, path in enumerate(texts(sites, _FILE_OF[name])):
        if path:
            tables[i] = hourly_means(Path(path), name)
    mean = np.einsum("nmh,m->n", tables, DAYS_IN_MONTH) / (24.0 * DAYS_IN_MONTH.sum())
    steps = tables[:, np.clip(month - 1, 0, 11), hour_utc]
    return np.where(month == 0, mean[:, None], steps)


def given_or(sites: pd.DataFrame, name: str, otherwise: FloatArray) -> FloatArray:
    """A figure of each site: the planner's, or what it would be without it.

    Parameters
    ----------
    sites : DataFrame
        n rows of ``Catalogue.candidates``.
    name : str
        The figure.
    otherwise : ndarray, shape (n,)
        In its unit, such as [USD/MWh].

    Returns
    -------
    ndarray, shape (n,)
        In its unit, such as [USD/MWh].
    """
    own = given(sites, name)
    return np.where(np.isnan(own), otherwise, own)


def scaled_profile(
    profile: FloatArray, factor: FloatArray, month: IntArray, hours: FloatArray
) -> FloatArray:
    """Capacity factors of contracts, scaled to the annual mean that the planner gave.

    Parameters
    ----------
    profile : ndarray, shape (n, T)
        Built-in capacity factor of each step, NaN where there is none. [-]
    factor : ndarray, shape (n,)
        Annual capacity factor of the planner's, NaN where there is none. [-]
    month : ndarray of int, shape (T,)
        0 marks a design hour.
    hours : ndarray, shape (T,)
        Hours of each step. [h]

    Returns
    -------
    ndarray, shape (n, T)
        Flat where there is no profile. Steps that would exceed 1 stay at 1, and the others take
        up what these lose, so that the mean is the one given. [-]
    """
    known = ~np.isnan(profile).any(axis=1, keepdims=True)
    shape = np.where(known, profile, 1.0)
    result = profile.copy()
    for i in np.flatnonzero(~np.isnan(factor)):
        result[i] = _to_mean(shape[i], float(factor[i]), np.where(month == 0, 0.0, hours))
    return result


def _to_mean(shape: FloatArray, mean: float, hours: FloatArray) -> FloatArray:
    """A profile of at most 1 with a given mean, in proportion to a shape as far as it can be."""
    low, high = 0.0, 1e6
    for _ in range(100):
        middle = 0.5 * (low + high)
        reached = float(np.minimum(middle * shape, 1.0) @ hours / hours.sum())
        low, high = (middle, high) if reached < mean else (low, middle)
    return np.minimum(high * shape, 1.0)
