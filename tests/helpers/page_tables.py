"""Tables of a page read back, so that tests can add up what a planner sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

__all__ = ["PageTable", "assert_feet_are_sums", "read_tables"]


@dataclass
class PageTable:
    """Caption, headings and cells: numbers where the page sorts by one, else text."""

    caption: str = ""
    headings: list[str] = field(default_factory=list)
    rows: list[list[float | str]] = field(default_factory=list)
    #: The last row, which has the totals; empty where there is none.
    foot: list[float | str] = field(default_factory=list)

    def column(self, heading: str) -> list[float | str]:
        """Cells under the one heading that begins like this."""
        (place,) = (i for i, words in enumerate(self.headings) if words.startswith(heading))
        return [row[place] for row in self.rows]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[PageTable] = []
        self.where = ""
        self.is_foot = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append(PageTable())
            self.is_foot = False
        elif tag == "tr":
            self.where = "row"
            self.tables[-1].rows.append([])
        elif tag == "tfoot":
            self.is_foot = True
        elif tag == "caption":
            self.where = tag
        elif tag in ("td", "th") and self.tables:
            given = dict(attrs)
            self.where = "heading" if given.get("scope") == "col" else "cell"
            if self.where == "heading":
                self.tables[-1].headings.append("")
            else:
                value = given.get("data-value")
                self.tables[-1].rows[-1].append(float(value) if value else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("caption", "td", "th", "table"):
            self.where = ""
        if tag == "tfoot":
            self.tables[-1].foot = self.tables[-1].rows.pop()

    def handle_data(self, data: str) -> None:
        table = self.tables[-1] if self.tables else None
        if table is None:
            return
        if self.where == "caption":
            table.caption += data
        elif self.where == "heading":
            table.headings[-1] += data
        elif self.where == "cell" and isinstance(table.rows[-1][-1], str):
            table.rows[-1][-1] += data


def read_tables(page: str) -> list[PageTable]:
    """Every table of a page."""
    reader = _Reader()
    reader.feed(page)
    for table in reader.tables:
        table.rows = [row for row in table.rows if row]
    return reader.tables


def assert_feet_are_sums(table: PageTable) -> None:
    """Check that the last row of a table has the sums of its columns; means are per something."""
    for i, (heading, total) in enumerate(zip(table.headings, table.foot, strict=False)):
        if isinstance(total, float) and "/" not in heading:
            column = [float(row[i]) for row in table.rows]
            assert sum(column) == pytest.approx(total, rel=1e-9), (table.caption, heading)
