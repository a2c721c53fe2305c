"""Sections ``supply``, ``connections``, ``generation`` and ``first_power``: power of the sites."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from siting.config.base import Estimate, File, Listed, Names, Section, as_tuple, one_or_many, unique
from siting.config.limits import CLEAN_PRESETS, CleanRule, CleanTerms
from siting.nomenclature import YEAR_H
from siting.physics.parameters import GENERATORS

__all__ = [
    "CONTRACTS",
    "FIRMNESS",
    "ConnectionStep",
    "Connections",
    "Contract",
    "FirstPower",
    "Generation",
    "GeneratorOffer",
    "HydroYear",
    "MaxContract",
    "Supply",
]


Contract = Literal["hydro", "wind", "solar"]
CONTRACTS: tuple[Contract, ...] = get_args(Contract)
HydroYear = Literal["normal", "dry", "wet"]
HydroWater = Literal["best", "country", "evaporation", "zero"]


def _form(value: object) -> str:
    return "named" if isinstance(value, str) else "factor"


class MaxContract(Section):
    """Largest contract of one site by technology; assumed, for the planner to change."""

    wind: float = Field(default=500.0, ge=0, le=1e5)
    """Wind power one site may contract. [MW]"""
    solar: float = Field(default=500.0, ge=0, le=1e5)
    """Solar power one site may contract. [MW]"""


class Supply(Section):
    """Electricity besides the grid mix of the site's zone."""

    contracts: Annotated[
        tuple[Contract, ...],
        BeforeValidator(one_or_many, json_schema_input_type=Contract | list[Contract]),
        AfterValidator(unique),
    ] = CONTRACTS
    """Technologies that a site may contract near it; empty for grid power only."""
    ppas: File | None = None
    """Table of the planner's own PPAs beside the built-in offers (.csv, .xlsx), relative to the
    study's folder: source, zone or site, mw, price_usd_per_mwh, start, end, profile,
    capacity_factor, built (docs/supply.md)."""
    year: int | None = Field(default=None, ge=2000, le=2200)
    """Year in which PPAs run, presets of clean supply hold, and steps of connections and generators
    are there; null for that of the period, or for any."""
    years: int = Field(default=1, ge=1, le=100)
    """Years from then that a PPA must run in full; a period has its own. [a]"""
    opened: int | None = Field(default=None, ge=2000, le=2200)
    """Year in which the sites open, from which presets count the age of plants; null for the first
    period, or supply.year."""
    hydro_year: Annotated[
        Annotated[HydroYear, Tag("named")]
        | Annotated[Annotated[float, Field(ge=0.1, le=1.5)], Tag("factor")],
        Discriminator(_form),
    ] = "normal"
    """Inflow of the year: normal, dry, wet, or a factor on the normal monthly capacity factors.
    [-]"""
    hydro_share: float = Field(default=0.1, ge=0, le=1)
    """Share of the hydro capacity within 150 km that one site may contract; assumed. [-]"""
    max_contract_mw: MaxContract = MaxContract()
    """Largest contract of one site by technology. [MW]"""
    max_contract_share: float = Field(default=0.5, ge=0, le=10)
    """Most energy that the contracts of a site generate in a year, to the IT energy that it serves;
    assumed. At a half, windy and calm days would cut some 3 to 9 % of the wind; the audit says how
    much. [-]"""
    delivery_usd_per_mwh: float | None = Field(default=None, ge=0, le=500)
    """Network, shaping and balancing of contracted energy, so that it compares with the delivered
    price of the grid; null for what that price is above wholesale in the zone. A site's own ppa
    price is taken as delivered. [USD/MWh]"""
    day_types: Literal["auto", "mean", "typical"] = "auto"
    """Wind and solar within a month: the mean on all days, or calm to windy and dull to bright days
    apart, crossed with cold to warm ones, which slices, dispatch, storage, clean supply and the
    audit see. Wants day groups (time.slices divisible by 60, best 480). auto: typical where clean
    supply is asked for and the slices have day groups."""
    hydro_water: HydroWater = "best"
    """Water counted for hydropower: best estimate (by country, contracts by the plants near the
    site, run-of-river none), country (the mean of the country for contracts too), evaporation (17.0
    L/kWh everywhere) or zero. All are reported; this one is optimized."""
    carbon: Literal["contract", "location"] = "contract"
    """Carbon counted for contracted energy: that of the contracted plant over its life cycle, or
    that of the grid where it is drawn. Both are reported; this one is optimized."""
    carbon_signal: Literal["average", "marginal"] = "average"
    """Carbon of the grid: of the mean of all that generates, or of what an added load calls for
    (combined margin of the country, UNFCCC 2021, the same all year). Both are reported; this one is
    optimized."""
    carbon_basis: Literal["life_cycle", "direct"] = "life_cycle"
    """Carbon of Chinese provinces: with mines, leaks and the building of plants as everywhere else,
    or the official factor at the stack."""
    hourly_carbon: bool = False
    """Vary the grid's carbon intensity through the day where an hourly profile of the zone is
    known."""
    grid_carbon_factor: float = Field(default=1.0, ge=0, le=5)
    """Factor on the carbon of every grid, for paths and scenarios. [-]"""
    grid_price_factor: float = Field(default=1.0, ge=0, le=10)
    """Factor on the price of every grid, for paths and scenarios. [-]"""
    prices: Estimate = "best"
    """Prices of the tables, of the grid and of the offers: the value, or the low or the high end of
    its range. What was measured has none and stays, as do the planner's own."""
    clean: Listed[CleanRule] = ()
    """Least shares of clean energy, each for some sites."""
    trigeneration: Literal["always", "dispatched"] = "always"
    """Whether the engine of a trigeneration design runs whenever it cools, or may stand still in a
    slice while its electric chillers cool."""

    @property
    def dated(self) -> bool:
        """Return whether something in the section depends on the year."""
        return self.ppas is not None or any(
            rule.preset and CLEAN_PRESETS[rule.preset].needs_year for rule in self.clean
        )

    def terms_of(self, rule: CleanRule) -> CleanTerms:
        """Terms of a rule in the year of the section."""
        return rule.terms(self.year, self.opened or self.year)


