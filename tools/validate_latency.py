"""Write the tables of ``docs/validation/latency.md``: errors by distance and by corridor.

    python -m tools.validate_latency

Every measured pair of metros is predicted as if neither end had ever been measured: both metros are
taken out of the catalogue, so that the corridors of others must do.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from siting.arrays import FloatArray
from siting.geo import distance_km
from siting.physics.latency import (
    NEAREST_METROS,
    LatencyParameters,
    Near,
    corridor_ms,
    round_trip_ms,
)
from tools.fit_latency import Pairs, read_pairs

__all__ = ["EDGES_KM", "PAGE", "corridors", "held_back", "tables"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation" / "latency.md"
BEGIN = "<!-- From here written by `python -m tools.validate_latency`. -->\n"
END = "<!-- To here. -->\n"
EDGES_KM = (0, 500, 1000, 2000, 4000, 6000, 9000, 12_000, 20_100)
_LEAST_PAIRS = 8


def held_back(
    pairs: Pairs,
    rows: np.ndarray | None = None,
    parameters: LatencyParameters | None = None,
    metros: int = NEAREST_METROS,
) -> FloatArray:
    """Round trip of each pair without anything that was measured at either end.

    Parameters
    ----------
    pairs : Pairs
        All that was measured.
    rows : ndarray of int, optional
        Pairs that are asked for, all by default.
    parameters : LatencyParameters, optional
        Of the model; those of the package by default.
    metros : int
        Metros at each end whose corridors are tried.

    Returns
    -------
    ndarray
        [ms]
    """
    asked = np.arange(len(pairs.rtt_ms)) if rows is None else rows
    lon, lat = (pairs.metros[k].to_numpy(dtype=float) for k in ("lon", "lat"))
    away = distance_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    measured = np.full(away.shape, np.inf)
    measured[pairs.a, pairs.b] = measured[pairs.b, pairs.a] = pairs.rtt_ms
    order = np.argsort(away, axis=1, kind="stable")
    found = np.empty(len(asked))
    for n, (a, b) in enumerate(zip(pairs.a[asked], pairs.b[asked], strict=True)):
        near_a, near_b = (_others(order[end], away[end], (a, b), metros) for end in (a, b))
        asked_km = away[a : a + 1, b : b + 1]
        found[n] = corridor_ms(asked_km, near_a, near_b, measured, parameters)[0][0, 0]
    return found


def _others(order: np.ndarray, away: FloatArray, ends: tuple[int, int], metros: int) -> Near:
    kept = order[(order != ends[0]) & (order != ends[1])][:metros]
    return Near(kept[None, :], away[kept][None, :])


def region(lat: FloatArray, lon: FloatArray) -> np.ndarray:
    """Continent of each place, by rough bounds of longitude and latitude."""
    rules = (
        ((lon < -30) & (lat < 12), "South America"), (lon < -30, "North America"),
        ((lat < -10) & (lon > 100), "Oceania"), ((lon < 35) & (lat > 35.5), "Europe"),
        ((lon < 52) & (lat < 0), "Africa"), (lon < 60, "Middle East"), (lon < 93, "India"),
        (lat < 21, "Southeast Asia"),
    )  # fmt: skip
    return np.select([rule for rule, _ in rules], [name for _, name in rules], "Northeast Asia")


def _row(name: str, pairs: Pairs, blind: FloatArray, here: np.ndarray) -> tuple[str, ...]:
    measured = pairs.rtt_ms[here]
    line = np.asarray(round_trip_ms(pairs.distance_km[here])) / measured
    ratio = blind[here] / measured
    low, high = np.quantile(1.0 / ratio, (0.1, 0.9))
    return (
        name, str(int(here.sum())), f"{np.median(measured):.0f}",
        f"{np.median(ratio) - 1:+.0%}", f"{np.median(np.abs(ratio - 1)):.0%}",
        f"{low:.2f}-{high:.2f}", f"{np.median(np.abs(line - 1)):.0%}",
    )  # fmt: skip


def distances(pairs: Pairs, blind: FloatArray) -> Iterator[tuple[str, ...]]:
    """Errors by class of distance."""
    for low, high in [*pairwise(EDGES_KM), (0, 20_100)]:
        here = (pairs.distance_km >= low) & (pairs.distance_km < high)
        name = "all" if (low, high) == (0, 20_100) else f"{low:,}-{high:,} km"
        yield _row(name, pairs, blind, here)


def corridors(pairs: Pairs, blind: FloatArray) -> Iterator[tuple[str, ...]]:
    """Errors by pair of continents, those with enough pairs."""
    where = region(*(pairs.metros[k].to_numpy(dtype=float) for k in ("lat", "lon")))
    ends = np.sort(np.column_stack([where[pairs.a], where[pairs.b]]), axis=1)
    names = np.array([" - ".join(end) for end in ends])
    for name in sorted(set(names)):
        here = names == name
        if here.sum() >= _LEAST_PAIRS:
            yield _row(name, pairs, blind, here)


def tables() -> str:
    """Both tables."""
    pairs = read_pairs()
    blind = held_back(pairs)
    heads = ("pairs", "measured, median [ms]", "bias", "median error",
             "measured / modelled, p10-p90", "median error of the line")  # fmt: skip
    parts = []
    for first, rows in (("distance", distances), ("corridor", corridors)):
        lines = [(first, *heads), ("---",) * (len(heads) + 1), *rows(pairs, blind)]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def page(text: str) -> str:
    """The page with new tables."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + tables() + END + rest.partition(END)[2]


def draw(path: Path) -> None:
    """Picture of every held-back pair, modelled against measured."""
    pairs = read_pairs()
    blind = held_back(pairs)
    figure = Figure(figsize=(6.0, 4.6), dpi=130, layout="constrained")
    axis = figure.subplots()
    axis.scatter(pairs.rtt_ms, round_trip_ms(pairs.distance_km), s=5, color="#bbbbbb",
                 label="by distance alone")  # fmt: skip
    axis.scatter(pairs.rtt_ms, blind, s=5, color="#0072b2", label="by the corridors of others")
    axis.plot([3, 450], [3, 450], color="#26323a", linewidth=0.8)
    axis.set(xscale="log", yscale="log", xlabel="measured round trip [ms]",
             ylabel="modelled, both metros held back [ms]")  # fmt: skip
    axis.legend(frameon=False)
    figure.savefig(path)


if __name__ == "__main__":
    draw(PAGE.parent / "img" / "latency.png")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE}")
