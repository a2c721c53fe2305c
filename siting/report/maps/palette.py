"""Paper, colours, marks and scale bar: one meaning each, told apart by colour-blind readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.geo import distance_km
from siting.physics import DESIGNS
from siting.report.data import number, plain_title
from siting.report.maps.projection import ProjectionKind, View

__all__ = [
    "DARK",
    "DPI",
    "LIGHT",
    "OTHER_DESIGN",
    "SOURCES",
    "DesignMark",
    "Palette",
    "axes_in_points",
    "bar_of",
    "design_mark",
    "design_title",
    "draw_scale_bar",
    "file_kind",
    "map_style",
    "save_map",
    "source_colour",
    "text_at",
    "wrapped",
]


@dataclass(frozen=True)
class Palette:
    """Colours of a map on a light or a dark page.

    Parameters
    ----------
    paper, ink, muted : str
        Page, text and secondary text.
    sea, land, border, coast, river : str
        Water, land, lines between provinces, round countries and the land, and rivers.
    place, city : str
        Names of countries and provinces, and of cities.
    graticule, frame : str
        Meridians with parallels, and the frame.
    demand, candidate, edge : str
        Demand dots, outlines of candidates that were not chosen, rim of a site's symbol.
    """

    paper: str
    ink: str
    muted: str
    sea: str
    land: str
    border: str
    coast: str
    river: str
    place: str
    city: str
    graticule: str
    frame: str
    demand: str
    candidate: str
    edge: str


#: No two roles share a colour, so that a page can restyle an inlined map by role.
LIGHT = Palette(
    paper="#fffffe",
    ink="#16212b",
    muted="#54616d",
    sea="#e4edf3",
    land="#f8f6f1",
    border="#d9d2c6",
    coast="#a39c92",
    river="#b4cfe0",
    place="#8a8074",
    city="#4d4a45",
    graticule="#d6e1e9",
    frame="#b9c4cc",
    demand="#3d5a73",
    candidate="#7d6f58",
    edge="#fdfdfd",
)


DARK = Palette(
    paper="#10171d",
    ink="#eaf0f4",
    muted="#a3b1bc",
    sea="#17232d",
    land="#2a343c",
    border="#3d4952",
    coast="#66757f",
    river="#31495a",
    place="#8d9aa4",
    city="#c3ccd2",
    graticule="#22313c",
    frame="#3d4a54",
    demand="#a9c6de",
    candidate="#b3a688",
    edge="#0f161c",
)


@dataclass(frozen=True)
class DesignMark:
    """Colour and shape of a cooling design.

    Parameters
    ----------
    colour : str
        Of Okabe and Ito's eight.
    shape : str
        circle (air), square (liquid cooling), diamond (water body) or triangle (trigeneration).
    """

    colour: str
    shape: str


_ORANGE, _SKY, _GREEN, _BLUE = "#e69f00", "#56b4e9", "#009e73", "#0072b2"


_VERMILION, _PURPLE, _YELLOW, _GREY = "#d55e00", "#cc79a7", "#f0e442", "#7a7a7a"


#: Colours tell designs of a family apart, shapes tell families apart: twelve designs are more
#: than any set of colours can separate for every reader.
#: Okabe, M., Ito, K. (2008) Color universal design.
_MARKS: Mapping[str, DesignMark] = {
    "air_economizer": DesignMark(_SKY, "circle"),
    "air_evaporative": DesignMark(_GREEN, "circle"),
    "indirect_evaporative": DesignMark(_YELLOW, "circle"),
    "water_economizer": DesignMark(_BLUE, "circle"),
    "air_chiller": DesignMark(_VERMILION, "circle"),
    "dry_cooler_liquid": DesignMark(_PURPLE, "square"),
    "adiabatic_liquid": DesignMark(_ORANGE, "square"),
    "tower_liquid": DesignMark(_BLUE, "square"),
    "lake_water": DesignMark(_GREEN, "diamond"),
    "sea_water": DesignMark(_BLUE, "diamond"),
    "subsea_pod": DesignMark(_VERMILION, "diamond"),
    "absorption_trigen": DesignMark(_VERMILION, "triangle"),
}


OTHER_DESIGN = DesignMark(_GREY, "circle")


#: Colour of each source of electricity.
SOURCES: Mapping[str, str] = {
    "hydro": _BLUE,
    "wind": _SKY,
    "solar": _YELLOW,
    "geothermal": _VERMILION,
    "nuclear": _PURPLE,
    "trigeneration": _ORANGE,
    "battery": _GREEN,
    "grid": _GREY,
}


def design_mark(design: str) -> DesignMark:
    """Colour and shape of a design, or of the first of those that a site joins by ``+``.

    Grey circle for one that is not built in.
    """
    return _MARKS.get(design.split(" + ")[0], OTHER_DESIGN)


def design_title(design: str) -> str:
    """Name of a design in words, or of all that a site joins by ``+``."""
    parts = design.split(" + ")
    return " + ".join(DESIGNS[p].title if p in DESIGNS else plain_title(p) for p in parts)


def source_colour(source: str) -> str:
    """Colour of a source of electricity; green for one that is not built in."""
    return SOURCES.get(source, _GREEN)


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
    km = float(distance_km(*ends[0], *ends[1]))
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


def wrapped(words: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, broken between words."""
    lines = [""]
    for word in words.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


#: Dots an inch of a PNG.
DPI = 160


_STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "text.usetex": False,
    "text.parse_math": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "siting",
    "pdf.fonttype": 42,
    "path.simplify": True,
}


#: Metadata of each format; None leaves the time of writing out, so that equal maps are equal files.
_STAMPS: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}


@contextmanager
def map_style() -> Iterator[None]:
    """Settings of matplotlib that maps are drawn and saved under; put back afterwards."""
    with mpl.rc_context(_STYLE):
        yield


def file_kind(path: Path) -> str:
    """Format that the suffix of a file names."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _STAMPS:
        raise ValueError(f"{path.name}: a map is written as .png, .svg or .pdf")
    return kind


def save_map(figure: Figure, path: Path) -> None:
    """Write a figure of `draw_map`, under `map_style`, without the time of writing."""
    kind = file_kind(path)
    figure.savefig(path, format=kind, dpi=DPI, metadata=_STAMPS[kind])


def axes_in_points(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    """Axes without decoration whose data unit is the point, in a box of left, bottom, size [pt]."""
    left, bottom, width, height = box
    page = 72.0 * figure.get_size_inches()
    shares = (left / page[0], bottom / page[1], width / page[0], height / page[1])
    axes = figure.add_axes(shares)
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def text_at(figure: Figure, x: float, y: float, words: str, colour: str, **style: Any) -> None:
    """Write words at a place of the page [pt]; dollars in them are only text."""
    page = 72.0 * figure.get_size_inches()
    figure.text(x / page[0], y / page[1], words, color=colour, parse_math=False, **style)
