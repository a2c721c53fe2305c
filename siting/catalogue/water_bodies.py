"""Waters around a place: lakes and seas by distance and temperature, basins by their scarcity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.layers import Layers, inside
from siting.geo import KM_PER_DEGREE, distance_km, geodesic_circle, sphere_km, wrap_lon

__all__ = [
    "BORDER_KM",
    "MONTH_COLUMNS",
    "REACH_KM",
    "Shores",
    "scarcity_around",
    "water_temperature",
]


#: A basin whose half-degree cells begin within this of a place may be the one it draws from. [km]
BORDER_KM = 30.0
_FILE, _CELL = "scarcity.npz", 0.5


def scarcity_around(catalogue: Catalogue, places: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest AWARE factor within ``BORDER_KM`` of places. [m3 world-eq/m3].

    Places have lat, lon [degrees, WGS 84] and scarcity_factor, which stands alone where the
    catalogue has no grid of basins. Columns are scarcity_factor, scarcity_low and scarcity_high.
    """
    own = places["scarcity_factor"].to_numpy(dtype=float)
    low, high = own.copy(), own.copy()
    path = catalogue.folder / _FILE
    if path.is_file():
        grid = _factors(path, path.stat().st_mtime_ns)
        for i, (lat, lon) in enumerate(zip(places["lat"], places["lon"], strict=True)):
            near = _near(grid, float(lat), float(lon))
            low[i], high[i] = np.nanmin([own[i], *near]), np.nanmax([own[i], *near])
    columns = {"scarcity_factor": own, "scarcity_low": low, "scarcity_high": high}
    return pd.DataFrame(columns, index=places.index)


@lru_cache(maxsize=1)
def _factors(path: Path, changed_ns: int) -> FloatArray:
    """Factors of the cells, read again once the file has changed. [m3 world-eq/m3]."""
    with np.load(path) as file:
        return np.asarray(file["factor_x100"] / 100.0)


def _near(grid: FloatArray, lat: float, lon: float) -> FloatArray:
    """Factors of the cells that begin within reach; a cell without one is no basin."""
    rows = np.arange(len(grid))
    south = 90.0 - _CELL * (rows + 1)
    rows = rows[(south <= lat + 2 * _CELL) & (south + _CELL >= lat - 2 * _CELL)]
    row, column = (part.ravel() for part in np.meshgrid(rows, np.arange(grid.shape[1])))
    middle_lat, middle_lon = 90.0 - _CELL * (row + 0.5), -180.0 + _CELL * (column + 0.5)
    east = np.clip(wrap_lon(lon, middle_lon), -_CELL / 2, _CELL / 2)
    north = np.clip(lat - middle_lat, -_CELL / 2, _CELL / 2)
    edge_lon, edge_lat = middle_lon + east, middle_lat + north
    # The sphere is within 0.6 % of the geodesic.
    near = np.flatnonzero(sphere_km(lon, lat, edge_lon, edge_lat) <= 1.01 * BORDER_KM)
    away = distance_km(lon, lat, edge_lon[near], edge_lat[near])
    found = grid[row, column][near[away <= BORDER_KM]]
    return found[found > 0]


MONTH_COLUMNS = tuple(f"m{month}" for month in range(1, 13))


def water_temperature(
    bodies: pd.DataFrame, sites: Sequence[str], month: npt.ArrayLike
) -> FloatArray:
    """Temperature at the intake of each site in each step, shape (n, T). [°C].

    Water follows the seasons, not the hours: every step of a month has that month's mean. Design
    steps (month 0) take the warmest month of the site. NaN where a site has no water body.

    Parameters
    ----------
    bodies : DataFrame
        Rows of ``water_bodies.csv``, index site, columns m1 to m12. [°C]
    sites : sequence of str, n
        Sites asked, in any order; some may have no water.
    month : array_like, shape (T,)
        Month of each step, 1 to 12, or 0 for a design step.

    Raises
    ------
    ValueError
        A month is not 0 to 12, or a site has two water bodies.
    """
    step_month = np.asarray(month)
    if step_month.size and not ((step_month >= 0) & (step_month <= 12)).all():
        raise ValueError("months are 1 to 12, or 0 for a design step")
    if not bodies.index.is_unique:
        raise ValueError("a site has more than one water body")
    monthly = bodies.reindex(list(sites))[list(MONTH_COLUMNS)].to_numpy(dtype=np.float64)
    by_month = np.column_stack([monthly.max(axis=1), monthly])
    temperature: FloatArray = by_month[:, step_month]
    return temperature


