"""Morphing of a measured year to another place or another climate.

Humidity is handled with the Magnus form of the saturation vapour pressure over water [1]_, because
it inverts in closed form: a dew point shifted there and back is the dew point it was.

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
.. [2] Belcher, Hacker and Powell (2005), Constructing design weather data for future climates.
   Building Serv. Eng. Res. Technol. 26, 49-61. doi:10.1191/0143624405bt112oa
.. [3] ISO 2533:1975, Standard Atmosphere.
.. [4] Chilès and Delfiner (2012), Geostatistics: Modeling Spatial Uncertainty, 2nd ed., ch. 3.
   Wiley. doi:10.1002/9781118136188
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siting.arrays import FloatArray
from siting.geo import sphere_km

__all__ = [
    "STATIONS_ASKED",
    "Climates",
    "Similarity",
    "carried",
    "dew_point_of_humidity",
    "dew_point_of_vapour",
    "log_humidity",
    "mean_dew_point",
    "shift_keeping_humidity",
    "standard_pressure",
    "stretch",
    "unlikeness",
    "vapour_pressure",
]


#: Magnus coefficients of [1]_: hPa, dimensionless, °C.
_E0_HPA, _A, _B_C = 6.1094, 17.625, 243.04


def vapour_pressure(temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Partial pressure of water vapour of air with some dew point over water [°C]. [hPa]."""
    temp = np.asarray(temp_dew_point, dtype=np.float64)
    return _E0_HPA * np.exp(_A * temp / (_B_C + temp))


def dew_point_of_vapour(pressure_hpa: npt.ArrayLike) -> FloatArray:
    """Dew point of air with some vapour pressure above zero [hPa]. [°C].

    The exact inverse of :func:`vapour_pressure`.
    """
    ratio = np.log(np.asarray(pressure_hpa, dtype=np.float64) / _E0_HPA)
    return _B_C * ratio / (_A - ratio)


def dew_point_of_humidity(temp_dry_bulb: npt.ArrayLike, percent: npt.ArrayLike) -> FloatArray:
    """Dew point of air with a relative humidity over water [%], below 1 % taken as 1 %. [°C]."""
    share = np.clip(np.asarray(percent, dtype=np.float64), 1.0, None) / 100.0
    return dew_point_of_vapour(vapour_pressure(temp_dry_bulb) * share)


def mean_dew_point(temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Dew point of the mean vapour content along the first axis, not the mean of dew points. [°C].

    Mixing parcels conserves water, so the mean is taken of the vapour pressure.
    """
    return dew_point_of_vapour(vapour_pressure(temp_dew_point).mean(axis=0))


def log_humidity(temp_dry_bulb: npt.ArrayLike, temp_dew_point: npt.ArrayLike) -> FloatArray:
    """Natural logarithm of the relative humidity over water, 0 at saturation. [-]."""
    dry = np.asarray(temp_dry_bulb, dtype=np.float64)
    dew = np.asarray(temp_dew_point, dtype=np.float64)
    return _A * dew / (_B_C + dew) - _A * dry / (_B_C + dry)


def shift_keeping_humidity(
    temp_dry_bulb: npt.ArrayLike,
    temp_dew_point: npt.ArrayLike,
    delta: npt.ArrayLike,
    humidity_shift: npt.ArrayLike = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Warm or cool the air and keep its relative humidity.

    Parameters
    ----------
    temp_dry_bulb, temp_dew_point : array_like
        State before, dew point not above dry bulb. [°C]
    delta : array_like
        Change of the dry bulb, broadcast against the state. [K]
    humidity_shift : array_like, default 0
        Change of the logarithm of the relative humidity, where that is to move too. [-]

    Returns
    -------
    tuple of ndarray
        Dry bulb and dew point after, in the broadcast shape; the dew point never exceeds the
        dry bulb. [°C]

    Notes
    -----
    With e(t) = e0 exp(a t / (b + t)), constant RH = e(dew)/e(dry) keeps the difference of the two
    exponents, so the new dew point follows in closed form.
    """
    dry = np.asarray(temp_dry_bulb, dtype=np.float64)
    dew = np.asarray(temp_dew_point, dtype=np.float64)
    dry_after = dry + np.asarray(delta, dtype=np.float64)
    relative = np.minimum(log_humidity(dry, dew) + np.asarray(humidity_shift), 0.0)
    exponent = relative + _A * dry_after / (_B_C + dry_after)
    return dry_after, np.minimum(_B_C * exponent / (_A - exponent), dry_after)


def standard_pressure(elevation_m: npt.ArrayLike) -> FloatArray:
    """Pressure of the standard atmosphere [3]_ up to a height of 11 km [m]. [Pa]."""
    height = np.asarray(elevation_m, dtype=np.float64)
    pressure: FloatArray = 101_325.0 * (1.0 - 2.25577e-5 * height) ** 5.25588
    return pressure


#: Distance at which half of a difference in spread is believed to lie in the place [km].
_HALF_KM = 300.0
_NARROWEST, _WIDEST = 0.6, 1.6


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


def stretch(
    normals: FloatArray, excess: FloatArray, donor_excess: FloatArray, km: FloatArray
) -> FloatArray:
    """Factor on the deviations from each month's mean, (n, 12), 1 where nothing is known. [-].

    A place where the hottest percent of the hours lies farther above the warmest month than at the
    station has wider weather, and likewise in the cold. The warmest month takes the factor of the
    heat, the coldest that of the cold, the others lie between; the farther the station, the more of
    the difference is believed.

    Parameters
    ----------
    normals : ndarray, shape (n, 12)
        Normals of the places. [°C]
    excess, donor_excess : ndarray, shape (n, 2)
        99th percentile above the warmest month, and 1st percentile below the coldest, of the
        place and of its station; both positive. [K]
    km : ndarray, shape (n,)
        Distance to the station. [km]
    """
    ratio = excess / np.maximum(donor_excess, 1.0)
    ratio = np.clip(np.where(np.isfinite(ratio), ratio, 1.0), _NARROWEST, _WIDEST)
    low, high = normals.min(axis=1), normals.max(axis=1)
    warmth = (normals - low[:, None]) / np.maximum(high - low, 1e-6)[:, None]
    factor = warmth * ratio[:, :1] + (1.0 - warmth) * ratio[:, 1:]
    belief = km / (km + _HALF_KM)
    blended: FloatArray = 1.0 + belief[:, None] * (factor - 1.0)
    return blended


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
