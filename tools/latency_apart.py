"""Print the error of round trips whose model was chosen on other metros than it is judged on.

    python -m tools.latency_apart

The line and the three numbers of the corridors are chosen on the pairs among half of the metros,
every other one by name, and judged on the pairs among the other half, both ends held back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from unittest.mock import patch

import numpy as np

from siting.arrays import FloatArray
from siting.physics import latency
from siting.physics.latency import LatencyParameters
from tools import validate_latency
from tools.fit_latency import Pairs, fit, read_pairs
from tools.validate_latency import EDGES_KM, held_back

__all__ = ["judged"]

_ACCESS, _METROS, _NEAR = (0.7, 0.8, 0.9, 1.0), (4, 6, 8), (0.15, 0.3, 0.6)


def _blind(pairs: Pairs, rows: np.ndarray, line: LatencyParameters, metros: int, near: float,
           ) -> FloatArray:  # fmt: skip
    """Modelled over measured round trips of some pairs under other numbers. [-]."""
    with (
        patch.object(latency, "NEAR_SHARE", near),
        patch.object(LatencyParameters, "default", lambda: line),
        patch.object(validate_latency, "NEAREST_METROS", metros),
    ):
        return np.asarray(held_back(pairs, rows) / pairs.rtt_ms[rows])


def judged(side: int) -> Iterator[str]:
    """Lines on the pairs among the other half than the one that the model is chosen on.

    Parameters
    ----------
    side : {0, 1}
        Half that it is chosen on.
    """
    pairs = read_pairs()
    half = np.arange(len(pairs.metros)) % 2
    both = [np.flatnonzero((half[pairs.a] == k) & (half[pairs.b] == k)) for k in (side, 1 - side)]
    own, other = both
    few = Pairs(pairs.metros, *(x[own] for x in pairs[1:]))
    city, near, far = fit(few)
    line = replace(
        LatencyParameters(),
        city_ms_per_km=city, near_ms_per_km=near, far_ms_per_km=far,
    )  # fmt: skip
    tried = {
        (access, metros, share): _error(
            _blind(pairs, own, replace(line, access_share=access), metros, share)
        )
        for access, metros, share in product(_ACCESS, _METROS, _NEAR)
    }
    access, metros, share = min(tried, key=lambda key: tried[key])
    ratio = _blind(pairs, other, replace(line, access_share=access), metros, share)
    yield f"access {access}, {metros} metros, blend {share}: {_told(ratio)}, {len(other)} pairs"
    away = pairs.distance_km[other]
    for low, high in pairwise(EDGES_KM):
        here = (away >= low) & (away < high)
        yield f"  {low:,}-{high:,} km: {_told(ratio[here])}, {here.sum()} pairs"


def _error(ratio: FloatArray) -> float:
    return float(np.median(np.abs(ratio - 1.0)))


def _told(ratio: FloatArray) -> str:
    return f"median error {_error(ratio):.0%}, bias {np.median(ratio) - 1.0:+.0%}"


if __name__ == "__main__":
    for half in (0, 1):
        print("\n".join(judged(half)))
