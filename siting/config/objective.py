"""Sections ``objective``, ``solver``, ``time``, ``periods``, ``scenarios``: the aim of a study."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from siting.config.base import (
    Issue,
    Listed,
    Metric,
    Plain,
    Section,
    entries,
    number,
    one_or_many,
    part,
    show,
    unique,
)

__all__ = [
    "AUTO",
    "CHANGEABLE",
    "DAY_GROUPS",
    "HOUR_BLOCKS",
    "LADDER",
    "MONTHS",
    "SLICES",
    "Case",
    "Climate",
    "ClimateYear",
    "Objective",
    "Period",
    "Scenarios",
    "Solver",
    "Time",
    "Weights",
    "state_structure",
]


class Weights(Section):
    """Relative weight of each metric, after each is scaled between its best and worst value."""

    energy: float = Field(default=0.0, ge=0, le=1e6)
    """Weight of energy_mwh. [-]"""
    carbon: float = Field(default=0.0, ge=0, le=1e6)
    """Weight of carbon_t_co2e. [-]"""
    water: float = Field(default=0.0, ge=0, le=1e6)
    """Weight of water_m3. [-]"""
    cost: float = Field(default=0.0, ge=0, le=1e6)
    """Weight of cost_usd. [-]"""


class Objective(Section):
    """The method, and how the four metrics are ranked."""

    method: Literal["weighted", "lexicographic"] = "weighted"
    """weighted: one scaled sum; lexicographic: one metric after the other."""
    weights: Weights = Weights(energy=1, carbon=1, water=1)
    """Weights for the method weighted; a metric that is left out weighs 0."""
    order: Annotated[
        tuple[Metric, ...],
        BeforeValidator(one_or_many, json_schema_input_type=Metric | list[Metric]),
        AfterValidator(unique),
    ] = Field(default=("energy", "carbon", "water"), min_length=1)
    """Metrics for the method lexicographic, the most important first."""
    tolerance: float = Field(default=0.01, ge=0, le=1)
    """How far an earlier metric may worsen for a later one (0.01 = 1 %). [-]"""
    carbon: Literal["total", "operational", "embodied"] = "total"
    """Carbon that is minimized: all of it, that of electricity and fuel, or that of building,
    plant, servers and stores; all are reported."""
    water: Literal["consumption", "scarcity", "withdrawal"] = "consumption"
    """Water that is minimized: m³ consumed, m³ consumed weighted by scarcity, or m³ withdrawn; all
    three are reported."""


class Solver(Section):
    """The solver and its stopping rules."""

    name: Literal["HiGHS"] = "HiGHS"
    """Solver that PuLP calls."""
    method: Literal["auto", "monolithic", "decomposed"] = "auto"
    """monolithic: one MILP with every slice; decomposed: the slices of each site in a subproblem of
    its own, joined by cuts, exact as well and much faster with many slices; auto: decomposed from
    48 slices on, and without dispatch options also from 4,000 sites times slices on, or from 12
    slices on where opening a site counts, unless load moves between sites."""
    gap: float = Field(default=0.001, ge=0, le=0.5)
    """Relative gap to the bound at which a placement counts as proven (0.001 = 0.1 %). [-]"""
    time_limit_s: float = Field(default=300.0, gt=0, le=604_800)
    """Longest time of a solve, from the start of the command, before the best placement is taken;
    half of it is the solver's in any case. [s]"""
    threads: int = Field(default=1, ge=1, le=256)
    """Threads of a run of the solver; where few sites may open, two runs go on at once. [-]"""
    seed: int = Field(default=0, ge=0, le=2_147_483_647)
    """Random seed of the solver. [-]"""


#: In place of a number: as few slices as the audit lets pass.
AUTO = "auto"
MONTHS = 12
DAY_GROUPS = 5
HOUR_BLOCKS = (1, 2, 3, 4, 6, 8, 12, 24)

SLICES: tuple[int, ...] = tuple(
    sorted(MONTHS * blocks * groups for blocks in HOUR_BLOCKS for groups in (1, DAY_GROUPS))
)
"""Allowed numbers of slices: 12 months × blocks of a day, with or without 5 day groups."""


#: Numbers that `auto` goes up by: months, then days and nights, then hours, then kinds of days.
LADDER = (12, 24, 48, 96, 288, 1440)


def _form(value: object) -> str:
    named = isinstance(value, str) and not value.strip()[:1].isdigit()
    return "named" if named else "number"


def _allowed(slices: int) -> int:
    if slices not in SLICES:
        nearest = min(SLICES, key=lambda allowed: abs(allowed - slices))
        allowed = ", ".join(map(str, SLICES))
        raise PydanticCustomError(
            "slices",
            "cannot cut the year evenly",
            {"remedy": f"Nearest: {nearest}. Allowed: {allowed}."},
        )
    return slices


class Time(Section):
    """Time slices that the optimizer sees; the audit always sees all the hours."""

    slices: Annotated[
        Annotated[Literal["auto"], Tag("named")]
        | Annotated[
            Annotated[int, AfterValidator(_allowed), Field(ge=1, le=SLICES[-1])], Tag("number")
        ],
        Discriminator(_form),
    ] = Field(default=96, json_schema_extra={"enum": ["auto", *SLICES]})
    """Number of weighted slices of the year: 12 months × blocks of a day (96 = 8 blocks of 3
    hours), × 5 day groups from cold to warm where divisible by 60. auto: as few as the audit lets
    pass, refined by itself."""

    @property
    def number(self) -> int:
        """Number of slices.

        Raises `ValueError` where it is ``auto`` and not settled yet.
        """
        if not isinstance(self.slices, int):
            raise ValueError("time.slices is auto; settle it before the study is built")
        return self.slices

    @property
    def day_groups(self) -> int:
        """Groups of days in a month, ranked by temperature: 1 or 5."""
        return DAY_GROUPS if self.number % (MONTHS * DAY_GROUPS) == 0 else 1

    @property
    def blocks_per_day(self) -> int:
        """Blocks of equal length in a day."""
        return self.number // (MONTHS * self.day_groups)


