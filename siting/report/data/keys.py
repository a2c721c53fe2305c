"""Keys of a study in words: a title with the unit of its description, told apart from others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from siting.config import study_schema
from siting.report.data import clean, number_words, plain_title

__all__ = ["key_title", "key_titles", "key_unit"]

#: Unit at the end of a description, and one that is another's.
_BRACKET = re.compile(r"\[([^\[\]]+)\]$")
_OF_THE_KEY_ABOVE = "as the quantity"
#: Words of a unit such as 1/d at the end of a name.
_RATE = re.compile(r"_per_(?:day|year|yr)$")
#: Years at the end of a name whose unit is in brackets.
_YEARS = re.compile(r"(?<=lifetime)_years$")
#: Keys whose name is no noun before that of the next.
_OF = {"weights": "weight of"}


@dataclass(frozen=True)
class _Step:
    """One part of a path: a key, or an entry of the list or the mapping ``within``."""

    name: str
    node: Mapping[str, Any]
    within: str = ""


def key_title(path: str) -> str:
    """Title of a key of a study with its unit, after the entry or the key that it stands in.

    Parameters
    ----------
    path : str
        As ``--set`` takes it, or a column that is no key.
    """
    return _title(path, is_whole=False)


def key_titles(paths: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Title of each key; those that would be the same begin with their section.

    Parameters
    ----------
    paths : iterable of str
        Keys, or columns that are none.
    taken : iterable of str
        Titles of something else beside them.
    """
    titles = {path: key_title(path) for path in paths}
    seen = Counter([*titles.values(), *taken])
    return {path: title if seen[title] == 1 else _title(path, is_whole=True)
            for path, title in titles.items()}  # fmt: skip


def key_unit(path: str) -> str:
    """Unit of a key: that of its description, else that of its name; empty where it has none.

    A share, a factor or a count has none.
    """
    return _unit(_steps(clean(path)))


def _title(path: str, *, is_whole: bool) -> str:
    steps = _steps(clean(path))
    if not steps:
        return ""
    first = next((i for i, step in enumerate(steps) if step.within), max(len(steps) - 2, 1))
    shown = steps if is_whole or len(steps) == 1 else steps[first:]
    parts = [_words(step) for step in shown]
    if is_whole and len(parts) > 1:
        parts[0] += ","
    said, unit = plain_title(" ".join(parts).removesuffix(",")), _unit(steps)
    return f"{said} [{unit}]" if unit else said


def _words(step: _Step) -> str:
    """Of an entry its number or its name, of a key its words as within a sentence."""
    if step.within:
        return (
            f"{_one_of(step.within)} {int(step.name) + 1}," if step.name.isdecimal() else step.name
        )
    name = _OF.get(step.name) or _YEARS.sub("", step.name)
    if _said(step.node).startswith("1/"):
        name = _RATE.sub("", name)
    words = number_words(name, has_unit=not _is_yes_or_no(step.node))[0]
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _one_of(several: str) -> str:
    """Name of one entry of a list: ``periods`` has a ``period``."""
    return re.sub(r"(?<!s)s$", "", re.sub(r"ies$", "y", several))


def _unit(steps: tuple[_Step, ...]) -> str:
    *before, last = steps
    said = _said(last.node)
    if said == _OF_THE_KEY_ABOVE and before:
        return _unit(tuple(before))
    if said == "-":
        return ""
    if said and "unit" not in said:
        return re.sub(r"\bt(?=CO₂)", "t ", said.replace("CO2", "CO₂").replace("m3", "m³"))
    return "" if said or _is_yes_or_no(last.node) else number_words(last.name)[1]


def _said(node: Mapping[str, Any]) -> str:
    found = _BRACKET.search(node.get("description", ""))
    return found[1] if found else ""


def _is_yes_or_no(node: Mapping[str, Any]) -> bool:
    return any(way.get("type") == "boolean" for way in _ways(node))


@cache
def _steps(path: str) -> tuple[_Step, ...]:
    """Parts of a path, each with its place in the schema; empty where the schema has none."""
    node: Mapping[str, Any] = study_schema()
    steps: list[_Step] = []
    for name in re.findall(r"[^.\[\]]+", path):
        ways = list(_ways(node))
        keys = next((way["properties"] for way in ways if name in way.get("properties", ())), None)
        within = [way.get("items") or way.get("additionalProperties") for way in ways]
        entry = next((each for each in within if isinstance(each, dict)), None)
        node = keys[name] if keys is not None else entry or {}
        is_entry = keys is None and bool(entry)
        steps.append(_Step(name, node, steps[-1].name if is_entry and steps else ""))
    return tuple(steps)


def _ways(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Forms that a place of the schema may have, with references followed."""
    for way in (node, *node.get("anyOf", ()), *node.get("oneOf", ())):
        reference = way.get("$ref", "")
        yield study_schema()["$defs"][reference.rsplit("/", 1)[-1]] if reference else way
