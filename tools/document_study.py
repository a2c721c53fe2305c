"""Write the tables of docs/study.md from the study's model: ``python -m tools.document_study``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from siting.config import Study
from siting.config.base import Section, described_fields
from siting.config.limits import LEFT_OUT, LIMITS

__all__ = ["PAGE", "with_tables"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "study.md"
MARKER = "<!-- From here on written by `python -m tools.document_study`. -->\n"


_LIMITS = """
## Every limit

Which way each limit loosens, the function that adds its rows ([formulation](mathematics.md); a
flow or design that is left out never enters the model), and the check of the [audit](audit.md) that
holds it on all weather steps.

"""


def with_tables(page: str) -> str:
    """Return the page with the tree of keys below the marker."""
    text, _, _ = page.partition(MARKER)
    summary = " ".join((Study.__doc__ or "").split())
    tree = "".join(_branch("", Study, {}))
    return f"{text}{MARKER}\n## Every key\n\n{summary} A key opens.\n{tree}{_LIMITS}{_limits()}"


def _limits() -> str:
    """Return the limits as a table."""
    ways = {1: "larger", -1: "smaller", 0: "leave out"}
    rows = [
        f"| `{limit.path}` | {ways[limit.looser]} | "
        f"{limit.family if limit.family == LEFT_OUT else f'`{limit.family}`'} | `{limit.audit}` |"
        for limit in LIMITS
    ]
    head = ["| key | looser | constraint family | check of the audit |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _branch(path: str, section: type[Section], told: dict[type[Section], str]) -> Iterator[str]:
    """Table of the keys of a section, then a fold for each section within it.

    Sections of one form are told once: the others name the first.
    """
    yield "\n| key | default | meaning |\n|---|---|---|\n"
    nested: dict[type[Section], list[str]] = {}
    for key, field in described_fields(section).items():
        yield f"| `{key}` | {_default(field)} | {field.description} |\n"
        inner = _section(field.annotation)
        if inner is not None:
            nested.setdefault(inner, []).append(f"{path}{key}")
    for inner, paths in nested.items():
        named = ", ".join(f"<code>{each}</code>" for each in paths)
        words = " ".join((inner.__doc__ or "").split())
        summary = re.sub("`([^`]+)`", r"<code>\1</code>", escape(words, quote=False))
        if inner in told:
            yield f"\n{named}: {words} Keys as of [`{told[inner]}`](#{_anchor(told[inner])}).\n"
            continue
        told[inner] = paths[0]
        yield f'\n<details markdown="1" id="{_anchor(paths[0])}">\n'
        yield f"<summary>{named}: {summary}</summary>\n"
        yield from _branch(f"{paths[0]}.", inner, told)
        yield "\n</details>\n"


def _anchor(path: str) -> str:
    return path.replace(".", "-")


def _section(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((s for s in map(_section, get_args(annotation)) if s is not None), None)


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.default_factory is dict:
        return "`{}`"
    if field.default_factory is not None:
        return "`all`"
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, Section):
        return "below"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return {None: "`null`", "": "empty"}.get(value, f"`{value}`")


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE}")
