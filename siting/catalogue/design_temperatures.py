"""How hot and how cold it gets anywhere, from the design temperatures of the world's stations.

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

from siting.catalogue.outlines import unit_vectors
from siting.physics.arrays import FloatArray

__all__ = ["HOTTEST_ABOVE_K", "HOTTEST_BOUND_K", "DesignTemperatures"]

type IntArray = npt.NDArray[np.int64]

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
        """Read the table of a catalogue's folder.

        Parameters
        ----------
        folder : pathlib.Path
            Folder of the tables.
        """
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
        """Excess over the normals at places.

        Parameters
        ----------
        lat, lon, height_m : ndarray, shape (n,)
            Places. [°], [m]

        Returns
        -------
        ndarray, shape (n, 2)
            Of the hottest and of the coldest percent, both positive. [K]
        """
        index, km, climb = self._around(lat, lon, height_m)
        weight = 1.0 / (km + 10.0 * climb / _M_LIKE_10_KM + _SMOOTH_KM) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        mean: FloatArray = np.einsum("nk,nkc->nc", weight, self.excess_k[index])
        return mean

    def hot_beside(self, lat: FloatArray, lon: FloatArray, height_m: FloatArray) -> FloatArray:
        """Temperature that 1 % of the hours exceed at the nearest station of the same height.

        Parameters
        ----------
        lat, lon, height_m : ndarray, shape (n,)
            Places. [°], [m]

        Returns
        -------
        ndarray, shape (n,)
            Infinite where no station is within 50 km and 100 m of height. [°C]
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