#: What may differ between the states of one study; the rest decides what is built, or the solve.
CHANGEABLE: dict[str, tuple[str, ...]] = {
    "periods": (
        "climate.", "demand.factor", "supply.", "economics.", "limits.", "policy.", "caps[",
        "technology.",
    ),
    "scenarios": (
        "climate.", "demand.factor", "supply.hydro_year", "supply.grid_", "economics.",
    ),
}  # fmt: skip
#: What must be the same throughout although its section may differ: halls are paid by it, or it
#: says what may be contracted at all.
UNCHANGED = ("economics.scale", "supply.ppas")


def _changes(value: dict[str, Any], where: str) -> dict[str, Any]:
    allowed = CHANGEABLE[where]
    wrong = [k for k in value if not k.startswith(allowed) or k.startswith(UNCHANGED)]
    if wrong:
        raise PydanticCustomError(
            "changes",
            "changes {names}, which must be the same throughout",
            {
                "names": ", ".join(wrong),
                "remedy": f"May change: {', '.join(name + '*' for name in allowed)}.",
            },
        )
    return value


def _changing(where: str) -> AfterValidator:
    return AfterValidator(partial(_changes, where=where))


class Period(Section):
    """Some years that are planned as one, with what is different in them."""

    year: int = Field(ge=2000, le=2200)
    """First year of the period."""
    years: int = Field(ge=1, le=100)
    """Years until the next period or the end. [a]"""
    set: Annotated[dict[str, Any], _changing("periods")] = Field(default_factory=dict)
    """Keys of the study with their value in this period, such as demand.factor: 1.5 or
    technology.capex_factor: 0.9."""


class Case(Section):
    """One future, with what is different in it."""

    name: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    """Name of the scenario."""
    probability: float = Field(gt=0, le=1)
    """Probability; all add up to 1. [-]"""
    set: Annotated[dict[str, Any], _changing("scenarios")] = Field(default_factory=dict)
    """Keys of the study with their value in this scenario, such as supply.hydro_year: dry; they win
    over those of a period."""


class Scenarios(Section):
    """Futures between which it is not known; what is built and contracted suits them all."""

    measure: Literal["expected", "cvar", "worst", "regret"] = "expected"
    """expected: the mean; cvar: the mean of the worst 1 - alpha; worst: the worst scenario; regret:
    the largest loss against knowing the scenario beforehand."""
    alpha: float = Field(default=0.9, ge=0, lt=1)
    """Share of the probability that cvar leaves out. [-]"""
    cases: Listed[Case] = ()
    """The scenarios; the first is shown on maps and tables."""


ClimateYear = Literal["typical", "hot", "dry", "hot_dry"]

Warming = Annotated[float, Field(ge=-10, le=10)]
MonthlyWarming = Annotated[Listed[Warming], Field(min_length=12, max_length=12)]


def _state_form(value: object) -> str:
    return "monthly" if isinstance(value, list | tuple) else "annual"


class Climate(Section):
    """Climate of the built-in typical years, shifted if asked."""

    year: ClimateYear = "typical"
    """Year of the weather: typical, or as one year in ten is: hot (warmer, hotter peaks), dry
    (drier air), or hot_dry (both, and rarer); warming_k comes on top."""
    warming_k: Annotated[
        Annotated[Warming, Tag("annual")] | Annotated[MonthlyWarming, Tag("monthly")],
        Discriminator(_state_form),
    ] = 0.0
    """Rise of the dry bulb above today's typical year at constant relative humidity: one number, or
    twelve from January to December. [K]"""


def state_structure(study: Plain) -> Iterator[Issue]:
    """Periods that follow each other, probabilities that add up, names that differ."""
    yield from _periods(study)
    yield from _cases(study)
    yield from _measure(study)


def _periods(study: Plain) -> Iterator[Issue]:
    end: float | None = None
    for i, period in entries(study, "periods"):
        start, years = number(period, "year"), number(period, "years")
        if end is not None and start is not None and start != end:
            yield Issue(
                ("periods", i, "year"),
                f"is {show(start)}, but the period before ends with {end - 1}",
                f"Let the period start in {end}, or change years of the one before.",
            )
        end = None if start is None or years is None else start + years


def _cases(study: Plain) -> Iterator[Issue]:
    cases = dict(entries(study, "scenarios", "cases"))
    seen: list[str] = []
    for i, case in cases.items():
        name = case.get("name")
        if isinstance(name, str) and name in seen:
            yield Issue(
                ("scenarios", "cases", i, "name"), f"is {show(name)} twice", "Name each once."
            )
        seen += [name] if isinstance(name, str) else []
    chances = [number(case, "probability") for case in cases.values()]
    given = [chance for chance in chances if chance is not None]
    if cases and len(given) == len(cases) and not math.isclose(sum(given), 1.0, abs_tol=1e-6):
        yield Issue(
            ("scenarios", "cases"),
            f"have probabilities that add up to {sum(given):g}",
            "Let them add up to 1.",
        )


def _measure(study: Plain) -> Iterator[Issue]:
    method, measure = part(study, "objective", "method"), part(study, "scenarios", "measure")
    if method == "lexicographic" and measure in ("cvar", "worst", "regret"):
        yield Issue(
            ("scenarios", "measure"),
            f"is {show(measure)}, which needs one number to be minimized",
            "Use objective.method: weighted, or measure: expected.",
        )
