"""Section ``economics``: what sites and halls cost, and how money over the years becomes annual."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from siting.config.base import Section, as_tuple, one_or_many, unique
from siting.config.halls import known_design
from siting.physics.site_costs import SITE_COSTS, UPKEEP

__all__ = ["DesignCosts", "Economics", "ScaleStep", "SiteCosts", "TimeOfUse"]


def _site(name: str, most: float, description: str) -> float:
    value: float = Field(
        default=SITE_COSTS[name].value,
        ge=0,
        le=most,
        description=f"{description}; assumed. [{SITE_COSTS[name].unit}]",
    )
    return value


class SiteCosts(Section):
    """Opening and holding a site, whatever is built there; ranges and sources in economics.md."""

    works_usd: float = _site("works_usd", 1e10, "Land, roads, fence, mains and permits")
    substation_usd: float = _site("substation_usd", 1e10, "Substation and its line")
    fibre_usd: float = _site("fibre_usd", 1e10, "Fibre by two routes")
    staff_usd_per_yr: float = _site("staff_usd_per_yr", 1e9, "Staff and security")
    embodied_t_co2e: float = _site(
        "embodied_t_co2e", 1e7, "Embodied carbon of works, substation and line"
    )

    @property
    def capital_usd(self) -> float:
        """Paid once, when a site is opened. [USD]."""
        return self.works_usd + self.substation_usd + self.fibre_usd


def _own(low: float, high: float, description: str) -> float | None:
    value: float | None = Field(
        default=None,
        ge=low,
        le=high,
        description=f"{description}; null for the figure of economics.md.",
    )
    return value


class DesignCosts(Section):
    """One cooling design, by its name."""

    om_usd_per_kw_yr: float | None = _own(
        0, 1e5, "Operation and maintenance of halls, without energy and water [USD/kW/yr]"
    )
    refresh_usd_per_kw: float | None = _own(
        0, 1e6, "Retrieving sealed pods to change their IT, overhaul and putting back [USD/kW]"
    )
    refresh_years: float | None = _own(
        0.5, 100, "Years between two such changes, which end the life of the IT inside [yr]"
    )
    refresh_kg_co2e_per_kw: float | None = _own(
        0, 1e6, "Fuel of the vessels, each time [kgCO2e/kW]"
    )


class ScaleStep(Section):
    """Price of the further MW of a design at a site, from so many on."""

    from_mw: float = Field(
        ge=0, le=1e6, description="Installed IT power from which the factor holds. [MW]"
    )
    capex_factor: float = Field(
        gt=0, le=100, description="Factor on the capital cost of halls beyond. [-]"
    )


HourOfDay = Annotated[int, Field(ge=0, le=23)]


class TimeOfUse(Section):
    """Price of the grid by the hour of the day; the mean of the day stays that of the table."""

    peak_hours: Annotated[
        tuple[HourOfDay, ...], BeforeValidator(one_or_many), AfterValidator(unique)
    ] = Field(
        default=(9, 10, 11, 18, 19, 20, 21),
        description="Hours of the sun's clock at the site that begin a peak hour; assumed. [h]",
    )
    valley_hours: Annotated[
        tuple[HourOfDay, ...], BeforeValidator(one_or_many), AfterValidator(unique)
    ] = Field(
        default=(0, 1, 2, 3, 4, 5, 6),
        description="The same of the cheapest hours; the others are flat; assumed. [h]",
    )
    peak_factor: float = Field(
        default=1.5, gt=0, le=10, description="Price of a peak hour over that of a flat one. [-]"
    )
    valley_factor: float = Field(
        default=0.5, gt=0, le=10, description="Price of a valley hour over that of a flat one. [-]"
    )


class Economics(Section):
    """Assumptions of the annualized cost; every one is the planner's to change."""

    discount_rate: float = Field(
        default=0.07, ge=0, le=0.5, description="Real discount rate; assumed. [1/a]"
    )
    lifetime_years: float = Field(
        default=20.0, ge=1, le=100, description="Years a facility is written off over; assumed. [a]"
    )
    water_price_usd_per_m3: float = Field(
        default=2.0, ge=0, le=1000, description="Price of water consumed on-site; assumed. [USD/m³]"
    )
    gas_price_usd_per_mwh: float = Field(
        default=30.0,
        ge=0,
        le=1000,
        description="Price of the gas burnt by on-site generation, lower heating value; assumed. "
        "[USD/MWh]",
    )
    carbon_price_usd_per_t: float = Field(
        default=0.0,
        ge=0,
        le=10_000,
        description="Price of carbon in the cost metric; assumed. [USD/t CO2e]",
    )
    demand_charge_usd_per_mw_month: float = Field(
        default=0.0,
        ge=0,
        le=1e6,
        description="Charge for the largest power that a site may draw, each month: installed IT "
        "times its largest PUE. The prices of the tables hold the charges of an average large "
        "user, so it comes on top; lower supply.grid_price_factor where it replaces them. "
        "[USD/MW/month]",
    )
    electricity_tax: Literal["none", "country"] = Field(
        default="none",
        description="Tax on electricity where a site gives none: none, or the standard rate of "
        "excise duty for business of its country (docs/economics.md), in Europe only.",
    )
    land_ha_per_mw: float = Field(
        default=0.4,
        ge=0,
        le=100,
        description="Land of a campus for each installed MW, which sites with land_usd_per_ha pay "
        "for; assumed, 0.1 (halls of several floors) to 1 (one floor, with reserve). [ha/MW]",
    )
    hourly_prices: bool = Field(
        default=False,
        description="Whether the grid's price follows the wholesale market of its zone through the "
        "year and the day, where its hours are known; the annual mean stays. Needs slices within "
        "the day, and no time_of_use.",
    )
    time_of_use: TimeOfUse | None = Field(
        default=None,
        description="Peak and valley hours of the grid's price, or null for one price all day; "
        "needs slices within the day. A site's own price by the hour stays as it is.",
    )
    site: SiteCosts = Field(
        default=SiteCosts(), description="Opening and holding a site, whatever is built there."
    )
    designs: dict[Annotated[str, AfterValidator(known_design)], DesignCosts] = Field(
        default_factory=dict,
        description="Running the halls of single designs, by name, such as "
        "subsea_pod: {om_usd_per_kw_yr: 400}; designs that the study does not offer are not read.",
    )

    scale: Annotated[
        tuple[ScaleStep, ...], BeforeValidator(as_tuple, json_schema_input_type=list[ScaleStep])
    ] = Field(
        default=(),
        description="Price of halls by how many of a design stand at a site, the first from 0 MW, "
        "such as [{from_mw: 0, capex_factor: 1.15}, {from_mw: 20, capex_factor: 1}]; empty where "
        "each costs the same.",
    )

    def of_design(self, design: str, name: str) -> float:
        """Figure of a design: the planner's, or its own; zero where it has none.

        Parameters
        ----------
        design : str
            Cooling design.
        name : str
            Key of `DesignCosts`.
        """
        given: float | None = getattr(self.designs.get(design, DesignCosts()), name)
        if given is not None:
            return given
        own = UPKEEP[design].get(name)
        return 0.0 if own is None else own.value
