"""Spreadsheets (CSV, XLSX): read as plain text, and written so that no cell is ever computed.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, which may
start programs. Such a cell is led by an apostrophe, as spreadsheets mark text themselves; numbers
stay numbers.
"""

from __future__ import annotations

import datetime
import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import DataError, Fault
from siting.files import checked_archive

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["inert", "is_number", "read_csv", "read_sheets", "write_csv", "write_workbook"]


#: The wide forms are those that some spreadsheets take for the others.
_SIGNS = re.escape("=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}") + re.escape(
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
#: Where a cell begins, at its start or after what some spreadsheets take for the next cell, and is
#: a formula, behind any apostrophes, so that the way back takes one away.
_BEGINS, _FORMULA = r"(?:^|(?<=[;\t\r\n]))", rf"[\s']*[{_SIGNS}]"
_LIVE = re.compile(rf"^(?='*[\t\r])|{_BEGINS}(?={_FORMULA})")
_INERT = re.compile(rf"^'(?='*[\t\r])|{_BEGINS}'(?={_FORMULA})")


def inert(value: Any) -> Any:
    """A value that no spreadsheet computes.

    Text that would be a formula gets an apostrophe before it; text that is a number, and anything
    that is not text, stays as it is.
    """
    if not isinstance(value, str) or is_number(value):
        return value
    return _LIVE.sub("'", value)


def _live(value: Any) -> Any:
    """The value that :func:`inert` was given."""
    return _INERT.sub("", value) if isinstance(value, str) else value


def is_number(text: str) -> bool:
    """Return whether a cell is written as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_csv(table: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    """Write a table as CSV in UTF-8, its formulas inert."""
    if index:
        table = table.reset_index()
    _mapped(table, inert).to_csv(path, index=False, lineterminator="\n")


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """Read what :func:`write_csv` has written: a blank line is a table without columns.

    A ValueError says that a file is none, such as one of no bytes.
    """
    import pandas as pd

    text = path.read_text(encoding="utf-8")
    if text and not text.strip():
        return pd.DataFrame()
    return _mapped(pd.read_csv(path, **options), _live)


def _mapped(table: pd.DataFrame, change: Callable[[Any], Any]) -> pd.DataFrame:
    """The table with its text and its header changed."""
    text = table.select_dtypes(include=["object", "string", "category"]).columns
    changed = {name: table[name].astype(object).map(change, na_action="ignore") for name in text}
    return table.assign(**changed).rename(columns=change)


type Row = tuple[int, list[str]]

_LONGEST = 32_767  # characters of a cell, by the format
_WIDEST = 60
_REMEDY = "Save it again as .xlsx from a spreadsheet program, or as .csv"


def read_sheets(path: Path, merged: dict[str, list[str]] | None = None) -> dict[str, list[Row]]:
    """Rows of every sheet of an XLSX that are not blank as text, each with its number, from 1.

    A formula is the value that was last computed for it. ``merged`` takes by sheet what was said of
    merged cells: their value counts for each of them. A `DataError` says that it cannot be read, or
    that a formula has never been computed.
    """
    from openpyxl import load_workbook

    parts = checked_archive(path)
    formulas = any(b"<f" in xml for name, xml in parts.items() if "sheet" in name.lower())
    sheets: dict[str, list[Row]] = {}
    faults: list[Fault] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations, which are not read
            values = load_workbook(path, read_only=True, data_only=True)
            written = load_workbook(path, read_only=True) if formulas else None
            for sheet in values.worksheets:
                sheet.reset_dimensions()  # what a file says of its size may be wrong
                areas = _merged_areas(parts.get(sheet._worksheet_path.lstrip("/"), b""))
                sheets[sheet.title] = _rows(sheet.iter_rows(values_only=True), areas)
                if merged is not None:
                    first = sheets[sheet.title][0][0] if sheets[sheet.title] else 0
                    merged[sheet.title] = [
                        f"{area.name} are merged, and their value counts for each of them"
                        for area in areas if area.last_row > area.first_row > first
                    ]  # fmt: skip
                if written is not None:
                    written[sheet.title].reset_dimensions()
                    faults += _uncomputed(path, sheet, written[sheet.title])
    except DataError:
        raise
    except Exception as error:  # the reader raises whatever a broken part makes of it
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(
            [Fault(path.name, None, "", f"cannot be read ({reason})", _REMEDY)]
        ) from None
    if faults:
        raise DataError(faults)
    return sheets


@dataclass(frozen=True)
class _Area:
    """Cells that are merged: rows and columns counted from 1, both ends included."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


def _merged_areas(xml: bytes) -> list[_Area]:
    """Merged cells of a sheet, from the top."""
    from openpyxl.utils import range_boundaries

    found = []
    for name in re.findall(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z0-9:]+)"', xml):
        left, top, right, bottom = range_boundaries(name.decode())
        found.append(_Area(name.decode(), top, bottom, left, right))
    return sorted(found, key=lambda area: area.first_row)


