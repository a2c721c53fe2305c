"""A result in a notebook: five lines of text, a table with a small map, a picture or a page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from siting.catalogue.layers import read_polygons
from siting.files import geodata_dir, write_file
from siting.geo import great_circle, split_at_cut
from siting.nomenclature import HEADLINES, LIMITED

if TYPE_CHECKING:
    from siting.placement import Placement

__all__ = ["Page", "Picture", "Window", "five_lines", "notebook_html", "small_map", "window_around"]


#: Margin around the places in longitude and latitude. [degrees]
_MARGIN = (5.0, 4.0)


@cache
def _land() -> shapely.Geometry:
    """Coarse outlines of the land."""
    with np.load(geodata_dir() / "outlines.npz") as arrays:
        return shapely.simplify(shapely.union_all(read_polygons(arrays, "land")), 0.3)


@dataclass(frozen=True)
class Window:
    """A part of the world as a picture, one pixel square at its middle latitude.

    Parameters
    ----------
    west, south, east, north : float
        Its sides. [degrees]
    width : float
        Of the picture. [px]
    """

    west: float
    south: float
    east: float
    north: float
    width: float

    @property
    def _scale(self) -> tuple[float, float]:
        """Pixels to a degree of longitude and of latitude."""
        x = self.width / (self.east - self.west)
        middle = np.clip((self.south + self.north) / 2, -70.0, 70.0)
        return x, float(x / np.cos(np.radians(middle)))

    @property
    def height(self) -> float:
        """Height of the picture. [px]."""
        return (self.north - self.south) * self._scale[1]

    def pixels(self, lon_lat: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Places in the picture, shape (n, 2), rounded. [px]."""
        lon, lat = np.asarray(lon_lat, dtype=float).reshape(-1, 2).T
        x, y = self._scale
        return np.round(np.column_stack([(lon - self.west) * x, (self.north - lat) * y]), 1)

    def points(self, lon_lat: npt.ArrayLike) -> str:
        """Places as the points of a line or polygon of SVG."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.pixels(lon_lat))

    def land(self) -> list[str]:
        """Points of each polygon of land."""
        sides = (self.west, self.south, self.east, self.north)
        parts = shapely.get_parts(shapely.clip_by_rect(_land(), *sides))
        return [self.points(p.exterior.coords) for p in parts if p.geom_type == "Polygon"]

    def line(self, start: npt.ArrayLike, end: npt.ArrayLike) -> list[str]:
        """Points of the great circle between two places, in one part or two."""
        parts = split_at_cut(great_circle(np.asarray(start), np.asarray(end)), 0.0)
        return [self.points(part) for part in parts]


def window_around(lon: npt.ArrayLike, lat: npt.ArrayLike, width: float) -> Window:
    """Window of a picture so wide [px] around one or more places [degrees]."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    west, east = max(x.min() - _MARGIN[0], -180.0), min(x.max() + _MARGIN[0], 180.0)
    south, north = max(y.min() - _MARGIN[1], -90.0), min(y.max() + _MARGIN[1], 90.0)
    return Window(float(west), float(south), float(east), float(north), width)


_WIDTH_PX = 640


def five_lines(placement: Placement) -> str:
    """Name and status, load, sites, metrics, audit: one line each."""
    sites, study = placement.sites, placement.study
    largest = ", ".join(f"{i} {mw:,.1f} MW" for i, mw in sites["it_mw"].iloc[:6].items())
    more = f" and {len(sites) - 6} more" if len(sites) > 6 else ""
    metrics = ", ".join(f"{LIMITED[m].words} {LIMITED[m].amount(placement.metrics[m])}"
                        for m in HEADLINES)  # fmt: skip
    return "\n".join(
        [
            f"Placement of {study.name}: {placement.status}, within "
            f"{np.ceil(placement.gap * 1e4) / 1e4:.2%} of the proven bound",
            f"  IT load {sites['it_mw'].sum():,.1f} MW in {len(sites)} of "
            f"{len(placement.candidates)} candidates",
            f"  sites: {largest}{more}",
            f"  a year: {metrics}",
            f"  audit: {_audit(placement)}",
        ]
    )


