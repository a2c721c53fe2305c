"""Sites with several designs side by side: looked at design by design, and as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from siting.audit.facts import gather_facts
from siting.audit.outcome import LimitCheck, at_most
from siting.audit.reported import OpenSite
from siting.audit.totals import SiteFacts
from siting.audit.vintages import Factors
from siting.catalogue import Catalogue, Weather
from siting.config import Study

__all__ = ["HallFacts", "hall_facts", "sum_checks", "whole_site"]

#: Facts of each hall of each site, in the order of ``OpenSite.halls``, or of the site alone.
HallFacts = Mapping[str, tuple[SiteFacts, ...]]


def hall_facts(
    sites: Sequence[OpenSite],
    study: Study,
    catalogue: Catalogue,
    weather: Weather,
    factors: Factors,
) -> HallFacts:
    """Facts of every design at every open site, its halls as old as ``factors`` says."""
    single = gather_facts([s for s in sites if not s.halls], study, catalogue, weather, factors)
    several = {
        s.site: tuple(
            gather_facts([h], study, catalogue, weather, factors)[s.site] for h in s.halls
        )
        for s in sites
        if s.halls
    }
    return {site: (facts,) for site, facts in single.items()} | several


def whole_site(s: OpenSite, parts: Sequence[SiteFacts]) -> SiteFacts:
    """One set of facts for a site: means over its designs by load, or by what is installed.

    Sums over the site are then those of its designs, since each enters load or installed power
    linearly. Peaks do not: see `sum_checks`.
    """
    if not s.halls:
        return parts[0]
    load = np.array([max(h.it_mw, 1e-9) for h in s.halls])
    built = np.array([h.installed_mw for h in s.halls])
    load, built = load / load.sum(), built / built.sum()
    by_load = ("pue", "wue_l_per_kwh", "withdrawal_l_per_kwh", "heat_to_water", "generated",
               "fuel", "spare_share")  # fmt: skip
    by_built = ("fixed_carbon_t_per_mw", "fixed_cost_usd_per_mw")
    means = {name: sum(w * getattr(f, name) for w, f in zip(load, parts, strict=True))
             for name in by_load}  # fmt: skip
    means |= {name: sum(w * getattr(f, name) for w, f in zip(built, parts, strict=True))
              for name in by_built}  # fmt: skip
    return replace(parts[0], **means)


def sum_checks(
    s: OpenSite, parts: Sequence[SiteFacts], most: int, tolerance: float
) -> Iterator[LimitCheck]:
    """What the designs of one site share: connection, heat of the water body, their number.

    Σ_k largest PUE[k] · installed[k]  ≤  connection,   and the same for heat
    """
    yield at_most("designs_per_site", len(parts), most, tolerance, where=s.site)
    if not s.halls:
        return
    pairs = list(zip(s.halls, parts, strict=True))
    peak = sum(float(f.pue.max()) * h.installed_mw for h, f in pairs)
    most_mw = parts[0].connection_mw
    yield at_most("connection", peak, most_mw, tolerance, unit="MW", where=s.site)
    heat = sum(float(f.heat_to_water.max()) * h.installed_mw for h, f in pairs)
    body = min(f.heat_limit_mw for f in parts)
    yield at_most("heat_to_water", heat, body, tolerance, unit="MW", where=s.site)
    off = abs(sum(h.it_mw for h in s.halls) - s.it_mw)
    yield at_most("sum_of_halls", off, 0.0, tolerance * max(1.0, s.it_mw), unit="MW", where=s.site)
