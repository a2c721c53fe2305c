"""Costs of a site beside its halls, and its own generators: figures with range and source.

A study may change every one of them (``economics.site``, ``economics.designs``,
``limits.designs``). All money is in US dollars of about 2024.

Cost, heat rate and size of generators are those of EIA (2026), *Assumptions to the Annual Energy
Outlook 2026: Electricity Market Module*, table 3 (overnight, 2025 USD, technological optimism
included), the ranges those of its regions in table 4; where that has no row, the source stands
beside it. The heat rates of EIA are by the higher heating value and are carried to the lower, by
which gas is priced and its emissions are counted here (0.9: IPCC 2006, volume 2, box 1.1: 10 %
between the two). Life-cycle emissions of what burns nothing, and water, are the medians of IPCC AR5
annex III and of Macknick et al. (2012), as for contracts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from siting.physics.parameters import Parameter, table

__all__ = ["GENERATORS", "SERVER_YEARS", "SITE_COSTS", "UPKEEP", "Fuel", "Generator"]


_LAND = "land 244,000 USD/acre (Cushman & Wakefield, Data Center Development Cost Guide 2025)"
_SUBSTATION = (
    "ring bus of 230 kV 8.8 million USD, transformer of 100 MVA 2.8 million (Valley Electric "
    "Association, Interconnection Unit Cost Guide 2017); 110 million for 280 MW with 2.8 km of "
    "345 kV at Harwood (North Dakota Public Service Commission, April 2026)"
)
_FIBRE = "median 16.25 USD/ft, mostly 11 to 24 (Fiber Broadband Association and Cartesian 2023)"
_STAFF = (
    "at least two people a shift (Facilities Net, Operations Objectives Should Drive Data Center "
    "Staffing Decisions); guards 35,830 USD/yr (BLS May 2021), benefits 30 % of pay (BLS 2019)"
)
_EMBODIED = "220 kV line 8,170 t and substation 4,483 t (Energies 2025, 18(4), 912)"
_OPERATING = (
    "about half of 0.04 USD/W a month, the running of a data center without electricity (Magaki et "
    "al. 2016, ASIC Clouds, ISCA), whose other half is staff and security of the site; "
    "differences between designs are engineering estimates"
)
_TOWERS = "towers cleaned twice a year at 5,000 to 15,000 USD each (ClearAir 2024), water treated"
_INTAKE = "divers at the intake, as at Cornell after 15 years (Cornell Sun, 6 October 2015)"
_ENGINES = "gas engines at 17.7 USD/MWh (US EPA, Catalog of CHP Technologies) for half the power"
_NATICK = "pods are retrieved after at most five years (SWZ Maritime, 16 February 2016, on Natick)"
_VESSELS = (
    "four vessel days a module of 2.3 MW at 150,000 USD: jack-ups cost 70,000 to 300,000 EUR a day "
    "(Windpower Monthly 2013)"
)
_LARGEST = (
    "24 MW planned and one module of 2.3 MW built at Lingang (City News Service Shanghai 2026), "
    "0.24 MW at Orkney (Natick, 2018); agreed as a programme of 500 MW"
)
_FUEL = "four vessel days at 30 t of marine gas oil of 3.206 t CO2/t (IMO, MEPC.364(79))"

SERVER_YEARS = Parameter(
    "server_years", 4.0, 3.0, 6.0, "yr", "years over which embodied carbon of servers is spread"
)
"""Life of servers, the same in every design that can be opened to change them."""

SITE_COSTS: Mapping[str, Parameter] = table(
    Parameter("works_usd", 15e6, 5e6, 40e6, "USD",
              f"40 acres of common ground with roads, fence, mains and permits; {_LAND}"),
    Parameter("substation_usd", 30e6, 10e6, 110e6, "USD",
              f"the part that does not grow with the campus; {_SUBSTATION}"),
    Parameter("fibre_usd", 3e6, 0.7e6, 8e6, "USD", f"two routes of 25 km; {_FIBRE}"),
    Parameter("staff_usd_per_yr", 3e6, 1.5e6, 6e6, "USD/yr",
              "two technicians and four guards around the clock, 4.2 people a post, and ten by "
              f"day; {_STAFF}"),
    Parameter("embodied_t_co2e", 15_000.0, 5_000.0, 50_000.0, "tCO2e",
              f"with ground works, spread over economics.lifetime_years; {_EMBODIED}"),
)  # fmt: skip
"""Opening and holding a site, whatever its size; keys of ``economics.site``."""


def _om(value: float, why: str) -> Parameter:
    source = f"{why}; {_OPERATING}"
    return Parameter("om_usd_per_kw_yr", value, 0.5 * value, 2.0 * value, "USD/kW/yr", source)


UPKEEP: Mapping[str, Mapping[str, Parameter]] = MappingProxyType({
    "air_economizer": table(_om(200.0, "filters and fans")),
    "air_evaporative": table(_om(215.0, "filters, fans and wet media")),
    "indirect_evaporative": table(_om(220.0, "units on the roof, sprays")),
    "water_economizer": table(_om(240.0, f"chillers; {_TOWERS}")),
    "air_chiller": table(_om(220.0, "chillers")),
    "dry_cooler_liquid": table(_om(225.0, "distribution units and coolant, dry coolers")),
    "adiabatic_liquid": table(_om(235.0, "distribution units and coolant, sprays")),
    "tower_liquid": table(_om(245.0, f"distribution units and coolant; {_TOWERS}")),
    "lake_water": table(_om(230.0, f"heat exchangers; {_INTAKE}")),
    "sea_water": table(_om(255.0, f"titanium, fouling and corrosion; {_INTAKE}")),
    "absorption_trigen": table(_om(320.0, f"absorption; {_TOWERS}; {_ENGINES}")),
    "subsea_pod": table(
        _om(190.0, "shore station and cables; nobody works inside, divers inspect outside"),
        Parameter("refresh_years", 5.0, 3.0, 8.0, "yr", f"to change the IT; {_NATICK}"),
        Parameter("refresh_usd_per_kw", 760.0, 150.0, 3000.0, "USD/kW",
                  f"with 500 USD/kW to open, overhaul, seal and test; {_VESSELS}"),
        Parameter("refresh_kg_co2e_per_kw", 170.0, 20.0, 1000.0, "kgCO2e/kW", _FUEL),
        Parameter("max_mw_per_site", 24.0, 0.24, 500.0, "MW", _LARGEST),
    ),
})  # fmt: skip
"""Running the halls of each design, and how large it is built at one site, by design; keys of
``economics.designs`` and ``limits.designs``."""


Fuel = Literal["gas", "uranium", "none"]
_EIA = "EIA (2026), Assumptions to the Annual Energy Outlook 2026, Electricity Market Module"
#: Heat content of a kWh. [Btu/kWh]
_BTU = 3412.14
#: Lower over higher heating value of natural gas. [-]
_LHV = 0.9


@dataclass(frozen=True)
class Generator:
    """Figures of one technology; a study may give others.

    Parameters
    ----------
    unit_mw : float
        Power of one unit. [MW]
    capex_usd_per_kw, low_usd_per_kw, high_usd_per_kw : float
        Overnight cost, and its range. [USD/kW]
    fixed_om_usd_per_kw_yr, variable_om_usd_per_mwh : float
        Operation and maintenance. [USD/kW/yr], [USD/MWh]
    fuel : {"gas", "uranium", "none"}
        Fuel; emissions of gas are those of burning it.
    efficiency : float
        Electricity over fuel, lower heating value; 1 without fuel. [-]
    fuel_price_usd_per_mwh : float
        Price of fuel that is not gas, by its heat. [USD/MWh]
    min_load : float
        Part of the power that cannot be turned off. [-]
    availability : float
        Mean of the year, outages and maintenance left out. [-]
    firm_share : float
        Part of a unit that counts at the peak of the halls. [-]
    lifetime_years : float
        Years over which it is written off. [a]
    carbon_kg_per_kwh : float
        Life-cycle emissions of generated energy besides burnt fuel. [kg CO2e/kWh]
    embodied_kg_per_kw : float
        Embodied carbon of a unit whose emissions are not life-cycle. [kg CO2e/kW]
    water_l_per_kwh, withdrawal_l_per_kwh : float
        Water of generated energy. [L/kWh]
    clean : bool
        Whether rules on clean supply count it.
    first_year : int
        First year in which a unit may run; 0 for now.
    source, note : str
        Where the figures are from; label and what else a planner should know.
    """

    unit_mw: float
    capex_usd_per_kw: float
    low_usd_per_kw: float
    high_usd_per_kw: float
    fixed_om_usd_per_kw_yr: float
    variable_om_usd_per_mwh: float
    fuel: Fuel
    efficiency: float
    availability: float
    lifetime_years: float
    fuel_price_usd_per_mwh: float = 0.0
    min_load: float = 0.0
    firm_share: float = 1.0
    carbon_kg_per_kwh: float = 0.0
    embodied_kg_per_kw: float = 0.0
    water_l_per_kwh: float = 0.0
    withdrawal_l_per_kwh: float = 0.0
    clean: bool = False
    first_year: int = 0
    source: str = f"{_EIA}, tables 3 and 4"
    note: str = ""


def _gas(btu_per_kwh: float) -> float:
    """Efficiency by the lower heating value of a heat rate by the higher."""
    return _BTU / (btu_per_kwh * _LHV)


#: Embodied carbon of engines, turbines and fuel cells; assumed, 50 to 400: steel and concrete at
#: some 2 kg/kg, 50 to 200 kg of them a kW. It is less than 1 % of what a year of burning emits.
_PLANT_KG_PER_KW = 150.0

GENERATORS: MappingProxyType[str, Generator] = MappingProxyType(
    {
        "gas_turbine": Generator(
            53.0, 2275.0, 1864.0, 2946.0, 9.99, 5.97, "gas", _gas(9447.0), 0.95, 25.0,
            embodied_kg_per_kw=_PLANT_KG_PER_KW,
            note="aeroderivative, four units in the 211 MW of EIA; availability and lifetime "
            "assumed (0.90 to 0.98, 20 to 30 years). NOx needs water or SCR under most permits",
        ),
        "gas_turbine_frame": Generator(
            210.0, 1158.0, 946.0, 1585.0, 7.18, 4.17, "gas", _gas(9142.0), 0.95, 25.0,
            embodied_kg_per_kw=_PLANT_KG_PER_KW,
            note="industrial frame, two units in the 419 MW of EIA; availability and lifetime "
            "assumed. NOx needs SCR under most permits",
        ),
        "gas_engine": Generator(
            18.0, 1600.0, 1000.0, 2800.0, 15.0, 6.0, "gas", 0.42, 0.95, 20.0,
            embodied_kg_per_kw=_PLANT_KG_PER_KW,
            source="assumed: Fairbanks Morse (2017), Optimizing power plant size with "
            "reciprocating internal combustion engines, 1,000 to 1,600 (medium speed) and to "
            "2,800 USD/kW; "
            "efficiency that of the engine of trigeneration",
            note="assumed, no row in EIA (2026). NOx needs SCR under most permits",
        ),
        "combined_cycle": Generator(
            627.0, 1086.0, 875.0, 1513.0, 16.23, 3.49, "gas", _gas(6226.0), 0.90, 30.0,
            min_load=0.0, embodied_kg_per_kw=_PLANT_KG_PER_KW, water_l_per_kwh=0.776,
            withdrawal_l_per_kwh=0.958,
            note="single shaft with a wet tower; availability and lifetime assumed",
        ),
        "fuel_cell": Generator(
            10.0, 8287.0, 7953.0, 10555.0, 37.77, 0.72, "gas", _gas(6469.0), 0.95, 20.0,
            min_load=0.3, embodied_kg_per_kw=_PLANT_KG_PER_KW, first_year=2026,
            note="solid oxide on gas, almost no NOx; least load, availability and lifetime assumed",
        ),
        "small_reactor": Generator(
            80.0, 9831.0, 9366.0, 11568.0, 127.62, 3.32, "uranium", _BTU / 10445.0, 0.92, 40.0,
            fuel_price_usd_per_mwh=2.5, min_load=0.5, carbon_kg_per_kwh=0.012,
            water_l_per_kwh=2.544, withdrawal_l_per_kwh=4.168, clean=True, first_year=2031,
            note="six units in the 480 MW of EIA; fuel, least load, availability and lifetime "
            "assumed (fuel 2 to 3.5 USD/MWh of heat)",
        ),
        "geothermal": Generator(
            25.0, 3282.0, 2685.0, 8000.0, 167.86, 0.0, "none", 1.0, 0.90, 30.0,
            min_load=0.5, carbon_kg_per_kwh=0.038, water_l_per_kwh=0.0568,
            withdrawal_l_per_kwh=0.0568, clean=True, first_year=2029,
            note="cost of the best sites; enhanced systems are assumed at the high end. Only where "
            "the study says that there is heat; availability and least load assumed",
        ),
        "hydro": Generator(
            20.0, 3280.0, 1546.0, 5847.0, 51.30, 1.71, "none", 1.0, 0.50, 50.0,
            firm_share=0.3, carbon_kg_per_kwh=0.024, clean=True, first_year=2029,
            note="only where the study says that there is a river; availability is the capacity "
            "factor and assumed, as are the firm share and the lifetime",
        ),
        "solar": Generator(
            10.0, 1484.0, 1342.0, 1949.0, 23.60, 0.0, "none", 1.0, 1.0, 30.0,
            firm_share=0.0, carbon_kg_per_kwh=0.048, water_l_per_kwh=0.0038,
            withdrawal_l_per_kwh=0.0984, clean=True,
            note="output by the solar profile of the zone; lifetime assumed",
        ),
        "wind": Generator(
            5.0, 1712.0, 1478.0, 4335.0, 34.57, 0.0, "none", 1.0, 1.0, 30.0,
            firm_share=0.0, carbon_kg_per_kwh=0.011, clean=True,
            note="output by the wind profile of the zone; lifetime assumed",
        ),
    }
)  # fmt: skip
"""Technologies by the name that a study gives."""
