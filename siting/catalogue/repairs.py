"""Positions and polygons of a planner's file: repaired where that is certain, else refused.

A repair is certain when only one shape or place can have been meant: the area stays that which
the corners enclose, or only the swapped coordinates lie in the country that the file names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from siting.catalogue.anywhere import COAST_REACH_KM, country_at
from siting.catalogue.geometry import geodesic_circle, polygons_of, split_at_antimeridian
from siting.catalogue.layers import Layers

__all__ = ["Checked", "checked_place", "checked_shape"]

_AREA_TOLERANCE = 1e-3
_SOUTH = -60.0
_POLAR = 60.0


@dataclass(frozen=True)
class Checked:
    """A shape after its check.

    Parameters
    ----------
    shape : geometry or None
        Valid, in -180..180; None where there is a problem.
    notes : tuple of str
        What was repaired, in words.
    problem : str
        Why the shape is refused; empty where it is not.
    """

    shape: BaseGeometry | None
    notes: tuple[str, ...] = ()
    problem: str = ""


def checked_shape(shape: BaseGeometry | None) -> Checked:
    """A point or polygon made valid, its longitudes brought into -180..180.

    Parameters
    ----------
    shape : geometry or None
        In EPSG:4326; a third coordinate is dropped.

    Returns
    -------
    Checked
        Holes are kept. A ring around a pole becomes the cap that reaches it.
    """
    if shape is None or shape.is_empty:
        return Checked(None, problem="is empty")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return Checked(None, problem="has coordinates that are no numbers")
    flat = shapely.force_2d(shape)
    if flat.geom_type == "Point":
        return Checked(flat)
    if flat.geom_type not in ("Polygon", "MultiPolygon"):
        return Checked(None, problem=f"is a {flat.geom_type}, not a point or a polygon")
    parts, notes = [], []
    for part in shapely.get_parts(flat):
        unrolled, note = _unrolled(part)
        if unrolled is None:
            return Checked(None, problem=note)
        mended = _mended(unrolled)
        if mended is None:
            reason = shapely.is_valid_reason(unrolled).split("[")[0].lower()
            return Checked(None, problem=f"has a ring that crosses itself ({reason})")
        notes += [note] if note else []
        notes += [] if unrolled.is_valid else ["a ring was made valid"]
        parts.append(split_at_antimeridian(mended))
    whole = polygons_of(shapely.union_all(parts))
    if len(parts) > 1 and not flat.is_valid and not notes:
        notes.append("parts that overlap were joined")
    return Checked(whole, tuple(dict.fromkeys(notes)))


def _mended(part: Polygon) -> BaseGeometry | None:
    """A valid polygon of the area that the corners enclose, or None."""
    if part.is_valid:
        return part
    mended = polygons_of(part)
    enclosed = float(part.area)
    return mended if abs(mended.area - enclosed) <= _AREA_TOLERANCE * mended.area else None


def _unrolled(part: Polygon) -> tuple[Polygon | None, str]:
    """Polygon whose rings run on past ±180° instead of jumping, or why that is not certain."""
    shell = shapely.get_coordinates(part.exterior)
    jumps = _jumps(shell)
    past = bool(np.abs(shell[:, 0]).max() > 180.0)
    if not jumps.any():
        return part, "longitudes past 180° were brought back" if past else ""
    rings = [_unwound(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
    outer = rings[0]
    turn = outer[-1, 0] - outer[0, 0]
    if abs(turn) < 1e-6:
        middle = outer[:, 0].mean()
        holes = [_beside(ring, middle) for ring in rings[1:]]
        if np.ptp(outer[:, 0]) > 180.0:
            return None, "spans more than half of the Earth across 180°"
        return Polygon(outer, holes), "the ring crosses 180° and was cut there"
    if abs(outer[:, 1]).min() < _POLAR or np.ptp(np.sign(outer[:, 1])) > 0:
        return None, "runs around the Earth, and which pole it holds is not certain"
    if not _monotonic(outer):
        return None, "turns back on its way around the pole"
    return _polar_cap(outer, rings[1:]), "the ring runs around a pole and was closed over it"


def _jumps(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Edges longer than half of the Earth that do not run from one edge of the map to the other."""
    step = np.abs(np.diff(xy[:, 0]))
    at_edge = np.abs(np.abs(xy[:, 0]) - 180.0) < 1e-9
    return (step > 180.0) & ~(at_edge[:-1] & at_edge[1:])


