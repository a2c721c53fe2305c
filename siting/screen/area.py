"""The screened area, its square cells of equal area, and their map.

A region within 60° of its middle lies in a Lambert azimuthal equal-area projection about that
middle; a larger one in the EASE-Grid 2.0 [1]_, which is cylindrical and equal-area. Both are
of the WGS 84 ellipsoid, so that every cell has the same area; only its shape is strained.

References
----------
.. [1] Brodzik et al. (2012), EASE-Grid 2.0. ISPRS Int. J. Geo-Inf. 1, 32-45.
   :doi:`10.3390/ijgi1010032`
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray, IntArray
from siting.catalogue.layers import Layers, inside
from siting.catalogue.near_layers import OwnLayer, read_own_layer
from siting.catalogue.planner import URALS_LON
from siting.catalogue.repairs import checked_shape
from siting.catalogue.selection import MARKETS, NAMES, countries_in
from siting.config.candidates import Screen
from siting.errors import DataError, Fault, gather
from siting.geo import geodesic_area_km2, polygons_of, split_at_antimeridian, unit_vectors
from siting.report.data import clean
from siting.report.maps import SIZE_PX
from siting.report.maps.basemap import read_basemap
from siting.report.maps.layers import draw_basemap
from siting.report.maps.palette import (
    DPI,
    LIGHT,
    Palette,
    axes_in_points,
    draw_scale_bar,
    map_style,
    save_map,
    text_at,
)
from siting.report.maps.projection import View, choose_projection, view_of

__all__ = ["Cells", "equal_area_crs", "make_cells", "read_layers", "screen_map", "screened_area"]

type Shapes = npt.NDArray[np.object_]


def read_layers(screen: Screen) -> dict[str, OwnLayer]:
    """Layers that cells lie in or must not lie in, by file, each read once.

    Raises `DataError` with the faults of all files together.
    """
    areas = {e.file: e.buffer_km == 0 for e in screen.exclude}
    if screen.within:
        areas[screen.within] = True
    steps = [
        lambda f=file, o=only: read_own_layer(Path(f), only_areas=o) for file, only in areas.items()
    ]
    return dict(zip(areas, gather(*steps), strict=True))


def screened_area(screen: Screen, layers: Layers, own: dict[str, OwnLayer]) -> BaseGeometry:
    """Screened area: countries and regions together, cut to bbox and own polygons.

    It is in EPSG:4326, cut at the antimeridian. Every unknown name, and that nothing is left, is a
    `DataError`.
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
    codes, iso = set(layers.country_of) - {""}, "ISO 3166-1 alpha-3: SWE"
    regions = NAMES - MARKETS.keys()
    known = {
        "countries": (screen.countries, codes, iso),
        "exclude_countries": (screen.exclude_countries, codes, iso),
        "region": (screen.region, regions, f"Known are {', '.join(sorted(regions))}"),
    }
    return [
        Fault("screen", None, f"screen.{key}[{i}]", f"{name!r} is not known", remedy)
        for key, (names, there, remedy) in known.items()
        for i, name in enumerate(names)
        if name not in there
    ]


def _countries(screen: Screen, layers: Layers) -> BaseGeometry:
    """Outlines of the countries; of Russia, asia_pacific holds what lies beyond the Urals."""
    code = layers.country_of
    wanted = {*screen.countries, *countries_in(layers.codes["region"], screen.region)}
    wanted -= {*screen.exclude_countries} | ({"RUS"} - {*screen.countries})
    shapes = list(layers.countries[np.isin(code, list(wanted))])
    barred = {*screen.countries, *screen.exclude_countries}
    if "RUS" not in barred and "asia_pacific" in screen.region:
        russia = shapely.union_all(layers.countries[code == "RUS"])
        west = shapely.box(0.0, -90.0, URALS_LON, 90.0)
        shapes.append(shapely.difference(russia, west))
    return polygons_of(shapely.union_all(shapes))


