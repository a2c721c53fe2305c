"""Tables of the command line: 80 columns wide, on standard output."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table

__all__ = ["print_csv", "print_json", "print_pairs", "print_renderable", "print_table"]

WIDTH = 80


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    # A name could hold sequences that move the cursor or recolour the terminal.
    return "".join(c if c.isprintable() else " " for c in str(value))


def print_renderable(renderable: RenderableType) -> None:
    """Print a ready-made table or group, at most 80 columns wide."""
    _console().print(renderable)


def _console() -> Console:
    return Console(width=WIDTH, highlight=False, markup=False, emoji=False)


def print_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows with the same keys; numbers stand to the right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        numeric = all(isinstance(row[name], int | float | None) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row.values()))
    _console().print(table)


def print_pairs(title: str, pairs: Mapping[str, Any]) -> None:
    """Print names and values, one pair a line."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(name, _text(value))
    _console().print(table)


def print_json(value: Any) -> None:
    """Print JSON; a missing number is null."""
    sys.stdout.write(json.dumps(_nulls(value), indent=2, ensure_ascii=False) + "\n")


def _nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _nulls(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_nulls(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV; lists within a cell are joined by spaces."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        cells = {k: " ".join(v) if isinstance(v, list | tuple) else v for k, v in row.items()}
        writer.writerow({k: "" if _text(v) == "–" else v for k, v in cells.items()})
