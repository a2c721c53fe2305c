"""Which stations speak for a place, and how much wider or narrower its weather is than theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siting.physics.arrays import FloatArray

__all__ = ["DONORS", "Similarity", "bilinear", "nearest_donors", "stretch", "unlikeness"]

IntArray = npt.NDArray[np.int64]

#: Stations whose humidity is blended; the hours are always those of the first.
DONORS = 6
#: Distance at which half of a difference in spread is believed to lie in the place [km].
_HALF_KM = 300.0
_NARROWEST, _WIDEST = 0.6, 1.6


@dataclass(frozen=True)
class Similarity:
    """What one unit of unlikeness is, for each of four differences; the least sum wins.

    The four units were set on one half of the stations; errors are stated for the other half
    (docs/validation/climate.md).

    Parameters
    ----------
    distance_km : float
        Great-circle distance. [km]
    season_k : float
        Root mean square difference of the monthly normals about their own means. [K]
    level_k : float
        Difference of the annual means of the normals. [K]
    height_m : float
        Difference of height. [m]
    not_within_km : float
        Stations nearer than this are passed over: above 0 only to test what distance costs. [km]
    """

    distance_km: float = 120.0
    season_k: float = 1.7
    level_k: float = 2.9
    height_m: float = 1250.0
    not_within_km: float = 0.0


def unlikeness(
    similarity: Similarity,
    normals: FloatArray,
    station_normals: FloatArray,
    km: FloatArray,
    climb_m: FloatArray,
) -> FloatArray:
    """How unlike each station is to each place.

    Parameters
    ----------
    similarity : Similarity
        Units of the four differences.
    normals, station_normals : ndarray, shapes (n, 12) and (S, 12)
        Monthly normals of places and stations. [°C]
    km, climb_m : ndarray, shape (n, S)
        Distance and absolute difference of height. [km], [m]

    Returns
    -------
    ndarray, shape (n, S)
        Sum of the four differences in their units; infinite where passed over. [-]
    """
    level, station_level = normals.mean(axis=1), station_normals.mean(axis=1)
    swing = normals - level[:, None]
    station_swing = station_normals - station_level[:, None]
    square = (
        (swing**2).sum(axis=1)[:, None]
        + (station_swing**2).sum(axis=1)
        - 2.0 * swing @ station_swing.T
    )
    total = (
        km / similarity.distance_km
        + np.sqrt(np.maximum(square, 0.0) / 12.0) / similarity.season_k
        + np.abs(level[:, None] - station_level) / similarity.level_k
        + climb_m / similarity.height_m
    )
    return np.where(km < similarity.not_within_km, np.inf, total)


def nearest_donors(score: FloatArray, count: int = DONORS) -> tuple[IntArray, FloatArray]:
    """Find the stations that are most alike, and how much each counts.

    Parameters
    ----------
    score : ndarray, shape (n, S)
        Unlikeness.
    count : int
        Stations a place, at most S.

    Returns
    -------
    index : ndarray, shape (n, k)
        Stations, most alike first.
    weight : ndarray, shape (n, k)
        Inverse square of the unlikeness, summing to 1.
    """
    some = np.argpartition(score, min(count, score.shape[1]) - 1, axis=1)[:, :count]
    values = np.take_along_axis(score, some, axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    index = np.take_along_axis(some, order, axis=1)
    weight = 1.0 / np.maximum(np.take_along_axis(values, order, axis=1), 1e-3) ** 2
    return index.astype(np.int64), weight / weight.sum(axis=1, keepdims=True)


def stretch(
    normals: FloatArray, excess: FloatArray, donor_excess: FloatArray, km: FloatArray
) -> FloatArray:
    """Factor on the deviations from each month's mean.

    A place where the hottest percent of the hours lies farther above the warmest month than at
    the station has wider weather, and likewise in the cold. The warmest month takes the factor of
    the heat, the coldest that of the cold, the others lie between; the farther the station, the
    more of the difference is believed.

    Parameters
    ----------
    normals : ndarray, shape (n, 12)
        Normals of the places. [°C]
    excess, donor_excess : ndarray, shape (n, 2)
        99th percentile above the warmest month, and 1st percentile below the coldest, of the
        place and of its station; both positive. [K]
    km : ndarray, shape (n,)
        Distance to the station. [km]

    Returns
    -------
    ndarray, shape (n, 12)
        Factor, 1 where nothing is known. [-]
    """
    ratio = excess / np.maximum(donor_excess, 1.0)
    ratio = np.clip(np.where(np.isfinite(ratio), ratio, 1.0), _NARROWEST, _WIDEST)
    low, high = normals.min(axis=1), normals.max(axis=1)
    warmth = (normals - low[:, None]) / np.maximum(high - low, 1e-6)[:, None]
    factor = warmth * ratio[:, :1] + (1.0 - warmth) * ratio[:, 1:]
    belief = km / (km + _HALF_KM)
    blended: FloatArray = 1.0 + belief[:, None] * (factor - 1.0)
    return blended


def bilinear(grid: npt.NDArray[np.int16], lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Values of a global grid that starts at 90° N, 0° E and closes round the globe.

    Parameters
    ----------
    grid : ndarray, shape (..., rows, columns)
        Equal steps in both directions, the same in degrees.
    lat, lon : ndarray, shape (n,)
        Places. [°]

    Returns
    -------
    ndarray, shape (..., n)
        In the unit of the grid.
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
