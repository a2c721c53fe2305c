"""A map that can be moved and zoomed: its window, what lies under the sites, and its layers.

The page draws it with OpenLayers on a canvas, in the projection of the static maps: all
coordinates are kilometres from the lower left corner of what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray
from siting.report.maps.basemap import Basemap, read_basemap
from siting.report.maps.labels import boxes_overlap
from siting.report.maps.layers import ranked_places
from siting.report.maps.projection import ProjectionKind, View, choose_projection, view_of
from siting.report.pages.looks import (
    LEAST_PX,
    SIDES,
    MapLayer,
    Shading,
    base_rule,
    name_rules,
    plain,
    topology_of,
)
from siting.report.pages.parts import Markup, script_data

__all__ = ["Frame", "LiveMap", "frame_of", "live_map"]


#: Shape of the window; the world is wider than a region. [pt]
WIDTH, HEIGHT, WORLD_HEIGHT = 704.0, 426.0, 306.0


#: How much finer the outlines are than the first view needs, for those who zoom in.
_FINER = 3.0


#: How many times wider than the first view the drawn part of a regional map is.
_WIDER = 1.9


#: How far one may zoom in, as a share of the first view.
_NEAREST = 1 / 60


#: Width of a map that stands alone. [px]
_DESKTOP_PX = 900.0


@dataclass(frozen=True)
class Frame:
    """Window of a live map.

    Parameters
    ----------
    view : View
        The part of the world that is drawn, finer than the first view.
    x, y : tuple of float
        First view. [km] in the projection, from the lower left corner of what is drawn.
    """

    view: View
    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def km_per_point(self) -> float:
        """Kilometres to a point of the drawn part."""
        return self.view.metres_per_point / 1000.0

    @property
    def unit(self) -> float:
        """Grid that places are rounded to, a sixtieth of a point of the first view. [km]."""
        return round(self.km_per_point / 20.0, 4)

    @property
    def aspect(self) -> float:
        """Width of the first view over its height."""
        return (self.x[1] - self.x[0]) / (self.y[1] - self.y[0])

    @property
    def is_world(self) -> bool:
        """True if it shows the whole world."""
        return self.view.projection.kind is ProjectionKind.WORLD

    @cached_property
    def basemap(self) -> Basemap:
        """Background under the sites, once for all maps of a window."""
        return read_basemap(self.view)

    def km(self, lon_lat: npt.ArrayLike) -> FloatArray:
        """Position of geographic coordinates, shape (n, 2). [km]."""
        return self.view.points(lon_lat) * self.km_per_point


def frame_of(lon: npt.ArrayLike, lat: npt.ArrayLike, along: npt.ArrayLike = ()) -> Frame:
    """Window around some places, in the projection that suits them.

    Parameters
    ----------
    lon, lat : array_like, shape (n,)
        Places that choose the projection. [degrees]
    along : array_like, shape (m, 2)
        Longitude and latitude of what must fit in the window beside them. [degrees]
    """
    projection = choose_projection(lon, lat)
    ends = np.column_stack([np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)])
    shown = np.vstack([ends, np.asarray(along, dtype=float).reshape(-1, 2)])
    is_world = projection.kind is ProjectionKind.WORLD
    height, grow = (WORLD_HEIGHT, 1.0) if is_world else (HEIGHT, _WIDER)
    first = view_of(projection, *shown.T, width=WIDTH, height=height)
    rim = np.array([WIDTH, height]) * (grow - 1.0) / 2
    drawn = replace(
        first,
        west_m=first.west_m - rim[0] * first.metres_per_point,
        south_m=first.south_m - rim[1] * first.metres_per_point,
        metres_per_point=first.metres_per_point / _FINER,
        width=WIDTH * grow * _FINER,
        height=height * grow * _FINER,
    )
    per = first.metres_per_point / 1000.0
    return Frame(
        drawn,
        (float(rim[0] * per), float((rim[0] + WIDTH) * per)),
        (float(rim[1] * per), float((rim[1] + height) * per)),
    )


@dataclass
class LiveMap:
    """A map of a page, to which layers are added from bottom to top.

    Parameters
    ----------
    name : str
        By which the page finds it.
    frame : Frame
        What it shows.
    beside : LiveMap, optional
        Another map of the same frame, with which it moves and shares the basemap.
    """

    name: str
    frame: Frame
    beside: LiveMap | None = None
    #: Width of its window on a desktop. [px]
    width_px: float = _DESKTOP_PX
    layers: list[MapLayer] = field(default_factory=list)
    shades: dict[str, Shading] = field(default_factory=dict)
    #: Words for layers that are those of one study.
    titles: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, kind: str, columns: Mapping[str, Any], /, *, on: bool = True,
            picks: str = "", image: bool = False, **style: Any) -> None:  # fmt: skip
        """Add a layer, as `MapLayer` has it."""
        self.layers.append(MapLayer(name, kind, columns, style, on, picks, image))

    def add_names(self, columns: Mapping[str, Any]) -> None:
        """Add names beside symbols: x, y [km], text and radius of the symbol [px], ranked."""
        sides = _free_sides(pd.DataFrame(columns), self.frame, self.width_px)
        self.add("labels", "label", {**columns, "side": sides}, gap=_GAP_PX)

    @property
    def share_px(self) -> float:
        """Size of its symbols over that on a map that stands alone. [-]."""
        return float(np.sqrt(self.width_px / _DESKTOP_PX))

    @property
    def style(self) -> str:
        """Shape of its window, and what lies around the world, as properties of CSS."""
        ground = "paper" if self.frame.is_world else "sea"
        return f"--map-aspect:{self.frame.aspect:.3f};--map-ground:var(--map-{ground})"

    @property
    def data(self) -> Markup:
        """`to_json` as the content of a script."""
        return script_data(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """As the page reads it; the basemap only where no other map has it."""
        frame = self.frame
        low, high = (0.0, 0.0), (frame.view.width, frame.view.height)
        return {
            "name": self.name,
            "beside": self.beside.name if self.beside else None,
            "first": [frame.x[0], frame.y[0], frame.x[1], frame.y[1]],
            "drawn": [float(v * frame.km_per_point) for v in (*low, *high)],
            "nearest": _NEAREST * (frame.x[1] - frame.x[0]) / self.width_px,
            "scale": not frame.is_world,
            "world": None if self.beside else _world(frame, self.shades),
            "unit": frame.unit,
            "topology": topology_of(self.layers, frame.unit),
            "layers": [layer.to_json(frame.unit) for layer in self.layers],
        }  # fmt: skip


#: Gap between a symbol and its name, height of the name and width of a letter; width of the map on
#: a phone. [px]
_GAP_PX, _LINE_PX, _LETTER_PX, _PHONE_PX = 4.0, 16.0, 7.5, 340.0


def _free_sides(names: pd.DataFrame, frame: Frame, width_px: float) -> list[str]:
    """Side of its symbol on which each name stands in the first view.

    The first side that is free and on which a phone shows the whole name; else the one on which a
    phone cuts the least.
    """
    sides = pd.Series("right", index=names.index)
    groups = names.groupby("answer") if "answer" in names else [("", names)]
    for _, own in groups:
        at = own[["x", "y"]].to_numpy(float) - (frame.x[0], frame.y[0])
        radii = own["radius"].to_numpy(float)
        wide, narrow = (at * px / (frame.x[1] - frame.x[0]) for px in (width_px, _PHONE_PX))
        window = np.array([_PHONE_PX, _PHONE_PX / frame.aspect])
        taken = [(*(spot - r), *(spot + r)) for spot, r in zip(wide, radii, strict=True)]
        for i in np.argsort(-radii, kind="stable"):
            lines = own["text"].iloc[i].splitlines()
            half = np.array([_LETTER_PX * max(map(len, lines)), _LINE_PX * len(lines)]) / 2
            found = {}
            for side, (_, _, right, up) in SIDES.items():
                step = np.array([right, up]) * (radii[i] + _GAP_PX + half)
                low, high = wide[i] + step - half, wide[i] + step + half
                cut = np.maximum(0.0, [half - narrow[i] - step, narrow[i] + step + half - window])
                others = (other for k, other in enumerate(taken) if k != i)
                is_free = not any(boxes_overlap((*low, *high), other) for other in others)
                found[side] = (round(float(cut.sum())), not is_free, (*low, *high))
            best = min(found, key=lambda side: found[side][:2])
            sides.loc[own.index[i]] = best
            taken.append(found[best][2])
    return sides.tolist()


def live_map(
    frame: Frame, name: str, *, beside: LiveMap | None = None, width_px: float = _DESKTOP_PX
) -> LiveMap:
    """A map with sea, land, borders, lakes, rivers, names and graticule, ready for layers.

    The page finds it by its name; ``beside`` is another map that it shall move with, and
    ``width_px`` the width of its window on a desktop. [px]
    """
    return LiveMap(name, frame, beside, width_px)


#: How the basemap is drawn, from bottom to top: object of the topology, fill, line, width [px],
#: up to which resolution [km/px].
_BASE: Mapping[str, Mapping[str, Any]] = {
    "globe": {"fill": "@sea"},
    "graticule": {"stroke": "@graticule", "width": 0.7},
    "areas": {"fill": "@land"},
    "basins": {"fill": "#0000"},
    "lakes": {"fill": "@sea"},
    "rivers": {"stroke": "@river", "width": 0.8, "most": 18.0},
    "provinces": {"stroke": "@border", "width": 0.7, "most": 12.0},
    "coast": {"stroke": "@coast", "width": 0.8},
    "borders": {"stroke": "@coast", "width": 1.0},
}


#: Objects that share a canvas, from bottom to top.
_CANVASES: Mapping[str, Sequence[str]] = {
    "sea": ("globe", "graticule"),
    "land": ("areas",),
    "near": ("rivers", "provinces"),
    "lines": ("lakes", "coast", "borders"),
}


#: Canvases of their own, as what is clipped by the land needs them; all above is on one.
_CLASSES = {"sea": "ol-sea", "land": "ol-land"}


#: Font and colour of the names on the map, whether a dot marks the place, and width of a letter
#: [px]; the last ones come first.
_NAMES: Mapping[str, tuple[str, str, bool, float]] = {
    "province": ("italic 11px", "@place", False, 6.5),
    "city": ("11px", "@city", True, 6.8),
    "country": ("600 12px", "@place", False, 9.5),
}


#: Width of the map of a wide window. [px]
_WIDTH_PX = 1100.0


#: Names of cities that a page holds at most, the most important ones.
_MOST_CITIES = 2500


def _world(frame: Frame, shades: Mapping[str, Shading]) -> dict[str, Any]:
    """Basemap as TopoJSON in kilometres, and its layers with their colours."""
    topology, km = frame.basemap.topology.to_json(), frame.km_per_point
    topology["transform"]["scale"] = [km * step for step in topology["transform"]["scale"]]
    layers = {canvas: _base_layer(canvas, objects) for canvas, objects in _CANVASES.items()}
    layers["land"]["shaded"] = {
        name: _rules(("areas",), shade.data["colours"])
        for name, shade in shades.items()
        if shade.data["of"] == "zone"
    }
    return {
        "topology": topology,
        "layers": [layers["sea"], layers["land"], *_within(shades), layers["near"],
                   layers["lines"], *(band for kind in _NAMES for band in _names(frame, kind))],
    }  # fmt: skip


def _base_layer(canvas: str, objects: Sequence[str]) -> dict[str, Any]:
    most = [_BASE[each].get("most", np.inf) for each in objects]
    return {"objects": objects, "style": _rules(objects), "canvas": _CLASSES.get(canvas),
            "still": True, "most": _finite(max(most))}  # fmt: skip


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _rules(
    objects: Sequence[str], colours: Mapping[str, str | None] = MappingProxyType({})
) -> list[dict[str, Any]]:
    by = "basin" if objects == ("basins",) else "zone"
    order = list(_BASE)
    return [base_rule(each, order.index(each), _BASE[each], colours, by) for each in objects]


def _within(shades: Mapping[str, Shading]) -> Iterator[dict[str, Any]]:
    """Basins and cells, each shown only on land and while it colours the map."""
    for name, shade in shades.items():
        own = {"shade": name, "clip": True}
        if shade.data["of"] == "basin":
            rules = _rules(("basins",), shade.data["colours"])
            yield _base_layer("land", ("basins",)) | own | {"style": rules, "still": False}
        elif "image" in shade.data:
            picture = {key: shade.data[key] for key in ("image", "box")}
            yield {"canvas": _CLASSES["land"], "alpha": 0.8, "style": None, **own, **picture}


#: Ends of the bands of names, as shares of the resolution of the first view: a browser reads a band
#: when the map comes so near.
_BANDS = (0.0, 1 / 16, 1 / 4, 1.0, np.inf)


def _names(frame: Frame, kind: str) -> Iterator[dict[str, Any]]:
    """Layers of the names of a kind, those that are seen from farther away above the others."""
    font, colour, dot, _ = _NAMES[kind]
    table, first = _named_places(frame, kind), (frame.x[1] - frame.x[0]) / _WIDTH_PX
    low, middle = (frame.y[1] - frame.y[0]) / LEAST_PX, sum(frame.y) / 2
    rules = name_rules(font, colour, dot=dot, low=low)
    for near, far in pairwise(_BANDS):
        own = table[table["most"].between(near * first, far * first, inclusive="left")]
        if len(own):
            texts = own["text"].str.upper() if kind == "country" else own["text"]
            columns = {"text": texts.tolist(), **{axis: own[axis].tolist() for axis in "xy"},
                       "off": plain((own["y"] - middle).abs().round().to_numpy(float)),
                       "most": plain(own["most"].to_numpy(float))}  # fmt: skip
            yield {"objects": [], "names": True, "style": rules, "columns": columns, "unit": 1,
                   "most": _finite(far * first)}  # fmt: skip


def _named_places(frame: Frame, kind: str) -> pd.DataFrame:
    """Name, position [km] and largest resolution at which it is named [km/px], ranked."""
    km = frame.km_per_point
    table = ranked_places(frame.basemap, kind, km)
    nearest_px = (frame.x[1] - frame.x[0]) / _WIDTH_PX * _NEAREST
    table = table[table["most"] > nearest_px].head(_MOST_CITIES)
    places = {axis: np.rint(km * table[axis].to_numpy(float)).astype(int) for axis in "xy"}
    found = pd.DataFrame({"text": table["name"], **places, "most": table["most"]})
    fits = np.maximum(_uncut(frame, kind, found), 1.01 * nearest_px)
    return found.assign(most=np.minimum(found["most"], fits))


def _uncut(frame: Frame, kind: str, names: pd.DataFrame) -> FloatArray:
    """Largest resolution at which no rim of the first view cuts each name. [km/px]."""
    *_, dot, letter_px = _NAMES[kind]
    wide = letter_px * names["text"].str.len().to_numpy(float)
    ends = {"x": (2.0, wide + 5.0) if dot else (wide / 2, wide / 2), "y": (_LINE_PX / 2,) * 2}
    found = np.full(len(names), np.inf)
    for axis, rims in (("x", frame.x), ("y", frame.y)):
        for rim in rims:
            away = rim - names[axis].to_numpy(float)
            found = np.minimum(found, np.abs(away) / np.where(away > 0, *ends[axis][::-1]))
    return found