Year = Annotated[int, Field(ge=2000, le=2200)]
Kind = Literal[
    "gas_turbine", "gas_turbine_frame", "gas_engine", "combined_cycle", "fuel_cell",
    "small_reactor", "geothermal", "hydro", "solar", "wind",
]  # fmt: skip
LoadPoint = Annotated[
    tuple[float, float], BeforeValidator(as_tuple, json_schema_input_type=list[float])
]
#: Ways to say how firm a step is, of which one holds.
FIRMNESS = ("firm_hours", "curtailable_hours", "curtailable_share")


class ConnectionStep(Section):
    """Megawatts that a grid offers from a year on, taken as a whole or not at all."""

    where: Names = ()
    """Sites, countries (ISO 3166 alpha-3), grid zones, regions or kinds; empty for all sites."""
    year: Year | None = None
    """First year in which the power is there; null for any."""
    mw: float | None = Field(default=None, gt=0, le=1e5)
    """Power. [MW]"""
    share: float | None = Field(default=None, gt=0, le=100)
    """Power in place of mw, over the connection of the site in the catalogue. [-]"""
    cost_usd_per_mw: float = Field(default=0.0, ge=0, le=1e8)
    """Investment in line, substation and upgrades. [USD/MW]"""
    lead_years: float = Field(default=0.0, ge=0, le=30)
    """Time from the order (connections.ordered) to the power. [a]"""
    curtailable_hours: float | None = Field(default=None, ge=0, le=YEAR_H)
    """Hours a year in which the grid may take the power away; null or 0 for a firm step. [h/a]"""
    curtailable_share: float | None = Field(default=None, ge=0, le=1)
    """Share of its energy that may be taken away, in place of curtailable_hours. [-]"""
    firm_hours: float | None = Field(default=None, ge=0, le=YEAR_H)
    """Hours a year in which it cannot be taken away, in place of curtailable_hours. [h/a]"""

    @model_validator(mode="after")
    def _sized(self) -> Self:
        if (self.mw is None) == (self.share is None):
            raise PydanticCustomError(
                "step",
                "needs either mw or share",
                {"remedy": "Give the power in MW, or as a share of the site's connection."},
            )
        given = [name for name in FIRMNESS if getattr(self, name) is not None]
        if len(given) > 1:
            raise PydanticCustomError(
                "step",
                "gives {names}",
                {"names": " and ".join(given), "remedy": "Keep one of them."},
            )
        return self

    @property
    def curtailed_hours(self) -> float:
        """Hours a year in which it may be taken away, in whichever way they are given, [h/a]."""
        if self.firm_hours is not None:
            return YEAR_H - self.firm_hours
        if self.curtailable_share is not None:
            return YEAR_H * self.curtailable_share
        return self.curtailable_hours or 0.0

    def first_year(self, ordered: int) -> float:
        """First year in which the power is there, if it is ordered in a year."""
        late = ordered + self.lead_years if self.lead_years else 0.0
        return max(float(self.year or 0), late)


