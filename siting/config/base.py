"""Base of every section: strict models, shared types, and errors whose place is not yet known.

A reader of parts that may be faulty gives what a check can go on with, and nothing where the part
is missing, has another type or is `UNKNOWN`: no check has to ask what shape it was given.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
import reprlib
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from os.path import exists, isdir, isfile
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

__all__ = [
    "UNKNOWN",
    "Estimate",
    "File",
    "Issue",
    "Key",
    "Listed",
    "Metric",
    "Name",
    "Names",
    "Plain",
    "Section",
    "as_tuple",
    "closest",
    "described_fields",
    "did_you_mean",
    "dotted",
    "entries",
    "existing_file",
    "hinted",
    "in_another_unit",
    "is_text",
    "known",
    "listed",
    "names",
    "no_file",
    "number",
    "one_or_many",
    "part",
    "section",
    "show",
    "suggest",
    "unique",
]


#: The value of a figure, or an end of its range.
Estimate = Literal["best", "low", "high"]

#: Words and signs of units that nothing is asked for in.
_OTHER = re.compile(
    r"eur|euros?|gbp|pounds?|cny|rmb|yuan|jpy|yen|inr|rs|aud|cad|nzd|brl|chf|sek|nok|dkk|krw|pln|czk"
    r"|huf|zar|sgd|hkd|twd|ct|cents?|pence|percent|pct|[%€£¥₹]"
)
_ENERGY = {"wh", "kwh", "mwh", "gwh"}
#: Units of one quantity, of which a figure has another.
_SAME = tuple(
    frozenset(units.split())
    for units in ("w kw mw gw tw", "g kg t kt mt lb", "l ml m3 gal gallons litres liters",
                  "m km mi miles ft", "us ms s")
)  # fmt: skip
_PARTS = re.compile(r"[^\W_]+|[€£¥₹%]")


def in_another_unit(column: str, figure: str) -> bool:
    """Return whether a column, such as ``EUR/kWh``, says another unit than a figure has."""
    own = set(figure.split("_"))
    said = set(_PARTS.findall(column.lower())) - own
    other = any(said & units and own & units for units in _SAME)
    return other or any(word in _ENERGY or _OTHER.fullmatch(word) for word in said)


def did_you_mean(given: str, figure: str) -> str:
    """Remedy for a name that is like a known one, in whose unit the number may not be."""
    if in_another_unit(given, figure):
        return f"Convert it and name it {figure}."
    return f"Did you mean {figure}?"


Metric = Literal["energy", "carbon", "water", "cost"]


class Section(BaseModel):
    """A frozen part of a study.

    Unknown keys are faults, text is never read as a number, true and false are never numbers,
    and NaN and infinity are refused.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Schema of the section, each key with its description."""
        schema = handler(core_schema)
        keys = handler.resolve_ref_schema(schema)["properties"]
        for key, field in described_fields(cls).items():
            keys[key]["description"] = field.description
        return schema


@cache
def described_fields(section: type[Section]) -> dict[str, FieldInfo]:
    """Fields of a section by key; each is described by the docstring below it."""
    written: dict[str, str] = {}
    for base in reversed(section.__mro__):
        if issubclass(base, Section):
            written |= _attribute_docstrings(base.__module__).get(base.__name__, {})
    described = {}
    for name, field in section.model_fields.items():
        described[field.alias or name] = own = copy(field)
        own.description = written.get(name, field.description)
    return described


@cache
def _attribute_docstrings(module: str) -> dict[str, dict[str, str]]:
    """Docstrings below the attributes of each class of a module, each as one line.

    Read when asked for: neither a valid study nor most of the commands need them.
    """
    found: dict[str, dict[str, str]] = {}
    for each in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(each, ast.ClassDef):
            found[each.name] = {
                above.target.id: " ".join(below.value.value.split())
                for above, below in pairwise(each.body)
                if isinstance(above, ast.AnnAssign)
                and isinstance(above.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
                and isinstance(below.value.value, str)
            }
    return found


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


_GONE = "does not exist"


def no_file(path: Path | str) -> str:
    """Return what stands at a path in place of a file, in words; nothing where one does."""
    if isfile(path):
        return ""
    other = "is a device or a pipe, not a file" if exists(path) else _GONE
    return "is a folder" if isdir(path) else other


def existing_file(path: str) -> str:
    """Refuse a file that is not there."""
    what = no_file(path)
    if what:
        raise PydanticCustomError(
            "no_file",
            f"names a file that {what}" if what == _GONE else what.replace("is a", "names a"),
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

File = Annotated[str, AfterValidator(existing_file)]
"""A file that is there."""

_Item = TypeVar("_Item")
Listed = Annotated[tuple[_Item, ...], BeforeValidator(as_tuple)]
"""A list of items."""


def known(allowed: Iterable[str], what: str) -> AfterValidator:
    """Validator that refuses a name that is not in a table."""
    return AfterValidator(partial(_known, allowed=allowed, what=what))


def _known(name: str, allowed: Iterable[str], what: str) -> str:
    if name not in allowed:
        expected = ", ".join(f"'{one}'" for one in allowed)
        raise PydanticCustomError(
            "literal_error", "is no {what}", {"expected": expected, "what": what}
        )
    return name


type Key = tuple[str | int, ...]
"""Path into a study: keys of mappings and indices of lists."""


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong with the value at a key."""

    key: Key
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{dotted(self.key)}: {self.problem}. {self.remedy}"


