"""Tables as CSV that a spreadsheet shows and never computes, and their way back.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, which may
start programs. Such a cell is led by an apostrophe, as spreadsheets mark text themselves; numbers
stay numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["inert", "read_csv", "write_csv"]

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

    Parameters
    ----------
    value : object
        Text that would be a formula gets an apostrophe before it; text that is a number, and
        anything that is not text, stays as it is.
    """
    if not isinstance(value, str) or _is_number(value):
        return value
    return _LIVE.sub("'", value)


def _live(value: Any) -> Any:
    """The value that :func:`inert` was given."""
    return _INERT.sub("", value) if isinstance(value, str) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_csv(table: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    """Write a table as CSV in UTF-8, its formulas inert.

    Parameters
    ----------
    table : DataFrame
        What to write.
    path : pathlib.Path
        The file.
    index : bool, default False
        Whether the index is a column.
    """
    if index:
        table = table.reset_index()
    _mapped(table, inert).to_csv(path, index=False, lineterminator="\n")


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """Read what :func:`write_csv` has written; a file without columns is an empty table.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    **options
        Of ``pandas.read_csv``.
    """
    import pandas as pd

    if not path.read_text(encoding="utf-8").strip():
        return pd.DataFrame()
    return _mapped(pd.read_csv(path, **options), _live)


def _mapped(table: pd.DataFrame, change: Callable[[Any], Any]) -> pd.DataFrame:
    """The table with its text and its header changed."""
    text = table.select_dtypes(include=["object", "string", "category"]).columns
    changed = {name: table[name].astype(object).map(change, na_action="ignore") for name in text}
    return table.assign(**changed).rename(columns=change)
