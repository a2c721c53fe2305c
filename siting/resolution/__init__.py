"""Resolution in time: how many slices a study needs, estimated before it is solved."""

from __future__ import annotations

from siting.resolution.estimate import (
    Estimate,
    Hidden,
    coarse_warning,
    fixed_slices,
    slices_to_try,
    with_slices,
)

__all__ = [
    "Estimate",
    "Hidden",
    "coarse_warning",
    "fixed_slices",
    "slices_to_try",
    "with_slices",
]
