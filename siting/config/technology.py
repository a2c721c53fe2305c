"""Section ``technology``: what halls cost and embody by the year in which they are built."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from siting.config.base import Section

__all__ = ["DesignTechnology", "Technology", "design_names", "known_design"]


def design_names() -> tuple[str, ...]:
    """Names of the cooling designs that `siting.physics` knows."""
    from siting.physics import DESIGNS

    return tuple(DESIGNS)


def known_design(name: str) -> str:
    """Refuse the name of a design that there is not."""
    if name not in design_names():
        allowed = ", ".join(f"'{design}'" for design in design_names())
        raise PydanticCustomError("literal_error", "is not a design", {"expected": allowed})
    return name


def _factor(description: str) -> float:
    value: float = Field(default=1.0, gt=0, le=100, description=description)
    return value


class DesignTechnology(Section):
    """One cooling design, by its name; its factors multiply those of all designs."""

    capex_factor: float = _factor("Further factor on the capital cost of this design. [-]")
    embodied_factor: float = _factor(
        "Further factor on the embodied carbon of building and plant of this design. [-]"
    )
    available: bool = Field(
        default=True,
        description="Whether halls of this design may be built; those that stand go on.",
    )


class Technology(Section):
    """Cost and embodied carbon of what is built, as factors on today's figures.

    The factors of a period hold for the halls built in it, as long as they stand.
    """

    capex_factor: float = _factor("Factor on the capital cost of halls built in this period. [-]")
    embodied_factor: float = _factor(
        "Factor on the embodied carbon of building and plant of halls built in this period; "
        "leaking refrigerant stays as it is. [-]"
    )
    server_embodied_factor: float = _factor(
        "Factor on the embodied carbon of the servers in use in this period. [-]"
    )
    designs: dict[Annotated[str, AfterValidator(known_design)], DesignTechnology] = Field(
        default_factory=dict,
        description="What differs for single designs, by name, such as "
        "tower_liquid: {capex_factor: 0.9}; designs that the study does not offer are not read.",
    )

    def capex(self, design: str) -> float:
        """Factor on the capital cost of a design, that of all designs included. [-]."""
        return self.capex_factor * self._own(design).capex_factor

    def embodied(self, design: str) -> float:
        """Factor on the embodied carbon of a design, that of all designs included. [-]."""
        return self.embodied_factor * self._own(design).embodied_factor

    def available(self, design: str) -> bool:
        """Whether halls of a design may be built."""
        return self._own(design).available

    def _own(self, design: str) -> DesignTechnology:
        return self.designs.get(design, DesignTechnology())
