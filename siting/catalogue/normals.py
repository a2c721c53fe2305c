"""Monthly normals and design temperatures anywhere on land, from grids and stations.

Temperature comes from the 16 nodes of the ERA5 normals around a place, of which those near it
and of its own height count most; humidity as vapour pressure from the four nodes of GPT2w,
carried to the height of the place [1]_:

    e(h) = e_node · exp(-c · (h - h_node)),   c = g · (λ + 1) / (R · Tv)

and held at 90 % of saturation, which no month of a station passes by much, where the coarse
grid is warmer than the place (Lima).

References
----------
.. [1] Böhm, Möller, Schindelegger, Pain and Weber (2015), Development of an improved empirical
   model for slant delays in the troposphere (GPT2w). GPS Solut. 19, 433-441.
   doi:10.1007/s10291-014-0403-7

Each station tells by how much its hottest percent of hours lies above its warmest month, and
its coldest below the coldest month. A place takes the mean of the stations around it, near ones
and ones of its height counting most, on top of its own normals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from siting.arrays import FloatArray, IntArray
from siting.catalogue.morphing import vapour_pressure
from siting.geo import KM_PER_DEGREE, unit_vectors

__all__ = [
    "HOTTEST_ABOVE_K",
    "HOTTEST_BOUND_K",
    "LAPSE_K_PER_KM",
    "DesignTemperatures",
    "Normals",
    "bilinear",
]


#: Fall of temperature with height between a node of the grid and a place beside it [K/km]:
#: the value with the least scatter of the stations about their nodes (docs/validation/climate.md).
LAPSE_K_PER_KM = 5.0
#: A node this far off counts 1/e [km], and one this much higher or lower half [m].
_NODE_KM, _NODE_M = 30.0, 150.0
#: Highest relative humidity of a month; where the grid says 92 to 125 %, stations have 85 to
#: 91 % (docs/validation/climate.md). [-]
_MOST_HUMID = 0.9
_AROUND = 4


@dataclass(frozen=True)
class Normals:
    """Grids of the world, from 90° N to 60° S.

    Parameters
    ----------
    temp_c_x10 : ndarray, shape (12, rows, columns)
        ERA5 normals on 0.25°, from 0° E. [0.1 °C]
    height_m : ndarray, shape (rows, columns)
        Relief on the same nodes. [m]
    vapour_hpa_x100 : ndarray, shape (12, rows, columns)
        Vapour pressure on 1°, nodes in the middle of the cells. [0.01 hPa]
    decrease_per_km_x1000 : ndarray, shape (12, rows, columns)
        Relative decrease of the vapour pressure with height. [0.001/km]
    vapour_height_m : ndarray, shape (rows, columns)
        Height for which the vapour pressure is given. [m]
    """

    temp_c_x10: npt.NDArray[np.int16]
    height_m: npt.NDArray[np.int16]
    vapour_hpa_x100: npt.NDArray[np.int16]
    decrease_per_km_x1000: npt.NDArray[np.int16]
    vapour_height_m: npt.NDArray[np.int16]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the grids of a catalogue's folder."""
        found: dict[str, npt.NDArray[np.int16]] = {}
        for name in ("era5_normals.npz", "relief.npz", "humidity.npz"):
            with np.load(folder / name) as packed:
                found |= {key: packed[key] for key in cls.__annotations__ if key in packed}
        return cls(**found)

    def heights(self, lat: FloatArray, lon: FloatArray, elevation_m: FloatArray) -> FloatArray:
        """Heights as given, or of the relief where they are NaN, shape (n,) [m]."""
        return np.where(np.isnan(elevation_m), bilinear(self.height_m, lat, lon), elevation_m)

    def temperature(self, lat: FloatArray, lon: FloatArray, height_m: FloatArray) -> FloatArray:
        """Monthly means of the dry bulb at places [°], [m], shape (n, 12). [°C]."""
        row, column, km = _around(lat, lon, self.height_m.shape)
        climb = self.height_m[row, column] - height_m[:, None]
        weight = np.exp(-((km / _NODE_KM) ** 2)) / (1.0 + (climb / _NODE_M) ** 2)
        weight /= weight.sum(axis=1, keepdims=True)
        level = self.temp_c_x10[:, row, column] / 10.0 + LAPSE_K_PER_KM / 1000.0 * climb
        means: FloatArray = np.einsum("nk,mnk->nm", weight, level)
        return means

    def vapour(
        self, lat: FloatArray, lon: FloatArray, height_m: FloatArray, temp_c: FloatArray
    ) -> FloatArray:
        """Monthly means of the vapour pressure at places [°], [m] of such dry bulbs [°C]. [hPa]."""
        row, column, weight = _corners(lat, lon, self.vapour_height_m.shape)
        climb_km = (height_m[:, None] - self.vapour_height_m[row, column]) / 1000.0
        decrease = self.decrease_per_km_x1000[:, row, column] / 1000.0
        at_place = self.vapour_hpa_x100[:, row, column] / 100.0 * np.exp(-decrease * climb_km)
        means: FloatArray = np.einsum("nk,mnk->nm", weight, at_place)
        return np.minimum(means, _MOST_HUMID * vapour_pressure(temp_c))


