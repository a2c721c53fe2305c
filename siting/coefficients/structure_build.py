"""Structure of a study: outages, shared limits, caps and ceilings from its sections and tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.arrays import BoolArray, FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.figures import given
from siting.catalogue.hourly import load_hours, load_steps, sun_offset_h
from siting.catalogue.place_rules import covered
from siting.catalogue.selection import laws_in_force, policy_table, selectors_of, sites_of
from siting.coefficients import Limits
from siting.coefficients.dispatch_options_build import peak_share
from siting.coefficients.energy import Offers
from siting.coefficients.pairs import Pairs
from siting.coefficients.power import room_mw
from siting.coefficients.sets import Setting
from siting.coefficients.structure import (
    Basins,
    Cap,
    Ceiling,
    Failover,
    FirstPower,
    Heat,
    Ramps,
    SharedContracts,
    Structure,
    accepted_designs,
)
from siting.config import Study, Workload
from siting.config.limits import SELECTORS
from siting.errors import InfeasibleError
from siting.nomenclature import SCOPES
from siting.physics import DESIGNS

__all__ = [
    "build_structure",
    "check_demand",
    "check_failover",
    "check_forced",
    "counted_metrics",
    "max_modules",
    "metric_names",
    "scopes_asked",
]

#: The metric that each name in a study's objective stands for; water and carbon have three.
METRIC_OF = {"energy": "energy_mwh", "cost": "cost_usd"}
WATER_METRIC = {
    "consumption": "water_m3",
    "scarcity": "water_scarcity_m3",
    "withdrawal": "water_withdrawal_m3",
}
CARBON_METRIC = {
    "total": "carbon_t_co2e",
    "operational": "carbon_operational_t_co2e",
    "embodied": "carbon_embodied_t_co2e",
}


def build_structure(at: Setting, pairs: Pairs, reach: BoolArray, offers: Offers) -> Structure:
    """Data of the structural constraints that the study asks for.

    ``reach`` has the pairs within the round trip that holds after an outage, of sites that can be
    built, shape (W, D, S).
    """
    study, catalogue, sites = at.study, at.catalogue, at.sites
    laws = laws_in_force(policy_table(catalogue), study.policy.laws, study.policy.year)
    return Structure(
        designs_per_site=study.limits.designs_per_site,
        accepts=accepted_designs(study),
        failover=_failover(study, sites, reach),
        basins=_basins(study, sites),
        heat=_heat(at, pairs),
        caps=(*_caps(study, catalogue, sites), *_mean_laws(laws, catalogue, sites)),
        ceilings=tuple(
            Ceiling(str(law), str(row["metric"]), float(row["value"]),
                    sites_of(catalogue, sites, selectors_of(str(row["where"]))))
            for law, row in laws[laws["applies"] != "average"].iterrows()
        ),
        contracts=_shared_contracts(offers),
        first_power=_first_power(at, pairs),
        ramps=_ramps(study, at.regions),
    )  # fmt: skip


def _ramps(study: Study, regions: pd.DataFrame) -> Ramps | None:
    """Ramps of every load profile at every clock; None where nothing limits or causes any."""
    workloads = study.demand.workloads
    profiles = [w.profile for w in workloads]
    if study.limits.max_ramp_mw_per_hour is None or not any(profiles):
        return None
    group, change = np.full((len(workloads), len(regions)), -1), list[FloatArray]()
    for w, profile in enumerate(profiles):
        if profile is None:
            continue
        offset = sun_offset_h(profile, regions["lon"].to_numpy(float))
        steps = load_steps(load_hours(profile)[0])
        for ahead in np.unique(offset):
            group[w, offset == ahead] = len(change)
            change.append(np.roll(steps, -ahead))
    return Ramps(group, np.array(change))


def _first_power(at: Setting, pairs: Pairs) -> tuple[FirstPower, ...]:
    """Power that is due in the years of the study; lateness is paid for the years that are late."""
    year, years, found = at.study.supply.year, at.study.supply.years, list[FirstPower]()
    for i, asked in enumerate(at.study.first_power):
        key = f"first_power[{i}]"
        here = covered(at.sites, asked.where, f"{key}.where", known=at.catalogue.candidates)
        late = 1.0 if year is None else min(1.0, (year + years - asked.by) / years)
        if late <= 0:
            continue
        if not here[pairs.site].any():
            raise InfeasibleError(f"{key}: no candidate in {', '.join(asked.where)} can be built")
        price = asked.usd_per_mw_year
        found.append(FirstPower(key, here, asked.mw, None if price is None else price * late))
    return tuple(found)


def _shared_contracts(offers: Offers) -> SharedContracts | None:
    """Plants with a PPA that more than one site may sign."""
    sites: dict[str, list[int]] = {}
    for o, ppa in enumerate(offers.ppa):
        if ppa is not None and offers.limit_mw[o] > 0:
            sites.setdefault(ppa.id, []).append(o)
    shared = {name: offered for name, offered in sites.items() if len(offered) > 1}
    if not shared:
        return None
    plant = np.full(len(offers.ppa), -1, dtype=np.intp)
    for g, offered in enumerate(shared.values()):
        plant[offered] = g
    most = [float(offers.limit_mw[offered[0]]) for offered in shared.values()]
    return SharedContracts(tuple(shared), plant, np.array(most))


def _failover(study: Study, sites: pd.DataFrame, reach: BoolArray) -> Failover | None:
    if study.failover.loss == "none":
        return None
    critical = np.array([workload.critical for workload in study.demand.workloads])
    names = [str(site) for site in sites.index]
    if study.failover.loss == "grid_zone":
        names = [str(zone) for zone in sites["grid_zone"]]
    losses = tuple(
        (name, tuple(int(s) for s in np.flatnonzero(np.array(names) == name)))
        for name in dict.fromkeys(names)
    )
    return Failover(eligible=reach & critical[:, None, None], losses=losses)


def _basins(study: Study, sites: pd.DataFrame) -> Basins | None:
    limits = study.limits
    if limits.basin_water_m3 is None and limits.basin_withdrawal_m3 is None:
        return None
    code, names = pd.factorize(sites["basin"])
    return Basins(
        names=tuple(map(str, names)),
        site_basin=np.asarray(code, dtype=np.intp),
        water_m3=limits.basin_water_m3,
        withdrawal_m3=limits.basin_withdrawal_m3,
    )


def _heat(at: Setting, pairs: Pairs) -> Heat | None:
    """Water bodies with a limit; without ``shared_lake_heat`` each site has one of its own."""
    sites, shared = at.sites, at.study.limits.shared_lake_heat
    if not shared and at.study.limits.designs_per_site == 1:
        return None
    bodies = at.catalogue.water_bodies.reindex(sites.index)
    limit = bodies["heat_limit_mw"].to_numpy(dtype=float)
    own = [str(site) for site in sites.index]
    names = np.array([str(b) for b in bodies["name"]] if shared else own, dtype=object)
    limited = np.isfinite(limit)
    body = np.full(len(sites), -1, dtype=np.intp)
    body[limited], known = pd.factorize(names[limited])
    least = np.array([limit[body == b].min() for b in range(len(known))])
    return Heat(tuple(map(str, known)), body, least, pairs.heat_to_water)


def _caps(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> Iterator[Cap]:
    for i, cap in enumerate(study.caps):
        selectors = {name: getattr(cap, name) for name in SELECTORS}
        chosen = sites_of(catalogue, sites, selectors)
        yield Cap(f"caps[{i}]", cap.metric, cap.at_most, cap.per_it_mwh, chosen)


def _mean_laws(laws: pd.DataFrame, catalogue: Catalogue, sites: pd.DataFrame) -> Iterator[Cap]:
    """A law on the mean PUE of a country caps energy to IT energy of the sites there."""
    for law, row in laws[laws["applies"] == "average"].iterrows():
        chosen = sites_of(catalogue, sites, selectors_of(str(row["where"])))
        if row["metric"] == "pue":
            yield Cap(str(law), "energy_mwh", float(row["value"]), True, chosen)


def check_demand(at: Setting, rtt_ms: FloatArray, eligible: BoolArray, allowed: BoolArray) -> None:
    """Check that every region has a site within the RTT limit of every workload.

    An `InfeasibleError` names each workload, its worst regions and the shortest round trip there
    is.

    Parameters
    ----------
    rtt_ms : ndarray, shape (D, S)
        Round trips. [ms]
    eligible : ndarray of bool, shape (W, D, S)
        Pairs that may be served.
    allowed : ndarray of bool, shape (W, D, S)
        Sites where at least one module of one design fits and where the data may go.
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
    for w, workload in enumerate(at.study.demand.workloads):
        lost = np.flatnonzero(unserved[w])
        trips = np.where(allowed[w], rtt_ms, np.inf)
        worst = lost[np.argsort(-trips[lost].min(axis=1), kind="stable")][:5]
        lines += [_unserved(at, workload, d, trips) for d in worst]
        if len(lost) > len(worst):
            lines.append(f"demand.workloads.{workload.name}: and {len(lost) - len(worst)} more")
    raise InfeasibleError("\n".join(lines))


