"""Rows of a planner's table as text, each with the line that it begins in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from siting.errors import DataError, Fault
from siting.files.limits import MOST_TABLE, check_size

__all__ = ["Rows", "read_rows"]


@dataclass(frozen=True)
class Rows:
    """Where the rows of a table or the features of a map layer are written.

    Parameters
    ----------
    where : str
        Name of the file.
    lines : tuple of int
        Line of each row of a table; empty for a map layer, whose features are counted.
    """

    where: str
    lines: tuple[int, ...] = ()

    def fault(self, row: int, key: str, problem: str, remedy: str) -> Fault:
        """A fault of one row, counted from 0."""
        if self.lines:
            return Fault(self.where, self.lines[row], key, problem, remedy)
        return Fault(self.where, None, f"feature {row + 1}, {key}", problem, remedy)

    def of_column(self, key: str, problem: str, remedy: str) -> Fault:
        """A fault of a whole column."""
        return Fault(self.where, 1 if self.lines else None, key, problem, remedy)


def read_rows(path: Path) -> tuple[list[str], list[list[str]], Rows]:
    """Header and rows of a comma-separated table.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8.

    Returns
    -------
    header : list of str
        Names of the columns.
    cells : list of list of str
        Rows that are not blank, each as long as the header, without space around the cells.
    rows : Rows
        Their lines.

    Raises
    ------
    siting.errors.DataError
        If the table cannot be read or is empty, and for every row of another length.
    """
    check_size(path, MOST_TABLE)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            found = list(_numbered(text))
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Give a readable table (.csv, UTF-8)"
        raise DataError([Fault(path.name, None, "", f"cannot be read ({error})", remedy)]) from None
    except _BrokenLineError as error:
        remedy = "Close each quotation mark, and double those within a cell"
        problem = f"cannot be read ({error.__cause__})"
        raise DataError([Fault(path.name, error.line, "", problem, remedy)]) from None
    if len(found) < 2:
        remedy = "Give a header and at least one row"
        raise DataError([Fault(path.name, None, "", "the table is empty", remedy)])
    (_, header), body = found[0], found[1:]
    faults = [
        Fault(path.name, 1, name, "the column is there twice", "Keep one")
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    one = ";" in header[0] and len(header) == 1
    remedy = "Part the columns by commas, not by semicolons" if one else "Give each column a cell"
    faults += [
        Fault(path.name, line, "", f"the line has {len(row)} cells, the header has {len(header)}",
              remedy)
        for line, row in body
        if len(row) != len(header)
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    return header, [row for _, row in body], Rows(path.name, tuple(line for line, _ in body))


class _BrokenLineError(Exception):
    """A line that is no row of a table."""

    def __init__(self, line: int) -> None:
        self.line = line


def _numbered(text: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line that it begins in, counted from 1."""
    reader = csv.reader(text, strict=True)
    begin = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _BrokenLineError(begin) from error
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield begin, [cell.strip() for cell in row]
        begin = reader.line_num + 1