def _rows(rows: Any, areas: Sequence[_Area] = ()) -> list[Row]:
    """Rows that are not blank, all of one length; each merged cell has the value of the first."""
    found: list[Row] = []
    values: dict[_Area, str] = {}
    ahead, open_now = list(areas)[::-1], list[_Area]()
    for number, row in enumerate(rows, start=1):
        cells = [_text(value) for value in row]
        while ahead and ahead[-1].first_row <= number:
            open_now.append(ahead.pop())
        open_now = [area for area in open_now if area.last_row >= number]
        for area in open_now:
            if area.first_row == number:
                at = area.first_column - 1
                values[area] = cells[at] if at < len(cells) else ""
            if values.get(area):
                cells += [""] * (area.last_column - len(cells))
                cells[area.first_column - 1 : area.last_column] = [values[area]] * (
                    area.last_column - area.first_column + 1
                )
        if any(cells):
            found.append((number, cells))
    width = max((len(cells) for _, cells in found), default=0)
    return [(number, cells + [""] * (width - len(cells))) for number, cells in found]


def _text(value: object) -> str:
    """A cell as a table of text would hold it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value).strip()


def _uncomputed(path: Path, values: Any, written: Any) -> list[Fault]:
    """Formulas without a value, which a program wrote and no spreadsheet has opened since."""
    faults = []
    rows = zip(values.iter_rows(), written.iter_rows(), strict=False)
    for cells, originals in rows:
        for cell, original in zip(cells, originals, strict=False):
            if getattr(original, "data_type", "") == "f" and cell.value is None:
                where = f"{path.name}, sheet {values.title}"
                problem = f"cell {original.coordinate} is a formula that was never computed"
                remedy = "Open and save the workbook in a spreadsheet program, or give the value"
                faults.append(Fault(where, int(original.row), "", problem, remedy))
    return faults


def write_workbook(sheets: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write tables as the sheets of a workbook, text as text, whatever it begins with.

    Titles have at most 31 characters; columns become the header, the index is left out.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.active)
    bold = Font(bold=True)
    for title, table in sheets.items():
        sheet = book.create_sheet(title[:31])
        rows = [list(table.columns), *table.itertuples(index=False, name=None)]
        for i, row in enumerate(rows, start=1):
            for j, value in enumerate(row, start=1):
                _fill(sheet.cell(i, j), value)
                if i == 1:
                    sheet.cell(i, j).font = bold
        sheet.freeze_panes = "B2"
        for j, column in enumerate(table.columns, start=1):
            longest = max([len(str(column)), *(len(str(v)) for v in table.iloc[:200, j - 1])])
            sheet.column_dimensions[get_column_letter(j)].width = min(longest + 2, _WIDEST)
    book.save(path)


def _escaped(character: re.Match[str]) -> str:
    return character.group().encode("unicode_escape").decode("ascii")


def _fill(cell: Any, value: Any) -> None:
    """Put a value into a cell; text is marked as text, so that no formula runs."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if hasattr(value, "item"):
        value = value.item()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        cell.value = value
        return
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    cell.value = ILLEGAL_CHARACTERS_RE.sub(_escaped, text)[:_LONGEST]
    cell.data_type = "s"
    cell.quotePrefix = True
