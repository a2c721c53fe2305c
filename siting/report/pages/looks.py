"""Layers of an interactive map: places and lines as data, looks as flat styles of OpenLayers.

In a flat style ``["get", "fill"]`` is a value of the feature. The page fills in a colour of its own
for ``@role``, and the answer that is shown for ``$answer``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
import pandas as pd

from siting.report.data import number
from siting.report.data.states import heading

__all__ = [
    "FONT",
    "LEAST_PX",
    "SHADED",
    "SIDES",
    "MapLayer",
    "Shading",
    "area_rules",
    "base_rule",
    "label_rules",
    "name_rules",
    "plain",
    "point_rules",
    "topology_of",
]


type Rule = dict[str, Any]


FONT = 'system-ui, "DejaVu Sans", sans-serif'


#: Outer radius of each shape over that of a circle of equal area, corners and turn.
_SHAPES: Mapping[str, tuple[float, int, float]] = {
    "square": (1.253, 4, pi / 4), "diamond": (1.253, 4, 0.0), "triangle": (1.555, 3, 0.0),
    "pin": (1.555, 3, pi),
}  # fmt: skip


#: What a chosen place has in place of its own line.
_CHOSEN = ["==", ["get", "picked"], 1]


def _word(word: str, style: Mapping[str, Any], columns: Collection[str]) -> Any:
    """Value of a word of a style: that of the feature where it has one."""
    return ["get", word] if word in columns else style.get(word)


def _stroke(
    style: Mapping[str, Any], columns: Collection[str], prefix: str, *, can_be_chosen: bool
) -> Rule:
    style = {"width": 1.0, **style}
    colour, width = (_word(word, style, columns) for word in ("stroke", "width"))
    if colour is None:
        return {}
    if can_be_chosen:
        colour, width = ["case", _CHOSEN, "@ink", colour], ["case", _CHOSEN, 4, width]
    dash = {f"{prefix}stroke-line-dash": style["dash"]} if style.get("dash") else {}
    return {f"{prefix}stroke-color": colour, f"{prefix}stroke-width": width, **dash}


def area_rules(style: Mapping[str, Any], columns: Collection[str]) -> list[Rule]:
    """Rules of areas and lines."""
    fill = _word("fill", style, columns)
    look = {} if fill is None else {"fill-color": fill}
    return [_shown({"style": look | _stroke(style, columns, "", can_be_chosen=False)}, columns)]


def point_rules(style: Mapping[str, Any], columns: Mapping[str, Any]) -> list[Rule]:
    """Rules of places, one for each shape among them."""
    if "shape" not in columns:
        return [
            _shown({"style": _mark(style, columns, str(style.get("shape", "circle")))}, columns)
        ]
    return [
        _shown(
            {"style": _mark(style, columns, shape), "filter": ["==", ["get", "shape"], shape]},
            columns,
        )
        for shape in dict.fromkeys(columns["shape"])
    ]


def _mark(style: Mapping[str, Any], columns: Collection[str], shape: str) -> Rule:
    factor, points, angle = _SHAPES.get(shape, (1.0, 0, 0.0))
    prefix = "shape-" if points else "circle-"
    radius, fill = (_word(word, style, columns) for word in ("radius", "fill"))
    look = {f"{prefix}radius": ["*", radius, factor] if points else radius,
            f"{prefix}fill-color": fill or "#0000",
            **_stroke(style, columns, prefix, can_be_chosen=True)}  # fmt: skip
    return look | ({"shape-points": points, "shape-angle": angle} if points else {})


def _shown(rule: Rule, columns: Collection[str]) -> Rule:
    """A rule that holds for the answer that is shown, where features are of several."""
    if "answer" not in columns:
        return rule
    own = ["==", ["get", "answer"], "$answer"]
    return {**rule, "filter": ["all", own, rule["filter"]] if "filter" in rule else own}


#: Sides of a symbol on which its name may stand: alignment, baseline, and steps right and up.
SIDES: Mapping[str, tuple[str, str, int, int]] = {
    "right": ("left", "middle", 1, 0), "left": ("right", "middle", -1, 0),
    "above": ("center", "bottom", 0, 1), "below": ("center", "top", 0, -1),
}  # fmt: skip


def label_rules(gap: float, columns: Mapping[str, Any]) -> list[Rule]:
    """Rules of names beside symbols of a radius, which they keep off.

    A name stands on the right, or on the ``side`` that its feature has.
    """
    rules = []
    for side in dict.fromkeys(columns.get("side", ("right",))):
        align, baseline, right, up = SIDES[side]
        look = {
            **_text("bold 12px", "@ink"),
            "text-align": align,
            "text-baseline": baseline,
            "text-offset-x": ["*", ["+", ["get", "radius"], gap], right],
            "text-offset-y": ["*", ["+", ["get", "radius"], gap - 2], -up],
            "circle-radius": ["get", "radius"],
            "circle-fill-color": "#0000",
            "circle-declutter-mode": "obstacle",
        }
        is_there = {"filter": ["==", ["get", "side"], side]} if "side" in columns else {}
        rules.append(_shown({"style": look, **is_there}, columns))
    return rules


#: Least height of the window of a map, as in live.css, and half a line of names. [px]
LEAST_PX, _HALF_LINE_PX = 320.0, 8.0


def name_rules(font: str, colour: str, *, dot: bool, low: float) -> list[Rule]:
    """Rules of names of the basemap, each up to a resolution of its own [km/px].

    A narrow window is higher than the first view, from the resolution ``low`` on: names that its
    upper or lower rim would cut there, ``off`` from its middle [km], are left out.
    """
    beside = {"text-align": "left", "text-offset-x": 5, "circle-radius": 2,
              "circle-fill-color": colour, "circle-declutter-mode": "none"}  # fmt: skip
    look = _text(font, colour) | (beside if dot else {})
    half, off = LEAST_PX / 2, ["get", "off"]
    inner, outer = (["*", ["resolution"], half + by] for by in (-_HALF_LINE_PX, _HALF_LINE_PX))
    whole = ["any", ["<", ["resolution"], low], ["<=", off, inner], [">=", off, outer]]
    return [{"filter": ["all", ["<=", ["resolution"], ["get", "most"]], whole], "style": look}]


def _text(font: str, colour: str) -> Rule:
    return {"text-value": ["get", "text"], "text-font": f"{font} {FONT}", "text-fill-color": colour,
            "text-stroke-color": "@paper", "text-stroke-width": 3}  # fmt: skip


def base_rule(
    kind: str, z: int, style: Mapping[str, Any], colours: Mapping[str, str | None], by: str
) -> Rule:
    """Rule of an object of the basemap.

    Parameters
    ----------
    kind : str
        Object of the topology.
    z : int
        Place from bottom to top.
    style : mapping
        fill, stroke, width [px], and most, the largest resolution at which it is drawn [km/px].
    colours : mapping of str to str
        Colour of the objects by a property ``by`` of theirs; empty for none.
    """
    look: Rule = {"z-index": z}
    is_kind: list[Any] = ["==", ["get", "object"], kind]
    if "most" in style:
        is_kind = ["all", is_kind, ["<=", ["resolution"], style["most"]]]
    if "fill" in style:
        look["fill-color"] = _matched(by, colours.items(), style["fill"])
    if "stroke" in style:
        look |= {"stroke-color": style["stroke"], "stroke-width": style["width"]}
    return {"filter": is_kind, "style": look}


def _matched(by: str, colours: Iterable[tuple[str, str | None]], other: str) -> Any:
    known = [end for key, colour in colours if colour for end in (key, f"{colour}cc")]
    return ["match", ["get", by], *known, other] if known else other


@dataclass(frozen=True)
class MapLayer:
    """Places or lines over the basemap, styled by a few words.

    Parameters
    ----------
    name : str
        By which switches, cards and the page find it.
    kind : str
        ``point`` (columns x, y [km]), ``line`` (columns x, y, each a list [km]), ``area`` (columns
        x, y, each a list of rings [km]) or ``label`` (columns x, y [km], text).
    columns : mapping of str to sequence
        One value a feature. A column named as a word of ``style`` overrides it; ``card`` is what
        its card says.
    style : mapping
        fill, stroke, colour (CSS, or ``@role`` of the palette of maps), width [px], dash, alpha,
        shape, radius (of a circle of equal area) [px]; of labels gap [px]; or
        rules, all of its flat styles.
    is_on : bool
        Whether it is shown at first.
    picks : str
        Layer of the page whose places its features are: they can be hovered and, unless they are
        lines, chosen. Empty for none.
    is_image : bool
        Whether it is drawn once for each zoom, as many features must be.
    """

    name: str
    kind: str
    columns: Mapping[str, Any]
    style: Mapping[str, Any]
    is_on: bool = True
    picks: str = ""
    is_image: bool = False

    def to_json(self, unit: float) -> dict[str, Any]:
        """As the page reads it, places in whole units [km]; lines and areas are in the topology."""
        at: dict[str, Any] = {}
        if self.is_of_places:
            at = {axis: np.rint(np.asarray(self.columns[axis], dtype=float) / unit).astype(int)
                  .tolist() for axis in "xy"}  # fmt: skip
        own = {key: plain(values) for key, values in self.own.items()}
        return {
            "name": self.name, "picks": self.picks, "still": self.is_image, "off": not self.is_on,
            "switch": _SWITCHED_WITH.get(self.name, self.name), "names": self.kind == "label",
            "alpha": self.style.get("alpha", 1.0), "style": self._rules(),
            "shaded": self._shaded(), "columns": at | own if self.is_of_places else {},
            "unit": unit, "reach": self.style.get("radius", _REACH_PX),
        }  # fmt: skip

    @property
    def is_of_places(self) -> bool:
        """True if its features are points."""
        return self.kind in ("point", "label")

    @property
    def own(self) -> dict[str, Any]:
        """Columns beside those of the place."""
        return {key: values for key, values in self.columns.items() if key not in ("x", "y")}

    def _rules(self) -> list[dict[str, Any]]:
        if "rules" in self.style:
            return list(self.style["rules"])
        if self.kind == "label":
            return label_rules(self.style["gap"], self.columns)
        if self.kind == "point":
            return point_rules(self.style, self.columns)
        return area_rules(self.style, self.columns)

    def _shaded(self) -> dict[str, list[dict[str, Any]]]:
        """Rules while something colours the map that the features have colours for."""
        names = [key.removeprefix(SHADED) for key in self.columns if key.startswith(SHADED)]
        return {
            name: point_rules(
                {**self.style, "fill": ["coalesce", ["get", SHADED + name], self.style["fill"]]},
                self.columns,
            )
            for name in names
        }


#: How far from a line, or a place without a radius, the pointer is on it. [px]
_REACH_PX = 3.0


#: Start of the names of columns with the colours of features while something colours the map.
SHADED = "shade:"


#: Layers that the box of another one switches.
_SWITCHED_WITH = {"labels": "sites", "flows-lost": "flows"}


def topology_of(layers: Iterable[MapLayer], unit: float) -> dict[str, Any]:
    """TopoJSON of the layers of lines and areas, each line an arc of its own.

    Layers of places are left out; corners are rounded to a grid of ``unit``. [km]
    """
    lines: list[Any] = []

    def arc(x: Any, y: Any) -> int:
        lines.append((x, y))
        return len(lines) - 1

    objects = {}
    for layer in layers:
        if layer.is_of_places:
            continue
        pairs = zip(layer.columns["x"], layer.columns["y"], strict=True)
        kind, parts = (
            ("LineString", [[arc(x, y)] for x, y in pairs]) if layer.kind == "line" else
            ("Polygon", [[[arc(*ring)] for ring in zip(x, y, strict=True)] for x, y in pairs])
        )  # fmt: skip
        objects[layer.name] = {"type": "GeometryCollection",
                               "geometries": list(_geometries(kind, parts, layer.own))}  # fmt: skip
    transform = {"scale": [unit, unit], "translate": [0, 0]}
    return {"type": "Topology", "transform": transform, "arcs": _arcs(lines, unit),
            "objects": objects}  # fmt: skip


def _arcs(lines: Sequence[Any], unit: float) -> list[Any]:
    """First corner of each line, and steps from there to the next ones, in units."""
    end = np.cumsum([len(x) for x, _ in lines], dtype=int)
    x, y = (np.concatenate([np.empty(0), *(line[k] for line in lines)]) for k in (0, 1))
    whole = np.rint(np.column_stack([x, y]) / unit).astype(int)
    steps = np.diff(whole, axis=0, prepend=0)
    begin = np.append(0, end)[:-1]
    begins = begin[begin < end]
    steps[begins] = whole[begins]
    found = steps.tolist()
    return [found[low:high] for low, high in zip(begin, end, strict=False)]


def _geometries(
    kind: str, parts: Sequence[Any], own: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """A geometry each where they have values of their own, else all as one."""
    if parts and not own:
        yield {"type": f"Multi{kind}", "arcs": parts}
        return
    columns = {key: plain(values) for key, values in own.items()}
    for i, arcs in enumerate(parts):
        values = {key: column[i] for key, column in columns.items()}
        yield {"type": kind, "arcs": arcs, "properties": {"i": i, **values}}


def plain(values: Any) -> list[Any]:
    """Numbers to a hundredth, the rest as it is, missing as None."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return [None if not np.isfinite(v) else round(float(v), 2) for v in values]
    if isinstance(values, np.ndarray | pd.Series):
        return [plain(v) if isinstance(v, np.ndarray | list) else v for v in values.tolist()]
    return [plain(v) if isinstance(v, np.ndarray | list) else v for v in values]


@dataclass(frozen=True)
class Shading:
    """Colours of a map by one number, and what they mean.

    Parameters
    ----------
    title, unit : str
        The number.
    ends : tuple of float
        Values at the ends of the ramp. [unit]
    ramp : sequence of str
        Colours from the least to the most.
    note : str
        What stands on the colours.
    data : mapping
        What is coloured (``of``): by ``colours`` of the areas of the basemap, or by an ``image``
        whose first row is the southernmost, over a ``box``, west, south, east, north [km].
    """

    title: str
    unit: str
    ends: tuple[float, float]
    ramp: Sequence[str]
    note: str
    data: Mapping[str, Any]

    @property
    def heading(self) -> str:
        """Title with its unit."""
        return heading(self.title, self.unit)

    @property
    def shown(self) -> list[str]:
        """Ends of the ramp in words."""
        return [number(end) for end in self.ends]
