"""How far a place departs from the grids, told by the stations around it.

A grid does not see a valley, a shore or a town. Stations do: the departures of their monthly
means from the grid are carried to a place by simple kriging [1]_ about zero, with the correlation

    ρ = (a · exp(-d / 20 km) + (1 - a) · exp(-d / 800 km)) · exp(-|Δh| / 2,000 m),   a = 0.5

A station beside the place is followed nearly all the way, one 20 km off by half, one beyond
2,000 km hardly at all. The lengths were set on one half of the stations; errors are
stated for the other half (docs/validation/climate.md).

References
----------
.. [1] Chilès and Delfiner (2012), Geostatistics: Modeling Spatial Uncertainty, 2nd ed., ch. 3.
   Wiley. doi:10.1002/9781118136188
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siting.physics.arrays import FloatArray
from siting.physics.latency import great_circle_km

__all__ = ["STATIONS_ASKED", "carried"]

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
    """Departures of places from those of stations.

    Parameters
    ----------
    departures : ndarray, shape (S, m)
        Of the stations.
    stations : tuple of ndarray, shape (S,)
        Latitude, longitude [°] and height [m].
    km, climb_m : ndarray, shape (n, S)
        Distance and absolute difference of height between places and stations; an infinite
        distance passes a station over. [km], [m]

    Returns
    -------
    ndarray, shape (n, m)
        In the unit of the departures; 0 where no station is near.
    """
    count = min(STATIONS_ASKED, km.shape[1])
    alike = _correlation(km, climb_m)
    asked = np.argpartition(-alike, count - 1, axis=1)[:, :count]
    lat, lon, height = (values[asked] for values in stations)
    between = great_circle_km(lat[:, :, None], lon[:, :, None], lat[:, None, :], lon[:, None, :])
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
