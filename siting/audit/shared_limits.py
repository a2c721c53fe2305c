"""Checks on what sites share: demand, before and after each outage; water, lakes, caps and laws."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray
from siting.audit.operation import OpenFacts
from siting.audit.outcome import TOLERANCE, LimitCheck, at_least, at_most
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue
from siting.catalogue.hourly import load_hours
from siting.catalogue.round_trips import measured_round_trips, modelled_round_trips
from siting.catalogue.selection import (
    group_of_country,
    laws_in_force,
    policy_table,
    select_demand,
    selectors_of,
    sites_of,
)
from siting.config import Workload
from siting.config.demand import is_file_name
from siting.config.limits import SELECTORS
from siting.nomenclature import LIMITED
from siting.placement import Placement
from siting.supply.tables import rows_of

__all__ = ["demand_checks", "failover_checks", "most_carried", "structure_checks"]


def demand_mw(placement: Placement, catalogue: Catalogue) -> dict[tuple[str, str], float]:
    """IT load that the study asks for, worked out from its workloads and the catalogue.

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
    """Weight of each demand region in sharing out load; a file's regions are all its rows."""
    demand = placement.study.demand
    if any(is_file_name(name) for name in demand.regions):
        ids = [str(region) for region in placement.demand.index]
    else:
        ids = list(select_demand(catalogue, demand.regions))
    people = catalogue.demand[demand.share_by].astype(float).reindex(ids)
    return dict(zip(ids, people.to_numpy(), strict=True))


def demand_checks(
    sites: Iterable[OpenSite], placement: Placement, catalogue: Catalogue
) -> Iterator[LimitCheck]:
    """Demand served in full, flows positive, within reach, and from open sites only."""
    sites, flows = tuple(sites), placement.flows
    wanted = demand_mw(placement, catalogue)
    yield from _served(flows, wanted)
    negative = -float(flows["it_mw"].min()) if len(flows) else 0.0
    yield at_most("negative_flow", max(negative, 0.0), 0.0, unit="MW")
    stray = flows.loc[~flows["site"].isin(placement.sites.index), "it_mw"].sum()
    yield at_most("flow_to_closed_site", float(stray), 0.0, unit="MW")
    yield from _within_reach(placement, catalogue)
    yield from _site_load(sites, placement)
    yield from _accepted_designs(sites, placement)


def _served(flows: pd.DataFrame, wanted: Mapping[tuple[str, str], float]) -> Iterator[LimitCheck]:
    """Σ_s flow[w,d,s]  =  demand[w,d]."""
    served: dict[tuple[str, str], float] = defaultdict(float)
    rows = zip(flows["workload"], flows["demand"], flows["it_mw"], strict=True)
    for workload, region, mw in rows:
        served[str(workload), str(region)] += float(mw)
    for key in sorted({*served, *wanted}):
        asked, place = wanted.get(key, 0.0), f"{key[0]} of {key[1]}"
        off, scaled = abs(served.get(key, 0.0) - asked), TOLERANCE * max(1.0, asked)
        yield at_most("demand_met", off, 0.0, scaled, unit="MW", where=place)


def _within_reach(placement: Placement, catalogue: Catalogue) -> Iterator[LimitCheck]:
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
            yield at_most("max_rtt_ms", float(trip), limit, unit="ms", where=place)


def _trips_ms(placement: Placement, catalogue: Catalogue, flows: pd.DataFrame) -> FloatArray:
    """Round trip of each row of a table with demand and site. [ms]."""
    (demand, ends), (site, starts) = (pd.factorize(flows[name]) for name in ("demand", "site"))
    modelled = modelled_round_trips(
        catalogue,
        _coordinates(placement.demand, catalogue.demand, ends),
        _coordinates(placement.sites, catalogue.candidates, starts),
    )
    trips = modelled.at(placement.study.demand.rtt_percentile)[demand, site]
    told = _measured(placement, catalogue, flows)
    return np.where(np.isfinite(told), told, trips)


def reach_ms(
    placement: Placement, catalogue: Catalogue, regions: pd.Series[str], sites: pd.Series[str]
) -> FloatArray:
    """Round trip of every region and site, shape (n, S). [ms]."""
    table = pd.DataFrame({"demand": np.repeat(regions.to_numpy(), len(sites)),
                          "site": np.tile(sites.to_numpy(), len(regions))})  # fmt: skip
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


def _coordinates(reported: pd.DataFrame, known: pd.DataFrame, ids: pd.Index[str]) -> pd.DataFrame:
    """Longitude and latitude of each id, from the catalogue where it has it."""
    columns, places = ["lon", "lat"], np.full((len(ids), 2), np.nan)
    for table in (reported[~reported.index.duplicated()], known):
        rows = rows_of(table.index, ids)
        there = rows >= 0
        places[there] = np.column_stack([table[c].to_numpy(float) for c in columns])[rows[there]]
    return pd.DataFrame(places, index=ids, columns=columns)


