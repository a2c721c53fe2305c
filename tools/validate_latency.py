"""Print the error of the latency model by distance, as ``docs/validation/latency.md`` shows it.

    python -m tools.validate_latency

Reads the kept table of measured pairs (``tools.fit_latency``). Each pair is also predicted by a fit
that has not seen it: the pairs are dealt into five parts, and each part is predicted by the other
four.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from siting.arrays import FloatArray
from siting.physics.latency import LatencyParameters, round_trip_ms
from tools.fit_latency import fit, read_pairs

__all__ = ["EDGES_KM", "held_back", "rows"]

EDGES_KM = (0, 500, 1000, 2000, 4000, 6000, 9000, 12_000, 20_100)
_PARTS = 5


def held_back(distance: FloatArray, rtt: FloatArray) -> FloatArray:
    """Prediction of each pair by a fit to the four fifths that do not hold it [ms]."""
    predicted = np.empty_like(rtt)
    part = np.arange(distance.size) % _PARTS
    for k in range(_PARTS):
        found = fit(distance[part != k], rtt[part != k])
        line = LatencyParameters(
            found.fixed_ms, found.near_ms_per_km, found.far_ms_per_km, found.knee_km
        )
        predicted[part == k] = round_trip_ms(distance[part == k], line)
    return predicted


def rows(distance: FloatArray, rtt: FloatArray) -> list[tuple[str, ...]]:
    """Lines of the table: class, pairs, and the errors of the shipped line and when held back."""
    predicted = np.asarray(round_trip_ms(distance))
    blind = held_back(distance, rtt)
    found: list[tuple[str, ...]] = []
    for low, high in [*pairwise(EDGES_KM), (0, 20_100)]:
        here = (distance >= low) & (distance < high)
        off, ratio = predicted[here] - rtt[here], predicted[here] / rtt[here]
        unseen = np.abs(blind[here] / rtt[here] - 1.0)
        found.append(
            (
                "all" if (low, high) == (0, 20_100) else f"{low:,}-{high:,}",
                str(int(here.sum())),
                f"{np.median(rtt[here]):.0f}",
                f"{np.median(off):+.1f}",
                f"{np.median(np.abs(off)):.1f}",
                f"{np.median(np.abs(ratio - 1.0)):.0%}",
                f"{np.quantile(np.abs(ratio - 1.0), 0.9):.0%}",
                f"{np.mean(off < 0):.0%}",
                f"{np.median(unseen):.0%}",
            )
        )
    return found


def main() -> None:
    """Print the table."""
    titles = (
        "km", "pairs", "measured, median [ms]", "model minus measured, median [ms]",
        "absolute error, median [ms]", "relative error, median", "90 % within",
        "too short", "relative error of a held-back fifth",
    )  # fmt: skip
    lines = [titles, ("---",) * len(titles), *rows(*read_pairs())]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines))


if __name__ == "__main__":
    main()
