"""One case solved, in whatever process: plain data in, plain data out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from siting.catalogue import Catalogue, load_catalogue
from siting.config import Study, study_from_mapping
from siting.errors import InfeasibleError, InputError, NoAnswerError, SitingError
from siting.placement import Placement
from siting.reuse import Workshop
from siting.run import solve_study

__all__ = ["FAILURES", "solve_case"]

#: What a case without an answer is called, and the error that says so.
FAILURES: Mapping[type[Exception], str] = {
    InfeasibleError: "infeasible",
    NoAnswerError: "no_answer",
    InputError: "bad_input",
    SitingError: "failed",
}
_SITES = ["name", "country", "lat", "lon", "design", "modules", "installed_mw", "it_mw", "pue",
          "wue_l_per_kwh", "energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd"]  # fmt: skip
Record = dict[str, Any]


@cache
def _catalogue(folder: str) -> Catalogue:
    """The tables, read once in a process."""
    return load_catalogue(folder or None)


@cache
def _workshop() -> Workshop:
    """What the cases of a process leave for one another."""
    return Workshop()


def solve_case(task: tuple[int, Record], folder: str) -> tuple[int, Record]:
    """Solve a case.

    Parameters
    ----------
    task : (int, mapping)
        Index and resolved study.
    folder : str
        Folder of the tables; empty for the built-in ones.

    Returns
    -------
    int, dict
        Index and record: status, reason, gap, bound, objective, metrics, audit_passed, sites,
        flows, and seconds.
    """
    index, data = task
    return index, _solve(study_from_mapping(data), folder)


def _solve(study: Study, folder: str) -> Record:
    start = time.perf_counter()
    try:
        placement = solve_study(study, catalogue=_catalogue(folder), workshop=_workshop())
        record = _record(placement)
    except Exception as error:  # a bug in one case must not lose the others; its row names it
        names = (name for kind, name in FAILURES.items() if isinstance(error, kind))
        reason = (
            str(error) if isinstance(error, SitingError) else f"{type(error).__name__}: {error}"
        )
        record = {"status": next(names, "error"), "reason": reason}
    return {**record, "seconds": time.perf_counter() - start}


def _record(placement: Placement) -> Record:
    sites = placement.sites[_SITES].rename_axis("site").reset_index()
    return {
        "status": str(placement.status),
        "reason": "",
        "objective": placement.objective,
        "bound": placement.bound,
        "gap": placement.gap,
        "audit_passed": bool(placement.audit and placement.audit["passed"]),
        "metrics": dict(placement.metrics),
        "sites": sites.to_dict("records"),
        "flows": placement.flows[["workload", "demand", "site", "it_mw", "rtt_ms"]].to_dict(
            "records"
        ),
    }
