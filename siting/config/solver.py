"""Section ``solver``: how hard to look, and when to stop."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from siting.config.base import Section

__all__ = ["Solver"]


class Solver(Section):
    """The solver and its stopping rules."""

    name: Literal["HiGHS"] = Field(default="HiGHS", description="Solver that PuLP calls.")
    method: Literal["auto", "monolithic", "decomposed"] = Field(
        default="auto",
        description="monolithic: one program with every slice; decomposed: the slices of each site "
        "in a program of its own, joined by cuts, exact as well and much faster with many slices; "
        "auto: decomposed from 48 slices on, and without families of operation also from 4,000 "
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
