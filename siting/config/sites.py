"""Section ``sites``: what the planner knows of single sites better than the catalogue."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag

from siting.config.base import Name, Section, as_tuple

__all__ = ["FILE_FIGURES", "Sites"]

#: Figures of a site that name a file, relative to the folder of the file that names it.
FILE_FIGURES = ("price_file", "grid_carbon_file", "weather_file")

_Text = Annotated[str, Field(max_length=1000)]
_Months = Annotated[
    tuple[float, ...], BeforeValidator(as_tuple, json_schema_input_type=list[float])
]


def _form(value: object) -> str:
    if isinstance(value, str):
        return "text"
    return "months" if isinstance(value, list | tuple) else "number"


Value = Annotated[
    Annotated[float, Tag("number")]
    | Annotated[_Text, Tag("text")]
    | Annotated[_Months, Tag("months")],
    Discriminator(_form),
]


class Sites(Section):
    """Figures of single sites, in place of those of the catalogue; docs/sites.md has them all."""

    overrides: dict[Name, dict[Name, Value]] = Field(
        default_factory=dict,
        description="By site: any attribute of the catalogue and any figure of a site file, such "
        "as dublin: {connection_mw: 40, price_usd_per_mwh: 120}; twelve numbers in a list are "
        "the months. [each in the unit of its name]",
    )
