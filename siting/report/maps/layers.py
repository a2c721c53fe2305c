"""Layers of a map, drawn in points of its window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.markers import MarkerStyle
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from shapely import get_coordinates, get_parts, get_rings
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray
from siting.geo import great_circle, split_at_cut
from siting.placement import Placement
from siting.report.maps.basemap import Basemap
from siting.report.maps.palette import Palette, design_mark
from siting.report.maps.projection import View

__all__ = [
    "WIDEST_FLOW",
    "ShownFlows",
    "draw_basemap",
    "draw_flows",
    "draw_marks",
    "draw_sites",
    "flow_lines",
    "main_flows",
    "marker",
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
    """The largest flows: all up to a number, else at most so many and nine tenths of the load.

    Parameters
    ----------
    flows : DataFrame
        As in a placement.
    most : int, default 60
        How many may be drawn.
    """
    by_pair = flows.groupby(["demand", "site"])
    pairs = by_pair.agg(it_mw=("it_mw", "sum"), rtt_ms=("rtt_ms", "max")).reset_index()
    pairs = pairs.sort_values("it_mw", ascending=False, kind="stable", ignore_index=True)
    if len(pairs) <= most:
        return ShownFlows(pairs.iloc[::-1], len(pairs), 1.0)
    carried = pairs["it_mw"].cumsum() / pairs["it_mw"].sum()
    count = min(most, int((carried < _FLOW_SHARE).sum()) + 1)
    return ShownFlows(pairs.iloc[:count].iloc[::-1], len(pairs), float(carried.iloc[count - 1]))


def _ring_path(shape: BaseGeometry) -> Path:
    """Outer and inner rings of one or several polygons."""
    rings = get_rings(get_parts(shape))
    return Path.make_compound_path(*[Path(get_coordinates(r), closed=True) for r in rings])


def _fill(axes: Axes, shapes: npt.NDArray[np.object_], colour: str, zorder: float) -> None:
    if len(shapes):
        path = Path.make_compound_path(*[_ring_path(shape) for shape in shapes])
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
