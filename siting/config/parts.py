"""Parts of a study that is plain data and may be faulty anywhere.

Each gives what a check can go on with, and nothing where the part is missing, has another type or
is `UNKNOWN`: no check has to ask what shape it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Plain", "entries", "listed", "names", "number", "part", "section"]

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
