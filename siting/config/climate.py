"""Section ``climate``: the weather that the sites are judged by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from siting.config.base import Section, as_tuple

__all__ = ["Climate", "ClimateYear"]

ClimateYear = Literal["typical", "hot", "dry", "hot_dry"]

Warming = Annotated[float, Field(ge=-10, le=10)]
MonthlyWarming = Annotated[
    tuple[Warming, ...],
    BeforeValidator(as_tuple, json_schema_input_type=list[Warming]),
    Field(min_length=12, max_length=12),
]


def _form(value: object) -> str:
    return "monthly" if isinstance(value, list | tuple) else "annual"


class Climate(Section):
    """Climate of the built-in typical years, shifted if asked."""

    year: ClimateYear = Field(
        default="typical",
        description="Year of the weather: typical, or as one year in ten is: hot (warmer, hotter "
        "peaks), dry (drier air), or hot_dry (both, and rarer); warming_k comes on top.",
    )
    warming_k: Annotated[
        Annotated[Warming, Tag("annual")] | Annotated[MonthlyWarming, Tag("monthly")],
        Discriminator(_form),
    ] = Field(
        default=0.0,
        description="Rise of the dry bulb above today's typical year at constant relative "
        "humidity: one number, or twelve from January to December. [K]",
    )
