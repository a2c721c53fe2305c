"""What a placement states about its open sites, read once and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.placement import Placement

__all__ = ["GRID", "OpenSite", "open_sites"]

FloatArray = NDArray[np.float64]

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
    slices = placement.study.time.number
    plans = dict(tuple(placement.supply.groupby("site"))) if len(placement.supply) else {}
    servers = _servers(placement)
    on_site = {"backup", *(store.name for store in placement.study.storage)}
    plans = {site: plan[~plan["source"].isin(on_site)] for site, plan in plans.items()}
    found = (
        _open_site(str(site), row, servers.get(str(site), (0.0, 0.0)), plans.get(site), slices)
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
    """What must stand at each site for its flows, and its embodied carbon. [MW], [t CO2e]."""
    study = placement.study
    factor = study.technology.server_embodied_factor
    # 1 kg/kW is 1 t/MW.
    needed = {
        w.name: (1.0 / w.utilization, factor * w.it_embodied_kg_per_kw_yr / w.utilization)
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
    supply: pd.DataFrame | None,
    slices: int,
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
        planned_mw={} if supply is None else _planned(supply, slices),
    )


def _planned(supply: pd.DataFrame, slices: int) -> dict[str, FloatArray]:
    """Power by source and slice; zero where the plan has no row."""
    return {
        str(source): np.bincount(
            part["slice"].to_numpy(np.int64), part["mw"].to_numpy(float), slices
        )
        for source, part in supply.groupby("source")
    }
