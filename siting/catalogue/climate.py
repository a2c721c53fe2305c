"""Climate of a place on land: monthly normals of grids, and what the stations around add to them.

Temperature comes from the 16 nodes of the ERA5 normals around a place, of which those near it
and of its own height count most; humidity as vapour pressure from the four nodes of GPT2w,
carried to the height of the place [2]_:

    e(h) = e_node · exp(-c · (h - h_node)),   c = g · (λ + 1) / (R · Tv)

and held at 90 % of saturation, which no month of a station passes by much, where the coarse
grid is warmer than the place (Lima). Humidity is handled with the Magnus form of the saturation
vapour pressure over water [1]_, because it inverts in closed form: a dew point shifted there and
back is the dew point it was.

A grid does not see a valley, a shore or a town. Stations do: the departures of their monthly
means from the grid are carried to a place by simple kriging [4]_ about zero, with the correlation

    ρ = (a · exp(-d / 20 km) + (1 - a) · exp(-d / 800 km)) · exp(-|Δh| / 2,000 m),   a = 0.5

A station beside the place is followed nearly all the way, one 20 km off by half, one beyond
2,000 km hardly at all. The lengths, and the units of unlikeness, were set on one half of
the stations; errors are stated for the other half (docs/validation/climate.md).

References
----------
.. [1] Alduchov and Eskridge (1996), Improved Magnus form approximation of saturation vapor
   pressure. J. Appl. Meteorol. 35, 601-609. doi:10.1175/1520-0450(1996)035<0601:IMFAOS>2.0.CO;2
.. [2] Böhm, Möller, Schindelegger, Pain and Weber (2015), Development of an improved empirical
   model for slant delays in the troposphere (GPT2w). GPS Solut. 19, 433-441.
   doi:10.1007/s10291-014-0403-7
.. [3] ISO 2533:1975, Standard Atmosphere.
.. [4] Chilès and Delfiner (2012), Geostatistics: Modeling Spatial Uncertainty, 2nd ed., ch. 3.
   Wiley. doi:10.1002/9781118136188
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from siting.arrays import FloatArray, IntArray
from siting.geo import KM_PER_DEGREE, bilinear, sphere_km

__all__ = [
    "LAPSE_K_PER_KM",
    "NORMALS",
    "STATIONS_ASKED",
    "Climates",
    "Normals",
    "Similarity",
    "carried",
    "dew_point_of_humidity",
    "dew_point_of_vapour",
    "mean_dew_point",
    "standard_pressure",
    "unlikeness",
    "vapour_pressure",
]


#: Magnus coefficients of [1]_: hPa, dimensionless, °C.
_E0_HPA, MAGNUS_A, MAGNUS_B_C = 6.1094, 17.625, 243.04


def vapour_pressure(temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Partial pressure of water vapour of air with some dew point over water [°C]. [hPa]."""
    temp = np.asarray(temp_dew_point, dtype=np.float64)
    return _E0_HPA * np.exp(MAGNUS_A * temp / (MAGNUS_B_C + temp))


def dew_point_of_vapour(pressure_hpa: npt.ArrayLike) -> FloatArray:
    """Dew point of air with some vapour pressure above zero [hPa]. [°C].

    The exact inverse of :func:`vapour_pressure`.
    """
    ratio = np.log(np.asarray(pressure_hpa, dtype=np.float64) / _E0_HPA)
    return MAGNUS_B_C * ratio / (MAGNUS_A - ratio)


def dew_point_of_humidity(temp_dry_bulb: npt.ArrayLike, percent: npt.ArrayLike) -> FloatArray:
    """Dew point of air with a relative humidity over water [%], below 1 % taken as 1 %. [°C]."""
    share = np.clip(np.asarray(percent, dtype=np.float64), 1.0, None) / 100.0
    return dew_point_of_vapour(vapour_pressure(temp_dry_bulb) * share)


