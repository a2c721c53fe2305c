"""Key ``profile`` of a workload: how its load runs through the day, the week and the year."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from siting.config.base import Section, as_tuple, existing_file

__all__ = ["LoadProfile"]

HOURS_PER_DAY = 24

Relative = Annotated[float, Field(ge=0, le=1e6)]


class LoadProfile(Section):
    """Load of a workload by the hour, relative to its mean of the year."""

    shape: Literal["diurnal", "hours", "file"] = Field(
        default="diurnal",
        description="diurnal: a wave through the day; hours: 24 numbers of a day; file: a year by "
        "the hour.",
    )
    peak_factor: float = Field(
        default=1.4,
        ge=1,
        le=2,
        description="Load of the peak hour over the mean of the day, for diurnal; assumed, within "
        "1.2 and 1.8. [-]",
    )
    peak_hour: float = Field(
        default=20.0,
        ge=0,
        lt=24,
        description="Hour of the day in which a diurnal load peaks; assumed: the evening. [h]",
    )
    hours: Annotated[
        tuple[Relative, ...], BeforeValidator(as_tuple, json_schema_input_type=list[float])
    ] = Field(
        default=(),
        description="24 numbers, one for each hour of the day from midnight, in any unit.",
    )
    file: Annotated[str, AfterValidator(existing_file)] | None = Field(
        default=None,
        description="Table of one column `load` in any unit (.csv, .xlsx), relative to the study's "
        "folder: 8,760 hours from 1 January 00:00, or half or quarter hours.",
    )
    weekend_factor: float = Field(
        default=1.0,
        ge=0,
        le=5,
        description="Load of Saturday and Sunday over that of the other days, for diurnal and "
        "hours. [-]",
    )
    clock: Literal["users", "utc"] = Field(
        default="users",
        description="Clock of the hours: that of the sun where the users are (longitude over 15, "
        "in whole hours), or UTC.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = {"hours": bool(self.hours), "file": self.file is not None}
        for name, there in given.items():
            if there != (self.shape == name):
                problem = "is given" if there else "is missing"
                raise PydanticCustomError(
                    "profile",
                    "{key} {problem} where shape is {shape}",
                    {"key": name, "problem": problem, "shape": self.shape,
                     "remedy": "Give shape: hours with hours, shape: file with file."},
                )  # fmt: skip
        if self.hours and (len(self.hours) != HOURS_PER_DAY or not sum(self.hours)):
            raise PydanticCustomError(
                "profile",
                "holds {number} hours of a day",
                {"number": len(self.hours), "remedy": "Give 24 numbers, some above 0."},
            )
        if self.shape == "file" and self.weekend_factor != 1.0:
            raise PydanticCustomError(
                "profile",
                "has a weekend_factor beside a file",
                {"remedy": "Leave it out: the file has its own week."},
            )
        return self
