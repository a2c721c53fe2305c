"""Sections ``halls`` and ``technology``: how halls are run, what they cost and embody by year."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from siting.config.base import Section
from siting.config.demand import known_name

__all__ = [
    "LEAST_LOAD",
    "DesignTechnology",
    "Halls",
    "Technology",
    "design_names",
    "known_design",
]

#: Below a hundredth of the rating the losses of an idle hall exceed what it serves several times
#: over, and part-load curves that were measured on running halls say nothing. [-]
LEAST_LOAD = 0.01


def _inlet(name: str) -> str:
    from siting.physics import ENVELOPES

    return known_name(name, ENVELOPES, "ASHRAE class of inlet air")


def _water(name: str) -> str:
    from siting.physics import WATER_CLASSES

    return known_name(name, WATER_CLASSES, "ASHRAE class of cooling water")


def _practice(name: str) -> str:
    from siting.physics import PRACTICES

    return known_name(name, PRACTICES, "practice")


class Halls(Section):
    """Air and water classes of the IT equipment, load and practice of the halls."""

    practice: Annotated[str, AfterValidator(_practice)] = Field(
        default="best",
        description="Generation and operation of the plants, as a factor on the energy beyond that "
        "of the IT: best (new hyperscale builds), typical (what regions of clouds report, for "
        "halls that stand) or legacy.",
    )

    inlet: Annotated[str, AfterValidator(_inlet)] = Field(
        default="A1",
        description="ASHRAE class whose allowable envelope the inlet air keeps: recommended, A1, "
        "A2, A3, A4 or H1 (TC 9.9, 2021).",
    )
    min_dew_point_c: float | None = Field(
        default=None,
        ge=-30,
        le=15,
        description="Humidification floor instead of that of the class, which is -12 (A1 to A4, "
        "H1) or -9 (recommended); halls built to the guidelines of 2008 or 2011 keep 5.5. [°C]",
    )
    water_class: Annotated[str, AfterValidator(_water)] = Field(
        default="W40",
        description="ASHRAE class of the facility water of liquid-cooled IT: W17 to W45, W+, or "
        "S30 to S50.",
    )
    liquid_share: float | None = Field(
        default=None,
        gt=0,
        le=1.0,
        description="IT heat that cold plates take in the liquid-cooled designs, usually 0.6 to 1; "
        "0.8 where left out. The rest goes to the air of the room. [-]",
    )
    supply_air_c: float | None = Field(
        default=None,
        ge=15,
        le=40,
        description="Supply air of sealed halls, no warmer than the class allows; where left out "
        "24 on chilled water, 25 on indirect evaporative units, 27 beside cold plates. [°C]",
    )
    load: float = Field(
        default=1.0,
        ge=LEAST_LOAD,
        le=1.0,
        description="IT power over the rating of the halls, which part-load losses follow. [-]",
    )
    discharge_limit_c: float = Field(
        default=30.0,
        ge=10,
        le=45,
        description="Warmest water that may go back to a lake or the sea from plants on shore; "
        "where the intake leaves less than 2 K below it, they cannot be built. [°C]",
    )

    @property
    def inputs(self) -> dict[str, Any]:
        """Keywords of :func:`siting.physics.facility`."""
        apart = {"discharge_limit_c"}  # part of the design, see siting.physics.designs.permitted
        return self.model_dump(exclude=apart)


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
        """Return whether halls of a design may be built."""
        return self._own(design).available

    def _own(self, design: str) -> DesignTechnology:
        return self.designs.get(design, DesignTechnology())
