"""Sections ``candidates``, ``sites`` and ``screen``: the places that may compete."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from siting.config.base import (
    File,
    Listed,
    Name,
    Names,
    Section,
    as_tuple,
    existing_file,
    one_or_many,
    unique,
)

__all__ = [
    "FILE_FIGURES",
    "KINDS",
    "Bounds",
    "Candidates",
    "Exclusion",
    "Kind",
    "Near",
    "Range",
    "Raster",
    "Screen",
    "Sites",
]


Kind = Literal["arctic", "subsea", "lake", "hydro", "hub", "edwc"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def _all_kinds(value: object) -> object:
    return KINDS if value == "all" else one_or_many(value)


BBOX_NUMBERS = 4
#: Layers of the catalogue that `near` may name.
LAYERS = (
    "active_faults", "cities", "coast", "hydro_plants", "lakes", "plate_boundaries",
    "power_lines", "power_plants", "substations",
)  # fmt: skip
#: Those whose parts have a voltage.
VOLTAGES = ("power_lines", "substations")


class Range(Section):
    """The least and the most that a cell may have; null is no bound."""

    min: float | None = None
    """Least value. [as the quantity]"""
    max: float | None = None
    """Largest value. [as the quantity]"""

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
    """Bounds on a place; one that lacks a bounded quantity is excluded for that reason.

    Beside these, any number that a site file may give and any name of `rasters`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Range] = Field(init=False)

    def asked(self) -> dict[str, Range]:
        """Bounds that say something, by what they are on."""
        return {n: b for n, b in self if b.min is not None or b.max is not None}

    coast_km: Range = Range()
    """Distance to the outer coast. [km]"""
    lake_km: Range = Range()
    """Distance to the nearest mapped lake, 0 on it; missing beyond 200 km, which meets any min.
    [km]"""
    hydro_plant_km: Range = Range()
    """Distance to the nearest hydro plant of 50 MW or more. [km]"""
    city_km: Range = Range()
    """Distance to the nearest city of 100,000 people or more. [km]"""
    hydro_mw_150km: Range = Range()
    """Capacity of hydro plants within 150 km. [MW]"""
    connection_mw: Range = Range()
    """What the grid around could spare, modelled. [MW]"""
    scarcity_factor: Range = Range()
    """AWARE water scarcity of the basin. [m3 world-eq/m3]"""
    elevation_m: Range = Range()
    """Height of a weather station within 15 km, else of the relief. [m]"""
    cyclones_per_yr: Range = Range()
    """Tropical storms of 34 kt or more in the degree cell, 1980-2024. [1/yr]"""
    relief_slope_m_per_km: Range = Range()
    """Steepest slope of the relief over a quarter of a degree: tells plains from mountains, nothing
    of a plot. [m/km]"""


def _layer_or_file(name: str) -> str:
    return name if name in LAYERS else existing_file(name)


def _one_near(value: object) -> object:
    return (value,) if isinstance(value, dict) else as_tuple(value)


class Raster(Section):
    """A raster of the planner's own, whose value at a place may be bounded."""

    file: File
    """GeoTIFF or COG, relative to the study's folder."""
    take: Literal["point", "mean", "max", "min"] = "point"
    """The cell that holds the place, or mean, largest or least of its catchment (for a screen: of
    the cell of its grid)."""
    band: int = Field(default=1, ge=1, le=10_000)
    """Band of the raster."""


class Near(Section):
    """A layer to be near to, or away from."""

    layer: Annotated[str, AfterValidator(_layer_or_file)]
    """Map layer of points, lines or polygons, relative to the study's folder; or of the catalogue
    active_faults, cities, coast, hydro_plants, lakes, plate_boundaries, power_lines, power_plants,
    substations."""
    max_km: float | None = Field(default=None, ge=0)
    """Longest distance. [km]"""
    min_km: float | None = Field(default=None, ge=0)
    """Shortest distance. [km]"""
    sublayer: Name | None = None
    """Layer within the file, where it has several."""

    min_kv: float | None = Field(default=None, ge=0, le=2000)
    """Lowest voltage that counts, of substations and power_lines. [kV]"""

    @model_validator(mode="after")
    def _limited(self) -> Self:
        if self.min_kv is not None and self.layer not in VOLTAGES:
            raise PydanticCustomError(
                "near", "has a min_kv, and its layer has no voltages",
                {"remedy": f"Leave min_kv out, or name {' or '.join(VOLTAGES)} as the layer."},
            )  # fmt: skip
        if self.layer in LAYERS and self.sublayer is not None:
            raise PydanticCustomError(
                "near", "names a sublayer of a layer of the catalogue",
                {"remedy": "Leave sublayer out."},
            )  # fmt: skip
        if self.max_km is None and self.min_km is None:
            raise PydanticCustomError(
                "near", "limits no distance", {"remedy": "Give max_km, min_km or both."}
            )
        return self


Nears = Annotated[
    tuple[Near, ...], BeforeValidator(_one_near, json_schema_input_type=Near | list[Near])
]
"""One layer to be near to, or a list of them."""


