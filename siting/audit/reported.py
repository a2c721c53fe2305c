"""The placement as it was reported, typed, with its tables and weather: sites, years of halls."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.audit.outcome import LimitCheck, at_most
from siting.catalogue import Catalogue
from siting.catalogue.given_figures import with_overrides
from siting.catalogue.planner import add_candidates, add_demand
from siting.catalogue.planner_files import Reading
from siting.catalogue.weather import weather_of_sites
from siting.catalogue.weather_steps import Weather, under_climate
from siting.config import Study
from siting.config.demand import is_file_name
from siting.config.plant import ScaleStep
from siting.placement import Placement
from siting.supply.power import generator_offers
from siting.supply.tables import rows_of

__all__ = [
    "GRID",
    "Basis",
    "Factors",
    "OpenSite",
    "availability_checks",
    "earlier_periods",
    "mean_factors",
    "of_source",
    "open_sites",
    "weather_of_open",
    "with_own_files",
]


GRID = "grid"
_SUFFIX = "_contract_mw"


@dataclass(frozen=True)
class OpenSite:
    """One open site as it was reported.

    Parameters
    ----------
    site, name, design : str
        Id, name and cooling design.
    modules : float
        Halls or pod strings.
    installed_mw, it_mw : float
        Installed IT power and IT load. [MW]
    pue, pue_peak, wue_l_per_kwh : float
        Annual mean, largest PUE and annual mean WUE. [-], [-], [L/kWh]
    servers_mw : float
        Servers bought for the load: that of each flow over the utilization of its workload. [MW]
    servers_t_co2e : float
        Embodied carbon of these a year, by the hardware of each workload. [t CO2e]
    contract_mw : mapping of str to float
        Contracted power by source, those of nothing left out. [MW]
    planned_mw : mapping of str to ndarray, shape (T,)
        Planned power of each source in each slice: grid and contracts. [MW]
    halls : tuple of OpenSite
        Each design with its halls, load and efficiencies, where several stand side by side.
    """

    site: str
    name: str
    design: str
    modules: float
    installed_mw: float
    it_mw: float
    pue: float
    pue_peak: float
    wue_l_per_kwh: float
    servers_mw: float
    servers_t_co2e: float
    contract_mw: Mapping[str, float]
    planned_mw: Mapping[str, FloatArray]
    halls: tuple[OpenSite, ...] = ()

    @property
    def plan(self) -> dict[str, FloatArray]:
        """Planned use of the contracts alone. [MW]."""
        return {source: mw for source, mw in self.planned_mw.items() if source != GRID}


def open_sites(placement: Placement) -> tuple[OpenSite, ...]:
    """Open sites in the order of the table; a second row of one is left to its own check."""
    table = placement.sites[~placement.sites.index.duplicated()]
    servers, plans = _servers(placement), _planned(placement)
    found = (
        _open_site(str(site), row, servers.get(str(site), (0.0, 0.0)), plans.get(str(site), {}))
        for site, row in zip(table.index, table.to_dict("records"), strict=True)
    )
    halls = dict(tuple(placement.halls.groupby("site"))) if len(placement.halls) else {}
    return tuple(_with_halls(s, halls.get(s.site)) for s in found)


def _with_halls(s: OpenSite, halls: pd.DataFrame | None) -> OpenSite:
    """The site with each of its designs, if it has several."""
    if halls is None or len(halls) < 2:
        return s
    parts = (
        replace(s, design=str(row["design"]), **_numbers(row)) for row in halls.to_dict("records")
    )
    return replace(s, halls=tuple(parts))


def _servers(placement: Placement) -> dict[str, tuple[float, float]]:
    """Capacity that the flows of each site need, and its embodied carbon. [MW], [t CO2e]."""
    study = placement.study
    factor = study.technology.server_embodied_factor
    # 1 kg/kW is 1 t/MW.
    servers = study.demand.embodied_by_workload()
    needed = {
        w.name: (1.0 / w.utilization, factor * servers[w.name] / w.utilization)
        for w in study.demand.workloads
    }
    flows, result = placement.flows, dict[str, tuple[float, float]]()
    for workload, site, mw in zip(flows["workload"], flows["site"], flows["it_mw"], strict=True):
        before, (each, carbon) = result.get(str(site), (0.0, 0.0)), needed.get(workload, (1.0, 0.0))
        result[str(site)] = (before[0] + each * float(mw), before[1] + carbon * float(mw))
    return result


def _numbers(row: Mapping[Any, Any]) -> dict[str, Any]:
    names = ("modules", "installed_mw", "it_mw", "pue", "pue_peak", "wue_l_per_kwh")
    return {name: float(row[name]) for name in names}


def _open_site(
    site: str,
    row: Mapping[Any, Any],
    servers: tuple[float, float],
    planned_mw: Mapping[str, FloatArray],
) -> OpenSite:
    return OpenSite(
        site=site,
        name=str(row.get("name", site)),
        design=str(row["design"]),
        **_numbers(row),
        servers_mw=servers[0],
        servers_t_co2e=servers[1],
        contract_mw={
            str(column).removesuffix(_SUFFIX): float(value)
            for column, value in row.items()
            if str(column).endswith(_SUFFIX) and pd.notna(value) and value != 0
        },
        planned_mw=planned_mw,
    )


def _planned(placement: Placement) -> dict[str, dict[str, FloatArray]]:
    """Power of grid and contracts by site, source and slice; zero where the plan has no row."""
    study, supply = placement.study, placement.supply
    on_site = {"backup", *(store.name for store in study.storage)}
    on_site |= {unit.name for unit in generator_offers(study)}
    slices, mw = supply["slice"].to_numpy(np.int64), supply["mw"].to_numpy(float)
    found: dict[str, dict[str, FloatArray]] = defaultdict(dict)
    groups: dict[Any, Any] = supply.groupby(["site", "source"]).indices
    for (site, source), rows in sorted(groups.items()):
        if source not in on_site:
            found[site][source] = np.bincount(slices[rows], mw[rows], study.time.number)
    return found


def of_source(supply: pd.DataFrame, site: str, source: str, slices: int) -> FloatArray:
    """Power that a site takes from one source in each slice. [MW]."""
    rows = (
        supply[(supply["site"] == site) & (supply["source"] == source)] if len(supply) else supply
    )
    if not len(rows):  # counts of nothing would be whole numbers
        return np.zeros(slices)
    return np.bincount(rows["slice"].to_numpy(np.int64), rows["mw"].to_numpy(float), slices)


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
    """Mean factors of what stands in the last of some periods, which are in order.

    Σ_v factor[v] · (installed[v] − installed[v−1]) / installed[y], for cost with installed power
    priced by the steps of `economics.scale`
    """
    found: dict[Hall, tuple[float, float]] = {}
    added = _added(path)
    for hall, installed in _installed(path[-1]).items():
        if installed <= 0:
            continue
        cost = carbon = stood = 0.0
        for placement, more in zip(path, added, strict=True):
            technology, own = placement.study.technology, more.get(hall, 0.0)
            steps = placement.study.economics.scale
            paid = _priced(stood + own, steps) - _priced(stood, steps)
            stood += own
            cost += technology.capex(hall[1]) * paid / installed
            carbon += technology.embodied(hall[1]) * own / installed
        found[hall] = cost, carbon
    return found


def availability_checks(path: Sequence[Placement]) -> Iterator[LimitCheck]:
    """Nothing is added in a period in which its design may not be built."""
    technology = path[-1].study.technology
    for (site, design), more in _added(path)[-1].items():
        if not technology.available(design):
            where = f"{site}: {design}"
            yield at_most("built_while_unavailable", more, 0.0, unit="MW", where=where)


def _priced(mw: float, steps: Sequence[ScaleStep]) -> float:
    """Installed power in MW at a factor of one: each step's own part at its factor. [MW]."""
    if not steps:
        return mw
    ends = [step.from_mw for step in steps[1:]] + [math.inf]
    return sum(
        step.capex_factor * max(0.0, min(mw, end) - step.from_mw)
        for step, end in zip(steps, ends, strict=True)
    )


