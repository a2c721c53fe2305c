"""Errors of a study before their place is known, and reading parts of one that may be faulty.

Each gives what a check can go on with, and nothing where the part is missing, has another type or
is `UNKNOWN`: no check has to ask what shape it was given.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "UNKNOWN",
    "Issue",
    "Key",
    "Plain",
    "closest",
    "dotted",
    "entries",
    "is_text",
    "listed",
    "names",
    "number",
    "part",
    "section",
    "show",
    "suggest",
]

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


def closest(word: object, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that looks most like the one given, if any does."""
    names = list(allowed)
    lower = {name.lower(): name for name in names}
    matches = difflib.get_close_matches(str(word).lower(), lower, n=1, cutoff=0.6)
    return lower[matches[0]] if matches else None


def suggest(word: object, allowed: Iterable[str]) -> str:
    """Say which word was probably meant, and which are allowed."""
    names = list(allowed)
    match = closest(word, names)
    hint = f"Did you mean {match}? " if match else ""
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
