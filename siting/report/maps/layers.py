"""Layers of a map, drawn in points of its window: land, flows, sites, and names of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.markers import MarkerStyle
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from shapely import get_coordinates, get_parts, get_rings
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray
from siting.geo import great_circle, split_at_cut
from siting.placement import Placement
from siting.report.maps.basemap import Basemap
from siting.report.maps.labels import boxes_overlap
from siting.report.maps.palette import Palette, design_mark
from siting.report.maps.projection import View

__all__ = [
    "NAME_KINDS",
    "WIDEST_FLOW",
    "ShownFlows",
    "draw_basemap",
    "draw_flows",
    "draw_marks",
    "draw_place_names",
    "draw_sites",
    "flow_lines",
    "main_flows",
    "marker",
    "ranked_places",
    "site_radii",
    "site_reach",
]


_MOST_FLOWS = 60
_FLOW_SHARE = 0.9
#: Width of the line of the largest flow. [pt]
WIDEST_FLOW = 5.0
_SHAPES = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^"}
#: Side or diameter of each matplotlib marker of unit size, over that of a circle of equal area.
_EQUAL_AREA = {"circle": 1.0, "square": 0.886, "diamond": 0.886, "triangle": 1.253}
#: How far a symbol reaches, over the radius of a circle of equal area.
_REACH = {"circle": 1.0, "square": 1.05, "diamond": 1.26, "triangle": 1.26}


@dataclass(frozen=True)
class ShownFlows:
    """The flows that a map draws.

    Parameters
    ----------
    table : DataFrame
        demand, site, it_mw [MW] and rtt_ms [ms], all workloads together, the largest last.
    total : int
        Number of flows between different places of the placement.
    share : float
        Part of the load of all flows that is drawn. [-]
    """

    table: pd.DataFrame
    total: int
    share: float

    @property
    def is_all(self) -> bool:
        """Return whether no flow was left out."""
        return len(self.table) == self.total


def main_flows(flows: pd.DataFrame, most: int = _MOST_FLOWS) -> ShownFlows:
    """The largest flows: all up to a number, else at most so many and nine tenths of the load."""
    by_pair = flows.groupby(["demand", "site"])
    pairs = by_pair.agg(it_mw=("it_mw", "sum"), rtt_ms=("rtt_ms", "max")).reset_index()
    pairs = pairs.sort_values("it_mw", ascending=False, kind="stable", ignore_index=True)
    if len(pairs) <= most:
        return ShownFlows(pairs.iloc[::-1], len(pairs), 1.0)
    carried = pairs["it_mw"].cumsum() / pairs["it_mw"].sum()
    count = min(most, int((carried < _FLOW_SHARE).sum()) + 1)
    return ShownFlows(pairs.iloc[:count].iloc[::-1], len(pairs), float(carried.iloc[count - 1]))


def _ring_path(shapes: BaseGeometry | npt.NDArray[np.object_]) -> Path:
    """Outer and inner rings of one or several polygons."""
    corners, ring = get_coordinates(get_rings(get_parts(shapes)), return_index=True)
    codes = np.full(len(corners), Path.LINETO, dtype=Path.code_type)
    begins = np.diff(ring, prepend=-1) != 0
    codes[begins], codes[np.roll(begins, -1)] = Path.MOVETO, Path.CLOSEPOLY
    return Path(corners, codes)


def _fill(axes: Axes, shapes: npt.NDArray[np.object_], colour: str, zorder: float) -> None:
    if len(shapes):
        path = _ring_path(shapes)
        # The hairline closes the seam where the outlines of the source are cut.
        # An artist, since as a patch it would be measured to fit the axes to it, which stay.
        axes.add_artist(PathPatch(path, facecolor=colour, edgecolor=colour, lw=0.2, zorder=zorder))


#: Lines of the basemap from bottom to top: object, role of the colour, width [pt].
_LINES = (("rivers", "river", 0.5), ("provinces", "border", 0.4), ("coast", "coast", 0.45),
          ("borders", "coast", 0.6))  # fmt: skip


def draw_basemap(axes: Axes, base: Basemap, palette: Palette) -> None:
    """Sea, graticule, land, lakes, rivers, borders and the frame, all clipped to the globe."""
    globe = PathPatch(_ring_path(base.globe), facecolor=palette.sea, edgecolor="none", zorder=0)
    axes.add_artist(globe)
    lines = [get_coordinates(line) for line in base.graticule]
    axes.add_collection(LineCollection(lines, colors=palette.graticule, lw=0.5, zorder=1))
    _fill(axes, base.areas, palette.land, 2)
    _fill(axes, base.lakes, palette.sea, 2.5)
    for name, role, width in _LINES:
        drawn = base.topology.lines(name)
        colour = getattr(palette, role)
        axes.add_collection(LineCollection(drawn, colors=colour, lw=width, zorder=3))
    frame = PathPatch(_ring_path(base.globe), facecolor="none", edgecolor=palette.frame, lw=0.8)
    frame.set_zorder(20)
    axes.add_artist(frame)


def flow_lines(placement: Placement, shown: ShownFlows) -> list[FloatArray]:
    """Great circle of each flow, from demand to site, in longitude and latitude [degrees]."""
    starts = placement.demand.loc[shown.table["demand"], ["lon", "lat"]].to_numpy(dtype=float)
    ends = placement.sites.loc[shown.table["site"], ["lon", "lat"]].to_numpy(dtype=float)
    return [great_circle(start, end) for start, end in zip(starts, ends, strict=True)]


def draw_flows(axes: Axes, placement: Placement, shown: ShownFlows, view: View) -> None:
    """Great circles in the colour of the site's design, as wide as they carry load."""
    if shown.table.empty:
        return
    share = shown.table["it_mw"].to_numpy(dtype=float) / float(shown.table["it_mw"].max())
    designs = placement.sites.loc[shown.table["site"], "design"]
    lines, widths, colours = [], [], []
    for line, part, design in zip(flow_lines(placement, shown), share, designs, strict=True):
        pieces = [view.points(p) for p in split_at_cut(line, view.projection.lon_0)]
        lines += pieces
        widths += [max(WIDEST_FLOW * part, 0.5)] * len(pieces)
        colours += [design_mark(str(design)).colour] * len(pieces)
    axes.add_collection(
        LineCollection(
            lines, colors=colours, linewidths=widths, alpha=0.45, zorder=6, capstyle="round"
        )
    )


