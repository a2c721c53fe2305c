"""Tables of the catalogue as supply reads them: grid with its carbon, rows by zone and month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.errors import DataError, Fault
from siting.supply.mix import in_line

__all__ = [
    "FloatArray",
    "IntArray",
    "carbon_table",
    "grid_table",
    "hourly_carbon_shapes",
    "monthly_table",
]


#: Days of the twelve months of the 365-day year.
DAYS_IN_MONTH: FloatArray = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)

_CARBON = "grid_zones_electricitymaps.csv"
_HOURLY = ("grid_carbon_hourly_electricitymaps.csv", "grid_carbon_hourly.csv")


@once_per_catalogue
def grid_table(catalogue: Catalogue) -> pd.DataFrame:
    """Grid zones with the carbon of Electricity Maps, which lies in a file of its own.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.

    Returns
    -------
    pandas.DataFrame
        ``catalogue.grid_zones``, each missing cell of the carbon columns filled from
        ``grid_zones_electricitymaps.csv`` if the folder has it (that file alone is under the
        Open Database Licence).
    """
    path = catalogue.folder / _CARBON
    if not path.is_file():
        return catalogue.grid_zones
    carbon = pd.read_csv(path, keep_default_na=False, na_values=[""]).set_index("zone")
    carbon = carbon.drop(columns="name").rename(columns={"year": "carbon_year"})
    columns = catalogue.grid_zones.columns.union(carbon.columns, sort=False)
    joined = catalogue.grid_zones.combine_first(carbon)[columns]
    return in_line(joined, catalogue.supply_sources)


def carbon_table(
    catalogue: Catalogue, signal: str = "average", basis: str = "life_cycle"
) -> pd.DataFrame:
    """Grid zones with the carbon that a study counts.

    Parameters
    ----------
    catalogue : Catalogue
        The catalogue.
    signal : {"average", "marginal"}
        The mean of all that generates, or the combined margin of the country (UNFCCC 2021), which
        has no season.
    basis : {"life_cycle", "direct"}
        With or without what a zone's official factor at the stack leaves out, where it has one.
    """
    grid = grid_table(catalogue)
    if basis == "direct" and "carbon_direct_g_per_kwh" in grid:
        direct = grid["carbon_direct_g_per_kwh"]
        grid["carbon_g_per_kwh"] = direct.fillna(grid["carbon_g_per_kwh"])
    if signal == "marginal":
        margin = grid.get("carbon_marginal_g_per_kwh", pd.Series(np.nan, index=grid.index))
        grid = grid.assign(carbon_g_per_kwh=margin, hydro_share=0.0)
    return grid


@once_per_catalogue
def hourly_carbon_shapes(catalogue: Catalogue) -> pd.DataFrame:
    """Measured carbon by month and hour (UTC) as a ratio to the annual mean.

    Parameters
    ----------
    catalogue : Catalogue
        With the tables of hourly carbon.

    Returns
    -------
    pandas.DataFrame
        Index (zone, month), columns h00 to h23 [-]. Where two series cover a zone, the one of
        Electricity Maps (four years, life cycle) comes before that of EIA (2022, stack).
    """
    frames = [
        pd.read_csv(catalogue.folder / name, keep_default_na=False).set_index(["zone", "month"])
        for name in _HOURLY
        if (catalogue.folder / name).is_file()
    ]
    if not frames:
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=["zone", "month"]))
    every = pd.concat(frames)
    return every[~every.index.duplicated()].sort_index()


def monthly_table(profiles: pd.DataFrame, zones: Sequence[str], column: str) -> FloatArray:
    """Values of one column by zone and month.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Index (zone, month), months 1 to 12.
    zones : sequence of str
        Zone of each of n sites, repeats allowed.
    column : str
        Column to read.

    Returns
    -------
    numpy.ndarray
        Shape (n, 12), in the unit of the column. A zone that the table lacks is a row of NaN.
    """
    wide = profiles[column].unstack("month").reindex(columns=range(1, 13))
    holes = wide.isna().any(axis=1) & wide.notna().any(axis=1)
    if holes.any():
        remedy = "Give all twelve months of a zone, or none"
        raise DataError(
            Fault("supply profiles", None, f"{zone}.{column}", "some months are missing", remedy)
            for zone in wide.index[holes]
        )
    return wide.reindex(list(zones)).to_numpy(dtype=float)
