"""Choice of the projection of a map and of its frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from siting.arrays import FloatArray
from siting.geo import wrap_lon

__all__ = [
    "Projection",
    "ProjectionKind",
    "View",
    "choose_projection",
    "covering_arc",
    "view_of",
    "within_world",
]


#: Parallels between which the world map is drawn; no data centers stand beyond. [degrees]
WORLD_LATITUDES = (-57.0, 84.0)
#: The world map is cut in the Bering Strait, so that no land but Antarctica is cut. [degrees]
WORLD_MERIDIAN = 11.0
#: Smallest width of a map, so that a single site is shown with its surroundings. [m]
_SMALLEST_M = 1.2e6
_MARGIN = 0.09
#: A map that shows this share of the width of the world shows all of it.
_NEARLY_ALL = 0.8
#: Widest extent that is shown in one piece across the Bering Strait. [degrees]
_PACIFIC = 200.0


class ProjectionKind(StrEnum):
    """Families of projection, all equal-area so that bubbles and land compare fairly."""

    POLAR = "polar azimuthal"
    CONIC = "conic"
    AZIMUTHAL = "azimuthal"
    WORLD = "world"


@dataclass(frozen=True)
class Projection:
    """An equal-area projection.

    Parameters
    ----------
    kind : ProjectionKind
    lon_0 : float
        Central meridian; where a projection is cut, it is cut opposite. [degrees]
    definition : str
        PROJ string.
    title : str
        Name for the source line of a map.
    """

    kind: ProjectionKind
    lon_0: float
    definition: str
    title: str


def covering_arc(lon: npt.ArrayLike) -> tuple[float, float]:
    """Western end, -180..180, and width, 0..360, of the smallest arc with some longitudes [°]."""
    degrees: FloatArray = np.asarray(lon, dtype=float)
    around = np.unique(degrees % 360.0)
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(np.argmax(gaps))
    west = float(around[(widest + 1) % len(around)])
    return float(wrap_lon(west)), float(360.0 - gaps[widest])


def choose_projection(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Projection:
    """Projection that suits the extent of some points.

    Polar azimuthal where all lie north of 58° N, Albers conic for a region of the middle
    latitudes, oblique azimuthal for a region of the tropics, Equal Earth for the world.

    Parameters
    ----------
    lon, lat : array_like, shape (n,)
        Points to be shown. [degrees]

    References
    ----------
    .. [1] Snyder, J. P. (1987) Map projections: a working manual. USGS Prof. Paper 1395.
    .. [2] Šavrič, B., Patterson, T., Jenny, B. (2019) The Equal Earth map projection.
       Int. J. Geogr. Inf. Sci. 33, 454-465. :doi:`10.1080/13658816.2018.1504949`
    """
    latitudes: FloatArray = np.asarray(lat, dtype=float)
    south, north = float(latitudes.min()), float(latitudes.max())
    west, width = covering_arc(lon)
    middle = float(wrap_lon(west + width / 2))
    if south >= 58.0:
        return _azimuthal(ProjectionKind.POLAR, middle, 90.0)
    if width > 100.0 or north - south > 60.0:
        return _world(middle, width)
    if south * north > 0 and abs(south + north) / 2 >= 20.0:
        return _albers(middle, south, north)
    return _azimuthal(ProjectionKind.AZIMUTHAL, middle, (south + north) / 2)


def _world(middle: float, width: float) -> Projection:
    """Cut in the Bering Strait, or opposite of places that lie on both sides of the Pacific."""
    spans_cut = abs((middle - WORLD_MERIDIAN) % 360.0 - 180.0) < width / 2
    lon_0 = middle if spans_cut and width <= _PACIFIC else WORLD_MERIDIAN
    definition = f"+proj=eqearth +lon_0={lon_0:.6f} +datum=WGS84"
    return Projection(ProjectionKind.WORLD, lon_0, definition, "Equal Earth")


def _azimuthal(kind: ProjectionKind, lon_0: float, lat_0: float) -> Projection:
    definition = f"+proj=laea +lat_0={lat_0:.6f} +lon_0={lon_0:.6f} +datum=WGS84"
    return Projection(kind, lon_0, definition, "Lambert azimuthal equal-area")


def _albers(lon_0: float, south: float, north: float) -> Projection:
    """Standard parallels a sixth inside of the extent, at least 8 degrees apart."""
    inset = (north - south) / 6
    spread = max((north - south) / 2 - inset, 4.0)
    middle = (south + north) / 2
    definition = (
        f"+proj=aea +lat_0={middle:.6f} +lon_0={lon_0:.6f} "
        f"+lat_1={middle - spread:.6f} +lat_2={middle + spread:.6f} +datum=WGS84"
    )
    return Projection(ProjectionKind.CONIC, lon_0, definition, "Albers equal-area conic")


@lru_cache(maxsize=16)
def _transformer(definition: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", definition, always_xy=True)


@dataclass(frozen=True)
class View:
    """A projected window, measured in points of the page.

    Parameters
    ----------
    projection : Projection
    west_m, south_m : float
        Lower left corner. [m]
    metres_per_point : float
        Scale of the map. [m/pt]
    width, height : float
        Size of the window. [pt]
    """

    projection: Projection
    west_m: float
    south_m: float
    metres_per_point: float
    width: float
    height: float

    def points(self, lon_lat: npt.ArrayLike) -> FloatArray:
        """Position in the window of longitudes and latitudes [degrees], both of shape (n, 2).

        It is counted from the lower left corner. [pt]
        """
        lon, lat = np.asarray(lon_lat, dtype=float).reshape(-1, 2).T
        metres = np.column_stack(_transformer(self.projection.definition).transform(lon, lat))
        return np.asarray((metres - (self.west_m, self.south_m)) / self.metres_per_point)

    def lon_lat(self, points: npt.ArrayLike) -> FloatArray:
        """Inverse of `points`; infinite where the projection has no such place."""
        x, y = np.asarray(points, dtype=float).reshape(-1, 2).T * self.metres_per_point
        back = _transformer(self.projection.definition).transform(
            x + self.west_m, y + self.south_m, direction="INVERSE"
        )
        return np.column_stack(back)


def view_of(
    projection: Projection, lon: npt.ArrayLike, lat: npt.ArrayLike, *, width: float, height: float
) -> View:
    """Window of a given size [pt] around some points [degrees], as much of the world as fits."""
    low, high = _extent_m(projection, lon, lat)
    limits = _world_m(projection) if projection.kind is ProjectionKind.WORLD else None
    if limits is not None:
        low, high = np.maximum(low, limits[0]), np.minimum(high, limits[1])
        if high[0] - low[0] > _NEARLY_ALL * (limits[1][0] - limits[0][0]):
            rim = 0.004 * (limits[1] - limits[0])
            low, high = limits = limits[0] - rim, limits[1] + rim
    scale = float(np.max((high - low) / (width, height)))
    half = scale * np.array([width, height]) / 2
    middle = (low + high) / 2
    if limits is not None:
        middle = _inside(middle, half, *limits)
    west, south = middle - half
    return View(projection, float(west), float(south), scale, width, height)


def within_world(view: View, least: float) -> View:
    """The window without the bands above and below it that lie beyond the world.

    Parameters
    ----------
    view : View
        A window of the world, or of a part of it, which stays as it is.
    least : float
        Height that the window keeps in any case. [pt]
    """
    if view.projection.kind is not ProjectionKind.WORLD:
        return view
    (_, south), (_, north) = _world_m(view.projection)
    low, high = (np.array([south, north]) - view.south_m) / view.metres_per_point
    rim = 0.004 * (high - low)
    below, above = max(low - rim, 0.0), max(view.height - high - rim, 0.0)
    share = min(1.0, max(view.height - least, 0.0) / max(below + above, 1e-9))
    return replace(view, south_m=float(view.south_m + share * below * view.metres_per_point),
                   height=float(view.height - share * (below + above)))  # fmt: skip


def _inside(
    middle: FloatArray, half: FloatArray, lowest: FloatArray, highest: FloatArray
) -> FloatArray:
    """Middle of a window moved so that it shows no more than it must beyond the world."""
    fits = highest - lowest >= 2 * half
    moved = np.clip(middle, lowest + np.minimum(half, (highest - lowest) / 2),
                    highest - np.minimum(half, (highest - lowest) / 2))  # fmt: skip
    return np.where(fits, moved, (lowest + highest) / 2)


def _spots(projection: Projection, lon_lat: npt.ArrayLike) -> FloatArray:
    return View(projection, 0.0, 0.0, 1.0, 1.0, 1.0).points(lon_lat)


def _world_m(projection: Projection) -> tuple[FloatArray, FloatArray]:
    """Lower left and upper right corner of the world between its parallels [m]."""
    east, west = projection.lon_0 + 180.0 - 1e-9, projection.lon_0 - 180.0 + 1e-9
    south, north = WORLD_LATITUDES
    rim = _spots(projection, [(east, 0.0), (west, 0.0), (east, south), (east, north)])
    return rim.min(axis=0), rim.max(axis=0)


def _extent_m(
    projection: Projection, lon: npt.ArrayLike, lat: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Corners around some points, with a margin and not too near [m]."""
    lon_lat = np.column_stack([np.asarray(lon, float), np.asarray(lat, float)])
    spots = _spots(projection, lon_lat)
    low, high = spots.min(axis=0), spots.max(axis=0)
    short = np.maximum(_SMALLEST_M - (high - low), 0.0) / 2
    pad = short + _MARGIN * np.max(high - low + 2 * short)
    return low - pad, high + pad
