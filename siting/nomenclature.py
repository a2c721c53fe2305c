"""Every quantity once: name, unit, meaning and valid range.

The name is the same in a study, in an argument, in a field and in a column. Ranges are wide
enough for any place on Earth and any plant that was built: a value outside them is a slip of
unit or sign, not a rare site.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "HEADLINES",
    "LIMITED",
    "LINE_WIDTH",
    "METRICS",
    "MUCH",
    "QUANTITIES",
    "SCOPES",
    "YEAR_H",
    "Quantity",
    "markdown_table",
    "number",
    "quantity",
    "signed",
]

#: Hours of a year. [h]
YEAR_H = 8760.0
#: Metrics that are shown first.
HEADLINES = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")
#: Characters of a line in a terminal.
LINE_WIDTH = 80


def number(value: object, digits: int = 3) -> str:
    """A number with thousands separators and about ``digits`` figures; missing is a dash.

    Below zero it begins with a minus, as all that is shown does; files of data keep the hyphen.
    """
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(decimals, 12)}f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float, how: str) -> str:
    """A change with its sign, in a format such as ``.1f``; what rounds to zero is no loss."""
    return format(value, f"+z{how}").replace("-", "−", 1)


@dataclass(frozen=True)
class Quantity:
    """One quantity of the model.

    Parameters
    ----------
    name : str
        The only spelling.
    unit : str
        Unit; ``-`` for a ratio.
    meaning : str
        What it is, in one sentence.
    low, high : float
        Valid range, both ends included.
    title : str
        Name in a heading; of the metrics of a placement.
    words : str
        Name within a sentence.
    steps : tuple of (float, str)
        Factor and name of each larger unit that it is shown in, ascending.
    """

    name: str
    unit: str
    meaning: str
    low: float
    high: float
    title: str = ""
    words: str = ""
    steps: tuple[tuple[float, str], ...] = ()

    @property
    def unit_shown(self) -> str:
        """Unit as it is printed on maps and pages."""
        return self.unit.replace("CO2", "CO₂").replace("m3", "m³")

    def amount(self, value: float) -> str:
        """A value with three figures, in its `unit_of`."""
        factor, unit = self.unit_of(value)
        return f"{number(value / factor)} {unit}"

    def unit_of(self, value: float) -> tuple[float, str]:
        """Factor and name of the largest unit that leaves a number of at least one."""
        factor, unit = 1.0, self.unit_shown
        for step, name in self.steps:
            if abs(value) >= step:
                factor, unit = step, name
        return factor, unit

    def holds(self, value: float) -> bool:
        """Return whether a finite value lies in the valid range."""
        return math.isfinite(value) and self.low <= value <= self.high


#: Beyond any total of a study.
MUCH = 1e15
_VOLUME = ((1e3, "thousand m³"), (1e6, "million m³"), (1e9, "km³"))

_ROWS = (
    # Weather and water bodies
    Quantity("temp_dry_bulb_c", "°C", "Temperature of the outside air", -90.0, 60.0),
    Quantity("temp_dew_point_c", "°C", "Dew point, frost point below 0.01 °C", -110.0, 40.0),
    Quantity("temp_wet_bulb_c", "°C", "Thermodynamic wet bulb", -90.0, 40.0),
    Quantity("pressure_pa", "Pa", "Air pressure at the site, not at sea level", 5e4, 1.1e5),
    Quantity("humidity_ratio", "kg/kg", "Water vapour to one kilogram of dry air", 0.0, 0.2),
    Quantity("temp_water_c", "°C", "Lake or sea at the depth of the intake", -2.5, 40.0),
    Quantity("hours", "h", "Hours of a year that a step or slice stands for", 0.0, 8784.0),
    Quantity("warming_k", "K", "Added to the dry bulb, relative humidity kept", -10.0, 10.0),
    # Facility
    Quantity("load", "-", "IT power over its rating", 0.0, 1.0),
    Quantity("pue", "-", "Energy of the facility over energy of the IT", 1.0, 5.0),
    Quantity("pue_peak", "-", "PUE of the worst step, design steps included", 1.0, 5.0),
    Quantity(
        "wue_l_per_kwh",
        "L/kWh",
        "Fresh water used and not given back, to one kWh of IT; blow-down counts as used",
        0.0,
        20.0,
    ),
    Quantity("withdrawal_l_per_kwh", "L/kWh",
             "Water drawn to one kWh of IT, whether or not it is given back", 0.0, 2000.0),
    Quantity("mechanical_share", "-", "Heat that a chiller lifts over all heat", 0.0, 1.0),
    Quantity("free_cooling_hours", "h", "Hours of a year in which no chiller runs", 0.0, 8784.0),
    Quantity("heat_rejected_to_water", "kWh/kWh", "Heat given to a lake or sea, to IT energy",
             0.0, 5.0),
    Quantity("fuel_kwh_per_kwh", "kWh/kWh", "Gas burnt on site, lower heating value, to IT energy",
             0.0, 20.0),
    Quantity("generated_kwh_per_kwh", "kWh/kWh", "Electricity made from that gas, to IT energy",
             0.0, 10.0),
    # Capacity
    Quantity("it_mw", "MW", "IT power that is served", 0.0, 1e6),
    Quantity("installed_mw", "MW", "IT power that is built: modules times block size", 0.0, 1e6),
    Quantity("block_mw", "MW", "IT power of one hall, or of one string of pods", 0.1, 200.0),
    Quantity("capex_usd_per_kw", "USD/kW", "Building, power and cooling, without IT", 0.0, 1e5),
    Quantity("embodied_kg_per_kw_yr", "kgCO2e/kW/yr",
             "Building, plant and pod, over their lifetime", 0.0, 5000.0),
    Quantity("it_embodied_kg_per_kw_yr", "kgCO2e/kW/yr", "IT equipment, over its lifetime",
             0.0, 1e4),
    # Supply
    Quantity("capacity_factor", "-", "Output of a source over its rated output", 0.0, 1.0),
    Quantity("carbon_g_per_kwh", "g/kWh", "Life-cycle CO2e of electricity", 0.0, 2000.0),
    Quantity("water_l_per_kwh", "L/kWh", "Water consumed for electricity", 0.0, 500.0),
    Quantity("price_usd_per_mwh", "USD/MWh", "Price of electricity", -500.0, 5000.0),
    Quantity("scarcity_factor", "m3 world-eq/m3", "AWARE characterisation of consumed water",
             0.0, 100.0),
    # Network
    Quantity("distance_km", "km", "Great-circle distance", 0.0, 20038.0),
    Quantity("rtt_ms", "ms", "Median round trip of the network", 0.0, 1000.0),
    Quantity("max_rtt_ms", "ms", "Maximum round-trip time (RTT) of a workload", 0.0, 1e4),
    Quantity("lat", "°", "Latitude, WGS 84", -90.0, 90.0),
    Quantity("lon", "°", "Longitude, WGS 84", -180.0, 180.0),
    Quantity("elevation_m", "m", "Height above the sea", -500.0, 6000.0),
)  # fmt: skip

_METRIC_ROWS = (
    Quantity(
        "energy_mwh", "MWh", "Electricity of all sites", 0.0, MUCH,
        "Energy", "energy", ((1e3, "GWh"), (1e6, "TWh")),
    ),
    Quantity(
        "carbon_t_co2e", "t CO2e", "Electricity, fuel, refrigerant and embodied carbon",
        -MUCH, MUCH, "Carbon", "carbon", ((1e3, "kt CO₂e"), (1e6, "Mt CO₂e")),
    ),
    Quantity(
        "water_m3", "m3", "Water consumed on site and for electricity", 0.0, MUCH,
        "Water consumed", "water consumed", _VOLUME,
    ),
    Quantity(
        "water_withdrawal_m3", "m3", "Water drawn on site and for electricity", 0.0, MUCH,
        "Water withdrawn", "water withdrawn", _VOLUME,
    ),
    Quantity(
        "water_scarcity_m3", "m3 world-eq", "Water consumed, weighted by scarcity", 0.0, MUCH,
        "Water, weighted by scarcity (AWARE)", "water by scarcity",
        tuple((factor, f"{unit} world-eq") for factor, unit in _VOLUME),
    ),
    Quantity(
        "cost_usd", "USD", "Annualized cost", -MUCH, MUCH,
        "Cost", "cost", ((1e6, "million USD"), (1e9, "billion USD")),
    ),
)  # fmt: skip

_SCOPE_ROWS = (
    Quantity(
        "carbon_operational_t_co2e", "t CO2e", "Carbon of electricity and fuel alone",
        -MUCH, MUCH, "Carbon of electricity and fuel", "carbon of electricity and fuel",
        ((1e3, "kt CO₂e"), (1e6, "Mt CO₂e")),
    ),
    Quantity(
        "carbon_embodied_t_co2e", "t CO2e",
        "Carbon of building, plant with its refrigerant, servers and storage", 0.0, MUCH,
        "Embodied carbon", "embodied carbon", ((1e3, "kt CO₂e"), (1e6, "Mt CO₂e")),
    ),
)  # fmt: skip

#: Metrics of a placement, totals of a year, in the order of reporting.
METRICS: Mapping[str, Quantity] = MappingProxyType({row.name: row for row in _METRIC_ROWS})
#: The two parts of the carbon, which add up to it; limits and objectives may name either.
SCOPES: Mapping[str, Quantity] = MappingProxyType({row.name: row for row in _SCOPE_ROWS})
#: What budgets and caps may limit.
LIMITED: Mapping[str, Quantity] = MappingProxyType({**METRICS, **SCOPES})
QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {row.name: row for row in (*_ROWS, *LIMITED.values())}
)
"""Quantities by name."""


def quantity(name: str) -> Quantity:
    """Unit, meaning and range of a quantity."""
    if name not in QUANTITIES:
        raise KeyError(f"{name!r} is no quantity of the nomenclature")
    return QUANTITIES[name]


#: Units that the end of a name says.
_ENDS = {"_t_co2e": "t CO2e", "_l_per_kwh": "L/kWh", "_g_per_kwh": "g/kWh", "_usd": "USD",
         "_m3": "m3", "_mwh": "MWh", "_mw": "MW", "_ms": "ms", "_km": "km", "_hours": "h",
         "_c": "°C"}  # fmt: skip
#: Columns of results whose names say no unit.
_PLAIN = {"modules": "-", "scarcity_low": "m3 world-eq/m3", "scarcity_high": "m3 world-eq/m3",
          "gap": "-"}  # fmt: skip


def unit_of(column: str) -> str | None:
    """Unit of a column of a result; None where it has none, as a name or a reason.

    It is a quantity, a quantity with a convention behind it, or a name that ends in its unit.
    """
    if column in QUANTITIES or column in _PLAIN:
        return _PLAIN.get(column) or QUANTITIES[column].unit
    metric = max((m for m in METRICS if column.startswith(f"{m}_")), key=len, default=None)
    if metric is not None:
        return METRICS[metric].unit
    return next((unit for end, unit in _ENDS.items() if column.endswith(end)), None)


def markdown_table() -> str:
    """Return the nomenclature as a Markdown table, one row a quantity."""
    lines = ["| name | unit | meaning | valid range |", "|---|---|---|---|"]
    for q in QUANTITIES.values():
        valid = "any" if q.high >= MUCH and q.low < 0.0 else f"{q.low:g} to {q.high:g}"
        if q.high >= MUCH and q.low == 0.0:
            valid = "0 and more"
        lines.append(f"| `{q.name}` | {q.unit} | {q.meaning} | {valid} |")
    return "\n".join(lines) + "\n"
