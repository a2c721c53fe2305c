"""Checks of storage and flexible load, on plain data as `cross_checks` sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from siting.config.issues import Issue, Key, show
from siting.config.time import DAY_GROUPS, MONTHS, SLICES

__all__ = ["operation_structure"]

type Plain = Mapping[str, Any]

#: Names of other sources in the table of supply.
RESERVED = ("grid", "hydro", "wind", "solar", "backup")


def operation_structure(study: Plain) -> Iterator[Issue]:
    """Stores have names of their own; what moves within the day needs blocks of the day."""
    stores = study.get("storage")
    listed = stores if isinstance(stores, list | tuple) else ()
    names: list[str] = []
    for i, store in enumerate(listed):
        name = store.get("name") if isinstance(store, Mapping) else None
        if isinstance(name, str):
            yield from _name(("storage", i, "name"), name, names)
            names.append(name)
    if listed:
        yield from _needs_blocks(study, ("storage",))
    yield from _workloads(study)
    yield from _heat(study)
    yield from _clean(study)


def _clean(study: Plain) -> Iterator[Issue]:
    """Contracts alone give no larger share than they may generate."""
    supply = study.get("supply")
    rules = supply.get("clean") if isinstance(supply, Mapping) else None
    most = supply.get("max_contract_share", 0.5) if isinstance(supply, Mapping) else None
    for i, rule in enumerate(rules if isinstance(rules, list | tuple) else ()):
        share = rule.get("share") if isinstance(rule, Mapping) else None
        if not isinstance(share, int | float) or not isinstance(most, int | float):
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
    demand = study.get("demand")
    workloads = demand.get("workloads") if isinstance(demand, Mapping) else None
    for i, workload in enumerate(workloads if isinstance(workloads, list | tuple) else ()):
        flexible = workload.get("flexible") if isinstance(workload, Mapping) else None
        if not isinstance(flexible, Mapping):
            continue
        key: Key = ("demand", "workloads", i, "flexible")
        yield from _needs_blocks(study, key)
        week = flexible.get("week_limit", 0)
        slices = _slices(study)
        if isinstance(week, int | float) and week > 0 and slices and _groups(slices) == 1:
            remedy = f"Set time.slices to a multiple of {MONTHS * DAY_GROUPS}, or week_limit to 0."
            yield Issue(
                (*key, "week_limit"),
                f"is {show(week)}, but {slices} slices know one kind of day a month",
                remedy,
            )


def _slices(study: Plain) -> int | None:
    time = study.get("time")
    slices = time.get("slices", 96) if isinstance(time, Mapping) else 96
    return slices if slices in SLICES else None


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
    heat = study.get("heat_reuse")
    if not isinstance(heat, Mapping):
        return
    numbers = [heat.get("heating_limit_c", 15.5), heat.get("full_demand_c", -4.5)]
    designs = study.get("designs")
    chosen = heat.get("designs")
    own = [chosen] if isinstance(chosen, str) else chosen
    if isinstance(own, list | tuple) and isinstance(designs, list | tuple):
        strange = [name for name in own if isinstance(name, str) and name not in designs]
        if strange:
            yield Issue(
                ("heat_reuse", "designs"),
                f"names {', '.join(strange)}, which designs does not",
                "Name designs that may be built.",
            )
    if all(isinstance(n, int | float) for n in numbers) and numbers[0] <= numbers[1]:
        yield Issue(
            ("heat_reuse", "full_demand_c"),
            f"is {show(numbers[1])}, not below heating_limit_c = {show(numbers[0])}",
            "Lower it.",
        )