def _site_load(sites: Iterable[OpenSite], placement: Placement) -> Iterator[LimitCheck]:
    """Load is the sum of the flows and fits, with the spare of each workload, what is installed.

    Σ_w flow[w,s]  =  load[s],   Σ_w flow[w,s] / utilization[w]  ≤  installed[s]
    """
    carried = placement.flows.groupby("site")["it_mw"].sum()
    for s in sites:
        off = abs(float(carried.get(s.site, 0.0)) - s.it_mw)
        scaled = TOLERANCE * max(1.0, s.it_mw)
        yield at_most("site_load", off, 0.0, scaled, unit="MW", where=s.site)
        most = max(s.servers_mw, s.it_mw)
        yield at_most("installed", most, s.installed_mw, unit="MW", where=s.site)


def _accepted_designs(sites: Iterable[OpenSite], placement: Placement) -> Iterator[LimitCheck]:
    """Every set of workloads at a site fits the load of the designs that one of them accepts."""
    workloads = placement.study.demand.workloads
    accepted = {w.name: frozenset(w.designs) for w in workloads if w.designs}
    carried = placement.flows.groupby(["site", "workload"])["it_mw"].sum()
    for s in sites:
        load = {w: float(carried.get((s.site, w), 0.0)) for w in accepted}
        bound = [w for w, mw in load.items() if mw > 0]
        for several in (c for n in range(len(bound)) for c in combinations(bound, n + 1)):
            designs = frozenset().union(*(accepted[w] for w in several))
            room = sum(h.it_mw for h in s.halls or (s,) if h.design in designs)
            scaled, where = TOLERANCE * max(1.0, s.it_mw), f"{s.site}: {', '.join(several)}"
            mw = sum(load[w] for w in several)
            yield at_most("accepted_designs", mw, room, scaled, unit="MW", where=where)


#: Flow below which a way is taken for full. [MW]
_LEAST = 1e-9


def failover_checks(
    sites: Sequence[OpenSite], placement: Placement, catalogue: Catalogue
) -> Iterator[LimitCheck]:
    """Critical demand that is still carried after each outage, against all of it. [MW of capacity].

    The optimizer's flows are not used: for each outage the maximum flow from critical demand to
    the sites that are left is found anew, within the round trip of an outage and where
    the data may go.
    """
    study = placement.study
    if study.failover.loss == "none":
        return
    need, reach = _critical(sites, placement, catalogue)
    capacity = np.array([s.installed_mw for s in sites])
    names = [s.site for s in sites]
    if study.failover.loss == "grid_zone":
        names = [str(catalogue.candidates["grid_zone"][site]) for site in names]
    for lost in dict.fromkeys(names):
        left = np.array([name != lost for name in names])
        carried = most_carried(need, capacity * left, reach)
        place = f"without {lost}"
        yield at_least("failover", carried, float(need.sum()), unit="MW", where=place)


def _critical(
    sites: Sequence[OpenSite], placement: Placement, catalogue: Catalogue
) -> tuple[FloatArray, BoolArray]:
    """Capacity that each critical demand needs, shape (n,), and what it reaches, shape (n, S)."""
    study = placement.study
    workloads = {w.name: w for w in study.demand.workloads if w.critical}
    wanted = [
        (workloads[name], region, mw)
        for (name, region), mw in demand_mw(placement, catalogue).items()
        if name in workloads and mw > 0
    ]
    regions = pd.Series([region for _, region, _ in wanted])
    trips = reach_ms(placement, catalogue, regions, pd.Series([s.site for s in sites]))
    extra = study.failover.extra_rtt_ms
    most = (np.inf if w.max_rtt_ms is None else w.max_rtt_ms + extra for w, _, _ in wanted)
    longest = np.array([*most])
    reach = trips <= longest[:, None] + 1e-9
    homes = tuple(map(str, placement.demand["country"].reindex(regions)))
    places = tuple(str(catalogue.candidates["country"][s.site]) for s in sites)
    near = {
        "country": (homes, places),
        "group": (group_of_country(catalogue, homes), group_of_country(catalogue, places)),
    }
    for i, (w, _, _) in enumerate(wanted):
        if w.residency != "none":
            home, place = near[w.residency]
            reach[i] &= np.array(place, dtype=object) == home[i]
    return np.array([mw * _capacity(w) for w, _, mw in wanted]), reach


def _capacity(workload: Workload) -> float:
    """Installed power that a MW of mean load needs: by its utilization, or at its peak. [-]."""
    peak = 0.0 if workload.profile is None else float(load_hours(workload.profile)[1].max())
    return max(1.0 / workload.utilization, peak)


