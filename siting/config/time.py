"""Section ``time``: how finely the year is cut."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from siting.config.base import Section

__all__ = ["SLICES", "Time"]

MONTHS = 12
DAY_GROUPS = 5
_BLOCKS = (1, 2, 3, 4, 6, 8, 12, 24)

SLICES: tuple[int, ...] = tuple(
    sorted(MONTHS * blocks * groups for blocks in _BLOCKS for groups in (1, DAY_GROUPS))
)
"""Allowed numbers of slices: 12 months × blocks of a day, with or without 5 day groups."""


def _allowed(slices: int) -> int:
    if slices not in SLICES:
        nearest = min(SLICES, key=lambda allowed: abs(allowed - slices))
        allowed = ", ".join(map(str, SLICES))
        raise PydanticCustomError(
            "slices",
            "cannot cut the year evenly",
            {"remedy": f"Nearest: {nearest}. Allowed: {allowed}."},
        )
    return slices


class Time(Section):
    """Time slices that the optimizer sees; the audit always sees all the hours."""

    slices: Annotated[int, AfterValidator(_allowed)] = Field(
        default=96,
        ge=1,
        le=SLICES[-1],
        description="Number of weighted slices of the year: 12 months × blocks of a day "
        "(96 = 8 blocks of 3 hours), × 5 day groups from cold to warm where divisible by 60.",
        json_schema_extra={"enum": list(SLICES)},
    )

    @property
    def day_groups(self) -> int:
        """Groups of days in a month, ranked by temperature: 1 or 5."""
        return DAY_GROUPS if self.slices % (MONTHS * DAY_GROUPS) == 0 else 1

    @property
    def blocks_per_day(self) -> int:
        """Blocks of equal length in a day."""
        return self.slices // (MONTHS * self.day_groups)
