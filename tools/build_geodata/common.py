"""What every table builder shares: provenance rows and byte-for-byte repeatable writing."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

__all__ = [
    "ATTRIBUTES",
    "LABELS",
    "SourceRow",
    "merge_sources",
    "read_sources",
    "write_attributes",
    "write_csv",
    "write_sources",
]

#: How a number came about. "assumed" is a default that a planner is expected to change.
LABELS = ("measured", "derived", "modelled", "assumed")

#: The one table that several modules fill, each its own attributes.
ATTRIBUTES = "attributes.csv"


@dataclass(frozen=True, order=True)
class SourceRow:
    """Where one column of one table comes from.

    Parameters
    ----------
    table : str
        File name in ``geodata/``, e.g. ``grid_zones.csv``.
    column : str
        Column of that table; for ``attributes.csv`` the attribute. ``*`` is every column.
    origin : str
        Name of the data set, its version and publisher. Cells of a ``source`` column
        in any table repeat this text exactly.
    licence : str
        Licence of the origin.
    year : str
        Year or period that the values describe.
    unit : str
        Unit of the values, ``-`` without.
    method : str
        What was done between the origin and the table.
    label : str
        One of :data:`LABELS`, or several joined by ``|`` where the cells differ.
    """

    table: str
    column: str
    origin: str
    licence: str
    year: str
    unit: str
    method: str
    label: str

    def __post_init__(self) -> None:
        unknown = set(self.label.split("|")) - set(LABELS)
        if unknown:
            raise ValueError(f"{self.table}:{self.column}: label {sorted(unknown)} not in {LABELS}")


_FIELDS = [field.name for field in dataclasses.fields(SourceRow)]


def write_csv(frame: pd.DataFrame, path: Path, decimals: int = 6) -> None:
    """Write a table in UTF-8 with Unix line ends and floats rounded to fixed decimals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows in the order to be written: sort before.
    path : pathlib.Path
        Target file.
    decimals : int, default 6
        Decimals kept; trailing zeros are dropped, NaN is an empty cell.
    """
    text = frame.copy()
    for column in text.columns[[dtype.kind == "f" for dtype in text.dtypes]]:
        text[column] = [
            "" if pd.isna(x) else (f"{x:.{decimals}f}".rstrip("0").rstrip(".") or "0")
            for x in text[column]
        ]
        text[column] = text[column].replace("-0", "0")
    buffer = io.StringIO()
    text.to_csv(buffer, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="\n")


def write_attributes(out: Path, rows: pd.DataFrame, attributes: Sequence[str]) -> None:
    """Put the rows of some attributes into ``attributes.csv``, replacing their former rows.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the tables.
    rows : pandas.DataFrame
        Columns site, attribute, value, label, source.
    attributes : sequence of str
        The attributes that these rows are the whole of.
    """
    path = out / ATTRIBUTES
    columns = ["site", "attribute", "value", "label", "source"]
    if path.exists():
        kept = pd.read_csv(path, dtype=str, keep_default_na=False)
        kept = kept[~kept["attribute"].isin(attributes)]
    else:
        kept = pd.DataFrame(columns=columns, dtype=str)
    merged = pd.concat([kept, rows[columns].astype(str)], ignore_index=True)
    write_csv(merged.sort_values(["site", "attribute"], kind="stable"), path)


def read_sources(path: Path) -> list[SourceRow]:
    """Read ``sources.csv``; an absent file has no rows."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return [SourceRow(**row) for row in csv.DictReader(handle)]


def merge_sources(old: Iterable[SourceRow], new: Iterable[SourceRow]) -> list[SourceRow]:
    """Rows of the tables just built, and the old rows of all other tables.

    ``attributes.csv`` has many builders, so there a row gives way only to the same attribute.
    """
    fresh = list(new)

    def scope(row: SourceRow) -> tuple[str, str]:
        return (row.table, row.column if row.table == ATTRIBUTES else "")

    rebuilt = {scope(row) for row in fresh}
    return sorted({*fresh, *(row for row in old if scope(row) not in rebuilt)})


def write_sources(rows: Iterable[SourceRow], path: Path) -> None:
    """Write ``sources.csv``, sorted."""
    frame = pd.DataFrame([dataclasses.astuple(row) for row in sorted(rows)], columns=_FIELDS)
    write_csv(frame, path)
