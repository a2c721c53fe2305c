"""Sections ``limits``, ``caps``, ``failover``, ``policy``; clean supply; the table of every limit.

The infeasibility diagnosis moves limits by the table, the documentation shows it, and tests hold
that the families, the checks of the audit and the binding limits of a placement agree with it. The
checks themselves stay apart on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from siting.config.base import Names, Section, one_or_many, unique
from siting.config.candidates import Kind
from siting.config.plant import DesignName
from siting.nomenclature import MUCH, SCOPES
from siting.physics.designs import UPKEEP

__all__ = [
    "CLEAN_PRESETS",
    "LEFT_OUT",
    "LIMITS",
    "SELECTORS",
    "Cap",
    "CleanRule",
    "CleanTerms",
    "DesignLimits",
    "Failover",
    "Limit",
    "Limits",
    "Loss",
    "Matched",
    "Policy",
]


#: Smallest budget: a kilogram, a litre, a kilowatt-hour or a mill of a year. A smaller one is a
#: slip of the unit, and lost in the rounding of any solver.
LEAST_BUDGET = 1e-3


def _budget(description: str) -> float | None:
    value: float | None = Field(default=None, ge=LEAST_BUDGET, le=1e15, description=description)
    return value


class DesignLimits(Section):
    """Size of one cooling design at one site; null for that of economics.md, where it has one."""

    min_mw_per_site: float | None = Field(default=None, ge=0, le=1e6)
    """Smallest IT capacity of this design where it is built. [MW]"""
    max_mw_per_site: float | None = Field(default=None, gt=0, le=1e6)
    """Largest IT capacity of this design at a site. [MW]"""


class Limits(Section):
    """Floors and ceilings; null means no limit."""

    max_share_per_site: float | None = Field(default=None, gt=0, le=1)
    """Largest share of the IT load at one site. [-]"""
    max_mw_per_site: float | None = _budget("Largest IT capacity installed at one site. [MW]")
    min_mw_per_site: float | None = _budget("Smallest IT capacity of a site that is opened. [MW]")
    designs: dict[DesignName, DesignLimits] = Field(default_factory=dict)
    """Sizes of single designs at a site, by name, such as subsea_pod: {max_mw_per_site: 40}; sealed
    pods have a limit of their own."""
    max_sites: int | None = Field(default=None, ge=1, le=10_000)
    """Largest number of open sites. [-]"""
    min_sites: int | None = Field(default=None, ge=1, le=10_000)
    """Smallest number of open sites. [-]"""
    max_ramp_mw_per_hour: float | None = _budget(
        "Largest change of the IT load of one site from one hour of the year to the next, by the "
        "profiles of its workloads. [MW/h]"
    )
    designs_per_site: int = Field(default=1, ge=1, le=12)
    """Most cooling designs built side by side at a site. [-]"""
    open: Names = ()
    """Ids of sites that must be opened."""
    closed: Names = ()
    """Ids of sites that must stay closed."""
    pue_max: float | None = Field(default=None, ge=1, le=3)
    """Highest annual PUE of any site and design that is built. [-]"""
    wue_max_l_per_kwh: float | None = Field(default=None, ge=0, le=20)
    """Highest annual on-site WUE of any site and design that is built. [L/kWh IT]"""
    energy_mwh: float | None = _budget("Budget of electricity of all sites a year. [MWh]")
    carbon_t_co2e: float | None = _budget("Budget of greenhouse gas of all sites a year. [t CO2e]")
    carbon_operational_t_co2e: float | None = _budget(
        "Budget of the carbon of electricity and fuel of all sites a year. [t CO2e]"
    )
    carbon_embodied_t_co2e: float | None = _budget(
        "Budget of the carbon of building, plant, servers and storage of all sites a year. [t CO2e]"
    )
    water_m3: float | None = _budget(
        "Budget of water consumed by all sites a year, on-site and in their electricity. [m³]"
    )
    cost_usd: float | None = _budget("Budget of annualized cost of all sites. [USD]")
    site_water_m3: float | None = _budget("Most water that one site may consume a year. [m³]")
    site_withdrawal_m3: float | None = _budget("Most water that one site may withdraw a year. [m³]")
    basin_water_m3: float | None = _budget(
        "Most water that the sites of one AWARE basin may consume together a year, on-site. [m³]"
    )
    basin_withdrawal_m3: float | None = _budget(
        "Most water that the sites of one AWARE basin may withdraw together a year. [m³]"
    )
    shared_lake_heat: bool = False
    """Whether sites on one lake share the heat that it can take; otherwise each may use all of
    it."""

    def of_design(self, design: str, name: str) -> float | None:
        """Size of a design at a site: the planner's, or its own; None where it has none. [MW]."""
        given: float | None = getattr(self.designs.get(design, DesignLimits()), name)
        own = UPKEEP[design].get(name)
        return own.value if given is None and own is not None else given