def _around(
    lat: FloatArray, lon: FloatArray, shape: tuple[int, ...]
) -> tuple[IntArray, IntArray, FloatArray]:
    """Rows, columns and distances [km] of the 4 x 4 nodes around places, shape (n, 16)."""
    a_degree = shape[1] / 360.0
    y, x = (90.0 - lat) * a_degree, (lon % 360.0) * a_degree
    step = np.arange(_AROUND) - (_AROUND // 2 - 1)
    row = np.repeat(np.floor(y).astype(np.int64)[:, None] + step, _AROUND, axis=1)
    column = np.tile(np.floor(x).astype(np.int64)[:, None] + step, (1, _AROUND))
    row = np.clip(row, 0, shape[0] - 1)
    north = (row - y[:, None]) / a_degree
    east = (column - x[:, None]) / a_degree * np.cos(np.radians(lat))[:, None]
    return row, column % shape[1], KM_PER_DEGREE * np.hypot(north, east)


def _corners(
    lat: FloatArray, lon: FloatArray, shape: tuple[int, ...]
) -> tuple[IntArray, IntArray, FloatArray]:
    """Rows, columns and bilinear weights of the nodes around places, shape (n, 4)."""
    a_degree = shape[1] / 360.0
    y = np.clip((90.0 - lat) * a_degree - 0.5, 0.0, shape[0] - 1.0)
    x = (lon % 360.0) * a_degree - 0.5
    top = np.minimum(np.floor(y).astype(np.int64), shape[0] - 2)
    west = np.floor(x).astype(np.int64)
    down, right = y - top, x - west
    row = np.stack([top, top, top + 1, top + 1], axis=1)
    column = np.stack([west, west + 1, west, west + 1], axis=1) % shape[1]
    parts = [(1.0 - down) * (1.0 - right), (1.0 - down) * right, down * (1.0 - right), down * right]
    return row, column, np.stack(parts, axis=1)


def bilinear(grid: npt.NDArray[np.int16], lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Values of a global grid that starts at 90° N, 0° E and closes round the globe.

    The grid has equal steps in both directions, the same in degrees, as its last two axes; values
    of n places [°] are its last axis then.
    """
    a_degree = grid.shape[-1] / 360.0
    y, x = (90.0 - lat) * a_degree, (lon % 360.0) * a_degree
    row = np.clip(np.floor(y).astype(int), 0, grid.shape[-2] - 2)
    west = np.floor(x).astype(int) % grid.shape[-1]
    east = (west + 1) % grid.shape[-1]
    down, right = y - row, x - np.floor(x)
    upper = grid[..., row, west] * (1.0 - right) + grid[..., row, east] * right
    lower = grid[..., row + 1, west] * (1.0 - right) + grid[..., row + 1, east] * right
    values: FloatArray = upper * (1.0 - down) + lower * down
    return values


#: The hottest hour of a typical year lies this far above what is exceeded 1 % of the hours; the
#: mean of 1,110 station years is 4.2 K, their scatter 2.3 K (docs/validation/climate.md). [K]
HOTTEST_ABOVE_K = 4.0
#: Farther above than this, an hour of a measured year is no measure of the place. [K]
HOTTEST_BOUND_K = 6.0
#: A station this near in distance and in height has the place's own heat. [km], [m]
_BESIDE_KM, _BESIDE_M = 50.0, 100.0
_EARTH_KM = 6371.0
_STATIONS = 8
#: A station this much higher or lower counts like one 10 km farther off. [m]
_M_LIKE_10_KM = 200.0
_SMOOTH_KM = 10.0


@dataclass(frozen=True)
class DesignTemperatures:
    """Design temperatures as excess over the normals of their stations.

    Parameters
    ----------
    lat, lon, height_m : ndarray, shape (D,)
        Stations. [°], [m]
    hot_c : ndarray, shape (D,)
        What 1 % of the hours exceed. [°C]
    excess_k : ndarray, shape (D, 2)
        What 1 % of the hours exceed, above the warmest normal; what 1 % fall below, below the
        coldest. [K]
    """

    lat: FloatArray
    lon: FloatArray
    height_m: FloatArray
    hot_c: FloatArray
    excess_k: FloatArray

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the table of a catalogue's folder."""
        with np.load(folder / "design_temperatures.npz") as packed:
            return cls(
                packed["lat_x1000"] / 1000.0,
                packed["lon_x1000"] / 1000.0,
                packed["height_m"].astype(np.float64),
                packed["hot_c_x10"] / 10.0,
                packed["excess_k_x10"] / 10.0,
            )

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(unit_vectors(self.lon, self.lat))

    def excess(self, lat: FloatArray, lon: FloatArray, height_m: FloatArray) -> FloatArray:
        """Excess over the normals of the hottest and the coldest percent at places, (n, 2). [K]."""
        index, km, climb = self._around(lat, lon, height_m)
        weight = 1.0 / (km + 10.0 * climb / _M_LIKE_10_KM + _SMOOTH_KM) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        mean: FloatArray = np.einsum("nk,nkc->nc", weight, self.excess_k[index])
        return mean

    def hot_beside(self, lat: FloatArray, lon: FloatArray, height_m: FloatArray) -> FloatArray:
        """Temperature that 1 % of the hours exceed at the nearest station of the same height. [°C].

        Infinite where no station is within 50 km and 100 m of height.
        """
        index, km, climb = self._around(lat, lon, height_m)
        beside = (km <= _BESIDE_KM) & (climb <= _BESIDE_M)
        first = np.where(beside, km, np.inf).argmin(axis=1)
        rows = np.arange(len(index))
        return np.where(beside.any(axis=1), self.hot_c[index[rows, first]], np.inf)

    def _around(
        self, lat: FloatArray, lon: FloatArray, height_m: FloatArray
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Nearest stations, their distances [km] and differences of height [m], shape (n, k)."""
        count = min(_STATIONS, len(self.lat))
        chord, index = self._tree.query(unit_vectors(lon, lat), k=count)
        index = np.asarray(index, dtype=np.int64).reshape(-1, count)
        km = 2.0 * _EARTH_KM * np.arcsin(np.minimum(chord.reshape(-1, count) / 2.0, 1.0))
        return index, km, np.abs(self.height_m[index] - height_m[:, None])
