"""How far the hottest and the coldest percent of hours lie from the extreme months, anywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from siting.catalogue.donors import bilinear
from siting.catalogue.weather import LAPSE_K_PER_KM
from siting.physics.arrays import FloatArray

__all__ = ["design_temperatures", "excess_at", "grid_of", "spread_grid"]

_EARTH_KM = 6371.0
_STEP_DEG, _SOUTH = 0.5, -60.0
_NEAREST = 4
_SMOOTH_KM = 10.0


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
    table = table[likely & (table["hot_c"] > table["cold_c"]) & (table["lat"] >= _SOUTH)]
    table["last_year"] = table["period"].astype(str).str[-4:]
    table["cell"] = list(zip(table["lat"].round(1), table["lon"].round(1), strict=True))
    table = table.sort_values(["last_year", "file"]).drop_duplicates("cell", keep="last")
    columns = ["lat", "lon", "elevation_m", "hot_c", "cold_c"]
    return table[columns].sort_values(columns).reset_index(drop=True)


def excess_at(table: pd.DataFrame, out: Path) -> FloatArray:
    """99th percentile above the warmest normal and 1st below the coldest, shape (n, 2) [K]."""
    with np.load(out / "era5_normals.npz") as era5, np.load(out / "relief.npz") as relief:
        normals, height = era5["temp_c_x10"], relief["height_m"]
    lat, lon, elevation = (table[k].to_numpy(np.float64) for k in ("lat", "lon", "elevation_m"))
    climb = (bilinear(height, lat, lon) - elevation)[:, None]
    level = bilinear(normals, lat, lon).T / 10.0 + LAPSE_K_PER_KM / 1000.0 * climb
    hot, cold = (table[k].to_numpy(np.float64) for k in ("hot_c", "cold_c"))
    return np.column_stack([hot - level.max(axis=1), level.min(axis=1) - cold])


def _on_sphere(lat: FloatArray, lon: FloatArray) -> FloatArray:
    phi, theta = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])


def grid_of(table: pd.DataFrame, excess: FloatArray) -> npt.NDArray[np.int16]:
    """Mean of the four nearest stations at every point of the grid.

    Parameters
    ----------
    table : DataFrame
        Columns lat and lon.
    excess : ndarray, shape (n, 2)
        What is spread out. [K]

    Returns
    -------
    ndarray, shape (2, 301, 720)
        From 90° N and 0° E. [0.1 K]
    """
    lat = np.arange(90.0, _SOUTH - 0.01, -_STEP_DEG)
    lon = np.arange(0.0, 360.0, _STEP_DEG)
    y, x = np.meshgrid(lat, lon, indexing="ij")
    stations = _on_sphere(*(table[k].to_numpy(np.float64) for k in ("lat", "lon")))
    chord, index = KDTree(stations).query(_on_sphere(y.ravel(), x.ravel()), k=_NEAREST)
    weight = 1.0 / (chord * _EARTH_KM + _SMOOTH_KM) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    mean = np.einsum("pk,pkc->cp", weight, excess[index])
    packed: npt.NDArray[np.int16] = np.round(mean * 10.0).astype(np.int16)
    return packed.reshape(2, len(lat), len(lon))


def spread_grid(climate: Path, out: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Arrays of ``spread.npz``.

    Parameters
    ----------
    climate : pathlib.Path
        The ``climate`` folder of the raw sources.
    out : pathlib.Path
        Folder of the tables, with normals and relief.

    Returns
    -------
    dict
        ``excess_k_x10`` on 0.5°. [0.1 K]
    """
    table = design_temperatures(climate)
    return {"excess_k_x10": grid_of(table, excess_at(table, out))}