def _unserved(at: Setting, workload: Workload, d: int, trips_ms: FloatArray) -> str:
    """Reason for which no site serves a region: residency, designs, or the nearest site's RTT."""
    key, name = f"demand.workloads.{workload.name}", at.regions["name"].iloc[d]
    s = int(trips_ms[d].argmin())
    if np.isinf(trips_ms[d, s]) and workload.designs:
        within = "" if workload.residency == "none" else f" within its {workload.residency}"
        return (
            f"{key}.designs: no site that may serve {name}{within} can take "
            f"{', '.join(workload.designs)}"
        )
    if np.isinf(trips_ms[d, s]):
        where = f"the {workload.residency} of its country ({at.regions['country'].iloc[d]})"
        return f"{key}.residency: no site with a design lies in {where}, which {name} must stay in"
    return (
        f"{key}.max_rtt_ms: no site with a design serves {name} within "
        f"{workload.max_rtt_ms:g} ms; the nearest, {at.sites['name'].iloc[s]}, is "
        f"{trips_ms[d, s]:.1f} ms away"
    )


def check_failover(structure: Structure, study: Study, regions: pd.DataFrame) -> None:
    """Check that each critical region has a site in reach after each contingency.

    Raises `InfeasibleError` naming the workload, the region and the loss that leaves it none.
    """
    failover = structure.failover
    if failover is None:
        return
    lines = []
    for name, lost in failover.losses:
        left = failover.eligible.copy()
        left[:, :, list(lost)] = False
        for w, workload in enumerate(study.demand.workloads):
            gone = np.flatnonzero(~left[w].any(axis=1)) if workload.critical else ()
            lines += [
                f"failover.loss: without {name} no site serves {workload.name} of "
                f"{regions['name'].iloc[d]} within max_rtt_ms + failover.extra_rtt_ms"
                for d in gone
            ]
    if lines:
        more = [f"and {len(lines) - 5} more"] if len(lines) > 5 else []
        raise InfeasibleError("\n".join([*lines[:5], *more]))


