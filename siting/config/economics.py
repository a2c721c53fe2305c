"""Section ``economics``: how money over the years becomes an annual cost."""

from __future__ import annotations

from pydantic import Field

from siting.config.base import Section

__all__ = ["Economics"]


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
