"""Halls and equipment of a site, and what they cost and embody.

Sections ``halls``, ``technology``, ``economics``, ``storage``, ``heat_reuse`` and ``backup``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from siting.config.base import Listed, Names, Section, known, one_or_many, unique
from siting.nomenclature import YEAR_H
from siting.physics import DESIGNS, ENVELOPES, PRACTICES, WATER_CLASSES
from siting.physics.designs import UPKEEP
from siting.physics.parameters import SITE_COSTS

__all__ = [
    "LEAST_LOAD",
    "Backup",
    "DesignCosts",
    "DesignName",
    "Economics",
    "Fuel",
    "Halls",
    "HeatReuse",
    "ScaleStep",
    "Store",
    "Technology",
    "TimeOfUse",
]


#: Below a hundredth of the rating the losses of an idle hall exceed what it serves several times
#: over, and part-load curves that were measured on running halls say nothing. [-]
LEAST_LOAD = 0.01


DesignName = Annotated[str, known(DESIGNS, "design")]


class Halls(Section):
    """Air and water classes of the IT equipment, load and practice of the halls."""

    practice: Annotated[str, known(PRACTICES, "practice")] = "best"
    """Generation and operation of the plants, as a factor on the energy beyond that of the IT: best
    (new hyperscale builds), typical (what regions of clouds report, for existing halls) or
    legacy."""

    inlet: Annotated[str, known(ENVELOPES, "ASHRAE class of inlet air")] = "A1"
    """ASHRAE class whose allowable envelope the inlet air keeps: recommended, A1, A2, A3, A4 or H1
    (TC 9.9, 2021)."""
    min_dew_point_c: float | None = Field(default=None, ge=-30, le=15)
    """Humidification floor instead of that of the class, which is -12 (A1 to A4, H1) or -9
    (recommended); halls built to the guidelines of 2008 or 2011 keep 5.5. [°C]"""
    water_class: Annotated[str, known(WATER_CLASSES, "ASHRAE class of cooling water")] = "W40"
    """ASHRAE class of the facility water of liquid-cooled IT: W17 to W45, W+, or S30 to S50."""
    liquid_share: float | None = Field(default=None, gt=0, le=1.0)
    """IT heat that cold plates take in the liquid-cooled designs, usually 0.6 to 1; 0.8 where left
    out. The rest goes to the air of the room. [-]"""
    supply_air_c: float | None = Field(default=None, ge=15, le=40)
    """Supply air of sealed halls, no warmer than the class allows; where left out 24 on chilled
    water, 25 on indirect evaporative units, 27 beside cold plates. [°C]"""
    load: float = Field(default=1.0, ge=LEAST_LOAD, le=1.0)
    """IT power over the rating of the halls, which part-load losses follow. [-]"""
    load_by_hour: bool = False
    """Whether the halls run at the load of the hour: `load` in the largest hour of the year, and as
    much less in others as the profiles of all workloads together say; otherwise at `load` in every
    hour."""
    discharge_limit_c: float = Field(default=30.0, ge=10, le=45)
    """Warmest water that may go back to a lake or the sea from plants on shore; where the intake
    leaves less than 2 K below it, they cannot be built. [°C]"""

    @property
    def inputs(self) -> dict[str, Any]:
        """Keywords of :func:`siting.physics.facility`."""
        # The first is part of the design, see siting.physics.designs.permitted.
        return self.model_dump(exclude={"discharge_limit_c", "load_by_hour"})


def _factor(description: str) -> float:
    value: float = Field(default=1.0, gt=0, le=100, description=description)
    return value


class DesignTechnology(Section):
    """One cooling design, by its name; its factors multiply those of all designs."""

    capex_factor: float = _factor("Further factor on the capital cost of this design. [-]")
    embodied_factor: float = _factor(
        "Further factor on the embodied carbon of building and plant of this design. [-]"
    )
    available: bool = True
    """Whether halls of this design may be built; existing ones go on."""


class Technology(Section):
    """Cost and embodied carbon of what is built, as factors on today's figures.

    The factors of a period hold for the halls built in it, as long as they stand.
    """

    capex_factor: float = _factor("Factor on the capital cost of halls built in this period. [-]")
    embodied_factor: float = _factor(
        "Factor on the embodied carbon of building and plant of halls built in this period; "
        "leaking refrigerant stays as it is. [-]"
    )
    server_embodied_factor: float = _factor(
        "Factor on the embodied carbon of the servers in use in this period. [-]"
    )
    designs: dict[DesignName, DesignTechnology] = Field(default_factory=dict)
    """What differs for single designs, by name, such as tower_liquid: {capex_factor: 0.9}; designs
    that the study does not offer are not read."""

    def capex(self, design: str) -> float:
        """Factor on the capital cost of a design, that of all designs included. [-]."""
        return self.capex_factor * self._own(design).capex_factor

    def embodied(self, design: str) -> float:
        """Factor on the embodied carbon of a design, that of all designs included. [-]."""
        return self.embodied_factor * self._own(design).embodied_factor

    def available(self, design: str) -> bool:
        """Return whether halls of a design may be built."""
        return self._own(design).available

    def _own(self, design: str) -> DesignTechnology:
        return self.designs.get(design, DesignTechnology())


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

    from_mw: float = Field(ge=0, le=1e6)
    """Installed IT power from which the factor holds. [MW]"""
    capex_factor: float = Field(gt=0, le=100)
    """Factor on the capital cost of halls beyond. [-]"""


HourOfDay = Annotated[int, Field(ge=0, le=23)]


class TimeOfUse(Section):
    """Price of the grid by the hour of the day; the mean of the day stays that of the table."""

    peak_hours: Annotated[
        tuple[HourOfDay, ...], BeforeValidator(one_or_many), AfterValidator(unique)
    ] = (9, 10, 11, 18, 19, 20, 21)
    """Hours of the sun's clock at the site that begin a peak hour; assumed. [h]"""
    valley_hours: Annotated[
        tuple[HourOfDay, ...], BeforeValidator(one_or_many), AfterValidator(unique)
    ] = (0, 1, 2, 3, 4, 5, 6)
    """The same of the cheapest hours; the others are flat; assumed. [h]"""
    peak_factor: float = Field(default=1.5, gt=0, le=10)
    """Price of a peak hour over that of a flat one. [-]"""
    valley_factor: float = Field(default=0.5, gt=0, le=10)
    """Price of a valley hour over that of a flat one. [-]"""


