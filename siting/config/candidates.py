"""Sections ``candidates`` and ``screen``: the places that may compete, listed or made on a grid."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from siting.config.base import Name, Names, Section, as_tuple, existing_file, one_or_many, unique

__all__ = [
    "KINDS",
    "Bounds",
    "Candidates",
    "Exclusion",
    "Kind",
    "Range",
    "Screen",
]

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
        description="Map layer or table of the planner's own candidate sites (.gpkg, .geojson, "
        ".shp, .fgb, .kml, .kmz, .parquet, .csv, .xlsx), relative to the study's folder.",
    )
    layer: Name | None = Field(
        default=None,
        description="Layer of the file in a map file with several, or sheet of a workbook.",
    )
    id_column: Name | None = Field(
        default=None, description="Column of ids in place of id; any text is made an id."
    )
    name_column: Name | None = Field(default=None, description="Column of names in place of name.")
    exclude: Names = Field(default=(), description="Ids of sites that never compete.")


File = Annotated[str, AfterValidator(existing_file)]
BBOX_NUMBERS = 4


class Range(Section):
    """The least and the most that a cell may have; null is no bound."""

    min: float | None = Field(default=None, description="Least value that stays.")
    max: float | None = Field(default=None, description="Largest value that stays.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise PydanticCustomError(
                "range",
                "has a min above its max, so that nothing stays",
                {"remedy": "Swap them, or leave one out."},
            )
        return self


class Bounds(Section):
    """What a cell must keep to; a cell that lacks a bounded quantity falls out, by that reason."""

    coast_km: Range = Field(default=Range(), description="Distance to the outer coast. [km]")
    lake_km: Range = Field(
        default=Range(),
        description="Distance to the nearest mapped lake, 0 on it; missing beyond 200 km, which "
        "meets any min. [km]",
    )
    hydro_plant_km: Range = Field(
        default=Range(), description="Distance to the nearest hydro plant of 50 MW or more. [km]"
    )
    city_km: Range = Field(
        default=Range(), description="Distance to the nearest city of 100,000 people or more. [km]"
    )
    hydro_mw_150km: Range = Field(
        default=Range(), description="Capacity of hydro plants within 150 km. [MW]"
    )
    connection_mw: Range = Field(
        default=Range(), description="What the grid around could spare, modelled. [MW]"
    )
    scarcity_factor: Range = Field(
        default=Range(), description="AWARE water scarcity of the basin. [m3 world-eq/m3]"
    )
    elevation_m: Range = Field(
        default=Range(),
        description="Height of a weather station within 15 km, else of the relief. [m]",
    )


class Exclusion(Section):
    """A polygon layer of the planner's own, where nothing is built."""

    file: File = Field(
        description="Layer of polygons (.gpkg, .geojson), relative to the study's folder."
    )
    reason: Name = Field(description="Why, in words; it stands beside every cell that falls out.")
    buffer_km: float = Field(
        default=0.0, ge=0, le=500, description="Distance to keep from the polygons. [km]"
    )


class Screen(Section):
    """Cells of equal area over a region, of which those that meet every rule become candidates.

    `siting screen` reads it. The region is the countries and regions together, cut to bbox and
    to within where they are given; one of the four is needed.
    """

    countries: Names = Field(default=(), description="ISO 3166-1 alpha-3 codes: SWE, NOR.")
    region: Names = Field(
        default=(), description="Regions as in candidates.region, of which every country counts."
    )
    bbox: Annotated[
        tuple[float, ...], BeforeValidator(as_tuple, json_schema_input_type=list[float])
    ] = Field(
        default=(),
        description="West, south, east, north [degrees]; a west above east crosses 180°.",
    )
    within: File | None = Field(
        default=None, description="Layer of polygons (.gpkg, .geojson) that cells must lie in."
    )
    cell_km: float = Field(
        default=50.0, ge=1, le=1000, description="Side of the square of a cell's area. [km]"
    )
    max_cells: int = Field(
        default=20_000,
        ge=1,
        le=1_000_000,
        description="Most cells that may be made before exclusion; more is a fault, not a cut.",
    )
    keep_water: bool = Field(
        default=False, description="Keep cells whose middle lies in the sea or in a lake."
    )
    bounds: Bounds = Field(default=Bounds(), description="Least and most of what is known.")
    exclude: Annotated[
        tuple[Exclusion, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Exclusion])
    ] = Field(default=(), description="Polygon layers where nothing is built.")

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not (self.countries or self.region or self.bbox or self.within):
            raise PydanticCustomError(
                "screen",
                "names no place to screen",
                {"remedy": "Give countries, region, bbox or within."},
            )
        if self.bbox and not _is_bbox(self.bbox):
            raise PydanticCustomError(
                "screen",
                "has a bbox that is not west, south, east, north in degrees",
                {"remedy": "E.g. bbox: [4, 55, 32, 72]; south below north, each on the Earth."},
            )
        return self


def _is_bbox(bbox: tuple[float, ...]) -> bool:
    if len(bbox) != BBOX_NUMBERS:
        return False
    west, south, east, north = bbox
    return max(abs(west), abs(east)) <= 180 and -90 <= south < north <= 90 and west != east
