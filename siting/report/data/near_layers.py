"""Layers that a study holds its candidates against (``near``), as points for maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siting.arrays import FloatArray
from siting.catalogue.layers import open_layers
from siting.catalogue.near_layers import built_in, read_own_layer
from siting.config import Study
from siting.config.candidates import LAYERS, Near
from siting.errors import DataError
from siting.report.data.wording import clean

__all__ = ["NearLayer", "near_layers", "near_title", "thinned"]

#: Whom maps must name for a layer, and under which terms it is passed on.
_TERMS = {"active_faults": "GEM Global Active Faults, CC BY-SA 4.0"}
#: Points of a layer that a map draws at most.
_MOST = 6000


@dataclass(frozen=True)
class NearLayer:
    """One layer.

    Parameters
    ----------
    title : str
        What it is, and how near or far sites must lie.
    lon_lat : ndarray, shape (n, 2)
        Points along its lines and outlines; none where its file can no longer be read.
        [degrees, WGS 84]
    """

    title: str
    lon_lat: FloatArray


def near_layers(study: Study) -> list[NearLayer]:
    """Layers of ``candidates.near`` of a study, in its order."""
    return [NearLayer(*_drawn(near)) for near in study.candidates.near]


def near_title(near: Near) -> str:
    """What a layer is: its name or file, its part and the voltages that count."""
    name = near.layer.replace("_", " ") if near.layer in LAYERS else Path(near.layer).name
    name += f" ({_TERMS[near.layer]})" if near.layer in _TERMS else ""
    which = [near.sublayer or "", f"{near.min_kv:g} kV or more" if near.min_kv else ""]
    return clean(", ".join(filter(None, [name[:1].upper() + name[1:], *which])))


def _drawn(near: Near) -> tuple[str, FloatArray]:
    limits = [
        f"at most {near.max_km:g} km" if near.max_km is not None else "",
        f"at least {near.min_km:g} km" if near.min_km is not None else "",
    ]
    title = ", ".join(filter(None, [near_title(near), *limits]))
    try:
        if near.layer in LAYERS:
            layer = built_in(open_layers(), near.layer)
            shown = np.column_stack([layer.points.lon, layer.points.lat])
            return title, shown if layer.kv is None else shown[layer.kv >= (near.min_kv or 0.0)]
        points = read_own_layer(Path(near.layer), near.sublayer).points
    except DataError:
        return f"{title} (not drawn: the file cannot be read)", np.empty((0, 2))
    return title, np.column_stack([points.lon, points.lat])


def thinned(xy: FloatArray, size: tuple[float, float], step: float = 1.0) -> FloatArray:
    """Points within a window from the origin, one for each step, evenly fewer where too many.

    Parameters
    ----------
    xy : ndarray, shape (n, 2)
        In the unit of the window.
    size : tuple of float
        Width and height of the window.
    step : float, default 1.0
        Side of the squares of which each shows one point.

    Returns
    -------
    ndarray, shape (m, 2)
    """
    inside = np.isfinite(xy).all(axis=1) & (xy >= 0.0).all(axis=1) & (xy <= size).all(axis=1)
    held = xy[inside]
    first = np.unique(np.floor(held / step), axis=0, return_index=True)[1]
    kept = np.sort(first)
    return np.asarray(held[kept[:: max(1, -(-len(kept) // _MOST))]])
