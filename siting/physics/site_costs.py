"""Costs of a site beside its halls and of running halls: figures with range and source.

A study may change every one of them (``economics.site``, ``economics.designs``,
``limits.designs``). All money is in US dollars of about 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from siting.physics.parameters import Parameter, table

__all__ = ["SERVER_YEARS", "SITE_COSTS", "UPKEEP"]

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