CapMetric = Literal[
    "energy_mwh", "carbon_t_co2e", "carbon_operational_t_co2e", "carbon_embodied_t_co2e",
    "water_m3", "water_withdrawal_m3", "water_scarcity_m3", "cost_usd",
]  # fmt: skip

#: Keys of a cap that say which sites it is about.
SELECTORS = ("country", "group", "grid_zone", "kind", "sites")

#: Smallest ceiling above none at all; a smaller one is lost in the rounding of any solver.
LEAST_CEILING = 1e-6


def _not_tiny(ceiling: float) -> float:
    if 0 < ceiling < LEAST_CEILING:
        remedy = f"Give 0 for none, or {LEAST_CEILING:g} or more."
        raise PydanticCustomError("tiny", "is smaller than any solver sees", {"remedy": remedy})
    return ceiling


class Cap(Section):
    """A yearly ceiling on a metric of the sites that match every selector given.

    Without a selector it is about all sites.
    """

    metric: CapMetric
    """Metric that is capped, in its own unit."""
    at_most: Annotated[float, AfterValidator(_not_tiny)] = Field(ge=0, le=1e15)
    """Most of it in a year, or for each MWh of IT energy. [unit of the metric]"""
    per_it_mwh: bool = False
    """Whether at_most is for each MWh of IT energy of these sites: carbon in t/MWh (0.15 is 150
    g/kWh), water in m³/MWh, energy as the mean PUE."""
    country: Names = ()
    """ISO codes of countries, such as CHN."""
    group: Names = ()
    """Groups of countries of geodata/country_groups.csv, such as eu."""
    grid_zone: Names = ()
    """Grid zones, such as SE1 or CN-GZ."""
    kind: Annotated[
        tuple[Kind, ...],
        BeforeValidator(one_or_many, json_schema_input_type=Kind | list[Kind]),
        AfterValidator(unique),
    ] = ()
    """Families of candidate sites, such as edwc."""
    sites: Names = ()
    """Ids of sites."""


Loss = Literal["none", "site", "grid_zone"]


class Failover(Section):
    """Outages that the workloads marked critical survive, one at a time."""

    loss: Loss = "none"
    """Contingency to survive: none, any one site, or all the sites of any one grid zone. The
    remaining capacity must carry every workload marked critical; the others wait."""
    extra_rtt_ms: float = Field(default=20.0, ge=0, le=2000)
    """How much longer than max_rtt_ms an RTT may be during an outage; assumed. [ms]"""


class Policy(Section):
    """Ceilings on PUE and WUE of geodata/policy.csv; a starting point, never legal advice."""

    laws: Names = ()
    """all: every law for new sites that is in force in `year`; or ids of geodata/policy.csv,
    drafts, pacts and incentives included; empty for none."""
    year: int = Field(default=2026, ge=2000, le=2200)
    """Year whose laws bind what is built."""


Matched = Literal["hour", "month", "year"]


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
            "month", "hour", 2030, 3, True,
            ("hydro", "wind", "wind_offshore", "solar", "geothermal"),  # no biomass
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
        own = {f.name: getattr(self, f.name) for f in fields(CleanTerms)}
        return replace(base, **{name: value for name, value in own.items() if value is not None})


