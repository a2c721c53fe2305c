"""What each cell is, and every rule that it breaks, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.layers import Layers
from siting.catalogue.outlines import inside, shore_of
from siting.catalogue.point_attributes import Joined
from siting.config.screen import Exclusion, Range, Screen
from siting.screen.area import PolygonLayer

__all__ = ["Rule", "broken_rules", "nearness"]

type FloatArray = npt.NDArray[np.float64]
type BoolArray = npt.NDArray[np.bool_]

_UNITS = {
    "coast_km": "km", "lake_km": "km", "hydro_plant_km": "km", "city_km": "km",
    "hydro_mw_150km": "MW", "connection_mw": "MW", "scarcity_factor": "m3 world-eq/m3",
    "elevation_m": "m",
}  # fmt: skip
_BEYOND_LAKES = "further than 200 km from any mapped lake"


class Rule:
    """One rule, which cells break it, and why in words.

    Parameters
    ----------
    key : str
        Name of the column that says so.
    broken : ndarray of bool, shape (n,)
    words : sequence of str, shape (n,)
        Reason of each cell; read only where it is broken.
    """

    def __init__(self, key: str, broken: BoolArray, words: Sequence[str]) -> None:
        self.key, self.broken, self.words = key, broken, words


def nearness(layers: Layers, lon: FloatArray, lat: FloatArray) -> pd.DataFrame:
    """Distances to hydro plants and cities, and the water that a cell's middle lies in.

    Returns
    -------
    DataFrame, n rows
        hydro_plant_km, city_km [km], city, and water: sea, lake or "".
    """
    plant_km = layers.hydro_points.nearest(lon, lat)[1]
    city, city_km = layers.city_points.nearest(lon, lat)
    water = np.where(inside(layers.land_tree, lon, lat) < 0, "sea", "")
    water = np.where(inside(layers.lake_tree, lon, lat) >= 0, "lake", water)
    return pd.DataFrame(
        {
            "hydro_plant_km": np.round(plant_km, 1),
            "city_km": np.round(city_km, 1),
            "city": layers.cities["name"].to_numpy()[city],
            "water": water,
        }
    )


def broken_rules(
    screen: Screen,
    cells: pd.DataFrame,
    joined: Joined,
    own: dict[str, PolygonLayer],
    required: Sequence[str],
) -> list[Rule]:
    """Every rule of a screen, in the order in which its first broken one counts.

    Parameters
    ----------
    screen : Screen
        The rules.
    cells : DataFrame
        lon, lat, country and the columns of :func:`nearness`.
    joined : Joined
        Attributes of the cells.
    own : dict
        Polygon layers by file.
    required : sequence of str
        Attributes without which a study leaves a place out.
    """
    rules = [] if screen.keep_water else [_water(cells)]
    rules += list(_excluded(screen.exclude, cells, own))
    known = pd.concat([cells, joined.values.set_axis(cells.index)], axis=1)
    for name, bound in screen.bounds:
        rules += list(_bounded(name, bound, known[name].to_numpy(dtype=float)))
    return [*rules, *_lacking(cells, joined, required)]


def _water(cells: pd.DataFrame) -> Rule:
    words = [f"its middle lies in {'the sea' if w == 'sea' else 'a lake'}" for w in cells["water"]]
    return Rule("water", (cells["water"] != "").to_numpy(), words)


def _excluded(
    exclusions: Sequence[Exclusion], cells: pd.DataFrame, own: dict[str, PolygonLayer]
) -> Iterator[Rule]:
    lon, lat = cells["lon"].to_numpy(), cells["lat"].to_numpy()
    for number, exclusion in enumerate(exclusions, start=1):
        layer = own[exclusion.file]
        held = inside(layer.tree, lon, lat) >= 0
        words = exclusion.reason
        if exclusion.buffer_km > 0:
            held |= shore_of(layer.shapes).nearest(lon, lat)[1] <= exclusion.buffer_km
            words += f" (within {exclusion.buffer_km:g} km)"
        yield Rule(f"exclude_{number}", held, [words] * len(cells))


def _bounded(name: str, bound: Range, value: FloatArray) -> Iterator[Rule]:
    unit = _UNITS[name]
    far = name == "lake_km"  # missing means beyond the reach of the map's lakes
    if bound.min is not None:
        low = value < bound.min if far else ~(value >= bound.min)
        words = [_words(name, v, f"below {bound.min:g} {unit}") for v in value]
        yield Rule(f"{name}_min", low, words)
    if bound.max is not None:
        words = [_words(name, v, f"above {bound.max:g} {unit}") for v in value]
        yield Rule(f"{name}_max", ~(value <= bound.max), words)


def _words(name: str, value: float, where: str) -> str:
    if np.isfinite(value):
        return f"{name} {value:g} is {where}"
    return _BEYOND_LAKES if name == "lake_km" else f"{name} is not known"


def _lacking(cells: pd.DataFrame, joined: Joined, required: Sequence[str]) -> Iterator[Rule]:
    """Cells that no study could use: no country, no climate, or an attribute missing."""
    homeless = (cells["country"] == "").to_numpy()
    yield Rule("no_country", homeless, ["lies in no country with a code"] * len(cells))
    cold = (cells["lat"] < -60.0).to_numpy()
    yield Rule("no_climate", cold, ["no climate is known south of 60° S"] * len(cells))
    gone = joined.values[list(required)].isna().to_numpy()
    words = [
        f"a study needs {', '.join(np.asarray(required)[row])}, which is not known" for row in gone
    ]
    yield Rule("lacks_data", gone.any(axis=1) & ~homeless, words)