class _Unknown:
    """Stands where a value is present but faulty, so that checks leave it alone."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> _Unknown:
        return self


UNKNOWN = _Unknown()

_SHORT = reprlib.Repr(maxlevel=2, maxdict=3, maxlist=4, maxstring=60, maxother=40, maxlong=40)


def is_text(value: object) -> bool:
    """Return whether a value is text that can be written: without a half of a surrogate pair."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def dotted(key: Key) -> str:
    """Write a path as the planner does: ``demand.workloads[1].max_rtt_ms``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def show(value: object) -> str:
    """Write a value as it stands in YAML, shortened."""
    words = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return words[value]
    if isinstance(value, tuple):
        value = list(value)
    try:
        return _SHORT.repr(value)
    except ValueError:  # an integer too long to print
        return "a very long number"


def _in_order(words: Iterable[str]) -> list[str]:
    """Words as they are given; those of a set, whose order is another in each process, sorted."""
    return sorted(words) if isinstance(words, set | frozenset) else list(words)


def closest(word: object, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that is most similar to the one given, if any is."""
    names = _in_order(allowed)
    lower = {name.lower(): name for name in names}
    matches = difflib.get_close_matches(str(word).lower(), lower, n=1, cutoff=0.6)
    if matches:
        return lower[matches[0]]
    quantity = _quantity(str(word))
    return next((name for name in names if quantity and _quantity(name) == quantity), None)


def _quantity(name: str) -> list[str]:
    """Words of a name without those of its unit: ``price (EUR/kWh)`` is ``price``."""
    words = _PARTS.findall(name.lower().replace("_", " "))
    return [w for w in words if w not in _ENERGY | {"usd", "per"} and not _OTHER.fullmatch(w)]


def hinted(word: object, allowed: Iterable[str], otherwise: str) -> str:
    """Say which name was probably meant, if any is close, and what to do otherwise."""
    match = closest(word, allowed)
    return f"Did you mean {match}? {otherwise}" if match else otherwise


def suggest(word: object, allowed: Iterable[str]) -> str:
    """Say which word was probably meant, and which are allowed."""
    names = _in_order(allowed)
    match = closest(word, names)
    hint = f"{did_you_mean(str(word), match)} " if match else ""
    return f"{hint}Allowed: {', '.join(names)}."


type Plain = Mapping[str, Any]


def section(data: object, *keys: str) -> Plain:
    """The mapping under some keys; empty where there is none."""
    found = part(data, *keys)
    return found if isinstance(found, Mapping) else {}


def part(data: object, *keys: str) -> Any:
    """Whatever stands under some keys, or None."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def listed(value: object) -> list[Any]:
    """The items of a list, or none."""
    return list(value) if isinstance(value, list | tuple) else []


def entries(data: object, *keys: str) -> Iterator[tuple[int, Plain]]:
    """The mappings of a list under some keys, each with its index."""
    for i, item in enumerate(listed(part(data, *keys))):
        if isinstance(item, Mapping):
            yield i, item


def number(data: object, *keys: str) -> float | None:
    """The number under some keys; true and false are none."""
    value = part(data, *keys)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def names(data: object, *keys: str) -> list[str]:
    """One name or the names of a list under some keys."""
    value = part(data, *keys)
    if isinstance(value, str):
        return [value]
    return [item for item in listed(value) if isinstance(item, str)]
