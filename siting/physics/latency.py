"""Round-trip time of the network from the distance between two places.

Great-circle distance over the mean sphere, then a line with one knee through measured round
trips between cloud regions,

    rtt = fixed + near · min(d, knee) + far · max(d - knee, 0) ,

never below the time that light in glass takes there and back. Long routes are straighter than
short ones, hence the smaller slope beyond the knee. An ordinary least-squares line through the
same pairs has an intercept of 26 ms, which long routes dictate: twice what is measured below
500 km. Here each pair counts in proportion to its own distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import Numeric, as_float
from siting.physics.parameters import Parameter, defaults, table

__all__ = [
    "FIBRE_MS_PER_KM",
    "PARAMETERS",
    "LatencyParameters",
    "fibre_bound_ms",
    "round_trip_ms",
]

"""Mean radius of the WGS 84 ellipsoid. [km]"""

FIBRE_MS_PER_KM = 2.0 * 4.9e-3
"""There and back at 4.9 µs/km, light in glass of refractive index 1.468. [ms/km]"""

_FIT = (
    "weighted median regression of 1,179 region pairs, Azure network round-trip statistics "
    "(median over a month, Microsoft Learn, CC BY 4.0); tools/fit_latency.py"
)

PARAMETERS = table(
    Parameter("fixed_ms", 5.42, 0.6, 8.0, "ms", _FIT, "derived"),
    Parameter("near_ms_per_km", 0.01838, 0.0098, 0.035, "ms/km", _FIT, "derived"),
    Parameter("far_ms_per_km", 0.01296, 0.0098, 0.02, "ms/km", _FIT, "derived"),
    Parameter("knee_km", 5000.0, 500.0, 10000.0, "km", _FIT, "derived"),
)


@dataclass(frozen=True)
class LatencyParameters:
    """Line with a knee; see ``PARAMETERS``."""

    fixed_ms: float
    near_ms_per_km: float
    far_ms_per_km: float
    knee_km: float

    @classmethod
    def default(cls) -> LatencyParameters:
        """Build from the values of the table."""
        return cls(**defaults(PARAMETERS.values()))


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
    """Median round trip between two places on the public backbone.

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
    .. [1] Microsoft Learn, Azure network round-trip latency statistics (CC BY 4.0).
    .. [2] I. N. Bozkurt et al. (2018), arXiv:1811.10737: why routes are longer than light's.
    """
    p = parameters or LatencyParameters.default()
    distance = np.asarray(distance_km, np.float64)
    near = p.near_ms_per_km * np.minimum(distance, p.knee_km)
    far = p.far_ms_per_km * np.maximum(distance - p.knee_km, 0.0)
    return as_float(np.maximum(p.fixed_ms + near + far, fibre_bound_ms(distance)))
