"""The area that is screened, and polygon layers of the planner's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from siting.catalogue.layers import Layers
from siting.catalogue.model import REGIONS
from siting.catalogue.read_files import read_shapes
from siting.catalogue.repairs import checked_shape
from siting.catalogue.rows import Rows
from siting.config.screen import Screen
from siting.errors import DataError, Fault
from siting.geo import polygons_of

__all__ = ["PolygonLayer", "read_polygon_layers", "screened_area"]

type Shapes = npt.NDArray[np.object_]

#: Russia east of this meridian is asia_pacific, west of it europe. [degrees]
_URALS_LON = 60.0


class PolygonLayer:
    """Polygons of one file.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
        Valid, EPSG:4326, in -180..180.
    notes : tuple of str
        What was repaired, each with the file and the line.
    """

    def __init__(self, shapes: Shapes, notes: tuple[str, ...]) -> None:
        self.shapes, self.notes = shapes, notes
        self.tree = shapely.STRtree(shapes)


def read_polygon_layers(paths: list[str]) -> dict[str, PolygonLayer]:
    """Read polygon layers, each file once.

    Raises
    ------
    siting.errors.DataError
        With the faults of all files together.
    """
    layers: dict[str, PolygonLayer] = {}
    faults: list[Fault] = []
    for name in dict.fromkeys(paths):
        try:
            layers[name] = _read(Path(name))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    return layers


def _read(path: Path) -> PolygonLayer:
    layer, rows = read_shapes(path), Rows(path.name)
    notes = [f"{path.name}: {layer.note}"] if layer.note else []
    shapes, faults = [], []
    for i, shape in enumerate(layer.frame.geometry):
        found = checked_shape(shape)
        if found.shape is None or found.shape.geom_type == "Point":
            problem = found.problem or "is a point, not a polygon"
            remedy = "Draw the polygon again, or remove the feature"
            faults.append(rows.fault(i, "geometry", problem, remedy))
            continue
        outside = _off_earth(found.shape)
        if outside:
            faults.append(rows.fault(i, "geometry", outside, "Are lat and lon swapped?"))
        mended = (*layer.notes(i), *found.notes)
        notes += [f"{path.name}, feature {i + 1}: {text}" for text in mended]
        shapes.append(found.shape)
    if faults:
        raise DataError(faults)
    return PolygonLayer(np.array(shapes, dtype=object), tuple(notes))


def _off_earth(shape: BaseGeometry) -> str:
    _, south, _, north = shape.bounds
    return f"reaches from {south:g} to {north:g}° N" if max(-south, north) > 90.0 else ""


def screened_area(screen: Screen, layers: Layers, own: dict[str, PolygonLayer]) -> BaseGeometry:
    """Where cells are made: countries and regions together, cut to bbox and own polygons.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        EPSG:4326, cut at the antimeridian.

    Raises
    ------
    siting.errors.DataError
        For every unknown name, and where nothing is left.
    """
    faults = [*_unknown(screen, layers)]
    if faults:
        raise DataError(faults)
    parts: list[BaseGeometry] = []
    if screen.countries or screen.region:
        parts.append(_countries(screen, layers))
    if screen.bbox:
        parts.append(_box(screen.bbox))
    if screen.within:
        parts.append(shapely.union_all(own[screen.within].shapes))
    area = parts[0]
    for part in parts[1:]:
        area = shapely.intersection(area, part)
    area = polygons_of(area)
    if area.is_empty:
        problem = "countries, bbox and within have no place in common"
        raise DataError([Fault("screen", None, "screen", problem, "Leave one of them out")])
    return area


def _unknown(screen: Screen, layers: Layers) -> list[Fault]:
    known = {
        "countries": (screen.countries, set(layers.country_of) - {""}, "ISO 3166-1 alpha-3: SWE"),
        "region": (screen.region, REGIONS, f"Known are {', '.join(sorted(REGIONS))}"),
    }
    return [
        Fault("screen", None, f"screen.{key}[{i}]", f"{name!r} is not known", remedy)
        for key, (names, there, remedy) in known.items()
        for i, name in enumerate(names)
        if name not in there
    ]


def _countries(screen: Screen, layers: Layers) -> BaseGeometry:
    """Outlines of the countries, Russia parted at the Urals where a region names it."""
    code = layers.country_of
    region = layers.codes["region"].reindex(code).to_numpy(dtype=object)
    chosen = np.isin(code, list(screen.countries)) | np.isin(region, list(screen.region))
    chosen &= ~((code == "RUS") & ~np.isin(code, list(screen.countries)))
    shapes = list(layers.countries[chosen])
    if "RUS" not in screen.countries:
        russia = shapely.union_all(layers.countries[code == "RUS"])
        west = shapely.box(0.0, -90.0, _URALS_LON, 90.0)
        if "europe" in screen.region:
            shapes.append(shapely.intersection(russia, west))
        if "asia_pacific" in screen.region:
            shapes.append(shapely.difference(russia, west))
    return polygons_of(shapely.union_all(shapes))


def _box(bbox: tuple[float, ...]) -> BaseGeometry:
    west, south, east, north = bbox
    if west < east:
        return shapely.box(west, south, east, north)
    halves = [shapely.box(west, south, 180.0, north), shapely.box(-180.0, south, east, north)]
    return polygons_of(shapely.union_all(halves))