class Economics(Section):
    """Assumptions of the annualized cost; every one is the planner's to change."""

    discount_rate: float = Field(default=0.07, ge=0, le=0.5)
    """Real discount rate; assumed. [1/a]"""
    lifetime_years: float = Field(default=20.0, ge=1, le=100)
    """Years a facility is written off over; assumed. [a]"""
    water_price_usd_per_m3: float = Field(default=2.0, ge=0, le=1000)
    """Price of water consumed on-site; assumed. [USD/m³]"""
    gas_price_usd_per_mwh: float = Field(default=30.0, ge=0, le=1000)
    """Price of the gas burnt by on-site generation, lower heating value; assumed. [USD/MWh]"""
    carbon_price_usd_per_t: float = Field(default=0.0, ge=0, le=10_000)
    """Price of carbon in the cost metric; assumed. [USD/t CO2e]"""
    demand_charge_usd_per_mw_month: float = Field(default=0.0, ge=0, le=1e6)
    """Charge for the largest power that a site may draw, each month: installed IT times its largest
    PUE. The prices of the tables hold the charges of an average large user, so it comes on top;
    lower supply.grid_price_factor where it replaces them. [USD/MW/month]"""
    electricity_tax: Literal["none", "country"] = "none"
    """Tax on electricity where a site gives none: none, or the standard rate of excise duty for
    business of its country (docs/economics.md), in Europe only."""
    land_ha_per_mw: float = Field(default=0.4, ge=0, le=100)
    """Land of a campus for each installed MW, which sites with land_usd_per_ha pay for; assumed,
    0.1 (halls of several floors) to 1 (one floor, with reserve). [ha/MW]"""
    hourly_prices: bool = False
    """Whether the grid's price follows the wholesale market of its zone through the year and the
    day, where its hours are known; the annual mean stays. Needs slices within the day, and no
    time_of_use."""
    time_of_use: TimeOfUse | None = None
    """Peak and valley hours of the grid's price, or null for one price all day; needs slices within
    the day. A site's own price by the hour stays as it is."""
    site: SiteCosts = SiteCosts()
    """Opening and holding a site, whatever is built there."""
    designs: dict[DesignName, DesignCosts] = Field(default_factory=dict)
    """Running the halls of single designs, by name, such as subsea_pod: {om_usd_per_kw_yr: 400};
    designs that the study does not offer are not read."""

    scale: Listed[ScaleStep] = ()
    """Steps of a factor on the capital cost of halls, by the power of a design at a site, such as
    [{from_mw: 0, capex_factor: 1.15}, {from_mw: 20, capex_factor: 1}]; the first step starts at
    0 MW. Empty where each hall costs the same."""

    def of_design(self, design: str, name: str) -> float:
        """Figure of a design: the planner's, or its own; zero where it has none."""
        given: float | None = getattr(self.designs.get(design, DesignCosts()), name)
        if given is not None:
            return given
        own = UPKEEP[design].get(name)
        return 0.0 if own is None else own.value


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
