"""Entries of ``caps``: the most of a metric, for some of the sites or for all."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from siting.config.base import Names, Section, one_or_many, unique
from siting.config.candidates import Kind

__all__ = ["SELECTORS", "Cap", "CapMetric"]

CapMetric = Literal[
    "energy_mwh",
    "carbon_t_co2e",
    "water_m3",
    "water_withdrawal_m3",
    "water_scarcity_m3",
    "cost_usd",
]

#: Keys of a cap that say which sites it is about.
SELECTORS = ("country", "group", "grid_zone", "kind", "sites")


#: Smallest ceiling above none at all; a smaller one is lost in the rounding of any solver.
LEAST_CEILING = 1e-6


def _not_tiny(ceiling: float) -> float:
    if 0 < ceiling < LEAST_CEILING:
        remedy = f"Give 0 for none, or {LEAST_CEILING:g} or more."
        raise PydanticCustomError("tiny", "is smaller than any solver sees", {"remedy": remedy})
    return ceiling


class Cap(Section):
    """A yearly ceiling on a metric of the sites that match every selector given.

    Without a selector it is about all sites.
    """

    metric: CapMetric = Field(description="Metric that is capped, in its own unit.")
    at_most: Annotated[float, AfterValidator(_not_tiny)] = Field(
        ge=0,
        le=1e15,
        description="Most of it in a year, or for each MWh of IT energy. [unit of the metric]",
    )
    per_it_mwh: bool = Field(
        default=False,
        description="Whether at_most is for each MWh of IT energy of these sites: carbon in t/MWh, "
        "water in m³/MWh, energy as the mean PUE.",
    )
    country: Names = Field(default=(), description="ISO codes of countries, such as CHN.")
    group: Names = Field(
        default=(), description="Groups of countries of geodata/country_groups.csv, such as eu."
    )
    grid_zone: Names = Field(default=(), description="Grid zones, such as SE1 or CN-GZ.")
    kind: Annotated[
        tuple[Kind, ...],
        BeforeValidator(one_or_many, json_schema_input_type=Kind | list[Kind]),
        AfterValidator(unique),
    ] = Field(default=(), description="Families of candidate sites, such as edwc.")
    sites: Names = Field(default=(), description="Ids of sites.")
