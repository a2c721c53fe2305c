"""Round-trip time of the network between two places.

Two estimates are blended. The *line* knows the distance d only:

    line = metro + city · min(d, 300) + near · (d between 300 and 5,000) + far · (d beyond) .

The *corridor* goes through metros i and j near the ends whose round trip m[i,j] is measured, over
the best of a few near each end; the way there counts as the line does, shortened, since backbones
do not pass through every metro:

    corridor = min over i, j of  m[i,j] + access · ((line(a,i) - metro) + (line(b,j) - metro))

so that cables, detours around seas and borders are in it. Where the ways to the metros are long
beside the distance itself the line weighs more:

    w = s² / (s² + (0.3 d)²),   round trip = line^w · corridor^(1-w),   s = d(a,i) + d(b,j) ,

never below the time that light in glass takes there and back, nor below a metro's own network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics.parameters import Parameters, rated

__all__ = [
    "FIBRE_MS_PER_KM",
    "NEAREST_METROS",
    "SPREAD",
    "LatencyParameters",
    "Near",
    "corridor_ms",
    "fibre_bound_ms",
    "round_trip_ms",
    "spread",
]

FIBRE_MS_PER_KM = 2.0 * 4.9e-3
"""There and back at 4.9 µs/km, light in glass of refractive index 1.468. [ms/km]"""

CITY_KM, TRUNK_KM = 300.0, 5000.0
"""Knees of the line. [km]"""

NEAR_SHARE = 0.3
"""Ways to the metros, to the distance, at which line and corridor count alike. [-]"""

NEAREST_METROS = 6
"""Metros at each end whose corridors are tried."""

_FIT = (
    "weighted median regression of 1,507 pairs of metros measured by two clouds in 2025 "
    "(geodata/latency_pairs.csv); tools/fit_latency.py"
)


SPREAD: tuple[tuple[float, float, float], ...] = (
    (0.0, 0.78, 1.41),
    (500.0, 0.75, 1.24),
    (1000.0, 0.81, 1.26),
    (2000.0, 0.73, 1.34),
    (4000.0, 0.84, 1.54),
    (6000.0, 0.87, 1.28),
    (9000.0, 0.90, 1.21),
    (12000.0, 0.91, 1.18),
)
"""Measured over modelled, 10th and 90th percentile of held-back metros, from each distance [km]."""

BETWEEN_CLOUDS = (0.93, 1.07)
"""The same where both ends are measured: what two clouds differ by between the same metros. [-]"""

REACH_KM = 600.0
"""Ways to the measured metros from which their corridor tells no more than that of others. [km]"""


@dataclass(frozen=True)
class LatencyParameters(Parameters):
    """Line with two knees and the share of access."""

    metro_ms: float = rated(
        1.5, 1.0, 2.0, "ms", "within a city between operators, assumed", "assumed"
    )
    city_ms_per_km: float = rated(0.03249, 0.0098, 0.05, "ms/km", _FIT, "derived")
    near_ms_per_km: float = rated(0.01822, 0.0098, 0.035, "ms/km", _FIT, "derived")
    far_ms_per_km: float = rated(0.01344, 0.0098, 0.02, "ms/km", _FIT, "derived")
    access_share: float = rated(
        0.8, 0.7, 1.0, "-",
        "0.7 to 0.9 do about equally well on held-back metros, docs/validation/latency.md",
        "derived",
    )  # fmt: skip


class Near(NamedTuple):
    """Metros near each of n places: their number and distance, shape (n, k). [km]."""

    metro: np.ndarray
    km: FloatArray


def fibre_bound_ms(distance_km: ArrayLike) -> Numeric:
    """Round trip along a straight fibre, which no network undercuts.

    Parameters
    ----------
    distance_km : numeric
        Distance. [km]

    Returns
    -------
    numeric
        Same shape. [ms]
    """
    return as_float(FIBRE_MS_PER_KM * np.asarray(distance_km, np.float64))


def round_trip_ms(distance_km: ArrayLike, parameters: LatencyParameters | None = None) -> Numeric:
    """Median round trip between two places by their distance alone, the line.

    Parameters
    ----------
    distance_km : numeric
        Great-circle distance. [km]
    parameters : LatencyParameters, optional
        Coefficients; those of the table by default.

    Returns
    -------
    numeric
        Same shape, increasing with distance. Half of the measured pairs lie within 13 %. [ms]

    References
    ----------
    .. [1] I. N. Bozkurt et al. (2018), arXiv:1811.10737: why routes are longer than light's.
    """
    p = parameters or LatencyParameters()
    distance = np.asarray(distance_km, np.float64)
    city = p.city_ms_per_km * np.minimum(distance, CITY_KM)
    near = p.near_ms_per_km * np.clip(distance - CITY_KM, 0.0, TRUNK_KM - CITY_KM)
    far = p.far_ms_per_km * np.maximum(distance - TRUNK_KM, 0.0)
    return as_float(np.maximum(p.metro_ms + city + near + far, fibre_bound_ms(distance)))


def corridor_ms(
    distance_km: FloatArray,
    near_a: Near,
    near_b: Near,
    measured_ms: FloatArray,
    parameters: LatencyParameters | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Round trip of every pair of places through the measured corridors near them.

    Parameters
    ----------
    distance_km : ndarray, shape (A, B)
        Great-circle distances of the pairs. [km]
    near_a, near_b : Near
        Metros near the A and B places.
    measured_ms : ndarray, shape (M, M)
        Round trips between metros, symmetric; infinite where not measured. [ms]
    parameters : LatencyParameters, optional
        Those of the table by default.

    Returns
    -------
    round_trip, reach : ndarray, shape (A, B)
        [ms], and the ways to the metros of the best corridor, infinite where there is none. [km]
    """
    p = parameters or LatencyParameters()
    line = np.asarray(round_trip_ms(distance_km, p))
    best, reach = np.full(line.shape, np.inf), np.full(line.shape, np.inf)
    ways_a, ways_b = (
        p.access_share * (np.asarray(round_trip_ms(near.km, p)) - p.metro_ms)
        for near in (near_a, near_b)
    )
    for i in range(near_a.metro.shape[1]):
        for j in range(near_b.metro.shape[1]):
            through = measured_ms[near_a.metro[:, i][:, None], near_b.metro[:, j][None, :]]
            through = through + ways_a[:, i][:, None] + ways_b[:, j][None, :]
            shorter = through < best
            best = np.where(shorter, through, best)
            km = near_a.km[:, i][:, None] + near_b.km[:, j][None, :]
            reach = np.where(shorter, km, reach)
    with np.errstate(invalid="ignore"):
        away = (NEAR_SHARE * distance_km) ** 2
        weight = np.where(np.isinf(reach), 1.0, reach**2 / (reach**2 + away))
    weight = np.where(distance_km + reach <= 0.0, 1.0, np.nan_to_num(weight, nan=1.0))
    known = np.where(np.isinf(best), line, np.maximum(best, 1e-9))
    blended = np.exp(weight * np.log(line) + (1.0 - weight) * np.log(known))
    floor = np.maximum(p.metro_ms, np.asarray(fibre_bound_ms(distance_km)))
    return np.maximum(blended, floor), reach


def spread(distance_km: FloatArray, reach_km: FloatArray) -> tuple[FloatArray, FloatArray]:
    """10th and 90th percentile of a real round trip over the modelled one.

    Parameters
    ----------
    distance_km, reach_km : ndarray
        Distance of the pair and ways to the metros of its corridor. [km]

    Returns
    -------
    low, high : ndarray
        Same shape. [-] From what two clouds differ by where the ends are measured themselves to
        that of held-back metros where they are ``REACH_KM`` away, in proportion.
    """
    edges, lows, highs = (np.array(column) for column in zip(*SPREAD, strict=True))
    row = np.searchsorted(edges, distance_km, side="right") - 1
    far = np.minimum(reach_km / REACH_KM, 1.0)
    low, high = (
        clouds + far * (table[row] - clouds)
        for clouds, table in zip(BETWEEN_CLOUDS, (lows, highs), strict=True)
    )
    return low, high
