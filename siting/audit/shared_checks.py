"""Checks on limits that sites share: residency, basins, lakes, caps and laws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from siting.audit.outcome import LimitCheck, at_most
from siting.audit.replay import SiteFacts, Steps
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue
from siting.catalogue.selection import (
    group_of_country,
    laws_in_force,
    policy_table,
    selectors_of,
    sites_of,
)
from siting.config.limits import SELECTORS
from siting.nomenclature import LIMITED
from siting.placement import Placement

__all__ = ["OpenFacts", "structure_checks"]


@dataclass(frozen=True)
class OpenFacts:
    """One open site over all steps.

    Parameters
    ----------
    site : OpenSite
        As reported.
    parts : tuple of SiteFacts
        Facts of each of its designs.
    steps : Steps
        Hours of each step.
    metrics : mapping of str to float
        Its recomputed metrics.
    made_m3 : mapping of str to float
        Water of its own generators. [m3]
    """

    site: OpenSite
    parts: tuple[SiteFacts, ...]
    steps: Steps
    metrics: Mapping[str, float]
    made_m3: Mapping[str, float] = field(default_factory=dict)

    @property
    def halls(self) -> list[tuple[OpenSite, SiteFacts]]:
        """Each design with its load and its facts."""
        return list(zip(self.site.halls or (self.site,), self.parts, strict=True))

    @property
    def it_mwh(self) -> float:
        """IT energy of a year. [MWh]."""
        return self.site.it_mw * self.steps.year_h

    def annual(self, name: str) -> float:
        """Σ load · yearly sum of a fact per IT energy: m3 for litres."""
        return sum(h.it_mw * self.steps.total(getattr(f, name)) for h, f in self.halls)


def structure_checks(
    placement: Placement, catalogue: Catalogue, sites: Sequence[OpenFacts], tolerance: float
) -> Iterator[LimitCheck]:
    """Residency, basins, lakes, caps and laws."""
    table = catalogue.candidates.loc[[s.site.site for s in sites]]
    yield from _residency(placement, catalogue, tolerance)
    yield from _basins(placement, table, sites, tolerance)
    yield from _lakes(placement, catalogue, sites, tolerance)
    yield from _caps(placement, catalogue, table, sites, tolerance)
    yield from _laws(placement, catalogue, table, sites, tolerance)


def _residency(
    placement: Placement, catalogue: Catalogue, tolerance: float
) -> Iterator[LimitCheck]:
    """Load of users whose data leave their country or its group. [MW]."""
    flows = placement.flows
    for workload in placement.study.demand.workloads:
        if workload.residency == "none":
            continue
        own = flows[flows["workload"] == workload.name]
        users = catalogue.demand["country"].reindex(own["demand"])
        users = users.fillna(placement.demand["country"].reindex(own["demand"]))
        ends = [users, catalogue.candidates["country"].reindex(own["site"])]
        places = [tuple(map(str, column)) for column in ends]
        if workload.residency == "group":
            places = [group_of_country(catalogue, names) for names in places]
        abroad = np.array(places[0], dtype=object) != np.array(places[1], dtype=object)
        mw = float(own["it_mw"].to_numpy(dtype=float)[abroad].sum())
        yield at_most("residency", mw, 0.0, tolerance, unit="MW", where=workload.name)


def _basins(
    placement: Placement, table: pd.DataFrame, sites: Sequence[OpenFacts], tolerance: float
) -> Iterator[LimitCheck]:
    """On-site water of the sites of each basin together."""
    limits = placement.study.limits
    for name, fact, most in (
        ("basin_water_m3", ("wue_l_per_kwh", "water_m3"), limits.basin_water_m3),
        (
            "basin_withdrawal_m3",
            ("withdrawal_l_per_kwh", "water_withdrawal_m3"),
            limits.basin_withdrawal_m3,
        ),
    ):
        if most is None:
            continue
        used: dict[str, float] = defaultdict(float)
        for s in sites:
            made = s.made_m3.get(fact[1], 0.0)
            used[str(table["basin"][s.site.site])] += s.annual(fact[0]) + made
        for basin, m3 in used.items():
            yield at_most(name, m3, most, tolerance, unit="m3", where=basin)


def _lakes(
    placement: Placement, catalogue: Catalogue, sites: Sequence[OpenFacts], tolerance: float
) -> Iterator[LimitCheck]:
    """Largest heat of all that is installed on one lake."""
    if not placement.study.limits.shared_lake_heat:
        return
    heat: dict[str, float] = defaultdict(float)
    limit: dict[str, float] = {}
    for s in sites:
        for hall, facts in s.halls:
            if np.isfinite(facts.heat_limit_mw):
                lake = str(catalogue.water_bodies["name"][s.site.site])
                heat[lake] += float(facts.heat_to_water.max()) * hall.installed_mw
                limit[lake] = min(limit.get(lake, np.inf), facts.heat_limit_mw)
    for lake, mw in heat.items():
        yield at_most("lake_heat", mw, limit[lake], tolerance, unit="MW", where=lake)


def _caps(
    placement: Placement,
    catalogue: Catalogue,
    table: pd.DataFrame,
    sites: Sequence[OpenFacts],
    tolerance: float,
) -> Iterator[LimitCheck]:
    """Metric of the sites of a jurisdiction, in amount or per IT energy."""
    for i, cap in enumerate(placement.study.caps):
        selectors = {name: getattr(cap, name) for name in SELECTORS}
        inside = [
            s for s, own in zip(sites, sites_of(catalogue, table, selectors), strict=True) if own
        ]
        used = sum(s.metrics[cap.metric] for s in inside)
        it_mwh = sum(s.it_mwh for s in inside)
        most = cap.at_most * (it_mwh if cap.per_it_mwh else 1.0)
        unit = LIMITED[cap.metric].unit
        yield at_most("caps", used, most, tolerance, unit=unit, where=f"caps[{i}] on {cap.metric}")


def _laws(
    placement: Placement,
    catalogue: Catalogue,
    table: pd.DataFrame,
    sites: Sequence[OpenFacts],
    tolerance: float,
) -> Iterator[LimitCheck]:
    """Annual mean of each design at each site that a law binds; of all of them for a mean."""
    policy = placement.study.policy
    for law, row in laws_in_force(policy_table(catalogue), policy.laws, policy.year).iterrows():
        bound = sites_of(catalogue, table, selectors_of(str(row["where"])))
        inside = [s for s, own in zip(sites, bound, strict=True) if own]
        fact, most = str(row["metric"]), float(row["value"])
        if row["applies"] == "average":
            it_mwh = sum(s.it_mwh for s in inside)
            if it_mwh > 0:
                mean = sum(s.annual(fact) for s in inside) / it_mwh
                yield at_most("policy", mean, most, tolerance, where=f"{law}, mean")
            continue
        for s in inside:
            for _, facts in s.halls:
                mean = s.steps.total(getattr(facts, fact)) / s.steps.year_h
                yield at_most("policy", mean, most, tolerance, where=f"{law} at {s.site.site}")
