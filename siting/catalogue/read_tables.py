"""Rows of a planner's table as text, each with the line that it begins in.

A table is a sheet of a workbook or a text file. How a text file parts its columns and writes its
numbers is recognised by its content and said; what could be read in two ways is an error.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from siting.catalogue.repairs import plain_numbers
from siting.errors import DataError, Fault
from siting.files import MOST_TABLE, check_size
from siting.files.spreadsheets import read_sheets

__all__ = ["TABLES", "Rows", "plain_name", "read_rows"]

#: Suffixes of tables.
TABLES = (".csv", ".tsv", ".txt", ".xlsx")
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_ALIASES = {"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon"}
_DEGREES = re.compile(r"_?[(\[](?:°|deg|wgs)[^)\]]*[)\]]$")
#: Rows above the header in which a title may stand.
_ABOVE = 20
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Rows:
    """Positions in the file of the rows of a table or the features of a map layer.

    Parameters
    ----------
    where : str
        Name of the file, and of the sheet.
    lines : tuple of int
        Line of each row of a table; empty for a map layer, whose features are counted.
    notes : tuple of str
        How the file was read where that is not plain, in words.
    faults : tuple of Fault
        Errors of rows that were left out, where they did not end the reading.
    """

    where: str
    lines: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def fault(self, row: int, key: str, problem: str, remedy: str) -> Fault:
        """A fault of one row, counted from 0."""
        if self.lines:
            return Fault(self.where, self.lines[row], key, problem, remedy)
        return Fault(self.where, None, f"feature {row + 1}, {key}", problem, remedy)

    def of_column(self, key: str, problem: str, remedy: str) -> Fault:
        """A fault of a whole column."""
        return Fault(self.where, 1 if self.lines else None, key, problem, remedy)


def plain_name(column: str) -> str:
    """Name of a column in small letters and _, positions as ``lat`` and ``lon``."""
    name = _DEGREES.sub("", "_".join(column.lower().split()))
    return _ALIASES.get(name, name)


def read_rows(
    path: Path, *, sheet: str | None = None, wanted: Sequence[str] = (), collect: bool = False
) -> tuple[list[str], list[list[str]], Rows]:
    """Header and rows of a table.

    Raises `DataError` if the table cannot be read or is empty, and for every row of another length
    unless they are collected.

    Parameters
    ----------
    path : pathlib.Path
        Text (.csv and others) or a workbook (.xlsx).
    sheet : str, optional
        Sheet of the workbook; by default the only one that has the wanted columns.
    wanted : sequence of str
        Columns by which the sheet is found, and the header under a title.
    collect : bool, default False
        Whether rows of another length than the header are left out, their errors handed on in
        ``Rows.faults`` to be raised with those of the other rows.

    Returns
    -------
    header : list of str
        Names of the columns.
    cells : list of list of str
        Rows that are not blank, each as long as the header, without space around the cells;
        numbers with a decimal point and without thousands separators.
    rows : Rows
        Their lines, and how the file was read.
    """
    check_size(path, MOST_TABLE)
    notes: list[str] = []
    where = path.name
    workbook = path.suffix.lower() == ".xlsx"
    separator = ","
    if workbook:
        where, found = _sheet(path, sheet, wanted, notes)
    elif sheet is not None:
        remedy = "Leave the key `layer` out, or give a workbook"
        raise DataError(
            [Fault(where, None, "", f"is no workbook and has no sheet {sheet!r}", remedy)]
        )
    else:
        separator, found = _text_rows(path, wanted, notes)
    found = _under_a_title(where, found, wanted, notes)
    if len(found) < 2:
        remedy = "Give a header and at least one row"
        raise DataError([Fault(where, None, "", "the table is empty", remedy)])
    header, body = _without_blank_columns(found)
    named = list(_header_faults(where, found[0][0], header))
    faults = [*named, *_length_faults(where, header, body)]
    body = [(line, row) for line, row in body if len(row) == len(header)]
    if named or (faults and not (collect and body)):
        raise DataError(faults)
    rows = Rows(where, tuple(line for line, _ in body))
    cells = [row for _, row in body]
    if not workbook:
        certain = separator == ","  # where commas part the cells, the point is the decimal mark
        cells, how = plain_numbers(header, cells, rows.fault, point_is_certain=certain)
        notes += [f"{where}: {text}" for text in how]
    return header, cells, Rows(where, rows.lines, tuple(notes), tuple(faults))


def _header_at(rows: Sequence[Sequence[str]], wanted: Sequence[str]) -> int | None:
    """Number of the first row that names the wanted columns, near the top; None without one."""
    for i, row in enumerate(rows[:_ABOVE]):
        if wanted and set(wanted) <= {plain_name(cell) for cell in row}:
            return i
    return None


def _under_a_title(
    where: str, found: list[tuple[int, list[str]]], wanted: Sequence[str], notes: list[str]
) -> list[tuple[int, list[str]]]:
    """Header and rows without the titles above them; what was left out goes to the notes."""
    start = _header_at([row for _, row in found[:_ABOVE]], wanted)
    if not start:
        return found
    notes.append(f"{where}: the header is line {found[start][0]}, what stands above is not read")
    return found[start:]


def _sheet(
    path: Path, sheet: str | None, wanted: Sequence[str], notes: list[str]
) -> tuple[str, list[tuple[int, list[str]]]]:
    """Name and rows of the sheet that is meant."""
    merged: dict[str, list[str]] = {}
    sheets = {title: rows for title, rows in read_sheets(path, merged).items() if rows}
    title = _title(path, sheet, wanted, sheets)
    where = f"{path.name}, sheet {title}"
    notes += [f"{where}: {text}" for text in merged.get(title, ())]
    return where, sheets[title]


def _title(
    path: Path,
    sheet: str | None,
    wanted: Sequence[str],
    sheets: Mapping[str, list[tuple[int, list[str]]]],
) -> str:
    """Title of the sheet that is meant."""
    names = ", ".join(sheets)
    if sheet is not None:
        if sheet not in sheets:
            problem = f"has no sheet {sheet!r} with a table"
            raise DataError([Fault(path.name, None, "layer", problem, f"Its sheets are {names}")])
        return sheet
    fit = [t for t, rows in sheets.items()
           if not wanted or _header_at([row for _, row in rows], wanted) is not None]  # fmt: skip
    if len(fit) > 1:
        what = f" with {', '.join(wanted)}" if wanted else ""
        problem = f"has {len(fit)} sheets{what}: {', '.join(fit)}"
        raise DataError([Fault(path.name, None, "layer", problem, "Name one by the key `layer`")])
    chosen = fit or list(sheets)
    if len(chosen) != 1:
        what = f"sheet with {', '.join(wanted)}" if wanted else "single sheet"
        problem = f"has no {what}" if sheets else "has no sheet with a table"
        remedy = f"Name one by the key `layer`: {names}" if sheets else "Give a header and a row"
        raise DataError([Fault(path.name, None, "layer", problem, remedy)])
    return chosen[0]


def _text_rows(
    path: Path, wanted: Sequence[str], notes: list[str]
) -> tuple[str, list[tuple[int, list[str]]]]:
    """Separator of the columns, and rows that are not blank; how they were read goes to notes."""
    text = _decoded(path, notes)
    told = re.match(r"sep=([,;|\t])[ \t]*(?=\r|\n)", text)  # as spreadsheets write it
    if told:
        text, separator = text[told.end() :], told.group(1)
        notes.append(f"{path.name}: columns parted by {_SEPARATORS[separator]}")
    else:
        separator = _separator(path, text, wanted, notes)
    try:
        return separator, list(_numbered(io.StringIO(text, newline=""), separator))
    except _BrokenLineError as error:
        remedy = "Close each quotation mark, and double those within a cell"
        problem = f"cannot be read ({error.__cause__})"
        raise DataError([Fault(path.name, error.line, "", problem, remedy)]) from None


def _decoded(path: Path, notes: list[str]) -> str:
    """Text in UTF-8 or UTF-16, or in the code page of Windows where it is neither."""
    try:
        content = path.read_bytes()
    except OSError as error:
        remedy = "Give a readable table"
        raise DataError([Fault(path.name, None, "", f"cannot be read ({error})", remedy)]) from None
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    if encoding != "utf-16" and b"\0" in content:
        remedy = "Give a table of text (.csv) or a workbook (.xlsx)"
        raise DataError([Fault(path.name, None, "", "is not text (it holds zero bytes)", remedy)])
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            problem = f"cannot be read ({error})"
            raise DataError([Fault(path.name, None, "", problem, "Save it as UTF-8")]) from None
        text, encoding = content.decode("cp1252", errors="replace"), "cp1252"
        if "\N{REPLACEMENT CHARACTER}" in text:
            line = content[: error.start].count(b"\n") + 1
            problem = "is text neither in UTF-8 nor in Windows-1252"
            raise DataError([Fault(path.name, line, "", problem, "Save it as UTF-8")]) from None
    if encoding in ("cp1252", "utf-16"):
        notes.append(f"{path.name}: read as {encoding}")
    return text


def _separator(path: Path, text: str, wanted: Sequence[str], notes: list[str]) -> str:
    """Separator of the columns: the one that splits the header and the rows alike."""
    lines = [line for line in text.splitlines() if line.strip()][:50]
    if not lines:
        return ","
    starts = [_header_at([_split(line, s) for line in lines], wanted) for s in _SEPARATORS]
    lines = lines[min((start for start in starts if start is not None), default=0) :]
    counts = {s: max(_widths(lines[:1], s), default=0) for s in _SEPARATORS}
    several = {s: n for s, n in counts.items() if n > 1}
    if not several:
        return ","
    even = {s: n for s, n in several.items() if set(_widths(lines[1:], s)) <= {n}}
    best = max((even or several).values())
    chosen = [s for s, n in (even or several).items() if n == best]
    if len(chosen) > 1:
        how = " or ".join(_SEPARATORS[s] for s in chosen)
        problem = f"the columns could be parted by {how}"
        raise DataError([Fault(path.name, 1, "", problem, "Put cells that hold them in quotes")])
    if chosen[0] != ",":
        notes.append(f"{path.name}: columns parted by {_SEPARATORS[chosen[0]]}")
    return chosen[0]


def _split(line: str, separator: str) -> list[str]:
    """Cells of one line, as far as it is a row."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _widths(lines: list[str], separator: str) -> list[int]:
    """Number of cells of each row; none where a line is no row, which is told when it is read."""
    try:
        return [len(row) for row in csv.reader(lines, delimiter=separator)]
    except csv.Error:
        return []


