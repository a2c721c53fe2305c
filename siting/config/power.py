"""Sections ``connections``, ``generation`` and ``first_power``: power by a date, at a price."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from siting.config.base import Names, Section, as_tuple, existing_file
from siting.physics.site_costs import GENERATORS

__all__ = [
    "ConnectionStep",
    "Connections",
    "FirstPower",
    "Generation",
    "GeneratorOffer",
]

Year = Annotated[int, Field(ge=2000, le=2200)]
Kind = Literal[
    "gas_turbine", "gas_turbine_frame", "gas_engine", "combined_cycle", "fuel_cell",
    "small_reactor", "geothermal", "hydro", "solar", "wind",
]  # fmt: skip
LoadPoint = Annotated[
    tuple[float, float], BeforeValidator(as_tuple, json_schema_input_type=list[float])
]
#: Hours of the year of the model.
YEAR_H = 8760.0


class ConnectionStep(Section):
    """Megawatts that a grid offers from a year on, taken as a whole or not at all."""

    where: Names = Field(
        default=(),
        description="Sites, countries (ISO 3166 alpha-3), grid zones, regions or kinds; empty for "
        "all sites.",
    )
    year: Year | None = Field(
        default=None, description="First year in which the power is there; null for any."
    )
    mw: float | None = Field(default=None, gt=0, le=1e5, description="Power. [MW]")
    share: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="Power in place of mw, over the connection of the site in the catalogue. [-]",
    )
    cost_usd_per_mw: float = Field(
        default=0.0,
        ge=0,
        le=1e8,
        description="Investment in line, substation and upgrades. [USD/MW]",
    )
    lead_years: float = Field(
        default=0.0,
        ge=0,
        le=30,
        description="Time from the order (connections.ordered) to the power. [a]",
    )
    curtailable_hours: float = Field(
        default=0.0,
        ge=0,
        le=YEAR_H,
        description="Hours a year in which the grid may take the power away; 0 for a firm step. "
        "[h/a]",
    )

    @model_validator(mode="after")
    def _sized(self) -> Self:
        if (self.mw is None) == (self.share is None):
            raise PydanticCustomError(
                "step",
                "needs either mw or share",
                {"remedy": "Give the power in MW, or as a share of the site's connection."},
            )
        return self

    def first_year(self, ordered: int) -> float:
        """First year in which the power is there, if it is ordered in a year."""
        late = ordered + self.lead_years if self.lead_years else 0.0
        return max(float(self.year or 0), late)


class Connections(Section):
    """Steps of the connections of sites; a site without any keeps that of the catalogue."""

    file: Annotated[str, AfterValidator(existing_file)] | None = Field(
        default=None,
        description="Table of steps with the columns site, year, mw, cost_usd_per_mw, and "
        "lead_years, firm_hours, curtailable_hours or curtailable_share; its steps take the place "
        "of all others at the sites that it names.",
    )
    steps: Annotated[
        tuple[ConnectionStep, ...],
        BeforeValidator(as_tuple, json_schema_input_type=list[ConnectionStep]),
    ] = Field(
        default=(), description="Steps offered to every site that they cover, in place of its own."
    )
    ordered: Year | None = Field(
        default=None,
        description="Year in which steps with a lead time are ordered; null for the first year "
        "planned.",
    )
    lifetime_years: float = Field(
        default=40.0,
        ge=1,
        le=100,
        description="Years over which a step is written off; assumed, 30 to 50 for lines and "
        "substations. [a]",
    )
    curtailed_when: Literal["price", "load"] = Field(
        default="load",
        description="Hours in which the grid curtails first: those of the highest price, or of "
        "the highest load, taken as that far from 18 °C (heating and cooling) by day.",
    )


class GeneratorOffer(Section):
    """Units of one technology that a site may build; null takes the figure of the table."""

    name: str = Field(
        min_length=1,
        max_length=30,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Name used in every result.",
    )
    kind: Kind = Field(description="Technology whose figures hold where none is given here.")
    where: Names = Field(
        default=(),
        description="Sites, countries, grid zones, regions or kinds that may build it; empty for "
        "all, which geothermal and hydro may not be.",
    )
    max_units: int = Field(ge=1, le=10_000, description="Most units at one site.")
    unit_mw: float | None = Field(default=None, gt=0, le=2000, description="Power of a unit. [MW]")
    capex_usd_per_kw: float | None = Field(
        default=None, ge=0, le=1e5, description="Overnight investment. [USD/kW]"
    )
    tax_credit: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Part of the investment that a tax credit pays back. [-]",
    )
    fixed_om_usd_per_kw_yr: float | None = Field(
        default=None, ge=0, le=1e4, description="Fixed operation and maintenance. [USD/kW/yr]"
    )
    variable_om_usd_per_mwh: float | None = Field(
        default=None, ge=0, le=1000, description="Variable operation and maintenance. [USD/MWh]"
    )
    efficiency: float | None = Field(
        default=None, gt=0, le=1, description="Electricity over fuel, lower heating value. [-]"
    )
    efficiency_by_load: Annotated[
        tuple[LoadPoint, ...],
        BeforeValidator(as_tuple, json_schema_input_type=list[list[float]]),
    ] = Field(
        default=(),
        description="Efficiency at rising loads, the last of them 1, in place of efficiency: "
        "[[0.5, 0.36], [0.75, 0.39], [1, 0.41]]. [-]",
    )
    fuel_price_usd_per_mwh: float | None = Field(
        default=None,
        ge=0,
        le=2000,
        description="Price of the fuel by its heat; null for economics.gas_price_usd_per_mwh where "
        "it is gas. [USD/MWh]",
    )
    min_load: float | None = Field(
        default=None, ge=0, le=1, description="Part of the power that cannot be turned off. [-]"
    )
    availability: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Mean of the year without outages and maintenance; of solar and wind, a factor "
        "on the profile. [-]",
    )
    firm_share: float | None = Field(
        default=None, ge=0, le=1, description="Part of a unit that counts at the peak. [-]"
    )
    lifetime_years: float | None = Field(
        default=None, ge=1, le=100, description="Years over which it is written off. [a]"
    )
    carbon_kg_per_kwh: float | None = Field(
        default=None,
        ge=0,
        le=5,
        description="Life-cycle emissions of generated energy besides burnt gas. [kg CO2e/kWh]",
    )
    embodied_kg_per_kw: float | None = Field(
        default=None, ge=0, le=1e5, description="Embodied carbon of a unit. [kg CO2e/kW]"
    )
    water_l_per_kwh: float | None = Field(
        default=None, ge=0, le=50, description="Water consumed for generated energy. [L/kWh]"
    )
    withdrawal_l_per_kwh: float | None = Field(
        default=None, ge=0, le=500, description="Water withdrawn for generated energy. [L/kWh]"
    )
    clean: bool | None = Field(
        default=None, description="Whether rules on clean supply count its energy."
    )
    first_year: Year | None = Field(
        default=None, description="First year in which a unit may run; null as in the table."
    )

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

    file: Annotated[str, AfterValidator(existing_file)] | None = Field(
        default=None,
        description="Table of more technologies: a row each, with columns of the names of the keys "
        "of units (.csv, .xlsx), relative to the study's folder.",
    )
    units: Annotated[
        tuple[GeneratorOffer, ...],
        BeforeValidator(as_tuple, json_schema_input_type=list[GeneratorOffer]),
    ] = Field(default=(), description="Technologies that may be built.")
    one_out: bool = Field(
        default=True,
        description="Whether the peak must be met with any one unit out (N+1); without, every unit "
        "counts.",
    )
    island: Names = Field(
        default=(),
        description="Sites, countries, grid zones, regions or kinds without any connection.",
    )
    island_storage_h: float = Field(
        default=0.0,
        ge=0,
        le=1000,
        description="Hours of its peak that the stores of a site without a connection hold. [h]",
    )

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

    mw: float = Field(gt=0, le=1e6, description="Installed IT power, all places together. [MW]")
    by: Year = Field(description="Year in which it must stand.")
    where: Names = Field(
        default=(),
        description="Sites, countries, grid zones, regions or kinds; empty for all sites.",
    )
    usd_per_mw_year: float | None = Field(
        default=None,
        ge=0,
        le=1e9,
        description="Price of a MW that is late by a year, in the cost metric; null for a limit "
        "that must be kept. [USD/MW/a]",
    )
