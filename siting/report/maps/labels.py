"""Labels beside map symbols that never overlap: names and loads of the sites."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from siting.arrays import FloatArray
from siting.placement import Placement
from siting.report.data import clean, megawatts
from siting.report.maps.palette import Palette

__all__ = [
    "PlacedLabel",
    "boxes_overlap",
    "draw_site_labels",
    "drawable",
    "place_labels",
    "site_words",
]

type Box = tuple[float, float, float, float]

#: Distances between symbol and label that are tried, nearest first. [pt]
_RINGS = (2.0, 6.0, 12.0, 20.0, 30.0, 44.0, 62.0, 84.0, 110.0)
#: Directions that are tried; right of the symbol is read most easily. [degrees]
_DIRECTIONS = np.radians([0, 180, 30, -30, 150, -150, 60, -60, 120, -120, 90, -90,
                          15, -15, 165, -165])  # fmt: skip
#: From this distance on a label needs a line that leads to its symbol. [pt]
_LEADER_FROM = 5.0


@dataclass(frozen=True)
class PlacedLabel:
    """Position of one label.

    Parameters
    ----------
    index : int
        Which symbol it belongs to.
    box : tuple of float
        Left, bottom, right, top. [pt]
    leader : tuple of float or None
        Line from the symbol's edge to the box: x0, y0, x1, y1. [pt]
    """

    index: int
    box: Box
    leader: Box | None


def boxes_overlap(a: Box, b: Box, clearance: float = 0.0) -> bool:
    """Return whether two boxes come nearer than a clearance."""
    return (
        a[0] < b[2] + clearance
        and b[0] < a[2] + clearance
        and a[1] < b[3] + clearance
        and b[1] < a[3] + clearance
    )


def place_labels(
    symbols: npt.ArrayLike,
    radii: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    bounds: Box,
    avoid: npt.ArrayLike = (),
) -> list[PlacedLabel]:
    """Place labels greedily in the given order, each at its cheapest free position.

    A label never touches another label, any symbol, any leader line or the bounds; its own
    leader may cross only symbols that overlap its own. One that finds no free position is
    left out.

    Parameters
    ----------
    symbols : array_like, shape (n, 2)
        Centres, the most important first. [pt]
    radii : array_like, shape (n,)
        Radii of the symbols. [pt]
    sizes : array_like, shape (n, 2)
        Width and height of each label; width 0 for a symbol without a label. [pt]
    bounds : tuple of float
        Left, bottom, right, top of the map. [pt]
    avoid : array_like, shape (m, 2)
        Points that are better not covered, such as demand dots. [pt]
    """
    centres = np.asarray(symbols, dtype=float).reshape(-1, 2)
    circles = np.column_stack([centres, np.asarray(radii, dtype=float)])
    soft = np.asarray(avoid, dtype=float).reshape(-1, 2)
    placed: list[PlacedLabel] = []
    for index, (width, height) in enumerate(np.asarray(sizes, dtype=float).reshape(-1, 2)):
        if width <= 0:
            continue
        tries = _candidates(circles, index, float(width), float(height))
        free = [(c + _cover(label.box, soft), label) for c, label in tries
                if _is_free(label, circles, placed, bounds)]  # fmt: skip
        if free:
            placed.append(min(free, key=lambda scored: scored[0])[1])
    return placed


def _candidates(
    circles: FloatArray, index: int, width: float, height: float
) -> Iterator[tuple[float, PlacedLabel]]:
    x, y, radius = (float(value) for value in circles[index])
    for distance in _RINGS:
        for rank, angle in enumerate(_DIRECTIONS):
            cos, sin = float(np.cos(angle)), float(np.sin(angle))
            reach = radius + distance
            left = x + reach * cos + width / 2 * (min(max(1.6 * cos, -1), 1) - 1)
            bottom = y + reach * sin + height / 2 * (min(max(1.6 * sin, -1), 1) - 1)
            box = (left, bottom, left + width, bottom + height)
            leader = _leader(x, y, radius, box) if distance >= _LEADER_FROM else None
            yield distance + 0.25 * rank, PlacedLabel(index, box, leader)


def _leader(x: float, y: float, radius: float, box: Box) -> Box:
    """From the edge of a circle to the nearest point of a box."""
    to_x, to_y = min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3])
    length = float(np.hypot(to_x - x, to_y - y)) or 1.0
    share = min(radius / length, 1.0)
    return (x + share * (to_x - x), y + share * (to_y - y), to_x, to_y)


def _cover(box: Box, soft: FloatArray) -> float:
    """Price of the soft points that a box covers."""
    x, y = soft.T
    inside = (x > box[0] - 1) & (x < box[2] + 1) & (y > box[1] - 1) & (y < box[3] + 1)
    return 1.5 * float(np.count_nonzero(inside))


def _is_free(
    label: PlacedLabel, circles: FloatArray, placed: Sequence[PlacedLabel], bounds: Box
) -> bool:
    box = label.box
    if box[0] < bounds[0] or box[1] < bounds[1] or box[2] > bounds[2] or box[3] > bounds[3]:
        return False
    if _touches_circle(box, circles) or any(boxes_overlap(box, p.box, 1.5) for p in placed):
        return False
    lines = [p.leader for p in placed if p.leader is not None]
    if any(_crosses_box(line, box) for line in lines):
        return False
    if label.leader is None:
        return True
    apart = np.hypot(*(circles[:, :2] - circles[label.index, :2]).T)
    others = circles[apart > circles[:, 2] + circles[label.index, 2]]
    return (
        not any(_crosses_box(label.leader, p.box) for p in placed)
        and not any(_crosses(label.leader, line) for line in lines)
        and not _line_touches_circle(label.leader, others)
    )


def _touches_circle(box: Box, circles: FloatArray) -> bool:
    x, y, radius = circles.T
    away_x = np.maximum(np.maximum(box[0] - x, x - box[2]), 0.0)
    away_y = np.maximum(np.maximum(box[1] - y, y - box[3]), 0.0)
    return bool(np.any(np.hypot(away_x, away_y) < radius + 0.5))


def _line_touches_circle(line: Box, circles: FloatArray) -> bool:
    start, along = np.array(line[:2]), np.subtract(line[2:], line[:2])
    to_centre = circles[:, :2] - start
    share = np.clip(to_centre @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
    nearest = start + share[:, np.newaxis] * along
    away = np.hypot(*(circles[:, :2] - nearest).T)
    return bool(np.any(away < circles[:, 2]))


def _crosses(a: Box, b: Box) -> bool:
    """Return whether two line segments cross."""

    def side(line: Box, x: float, y: float) -> float:
        return (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0])

    return side(a, *b[:2]) * side(a, *b[2:]) <= 0 and side(b, *a[:2]) * side(b, *a[2:]) <= 0


def _crosses_box(line: Box, box: Box) -> bool:
    """Return whether a line segment meets a box."""
    grown = (box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1)
    inside = grown[0] < line[0] < grown[2] and grown[1] < line[1] < grown[3]
    left, bottom, right, top = grown
    diagonals = ((left, bottom, right, top), (left, top, right, bottom))
    return inside or any(_crosses(line, diagonal) for diagonal in diagonals)


_SIZE = 8.0
_BETWEEN = 3.5  # name and load [pt]
_LONGEST = 26
#: Sites up to which a label also says the round trip.
_FEW = 15


def drawable(name: str, fallback: str) -> str:
    """A name, or its fallback where the font of the maps lacks one of its characters."""
    text = clean(name)
    known = _characters()
    text = text if text and all(ord(character) in known for character in text) else clean(fallback)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


@cache
def _characters() -> frozenset[int]:
    """Code points that the font of the maps has."""
    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())


def draw_site_labels(
    figure: Figure,
    axes: Axes,
    words: Sequence[tuple[str, str]],
    spots: FloatArray,
    radii: FloatArray,
    palette: Palette,
    *,
    weight: FloatArray,
    avoid: FloatArray,
) -> int:
    """Write the labels that find room, those of the most weight first; how many sites go without.

    ``words`` are name and figure of each site, ``radii`` how far the symbols at ``spots`` reach,
    and ``avoid`` points that are better not covered. [pt]
    """
    order = np.argsort(-weight, kind="stable")
    texts = [_pair(axes, words[int(i)], palette) for i in order]
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    sizes = [_size(renderer, *pair) for pair in texts]
    bounds = (3.0, 3.0, axes.get_xlim()[1] - 3.0, axes.get_ylim()[1] - 3.0)
    placed = place_labels(
        spots[order], radii[order], [size[:2] for size in sizes], bounds=bounds, avoid=avoid
    )
    for label in placed:
        _write(texts[label.index], label, sizes[label.index][2])
    named = {label.index for label in placed}
    for i, pair in enumerate(texts):
        if i not in named:
            for text in pair:
                text.remove()
    _leaders(axes, placed, palette)
    return len(texts) - len(placed)


def site_words(placement: Placement) -> list[tuple[str, str]]:
    """Name and load of each site, and on a map of few sites the mean round trip of its load."""
    sites, flows = placement.sites, placement.flows
    trips = (flows["it_mw"] * flows["rtt_ms"]).groupby(flows["site"]).sum()
    mean = (trips / flows.groupby("site")["it_mw"].sum()).to_dict()
    words = []
    for site, row in sites.iterrows():
        load = megawatts(float(row["it_mw"]))
        if len(sites) <= _FEW and site in mean:
            load += f", {mean[site]:.0f} ms"
        words.append((drawable(str(row["name"]), str(site)), load))
    return words


def _pair(axes: Axes, words: tuple[str, str], palette: Palette) -> tuple[Text, Text]:
    halo = [withStroke(linewidth=2.2, foreground=palette.land, alpha=0.85)]
    name, load = (
        axes.text(
            0,
            0,
            text,
            size=_SIZE,
            color=palette.ink,
            weight=weight,
            parse_math=False,
            va="bottom",
            path_effects=halo,
            zorder=15,
        )
        for text, weight in zip(words, ("bold", "normal"), strict=True)
    )
    return name, load


def _size(renderer: RendererAgg, name: Text, load: Text) -> tuple[float, float, float]:
    """Width and height of a label, and where its second part begins [pt]."""
    per_pixel = 72.0 / renderer.dpi
    boxes = [text.get_window_extent(renderer) for text in (name, load)]
    first, second = (box.width * per_pixel for box in boxes)
    height = max(box.height for box in boxes) * per_pixel
    return math.ceil(first + _BETWEEN + second), math.ceil(height), first + _BETWEEN


def _write(pair: tuple[Text, Text], label: PlacedLabel, second: float) -> None:
    left, bottom = label.box[:2]
    pair[0].set_position((left, bottom))
    pair[1].set_position((left + second, bottom))


def _leaders(axes: Axes, placed: list[PlacedLabel], palette: Palette) -> None:
    lines = [[p.leader[:2], p.leader[2:]] for p in placed if p.leader is not None]
    axes.add_collection(LineCollection(lines, colors=palette.ink, linewidths=0.5, zorder=9))
