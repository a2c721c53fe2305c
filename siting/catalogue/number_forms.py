"""Number formats of a table: decimal commas and thousands separators, found from its content.

``1,234`` is 1.234 in one country and 1234 in another. What other numbers of the same table show
decides; where none does, it is an error and never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from siting.errors import DataError, Fault

__all__ = ["plain_numbers"]

_SIGN = r"[-+\N{MINUS SIGN}]?"
_GROUP = (
    "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}'\N{RIGHT SINGLE QUOTATION MARK}]"
)
_EXPONENT = r"(?:[eE][-+]?\d+)?"
#: Any writing of a number, with either sign as decimal mark.
_NUMBER = re.compile(
    rf"{_SIGN}(?:\d+|\d{{1,3}}(?:(?:{_GROUP}|[.,])\d{{3}})+)(?:[.,]\d+)?{_EXPONENT}"
)


def _only(mark: str, other: str) -> re.Pattern[str]:
    """Numbers in which only one sign can be the decimal mark: 0,5 · 50,13 · 1.234,5 · 1.234.567."""
    m, o = re.escape(mark), re.escape(other)
    forms = (
        rf"\d+{m}(?!\d{{3}}$)\d+",
        rf"0{m}\d+",
        rf"\d{{4,}}{m}\d+",
        rf"\d{{1,3}}(?:{o}\d{{3}})+{m}\d+",
        rf"\d{{1,3}}(?:{o}\d{{3}}){{2,}}",
        rf"\d{{1,3}}(?:{_GROUP}\d{{3}})+{m}\d+",
    )
    return re.compile(rf"{_SIGN}(?:{'|'.join(forms)}){_EXPONENT}")


_COMMA, _POINT = _only(",", "."), _only(".", ",")
#: 1,234 alone says neither, and 1.234 only where a point cannot part thousands.
_EITHER = re.compile(rf"{_SIGN}[1-9]\d{{0,2}}[.,]\d{{3}}")
#: Degrees have no thousands: the one mark of such a cell is the decimal one.
_DEGREES = ("lat", "lon", "latitude", "longitude", "lng", "long")
_DEGREE = re.compile(rf"{_SIGN}\d{{1,3}}([.,])\d+")
#: Columns that are text whatever they hold.
_TEXT = ("id", "name", "country", "notes", "from", "to")


def plain_numbers(
    header: Sequence[str],
    cells: list[list[str]],
    fault: Callable[[int, str, str, str], Fault],
    *,
    point_is_certain: bool = False,
) -> tuple[list[list[str]], list[str]]:
    """Cells with plain numbers, and how they were written where that is not plain.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    cells : list of list of str
        Rows of text.
    fault : callable
        Makes a fault of row, column, problem and remedy.
    point_is_certain : bool, default False
        Whether a single point can only be a decimal mark, as where commas part the cells.

    Raises
    ------
    siting.errors.DataError
        If numbers are written in two ways, or could be read in two.
    """
    columns = [
        j for j, name in enumerate(header) if name.lower() not in _TEXT and _numeric(cells, j)
    ]
    places = [(i, j) for i in range(len(cells)) for j in columns if _NUMBER.fullmatch(cells[i][j])]
    comma = [(i, j) for i, j in places if _marked(_COMMA, ",", header[j], cells[i][j])]
    point = [(i, j) for i, j in places if _marked(_POINT, ".", header[j], cells[i][j])]
    if comma and point:
        i, j = comma[0]
        k, m = point[0]
        problem = f"is {cells[i][j]!r}, and {header[m]} of another cell is {cells[k][m]!r}"
        remedy = "Write all numbers with decimal points, or all with decimal commas"
        raise DataError([fault(i, header[j], problem, remedy)])
    either = [(i, j) for i, j in places if _EITHER.fullmatch(cells[i][j])
              and not (point_is_certain and "." in cells[i][j])]  # fmt: skip
    if either and not comma and not point:
        remedy = "Write it plainly (1234), or with other decimals (1.2340)"
        raise DataError(
            fault(i, header[j], f"is {cells[i][j]!r}, which could be read in two ways", remedy)
            for i, j in either
        )
    fresh, changed = [row.copy() for row in cells], 0
    for i, j in places:
        text = re.sub(_GROUP, "", cells[i][j]).replace("\N{MINUS SIGN}", "-")
        text = text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
        changed += text != cells[i][j]
        fresh[i][j] = text
    how = "decimal commas" if comma else "thousands separators"
    return fresh, [f"{how} in {changed} numbers"] if changed else []


def _marked(only: re.Pattern[str], mark: str, name: str, text: str) -> bool:
    """Return whether a number can only have this decimal mark."""
    degrees = _DEGREE.fullmatch(text) if name.lower() in _DEGREES else None
    return bool(only.fullmatch(text)) or (degrees is not None and degrees.group(1) == mark)


def _numeric(cells: list[list[str]], column: int) -> bool:
    """Return whether most cells of a column are numbers in some writing."""
    filled = [row[column] for row in cells if row[column]]
    numbers = sum(bool(_NUMBER.fullmatch(text)) for text in filled)
    return 2 * numbers > len(filled)
