"""Sections ``storage``, ``heat_reuse`` and ``backup``, flexible load, and rules of clean supply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from siting.config.base import Names, Section
from siting.nomenclature import YEAR_H

__all__ = [
    "CLEAN_PRESETS",
    "Backup",
    "CleanRule",
    "CleanTerms",
    "Flexible",
    "Fuel",
    "HeatReuse",
    "Matched",
    "Store",
]


Matched = Literal["hour", "month", "year"]

#: Renewable sources of `supply_sources.csv` that are no biomass, which the European rule excludes.
_NO_BIOMASS = ("hydro", "wind", "wind_offshore", "solar", "geothermal")


@dataclass(frozen=True)
class CleanTerms:
    """Terms of one rule in one year.

    Parameters
    ----------
    matched : {"hour", "month", "year"}
        Over which time generation and use are compared.
    built_after : int or None
        Only plants built in a later year count; None for plants of any age.
    same_zone : bool
        Whether only plants in the grid zone of the site count.
    sources : tuple of str
        Sources that count; empty for all without direct emissions.
    """

    matched: Matched = "year"
    built_after: int | None = None
    same_zone: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class CleanPreset:
    """A published rule.

    Parameters
    ----------
    first, later : {"hour", "month", "year"}
        Matching before the year ``turn`` and from it on.
    turn : int
        Year from which ``later`` holds.
    max_age : int or None
        Most years that a plant may have run when the sites open; None for any.
    same_zone : bool
        Whether the plant must stand in the grid zone of the site.
    sources : tuple of str
        Sources that count; empty for all without direct emissions.
    source : str
        Where the rule is published; the texts were not read, the terms are assumed.
    """

    first: Matched
    later: Matched
    turn: int
    max_age: int | None
    same_zone: bool
    sources: tuple[str, ...]
    source: str

    @property
    def needs_year(self) -> bool:
        """Return whether the terms depend on the year."""
        return self.max_age is not None or self.first != self.later

    def terms(self, year: int | None, opened: int | None) -> CleanTerms:
        """Terms in a year, at sites that open in another.

        Where the study names none, the later, stricter matching holds.
        """
        early = year is not None and year < self.turn
        dated = None if self.max_age is None or opened is None else opened - self.max_age - 1
        return CleanTerms(self.first if early else self.later, dated, self.same_zone, self.sources)


#: Rules by name. Those of the Union and the United States were written for hydrogen; no law asks
#: them of data centers, and a planner takes them as the strictest published tests.
CLEAN_PRESETS: Mapping[str, CleanPreset] = MappingProxyType(
    {
        "annual": CleanPreset(
            "year", "year", 0, None, False, (),
            "GHG Protocol Scope 2 Guidance (World Resources Institute 2015), chapter 7",
        ),
        "24/7": CleanPreset(
            "hour", "hour", 0, None, True, (),
            "Google, 24/7 Carbon-Free Energy: Methodologies and Metrics (February 2021)",
        ),
        "eu_three_pillars": CleanPreset(
            "month", "hour", 2030, 3, True, _NO_BIOMASS,
            "Commission Delegated Regulation (EU) 2023/1184, articles 5 to 7: 36 months, the "
            "calendar month until 2029 and the hour from 2030, the bidding zone",
        ),
        "us_three_pillars": CleanPreset(
            "year", "hour", 2030, 3, True, (),
            "26 CFR 1.45V-4(d) (T.D. 10023, January 2025): 36 months, the calendar year until 2029 "
            "and the hour from 2030, the region, for which the grid zone stands here",
        ),
    }
)  # fmt: skip


Fuel = Literal["diesel", "hvo", "gas"]


class Store(Section):
    """Electricity stored beside a site; the defaults are those of a 4-hour lithium-ion battery."""

    name: str = Field(min_length=1, max_length=30, pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the technology, used in every result."""
    max_mw: float = Field(gt=0, le=1e5)
    """Largest power at one site. [MW]"""
    duration_h: float = Field(default=4.0, gt=0, le=2000)
    """Energy over power. [h]"""
    round_trip_efficiency: float = Field(default=0.85, gt=0, le=1)
    """Energy given back over energy drawn; Cole et al. (2025), NREL/TP-6A40-93281; assumed for
    other technologies. [-]"""
    capex_usd_per_kwh: float = Field(default=334.0, ge=0, le=1e5)
    """Investment per energy; Cole et al. (2025), NREL/TP-6A40-93281, lithium-ion of 4 hours in
    2024; their projections for 2035 are 147 to 339. [USD/kWh]"""
    fixed_om_share: float = Field(default=0.025, ge=0, le=0.5)
    """Yearly upkeep over investment; NREL ATB 2024, utility-scale battery storage, with the
    augmentation that keeps the rated energy. [1/a]"""
    lifetime_years: float = Field(default=15.0, ge=1, le=100)
    """Lifetime; NREL ATB 2024, utility-scale battery storage. [a]"""
    embodied_kg_per_kwh: float = Field(default=104.0, ge=0, le=1e4)
    """Embodied carbon per energy; assumed, the middle of 74 (made with renewable power) and 134
    (grid power), Carbon Explorer (2023). [kg CO2e/kWh]"""
    carry_over: bool = False
    """Whether energy may stay from one day to another, through the year; if not, each day ends as
    it began."""