def metric_names(study: Study) -> dict[str, str]:
    """The metric that each name of an objective stands for in a study."""
    objective = study.objective
    water, carbon = WATER_METRIC[objective.water], CARBON_METRIC[objective.carbon]
    return METRIC_OF | {"water": water, "carbon": carbon}


def scopes_asked(study: Study) -> tuple[str, ...]:
    """Parts of the carbon that the study limits or minimizes."""
    asked = {*counted_metrics(study), *(cap.metric for cap in study.caps)}
    asked |= {name for name in SCOPES if getattr(study.limits, name) is not None}
    return tuple(name for name in SCOPES if name in asked)


def counted_metrics(study: Study) -> tuple[str, ...]:
    """Metrics that the objective of a study reads, in order where they have one."""
    objective, names = study.objective, metric_names(study)
    if objective.method == "lexicographic":
        return tuple(names[name] for name in objective.order)
    weights = objective.weights.model_dump()
    return tuple(names[name] for name, weight in weights.items() if weight > 0)


def max_modules(at: Setting, pairs: Pairs, limits: Limits, needed: float) -> NDArray[np.intp]:
    """Most modules of each pair that data and limits leave, shape (P,).

    ``needed`` is the IT power that all workloads need at most, now or later. [MW]
    """
    study, sites = at.study, at.sites
    block = np.array([DESIGNS[study.designs[k]].block_mw for k in pairs.design])
    bodies = at.catalogue.water_bodies["heat_limit_mw"].reindex(sites.index).to_numpy(dtype=float)
    heat = np.where(np.isfinite(bodies), bodies, np.inf)[pairs.site]
    into_water = np.where(pairs.heat_to_water > 0, pairs.heat_to_water, 1e-12)
    mw = np.minimum(
        _room_mw(study, room_mw(at)[pairs.site], pairs.pue_peak),
        np.where(pairs.heat_to_water > 0, heat / into_water, np.inf),
    )
    land = given(sites, "land_limit_mw")[pairs.site]
    whole = np.floor(np.fmin(mw, land) / block + 1e-9)
    if limits.max_mw_per_site is not None:
        whole = np.minimum(whole, np.floor(limits.max_mw_per_site / block + 1e-9))
    size = np.array([(low or 0.0, high or np.inf) for low, high in limits.design_mw])
    least, most = size[pairs.design].T / block
    whole = np.minimum(whole, np.floor(most + 1e-9))
    useful = np.ceil(needed / block - 1e-9)
    if limits.min_mw_per_site is not None:
        useful = np.maximum(useful, np.ceil(limits.min_mw_per_site / block - 1e-9))
    asked = max((x.mw for x in study.first_power), default=0.0)
    useful = np.maximum(useful, np.ceil(np.maximum(least, asked / block) - 1e-9))
    whole = np.where(whole < np.ceil(least - 1e-9), 0.0, whole)
    modules: NDArray[np.intp] = np.minimum(whole, useful).astype(np.intp)
    return modules


def _room_mw(study: Study, connection_mw: FloatArray, pue_peak: FloatArray) -> FloatArray:
    """IT power that a connection carries at the worst hour, with the generators that may help."""
    at_peak = pue_peak * peak_share(study)
    unlimited = np.full_like(connection_mw, np.inf)
    return np.divide(connection_mw, at_peak, out=unlimited, where=at_peak > 0)


def check_forced(at: Setting, pairs: Pairs) -> None:
    """Check that every site that is forced open has a design."""
    buildable = {str(site) for site in at.sites.index[np.unique(pairs.site)]}
    bare = [site for site in at.study.limits.open if site not in buildable]
    if bare:
        raise InfeasibleError(
            f"limits.open: no design of the study fits {', '.join(bare)} "
            "(connection, land, lake or sea, or limits.max_mw_per_site)"
        )
