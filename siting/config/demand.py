"""Section ``demand``: regions, workloads with their presets, hardware and load, latency limits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from siting.config.base import (
    UNKNOWN,
    Estimate,
    File,
    Issue,
    Key,
    Listed,
    Name,
    Names,
    Plain,
    Section,
    existing_file,
    known,
    one_or_many,
    show,
    unique,
)
from siting.nomenclature import YEAR_H
from siting.physics import DESIGNS
from siting.physics.workloads import HARDWARE, PRESETS, SERVERS, Preset, energy_factor, servers_of

__all__ = [
    "ENERGY_FORMS",
    "FILE_SUFFIXES",
    "MAX_IT_MW",
    "Demand",
    "Flexible",
    "LoadProfile",
    "Workload",
    "is_file_name",
    "preset_issues",
    "with_preset",
]


_FORMS = {
    "Wh/request": ("requests_per_day", "wh_per_request"),
    "MWh/run": ("runs_per_year", "mwh_per_run"),
}


def _lever_factor(preset: str | None, hardware: str | None, algorithm_years: float) -> float:
    """Factor of the levers of a workload on its published energy. [-]."""
    reference = PRESETS[preset].hardware if preset is not None else None
    generation = hardware if hardware in HARDWARE else None
    return energy_factor(reference, generation, algorithm_years)


def _servers_kg_per_kw_yr(
    preset: str | None, hardware: str | None, estimate: Estimate = "best"
) -> float:
    """Embodied carbon of the servers of a workload, or an end of its range. [kg CO2e/kW/a].

    Where no hardware is named, work of a preset runs on what its preset does, all else on
    general-purpose servers.
    """
    usual = PRESETS[preset].servers if preset is not None else "general"
    found = servers_of(hardware or usual)
    return {"low": found.low, "best": found.value, "high": found.high}[estimate]


def with_preset(workload: Plain) -> Plain:
    """Workload with the energy of its preset and the PUE that it holds, where left out.

    Anything that is faulty stays as it is, for the checks to name.
    """
    preset = _preset(workload)
    if preset is None:
        return workload
    energy = _FORMS[preset.unit][1]
    filled = {energy: preset.value, "reported_pue": preset.reported_pue}
    missing = {key: value for key, value in filled.items() if workload.get(key) is None}
    return {**workload, **missing}


def preset_issues(key: Key, workload: Plain) -> Iterator[Issue]:
    """Issues of values that contradict the preset of a workload, and of levers without effect."""
    preset = _preset(workload)
    if preset is not None:
        count, energy = _FORMS[preset.unit]
        for name, value in ((energy, preset.value), ("reported_pue", preset.reported_pue)):
            given = workload.get(name)
            if given is not None and given is not UNKNOWN and given != value:
                yield Issue(
                    (*key, name),
                    f"is {show(given)}, but the preset {preset.name} has {show(value)}",
                    "Leave out one of the two.",
                )
        if workload.get(count) is None:
            yield Issue(
                (*key, count), "is missing", f"The preset {preset.name} is in {preset.unit}."
            )
    yield from _lever_issues(key, workload, preset)


def _lever_issues(key: Key, workload: Plain, preset: Preset | None) -> Iterator[Issue]:
    hardware, years = workload.get("hardware"), workload.get("algorithm_years")
    if isinstance(hardware, str) and hardware in HARDWARE:
        if preset is None and workload.get("preset") is not UNKNOWN:
            remedy = "Name a preset, or give the energy on that hardware yourself."
            yield Issue(
                (*key, "hardware"), "acts on the energy of a preset, and none is named", remedy
            )
        elif preset is not None and preset.hardware is None:
            remedy = "Leave it out, or give the energy yourself."
            problem = f"cannot act: what the preset {preset.name} ran on is not known"
            yield Issue((*key, "hardware"), problem, remedy)
    if workload.get("it_mw") is not None and years not in (None, 0, UNKNOWN):
        remedy = "Leave it out, or give requests or runs."
        yield Issue((*key, "algorithm_years"), "does not act on it_mw, which is IT load", remedy)


def _preset(workload: Plain) -> Preset | None:
    name = workload.get("preset")
    return PRESETS.get(name) if isinstance(name, str) else None


Relative = Annotated[float, Field(ge=0, le=1e6)]


class LoadProfile(Section):
    """Load of a workload by the hour, relative to its mean of the year."""

    shape: Literal["diurnal", "hours", "file"] = "diurnal"
    """diurnal: a wave through the day; hours: 24 numbers of a day; file: a year by the hour."""
    peak_factor: float = Field(default=1.4, ge=1, le=2)
    """Load of the peak hour over the mean of the day, for diurnal; assumed, within 1.2 and 1.8.
    [-]"""
    peak_hour: float = Field(default=20.0, ge=0, lt=24)
    """Hour of the day in which a diurnal load peaks; assumed: the evening. [h]"""
    hours: Listed[Relative] = ()
    """24 numbers, one for each hour of the day from midnight, in any unit."""
    file: File | None = None
    """Table of one column `load` in any unit (.csv, .xlsx), relative to the study's folder: 8,760
    hours from 1 January 00:00, or half or quarter hours."""
    weekend_factor: float = Field(default=1.0, ge=0, le=5)
    """Load of Saturday and Sunday over that of the other days, for diurnal and hours. [-]"""
    clock: Literal["users", "utc"] = "users"
    """Clock of the hours: that of the sun where the users are (longitude over 15, in whole hours),
    or UTC."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = {"hours": bool(self.hours), "file": self.file is not None}
        for name, there in given.items():
            if there != (self.shape == name):
                problem = "is given" if there else "is missing"
                raise PydanticCustomError(
                    "profile",
                    "{key} {problem} where shape is {shape}",
                    {"key": name, "problem": problem, "shape": self.shape,
                     "remedy": "Give shape: hours with hours, shape: file with file."},
                )  # fmt: skip
        if self.hours and (len(self.hours) != HOURS_PER_DAY or not sum(self.hours)):
            raise PydanticCustomError(
                "profile",
                "holds {number} hours of a day",
                {"number": len(self.hours), "remedy": "Give 24 numbers, some above 0."},
            )
        if self.shape == "file" and self.weekend_factor != 1.0:
            raise PydanticCustomError(
                "profile",
                "has a weekend_factor beside a file",
                {"remedy": "Leave it out: the file has its own week."},
            )
        return self


