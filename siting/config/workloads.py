"""Energy presets, hardware and load profile of a workload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from siting.config.base import (
    UNKNOWN,
    Estimate,
    Issue,
    Key,
    Plain,
    Section,
    as_tuple,
    existing_file,
    show,
)

__all__ = [
    "LoadProfile",
    "hardware_names",
    "known_name",
    "lever_factor",
    "preset_issues",
    "preset_names",
    "servers_kg_per_kw_yr",
    "with_preset",
]


_FORMS = {
    "Wh/request": ("requests_per_day", "wh_per_request"),
    "MWh/run": ("runs_per_year", "mwh_per_run"),
}


def preset_names() -> tuple[str, ...]:
    """Names of the presets that `siting.physics` has."""
    from siting.physics.workloads import PRESETS

    return tuple(PRESETS)


def hardware_names() -> tuple[str, ...]:
    """Kinds of servers and generations of accelerators that `siting.physics` has."""
    from siting.physics.equipment import SERVERS
    from siting.physics.workloads import HARDWARE

    return (*SERVERS, *HARDWARE)


def known_name(name: str, allowed: Iterable[str], what: str) -> str:
    """Refuse a name that is not in a table."""
    if name not in allowed:
        expected = ", ".join(f"'{one}'" for one in allowed)
        raise PydanticCustomError(
            "literal_error", "is no {what}", {"expected": expected, "what": what}
        )
    return name


def lever_factor(preset: str | None, hardware: str | None, algorithm_years: float) -> float:
    """Factor of the levers of a workload on its published energy. [-]."""
    from siting.physics.workloads import HARDWARE, PRESETS, energy_factor

    reference = PRESETS[preset].hardware if preset is not None else None
    generation = hardware if hardware in HARDWARE else None
    return energy_factor(reference, generation, algorithm_years)


def servers_kg_per_kw_yr(
    preset: str | None, hardware: str | None, estimate: Estimate = "best"
) -> float:
    """Embodied carbon of the servers of a workload, or an end of its range. [kg CO2e/kW/a].

    Where no hardware is named, work of a preset runs on what its preset does, all else on
    general-purpose servers.
    """
    from siting.physics.equipment import servers_of
    from siting.physics.workloads import PRESETS

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


def _lever_issues(key: Key, workload: Plain, preset: Any) -> Iterator[Issue]:
    from siting.physics.workloads import HARDWARE

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


def _preset(workload: Plain) -> Any:
    from siting.physics.workloads import PRESETS

    name = workload.get("preset")
    return PRESETS.get(name) if isinstance(name, str) else None


HOURS_PER_DAY = 24

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
    hours: Annotated[
        tuple[Relative, ...], BeforeValidator(as_tuple, json_schema_input_type=list[float])
    ] = ()
    """24 numbers, one for each hour of the day from midnight, in any unit."""
    file: Annotated[str, AfterValidator(existing_file)] | None = None
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