def most_carried(need_mw: FloatArray, capacity_mw: FloatArray, reach: BoolArray) -> float:
    """Largest flow from demands to sites, by shortest augmenting paths [1]_. [MW].

    Parameters
    ----------
    need_mw : ndarray, shape (n,)
        Need of each demand. [MW]
    capacity_mw : ndarray, shape (S,)
        Capacity of each site. [MW]
    reach : ndarray of bool, shape (n, S)
        Demands that may go to a site.

    References
    ----------
    .. [1] Edmonds, Karp (1972), Journal of the ACM 19, 248-264, doi:10.1145/321694.321699.
    """
    demands, sites = reach.shape
    source, sink = demands + sites, demands + sites + 1
    room = np.zeros((sink + 1, sink + 1))
    room[source, :demands] = need_mw
    room[:demands, demands:source] = np.where(reach, np.inf, 0.0)
    room[demands:source, sink] = capacity_mw
    total = 0.0
    while (path := _path(room, source, sink)) is not None:
        steps = list(pairwise(path))
        flow = min(float(room[a, b]) for a, b in steps)
        for a, b in steps:
            room[a, b] -= flow
            room[b, a] += flow
        total += flow
    return total


def _path(room: FloatArray, source: int, sink: int) -> list[int] | None:
    """Shortest way with room left, or nothing."""
    before = np.full(len(room), -1)
    before[source] = source
    queue = deque([source])
    while queue and before[sink] < 0:
        node = queue.popleft()
        for after in np.flatnonzero((room[node] > _LEAST) & (before < 0)):
            before[after] = node
            queue.append(int(after))
    if before[sink] < 0:
        return None
    path = [sink]
    while path[-1] != source:
        path.append(int(before[path[-1]]))
    return path[::-1]


def structure_checks(
    placement: Placement, catalogue: Catalogue, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """Residency, basins, lakes, caps and laws."""
    table = catalogue.candidates.loc[[s.site.site for s in sites]]
    yield from _residency(placement, catalogue)
    yield from _basins(placement, table, sites)
    yield from _lakes(placement, catalogue, sites)
    yield from _caps(placement, catalogue, table, sites)
    yield from _laws(placement, catalogue, table, sites)


def _residency(placement: Placement, catalogue: Catalogue) -> Iterator[LimitCheck]:
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
        yield at_most("residency", mw, 0.0, unit="MW", where=workload.name)


def _basins(
    placement: Placement, table: pd.DataFrame, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """On-site water of the sites of each basin together."""
    limits = placement.study.limits
    for name, fact, metric in (
        ("basin_water_m3", "wue_l_per_kwh", "water_m3"),
        ("basin_withdrawal_m3", "withdrawal_l_per_kwh", "water_withdrawal_m3"),
    ):
        most = getattr(limits, name)
        if most is None:
            continue
        used: dict[str, float] = defaultdict(float)
        for s in sites:
            made = s.made_m3.get(metric, 0.0)
            used[str(table["basin"][s.site.site])] += s.annual(fact) + made
        for basin, m3 in used.items():
            yield at_most(name, m3, most, unit="m³", where=basin)


def _lakes(
    placement: Placement, catalogue: Catalogue, sites: Sequence[OpenFacts]
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
        yield at_most("lake_heat", mw, limit[lake], unit="MW", where=lake)


def _caps(
    placement: Placement, catalogue: Catalogue, table: pd.DataFrame, sites: Sequence[OpenFacts]
) -> Iterator[LimitCheck]:
    """Metric of the sites of a jurisdiction, in amount or per IT energy."""
    for i, cap in enumerate(placement.study.caps):
        selectors = {name: getattr(cap, name) for name in SELECTORS}
        bound = sites_of(catalogue, table, selectors)
        inside = [s for s, own in zip(sites, bound, strict=True) if own]
        used = sum(s.metrics[cap.metric] for s in inside)
        it_mwh = sum(s.it_mwh for s in inside)
        most = cap.at_most * (it_mwh if cap.per_it_mwh else 1.0)
        unit = LIMITED[cap.metric].unit_shown
        yield at_most("caps", used, most, unit=unit, where=f"caps[{i}] on {cap.metric}")


def _laws(
    placement: Placement, catalogue: Catalogue, table: pd.DataFrame, sites: Sequence[OpenFacts]
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
                yield at_most("policy", mean, most, where=f"{law}, mean")
            continue
        for s in inside:
            for _, facts in s.halls:
                mean = s.steps.total(getattr(facts, fact)) / s.steps.year_h
                yield at_most("policy", mean, most, where=f"{law} at {s.site.site}")
