"""Workbooks (XLSX): sheets read as plain text, and written so that no cell is computed."""

from __future__ import annotations

import datetime
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import DataError, Fault
from siting.files.archives import checked_archive

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_sheets", "write_workbook"]

type Row = tuple[int, list[str]]

_LONGEST = 32_767  # characters of a cell, by the format
_WIDEST = 60
_REMEDY = "Save it again as .xlsx from a spreadsheet program, or as .csv"


def read_sheets(path: Path) -> dict[str, list[Row]]:
    """Rows of every sheet as text, each with its number.

    Parameters
    ----------
    path : pathlib.Path
        XLSX.

    Returns
    -------
    dict of str to list
        By sheet: rows that are not blank, counted from 1 as spreadsheets do. A formula is the
        value that was last computed for it.

    Raises
    ------
    siting.errors.DataError
        If it cannot be read, or a formula has never been computed.
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
                sheets[sheet.title] = _rows(sheet.iter_rows(values_only=True))
                if written is not None:
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


def _rows(rows: Any) -> list[Row]:
    found = []
    for number, row in enumerate(rows, start=1):
        cells = [_text(value) for value in row]
        if any(cells):
            found.append((number, cells))
    return found


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


def write_workbook(
    sheets: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    notes: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write tables as the sheets of a workbook, text as text, whatever it begins with.

    Parameters
    ----------
    sheets : mapping of str to DataFrame
        By title, at most 31 characters; columns become the header, the index is left out.
    path : pathlib.Path
        The file.
    notes : mapping of str to sequence of str, optional
        Lines under the table of a sheet.
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
        rows += [[line] for line in (notes or {}).get(title, ())]
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