def _unwound(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])


def _beside(ring: npt.NDArray[np.float64], lon: float) -> npt.NDArray[np.float64]:
    """A hole moved by whole turns to its shell."""
    turns = np.round((lon - ring[:, 0].mean()) / 360.0)
    return np.asarray(ring + np.array([360.0 * turns, 0.0]))


def _polar_cap(ring: npt.NDArray[np.float64], holes: list[npt.NDArray[np.float64]]) -> Polygon:
    pole = float(np.copysign(90.0, ring[0, 1]))
    xy = ring[:-1]
    lon = (xy[:, 0] + 180.0) % 360.0 - 180.0
    order = np.argsort(lon)
    lon, lat = lon[order], xy[order, 1]
    edge = float(np.interp(180.0, [lon[-1], lon[0] + 360.0], [lat[-1], lat[0]]))
    shell = [(-180.0, edge), *zip(lon, lat, strict=True), (180.0, edge), (180.0, pole)]
    return Polygon([*shell, (-180.0, pole)], holes)


def _monotonic(ring: npt.NDArray[np.float64]) -> bool:
    step = np.diff(ring[:, 0])
    return bool((step > 0).all() or (step < 0).all())


def checked_place(found: Checked, country: str, layers: Layers) -> Checked:
    """A shape that lies where its country is, swapped back where only that can be meant.

    Parameters
    ----------
    found : Checked
        From :func:`checked_shape`.
    country : str
        ISO3 code that the file names, or "".
    layers : Layers
        The built-in layers.
    """
    if found.shape is None:
        return found
    point = found.shape.representative_point()
    lon, lat = point.x, point.y
    if abs(lat) <= 90.0 and 180.0 < abs(lon) <= 360.0 and found.shape.geom_type == "Point":
        lon = (lon + 180.0) % 360.0 - 180.0
        note = (*found.notes, "the longitude was brought into -180..180")
        found = Checked(shapely.Point(lon, lat), note)
    turned = _turned(found)
    on_earth = abs(lat) <= 90.0 and abs(lon) <= 180.0
    if on_earth and lat >= _SOUTH and _lies_in(found, country, layers):
        return found
    there = _country(turned, layers) if turned else ""
    if turned and country and there == country:  # the file itself says which one is meant
        return turned
    hint = f"; swapped, it would lie in {there}" if there else ""
    return replace(found, shape=None, problem=_why_not(found, country, layers) + hint)


def _why_not(found: Checked, country: str, layers: Layers) -> str:
    """Why no candidate can stand at a place."""
    if found.shape is None:
        return found.problem
    point = found.shape.representative_point()
    lon, lat = point.x, point.y
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        return f"lat {lat:g}, lon {lon:g} is not on the Earth"
    if lat < _SOUTH:
        return f"lat {lat:g} is south of 60° S, where no climate is known"
    own = _country(found, layers)
    where = f"lies in {own}, not in {country}" if own and country else "lies in the open sea"
    return f"lat {lat:g}, lon {lon:g} {where}"


def _turned(found: Checked) -> Checked | None:
    """The shape with its coordinates swapped, if that is on the Earth."""
    if found.shape is None:
        return None
    swapped = shapely.transform(found.shape, lambda xy: xy[:, ::-1])
    west, south, east, north = swapped.bounds
    if max(-south, north) > 90.0 or max(-west, east) > 180.0:
        return None
    return Checked(swapped, (*found.notes, "lat and lon were swapped"))


def _country(found: Checked, layers: Layers) -> str:
    if found.shape is None:
        return ""
    point = found.shape.representative_point()
    return str(country_at(layers, np.array([point.x]), np.array([point.y]))[0])


def _lies_in(found: Checked, country: str, layers: Layers) -> bool:
    """Whether a shape is within reach of its country, or of any if none is named."""
    own = _country(found, layers)
    outlines = layers.countries[layers.country_of == country]
    if not country or own == country or not len(outlines):
        return own != ""
    if found.shape is None:
        return False
    point = found.shape.representative_point()
    around = geodesic_circle(point.x, point.y, COAST_REACH_KM)
    return bool(shapely.intersects(outlines, around).any())