def _installed(placement: Placement) -> dict[Hall, float]:
    """Installed IT power by site and design. [MW]."""
    built = placement.built
    found: dict[Hall, float] = {}
    for site, design, mw in zip(built["site"], built["design"], built["installed_mw"], strict=True):
        hall = str(site), str(design)
        found[hall] = found.get(hall, 0.0) + float(mw)
    return found


def _added(path: Sequence[Placement]) -> list[dict[Hall, float]]:
    """Capacity that each period adds to that of the period before. [MW]."""
    standing = [{}, *(_installed(placement) for placement in path)]
    return [
        {hall: after.get(hall, 0.0) - before.get(hall, 0.0) for hall in {**before, **after}}
        for before, after in pairwise(standing)
    ]


def with_own_files(placement: Placement, catalogue: Catalogue) -> Catalogue:
    """Join the files that the study names, unless the caller has done so."""
    study = placement.study
    own = study.candidates.file
    if own is not None and not set(placement.sites.index) <= set(catalogue.candidates.index):
        catalogue, _ = add_candidates(catalogue, own, Reading.of(study.candidates))
    catalogue = with_overrides(catalogue, study.sites.overrides)
    files = [name for name in study.demand.regions if is_file_name(name)]
    if files and not set(placement.demand.index) <= set(catalogue.demand.index):
        for name in files:
            catalogue, _ = add_demand(catalogue, name, Reading.of(study.demand))
    return catalogue


def weather_of_open(sites: Iterable[OpenSite], study: Study, catalogue: Catalogue) -> Weather:
    """Weather at the open sites that the catalogue knows; the others fault later."""
    known = catalogue.candidates
    places = known.loc[[s.site for s in sites if s.site in known.index]]
    return under_climate(weather_of_sites(catalogue, places), places["lat"], study.climate)


@dataclass(frozen=True)
class Basis:
    """Inputs from which the audit recomputes the open sites of a placement.

    Parameters
    ----------
    study : Study
        For its supply and its economics.
    catalogue : Catalogue
        The tables that the study was solved with.
    weather : Weather
        All steps at the open sites, under the climate of the study.
    """

    study: Study
    catalogue: Catalogue
    weather: Weather

    def place(self, site: str) -> pd.DataFrame:
        """Row of a candidate without its polygon, as a table of one."""
        row = int(rows_of(self._places.index, [site])[0])
        return self._places.iloc[row : row + 1]

    @cached_property
    def _places(self) -> pd.DataFrame:
        return pd.DataFrame(self.catalogue.candidates).drop(columns="geometry")
