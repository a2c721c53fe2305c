"""Print the error of round trips whose model was chosen on other metros than it is judged on.

    python -m tools.latency_apart

The line and the three numbers of the corridors are chosen on the pairs without an end in a fifth of
the metros, by the mean error of the classes of distance, and judged on the pairs with one, both
ends held back; so for each fifth. A pair between two fifths is judged twice.
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
from tools.fit_latency import Pairs, fit, read_pairs
from tools.validate_latency import EDGES_KM, held_back

__all__ = ["FOLDS", "judged", "lines"]

#: Parts that the metros are dealt out to by name.
FOLDS = 5

_ACCESS, _METROS, _NEAR = (0.7, 0.8, 0.9), (4, 6), (0.3, 0.6)


def _blind(pairs: Pairs, rows: np.ndarray, line: LatencyParameters, metros: int, near: float,
           ) -> FloatArray:  # fmt: skip
    """Modelled over measured round trips of some pairs under other numbers. [-]."""
    with patch.object(latency, "NEAR_SHARE", near):
        return np.asarray(held_back(pairs, rows, line, metros) / pairs.rtt_ms[rows])


def judged(fold: int) -> tuple[np.ndarray, FloatArray]:
    """Pairs with an end in one part of the metros, by a model chosen on pairs without any.

    Parameters
    ----------
    fold : int
        Part, below ``FOLDS``.

    Returns
    -------
    rows : ndarray of int
        Pairs that are judged.
    ratio : ndarray
        Modelled over measured. [-]
    """
    pairs = read_pairs()
    there = np.arange(len(pairs.metros)) % FOLDS == fold
    touches = there[pairs.a] | there[pairs.b]
    own, other = np.flatnonzero(~touches), np.flatnonzero(touches)
    few = Pairs(pairs.metros, *(x[own] for x in pairs[1:]))
    city, near, far = fit(few)
    line = replace(
        LatencyParameters(),
        city_ms_per_km=city, near_ms_per_km=near, far_ms_per_km=far,
    )  # fmt: skip
    tried = {
        (access, metros, share): _by_class(
            _blind(pairs, own, replace(line, access_share=access), metros, share),
            pairs.distance_km[own],
        )
        for access, metros, share in product(_ACCESS, _METROS, _NEAR)
    }
    access, metros, share = min(tried, key=lambda key: tried[key])
    return other, _blind(pairs, other, replace(line, access_share=access), metros, share)


def lines() -> Iterator[str]:
    """Errors of all parts together, by distance."""
    found = [judged(fold) for fold in range(FOLDS)]
    ratio, away = np.concatenate([r for _, r in found]), read_pairs().distance_km
    away = away[np.concatenate([rows for rows, _ in found])]
    yield f"{_told(ratio)}, {len(ratio)} pairs"
    for low, high in pairwise(EDGES_KM):
        here = (away >= low) & (away < high)
        yield f"  {low:,}-{high:,} km: {_told(ratio[here])}, {here.sum()} pairs"


def _by_class(ratio: FloatArray, km: FloatArray) -> float:
    """Mean of the errors of the classes, so that the few short pairs count as the many long."""
    inside = ((km >= low) & (km < high) for low, high in pairwise(EDGES_KM))
    return float(np.mean([_error(ratio[here]) for here in inside if here.any()]))


def _error(ratio: FloatArray) -> float:
    return float(np.median(np.abs(ratio - 1.0)))


def _told(ratio: FloatArray) -> str:
    return f"median error {_error(ratio):.0%}, bias {np.median(ratio) - 1.0:+.0%}"


if __name__ == "__main__":
    print("\n".join(lines()))
