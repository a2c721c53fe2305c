"""A year of records as the 8,760 hours of a common year."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray

__all__ = ["common_hours", "common_steps"]

_HOURS = 8760
_LEAP_DAY = slice(24 * (31 + 28), 24 * (31 + 29))


def common_hours(values: FloatArray) -> FloatArray | None:
    """The 8,760 hours of a common year, from hours or parts of them; None where it is none."""
    steps = common_steps(values)
    return None if steps is None else steps.mean(axis=1)


def common_steps(values: FloatArray) -> FloatArray | None:
    """The parts of each hour of a common year, shape (8760, k); None where it is none."""
    for per_hour in (1, 2, 4, 12):
        for hours in (_HOURS, _HOURS + 24):
            if len(values) == hours * per_hour:
                parts = values.reshape(hours, per_hour)
                return parts if hours == _HOURS else np.delete(parts, _LEAP_DAY, axis=0)
    return None
