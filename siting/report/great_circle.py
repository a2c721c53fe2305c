"""Great circles as lines on a map, cut where the map is cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["great_circle", "split_at_cut"]

type FloatArray = npt.NDArray[np.float64]

#: Longitude of a cut from the central meridian: just inside of it, for a point on the cut itself
#: is projected to either edge of the map. [degrees]
_CUT = 180.0 - 1e-6


def _unit_vectors(lon_lat: FloatArray) -> FloatArray:
    lon, lat = np.radians(lon_lat).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def great_circle(start: npt.ArrayLike, end: npt.ArrayLike, step: float = 1.5) -> FloatArray:
    """Points along the shorter great circle between two places, on the sphere.

    Parameters
    ----------
    start, end : array_like, shape (2,)
        Longitude and latitude. [degrees]
    step : float, default 1.5
        Largest distance between neighbouring points. [degrees of arc]

    Returns
    -------
    ndarray, shape (n, 2)
        Longitudes in -180..180 and latitudes, both ends included. [degrees]

    References
    ----------
    .. [1] Shoemake, K. (1985) Animating rotation with quaternion curves. SIGGRAPH '85, 245-254
       (spherical linear interpolation). :doi:`10.1145/325334.325242`
    """
    ends = np.array([start, end], dtype=float)
    a, b = _unit_vectors(ends)
    angle = float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))
    if angle < 1e-9 or np.pi - angle < 1e-9:  # one place, or antipodes with no shorter way
        return ends
    t = np.linspace(0.0, 1.0, int(np.ceil(np.degrees(angle) / step)) + 1)[:, np.newaxis]
    x, y, z = ((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)).T
    line = np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])
    return np.degrees(line)


def split_at_cut(line: npt.ArrayLike, lon_0: float) -> list[FloatArray]:
    """Parts of a line on a map whose central meridian is ``lon_0``, cut opposite to it.

    Parameters
    ----------
    line : array_like, shape (n, 2)
        Longitude and latitude, neighbours less than 180 degrees of longitude apart. [degrees]
    lon_0 : float
        Central meridian of the map. [degrees]

    Returns
    -------
    list of ndarray, shape (m, 2)
        Longitudes in ``lon_0`` - 180 .. ``lon_0`` + 180; parts end at the cut, a hair inside.
    """
    points = np.asarray(line, dtype=float)
    lon = (points[:, 0] - lon_0 + 180.0) % 360.0 - 180.0
    jumps = np.flatnonzero(np.abs(np.diff(lon)) > 180.0)
    parts: list[FloatArray] = []
    head: list[FloatArray] = []
    begin = 0
    for i in jumps:
        side = np.copysign(_CUT, lon[i])
        ahead = lon[i + 1] + np.copysign(360.0, lon[i])
        share = (side - lon[i]) / (ahead - lon[i])
        lat = points[i, 1] + share * (points[i + 1, 1] - points[i, 1])
        own = np.column_stack([lon[begin : i + 1], points[begin : i + 1, 1]])
        parts.append(np.vstack([*head, own, [[side, lat]]]))
        head, begin = [np.array([[-side, lat]])], int(i) + 1
    parts.append(np.vstack([*head, np.column_stack([lon[begin:], points[begin:, 1]])]))
    return [part + np.array([lon_0, 0.0]) for part in parts]