class Flexible(Section):
    """Load of a workload that may wait, such as batch work and training."""

    share: float = Field(gt=0, le=1)
    """Part of the load that may be absent from any slice. [-]"""
    day_limit: float = Field(default=1.0, gt=0, le=1)
    """Most of a day's energy that is moved out of its slices. [-]"""
    week_limit: float = Field(default=0.0, ge=0, le=1)
    """Most of a week's energy that is moved to another day; 0 lets each day make up for its own.
    Needs slices with day groups. [-]"""
    between_sites: bool = False
    """Whether another site within reach of the same users may take it."""


class CleanRule(Section):
    """Least share of clean energy in what some sites use."""

    share: float = Field(gt=0, le=1)
    """Least share. [-]"""
    preset: Literal["annual", "24/7", "eu_three_pillars", "us_three_pillars"] | None = None
    """Published rule that fills in what is left out below (docs/operation.md); eu and us need
    supply.year or periods."""
    matched: Matched | None = None
    """hour: in each slice at each site; month: in each month at each site; year: over the year, the
    sites of the rule together. Null for that of the preset, or year."""
    built_after: int | None = Field(default=None, ge=1850, le=2200)
    """Only contracts with plants built in a later year count; built-in offers of wind and solar are
    new plants, those of hydropower are not. Null for that of the preset, or any age."""
    same_zone: bool | None = None
    """Whether only plants in the grid zone of the site count; built-in offers are. Null for that of
    the preset, or no."""
    sources: Names | None = None
    """Sources that count, such as wind and solar; null for those of the preset, or all that emit
    nothing where they run."""
    where: Names = ()
    """Sites, countries (ISO 3166 alpha-3), grid zones, regions or kinds; empty for all sites."""
    count_grid: bool = False
    """Whether the renewable share of the grid's mix counts beside contracts."""

    def terms(self, year: int | None = None, opened: int | None = None) -> CleanTerms:
        """Terms in a year, at sites that open in another: its own keys, then its preset's."""
        base = CLEAN_PRESETS[self.preset].terms(year, opened) if self.preset else CleanTerms()
        own = {name: getattr(self, name) for name in ("matched", "built_after", "same_zone",
                                                      "sources")}  # fmt: skip
        return replace(base, **{name: value for name, value in own.items() if value is not None})


class HeatReuse(Section):
    """Waste heat sold to a heat network; its credit is stated apart, never in the PUE."""

    where: Names = ()
    """Where there is a network: sites, countries, grid zones, regions or kinds; empty for all
    sites."""
    demand_mw: float = Field(gt=0, le=1e5)
    """Heat that the network of one place takes in its coldest months. [MW]"""
    base_share: float = Field(default=0.2, ge=0, le=1)
    """Part of it that is taken all year, for hot water; assumed. [-]"""
    heating_limit_c: float = Field(default=15.5, ge=5, le=25)
    """Monthly mean above which nobody heats: the base of degree days. [°C]"""
    full_demand_c: float = Field(default=-4.5, ge=-40, le=4.9)
    """Monthly mean at which the network takes all; assumed, linear between. [°C]"""
    designs: Names = ()
    """Designs whose heat can be used; empty for all that do not give it to outside air or to
    water."""
    recoverable_share: float = Field(default=0.8, gt=0, le=1)
    """Heat that reaches the heat pump over IT energy; assumed. [-]"""
    heat_pump_cop: float = Field(default=3.5, gt=1, le=20)
    """Heat delivered over electricity; assumed, 3 to 4 from 30 to 75 °C. [-]"""
    price_usd_per_mwh: float = Field(default=0.0, ge=0, le=1000)
    """Income per heat delivered, in the cost metric. [USD/MWh]"""
    credit_kg_per_mwh: float = Field(default=224.0, ge=0, le=2000)
    """Emissions that the heat replaces; derived: gas at 202 kg/MWh (IPCC 2006) in a boiler of 90 %.
    [kg CO2e/MWh]"""
    count_credit: bool = False
    """Whether the carbon metric is lowered by the credit, stated apart anyway."""
    min_share: float = Field(default=0.0, ge=0, le=1)
    """Least heat delivered over the energy of a site that has a network, as the German
    energy-efficiency act asks of new data centers. [-]"""


class Backup(Section):
    """Generators for emergencies, which every hall has; their investment is that of the hall."""

    capacity_share: float = Field(default=1.0, gt=0, le=1)
    """Their power over the largest power of the facility; assumed. [-]"""
    hours_per_year: float = Field(default=50.0, gt=0, le=YEAR_H)
    """Hours at full power that permits allow outside emergencies; 50 in the US (40 CFR 63.6640(f)).
    [h/a]"""
    covers_peaks: bool = False
    """Whether they may carry what the connection cannot, so that a site may be larger than its
    connection."""
    fuel: Fuel = "diesel"
    """diesel, hvo (hydrotreated oil) or gas."""
    efficiency: float = Field(default=0.40, gt=0, le=0.7)
    """Electricity over fuel, lower heating value; assumed for engines of 2 to 3 MW. [-]"""
    fuel_price_usd_per_mwh: float = Field(default=100.0, ge=0, le=2000)
    """Price of the fuel; assumed: diesel at 1 USD/L and 10 kWh/L. [USD/MWh]"""
