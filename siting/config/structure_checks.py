"""Checks of failover, caps and designs of a study, on plain data as `cross_checks` sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from siting.config.issues import UNKNOWN, Issue, show

__all__ = ["structure_issues"]

type Plain = Mapping[str, Any]


def structure_issues(study: Plain) -> Iterator[Issue]:
    """Losses with something to survive them, and caps that some placement could keep."""
    yield from _failover(study)
    yield from _caps(study.get("caps"))
    yield from _designs(study)


def _failover(study: Plain) -> Iterator[Issue]:
    demand, failover = study.get("demand"), study.get("failover", {})
    workloads = demand.get("workloads") if isinstance(demand, Mapping) else None
    if not isinstance(workloads, list | tuple) or not isinstance(failover, Mapping):
        return
    given = [w.get("critical", False) for w in workloads if isinstance(w, Mapping)]
    loss = failover.get("loss", "none")
    if UNKNOWN in given or loss is UNKNOWN:
        return
    if loss != "none" and True not in given:
        yield Issue(
            ("failover", "loss"),
            f"is {show(loss)}, but no workload is critical",
            "Mark those that must survive it: demand.workloads[...].critical: true.",
        )
    if loss == "none" and True in given:
        yield Issue(
            ("demand", "workloads", given.index(True), "critical"),
            "is true, but failover.loss is none, so that nothing is ever lost",
            "Set failover.loss to site or grid_zone, or leave critical out.",
        )


def _caps(caps: object) -> Iterator[Issue]:
    for i, cap in enumerate(caps if isinstance(caps, list | tuple) else ()):
        if not isinstance(cap, Mapping) or cap.get("per_it_mwh") is not True:
            continue
        most = cap.get("at_most")
        number = most if isinstance(most, int | float) and not isinstance(most, bool) else 1
        if cap.get("metric") == "energy_mwh" and number < 1:
            yield Issue(
                ("caps", i, "at_most"),
                f"is {show(most)}, but a facility draws at least 1 MWh for each MWh of IT",
                "Give the mean PUE that the sites may have, such as 1.25.",
            )


def _designs(study: Plain) -> Iterator[Issue]:
    """Halls side by side would have to share what is stored, sold or moved; none of it says how."""
    limits, demand = study.get("limits"), study.get("demand")
    most = limits.get("designs_per_site", 1) if isinstance(limits, Mapping) else 1
    if not isinstance(most, int) or most < 2:
        return
    operated = [key for key in ("storage", "heat_reuse", "backup") if study.get(key)]
    workloads = demand.get("workloads") if isinstance(demand, Mapping) else ()
    given = [w for w in workloads or () if isinstance(w, Mapping)]
    operated += ["demand.workloads.flexible"] if any(w.get("flexible") for w in given) else []
    supply = study.get("supply")
    if isinstance(supply, Mapping) and supply.get("trigeneration") == "dispatched":
        operated.append("supply.trigeneration")
    if operated:
        yield Issue(
            ("limits", "designs_per_site"),
            f"is {most}, which does not go with {', '.join(operated)}",
            "Set it to 1, or leave those out.",
        )
