"""Checks of failover, caps and designs of a study, on plain data as `cross_checks` sees it."""

from __future__ import annotations

from collections.abc import Iterator

from siting.config.issues import UNKNOWN, Issue, show
from siting.config.parts import Plain, entries, number, part

__all__ = ["structure_issues"]


def structure_issues(study: Plain) -> Iterator[Issue]:
    """Losses with something to survive them, and caps that some placement could keep."""
    yield from _failover(study)
    yield from _caps(study)
    yield from _designs(study)


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
    operated = [key for key in ("storage", "heat_reuse", "backup") if study.get(key)]
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
