"""Derive the line of ``siting.physics.latency`` from measured round trips between metros.

    python -m tools.fit_latency

Reads ``geodata/latency_pairs.csv``. A line with two knees is fitted by weighted median regression:
the weights are one over the fibre bound, so a short pair counts as much as a long one, and being a
median it does not follow the few detours. Its value at no distance, the network of one city, is
assumed, since regions of one city are not among the pairs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from siting.arrays import FloatArray
from siting.files import geodata_dir
from siting.geo import distance_km
from siting.physics.latency import CITY_KM, FIBRE_MS_PER_KM, TRUNK_KM, LatencyParameters

__all__ = ["Pairs", "fit", "read_pairs"]

LEAST_BOUND_MS = 5.0  # below 500 km the spread is that of equipment, not of distance


class Pairs(NamedTuple):
    """Metros, and the pairs of them that were measured."""

    metros: pd.DataFrame
    a: np.ndarray
    b: np.ndarray
    distance_km: FloatArray
    rtt_ms: FloatArray


def read_pairs() -> Pairs:
    """The kept tables."""
    metros = pd.read_csv(geodata_dir() / "latency_metros.csv").set_index("metro")
    table = pd.read_csv(geodata_dir() / "latency_pairs.csv")
    a, b = table["a"].to_numpy(), table["b"].to_numpy()
    lon, lat = metros["lon"].to_numpy(), metros["lat"].to_numpy()
    away = distance_km(lon[a], lat[a], lon[b], lat[b])
    return Pairs(metros, a, b, away, table["rtt_ms"].to_numpy(dtype=float))


def fit(pairs: Pairs) -> tuple[float, float, float]:
    """Slopes of the line below, between and beyond its knees. [ms/km]."""
    d, size = pairs.distance_km, len(pairs.rtt_ms)
    weights = 1.0 / np.maximum(FIBRE_MS_PER_KM * d, LEAST_BOUND_MS)
    near, far = np.clip(d - CITY_KM, 0, TRUNK_KM - CITY_KM), np.maximum(d - TRUNK_KM, 0)
    columns = np.column_stack([np.minimum(d, CITY_KM), near, far])
    slack = eye_array(size)
    rows: Any = hstack([csr_array(columns), slack, -slack], format="csc")  # beyond the stubs
    answer: Any = linprog(
        np.concatenate([np.zeros(3), weights, weights]),
        A_eq=rows,
        b_eq=pairs.rtt_ms - LatencyParameters.metro_ms,
        bounds=[*[(FIBRE_MS_PER_KM, None)] * 3, *[(0.0, None)] * 2 * size],
        method="highs",
    )
    city, trunk, beyond = (float(x) for x in answer.x[:3])
    return city, trunk, beyond


if __name__ == "__main__":
    print(fit(read_pairs()))
