"""Outages, shared limits, caps and ceilings: the data of the structural families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue import Catalogue
from siting.catalogue.selection import (
    group_of_country,
    laws_in_force,
    policy_table,
    selectors_of,
    sites_of,
)
from siting.coefficients.energy import Offers
from siting.coefficients.pairs import Pairs
from siting.config import Study
from siting.config.limits import SELECTORS
from siting.errors import InfeasibleError
from siting.supply.onsite import covered

__all__ = [
    "Basins",
    "Cap",
    "Ceiling",
    "Failover",
    "FirstPower",
    "Heat",
    "SharedContracts",
    "Structure",
    "accepted_designs",
    "build_structure",
    "check_failover",
    "resident",
]


@dataclass(frozen=True)
class Failover:
    """Outages that critical workloads survive, one at a time.

    Parameters
    ----------
    eligible : ndarray of bool, shape (W, D, S)
        Pairs that may be served after an outage; none of a workload that is not critical.
    losses : tuple of (str, tuple of int)
        Name and lost sites of each contingency.
    """

    eligible: BoolArray
    losses: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class FirstPower:
    """IT power that some sites must have together by a year.

    Parameters
    ----------
    name : str
        Key of the study.
    sites : ndarray of bool, shape (S,)
        The sites.
    mw : float
        Installed IT power. [MW]
    price_usd_per_mw : float or None
        Price of each MW that lacks in the years of the state, a year; None for a limit. [USD/MW]
    """

    name: str
    sites: BoolArray
    mw: float
    price_usd_per_mw: float | None

    def counted_at(self, opened: IndexArray) -> int:
        """Open site that the price of lateness is shown at: one of its own, if any is open."""
        own = opened[self.sites[opened]]
        return int(own[0] if len(own) else opened[0])


@dataclass(frozen=True)
class Basins:
    """On-site water that the sites of a basin share.

    Parameters
    ----------
    names : tuple of str
        The B basins.
    site_basin : ndarray of int, shape (S,)
        Basin of each site.
    water_m3, withdrawal_m3 : float or None
        Most that the sites of one basin may consume and withdraw in a year. [m3]
    """

    names: tuple[str, ...]
    site_basin: IndexArray
    water_m3: float | None = None
    withdrawal_m3: float | None = None


@dataclass(frozen=True)
class Heat:
    """Heat that water bodies take.

    Parameters
    ----------
    names : tuple of str
        The B bodies with a limit.
    site_body : ndarray of int, shape (S,)
        Body of each site, -1 where there is none or it has no limit.
    limit_mw : ndarray, shape (B,)
        Most heat that all the sites of a body may reject. [MW]
    rejected : ndarray, shape (P,)
        Largest heat into the body per installed IT power. [MW/MW]
    """

    names: tuple[str, ...]
    site_body: IndexArray
    limit_mw: FloatArray
    rejected: FloatArray


@dataclass(frozen=True)
class Cap:
    """A yearly ceiling on a metric of some sites.

    Parameters
    ----------
    name : str
        Key of the study, or id of the law.
    metric : str
        One of ``METRICS``.
    at_most : float
        In the unit of the metric, or for each MWh of IT energy.
    per_it_mwh : bool
        Which of the two.
    sites : ndarray of bool, shape (S,)
        The sites that it is about.
    """

    name: str
    metric: str
    at_most: float
    per_it_mwh: bool
    sites: BoolArray


@dataclass(frozen=True)
class Ceiling:
    """A ceiling of a law on an annual mean of every pair at some sites.

    Parameters
    ----------
    law : str
        Its id in the policy table.
    metric : {"pue", "wue_l_per_kwh"}
        What it limits.
    most : float
        [-] or [L/kWh]
    sites : ndarray of bool, shape (S,)
        The sites that it binds.
    """

    law: str
    metric: str
    most: float
    sites: BoolArray


@dataclass(frozen=True)
class SharedContracts:
    """Plants whose contract several sites may share.

    Parameters
    ----------
    names : tuple of str
        The plants.
    offer_plant : ndarray of int, shape (O,)
        Plant of each contract offer, -1 where no other site has it on offer.
    limit_mw : ndarray
        Most of each plant that all sites contract together. [MW]
    """

    names: tuple[str, ...]
    offer_plant: IndexArray
    limit_mw: FloatArray


@dataclass(frozen=True)
class Structure:
    """The structural families that a study asks for.

    Parameters
    ----------
    designs_per_site : int
        Most designs built side by side at a site.
    accepts : ndarray of bool, shape (W, K), or None
        Designs that each workload may stand under; None where every workload takes all of them.
    failover : Failover or None
    basins : Basins or None
    heat : Heat or None
    caps : tuple of Cap
    ceilings : tuple of Ceiling
    contracts : SharedContracts or None
    first_power : tuple of FirstPower
    """

    designs_per_site: int = 1
    accepts: BoolArray | None = None
    failover: Failover | None = None
    basins: Basins | None = None
    heat: Heat | None = None
    caps: tuple[Cap, ...] = field(default_factory=tuple)
    ceilings: tuple[Ceiling, ...] = field(default_factory=tuple)
    contracts: SharedContracts | None = None
    first_power: tuple[FirstPower, ...] = field(default_factory=tuple)

    @property
    def late(self) -> tuple[FirstPower, ...]:
        """Power whose lateness has a price, K of them."""
        return tuple(x for x in self.first_power if x.price_usd_per_mw is not None)

    def of_pairs(self, kept: BoolArray) -> Structure:
        """Return the same for some of the pairs."""
        if self.heat is None:
            return self
        return replace(self, heat=replace(self.heat, rejected=self.heat.rejected[kept]))

    def check(self, *, workloads: int, demand: int, sites: int, pairs: int) -> None:
        """Shapes that fit the problem, and numbers that are finite.

        Raises
        ------
        ValueError
            For an array of another shape, or a hole.
        """
        if self.accepts is not None and len(self.accepts) != workloads:
            raise ValueError(f"accepts has {len(self.accepts)} rows for {workloads} workloads")
        shapes = {"eligible": (workloads, demand, sites), "site_basin": (sites,),
                  "site_body": (sites,), "rejected": (pairs,), "sites": (sites,)}  # fmt: skip
        shared = (*self.caps, *self.ceilings, *self.first_power)
        parts: list[Any] = [self.failover, self.basins, self.heat, self.contracts, *shared]
        for part in parts:
            for f in fields(part) if part is not None else ():
                value = getattr(part, f.name)
                if f.name in shapes and value.shape != shapes[f.name]:
                    expected = shapes[f.name]
                    raise ValueError(f"{f.name} has shape {value.shape}, expected {expected}")
                if isinstance(value, np.ndarray):
                    if not np.isfinite(value).all():
                        raise ValueError(f"{f.name} holds a value that is not finite")
                    value.setflags(write=False)


def resident(
    study: Study, catalogue: Catalogue, regions: pd.DataFrame, sites: pd.DataFrame
) -> BoolArray:
    """Where the data of each region's users may be served, shape (W, D, S).

    serve_mw[w,d,s]  =  0        ∀ w, d, s : group(country of s) ≠ group(country of d)

    for workloads with ``residency: group``, and by country for ``country``. As with round trips,
    a flow that is not allowed is no variable of the program.
    """
    allowed = np.ones((len(study.demand.workloads), len(regions), len(sites)), dtype=bool)
    for w, workload in enumerate(study.demand.workloads):
        if workload.residency == "none":
            continue
        users, places = (tuple(map(str, t["country"])) for t in (regions, sites))
        if workload.residency == "group":
            users, places = (group_of_country(catalogue, names) for names in (users, places))
        allowed[w] = np.array(users)[:, None] == np.array(places)[None, :]
    return allowed


def accepted_designs(study: Study) -> BoolArray | None:
    """Designs that each workload may stand under, shape (W, K); None where that is all of them."""
    accepts = np.array(
        [[not w.designs or name in w.designs for name in study.designs]
         for w in study.demand.workloads]
    )  # fmt: skip
    return None if accepts.all() else accepts


def build_structure(
    study: Study,
    catalogue: Catalogue,
    sites: pd.DataFrame,
    pairs: Pairs,
    reach: BoolArray,
    offers: Offers,
) -> Structure:
    """Data of every structural family that the study asks for.

    Parameters
    ----------
    study : Study
        The study of one state.
    catalogue : Catalogue
        The tables.
    sites : DataFrame
        The S candidates.
    pairs : Pairs
        The P pairs.
    reach : ndarray of bool, shape (W, D, S)
        Pairs within the round trip that holds after an outage, of sites that can be built.
    offers : Offers
        The O contracts on offer.
    """
    laws = laws_in_force(policy_table(catalogue), study.policy.laws, study.policy.year)
    return Structure(
        designs_per_site=study.limits.designs_per_site,
        accepts=accepted_designs(study),
        failover=_failover(study, sites, reach),
        basins=_basins(study, sites),
        heat=_heat(study, catalogue, sites, pairs),
        caps=(*_caps(study, catalogue, sites), *_mean_laws(laws, catalogue, sites)),
        ceilings=tuple(
            Ceiling(str(law), str(row["metric"]), float(row["value"]),
                    sites_of(catalogue, sites, selectors_of(str(row["where"]))))
            for law, row in laws[laws["applies"] != "average"].iterrows()
        ),
        contracts=_shared_contracts(offers),
        first_power=_first_power(study, catalogue, sites, pairs),
    )  # fmt: skip


def _first_power(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame, pairs: Pairs
) -> tuple[FirstPower, ...]:
    """Power that is due in the years of the study; lateness is paid for the years that are late."""
    year, years, found = study.supply.year, study.supply.years, list[FirstPower]()
    for i, asked in enumerate(study.first_power):
        key = f"first_power[{i}]"
        here = covered(sites, asked.where, f"{key}.where", known=catalogue.candidates)
        late = 1.0 if year is None else min(1.0, (year + years - asked.by) / years)
        if late <= 0:
            continue
        if not here[pairs.site].any():
            raise InfeasibleError(f"{key}: no candidate in {', '.join(asked.where)} can be built")
        price = asked.usd_per_mw_year
        found.append(FirstPower(key, here, asked.mw, None if price is None else price * late))
    return tuple(found)


def _shared_contracts(offers: Offers) -> SharedContracts | None:
    """Plants of the planner's that more than one site may contract."""
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


def _heat(study: Study, catalogue: Catalogue, sites: pd.DataFrame, pairs: Pairs) -> Heat | None:
    """Water bodies with a limit; without ``shared_lake_heat`` each site has one of its own."""
    shared = study.limits.shared_lake_heat
    if not shared and study.limits.designs_per_site == 1:
        return None
    bodies = catalogue.water_bodies.reindex(sites.index)
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


def check_failover(structure: Structure, study: Study, regions: pd.DataFrame) -> None:
    """Each critical region must keep a site in reach after each outage.

    Raises
    ------
    siting.errors.InfeasibleError
        Naming the workload, the region and the loss that leaves it none.
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