@dataclass(frozen=True)
class Limit:
    """One kind of limit.

    Parameters
    ----------
    path : str
        Dotted key; ``[*]`` stands for every entry of a list, ``*`` for every name of a mapping.
    family : str
        Function that adds its rows, or ``left out`` where it keeps flows or pairs from the model.
    audit : str
        Check of the audit that holds it.
    out : object
        Value with which it limits nothing.
    looser : int
        1 where a larger number is looser, -1 where a smaller one is, 0 where it is no number.
    end : float
        Loosest number there is.
    also : tuple of (str, object)
        Keys to set along when it is left out.
    metric : str
        Metric that it is a budget of, if it is one.
    """

    path: str
    family: str
    audit: str
    out: object = None
    looser: int = 0
    end: float = math.inf
    also: tuple[tuple[str, object], ...] = ()
    metric: str = ""


#: Limits that keep flows or pairs from the model.
LEFT_OUT = "left out"

LIMITS: tuple[Limit, ...] = (
    Limit("limits.max_share_per_site", "add_site_share", "max_share_per_site", looser=1, end=1.0),
    Limit("limits.max_mw_per_site", "add_site_size", "max_mw_per_site", looser=1, end=1e6),
    Limit("limits.min_mw_per_site", "add_site_size", "min_mw_per_site", looser=-1, end=0.0),
    # Sizes of designs, which some have where the study is silent.
    Limit("limits.designs.*.max_mw_per_site", "add_site_size", "max_mw_of_design", 1e6, 1, 1e6),
    Limit("limits.designs.*.min_mw_per_site", "add_site_size", "min_mw_of_design", 0.0, -1, 0.0),
    Limit("limits.max_sites", "add_site_count", "max_sites", looser=1, end=10_000),
    Limit("limits.min_sites", "add_site_count", "min_sites", looser=-1, end=0),
    Limit("limits.max_ramp_mw_per_hour", "add_site_ramp", "max_ramp_mw_per_hour", looser=1,
          end=MUCH),
    Limit("limits.open", "add_forced_sites", "open", out=[]),
    Limit("limits.closed", "add_forced_sites", "closed", out=[]),
    Limit("limits.pue_max", "add_efficiency_ceilings", "pue_max", looser=1, end=3.0),
    Limit(
        "limits.wue_max_l_per_kwh", "add_efficiency_ceilings", "wue_max_l_per_kwh",
        looser=1, end=20.0,
    ),
    *(
        Limit(f"limits.{name}", "add_budgets", name, looser=1, end=MUCH, metric=name)
        for name in ("energy_mwh", "carbon_t_co2e", *SCOPES, "water_m3", "cost_usd")
    ),
    *(
        Limit(f"limits.{name}", f"add_{name.split('_')[0]}_water", name, looser=1, end=MUCH)
        for name in (
            "site_water_m3", "site_withdrawal_m3", "basin_water_m3", "basin_withdrawal_m3",
        )
    ),
    Limit("limits.shared_lake_heat", "add_lake_heat", "lake_heat", out=False),
    Limit("first_power[*].mw", "add_first_power", "first_power", out=1e-6, looser=-1, end=1e-6),
    Limit("caps[*].at_most", "add_caps", "caps", out=MUCH, looser=1, end=MUCH),
    Limit("policy.laws", "add_policy_ceilings", "policy", out=[]),
    Limit(
        "failover.loss", "add_failover", "failover", out="none",
        also=(("demand.workloads[*].critical", False),),
    ),
    Limit("technology.designs.*.available", LEFT_OUT, "built_while_unavailable", out=True),
    Limit("demand.workloads[*].max_rtt_ms", LEFT_OUT, "max_rtt_ms", looser=1, end=2000.0),
    Limit("demand.workloads[*].residency", LEFT_OUT, "residency", out="none"),
    Limit("demand.workloads[*].designs", "add_accepted_designs", "accepted_designs", out=[]),
    Limit(
        "supply.clean[*].share", "add_clean_supply", "clean_year", out=1e-9, looser=-1, end=1e-9
    ),
    Limit("heat_reuse.min_share", "add_heat_share", "heat_min_share", 0.0, -1, 0.0),
)  # fmt: skip