#: The water of a candidate is the same lake, or the same sea, as far from the candidate as this; an
#: atlas cell of the sea is 200 km wide. [km]
REACH_KM: Mapping[str, float] = MappingProxyType({"lake": 100.0, "sea": 25.0})
#: The outline of a lake holds its middle, or lies this near where it is narrow. [km]
_BESIDE_KM = 5.0


@dataclass(frozen=True)
class Shores:
    """Waters of the candidates, and the outlines of land and lakes.

    Parameters
    ----------
    bodies : DataFrame
        Rows of ``water_bodies.csv``, index site.
    homes : DataFrame
        Position of the candidate of each body: lat, lon. [°]
    layers : Layers
        The built-in layers.
    """

    bodies: pd.DataFrame
    homes: pd.DataFrame
    layers: Layers

    def home(self, site: str) -> tuple[float, float]:
        """Longitude and latitude of a candidate [°]."""
        return float(self.homes["lon"][site]), float(self.homes["lat"][site])

    def nearest(self, kind: str, lon: float, lat: float) -> str | None:
        """Candidate whose lake or sea is nearest to a place; None if no candidate has such water.

        By distance to the water among candidates within :data:`REACH_KM`, else the nearest
        candidate.
        """
        sites = self.homes[(self.bodies["kind"] == kind).to_numpy()]
        if sites.empty:
            return None
        to_site = distance_km(lon, lat, sites["lon"].to_numpy(), sites["lat"].to_numpy())
        order = [str(site) for site in sites.index[np.argsort(to_site)]]
        near = order[: int((to_site <= REACH_KM[kind]).sum())]
        return min(near or order[:1], key=lambda site: self.distance_km(site, lon, lat))

    def distance_km(self, site: str, lon: float, lat: float) -> float:
        """Distance from a place [°] to the water of a candidate, 0 on the water. [km].

        The sea begins at the coast. A lake that the outlines do not have is the circle of its area
        about its middle, and its candidate lies on the shore. Beyond :data:`REACH_KM` of the
        candidate it is the distance to the candidate.
        """
        fact = self.bodies.loc[site].to_dict()
        to_site = float(distance_km(lon, lat, *self.home(site)))
        if to_site > REACH_KM[fact["kind"]]:
            return to_site
        if fact["kind"] == "sea":
            on_land = inside(self.layers.land_tree, [lon], [lat])[0] >= 0
            return float(self.layers.coast.nearest([lon], [lat])[1][0]) if on_land else 0.0
        middle = float(fact["lon"]), float(fact["lat"])
        outline = self.layers.lakes[int(self.layers.lake_tree.nearest(shapely.Point(*middle)))]
        if _distance_to_shape(outline, *middle) <= _BESIDE_KM:
            return _distance_to_shape(outline, lon, lat)
        circle = geodesic_circle(*middle, float(np.sqrt(fact["area_km2"] / np.pi)))
        return min(_distance_to_shape(circle, lon, lat), to_site)


def _distance_to_shape(shape: BaseGeometry, lon: float, lat: float) -> float:
    """Distance from a place to an area some hundred km away at most, 0 within it [km]."""
    narrowing = np.cos(np.radians(lat))

    def about_place(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        east = (xy[:, 0] - lon + 180.0) % 360.0 - 180.0
        return KM_PER_DEGREE * np.column_stack([east * narrowing, xy[:, 1] - lat])

    line = shapely.shortest_line(shapely.Point(0.0, 0.0), shapely.transform(shape, about_place))
    east, north = shapely.get_coordinates(line)[-1] / KM_PER_DEGREE
    return float(distance_km(lon, lat, lon + east / narrowing, lat + north))
