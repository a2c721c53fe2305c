"""Time slices: the hours of a year grouped so that every site keeps the same clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray, IndexArray

__all__ = ["ALLOWED_SLICES", "TimeSlices", "slice_layout"]


MONTHS = 12
DAY_GROUPS = 5
HOUR_BLOCKS = (1, 2, 3, 4, 6, 8, 12, 24)

#: Number of slices → (day groups a month, blocks a day); 12 × groups × blocks.
ALLOWED_SLICES = {
    MONTHS * groups * blocks: (groups, blocks)
    for groups in (1, DAY_GROUPS)
    for blocks in HOUR_BLOCKS
}


def slice_layout(slices: int) -> tuple[int, int]:
    """Day groups a month and blocks a day of a number of slices.

    Parameters
    ----------
    slices : int
        One of ``ALLOWED_SLICES``.

    Returns
    -------
    tuple of int
        Day groups a month (1 or 5) and hour blocks a day (a divisor of 24).

    Raises
    ------
    ValueError
        If the year cannot be cut into that many equal-clock slices.
    """
    try:
        return ALLOWED_SLICES[slices]
    except KeyError:
        allowed = ", ".join(str(n) for n in sorted(ALLOWED_SLICES))
        raise ValueError(f"a year cannot be cut into {slices} slices; allowed: {allowed}") from None


@dataclass(frozen=True)
class TimeSlices:
    """Weather steps grouped into slices by month, day group and hour block (UTC).

    Averages over a slice are weighted by hours, so that every quantity that enters a metric
    linearly (PUE, WUE, capacity factor, grid carbon times a constant load) keeps its annual sum.

    Parameters
    ----------
    of_step : ndarray of int, shape (N,)
        Slice of each weather step; -1 for the zero-hour design steps.
    step_hours : ndarray, shape (N,)
        Hours of each step. [h]
    hours : ndarray, shape (T,)
        Hours of each slice. [h]
    """

    of_step: IndexArray
    step_hours: FloatArray
    hours: FloatArray

    @classmethod
    def group(
        cls,
        slices: int,
        *,
        month: IndexArray,
        hour: IndexArray,
        day_group: IndexArray,
        hours: FloatArray,
    ) -> TimeSlices:
        """Group steps.

        Parameters
        ----------
        slices : int
            Number of slices, one of ``ALLOWED_SLICES``.
        month, hour, day_group : ndarray of int, shape (N,)
            Month 1..12 (0 for a design step), UTC hour 0..23, day group 0..4 of each step.
        hours : ndarray, shape (N,)
            Hours of each step. [h]
        """
        groups, blocks = slice_layout(slices)
        group = day_group if groups > 1 else np.zeros_like(day_group)
        block = hour * blocks // 24
        of_step = np.where(month > 0, ((month - 1) * groups + group) * blocks + block, -1)
        weighted = of_step >= 0
        total = np.bincount(of_step[weighted], weights=hours[weighted], minlength=slices)
        return cls(of_step=of_step, step_hours=hours, hours=total)

    def mean(self, values: FloatArray) -> FloatArray:
        """Hour-weighted mean of each slice.

        Parameters
        ----------
        values : ndarray, shape (..., N)
            One value a step.

        Returns
        -------
        ndarray, shape (..., T)
        """
        weighted = self.of_step >= 0
        order = np.argsort(self.of_step[weighted], kind="stable")
        starts = np.searchsorted(self.of_step[weighted][order], np.arange(len(self.hours)))
        product = (values[..., weighted] * self.step_hours[weighted])[..., order]
        return np.add.reduceat(product, starts, axis=-1) / self.hours
