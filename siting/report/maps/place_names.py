"""Names of countries, provinces and cities on a map: which come first, and where there is room."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke

from siting.arrays import FloatArray
from siting.report.maps.basemap import Basemap
from siting.report.maps.labels import boxes_overlap
from siting.report.maps.palette import Palette

__all__ = ["NAME_KINDS", "draw_place_names", "ranked_places"]

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
    """Places of one kind, those that are named from farthest out first.

    Parameters
    ----------
    base : Basemap
    kind : str
        Of :data:`NAME_KINDS`.
    km_per_point : float
        Kilometres to a point of the basemap.

    Returns
    -------
    DataFrame
        name, x, y [pt] and most, the resolution up to which the place is named [km/pixel].
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

    Parameters
    ----------
    figure, axes : Figure, Axes
        Measured in points.
    base : Basemap
        What lies under the sites.
    palette : Palette
        Colours of the text.
    km_per_point : float
        Kilometres to a point.
    spots : ndarray, shape (n, 2)
        Symbols to keep off. [pt]
    radii : ndarray, shape (n,)
        How far they reach. [pt]
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
