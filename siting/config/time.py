"""Section ``time``: how finely the year is cut."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from siting.config.base import Section

__all__ = ["AUTO", "DAY_GROUPS", "LADDER", "MONTHS", "SLICES", "Time"]

#: In place of a number: as few slices as the audit lets pass.
AUTO = "auto"
MONTHS = 12
DAY_GROUPS = 5
_BLOCKS = (1, 2, 3, 4, 6, 8, 12, 24)

SLICES: tuple[int, ...] = tuple(
    sorted(MONTHS * blocks * groups for blocks in _BLOCKS for groups in (1, DAY_GROUPS))
)
"""Allowed numbers of slices: 12 months × blocks of a day, with or without 5 day groups."""


#: Numbers that `auto` goes up by: months, then days and nights, then hours, then kinds of days.
LADDER = (12, 24, 48, 96, 288, 1440)


def _form(value: object) -> str:
    named = isinstance(value, str) and not value.strip()[:1].isdigit()
    return "named" if named else "number"


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

    slices: Annotated[
        Annotated[Literal["auto"], Tag("named")]
        | Annotated[
            Annotated[int, AfterValidator(_allowed), Field(ge=1, le=SLICES[-1])], Tag("number")
        ],
        Discriminator(_form),
    ] = Field(
        default=96,
        description="Number of weighted slices of the year: 12 months × blocks of a day "
        "(96 = 8 blocks of 3 hours), × 5 day groups from cold to warm where divisible by 60. "
        "auto: as few as the audit lets pass, refined by itself.",
        json_schema_extra={"enum": ["auto", *SLICES]},
    )

    @property
    def number(self) -> int:
        """Number of slices.

        Raises
        ------
        ValueError
            Where it is ``auto`` and not settled yet.
        """
        if not isinstance(self.slices, int):
            raise ValueError("time.slices is auto; settle it before the study is built")
        return self.slices

    @property
    def day_groups(self) -> int:
        """Groups of days in a month, ranked by temperature: 1 or 5."""
        return DAY_GROUPS if self.number % (MONTHS * DAY_GROUPS) == 0 else 1

    @property
    def blocks_per_day(self) -> int:
        """Blocks of equal length in a day."""
        return self.number // (MONTHS * self.day_groups)
