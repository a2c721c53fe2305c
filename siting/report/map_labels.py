"""Names and loads of the sites, written beside their symbols."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from siting.placement import Placement
from siting.report.data.wording import clean, megawatts
from siting.report.maps.labels import PlacedLabel, place_labels
from siting.report.maps.palette import Palette

__all__ = ["draw_site_labels", "drawable", "site_words"]

type FloatArray = npt.NDArray[np.float64]

_SIZE = 8.0
_BETWEEN = 3.5  # name and load [pt]
_LONGEST = 26
#: Sites up to which a label also says the round trip.
_FEW = 15


def drawable(name: str, fallback: str) -> str:
    """A name, or its fallback where the font of the maps lacks one of its characters."""
    text = clean(name)
    known = get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap()
    text = text if text and all(ord(character) in known for character in text) else clean(fallback)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


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
    """Write the labels that find room, those of the most weight first.

    Parameters
    ----------
    figure, axes : Figure, Axes
        Measured in points.
    words : sequence of (str, str)
        Name and figure of each site.
    spots : ndarray, shape (n, 2)
        Where the symbols stand. [pt]
    radii : ndarray, shape (n,)
        How far they reach. [pt]
    palette : Palette
        Colours of the text.
    weight : ndarray, shape (n,)
        Load, or whatever makes a label matter.
    avoid : ndarray, shape (m, 2)
        Points that are better not covered. [pt]

    Returns
    -------
    int
        How many sites are left without a label.
    """
    order = np.argsort(-weight, kind="stable")
    texts = [_pair(axes, words[int(i)], palette) for i in order]
    sizes = [_size(figure, *pair) for pair in texts]
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


def _size(figure: Figure, name: Text, load: Text) -> tuple[float, float, float]:
    """Width and height of a label, and where its second part begins [pt]."""
    per_pixel = 72.0 / figure.dpi
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
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
