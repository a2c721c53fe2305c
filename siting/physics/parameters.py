"""Physical constants and parameter tables: each number once, with range, unit, label and source.

Published PUE lies above the designs where it is that of a region of many buildings, and about on
them where an operator built a campus for itself. The **practice** is a factor on everything that a
facility takes beyond its IT,

    PUE  =  1 + f · (PUE_design - 1) ,

and with the energy goes the heat, so the water follows by the same balance. The factors are fitted
on ``tests/fixtures/facilities.csv`` alone by ``tools/fit_practice.py``, one figure a place, the
last one measured; ``docs/validation/facilities.md`` shows them on AWS and Google, which they never
saw. They are fitted on full halls, since none says how full it is: a study that fills its halls in
part counts that twice with ``typical`` or ``legacy``.

A study may change every cost (``economics.site``, ``economics.designs``). All money is in US
dollars of about 2024.

Cost, heat rate and size of generators are those of EIA (2026), *Assumptions to the Annual Energy
Outlook 2026: Electricity Market Module*, table 3 (overnight, 2025 USD, technological optimism
included), the ranges those of its regions in table 4; where that has no row, the source stands
beside it. The heat rates of EIA are by the higher heating value and are carried to the lower, by
which gas is priced and its emissions are counted here (0.9: IPCC 2006, volume 2, box 1.1: 10 %
between the two). Life-cycle emissions of what burns nothing, and water, are the medians of IPCC AR5
annex III and of Macknick et al. (2012), as for contracts.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, cast

__all__ = [
    "CP_AIR",
    "CP_ICE",
    "CP_VAPOUR",
    "CP_WATER",
    "FUELS",
    "GAS_CONSTANT_AIR",
    "GENERATORS",
    "GRAVITY",
    "LABELS",
    "LATENT_HEAT",
    "LEI_MASANET",
    "PRACTICES",
    "SECONDS_PER_HOUR",
    "SITE_COSTS",
    "SUBLIMATION_HEAT",
    "TRIPLE_POINT_C",
    "WATER_DENSITY",
    "WATER_TO_AIR",
    "ZERO_C_K",
    "Fuel",
    "Generator",
    "Parameter",
    "Parameters",
    "practice_factor",
    "rated",
    "table",
]


ZERO_C_K = 273.15
TRIPLE_POINT_C = 0.01
WATER_TO_AIR = 0.621945  # molar masses of water and dry air
GAS_CONSTANT_AIR = 287.042  # J/(kg K)
CP_AIR = 1.006  # kJ/(kg K)
CP_VAPOUR = 1.86  # kJ/(kg K)
CP_WATER = 4.186  # kJ/(kg K)
CP_ICE = 2.1  # kJ/(kg K)
LATENT_HEAT = 2501.0  # kJ/kg at 0 °C
SUBLIMATION_HEAT = 2830.0  # kJ/kg at 0 °C
WATER_DENSITY = 998.0  # kg/m³
#: Source of the figures of a part of a plant that designs share.
LEI_MASANET = "middle of the range of Lei & Masanet 2020 Table B.1, hyperscale"
GRAVITY = 9.81  # m/s²
SECONDS_PER_HOUR = 3600.0


LABELS = ("measured", "derived", "modelled", "assumed")
"""How a number is known; ``assumed`` marks what a planner may change."""


@dataclass(frozen=True)
class Parameter:
    """One number of a model, as a planner may question it.

    Parameters
    ----------
    name : str
        Field of the parameter class, with its unit as a suffix where it could be misread.
    value : float
        Value used unless a study says otherwise, in ``unit``.
    low, high : float
        Range found in the source or in practice; the value lies inside, in ``unit``.
    unit : str
        Unit; ``-`` for a ratio.
    source : str
        Publication, or the reason of an assumption.
    label : str
        ``measured``, ``derived``, ``modelled``, or ``assumed`` for what a planner may change.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    label: str = "assumed"

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.name}: {self.value} lies outside {self.low} to {self.high}")
        if self.label not in LABELS:
            raise ValueError(f"{self.name}: label {self.label!r} is none of {LABELS}")


def table(*rows: Parameter) -> MappingProxyType[str, Parameter]:
    """Collect parameters by name; a name given twice raises.

    Parameters
    ----------
    *rows : Parameter
        The rows.

    Returns
    -------
    mapping
        Name to parameter, read only, in the order given.
    """
    by_name = {row.name: row for row in rows}
    if len(by_name) != len(rows):
        raise ValueError("a parameter is listed twice")
    return MappingProxyType(by_name)


def rated(
    value: float, low: float, high: float, unit: str, source: str, label: str = "assumed"
) -> Any:
    """Field of a parameter class, with the value as its default; its name is that of the field.

    Parameters
    ----------
    value, low, high, unit, source, label
        As of :class:`Parameter`.
    """
    row = {"low": low, "high": high, "unit": unit, "source": source, "label": label}
    return field(default=value, metadata=row)


class Parameters:
    """Base of a frozen dataclass of :func:`rated` numbers; its other fields are nested plant."""

    @classmethod
    def table(cls) -> MappingProxyType[str, Parameter]:
        """Its numbers by name, in the order of the fields."""
        own: list[Field[Any]] = [f for f in fields(cast(Any, cls)) if f.metadata]
        return table(*(Parameter(f.name, cast(float, f.default), **f.metadata) for f in own))


_FIT = "tools/fit_practice.py on tests/fixtures/facilities.csv"

PRACTICES = table(
    Parameter(
        "best", 0.96, 0.66, 1.98, "-",
        f"median of 7 campuses that an operator built for itself (0.66 to 1.25); range of all 20 "
        f"places, since a plan may turn out typical; {_FIT}",
        "derived",
    ),
    Parameter(
        "typical", 1.38, 0.66, 1.98, "-",
        f"median of 13 Azure regions (0.88 to 1.98); range as for best; {_FIT}",
        "derived",
    ),
    Parameter(
        "legacy", 1.87, 1.38, 2.56, "-",
        f"tenth of those regions with the most; from their median to the most of any year; {_FIT}",
        "derived",
    ),
)  # fmt: skip
"""Factor on the energy beyond the IT by practice, with the spread of published places."""


def practice_factor(name: str | None) -> float:
    """Factor of a practice on the energy beyond that of the IT. [-].

    Parameters
    ----------
    name : str or None
        One of ``PRACTICES``; None for the plant as designed.
    """
    if name is None:
        return 1.0
    if name not in PRACTICES:
        raise ValueError(f"practice {name!r} is none of {', '.join(PRACTICES)}")
    return PRACTICES[name].value


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


FUELS = table(
    Parameter(
        "diesel", 0.267, 0.267, 0.32, "kgCO2e/kWh",
        "IPCC 2006, 74.1 kg/GJ (lower heating value), burning only; upstream adds about 0.05",
        "measured",
    ),
    Parameter(
        "hvo", 0.043, 0.01, 0.08, "kgCO2e/kWh",
        "directive (EU) 2018/2001, annex V, part D: hydrotreated waste cooking oil, typical 11.9 "
        "and default 16.0 kg/GJ, animal fats up to 21.8; low end assumed (hydrogen of renewable "
        "power); life cycle, its own carbon is biogenic", "modelled",
    ),
    Parameter(
        "gas", 0.202, 0.198, 0.25, "kgCO2e/kWh", "IPCC 2006, 56.1 kg/GJ, burning only", "measured"
    ),
)  # fmt: skip
"""Emissions of the fuel of generators, by heat content."""


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
