"""Write the tables of docs/sites.md from what is read: ``python -m tools.document_sites``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from siting.catalogue.templates import column_table, demand_columns, site_columns

__all__ = ["PAGE", "with_tables"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "sites.md"
MARKER = "<!-- From here on written by `python -m tools.document_sites`. -->\n"


def with_tables(page: str) -> str:
    """Return the page with new tables below the marker."""
    text, _, _ = page.partition(MARKER)
    tables = {
        "Columns of a site file": site_columns(),
        "Columns of a demand file": demand_columns(),
    }
    return (
        text
        + MARKER
        + "".join(
            line
            for title, columns in tables.items()
            for line in _table(title, column_table(columns))
        )
    )


def _table(title: str, table: pd.DataFrame) -> Iterator[str]:
    yield f"\n## {title}\n\n| column | unit | range | meaning |\n|---|---|---|---|\n"
    for column, unit, span, meaning in table.itertuples(index=False):
        yield f"| `{column}` | {unit} | {span} | {meaning} |\n"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE}")