class Exclusion(Section):
    """A layer of the planner's own, where nothing is built."""

    file: File
    """Map layer of polygons, or of lines and points with a buffer, relative to the study's
    folder."""
    reason: Name
    """Reason in words, shown beside every cell that is excluded."""
    buffer_km: float = Field(default=0.0, ge=0, le=500)
    """Distance to keep from it. [km]"""


class Screen(Section):
    """Cells of equal area over a region, of which those that meet every rule become candidates.

    `siting screen` reads it. The region is the countries and regions together, cut to bbox and
    to within where they are given; one of the four is needed.
    """

    countries: Names = ()
    """ISO 3166-1 alpha-3 codes: SWE, NOR."""
    exclude_countries: Names = ()
    """Countries without any cell."""
    region: Names = ()
    """Regions as in candidates.region, of which every country counts."""
    bbox: Listed[float] = ()
    """West, south, east, north [degrees]; a west above east crosses 180°."""
    within: File | None = None
    """Layer of polygons (.gpkg, .geojson) that cells must lie in."""
    cell_km: float = Field(default=50.0, ge=1, le=1000)
    """Side of the square of a cell's area. [km]"""
    max_cells: int = Field(default=20_000, ge=1, le=1_000_000)
    """Most cells that may be made before exclusion; more is an error, and nothing is cut off."""
    keep_water: bool = False
    """Keep cells whose middle lies in the sea or in a lake."""
    bounds: Bounds = Bounds()
    """Least and most of what is known."""
    rasters: dict[Name, Raster] = Field(default_factory=dict)
    """Rasters by the names that bounds call them."""
    near: Nears = ()
    """Layers to be near to, or away from."""
    exclude: Listed[Exclusion] = ()
    """Layers where nothing is built."""

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


class Candidates(Section):
    """Places that may compete: the `kinds` within `region`, and the `sites` and the `file`."""

    kinds: Annotated[
        tuple[Kind, ...],
        BeforeValidator(_all_kinds, json_schema_input_type=Literal["all"] | Kind | list[Kind]),
        AfterValidator(unique),
    ] = ()
    """Families of built-in candidate sites that compete, or all. hub: where data centers stand
    today; edwc: China's national hub clusters."""
    sites: Names = ()
    """Ids of further built-in sites that compete."""
    region: Names = ()
    """Regions, groups of countries (eu, eea, nato, oecd, usa) or electricity markets (pjm, ercot,
    miso, spp, caiso, nyiso, isone, ieso, aeso) or grid zones (SE-SE3, US-NY-NYIS:
    geodata/grid_zones.csv) that narrow the kinds (all kinds where none is named): africa,
    asia_pacific, china, europe, middle_east, north_america, south_america."""
    countries: Names = ()
    """ISO 3166-1 alpha-3 codes of further countries that narrow the kinds."""
    exclude_countries: Names = ()
    """Countries whose sites never compete, named ones and own included."""
    file: File | None = None
    """Map layer or table of the planner's own candidate sites (.gpkg, .geojson, .shp, .fgb, .kml,
    .kmz, .parquet, .csv, .xlsx), relative to the study's folder."""
    layer: Name | None = None
    """Layer of the file in a map file with several, or sheet of a workbook."""
    id_column: Name | None = None
    """Column of ids in place of id; any text is made an id."""
    name_column: Name | None = None
    """Column of names in place of name."""
    exclude: Names = ()
    """Ids of sites that never compete."""
    bounds: Bounds = Bounds()
    """Least and most of what is known of a site, own ones included."""
    rasters: dict[Name, Raster] = Field(default_factory=dict)
    """Rasters by the names that bounds call them."""
    near: Nears = ()
    """Layers to be near to, or away from."""


def _is_bbox(bbox: tuple[float, ...]) -> bool:
    if len(bbox) != BBOX_NUMBERS:
        return False
    west, south, east, north = bbox
    return max(abs(west), abs(east)) <= 180 and -90 <= south < north <= 90 and west != east


#: Figures of a site that name a file, relative to the folder of the file that names it.
FILE_FIGURES = ("price_file", "grid_carbon_file", "weather_file")

_Text = Annotated[str, Field(max_length=1000)]


def _form(value: object) -> str:
    if isinstance(value, str):
        return "text"
    return "months" if isinstance(value, list | tuple) else "number"


Value = Annotated[
    Annotated[float, Tag("number")]
    | Annotated[_Text, Tag("text")]
    | Annotated[Listed[float], Tag("months")],
    Discriminator(_form),
]


class Sites(Section):
    """Figures of single sites, in place of those of the catalogue; docs/sites.md has them all."""

    overrides: dict[Name, dict[Name, Value]] = Field(default_factory=dict)
    """By site: any attribute of the catalogue and any figure of a site file, such as dublin:
    {connection_mw: 40, price_usd_per_mwh: 120}; twelve numbers in a list are the months. [each in
    the unit of its name]"""
