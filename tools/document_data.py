"""Write docs/data.md from the tables of geodata/: ``python -m tools.document_data``."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from siting.files import geodata_dir

__all__ = ["PAGE", "data_page"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data.md"
HEAD = (
    "# Data and licences\n\nWritten by `python -m tools.document_data` from `geodata/LICENSES.md` "
    "and `geodata/sources.csv`.\nThe raw sources are not in the repository; `make geodata "
    "SOURCES=folder` derives the tables from them.\nA run names the hash of the tables that it was "
    "made with (`catalogue_sha256` in `summary.json`).\n"
)


def data_page() -> str:
    """Return the page of the licences and of every column with its source."""
    folder = geodata_dir()
    licences = (folder / "LICENSES.md").read_text(encoding="utf-8")
    _, _, terms = licences.partition("\n")
    return f"{HEAD}\n## Licences\n{_deeper(terms)}\n## Columns\n{''.join(_tables(folder))}"


def _deeper(text: str) -> str:
    return text.replace("\n## ", "\n### ")


def _tables(folder: Path) -> Iterator[str]:
    with (folder / "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for table, columns in groupby(rows, key=lambda row: row["table"]):
        yield f"\n### `{table}`\n\n"
        yield "| column | unit | label | origin | year | licence | method |\n"
        yield "|---|---|---|---|---|---|---|\n"
        for row in columns:
            names = ("unit", "label", "origin", "year", "licence", "method")
            cells = (f"`{row['column']}`", *(_cell(row[name]) for name in names))
            yield f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", ", ").replace("<", "&lt;").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(data_page(), encoding="utf-8")
    print(f"wrote {PAGE}")