HOURS_PER_DAY = 24.0

MAX_IT_MW = 100_000.0
"""Above this an IT load is taken for a slip of the unit [MW]; assumed.

All data centers of the world together drew about 415 TWh in 2024, 47 GW on average
(IEA, Energy and AI, 2025).
"""

ENERGY_FORMS: tuple[tuple[str, ...], ...] = (
    ("it_mw",),
    ("requests_per_day", "wh_per_request"),
    ("runs_per_year", "mwh_per_run"),
)
"""The three ways to state the energy of a workload; exactly one must be given."""

FILE_SUFFIXES = (
    ".csv", ".tsv", ".txt", ".xlsx", ".gpkg", ".geojson", ".json", ".shp", ".fgb", ".kml", ".kmz",
    ".parquet", ".geoparquet",
)  # fmt: skip


def is_file_name(name: str) -> bool:
    """Tell a file of demand regions from the name of a group."""
    return name.lower().endswith(FILE_SUFFIXES)


def _existing_files(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in filter(is_file_name, names):
        existing_file(name)
    return names


def _plain_name(name: str) -> str:
    if not name.isprintable() or set(name) & set(".[]=,/\\") or name != name.strip():
        raise PydanticCustomError(
            "name",
            "is not a plain name",
            {"remedy": "Use letters, digits, spaces, - and _ (so that --set can address it)."},
        )
    return name


class Flexible(Section):
    """Load of a workload that may wait, such as batch work and training."""

    share: float = Field(gt=0, le=1)
    """Part of the load that may be absent from any slice. [-]"""
    day_limit: float = Field(default=1.0, gt=0, le=1)
    """Most of a day's energy that is moved out of its slices. [-]"""
    week_limit: float = Field(default=0.0, ge=0, le=1)
    """Most of a week's energy that is moved to another day; 0 lets each day make up for its own.
    Needs slices with day groups. [-]"""
    between_sites: bool = False
    """Whether another site within reach of the same users may take it."""


class Workload(Section):
    """One class of computing and its share of the load."""

    name: Annotated[str, AfterValidator(_plain_name)] = Field(min_length=1, max_length=40)
    """Name of the workload, used in every result."""
    given_it_mw: float | None = Field(default=None, alias="it_mw", gt=0, le=MAX_IT_MW)
    """IT load of all demand regions together, averaged over the year. [MW]"""
    preset: Annotated[str, known(PRESETS, "preset")] | None = None
    """Published energy by name, such as chat or gpt3_training (docs/workloads.md); it fills in
    wh_per_request or mwh_per_run, and reported_pue."""
    requests_per_day: float | None = Field(default=None, gt=0, le=1e13)
    """Requests of all demand regions a day. [1/d]"""
    wh_per_request: float | None = Field(default=None, gt=0, le=1e6)
    """Electricity of one request. [Wh]"""
    runs_per_year: float | None = Field(default=None, gt=0, le=1e6)
    """Training runs a year. [1/a]"""
    mwh_per_run: float | None = Field(default=None, gt=0, le=1e7)
    """Electricity of one training run. [MWh]"""
    reported_pue: float = Field(default=1.0, ge=1.0, le=3.0)
    """PUE that the energy per request or per run already contains; it is divided out, so that
    cooling is not counted twice. [-]"""
    hardware: Annotated[str, known((*SERVERS, *HARDWARE), "kind of hardware")] | None = None
    """Servers that do the work: accelerators, general, storage or none, for their embodied carbon
    (docs/physics.md); or a generation of accelerators, v100, a100, h100, b200: the energy of the
    preset then follows peak arithmetic per watt. Null is general, and with a preset what that runs
    on."""
    given_it_embodied_kg_per_kw_yr: float | None = Field(
        default=None, alias="it_embodied_kg_per_kw_yr", ge=0, le=1e4
    )
    """Embodied carbon of its servers, in place of that of its hardware; 0 leaves them out. [kg
    CO2e/kW/a]"""
    algorithm_years: float = Field(default=0.0, ge=0, le=10)
    """Years of progress of algorithms since the energy was published; computing for the same result
    halves every 8 months (Ho et al. 2024). [yr]"""
    max_rtt_ms: float | None = Field(gt=0, le=2000)
    """Longest round trip between users and site, or null for no limit; never left out. [ms]"""
    utilization: float = Field(default=1.0, gt=0, le=1.0)
    """Average load over installed capacity: it_mw / utilization is built. [-]"""
    profile: LoadProfile | None = None
    """How the load runs through day, week and year, or null for the same in every hour; it_mw is
    the mean."""
    flexible: Flexible | None = None
    """How far the load may wait, or null for not at all."""
    critical: bool = False
    """Whether it must still be served during the outages of section failover."""
    designs: Annotated[
        tuple[Annotated[str, known(DESIGNS, "design")], ...],
        BeforeValidator(one_or_many, json_schema_input_type=str | list[str]),
        AfterValidator(unique),
    ] = ()
    """Cooling designs that may host its servers, such as those for air-cooled servers; empty
    for every design of the study."""
    residency: Literal["none", "group", "country"] = "none"
    """Where the data of users may go: anywhere, within the group of their country in
    geodata/country_groups.csv (such as eu), or within their country."""

    @model_validator(mode="before")
    @classmethod
    def _preset_energy(cls, value: object) -> object:
        return with_preset(value) if isinstance(value, Mapping) else value

    @property
    def it_mw(self) -> float:
        """IT load, averaged over the year. [MW]."""
        if self.given_it_mw is not None:
            return self.given_it_mw
        if self.requests_per_day is not None and self.wh_per_request is not None:
            mw = self.requests_per_day * self.wh_per_request / HOURS_PER_DAY / 1e6
        else:
            mw = (self.runs_per_year or 0.0) * (self.mwh_per_run or 0.0) / YEAR_H
        levers = _lever_factor(self.preset, self.hardware, self.algorithm_years)
        return mw * levers / self.reported_pue

    def it_embodied_kg_per_kw_yr(self, servers: Estimate = "best") -> float:
        """Embodied carbon of its servers, or an end of its range. [kg CO2e/kW/a]."""
        if self.given_it_embodied_kg_per_kw_yr is not None:
            return self.given_it_embodied_kg_per_kw_yr
        return _servers_kg_per_kw_yr(self.preset, self.hardware, servers)

    @model_serializer(mode="wrap")
    def _only_the_given_form(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        forms = {
            "given_it_mw",
            "given_it_embodied_kg_per_kw_yr",
            "preset",
            "hardware",
            *(key for form in ENERGY_FORMS for key in form),
        }
        items: dict[str, Any] = handler(self)
        return {k: v for k, v in items.items() if not (k in forms and v is None)}


class Demand(Section):
    """Users, and what they ask for."""

    regions: Annotated[Names, AfterValidator(_existing_files)] = Field(min_length=1)
    """Group of demand metros (world, europe, china, ...), list of groups and ids, or a file of
    regions (.csv, .xlsx, .gpkg, .geojson and others, as candidates.file)."""
    workloads: Listed[Workload] = Field(min_length=1)
    """Classes of computing to be placed."""
    layer: Name | None = None
    """Layer of the regions in a map file with several, or sheet of a workbook."""
    id_column: Name | None = None
    """Column of ids in place of id; any text is made an id."""
    name_column: Name | None = None
    """Column of names in place of name."""
    latency_file: File | None = None
    """Table of the planner's own measured round trips (.csv: pairs with rtt_ms, or a matrix),
    relative to the study's folder; it replaces the model pair by pair."""
    rtt_percentile: Literal["p10", "p50", "p90"] = "p50"
    """Modelled round trips that limits are held against: the estimate (p50), or what one pair in
    ten is shorter (p10) or longer (p90) than."""
    server_carbon: Estimate = "best"
    """Embodied carbon of servers by hardware: the estimate, or the low or the high end of its range
    (docs/supply.md). A workload's own it_embodied_kg_per_kw_yr stays."""
    share_by: Literal["internet_users", "population", "weight"] = "internet_users"
    """What a workload is shared out by between the demand regions; weight is a column of a file of
    regions."""

    factor: float = Field(default=1.0, gt=0, le=1000)
    """Factor on the load of every workload, for growth and scenarios. [-]"""

    @property
    def loads_mw(self) -> dict[str, float]:
        """IT load of each workload, averaged over the year. [MW]."""
        return {workload.name: self.factor * workload.it_mw for workload in self.workloads}

    def embodied_by_workload(self, servers: Estimate | None = None) -> dict[str, float]:
        """Embodied carbon of the servers of each workload. [kg CO2e/kW/a].

        ``servers`` is best, low or high, in place of ``server_carbon``.
        """
        chosen = servers or self.server_carbon
        return {w.name: w.it_embodied_kg_per_kw_yr(chosen) for w in self.workloads}

    def mean_it_embodied_kg_per_kw_yr(self, names: Collection[str]) -> float:
        """Embodied carbon of the servers of some workloads, weighted by them. [kg CO2e/kW/a]."""
        chosen = [w for w in self.workloads if w.name in names]
        servers = [w.it_mw / w.utilization for w in chosen]
        each = self.embodied_by_workload()
        carbon = [mw * each[w.name] for mw, w in zip(servers, chosen, strict=True)]
        return sum(carbon) / sum(servers) if servers else 0.0

    @property
    def it_mw(self) -> float:
        """IT load of all workloads, averaged over the year. [MW]."""
        return sum(self.loads_mw.values())
