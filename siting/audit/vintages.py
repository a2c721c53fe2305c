"""When each hall was built, and what it therefore costs and embodies; from the reported plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from siting.audit.outcome import LimitCheck, at_most
from siting.placement import Placement

__all__ = ["Factors", "availability_checks", "earlier_periods", "mean_factors"]

#: A site and a design that stands there.
Hall = tuple[str, str]
#: Mean factor on cost and on embodied carbon of what stands, by site and design. [-]
Factors = Mapping[Hall, tuple[float, float]]


def earlier_periods(placement: Placement, i: int) -> tuple[Placement, ...]:
    """Placements of the periods before a state, under its scenario, in order."""
    state = placement.states[i]
    return tuple(
        s.placement
        for s in placement.states[:i]
        if s.scenario == state.scenario and s.year < state.year
    )


def mean_factors(path: Sequence[Placement]) -> Factors:
    """Mean factors of what stands in the last of some periods.

    Σ_v factor[v] · (installed[v] − installed[v−1]) / installed[y]

    Parameters
    ----------
    path : sequence of Placement
        The periods up to the one in question, in order, each with its study.
    """
    found: dict[Hall, tuple[float, float]] = {}
    added = _added(path)
    for hall, installed in _installed(path[-1]).items():
        if installed <= 0:
            continue
        cost = carbon = 0.0
        for placement, more in zip(path, added, strict=True):
            technology, share = placement.study.technology, more.get(hall, 0.0) / installed
            cost += technology.capex(hall[1]) * share
            carbon += technology.embodied(hall[1]) * share
        found[hall] = cost, carbon
    return found


def availability_checks(path: Sequence[Placement], tolerance: float) -> Iterator[LimitCheck]:
    """Nothing is added in a period in which its design may not be built."""
    technology = path[-1].study.technology
    for (site, design), more in _added(path)[-1].items():
        if not technology.available(design):
            where = f"{site}: {design}"
            yield at_most("built_while_unavailable", more, 0.0, tolerance, unit="MW", where=where)


def _installed(placement: Placement) -> dict[Hall, float]:
    """Installed IT power by site and design. [MW]."""
    built = placement.built
    found: dict[Hall, float] = {}
    for site, design, mw in zip(built["site"], built["design"], built["installed_mw"], strict=True):
        hall = str(site), str(design)
        found[hall] = found.get(hall, 0.0) + float(mw)
    return found


def _added(path: Sequence[Placement]) -> list[dict[Hall, float]]:
    """What each period adds to what stood before. [MW]."""
    standing = [{}, *(_installed(placement) for placement in path)]
    return [
        {hall: after.get(hall, 0.0) - before.get(hall, 0.0) for hall in {**before, **after}}
        for before, after in pairwise(standing)
    ]
