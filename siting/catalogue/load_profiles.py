"""Load of a workload by the hour of a year, relative to its mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from siting.arrays import FloatArray, IndexArray
from siting.catalogue.given_figures import hourly_values
from siting.catalogue.stations import DAYS_IN_MONTH
from siting.config.workloads import LoadProfile
from siting.errors import DataError, Fault

__all__ = ["by_month_and_hour", "load_hours", "load_over_largest", "load_steps", "sun_offset_h"]

HOURS, DAY = 8760, 24


def load_hours(profile: LoadProfile) -> tuple[FloatArray, FloatArray]:
    """Mean and largest load of each hour of a year over the mean of the year.

    Parameters
    ----------
    profile : LoadProfile
        Key ``profile`` of a workload.

    Returns
    -------
    mean, largest : ndarray, shape (8760,)
        On the clock of the profile, from 1 January 00:00; the largest of the quarter hours where a
        file has them. The year begins on a Monday. [-]

    Raises
    ------
    siting.errors.DataError
        With all faults of the file.
    """
    if profile.shape == "file" and profile.file is not None:
        path = Path(profile.file)
        column, steps = hourly_values(path, "load", utc=profile.clock == "utc")
        mean, largest = steps.mean(axis=1), steps.max(axis=1)
        if mean.mean() <= 0:
            remedy = "Give the load in any unit, some above 0"
            raise DataError([Fault(path.name, None, column, "is 0 in every hour", remedy)])
        return mean / mean.mean(), largest / mean.mean()
    hour = np.arange(HOURS)
    if profile.hours:
        day = np.array(profile.hours)
    else:
        phase = 2.0 * np.pi * (np.arange(DAY) + 0.5 - profile.peak_hour) / DAY
        day = 1.0 + (profile.peak_factor - 1.0) * np.cos(phase)
    weekend = hour // DAY % 7 >= 5
    load = day[hour % DAY] * np.where(weekend, profile.weekend_factor, 1.0)
    load = load / load.mean()
    return load, load


def sun_offset_h(profile: LoadProfile, lon: FloatArray) -> IndexArray:
    """Hours by which the clock of a profile is ahead of UTC at some longitudes, whole numbers."""
    if profile.clock == "utc":
        return np.zeros(len(lon), dtype=np.intp)
    return np.round(np.asarray(lon, dtype=float) / 15.0).astype(np.intp)


def load_steps(hours: FloatArray) -> FloatArray:
    """Change of a load from each hour of the year to the next; the year is a circle."""
    change: FloatArray = np.roll(hours, -1) - hours
    return change


def by_month_and_hour(hours: FloatArray, *, largest: bool = False) -> FloatArray:
    """Mean, or largest, of each hour of the day in each month, shape (12, 24)."""
    days = hours.reshape(-1, DAY)
    month = np.repeat(np.arange(12), DAYS_IN_MONTH)
    inside = [days[month == m] for m in range(12)]
    return np.stack([own.max(axis=0) if largest else own.mean(axis=0) for own in inside])


def load_over_largest(
    profiles: Sequence[LoadProfile | None],
    lon: FloatArray,
    mw: FloatArray,
    month: IndexArray,
    hour: IndexArray,
) -> FloatArray:
    """Load of all workloads together in each step, over that of the largest hour of the year.

    Parameters
    ----------
    profiles : sequence of LoadProfile or None, length W
        Of each workload; None where it is the same in every hour.
    lon : ndarray, shape (D,)
        Longitudes of the demand regions. [°]
    mw : ndarray, shape (W, D)
        Mean load. [MW]
    month, hour : ndarray of int, shape (N,)
        Month (0 for a design hour, which has the largest load) and UTC hour of each step.

    Returns
    -------
    ndarray, shape (N,)
        [-]
    """
    mean, largest = np.zeros((12, DAY)), np.zeros((12, DAY))
    for profile, own in zip(profiles, mw, strict=True):
        if profile is None:
            mean, largest = mean + own.sum(), largest + own.sum()
            continue
        hours, most = load_hours(profile)
        offset = sun_offset_h(profile, lon)
        for ahead in np.unique(offset):
            power = own[offset == ahead].sum()
            mean = mean + power * by_month_and_hour(np.roll(hours, -ahead))
            top = by_month_and_hour(np.roll(most, -ahead), largest=True)
            largest = largest + power * top
    share = np.minimum(mean / largest.max(), 1.0)
    return np.where(month == 0, 1.0, share[month - 1, hour])
