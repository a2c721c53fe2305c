"""Temperature of the water that cools a site, by month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.physics.arrays import FloatArray

__all__ = ["MONTH_COLUMNS", "water_temperature"]

MONTH_COLUMNS = tuple(f"m{month}" for month in range(1, 13))


def water_temperature(
    bodies: pd.DataFrame, sites: Sequence[str], month: npt.ArrayLike
) -> FloatArray:
    """Temperature at the intake of each site in each step.

    Water follows the seasons, not the hours: every step of a month has that month's mean. Design
    steps (month 0) take the warmest month of the site.

    Parameters
    ----------
    bodies : DataFrame
        Rows of ``water_bodies.csv``, index site, columns m1 to m12. [°C]
    sites : sequence of str, n
        Sites asked, in any order; some may have no water.
    month : array_like, shape (T,)
        Month of each step, 1 to 12, or 0 for a design step.

    Returns
    -------
    ndarray, shape (n, T)
        NaN where a site has no water body. [°C]

    Raises
    ------
    ValueError
        A month is not 0 to 12, or a site has two water bodies.
    """
    step_month = np.asarray(month)
    if step_month.size and not ((step_month >= 0) & (step_month <= 12)).all():
        raise ValueError("months are 1 to 12, or 0 for a design step")
    if not bodies.index.is_unique:
        raise ValueError("a site has more than one water body")
    monthly = bodies.reindex(list(sites))[list(MONTH_COLUMNS)].to_numpy(dtype=np.float64)
    by_month = np.column_stack([monthly.max(axis=1), monthly])
    temperature: FloatArray = by_month[:, step_month]
    return temperature
