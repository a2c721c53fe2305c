"""Write docs/options.md from the commands themselves: ``python -m tools.document_cli``."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import typer

from siting.cli import app

__all__ = ["PAGE", "cli_page"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "options.md"
HEAD = (
    "# Options\n\nEvery command with its arguments and options, written by `python -m "
    "tools.document_cli` from the\ncommands themselves. What they are for is in "
    "[the command line](cli.md).\n"
)
#: What a value is called.
WORDS = {str: "text", int: "whole number", float: "number", Path: "path"}


def cli_page() -> str:
    """Return the page of all commands and their options."""
    root: Any = typer.main.get_command(app)
    return HEAD + "".join(
        part for name, command in sorted(root.commands.items()) for part in _command(name, command)
    )


def _command(name: str, command: Any) -> Iterator[str]:
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    usage = " ".join(["siting", name, *(_label(argument) for argument in arguments)])
    yield f"\n## {name}\n\n```\n{usage} [OPTIONS]\n```\n\n{_plain(command.help or '')}\n\n"
    yield "| option | value | default | meaning |\n|---|---|---|---|\n"
    for parameter in shown:
        yield _row(parameter)


def _row(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    spelled = _label(parameter) if is_argument else ", ".join(parameter.opts)
    cells = (f"`{spelled}`", _value(parameter), _default(parameter), _plain(parameter.help))
    return f"| {' | '.join(cells)} |\n"


def _value(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return "flag"
    annotation = parameter.type_descriptor.annotation
    kind = next((k for k in get_args(annotation) if k is not NoneType), annotation)
    choices = ", ".join(kind) if issubclass(kind, StrEnum) else WORDS[kind]
    value = _plain(parameter.metavar) or choices
    if parameter.min is not None or parameter.max is not None:
        value += f", {_bound(parameter.min)} to {_bound(parameter.max)}"
    return f"{value}, may be repeated" if parameter.multiple or parameter.nargs == -1 else value


def _bound(bound: float | None) -> str:
    return "any" if bound is None else f"{bound:g}"


def _label(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper()).strip("[]")


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    empty = value is None or callable(value) or value is False or value in ((), [])
    return "" if empty else f"`{value}`"


def _plain(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(cli_page(), encoding="utf-8")
    print(f"wrote {PAGE}")
