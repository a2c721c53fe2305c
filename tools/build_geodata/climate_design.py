"""Distance of the hottest and coldest percent of hours from the extreme months."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from siting.arrays import FloatArray
from siting.catalogue.climate import Normals
from siting.geo import unit_vectors

__all__ = ["design_arrays", "design_temperatures", "excess_at", "is_likely"]

_SOUTH = -60.0
_EARTH_KM = 6371.0
#: A station is compared with the median of its neighbours within a distance, if there are three;
#: one farther off, in the heat or in the cold, has another station's hours in its file
#: (Kigali: 40 and -11 °C).
_NEIGHBOURS, _WITHIN_KM, _FEWEST = 8, 150.0, 3
_UNLIKELY_K = (7.5, 12.0)


def design_temperatures(climate: Path) -> pd.DataFrame:
    """Design temperatures of the world's stations, the latest period of each.

    Parameters
    ----------
    climate : pathlib.Path
        The ``climate`` folder of the raw sources.

    Returns
    -------
    DataFrame
        Columns lat, lon, elevation_m, hot_c (exceeded 1 % of the year), cold_c (undercut 1 %).
    """
    table = pd.read_csv(climate / "fill" / "onebuilding_design_temps.csv.gz")
    table = table.rename(
        columns={"elevation (m)": "elevation_m", "cool1_C": "hot_c", "heat99_C": "cold_c"}
    )
    table["elevation_m"] = pd.to_numeric(table["elevation_m"])
    likely = table["hot_c"].between(-15.0, 52.0) & table["cold_c"].between(-65.0, 30.0)
    likely &= table["elevation_m"].between(-430.0, 5500.0)
    table = table[likely & (table["hot_c"] > table["cold_c"]) & (table["lat"] >= _SOUTH)]
    table["last_year"] = table["period"].astype(str).str[-4:]
    table["cell"] = list(zip(table["lat"].round(1), table["lon"].round(1), strict=True))
    table = table.sort_values(["last_year", "file"]).drop_duplicates("cell", keep="last")
    columns = ["lat", "lon", "elevation_m", "hot_c", "cold_c"]
    return table[columns].sort_values(columns).reset_index(drop=True)


def excess_at(table: pd.DataFrame, normals: Normals) -> FloatArray:
    """99th percentile above the warmest normal and 1st below the coldest, shape (n, 2) [K]."""
    where = (table[k].to_numpy(np.float64) for k in ("lat", "lon", "elevation_m"))
    level = normals.temperature(*where)
    hot, cold = (table[k].to_numpy(np.float64) for k in ("hot_c", "cold_c"))
    return np.column_stack([hot - level.max(axis=1), level.min(axis=1) - cold])


def is_likely(table: pd.DataFrame, excess: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which stations agree with their neighbours.

    Parameters
    ----------
    table : DataFrame
        Columns lat and lon.
    excess : ndarray, shape (n, 2)
        From :func:`excess_at`. [K]

    Returns
    -------
    ndarray, shape (n,)
        True also where too few are near to tell.
    """
    points = unit_vectors(table["lon"], table["lat"])
    count = min(_NEIGHBOURS + 1, len(points))
    chord, index = KDTree(points).query(points, k=count)
    near = 2.0 * _EARTH_KM * np.arcsin(chord[:, 1:] / 2.0) <= _WITHIN_KM
    around = np.where(near[:, :, None], excess[index[:, 1:]], np.nan)
    enough = near.sum(axis=1) >= _FEWEST
    off = np.zeros_like(excess)
    off[enough] = np.abs(excess[enough] - np.nanmedian(around[enough], axis=1))
    likely: npt.NDArray[np.bool_] = (off <= np.array(_UNLIKELY_K)).all(axis=1)
    return likely


def design_arrays(climate: Path, out: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Arrays of ``design_temperatures.npz``.

    Parameters
    ----------
    climate : pathlib.Path
        The ``climate`` folder of the raw sources.
    out : pathlib.Path
        Folder of the tables, with normals and relief.

    Returns
    -------
    dict
        ``lat_x1000``, ``lon_x1000`` [0.001°], ``height_m`` [m], ``hot_c_x10``
        [0.1 °C], ``excess_k_x10`` [0.1 K].
    """
    table = design_temperatures(climate)
    excess = excess_at(table, Normals.open(out))
    likely = is_likely(table, excess)
    table, excess = table[likely], excess[likely]
    return {
        "lat_x1000": np.round(table["lat"].to_numpy(np.float64) * 1000.0).astype(np.int32),
        "lon_x1000": np.round(table["lon"].to_numpy(np.float64) * 1000.0).astype(np.int32),
        "height_m": np.round(table["elevation_m"].to_numpy(np.float64)).astype(np.int16),
        "hot_c_x10": np.round(table["hot_c"].to_numpy(np.float64) * 10.0).astype(np.int16),
        "excess_k_x10": np.round(excess * 10.0).astype(np.int16),
    }
