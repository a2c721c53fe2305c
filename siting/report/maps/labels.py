"""Labels beside map symbols that never touch each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["PlacedLabel", "boxes_overlap", "place_labels"]

type FloatArray = npt.NDArray[np.float64]
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
    """Where one label stands.

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
    """Whether two boxes come nearer than a clearance."""
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

    Returns
    -------
    list of PlacedLabel
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
    """Whether two line segments cross."""

    def side(line: Box, x: float, y: float) -> float:
        return (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0])

    return side(a, *b[:2]) * side(a, *b[2:]) <= 0 and side(b, *a[:2]) * side(b, *a[2:]) <= 0


def _crosses_box(line: Box, box: Box) -> bool:
    """Whether a line segment meets a box."""
    grown = (box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1)
    inside = grown[0] < line[0] < grown[2] and grown[1] < line[1] < grown[3]
    left, bottom, right, top = grown
    diagonals = ((left, bottom, right, top), (left, top, right, bottom))
    return inside or any(_crosses(line, diagonal) for diagonal in diagonals)
