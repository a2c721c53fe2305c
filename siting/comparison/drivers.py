r"""Why a total differs between two placements, split exactly among its drivers.

Every total of a year is a product of means over the placement,

    total = IT energy × PUE × total per electricity,

so its change is the sum of one part for each factor x, by the logarithmic mean of the totals
(additive LMDI-I, [1]_):

    Δ_x = L(after, before) ln(x_after / x_before),   L(a, b) = (a − b) / ln(a / b).

The parts leave no rest and do not depend on the order in which the factors are changed.

References
----------
.. [1] Ang, B. W. (2015). LMDI decomposition approach: a guide for implementation. Energy Policy
   86, 233-238. :doi:`10.1016/j.enpol.2015.07.007`
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from siting.placement import Placement

__all__ = ["DRIVERS", "drivers", "log_mean"]

HOURS = 8760.0
#: A rest smaller than this share of the total is the rounding of the sums. [-]
_ROUNDING = 1e-12
#: Factors of a total, in words.
DRIVERS: Mapping[str, str] = {
    "load": "IT energy served",
    "pue": "PUE: where and how it is cooled",
    "intensity": "per kWh of electricity: grid, contracts, water on site, price",
}


def log_mean(a: float, b: float) -> float:
    """Logarithmic mean of two positive numbers, in their unit.

    Parameters
    ----------
    a, b : float
        Positive; the mean of equal numbers is that number.
    """
    ratio = a / b
    if abs(ratio - 1.0) < 1e-9:
        return 0.5 * (a + b)
    return (a - b) / math.log(ratio)


def drivers(before: Placement, after: Placement) -> pd.DataFrame:
    """Change of each total of a year, split among load, PUE and what a kilowatt-hour carries.

    Parameters
    ----------
    before, after : Placement
        The two answers.

    Returns
    -------
    DataFrame
        Index metric, in its unit: before, after, change, load, pue, intensity; the last three add
        up to the change. Where a total is zero in one of the two there is no logarithm, and all
        of the change is put to intensity.
    """
    served = [HOURS * float(p.mean_sites["it_mw"].sum()) for p in (before, after)]
    energy = [float(p.metrics["energy_mwh"]) for p in (before, after)]
    rows = {
        metric: _split(
            (float(before.metrics[metric]), float(after.metrics[metric])),
            (served[0], served[1]),
            (energy[0] / served[0], energy[1] / served[1]),
        )
        for metric in before.metrics
        if metric in after.metrics
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _split(
    total: tuple[float, float], load: tuple[float, float], pue: tuple[float, float]
) -> dict[str, float]:
    change = total[1] - total[0]
    parts = {"load": 0.0, "pue": 0.0}
    if min(total) > 0:
        weight = log_mean(total[1], total[0])
        parts = {
            name: weight * math.log(now / was)
            for name, (was, now) in (("load", load), ("pue", pue))
        }
    rest = change - sum(parts.values())
    rest = 0.0 if abs(rest) <= _ROUNDING * max(map(abs, total)) else rest
    return {"before": total[0], "after": total[1], "change": change, **parts, "intensity": rest}
