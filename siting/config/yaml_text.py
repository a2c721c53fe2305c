"""YAML to plain data, with the line of every key, and every fault of the text at once.

The text is composed to YAML nodes, never constructed into objects: only mappings, lists, text,
numbers, true, false and null exist in a study, whatever tags the file holds. Overrides
``path=value`` of single keys are read by the same rules.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from siting.config.base import Key, dotted, is_text, show, suggest
from siting.errors import Fault, StudyError

__all__ = [
    "MAX_DEPTH",
    "Document",
    "Override",
    "apply_overrides",
    "parse_override",
    "parse_scenarios",
    "read_text",
    "read_yaml",
    "too_deep",
]


MAX_BYTES = 4_000_000
MAX_NODES = 200_000
#: Levels of nesting, twenty times those of a study.
MAX_DEPTH = 100
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Document:
    """Plain data of a YAML text.

    Parameters
    ----------
    data : object
        Mappings, lists, text, numbers, true, false and null.
    lines : dict
        Line of each key, counted from 1.
    faults : list of Fault
        What is wrong with the text itself, such as a key that stands twice.
    """

    data: Any
    lines: dict[Key, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_text(path: Path) -> str:
    """Read a file of UTF-8 text, or say what it is instead."""
    where = str(path)

    def refuse(problem: str, remedy: str, line: int | None = None) -> StudyError:
        return StudyError([Fault(where, line, "", problem, remedy)])

    try:
        if path.is_dir():
            raise refuse("is a folder", "Give the YAML file of a study.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)  # never more, whatever the file goes on with
    except FileNotFoundError:
        raise refuse("does not exist", "`siting new NAME` writes a study to start from.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse(f"cannot be read: {reason}", "Check the path and your rights.") from None
    if len(content) > MAX_BYTES:
        raise refuse(f"holds more than {MAX_BYTES:,} bytes", "A study is a short YAML text.")
    if b"\0" in content:
        raise refuse("is not text (it holds zero bytes)", "Save the study as UTF-8 text.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refuse("is not UTF-8 text", "Save the study as UTF-8.", line) from None


def read_yaml(text: str, where: str) -> Document:
    """Parse YAML 1.2; raise `StudyError` where the text cannot be parsed at all."""
    try:
        node = _composed(text)
    except MaxDepthExceededError as error:
        raise too_deep(where, error.problem_mark.line + 1) from None
    except YAMLError as error:
        raise StudyError([_syntax_fault(error, where)]) from None
    except (ValueError, IndexError, AttributeError, TypeError, AssertionError) as error:
        # The YAML parser itself fails on some malformed directives, tags and escapes.
        fault = Fault(where, None, "", f"is not valid YAML ({error})", "Write plain YAML.")
        raise StudyError([fault]) from None
    if node is None:
        return Document(None)
    walker = _Walker(where)
    try:
        data = walker.value(node, ())
    except RecursionError:  # by aliases of aliases
        raise too_deep(where) from None
    return Document(data, walker.lines, walker.faults)


def too_deep(where: str, line: int | None = None) -> StudyError:
    """Error of a study with more levels than any has, or one that holds itself."""
    remedy = "A study has at most five levels."
    return StudyError([Fault(where, line, "", "is nested too deeply", remedy)])


def _composed(text: str) -> Node | None:
    """Nodes of a text, which nothing writes to; none of an empty one."""
    reader = YAML(typ="safe", pure=True)
    reader.max_depth = MAX_DEPTH
    node: Node | None = reader.compose(text)
    return node


def _syntax_fault(error: YAMLError, where: str) -> Fault:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        problem = " ".join(str(part) for part in (error.context, error.problem) if part)
    else:
        line, problem = None, str(error).splitlines()[0]
    if isinstance(error, ReaderError):
        problem = "holds a control character that YAML does not allow"
    remedy = "Check the indentation, the colons and the brackets at and above this line."
    if "\\t" in problem or "\t" in problem:
        remedy = "Indent with spaces, never with tabs."
    elif "single document" in problem:
        remedy = "Keep one study in a file: remove the line `---` between them."
    return Fault(where, line, "", f"is not valid YAML: {problem}", remedy)


class _Walker:
    """Turns nodes into plain data and notes lines and faults on the way."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.lines: dict[Key, int] = {}
        self.faults: list[Fault] = []
        self._open: set[int] = set()
        self._count = 0
        self._scalars = YAML(typ="safe", pure=True).constructor

    def value(self, node: Node, key: Key) -> Any:
        self._count += 1
        if self._count > MAX_NODES:
            self._fault(node, key, "repeats aliases without end", "Write the values out.")
            raise StudyError(self.faults)
        if id(node) in self._open:
            self._fault(node, key, "is an alias of what it lies in", "Write the values out.")
            return None
        self.lines.setdefault(key, node.start_mark.line + 1)
        if isinstance(node, ScalarNode):
            return self._scalar(node, key)
        self._open.add(id(node))
        try:
            if isinstance(node, MappingNode) and str(node.tag) == f"{_TAG}map":
                return self._mapping(node, key)
            if isinstance(node, SequenceNode) and str(node.tag) == f"{_TAG}seq":
                return [self.value(item, (*key, i)) for i, item in enumerate(node.value)]
            self._unknown_tag(node, key)
            return None
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for name_node, value_node in node.value:
            if str(name_node.tag) == f"{_TAG}merge":
                for part in self._merge_parts(value_node, key):
                    merged = {**part, **merged}
                continue
            name = self._name(name_node, key)
            if name is None:
                continue
            path = (*key, name)
            if name in own:
                first = self.lines[path]
                self._fault(
                    name_node,
                    path,
                    f"is given twice, first in line {first}",
                    "Keep one of the two.",
                )
                continue
            self.lines[path] = name_node.start_mark.line + 1
            own[name] = self.value(value_node, path)
        return {**merged, **own}

    def _merge_parts(self, node: Node, key: Key) -> Iterator[dict[str, Any]]:
        parts = node.value if isinstance(node, SequenceNode) else [node]
        for part in parts:
            value = self.value(part, key)
            if isinstance(value, dict):
                yield value
            else:
                self._fault(part, key, "merges what is not a mapping", "Merge a mapping with <<.")

    def _name(self, node: Node, key: Key) -> str | None:
        name = self._scalar(node, key) if isinstance(node, ScalarNode) else None
        if isinstance(name, str) and is_text(name):
            return name
        shown = show(name) if isinstance(node, ScalarNode) else "a list or mapping"
        remedy = "Keys are text; put it in quotes."
        if isinstance(name, str):
            remedy = "It holds half a character, which no text can; write it anew."
        self._fault(node, key, f"has {shown} as a key", remedy)
        return None

    def _scalar(self, node: ScalarNode, key: Key) -> Any:
        tag = str(node.tag).removeprefix(_TAG)
        text: str = node.value
        if tag in {"str", "timestamp", "value"}:
            return text
        if tag == "null":
            return None
        try:
            if tag == "bool":
                return {"true": True, "false": False}[text.lower()]
            if tag == "int":
                return self._scalars.construct_yaml_int(node)
            if tag == "float":
                return self._scalars.construct_yaml_float(node)
        except (ValueError, KeyError, IndexError, OverflowError):
            self._fault(node, key, f"is {show(text)}, not a value of its type", "Write it plainly.")
            return None
        self._unknown_tag(node, key)
        return None

    def _unknown_tag(self, node: Node, key: Key) -> None:
        tag = str(node.tag).replace(_TAG, "!!")
        self._fault(node, key, f"has the tag {tag}", "Remove it: a study is plain YAML.")

    def _fault(self, node: Node, key: Key, problem: str, remedy: str) -> None:
        line = node.start_mark.line + 1
        self.faults.append(Fault(self.where, line, dotted(key), problem, remedy))


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


def parse_scenarios(given: Sequence[str]) -> dict[str, list[str]]:
    """Read ``NAME:path=value;path=value``; StudyError names every one that cannot be read."""
    found: dict[str, list[str]] = {}
    faults = []
    for text in given:
        name, colon, changes = text.partition(":")
        if not (colon and name.strip()) or name.strip() in found:
            problem = f"is {text!r}" if name.strip() not in found else f"names {name!r} twice"
            remedy = "Write NAME:path=value;path=value, as in dry:supply.hydro_year=dry."
            faults.append(Fault("--scenario", None, "", problem, remedy))
            continue
        found[name.strip()] = [part for part in changes.split(";") if part.strip()]
        for part in found[name.strip()]:
            try:
                parse_override(part)
            except StudyError as error:
                faults += [replace(fault, where="--scenario") for fault in error.faults]
    if faults:
        raise StudyError(faults)
    return found
