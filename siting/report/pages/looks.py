"""Looks of the layers of an interactive map, as flat styles of OpenLayers.

In a flat style ``["get", "fill"]`` is a value of the feature. The page fills in a colour of its own
for ``@role``, and the answer that is shown for ``$answer``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import pi
from typing import Any

__all__ = [
    "FONT",
    "SIDES",
    "area_rules",
    "base_rule",
    "label_rules",
    "name_rules",
    "point_rules",
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


#: Sides of a symbol on which its name may stand: alignment, and steps right and up.
SIDES: Mapping[str, tuple[str, int, int]] = {
    "right": ("left", 1, 0), "left": ("right", -1, 0), "above": ("center", 0, 1),
    "below": ("center", 0, -1),
}  # fmt: skip


def label_rules(gap: float, columns: Mapping[str, Any]) -> list[Rule]:
    """Rules of names beside symbols of a radius, which they keep off.

    A name stands on the right, or on the ``side`` that its feature has.
    """
    rules = []
    for side in dict.fromkeys(columns.get("side", ("right",))):
        align, right, up = SIDES[side]
        look = {
            **_text("bold 12px", "@ink"),
            "text-align": align,
            "text-offset-x": ["*", ["+", ["get", "radius"], gap], right],
            "text-offset-y": ["*", ["+", ["get", "radius"], gap + 4], -up],
            "circle-radius": ["get", "radius"],
            "circle-fill-color": "#0000",
            "circle-declutter-mode": "obstacle",
        }
        is_there = {"filter": ["==", ["get", "side"], side]} if "side" in columns else {}
        rules.append(_shown({"style": look, **is_there}, columns))
    return rules


def name_rules(font: str, colour: str, *, dot: bool) -> list[Rule]:
    """Rules of names of the basemap, each up to a resolution of its own [km/px]."""
    beside = {"text-align": "left", "text-offset-x": 5, "circle-radius": 2,
              "circle-fill-color": colour, "circle-declutter-mode": "none"}  # fmt: skip
    look = _text(font, colour) | (beside if dot else {})
    return [{"filter": ["<=", ["resolution"], ["get", "most"]], "style": look}]


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