def _audit(placement: Placement) -> str:
    if placement.audit is None:
        return "none"
    faults = placement.audit.get("faults", ())
    return "passed" if placement.audit.get("passed") else f"failed, {len(faults)} faults"


def notebook_html(placement: Placement) -> str:
    """The five lines, a map of the sites with who they serve, and their table; all text escaped."""
    columns = ["name", "country", "design", "it_mw", "pue", "wue_l_per_kwh"]
    table = placement.sites[columns].rename_axis("site").reset_index()
    rows = table.to_html(index=False, border=0, float_format="{:,.3g}".format, escape=True)
    return f"<div><pre>{escape(five_lines(placement))}</pre>{small_map(placement)}{rows}</div>"


def small_map(placement: Placement) -> str:
    """Return a map of the sites with who they serve, as SVG; all text escaped."""
    sites, demand = placement.sites, placement.demand
    window = window_around(
        np.concatenate([sites["lon"], demand["lon"]]),
        np.concatenate([sites["lat"], demand["lat"]]),
        _WIDTH_PX,
    )
    shapes = [f'<polygon points="{points}" fill="#e3e6e8"/>' for points in window.land()]
    for site, group in placement.flows.groupby("site"):
        start = sites.loc[site, ["lon", "lat"]].to_numpy(float)
        for end in demand.loc[group["demand"].unique(), ["lon", "lat"]].to_numpy(float):
            shapes += [
                f'<polyline points="{points}" fill="none" stroke="#4a7fa5"/>'
                for points in window.line(start, end)
            ]
    most = float(sites["it_mw"].max()) or 1.0
    for name, row in sites.iterrows():
        x, y = window.pixels([[row["lon"], row["lat"]]])[0]
        radius = 3.0 + 7.0 * np.sqrt(row["it_mw"] / most)
        title = f"<title>{escape(f'{name}: {row.it_mw:,.1f} MW')}</title>"
        shapes.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.1f}" fill="#c2410c">{title}</circle>'
        )
    box = f'viewBox="0 0 {_WIDTH_PX} {window.height:.0f}"'
    size = f'width="{_WIDTH_PX}" height="{window.height:.0f}"'
    return f'<svg {box} {size} role="img" aria-label="Map of the sites">{"".join(shapes)}</svg>'


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawing that is finished.

    Parameters
    ----------
    png : bytes
        The picture.
    words : str
        What it shows.
    """

    png: bytes
    words: str

    def __repr__(self) -> str:
        return f"Picture: {self.words}"

    def _repr_png_(self) -> bytes:
        return self.png

    def save(self, path: Path | str) -> None:
        """Write it as PNG."""
        Path(path).write_bytes(self.png)

    def html(self) -> str:
        """The picture as an element that holds all of it."""
        data = base64.b64encode(self.png).decode("ascii")
        style = "max-width:100%;height:auto"
        words = escape(self.words, quote=True)
        return f'<img style="{style}" alt="{words}" src="data:image/png;base64,{data}">'


@dataclass(frozen=True, repr=False)
class Page:
    """A page of its own that asks nobody else for anything.

    Parameters
    ----------
    text : str
        HTML.
    words : str
        What it shows.
    height : int
        Of its frame. [px]
    """

    text: str
    words: str
    height: int

    def __repr__(self) -> str:
        return f"Page: {self.words}"

    def _repr_html_(self) -> str:
        """Return the page in a frame that can reach neither the notebook nor the network."""
        text, words = (escape(each, quote=True) for each in (self.text, self.words))
        size = f"width:100%;height:{self.height}px;border:0"
        return f'<iframe sandbox="allow-scripts" title="{words}" style="{size}" srcdoc="{text}">'

    def save(self, path: Path | str) -> None:
        """Write it as an HTML file."""
        write_file(Path(path), self.text)
