"""Overrides ``path=value`` of single keys, as `--set` and a sweep give them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from siting.config.issues import Key, dotted, is_text, show, suggest
from siting.config.yaml_text import read_yaml
from siting.errors import Fault, StudyError

__all__ = ["Override", "apply_overrides", "parse_override"]

WHERE = "--set"
_STEP = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<index>\d{1,6})\]")


@dataclass(frozen=True)
class Override:
    """A new value for one key.

    Parameters
    ----------
    key : tuple of str or int
        Path, in which an entry of a list stands as its index or its name.
    value : object
        Plain data.
    """

    key: Key
    value: Any


def _fault(key: str, problem: str, remedy: str) -> StudyError:
    return StudyError([Fault(WHERE, None, key, problem, remedy)])


def parse_override(text: str) -> Override:
    """Split ``path=value``; the value is YAML 1.2, so ``null``, ``[a, b]`` and ``5`` work."""
    path, equals, value = text.partition("=")
    path = path.strip()
    if not equals or not path:
        raise _fault("", f"is {show(text)}", "Write path=value, as in limits.max_sites=3.")
    try:
        document = read_yaml(value, WHERE)
    except StudyError as error:
        problem = error.faults[0].problem
        raise _fault(path, f"the value {show(value)} {problem}", "Quote it.") from None
    if document.faults:
        raise StudyError(document.faults)
    return Override(parse_path(path), document.data)


def parse_path(path: str) -> Key:
    """Split a path such as ``demand.workloads[0].it_mw`` into its steps."""
    steps = list(_STEP.finditer(path))
    whole = "".join(step.group() for step in steps) == path.replace(".", "")
    if not steps or not whole or ".." in path or not is_text(path):
        raise _fault(path, "is not a path", "Write it like demand.workloads[0].it_mw.")
    return tuple(int(s["index"]) if s["index"] else s["name"] for s in steps)


def apply_overrides(
    mapping: dict[str, Any], overrides: Iterable[str | Override], defaults: dict[str, Any]
) -> tuple[dict[str, Any], set[Key], list[Fault]]:
    """Return a copy of a study's data with the overrides in it.

    Parameters
    ----------
    mapping : dict
        Data of the study.
    overrides : iterable of str or Override
        Each ``path=value``; a later one wins over an earlier one.
    defaults : dict
        Values of the sections that a study may leave out.

    Returns
    -------
    dict, set of tuple, list of Fault
        The new data, the keys that were set, and the overrides that could not be applied.
    """
    data = copy.deepcopy(mapping)
    keys: set[Key] = set()
    faults: list[Fault] = []
    for given in overrides:
        try:
            override = parse_override(given) if isinstance(given, str) else given
            keys |= _assign(data, override, defaults)
        except StudyError as error:
            faults.extend(error.faults)
    return data, keys, faults


def _assign(data: dict[str, Any], override: Override, defaults: dict[str, Any]) -> set[Key]:
    """Set the value, and return the keys that were made for it and its own."""
    made: set[Key] = set()
    parent: Any = data
    fallback: Any = defaults
    key: Key = ()
    for step in override.key[:-1]:
        place = _locate(parent, step, key, override.key)
        fallback = fallback.get(step) if isinstance(fallback, dict) else None
        if isinstance(parent, dict) and parent.get(place) is None:
            parent[place] = copy.deepcopy(fallback) if fallback is not None else {}
            made.add((*key, place))
        key = (*key, place)
        parent = parent[place]
    place = _locate(parent, override.key[-1], key, override.key)
    # A copy: a later override may lie inside the value, which stays the caller's.
    parent[place] = copy.deepcopy(override.value)
    return {*made, (*key, place)}


def _locate(parent: Any, step: str | int, key: Key, full: Key) -> Any:
    """Find the key or index that one step of a path means."""
    if isinstance(parent, dict) and isinstance(step, str):
        return step
    if not isinstance(parent, list):
        problem = f"{dotted(key) or 'the study'} is {show(parent)} and has no entry {show(step)}"
        raise _fault(dotted(full), problem, "Set that key as a whole, or correct the path.")
    if isinstance(step, int):
        if step < len(parent):
            return step
        problem = f"{dotted(key)} has {len(parent)} entries, the first is [0]"
        raise _fault(dotted(full), problem, "Give an index that exists.")
    names = [str(item.get("name")) if isinstance(item, dict) else None for item in parent]
    if step in names:
        return names.index(step)
    problem = f"{dotted(key)} has no entry named {show(step)}"
    raise _fault(dotted(full), problem, suggest(step, [name for name in names if name]))
