"""The twelve designs: what each costs, contains and needs, beside how it runs.

A study may change every cost (``economics.designs``) and size (``limits.designs``). All money is in
US dollars of about 2024.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.arrays import FloatArray
from siting.physics import towers
from siting.physics.cooling import (
    Conditions,
    Streams,
    facility_water,
    once_through,
    outside_air,
)
from siting.physics.parameters import Parameter, table

__all__ = [
    "DESIGNS",
    "REFRIGERANT_GWP",
    "REFRIGERANT_LEAK_PER_YEAR",
    "SERVER_YEARS",
    "UPKEEP",
    "Design",
    "permitted",
]

REFRIGERANT_LEAK_PER_YEAR = Parameter(
    "refrigerant_leak", 0.02, 0.005, 0.15, "1/yr",
    "IPCC 2006 Guidelines, vol. 3, Table 7.9: chillers in operation 2-15 %; sealed units less, "
    "assumed",
)  # fmt: skip
"""Share of the refrigerant charge lost a year."""

REFRIGERANT_GWP = Parameter(
    "refrigerant_gwp", 1430.0, 7.0, 2088.0, "kgCO2e/kg", "R-134a, IPCC AR4 (AR6 1530)", "measured"
)
"""Global warming potential of the refrigerant over 100 years."""

_COST = (
    "assumed: 8.4 to 11.5 USD/W beside 9.3 to 15.0 in 19 markets of the United States (Cushman & "
    "Wakefield, Data Center Development Cost Guide 2025); differences between designs are "
    "engineering estimates"
)
_EMBODIED = (
    "assumed: shell and plant 1,000-3,000 kgCO2e/kW of IT over the lifetime; pods: steel 1,400 "
    "kg/kW at 1.9 kgCO2e/kg"
)


@dataclass(frozen=True)
class Design:
    """One way to cool, ready to run.

    Parameters
    ----------
    name : str
        Name in a study.
    title : str
        Name in a report.
    run : callable
        Parameters and conditions to streams.
    parameters : object
        Frozen parameter class of the family; ``dataclasses.replace`` makes a variant.
    tables : tuple of mapping
        Tables of those parameters, with range and source.
    needs : frozenset of str
        Water bodies without which it cannot be built: ``lake``, ``sea``.
    block_mw : float
        IT power of one hall, or of one string of pods. [MW]
    capex_usd_per_kw : float
        Building, power and cooling, without IT. [USD/kW of IT]
    lifetime_years : float
        Of building and plant. [yr]
    embodied_kg_per_kw_yr : float
        Building, plant and pod, spread over the lifetime. [kgCO2e/kW/yr]
    it_spare_share : float
        Servers installed beyond those that work, because nobody repairs them. [-]
    refrigerant_kg_per_kw : float
        Refrigerant charge. [kg/kW of IT]
    water_cooled_it : bool
        Whether cold plates cool the servers.
    idle : callable, optional
        The same while the engine of the plant stands still; None where there is no engine.
    label : str
        ``assumed``: what cost and carbon are until a planner knows better.
    source : str
        Where those come from.
    """

    name: str
    title: str
    run: Callable[[Any, Conditions], Streams]
    parameters: Any
    tables: tuple[Mapping[str, Parameter], ...]
    needs: frozenset[str] = frozenset()
    block_mw: float = 10.0
    capex_usd_per_kw: float = 9000.0
    lifetime_years: float = 20.0
    embodied_kg_per_kw_yr: float = 100.0
    it_spare_share: float = 0.0
    refrigerant_kg_per_kw: float = 0.0
    water_cooled_it: bool = False
    idle: Callable[[Any, Conditions], Streams] | None = None
    label: str = "assumed"
    source: str = f"{_COST}; {_EMBODIED}"

    def keeps_discharge(self, temp_water_c: FloatArray) -> NDArray[np.bool_]:
        """Return whether warm water can go back within the limit; true without an intake on shore.

        Parameters
        ----------
        temp_water_c : numpy.ndarray
            Water at the intake. [°C]
        """
        if not isinstance(self.parameters, once_through.IntakeParameters):
            return np.ones(np.shape(temp_water_c), dtype=bool)
        return once_through.discharge_kept(temp_water_c, self.parameters)

    def standing_still(self) -> Design | None:
        """The design while its engine stands still, None where it has none."""
        return None if self.idle is None else replace(self, run=self.idle, idle=None)

    @property
    def refrigerant_t_per_mw_yr(self) -> float:
        """Emissions of leaking refrigerant. [tCO2e/MW/yr], which is kg/kW/yr."""
        charge = self.refrigerant_kg_per_kw
        return charge * REFRIGERANT_LEAK_PER_YEAR.value * REFRIGERANT_GWP.value


def permitted(design: Design, discharge_limit_c: float) -> Design:
    """Design under the discharge limit of a permit.

    Parameters
    ----------
    design : Design
        Any design; those without an intake on shore stay as they are.
    discharge_limit_c : float
        Warmest water that may go back. [°C]
    """
    if not isinstance(design.parameters, once_through.IntakeParameters):
        return design
    limited = replace(design.parameters, discharge_limit_c=discharge_limit_c)
    return replace(design, parameters=limited)


_DIRECT = outside_air.DirectParameters()
_PLANT = facility_water.ChilledWaterParameters()
_LIQUID = facility_water.LiquidParameters()
_DIRECT_TABLES = (outside_air.DirectParameters.table(),)
_PLANT_TABLES = (facility_water.ChilledWaterParameters.table(), towers.TowerParameters.table())
_LIQUID_TABLES = (facility_water.LiquidParameters.table(), *_PLANT_TABLES)

_ALL = (
    Design("air_economizer", "Outside air with mechanical trim", outside_air.air_economizer,
           _DIRECT, _DIRECT_TABLES, capex_usd_per_kw=8600.0, embodied_kg_per_kw_yr=90.0,
           refrigerant_kg_per_kw=0.25),
    Design("air_evaporative", "Outside air with direct evaporative cooling",
           outside_air.air_evaporative, _DIRECT, _DIRECT_TABLES, capex_usd_per_kw=8400.0,
           embodied_kg_per_kw_yr=85.0, refrigerant_kg_per_kw=0.12),
    Design("indirect_evaporative", "Indirect evaporative units", outside_air.indirect_evaporative,
           outside_air.IndirectParameters(), (outside_air.IndirectParameters.table(),),
           capex_usd_per_kw=9000.0, embodied_kg_per_kw_yr=100.0, refrigerant_kg_per_kw=0.12),
    Design("water_economizer", "Cooling towers with water-side economizer",
           facility_water.water_economizer, _PLANT, _PLANT_TABLES, capex_usd_per_kw=9600.0,
           embodied_kg_per_kw_yr=110.0, refrigerant_kg_per_kw=0.25),
    Design("air_chiller", "Air-cooled chillers", facility_water.air_chiller, _PLANT,
           (facility_water.ChilledWaterParameters.table(),), capex_usd_per_kw=9200.0,
           embodied_kg_per_kw_yr=110.0, refrigerant_kg_per_kw=0.27),
    Design("dry_cooler_liquid", "Liquid cooling on dry coolers", facility_water.dry_cooler_liquid,
           _LIQUID, _LIQUID_TABLES, capex_usd_per_kw=10200.0, embodied_kg_per_kw_yr=105.0,
           refrigerant_kg_per_kw=0.10, water_cooled_it=True),
    Design("adiabatic_liquid", "Liquid cooling on adiabatic coolers",
           facility_water.adiabatic_liquid, _LIQUID, _LIQUID_TABLES, capex_usd_per_kw=10300.0,
           embodied_kg_per_kw_yr=105.0, refrigerant_kg_per_kw=0.08, water_cooled_it=True),
    Design("tower_liquid", "Liquid cooling on cooling towers", facility_water.tower_liquid, _LIQUID,
           _LIQUID_TABLES, capex_usd_per_kw=10400.0, embodied_kg_per_kw_yr=110.0,
           refrigerant_kg_per_kw=0.08, water_cooled_it=True),
    Design("lake_water", "Deep lake water", once_through.once_through,
           once_through.IntakeParameters(),
           (once_through.IntakeParameters.table(), facility_water.ChilledWaterParameters.table()),
           needs=frozenset({"lake"}), capex_usd_per_kw=9900.0, embodied_kg_per_kw_yr=110.0,
           refrigerant_kg_per_kw=0.12),
    Design("sea_water", "Sea water on shore", once_through.once_through,
           once_through.SeaParameters(),
           (once_through.SeaParameters.table(), facility_water.ChilledWaterParameters.table()),
           needs=frozenset({"sea"}), capex_usd_per_kw=10200.0, embodied_kg_per_kw_yr=115.0,
           refrigerant_kg_per_kw=0.12),
    Design("subsea_pod", "Sealed pods on the sea floor", once_through.subsea_pod,
           once_through.PodParameters(), (once_through.PodParameters.table(),),
           needs=frozenset({"sea"}), block_mw=5.0, capex_usd_per_kw=11500.0,
           embodied_kg_per_kw_yr=180.0, it_spare_share=0.025),
    Design("absorption_trigen", "Absorption cooling on gas generation",
           facility_water.absorption_trigen, facility_water.TrigenerationParameters(),
           (facility_water.TrigenerationParameters.table(), *_PLANT_TABLES),
           capex_usd_per_kw=11200.0, embodied_kg_per_kw_yr=130.0, refrigerant_kg_per_kw=0.06,
           idle=facility_water.idle_trigen),
)  # fmt: skip

DESIGNS: Mapping[str, Design] = MappingProxyType({design.name: design for design in _ALL})
"""Designs by name."""

SERVER_YEARS = Parameter(
    "server_years", 4.0, 3.0, 6.0, "yr", "years over which embodied carbon of servers is spread"
)
"""Life of servers, the same in every design that can be opened to change them."""


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
