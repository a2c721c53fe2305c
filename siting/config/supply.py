"""Section ``supply``: which electricity may be contracted, and how hydropower is counted."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from siting.config.base import Estimate, Section, as_tuple, existing_file, one_or_many, unique
from siting.config.operation import CLEAN_PRESETS, CleanRule, CleanTerms

__all__ = ["CONTRACTS", "Contract", "HydroYear", "MaxContract", "Supply"]

Contract = Literal["hydro", "wind", "solar"]
CONTRACTS: tuple[Contract, ...] = get_args(Contract)
HydroYear = Literal["normal", "dry", "wet"]
HydroWater = Literal["best", "country", "evaporation", "zero"]


def _form(value: object) -> str:
    return "named" if isinstance(value, str) else "factor"


class MaxContract(Section):
    """Largest contract of one site by technology; assumed, for the planner to change."""

    wind: float = Field(
        default=500.0, ge=0, le=1e5, description="Wind power one site may contract. [MW]"
    )
    solar: float = Field(
        default=500.0, ge=0, le=1e5, description="Solar power one site may contract. [MW]"
    )


class Supply(Section):
    """Electricity besides the grid mix of the site's zone."""

    contracts: Annotated[
        tuple[Contract, ...],
        BeforeValidator(one_or_many, json_schema_input_type=Contract | list[Contract]),
        AfterValidator(unique),
    ] = Field(
        default=CONTRACTS,
        description="Technologies that a site may contract near it; empty for grid power only.",
    )
    ppas: Annotated[str, AfterValidator(existing_file)] | None = Field(
        default=None,
        description="Table of the planner's own PPAs beside the built-in offers (.csv, .xlsx), "
        "relative to the study's folder: source, zone or site, mw, price_usd_per_mwh, start, end, "
        "profile, capacity_factor, built (docs/supply.md).",
    )
    year: int | None = Field(
        default=None,
        ge=2000,
        le=2200,
        description="Year in which PPAs run, presets of clean supply hold, and steps of "
        "connections and generators are there; null for that of the period, or for any.",
    )
    years: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Years from then that a PPA must run in full; a period has its own. [a]",
    )
    opened: int | None = Field(
        default=None,
        ge=2000,
        le=2200,
        description="Year in which the sites open, from which presets count the age of plants; "
        "null for the first period, or supply.year.",
    )
    hydro_year: Annotated[
        Annotated[HydroYear, Tag("named")]
        | Annotated[Annotated[float, Field(ge=0.1, le=1.5)], Tag("factor")],
        Discriminator(_form),
    ] = Field(
        default="normal",
        description="Inflow of the year: normal, dry, wet, or a factor on the normal monthly "
        "capacity factors. [-]",
    )
    hydro_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of the hydro capacity within 150 km that one site may contract; "
        "assumed. [-]",
    )
    max_contract_mw: MaxContract = Field(
        default=MaxContract(), description="Largest contract of one site by technology. [MW]"
    )
    max_contract_share: float = Field(
        default=0.5,
        ge=0,
        le=10,
        description="Most energy that the contracts of a site generate in a year, to the IT "
        "energy that it serves; assumed. At a half, windy and calm days would cut some 3 to 9 % "
        "of the wind; the audit says how much. [-]",
    )
    delivery_usd_per_mwh: float | None = Field(
        default=None,
        ge=0,
        le=500,
        description="Network, shaping and balancing of contracted energy, so that it compares with "
        "the delivered price of the grid; null for what that price is above wholesale in the zone. "
        "A site's own ppa price is taken as delivered. [USD/MWh]",
    )
    day_types: Literal["auto", "mean", "typical"] = Field(
        default="auto",
        description="Wind and solar within a month: the mean on all days, or calm to windy and "
        "dull to bright days apart, crossed with cold to warm ones, which slices, dispatch, "
        "storage, clean supply and the audit see. Wants day groups (time.slices divisible by 60, "
        "best 480). auto: typical where clean supply is asked for and the slices have day groups.",
    )
    hydro_water: HydroWater = Field(
        default="best",
        description="Water counted for hydropower: best estimate (by country, contracts by the "
        "plants near the site, run-of-river none), country (the mean of the country for "
        "contracts too), evaporation (17.0 L/kWh everywhere) or zero. All are reported; this one "
        "is optimized.",
    )
    carbon: Literal["contract", "location"] = Field(
        default="contract",
        description="Carbon counted for contracted energy: that of the contracted plant over its "
        "life cycle, or that of the grid where it is drawn. Both are reported; this one is "
        "optimized.",
    )
    carbon_signal: Literal["average", "marginal"] = Field(
        default="average",
        description="Carbon of the grid: of the mean of all that generates, or of what an added "
        "load calls for (combined margin of the country, UNFCCC 2021, the same all year). Both "
        "are reported; this one is optimized.",
    )
    carbon_basis: Literal["life_cycle", "direct"] = Field(
        default="life_cycle",
        description="Carbon of Chinese provinces: with mines, leaks and the building of plants as "
        "everywhere else, or the official factor at the stack.",
    )
    hourly_carbon: bool = Field(
        default=False,
        description="Vary the grid's carbon intensity through the day where an hourly profile of "
        "the zone is known.",
    )
    grid_carbon_factor: float = Field(
        default=1.0,
        ge=0,
        le=5,
        description="Factor on the carbon of every grid, for paths and scenarios. [-]",
    )
    grid_price_factor: float = Field(
        default=1.0,
        ge=0,
        le=10,
        description="Factor on the price of every grid, for paths and scenarios. [-]",
    )
    prices: Estimate = Field(
        default="best",
        description="Prices of the tables, of the grid and of the offers: the value, or the low or "
        "the high end of its range. What was measured has none and stays, as do the planner's own.",
    )
    clean: Annotated[
        tuple[CleanRule, ...], BeforeValidator(as_tuple, json_schema_input_type=list[CleanRule])
    ] = Field(default=(), description="Least shares of clean energy, each for some sites.")
    trigeneration: Literal["always", "dispatched"] = Field(
        default="always",
        description="Whether the engine of a trigeneration design runs whenever it cools, or may "
        "stand still in a slice while its electric chillers cool.",
    )

    @property
    def dated(self) -> bool:
        """Return whether something in the section depends on the year."""
        return self.ppas is not None or any(
            rule.preset and CLEAN_PRESETS[rule.preset].needs_year for rule in self.clean
        )

    def terms_of(self, rule: CleanRule) -> CleanTerms:
        """Terms of a rule in the year of the section."""
        return rule.terms(self.year, self.opened or self.year)
