"""A small map as SVG: the land, and places and lines on it, in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import shapely

from siting.catalogue.layers import read_polygons
from siting.geo import great_circle, split_at_cut
from siting.paths import geodata_dir

__all__ = ["Window", "window_around"]

#: Margin around the places in longitude and latitude. [degrees]
_MARGIN = (5.0, 4.0)


@cache
def _land() -> shapely.Geometry:
    """Coarse outlines of the land."""
    with np.load(geodata_dir() / "outlines.npz") as arrays:
        return shapely.simplify(shapely.union_all(read_polygons(arrays, "land")), 0.3)


@dataclass(frozen=True)
class Window:
    """A part of the world as a picture, one pixel square at its middle latitude.

    Parameters
    ----------
    west, south, east, north : float
        Its sides. [degrees]
    width : float
        Of the picture. [px]
    """

    west: float
    south: float
    east: float
    north: float
    width: float

    @property
    def _scale(self) -> tuple[float, float]:
        """Pixels to a degree of longitude and of latitude."""
        x = self.width / (self.east - self.west)
        middle = np.clip((self.south + self.north) / 2, -70.0, 70.0)
        return x, float(x / np.cos(np.radians(middle)))

    @property
    def height(self) -> float:
        """Height of the picture. [px]."""
        return (self.north - self.south) * self._scale[1]

    def pixels(self, lon_lat: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Places in the picture, shape (n, 2), rounded. [px]."""
        lon, lat = np.asarray(lon_lat, dtype=float).reshape(-1, 2).T
        x, y = self._scale
        return np.round(np.column_stack([(lon - self.west) * x, (self.north - lat) * y]), 1)

    def points(self, lon_lat: npt.ArrayLike) -> str:
        """Places as the points of a line or polygon of SVG."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.pixels(lon_lat))

    def land(self) -> list[str]:
        """Points of each polygon of land."""
        sides = (self.west, self.south, self.east, self.north)
        parts = shapely.get_parts(shapely.clip_by_rect(_land(), *sides))
        return [self.points(p.exterior.coords) for p in parts if p.geom_type == "Polygon"]

    def line(self, start: npt.ArrayLike, end: npt.ArrayLike) -> list[str]:
        """Points of the great circle between two places, in one part or two."""
        parts = split_at_cut(great_circle(np.asarray(start), np.asarray(end)), 0.0)
        return [self.points(part) for part in parts]


def window_around(lon: npt.ArrayLike, lat: npt.ArrayLike, width: float) -> Window:
    """The window around some places.

    Parameters
    ----------
    lon, lat : array_like
        At least one place. [degrees]
    width : float
        Of the picture. [px]
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    west, east = max(x.min() - _MARGIN[0], -180.0), min(x.max() + _MARGIN[0], 180.0)
    south, north = max(y.min() - _MARGIN[1], -90.0), min(y.max() + _MARGIN[1], 90.0)
    return Window(float(west), float(south), float(east), float(north), width)
