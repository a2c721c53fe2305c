"""A map that can be moved and zoomed: its window, and what lies under the sites."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    MetricLength,
    PanTool,
    Range1d,
    ScaleBar,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

from siting.arrays import FloatArray
from siting.report.maps.basemap import read_basemap
from siting.report.maps.palette import LIGHT
from siting.report.maps.projection import ProjectionKind, View, choose_projection, view_of

__all__ = ["Frame", "frame_of", "live_map", "shape_line"]


#: Shape of the window; the world is wider than a region. [pt]
WIDTH, HEIGHT, WORLD_HEIGHT = 704.0, 426.0, 352.0
#: How much finer the outlines are than the first view needs, for those who zoom in.
_FINER = 3.0
#: How many times wider than the first view the drawn part of a regional map is.
_WIDER = 1.9
#: How far one may zoom in, as a share of the first view.
_NEAREST = 1 / 60


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

    @cached_property
    def outlines(self) -> list[tuple[str, str, ColumnDataSource]]:
        """Background under the sites, once for all maps of a window: fill or line, role, shape."""
        return _outlines(self.view, self.km_per_point)

    def km(self, lon_lat: npt.ArrayLike) -> FloatArray:
        """Position of geographic coordinates, shape (n, 2). [km]."""
        return self.view.points(lon_lat) * self.km_per_point

    def ranges(self) -> tuple[Range1d, Range1d]:
        """Ranges of the axes; maps that share them move together."""
        limits = (self.view.width * self.km_per_point, self.view.height * self.km_per_point)
        return (
            _range(self.x, (min(0.0, self.x[0]), max(limits[0], self.x[1]))),
            _range(self.y, (min(0.0, self.y[0]), max(limits[1], self.y[1]))),
        )


def _range(shown: tuple[float, float], bounds: tuple[float, float]) -> Range1d:
    width = shown[1] - shown[0]
    return Range1d(*shown, bounds=bounds, min_interval=width * _NEAREST, reset_start=shown[0],
                   reset_end=shown[1])  # fmt: skip


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


def live_map(frame: Frame, name: str, *, ranges: tuple[Range1d, Range1d] | None = None) -> figure:
    """A figure with sea, land, borders, lakes and graticule, ready for layers.

    Parameters
    ----------
    frame : Frame
        What it shows.
    name : str
        Name of the model, by which the page finds it.
    ranges : tuple of Range1d, optional
        Those of another map that this one shall move with; its own by default.

    Returns
    -------
    bokeh.plotting.figure
        Colours are those of the light page; each renderer is tagged ``fill:<role>`` or
        ``line:<role>`` so that the page can change them.
    """
    x_range, y_range = ranges or frame.ranges()
    wheel = WheelZoomTool(zoom_on_axis=False)
    height = round(960 * (frame.y[1] - frame.y[0]) / (frame.x[1] - frame.x[0]))
    plot = figure(
        name=name, x_range=x_range, y_range=y_range, width=960, height=height, tools=[],
        sizing_mode="scale_width", toolbar_location=None, min_border=0, outline_line_color=None,
        background_fill_color=LIGHT.sea, border_fill_color=LIGHT.paper, output_backend="canvas",
        tags=["page:sea"],
    )  # fmt: skip
    plot.add_tools(PanTool(), wheel, TapTool(), HoverTool(tooltips=None, name="hover"))
    plot.toolbar.active_scroll = wheel
    plot.axis.visible = False
    plot.grid.visible = False
    _draw_basemap(plot, frame)
    if frame.view.projection.kind is not ProjectionKind.WORLD:
        _scale_bar(plot, x_range)
    return plot


def shape_line(shapes: npt.NDArray[np.object_], km_per_point: float) -> tuple[FloatArray, ...]:
    """Rings or lines one after the other, with a gap after each.

    Returns
    -------
    tuple of ndarray
        x and y, NaN between the parts. [km]
    """
    parts = [shapely.get_coordinates(shape) * km_per_point for shape in shapes]
    gap = np.full((1, 2), np.nan)
    line = np.vstack([piece for part in parts for piece in (part, gap)] or [gap])
    return tuple(line.astype(np.float32).T)


def _draw_basemap(plot: figure, frame: Frame) -> None:
    if frame.view.projection.kind is ProjectionKind.WORLD:
        plot.background_fill_color, plot.tags = LIGHT.paper, ["page:paper"]
    for what, role, source in frame.outlines:
        colour = getattr(LIGHT, role)
        if what == "fill":
            plot.patch("x", "y", source=source, fill_color=colour, line_color=None,
                       tags=[f"fill:{role}"], level="underlay")  # fmt: skip
        else:
            plot.line("x", "y", source=source, line_color=colour, line_width=0.7,
                      tags=[f"line:{role}"], level="underlay")  # fmt: skip


def _outlines(view: View, km: float) -> list[tuple[str, str, ColumnDataSource]]:
    """Fills and lines from bottom to top, each with the role of its colour."""
    base = read_basemap(view)
    globe = np.array([base.globe], dtype=object)
    is_world = view.projection.kind is ProjectionKind.WORLD
    layers = [
        ("fill", "sea", globe if is_world else globe[:0]),
        ("line", "graticule", base.graticule),
        ("fill", "land", base.land),
        ("line", "border", base.borders),
        ("fill", "sea", base.lakes),
    ]
    return [
        (what, role, _source(_rings(shapes) if what == "fill" else shapes, km))
        for what, role, shapes in layers
        if len(shapes)
    ]


def _rings(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.get_exterior_ring(shapely.get_parts(shapes)))


def _source(shapes: npt.NDArray[np.object_], km: float) -> ColumnDataSource:
    x, y = shape_line(shapes, km)
    return ColumnDataSource({"x": x, "y": y})


def _scale_bar(plot: figure, x_range: Range1d) -> None:
    plot.add_layout(
        ScaleBar(range=x_range, unit="km", dimensional=MetricLength(), location="bottom_left",
                 bar_length=0.15, background_fill_color=LIGHT.paper, background_fill_alpha=0.7,
                 bar_line_color=LIGHT.ink, label_text_color=LIGHT.ink, border_line_color=None,
                 padding=6, tags=["bar:ink"])
    )  # fmt: skip
