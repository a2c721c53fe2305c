"""Section ``limits``: what no placement may exceed."""

from __future__ import annotations

from pydantic import Field

from siting.config.base import Names, Section

__all__ = ["Limits"]


#: Smallest budget: a kilogram, a litre, a kilowatt-hour or a mill of a year. A smaller one is a
#: slip of the unit, and lost in the rounding of any solver.
LEAST_BUDGET = 1e-3


def _budget(description: str) -> float | None:
    value: float | None = Field(default=None, ge=LEAST_BUDGET, le=1e15, description=description)
    return value


class Limits(Section):
    """Floors and ceilings; null means no limit."""

    max_share_per_site: float | None = Field(
        default=None, gt=0, le=1, description="Largest share of the IT load at one site. [-]"
    )
    max_mw_per_site: float | None = _budget("Largest IT capacity installed at one site. [MW]")
    min_mw_per_site: float | None = _budget("Smallest IT capacity of a site that is opened. [MW]")
    max_sites: int | None = Field(
        default=None, ge=1, le=10_000, description="Largest number of open sites. [-]"
    )
    min_sites: int | None = Field(
        default=None, ge=1, le=10_000, description="Smallest number of open sites. [-]"
    )
    designs_per_site: int = Field(
        default=1, ge=1, le=12, description="Most cooling designs built side by side at a site. [-]"
    )
    open: Names = Field(default=(), description="Ids of sites that must be opened.")
    closed: Names = Field(default=(), description="Ids of sites that must stay closed.")
    pue_max: float | None = Field(
        default=None,
        ge=1,
        le=3,
        description="Highest annual PUE of any site and design that is built. [-]",
    )
    wue_max_l_per_kwh: float | None = Field(
        default=None,
        ge=0,
        le=20,
        description="Highest annual on-site WUE of any site and design that is built. [L/kWh IT]",
    )
    energy_mwh: float | None = _budget("Budget of electricity of all sites a year. [MWh]")
    carbon_t_co2e: float | None = _budget("Budget of greenhouse gas of all sites a year. [t CO2e]")
    water_m3: float | None = _budget(
        "Budget of water consumed by all sites a year, on-site and in their electricity. [m³]"
    )
    cost_usd: float | None = _budget("Budget of annualized cost of all sites. [USD]")
    site_water_m3: float | None = _budget("Most water that one site may consume a year. [m³]")
    site_withdrawal_m3: float | None = _budget("Most water that one site may withdraw a year. [m³]")
    basin_water_m3: float | None = _budget(
        "Most water that the sites of one AWARE basin may consume together a year, on-site. [m³]"
    )
    basin_withdrawal_m3: float | None = _budget(
        "Most water that the sites of one AWARE basin may withdraw together a year. [m³]"
    )
    shared_lake_heat: bool = Field(
        default=False,
        description="Whether sites on one lake share the heat that it can take; otherwise each may "
        "use all of it.",
    )
