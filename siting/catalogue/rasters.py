"""Rasters of the planner's own (GeoTIFF, COG): values at places and over their catchments."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray
from siting.errors import DataError, Fault
from siting.files import MOST_LAYER, check_size

__all__ = ["coarse_values", "raster_nodes", "raster_values"]


_REMEDY = "Give a GeoTIFF or COG with its CRS in the file"
#: Cells that are read at once.
_MOST_CELLS = 4_000_000
#: Cells along a side that a coarse reading has at most.
_MOST_COARSE = 1000.0
_REDUCERS: dict[str, Callable[[FloatArray], float]] = {
    "mean": lambda values: float(values.mean()),
    "max": lambda values: float(values.max()),
    "min": lambda values: float(values.min()),
}


def raster_values(
    path: Path,
    lon: FloatArray,
    lat: FloatArray,
    *,
    take: str = "point",
    band: int = 1,
    shapes: Sequence[BaseGeometry] = (),
) -> FloatArray:
    """Values of a raster at places, or over areas around them.

    Raises `DataError` if it cannot be read, has no CRS or not that band.

    Parameters
    ----------
    path : pathlib.Path
        GeoTIFF or cloud-optimised GeoTIFF, in any CRS of the Earth.
    lon, lat : ndarray, shape (n,)
        [degrees, WGS 84]
    take : {"point", "mean", "max", "min"}
        The cell that holds the place, or what the cells whose middle lies in its area come to.
    band : int, default 1
        Band of the raster, counted from 1.
    shapes : sequence of geometry, n
        Areas in EPSG:4326, needed unless ``take`` is ``point``.

    Returns
    -------
    ndarray, shape (n,)
        Scaled as the file says; NaN outside the raster and where it has no data.
    """
    with _opened(path, band) as (raster, crs):
        values = (
            _at_points(raster, crs, band, lon, lat)
            if take == "point"
            else np.array([_over(raster, crs, band, shape, take) for shape in shapes])
        )
        return np.asarray(values * raster.scales[band - 1] + raster.offsets[band - 1])


def coarse_values(
    path: Path, lon: FloatArray, lat: FloatArray, *, take: str = "point", band: int = 1
) -> FloatArray:
    """Values of a raster at many places, read in at most a thousand cells along a side.

    Arguments and result are those of `raster_values`; cells that are joined come to their mean for
    ``point``. Coordinates are infinite where there is no place.
    """
    from affine import Affine
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    joined = {"max": Resampling.max, "min": Resampling.min}.get(take, Resampling.average)
    found = np.full(len(lon), np.nan)
    with _opened(path, band) as (raster, crs):
        column, row = ~raster.transform @ np.vstack(_on_raster(raster, crs, lon, lat))
        inside = (column >= 0) & (column < raster.width) & (row >= 0) & (row < raster.height)
        if not inside.any():
            return found
        at = np.vstack([column[inside], row[inside]])
        first = np.floor(at.min(axis=1))
        size = np.floor(at.max(axis=1)) + 1 - first
        count = np.minimum(size, _MOST_COARSE).astype(int)
        grid = raster.transform @ Affine.translation(*first) @ Affine.scale(*size / count)
        with WarpedVRT(raster, resampling=joined, transform=grid,
                       width=count[0], height=count[1]) as coarse:  # fmt: skip
            cells = coarse.read(band, masked=True)
        values = np.ma.filled(cells.astype(float), np.nan)
        values = values * raster.scales[band - 1] + raster.offsets[band - 1]
        x, y = ((at.T - first) * count / size).T.astype(int)
        found[inside] = values[np.minimum(y, count[1] - 1), np.minimum(x, count[0] - 1)]
    return found


def raster_nodes(path: Path, band: int = 1) -> FloatArray:
    """Longitude and latitude of points spread evenly over a raster, shape (n, 2). [degrees]."""
    with _opened(path, band) as (raster, crs):
        column, row = np.meshgrid(*(np.linspace(0, n, 41) for n in (raster.width, raster.height)))
        x, y = raster.transform @ np.vstack([column.ravel(), row.ravel()])
        turn = Transformer.from_crs(4326, crs, always_xy=True)
        return np.column_stack(turn.transform(x, y, direction="INVERSE"))


@contextmanager
def _opened(path: Path, band: int) -> Iterator[tuple[Any, CRS]]:
    """A raster with its CRS, and what goes wrong while it is open as an error of the planner's."""
    import rasterio

    check_size(path, MOST_LAYER)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)  # told below
            raster = rasterio.open(path, driver="GTiff")
        with raster:
            yield raster, _crs(path, raster, band)
    except (rasterio.errors.RasterioError, ProjError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        fault = Fault(path.name, None, "", f"cannot be read ({reason})", _REMEDY)
        raise DataError([fault]) from None


def _crs(path: Path, raster: Any, band: int) -> CRS:
    grid = raster.transform
    placed = np.isfinite(grid).all() and not (grid.is_identity or grid.is_degenerate)
    if raster.crs is None or not placed:
        raise DataError([Fault(path.name, None, "crs", "has no position on the Earth", _REMEDY)])
    if not 1 <= band <= raster.count:
        problem = f"has {raster.count} bands, and band {band} is asked for"
        raise DataError([Fault(path.name, None, "band", problem, "Name one that there is")])
    return CRS.from_wkt(raster.crs.to_wkt())


def _at_points(raster: Any, crs: CRS, band: int, lon: FloatArray, lat: FloatArray) -> FloatArray:
    x, y = _on_raster(raster, crs, lon, lat)
    samples = raster.sample(zip(x, y, strict=True), indexes=band, masked=True)
    return np.array([_number(value[0]) for value in samples], dtype=float)


def _on_raster(
    raster: Any, crs: CRS, lon: FloatArray, lat: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Coordinates of places in a raster, far to the west of it where it has none."""
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    finite = np.isfinite(x) & np.isfinite(y)
    if crs.is_geographic:  # some count longitudes from 0 to 360
        west = finite & (x < raster.bounds.left) & (x + 360.0 <= raster.bounds.right)
        x = np.where(west, x + 360.0, x)
    return np.where(finite, x, raster.bounds.left - 1e9), np.where(finite, y, 0.0)


def _number(value: Any) -> float:
    return float("nan") if np.ma.is_masked(value) else float(value)


def _over(raster: Any, crs: CRS, band: int, shape: BaseGeometry, take: str) -> float:
    """Statistic of the cells of an area; where none has its middle there, of those it touches."""
    import shapely
    from rasterio.errors import WindowError
    from rasterio.windows import Window, from_bounds

    turn = Transformer.from_crs(4326, crs, always_xy=True)
    fine = shapely.segmentize(shape, 0.05)
    area = shapely.transform(fine, lambda xy: np.column_stack(turn.transform(*xy.T)))
    if not np.isfinite(shapely.get_coordinates(area)).all():
        return float("nan")
    window = from_bounds(*area.bounds, transform=raster.transform)
    left, top = int(np.floor(window.col_off)), int(np.floor(window.row_off))
    right = max(left + 1, int(np.ceil(window.col_off + window.width)))
    bottom = max(top + 1, int(np.ceil(window.row_off + window.height)))
    window = Window(left, top, right - left, bottom - top)  # every cell that the area touches
    try:
        window = window.intersection(Window(0, 0, raster.width, raster.height))
    except WindowError:
        return float("nan")
    for touched in (False, True):
        found = [part for part in _strips(raster, band, window, area, touched) if part.size]
        if found:
            return _REDUCERS[take](np.concatenate(found))
    return float("nan")


def _strips(
    raster: Any, band: int, window: Any, area: BaseGeometry, touched: bool
) -> Iterator[FloatArray]:
    """Known values of the cells in an area, strip by strip of a window."""
    from rasterio.features import geometry_mask
    from rasterio.windows import Window, transform

    rows = max(1, _MOST_CELLS // max(1, int(window.width)))
    for start in range(0, int(window.height), rows):
        height = min(rows, int(window.height) - start)
        strip = Window(window.col_off, window.row_off + start, window.width, height)
        cells = raster.read(band, window=strip, masked=True)
        grid = transform(strip, raster.transform)
        inner = ~geometry_mask([area], cells.shape, grid, all_touched=touched)
        values = np.ma.getdata(cells)[inner & ~np.ma.getmaskarray(cells)].astype(float)
        yield values[np.isfinite(values)]
