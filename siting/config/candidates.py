"""Section ``candidates``: which places may compete."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from siting.config.base import Names, Section, existing_file, one_or_many, unique

__all__ = ["KINDS", "Candidates", "Kind"]

Kind = Literal["arctic", "subsea", "lake", "hydro", "hub", "edwc"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def _all_kinds(value: object) -> object:
    return KINDS if value == "all" else one_or_many(value)


class Candidates(Section):
    """Places that may compete: the `kinds` within `region`, and the `sites` and the `file`."""

    kinds: Annotated[
        tuple[Kind, ...],
        BeforeValidator(_all_kinds, json_schema_input_type=Literal["all"] | Kind | list[Kind]),
        AfterValidator(unique),
    ] = Field(
        default=(),
        description="Families of built-in candidate sites that compete, or all. "
        "hub: where data centers stand today; edwc: China's national hub clusters.",
    )
    sites: Names = Field(default=(), description="Ids of further built-in sites that compete.")
    region: Names = Field(
        default=(),
        description="Region or regions that narrow the kinds (all kinds where none is named): "
        "africa, asia_pacific, china, europe, middle_east, north_america, south_america.",
    )
    file: Annotated[str, AfterValidator(existing_file)] | None = Field(
        default=None,
        description="Map layer or table of the planner's own candidate sites "
        "(.gpkg, .geojson, .csv), relative to the study's folder.",
    )
    exclude: Names = Field(default=(), description="Ids of sites that never compete.")
