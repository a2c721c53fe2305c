"""What is built at each site, and how many and which sites there may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from siting.audit.outcome import LimitCheck, at_least, at_most
from siting.audit.replay import Steps
from siting.audit.reported import OpenSite
from siting.audit.totals import METRIC_UNITS, SiteFacts
from siting.catalogue import Catalogue, select_candidates
from siting.config import Study
from siting.placement import Placement

__all__ = [
    "budget_checks",
    "choice_checks",
    "efficiency_checks",
    "plant_checks",
    "reported_checks",
    "size_checks",
]


def plant_checks(s: OpenSite, facts: SiteFacts, tolerance: float) -> Iterator[LimitCheck]:
    """Whole modules, the peak on the connection, heat to the water body, water bodies.

    installed  =  modules · block
    max PUE over all steps and design hours · installed  ≤  connection
    """
    whole = abs(s.modules - np.round(s.modules))
    yield at_most("whole_modules", whole, 0.0, tolerance, where=s.site)
    off = abs(s.installed_mw - s.modules * facts.block_mw)
    yield at_most("modules", off, 0.0, tolerance, unit="MW", where=s.site)
    peak, heat = float(facts.pue.max()), float(facts.heat_to_water.max())
    rows = (
        ("connection", peak * s.installed_mw, facts.connection_mw),
        ("heat_to_water", heat * s.installed_mw, facts.heat_limit_mw),
    )
    for name, value, limit in rows:
        yield at_most(name, value, limit, tolerance, unit="MW", where=s.site)
    lacking = float(bool(facts.needs) and not facts.needs & facts.has)
    needs = " or ".join(sorted(facts.needs))
    place = f"{s.site}: {s.design} needs a {needs}" if needs else s.site
    yield at_most("design_needs", lacking, 0.0, tolerance, where=place)


def efficiency_checks(
    s: OpenSite, facts: SiteFacts, steps: Steps, study: Study, tolerance: float
) -> Iterator[LimitCheck]:
    """Annual means and on-site water of a site against the ceilings of the study."""
    limits = study.limits
    litres = steps.total(facts.wue_l_per_kwh), steps.total(facts.withdrawal_l_per_kwh)
    rows = (
        ("pue_max", steps.total(facts.pue) / steps.year_h, limits.pue_max, ""),
        ("wue_max_l_per_kwh", litres[0] / steps.year_h, limits.wue_max_l_per_kwh, "L/kWh"),
        ("site_water_m3", s.it_mw * litres[0], limits.site_water_m3, "m3"),
        ("site_withdrawal_m3", s.it_mw * litres[1], limits.site_withdrawal_m3, "m3"),
    )
    for name, value, limit, unit in rows:
        if limit is not None:
            yield at_most(name, value, limit, tolerance, unit=unit, where=s.site)


def reported_checks(
    s: OpenSite, facts: SiteFacts, steps: Steps, metric_tolerance: float, *, pue_peak: float
) -> Iterator[LimitCheck]:
    """Efficiencies of a site as they were reported, against the recomputed ones."""
    rows = (
        ("reported_pue", s.pue, steps.total(facts.pue) / steps.year_h),
        ("reported_pue_peak", s.pue_peak, pue_peak),
        ("reported_wue", s.wue_l_per_kwh, steps.total(facts.wue_l_per_kwh) / steps.year_h),
    )
    for name, reported, recomputed in rows:
        off = abs(recomputed - reported)
        limit = metric_tolerance * max(abs(recomputed), abs(reported))
        yield at_most(name, off, limit, 1e-9, where=s.site)


def size_checks(sites: Iterable[OpenSite], study: Study, tolerance: float) -> Iterator[LimitCheck]:
    """Number, size and share of the sites."""
    limits, served, count = study.limits, study.demand.it_mw, 0
    for s in sites:
        count += 1
        if limits.max_share_per_site is not None:
            most = limits.max_share_per_site
            yield at_most("max_share_per_site", s.it_mw / served, most, tolerance, where=s.site)
        if limits.max_mw_per_site is not None:
            most, mw = limits.max_mw_per_site, s.installed_mw
            yield at_most("max_mw_per_site", mw, most, tolerance, unit="MW", where=s.site)
        if limits.min_mw_per_site is not None:
            least, mw = limits.min_mw_per_site, s.installed_mw
            yield at_least("min_mw_per_site", mw, least, tolerance, unit="MW", where=s.site)
    if limits.max_sites is not None:
        yield at_most("max_sites", count, limits.max_sites, tolerance)
    if limits.min_sites is not None:
        yield at_least("min_sites", count, limits.min_sites, tolerance)


def choice_checks(
    placement: Placement, catalogue: Catalogue, tolerance: float
) -> Iterator[LimitCheck]:
    """Only sites and designs that the study lets compete, each site once, forced ones as asked."""
    study, sites = placement.study, placement.sites
    is_open = {str(site) for site in sites.index}
    barred = {*study.limits.closed, *study.candidates.exclude}
    wrong: dict[str, Iterable[object]] = {
        "one_design_a_site": sites.index[sites.index.duplicated()],
        "designs": {*placement.built["design"]} - {*study.designs},
        "candidates": is_open - _may_compete(study, catalogue),
        "open": {*study.limits.open} - is_open,
        "closed": is_open & barred,
    }
    for name, found in wrong.items():
        names = sorted(map(str, found))
        yield at_most(name, len(names), 0.0, tolerance, where=", ".join(names))


def _may_compete(study: Study, catalogue: Catalogue) -> set[str]:
    """Ids that the study selects; with a file of its own, every place the catalogue was given."""
    chosen = study.candidates
    if chosen.file is not None:
        return {str(site) for site in catalogue.candidates.index}
    return set(
        select_candidates(catalogue, kinds=chosen.kinds, sites=chosen.sites, region=chosen.region)
    )


def budget_checks(
    metrics: Mapping[str, float], placement: Placement, tolerance: float
) -> Iterator[LimitCheck]:
    """Recomputed totals against the budgets; reported totals against the sum over the sites."""
    for metric, unit in METRIC_UNITS.items():
        budget = getattr(placement.study.limits, metric, None)
        if budget is not None:
            yield at_most(metric, metrics[metric], budget, tolerance, unit=unit)
        if metric in placement.sites and metric in placement.metrics:
            total = float(placement.sites[metric].sum())
            off = abs(total - placement.metrics[metric])
            scaled = tolerance * max(1.0, abs(total))
            yield at_most("sum_of_sites", off, 0.0, scaled, unit=unit, where=metric)
