"""What a reader asks of a place beside the answer: its months, its climate, where numbers are from.

None of it is decided by the optimizer; it is stored with a run so that pages can be made of the
folder alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.catalogue import Catalogue, Weather
from siting.coefficients.build import Problem
from siting.config import Study
from siting.supply import supply_origin

__all__ = ["candidate_table", "monthly_table", "provenance_table"]

FloatArray = NDArray[np.float64]

MONTHS = 12


def candidate_table(problem: Problem, opened: pd.Index[str]) -> pd.DataFrame:
    """Every candidate that competed, as `Placement.candidates` says.

    Parameters
    ----------
    problem : Problem
        The sites and coefficients.
    opened : Index
        Ids of the sites that are open in the answer.
    """
    c = problem.coefficients
    free = np.full(len(c.sites), -np.inf)
    np.maximum.at(free, c.pair_site, problem.free_cooling_hours)
    hours = c.hours / c.hours.sum()
    base = pd.DataFrame(problem.sites[["name", "country", "lat", "lon"]])
    return base.assign(
        kinds=problem.sites["kinds"].map(",".join),
        is_open=problem.sites.index.isin(opened),
        grid_carbon_g_per_kwh=1000.0 * (c.grid_carbon_t_per_mwh @ hours),
        scarcity_factor=c.scarcity_site,
        free_cooling_hours=np.where(np.isfinite(free), free, np.nan),
        mean_dry_bulb_c=annual_mean(problem.weather),
    )


def annual_mean(weather: Weather) -> FloatArray:
    """Mean dry bulb of the year, shape (S,). [°C]."""
    return np.asarray(weather.temp_dry_bulb_c @ weather.hours / weather.hours.sum())


def monthly_table(problem: Problem, pairs: NDArray[np.intp], load_mw: FloatArray) -> pd.DataFrame:
    """Each month of each open site, as `Placement.monthly` says.

    Parameters
    ----------
    problem : Problem
        Coefficients in slices, and all steps of the weather.
    pairs : ndarray of int, shape (n,)
        The open (site, design) pairs.
    load_mw : ndarray, shape (P,)
        Load of every pair, which weighs the designs of one site. [MW]
    """
    c = problem.coefficients
    site, row = np.unique(c.pair_site[pairs], return_inverse=True)
    weight = load_mw[pairs] + 1e-9
    share = weight / np.bincount(row, weight)[row]
    mean = np.zeros((len(site), len(pairs)))
    mean[row, np.arange(len(pairs))] = share
    temperature = by_month(problem.weather)[site]
    return pd.DataFrame(
        {
            "site": np.repeat(np.array(c.sites, dtype=object)[site], MONTHS),
            "month": np.tile(np.arange(1, MONTHS + 1), len(site)),
            "pue": of_slices(mean @ c.pue[pairs], c.hours).ravel(),
            "wue_l_per_kwh": of_slices(mean @ c.wue_l_per_kwh[pairs], c.hours).ravel(),
            "grid_carbon_g_per_kwh": 1000.0
            * of_slices(c.grid_carbon_t_per_mwh[site], c.hours).ravel(),
            "temp_dry_bulb_c": temperature.ravel(),
        }
    )


def of_slices(values: FloatArray, hours: FloatArray) -> FloatArray:
    """Hour-weighted means of the months of a year of slices.

    Parameters
    ----------
    values : ndarray, shape (n, T)
        Any quantity in slices that are ordered by month, as many in each.
    hours : ndarray, shape (T,)
        Hours of each slice. [h]

    Returns
    -------
    ndarray, shape (n, 12)
    """
    weighted = (values * hours).reshape(len(values), MONTHS, -1).sum(axis=2)
    return np.asarray(weighted / hours.reshape(MONTHS, -1).sum(axis=1))


def by_month(weather: Weather) -> FloatArray:
    """Mean dry bulb of each month, shape (S, 12). [°C]."""
    share = (weather.month == np.arange(1, MONTHS + 1)[:, None]) * weather.hours
    return np.asarray(weather.temp_dry_bulb_c @ (share / share.sum(axis=1, keepdims=True)).T)


def provenance_table(study: Study, catalogue: Catalogue, opened: pd.Index[str]) -> pd.DataFrame:
    """Source and label of each figure of the open sites, as `Placement.provenance` says.

    Attributes of the place, then its electricity under the conventions of the study.
    """
    table = catalogue.provenance.reset_index()
    own = table[table["site"].isin(opened)][["site", "attribute", "value", "label", "source"]]
    electricity = supply_origin(study, catalogue, opened)
    return pd.concat([own.astype(str), electricity.astype(str)], ignore_index=True)
