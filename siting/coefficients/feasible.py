"""Plain reasons why a study can have no answer, found before any solve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.coefficients.pairs import Pairs
from siting.config import Study, Workload
from siting.errors import InfeasibleError

__all__ = ["check_demand", "check_forced"]


def check_forced(study: Study, sites: tuple[str, ...], pairs: Pairs) -> None:
    """Sites that the study forces open must have a design.

    Raises
    ------
    siting.errors.InfeasibleError
        If a site that is forced open can have none of the designs.
    """
    buildable = {sites[s] for s in pairs.site}
    bare = [site for site in study.limits.open if site not in buildable]
    if bare:
        raise InfeasibleError(
            f"limits.open: no design of the study fits {', '.join(bare)} "
            "(connection, lake or sea, or limits.max_mw_per_site)"
        )


def check_demand(
    study: Study,
    regions: pd.DataFrame,
    sites: pd.DataFrame,
    rtt_ms: NDArray[np.float64],
    eligible: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
) -> None:
    """Every region must have a site within the round trip of every workload.

    Parameters
    ----------
    study : Study
        For its workloads.
    regions, sites : DataFrame
        The D regions and the S candidates.
    rtt_ms : ndarray, shape (D, S)
        Round trips. [ms]
    eligible : ndarray of bool, shape (W, D, S)
        Pairs that may be served.
    allowed : ndarray of bool, shape (W, D, S)
        Sites where at least one module of one design fits and where the data may go.

    Raises
    ------
    siting.errors.InfeasibleError
        Naming each workload, its worst regions and the shortest round trip there is.
    """
    if not allowed.any():
        raise InfeasibleError(
            "no design of the study fits at any candidate: designs that need a lake or the sea are "
            "built only there (designs), and one module must fit the connection, the heat that a "
            "lake takes and limits.max_mw_per_site; technology.designs may bar a design "
            "(available: false), demand.workloads.residency a place"
        )
    unserved = ~eligible.any(axis=2)
    if not unserved.any():
        return
    lines = []
    for w, workload in enumerate(study.demand.workloads):
        lost = np.flatnonzero(unserved[w])
        trips = np.where(allowed[w], rtt_ms, np.inf)
        worst = lost[np.argsort(-trips[lost].min(axis=1), kind="stable")][:5]
        lines += [_unserved(workload, d, trips, regions, sites) for d in worst]
        if len(lost) > len(worst):
            lines.append(f"demand.workloads.{workload.name}: and {len(lost) - len(worst)} more")
    raise InfeasibleError("\n".join(lines))


def _unserved(
    workload: Workload,
    d: int,
    trips_ms: NDArray[np.float64],
    regions: pd.DataFrame,
    sites: pd.DataFrame,
) -> str:
    """Why no site serves a region: where its data may go, or how far the nearest site is."""
    key, name = f"demand.workloads.{workload.name}", regions["name"].iloc[d]
    s = int(trips_ms[d].argmin())
    if np.isinf(trips_ms[d, s]):
        where = f"the {workload.residency} of its country ({regions['country'].iloc[d]})"
        return f"{key}.residency: no site with a design lies in {where}, which {name} must stay in"
    return (
        f"{key}.max_rtt_ms: no site with a design serves {name} within "
        f"{workload.max_rtt_ms:g} ms; the nearest, {sites['name'].iloc[s]}, is "
        f"{trips_ms[d, s]:.1f} ms away"
    )
