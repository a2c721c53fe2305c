"""Scarcity of the basins around a place, where a border is so near that both may be meant."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.model import Catalogue
from siting.geo import distance_km, wrap_lon

__all__ = ["BORDER_KM", "scarcity_around"]

#: A basin whose half-degree cells begin within this of a place may be the one it draws from. [km]
BORDER_KM = 30.0
_FILE, _CELL = "scarcity.npz", 0.5


def scarcity_around(catalogue: Catalogue, places: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest AWARE factor within ``BORDER_KM`` of places, their own included.

    Parameters
    ----------
    catalogue : Catalogue
        With the grid of basins; without it the own factor stands alone.
    places : DataFrame
        lat, lon [degrees, WGS 84] and scarcity_factor.

    Returns
    -------
    DataFrame
        scarcity_factor, scarcity_low, scarcity_high, index of ``places``. [m3 world-eq/m3]
    """
    own = places["scarcity_factor"].to_numpy(dtype=float)
    low, high = own.copy(), own.copy()
    path = catalogue.folder / _FILE
    if path.is_file():
        with np.load(path) as file:
            grid = file["factor_x100"] / 100.0
        for i, (lat, lon) in enumerate(zip(places["lat"], places["lon"], strict=True)):
            near = _near(grid, float(lat), float(lon))
            low[i], high[i] = np.nanmin([own[i], *near]), np.nanmax([own[i], *near])
    columns = {"scarcity_factor": own, "scarcity_low": low, "scarcity_high": high}
    return pd.DataFrame(columns, index=places.index)


def _near(grid: FloatArray, lat: float, lon: float) -> FloatArray:
    """Factors of the cells that begin within reach; a cell without one is no basin."""
    rows = np.arange(len(grid))
    south = 90.0 - _CELL * (rows + 1)
    rows = rows[(south <= lat + 2 * _CELL) & (south + _CELL >= lat - 2 * _CELL)]
    row, column = (part.ravel() for part in np.meshgrid(rows, np.arange(grid.shape[1])))
    middle_lat, middle_lon = 90.0 - _CELL * (row + 0.5), -180.0 + _CELL * (column + 0.5)
    east = np.clip(wrap_lon(lon, middle_lon), -_CELL / 2, _CELL / 2)
    north = np.clip(lat - middle_lat, -_CELL / 2, _CELL / 2)
    away = distance_km(lon, lat, middle_lon + east, middle_lat + north)
    found = grid[row, column][away <= BORDER_KM]
    return found[found > 0]