def mean_dew_point(temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Dew point of the mean vapour content along the first axis, not the mean of dew points. [°C].

    Mixing parcels conserves water, so the mean is taken of the vapour pressure.
    """
    return dew_point_of_vapour(vapour_pressure(temp_dew_point).mean(axis=0))


def standard_pressure(elevation_m: npt.ArrayLike) -> FloatArray:
    """Pressure of the standard atmosphere [3]_ up to a height of 11 km [m]. [Pa]."""
    height = np.asarray(elevation_m, dtype=np.float64)
    pressure: FloatArray = 101_325.0 * (1.0 - 2.25577e-5 * height) ** 5.25588
    return pressure


#: Fall of temperature with height between a node of the grid and a place beside it [K/km]:
#: the value with the least scatter of the stations about their nodes (docs/validation/climate.md).
LAPSE_K_PER_KM = 5.0
#: A node this far off counts 1/e [km], and one this much higher or lower half [m].
_NODE_KM, _NODE_M = 30.0, 150.0
#: Files of the normals in a folder of tables.
NORMALS = ("era5_normals.npz", "relief.npz", "humidity.npz")
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
        for name in NORMALS:
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


@dataclass(frozen=True)
class Similarity:
    """One unit of unlikeness, for each of five differences; the lowest sum wins.

    Parameters
    ----------
    distance_km : float
        Great-circle distance. [km]
    season_k : float
        Root mean square difference of the monthly normals about their own means. [K]
    level_k : float
        Difference of the annual means of the normals. [K]
    dryness_k : float
        Root mean square difference of the monthly dew point depressions. [K]
    height_m : float
        Difference of height. [m]
    not_within_km : float
        Stations nearer than this are passed over: above 0 only to test what distance costs. [km]
    """

    distance_km: float = 120.0
    season_k: float = 1.7
    level_k: float = 2.9
    dryness_k: float = 3.0
    height_m: float = 1250.0
    not_within_km: float = 0.0


@dataclass(frozen=True)
class Climates:
    """Normals by which places are compared.

    Parameters
    ----------
    temperature : ndarray, shape (n, 12)
        Monthly means of the dry bulb. [°C]
    vapour : ndarray, shape (n, 12)
        Monthly means of the vapour pressure. [hPa]
    """

    temperature: FloatArray
    vapour: FloatArray

    @property
    def level(self) -> FloatArray:
        """Annual mean, shape (n,) [°C]."""
        return self.temperature.mean(axis=1)

    @property
    def swing(self) -> FloatArray:
        """Months about the annual mean, shape (n, 12) [K]."""
        return self.temperature - self.level[:, None]

    @property
    def dryness(self) -> FloatArray:
        """Dew point depression, shape (n, 12) [K]."""
        return self.temperature - dew_point_of_vapour(self.vapour)


def _apart(one: FloatArray, other: FloatArray) -> FloatArray:
    """Root mean square difference of every two rows, shape (n, S)."""
    square = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2.0 * one @ other.T
    apart: FloatArray = np.sqrt(np.maximum(square, 0.0) / one.shape[1])
    return apart


def unlikeness(
    similarity: Similarity,
    places: Climates,
    stations: Climates,
    km: FloatArray,
    climb_m: FloatArray,
) -> FloatArray:
    """Distance in climate between each station and each place, in units of a similarity.

    Parameters
    ----------
    places, stations : Climates
        Of n places and S stations.
    km, climb_m : ndarray, shape (n, S)
        Distance and absolute difference of height. [km], [m]

    Returns
    -------
    ndarray, shape (n, S)
        Infinite where passed over. [-]
    """
    total = (
        km / similarity.distance_km
        + _apart(places.swing, stations.swing) / similarity.season_k
        + np.abs(places.level[:, None] - stations.level) / similarity.level_k
        + _apart(places.dryness, stations.dryness) / similarity.dryness_k
        + climb_m / similarity.height_m
    )
    return np.where(km < similarity.not_within_km, np.inf, total)


#: Stations that speak for a place.
STATIONS_ASKED = 16
_NEAR_KM, _FAR_KM, _NEAR_SHARE = 20.0, 800.0, 0.5
_HEIGHT_M = 2000.0
#: Variance of what a station's typical year says for itself alone, over that of the departures.
_NOISE = 0.1


def _correlation(km: FloatArray, climb_m: FloatArray) -> FloatArray:
    """Correlation of the departures of two points."""
    near, far = np.exp(-km / _NEAR_KM), np.exp(-km / _FAR_KM)
    together: FloatArray = (_NEAR_SHARE * near + (1.0 - _NEAR_SHARE) * far) * np.exp(
        -climb_m / _HEIGHT_M
    )
    return together


def carried(
    departures: FloatArray,
    stations: tuple[FloatArray, FloatArray, FloatArray],
    km: FloatArray,
    climb_m: FloatArray,
) -> FloatArray:
    """Departures of n places from those of S stations, in their unit; 0 where no station is near.

    Parameters
    ----------
    departures : ndarray, shape (S, m)
        Of the stations.
    stations : tuple of ndarray, shape (S,)
        Latitude, longitude [°] and height [m].
    km, climb_m : ndarray, shape (n, S)
        Distance and absolute difference of height between places and stations; an infinite
        distance passes a station over. [km], [m]
    """
    count = min(STATIONS_ASKED, km.shape[1])
    alike = _correlation(km, climb_m)
    asked = np.argpartition(-alike, count - 1, axis=1)[:, :count]
    lat, lon, height = (values[asked] for values in stations)
    between = sphere_km(lon[:, :, None], lat[:, :, None], lon[:, None, :], lat[:, None, :])
    among = _correlation(np.asarray(between), np.abs(height[:, :, None] - height[:, None, :]))
    to_place = np.take_along_axis(alike, asked, axis=1)
    heard = to_place > 0.0
    weight = _solved(among * heard[:, :, None] * heard[:, None, :], to_place)
    at_places: FloatArray = np.einsum("nk,nkm->nm", weight, departures[asked])
    return at_places


def _solved(among: FloatArray, to_place: FloatArray) -> npt.NDArray[np.float64]:
    """Weights of the stations, shape (n, k)."""
    noisy = among + _NOISE * np.eye(among.shape[1])
    weight: FloatArray = np.linalg.solve(noisy, to_place[:, :, None])[:, :, 0]
    return weight
