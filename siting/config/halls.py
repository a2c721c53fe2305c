"""Section ``halls``: how the halls are run, wherever they stand."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from siting.config.base import Section
from siting.config.presets import known_name

__all__ = ["Halls"]


def _inlet(name: str) -> str:
    from siting.physics import ENVELOPES

    return known_name(name, ENVELOPES, "ASHRAE class of inlet air")


def _water(name: str) -> str:
    from siting.physics import WATER_CLASSES

    return known_name(name, WATER_CLASSES, "ASHRAE class of cooling water")


class Halls(Section):
    """What the IT equipment may breathe and drink, and how full the halls are."""

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
        description="ASHRAE class of the facility water of liquid-cooled IT: W17 to W45, or S30 "
        "to S50.",
    )
    load: float = Field(
        default=1.0,
        gt=0,
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
        names = ("inlet", "min_dew_point_c", "water_class", "load")
        return {name: getattr(self, name) for name in names}
