"""Write the tables of docs/study.md from the study's model: ``python -m tools.document_study``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from siting.config import Study
from siting.config.base import Section
from siting.config.limit_table import markdown_table

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
    """Return the page with a new table for each section below the marker."""
    text, _, _ = page.partition(MARKER)
    return text + MARKER + "".join(_tables("A study", Study)) + _LIMITS + markdown_table()


def _tables(title: str, section: type[Section]) -> Iterator[str]:
    summary = " ".join((section.__doc__ or "").split())
    yield f"\n## {title}\n\n{summary}\n\n| key | default | meaning |\n|---|---|---|\n"
    nested = []
    for name, field in section.model_fields.items():
        key = field.alias or name
        yield f"| `{key}` | {_default(field)} | {field.description} |\n"
        inner = _section(field.annotation)
        if inner is not None:
            nested.append((key, inner))
    for key, inner in nested:
        path = key if section is Study else f"{title.strip('`')}.{key}"
        yield from _tables(f"`{path}`", inner)


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
