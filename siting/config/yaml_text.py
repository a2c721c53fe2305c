"""YAML to plain data, with the line of every key, and every fault of the text at once.

The text is composed to YAML nodes, never constructed into objects: only mappings, lists, text,
numbers, true, false and null exist in a study, whatever tags the file holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from siting.config.issues import Key, dotted, is_text, show
from siting.errors import Fault, StudyError

__all__ = ["Document", "read_text", "read_yaml"]

MAX_BYTES = 4_000_000
MAX_NODES = 200_000
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
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise StudyError([_syntax_fault(error, where)]) from None
    except RecursionError:
        fault = Fault(where, None, "", "is nested too deeply", "A study has at most five levels.")
        raise StudyError([fault]) from None
    except (ValueError, IndexError, AttributeError, TypeError, AssertionError) as error:
        # The YAML parser itself fails on some malformed directives, tags and escapes.
        fault = Fault(where, None, "", f"is not valid YAML ({error})", "Write plain YAML.")
        raise StudyError([fault]) from None
    if node is None:
        return Document(None)
    walker = _Walker(where)
    try:
        data = walker.value(node, ())
    except RecursionError:
        fault = Fault(where, None, "", "is nested too deeply", "A study has at most five levels.")
        raise StudyError([fault]) from None
    return Document(data, walker.lines, walker.faults)


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
                    f"stands twice, first in line {first}",
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
