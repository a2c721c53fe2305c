"""Sections ``objective``, ``solver`` and ``time``: what is minimized, and the effort of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from siting.config.base import Metric, Section, one_or_many, unique

__all__ = [
    "AUTO",
    "DAY_GROUPS",
    "LADDER",
    "MONTHS",
    "SLICES",
    "Objective",
    "Solver",
    "Time",
    "Weights",
]


class Weights(Section):
    """Relative weight of each metric, after each is scaled between its best and worst value."""

    energy: float = Field(default=0.0, ge=0, le=1e6, description="Weight of energy_mwh. [-]")
    carbon: float = Field(default=0.0, ge=0, le=1e6, description="Weight of carbon_t_co2e. [-]")
    water: float = Field(default=0.0, ge=0, le=1e6, description="Weight of water_m3. [-]")
    cost: float = Field(default=0.0, ge=0, le=1e6, description="Weight of cost_usd. [-]")


class Objective(Section):
    """The method, and how the four metrics are ranked."""

    method: Literal["weighted", "lexicographic"] = Field(
        default="weighted",
        description="weighted: one scaled sum; lexicographic: one metric after the other.",
    )
    weights: Weights = Field(
        default=Weights(energy=1, carbon=1, water=1),
        description="Weights for the method weighted; a metric that is left out weighs 0.",
    )
    order: Annotated[
        tuple[Metric, ...],
        BeforeValidator(one_or_many, json_schema_input_type=Metric | list[Metric]),
        AfterValidator(unique),
    ] = Field(
        default=("energy", "carbon", "water"),
        min_length=1,
        description="Metrics for the method lexicographic, the most important first.",
    )
    tolerance: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="How far an earlier metric may worsen for a later one (0.01 = 1 %). [-]",
    )
    carbon: Literal["total", "operational", "embodied"] = Field(
        default="total",
        description="Carbon that is minimized: all of it, that of electricity and fuel, or that "
        "of building, plant, servers and stores; all are reported.",
    )
    water: Literal["consumption", "scarcity", "withdrawal"] = Field(
        default="consumption",
        description="Water that is minimized: m³ consumed, m³ consumed weighted by scarcity, "
        "or m³ withdrawn; all three are reported.",
    )


class Solver(Section):
    """The solver and its stopping rules."""

    name: Literal["HiGHS"] = Field(default="HiGHS", description="Solver that PuLP calls.")
    method: Literal["auto", "monolithic", "decomposed"] = Field(
        default="auto",
        description="monolithic: one program with every slice; decomposed: the slices of each site "
        "in a program of its own, joined by cuts, exact as well and much faster with many slices; "
        "auto: decomposed from 48 slices on, and without dispatch options also from 4,000 "
        "sites times slices on, or from 12 slices on where opening a site counts, unless load "
        "moves between sites.",
    )
    gap: float = Field(
        default=0.001,
        ge=0,
        le=0.5,
        description="Relative gap to the bound at which an answer counts as proven "
        "(0.001 = 0.1 %). [-]",
    )
    time_limit_s: float = Field(
        default=300.0,
        gt=0,
        le=604_800,
        description="Longest time of a solve, from the start of the command, before the best "
        "placement is taken; half of it is the solver's in any case. [s]",
    )
    threads: int = Field(default=1, ge=1, le=256, description="Threads of the solver. [-]")
    seed: int = Field(
        default=0, ge=0, le=2_147_483_647, description="Random seed of the solver. [-]"
    )


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
