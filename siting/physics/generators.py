"""Own generators of a site by technology: size, cost, fuel, water and emissions, with ranges.

Cost, heat rate and size are those of EIA (2026), *Assumptions to the Annual Energy Outlook 2026:
Electricity Market Module*, table 3 (overnight, 2025 USD, technological optimism included), the
ranges those of its regions in table 4; where that has no row, the source stands beside it. The heat
rates of EIA are by the higher heating value and are carried to the lower, by which gas is priced
and its emissions are counted here (0.9: IPCC 2006, volume 2, box 1.1: 10 % between the two).
Life-cycle emissions of what burns nothing, and water, are the medians of IPCC AR5 annex III and of
Macknick et al. (2012), as for contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["GENERATORS", "Fuel", "Generator"]

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