class Connections(Section):
    """Steps of the connections of sites; a site without any keeps that of the catalogue."""

    file: File | None = None
    """Table of steps with the columns site, year, mw, cost_usd_per_mw, and lead_years, firm_hours,
    curtailable_hours or curtailable_share; its steps take the place of all others at the sites that
    it names."""
    steps: Listed[ConnectionStep] = ()
    """Steps offered to every site that they cover, in place of its own."""
    ordered: Year | None = None
    """Year in which steps with a lead time are ordered; null for the first year planned."""
    lifetime_years: float = Field(default=40.0, ge=1, le=100)
    """Years over which a step is written off; assumed, 30 to 50 for lines and substations. [a]"""
    curtailed_when: Literal["price", "load"] = "load"
    """Hours in which the grid curtails first: those of the highest price, or of the highest load,
    taken as that far from 18 °C (heating and cooling) by day."""


class GeneratorOffer(Section):
    """Units of one technology that a site may build; null takes the figure of the table."""

    name: str = Field(min_length=1, max_length=30, pattern=r"^[a-z][a-z0-9_]*$")
    """Name used in every result."""
    kind: Kind
    """Technology whose figures hold where none is given here."""
    where: Names = ()
    """Sites, countries, grid zones, regions or kinds that may build it; empty for all, which
    geothermal and hydro may not be."""
    max_units: int = Field(ge=1, le=10_000)
    """Most units at one site."""
    unit_mw: float | None = Field(default=None, gt=0, le=2000)
    """Power of a unit. [MW]"""
    capex_usd_per_kw: float | None = Field(default=None, ge=0, le=1e5)
    """Overnight investment. [USD/kW]"""
    tax_credit: float = Field(default=0.0, ge=0, le=1)
    """Part of the investment that a tax credit pays back. [-]"""
    fixed_om_usd_per_kw_yr: float | None = Field(default=None, ge=0, le=1e4)
    """Fixed operation and maintenance. [USD/kW/yr]"""
    variable_om_usd_per_mwh: float | None = Field(default=None, ge=0, le=1000)
    """Variable operation and maintenance. [USD/MWh]"""
    efficiency: float | None = Field(default=None, gt=0, le=1)
    """Electricity over fuel, lower heating value. [-]"""
    efficiency_by_load: Listed[LoadPoint] = ()
    """Efficiency at rising loads, the last of them 1, in place of efficiency: [[0.5, 0.36], [0.75,
    0.39], [1, 0.41]]. [-]"""
    fuel_price_usd_per_mwh: float | None = Field(default=None, ge=0, le=2000)
    """Price of the fuel by its heat; null for economics.gas_price_usd_per_mwh where it is gas.
    [USD/MWh]"""
    min_load: float | None = Field(default=None, ge=0, le=1)
    """Part of the power that cannot be turned off. [-]"""
    availability: float | None = Field(default=None, gt=0, le=1)
    """Mean of the year without outages and maintenance; of solar and wind, a factor on the profile.
    [-]"""
    firm_share: float | None = Field(default=None, ge=0, le=1)
    """Part of a unit that counts at the peak. [-]"""
    lifetime_years: float | None = Field(default=None, ge=1, le=100)
    """Years over which it is written off. [a]"""
    carbon_kg_per_kwh: float | None = Field(default=None, ge=0, le=5)
    """Life-cycle emissions of generated energy besides burnt gas. [kg CO2e/kWh]"""
    embodied_kg_per_kw: float | None = Field(default=None, ge=0, le=1e5)
    """Embodied carbon of a unit. [kg CO2e/kW]"""
    water_l_per_kwh: float | None = Field(default=None, ge=0, le=50)
    """Water consumed for generated energy. [L/kWh]"""
    withdrawal_l_per_kwh: float | None = Field(default=None, ge=0, le=500)
    """Water withdrawn for generated energy. [L/kWh]"""
    clean: bool | None = None
    """Whether rules on clean supply count its energy."""
    first_year: Year | None = None
    """First year in which a unit may run; null as in the table."""

    @model_validator(mode="after")
    def _curve(self) -> Self:
        """Loads of the curve rise to 1, begin no higher than the least load, and burn something."""
        loads = [load for load, _ in self.efficiency_by_load]
        if not loads:
            return self
        problem = ""
        if self.efficiency is not None:
            problem = "is given beside efficiency"
        elif loads != sorted(set(loads)) or loads[0] <= 0 or loads[-1] != 1:
            problem = "has loads that do not rise from above 0 to 1"
        elif not all(0 < efficiency <= 1 for _, efficiency in self.efficiency_by_load):
            problem = "has an efficiency that is not above 0 and at most 1"
        elif self.figure("min_load") > 0 and loads[0] > self.figure("min_load"):
            problem = f"begins at a load of {loads[0]:g}, above min_load"
        elif GENERATORS[self.kind].fuel == "none":
            problem = f"is given, and {self.kind} burns no fuel"
        if problem:
            raise PydanticCustomError(
                "curve",
                "efficiency_by_load {problem}",
                {"problem": problem, "remedy": "Give pairs of load and efficiency, as in "
                 "[[0.5, 0.36], [1, 0.41]], from the load that cannot be turned off to 1."},
            )  # fmt: skip
        return self

    def figure(self, name: str) -> float:
        """A figure of the study, or that of the technology."""
        own = getattr(self, name)
        return float(getattr(GENERATORS[self.kind], name) if own is None else own)

    @property
    def is_clean(self) -> bool:
        """Return whether rules on clean supply count its energy."""
        return bool(self.figure("clean"))