def draw_marks(axes: Axes, spots: FloatArray, colour: str, *, is_demand: bool) -> None:
    """Small marks: filled triangles that point down for demand, rings for candidates."""
    x, y = spots.reshape(-1, 2).T
    if is_demand:
        axes.scatter(x, y, s=15.0, marker="v", c=colour, linewidths=0.0, zorder=7)
    else:
        axes.scatter(x, y, s=9.0, marker="o", facecolors="none", edgecolors=colour,
                     linewidths=0.7, zorder=5)  # fmt: skip


def site_radii(it_mw: npt.ArrayLike, largest_pt: float, least_pt: float = 3.2) -> FloatArray:
    """Radii of symbols whose areas are in proportion to the IT load.

    Parameters
    ----------
    it_mw : array_like, shape (n,)
        IT load. [MW]
    largest_pt, least_pt : float
        Radius of the largest symbol, and the least radius that is still seen. [pt]
    """
    load = np.asarray(it_mw, dtype=float)
    top = float(load.max(initial=0.0)) or 1.0
    return np.asarray(np.maximum(largest_pt * np.sqrt(np.maximum(load, 0.0) / top), least_pt))


def site_reach(designs: pd.Series[str], radii: FloatArray) -> FloatArray:
    """Radii of the circles around the symbols of some designs [pt]."""
    return np.asarray(radii * [_REACH[design_mark(design).shape] for design in designs])


def marker(shape: str, radius: float) -> tuple[MarkerStyle, float]:
    """Marker of a shape with the area of a circle of some radius, and its scatter size."""
    return MarkerStyle(_SHAPES[shape]), (2 * radius * _EQUAL_AREA[shape]) ** 2