def _box(bbox: tuple[float, ...]) -> BaseGeometry:
    west, south, east, north = bbox
    if west < east:
        return shapely.box(west, south, east, north)
    return split_at_antimeridian(shapely.box(west, south, east + 360.0, north))


#: Half-width of a region that one azimuthal projection still shows well. [degrees]
_AZIMUTHAL_REACH = 60.0
_EASE = "EPSG:6933"
_EASE_WIDTH_M = 17367530.45  # half of the way around; its limit in northing is ±7314540.83
_EASE_HEIGHT_M = 7314540.83
_CORNERS = 5  # on each side of a cell, so that its outline bends as the Earth does
_MOST_POINTS = 20_000_000


@dataclass(frozen=True)
class Cells:
    """Cells of one area.

    Parameters
    ----------
    lon, lat : ndarray, shape (n,)
        Middle. [degrees, WGS 84]
    row, column : ndarray of int, shape (n,)
        Place in the grid, counted from the north-west.
    crs : CRS
        The equal-area projection.
    size_m : float
        Side of the square in that projection. [m]
    x, y : ndarray, shape (n,)
        Middle in that projection. [m]
    """

    lon: FloatArray
    lat: FloatArray
    row: IntArray
    column: IntArray
    crs: CRS
    size_m: float
    x: FloatArray
    y: FloatArray

    def outlines(self) -> npt.NDArray[np.object_]:
        """Polygon of each cell in EPSG:4326, cut at the antimeridian, closed over a pole."""
        side = np.linspace(-0.5, 0.5, _CORNERS)[:-1] * self.size_m
        low, high = np.full_like(side, -0.5 * self.size_m), np.full_like(side, 0.5 * self.size_m)
        ring_x = np.concatenate([side, high, -side, low])
        ring_y = np.concatenate([low, side, high, -side])
        back = Transformer.from_crs(self.crs, 4326, always_xy=True)
        lon, lat = back.transform(self.x[:, None] + ring_x, self.y[:, None] + ring_y)
        rings = np.stack([lon, lat], axis=2)
        rings = np.concatenate([rings, rings[:, :1]], axis=1)
        shapes = np.atleast_1d(np.asarray(shapely.polygons(rings), dtype=object))
        odd = (np.ptp(lon, axis=1) > 180.0) | ~shapely.is_valid(shapes)
        for i in np.flatnonzero(odd):
            shapes[i] = checked_shape(shapes[i]).shape
        return shapes


def equal_area_crs(area: BaseGeometry) -> CRS:
    """The equal-area projection that suits a region of EPSG:4326."""
    xy = _boundary(area)
    middle = unit_vectors(*xy.T).mean(axis=0)
    length = float(np.linalg.norm(middle))
    if length > 1e-9:
        x, y, z = middle / length
        reach = np.degrees(np.arccos(np.clip(unit_vectors(*xy.T) @ (middle / length), -1.0, 1.0)))
        if float(reach.max()) <= _AZIMUTHAL_REACH:
            lat, lon = round(float(np.degrees(np.arcsin(z)))), round(np.degrees(np.arctan2(y, x)))
            return CRS.from_proj4(
                f"+proj=laea +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m +no_defs"
            )
    return CRS.from_user_input(_EASE)


def make_cells(area: BaseGeometry, cell_km: float, max_cells: int) -> Cells:
    """Cells whose middle lies in an area in EPSG:4326, -180..180.

    ``cell_km`` is the side of the square of the area of a cell. More cells than ``max_cells``, with
    the size that fits, or none, are a `DataError`.
    """
    expected = geodesic_area_km2(shapely.segmentize(area, 1.0)) / cell_km**2
    if expected > 1.05 * max_cells:
        raise DataError([_too_many(expected, cell_km, max_cells)])
    crs, size = equal_area_crs(area), 1000.0 * cell_km
    x, y, row, column = _middles(area, crs, size)
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    parts = shapely.STRtree(shapely.get_parts(area))
    kept = known[inside(parts, lon[known], lat[known]) >= 0]
    if kept.size > max_cells:
        raise DataError([_too_many(kept.size, cell_km, max_cells)])
    if not kept.size:
        problem = f"is {cell_km:g}: no cell has its middle in the area"
        raise DataError([Fault("screen", None, "screen.cell_km", problem, "Make it smaller")])
    return Cells(lon[kept], lat[kept], row[kept], column[kept], crs, size, x[kept], y[kept])


