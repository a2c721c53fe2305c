"""Dispatch options besides grid and contracts, each independent and off by default.

Storage, load that can wait, clean supply matched by hour or year, engines that may stand still,
heat that is sold, generators for emergencies, and what
powers a site in whole units. Arrays are finite and read-only, like those of
`Coefficients`; a family that a study does not ask for is None or empty and adds no variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray, freeze_arrays
from siting.coefficients.power import Power

__all__ = [
    "Backup",
    "Calendar",
    "CleanRule",
    "Flexible",
    "Heat",
    "Idle",
    "OneSite",
    "Operation",
    "Profile",
    "Storage",
]


@dataclass(frozen=True)
class Calendar:
    """Order of the slices: blocks of a day, days of a month.

    Parameters
    ----------
    day : ndarray of int, shape (T,)
        Representative day (R in all) of each slice, 0 to R - 1; the slices of a day lie side by
        side, in the order of its blocks.
    month : ndarray of int, shape (T,)
        Month of each slice.
    block_h : float
        Length of a block. [h]
    """

    day: IndexArray
    month: IndexArray
    block_h: float

    def __post_init__(self) -> None:
        if (np.diff(self.day) < 0).any() or (np.diff(self.day) > 1).any():
            raise ValueError("the slices of a day do not lie side by side")
        freeze_arrays(self, len(self.day))

    @property
    def days(self) -> int:
        """Number of representative days, R."""
        return int(self.day[-1]) + 1

    def slices(self, day: int) -> IndexArray:
        """Slices of a representative day, in order."""
        return np.flatnonzero(self.day == day)

    def days_of(self, month: int) -> IndexArray:
        """Representative days of a month."""
        return np.unique(self.day[self.month == month])


@dataclass(frozen=True)
class Storage:
    """Stores of electricity that may be built (U, one a site and technology).

    Parameters
    ----------
    site : ndarray of int, shape (U,)
        Site of each.
    name : tuple of str
        Technology of each.
    max_mw : ndarray, shape (U,)
        Largest power. [MW]
    duration_h : ndarray, shape (U,)
        Energy over power. [h]
    charge_efficiency, discharge_efficiency : ndarray, shape (U,)
        Stored over drawn, and delivered over taken out. [-]
    carries : ndarray of bool, shape (U,)
        Whether energy may stay from one day to another; if not, each day ends as it began.
    carbon_t_per_mw, cost_usd_per_mw : ndarray, shape (U,)
        Embodied carbon and cost a year per MW of power. [t CO2e/MW], [USD/MW]
    """

    site: IndexArray
    name: tuple[str, ...]
    max_mw: FloatArray
    duration_h: FloatArray
    charge_efficiency: FloatArray
    discharge_efficiency: FloatArray
    carries: BoolArray
    carbon_t_per_mw: FloatArray
    cost_usd_per_mw: FloatArray

    def __post_init__(self) -> None:
        freeze_arrays(self, len(self.name))


@dataclass(frozen=True)
class Flexible:
    """Load of each workload that may be moved in time.

    Parameters
    ----------
    share : ndarray, shape (W,)
        Part of the load that may be absent from any slice; 0 where the workload is not flexible.
        [-]
    day_limit : ndarray, shape (W,)
        Most of a day's energy that may be moved out of its slices. [-]
    week_limit : ndarray, shape (W,)
        Most of a week's energy that may be moved to another day; 0 where each day makes up for
        its own. [-]
    between_sites : ndarray of bool, shape (W,)
        Whether another site that may serve the same users can take it.
    """

    share: FloatArray
    day_limit: FloatArray
    week_limit: FloatArray
    between_sites: BoolArray

    def __post_init__(self) -> None:
        freeze_arrays(self, len(self.share))


@dataclass(frozen=True)
class Profile:
    """Load of each workload in each slice over its mean of the year.

    Parameters
    ----------
    mean, largest : ndarray, shape (W, D, T)
        Mean of the slice, and the largest within it, at the clock of each demand region. [-]
    varies : ndarray of bool, shape (W,)
        Workloads whose load is not the same in every hour.
    """

    mean: FloatArray
    largest: FloatArray
    varies: BoolArray

    def __post_init__(self) -> None:
        if self.mean.shape != self.largest.shape:
            raise ValueError("mean and largest differ in shape")
        freeze_arrays(self, len(self.varies))


@dataclass(frozen=True)
class CleanRule:
    """Least share of clean energy in what some sites use.

    Parameters
    ----------
    name : str
        Where it holds, in the planner's words.
    sites : ndarray of bool, shape (S,)
        Sites that it covers.
    share : float
        Least share. [-]
    local : bool
        Matched at each site, in each of some periods; otherwise over the year, the sites together.
    grid_share : ndarray, shape (S,)
        Part of grid energy that counts as clean; zero where the rule does not count it. [-]
    period : ndarray of int, shape (T,), or None
        Period of each slice, where matched at each site; None for each slice by itself.
    unclean : ndarray of bool, shape (O,), or None
        Contracts that do not count as clean; None where all do.
    """

    name: str
    sites: BoolArray
    share: float
    local: bool
    grid_share: FloatArray
    period: IndexArray | None = None
    unclean: BoolArray | None = None

    def __post_init__(self) -> None:
        if len(self.grid_share) != len(self.sites):
            raise ValueError("grid_share and sites differ in length")
        freeze_arrays(self)

    def unclean_offers(self, offers: IndexArray) -> IndexArray:
        """Those of some contracts that do not count as clean."""
        return offers[:0] if self.unclean is None else offers[self.unclean[offers]]


@dataclass(frozen=True)
class Idle:
    """Pairs (Q) whose engine may stand still, and what they use then.

    Parameters
    ----------
    pair : ndarray of int, shape (Q,)
        The pair; nothing is generated or burnt while its engine stands still.
    pue : ndarray, shape (Q, T)
        Facility power over IT power then. [-]
    wue_l_per_kwh, withdrawal_l_per_kwh : ndarray, shape (Q, T)
        On-site water then. [L/kWh]
    """

    pair: IndexArray
    pue: FloatArray
    wue_l_per_kwh: FloatArray
    withdrawal_l_per_kwh: FloatArray

    def __post_init__(self) -> None:
        freeze_arrays(self, len(self.pair))


@dataclass(frozen=True)
class Heat:
    """Waste heat that may be sold, by pairs (H) that have a buyer.

    Parameters
    ----------
    pair : ndarray of int, shape (H,)
        The pair.
    recoverable : ndarray, shape (H,)
        Heat that reaches the heat pump over IT energy. [MWh/MWh]
    demand_mw : ndarray, shape (S, T)
        What the place can take. [MW of heat]
    electricity : float
        Electricity of the heat pump per heat delivered, 1 / COP. [MWh/MWh]
    price_usd_per_mwh, credit_t_per_mwh : float
        Income, and emissions that it replaces, per heat delivered. [USD/MWh], [t CO2e/MWh]
    credit_counts : bool
        Whether the carbon metric is lowered by the credit.
    min_share : float
        Least heat delivered over the energy of the facilities that have a buyer. [-]
    """

    pair: IndexArray
    recoverable: FloatArray
    demand_mw: FloatArray
    electricity: float
    price_usd_per_mwh: float
    credit_t_per_mwh: float
    credit_counts: bool
    min_share: float

    def __post_init__(self) -> None:
        if len(self.recoverable) != len(self.pair):
            raise ValueError("recoverable and pair differ in length")
        freeze_arrays(self)


@dataclass(frozen=True)
class Backup:
    """Generators that stand at every site for emergencies.

    Parameters
    ----------
    share : float
        Their power over the largest power of the facility. [-]
    hours : float
        Most hours at full power a year. [h]
    covers_peaks : bool
        Whether they may carry what the connection cannot.
    carbon_t_per_mwh, price_usd_per_mwh : float
        Of the electricity made. [t CO2e/MWh], [USD/MWh]
    """

    share: float
    hours: float
    covers_peaks: bool
    carbon_t_per_mwh: float
    price_usd_per_mwh: float


class OneSite(Protocol):
    """Data of a component."""

    def at_site(self, s: int) -> Any:
        """Return the data of one site alone, which becomes site 0."""


@dataclass(frozen=True)
class Operation:
    """Data of every dispatch option; none by default.

    Parameters
    ----------
    calendar : Calendar or None
        Needed by storage and by flexible load.
    storage : Storage or None
    flexible : Flexible or None
    clean : tuple of CleanRule
    idle : Idle or None
    heat : Heat or None
    backup : Backup or None
    profile : Profile or None
        Needs ``flexible``, whose shares may all be zero.
    power : Power or None
        Steps of connections and own generators.
    more : mapping of str to object
        Data of components beside these, by name (:mod:`siting.mip.components`). Each has a method
        ``at_site(s)`` that gives the data of one site alone.
    """

    calendar: Calendar | None = None
    storage: Storage | None = None
    flexible: Flexible | None = None
    clean: tuple[CleanRule, ...] = ()
    idle: Idle | None = None
    heat: Heat | None = None
    backup: Backup | None = None
    profile: Profile | None = None
    power: Power | None = None
    more: Mapping[str, OneSite] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.profile is not None and self.flexible is None:
            raise ValueError("a load profile needs flexible load, which may be none")
        if self.calendar is None and (self.storage is not None or self.flexible is not None):
            raise ValueError("storage and flexible load need a calendar")

    def data(self, name: str) -> Any:
        """Return the data of a component, a field or one of ``more``; None where it is off."""
        return self.more[name] if name in self.more else getattr(self, name, None)

    @property
    def in_use(self) -> bool:
        """Return whether any family is on."""
        others = self.flexible is not None or self.idle is not None
        return bool(self.clean) or others or self.limits_import

    @property
    def limits_import(self) -> bool:
        """Return whether import may pass the connection although the peak of the halls fits it."""
        parts = (self.storage, self.heat, self.backup, *self.more.values())
        dispatched = self.power is not None and bool(self.power.dispatched.any())
        return dispatched or any(part is not None for part in parts)

    @property
    def varies(self) -> bool:
        """Return whether what a pair draws in a slice is more than a multiple of its mean load."""
        watered = self.power is not None and self.power.uses_water
        return self.flexible is not None or self.idle is not None or watered
