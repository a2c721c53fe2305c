"""A scale bar that is true where it stands."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from pyproj import Geod

from siting.report.data.wording import number
from siting.report.maps.palette import Palette
from siting.report.maps.projection import ProjectionKind, View

__all__ = ["bar_of", "draw_scale_bar"]

_WGS84 = Geod(ellps="WGS84")
_LEFT, _BOTTOM = 14.0, 14.0
_LONGEST = 130.0  # [pt]
_ROUND_KM = (50, 100, 200, 500, 1000, 2000)


def bar_of(view: View) -> tuple[float, float] | None:
    """Round length of a scale bar and its length on the map, from the geodesic under it.

    Returns
    -------
    tuple of float or None
        Length on the ground [km] and on the map [pt]; None for a map of the world, where one
        bar cannot be true.
    """
    if view.projection.kind is ProjectionKind.WORLD:
        return None
    ends = view.lon_lat([(_LEFT, _BOTTOM), (_LEFT + _LONGEST, _BOTTOM)])
    if not np.isfinite(ends).all():
        return None
    km = _WGS84.inv(*ends[0], *ends[1])[2] / 1000.0
    fitting = [length for length in _ROUND_KM if length <= km]
    return (float(fitting[-1]), _LONGEST * fitting[-1] / km) if fitting else None


def draw_scale_bar(axes: Axes, view: View, palette: Palette) -> None:
    """Bar with end ticks in the lower left corner."""
    bar = bar_of(view)
    if bar is None:
        return
    km, length = bar
    x, y = (
        [_LEFT, _LEFT, _LEFT + length, _LEFT + length],
        [_BOTTOM + 4, *[_BOTTOM] * 2, _BOTTOM + 4],
    )
    box = {"facecolor": palette.paper, "edgecolor": "none", "alpha": 0.7, "pad": 1.5}
    axes.plot(x, y, color=palette.ink, lw=1.0, zorder=18)
    axes.text(_LEFT + length / 2, _BOTTOM + 4, f"{number(km, 4)} km", size=7.5, ha="center",
              va="bottom", color=palette.ink, zorder=18, bbox=box, parse_math=False)  # fmt: skip
