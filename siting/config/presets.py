"""Workloads by name: what a preset fills in, and what does not go with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_core import PydanticCustomError

from siting.config.issues import UNKNOWN, Issue, Key, show
from siting.config.parts import Plain

__all__ = [
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
    from siting.physics.servers import SERVERS
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


def servers_kg_per_kw_yr(preset: str | None, hardware: str | None) -> float:
    """Embodied carbon of the servers of a workload. [kg CO2e/kW/a].

    Where no hardware is named, work of a preset runs on what its preset does, all else on
    general-purpose servers.
    """
    from siting.physics.servers import servers_of
    from siting.physics.workloads import PRESETS

    usual = PRESETS[preset].servers if preset is not None else "general"
    return servers_of(hardware or usual).value


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
    """Return what contradicts the preset of a workload, and levers without what they act on."""
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
