"""Who is served, from where, and how far away: checks on the flows of a placement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Geod

from siting.audit.outcome import LimitCheck, at_most
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue, measured_round_trips, select_demand
from siting.config.demand import is_file_name
from siting.physics.latency import round_trip_ms
from siting.placement import Placement

__all__ = ["demand_checks", "demand_mw", "reach_ms"]

FloatArray = NDArray[np.float64]

_WGS84 = Geod(ellps="WGS84")


def demand_mw(placement: Placement, catalogue: Catalogue) -> dict[tuple[str, str], float]:
    """IT load that the study asks for, worked out from its workloads and the catalogue.

    Returns
    -------
    dict of (str, str) to float
        By workload and demand region. [MW]
    """
    weight = _weights(placement, catalogue)
    everyone = sum(weight.values())
    return {
        (workload, region): mw * share / everyone
        for workload, mw in placement.study.demand.loads_mw.items()
        for region, share in weight.items()
    }


def _weights(placement: Placement, catalogue: Catalogue) -> dict[str, float]:
    """What load is shared out by, for each demand region; a file's regions are all its rows."""
    demand = placement.study.demand
    if any(is_file_name(name) for name in demand.regions):
        ids = [str(region) for region in placement.demand.index]
    else:
        ids = list(select_demand(catalogue, demand.regions))
    people = catalogue.demand[demand.share_by].astype(float).reindex(ids)
    return dict(zip(ids, people.to_numpy(), strict=True))


def demand_checks(
    sites: Iterable[OpenSite], placement: Placement, catalogue: Catalogue, tolerance: float
) -> Iterator[LimitCheck]:
    """Demand served in full, flows positive, within reach, and from open sites only."""
    flows = placement.flows
    wanted = demand_mw(placement, catalogue)
    yield from _served(flows, wanted, tolerance)
    negative = -float(flows["it_mw"].min()) if len(flows) else 0.0
    yield at_most("negative_flow", max(negative, 0.0), 0.0, tolerance, unit="MW")
    stray = flows.loc[~flows["site"].isin(placement.sites.index), "it_mw"].sum()
    yield at_most("flow_to_closed_site", float(stray), 0.0, tolerance, unit="MW")
    yield from _within_reach(placement, catalogue, tolerance)
    yield from _site_load(sites, placement, tolerance)


def _served(
    flows: pd.DataFrame, wanted: Mapping[tuple[str, str], float], tolerance: float
) -> Iterator[LimitCheck]:
    """Σ_s flow[w,d,s]  =  demand[w,d]."""
    served: dict[tuple[str, str], float] = defaultdict(float)
    for workload, region, mw in zip(
        flows["workload"], flows["demand"], flows["it_mw"], strict=True
    ):
        served[str(workload), str(region)] += float(mw)
    for key in sorted({*served, *wanted}):
        asked, place = wanted.get(key, 0.0), f"{key[0]} of {key[1]}"
        off, scaled = abs(served.get(key, 0.0) - asked), tolerance * max(1.0, asked)
        yield at_most("demand_met", off, 0.0, scaled, unit="MW", where=place)


def _within_reach(
    placement: Placement, catalogue: Catalogue, tolerance: float
) -> Iterator[LimitCheck]:
    """Round trip from the coordinates of the catalogue, not from what the placement states.

    A round trip that the planner has measured is read from the study's table again.
    """
    flows = placement.flows[placement.flows["site"].isin(placement.sites.index)]
    trips = _trips_ms(placement, catalogue, flows)
    longest = {w.name: w.max_rtt_ms for w in placement.study.demand.workloads}
    keys = zip(flows["workload"], flows["demand"], flows["site"], strict=True)
    for (workload, demand, site), trip in zip(keys, trips, strict=True):
        limit = longest.get(workload)
        if limit is not None:
            place = f"{workload}, {demand} to {site}"
            yield at_most("max_rtt_ms", float(trip), limit, tolerance, unit="ms", where=place)


def _trips_ms(placement: Placement, catalogue: Catalogue, flows: pd.DataFrame) -> FloatArray:
    """Round trip of each row of a table with demand and site. [ms]."""
    ends = _coordinates(placement.demand, catalogue.demand, flows["demand"])
    starts = _coordinates(placement.sites, catalogue.candidates, flows["site"])
    metres = _WGS84.inv(*ends, *starts)[2]
    trips = np.asarray(round_trip_ms(np.asarray(metres, dtype=float) / 1000.0), dtype=float)
    told = _measured(placement, catalogue, flows)
    return np.where(np.isfinite(told), told, trips)


def reach_ms(
    placement: Placement, catalogue: Catalogue, regions: pd.Series[str], sites: pd.Series[str]
) -> FloatArray:
    """Round trip of every region and site, shape (n, S). [ms]."""
    table = pd.DataFrame(
        {
            "demand": np.repeat(regions.to_numpy(), len(sites)),
            "site": np.tile(sites.to_numpy(), len(regions)),
        }
    )
    return _trips_ms(placement, catalogue, table).reshape(len(regions), len(sites))


def _measured(placement: Placement, catalogue: Catalogue, flows: pd.DataFrame) -> FloatArray:
    """Measured round trip of each flow, NaN where the study has none. [ms]."""
    path = placement.study.demand.latency_file
    if path is None:
        return np.full(len(flows), np.nan)
    place = ["lat", "lon"]
    regions = pd.concat([catalogue.demand[place], placement.demand[place]])
    regions = regions[~regions.index.duplicated()]
    sites = catalogue.candidates[place]
    table = measured_round_trips(path, pd.DataFrame(regions), pd.DataFrame(sites))
    rows = regions.index.get_indexer(pd.Index(flows["demand"]))
    columns = sites.index.get_indexer(pd.Index(flows["site"]))
    found: FloatArray = table[rows, columns]
    return found


def _coordinates(
    reported: pd.DataFrame, known: pd.DataFrame, ids: pd.Series[str]
) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of each id, from the catalogue where it has it."""
    frames = pd.concat([known[["lon", "lat"]], reported[["lon", "lat"]]])
    table = frames[~frames.index.duplicated()].reindex(ids)
    return table["lon"].to_numpy(float), table["lat"].to_numpy(float)


def _site_load(
    sites: Iterable[OpenSite], placement: Placement, tolerance: float
) -> Iterator[LimitCheck]:
    """Load is the sum of the flows and fits, with the spare of each workload, what is installed.

    Σ_w flow[w,s]  =  load[s],   Σ_w flow[w,s] / utilization[w]  ≤  installed[s]
    """
    carried = placement.flows.groupby("site")["it_mw"].sum()
    for s in sites:
        off = abs(float(carried.get(s.site, 0.0)) - s.it_mw)
        scaled = tolerance * max(1.0, s.it_mw)
        yield at_most("site_load", off, 0.0, scaled, unit="MW", where=s.site)
        most = max(s.servers_mw, s.it_mw)
        yield at_most("installed", most, s.installed_mw, tolerance, unit="MW", where=s.site)