class Generation(Section):
    """Own generators of sites, beside the connection or in place of it."""

    file: File | None = None
    """Table of more technologies: a row each, with columns of the names of the keys of units (.csv,
    .xlsx), relative to the study's folder."""
    units: Listed[GeneratorOffer] = ()
    """Technologies that may be built."""
    one_out: bool = True
    """Whether the peak must be met with any one unit out (N+1); without, every unit counts."""
    island: Names = ()
    """Sites, countries, grid zones, regions or kinds without any connection."""
    island_storage_h: float = Field(default=0.0, ge=0, le=1000)
    """Hours of its peak that the storage of a site without a connection holds. [h]"""

    @model_validator(mode="after")
    def _offered(self) -> Self:
        if not self.units and self.file is None:
            raise PydanticCustomError(
                "offered",
                "offers no technology",
                {"remedy": "Give units, or a file of them, or leave the section out."},
            )
        return self


class FirstPower(Section):
    """IT power that must stand at some places by a year, or what each MW too late costs."""

    mw: float = Field(gt=0, le=1e6)
    """Installed IT power, all places together. [MW]"""
    by: Year
    """Year by which it must be installed."""
    where: Names = ()
    """Sites, countries, grid zones, regions or kinds; empty for all sites."""
    usd_per_mw_year: float | None = Field(default=None, ge=0, le=1e9)
    """Price of a MW that is late by a year, in the cost metric; null for a limit that must be kept.
    [USD/MW/a]"""
