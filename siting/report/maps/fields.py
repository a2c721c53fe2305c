"""Fields under a map: basins by water scarcity, grids of hazards and of the planner's rasters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import shapes as shapes_of_cells
from rasterio.features import sieve

from siting.arrays import FloatArray
from siting.catalogue.layers import open_layers
from siting.catalogue.near_layers import hazards_at
from siting.catalogue.rasters import coarse_values, raster_nodes
from siting.config.candidates import Raster
from siting.geo import wrap_lon
from siting.paths import geodata_dir
from siting.report.maps.projection import View

__all__ = ["BASIN_CLASSES", "Cells", "basin_areas", "hazard_cells", "raster_cells"]


type Shapes = npt.NDArray[np.object_]

#: Ends of the classes of the AWARE factor, which is 0.1 to 100. [m3 world-eq/m3]
BASIN_CLASSES = (0.0, 0.5, 1.0, 3.0, 10.0, 40.0, 100.1)
_CELL = 0.5  # degrees


@cache
def basin_areas(
    folder: Path | None = None, *, smallest: int = 1
) -> tuple[npt.NDArray[np.int64], Shapes]:
    """Areas of one class each, of the half-degree cells that the basins are made of.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Folder with ``scarcity.npz``; default the built-in tables.
    smallest : int, default 1
        Cells of the smallest area; smaller ones are drawn as the largest beside them.

    Returns
    -------
    classes : ndarray of int, shape (n,)
        Position of the class in :data:`BASIN_CLASSES`.
    areas : ndarray of Polygon or MultiPolygon
        In EPSG:4326, sharing their borders.
    """
    with np.load((folder or geodata_dir()) / "scarcity.npz") as packed:
        factor = packed["factor_x100"] / 100.0
    number = np.where(factor > 0, np.digitize(factor, BASIN_CLASSES), 0).astype(np.uint8)
    if smallest > 1:
        number = sieve(number, smallest, mask=number > 0)
    to_degrees = Affine(_CELL, 0.0, -180.0, 0.0, -_CELL, 90.0)
    found = list(shapes_of_cells(number, mask=number > 0, transform=to_degrees))
    parts = np.array([shapely.geometry.shape(area) for area, _ in found], dtype=object)
    classes = np.array([int(value) - 1 for _, value in found], dtype=np.int64)
    order = np.argsort(classes, kind="stable")
    kinds = np.unique(classes)
    position = np.searchsorted(kinds, classes[order])
    return kinds, np.asarray(shapely.multipolygons(parts[order], indices=position))


#: Cells along the longer side of what is drawn, of a raster and of a hazard, which is coarse.
_MOST, _MOST_HAZARD = 400, 300


@dataclass(frozen=True)
class Cells:
    """Values in square cells of a window.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        From the south and the west; NaN where there is none.
    box : tuple of float
        West, south, east and north end. [pt]
    """

    values: FloatArray
    box: tuple[float, float, float, float]


def raster_cells(raster: Raster, view: View) -> Cells | None:
    """Values of a raster of the planner's as far as it reaches in a window; None where it does not.

    Raises
    ------
    siting.errors.DataError
        If it cannot be read.
    """
    file = Path(raster.file)
    spots = view.points(raster_nodes(file, raster.band))
    spots = spots[np.isfinite(spots).all(axis=1)]
    size = np.array([view.width, view.height])
    low, high = np.maximum(spots.min(axis=0), 0.0), np.minimum(spots.max(axis=0), size)
    if not (low < high).all():
        return None
    return _cells(view, (*low, *high), _MOST, partial(
        coarse_values, file, take=raster.take, band=raster.band))  # fmt: skip


@lru_cache(maxsize=8)  # pages of one study are of one window
def hazard_cells(name: str, view: View) -> Cells:
    """Values of a built-in hazard over a window.

    Parameters
    ----------
    name : str
        Of :data:`siting.catalogue.near_layers.HAZARDS`.
    view : View
        The window.
    """

    def values(lon: FloatArray, lat: FloatArray) -> FloatArray:
        return hazards_at(open_layers(), lon, lat, (name,))[name]

    return _cells(view, (0.0, 0.0, view.width, view.height), _MOST_HAZARD, values)


def _cells(
    view: View,
    box: tuple[float, float, float, float],
    most: int,
    values: Callable[[FloatArray, FloatArray], FloatArray],
) -> Cells:
    """Values at the middles of cells of a box, so many along its longer side."""
    west, south, east, north = box
    side = max(east - west, north - south) / most
    columns, rows = (max(1, round(length / side)) for length in (east - west, north - south))
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = south + (np.arange(rows) + 0.5) * (north - south) / rows
    middles = np.column_stack([each.ravel() for each in np.meshgrid(x, y)])
    lon, lat = view.lon_lat(middles).T
    there = np.isfinite(lon) & np.isfinite(lat)
    found = np.full(len(lon), np.nan)
    found[there] = values(wrap_lon(lon[there]), lat[there])
    return Cells(found.reshape(rows, columns), box)
