"""Numbers, positions and polygons of a planner's file: repaired where certain, else refused.

``1,234`` is 1.234 in one country and 1234 in another. What other numbers of the same table show
decides; where none does, it is an error and never a guess. A repair is certain when only one shape
or place can have been meant: the area stays that which the corners enclose, or only the swapped
coordinates lie in the country that the file names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from siting.catalogue.layers import Layers
from siting.catalogue.point_attributes import COAST_REACH_KM, country_at
from siting.errors import DataError, Fault
from siting.geo import geodesic_circle, polygons_of, split_at_antimeridian

__all__ = ["SOUTH", "Checked", "checked_places", "checked_shape", "plain_numbers"]


_SIGN = r"[-+\N{MINUS SIGN}]?"
_GROUP = (
    "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}'\N{RIGHT SINGLE QUOTATION MARK}]"
)
_EXPONENT = r"(?:[eE][-+]?\d+)?"
#: Any writing of a number, with either sign as decimal mark.
_NUMBER = re.compile(
    rf"{_SIGN}(?:\d+|\d{{1,3}}(?:(?:{_GROUP}|[.,])\d{{3}})+)(?:[.,]\d+)?{_EXPONENT}"
)


def _only(mark: str, other: str) -> re.Pattern[str]:
    """Numbers in which only one sign can be the decimal mark: 0,5 · 50,13 · 1.234,5 · 1.234.567."""
    m, o = re.escape(mark), re.escape(other)
    forms = (
        rf"\d+{m}(?!\d{{3}}$)\d+",
        rf"0{m}\d+",
        rf"\d{{4,}}{m}\d+",
        rf"\d{{1,3}}(?:{o}\d{{3}})+{m}\d+",
        rf"\d{{1,3}}(?:{o}\d{{3}}){{2,}}",
        rf"\d{{1,3}}(?:{_GROUP}\d{{3}})+{m}\d+",
    )
    return re.compile(rf"{_SIGN}(?:{'|'.join(forms)}){_EXPONENT}")


_COMMA, _POINT = _only(",", "."), _only(".", ",")
#: 1,234 alone says neither, and 1.234 only where a point cannot part thousands.
_EITHER = re.compile(rf"{_SIGN}[1-9]\d{{0,2}}[.,]\d{{3}}")
#: Degrees have no thousands: the one mark of such a cell is the decimal one.
_DEGREES = ("lat", "lon", "latitude", "longitude", "lng", "long")
_DEGREE = re.compile(rf"{_SIGN}\d{{1,3}}([.,])\d+")
#: Columns that are text whatever they hold.
_TEXT = ("id", "name", "country", "notes", "from", "to")


def plain_numbers(
    header: Sequence[str],
    cells: list[list[str]],
    fault: Callable[[int, str, str, str], Fault],
    *,
    point_is_certain: bool = False,
) -> tuple[list[list[str]], list[str]]:
    """Cells with plain numbers, and how they were written where that is not plain.

    Parameters
    ----------
    fault : callable
        Makes a fault of row, column, problem and remedy, where numbers are written in two ways, or
        could be read in two.
    point_is_certain : bool, default False
        Whether a single point can only be a decimal mark, as where commas part the cells.
    """
    columns = [
        j for j, name in enumerate(header) if name.lower() not in _TEXT and _numeric(cells, j)
    ]
    places = [(i, j) for i in range(len(cells)) for j in columns if _NUMBER.fullmatch(cells[i][j])]
    comma = [(i, j) for i, j in places if _marked(_COMMA, ",", header[j], cells[i][j])]
    point = [(i, j) for i, j in places if _marked(_POINT, ".", header[j], cells[i][j])]
    if comma and point:
        i, j = comma[0]
        k, m = point[0]
        problem = f"is {cells[i][j]!r}, and {header[m]} of another cell is {cells[k][m]!r}"
        remedy = "Write all numbers with decimal points, or all with decimal commas"
        raise DataError([fault(i, header[j], problem, remedy)])
    either = [(i, j) for i, j in places if _EITHER.fullmatch(cells[i][j])
              and not (point_is_certain and "." in cells[i][j])]  # fmt: skip
    if either and not comma and not point:
        remedy = "Write it plainly (1234), or with other decimals (1.2340)"
        raise DataError(
            fault(i, header[j], f"is {cells[i][j]!r}, which could be read in two ways", remedy)
            for i, j in either
        )
    fresh, changed = [row.copy() for row in cells], 0
    for i, j in places:
        text = re.sub(_GROUP, "", cells[i][j]).replace("\N{MINUS SIGN}", "-")
        text = text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
        changed += text != cells[i][j]
        fresh[i][j] = text
    how = "decimal commas" if comma else "thousands separators"
    return fresh, [f"{how} in {changed} numbers"] if changed else []


def _marked(only: re.Pattern[str], mark: str, name: str, text: str) -> bool:
    """Return whether a number can only have this decimal mark."""
    degrees = _DEGREE.fullmatch(text) if name.lower() in _DEGREES else None
    return bool(only.fullmatch(text)) or (degrees is not None and degrees.group(1) == mark)


def _numeric(cells: list[list[str]], column: int) -> bool:
    """Return whether most cells of a column are numbers in some writing."""
    filled = [row[column] for row in cells if row[column]]
    numbers = sum(bool(_NUMBER.fullmatch(text)) for text in filled)
    return 2 * numbers > len(filled)


_AREA_TOLERANCE = 1e-3
SOUTH = -60.0
_POLAR = 60.0
#: Degrees that a longitude may be counted to, and a latitude that stands in its place.
_FARTHEST = 360.0


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
    """A point or polygon in EPSG:4326 made valid, its longitudes brought into -180..180.

    A third coordinate is dropped, holes are kept, and a ring around a pole becomes the cap that
    reaches it.
    """
    if shape is None or shape.is_empty:
        return Checked(None, problem="is empty")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return Checked(None, problem="has coordinates that are no numbers")
    if np.abs(shapely.get_coordinates(shape)).max() > _FARTHEST:
        return Checked(None, problem="has coordinates that are no degrees")
    flat, dropped = _without_scraps(shapely.force_2d(shape))
    if flat.geom_type == "Point":
        return Checked(flat, dropped)
    if flat.geom_type not in ("Polygon", "MultiPolygon"):
        return Checked(None, problem=f"is a {flat.geom_type}, not a point or a polygon")
    parts, notes = [], [*dropped]
    for part in shapely.get_parts(flat):
        if part.is_empty:
            return Checked(None, problem="has a part without corners")
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
    if whole.is_empty or not whole.area > 0.0:
        return Checked(None, problem=_without_area(flat))
    if len(parts) > 1 and not flat.is_valid and not notes:
        notes.append("parts that overlap were joined")
    return Checked(whole, tuple(dict.fromkeys(notes)))


def _without_area(shape: BaseGeometry) -> str:
    """Words for a polygon that encloses no area."""
    west, south, east, north = shape.bounds
    if south == north and east - west >= 360.0:
        return "runs along a parallel around the Earth and back, and encloses no area"
    return "has a ring that encloses no area"


def _without_scraps(shape: BaseGeometry) -> tuple[BaseGeometry, tuple[str, ...]]:
    """The polygons or the one point of a collection, as a clip leaves them, and a note."""
    if shape.geom_type == "MultiPoint" and len(shapely.get_parts(shape)) == 1:
        return shapely.get_parts(shape)[0], ()
    if shape.geom_type != "GeometryCollection":
        return shape, ()
    parts = _flat_parts(shape)
    areas = [part for part in parts if part.geom_type == "Polygon"]
    if not areas:
        return (parts[0], ()) if len(parts) == 1 else (shape, ())
    note = "lines and points of a collection were left out"
    whole: BaseGeometry = areas[0]
    if len(areas) > 1:
        whole = MultiPolygon(cast("list[Polygon]", areas))
    return whole, (note,) if len(areas) < len(parts) else ()


def _flat_parts(shape: BaseGeometry) -> list[BaseGeometry]:
    """Parts of a shape, those of inner collections included, without empty ones."""
    if not hasattr(shape, "geoms"):
        return [] if shape.is_empty else [shape]
    return [part for inner in shape.geoms for part in _flat_parts(inner)]


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


def checked_places(
    shapes: Sequence[Checked], countries: Sequence[str], layers: Layers
) -> list[Checked]:
    """Shapes that lie where their countries are, swapped back where only that can be meant.

    ``countries`` are the ISO3 codes that the file names for each, or "".
    """
    back = [_brought_back(one) for one in shapes]
    own = _countries_of(back, layers)
    right = [bool(o) and c in ("", o) for o, c in zip(own, countries, strict=True)]
    turned = [None if ok else _turned(one) for ok, one in zip(right, back, strict=True)]
    there = _countries_of(turned, layers)
    return [
        one if ok else _judged(one, country, str(o), other, str(t), layers)
        for one, country, ok, o, other, t in zip(
            back, countries, right, own, turned, there, strict=True
        )
    ]


def _judged(
    found: Checked, country: str, own: str, turned: Checked | None, there: str, layers: Layers
) -> Checked:
    """A shape, or the same with its coordinates swapped, or why it is refused."""
    if found.shape is None or (own and _lies_in(found.shape, country, own, layers)):
        return found
    if turned and country and there == country:  # the file itself says which one is meant
        return turned
    hint = f"; swapped, it would lie in {there}" if there else ""
    return replace(found, shape=None, problem=_why_not(found.shape, country, own) + hint)


def _brought_back(found: Checked) -> Checked:
    """A point whose longitude was counted from 0 to 360."""
    if found.shape is None or found.shape.geom_type != "Point":
        return found
    lon, lat = float(shapely.get_x(found.shape)), float(shapely.get_y(found.shape))
    if not (abs(lat) <= 90.0 and 180.0 < abs(lon) <= 360.0):
        return found
    note = "the longitude was brought into -180..180"
    point = shapely.Point((lon + 180.0) % 360.0 - 180.0, lat)
    return Checked(point, (*found.notes, note))


def _countries_of(shapes: Sequence[Checked | None], layers: Layers) -> npt.NDArray[np.object_]:
    """Country that each shape lies in; empty where it has none that a candidate can stand in."""
    inner = [
        one.shape.representative_point() if one and one.shape is not None else None
        for one in shapes
    ]
    lon, lat = shapely.get_x(inner), shapely.get_y(inner)
    right = (np.abs(lon) <= 180.0) & (lat >= SOUTH) & (lat <= 90.0)
    own = np.full(len(inner), "", dtype=object)
    if right.any():
        own[right] = country_at(layers, lon[right], lat[right])
    return own


def _why_not(shape: BaseGeometry, country: str, own: str) -> str:
    """Reason for which no candidate can lie at a place."""
    point = shape.representative_point()
    lon, lat = point.x, point.y
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        return f"lat {lat:g}, lon {lon:g} is not on the Earth"
    if lat < SOUTH:
        return f"lat {lat:g} is south of 60° S, where no climate is known"
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


def _lies_in(shape: BaseGeometry, country: str, own: str, layers: Layers) -> bool:
    """Test whether a shape in one country is within reach of the one that the file names."""
    outlines = layers.countries[layers.country_of == country]
    if own == country or not len(outlines):
        return True
    point = shape.representative_point()
    around = geodesic_circle(point.x, point.y, COAST_REACH_KM)
    return bool(shapely.intersects(outlines, around).any())
