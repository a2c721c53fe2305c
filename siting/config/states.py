"""Sections ``periods`` and ``scenarios``, and the weather year (``climate``) they change."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from siting.config.base import Section, as_tuple

__all__ = [
    "CHANGEABLE",
    "Case",
    "Climate",
    "ClimateYear",
    "Period",
    "Scenarios",
]

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


def _in_period(value: dict[str, Any]) -> dict[str, Any]:
    return _changes(value, "periods")


def _in_scenario(value: dict[str, Any]) -> dict[str, Any]:
    return _changes(value, "scenarios")


class Period(Section):
    """Some years that are planned as one, with what is different in them."""

    year: int = Field(ge=2000, le=2200, description="First year of the period.")
    years: int = Field(ge=1, le=100, description="Years until the next period or the end. [a]")
    set: Annotated[dict[str, Any], AfterValidator(_in_period)] = Field(
        default_factory=dict,
        description="Keys of the study with their value in this period, such as "
        "demand.factor: 1.5 or technology.capex_factor: 0.9.",
    )


class Case(Section):
    """One future, with what is different in it."""

    name: str = Field(
        min_length=1,
        max_length=40,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Name of the scenario.",
    )
    probability: float = Field(gt=0, le=1, description="Probability; all add up to 1. [-]")
    set: Annotated[dict[str, Any], AfterValidator(_in_scenario)] = Field(
        default_factory=dict,
        description="Keys of the study with their value in this scenario, such as "
        "supply.hydro_year: dry; they win over those of a period.",
    )


class Scenarios(Section):
    """Futures between which it is not known; what is built and contracted suits them all."""

    measure: Literal["expected", "cvar", "worst", "regret"] = Field(
        default="expected",
        description="expected: the mean; cvar: the mean of the worst 1 - alpha; worst: the worst "
        "scenario; regret: the largest loss against knowing the scenario beforehand.",
    )
    alpha: float = Field(
        default=0.9, ge=0, lt=1, description="Share of the probability that cvar leaves out. [-]"
    )
    cases: Annotated[
        tuple[Case, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Case])
    ] = Field(default=(), description="The scenarios; the first is shown on maps and tables.")


ClimateYear = Literal["typical", "hot", "dry", "hot_dry"]

Warming = Annotated[float, Field(ge=-10, le=10)]
MonthlyWarming = Annotated[
    tuple[Warming, ...],
    BeforeValidator(as_tuple, json_schema_input_type=list[Warming]),
    Field(min_length=12, max_length=12),
]


def _form(value: object) -> str:
    return "monthly" if isinstance(value, list | tuple) else "annual"


class Climate(Section):
    """Climate of the built-in typical years, shifted if asked."""

    year: ClimateYear = Field(
        default="typical",
        description="Year of the weather: typical, or as one year in ten is: hot (warmer, hotter "
        "peaks), dry (drier air), or hot_dry (both, and rarer); warming_k comes on top.",
    )
    warming_k: Annotated[
        Annotated[Warming, Tag("annual")] | Annotated[MonthlyWarming, Tag("monthly")],
        Discriminator(_form),
    ] = Field(
        default=0.0,
        description="Rise of the dry bulb above today's typical year at constant relative "
        "humidity: one number, or twelve from January to December. [K]",
    )
