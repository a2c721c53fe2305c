"""What the plan takes from each contract and from the grid, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from siting.audit.outcome import LimitCheck, at_least, at_most
from siting.audit.replay import Steps
from siting.audit.reported import OpenSite
from siting.audit.totals import SiteFacts

__all__ = ["supply_checks"]

FloatArray = NDArray[np.float64]


def supply_checks(
    s: OpenSite,
    facts: SiteFacts,
    steps: Steps,
    max_contract_share: float,
    tolerance: float,
    *,
    net_mw: FloatArray | float = 0.0,
) -> Iterator[LimitCheck]:
    """Contracts within what there is, use within what they generate, balance in each slice.

    contract[g]  ≤  available[g]
    use[g,t]     ≤  mean capacity factor[g,t] · contract[g]
    Σ_g Σ_t h[t] · capacity factor[g,t] · contract[g]  ≤  max_contract_share · IT energy
    Σ_g use[g,t] + grid[t]  =  mean (PUE − generated)[t] · load + net[t]

    with what stores, heat pumps and generators add, net, shape (T,) [MW].
    """
    yield from _volume(s, facts, steps, max_contract_share, tolerance)
    for source in sorted({*s.plan, *s.contract_mw}):
        yield from _contract(s, source, facts, steps, tolerance)
    zero = np.zeros(steps.slices)
    least = min((float(mw.min()) for mw in s.planned_mw.values()), default=0.0)
    yield at_least("negative_supply", least, 0.0, tolerance, unit="MW", where=s.site)
    needed = s.it_mw * steps.mean(facts.pue - facts.generated) + net_mw
    off = float(np.abs(np.sum([*s.planned_mw.values(), zero], axis=0) - needed).max())
    scaled = tolerance * max(1.0, float(needed.max()))
    yield at_most("energy_balance", off, 0.0, scaled, unit="MW", where=s.site)


def _volume(
    s: OpenSite, facts: SiteFacts, steps: Steps, max_contract_share: float, tolerance: float
) -> Iterator[LimitCheck]:
    """What the contracts generate in a year against the IT energy of the site."""
    generated = sum(
        mw * steps.total(facts.contracts[source].capacity_factor)
        for source, mw in s.contract_mw.items()
        if source in facts.contracts
    )
    most = max_contract_share * s.it_mw * steps.year_h
    name = "max_contract_share"
    yield at_most(name, generated, most, tolerance, unit="MWh", where=s.site)


def _contract(
    s: OpenSite, source: str, facts: SiteFacts, steps: Steps, tolerance: float
) -> Iterator[LimitCheck]:
    place, mw = f"{source} at {s.site}", s.contract_mw.get(source, 0.0)
    offered = facts.contracts.get(source)
    most = 0.0 if offered is None else offered.limit_mw
    yield at_most("contract", mw, most, tolerance, unit="MW", where=place)
    yield at_least("negative_contract", mw, 0.0, tolerance, unit="MW", where=place)
    factor = np.zeros_like(steps.hours) if offered is None else offered.capacity_factor
    output = mw * steps.mean(factor)
    beyond = float((s.planned_mw.get(source, np.zeros(steps.slices)) - output).max())
    yield at_most("contract_output", max(beyond, 0.0), 0.0, tolerance, unit="MW", where=place)