def draw_sites(
    axes: Axes, placement: Placement, spots: FloatArray, radii: FloatArray, palette: Palette
) -> None:
    """Symbols of the open sites, the smallest on top."""
    for i in np.argsort(-radii, kind="stable"):
        mark = design_mark(str(placement.sites["design"].iloc[i]))
        style, size = marker(mark.shape, float(radii[i]))
        axes.scatter(spots[i, 0], spots[i, 1], s=size, marker=style, facecolors=mark.colour,
                     edgecolors=palette.edge, linewidths=0.9, zorder=10)  # fmt: skip


#: Kinds of names, the most important first.
NAME_KINDS = ("country", "city", "province")
#: Pixels that the largest circle in a country or province must have before it is named.
_ROOM_PX: Mapping[str, float] = {"country": 14.0, "province": 26.0}
#: A city is named where it is at least so many pixels from a larger one, and no farther out than
#: the root of its people allows.
_ALONE_PX, _PEOPLE_ROOT = 42.0, 55.0
_STYLE: Mapping[str, tuple[str, FontProperties]] = {
    "country": ("place", FontProperties(family="DejaVu Sans", size=6.5, weight="bold")),
    "city": ("city", FontProperties(family="DejaVu Sans", size=6.0)),
    "province": ("place", FontProperties(family="DejaVu Sans", size=6.0, style="italic")),
}
_CLEAR = 2.0  # [pt]


def ranked_places(base: Basemap, kind: str, km_per_point: float) -> pd.DataFrame:
    """Places of one of :data:`NAME_KINDS`, those that are named from farthest out first.

    Columns are name, x, y [pt] and most, the resolution up to which the place is named [km/pixel].
    """
    if kind == "city":
        table = base.cities
        alone = table["alone_km"] / _ALONE_PX
        most = alone.clip(upper=np.sqrt(table["people"].astype(float)) / _PEOPLE_ROOT)
    else:
        table = base.names[base.names["kind"] == kind]
        most = km_per_point * table["radius"] / _ROOM_PX[kind]
    ranked = table.assign(most=most).sort_values("most", ascending=False, kind="stable")
    return ranked[["name", "x", "y", "most"]]


def draw_place_names(
    figure: Figure,
    axes: Axes,
    base: Basemap,
    palette: Palette,
    *,
    km_per_point: float,
    spots: FloatArray,
    radii: FloatArray,
) -> None:
    """Write the names that find room beside all that is written and drawn already.

    ``spots``, shape (n, 2), and ``radii`` are symbols to keep off, and how far they reach. [pt]
    """
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    per_pixel = 72.0 / figure.dpi
    inverse = axes.transData.inverted()
    written = [inverse.transform_bbox(t.get_window_extent(renderer)) for t in axes.texts]
    taken = [(box.x0, box.y0, box.x1, box.y1) for box in written]
    taken += [(x - r, y - r, x + r, y + r) for (x, y), r in zip(spots, radii, strict=True)]
    right, top = axes.get_xlim()[1], axes.get_ylim()[1]
    halo = [withStroke(linewidth=1.8, foreground=palette.land, alpha=0.8)]
    for kind in NAME_KINDS:
        role, font = _STYLE[kind]
        ranked = ranked_places(base, kind, km_per_point)
        for name, x, y in ranked.loc[ranked["most"] >= km_per_point, ["name", "x", "y"]].to_numpy():
            text = name.upper() if kind == "country" else name
            size = renderer.get_text_width_height_descent(text, font, False)
            width, height = size[0] * per_pixel, size[1] * per_pixel
            left = x + 3.5 if kind == "city" else x - width / 2
            box = (left, y - height / 2, left + width, y + height / 2)
            inside = box[0] > 2 and box[1] > 2 and box[2] < right - 2 and box[3] < top - 2
            if not inside or any(boxes_overlap(box, other, _CLEAR) for other in taken):
                continue
            taken.append(box)
            colour = getattr(palette, role)
            axes.text(left, y, text, fontproperties=font, color=colour, va="center",
                      path_effects=halo, zorder=8, parse_math=False)  # fmt: skip
            if kind == "city":
                axes.plot(x, y, marker="o", ms=1.6, color=colour, zorder=4.5)
