"""Base of every section of a study: strict models and shared types."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

__all__ = [
    "Metric",
    "Name",
    "Names",
    "Section",
    "as_tuple",
    "existing_file",
    "one_or_many",
    "unique",
]

Metric = Literal["energy", "carbon", "water", "cost"]


class Section(BaseModel):
    """A frozen part of a study.

    Unknown keys are faults, text is never read as a number, true and false are never numbers,
    and NaN and infinity are refused.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )


def as_tuple(value: object) -> object:
    """Turn a YAML list into a tuple, and leave anything else for the type check."""
    return tuple(value) if isinstance(value, list) else value


def one_or_many(value: object) -> object:
    """Turn one name into a list of one, so that ``region: europe`` means ``[europe]``."""
    return (value,) if isinstance(value, str) else as_tuple(value)


def unique[T: Hashable](values: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse an entry that stands twice in a list."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise PydanticCustomError(
            "twice", "names {names} twice", {"names": ", ".join(twice), "remedy": "Name it once."}
        )
    return values


def existing_file(path: str) -> str:
    """Refuse a file that is not there."""
    try:
        there = Path(path).is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        raise PydanticCustomError(
            "no_file",
            "names a file that does not exist",
            {"remedy": "Give a path that is absolute or relative to the study's folder."},
        )
    return path


Name = Annotated[str, Field(min_length=1, max_length=200)]
"""A site, region, group or file name."""

Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(one_or_many, json_schema_input_type=str | list[str]),
    AfterValidator(unique),
]
"""One name, or a list of different names."""