def _middles(
    area: BaseGeometry, crs: CRS, size: float
) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
    """Middles of the grid over the bounds of an area, and their rows and columns."""
    to_plane = Transformer.from_crs(4326, crs, always_xy=True)
    x, y = to_plane.transform(*_boundary(area).T)
    known = np.isfinite(x) & np.isfinite(y)
    west, east, south, north = x[known].min(), x[known].max(), y[known].min(), y[known].max()
    if crs.to_epsg() == 6933:  # whole cells only, from the edge of the world
        columns = np.arange(int(2 * _EASE_WIDTH_M // size))
        rows = np.arange(int(2 * _EASE_HEIGHT_M // size))
        across, down = -_EASE_WIDTH_M + (columns + 0.5) * size, _EASE_HEIGHT_M - (rows + 0.5) * size
        near = (across >= west - size) & (across <= east + size)
        level = (down >= south - size) & (down <= north + size)
        columns, across, rows, down = columns[near], across[near], rows[level], down[level]
    else:  # a middle on the middle, so that a pole is inside of a cell and never its corner
        west, north = np.floor(west / size), np.ceil(north / size)
        columns = np.arange(int(np.ceil(east / size) - west) + 1)
        rows = np.arange(int(north - np.floor(south / size)) + 1)
        across, down = (west + columns) * size, (north - rows) * size
    if rows.size * columns.size > _MOST_POINTS:
        fault = _too_many(rows.size * columns.size, size / 1000.0, _MOST_POINTS)
        raise DataError([fault])
    grid_x, grid_y = np.meshgrid(across, down)
    grid_column, grid_row = np.meshgrid(columns, rows)
    return grid_x.ravel(), grid_y.ravel(), grid_row.ravel(), grid_column.ravel()


def _boundary(area: BaseGeometry) -> FloatArray:
    return np.asarray(shapely.get_coordinates(shapely.segmentize(area, 1.0)), dtype=float)


def _too_many(expected: float, cell_km: float, max_cells: int) -> Fault:
    fits = cell_km * np.sqrt(expected / max_cells)
    problem = f"is {cell_km:g}, which makes about {expected:,.0f} cells"
    remedy = f"Give {np.ceil(fits):g} or more, or raise screen.max_cells above {max_cells:,}"
    return Fault("screen", None, "screen.cell_km", problem, remedy)


_MAP = (18.0, 28.0, 690.0, 426.0)
_LEGEND = (722.0, 28.0, 188.0, 426.0)
_HEIGHT = 72.0 * SIZE_PX[1] / DPI
_KEPT = "#0b6e4f"
#: Reasons by how many cells they took; more than these are one last colour.
_REASONS = ("#c9b8e8", "#f2a65a", "#8fb8de", "#d96c75", "#b0a38a", "#7d8a96", "#e3cf6b")
_OTHER = "#cfcfcf"
#: A ring that is wider on the page lies on both sides of the cut of the map. [pt]
_WIDEST_PT = 120.0


def screen_map(cells: gpd.GeoDataFrame, name: str, *, path: Path) -> None:
    """Write the map of a screen as PNG, SVG or PDF, by the suffix of the file.

    Cells have lon, lat [degrees], reasons, first_reason and their outline.
    """
    with map_style():
        save_map(_draw(cells, name, LIGHT), path)


def _draw(cells: gpd.GeoDataFrame, name: str, palette: Palette) -> Figure:
    figure = Figure(figsize=(SIZE_PX[0] / DPI, SIZE_PX[1] / DPI), dpi=DPI, facecolor=palette.paper)
    view = _screen_view(cells)
    axes = axes_in_points(figure, _MAP)
    draw_basemap(axes, read_basemap(view), palette)
    colours = _screen_colours(cells["first_reason"])
    _draw_cells(axes, cells, view, colours)
    draw_scale_bar(axes, view, palette)
    _legend(figure, cells, colours, palette)
    kept = int((cells["reasons"] == "").sum())
    text_at(figure, 18, _HEIGHT - 32, clean(name), palette.ink, size=18, weight="bold")
    what = f"{kept:,} of {len(cells):,} cells of equal area stayed as candidates"
    text_at(figure, 18, _HEIGHT - 52, what, palette.muted, size=11)
    source = f"Outlines: Natural Earth (public domain). {view.projection.title} projection."
    text_at(figure, 18, 13, source, palette.muted, size=7)
    return figure


def _screen_view(cells: gpd.GeoDataFrame) -> View:
    lon, lat = cells["lon"].to_numpy(dtype=float), cells["lat"].to_numpy(dtype=float)
    projection = choose_projection(lon, lat)
    return view_of(projection, lon, lat, width=_MAP[2], height=_MAP[3])


def _screen_colours(reasons: pd.Series[str]) -> dict[str, str]:
    """Colour of each reason, those that took most cells first; "" is a cell that stayed."""
    order = reasons[reasons != ""].value_counts().index
    shown = dict(zip(order, _REASONS, strict=False))
    return {"": _KEPT} | {str(key): shown.get(key, _OTHER) for key in order}


def _draw_cells(axes: Axes, cells: gpd.GeoDataFrame, view: View, colours: dict[str, str]) -> None:
    """Outline of each cell in the colour of its first reason, or a dot where the map is cut."""
    colour = cells["first_reason"].map(colours).to_numpy()
    whole = (cells.geometry.geom_type == "Polygon").to_numpy()
    rings = [
        view.points(np.asarray(shape.exterior.coords)) if one else np.zeros((1, 2))
        for shape, one in zip(cells.geometry, whole, strict=True)
    ]
    whole = whole & np.array([np.ptp(ring[:, 0]) < _WIDEST_PT for ring in rings])
    axes.add_collection(
        PolyCollection([rings[i] for i in np.flatnonzero(whole)], facecolors=list(colour[whole]),
                       edgecolors="white", linewidths=0.15, alpha=0.85, zorder=5)
    )  # fmt: skip
    spots = view.points(cells[["lon", "lat"]].to_numpy(dtype=float)[~whole])
    axes.scatter(spots[:, 0], spots[:, 1], s=4.0, c=list(colour[~whole]), linewidths=0.0, zorder=5)


def _words(key: str) -> str:
    """The rule of a reason, short."""
    for end, words in (("_max", " too large"), ("_min", " too small")):
        if key.endswith(end):
            return key.removesuffix(end) + words
    return {"": "stayed", "lacks_data": "data missing", "water": "in water"}.get(key, key)


def _legend(
    figure: Figure, cells: gpd.GeoDataFrame, colours: dict[str, str], palette: Palette
) -> None:
    axes = axes_in_points(figure, _LEGEND)
    counts = cells["first_reason"].value_counts()
    y = _LEGEND[3] - 12
    for key, colour in list(colours.items())[:18]:
        words = _words(key)
        axes.scatter([6], [y], s=64, marker="s", c=[colour], linewidths=0.0)
        axes.text(18, y, f"{words}: {counts.get(key, 0):,}", size=9, color=palette.ink,
                  va="center", parse_math=False)  # fmt: skip
        y -= 17
    axes.text(0, y - 6, "Each cell counts under its first reason.", size=7.5, color=palette.muted,
              va="center", parse_math=False)  # fmt: skip
