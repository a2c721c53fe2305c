"""Checks within operation and structure of a study, on plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from siting.config.base import (
    UNKNOWN,
    Issue,
    Key,
    Plain,
    entries,
    listed,
    names,
    number,
    part,
    section,
    show,
)
from siting.config.limits import CLEAN_PRESETS
from siting.config.objective import DAY_GROUPS, MONTHS, SLICES
from siting.physics import DESIGNS
from siting.physics.designs import UPKEEP
from siting.physics.parameters import GENERATORS

__all__ = ["operation_structure", "structure_issues"]

#: Names of other sources in the table of supply.
RESERVED = ("grid", "hydro", "wind", "solar", "backup")


def operation_structure(study: Plain) -> Iterator[Issue]:
    """Stores have names of their own; what moves within the day needs blocks of the day."""
    stores = dict(entries(study, "storage"))
    before: list[str] = []
    for i, store in stores.items():
        name = store.get("name")
        if isinstance(name, str):
            yield from _name(("storage", i, "name"), name, before)
            before.append(name)
    if stores:
        yield from _needs_blocks(study, ("storage",))
    yield from _workloads(study)
    yield from _heat(study)
    yield from _load(study)
    yield from _clean(study)
    yield from _power(study, before)


def _power(study: Plain, names_before: list[str]) -> Iterator[Issue]:
    """Years need a year to compare with; generators have names, and heat or rivers a place."""
    dated = _dated(study)
    undated = not listed(study.get("periods")) and part(study, "supply", "year") is None
    if dated and undated and UNKNOWN not in (study.get("periods"), study.get("supply")):
        yield Issue(
            dated[0],
            "depends on the year, and the study says none",
            "Give supply.year, or periods.",
        )
    for i, unit in entries(study, "generation", "units"):
        name, kind = unit.get("name"), unit.get("kind")
        if isinstance(name, str):
            yield from _name(("generation", "units", i, "name"), name, names_before)
            names_before.append(name)
        if kind in ("geothermal", "hydro") and not names(unit, "where"):
            yield Issue(
                ("generation", "units", i, "where"),
                f"is empty, and {kind} is not everywhere",
                "Name the sites, countries, zones, regions or kinds that have it.",
            )
    yield from _first_power(study)
    hours = number(study, "generation", "island_storage_h")
    if hours and not listed(study.get("storage")) and study.get("storage") is not UNKNOWN:
        yield Issue(
            ("generation", "island_storage_h"),
            f"is {show(hours)}, and the study offers no storage",
            "Add a section storage, or set it to 0.",
        )
    if study.get("connections") and part(study, "backup", "covers_peaks") is True:
        yield Issue(
            ("backup", "covers_peaks"),
            "is true beside steps of connections, whose peak it would hide",
            "Set it to false, or leave connections out.",
        )


def _first_power(study: Plain) -> Iterator[Issue]:
    """Power is due within the years of the study."""
    periods = [(number(p, "year"), number(p, "years")) for _, p in entries(study, "periods")]
    known = [(y, n) for y, n in periods if y is not None and n is not None]
    year = number(study, "supply", "year")
    # A state of a plan knows the years of its own period alone.
    state = not periods and (year is None or part(study, "supply", "opened") is not None)
    if len(known) < len(periods) or state:
        return
    first, last = (known[0][0], sum(known[-1]) - 1) if known else (year, year)
    for i, asked in entries(study, "first_power"):
        by = number(asked, "by")
        if by is None or last is None or first is None:
            continue
        if by > last or (known and by < first):
            yield Issue(
                ("first_power", i, "by"),
                f"is {show(by)}, and the study plans {show(first)} to {show(last)}",
                "Give a year of the study.",
            )


def _dated(study: Plain) -> list[Key]:
    """Keys that say from which year on something is there."""
    found: list[Key] = []
    if part(study, "connections", "file"):
        found.append(("connections", "file"))
    for i, step in entries(study, "connections", "steps"):
        given = (name for name in ("year", "lead_years") if number(step, name))
        found += [("connections", "steps", i, name) for name in given]
    if part(study, "generation", "file"):
        found.append(("generation", "file"))
    for i, unit in entries(study, "generation", "units"):
        kind, first = unit.get("kind"), number(unit, "first_year")
        if first or (isinstance(kind, str) and kind in GENERATORS and GENERATORS[kind].first_year):
            found.append(("generation", "units", i, "first_year" if first else "kind"))
    found += [("first_power", i, "by") for i, _ in entries(study, "first_power")]
    return found


def _clean(study: Plain) -> Iterator[Issue]:
    """Contracts alone give no larger share than they may generate; presets know their year."""
    dated = bool(part(study, "periods")) or part(study, "supply", "year") is not None
    for i, rule in entries(study, "supply", "clean"):
        preset = CLEAN_PRESETS.get(str(rule.get("preset")))
        if preset is not None and preset.needs_year and not dated:
            yield Issue(
                ("supply", "clean", i, "preset"),
                f"is {show(rule.get('preset'))}, which differs by year, and the study names none",
                "Give supply.year, or periods.",
            )
    most = number({"max_contract_share": 0.5, **section(study, "supply")}, "max_contract_share")
    for i, rule in entries(study, "supply", "clean"):
        share = number(rule, "share")
        if share is None or most is None:
            continue
        if share > most and not rule.get("count_grid", False):
            yield Issue(
                ("supply", "clean", i, "share"),
                f"is {show(share)}, and contracts generate at most {show(most)} of the IT energy",
                "Raise supply.max_contract_share above the share times the PUE, or count_grid.",
            )


def _name(key: Key, name: str, before: list[str]) -> Iterator[Issue]:
    if name in before:
        yield Issue(key, f"is {show(name)} twice", "Name each storage unit and generator once.")
    if name in RESERVED:
        yield Issue(key, f"is {show(name)}, the name of another source", "Choose another name.")


def _load(study: Plain) -> Iterator[Issue]:
    """The load of the hour needs a profile, and an engine that always runs."""
    if part(study, "halls", "load_by_hour") is not True:
        return
    key: Key = ("halls", "load_by_hour")
    workloads = [w for _, w in entries(study, "demand", "workloads")]
    if UNKNOWN not in (study.get("demand"), part(study, "demand", "workloads")) and not any(
        w.get("profile") for w in workloads
    ):
        yield Issue(key, "is true, and no workload has a profile", "Give one, or set it to false.")
    if part(study, "supply", "trigeneration") == "dispatched":
        remedy = "Set it to false, or trigeneration to always."
        yield Issue(key, "is true beside supply.trigeneration: dispatched", remedy)


def _workloads(study: Plain) -> Iterator[Issue]:
    slices = _slices(study)
    for i, workload in entries(study, "demand", "workloads"):
        if isinstance(workload.get("profile"), Mapping):
            yield from _needs_blocks(study, ("demand", "workloads", i, "profile"))
        if not isinstance(workload.get("flexible"), Mapping):
            continue
        key: Key = ("demand", "workloads", i, "flexible")
        yield from _needs_blocks(study, key)
        week = number(workload, "flexible", "week_limit") or 0
        if week > 0 and slices and _groups(slices) == 1:
            remedy = f"Set time.slices to a multiple of {MONTHS * DAY_GROUPS}, or week_limit to 0."
            yield Issue(
                (*key, "week_limit"),
                f"is {show(week)}, but {slices} slices know one kind of day a month",
                remedy,
            )


def _slices(study: Plain) -> int | None:
    slices = None if study.get("time") is UNKNOWN else section(study, "time").get("slices", 96)
    return next((allowed for allowed in SLICES if slices == allowed), None)


def _groups(slices: int) -> int:
    return DAY_GROUPS if slices % (MONTHS * DAY_GROUPS) == 0 else 1


def _needs_blocks(study: Plain, key: Key) -> Iterator[Issue]:
    slices = _slices(study)
    if slices is not None and slices // (MONTHS * _groups(slices)) < 2:
        yield Issue(
            key,
            f"needs slices within the day, and {slices} slices have none",
            f"Set time.slices to {slices * 2} or {slices * 8}.",
        )


def _heat(study: Plain) -> Iterator[Issue]:
    given = {"heating_limit_c": 15.5, "full_demand_c": -4.5, **section(study, "heat_reuse")}
    limit, full = number(given, "heating_limit_c"), number(given, "full_demand_c")
    designs = part(study, "designs")
    if isinstance(designs, list | tuple):
        strange = [name for name in names(given, "designs") if name not in designs]
        if strange:
            yield Issue(
                ("heat_reuse", "designs"),
                f"names {', '.join(strange)}, which designs does not",
                "Name designs that may be built.",
            )
    if limit is not None and full is not None and limit <= full:
        problem = f"is {show(full)}, not below heating_limit_c = {show(limit)}"
        yield Issue(("heat_reuse", "full_demand_c"), problem, "Lower it.")


def structure_issues(study: Plain) -> Iterator[Issue]:
    """Losses with something to survive them, and caps that some placement could keep."""
    yield from _failover(study)
    yield from _caps(study)
    yield from _designs(study)
    yield from _accepted(study)
    yield from _refresh(study)
    yield from _design_sizes(study)
    yield from _scale(study)


def _failover(study: Plain) -> Iterator[Issue]:
    given = {i: w.get("critical", False) for i, w in entries(study, "demand", "workloads")}
    loss = part(study, "failover", "loss") or "none"
    unknown = UNKNOWN in (loss, study.get("failover"), *given.values())
    if unknown or not given:
        return
    critical = [i for i, value in given.items() if value is True]
    if loss != "none" and not critical:
        yield Issue(
            ("failover", "loss"),
            f"is {show(loss)}, but no workload is critical",
            "Mark those that must survive it: demand.workloads[...].critical: true.",
        )
    if loss == "none" and critical:
        yield Issue(
            ("demand", "workloads", critical[0], "critical"),
            "is true, but failover.loss is none, so that nothing is ever lost",
            "Set failover.loss to site or grid_zone, or leave critical out.",
        )


def _caps(study: Plain) -> Iterator[Issue]:
    for i, cap in entries(study, "caps"):
        most = number(cap, "at_most")
        is_pue = cap.get("per_it_mwh") is True and cap.get("metric") == "energy_mwh"
        if is_pue and most is not None and most < 1:
            yield Issue(
                ("caps", i, "at_most"),
                f"is {show(most)}, but a facility draws at least 1 MWh for each MWh of IT",
                "Give the mean PUE that the sites may have, such as 1.25.",
            )


def _designs(study: Plain) -> Iterator[Issue]:
    """Halls side by side would have to share what is stored, sold or moved; none of it says how."""
    most = number(study, "limits", "designs_per_site")
    if most is None or most < 2:
        return
    operated = [
        key
        for key in ("storage", "heat_reuse", "backup", "connections", "generation")
        if study.get(key)
    ]
    if any(workload.get("flexible") for _, workload in entries(study, "demand", "workloads")):
        operated.append("demand.workloads.flexible")
    if part(study, "supply", "trigeneration") == "dispatched":
        operated.append("supply.trigeneration")
    if operated:
        yield Issue(
            ("limits", "designs_per_site"),
            f"is {most}, which does not go with {', '.join(operated)}",
            "Set it to 1, or leave those out.",
        )


def _accepted(study: Plain) -> Iterator[Issue]:
    """A workload that does not take every design needs one, and nothing that ignores designs."""
    offered = part(study, "designs")
    for i, workload in entries(study, "demand", "workloads"):
        given = names(workload, "designs")
        key: Key = ("demand", "workloads", i, "designs")
        if not given:
            continue
        if isinstance(offered, list | tuple) and not set(given) & set(offered):
            yield Issue(
                key,
                f"is {', '.join(given)}, none of which designs offers",
                "Name designs that may be built, or leave it out.",
            )
        if part(study, "failover", "loss") not in (None, "none", UNKNOWN):
            yield Issue(
                key,
                "does not go with failover, whose spare capacity is counted whatever the design",
                "Set failover.loss to none, or leave designs out.",
            )
        if part(workload, "flexible", "between_sites"):
            yield Issue(
                key,
                "does not go with load that moves between sites, whatever their design",
                "Leave flexible.between_sites or designs out.",
            )


def _designs_of(study: Plain, where: str) -> Iterator[tuple[Any, Plain]]:
    designs = section(study, where, "designs")
    return ((name, given) for name, given in designs.items() if isinstance(given, Mapping))


def _refresh(study: Plain) -> Iterator[Issue]:
    """Issue of a cost of changing the IT that lacks the years between two changes."""
    for name, given in _designs_of(study, "economics"):
        if "refresh_years" in UPKEEP.get(name, {}):
            continue
        for key in ("refresh_usd_per_kw", "refresh_kg_co2e_per_kw"):
            if given.get(key) is not None and given.get("refresh_years") is None:
                yield Issue(
                    ("economics", "designs", name, key),
                    "is given, but not how often the IT of this design is changed",
                    "Give refresh_years too.",
                )


def _design_sizes(study: Plain) -> Iterator[Issue]:
    """A design must have a size that it can be built in."""
    for name, given in _designs_of(study, "limits"):
        if name not in DESIGNS:
            continue
        least, most = (_size(name, given, key) for key in ("min_mw_per_site", "max_mw_per_site"))
        key, block = ("limits", "designs", name), DESIGNS[name].block_mw
        if most is not None and most < block:
            yield Issue(
                (*key, "max_mw_per_site"),
                f"is {most:g}, less than one module of {block:g} MW",
                f"Give {block:g} or more, or leave {name} out of designs.",
            )
        elif (
            least is not None
            and most is not None
            and block * math.ceil(least / block - 1e-9) > most
        ):
            yield Issue(
                (*key, "min_mw_per_site"),
                f"is {least:g}, which no whole number of modules of {block:g} MW meets below "
                f"max_mw_per_site = {most:g}",
                "Lower it or raise max_mw_per_site.",
            )


def _size(design: str, given: Plain, key: str) -> float | None:
    """A number of the planner, or the design's own; None where it is neither."""
    own = UPKEEP[design].get(key)
    if given.get(key) is None:
        return None if own is None else own.value
    return number(given, key)


def _scale(study: Plain) -> Iterator[Issue]:
    """Steps of the price of halls begin at nothing and rise."""
    before = -1.0
    for i, step in enumerate(listed(part(study, "economics", "scale"))):
        start = number(step, "from_mw")
        if start is None:
            return
        key = ("economics", "scale", i, "from_mw")
        if i == 0 and start != 0:
            yield Issue(key, f"is {start:g}, but the first MW need a price", "Begin with 0.")
        elif start <= before:
            problem = f"is {start:g}, not above {before:g} before it"
            yield Issue(key, problem, "Order the steps by from_mw.")
        before = start
