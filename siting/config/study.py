"""A study as a whole: one frozen object that fixes a question and its assumptions."""

from __future__ import annotations

import io
from typing import Annotated, Any, Self
from unicodedata import category

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML

from siting.config.base import Section, as_tuple, one_or_many, unique
from siting.config.candidates import Candidates, Screen
from siting.config.cross_checks import cross_issues
from siting.config.demand import Demand
from siting.config.economics import Economics
from siting.config.halls import Halls, Technology, design_names, known_design
from siting.config.limits import Cap, Failover, Limits, Policy
from siting.config.objective import Objective, Solver
from siting.config.operation import Backup, HeatReuse, Store
from siting.config.power import Connections, FirstPower, Generation
from siting.config.sites import Sites
from siting.config.states import Climate, Period, Scenarios
from siting.config.supply import Supply
from siting.config.time import Time

__all__ = ["Study"]


def _all_designs(value: object) -> object:
    return design_names() if value == "all" else one_or_many(value)


def _file_name(name: str) -> str:
    if set(name) & set("/\\") or name in {".", ".."} or not name.isprintable() or not name.strip():
        raise PydanticCustomError(
            "name",
            "cannot name a folder",
            {"remedy": "Use letters, digits, spaces, - and _; results go to runs/<name>."},
        )
    return name


def _plain_text(text: str) -> str:
    """Refuse line breaks and control characters that YAML cannot write and read back the same."""
    breaks = "\u2028\u2029"
    odd = next((c for c in text if c in breaks or (category(c) == "Cc" and c not in "\n\t")), "")
    if odd:
        raise PydanticCustomError(
            "text",
            "holds the control character U+{code}",
            {"code": f"{ord(odd):04X}", "remedy": "Remove it; plain line breaks are fine."},
        )
    return text


class Study(Section):
    """A study: candidate sites, demand, limits and the objective that is minimized."""

    name: Annotated[str, AfterValidator(_file_name)] = Field(
        min_length=1, max_length=80, description="Name of the study; results go to runs/<name>."
    )
    description: Annotated[str, AfterValidator(_plain_text)] = Field(
        default="", max_length=10_000, description="What the study asks, for the report."
    )
    candidates: Candidates = Field(description="Which places may compete.")
    sites: Sites = Field(
        default=Sites(), description="Figures of single sites in place of the catalogue's."
    )
    screen: Screen | None = Field(
        default=None, description="How `siting screen` makes candidates; null for none."
    )
    designs: Annotated[
        tuple[Annotated[str, AfterValidator(known_design)], ...],
        BeforeValidator(_all_designs, json_schema_input_type=str | list[str]),
        AfterValidator(unique),
    ] = Field(
        default_factory=design_names,
        min_length=1,
        description="Cooling designs that may be built, or all; a design that needs a lake or the "
        "sea is offered only there.",
    )
    demand: Demand = Field(description="Who is to be served, and with what.")
    time: Time = Field(default=Time(), description="How finely the year is cut.")
    climate: Climate = Field(default=Climate(), description="Weather the sites are judged by.")
    halls: Halls = Field(default=Halls(), description="How the halls are run.")
    supply: Supply = Field(default=Supply(), description="Electricity that may be contracted.")
    objective: Objective = Field(default=Objective(), description="What is minimized.")
    limits: Limits = Field(default=Limits(), description="What no placement may exceed.")
    failover: Failover = Field(
        default=Failover(), description="Outages that critical workloads survive."
    )
    caps: Annotated[
        tuple[Cap, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Cap])
    ] = Field(default=(), description="Ceilings on metrics of some sites, or of all.")
    policy: Policy = Field(default=Policy(), description="Laws that bind what is built.")
    economics: Economics = Field(default=Economics(), description="Assumptions of the cost.")
    technology: Technology = Field(
        default=Technology(), description="Cost and embodied carbon by the year of building."
    )
    periods: Annotated[
        tuple[Period, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Period])
    ] = Field(
        default=(),
        description="Years to plan for, one after the other; empty for one typical year.",
    )
    scenarios: Scenarios = Field(
        default=Scenarios(), description="Futures between which it is not known."
    )
    storage: Annotated[
        tuple[Store, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Store])
    ] = Field(default=(), description="Stores of electricity that may be built beside a site.")
    heat_reuse: HeatReuse | None = Field(
        default=None, description="Waste heat that may be sold, or null."
    )
    backup: Backup | None = Field(
        default=None, description="Generators for emergencies that may run, or null."
    )
    connections: Connections | None = Field(
        default=None,
        description="Connections as offers: power by a year, at a price, firm or not; null for "
        "that of the catalogue, firm, at once and without investment.",
    )
    generation: Generation | None = Field(
        default=None, description="Generators that sites may build for themselves, or null."
    )
    first_power: Annotated[
        tuple[FirstPower, ...], BeforeValidator(as_tuple, json_schema_input_type=list[FirstPower])
    ] = Field(default=(), description="Power that must stand by a year, or what lateness costs.")
    solver: Solver = Field(default=Solver(), description="The solver and its stopping rules.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        issues = cross_issues(self.to_mapping())
        if issues:
            text = "; ".join(str(issue) for issue in issues)
            raise PydanticCustomError("inconsistent", "{text}", {"text": text, "issues": issues})
        return self

    @property
    def dated(self) -> bool:
        """Return whether something in the study depends on the year."""
        parts = (self.connections, self.generation, self.first_power)
        return self.supply.dated or any(parts)

    @property
    def typical_days(self) -> bool:
        """Test whether wind and solar tell types of days apart, see ``supply.day_types``."""
        if self.supply.day_types != "auto":
            return self.supply.day_types == "typical"
        return bool(self.supply.clean) and self.time.day_groups > 1

    def to_mapping(self) -> dict[str, Any]:
        """Return every key with its value, as plain lists, mappings, text and numbers."""
        mapping: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        return mapping

    def to_yaml(self) -> str:
        """Return the resolved study: every key and default written out; reads back the same."""
        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = False
        yaml.allow_unicode = True
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        stream = io.StringIO()
        yaml.dump(self.to_mapping(), stream)
        return stream.getvalue()
