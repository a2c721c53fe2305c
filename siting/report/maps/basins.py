"""River basins by class of their water scarcity, as areas of a map."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import shapes as shapes_of_cells

from siting.paths import geodata_dir

__all__ = ["BASIN_CLASSES", "basin_areas"]

type Shapes = npt.NDArray[np.object_]

#: Ends of the classes of the AWARE factor, which is 0.1 to 100. [m3 world-eq/m3]
BASIN_CLASSES = (0.0, 0.5, 1.0, 3.0, 10.0, 40.0, 100.1)
_CELL = 0.5  # degrees


@cache
def basin_areas(folder: Path | None = None) -> tuple[npt.NDArray[np.int64], Shapes]:
    """Areas of one class each, of the half-degree cells that the basins are made of.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Folder with ``scarcity.npz``; default the built-in tables.

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
    to_degrees = Affine(_CELL, 0.0, -180.0, 0.0, -_CELL, 90.0)
    found = list(shapes_of_cells(number, mask=number > 0, transform=to_degrees))
    parts = np.array([shapely.geometry.shape(area) for area, _ in found], dtype=object)
    classes = np.array([int(value) - 1 for _, value in found], dtype=np.int64)
    order = np.argsort(classes, kind="stable")
    kinds = np.unique(classes)
    position = np.searchsorted(kinds, classes[order])
    return kinds, np.asarray(shapely.multipolygons(parts[order], indices=position))
