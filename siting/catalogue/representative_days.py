"""A year of hours reduced to 12 months x 5 day groups x 24 hours.

Days of a month are ranked by their mean dry bulb and split into five groups as equal as possible;
each group becomes one mean day. Dry bulb is averaged as it is, humidity as vapour pressure, so the
month keeps its mean temperature and its mean water content exactly. What a mean day cannot keep
is the extremes; those go into two *design steps* of no duration: the hottest hour with its own
dew point, and the hour of the highest wet bulb.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siting.catalogue.morphing import mean_dew_point
from siting.physics.arrays import FloatArray
from siting.physics.psychrometrics import enthalpy, humidity_ratio, wet_bulb

__all__ = [
    "DAYS_IN_MONTH",
    "DESIGN_STEPS",
    "GROUPS",
    "REPRESENTATIVE_STEPS",
    "STEPS",
    "design_steps",
    "group_days",
    "monthly_means",
    "representative_days",
    "step_frame",
    "to_utc",
]

IntArray = npt.NDArray[np.int64]

DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
GROUPS = 5
DESIGN_STEPS = 2
REPRESENTATIVE_STEPS = 12 * GROUPS * 24
STEPS = REPRESENTATIVE_STEPS + DESIGN_STEPS
_MUGGY_HOURS = 50


def group_days(month: int) -> IntArray:
    """Days of a common year that each group of a month stands for.

    Parameters
    ----------
    month : int
        1 to 12.

    Returns
    -------
    ndarray, shape (5,)
        Coldest group first; the remainder goes to the first groups. [d]
    """
    share, rest = divmod(DAYS_IN_MONTH[month - 1], GROUPS)
    return np.array([share + (group < rest) for group in range(GROUPS)], dtype=np.int64)


def step_frame() -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Weights and labels of the built-in steps.

    Returns
    -------
    hours : ndarray, shape (1442,)
        Hours of a year each step stands for; 8,760 in all, 0 for design steps. [h]
    month, hour, day_group : ndarray, shape (1442,)
        Month 1 to 12 (0 for design steps), hour of the day and day group.
    """
    month, group, hour = np.meshgrid(
        np.arange(1, 13), np.arange(GROUPS), np.arange(24), indexing="ij"
    )
    hours = np.repeat(np.concatenate([group_days(m) for m in range(1, 13)]), 24)
    pad = (0, DESIGN_STEPS)
    return (
        np.pad(hours.astype(np.float64), pad),
        np.pad(month.ravel().astype(np.int64), pad),
        np.pad(hour.ravel().astype(np.int64), pad),
        np.pad(group.ravel().astype(np.int64), pad),
    )


def representative_days(
    day_month: npt.ArrayLike, dry_bulb: npt.ArrayLike, dew_point: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Mean day of each month and day group.

    Parameters
    ----------
    day_month : array_like, shape (D,)
        Month of each day, 1 to 12. Several years may be pooled: the groups keep the shares of
        :func:`group_days`.
    dry_bulb, dew_point : array_like, shape (D, 24)
        Hourly values of whole days. [°C]

    Returns
    -------
    tuple of ndarray, shape (12, 5, 24)
        Dry bulb and dew point. [°C]
    """
    months = np.asarray(day_month)
    dry, dew = np.asarray(dry_bulb, np.float64), np.asarray(dew_point, np.float64)
    out_dry = np.empty((12, GROUPS, 24))
    out_dew = np.empty((12, GROUPS, 24))
    for month in range(1, 13):
        days = np.flatnonzero(months == month)
        ranked = days[np.argsort(dry[days].mean(axis=1), kind="stable")]
        ends = np.cumsum(group_days(month)) / DAYS_IN_MONTH[month - 1] * len(ranked)
        for group, members in enumerate(np.split(ranked, np.round(ends[:-1]).astype(int))):
            out_dry[month - 1, group] = dry[members].mean(axis=0)
            out_dew[month - 1, group] = mean_dew_point(dew[members])
    return out_dry, np.minimum(out_dew, out_dry)


def design_steps(
    dry_bulb: npt.ArrayLike, dew_point: npt.ArrayLike, pressure_pa: float
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Find the hottest hour, and the hour that is hardest for evaporative cooling.

    Parameters
    ----------
    dry_bulb, dew_point : array_like, shape (D, 24)
        Hourly values of whole days. [°C]
    pressure_pa : float
        Pressure of the station. [Pa]

    Returns
    -------
    dry, dew : ndarray, shape (2,)
        State of the hour of highest dry bulb and of the hour of highest wet bulb. [°C]
    day : ndarray, shape (2,)
        Day of either hour, index into the first axis.

    Notes
    -----
    At one pressure, lines of equal wet bulb are nearly lines of equal enthalpy, so the highest
    wet bulb is looked for among the hours of highest enthalpy only.
    """
    dry = np.asarray(dry_bulb, np.float64).ravel()
    dew = np.asarray(dew_point, np.float64).ravel()
    heat = np.asarray(enthalpy(dry, humidity_ratio(dew, pressure_pa)))
    muggy = np.argsort(heat)[-_MUGGY_HOURS:]
    wet = np.asarray(wet_bulb(dry[muggy], dew[muggy], pressure_pa))
    picks = np.array([dry.argmax(), muggy[wet.argmax()]])
    return dry[picks], dew[picks], (picks // 24).astype(np.int64)


def monthly_means(values: FloatArray) -> FloatArray:
    """Mean of each month.

    Parameters
    ----------
    values : ndarray, shape (n, 1442)
        Steps of :func:`step_frame`.

    Returns
    -------
    ndarray, shape (n, 12)
        In the unit of the values; design steps have no part in it.
    """
    hours = step_frame()[0][:REPRESENTATIVE_STEPS].reshape(12, -1)
    steps = values[:, :REPRESENTATIVE_STEPS].reshape(len(values), 12, -1)
    means: FloatArray = np.einsum("smt,mt->sm", steps, hours) / hours.sum(axis=1)
    return means


def to_utc(local: FloatArray, offset_h: FloatArray) -> FloatArray:
    """Roll the hours of each representative day from a clock to UTC.

    Parameters
    ----------
    local : ndarray, shape (n, 1442)
        Steps of :func:`step_frame` on the clock of each place.
    offset_h : ndarray, shape (n,)
        Clock minus UTC, rounded to whole hours. [h]

    Returns
    -------
    ndarray, shape (n, 1442)
        The same, on UTC; a mean day closes on itself.
    """
    turn = np.floor(offset_h + 0.5).astype(int)
    clock = (np.arange(24) + turn[:, None]) % 24
    days = local[:, :REPRESENTATIVE_STEPS].reshape(len(local), -1, 24)
    rolled = np.take_along_axis(days, clock[:, None, :], axis=2)
    return np.hstack([rolled.reshape(len(local), -1), local[:, REPRESENTATIVE_STEPS:]])
