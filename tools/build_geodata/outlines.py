"""Land, countries and lakes in full detail, for measuring: ``outlines.npz``.

The maps of :mod:`tools.build_geodata.geography` are simplified for drawing; these say in which
country a point lies, and how far it is from a shore.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from siting.geo import polygons_of
from tools.build_geodata.climate import save_npz
from tools.build_geodata.common import SourceRow, rounded
from tools.build_geodata.geography import COAST, COUNTRIES, LAKES, read_countries, read_lakes
from tools.build_geodata.places import read_land

__all__ = ["build", "packed_polygons"]

_DECIMALS = 4  # of a degree: 11 m, finer than the maps
_TABLE = "outlines.npz"


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the three layers into one file."""
    countries = read_countries(sources).sort_values(["iso3", "name"])
    lakes = read_lakes(sources)
    save_npz(
        out / _TABLE,
        **packed_polygons("land", shapely.get_parts(read_land(sources))),
        **packed_polygons("countries", countries.geometry.to_numpy()),
        countries_iso3=countries["iso3"].to_numpy().astype("U3"),
        **packed_polygons("lakes", lakes.geometry.to_numpy()),
    )
    return _sources()


def packed_polygons(
    name: str, shapes: npt.NDArray[np.object_]
) -> dict[str, npt.NDArray[np.generic]]:
    """Polygons as arrays that :func:`siting.catalogue.layers.read_polygons` turns back.

    Parameters
    ----------
    name : str
        Prefix of the arrays.
    shapes : ndarray of Polygon or MultiPolygon
        In EPSG:4326.

    Returns
    -------
    dict
        ``{name}_xy`` (n, 2) of steps from corner to corner [1e-4 degrees], and ``{name}_0`` to
        ``{name}_2``, where each ring, polygon and shape begins.
    """
    many = np.array([shapely.multipolygons(_parts(shape)) for shape in shapes], dtype=object)
    _, xy, offsets = shapely.to_ragged_array(many)
    units = np.round(xy * 10.0**_DECIMALS).astype(np.int32)
    arrays = {f"{name}_xy": np.diff(units, axis=0, prepend=np.zeros((1, 2), np.int32))}
    return arrays | {f"{name}_{i}": part.astype(np.int32) for i, part in enumerate(offsets)}


def _parts(shape: BaseGeometry) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.get_parts(polygons_of(rounded(shape, _DECIMALS))))


def _sources() -> list[SourceRow]:
    method = "all corners, rounded to 1e-4 degrees"
    return [
        SourceRow(_TABLE, "land", COAST, "public domain", "2018", "degrees", method, "derived"),
        SourceRow(_TABLE, "countries, countries_iso3", COUNTRIES, "public domain", "2018",
                  "degrees", f"{method}; ISO codes by number and name", "derived"),
        SourceRow(_TABLE, "lakes", LAKES, "public domain", "2023", "degrees", method, "derived"),
    ]  # fmt: skip
