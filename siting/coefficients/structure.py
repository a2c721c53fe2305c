"""Contingencies, shared limits, caps and ceilings: data of the structural constraints."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue import Catalogue
from siting.catalogue.selection import group_of_country
from siting.config import Study

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
    "resident",
]


@dataclass(frozen=True)
class Failover:
    """Contingencies that critical workloads must survive, one at a time.

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
class Ramps:
    """Change of load from one hour of the year to the next, for each load profile and clock (G).

    Parameters
    ----------
    group : ndarray of int, shape (W, D)
        Profile and clock of each workload and region; −1 where the load is flat.
    change : ndarray, shape (G, H)
        Change in each of the H hours over the mean load of the year. [1/h]
    """

    group: IndexArray
    change: FloatArray


@dataclass(frozen=True)
class Structure:
    """Structural constraints that a study asks for.

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
    ramps : Ramps or None
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
    ramps: Ramps | None = None

    @property
    def late(self) -> tuple[FirstPower, ...]:
        """Power whose lateness has a price, K of them."""
        return tuple(x for x in self.first_power if x.price_usd_per_mw is not None)

    def of_pairs(self, kept: BoolArray) -> Structure:
        """Structure of a selection of the pairs."""
        if self.heat is None:
            return self
        return replace(self, heat=replace(self.heat, rejected=self.heat.rejected[kept]))

    def check(self, *, workloads: int, demand: int, sites: int, pairs: int) -> None:
        """Shapes that fit the problem, and numbers that are finite.

        Raises `ValueError` for an array of another shape, or a hole.
        """
        if self.accepts is not None and len(self.accepts) != workloads:
            raise ValueError(f"accepts has {len(self.accepts)} rows for {workloads} workloads")
        shapes = {"eligible": (workloads, demand, sites), "group": (workloads, demand),
                  "site_basin": (sites,), "site_body": (sites,), "rejected": (pairs,),
                  "sites": (sites,)}  # fmt: skip
        shared = (*self.caps, *self.ceilings, *self.first_power)
        parts: list[Any] = [
            self.failover,
            self.basins,
            self.heat,
            self.contracts,
            self.ramps,
            *shared,
        ]
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
    """Mask of the sites that may serve the data of each region's users, shape (W, D, S).

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
