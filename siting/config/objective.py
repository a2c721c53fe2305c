"""Sections ``objective`` and ``solver``: the minimized metrics and the effort of the solve."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from siting.config.base import Metric, Section, one_or_many, unique

__all__ = [
    "Objective",
    "Solver",
    "Weights",
]


class Weights(Section):
    """Relative weight of each metric, after each is scaled between its best and worst value."""

    energy: float = Field(default=0.0, ge=0, le=1e6, description="Weight of energy_mwh. [-]")
    carbon: float = Field(default=0.0, ge=0, le=1e6, description="Weight of carbon_t_co2e. [-]")
    water: float = Field(default=0.0, ge=0, le=1e6, description="Weight of water_m3. [-]")
    cost: float = Field(default=0.0, ge=0, le=1e6, description="Weight of cost_usd. [-]")


class Objective(Section):
    """The method, and how the four metrics are ranked."""

    method: Literal["weighted", "lexicographic"] = Field(
        default="weighted",
        description="weighted: one scaled sum; lexicographic: one metric after the other.",
    )
    weights: Weights = Field(
        default=Weights(energy=1, carbon=1, water=1),
        description="Weights for the method weighted; a metric that is left out weighs 0.",
    )
    order: Annotated[
        tuple[Metric, ...],
        BeforeValidator(one_or_many, json_schema_input_type=Metric | list[Metric]),
        AfterValidator(unique),
    ] = Field(
        default=("energy", "carbon", "water"),
        min_length=1,
        description="Metrics for the method lexicographic, the most important first.",
    )
    tolerance: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="How far an earlier metric may worsen for a later one (0.01 = 1 %). [-]",
    )
    carbon: Literal["total", "operational", "embodied"] = Field(
        default="total",
        description="Carbon that is minimized: all of it, that of electricity and fuel, or that "
        "of building, plant, servers and stores; all are reported.",
    )
    water: Literal["consumption", "scarcity", "withdrawal"] = Field(
        default="consumption",
        description="Water that is minimized: m³ consumed, m³ consumed weighted by scarcity, "
        "or m³ withdrawn; all three are reported.",
    )


class Solver(Section):
    """The solver and its stopping rules."""

    name: Literal["HiGHS"] = Field(default="HiGHS", description="Solver that PuLP calls.")
    method: Literal["auto", "monolithic", "decomposed"] = Field(
        default="auto",
        description="monolithic: one program with every slice; decomposed: the slices of each site "
        "in a program of its own, joined by cuts, exact as well and much faster with many slices; "
        "auto: decomposed from 48 slices on, and without dispatch options also from 4,000 "
        "sites times slices on, or from 12 slices on where opening a site counts, unless load "
        "moves between sites.",
    )
    gap: float = Field(
        default=0.001,
        ge=0,
        le=0.5,
        description="Relative gap to the bound at which an answer counts as proven "
        "(0.001 = 0.1 %). [-]",
    )
    time_limit_s: float = Field(
        default=300.0,
        gt=0,
        le=604_800,
        description="Longest time of a solve, from the start of the command, before the best "
        "placement is taken; half of it is the solver's in any case. [s]",
    )
    threads: int = Field(default=1, ge=1, le=256, description="Threads of the solver. [-]")
    seed: int = Field(
        default=0, ge=0, le=2_147_483_647, description="Random seed of the solver. [-]"
    )