def _without_blank_columns(
    found: list[tuple[int, list[str]]],
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows without columns that have neither a name nor a cell, as spreadsheets add."""
    header, body = found[0][1], found[1:]
    filled = {i for _, row in body for i, cell in enumerate(row) if cell}
    width = len(header)
    blank = {i for i, name in enumerate(header) if not name and i not in filled}
    if not blank:
        return header, body

    def kept(row: list[str]) -> list[str]:
        """Cells of the columns that stay, and those that the header does not reach."""
        return [c for i, c in enumerate(row) if i not in blank and (i < width or c)]

    return kept(header), [(line, kept(row)) for line, row in body]


def _header_faults(where: str, line: int, header: list[str]) -> Iterator[Fault]:
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        yield Fault(where, line, name, "the column is there twice", "Keep one")
    for i, name in enumerate(header):
        if not name and i:  # a matrix leaves its first corner blank
            problem = f"column {i + 1} has no name"
            yield Fault(where, line, "", problem, "Name it, or remove its cells")


def _length_faults(
    where: str, header: list[str], body: list[tuple[int, list[str]]]
) -> Iterator[Fault]:
    remedy = "Give each column a cell; numbers with decimal commas need quotes or semicolons"
    for line, row in body:
        if len(row) != len(header):
            problem = f"the line has {len(row)} cells, the header has {len(header)}"
            yield Fault(where, line, "", problem, remedy)


class _BrokenLineError(Exception):
    """A line that is no row of a table."""

    def __init__(self, line: int) -> None:
        self.line = line


def _numbered(text: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line that it begins in, counted from 1."""
    reader = csv.reader(text, strict=True, delimiter=separator)
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
