"""Checks of storage and flexible load, on plain data as `cross_checks` sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siting.config.issues import UNKNOWN, Issue, Key, show
from siting.config.parts import Plain, entries, names, number, part, section
from siting.config.time import DAY_GROUPS, MONTHS, SLICES

__all__ = ["operation_structure"]

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
    yield from _clean(study)


def _clean(study: Plain) -> Iterator[Issue]:
    """Contracts alone give no larger share than they may generate."""
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
        yield Issue(key, f"is {show(name)} twice", "Name each store once.")
    if name in RESERVED:
        yield Issue(key, f"is {show(name)}, the name of another source", "Choose another name.")


def _workloads(study: Plain) -> Iterator[Issue]:
    slices = _slices(study)
    for i, workload in entries(study, "demand", "workloads"):
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
    if study.get("time") is UNKNOWN:
        return None
    slices = {"slices": 96, **section(study, "time")}["slices"]
    return next((allowed for allowed in SLICES if slices == allowed), None)


def _groups(slices: int) -> int:
    return DAY_GROUPS if slices % (MONTHS * DAY_GROUPS) == 0 else 1


def _needs_blocks(study: Plain, key: Key) -> Iterator[Issue]:
    slices = _slices(study)
    if slices is not None and slices // (MONTHS * _groups(slices)) < 2:
        yield Issue(
            key,
            f"needs slices within the day, and {slices} slices have none",
            "Set time.slices to 24 or more, such as 96.",
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
        yield Issue(
            ("heat_reuse", "full_demand_c"),
            f"is {show(full)}, not below heating_limit_c = {show(limit)}",
            "Lower it.",
        )
